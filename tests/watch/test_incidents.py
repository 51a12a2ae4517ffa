"""Which alarms belong together, and when somebody else is called."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tools.core.conditions import read_conditions
from tools.watch.incidents import (
    Incident,
    Standing,
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


@pytest.mark.parametrize(
    ("going", "alarm", "joins"),
    [
        ("team=ml", "team=ml", True),
        ("team=ml", "Team=ML", True),
        ("team=ml", "team=ml and service=ec2", True),
        ("team=ml and service=ec2", "team=ml", True),
        ("service=ec2 and team=ml", "team=ml and service=ec2", True),
        ("team=ml", "team=web", False),
        ("team=ml and env=prod", "team=ml and env=dev", False),
        ("everything", "everything", True),
        ("everything", "team=ml", False),
        ("team=ml", "everything", False),
    ],
)
def test_an_alarm_joins_the_incident_on_its_cause(going: str, alarm: str, joins: bool):
    found = same_cause(read_conditions(alarm), [incident(going)])
    assert (found is not None) is joins


def test_an_equal_scope_is_joined_before_a_wider_one_and_a_resolved_one_never():
    wide, equal = incident("team=ml"), incident("team=ml and env=prod")
    scope = read_conditions("env=prod and team=ml")
    assert same_cause(scope, [wide, equal]) is equal
    assert same_cause(scope, [incident(standing=Standing.RESOLVED)]) is None


def test_a_cause_is_named_alike_however_it_is_written():
    one, other = read_conditions("team=ml and env=prod"), read_conditions("Env=prod and team=ML")
    assert cause_of(one) == cause_of(other) == "env=prod and team=ml"
    assert incident_id("team=ml", 0) == incident_id("team=ml", 0) != incident_id("team=ml", 1)


@pytest.mark.parametrize(
    ("minutes", "level", "escalated", "standing", "due"),
    [
        (14, 0, None, Standing.OPEN, None),
        (15, 0, None, Standing.OPEN, 1),
        (20, 1, 15, Standing.OPEN, None),
        (30, 1, 15, Standing.OPEN, 2),
        (99, 2, 30, Standing.OPEN, None),
        (99, 0, None, Standing.ACKNOWLEDGED, None),
        (99, 0, None, Standing.RESOLVED, None),
    ],
)
def test_the_next_are_called_when_nobody_acknowledges(
    minutes: int, level: int, escalated: int | None, standing: Standing, due: int | None
):
    at = None if escalated is None else NOW + timedelta(minutes=escalated)
    one = incident(level=level, escalated_at=at, standing=standing)
    now = NOW + timedelta(minutes=minutes)
    assert due_level(one, levels=3, after=FIFTEEN, now=now) == due


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
    one = incident(burn=Decimal(before) if before else None, shown_at=shown_at)
    assert is_shown_anew(one, Decimal(burn) if burn else None, now=now) is shown
    over = incident(standing=Standing.RESOLVED)
    assert not is_shown_anew(over, None, now=now)
