"""Small bills, and what stands on them."""

from datetime import UTC, date, datetime

import pytest

from bot.mind.agent import warm_up
from tests.asking import Bills
from tests.lake.lakes import charge
from tools.core.clock import FixedClock
from tools.core.dimensions import DEFAULT_DIMENSIONS
from tools.ledger.answers import Answers
from tools.ledger.ledger import Ledger


@pytest.fixture(scope="session")
def bills(tmp_path_factory) -> Bills:
    """October and November of three teams; one owner's name must not leave the house."""
    warm_up()
    charges = []
    for team, owner, then, now in (
        ("ml", "alice", "4000.00", "8000.00"),
        ("data", "bob", "4500.00", "3345.67"),
        ("web", "alice", "1500.00", "1000.00"),
    ):
        tags = {"team": team, "owner": owner}
        charges += [charge("2026-10-01", "0", tags=tags), charge("2026-10-05", then, tags=tags)]
        charges.append(charge("2026-11-05", now, tags=tags, service="S3"))
    return Bills(tmp_path_factory.mktemp("mind")).add(*charges, aws=date(2026, 11, 20))


@pytest.fixture
def context(bills):
    return bills.context(dimensions=DEFAULT_DIMENSIONS)


@pytest.fixture
def answers(tmp_path) -> Answers:
    clock = FixedClock(datetime(2026, 11, 21, 9, tzinfo=UTC))
    return Answers(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", clock))
