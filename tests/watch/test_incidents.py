"""Which alarms belong together, and when somebody else is called."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tools.core.conditions import read_conditions
from tools.watch.incidents import (
    Alarm,
    Incident,
    Standing,
    burnt_until,
    cause_of,
    due_level,
    incident_id,
    is_shown_anew,
    same_cause,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
FIFTEEN = timedelta(minutes=15)


def incident(scope: str = "team=ml", **more: object) -> Incident:
    given = {"id": scope, "severity": 1, "title": "…", "channel": "C1", "opened": NOW, **more}
    return Incident(scope=read_conditions(scope), **given)  # type: ignore[arg-type]


def alarm(scope: str, cause: str = "", began: datetime | None = None) -> Alarm:
    return Alarm(
        title="…",
        scope=read_conditions(scope),
        severity=2,
        evidence=(),
        source_key="…",
        cause=cause,
        began=began,
    )


@pytest.mark.parametrize(
    ("going", "scope", "joins"),
    [
        ("team=ml", "team=ml", True),
        ("team=ml", "Team=ML", True),
        ("team=ml", "team=ml and service=ec2", True),
        ("team=ml and service=ec2", "team=ml", False),  # more is wrong than its title says
        ("service=ec2 and team=ml", "team=ml and service=ec2", True),
        ("team=ml", "team=web", False),
        ("team=ml and env=prod", "team=ml and env=dev", False),
        ("everything", "everything", True),
        ("everything", "team=ml", False),
        ("team=ml", "everything", False),
    ],
)
def test_an_alarm_joins_the_incident_that_covers_it(going: str, scope: str, joins: bool):
    found = same_cause(alarm(scope), [incident(going)], now=NOW)
    assert (found is not None) is joins


BUDGET, CLUSTER = "budget/b1/2026-11-01", "accrual/c1/2026-11-21T09:00"


@pytest.mark.parametrize(
    ("hours", "scope", "cause", "began", "joins"),
    [
        (1, "team=ml", CLUSTER, None, True),
        (23, "team=ml and service=ec2", "", None, True),
        (25, "team=ml", CLUSTER, None, False),  # another thing, a day later
        (25, "team=ml", "", None, False),
        (25, "team=ml", BUDGET, None, True),  # its own budget, however late
        (24 * 20, "team=ml", BUDGET, None, True),
        (24 * 20, "team=ml", "budget/b1/2026-12-01", None, False),  # of the next month
        (50, "team=ml and service=ec2", "", 3, True),  # its bill is late: it began with it
        (50, "team=ml", "", -20, True),
        (50, "team=ml", "", 30, False),
        (50, "team=web", "", 3, False),
        (25, "everything", BUDGET, None, True),
    ],
)
def test_what_comes_later_joins_only_by_its_own_cause(
    hours: float, scope: str, cause: str, began: float | None, joins: bool
):
    since = None if began is None else NOW + timedelta(hours=began)
    going = [incident("team=ml", causes=frozenset({BUDGET}))]
    found = same_cause(alarm(scope, cause, since), going, now=NOW + timedelta(hours=hours))
    assert (found is not None) is joins


def test_its_own_cause_comes_before_an_equal_scope_and_that_before_a_wider_one():
    wide, equal = incident("team=ml"), incident("team=ml and env=prod")
    own = incident("team=web", causes=frozenset({BUDGET}))
    going = [own, wide, equal]
    assert same_cause(alarm("env=prod and team=ml"), going, now=NOW) is equal
    assert same_cause(alarm("env=prod and team=ml", BUDGET), going, now=NOW) is own
    over = incident(standing=Standing.RESOLVED, causes=frozenset({BUDGET}))
    assert same_cause(alarm("team=ml", BUDGET), [over], now=NOW) is None


def test_a_cause_is_named_alike_however_it_is_written():
    one, other = read_conditions("team=ml and env=prod"), read_conditions("Env=prod and team=ML")
    assert cause_of(one) == cause_of(other) == "env=prod and team=ml"
    assert incident_id("team=ml", 0) == incident_id("team=ml", 0) != incident_id("team=ml", 1)


@pytest.mark.parametrize(
    ("minutes", "level", "called", "standing", "due"),
    [
        (14, 0, 0, Standing.OPEN, None),
        (15, 0, 0, Standing.OPEN, 1),
        (20, 0, 9, Standing.OPEN, None),  # Slack took it nine minutes late
        (99, 0, None, Standing.OPEN, None),  # those have not heard of it
        (20, 1, 15, Standing.OPEN, None),
        (30, 1, 15, Standing.OPEN, 2),
        (99, 2, 30, Standing.OPEN, None),
        (24 * 60 - 1, 0, 0, Standing.OPEN, 1),
        (24 * 60, 0, 0, Standing.OPEN, None),  # a day old: nobody is woken for it
        (99, 0, 0, Standing.ACKNOWLEDGED, None),
        (99, 0, 0, Standing.RESOLVED, None),
    ],
)
def test_the_next_are_called_when_nobody_acknowledges(
    minutes: int, level: int, called: int | None, standing: Standing, due: int | None
):
    at = None if called is None else NOW + timedelta(minutes=called)
    one = incident(level=level, standing=standing)
    now = NOW + timedelta(minutes=minutes)
    assert due_level(one, levels=3, called=at, after=FIFTEEN, now=now) == due


def dollars(amount: str | None) -> dict[str, Decimal] | None:
    return {"USD": Decimal(amount)} if amount else None


def test_what_was_burnt_adds_up_until_its_end():
    burn = {"USD": Decimal(60), "EUR": Decimal(6)}
    one = incident(burn=burn, burnt=dollars("10"), shown_at=NOW)
    later = NOW + timedelta(minutes=30)
    assert burnt_until(one, later) == {"USD": Decimal(40), "EUR": Decimal(3)}
    over = replace(one, resolved_at=NOW + timedelta(minutes=10))
    assert burnt_until(over, later) == {"USD": Decimal(20), "EUR": Decimal(1)}
    assert burnt_until(incident(), later) == {}


@pytest.mark.parametrize(
    ("age", "since", "before", "burn", "shown"),
    [
        (1, 1, "10", "10", True),
        (1, 1, None, None, False),
        (300, 1, "10", "10.4", False),
        (300, 1, "10", "11", True),
        (300, 1, "10", None, True),
        (300, 1, None, None, False),
        (300, 15, "10", "10", True),
    ],
)
def test_the_burn_is_shown_anew_often_at_first_and_whenever_it_changes(
    age: int, since: int, before: str | None, burn: str | None, shown: bool
):
    now = NOW + timedelta(minutes=age)
    shown_at = now - timedelta(minutes=since)
    one = incident(burn=dollars(before), shown_at=shown_at)
    assert is_shown_anew(one, dollars(burn), now=now) is shown
    over = incident(standing=Standing.RESOLVED)
    assert not is_shown_anew(over, None, now=now)
