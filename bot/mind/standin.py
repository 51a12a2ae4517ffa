"""A stand-in for an OpenAI-compatible endpoint, on loopback: scripted, streaming, and faulty.

Tests and `purser bench model` stand on it. It knows nothing of models: it says what it was told
to say, in the published shape of chat completions, and keeps every request it was sent.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the endpoint, right or wrong. `says`, `calls` and `fails` make most of them.

    Args:
        text: the assistant's words.
        tools: calls as (tool, arguments); arguments that are a text are sent as they stand.
        usage: prompt, cached and completion tokens; None leaves them out, as some endpoints do.
        status: of HTTP; anything but 200 is an error with `error` as its code.
        error: the error's code.
        headers: more of them, `Retry-After` for example.
        silence: seconds before the first byte.
        pause: seconds of silence after `pieces` pieces of the stream.
        pieces: after so many pieces comes the pause or the cut.
        is_cut: the connection breaks after `pieces` pieces.
        finish: the finish reason; None ends the stream without one.
        refusal: what a model says in place of an answer when it declines.
        raw: sent as the body in place of everything else.
        chunk: characters a piece.
    """

    text: str = ""
    tools: tuple[tuple[str, Mapping[str, Any] | str], ...] = ()
    usage: tuple[int, int, int] | None = (1000, 0, 100)
    status: int = 200
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    silence: float = 0.0
    pause: float = 0.0
    pieces: int = 2
    is_cut: bool = False
    finish: str | None = "stop"
    refusal: str = ""
    raw: bytes | None = None
    chunk: int = 12


def says(text: str, **more: Any) -> Reply:  # noqa: ANN401  the fields of `Reply`
    """A reply in words."""
    return Reply(text=text, **more)


def calls(tool: str, arguments: Mapping[str, Any] | str | None = None, **more: Any) -> Reply:  # noqa: ANN401
    """A reply that calls one tool."""
    return Reply(tools=((tool, {} if arguments is None else arguments),), **more)


def fails(status: int, error: str = "", **headers: str) -> Reply:
    """An error of HTTP; `fails(429, retry_after="1")`."""
    return Reply(status=status, error=error, headers={_header(k): v for k, v in headers.items()})


Script = Sequence[Reply] | Callable[[Body], Reply]


class Standin:
    """The endpoint, serving until the block ends.

    A script is a list, said in order, or a function of the request's body. What comes after the
    end of a list is refused with 400, so that a question too many cannot pass unseen.
    """

    def __init__(self, script: Script = (), *, latency: float = 0.0) -> None:
        self.requests: list[Body] = []
        self.keys: list[str] = []
        self.closed_early = 0
        self.served_seconds = 0.0
        self._latency = latency
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.standin = self
        self.script(script)

    @property
    def base_url(self) -> str:
        """For `[model] base_url`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, script: Script) -> None:
        """What to say from now on."""
        with self._lock:
            self._next: Callable[[Body], Reply] = (
                script if callable(script) else _in_order(list(script))
            )

    def __enter__(self) -> Standin:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def heard(self, body: Body, key: str) -> Reply:
        """Keep a request, and find what to say to it."""
        with self._lock:
            self.requests.append(body)
            self.keys.append(key)
            reply = self._next(body)
        time.sleep(self._latency)
        return reply

    def served(self, seconds: float, *, is_whole: bool) -> None:
        """Keep how long an answer took, and whether its reader stayed to the end."""
        with self._lock:
            self.served_seconds += seconds
            self.closed_early += not is_whole


def _in_order(replies: list[Reply]) -> Callable[[Body], Reply]:
    def following(_body: Body) -> Reply:
        return replies.pop(0) if replies else fails(400, "the_script_is_over")

    return following


def _header(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("_"))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    standin: Standin

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as its base
        """A reader that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        """The list of models."""
        self._whole(200, {"object": "list", "data": [{"id": "stand-in", "object": "model"}]})

    def do_POST(self) -> None:
        """Chat completions."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if not self.path.endswith("/chat/completions"):
            self._whole(404, {"error": {"message": "no such path", "code": "not_found"}})
            return
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        start = time.perf_counter()
        reply = self.server.standin.heard(body, key)
        is_whole = False
        try:
            if reply.silence:
                self._pause(reply.silence)
            self._reply(reply, body)
            is_whole = True
        except OSError:
            self.close_connection = True  # the reader went away
        self.server.standin.served(time.perf_counter() - start, is_whole=is_whole)

    def _reply(self, reply: Reply, body: Body) -> None:
        if reply.raw is not None:
            self._send(200, reply.raw, {"Content-Type": "text/event-stream"})
        elif reply.status != 200:
            error = {"message": "as scripted", "type": "error", "code": reply.error or None}
            self._whole(reply.status, {"error": error}, reply.headers)
        elif body.get("stream"):
            self._stream(reply, body)
        else:
            self._whole(200, _completion(reply, body))

    def _whole(
        self, status: int, value: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        content = {"Content-Type": "application/json", **(headers or {})}
        self._send(status, json.dumps(value).encode(), content)

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, reply: Reply, body: Body) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, piece in enumerate(_pieces(reply, body)):
            if number == reply.pieces and reply.is_cut:
                self.close_connection = True
                return
            if number == reply.pieces and reply.pause:
                self._pause(reply.pause)
            self._chunk(b"data: " + json.dumps(piece).encode() + b"\n\n")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _pause(self, seconds: float) -> None:
        """Silent, but awake to a reader that goes away."""
        self.connection.settimeout(seconds)
        with suppress(TimeoutError):
            if not self.connection.recv(1):
                raise ConnectionResetError
        self.connection.settimeout(None)

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()


def _pieces(reply: Reply, body: Body) -> Iterator[dict[str, Any]]:
    frame = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": body["model"],
    }

    def piece(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield piece({"role": "assistant", "content": ""})
    if reply.refusal:
        yield piece({"refusal": reply.refusal})
    for start in range(0, len(reply.text), reply.chunk):
        yield piece({"content": reply.text[start : start + reply.chunk]})
    for index, call in enumerate(_tool_calls(reply)):
        yield piece({"tool_calls": [{"index": index, **call}]})
    if reply.finish is not None:
        yield piece({}, "tool_calls" if reply.tools else reply.finish)
    if reply.usage is not None:
        yield {**frame, "choices": [], "usage": _usage(reply.usage)}


def _completion(reply: Reply, body: Body) -> dict[str, Any]:
    """The same in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    message["refusal"] = reply.refusal or None
    if reply.tools:
        message["tool_calls"] = _tool_calls(reply)
    finish = "tool_calls" if reply.tools else reply.finish
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        **({"usage": _usage(reply.usage)} if reply.usage else {}),
    }


def _tool_calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{time.monotonic_ns()}_{index}",
            "type": "function",
            "function": {
                "name": tool,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
            },
        }
        for index, (tool, arguments) in enumerate(reply.tools)
    ]


def _usage(usage: tuple[int, int, int]) -> dict[str, Any]:
    prompt, cached, completion = usage
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
