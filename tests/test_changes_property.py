"""Parts add up exactly, whatever the bills hold."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal as D
from decimal import localcontext
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import NOW, Bills
from tests.lake.lakes import charge
from tools.changes import DIGITS, explain_change
from tools.core.context import Context
from tools.core.dimensions import Dimension
from tools.core.periods import Between
from tools.core.query import Against, Filter, Op, Query
from tools.core.results import Cause, Change
from tools.core.scope import Scope
from tools.costs import cost_by
from tools.lake.effects import Cell, effects, lots

DIMENSIONS = (Dimension("team", tags=("team",)), Dimension("env", tags=("env",)))
WHY = Query(
    period=Between(date(2026, 11, 1), date(2026, 11, 11)),
    compare=Against(Between(date(2026, 10, 11), date(2026, 10, 21))),
)
_amounts = st.decimals(-10_000, 10_000, places=12, allow_nan=False, allow_infinity=False)
_quantities = st.none() | st.decimals(0, 10**6, places=12, allow_nan=False, allow_infinity=False)
_days = st.sampled_from(
    [f"2026-10-{day}" for day in range(11, 21)] + [f"2026-11-{day:02}" for day in range(1, 11)]
)
_columns = st.fixed_dictionaries(
    {
        "resource_id": st.sampled_from((None, "i-1", "i-2", "arn:x/3", "pod")),
        "service": st.sampled_from((None, "EC2", "S3")),
        "charge_category": st.sampled_from(("Usage", "Usage", "Usage", "Tax", "Credit", None)),
        "charge_class": st.sampled_from((None, None, None, "Correction")),
        "pricing_category": st.sampled_from(("Standard", "Committed")),
        "commitment_status": st.sampled_from((None, None, "Used", "Unused")),
        "instance_type": st.sampled_from((None, "m6i", "p5")),
        "model": st.sampled_from((None, None, "gpt")),
        "consumed_unit": st.sampled_from((None, "hours", "gb")),
        "sku_id": st.sampled_from((None, "a", "b")),
        "consumed_quantity": _quantities,
        "region": st.sampled_from((None, "eu")),
    }
)
_tags = st.fixed_dictionaries(
    {}, optional={"team": st.sampled_from(("ml", "web")), "env": st.sampled_from(("prod", "dev"))}
)
_charges = st.builds(
    lambda day, cost, tags, columns: charge(day, cost, tags=tags, **columns),
    _days, _amounts, _tags, _columns,
)  # fmt: skip
ML = Scope((Filter("team", Op.IS, ("ml",)),))


def changed(context: Context) -> Change | None:
    found = explain_change(WHY, context=context)
    return found if isinstance(found, Change) else None


@given(st.lists(_charges, min_size=1, max_size=25), st.sampled_from((Scope(), ML)))
@settings(max_examples=15, deadline=None)
def test_parts_and_drivers_add_up_and_agree_with_the_cost_and_the_scope(charges, scope):
    with tempfile.TemporaryDirectory() as folder:
        context = Bills(Path(folder)).add(*charges).context(scope=scope, dimensions=DIMENSIONS)
        change = changed(context)
        if change is None:
            return
        table = cost_by(WHY, context=context)
        assert (change.after, change.before) == (table.total, table.previous_total)
        assert sum((p.amount for p in change.parts), D(0)) == change.difference
        assert not change.drivers or sum(p.amount for p in change.drivers) == change.difference
        assert change.gross >= abs(change.difference)
        check_parts_hold(change, context)


def check_parts_hold(change: Change, context: Context) -> None:
    """What a key is said to have cost is what `cost_by` finds under it."""
    for part in change.parts[:3]:
        if part.key:
            filters = tuple(
                Filter(n, Op.MISSING) if v is None else Filter(n, Op.IS, (v,))
                for n, v in part.key.items()
            )
            held = cost_by(WHY.with_(filters=filters), context=context)
            assert (held.total, held.previous_total) == (part.after, part.before)
            assert part.cause is not Cause.UNEXPLAINED or part.amount


_sides = st.sampled_from(("both", "new", "gone"))


@st.composite
def _cells(draw: st.DrawFn) -> Cell:
    side, quantity = draw(_sides), st.decimals(0, 10**9, places=12, allow_nan=False)
    is_new, is_gone = side == "new", side == "gone"
    return Cell(
        resource=draw(st.sampled_from((None, "a", "b", "c"))),
        service="S", charge=draw(st.sampled_from(("Usage", "Usage", "Tax"))), charge_class=None,
        unit="hours", instance_type=draw(st.sampled_from((None, "x", "y"))), model=None,
        direction=None, cache=None, pricing=draw(st.sampled_from(("Standard", "Committed"))),
        commitment_status=None, currency=draw(st.sampled_from(("USD", "EUR"))), source="aws",
        meter="m",
        dimensions=(draw(st.sampled_from((None, "ml"))),),
        before=D(0) if is_new else draw(_amounts), after=D(0) if is_gone else draw(_amounts),
        quantity_before=D(0) if is_new else draw(quantity),
        quantity_after=D(0) if is_gone else draw(quantity),
        own_before=D(0) if is_new else draw(_amounts),
        own_after=D(0) if is_gone else draw(_amounts),
        first_day=None if is_gone else NOW.now().date(),
        last_day=None if is_new else date(2026, 10, 20),
    )  # fmt: skip


@given(st.lists(_cells(), max_size=30))
def test_effects_of_a_lot_add_up_to_its_difference_and_no_cell_is_lost(cells):
    with localcontext() as decimals:
        decimals.prec = DIGITS
        check_lots(cells)


def check_lots(cells: list[Cell]) -> None:
    found = lots(cells)
    assert sorted(c for lot in found for c in map(repr, lot.cells)) == sorted(map(repr, cells))
    for lot in found:
        amounts = [e.amount for e in effects(found) if e.lot is lot]
        assert sum(amounts, D(0)) == lot.after - lot.before
