"""One call of a model, read piece by piece: it can be stopped at any moment, and silence ends it.

The stream is read in a thread of its own, so that whoever waits for it notices a pressed stop
button while nothing comes.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk

_GLANCE = 0.05  # seconds between two looks at the stop button
_reading = threading.local()


class Silence(Exception):
    """Nothing came for too long."""


class Stopped(Exception):
    """The asker pressed stop."""


def follow(
    begin: Callable[[], Iterator[AIMessageChunk]],
    *,
    seconds: float,
    wants_stop: Callable[[], bool],
) -> Generator[AIMessageChunk]:
    """The pieces of a stream as they come; leaving it early closes the connection.

    Args:
        begin: starts the request; called in a thread of its own.
        seconds: of silence after which it is given up.
        wants_stop: asked between the pieces, and while nothing comes.

    Raises:
        Stopped: the asker pressed stop.
        Silence: nothing came for too long.
        Exception: whatever the client raised.
    """
    reader = _Reader(begin)
    threading.Thread(target=reader.run, name="model", daemon=True).start()
    try:
        yield from reader.pieces(seconds, wants_stop)
    finally:
        reader.leave()


def remember_request(client: Any, request: Any) -> None:  # noqa: ANN401  the HTTP client's
    """A hook of the HTTP client: what this thread has sent, should it be left unanswered."""
    reader = getattr(_reading, "reader", None)
    if reader is not None:
        if reader.is_left:
            raise Stopped  # pressed while the client was being made
        reader.client, reader.request = client, request
        request.extensions["reader"] = reader


def remember_response(response: Any) -> None:  # noqa: ANN401  the HTTP client's
    """A hook of the HTTP client: keep the connection that this thread reads from."""
    reader = getattr(_reading, "reader", None)
    if reader is not None:
        reader.response = response


class _Reader:
    """Reads in its thread; what comes is put in a queue."""

    def __init__(self, begin: Callable[[], Iterator[AIMessageChunk]]) -> None:
        self.client: Any = None
        self.request: Any = None
        self.response: Any = None
        self._begin = begin
        self._pieces: queue.SimpleQueue[AIMessageChunk | BaseException | None] = queue.SimpleQueue()
        self._is_left = threading.Event()
        self._is_over = False

    def run(self) -> None:
        from langsmith.run_helpers import tracing_context

        _reading.reader = self
        try:
            with tracing_context(enabled=False):  # what is sent goes to no other place
                self._read()
        except Exception as error:  # noqa: BLE001  raised again where it is waited for
            self._pieces.put(error)
        else:
            self._pieces.put(None)
        finally:
            _reading.reader = None

    def _read(self) -> None:
        for piece in self._begin():
            self._pieces.put(piece)
            if self._is_left.is_set():
                return

    def pieces(self, seconds: float, wants_stop: Callable[[], bool]) -> Iterator[AIMessageChunk]:
        heard = time.monotonic()
        while True:
            if wants_stop():
                raise Stopped
            try:
                piece = self._pieces.get(timeout=_GLANCE)
            except queue.Empty:
                if time.monotonic() - heard > seconds:
                    raise Silence from None
                continue
            heard = time.monotonic()
            if piece is None or isinstance(piece, BaseException):
                self._is_over = True
                if piece is not None:
                    raise piece
                return
            yield piece

    @property
    def is_left(self) -> bool:
        """Whether nobody waits any more."""
        return self._is_left.is_set()

    def leave(self) -> None:
        """Close the connection, which wakes the thread that waits for it."""
        self._is_left.set()
        if self._is_over:
            return
        with suppress(OSError, AttributeError, KeyError, TypeError):
            self._stream().get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def _stream(self) -> Any:  # noqa: ANN401  the HTTP client's
        if self.response is not None:
            return self.response.extensions["network_stream"]
        # Before the first byte only the client's pool knows the connection; it has no public way
        # to it. Without it the endpoint would go on working until the time-out.
        pool = self.client._transport_for_url(self.request.url)._pool
        mine = [r for r in pool._requests if r.request.extensions.get("reader") is self]
        connection = mine[0].connection
        while hasattr(connection, "_connection"):  # a tunnel holds another one
            connection = connection._connection
        return connection._network_stream
