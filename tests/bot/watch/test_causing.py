"""What was started just before an anomaly stands in its message; and whether that can be known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from bot.app import Purser, build
from bot.commands.doctor import examine
from bot.config import ScopeSettings, load
from bot.event_http import hearing_events
from bot.listeners.health import health
from bot.watch.causing import (
    AGAIN,
    Causes,
    budget_events,
    seen_to_be_read,
    unread,
    with_starts,
)
from bot.watch.health_words import health_message
from bot.watch.running import run
from tests.bot.gate_parts import text
from tests.bot.watch.test_anomalies import ALL, MORNING, SPIKE, lines, planned, purser_on
from tests.clouds.aws_setup import account
from tests.clouds.aws_trail_server import CALL, Ticks, TrailServer
from tests.clouds.simulated_clouds import ACCOUNT
from tests.clouds.test_aws_trail import DENIED
from tests.test_anomalies import more
from tools.clouds.settings import CloudSettings
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.started import Start
from tools.clouds.traces import Service, Trace
from tools.core.budget import Budget
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.context import TERMINAL
from tools.core.results import Event
from tools.core.scope import Scope
from tools.ledger.anomalies import Anomalies
from tools.ledger.audit import Audit
from tools.ledger.budgets import BudgetRecords
from tools.ledger.event_tokens import EventTokens
from tools.ledger.ledger import Ledger
from tools.ledger.outbox import Outbox
from tools.watch.anomaly import Anomaly

pytest_plugins = ["tests.clouds.aws_fixtures"]

EVENING = datetime(2026, 11, 15, 21, 40, tzinfo=UTC)
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def launched(home: Path, *names: str, by: str = "ada", at: datetime = EVENING) -> None:
    """A simulated cloud whose log tells of a launch."""
    (home / "purser.toml").write_text('[clouds]\nsimulated = "c.sqlite"\n', encoding="utf-8")
    state = SimulatedState.create(home / "c.sqlite", clock=FixedClock(MORNING))
    trace = Trace(
        at=at, what="p5.48xlarge", done="launched", by=by, service=Service.MACHINES, cloud="sim",
        account=ACCOUNT, region="us-west-2", names=names, count=len(names),
    )  # fmt: skip
    state.trace(trace)


@pytest.mark.thorough
def test_a_launch_stands_in_the_message_with_who_did_it(tmp_path):
    launched(tmp_path, *(f"i-0new{n or ''}" for n in range(8)))
    [post] = planned(purser_on(tmp_path, MORNING, *SPIKE)).posts
    assert lines(post)[5] == ("Just before: Nov 15: 8 × p5.48xlarge launched by ada at 21:40 UTC")


@pytest.mark.thorough
def test_an_incident_tells_its_channel_of_nothing_that_it_may_not_see(tmp_path):
    launched(tmp_path, "i-0other", by="eve")  # nobody knows whose it is
    spike = more(1500, 16, tags={"team": "search"}, region="us-west-2")
    search = ScopeSettings(channels={"C0INC": Scope(read_conditions("team=search"))})
    purser = purser_on(tmp_path, MORNING, *spike)
    told = {post.channel: post.blocks for post in planned(purser).posts}
    assert ["by eve" in told[channel] for channel in (ALL, "C0INC")] == [True, True]
    purser = purser_on(tmp_path, MORNING, *spike)
    object.__setattr__(purser, "config", replace(purser.config, scope=search))
    told = {post.channel: post.blocks for post in planned(purser).posts}
    assert ["by eve" in told[channel] for channel in (ALL, "C0INC")] == [True, False]


@pytest.mark.thorough
def test_names_in_a_log_are_no_markup(tmp_path):
    launched(tmp_path, "i-0new", by="<!channel> <https://evil.example|x>")
    [post] = planned(purser_on(tmp_path, MORNING, *SPIKE)).posts
    assert "<!channel>" not in post.text
    assert '"type": "link"' not in post.blocks
    assert '"type": "broadcast"' not in post.blocks
    assert "launched by" in lines(post)[5]


@pytest.mark.thorough
def test_a_cloud_without_an_answer_takes_nothing_from_the_message(tmp_path):
    launched(tmp_path, "i-0new")
    (tmp_path / "c.sqlite").unlink()
    [post] = planned(purser_on(tmp_path, MORNING, *SPIKE)).posts
    assert not any(line.startswith("Just before") for line in lines(post))


@pytest.mark.thorough
@pytest.mark.parametrize(("start", "is_told"), [("2026-11-16", False), ("2026-11-17", True)])
def test_what_a_pipeline_announced_over_http_alarms_nobody(tmp_path, start, is_told):
    """The real door, and the real job with all it keeps."""
    purser = purser_on(tmp_path, MORNING, *SPIKE)
    token = EventTokens(purser.ledger).make(
        "ci", scope=read_conditions("team=search"), may_plan=True, actor=TERMINAL
    )
    told = {
        "text": "We reindex", "kind": "planned", "scope": "team=search and region=us-west-2",
        "start": start, "end": "2026-11-20",
    }  # fmt: skip
    door = {"host": "127.0.0.1", "port": 0}
    with hearing_events(ledger=purser.ledger, config=purser.config, **door) as url:
        answer = httpx.post(url, json=told, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    assert run(purser, "anomalies", MORNING, holder="test") is not None
    [known] = Anomalies(purser.ledger).of_channel(ALL)
    sent = Outbox(purser.ledger).find(f"anomaly/{known.id}")
    assert (bool(known.message), sent is not None) == (is_told, is_told)


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (None, "1 × p5 launched by ada at 21:40 UTC"),
        (22, "1 × p5 launched by ada at 21:40 UTC"),
        (23, "1 × p5 launched by ada at 21:40 UTC, 1 hour before"),
        (25, "1 × p5 launched by ada at 21:40 UTC, 3 hours before"),
    ],
)
def test_it_is_said_how_long_before(hour, said):
    began = hour and EVENING.replace(hour=0, minute=0) + timedelta(hours=hour)
    anomaly = Anomaly(
        key={}, first_day=date(2026, 11, 16), last_day=date(2026, 11, 16), actual=Decimal(9),
        expected=Decimal(0), currency="USD", score=9.0, hour=began,
    )  # fmt: skip
    start = Start(at=EVENING, text="1 × p5 launched by ada", names=frozenset({"i-1"}), is_sure=True)
    other = [
        Event(EVENING.date(), "i-1 first billed (p5)", {}),
        Event(EVENING.date(), "search 4.2", {}),
    ]
    found = list(with_starts(other, [start], anomaly))
    assert [event.text for event in found] == [said, "search 4.2"]


def test_without_a_cloud_nothing_was_started():
    nobody = Anomaly(
        key={"service": "Amazon EC2"}, first_day=AT.date(), last_day=AT.date(),
        actual=Decimal(9), expected=Decimal(0), currency="USD", score=9.0,
    )  # fmt: skip
    assert Causes(None).starts(nobody, None) == ()


@pytest.fixture
def entries(tmp_path):
    """A budget was made at 20,000 and is 30,000 now; another one is only somebody else's now."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", FixedClock(AT))
    records, mine = BudgetRecords(ledger), read_conditions("team=search")
    held = {"id": "", "period": "month", "currency": "USD", "amount": Decimal(20000)}
    made = records.create(Budget(scope=mine, **held), actor=TERMINAL)
    raised = records.change(replace(made, amount=Decimal(30000)), actor=TERMINAL, was=made)
    records.change(replace(raised, owner="U0ADAPARK0"), actor=TERMINAL, was=raised)
    yield Audit(ledger).entries(subject="budget/")
    ledger.close()


@pytest.mark.parametrize(
    ("key", "day", "seen", "told"),
    [
        ({"team": "search", "service": "EC2"}, 21, "everything", 2),
        ({"team": "search"}, 24, "everything", 2),
        ({"team": "search"}, 24, "team=search", 2),
        ({"team": "search"}, 25, "everything", 0),
        ({"team": "search"}, 20, "everything", 0),
        ({"team": "ml"}, 21, "everything", 0),
        ({"service": "EC2"}, 21, "everything", 0),
        ({"team": "search"}, 21, "team=ml", 0),
        ({"team": "search"}, 21, "env=prod", 0),
    ],
)
def test_a_budget_changed_just_before_is_told_to_who_may_see_it(entries, key, day, seen, told):
    anomaly = Anomaly(
        key=key, first_day=date(2026, 11, day), last_day=date(2026, 11, day), actual=Decimal(9),
        expected=Decimal(0), currency="USD", score=9.0,
    )  # fmt: skip
    said = [e.text for e in budget_events(entries, anomaly, seen=read_conditions(seen))]
    assert (
        said
        == [
            "budget team=search a month was made, $20,000.00",
            "budget team=search a month was raised from $20,000.00 to $30,000.00",
        ][:told]
    )


def aws_purser(setup, home: Path, at: datetime = AT) -> Purser:
    clouds = CloudSettings(aws=(account(setup.gateway.url),))
    return build(replace(load(home, environ={}), clouds=clouds, clock=FixedClock(at)))


def kept(purser: Purser) -> None:
    plan = seen_to_be_read(purser, at=purser.config.clock.now())
    with purser.ledger.begin() as connection:
        for write in plan.keep:
            write(connection)


def trail_doctor(purser: Purser) -> list[str]:
    return [f"{f.state} {f.text}" for f in examine(purser) if f.what == "CloudTrail"]


def test_doctor_and_health_say_that_cloudtrail_may_not_be_read(aws_setup, tmp_path):
    TrailServer(Ticks()).serve(aws_setup.gateway)
    aws_setup.gateway.trouble(CALL, "AccessDeniedException")
    purser = aws_purser(aws_setup, tmp_path)
    assert trail_doctor(purser) == [f"– who started what is not known: {DENIED}"]
    assert unread(purser) == ()
    kept(purser)
    assert unread(purser) == (DENIED,)
    found = health(purser)
    assert found.is_well
    assert text(health_message(found)) == (
        f"I am well. Nothing waits to be said. Not read, so who started what is not known {DENIED}"
    )


def test_it_is_tried_once_a_day_and_forgotten_when_it_can_be_read(aws_setup, tmp_path):
    server = TrailServer(Ticks())
    server.serve(aws_setup.gateway)
    aws_setup.gateway.trouble(CALL, "AccessDeniedException", times=1)
    kept(aws_purser(aws_setup, tmp_path))
    kept(aws_purser(aws_setup, tmp_path, AT + AGAIN - timedelta(minutes=1)))
    assert server.asked == []
    later = aws_purser(aws_setup, tmp_path, AT + AGAIN)
    kept(later)
    assert (len(server.asked), unread(later)) == (1, ())
    assert trail_doctor(later) == ["✓ tells who started what in 1 account"]
