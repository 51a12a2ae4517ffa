"""Socket Mode for the stand-in: the same envelopes over a web socket instead of signed HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.sync.server import ServerConnection, serve

from bot.console.transport import Ack, Envelope
from bot.console.workspace import Workspace

_TYPES = {"event": "events_api", "command": "slash_commands", "interaction": "interactive"}


class Sockets:
    """A transport that waits for the app's acknowledgement of each envelope."""

    def __init__(self):
        self.connected = threading.Event()
        self._socket: ServerConnection | None = None
        self._answers: dict[str, tuple[threading.Event, dict]] = {}
        self._count = 0

    def handle(self, socket: ServerConnection) -> None:
        self._socket = socket
        socket.send(json.dumps({"type": "hello", "num_connections": 1}))
        self.connected.set()
        for text in socket:
            answer = json.loads(text)
            known = self._answers.get(answer.get("envelope_id"))
            if known:
                known[1].update(answer)
                known[0].set()

    def send(self, envelope: Envelope, *, timeout: float) -> Ack:
        if not self.connected.wait(timeout) or self._socket is None:
            return Ack(0, problem="connection_failed")
        self._count += 1
        name = f"envelope-{self._count}"
        done, answer = threading.Event(), {}
        self._answers[name] = (done, answer)
        shape = {
            "envelope_id": name,
            "type": _TYPES[envelope.kind],
            "payload": dict(envelope.payload),
            "accepts_response_payload": envelope.kind != "event",
        }
        if envelope.kind == "event":
            shape |= {"retry_attempt": envelope.retry, "retry_reason": envelope.reason}
        self._socket.send(json.dumps(shape))
        if not done.wait(timeout):
            return Ack(0, problem="http_timeout")
        return Ack(200, json.dumps(answer["payload"]) if answer.get("payload") else "")


@contextmanager
def serve_socket_mode(workspace: Workspace) -> Iterator[Sockets]:
    """Let `apps.connections.open` name a web socket, and send everything over it."""
    sockets = Sockets()
    with serve(sockets.handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        workspace.socket_url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/link"
        workspace.connect(sockets)
        try:
            yield sockets
        finally:
            server.shutdown()
            thread.join(5)
