"""What is kept of alerts, on both ledgers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tools.core.clock import FixedClock
from tools.ledger.alerts import Alerts, keep, watch
from tools.ledger.ledger import Ledger
from tools.watch.alerts import Fired, Kind

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PLACE = ("b1", date(2026, 11, 1))
KEY = "alert/b1/2026-11-01/spent/75/0"


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url, FixedClock(NOW))


def fired(kind: Kind, threshold: int = 0, *, spent: int = 80, message: str = "") -> Fired:
    return Fired(kind, threshold, 0, Decimal(100), Decimal(spent), message)


def kept(ledger: Ledger, *rows: Fired) -> None:
    with ledger.begin() as connection:
        keep(connection, [(PLACE, row) for row in rows], at=NOW)


def test_what_is_kept_is_read_again(ledger: Ledger) -> None:
    rows = (fired(Kind.SPENT, 50), fired(Kind.SPENT, 75, message=KEY), fired(Kind.SEEN))
    kept(ledger, *rows)
    found = Alerts(ledger).since(date(2026, 11, 1))
    assert {place: set(some) for place, some in found.items()} == {PLACE: set(rows)}
    assert Alerts(ledger).since(date(2026, 11, 2)) == {}


def test_what_is_there_stays_and_only_the_last_look_is_kept(ledger: Ledger) -> None:
    kept(ledger, fired(Kind.SPENT, 75, message=KEY), fired(Kind.SEEN))
    kept(ledger, fired(Kind.SPENT, 75, spent=99), fired(Kind.SEEN, spent=99))
    assert set(Alerts(ledger).since(date(2026, 11, 1))[PLACE]) == {
        fired(Kind.SPENT, 75, message=KEY),
        fired(Kind.SEEN, spent=99),
    }


def test_the_first_who_takes_care_of_it_stays(ledger: Ledger) -> None:
    kept(ledger, fired(Kind.SPENT, 50, message=KEY), fired(Kind.SPENT, 75, message=KEY))
    alerts = Alerts(ledger)
    assert alerts.acknowledge(KEY, "UADA") == ("UADA", NOW)
    assert alerts.acknowledge(KEY, "UBEN") == ("UADA", NOW)
    assert alerts.acknowledge("alert/other", "UBEN") is None


def test_a_source_is_watched_from_the_first_look_on(ledger: Ledger) -> None:
    for sources in (["aws"], ["gcp", "aws"]):
        with ledger.begin() as connection:
            watch(connection, sources, at=NOW)
    assert Alerts(ledger).watched() == {"aws", "gcp"}
