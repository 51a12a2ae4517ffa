"""What a model is shown of an explained change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from bot.figures import clean, name_text
from bot.mind.compact import (
    Compact,
    clean_note,
    day_period,
    durations,
    fenced,
    figure_text,
    noted_figures,
    notes_lines,
    quoted,
    signed,
    span_line,
)
from bot.mind.held import NOBODY, Held, named
from bot.mind.standings import of_change, query_names
from bot.mind.veil import Veil
from tools.core.periods import DAY, Period
from tools.core.results import Change, FigureKind, Part

MOST_PARTS = 12
MOST_DRIVERS = 8
MOST_EVENTS = 5


def change_text(change: Change, *, veil: Veil, amounts: bool = True) -> Compact:
    """A change: what it was and is, its parts by size, and what happened near it."""
    shown = _Shown(change, veil, amounts=amounts)
    lines = [*shown.head(), *shown.parts(), *shown.events()]
    lines += notes_lines(change.notes, veil, amounts=amounts)
    figures = [*shown.figures, *durations(change.query, change.period)]
    figures.append(Held(Decimal(change.bill_rows), FigureKind.NUMBER, "bill lines"))
    if amounts:
        figures += noted_figures(change.notes)
    days = [change.period, change.previous_period]
    days += [day_period(part.first_day) for part in change.parts if part.first_day]
    days += [day_period(event.day) for event in change.events]
    if change.complete_through:
        days.append(Period(change.complete_through, change.complete_through + DAY))
    ranks = max(len(change.parts), len(change.drivers))
    return Compact(
        fenced("explain_change", lines),
        tuple(figures),
        tuple(days),
        ranks,
        tuple(of_change(change)),
    )


class _Shown:
    """The change's lines, and the figures in them."""

    def __init__(self, change: Change, veil: Veil, *, amounts: bool) -> None:
        self.figures: list[Held] = []
        self._change = change
        self._veil = veil
        self._amounts = amounts
        self._within = query_names(change.query)

    def head(self) -> Iterator[str]:
        change = self._change
        yield f"read as: why {self._veil.mask(change.query.text())}"
        yield f"days: {span_line(change.period)}; compared with {span_line(change.previous_period)}"
        if change.is_partial:
            yield f"days after {change.complete_through} are still coming in"
        if not change.is_comparable:
            yield "the two periods are not both whole: do not say more or less"
        if not self._amounts:
            yield "amounts are withheld from you; the asker sees them"
            return
        yield f"money in {change.currency}"
        yield "; ".join(self._compared(change.before, change.after, NOBODY))
        loose = self._hold(self._figure(change.unexplained, NOBODY))
        yield f"sum of all moves, up and down: {self._gross()}; of that unexplained: {loose}"

    def _gross(self) -> str:
        return self._hold(self._figure(self._change.gross, NOBODY))

    def parts(self) -> Iterator[str]:
        change = self._change
        if change.drivers:
            yield "the same change by the dimension that tells most:"
            for part in change.drivers[:MOST_DRIVERS]:
                yield self._part(part)
        yield "reasons, largest first; they add up to the difference:"
        for part in change.parts[:MOST_PARTS]:
            yield self._part(part)
        if len(change.parts) > MOST_PARTS:
            yield f"({len(change.parts) - MOST_PARTS} smaller reasons, which the asker sees)"

    def _part(self, part: Part) -> str:
        about = frozenset(_name(d, v) for d, v in part.key.items())
        key = ", ".join(f"{clean(d)} {self._value(d, v)}" for d, v in part.key.items())
        texts = [f"{part.cause}: {key or 'many small ones'}"]
        if self._amounts:
            amount = replace(self._figure(part.amount, about), is_change=True)
            texts.append(f"amount {self._hold(amount)}")
            texts += self._compared(part.before, part.after, about, is_difference_said=False)
            texts += self._quantities(part, about)
        if part.resources:
            count = Held(Decimal(part.resources), FigureKind.NUMBER, "resources", about)
            self.figures.append(replace(count, within=self._within))
            texts.append(f"{part.resources} resources")
        if part.first_day:
            texts.append(f"first seen {part.first_day}")
        return " | ".join(texts)

    def _quantities(self, part: Part, about: frozenset[str]) -> Iterator[str]:
        unit = (part.unit or "").lower()
        if part.quantity_before is None or part.quantity_after is None or not unit:
            return
        now = replace(self._figure(part.quantity_after, about), kind=FigureKind.NUMBER, unit=unit)
        then = self._earlier(replace(now, value=part.quantity_before))
        yield f"used {self._hold(now)} {clean(unit)}, before {self._hold(then)}"

    def events(self) -> Iterator[str]:
        change = self._change
        for event in change.events[:MOST_EVENTS]:
            yield f"event {event.day}: {quoted(self._veil.mask(clean_note(event.text)))}"
            self.figures += noted_figures([event.text])

    def _compared(
        self,
        before: Decimal,
        after: Decimal,
        about: frozenset[str],
        *,
        is_difference_said: bool = True,
    ) -> list[str]:
        now = self._figure(after, about)
        found = [
            f"now {self._hold(now)}",
            f"before {self._hold(self._earlier(replace(now, value=before)))}",
        ]
        if not self._change.is_comparable:
            return found
        change = replace(now, value=after - before, is_change=True)
        if is_difference_said:
            found.append(f"difference {self._hold(change)}")
        if before > 0:
            ratio = replace(
                change, value=(after - before) / before * 100, kind=FigureKind.PERCENT, unit=""
            )
            found.append(f"difference {self._hold(ratio)}%")
        return found

    def _figure(self, value: Decimal, about: frozenset[str]) -> Held:
        change = self._change
        return Held(
            value,
            FigureKind.MONEY,
            change.currency,
            about,
            self._within,
            change.period,
            change.previous_period,
        )

    def _earlier(self, figure: Held) -> Held:
        change = self._change
        return replace(figure, is_before=True, period=change.previous_period, other=change.period)

    def _value(self, dimension: str, value: str | None) -> str:
        if value is None:
            return f"({name_text(None, dimension)})"
        return quoted(self._veil.shown(dimension, value))

    def _hold(self, figure: Held) -> str:
        kept = replace(figure, text=figure_text(figure.value, figure.kind))
        self.figures.append(kept)
        return signed(kept)


def _name(dimension: str, value: str | None) -> str:
    return named(name_text(None, dimension) if value is None else clean(value))
