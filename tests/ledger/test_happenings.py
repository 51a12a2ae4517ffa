"""What was told to Purser, on both ledgers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.errors import InputError
from tools.core.periods import Period
from tools.core.results import Event
from tools.gate.people import Actor
from tools.ledger.audit import Audit
from tools.ledger.happenings import DEPLOYMENT, PLANNED, Happening, Happenings
from tools.ledger.ledger import Ledger
from tools.ledger.watch_tables import HAPPENINGS

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADA = Actor("U0ADAPARK0")
MOVE = Happening(
    start=datetime(2026, 11, 10, tzinfo=UTC),
    end=datetime(2026, 11, 14, tzinfo=UTC),
    kind=PLANNED,
    text="We move the lake",
    scope=read_conditions("team=data"),
)
DEPLOYED = Happening(
    start=datetime(2026, 11, 12, 17, 30, tzinfo=UTC),
    kind=DEPLOYMENT,
    text="search-api 4.2",
    scope=read_conditions("team=search and env=prod"),
    id="ci-4711",
)


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url, FixedClock(NOW))


def test_what_was_told_is_found_by_day_and_scope(ledger: Ledger):
    happenings = Happenings(ledger)
    move = happenings.tell(MOVE, actor=ADA)
    deployed = happenings.tell(DEPLOYED, actor=Actor("ci", via="http"))
    assert (move.by, deployed.by, deployed.id) == ("U0ADAPARK0", "ci", "ci-4711")
    assert happenings.during(Period(date(2026, 11, 9), date(2026, 11, 13))) == (move, deployed)
    assert happenings.during(Period(date(2026, 11, 14), date(2026, 11, 20))) == ()
    assert happenings.planned(Period(date(2026, 11, 13), date(2026, 11, 14))) == (move,)
    asked = read_conditions("team=search and service=EC2")
    assert happenings.before(date(2026, 11, 13), asked) == (deployed,)
    assert happenings.before(date(2026, 11, 18), asked) == ()
    assert deployed.as_event() == Event(
        date(2026, 11, 12), "search-api 4.2", {"team": "search", "env": "prod"}
    )


def test_told_again_with_its_id_it_is_the_same(ledger: Ledger):
    happenings = Happenings(ledger)
    first = happenings.tell(DEPLOYED, actor=ADA)
    assert happenings.tell(DEPLOYED, actor=ADA) == first
    with pytest.raises(InputError, match="Another event has the id “ci-4711” already"):
        happenings.tell(
            Happening(start=NOW, kind=DEPLOYMENT, text="another", id="ci-4711"), actor=ADA
        )
    assert [entry.event for entry in Audit(ledger).entries()] == ["told"]


def test_what_is_withdrawn_is_gone(ledger: Ledger):
    happenings = Happenings(ledger)
    move = happenings.tell(MOVE, actor=ADA)
    assert happenings.withdraw(move.id, actor=ADA)
    assert not happenings.withdraw(move.id, actor=ADA)
    assert happenings.planned(Period(date(2026, 11, 1), date(2026, 12, 1))) == ()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (Happening(start=NOW, kind=DEPLOYMENT, text=" \n "), "Say what happened"),
        (Happening(start=NOW, end=NOW - timedelta(hours=1), kind="x", text="x"), "ends before"),
        (Happening(start=NOW.replace(tzinfo=None), kind="x", text="x"), "with its zone"),
        (Happening(start=NOW, kind="x", text="x", id="9" * 65), "at most 64"),
    ],
)
def test_what_says_nothing_is_not_kept(ledger: Ledger, told: Happening, says: str):
    with pytest.raises(InputError, match=says):
        Happenings(ledger).tell(told, actor=ADA)


@pytest.mark.parametrize(
    ("plan", "scope", "touches", "covers"),
    [
        ("everything", "team=data", True, True),
        ("team=data", "team=DATA and service=S3", True, True),
        ("team=data", "service=S3", True, False),
        ("team=data and env=prod", "team=data", True, False),
        ("team=data", "team=search", False, False),
        ("team=data", "team is missing", False, False),
        ("team in (data, search)", "team=search", True, True),
    ],
)
def test_a_plan_touches_what_it_does_not_exclude(
    plan: str, scope: str, touches: bool, covers: bool
):
    planned = Happening(start=NOW, kind=PLANNED, text="x", scope=read_conditions(plan))
    conditions = read_conditions(scope)
    assert planned.touches(conditions) is touches
    assert planned.covers(conditions) is covers


def test_a_plan_without_an_end_is_one_of_seven_days(ledger: Ledger):
    happenings = Happenings(ledger)
    plan = Happening(start=NOW, kind=PLANNED, text="x", id="p", is_dated=False)
    kept = happenings.tell(plan, actor=ADA)
    assert kept.end == datetime(2026, 11, 28, 9, tzinfo=UTC)
    assert happenings.planned(Period(date(2026, 11, 28), date(2026, 11, 29))) == (kept,)
    assert happenings.planned(Period(date(2026, 11, 29), date(2026, 12, 31))) == ()
    later = replace(plan, start=NOW + timedelta(hours=2))
    assert happenings.tell(later, actor=ADA) == kept  # told again, and no longer for that
    last = replace(plan, start=datetime(9999, 12, 30, tzinfo=UTC), id="")
    assert happenings.tell(last, actor=ADA).end is not None


def test_what_was_planned_without_an_end_before_has_one_now(ledger: Ledger):
    row = {
        "id": "p",
        "start": NOW,
        "end": None,
        "kind": PLANNED,
        "text": "x",
        "scope": "everything",
    }
    with ledger.begin() as connection:
        connection.execute(insert(HAPPENINGS).values(**row, by="U0ADA"))
    assert Happenings(ledger).planned(Period(date(2026, 11, 29), date(2026, 12, 1))) == ()


def test_a_moment_does_not_go_on():
    later = Period(date(2026, 12, 1), date(2026, 12, 2))
    assert not Happening(start=NOW, kind=DEPLOYMENT, text="x").overlaps(later)
