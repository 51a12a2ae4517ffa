"""What follows `/gpu schedule`: which machines, when they are stopped and when started again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.core.errors import NotUnderstoodError

SCHEDULE = "schedule"
NIGHT = ("20:00", "07:00")  # what `nights` and `weekends` mean where no hour is said
_TOKENS = re.compile(r'[^\s,"()]*"[^"]*"|[^\s,()]+')
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))?(am|pm|h)?")
_ZONE = re.compile(r"UTC|GMT|[A-Z][A-Za-z_]+(?:/[A-Za-z][A-Za-z_+-]*){1,2}")
_FILLERS = frozenset({"and", "at", "on", "the", "from", "then", "again", "in", "over", "to", "of"})
_STOPS, _STARTS = frozenset({"stop", "stops", "off"}), frozenset({"start", "starts"})
_DAYS = {
    "nights": "nights",
    "night": "nights",
    "nightly": "nights",
    "overnight": "nights",
    "daily": "nights",
    "weekends": "weekends",
    "weekend": "weekends",
    "weekdays": "weekdays",
    "weekday": "weekdays",
    "workdays": "weekdays",
}
_EVERY = {"day": "nights", "night": "nights", "weekend": "weekends", "weekday": "weekdays"}
_NAMED = {"friday": "weekends", "fridays": "weekends", "monday": "weekends", "mondays": "weekends"}
_BEGINS = frozenset({*_STOPS, *_STARTS, *_DAYS, "every", "until"})
WHEN = "When? For instance: schedule #1 nights, or schedule #1 stop 20:00 start 07:00 weekdays."
DAYS = "I know weekdays, nights and weekends; say one of them."


@dataclass(slots=True)
class _Read:
    """What was read so far."""

    stop: str = ""
    start: str = ""
    until: str = ""
    zone: str = ""
    days: list[str] = field(default_factory=list)
    is_night: bool = False  # by a word that says both hours


def split_schedule(text: str) -> tuple[str, str]:
    """The machines, and when: `("#1 #2", "stop 20:00 weekdays")`."""
    for found in _TOKENS.finditer(text):
        if found[0].lower() in _BEGINS:
            return text[: found.start()].strip(" ,"), text[found.start() :]
    return text.strip(" ,"), ""


def read_timetable(text: str, *, line: str) -> dict[str, str | None]:
    """When, as the gate is told: `{"stop": "20:00", "start": "07:00", "days": "nights"}`.

    Args:
        text: what follows the machines.
        line: all that was typed, to mark in it what cannot be read.

    Raises:
        NotUnderstoodError: it is no timetable; the part that is wrong is marked.
    """
    read = _Read()
    tokens = _TOKENS.findall(text)
    while tokens:
        _take(tokens, read, line)
    if read.is_night:
        read.stop, read.start = read.stop or NIGHT[0], read.start or NIGHT[1]
    if not read.stop:
        said = WHEN if not read.start else "When is it stopped? Say stop 20:00, too."
        raise _unread(line, text or line, said)
    return dict(_told(read, line))


def _take(tokens: list[str], read: _Read, line: str) -> None:
    """Read the next words."""
    token = tokens.pop(0)
    word = token.lower()
    if word in _STOPS:
        read.stop = _hour(tokens, read, token, line)
    elif word in _STARTS:
        read.start = _hour(tokens, read, token, line)
    elif word == "until":
        if not tokens:
            raise _unread(line, token, "Until when? Say a day, such as until 2027-02-21.")
        read.until = tokens.pop(0)
    elif word == "every" and tokens and tokens[0].lower().rstrip("s") in _EVERY:
        _add_days(read, _EVERY[(said := tokens.pop(0).lower().rstrip("s"))], said)
    elif word in _DAYS:
        _add_days(read, _DAYS[word], word)
    elif _ZONE.fullmatch(token):
        read.zone = token
    elif word not in _FILLERS:
        raise _unread(line, token, f"I could not read “{token[:60]}”. {WHEN}")


def _add_days(read: _Read, days: str, word: str) -> None:
    read.days.append(days)
    read.is_night |= "day" not in word and word != "daily"


def _hour(tokens: list[str], read: _Read, verb: str, line: str) -> str:
    """The time after `stop` or `start`; a weekday's name in between says that it is weekends."""
    while tokens and (tokens[0].lower() in _FILLERS or tokens[0].lower() in _NAMED):
        if tokens.pop(0).lower() in _NAMED:
            read.days.append("weekends")
    hour = _clock_text(tokens[0].lower()) if tokens else ""
    if not hour:
        said = f"At what time? Say it like {verb.lower()} 20:00."
        raise _unread(line, tokens[0] if tokens else verb, said)
    tokens.pop(0)
    return hour


def _clock_text(word: str) -> str:
    """`20:00` of `20`, `20:00`, `20.00`, `8pm`; empty where it is no time of day."""
    found = _TIME.fullmatch(word)
    if found is None:
        return ""
    hour, half = int(found[1]), found[3]
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return ""
        hour = hour % 12 + (12 if half == "pm" else 0)
    minute = found[2] or "00"
    return f"{hour:02}:{minute}" if hour < 24 and int(minute) < 60 else ""


def _told(read: _Read, line: str) -> Iterator[tuple[str, str | None]]:
    days = set(read.days)
    if days == {"nights", "weekends"} or days == {"nights", "weekdays"}:
        days = {"weekdays"}  # off at night and over the weekend
    if len(days) > 1:
        raise _unread(line, line, DAYS)
    yield "stop", read.stop
    if read.start:
        yield "start", read.start
    if days:
        yield "days", days.pop()
    if read.zone:
        yield "zone", read.zone
    if read.until:
        yield "until", read.until


def _unread(line: str, part: str, sentence: str) -> NotUnderstoodError:
    at = max(line.find(part), 0)
    return NotUnderstoodError(sentence, text=line, span=(at, at + len(part)))
