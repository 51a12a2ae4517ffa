"""What a text means in a conversation: a question of its own, or one more about the last.

Of two meanings that differ neither is taken: both are offered as whole lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.conversation import Path, Reading, Shown
from bot.followups import Followed, follow, without_opening
from bot.grammar import Vocabulary
from bot.grammar.draft import Draft
from bot.phrasebook import EXAMPLES, Heard, hear
from tools.core.errors import NotUnderstoodError, UnavailableError
from tools.core.periods import Period, spec_text
from tools.core.windows import nominal


@dataclass(frozen=True, slots=True)
class Before:
    """The last question of a conversation.

    Args:
        reading: as the grammar has it; None where it has none, or none for whoever asks now.
        day: when it was asked, on the billing clock.
    """

    reading: Reading | None
    day: date


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text asks, and how that was found.

    Args:
        reading: what it asks.
        path: `command` for a line just as the grammar writes it.
        shows: how the asker wants to see it.
        remark: what the asker must know of the reading; often empty.
    """

    reading: Reading
    path: Path
    shows: Shown = ""
    remark: str = ""


Remembered = Callable[[], Before | None]


def understand(text: str, *, remembered: Remembered, vocabulary: Vocabulary) -> Understood:
    """What `text` asks.

    Args:
        text: in the asker's words.
        remembered: looks up the last question; called only where the text may go on from it.
        vocabulary: what may be asked.

    Raises:
        NotUnderstoodError: it has no reading, or one of its own and another here.
        UnavailableError: it needs the conversation, which cannot be looked up.
    """
    heard, stopped = _heard(text, vocabulary)
    if heard and _is_whole(heard, text):
        return _own(heard, text)
    try:
        before = remembered()
    except UnavailableError:
        if heard and "money" in heard.said.said:
            return _own(heard, text)
        raise
    if before and before.reading:
        return _in_thread(text, before, before.reading, vocabulary, heard=heard, stopped=stopped)
    if heard and not (before and _is_open(heard)):
        return _own(heard, text)
    if before:
        raise NotUnderstoodError(_NOTHING_TO_GO_ON, text=text, span=(0, len(text)), is_foreign=True)
    raise stopped or AssertionError("neither read nor refused")


def _heard(text: str, vocabulary: Vocabulary) -> tuple[Heard | None, NotUnderstoodError | None]:
    try:
        return hear(text, vocabulary), None
    except NotUnderstoodError as error:
        return None, error


def _is_open(heard: Heard) -> bool:
    """`only prod`, `last week`: it says nothing of what is asked."""
    return "money" not in heard.said.said and heard.said.measured is None


_NOTHING_TO_GO_ON = (
    "My last answer here was to no single question I could go on from; please ask the whole one."
)


def _in_thread(
    text: str,
    before: Before,
    asked: Reading,
    vocabulary: Vocabulary,
    *,
    heard: Heard | None,
    stopped: NotUnderstoodError | None,
) -> Understood:
    rest = without_opening(text, vocabulary)
    if heard and rest == text and _is_complete(heard.said):
        return _own(heard, text)
    try:
        followed = follow(text, asked, vocabulary)
    except NotUnderstoodError as error:
        is_told = not error.is_foreign  # it was read, and has no one meaning here
        if stopped and not is_told and stopped.span[0] > error.span[0]:
            raise stopped from None
        raise
    alone = heard or _heard(rest, vocabulary)[0]
    if alone is None or alone.reading == followed.reading:
        return _following(followed, before.day, asked, vocabulary.today)
    if not _is_complete(alone.said) and (followed.is_marked or _is_fragment(alone)):
        return _following(followed, before.day, asked, vocabulary.today)
    raise NotUnderstoodError(
        "That can go on from the last question, or be one of its own; say which.",
        text=text,
        span=(0, len(text)),
        suggestions=(followed.reading.text(), alone.reading.text()),
    )


def _is_fragment(heard: Heard) -> bool:
    """`by service`, `last week`: one part of a question, and no word of what is asked."""
    return _parts(heard) == 1 and "money" not in heard.said.said


def _is_whole(heard: Heard, text: str) -> bool:
    """A line just as the grammar writes it, or an example of ours: it leaves nothing open."""
    said = text.strip()
    is_line = said == heard.reading.text() and _parts(heard) > 1
    return is_line or said.lower() in {example.lower() for example, _ in EXAMPLES}


def _is_complete(said: Draft) -> bool:
    """“How much did we spend last month by service?” says what and when."""
    return said.period is not None and bool({"money", "count"} & said.said.keys())


def _parts(heard: Heard) -> int:
    """How many parts of a question were said; `top 5 services` is one."""
    said = heard.said
    groups = said.groups if said.ranked is None else []
    parts = (said.period, said.compared, said.grain, said.top, said.cost, said.measured)
    return sum(map(bool, (*parts, groups, said.filters, heard.reading.is_why)))


def _own(heard: Heard, text: str) -> Understood:
    is_line = text.strip() == heard.reading.text()
    path: Path = "command" if is_line else "phrasebook"
    return Understood(heard.reading, path, heard.said.shows or "")


def _following(followed: Followed, day: date, asked: Reading, today: date) -> Understood:
    remark = _moved(asked, day, today) if followed.keeps_period else ""
    return Understood(followed.reading, "phrasebook", followed.shows, remark)


def _moved(asked: Reading, day: date, today: date) -> str:
    """“Yesterday” of a question asked last week is another day now; that is told."""
    spec = asked.query.period
    then, now = (nominal(spec, today=on) for on in (day, today))
    if then is None or now is None or then.start == now.start:
        return ""
    return (
        f"“{spec_text(spec)}” is counted from today: {_days(now)}. "
        f"When it was asked before it was {_days(then)}."
    )


def _days(period: Period) -> str:
    return f"{period.start}" if period.days == 1 else f"{period.start} to {period.last}"
