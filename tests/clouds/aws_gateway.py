"""A gateway on loopback before moto: it keeps a journal of calls, makes trouble on request, and
answers what moto lacks."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import botocore.session
from botocore import xform_name
from botocore.validate import ParamValidator
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_KEY = re.compile(rb"<AccessKeyId>(\w+)<")
_KEPT = ("smithy", "x-amz")
_JSON = ("budgets.", "sagemaker.", "application-autoscaling.", "cloudtrail.")
_SERVICES = {"monitoring": "cloudwatch"}
Answer = Callable[[dict, str], dict | None]


@dataclass(frozen=True)
class Asked:
    """One call as it came over the wire."""

    call: str  # as boto3 names it: ec2.stop_instances
    region: str
    body: str
    signer: str = ""  # the role session whose keys signed it; empty for the base credentials
    is_pursers: bool = False


@dataclass
class Trouble:
    """An error that is answered instead."""

    call: str
    code: str
    status: int
    region: str | None
    times: int


class Moto:
    """Moto's server without its own socket: finding out which service is meant takes it longer
    than most answers, and the gateway knows."""

    def __init__(self) -> None:
        self._dispatcher = DomainDispatcherApplication(create_backend_app)
        self._apps: dict[str, Any] = {}

    def answer(
        self, handler: BaseHTTPRequestHandler, service: str, sent: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        asked = {"path": handler.path, "method": handler.command, "data": sent}
        environ = EnvironBuilder(**asked, headers=dict(handler.headers)).get_environ()
        if service not in self._apps:
            self._apps[service] = self._dispatcher.get_application(environ.copy())
            environ["wsgi.input"] = BytesIO(sent)
        chunks, status, headers = run_wsgi_app(self._apps[service], environ, buffered=True)
        return int(status.split()[0]), dict(headers), b"".join(chunks)

    def reset(self) -> None:
        """Empty all accounts."""
        moto_api_backend.reset()


@dataclass
class Gateway:
    """Where it is, what was asked of it, and the trouble that waits."""

    url: str = ""
    moto: Moto = field(default_factory=lambda: Moto())
    asked: list[Asked] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    nonsense: set[str] = field(default_factory=set)  # calls that are answered with no sense
    is_deaf: bool = False  # to DryRun: it does for real what was only to be tried

    def trouble(
        self, call: str, code: str, *, status: int = 400, region: str | None = None, times: int = 99
    ) -> None:
        """The next calls whose name begins so are answered with an error."""
        self.troubles.append(Trouble(call, code, status, region, times))

    def clear(self) -> None:
        """Forget what was asked, and make no trouble."""
        self.asked.clear()
        self.troubles.clear()
        self.nonsense.clear()
        self.is_deaf = False

    def calls(self) -> list[str]:
        """What Purser asked for, in order."""
        return [one.call for one in self.asked if one.is_pursers]

    def taken(self, asked: Asked) -> Trouble | None:
        """The trouble that waits for a call."""
        for one in self.troubles:
            is_meant = asked.call.startswith(one.call) and one.region in (None, asked.region)
            if is_meant and one.times > 0:
                one.times -= 1
                return one
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body after its header would wait 40 ms
    server: _Server

    def log_message(self, *args: object) -> None:
        pass

    def answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = self.read(sent)
        gateway = self.server.gateway
        gateway.asked.append(asked)
        trouble = gateway.taken(asked)
        own = gateway.answers.get(asked.call)
        if asked.call in gateway.nonsense:
            self.say(200, "text/html", b"<html>Welcome to nginx!</br>")
        elif trouble:
            self.say(trouble.status, *_error(asked, trouble))
        elif own and (said := own(json.loads(sent), asked.region)) is not None:
            self.say(200, "application/x-amz-json-1.1", _valid(asked.call, said))
        else:
            self.forward(sent.replace(b"DryRun=", b"NotRun=") if gateway.is_deaf else sent, asked)

    def read(self, sent: bytes) -> Asked:
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        region, service = (scope[2], scope[3]) if scope else ("", "")
        body = sent.decode("utf-8", "replace")
        target = self.headers.get("X-Amz-Target", "")
        action = target.rsplit(".", 1)[-1] or parse_qs(body).get("Action", [""])[0]
        action = action or self.path.rsplit("/", 1)[-1]  # CBOR names it in the path
        if "AnyScaleFrontendService" in target:
            service = "application-autoscaling"
        signer = self.server.gateway.sessions.get(scope[1], "") if scope else ""
        is_pursers = "purser" in self.headers.get("User-Agent", "")
        call = f"{_SERVICES.get(service, service)}.{xform_name(action)}"
        return Asked(call, region, body, signer, is_pursers)

    def forward(self, sent: bytes, asked: Asked) -> None:
        service = asked.call.partition(".")[0]
        status, headers, body = self.server.gateway.moto.answer(self, service, sent)
        if asked.call == "sts.assume_role" and (key := _KEY.search(body)):
            session = parse_qs(asked.body)["RoleSessionName"][0]
            self.server.gateway.sessions[key[1].decode()] = session
        kinds = {name: value for name, value in headers.items() if name.startswith(_KEPT)}
        self.say(status, headers.get("Content-Type") or "text/xml", body, kinds)

    def say(self, status: int, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gateway = gateway


@contextmanager
def gateway_to_moto() -> Iterator[Gateway]:
    """A gateway on a socket of its own."""
    gateway = Gateway()
    server = _Server(gateway)
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _error(asked: Asked, trouble: Trouble) -> tuple[str, bytes]:
    """An error as the service's protocol words it; its message holds what must not be told."""
    said = "User AKIASECRETINMESSAGE may not; token=secret-in-message"
    if asked.call.startswith(_JSON):
        text = json.dumps({"__type": trouble.code, "message": said})
        return "application/x-amz-json-1.1", text.encode()
    inner = f"<Error><Code>{trouble.code}</Code><Message>{said}</Message></Error>"
    if asked.call.startswith("ec2."):
        return "text/xml", f"<Response><Errors>{inner}</Errors></Response>".encode()
    return "text/xml", f"<ErrorResponse>{inner}</ErrorResponse>".encode()


@cache
def _shape(call: str) -> Any:
    service, method = call.split(".")
    model = botocore.session.get_session().get_service_model(service)
    operation = next(n for n in model.operation_names if xform_name(n) == method)
    return model.operation_model(operation).output_shape


def _valid(call: str, said: dict) -> bytes:
    """An answer of our own, checked against botocore's model of the service."""
    shape = _shape(call)
    if shape is not None:
        report = ParamValidator().validate(said, shape)
        assert not report.has_errors(), report.generate_report()
    return json.dumps(said).encode()
