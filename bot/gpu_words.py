"""The grammar of `/gpu`, and of the few plain sentences that say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.clock_line import SCHEDULE, read_timetable, split_schedule
from tools.core.errors import InputError, NotUnderstoodError
from tools.core.query import Filter, Op

if TYPE_CHECKING:
    from bot.grammar import Vocabulary


class TagsError(InputError):
    """Tags that cannot be read."""


class Wish(StrEnum):
    """What somebody wants of machines."""

    LIST = "list"
    IDLE = "idle"
    STOP = "stop"
    START = "start"
    SCALE = "scale"
    TERMINATE = "terminate"
    TAG = "tag"
    SCHEDULE = SCHEDULE

    @property
    def changes(self) -> bool:
        """Whether it takes a proposal."""
        return self not in (Wish.LIST, Wish.IDLE)


@dataclass(frozen=True, slots=True)
class GpuLine:
    """A line of `/gpu`, read.

    Args:
        wish: what is wanted.
        where: conditions, for the lists and for timetables.
        hours: for how long it must have been idle; None for what is configured.
        names: ids, ends of ids, or `#2` for the second of the last list.
        capacity: of a scaling.
        tags: key → value, None to remove it.
        timetable: when it is stopped and started, as the gate is told.
        reason: what follows `because`.
    """

    wish: Wish
    where: tuple[Filter, ...] = ()
    hours: float | None = None
    names: tuple[str, ...] = ()
    capacity: int | None = None
    tags: dict[str, str | None] = field(default_factory=dict)
    timetable: dict[str, str | None] = field(default_factory=dict)
    reason: str = ""


_IDLE = re.compile(r"idle(?:\s+(?:for\s+)?(?P<count>\d+(?:\.\d+)?)\s*(?P<unit>h|hours?|d|days?))?")
_WHERE = re.compile(r"\bwhere\b\s*", re.IGNORECASE)
_BECAUSE = re.compile(r"\s+(?:because|reason:?)\s+", re.IGNORECASE)
_NUMBER = re.compile(r"#\d{1,4}")
_ID = re.compile(r"[A-Za-z0-9][\w./:-]*")
_TAG = re.compile(r"(?P<key>[^=\s]{1,128})=(?P<value>.{0,256})", re.DOTALL)
_PARTS = re.compile(r"[^\s,=]+=\"[^\"]*\"|[^\s,]+")
_ACTS = {
    "stop": Wish.STOP,
    "start": Wish.START,
    "scale": Wish.SCALE,
    "terminate": Wish.TERMINATE,
    "delete": Wish.TERMINATE,
    "tag": Wish.TAG,
}
EXAMPLES = (
    "idle",
    "idle where team=ml",
    "stop #1",
    "scale #3 2",
    "tag #2 team=ml",
    "schedule #1 nights",
)
_THINGS = r"(?:gpus?|(?:gpu )?machines?|(?:gpu )?instances?)"
# Whole sentences that mean a list, and nothing else; a cost question is never among them.
_SENTENCES: tuple[tuple[re.Pattern[str], Wish], ...] = (
    (
        re.compile(
            r"(?:which|what|show(?: me)?(?: the)?|list(?: the)?|are(?: there)?(?: any)?)\s+"
            rf"(?:of (?:the|our|my) )?(?:{_THINGS}"
            r"\s+(?:is|are|sit|stand|sitting)?\s*(?:idle|unused|idling|doing nothing)"
            rf"|(?:idle|unused|idling)\s+{_THINGS})"
            r"(?:\s+(?:right now|now|at the moment|today))?"
        ),
        Wish.IDLE,
    ),
    (
        re.compile(r"(?:what(?:'s| is)|is anything|anything) idle(?: (?:right )?now)?"),
        Wish.IDLE,
    ),
    (
        re.compile(
            r"(?:what(?:'s| is| are)?|which|show(?: me)?(?: the)?|list(?: the)?)\s*"
            rf"(?:(?:our |my |the )?{_THINGS}\s+)?"
            rf"(?:is |are )?running(?:\s+{_THINGS})?"
            r"(?:\s+(?:right now|now|at the moment|today))?"
        ),
        Wish.LIST,
    ),
    (re.compile(rf"(?:show|list)(?: me)?(?: all)?(?: the| our)? {_THINGS}"), Wish.LIST),
)
_POLITE = re.compile(r"^(?:please|can you|could you|kindly)\s+(?:please\s+)?", re.IGNORECASE)
_SAID = re.compile(r"(stop|start|terminate)\s+(.+)", re.IGNORECASE | re.DOTALL)
# “Stop research’s machines at night”: the whole sentence, or none of it.
_AT_NIGHT = re.compile(
    rf"(?:stop|switch off|turn off) (?:(?:all )?(?:the )?(?P<team>[a-z0-9][\w.-]*)['’]s? {_THINGS}"
    r"|(?P<names>#\d{1,4}(?:(?:,? and|,)? #\d{1,4})*))"
    r" (?P<when>(?:at nights?|every night|nights)(?: and (?:(?:at|on|over) )?(?:the )?weekends)?"
    r"|(?:(?:at|on|over) )?(?:the )?weekends|every weekend)",
    re.IGNORECASE,
)
_SAID_ID = re.compile(r"#\d{1,4}|i-[0-9a-f]{3,17}|(?:aws|gcp|sim)/\S+")


def read_gpu(text: str, vocabulary: Vocabulary) -> GpuLine:
    """What follows `/gpu`.

    Raises:
        NotUnderstoodError: it is no such line; the part that is wrong is marked.
    """
    line = text.strip()
    first, _, rest = line.partition(" ")
    if first.lower() == SCHEDULE:
        return _schedule(line, rest, vocabulary)
    wish = _ACTS.get(first.lower())
    if wish:
        return _act(line, wish, rest)
    head, _, where = _split_where(line)
    found = _IDLE.fullmatch(head.lower().strip())
    if found:
        return GpuLine(Wish.IDLE, _filters(line, where, vocabulary), _hours(found))
    if head.lower().strip() in ("", "list", "running", "all"):
        return GpuLine(Wish.LIST, _filters(line, where, vocabulary))
    said = hear_gpu(line)
    if said:
        return said
    raise _unread(
        line, (0, len(first)), "I can list, stop, start, scale, terminate, tag and schedule."
    )


def hear_gpu(text: str) -> GpuLine | None:
    """A plain sentence about machines; None where it is none that is known for certain."""
    said = " ".join(text.split()).rstrip("?!. ")
    plain = _POLITE.sub("", said).lower()
    for pattern, wish in _SENTENCES:
        if pattern.fullmatch(plain):
            return GpuLine(wish)
    asked, _, why = _split_reason(_POLITE.sub("", said))
    if at_night := _AT_NIGHT.fullmatch(asked):
        return _at_night(at_night, why)
    if asked.lower().startswith(f"{SCHEDULE} "):
        return _said_schedule(asked, why)
    found = _SAID.fullmatch(_POLITE.sub("", said))
    if not found:
        return None
    names, _, reason = _split_reason(found[2])
    named = [n for n in re.split(r"\s*,\s*|\s+and\s+|\s+", names.strip()) if n]
    if not named or not all(_SAID_ID.fullmatch(name) for name in named):
        return None
    return GpuLine(_ACTS[found[1].lower()], names=tuple(named), reason=reason)


def read_tags(parts: Iterable[str]) -> dict[str, str | None]:
    """Tags written as `key=value`; nothing after the sign removes one.

    Raises:
        TagsError: one is no tag, or is said twice.
    """
    tags: dict[str, str | None] = {}
    for part in filter(None, (part.strip() for part in parts)):
        found = _TAG.fullmatch(part)
        if not found:
            raise TagsError(f"“{part[:60]}” is no tag; write key=value.")
        if found["key"] in tags:
            raise TagsError(f"“{found['key'][:60]}” is said twice; say it once.")
        value = found["value"].strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        tags[found["key"]] = value or None
    if not tags:
        raise TagsError("Name at least one tag, such as team=ml.")
    return tags


def _act(line: str, wish: Wish, rest: str) -> GpuLine:
    named, _, reason = _split_reason(rest)
    parts = _PARTS.findall(named)
    tags = [part for part in parts if "=" in part] if wish is Wish.TAG else []
    names = [part for part in parts if part not in tags]
    capacity = None
    if wish is Wish.SCALE:
        names = [name for name in names if name.lower() != "to"]
        if len(names) < 2 or not names[-1].isdecimal() or len(names[-1]) > 6:
            raise _unread(line, (0, len(line)), "Say what and to how many: scale #3 2.")
        capacity = int(names.pop())
    unique = _names(line, names, f"Which? Say its id or its number: {wish.value} #1.")
    try:
        written = read_tags(tags) if wish is Wish.TAG else {}
    except TagsError as error:
        raise _unread(line, (0, len(line)), error.sentence) from None
    return GpuLine(wish, names=unique, capacity=capacity, tags=written, reason=reason)


def _schedule(line: str, rest: str, vocabulary: Vocabulary) -> GpuLine:
    """Machines by number or by condition, and when."""
    said, _, reason = _split_reason(rest)
    which, when = split_schedule(said)
    timetable = read_timetable(when, line=line)
    if "=" in which or _WHERE.match(which):
        where = _filters(line, _WHERE.sub("", which), vocabulary)
        return GpuLine(Wish.SCHEDULE, where, timetable=timetable, reason=reason)
    asked = "Which? Say numbers or a condition: schedule #1 nights, schedule team=ml nights."
    names = _names(line, _PARTS.findall(which), asked)
    return GpuLine(Wish.SCHEDULE, names=names, timetable=timetable, reason=reason)


def _said_schedule(asked: str, reason: str) -> GpuLine | None:
    """The line of the command, said in a mention; None where it may be another sentence."""
    which, when = split_schedule(asked.partition(" ")[2])
    names = tuple(dict.fromkeys(_PARTS.findall(which)))
    if not names or not all(_SAID_ID.fullmatch(name) for name in names):
        return None
    try:
        timetable = read_timetable(when, line=asked)
    except NotUnderstoodError:
        return None
    return GpuLine(Wish.SCHEDULE, names=names, timetable=timetable, reason=reason)


def _at_night(found: re.Match[str], reason: str) -> GpuLine:
    timetable = read_timetable(found["when"].lower(), line=found[0])
    where = (Filter("team", Op.IS, (found["team"],)),) if found["team"] else ()
    names = tuple(dict.fromkeys(_NUMBER.findall(found["names"] or "")))
    return GpuLine(Wish.SCHEDULE, where, names=names, timetable=timetable, reason=reason)


def _names(line: str, names: Iterable[str], asked: str) -> tuple[str, ...]:
    """Ids and numbers, each once; something else is marked, nothing is asked after."""
    found = tuple(dict.fromkeys(names))
    for name in found:
        if not (_NUMBER.fullmatch(name) or _ID.fullmatch(name)):
            at = line.index(name)
            raise _unread(
                line, (at, at + len(name)), f"“{name[:60]}” is no id; take one from /gpu."
            )
    if not found:
        raise _unread(line, (0, len(line)), asked)
    return found


def _split_where(line: str) -> tuple[str, str, str]:
    found = _WHERE.search(line)
    return (line[: found.start()], "where", line[found.end() :]) if found else (line, "", "")


def _split_reason(text: str) -> tuple[str, str, str]:
    found = _BECAUSE.search(text)
    if not found:
        return text, "", ""
    return text[: found.start()], "because", text[found.end() :].strip()


def _filters(line: str, where: str, vocabulary: Vocabulary) -> tuple[Filter, ...]:
    if not where.strip():
        if _WHERE.search(line):
            raise _unread(line, (0, len(line)), "Where what? For example where team=ml.")
        return ()
    from bot.grammar import read_filters

    return read_filters(where, vocabulary)


def _hours(found: re.Match[str]) -> float | None:
    if not found["count"]:
        return None
    return float(found["count"]) * (24 if found["unit"].startswith("d") else 1)


def _unread(line: str, span: tuple[int, int], sentence: str) -> NotUnderstoodError:
    return NotUnderstoodError(sentence, text=line, span=span)
