"""`/purser health`: what waits, what did not go as it should, and what cannot be loaded or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.blocks import Block, Message, clip, context_blocks, fallback, rich_block, text_part
from bot.figures import age_text
from bot.machine_words import clean_line, counted
from bot.proposal_words import moment_text
from tools.watch.outgoing import Sent, Told

SHOWN = 12  # failures in the message
LATE = timedelta(minutes=10)  # after so long what is due should have gone
MOVED = "moved"  # it was found in the fallback channel; why it went there is forgotten
BECAUSE = {
    MOVED: "its channel took no messages",
    "is_archived": "it is archived",
    "not_in_channel": "I am not a member of it",
    "channel_not_found": "I cannot see it",
    "user_not_found": "there is no such person",
    "user_disabled": "they have left",
    "messages_tab_disabled": "they take no messages from apps",
}
_STATES = {
    "ratelimited": "Slack asks me to wait",
    "unreachable": "I cannot reach Slack",
    "interrupted": "Slack’s answer did not come",
    "fault": "of a fault on my side, which my log has",
    "invalid_auth": "Slack does not take my token",
    "token_revoked": "my token was taken away",
    "account_inactive": "my account was deactivated",
    "missing_scope": "my token lacks a scope",
    "message_not_found": "what it was to change was deleted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How Purser is.

    Args:
        now: the time.
        waiting: how many messages wait or are under way.
        doubtful: how many of them may be in Slack already.
        oldest: when the oldest was put that is due; None where there is none.
        days: how many days back failures are told.
        failures: what did not go as it should, newest first.
        sources: source of bills → why it could not be loaded.
        jobs: name of a job → why its last run failed.
        steps: what the clock was to do, and when → why it was not done.
        estimates: how far what accrued was from its bill on the newest days that have one.
        unread: why clouds' own logs cannot be read: causes are then found without them.
    """

    now: datetime
    waiting: int = 0
    doubtful: int = 0
    oldest: datetime | None = None
    days: int = 7
    failures: tuple[Sent, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    estimates: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether nobody need do anything."""
        is_late = self.oldest is not None and self.now - self.oldest > LATE
        return not (is_late or self.failures or self.sources or self.jobs or self.steps)


def because(word: str) -> str:
    """Why a message did not go, after “because”: `it is archived`."""
    return BECAUSE.get(word) or _STATES.get(word) or f"Slack says {clip(clean_line(word), 60)}"


def fate_text(sent: Sent) -> str:
    """What became of a message that did not go as it should: `not delivered: it is archived`."""
    why = because(sent.trouble)
    match sent.told:
        case Told.SENT:
            return f"sent to the fallback channel: {why}"
        case Told.DROPPED:
            return f"not delivered: {why}"
        case _:
            return f"tried {counted(sent.tries, 'time')} so far: {why}"


def health_message(found: Health) -> Message:
    """All of it, for whoever asks."""
    said = "I am well." if found.is_well else "Not all is well."
    blocks: list[Block] = [rich_block(text_part(said, bold=True), text_part(f" {_waits(found)}"))]
    blocks += _listed("Could not be loaded", _named(found.sources))
    blocks += _listed("Failed at its last run", _named(found.jobs))
    blocks += _listed("Not read, so who started what is not known", _sentences(found.unread))
    blocks += _listed(f"Not done by the clock in {found.days} days", _named(found.steps)[:SHOWN])
    heading = f"Trouble delivering in the last {found.days} days"
    blocks += _listed(heading, [_failure(sent, found.now) for sent in found.failures[:SHOWN]])
    more = len(found.failures) - SHOWN
    note = f"{more} more are not shown." if more > 0 else ""
    notes = context_blocks(note, *map(clean_line, found.estimates))
    return Message(fallback(f"{said} {_waits(found)}"), (*blocks, *notes))


def _waits(found: Health) -> str:
    if not found.waiting:
        return "Nothing waits to be said."
    if found.oldest is None:
        verb = "is" if found.waiting == 1 else "are"
        return f"{counted(found.waiting, 'message')} {verb} for later."
    doubt = (
        f" I do not know yet whether Slack has {found.doubtful} of them; I look before I say it "
        "again."
        if found.doubtful
        else ""
    )
    verb = "waits" if found.waiting == 1 else "wait"
    age = age_text(found.now - found.oldest)
    return f"{counted(found.waiting, 'message')} {verb}, the oldest was due {age}.{doubt}"


def _named(found: dict[str, str]) -> list[list[Block]]:
    return [
        [text_part(clean_line(name), bold=True), text_part(f": {clip(clean_line(why), 200)}")]
        for name, why in found.items()
    ]


def _sentences(found: Sequence[str]) -> list[list[Block]]:
    return [[text_part(clip(clean_line(text), 300))] for text in found]


def _failure(sent: Sent, now: datetime) -> list[Block]:
    post = sent.outgoing
    when = f", {moment_text(sent.at, now=now)}" if sent.at else ""
    parts = [text_part(f"{post.sort.value} for ", bold=True), *_place(post.channel)]
    return [*parts, text_part(f"{when}, {fate_text(sent)}")]


def _place(channel: str) -> Iterator[Block]:
    if channel.startswith(("C", "G")):
        yield {"type": "channel", "channel_id": channel}
    else:
        yield text_part("somebody’s direct messages")


def _listed(heading: str, items: Sequence[Sequence[Block]]) -> list[Block]:
    if not items:
        return []
    lines = [{"type": "rich_text_section", "elements": list(item)} for item in items]
    listed: Block = {"type": "rich_text_list", "style": "bullet", "elements": lines}
    return [rich_block(text_part(heading)), {"type": "rich_text", "elements": [listed]}]
