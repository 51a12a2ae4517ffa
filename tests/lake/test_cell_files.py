"""Days of many scopes from kept cells: the same as from the bills, and made once for each load."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.asking import Bills
from tests.lake.lakes import Charge, charge
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.context import Context
from tools.core.dimensions import Dimension
from tools.core.periods import Period
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings, Rate
from tools.lake.cell_files import FOLDER
from tools.lake.day_costs import DaySeries, scopes_day_costs
from tools.lake.switch import clean

TEAM = (Dimension("team", tags=("team",)), Dimension("env", tags=("env",)))
DAYS = Period(date(2026, 9, 15), date(2026, 11, 21))
NAMES = ("team", "ENV", "service", "source")
SCOPES = (
    "everything",
    "team=ml",
    "team=ML and env=prod",
    "team in (ml, web) and service=ec2",
    "team!=ml",
    "team is missing",
    "env is present and service contains s3",
    "source=gcp",
    "team=nobody",
)


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path / "lake").add(*spread())


def spread(cost: int = 0) -> list[Charge]:
    tags = [{"team": "ml", "env": "prod"}, {"team": "ML", "env": ""}, {"team": "w\"e'b\\,null"}, {}]
    sorts = [{}, {"commitment_status": "Used"}, {"charge_category": "Credit"}]
    return [
        charge(
            f"2026-{month:02}-{day:02}",
            cost + day + n,
            tags=tags[n % 4],
            service=("EC2", "S3", None)[n % 3],
            source=("aws", "gcp")[n % 5 == 0],
            currency=("USD", "EUR")[n % 7 == 0],
            **sorts[n % 3],
        )
        for month in (9, 10, 11)
        for day in (1, 9, 20)
        for n in range(12)
    ]


def read(context: Context, *names: str) -> tuple[tuple[DaySeries, ...], ...]:
    scopes = [read_conditions(text) for text in SCOPES]
    return scopes_day_costs(context, scopes, period=DAYS, names=names)


def files(bills: Bills) -> dict[str, int]:
    return {f.name: f.stat().st_ino for f in (bills.root / FOLDER).glob("*/*")}


@pytest.mark.parametrize("money", [CurrencySettings(), CurrencySettings("USD", ())])
def test_kept_cells_say_what_the_bills_say(bills: Bills, money: CurrencySettings) -> None:
    context = bills.context(dimensions=TEAM, currency=money)
    assert read(context, *NAMES) == read(context)
    assert files(bills)


def test_what_depends_on_a_rate_is_made_anew_with_it(bills: Bills) -> None:
    rates = [(Rate("EUR", date(2026, 1, 1), rate),) for rate in (2, 3)]
    for settings in (CurrencySettings("USD", r) for r in rates):
        context = bills.context(dimensions=TEAM, currency=settings)
        assert read(context, *NAMES) == read(context)


def test_a_generation_is_read_once_and_a_new_one_alone(bills: Bills) -> None:
    first = read(bills.context(dimensions=TEAM), *NAMES)
    before = files(bills)
    assert read(bills.context(dimensions=TEAM), *NAMES) == first
    assert files(bills) == before
    bills.add(*(one for one in spread(5) if one.day.month == 11))
    context = bills.context(dimensions=TEAM)
    assert read(context, *NAMES) == read(context) != first
    new = files(bills).keys() - before.keys()
    assert len(before) - len(new) == 4  # of two months and sources, as they were
    assert {name: n for name, n in files(bills).items() if name in before} == before


def test_damaged_files_are_made_again(bills: Bills) -> None:
    context = bills.context(dimensions=TEAM)
    right = read(context, *NAMES)
    for file in (bills.root / FOLDER).glob("*/*"):
        file.write_bytes(b"no parquet")
    assert read(context, *NAMES) == right
    assert read(context, *NAMES) == right
    assert all(f.stat().st_size > 100 for f in (bills.root / FOLDER).glob("*/*"))


def test_what_nobody_uses_any_more_is_cleaned_away(bills: Bills) -> None:
    read(bills.context(dimensions=TEAM), *NAMES)
    held = files(bills)
    clean(bills.root, FixedClock(datetime.now(UTC) + timedelta(days=1)))
    assert files(bills) == held
    clean(bills.root, FixedClock(datetime.now(UTC) + timedelta(days=3)))
    assert files(bills) == {}


def test_where_nothing_can_be_written_the_bills_are_read(bills: Bills) -> None:
    (bills.root / FOLDER).write_text("a file where the folder belongs")
    context = bills.context(dimensions=TEAM)
    assert read(context, *NAMES) == read(context)


def test_who_sees_less_is_told_no_more(bills: Bills) -> None:
    context = bills.context(dimensions=TEAM, scope=Scope(read_conditions("team=ml")))
    assert read(context, *NAMES) == read(context)
    assert files(bills) == {}
