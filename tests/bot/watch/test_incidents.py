"""An incident from its opening to its end, over a real ledger."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.app import Purser, build
from bot.config import ScopeSettings, load
from bot.console.block_rules import problems
from bot.watch.incidents import plan, raise_incident, raise_incidents
from bot.watch.plans import Plan
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.scope import Scope
from tools.ledger.accruals import keep_accrued
from tools.ledger.incidents import Incidents, acknowledge
from tools.watch.accrual import Accrued
from tools.watch.incidents import Alarm
from tools.watch.settings import WatchSettings

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
WATCH = WatchSettings(incidents="C0INC", on_call=("S0GROUP", "U0ADA"))


def purser_at(home: Path, at: datetime = NOW, watch: WatchSettings = WATCH) -> Purser:
    return build(replace(load(home, environ={}), watch=watch, clock=FixedClock(at)))


@pytest.fixture
def purser(tmp_path: Path) -> Purser:
    return purser_at(tmp_path)


def keep(purser: Purser, plan: Plan) -> Plan:
    with purser.ledger.begin() as connection:
        for write in plan.keep:
            write(connection)
    return plan


def counted(purser: Purser, at: datetime) -> None:
    """Two machines of ml and one of web run, as the job `accrual` counts them."""
    rows = [
        Accrued(
            day=at.date(),
            resource=f"{team}-{number}",
            amount=Decimal(10),
            currency="USD",
            hourly=Decimal(90),
            through=at,
            labels={"team": team},
        )
        for number, team in enumerate(("ml", "ml", "web"))
    ]
    with purser.ledger.begin() as connection:
        keep_accrued(connection, rows, at=at)


def alarm(purser: Purser, source: str, scope: str = "team=ml", severity: int = 2) -> Plan:
    return raise_incident(
        purser,
        title="ml has spent 104 % of its budget",
        scope=read_conditions(scope),
        severity=severity,
        evidence=("$12,480.00 of $12,000.00 is spent.", "Amazon EC2 drives it: $3,120.00 more."),
        source_key=source,
        at=purser.config.clock.now(),
    )


def test_an_alarm_opens_a_thread_with_its_evidence(purser: Purser):
    head, evidence = keep(purser, alarm(purser, "alert/ml/100")).posts
    (incident,) = Incidents(purser.ledger).going()
    assert head.key == incident.message
    assert head.text == "Severity 2 · ml has spent 104 % of its budget <!subteam^S0GROUP>"
    assert (evidence.key, evidence.thread) == (f"{head.key}/alert/ml/100", head.key)
    assert {post.channel for post in (head, evidence)} == {"C0INC"}
    assert not [p for post in (head, evidence) for p in problems(json.loads(post.blocks))]
    (line,) = Incidents(purser.ledger).lines(incident.id)
    assert line.text == "$12,480.00 of $12,000.00 is spent."


def test_the_same_moment_says_the_same_and_what_was_told_is_told_once(purser: Purser):
    first, again = alarm(purser, "a"), alarm(purser, "a")
    assert [post.key for post in first.posts] == [post.key for post in again.posts]
    keep(purser, first)
    assert alarm(purser, "a").posts == ()
    keep(purser, again)  # another replica, which planned at the same moment
    (incident,) = Incidents(purser.ledger).going()
    assert len(Incidents(purser.ledger).lines(incident.id)) == 1


def test_an_alarm_on_the_same_cause_joins_the_thread_and_may_worsen_it(purser: Purser):
    (head, _) = keep(purser, alarm(purser, "a")).posts
    worse = alarm(purser, "b", "team=ml and service=ec2", severity=1)
    drawn, joined = keep(purser, worse).posts
    assert (drawn.replaces, drawn.text.split(" · ")[0]) == (head.key, "Severity 1")
    assert joined.thread == head.key
    assert joined.text == "$12,480.00 of $12,000.00 is spent. <!subteam^S0GROUP>"
    assert "This is worse now, severity 1: " in joined.blocks
    assert not problems(json.loads(joined.blocks))
    (incident,) = Incidents(purser.ledger).going()
    assert incident.severity == 1


def test_without_a_channel_none_is_opened(tmp_path: Path):
    plan = alarm(purser_at(tmp_path, watch=WatchSettings()), "a")
    assert (plan.posts, plan.keep) == ((), ())


def test_a_channel_is_not_shown_an_incident_outside_its_scope(purser: Purser):
    scope = ScopeSettings(channels={"C0INC": Scope(read_conditions("team=web"))})
    narrow = build(replace(purser.config, scope=scope))
    made = alarm(narrow, "a")
    assert (made.posts, made.keep) == ((), ())
    assert alarm(narrow, "b", "team=web and env=dev").posts


def test_what_comes_a_day_later_is_an_incident_of_its_own(purser: Purser, tmp_path: Path):
    (head, _) = keep(purser, alarm(purser, "a")).posts
    later = purser_at(tmp_path, NOW + timedelta(days=2))
    (other, evidence) = keep(later, alarm(later, "b")).posts
    assert (other.replaces, evidence.thread) == ("", other.key)
    assert other.key != head.key
    assert len(Incidents(later.ledger).going()) == 2


def minute(home: Path, minutes: int) -> Plan:
    purser = purser_at(home, NOW + timedelta(minutes=minutes))
    return keep(purser, plan(purser, name="incidents", at=purser.config.clock.now()))


def test_others_are_called_until_somebody_acknowledges(purser: Purser, tmp_path: Path):
    head, _ = keep(purser, alarm(purser, "a")).posts
    called = {}
    for minutes in (1, 14, 15, 16, 30, 45, 99):
        for post in minute(tmp_path, minutes).posts:
            if not post.replaces:
                assert post.thread == head.key
                called[minutes] = post.text
    assert called == {
        15: "Nobody has acknowledged this for 15 min. <@U0ADA>",
        30: "Nobody has acknowledged this for 30 min. <!channel>",
    }
    (incident,) = Incidents(purser.ledger).going()
    assert incident.called == ("S0GROUP", "U0ADA", "channel")
    with purser.ledger.begin() as connection:
        assert acknowledge(connection, incident.id, by="U0ADA", at=NOW)
        assert not acknowledge(connection, incident.id, by="U0BEN", at=NOW)


def test_the_head_is_drawn_anew_each_minute_in_its_place(purser: Purser, tmp_path: Path):
    counted(purser, NOW)
    head, _ = keep(purser, alarm(purser, "a")).posts
    counted(purser, NOW + timedelta(minutes=1))
    (drawn,) = minute(tmp_path, 1).posts
    assert "$3.00 a minute ($180.00 an hour) from 2 machines" in drawn.blocks
    assert ". About $3.00 since it was opened." in drawn.blocks
    assert (drawn.key, drawn.replaces) == (f"{head.key}/head/2026-11-21T09:01", head.key)
    assert not problems(json.loads(drawn.blocks))
    assert minute(tmp_path, 1).posts == ()


def test_what_was_burnt_is_told_from_when_it_was_metered(purser: Purser, tmp_path: Path):
    keep(purser, alarm(purser, "a"))
    for minutes, said in ((60, "an hour) from 2 machines"), (90, "About $90.00 since 10:00 UTC.")):
        counted(purser, NOW + timedelta(minutes=minutes))
        drawn = next(post for post in minute(tmp_path, minutes).posts if post.replaces)
        assert said in drawn.blocks
    assert "since it was opened" not in drawn.blocks


def test_alarms_of_one_run_on_one_cause_share_a_thread(purser: Purser):
    alarms = [
        Alarm(title=f"{n}", scope=read_conditions(scope), severity=2, evidence=(), source_key=n)
        for n, scope in (("a", "team=ml"), ("b", "team=ml and env=dev"), ("c", "team=web"))
    ]
    made = keep(purser, raise_incidents(purser, alarms, at=NOW))
    heads = [post for post in made.posts if not post.thread and not post.replaces]
    assert [head.text.split(" · ")[1][0] for head in heads] == ["a", "c"]
    (drawn,) = [post for post in made.posts if post.replaces]
    assert "09:00 UTC · a" in drawn.blocks
    assert "09:00 UTC · b" in drawn.blocks
    assert len(Incidents(purser.ledger).going()) == 2
