"""The five everyday questions of the bench, each for Purser and as plain SQL over the bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.core.dimensions import Dimension
from tools.core.errors import PurserError
from tools.core.periods import DAY, Rolling, Unit
from tools.core.query import Filter, Grain, Op, Query, Shifted
from tools.core.results import CostTable, Note

if TYPE_CHECKING:
    from tools.samples.bench_bills import BenchBills

DIMENSIONS = tuple(Dimension(name, tags=(name,)) for name in ("team", "project", "owner", "env"))
_CENT = Decimal("0.01")

Answer = dict[tuple[str | None, ...], tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question, asked two ways.

    Args:
        name: as the figures are listed.
        query: for Purser.
        sql: for the bill as it came; `{bills}` stands for the table or the files. It gives
            the keys, then the value, then the previous value where there is one.
        keys: how many columns are keys.
    """

    name: str
    query: Query
    sql: str
    keys: int


def questions(bills: BenchBills) -> tuple[Question, ...]:
    """The five, for these bills."""
    end = bills.days.end
    team, coverage = _by_tag(end)
    return (team, *_by_service(end), _one_resource(end, bills.resource), coverage)


def _by_tag(end: date) -> tuple[Question, ...]:
    return (
        Question(
            "team, 30 days",
            Query(period=Rolling(30), group_by=("team",)),
            f"""SELECT Tags['team'], sum(EffectiveCost) FROM {{bills}}
                WHERE {_days(end, 30)} GROUP BY 1 ORDER BY 2 DESC""",
            1,
        ),
        Question(
            "tag coverage, 30 days",
            Query(
                period=Rolling(30),
                group_by=("team",),
                filters=(Filter("owner", Op.MISSING),),
            ),
            f"""SELECT Tags['team'], sum(EffectiveCost) FROM {{bills}}
                WHERE {_days(end, 30)} AND Tags['owner'] IS NULL GROUP BY 1 ORDER BY 2 DESC""",
            1,
        ),
    )


def _by_service(end: date) -> tuple[Question, ...]:
    return (
        Question(
            "top 20 services, week over week",
            Query(period=Rolling(7), group_by=("service",), top=20, compare=Shifted(Unit.WEEK)),
            f"""SELECT ServiceName, sum(EffectiveCost) FILTER ({_days(end, 7)}) AS value,
                  sum(EffectiveCost) FILTER ({_days(end - 7 * DAY, 7)})
                FROM {{bills}} WHERE {_days(end, 14)}
                GROUP BY 1 ORDER BY value DESC NULLS LAST LIMIT 20""",
            1,
        ),
        Question(
            "daily by service, 90 days",
            Query(period=Rolling(90), group_by=("service",), grain=Grain.DAY),
            f"""SELECT ServiceName, CAST(ChargePeriodStart AS DATE), sum(EffectiveCost)
                FROM {{bills}} WHERE {_days(end, 90)} GROUP BY 1, 2 ORDER BY 2, 3 DESC""",
            2,
        ),
    )


def _one_resource(end: date, resource: str) -> Question:
    return Question(
        "one resource, 90 days",
        Query(
            period=Rolling(90),
            grain=Grain.DAY,
            filters=(Filter("resource", Op.IS, (resource,)),),
        ),
        f"""SELECT CAST(ChargePeriodStart AS DATE), sum(EffectiveCost) FROM {{bills}}
            WHERE {_days(end, 90)} AND ResourceId = '{resource}' GROUP BY 1 ORDER BY 1""",
        1,
    )


def _days(end: date, count: int) -> str:
    return (
        f"ChargePeriodStart >= TIMESTAMP '{end - count * DAY}' "
        f"AND ChargePeriodStart < TIMESTAMP '{end}'"
    )


def of_purser(question: Question, table: CostTable | Note) -> Answer:
    """Purser's rows, the rest that `top` left out not among them."""
    if isinstance(table, Note):
        raise PurserError(f"The bench asked “{question.name}” and got no figures: {table.text}")
    return {
        tuple(row.key.values()): tuple(
            value for value in (row.value, row.previous) if value is not None
        )
        for row in table.rows
        if not row.is_rest
    }


def of_rows(question: Question, rows: list[tuple[object, ...]]) -> Answer:
    """The rows of plain SQL in the same shape."""
    return {
        tuple(None if key is None else str(key) for key in row[: question.keys]): tuple(
            Decimal(str(value or 0)) for value in row[question.keys :]
        )
        for row in rows
    }


def check_equal(question: Question, mine: Answer, other: Answer) -> None:
    """A bench that compares different answers is worth nothing.

    Raises:
        PurserError: a group or an amount differs by more than a cent.
    """
    same = mine.keys() == other.keys() and all(
        len(mine[key]) == len(other[key])
        and all(abs(a - b) < _CENT for a, b in zip(mine[key], other[key], strict=True))
        for key in mine
    )
    if not same:
        raise PurserError(
            f"The bench stops: “{question.name}” has different answers from Purser "
            f"({_sum(mine)}) and from plain SQL ({_sum(other)})."
        )


def _sum(answer: Answer) -> str:
    total = sum((values[0] for values in answer.values()), Decimal(0))
    return f"{len(answer)} groups, {total:.2f}"
