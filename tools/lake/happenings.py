"""What the bill itself tells to have happened near a change: nothing else, nothing invented."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tools.core.results import Cause, Event
from tools.core.windows import Window
from tools.lake.effects import Cell
from tools.lake.parts import Explained, Named

MOST = 8
_NAMES = 2  # so many resources are named, more are counted


def happenings(
    found: Explained, window: Window, *, cells: Iterable[Cell] = ()
) -> tuple[Event, ...]:
    """First and last days of what is new and gone, purchases and corrections; oldest first."""
    events = [event for named in found.named for event in _of(named, window)]
    events += _bought(cells)
    return tuple(sorted(events[:MOST], key=lambda event: event.day))


def _of(named: Named, window: Window) -> Iterable[Event]:
    part = named.part
    cells = [cell for lot in named.lots for cell in lot.cells]
    if not part.key:
        return
    match part.cause:
        case Cause.NEW:
            for day, some in _by_day(cells, last=False, window=window):
                yield Event(day, f"{_who(some)} first billed{_what(some)}", part.key)
        case Cause.GONE:
            for day, some in _by_day(cells, last=True, window=window):
                yield Event(day, f"{_who(some)} last billed{_what(some)}", part.key)
        case Cause.CORRECTION | Cause.ONE_OFF if part.first_day and not _was_there(named):
            yield Event(part.first_day, _charge(cells, part.cause), part.key)


def _bought(cells: Iterable[Cell]) -> Iterable[Event]:
    """Commitments that begin: bought at no effective cost, which use under them bears."""
    for cell in cells:
        is_new = cell.first_day is not None and cell.last_day is None and not cell.after
        if cell.charge == "Purchase" and is_new and cell.resource and cell.first_day:
            text = f"{short_name(cell.resource)} bought ({cell.service or 'commitment'})"
            yield Event(cell.first_day, text, {"resource": cell.resource})


def _was_there(named: Named) -> bool:
    """What is charged in both periods happens again and again."""
    return any(lot.was_there for lot in named.lots)


def _by_day(cells: Iterable[Cell], *, last: bool, window: Window) -> list[tuple[date, list[Cell]]]:
    """Cells by their first or last day, the first two days of most; not what the window cuts."""
    found: dict[date, list[Cell]] = {}
    edge = window.periods[1].last if last else window.period.start
    for cell in cells:
        day = cell.last_day if last else cell.first_day
        if day is not None and (day != edge or window.periods[1].end == window.period.start):
            found.setdefault(day, []).append(cell)
    return sorted(found.items(), key=lambda item: -_weight(item[1]))[:2]


def _weight(cells: Iterable[Cell]) -> float:
    return float(sum(abs(cell.after) + abs(cell.before) for cell in cells))


def _who(cells: list[Cell]) -> str:
    names = list(dict.fromkeys(short_name(c.resource) for c in cells if c.resource))
    if not names:
        return cells[0].model or cells[0].service or "It"
    if len(names) > _NAMES:
        return f"{len(names)} resources"
    return " and ".join(names)


def _what(cells: list[Cell]) -> str:
    kinds = sorted({c.model or c.instance_type or "" for c in cells} - {""})
    return f" ({', '.join(kinds[:2])})" if kinds else ""


def _charge(cells: list[Cell], cause: Cause) -> str:
    service = next((c.service for c in cells if c.service), "the bill")
    if cause is Cause.CORRECTION:
        return f"Correction of an earlier period ({service})"
    charge = next((c.charge for c in cells if c.charge), "Charge")
    return f"{charge} ({service})"


def short_name(resource: str) -> str:
    """The last piece of an ARN or a path."""
    return resource.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1] or resource
