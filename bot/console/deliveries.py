"""Sends what people did to the app, one thread each, and does what Slack does with the answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.console import replies
from bot.console.faults import Faults
from bot.console.records import Hook, Message, View
from bot.console.store import Store
from bot.console.transport import Ack, Envelope, Kind, Transport

_COMMAND_PROBLEMS = {"http_timeout": "operation_timeout", "connection_failed": "dispatch_failed"}


@dataclass
class Delivery:
    """One thing told to the app, with every attempt and answer."""

    kind: Kind
    payload: Mapping[str, Any]
    acks: list[Ack] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)
    _done: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def is_acked(self) -> bool:
        """True where the last attempt was answered with 200."""
        return bool(self.acks) and not self.acks[-1].problem

    def wait(self, timeout: float = 10.0) -> Delivery:
        """Until the app answered or the last attempt failed."""
        if not self._done.wait(timeout):
            raise AssertionError(f"{self.kind} not settled within {timeout} s")
        return self

    def finish(self) -> None:
        """Nothing more will happen to it."""
        self._done.set()


class Deliveries:
    """The way to the app, and the journal of what went over it."""

    def __init__(
        self, store: Store, faults: Faults, *, ack_timeout: float, retry_delay: float
    ) -> None:
        self.transport: Transport | None = None
        self._store = store
        self._faults = faults
        self._ack_timeout = ack_timeout
        self._retry_delay = retry_delay
        self._journal: list[Delivery] = []
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()

    @property
    def journal(self) -> tuple[Delivery, ...]:
        """Everything sent, in order."""
        return tuple(self._journal)

    def send(
        self,
        kind: Kind,
        payload: Mapping[str, Any],
        *,
        then: Callable[[Delivery], None] | None = None,
    ) -> Delivery:
        """Deliver in a thread of its own; `then` runs there once the app answered or did not."""
        delivery = Delivery(kind, payload)
        self._journal.append(delivery)
        thread = threading.Thread(target=self._run, args=(delivery, then), daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()
        return delivery

    def close(self, timeout: float = 5.0) -> None:
        """Start no redelivery any more, and let the running ones end."""
        self._closing.set()
        for thread in self._threads:
            thread.join(timeout)

    def _run(self, delivery: Delivery, then: Callable[[Delivery], None] | None) -> None:
        try:
            self._attempt(delivery)
            if delivery.kind == "event":
                self._redeliver(delivery)
            if then:
                then(delivery)
        finally:
            delivery.finish()
            self._store.touch()

    def _attempt(self, delivery: Delivery, *, retry: int = 0, reason: str = "") -> None:
        if self.transport is None:
            delivery.acks.append(Ack(0, problem="connection_failed"))
            return
        envelope = Envelope(
            delivery.kind,
            delivery.payload,
            retry=retry,
            reason=reason,
            is_forged=self._faults.take("wrong signature"),
            is_old=self._faults.take("old signature"),
        )
        delivery.acks.append(self.transport.send(envelope, timeout=self._ack_timeout))

    def _redeliver(self, delivery: Delivery) -> None:
        """Once more where there was no acknowledgement, or where a fault asks for it.

        A redelivery after a lost acknowledgement looks to the app like any other: same event id,
        X-Slack-Retry-Num 1.
        """
        first = delivery.acks[-1]
        doubled = self._faults.take("twice")
        if not doubled and (not first.problem or first.wants_no_retry):
            return
        if not self._closing.wait(self._retry_delay):
            self._attempt(delivery, retry=1, reason=first.problem or "http_timeout")

    def settle_command(self, delivery: Delivery, command: str, hook: Hook) -> None:
        """Show the answer in the acknowledgement's body, or that the command failed."""
        ack = delivery.acks[-1]
        if ack.problem:
            word = _COMMAND_PROBLEMS.get(ack.problem) or (
                "http_service_error" if ack.status >= 500 else "http_client_error"
            )
            text = f'{command} failed with the error "{word}"'
            self._store.tell(hook.channel, hook.user, text)
            return
        body = _json(ack.body)
        answer = body if body is not None else {"text": ack.body} if ack.body.strip() else {}
        if answer.get("text") or answer.get("blocks"):
            problem = replies.respond(self._store, hook, answer)
            if problem:
                self._store.tell(
                    hook.channel, hook.user, f'{command} failed with the error "{problem}"'
                )

    def settle_press(self, delivery: Delivery, message: Message, user: str) -> None:
        """Say so where a button was not acknowledged."""
        if delivery.acks[-1].problem:
            self._store.tell(
                message.channel,
                user,
                "Operation timed out. Apps need to respond within 3 seconds.",
                thread_ts=message.thread_ts,
            )

    def settle_submission(self, delivery: Delivery, view: View) -> None:
        """Close, update, push or mark errors, as the acknowledgement says."""
        ack = delivery.acks[-1]
        if ack.problem:
            delivery.outcome = {"problem": "We had some trouble connecting. Try again?"}
            return
        delivery.outcome = replies.after_submission(self._store, view, _json(ack.body) or {})


def _json(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
