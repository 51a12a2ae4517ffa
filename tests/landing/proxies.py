"""A proxy on loopback before a real server: it keeps a journal, and makes trouble on request."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

Fault = Callable[[BaseHTTPRequestHandler, bytes], bool]


@dataclass
class Proxy:
    """Where it is, what was asked of it, and the trouble that waits."""

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    before: list[tuple[str, Callable[[], None]]] = field(default_factory=list)

    def gets(self) -> list[str]:
        """Keys of the objects that were fetched, in order."""
        paths = [unquote(urlsplit(path).path) for verb, path in self.asked if verb == "GET"]
        return [path.split("/", 2)[2] for path in paths if path.count("/") > 1 and path[-1] != "/"]

    def trouble(self, part: str, fault: Fault, *, times: int = 1) -> None:
        """The next answers whose path holds `part` go through `fault`."""
        self.faults += [(part, fault)] * times

    def meanwhile(self, part: str, act: Callable[[], None]) -> None:
        """Right before the next request whose path holds `part` is answered, `act`."""
        self.before.append((part, act))


def cut(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    """Half of the body, and the connection ends."""
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.close_connection = True
    return True


def flipped(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    """A body of the right length with a wrong byte in it."""
    handler.wfile.write(bytes([body[0] ^ 1]) + body[1:])
    return True


def status(code: int, error: str) -> Fault:
    """Another answer, as S3 words its errors."""

    def fault(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        return False

    fault.answer = (code, f"<Error><Code>{error}</Code><Message>no</Message></Error>".encode())
    return fault


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body after its header would wait 40 ms
    server: _Server

    def log_message(self, *args: object) -> None:
        pass

    def answer(self) -> None:
        proxy = self.server.proxy
        proxy.asked.append((self.command, self.path))
        if act := self.taken(proxy.before):
            act()
        fault = self.taken(proxy.faults)
        if hasattr(fault, "answer"):
            code, body = fault.answer
            headers = [("Content-Type", "application/xml")]
        else:
            code, headers, body = self.forwarded()
        self.send_response_only(code)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not (fault and fault(self, body)) and self.command != "HEAD":
            self.wfile.write(body)

    def taken(self, waiting: list) -> Callable | None:
        for place, (part, what) in enumerate(waiting):
            if part in unquote(self.path):
                del waiting[place]
                return what
        return None

    def forwarded(self) -> tuple[int, list[tuple[str, str]], bytes]:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection(self.server.target, timeout=20)
        upstream.request(self.command, self.path, sent, dict(self.headers))
        answer = upstream.getresponse()
        body = answer.read()
        upstream.close()
        return answer.status, answer.getheaders(), body

    do_GET = do_HEAD = do_POST = do_PUT = answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: str, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.proxy = proxy


@contextmanager
def proxy_to(target: str) -> Iterator[Proxy]:
    """A proxy before `target`."""
    proxy = Proxy()
    server = _Server(urlsplit(target).netloc, proxy)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    yield proxy
    server.shutdown()
    server.server_close()
