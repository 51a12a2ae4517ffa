"""A small Google on loopback: Compute Engine over REST as the real clients speak it.

It keeps resources by their path, changes them by operations that end when they are looked at,
knows request ids, label fingerprints and page tokens, and lets a token do only what its account
was granted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.clouds.gcp_billing import Budgets

PAGE = 3  # small, so that every list has pages
_COMPUTE = re.compile(r"/compute/v1/(projects/[^/]+)/(.+)\Z")
_AGGREGATED = re.compile(r"aggregated/(\w+)\Z")
_ONE = re.compile(r"((?:zones|regions)/[^/]+|global)/(\w+)/([^/]+)(?:/(\w+))?\Z")
# What Google asks for, from its reference: written here on its own, not taken from Purser.
PERMISSIONS = {
    ("GET", "operations", ""): {
        "zones": "compute.zoneOperations.get",
        "regions": "compute.regionOperations.get",
    },
    ("POST", "instances", "stop"): "compute.instances.stop",
    ("POST", "instances", "start"): "compute.instances.start",
    ("POST", "instances", "setLabels"): "compute.instances.setLabels",
    ("DELETE", "instances", ""): "compute.instances.delete",
    ("POST", "disks", "setLabels"): "compute.disks.setLabels",
    ("DELETE", "disks", ""): "compute.disks.delete",
    ("POST", "instanceGroupManagers", "resize"): "compute.instanceGroupManagers.update",
}


class RefusalError(Exception):
    """What Google answers instead."""

    def __init__(self, status: int, reason: str, message: str = "No.") -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


def fingerprint(value: Any) -> str:
    text = json.dumps(value, sort_keys=True).encode()
    return base64.b64encode(hashlib.sha256(text).digest()[:8]).decode()


@dataclass
class Trouble:
    """The next `times` calls whose method and path match are answered so."""

    match: str
    status: int
    reason: str = ""
    body: bytes | None = None
    times: int = 1


@dataclass
class Google:
    """The state behind the server."""

    clock: Callable[[], str] = lambda: "2026-11-20T04:00:00.000-08:00"
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    effects: dict[str, Callable[[], None]] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    grants: dict[str, set[str]] | None = None
    troubles: list[Trouble] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)  # codes with which the next operation ends
    closed: set[str] = field(default_factory=set)  # projects that nobody may look into
    unreachable: set[str] = field(default_factory=set)  # zones left out of lists
    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    tokens: list[dict[str, Any]] = field(default_factory=list)
    budgets: Budgets = field(default_factory=Budgets)
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: int = 4200000000000000000

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A resource by its path, with what Google itself adds."""
        with self.lock:
            self.numbers += 1
            scope, name = path.split("/")[-4:-2], path.rsplit("/", 1)[-1]
            thing = {
                "id": str(self.numbers),
                "name": name,
                "creationTimestamp": "2026-11-19T20:00:00.000-08:00",
                "selfLink": f"https://www.googleapis.com/compute/v1/{path}",
                **body,
            }
            if scope[0] in ("zones", "regions"):
                url = f"https://www.googleapis.com/compute/v1/{'/'.join(path.split('/')[:4])}"
                thing[scope[0][:-1]] = url
            if "labels" in thing:
                thing["labelFingerprint"] = fingerprint(thing["labels"])
            self.things[path] = thing
            return thing

    def settle(self) -> None:
        """End everything that was begun."""
        with self.lock:
            for name in list(self.effects):
                self._end(name)

    def answer(self, method: str, url: str, body: Any, token: str) -> Any:
        """What Google says to a call."""
        parts = urlsplit(url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        with self.lock:
            self.calls.append((method, parts.path, query, body))
            self._stumble(method, parts.path)
            if parts.path.startswith("/iam/"):
                return self._signed_in(parts.path, body, token)
            if parts.path.startswith("/v1/billingAccounts/"):
                right = "billing.budgets.get" if method == "GET" else "billing.budgets.update"
                self._allow(token, right)
                return self.budgets.answer(method, parts.path[4:], query, body)
            found = _COMPUTE.match(parts.path)
            if not found:
                raise RefusalError(404, "notFound")
            project, rest = found.groups()
            if project.split("/")[1] in self.closed:
                raise RefusalError(403, "forbidden", "Required permission for the project.")
            return self._compute(method, project, rest, query, body, token)

    def _compute(self, method, project, rest, query, body, token) -> Any:
        if found := _AGGREGATED.match(rest):
            self._allow(token, f"compute.{found[1]}.list")
            return self._listed(project, found[1], query)
        found = _ONE.match(rest)
        if not found:
            raise RefusalError(404, "notFound")
        scope, collection, name, verb = found[1], found[2], found[3], found[4] or ""
        right = PERMISSIONS.get((method, collection, verb), f"compute.{collection}.get")
        self._allow(token, right[scope.split("/")[0]] if isinstance(right, dict) else right)
        if collection == "operations":
            return self._looked_at(name)
        path = f"{project}/{scope}/{collection}/{name}"
        if method == "GET":
            return self._thing(path)
        return self._begun(path, collection, verb or "delete", query, body)

    def _listed(self, project: str, collection: str, query: dict[str, str]) -> Any:
        marked = [
            (path, thing)
            for path, thing in sorted(self.things.items())
            if path.startswith(f"{project}/") and path.split("/")[-2] == collection
        ]
        inside = [one for one in marked if one[0].split("/")[3] not in self.unreachable]
        start = int(query.get("pageToken", "0"))
        quiet = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "None."}}
        items: dict[str, Any] = {"zones/europe-west4-a": quiet}
        for zone in self.unreachable:
            items[f"zones/{zone}"] = {"warning": {"code": "UNREACHABLE", "message": "Gone."}}
        for path, thing in inside[start : start + PAGE]:
            parts = path.split("/")
            scope = "global" if parts[2] == "global" else "/".join(parts[2:4])
            items.setdefault(scope, {}).setdefault(collection, []).append(thing)
        answer: dict[str, Any] = {"items": items, "kind": "compute#aggregatedList"}
        if start + PAGE < len(inside):
            answer["nextPageToken"] = str(start + PAGE)
        return answer

    def _begun(self, path: str, collection: str, verb: str, query: dict[str, str], body: Any):
        request = query.get("requestId", "")
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request):
            raise RefusalError(400, "invalid", "requestId must be a UUID")
        if request in self.requests:
            return self.operations[self.requests[request]]
        thing = self._thing(path)
        effect = getattr(self, f"_{verb}")(path, thing, query, body)
        self.numbers += 1
        name = f"operation-{self.numbers}"
        self.requests[request] = name
        self.effects[name] = effect
        self.operations[name] = {
            "id": str(self.numbers),
            "name": name,
            "kind": "compute#operation",
            "operationType": verb,
            "status": "RUNNING",
            "targetLink": thing["selfLink"],
        }
        return dict(self.operations[name])

    def _stop(self, path, thing, query, body):
        has_ssd = any(disk.get("type") == "SCRATCH" for disk in thing.get("disks", []))
        if has_ssd and "discardLocalSsd" not in query:
            raise RefusalError(400, "badRequest", "VM has a Local SSD attached: say what of it")
        return self._towards(path, "STOPPING", "TERMINATED")

    def _start(self, path, thing, query, body):
        return self._towards(path, "STAGING", "RUNNING", lastStartTimestamp=self.clock())

    def _delete(self, path, thing, query, body):
        if thing.get("deletionProtection"):
            raise RefusalError(400, "invalid", "Resource is protected against deletion")
        if thing.get("users"):
            raise RefusalError(400, "resourceInUseByAnotherResource")
        self.things[path] = {
            **thing,
            "status": "STOPPING" if "machineType" in thing else "DELETING",
        }
        return lambda: self.things.pop(path, None) and None

    def _setLabels(self, path, thing, query, body):
        if body.get("labelFingerprint") != thing["labelFingerprint"]:
            raise RefusalError(412, "conditionNotMet", "Labels fingerprint either invalid or old")
        labels = body.get("labels", {})
        changed = {"labels": labels, "labelFingerprint": fingerprint(labels)}
        return lambda: self.things[path].update(changed)

    def _resize(self, path, thing, query, body):
        size = int(query["size"])
        self.things[path] = {
            **thing,
            "targetSize": size,
            "status": {**thing["status"], "isStable": False},
        }

        def settled() -> None:
            self.things[path]["status"] = {**self.things[path]["status"], "isStable": True}

        return settled

    def _towards(self, path: str, first: str, then: str, **more: str) -> Callable[[], None]:
        before = self.things[path]["status"]
        self.things[path] = {**self.things[path], "status": first}
        self.things[path]["_before"] = before
        return lambda: self.things[path].update(status=then, **more)

    def _looked_at(self, name: str) -> dict[str, Any]:
        if name not in self.operations:
            raise RefusalError(404, "notFound")
        self._end(name)
        return self.operations[name]

    def _end(self, name: str) -> None:
        effect = self.effects.pop(name, None)
        if effect is None:
            return
        operation = self.operations[name]
        operation |= {"status": "DONE", "progress": 100}
        if self.failing:
            errors = [{"code": code, "message": "Failed."} for code in self.failing]
            operation |= {"error": {"errors": errors}, "httpErrorStatusCode": 503}
            path = operation["targetLink"].split("/compute/v1/")[1]
            self.things[path]["status"] = self.things[path].pop("_before")
            self.failing = []
            return
        effect()

    def _thing(self, path: str) -> dict[str, Any]:
        if path not in self.things:
            raise RefusalError(404, "notFound", f"The resource '{path}' was not found")
        return self.things[path]

    def _allow(self, token: str, right: str) -> None:
        if self.grants is None:
            return
        account = token.removeprefix("Bearer ya29.of-")
        if account not in self.grants:
            raise RefusalError(401, "authError", "Invalid Credentials")
        if right not in self.grants[account]:
            raise RefusalError(403, "forbidden", f"Required '{right}' permission")

    def _signed_in(self, path: str, body: Any, token: str) -> dict[str, str]:
        account = path.removeprefix("/iam/").removesuffix(":generateAccessToken")
        self.tokens.append({"account": account, "by": token, **body})
        if self.grants is not None and account not in self.grants:
            raise RefusalError(403, "IAM_PERMISSION_DENIED", "Permission denied on resource")
        return {"accessToken": f"ya29.of-{account}", "expireTime": "2099-01-01T00:00:00Z"}

    def _stumble(self, method: str, path: str) -> None:
        for trouble in self.troubles:
            if trouble.times and re.search(trouble.match, f"{method} {path}"):
                trouble.times -= 1
                if trouble.body is not None:
                    raise _RawAnswerError(trouble.status, trouble.body)
                raise RefusalError(trouble.status, trouble.reason)


class _RawAnswerError(Exception):
    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body after its header would wait 40 ms
    server: GoogleServer

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        body = json.loads(text) if text else {}
        token = self.headers.get("Authorization", "")
        try:
            answer = self.server.google.answer(self.command, self.path, body, token)
            self._send(200, json.dumps(answer).encode())
        except _RawAnswerError as raw:
            self._send(raw.status, raw.body)
        except RefusalError as refusal:
            error = {
                "code": refusal.status,
                "message": refusal.message,
                "errors": [{"reason": refusal.reason, "message": refusal.message}],
            }
            self._send(refusal.status, json.dumps({"error": error}).encode())

    do_GET = do_POST = do_DELETE = do_PATCH = _serve

    def _send(self, status: int, body: bytes) -> None:
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class GoogleServer(ThreadingHTTPServer):
    """The server; `google` may be replaced by a fresh one between tests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.google = Google()
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"
