"""Days whose bills are not all there give no reasons that only look like reasons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from bot.wording import sentence
from tests.asking import Bills
from tests.lake.lakes import charge
from tools.changes import explain_change
from tools.core.dimensions import Dimension
from tools.core.periods import Between, Current, Earlier, Rolling, Unit
from tools.core.query import Against, Filter, Op, Preceding, Query
from tools.core.results import Cause, Change, Note

DIMENSIONS = (Dimension("team", tags=("team",)),)
DAYS = tuple(f"2026-11-{day:02}" for day in range(1, 20))  # whole; the 20th is still coming in
YESTERDAY = "2026-11-20"
WHY = Query(period=Earlier(Unit.DAY))
ALL = date(2026, 11, 19)


@pytest.fixture
def bills(tmp_path):
    return Bills(tmp_path)


def used(days, hours, *, price=2, **columns):
    return [
        charge(
            day,
            D(price) * hours,
            tags={"team": "ml"},
            consumed_quantity=D(hours),
            **{"consumed_unit": "hours", "sku_id": "vm", "resource_id": "i-1", **columns},
        )
        for day in days
    ]


def explained(bills, query=WHY) -> Change | Note:
    return explain_change(query, context=bills.context(dimensions=DIMENSIONS))


def why(bills, query=WHY) -> Change:
    change = explained(bills, query)
    assert isinstance(change, Change), change
    assert sum((p.amount for p in change.parts), D(0)) == change.difference
    return change


def told(change):
    return [(p.cause, p.key.get("resource"), p.amount) for p in change.parts]


def test_less_and_gone_are_not_told_of_a_day_still_coming_in(bills):
    bills.add(
        *used([*DAYS, YESTERDAY], 10), *used(DAYS, 5, resource_id="i-2"),
        *used(DAYS, 24, resource_id="i-3"), *used([YESTERDAY], 6, resource_id="i-3"),
        aws=ALL,
    )  # fmt: skip
    change = why(bills)
    assert told(change) == [(Cause.PENDING, None, D(-46))]
    assert (change.events, change.drivers, change.unexplained) == ((), (), 46)
    assert change.notes == (
        "What is less in aws may only not be billed yet, so no reason is given for it.",
        "The last complete day is explained by `why 2026-11-19`.",
    )
    assert sentence(change) == (
        "$32.00 yesterday (Nov 20) so far; the bills hold $78.00 for Nov 19."
    )


def test_what_is_new_or_more_already_is_told(bills):
    bills.add(
        *used(DAYS, 24), *used([*DAYS, YESTERDAY], 5, resource_id="i-2"),
        *used([YESTERDAY], 4, resource_id="i-2"),
        *used([YESTERDAY], 50, resource_id="i-new", service="EKS"), aws=ALL,
    )  # fmt: skip
    change = why(bills)
    assert told(change) == [
        (Cause.NEW, "i-new", D(100)),
        (Cause.USAGE, "i-2", D(8)),
        (Cause.PENDING, None, D(-48)),
    ]
    assert sentence(change) == (
        "$118.00 yesterday (Nov 20) so far; the bills hold $58.00 for Nov 19; already +$100.00 for "
        "EKS · i-new, new."
    )


def test_a_price_of_half_a_day_is_no_price(bills):
    bills.add(*used(DAYS, 10), *used([YESTERDAY], 10, price=3), aws=ALL)
    assert told(why(bills)) == [(Cause.PENDING, None, D(10))]


def test_a_credit_that_is_not_there_yet_is_no_charge(bills):
    credit = {"charge_category": "Credit", "service": "Credits"}
    bills.add(*used([*DAYS, YESTERDAY], 10), charge(DAYS[-1], -7, **credit), aws=ALL)
    assert told(why(bills)) == [(Cause.PENDING, None, D(7))]


def test_a_credit_that_is_there_already_is_told(bills):
    credit = {"charge_category": "Credit", "service": "Credits"}
    bills.add(*used([*DAYS, YESTERDAY], 10), charge(YESTERDAY, -7, **credit), aws=ALL)
    assert told(why(bills)) == [(Cause.ONE_OFF, None, D(-7))]


def test_a_source_that_is_complete_keeps_its_reasons(bills):
    theirs = {"source": "openai", "service": "API", "resource_id": "key"}
    bills.add(
        *used(DAYS, 24), *used(DAYS, 9, **theirs), *used([YESTERDAY], 4, **theirs),
        aws=ALL, openai=date(2026, 11, 20),
    )  # fmt: skip
    change = why(bills)
    assert told(change) == [(Cause.USAGE, "key", D(-10)), (Cause.PENDING, None, D(-48))]
    assert change.notes[0].startswith("What is less in aws may")


def test_a_day_is_compared_with_the_last_complete_one(bills):
    bills.add(
        *used(DAYS[:-1], 24), *used(DAYS[-1:], 2), *used([YESTERDAY], 12),
        aws=date(2026, 11, 18),
    )  # fmt: skip
    change = why(bills)
    assert change.previous_period.start == date(2026, 11, 18)
    assert change.query.text() == "yesterday vs 2026-11-18"
    assert told(change) == [(Cause.PENDING, None, D(-24))]
    assert change.notes[0] == (
        "The day before is not complete either, so the comparison is with 2026-11-18, the last "
        "complete day."
    )


def test_days_that_were_chosen_are_kept_and_nothing_is_sure(bills):
    bills.add(
        *used(DAYS[:-1], 24), *used(DAYS[-1:], 2), *used([YESTERDAY], 12), aws=ALL.replace(day=18)
    )
    chosen = WHY.with_(compare=Against(Between(ALL, date(2026, 11, 20))))
    change = why(bills, chosen)
    assert told(change) == [(Cause.PENDING, None, D(20))]
    assert change.notes[1:3] == (
        "What is less in aws may only not be billed yet, so no reason is given for it.",
        "What is more in aws may only be missing from the period compared with.",
    )


def test_bills_that_begin_inside_the_days_compared_with_make_nothing_new(bills):
    bills.add(*used(DAYS[10:], 24), *used(DAYS[10:12], 3, resource_id="i-2"), aws=ALL)
    change = why(bills, Query(period=Rolling(7), compare=Preceding()))
    assert told(change) == [(Cause.GONE, "i-2", D(-12)), (Cause.PENDING, None, D(240))]


@pytest.mark.parametrize(
    ("unit", "text", "suggestions"),
    [
        (Unit.DAY, "today, from 2026-11-21 on", ("why 2026-11-19 where team=ml",)),
        (Unit.WEEK, "this week, from 2026-11-16 on",
         ("why last week where team=ml", "why 2026-11-13 where team=ml")),
    ],
)  # fmt: skip
def test_where_nothing_is_billed_yet_the_last_complete_day_is_offered(
    bills, unit, text, suggestions
):
    through = date.fromisoformat(suggestions[-1].split()[1])
    days = DAYS if unit is Unit.DAY else DAYS[:13]
    bills.add(*used(days, 24), aws=through)
    note = explained(bills, Query(period=Current(unit), filters=(Filter("team", Op.IS, ("ml",)),)))
    assert note == Note(
        f"Nothing is billed yet for {text}. The last complete day is {through}.", suggestions
    )
