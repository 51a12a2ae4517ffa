"""Explanations and derived figures in words: the number first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.cells import Cells, Column, harmless
from bot.conversation import Reading
from bot.figures import (
    clean,
    day_text,
    name_text,
    percent_text,
    present_year,
    quantity_text,
    span_text,
    whole_text,
)
from tools.core.dimensions import BUILT_IN
from tools.core.money import decimal_text, money_text
from tools.core.query import Filter, Grain, Op, Query
from tools.core.results import Cause, Change, Figure, FigureKind, Part

ALL_OF_IT = Decimal("0.5")  # of the difference: a part of more is what it “mostly” is
_SMALL = {
    Cause.NEW: "small things that are new",
    Cause.GONE: "small things that are gone",
    Cause.USAGE: "many small changes of use",
    Cause.RATE: "many small changes of price",
    Cause.ONE_OFF: "small one-off charges",
    Cause.EXCHANGE: "exchange rates",
    Cause.CORRECTION: "small corrections",
    Cause.UNEXPLAINED: "changes the bill gives no reason for",
    Cause.PENDING: "what is not billed whole",
}
_KINDS = ("resource", "instance_type", "model", "service", "charge")  # what it is, closest first
_PLACES = (
    *("region", "account", "provider", "currency"),
    *("pricing", "commitment_status", "direction"),
)


def change_opening(change: Change, *, when: str, kind: str, where: str) -> tuple[str, str]:
    """The change in two parts: the number, and what follows it.

    Args:
        change: what to say.
        when: its period in words.
        kind: ` billed` and the like, where it is no effective cost.
        where: its filters in words.
    """
    year = present_year(change)
    before = whole_text(
        change.previous_period, year=year if change.period.last.year == year else None
    )
    reason = _mostly(change)
    if not change.is_comparable:
        reason = f"already {reason}" if change.is_partial and reason else reason
        so_far = " so far" if change.is_partial and " so far" not in when else ""
        held = f"the bills hold {money_text(change.before, change.currency)} for {before}"
        rest = f"{kind} {when}{where}{so_far}; {held}{reason and f'; {reason}'}."
        return money_text(change.after, change.currency), rest
    if not change.difference:
        rest = f"{kind} {when}{where}, the same as {before}{reason and f': {reason}'}."
        return money_text(change.after, change.currency), rest
    word = "more" if change.difference > 0 else "less"
    share = ""
    if change.before > 0:
        share = f" ({percent_text(change.difference / change.before, signed=True)})"
    rest = f" {word}{kind} {when}{where} than {before}{share}{reason and f': {reason}'}."
    return money_text(abs(change.difference), change.currency), rest


def figure_opening(figure: Figure) -> tuple[str, str]:
    """A derived figure, and how it was calculated."""
    match figure.kind:
        case FigureKind.MONEY:
            number = money_text(figure.value, figure.unit)
        case FigureKind.PERCENT:
            number = f"{decimal_text(figure.value)} %"
        case FigureKind.NUMBER:
            number = f"{decimal_text(figure.value)} {figure.unit}".strip()
    return number, f" = {figure.expression}"


def signed_text(value: Decimal, currency: str | None) -> str:
    """`+$980.00`, `−$12.30`."""
    text = money_text(value, currency)
    return f"+{text}" if value > 0 else text


def part_text(part: Part, change: Change) -> str:
    """A part in a clause, its amount first: `+$980.00 for p5.48xlarge · search, new since …`."""
    amount = signed_text(part.amount, change.currency)
    if not part.key:
        return f"{amount} of {_SMALL[part.cause]}"
    return f"{amount} for {part_name(part)}, {cause_text(part, change)}"


def cause_text(part: Part, change: Change) -> str:
    """Why, in a few words: `new since Nov 11`, `more use`, `higher price`."""
    is_more = part.amount > 0
    match part.cause:
        case Cause.NEW | Cause.GONE:
            return f"{part.cause}{_since(part, change)}"
        case Cause.USAGE:
            return f"{'more' if is_more else 'less'} use{_since(part, change)}"
        case Cause.RATE if "commitment_status" in part.key:
            return "commitment less used" if is_more else "commitment better used"
        case Cause.RATE if "pricing" in part.key:
            return f"other pricing{_since(part, change)}"
        case Cause.RATE:
            return f"{'higher' if is_more else 'lower'} price{_since(part, change)}"
        case Cause.ONE_OFF | Cause.CORRECTION:
            return str(part.cause)
        case Cause.EXCHANGE:
            return "exchange rate"
        case Cause.UNEXPLAINED:
            return "no reason in the bill"
        case Cause.PENDING:
            return "still coming in" if change.is_partial else "days without bills"


def part_name(part: Part) -> str:
    """What a part is about, outermost first: `Amazon EC2 · search · p5.48xlarge`."""
    if not part.key:
        return _SMALL[part.cause]
    return " · ".join(value_text(value, name) for name, value in part.key.items())


def short_name(part: Part) -> str:
    """What it is and whose, for where there is little room."""
    if not part.key:
        return _SMALL[part.cause]
    kinds = [name for name in _KINDS if name in part.key][:1]
    whose = [name for name in part.key if name not in (*_KINDS, *_PLACES)]
    places = [name for name in _PLACES if name in part.key]
    chosen = [*kinds, *whose[-1:]] if kinds else whose[-2:]
    chosen = (chosen + places)[: max(2, len(chosen))]
    return " · ".join(value_text(part.key[name], name) for name in chosen[:2])


def value_text(value: str | None, dimension: str) -> str:
    """A value of a key; of a long resource id its last piece."""
    if value is None:
        absent = name_text(None, dimension)
        return absent if dimension in BUILT_IN else f"no {clean(dimension)}"
    if dimension == "resource":
        return clean(value.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]) or clean(value)
    if dimension == "direction":
        return f"{clean(value)} tokens"
    return name_text(value, dimension)


def change_cells(change: Change) -> Cells:
    """The parts as people read them: what, why, before, after, change."""
    columns = (
        Column("What"),
        Column("Why"),
        Column("Before", is_number=True),
        Column("After", is_number=True),
        Column("Change", is_number=True),
    )
    return Cells(columns, tuple(_row(part, change) for part in change.parts))


def change_csv(change: Change) -> str:
    """The parts with raw decimals, and names that no spreadsheet takes for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["cause", "what", "currency", "before", "after", "change", "first_day"])
    for part in change.parts:
        what = " ".join(f"{name}={_whole(value)}" for name, value in part.key.items())
        figures = map(decimal_text, (part.before, part.after, part.amount))
        writer.writerow([part.cause, harmless(what), change.currency, *figures, part.first_day])
    return out.getvalue()


def change_follow_ups(change: Change) -> list[tuple[str, Reading]]:
    """One step on: why in the largest part, the days, the dimension that tells most."""
    query, found = change.query, []
    deeper = next((p for p in change.parts if p.resources > 1 and _filters(p, query)), None)
    if deeper is not None:
        filters = (*query.filters, *_filters(deeper, query))
        label = f"Why {short_name(deeper)}?"
        found.append((label, Reading(query.with_(filters=filters), is_why=True)))
    driver = next((name for part in change.drivers for name in part.key), None)
    by = () if driver is None or query.group_by else (driver,)
    if by:
        label = f"By {clean(by[0]).replace('_', ' ')}"
        found.append((label, Reading(query.with_(group_by=by, top=10))))
    if change.period.days > 1:
        daily = query.with_(group_by=by or query.group_by, grain=Grain.DAY, compare=None)
        found.append(("Daily", Reading(daily)))
    return found


def _filters(part: Part, query: Query) -> tuple[Filter, ...]:
    """The part's key as conditions that the question has not yet."""
    return tuple(
        Filter(name, Op.MISSING) if value is None else Filter(name, Op.IS, (value,))
        for name, value in part.key.items()
        if name != "resource" and name not in {f.dimension for f in query.filters}
    )


def event_texts(change: Change) -> Iterator[str]:
    """What happened near the change: `Nov 11: i-0abc first billed (p5.48xlarge)`."""
    year = present_year(change)
    for event in change.events:
        yield f"{day_text(event.day, year=year)}: {clean(event.text)}."


def change_title(change: Change) -> str:
    """A heading for the chart: `Why $11,374.13 more`."""
    if not change.difference:
        return "What changed, and evened out"
    word = "more" if change.difference > 0 else "less"
    return f"Why {money_text(abs(change.difference), change.currency)} {word}"


def change_subtitle(change: Change) -> str:
    """The days and conditions of the chart."""
    year = present_year(change)
    days = f"{span_text(change.period, year=year)} against "
    days += span_text(change.previous_period, year=year)
    return " · ".join([days, *(clean(f.text()) for f in change.query.filters)])


def _row(part: Part, change: Change) -> tuple[str, ...]:
    name = part_name(part)
    if part.key and part.resources > 1 and "resource" not in part.key:
        name += f" ({part.resources:,} resources)"
    money = [money_text(value, change.currency) for value in (part.before, part.after)]
    return (name, _why(part, change), *money, signed_text(part.amount, change.currency))


def _why(part: Part, change: Change) -> str:
    """The cause, and for use the quantities behind it."""
    before, after = part.quantity_before, part.quantity_after
    text = cause_text(part, change)
    is_counted = part.cause is Cause.USAGE and part.unit and before is not None
    if not part.key or not is_counted or before is None or after is None:
        return text
    old, new = quantity_text(before, part.unit), quantity_text(after, part.unit)
    same = old.partition(" ")[2] == new.partition(" ")[2]
    return f"{text}: {old.partition(' ')[0] if same else old} → {new}"


def _since(part: Part, change: Change) -> str:
    """Since when; a first day of the period that everything began on is no news."""
    if part.first_day is None or part.first_day == change.period.start == _day_after(change):
        return ""
    return f" since {day_text(part.first_day, year=present_year(change))}"


def _day_after(change: Change) -> object:
    return change.previous_period.end if change.period.days == 1 else None


def _mostly(change: Change) -> str:
    """The largest reason, and what offsets it where that is as large; empty without any."""
    reasons = [part for part in change.parts if part.cause is not Cause.PENDING]
    first = next((part for part in reasons if part.key), reasons[0] if reasons else None)
    if first is None:
        return ""
    alike = [p.amount for p in reasons if (p.amount > 0) == (first.amount > 0)]
    against = [p for p in reasons if (p.amount > 0) != (first.amount > 0)]
    other = max(against, key=lambda part: abs(part.amount), default=None)
    text = part_text(first, change)
    if other is None or abs(other.amount) < ALL_OF_IT * abs(first.amount):
        return f"{_weight(first, alike, change)}{text}"
    return f"{_weight(first, alike, None)}{text}, against {part_text(other, change)}"


def _weight(first: Part, alike: Sequence[Decimal], change: Change | None) -> str:
    """How much of what moved the same way the part is; without a change only how little."""
    if abs(first.amount) < max(map(abs, alike)):
        return "in many small parts, the largest "
    if change is None or not change.is_comparable:
        return ""
    is_along = change.difference * first.amount > 0
    is_most = abs(first.amount) >= ALL_OF_IT * abs(sum(alike, Decimal(0)))
    return "mostly " if is_along and is_most else "above all "


def _whole(value: str | None) -> str:
    return "" if value is None else value
