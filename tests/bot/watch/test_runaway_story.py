"""A cluster runs away in the local Slack: told within a minute, stopped through the gate."""

import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete

from bot.config import ScopeSettings
from bot.console.block_rules import problems
from bot.watch import accruing, incidents
from bot.watch.accrual_blocks import STOP
from bot.watch.anomaly_blocks import JUDGE
from bot.watch.post_mortem import post_mortem
from bot.watch.running import keep
from tests.bot.gate_parts import LEADS, PLATFORM, Hall, hall, machine, text
from tests.watch.senders import send
from tools.clouds.resources import State
from tools.clouds.simulated_use import Pattern
from tools.core.conditions import read_conditions
from tools.core.scope import Scope
from tools.ledger.incidents import Incidents
from tools.ledger.outbox import Outbox
from tools.ledger.proposals import Proposals
from tools.ledger.watch_tables import RUNAWAYS
from tools.watch.settings import WatchSettings

CHANNEL = "C0PLATFORM"
WATCH = WatchSettings(operators=CHANNEL, incidents=CHANNEL, on_call=(LEADS,))


def minute(here: Hall, minutes: float = 1) -> None:
    """A minute goes by, and what runs by the minute runs."""
    here.clock.at += timedelta(minutes=minutes)
    for job, name in ((accruing, "accrual"), (incidents, "incidents")):
        keep(here.purser, job.plan(here.purser, name=name, at=here.clock.now()))
    send(here)


def launch(here: Hall, count: int) -> None:
    for number in range(count):
        tags = {"team": "ml", "env": "dev", "owner": "<@U0ADAPARK0>"}
        made = machine(f"sweep-{number:02}", launched=here.clock.at, tags=tags)
        here.state.put(made, Pattern("busy"))


def said(here: Hall, words: str):
    return next((m for m in here.workspace.messages(PLATFORM) if words in text(m)), None)


def settled(here: Hall, words: str):
    for _ in range(100):
        send(here)
        if found := said(here, words):
            return found
        time.sleep(0.05)
    return None


def test_it_is_told_within_a_minute_and_stopped_through_the_gate(here: Hall):
    minute(here)
    assert not here.workspace.messages(PLATFORM)
    launch(here, 3)
    minute(here)
    alarm = said(here, "an hour burns in")
    assert alarm is not None
    for words in (
        "3 machines, $65.87 an hour together, were launched since 12:01 UTC",
        "a day more, if it goes on",
        "Owner, by their tags: <@U0ADAPARK0>.",  # as text: nobody is called by a tag
        "Price × running time: an estimate.",
    ):
        assert words in text(alarm)
    assert "<@U0ADAPARK0>" not in alarm.text
    assert not problems(list(alarm.blocks))
    head = said(here, "Severity")
    assert head is not None
    assert STOP in str(head.blocks)
    here.workspace.press("ben", alarm, STOP).wait(5)
    card = here.card(says="Stop 3")
    assert here.state_of("sweep-00") is State.RUNNING
    here.workspace.press("chloe", card, "purser.gate.approve").wait(5)
    here.workspace.wait_for(lambda: here.state_of("sweep-02") is State.STOPPED)
    assert {here.state_of(f"sweep-0{n}") for n in range(3)} == {State.STOPPED}
    assert here.state_of("train-1") is State.RUNNING
    proposals, start = Proposals(here.purser.ledger), here.clock.at - timedelta(hours=1)
    here.workspace.wait_for(lambda: proposals.ended(since=start, until=start + timedelta(hours=2)))
    minute(here)
    assert settled(here, "from 3 machines")
    assert "12:02 UTC · Stop 3 machines, sweep-00, sweep-01, sweep-02: All 3 stopped." in text(
        said(here, "Severity")
    )
    (incident,) = Incidents(here.purser.ledger).going()
    told = post_mortem(here.purser, incident, names=str, at=here.clock.now())
    cause, _, actions = told.partition("## Cause")[2].partition("## Actions")
    assert "Stop 3" not in cause
    assert "- Stop 3 machines, sweep-00, sweep-01, sweep-02: All 3 stopped." in actions
    minute(here)
    assert len(Incidents(here.purser.ledger).lines(incident.id)) == 2
    minute(here, 12)  # 14 minutes after it was stopped, and not a word of who is on it
    assert not said(here, "Nobody has acknowledged this")
    minute(here, 2)
    assert said(here, "Nobody has acknowledged this for 16 min.")
    here.workspace.press("ben", said(here, "Severity"), STOP).wait(5)
    assert here.told("ben", says="Nothing that was launched then runs any more")


def test_of_many_as_many_are_proposed_as_policy_lets_be_stopped_at_once(here: Hall):
    minute(here)
    launch(here, 27)
    minute(here)
    here.workspace.press("ben", said(here, "an hour burns in"), STOP).wait(10)
    assert here.card(says="Stop 10")
    assert here.told("ben", says="17 more run. Press again after it.")


def test_guests_and_those_who_may_not_see_it_stop_nothing(tmp_path: Path):
    web = ScopeSettings(users={"U0BENORTIZ": Scope(read_conditions("team=web"))})
    with hall(tmp_path, watch=WATCH, scope=web) as here:
        minute(here)
        launch(here, 3)
        minute(here)
        alarm = said(here, "an hour burns in")
        here.workspace.press("dmitri", alarm, STOP).wait(5)
        assert here.told("dmitri", says="Only full members")
        here.workspace.press("ben", alarm, STOP).wait(5)
        assert here.told("ben", says="costs that you may not see")
        assert not here.cards()


def test_a_burn_that_is_forgotten_is_refused(here: Hall):
    minute(here)
    launch(here, 3)
    minute(here)
    alarm = said(here, "an hour burns in")
    with here.purser.ledger.begin() as connection:
        connection.execute(delete(RUNAWAYS))
    here.workspace.press("ben", alarm, STOP).wait(5)
    assert here.told("ben", says="not on my record any more")


def test_after_a_long_pause_those_on_call_hear_of_it_before_others_are_woken(here: Hall):
    """As where the demo is begun again: what was said goes to a workspace that begins empty."""
    minute(here)
    launch(here, 3)
    minute(here)
    here.clock.at += timedelta(hours=3)
    Outbox(here.purser.ledger).begin_anew()
    due = incidents.plan(here.purser, name="incidents", at=here.clock.now())
    assert not [post for post in due.posts if "escalation" in post.key]
    minute(here)
    assert not said(here, "Nobody has acknowledged this")
    minute(here, 16)
    assert said(here, "Nobody has acknowledged this for 3 h 17 min.")
    here.clock.at += timedelta(days=1)
    Outbox(here.purser.ledger).begin_anew()
    before = len(here.workspace.messages(PLATFORM))
    minute(here)
    minute(here, 60)
    after = here.workspace.messages(PLATFORM)[before:]
    assert not [m for m in after if "Nobody has acknowledged this for 1 day" in text(m)]


def test_what_is_so_old_that_its_looks_are_forgotten_stays_as_it_is(here: Hall):
    minute(here)
    launch(here, 3)
    minute(here)
    alarm = said(here, "an hour burns in")
    Outbox(here.purser.ledger).tidy(before=here.clock.at + timedelta(hours=1))
    here.workspace.press("ben", alarm, f"{JUDGE}.expected").wait(5)
    assert here.told("ben", says="Noted.")
    send(here)
    assert text(said(here, "an hour burns in")) == text(alarm)
