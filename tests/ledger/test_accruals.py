"""Accrued spend and incidents as both ledgers keep them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.ledger.accruals import (
    Accruals,
    forget,
    keep_accrued,
    keep_billed,
    keep_peak,
    keep_runaway,
)
from tools.ledger.incidents import (
    Incidents,
    acknowledge,
    add_line,
    escalate,
    mark_shown,
    open_incident,
    resolve,
    worsen,
)
from tools.ledger.ledger import Ledger
from tools.watch.accrual import Accrued, Runaway
from tools.watch.incidents import Incident, Line, Standing

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url, FixedClock(NOW))


def test_what_accrued_is_kept_until_its_bill_and_forgotten_later(ledger: Ledger):
    row = Accrued(
        day=TODAY,
        resource="sim/1/us-east-1/instance/i-1",
        amount=Decimal("12.5"),
        currency="USD",
        hourly=Decimal("3.25"),
        through=NOW,
        labels={"team": "ml", "owner": None},
    )
    store = Accruals(ledger)
    with ledger.begin() as connection:
        keep_accrued(connection, [row], at=NOW)
        keep_accrued(connection, [row], at=NOW)
    assert store.open(since=TODAY) == (row,)
    assert store.counted_at() == NOW
    with ledger.begin() as connection:
        keep_billed(connection, {(TODAY, row.resource): Decimal(13)})
    assert store.open(since=TODAY) == ()
    assert [one.billed for one in store.billed(since=TODAY) if one.resource] == [Decimal(13)]
    with ledger.begin() as connection:
        forget(connection, TODAY + timedelta(days=1))
    assert store.billed(since=TODAY) == ()


def test_an_hour_keeps_its_peak_and_what_was_told_its_end(ledger: Ledger):
    store = Accruals(ledger)
    with ledger.begin() as connection:
        for minute, hourly in enumerate(("3", "9", "5")):
            at = NOW + timedelta(minutes=minute)
            keep_peak(connection, "team=ml", hourly=Decimal(hourly), at=at)
        keep_runaway(connection, Runaway("team=ml", NOW, Decimal(9), "k"))
        keep_runaway(connection, Runaway("team=ml", NOW, Decimal(9), "k", NOW))
    assert store.peaks() == {"team=ml": {NOW: Decimal(9)}}
    assert store.runaways() == (Runaway("team=ml", NOW, Decimal(9), "k", NOW),)
    later = NOW + timedelta(days=15)
    with ledger.begin() as connection:
        keep_peak(connection, "team=ml", hourly=Decimal(1), at=later)
    assert store.peaks() == {"team=ml": {later: Decimal(1)}}


def test_an_incident_goes_one_way(ledger: Ledger):
    store, scope = Incidents(ledger), read_conditions("team=ml and env=prod")
    one = Incident(id="i1", severity=2, title="…", scope=scope, channel="C1", opened=NOW)
    line = Line(NOW, "purser", "It began.", "alert/1", "budget/b1/2026-11-01")
    with ledger.begin() as connection:
        open_incident(connection, one)
        open_incident(connection, one)
        worsen(connection, "i1", 1)
        worsen(connection, "i1", 3)
        add_line(connection, "i1", line)
        add_line(connection, "i1", line)
        mark_shown(connection, "i1", burn={"USD": Decimal("4.5")}, at=NOW)
        escalate(connection, "i1", level=1, called=("S1", "U1"), at=NOW)
    (found,) = store.going()
    assert (found.severity, found.level, found.called) == (1, 1, ("S1", "U1"))
    assert (found.burn, found.shown_at, found.scope) == ({"USD": Decimal("4.5")}, NOW, scope)
    assert store.lines("i1") == (line,)
    assert found.causes == {"budget/b1/2026-11-01"}
    assert store.told(["alert/1", "alert/2"]) == {"alert/1"}
    with ledger.begin() as connection:
        for hours in (2, 2, 3):  # said again, it adds nothing
            mark_shown(connection, "i1", burn={}, at=NOW + timedelta(hours=hours))
        assert acknowledge(connection, "i1", by="U1", at=NOW)
        assert not acknowledge(connection, "i1", by="U2", at=NOW)
        escalate(connection, "i1", level=2, called=(), at=NOW)
        assert resolve(connection, "i1", by="U2", at=NOW, summary="done")
        assert not resolve(connection, "i1", by="U1", at=NOW, summary="again")
    assert store.going() == ()
    found = store.newest()[0]
    assert (found.standing, found.acknowledged_by, found.summary) == (
        Standing.RESOLVED,
        "U1",
        "done",
    )
    assert (found.level, store.earlier(found.cause)) == (1, 1)
    assert (found.burn, found.burnt) == ({}, {"USD": Decimal(9)})
