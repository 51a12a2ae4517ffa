"""A reading, changed by what a follow-up says: “only prod” after `last month by service`.

What is not said stays. Where a part could stay or go with another meaning, both whole questions
are offered and neither is taken.
"""

from __future__ import annotations

from bot.conversation import Reading
from bot.grammar.compare import Compared, check_length
from bot.grammar.draft import Draft
from bot.grammar.reasons import WHY, check_explained, explained
from bot.grammar.unread import Span, Unread
from tools.core.periods import (
    Between,
    Current,
    Earlier,
    PeriodSpec,
    Rolling,
    Unit,
    shift,
    unit_start,
)
from tools.core.query import (
    Comparison,
    Filter,
    Grain,
    Metric,
    MetricKind,
    Op,
    Preceding,
    Query,
    Shifted,
)

_DRILL = {"service": "resource"}  # what a value of the dimension is made of; else services
_NARROWS = {"only", "where"}


def amended(before: Reading, edit: Draft, text: str) -> Reading:
    """What a follow-up asks.

    Args:
        before: the thread's last reading.
        edit: what the follow-up says.
        text: the follow-up itself.

    Raises:
        Unread: the two have no one meaning together.
    """
    if before.is_why and not {"money", "amount"} & edit.said.keys():
        edit.said.setdefault(WHY, (0, len(text)))
    query = before.query.with_(metric=_metric(before.query.metric, edit, text))
    if before.is_why and WHY not in edit.said and query.compare == Preceding():
        query = query.with_(compare=None)
    query = _when(query, edit)
    query = _filtered(query, edit)
    query = _grouped(query, edit)
    return _why(query, edit, text) if WHY in edit.said else Reading(_cut(query, edit))


def unit_of(spec: PeriodSpec) -> Unit | None:
    """The calendar unit that a period is one of; None for any other stretch."""
    match spec:
        case Current(unit) | Earlier(unit, _, 1):
            return unit
        case Rolling(1):
            return Unit.DAY
        case Rolling(7):
            return Unit.WEEK
        case Between(start, end):
            whole = (u for u in Unit if unit_start(start, u) == start and shift(start, u, 1) == end)
            return next(whole, None)
    return None


def before_that(spec: PeriodSpec, unit: Unit | None) -> PeriodSpec | None:
    """The period just before; None where it has no name, or is no `unit`."""
    own = unit_of(spec)
    if own is None or isinstance(spec, Rolling) or unit not in (None, own):
        return None
    match spec:
        case Current():
            return Earlier(own)
        case Earlier():
            return Earlier(own, spec.back + 1)
        case Between(start, _):
            return Between(shift(start, own, -1), start)
    return None


def _when(query: Query, edit: Draft) -> Query:
    """The query over the days said, compared as said or as before."""
    period = edit.period or query.period
    if edit.period == Earlier(Unit.YEAR) and unit_of(query.period) != Unit.YEAR:
        choices = (query.with_(period=edit.period, compare=None), query.with_(compare=_YEAR_AGO))
        if edit.compared is None:
            raise _which(edit, "period", "The whole of last year, or compared with it?", choices)
    if edit.compared:
        _check_compared(query.with_(period=period), edit, edit.compared)
        compare: Comparison | None = edit.compared.compare
    elif "uncompared" in edit.said:
        compare = None
    else:
        compare = _still_compared(query, edit)
    return query.with_(period=period, compare=compare)


_YEAR_AGO = Shifted(Unit.YEAR)


def _still_compared(query: Query, edit: Draft) -> Comparison | None:
    compare, old, new = query.compare, query.period, edit.period
    if new is None or new == old or compare in (None, Preceding(), _YEAR_AGO):
        return compare
    if isinstance(compare, Shifted):
        if unit_of(new) == unit_of(old) is not None:
            return compare
        if compare.unit == unit_of(old):
            return Preceding()
    choices = (query.with_(period=new, compare=None), query.with_(period=new, compare=Preceding()))
    raise _which(edit, "period", "Compared with what, now?", choices)


def _check_compared(query: Query, edit: Draft, said: Compared) -> None:
    """Refuse what is no fitting length, or might be counted from today or from the period."""
    period, compare = query.period, said.compare
    if not check_length(said, period):
        raise Unread(
            edit.said["compared"],
            "That is not as long as the period it is compared with.",
            lines=(query.with_(compare=Preceding()).text(),),
        )
    if not isinstance(compare, Shifted) or compare == _YEAR_AGO:
        return
    is_same_day = compare.unit is Unit.WEEK and unit_of(period) is Unit.DAY
    is_named = said.is_last and isinstance(period, Between)
    is_itself = said.is_last and period == Earlier(compare.unit)
    if is_named or is_itself or not (is_same_day or compare.unit == unit_of(period)):
        choices = [query.with_(compare=Preceding()), query.with_(compare=compare)]
        if is_itself:
            choices[1] = query.with_(period=Current(compare.unit), compare=compare)
        raise _which(edit, "compared", f"Which {compare.unit} do you mean?", tuple(choices))


def _metric(before: Metric, edit: Draft, text: str) -> Metric:
    if edit.measured:
        made = edit.metric(text)
        is_kept = edit.cost is None and made.kind is MetricKind.UNIT_COST
        return Metric(made.kind, before.cost, made.unit, made.per) if is_kept else made
    if edit.cost:
        is_price = before.kind is MetricKind.UNIT_COST
        return (
            Metric(before.kind, edit.cost, before.unit, before.per)
            if is_price
            else Metric(cost=edit.cost)
        )
    return Metric(cost=before.cost) if "money" in edit.said else before


def _filtered(query: Query, edit: Draft) -> Query:
    kept = () if "reset" in edit.said else query.filters
    kept = tuple(f for f in kept if f.dimension not in edit.freed)
    _check_narrowed(query, kept, edit)
    filters = kept
    for said in edit.filters:
        filters = _with_filter(query.with_(filters=filters), said, edit)
    return query.with_(filters=filters)


def _check_narrowed(query: Query, kept: tuple[Filter, ...], edit: Draft) -> None:
    """After `team=ml`, “what about openai?” may be about ml's OpenAI, or everybody's."""
    of = {f.dimension for f in (*kept, *edit.filters) if f.dimension == "direction"}
    said = {f.dimension for f in edit.filters}
    others = [f for f in kept if f.op is not Op.IS_NOT and f.dimension not in said | of]
    had = {f.dimension for f in kept} | of
    new = [f for f in edit.filters if f.op is not Op.IS_NOT and f.dimension not in had]
    if not others or not new or _NARROWS & edit.said.keys():
        return
    wide = tuple(f for f in kept if f not in others)
    choices = tuple(query.with_(filters=(*some, *edit.filters)) for some in (kept, wide))
    within = " and ".join(f.text() for f in others)
    raise _which(edit, "filter", f"Within {within}, or of everything?", choices)


def _with_filter(query: Query, said: Filter, edit: Draft) -> tuple[Filter, ...]:
    """The query's filters with one more, which takes the place of others on its dimension."""
    mine = [f for f in query.filters if f.dimension == said.dimension]
    if "also" in edit.said:
        made = _widened(mine, said, edit)
    elif said.op is Op.MISSING and mine and "without" in edit.said:
        lifted = tuple(f for f in query.filters if f not in mine)
        choices = (query.with_(filters=(*lifted, said)), query.with_(filters=lifted))
        raise _which(edit, "filter", f"What has no {said.dimension}, or everything?", choices)
    elif said.op is Op.IS_NOT:
        made = _without(query, mine, said, edit)
    else:
        made = said
    kept = [f for f in query.filters if f not in mine]
    at = next((n for n, f in enumerate(query.filters) if f in mine), len(kept))
    return (*kept[:at], *((made,) if made else ()), *kept[at:])


def _widened(mine: list[Filter], said: Filter, edit: Draft) -> Filter | None:
    """`also staging`: one value more, or one left out less."""
    one = mine[0] if len(mine) == 1 else None
    if one and said.op is Op.IS and one.op is Op.IS:
        return Filter(one.dimension, Op.IS, _union(one.values, said.values))
    if one and said.op is Op.IS and one.op is Op.IS_NOT:
        gone = {v.casefold() for v in said.values}
        left = tuple(v for v in one.values if v.casefold() not in gone)
        return Filter(one.dimension, Op.IS_NOT, left) if left else None
    raise Unread(
        edit.said["also"], f"There is no {said.dimension} here yet that it could be added to."
    )


def _without(query: Query, mine: list[Filter], said: Filter, edit: Draft) -> Filter:
    """`without prod`: one value less, or one left out more."""
    if len(mine) != 1 or mine[0].op not in (Op.IS, Op.IS_NOT):
        if not mine or all(f.op is Op.PRESENT for f in mine):
            return said
        raise Unread(_span(edit, "filter"), f"I could not join that with {mine[0].text()}.")
    one = mine[0]
    if one.op is Op.IS_NOT:
        return Filter(one.dimension, Op.IS_NOT, _union(one.values, said.values))
    gone = {v.casefold() for v in said.values}
    left = tuple(v for v in one.values if v.casefold() not in gone)
    if left == one.values:
        raise Unread(_span(edit, "filter"), f"{one.text()} leaves that out already.")
    if left:
        return Filter(one.dimension, Op.IS, left)
    others = tuple(f for f in query.filters if f is not one)
    choices = (query.with_(filters=(*others, said)), query.with_(filters=others))
    raise _which(edit, "filter", f"All but {', '.join(said.values)}, or everything?", choices)


def _grouped(query: Query, edit: Draft) -> Query:
    groups = tuple(edit.groups) or query.group_by
    if "total" in edit.said:
        groups = ()
    if "drill" in edit.said and not edit.groups:
        groups = _drilled(groups, edit)
    if edit.groups and query.group_by and "also" in edit.said:
        both = tuple(dict.fromkeys((*query.group_by, *edit.groups)))
        choices = (query.with_(group_by=both), query.with_(group_by=groups))
        raise _which(edit, "also", "Within each, or instead?", choices)
    made = query.with_(group_by=groups)
    lone = (f for f in made.filters if f.op is Op.IS and len(f.values) == 1)
    once = next((f for f in lone if f.dimension in edit.groups and f not in edit.filters), None)
    if once:
        wide = made.with_(filters=tuple(f for f in made.filters if f is not once))
        raise _which(edit, "group", f"Of everything, or still only {once.text()}?", (wide, made))
    return made


def _drilled(groups: tuple[str, ...], edit: Draft) -> tuple[str, ...]:
    """What a value is made of, where it was one line of the answer before."""
    inside = {f.dimension for f in edit.filters}
    left = tuple(d for d in groups if d not in inside)
    last = next((d for d in groups if d in inside), "")
    return left or (_DRILL.get(last, "service"),)


def _cut(query: Query, edit: Draft) -> Query:
    """The query with its grain of time and its number of lines."""
    grain = edit.grain or (Grain.TOTAL if "total" in edit.said else query.grain)
    is_one = unit_of(query.period) in (Unit.DAY, Unit.WEEK, Unit.MONTH)
    if edit.grain is Grain.MONTH and is_one:
        monthly = query.with_(grain=grain, period=Earlier(Unit.MONTH, 12, 12))
        raise Unread(
            edit.said["grain"], "Which months? One alone is a single line.", lines=(monthly.text(),)
        )
    top = edit.top if edit.top is not None else query.top
    if "all" in edit.said or "total" in edit.said or not query.group_by:
        top = None
    return query.with_(grain=grain, top=top)


def _why(query: Query, edit: Draft, text: str) -> Reading:
    check_explained(edit, text)
    if query.metric.kind is not MetricKind.COST:
        raise Unread(edit.said[WHY], "I explain changes of cost, not of a count or a price.")
    if "uncompared" in edit.said:
        raise Unread(edit.said["uncompared"], "A change needs a period to compare with.")
    return explained(query.with_(grain=Grain.TOTAL, top=None))


def _union(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...]:
    known = {v.casefold() for v in one}
    return (*one, *(v for v in two if v.casefold() not in known))


def _which(edit: Draft, part: str, sentence: str, choices: tuple[Query, ...]) -> Unread:
    """Two whole questions to choose from; of reasons, where reasons were asked for."""
    span = _span(edit, part)
    readings = (Reading(q) if WHY not in edit.said else explained(q) for q in choices)
    return Unread(span, sentence, lines=tuple(reading.text() for reading in readings))


def _span(edit: Draft, part: str) -> Span:
    """Where a part was said; values may be said without their dimension."""
    other = "alone" if part == "filter" else part
    return edit.said.get(part) or edit.said.get(other) or (0, 0)
