"""Sentences that a reader of an explanation must know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from tools.core.money import money_text
from tools.core.periods import Period
from tools.core.results import Cause, CostTable, Part
from tools.lake.effects import Cell, Lot
from tools.lake.parts import Explained
from tools.lake.pending import Short

_WEEKENDS_MATTER = 28  # days from which on a weekend more or less weighs little
_MOST_SWITCHES = 3
_AS_MUCH = Decimal("0.9")  # of the larger side
_MERGED = (
    "In so many bill lines SKUs are not told apart, so a move from one to another may show as a "
    "price; ask about one service or fewer days."
)


def change_notes(
    table: CostTable, found: Explained, *, before: Decimal, lacking: Short, has_meter: bool = True
) -> tuple[str, ...]:
    """The table's own notes, then what the days and the parts themselves need said."""
    period, previous = table.period, table.previous_period
    made = list(table.notes)
    if previous is not None:
        made += [*_length(table, period, previous, before), *_weekends(period, previous)]
    merged = () if has_meter else (_MERGED,)
    return (*made, *_pending(table, found, lacking), *_moves(found), *_uncounted(found), *merged)


def _pending(table: CostTable, found: Explained, lacking: Short) -> Iterator[str]:
    """What no reason was given for, and which days can be explained."""
    if not any(named.part.cause is Cause.PENDING for named in found.named):
        return
    if lacking.after:
        names = _and(sorted(lacking.after))
        yield f"What is less in {names} may only not be billed yet, so no reason is given for it."
    if lacking.before:
        names = _and(sorted(lacking.before))
        yield f"What is more in {names} may only be missing from the period compared with."
    if lacking.after and table.complete_through:
        yield f"The last complete day is explained by `why {table.complete_through}`."


def _length(table: CostTable, period: Period, previous: Period, before: Decimal) -> Iterator[str]:
    days = period.days - previous.days
    if days:
        pace = money_text(abs(days * before / previous.days), table.currency)
        count = "One day" if abs(days) == 1 else f"{abs(days)} days"
        yield f"{count} {'more' if days > 0 else 'less'} come to about {pace} at the earlier pace."


def _weekends(period: Period, previous: Period) -> Iterator[str]:
    if period.days != previous.days or period.days >= _WEEKENDS_MATTER:
        return
    now, then = (sum(day.weekday() >= 5 for day in p.each_day()) for p in (period, previous))
    if now != then:
        if period.days == 1:
            yield f"A {period.start:%A} is compared with a {previous.start:%A}."
        else:
            days = "1 weekend day is" if now == 1 else f"{now} weekend days are"
            yield f"{days} compared with {then}."


def _switches(found: Explained) -> Iterator[str]:
    """One model gone and another new under the same key: somebody switched."""
    new, gone = (_models(found, cause) for cause in (Cause.NEW, Cause.GONE))
    told = 0
    for user in new.keys() & gone.keys():
        to, since = new[user], gone[user]
        names = sorted(since.keys()), sorted(to.keys())
        if told < _MOST_SWITCHES and not set(names[0]) & set(names[1]):
            told += 1
            yield f"{user[1] or user[0]} moved from {_and(names[0])} to {_and(names[1])}."


def _moves(found: Explained) -> Iterator[str]:
    """What is gone under one name and as much new under another: renamed, perhaps, or moved."""
    switches = list(_switches(found))
    yield from switches
    parts = [named.part for named in found.named if named.part.key]
    gone = [part for part in parts if part.cause is Cause.GONE]
    told = 0
    for new in (part for part in parts if part.cause is Cause.NEW):
        old = next((one for one in gone if _is_as_much(one, new) and _differs(one, new)), None)
        if old is None or (switches and _differs(old, new) == "model"):
            continue
        gone.remove(old)
        told += 1
        if told <= _MOST_SWITCHES:
            name = _differs(old, new)
            yield (
                f"What is gone under {_named(name, old)} is about as much as is new under "
                f"{_named(name, new)}: it may have moved, or have been renamed."
            )


def _differs(old: Part, new: Part) -> str:
    """The one dimension in which two keys differ; empty where that is not so, or a resource."""
    if old.key.keys() != new.key.keys():
        return ""
    names = [name for name in new.key if new.key[name] != old.key[name]]
    return names[0] if len(names) == 1 and names != ["resource"] else ""


def _is_as_much(old: Part, one: Part) -> bool:
    """By what was counted; by its cost where nothing is."""
    sides = abs(old.amount), abs(one.amount)
    if old.unit and old.unit == one.unit and old.quantity_before and one.quantity_after:
        sides = old.quantity_before, one.quantity_after
    return min(sides) >= _AS_MUCH * max(sides)


def _named(name: str, part: Part) -> str:
    value, name = part.key[name], name.replace("_", " ")
    return f"{name} {value}" if value is not None else f"no {name}"


def _models(found: Explained, cause: Cause) -> dict[tuple[str, str | None], dict[str, Decimal]]:
    models: defaultdict[tuple[str, str | None], dict[str, Decimal]] = defaultdict(dict)
    for cell in _cells(found, cause):
        if cell.model and cell.resource:
            models[cell.resource, None][cell.model] = cell.after - cell.before
    return models


def _cells(found: Explained, cause: Cause) -> Iterable[Cell]:
    for named in found.named:
        if named.part.cause is cause:
            for lot in named.lots:
                yield from lot.cells


def _uncounted(found: Explained) -> Iterator[str]:
    named = [one for one in found.named if one.part.cause is Cause.UNEXPLAINED]
    counted = [_is_counted(lot) for one in named for lot in one.lots]
    if not all(counted):
        yield "Where the bill counts no quantity, usage and price cannot be told apart."
    if any(counted):
        yield (
            "Where the bill seems to count otherwise than before, usage and price cannot be told "
            "apart."
        )


def _is_counted(lot: Lot) -> bool:
    return lot.quantity_before > 0 and lot.quantity_after > 0


def _and(names: Iterable[str]) -> str:
    names = list(names)
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
