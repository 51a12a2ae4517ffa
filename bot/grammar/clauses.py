"""The clauses of a question. Each steps over what it reads, or leaves the cursor alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.grammar.compare import read_comparison
from bot.grammar.cursor import Cursor
from bot.grammar.draft import Draft, Measured
from bot.grammar.filters import named_here, read_condition, read_values
from bot.grammar.names import SCALES
from bot.grammar.periods import read_period
from bot.grammar.words import DOUBTFUL
from tools.core.query import Cost, Filter, Grain, MetricKind, Op, Query

Clause = Callable[[Cursor, Draft], bool]
Check = Callable[[Cursor, Draft], None]

GRAINS = {
    "hourly": Grain.HOUR, "daily": Grain.DAY, "weekly": Grain.WEEK, "monthly": Grain.MONTH,
    "trend": Grain.DAY,
}  # fmt: skip
_TIMES = {
    "hour": Grain.HOUR, "day": Grain.DAY, "week": Grain.WEEK, "month": Grain.MONTH,
}  # fmt: skip
_COSTS = {
    "effective": Cost.EFFECTIVE, "amortized": Cost.EFFECTIVE, "amortised": Cost.EFFECTIVE,
    "billed": Cost.BILLED, "invoiced": Cost.BILLED,
    "at list price": Cost.LIST, "at list prices": Cost.LIST, "list price": Cost.LIST,
    "list prices": Cost.LIST, "at list": Cost.LIST, "list": Cost.LIST,
    "contracted": Cost.CONTRACTED, "on contract": Cost.CONTRACTED,
}  # fmt: skip
_NOUNS = ("costs", "cost", "spending", "spend", "amount", "amounts")
MONEY = frozenset({*_NOUNS, "price", "prices", "total", "$"})
_BY = (
    "grouped by", "group by", "broken down by", "break down by", "breakdown by", "split by",
    "for each", "for every", "by each", "by", "each", "every", "per",
)  # fmt: skip
_BIG = frozenset(
    {"most", "expensive", "costliest", "biggest", "largest", "highest", "spending", "cost"}
)
TOP = 5  # how many, where a person says “top services” and no number
_MARKS = ("?", ".", "!", "..", "...", "…")
_NUMBER = re.compile(r"([0-9][0-9]*)(k|m|mn|b|bn)?\Z")


def read_all(cursor: Cursor, clauses: Iterable[Clause], *, check: Check | None = None) -> Query:
    """The query that the text asks, as `read_draft` has it.

    Raises:
        Unread: something that no clause reads, or parts that contradict each other.
    """
    return read_draft(cursor, clauses, check=check).query(cursor.text)


def read_draft(cursor: Cursor, clauses: Iterable[Clause], *, check: Check | None = None) -> Draft:
    """Reads to the end, trying the clauses in order at every step.

    Args:
        cursor: at the start of the question.
        clauses: what may come, the first that fits wins.
        check: refuses a draft whose parts make no sense together.

    Raises:
        Unread: something that no clause reads, or parts that make no sense together.
    """
    clauses, draft = tuple(clauses), Draft()
    while not cursor.done:
        if not any(clause(cursor, draft) for clause in clauses):
            raise _leftover(cursor)
    for dimension in cursor.versus:
        draft.group(dimension)
    if check:
        check(cursor, draft)
    return draft


def compared(cursor: Cursor, draft: Draft) -> bool:
    """`vs last month`, `yoy`."""
    start = cursor.at
    said = read_comparison(cursor)
    return said is not None and draft.put("compared", said, cursor=cursor, start=start)


def period(cursor: Cursor, draft: Draft) -> bool:
    """`last 7d`, `in september`."""
    start = cursor.at
    spec = read_period(cursor)
    return spec is not None and draft.put("period", spec, cursor=cursor, start=start)


def top(cursor: Cursor, draft: Draft) -> bool:
    """`top 5`, `top services`, `top 5 services`."""
    start = cursor.at
    if not cursor.take("top"):
        return False
    return read_top(cursor, draft, start)


def read_top(cursor: Cursor, draft: Draft, start: int) -> bool:
    """The number and dimension after `top`; one of the two must be there."""
    count = cursor.number()
    cursor.at += count is not None
    if count is not None and count < 1:
        raise cursor.unread("“top” needs a number from 1.", ahead=-1)
    cursor.skip(_BIG)
    found = cursor.dimension()
    if found and _is_condition(cursor):
        found = None
    if count is None and not found:
        raise cursor.unread(
            "After “top” comes a number, a dimension, or both.", instead=(f"{TOP}",)
        )
    if found:
        cursor.at += found[1]
        draft.ranked = found[0]
        draft.group(found[0])
    return draft.put("top", TOP if count is None else count, cursor=cursor, start=start)


def grouped(cursor: Cursor, draft: Draft) -> bool:
    """`by team, service`, `per team`, `by day`, `cost per 1m tokens`."""
    start = cursor.at
    lead = cursor.take("cost per", "costs per", "price per", "$ per", *_BY)
    if not lead:
        return False
    if lead.endswith("per") and _unit_cost(cursor, draft, start):
        return True
    cursor.skip(frozenset({"the"}))
    if lead.endswith("per") and cursor.word() in ("unit", "units"):
        raise cursor.unread("Per which unit? Name it.", instead=cursor.vocabulary.units[:3])
    if not _group(cursor, draft, start) and not _group_within(cursor, draft, start):
        raise _no_group(cursor, lead)
    while _next_group(cursor, draft):
        pass
    _check_one_table(cursor, draft, start)
    return draft.note("grouped", cursor=cursor, start=start)


def _check_one_table(cursor: Cursor, draft: Draft, start: int) -> None:
    """“By team and openai by model” wants two tables; one by both would mean something else."""
    before, named = draft.said.get("grouped"), draft.said.get("alone")
    if before is None or named is None or named[0] < before[1]:
        return
    between = cursor.text[before[1] : cursor.tokens[start].start].lower()
    if {"and", ",", ";"} & set(re.findall(r"\w+|[,;]", between)):
        raise cursor.since(start, "One table by both, or two? Ask me one thing at a time.")


def grain(cursor: Cursor, draft: Draft) -> bool:
    """`daily`, `day by day`, `month by month`."""
    start = cursor.at
    found = GRAINS.get(cursor.word())
    if found:
        cursor.at += 1
    else:
        found = next((g for w, g in _TIMES.items() if cursor.take(f"{w} by {w}")), None)
    return found is not None and draft.put("grain", found, cursor=cursor, start=start)


def conditions(cursor: Cursor, draft: Draft) -> bool:
    """`where team=ml and env=prod`, or a condition without `where`."""
    lead = cursor.take("where", "with") if cursor.word() == "where" else ""
    start = cursor.at
    found = read_condition(cursor)
    if found is None:
        if lead and not _where_value(cursor, draft):
            raise _no_condition(cursor)
        return bool(lead)
    draft.filters.append(found)
    draft.note("filter", cursor=cursor, start=start)
    return True


def cost_kind(cursor: Cursor, draft: Draft) -> bool:
    """`billed`, `amortized cost`, `at list price`."""
    start = cursor.at
    phrase = cursor.take(*_COSTS)
    if not phrase:
        return False
    if cursor.word() in _NOUNS and cursor.word(1) != "per":
        cursor.at += 1
    return draft.put("cost", _COSTS[phrase], cursor=cursor, start=start)


def quantity(cursor: Cursor, draft: Draft) -> bool:
    """`tokens`, `input tokens`, `gpu hours`, `quantity`."""
    start = cursor.at
    if cursor.take("consumed quantity", "quantity", "quantities"):
        measured = Measured(MetricKind.QUANTITY, None)
        return draft.put("measured", measured, cursor=cursor, start=start)
    direction = None if cursor.unit() or not cursor.unit(1) else _direction(cursor)
    found = cursor.unit(1 if direction else 0)
    if not found:
        return False
    cursor.at += found[1] + (direction is not None)
    if direction:
        draft.filters.append(Filter("direction", Op.IS, (direction,)))
    measured = Measured(MetricKind.QUANTITY, found[0])
    return draft.put("measured", measured, cursor=cursor, start=start)


def _direction(cursor: Cursor) -> str | None:
    """The `input` of `input tokens`."""
    return cursor.vocabulary.value(cursor.slice(1), "direction")


def values(cursor: Cursor, draft: Draft) -> bool:
    """Known values named alone: `openai`, `for prod and staging`, `except tax`."""
    start = cursor.at
    found = read_values(cursor)
    draft.add_alone(found, cursor=cursor, start=start)
    return bool(found)


def money(cursor: Cursor, draft: Draft) -> bool:
    """`cost`, `total spend`: the default, said aloud."""
    start = cursor.at
    if cursor.word() not in MONEY:
        return False
    is_total = cursor.word() == "total"
    cursor.at += 1
    return is_total or draft.note("money", cursor=cursor, start=start)


def share(cursor: Cursor, _draft: Draft) -> bool:
    """`with share`: every answer by group carries shares anyway."""
    return bool(cursor.take("with shares", "with share", "shares", "share"))


def joint(cursor: Cursor, draft: Draft) -> bool:
    """A comma, or an `and`, between two clauses; a mark at the end of the question."""
    is_last = cursor.ends(1)
    if cursor.word() in (",", ";", "and") and not is_last and cursor.at:
        if cursor.word() == "and" and "filter" in draft.said:
            return _where_more(cursor, draft)
        cursor.at += 1
        return True
    if all(token.word in _MARKS for token in cursor.tokens[cursor.at :]):
        cursor.at = len(cursor.tokens)
        return True
    return False


GRAMMAR: tuple[Clause, ...] = (
    joint, compared, period, top, grouped, grain, conditions, cost_kind, quantity, values, money,
    share,
)  # fmt: skip


def _where_value(cursor: Cursor, draft: Draft) -> bool:
    """`where openai`: a value alone is enough where it can be only one thing."""
    return values(cursor, draft) and draft.note("filter", cursor=cursor, start=cursor.at - 1)


def _where_more(cursor: Cursor, draft: Draft) -> bool:
    """After a condition, `and` brings another, or one of the other clauses."""
    cursor.at += 1
    start = cursor.at
    if found := read_condition(cursor):
        draft.filters.append(found)
        draft.note("filter", cursor=cursor, start=start)
    return True


def _group(cursor: Cursor, draft: Draft, start: int) -> bool:
    word = cursor.word()
    if (found := _TIMES.get(word)) and not cursor.dimension():
        cursor.at += 1
        return draft.put("grain", found, cursor=cursor, start=start)
    dimension = cursor.dimension()
    if dimension is None:
        return False
    cursor.at += dimension[1]
    draft.group(dimension[0])
    return True


def _group_within(cursor: Cursor, draft: Draft, start: int) -> bool:
    """The `aws account` of `each aws account`: by account, within AWS."""
    named = None if cursor.dimension() else named_here(cursor)
    if named is None or named.others or cursor.slice(named.count).lower() in DOUBTFUL:
        return False
    after = cursor.dimension(named.count)
    if after is None or after[0] == named.dimension:
        return False
    cursor.at += named.count
    condition = Filter(named.dimension, Op.IS, (named.value,))
    draft.add_alone((condition,), cursor=cursor, start=start)
    return _group(cursor, draft, start)


def _next_group(cursor: Cursor, draft: Draft) -> bool:
    start = cursor.at
    cursor.take(", and by", "and by", ", by", ", and", ",", "and", "then by", "&")
    if cursor.word() in ("each", "the"):
        cursor.at += 1
    found = cursor.dimension()
    is_condition = found is not None and _is_condition(cursor)
    is_time = cursor.word() in _TIMES and cursor.at > start
    if (found and not is_condition) or is_time:
        return _group(cursor, draft, start)
    cursor.at = start
    return False


def _is_condition(cursor: Cursor) -> bool:
    start = cursor.at
    is_condition = read_condition(cursor) is not None
    cursor.at = start
    return is_condition


def _unit_cost(cursor: Cursor, draft: Draft, start: int) -> bool:
    """What follows `per`: `1m tokens`, `million tokens`, `gpu-hour`."""
    here = cursor.at
    found, per = cursor.unit(), 1
    if found is None:
        per = _many(cursor)
        found = cursor.unit()
    if found is None:
        if cursor.at > here:
            raise cursor.unread(near="unit")
        return False
    if cursor.at == here and cursor.word() in _TIMES:
        word = cursor.word()
        cursor.at += 1
        raise cursor.since(
            start,
            f"“per {word}” can cut time or price a consumed {word}; say which.",
            instead=(_grain_word(word), f"cost per {found[0]}"),
        )
    cursor.at += found[1]
    measured = Measured(MetricKind.UNIT_COST, found[0], per)
    return draft.put("measured", measured, cursor=cursor, start=start)


def _grain_word(word: str) -> str:
    return next(name for name, grain_ in GRAINS.items() if grain_ is _TIMES[word])


def _many(cursor: Cursor) -> int:
    """`1m`, `1,000,000`, `million`, `1 million`, `1k`."""
    many, seen = 1, False
    if found := _NUMBER.match(cursor.word()):
        cursor.at += 1
        digits = found[1]
        while cursor.word() == "," and re.fullmatch(r"[0-9]{3}", cursor.word(1)):
            digits += cursor.word(1)
            cursor.at += 2
        many, seen = int(digits) * SCALES.get(found[2] or "", 1), True
    elif number := cursor.number():
        many, seen = number, True
        cursor.at += 1
    if scale := SCALES.get(cursor.word()):
        many, seen = many * scale, True
        cursor.at += 1
    if seen and many < 1:
        raise cursor.unread("A price needs a number from 1.", ahead=-1)
    return many


def _no_group(cursor: Cursor, lead: str) -> Exception:
    what, named = cursor.slice(1), named_here(cursor)
    if named:
        pairs = ((named.dimension, named.value), *named.others)
        choices = tuple(Filter(d, Op.IS, (v,)).text() for d, v in pairs)
        sentence = f"“{what}” is a {named.dimension}; after “{lead}” comes a dimension."
        start = cursor.at - len(lead.split())
        cursor.at += named.count
        return cursor.since(start, sentence, instead=choices)
    if not what:
        sentence = f"After “{lead}” comes a dimension, such as team or service."
        return cursor.unread(sentence, ahead=-1, instead=("by service", "by team"))
    near = "unit" if lead.endswith("per") and lead != "per" else "dimension"
    return cursor.unread(f"I could not read “{what}” after “{lead}”.", near=near)


def _no_condition(cursor: Cursor) -> Exception:
    if cursor.done:
        return cursor.unread("After “where” comes a condition, like team=ml.", ahead=-1)
    what = cursor.slice(1)
    sentence = f"I could not read “{what}” as a condition, like team=ml."
    return cursor.unread(sentence, near="dimension")


def _leftover(cursor: Cursor) -> Exception:
    """The token that no clause reads; after a lead like `last`, the one that spoils it."""
    lead = cursor.word() in ("last", "this", "past", "previous") and not cursor.ends(1)
    return cursor.unread(ahead=1, near="period") if lead else cursor.unread()
