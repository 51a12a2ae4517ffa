"""Sentences that stand beside an answer's figures, or in their place."""

from __future__ import annotations

from tools.core.money import money_text
from tools.core.periods import AllTime, Period, spec_text
from tools.core.query import Filter, Grain, Query
from tools.core.results import Note
from tools.core.windows import Window
from tools.lake.answer import Line, Totals, standing
from tools.lake.compile import Compiler, within
from tools.lake.coverage import Coverage, coverage, hole_notes, stale_notes
from tools.lake.lake import Snapshot


def notes(
    compiler: Compiler,
    snapshot: Snapshot,
    *,
    lines: list[Line],
    whole: Totals,
    window: Window,
    found: Coverage,
) -> tuple[str, ...]:
    """What a reader of the figures must know, most important first."""
    return (
        *_currency_notes(compiler, lines, whole=whole),
        *_cost_notes(compiler, lines),
        *window.notes,
        *hole_notes(found, window, is_named=not isinstance(compiler.query.period, AllTime)),
        *_hourly_notes(compiler, snapshot, window),
        *_beyond_notes(lines, window),
        *stale_notes(found, snapshot.settings),
        *_second_notes(snapshot, found, window),
    )


def nothing(compiler: Compiler, snapshot: Snapshot, *, window: Window) -> Note:
    """No data: what was searched, and which days there are to search, under the scope."""
    query = compiler.query
    everything = Compiler(Query(), compiler.scope, compiler.resolver, compiler.money)
    held = coverage(snapshot, everything, days=None)
    days = held.days
    if days is None:
        if compiler.scope.is_everything:
            return Note("The lake holds no bills yet; `purser ingest` loads them.")
        return Note("There are no bills among what you may see.")
    where = " and ".join(f.text() for f in query.filters)
    text = (
        f"No charges {f'where {where} ' if where else ''}for {_days_text(query, window)}. "
        f"Searched {', '.join(held.names)}, with bills from {days.start} to {days.last}."
    )
    return Note(text, suggestions=_suggestions(query, window, days=days))


def _days_text(query: Query, window: Window) -> str:
    if isinstance(query.period, AllTime):
        return "all time"
    return f"{spec_text(query.period)} ({window.period.start} to {window.period.last})"


def _suggestions(query: Query, window: Window, *, days: Period) -> tuple[str, ...]:
    """The same over all time, and the same without filters where the period has bills."""
    wider = [] if isinstance(query.period, AllTime) else [query.with_(period=AllTime())]
    overlaps = window.period.start < days.end and days.start < window.period.end
    if query.filters and overlaps:
        none: tuple[Filter, ...] = ()
        wider.append(query.with_(filters=none))
    return tuple(q.with_(compare=None).text() for q in wider)


def _currency_notes(compiler: Compiler, lines: list[Line], *, whole: Totals) -> tuple[str, ...]:
    if not compiler.is_money:
        return ()
    made = []
    report = compiler.money.report
    known = sorted(currency for currency in whole.apart if currency is not None)
    if whole.is_apart:
        made.append(f"Currencies are kept apart: {', '.join(known)}.")
    if report:
        without = [currency for currency in known if currency != report]
        made += [f"There is no {c} rate for some of these days; {c} stays apart." for c in without]
    if None in whole.apart:
        text = money_text(whole.apart[None][0], None)
        made.append(f"{text} carries no currency and stays apart as unknown currency.")
    if any(line.converted_rows for line in lines):
        made.append(f"Other currencies are converted to {report} at the configured rates.")
    return tuple(made)


def _cost_notes(compiler: Compiler, lines: list[Line]) -> tuple[str, ...]:
    unpriced = sum(line.unpriced_rows for line in lines)
    if not unpriced:
        return ()
    cost = compiler.query.metric.cost.value
    of = sum(line.bill_rows for line in lines)
    return (f"{unpriced:,} of {of:,} lines carry no {cost} cost and count as nothing.",)


def _hourly_notes(compiler: Compiler, snapshot: Snapshot, window: Window) -> tuple[str, ...]:
    """Charges of a whole day stand at its first hour; they say nothing about that hour."""
    if compiler.query.grain is not Grain.HOUR:
        return ()
    sql = (
        "SELECT count(*) FILTER (c.charge_end - c.charge_start > INTERVAL 1 HOUR), count(*)\n"
        f"FROM {compiler.source(hourly=True)}\n"
        f"WHERE {compiler.where(within('c.charge_day', window.period))}"
    )
    _, ((longer, of),) = snapshot.run(sql, days=[window.period])
    if not longer:
        return ()
    return (f"{longer:,} of {of:,} lines are billed by the day or longer, at their first hour.",)


def _second_notes(snapshot: Snapshot, found: Coverage, window: Window) -> tuple[str, ...]:
    """Which bills were not added because what was added holds them already."""
    if snapshot.alone:
        view = snapshot.alone
        name = view.generation.source
        return (f"{name} is a second view of {view.of}; it is shown alone and in no total.",)
    near = [v for v in snapshot.aside if any(map(v.generation.overlaps, window.periods))]
    return tuple(dict.fromkeys(v.text for v in near if v.of in found.names))


def _beyond_notes(lines: list[Line], window: Window) -> tuple[str, ...]:
    if len(standing(lines, window.period)) == len(lines):
        return ()
    return (
        "The period compared with is longer; its last days count only in its total, "
        "having no day to stand beside.",
    )
