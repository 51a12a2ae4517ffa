"""Hand-made explanations, and a strategy for any there could be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

from hypothesis import strategies as st

from tests.bot.tables import NASTY, NOV, NOW, OCT
from tools.core.periods import Current, Rolling, Unit
from tools.core.query import Filter, Op, Preceding, Query
from tools.core.results import Cause, Change, Event, Part

P5 = {"service": "Amazon EC2", "team": "search", "instance_type": "p5.48xlarge"}


def change(*parts: Part, before: str = "10000", **changes: object) -> Change:
    """An explanation in dollars of Nov 1–19 against Oct 1–19; the parts make the difference."""
    amount = sum((part.amount for part in parts), D(0))
    made = Change(
        query=Query(period=Current(Unit.MONTH), compare=Preceding()),
        period=NOV,
        previous_period=OCT,
        currency="USD",
        before=D(before),
        after=D(before) + amount,
        gross=sum((abs(part.amount) for part in parts), D(0)),
        parts=parts,
        complete_through=date(2026, 11, 19),
        is_partial=False,
        as_of=NOW,
        bill_rows=1234,
        sql="SELECT 1",
        sources=("aws",),
    )
    return replace(made, **changes)


def new(amount: str = "980", **changes: object) -> Part:
    """Four machines that are new since Nov 17."""
    made = Part(
        Cause.NEW, P5, D(amount), D(0), D(amount), "hours", D(0), D(96), 4, date(2026, 11, 17)
    )
    return made._replace(**changes)


def usage(amount: str = "120", key: dict | None = None, **changes: object) -> Part:
    """More (or less) of something counted in tokens."""
    key = {"service": "OpenAI API", "team": "chat"} if key is None else key
    made = Part(
        Cause.USAGE, key, D(amount), D(500), D(500) + D(amount), "tokens",
        D(5_140_000_000), D(5_780_000_000), 6,
    )  # fmt: skip
    return made._replace(**changes)


def small(amount: str = "-4.5") -> Part:
    """What is too small to name."""
    return Part(Cause.ONE_OFF, {}, D(amount), D(10), D(10) + D(amount), resources=3)


def pending(amount: str = "-9") -> Part:
    """What may only not be billed yet."""
    return Part(Cause.PENDING, {}, D(amount), D(10_000), D(10_000) + D(amount), resources=30)


_names = st.none() | st.sampled_from(NASTY) | st.text(max_size=60)
_money = st.decimals(-(10**12), 10**12, places=6, allow_nan=False, allow_infinity=False)
_keys = st.dictionaries(
    st.sampled_from(("service", "team", "resource", "region", "charge", "pricing", "tag:A b")),
    _names, max_size=5,
)  # fmt: skip
_parts = st.builds(
    Part,
    st.sampled_from(Cause), _keys, _money, _money, _money,
    st.none() | st.sampled_from(("hours", "tokens", "<b>")),
    st.none() | _money, st.none() | _money, st.integers(0, 10**6),
    st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 1)),
)  # fmt: skip
_events = st.builds(Event, st.dates(date(2026, 1, 1)), st.sampled_from(NASTY), _keys)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Any explanation the types allow, however odd."""
    parts = draw(st.lists(_parts, max_size=14))
    filters = draw(st.lists(st.builds(Filter, st.just("team"), st.just(Op.IS),
                                      st.tuples(st.sampled_from(NASTY))), max_size=2))  # fmt: skip
    return change(
        *parts,
        query=Query(period=Rolling(7), filters=tuple(filters), compare=Preceding()),
        drivers=tuple(draw(st.lists(_parts, max_size=4))),
        events=tuple(draw(st.lists(_events, max_size=4))),
        is_partial=draw(st.booleans()),
        is_comparable=draw(st.booleans()),
        notes=tuple(draw(st.lists(st.text(max_size=300), max_size=4))),
    )
