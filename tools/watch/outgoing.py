"""What is to be said, as the ledger keeps it until Slack has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Told(StrEnum):
    """Where something to be said stands."""

    WAITING = "waiting"
    SENDING = "sending"  # by whoever holds its lease; in doubt once that has run out
    SENT = "sent"
    DROPPED = "dropped"  # nowhere took it; `/purser health` says so
    MUTED = "muted"  # people asked not to hear of it there


class Sort(StrEnum):
    """What kind of thing is said; people mute and rate by it."""

    DIGEST = "digest"
    BUDGET = "budget alert"
    FORECAST = "forecast alert"
    ACCRUAL = "accrued spend"
    ANOMALY = "anomaly"
    INCIDENT = "incident"
    OPERATOR = "operator"
    NEEDS = "still needed"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to be posted, or to be put in the place of one that was.

    Args:
        key: names it for all time; what was put once with this key is never put again.
        channel: Slack channel or user id.
        sort: what kind of thing it is.
        text: for notifications, and where blocks cannot be shown.
        blocks: Block Kit, as JSON text of a list; `[]` for none.
        thread: key of the message in whose thread it belongs; empty for the channel.
        replaces: key of the message it takes the place of; empty for a new one.
        urgent: said in quiet hours, too.
        not_before: it waits until then.
    """

    key: str
    channel: str
    sort: Sort
    text: str
    blocks: str = "[]"
    thread: str = ""
    replaces: str = ""
    urgent: bool = False
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of an `Outgoing`.

    Args:
        outgoing: what was to be said.
        told: where it stands.
        tries: how often it was tried.
        trouble: Slack's word for why it did not go; empty where it did.
        at: when it was put.
        sent_at: when Slack took it.
        posted: the channel that took it, the fallback's where that had to.
        ts: Slack's name of the message.
    """

    outgoing: Outgoing
    told: Told
    tries: int = 0
    trouble: str = ""
    at: datetime | None = None
    sent_at: datetime | None = None
    posted: str = ""
    ts: str = ""


def mute_subject(channel: str, sort: Sort) -> str:
    """What a choice not to hear of something in a channel is about (`WatchChoices`)."""
    return f"mute {channel} {sort.value}"
