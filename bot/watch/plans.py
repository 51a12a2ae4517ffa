"""What a job comes to: messages, and what must be remembered in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.blocks import Message
from tools.watch.outgoing import Outgoing, Sort

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import Purser

Keeping = Callable[["Connection"], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job would say and keep; nothing of it has happened yet.

    Args:
        posts: to be put in the outbox; a key that is there already changes nothing.
        keep: writes to the ledger, in one transaction with the posts and the end of the run.
        said: one sentence for `/purser schedule` and the log; empty where there is none.
    """

    posts: tuple[Outgoing, ...] = ()
    keep: tuple[Keeping, ...] = field(default=())
    said: str = ""

    def __add__(self, other: Plan) -> Plan:
        said = " ".join(part for part in (self.said, other.said) if part)
        return Plan(self.posts + other.posts, self.keep + other.keep, said)


class Job(Protocol):
    """A module of `bot.watch` that can be run by the clock.

    It reads bills, ledger and clouds, and writes nothing: what it would say and keep is its
    answer, so that a dry run is the same run without the last step. Run twice at one moment it
    says the same keys. One that must do something before it looks, as `ingest` loads bills, has a
    function `work` of the same arguments, which a dry run leaves out.
    """

    def plan(self, purser: Purser, *, name: str, at: datetime) -> Plan:
        """What is to be said and kept.

        Args:
            purser: wired; its clock says `at`.
            name: of the job, as `/purser schedule` shows it (`digest C0ML daily`).
            at: the scheduled moment, aware, in UTC.
        """


def outgoing(
    key: str,
    message: Message,
    *,
    channel: str,
    sort: Sort,
    thread: str = "",
    replaces: str = "",
    urgent: bool = False,
    not_before: datetime | None = None,
) -> Outgoing:
    """A message as the outbox takes it."""
    return Outgoing(
        key=key,
        channel=channel,
        sort=sort,
        text=message.text,
        blocks=json.dumps(list(message.blocks), ensure_ascii=False),
        thread=thread,
        replaces=replaces,
        urgent=urgent,
        not_before=not_before,
    )
