"""Events as a pipeline or a person writes them down: read, checked and kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from tools.core.conditions import conditions_text, read_conditions
from tools.core.errors import InputError
from tools.core.query import Filter
from tools.ledger.happenings import DEPLOYMENT, PLANNED, Happening

if TYPE_CHECKING:
    from bot.config import Config

FIELDS = ("text", "kind", "scope", "start", "end", "id")
_AHEAD = timedelta(minutes=5)  # by which the clock of who tells may be ahead of this one


def read_event(fields: Mapping[str, Any], *, config: Config) -> Happening:
    """The event of `{"text", "kind", "scope", "start", "end", "id"}`; only the text is needed.

    Args:
        fields: texts. Without a kind it is a deployment, or planned where it is to come; without
            a start it is now. What is planned without an end ends 7 days after its start.
            Times without a zone are UTC; a day is the whole day.
        config: has the clock, and the dimensions that a scope may name.

    Raises:
        InputError: a field is unknown, or cannot be read.
    """
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise InputError(f"An event has {', '.join(FIELDS)}; not {unknown[0][:40]}.")
    said = {name: fields[name] for name in FIELDS if fields.get(name) not in (None, "")}
    if wrong := [name for name, value in said.items() if not isinstance(value, str)]:
        raise InputError(f"An event's {wrong[0]} is a text.")
    now = config.clock.now()
    start = _moment(said["start"]) if "start" in said else now
    end = _moment(said["end"], is_end=True) if "end" in said else None
    usual = PLANNED if start > now + _AHEAD else DEPLOYMENT
    return Happening(
        start=start,
        end=end,
        kind=said.get("kind", usual),
        text=said.get("text", ""),
        scope=read_scope(said.get("scope", ""), config=config),
        id=said.get("id", ""),
        is_dated="start" in said,
    )


def read_scope(text: str, *, config: Config) -> tuple[Filter, ...]:
    """Whose costs are meant; a dimension that nobody has would hold of nothing, unnoticed.

    Raises:
        InputError: it cannot be read, or names such a dimension.
    """
    from tools.lake.resolve import Resolver

    conditions, resolver = read_conditions(text), Resolver(config.lake)
    for condition in conditions:
        resolver.dimension(condition.dimension)
    return conditions


def event_json(event: Happening) -> dict[str, str | None]:
    """The event as `read_event` reads it, with who told it."""
    return {
        "id": event.id,
        "kind": event.kind,
        "text": event.text,
        "scope": conditions_text(event.scope),
        "start": event.start.isoformat(),
        "end": event.end.isoformat() if event.end else None,
        "by": event.by,
    }


def _moment(text: str, *, is_end: bool = False) -> datetime:
    try:
        return _read(text, is_end=is_end).astimezone(UTC)
    except (ValueError, OverflowError):  # the last day there is has no end
        raise InputError(
            f"“{text[:40]}” is no time; write 2026-11-21 or 2026-11-21T09:30Z."
        ) from None


def _read(text: str, *, is_end: bool) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return datetime.combine(day, time(), UTC) + timedelta(days=1 if is_end else 0)
