"""Stops by the clock, in the local Slack: proposed, approved, announced, kept, done and told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from bot.cards import APPROVE
from bot.clock_blocks import END
from bot.config_people import PeopleSettings
from bot.console.block_rules import problems
from bot.console.records import with_ids
from bot.watch import stopping
from bot.watch.running import keep, planned, run
from bot.watch.stop_blocks import KEEP
from tests.bot.gate_parts import ADA, BEN, CHLOE, PLATFORM, Hall, group, hall, machine, text
from tests.watch.senders import send
from tools.clouds.resources import State
from tools.clouds.simulated_state import Fault
from tools.gate.people import Actor
from tools.gate.timetable import StepState
from tools.ledger.schema import PROPOSALS
from tools.ledger.timetables import Timetables
from tools.ledger.watch_tables import TIMETABLE_STEPS, TIMETABLES
from tools.watch.settings import WatchSettings

WATCH = WatchSettings(zone="Europe/London", operators="C0PLATFORM")
TEAMS = PeopleSettings({"ml": "C0PLATFORM"})
FRIDAY = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
SOON = FRIDAY - timedelta(minutes=20)
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
RULE = "stop 20:00, start 07:00, weekdays (Europe/London) until 2026-12-18"
LINE = "stop 20:00 start 07:00 weekdays until 2026-12-18 because nobody is there"
BY = f"By the timetable {RULE}, approved by @{BEN}. /gpu schedules shows and ends it."
RUNS, OFF = State.RUNNING, State.STOPPED
ONE = "train-1 · p4d.24xlarge · i-train-1 · $21.96 an hour"
TWO = "train-2 · p4d.24xlarge · i-train-2 · $21.96 an hour"
LOST = "Lost: what is in memory and on local disks."


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Hall]:
    owned = {"team": "ml", "env": "dev", "owner": ADA}
    things = (machine("train-1", tags=owned), machine("train-2"))
    with hall(tmp_path, *things, watch=WATCH, people=TEAMS) as made:
        yield made


def minute(here: Hall, at: datetime, *, holder: str = "one") -> None:
    """The job of a minute, and what it says."""
    here.clock.at = at
    run(here.purser, "stops", at, holder=holder)
    send(here)


def approved(here: Hall, machines: str = "i-train-1 i-train-2", line: str = LINE):
    """The card of a timetable that Ben approved."""
    here.ask("ada", "/gpu", f"schedule {machines} {line}")
    card = here.card(says="on a timetable")
    here.workspace.press("ben", card, APPROVE)
    return here.card(says="ut on a timetable.")


def announcement(here: Hall):
    """The newest announcement of the channel."""
    found = [m for m in here.workspace.messages(PLATFORM) if "By the timetable" in text(m)]
    return found[-1] if found else None


def told_at(here: Hall, at: datetime, says: str) -> str:
    """The announcement after the job of a minute."""
    minute(here, at)
    shown = announcement(here)
    assert shown is not None
    assert problems(list(shown.blocks)) == []
    assert says in text(shown)
    return text(shown)


def states(here: Hall, at: datetime) -> dict[str, StepState]:
    steps = Timetables(here.purser.ledger).between(at, at + timedelta(seconds=1))
    return {step.title: step.state for step in steps}


@contextmanager
def not_yet(here: Hall, name: str) -> Iterator[None]:
    """As if a machine of an approved timetable was still to be put on it."""
    tables, held = (TIMETABLES, TIMETABLE_STEPS), {}
    with here.purser.ledger.begin() as connection:
        for table in tables:
            mine = table.c.target.endswith(name)
            held[table] = connection.execute(select(table).where(mine)).mappings().all()
            connection.execute(delete(table).where(mine))
    yield
    with here.purser.ledger.begin() as connection:
        for table in tables:
            connection.execute(insert(table), [dict(row) for row in held[table]])


def replies(here: Hall) -> list[str]:
    root = next(m for m in here.workspace.messages(PLATFORM) if "/gpu schedules shows" in text(m))
    return [text(m) for m in here.workspace.replies(root)]


def test_the_whole_story(here):
    approved(here)
    minute(here, SOON - timedelta(minutes=1))
    assert announcement(here) is None
    said = told_at(here, SOON, "2 machines stop")
    assert said == (
        f"2 machines stop at 20:00 (Europe/London). @{ADA}, press Keep if one is needed this time. "
        "Off until Mon, Nov 23, 07:00, which saves about $2,591.00, an estimate. "
        f"{LOST} {ONE} {TWO} [Keep all]{BY}"
    )
    here.workspace.press("ben", announcement(here), KEEP)
    here.told("ben", says="It is kept; the clock leaves it out this time.")
    send(here)
    assert text(announcement(here)) == (
        "1 machine stops at 20:00 (Europe/London), 1 kept running. "
        "Press Keep if it is needed this time. "
        "Off until Mon, Nov 23, 07:00, which saves about $1,295.50, an estimate. "
        f"{LOST} train-1 · kept running by @{BEN} {TWO} [Keep]{BY}"
    )
    assert told_at(here, FRIDAY, "stopped") == (
        "1 stopped at 20:00 (Europe/London), 1 kept running. "
        "Off until Mon, Nov 23, 07:00, which saves about $1,295.50, an estimate. "
        f"train-1 · kept running by @{BEN} train-2 · stopped {BY}"
    )
    assert (here.state_of("train-1"), here.state_of("train-2")) == (RUNS, OFF)
    minute(here, MONDAY - timedelta(minutes=20))
    assert replies(here) == [f"1 machine starts again at 07:00 (Europe/London). {TWO} {BY}"]
    minute(here, MONDAY)
    assert replies(here) == [
        "1 started again at 07:00 (Europe/London). Off since Fri, Nov 20, 20:00, which saved "
        f"about $1,295.50, an estimate. train-2 · started again {BY}"
    ]
    assert here.state_of("train-2") is RUNS
    assert states(here, MONDAY) == {"train-1": StepState.REFUSED, "train-2": StepState.DONE}


def test_a_dry_run_says_the_same_and_stops_nothing(here):
    approved(here)
    here.clock.at = SOON
    dry = planned(here.purser, "stops", SOON)
    assert states(here, FRIDAY) == {"train-1": StepState.PLANNED, "train-2": StepState.PLANNED}
    done = run(here.purser, "stops", SOON, holder="one")
    assert done is not None
    assert done.posts == dry.posts
    send(here)
    here.clock.at = FRIDAY
    assert planned(here.purser, "stops", FRIDAY).posts == ()
    assert here.state_of("train-1") is RUNS


def test_of_two_replicas_one_speaks_and_acts(here):
    approved(here)
    here.clock.at = SOON
    assert run(here.purser, "stops", SOON, holder="one") is not None
    assert run(here.purser, "stops", SOON, holder="two") is None
    send(here)
    for holder in ("one", "two"):
        minute(here, FRIDAY, holder=holder)
    minute(here, FRIDAY + timedelta(minutes=1))
    assert [act.is_first for act in here.state.acts()] == [True, True]
    assert len([m for m in here.workspace.messages(PLATFORM) if "20:00" in text(m)]) == 2


def test_everybody_may_keep_but_no_guest_and_nobody_twice(here):
    approved(here)
    minute(here, SOON)
    shown = announcement(here)
    here.workspace.press("dmitri", shown, KEEP)
    here.told("dmitri", says="Only full members")
    everything = with_ids(shown.blocks)[-2]["block_id"]
    here.workspace.press("chloe", shown, KEEP, block_id=everything)
    here.told("chloe", says="2 machines are kept; the clock leaves them out this time.")
    here.workspace.press("ada", shown, KEEP)
    here.told("ada", says="It is kept already, by @U0CHLOEW00.")
    assert told_at(here, FRIDAY, "kept") == (
        "2 kept running at 20:00 (Europe/London). train-1 · kept running by @U0CHLOEW00 "
        f"train-2 · kept running by @U0CHLOEW00 {BY}"
    )
    assert here.state.acts() == ()


def test_keep_that_comes_too_late_says_so(here):
    approved(here, "i-train-1")
    minute(here, SOON)
    shown = announcement(here)
    minute(here, FRIDAY)
    here.workspace.press("ada", shown, KEEP)
    here.told("ada", says="That stop is over already.")
    assert here.state_of("train-1") is OFF


def test_who_was_asleep_announces_late_and_stops_a_quarter_of_an_hour_after(here):
    approved(here, "i-train-1")
    late = FRIDAY + timedelta(minutes=5)
    assert told_at(here, late, "was to stop").startswith(
        "1 machine was to stop at 20:00 (Europe/London), and stops 15 minutes after this message "
        "instead."
    )
    minute(here, late + timedelta(minutes=14))
    assert here.state_of("train-1") is RUNS
    assert "1 stopped at 20:00" in told_at(here, late + timedelta(minutes=16), "1 stopped")
    assert here.state_of("train-1") is OFF


def test_who_slept_through_it_says_so_once(here):
    approved(here)
    for hours in (3, 4):
        minute(here, FRIDAY + timedelta(hours=hours))
    assert text(announcement(here)) == (
        "2 not stopped at 20:00 (Europe/London). "
        "train-1 · not stopped: Purser was not there then. "
        f"train-2 · not stopped: Purser was not there then. {BY}"
    )
    assert len([m for m in here.workspace.messages(PLATFORM) if "20:00" in text(m)]) == 2
    minute(here, MONDAY - timedelta(minutes=20))
    minute(here, MONDAY)
    assert replies(here) == []  # nothing was stopped, so nothing is started


def test_who_dies_after_the_stop_tells_it_a_minute_later(here):
    approved(here, "i-train-1")
    minute(here, SOON)
    here.clock.at = FRIDAY
    stopping.work(here.purser, name="stops", at=FRIDAY)  # and nothing of the plan
    assert here.state_of("train-1") is OFF
    told_at(here, FRIDAY + timedelta(minutes=1), "1 stopped at 20:00")
    assert len(here.state.acts()) == 1


def test_while_all_is_frozen_it_waits_and_says_why(here):
    approved(here, "i-train-1")
    minute(here, SOON)
    lead = Actor(CHLOE, here.workspace.cast.team_id)
    here.purser.gate.freeze(actor=lead, reason="release day")
    said = told_at(here, FRIDAY, "not yet: ")
    assert said.startswith("1 machine stops at 20:00 (Europe/London).")
    assert here.state_of("train-1") is RUNS
    here.purser.gate.unfreeze(actor=lead)
    assert told_at(here, FRIDAY + timedelta(hours=1), "1 stopped").startswith("1 stopped at 20:00")


def test_a_machine_that_changed_is_left_alone_and_the_message_says_why(here):
    approved(here)
    here.state.put(machine("train-2", tags={"team": "ml", "env": "prod"}))
    minute(here, SOON)
    assert told_at(here, FRIDAY, "1 stopped").startswith(
        "1 stopped at 20:00 (Europe/London), 1 not stopped. "
    )
    shown = text(announcement(here))
    assert "train-2 · not stopped: It has changed since" in shown
    assert "tag:env was “dev” and is “prod”" in shown
    assert here.state_of("train-2") is RUNS


def test_while_slack_is_away_nothing_stops(here):
    approved(here, "i-train-1")
    here.clock.at = SOON
    run(here.purser, "stops", SOON, holder="one")
    here.clock.at = FRIDAY
    run(here.purser, "stops", FRIDAY, holder="one")
    assert here.state_of("train-1") is RUNS
    send(here)  # it is back at eight
    minute(here, FRIDAY + timedelta(minutes=14))
    assert here.state_of("train-1") is RUNS
    minute(here, FRIDAY + timedelta(minutes=15))
    assert here.state_of("train-1") is OFF


def test_a_timetable_is_listed_and_ended_and_its_announcement_says_so(here):
    card = approved(here)
    here.ask("ben", "/gpu", "schedules")
    listed = here.told("ben", says="1 timetable")
    assert problems(list(listed.blocks)) == []
    assert text(listed) == (
        "1 timetable for 2 machines. "
        f"train-1, train-2 {RULE} Next: stop Fri, Nov 20, 20:00 Nothing done yet. "
        f"Approved by @{BEN} [End it]"
    )
    minute(here, SOON)
    here.workspace.press("ben", listed, END)
    here.told("ben", says="The timetable of train-1, train-2 is ended")
    shown = here.workspace.wait_for(
        lambda: (
            (m := here.workspace.store.message(card.channel, card.ts))
            and f"Taken back by @{BEN}" in text(m)
        )
    )
    assert shown
    assert told_at(here, FRIDAY, "ended").startswith(
        "2 left alone, because the timetable was ended. "
        "train-1 · left alone, because the timetable was ended"
    )
    assert here.state.acts() == ()
    here.ask("ben", "/gpu", "schedules")
    here.told("ben", says="No machine is stopped by the clock")


def test_what_was_saved_so_far_is_an_estimate_of_hours_that_it_was_off(here):
    approved(here)
    minute(here, SOON)
    minute(here, FRIDAY)
    here.clock.at = FRIDAY + timedelta(hours=10)
    here.ask("ada", "/gpu", "schedules")
    assert text(here.told("ada", says="1 timetable")).startswith(
        "1 timetable for 2 machines, which saved about $439.15 so far, an estimate. "
        f"train-1, train-2 {RULE} Next: start Mon, Nov 23, 07:00 "
        "Steps: 2 done; saved about $439.15 so far, an estimate."
    )


def test_what_a_person_ran_and_stopped_in_the_night_stays_off(here):
    approved(here)
    minute(here, SOON)
    minute(here, FRIDAY)
    stopped = here.purser.fleet.read(machine("train-1").id)
    here.state.put(replace(stopped, last_started=FRIDAY + timedelta(hours=2)))
    minute(here, MONDAY - timedelta(minutes=20))
    minute(here, MONDAY)
    assert (here.state_of("train-1"), here.state_of("train-2")) == (OFF, RUNS)
    assert "train-1 · not started: It ran again since this timetable stopped it" in replies(here)[0]


def test_another_machine_of_the_same_name_is_left_alone(tmp_path):
    made = replace(machine("train-1"), created=SOON - timedelta(days=9))
    with hall(tmp_path, made, watch=WATCH, people=TEAMS) as here:
        approved(here, "i-train-1")
        minute(here, SOON)
        here.state.put(replace(made, created=SOON - timedelta(hours=1)))
        said = "train-1 · not stopped: It has changed since it was proposed: created was"
        assert said in told_at(here, FRIDAY, "not stopped")
        assert here.state_of("train-1") is RUNS


def test_a_cloud_that_takes_its_time_delays_no_announcement_and_no_other_machine(tmp_path):
    things = [machine(f"train-{n}") for n in (1, 2, 3)]
    with hall(tmp_path, *things, watch=WATCH, people=TEAMS) as here:
        approved(here)
        here.ask("ada", "/gpu", "schedule i-train-3 stop 20:20 weekdays until 2026-12-18")
        here.workspace.press("ben", here.card(says="on a timetable, train-3 proposed"), APPROVE)
        here.card(says="ut on a timetable.")
        minute(here, SOON)
        here.state.fail("perform", Fault.STUCK, times=2)
        here.clock.at = FRIDAY
        for _ in range(2):  # as it is called every minute
            stopping.do_due(here.purser, within=0.1)
        here.workspace.wait_for(lambda: set(states(here, FRIDAY).values()) == {StepState.BEGUN})
        keep(here.purser, planned(here.purser, "stops", FRIDAY))
        send(here)
        assert text(announcement(here)).startswith("1 machine stops at 20:20")
        for one in things[:2]:
            here.state.put(replace(one, state=OFF))
        here.workspace.wait_for(lambda: set(states(here, FRIDAY).values()) == {StepState.DONE})
        assert len(here.state.acts()) == 2


def test_what_is_put_on_after_the_announcement_is_announced_by_itself(here):
    """A proposal of many is executed one by one, and the clock may look in between."""
    approved(here)
    with not_yet(here, "train-2"):
        minute(here, SOON)
        assert "train-2" not in text(announcement(here))
    minute(here, SOON + timedelta(minutes=4))
    said = text(announcement(here))
    assert said.startswith("1 machine stops at 20:00 (Europe/London). Press Keep")
    assert TWO in said
    here.workspace.press("ada", announcement(here), KEEP)
    here.told("ada", says="It is kept;")
    minute(here, FRIDAY)
    assert (here.state_of("train-1"), here.state_of("train-2")) == (OFF, RUNS)


def test_one_record_that_was_altered_stops_no_other_announcement(here):
    approved(here, "i-train-1")
    first = Timetables(here.purser.ledger).in_force()[0].schedule
    here.ask("ada", "/gpu", f"schedule i-train-2 {LINE}")
    here.workspace.press("ben", here.card(says="on a timetable, train-2 proposed"), APPROVE)
    here.card(says="ut on a timetable.")
    with here.purser.ledger.begin() as connection:
        altered = update(PROPOSALS).where(PROPOSALS.c.id == first).values(digest="0" * 64)
        connection.execute(altered)
    here.ask("ada", "/gpu", "schedules")
    assert "train-2" in text(here.told("ada", says="1 timetable for 1 machine"))
    minute(here, SOON)
    assert TWO in text(announcement(here))
    minute(here, FRIDAY)
    assert (here.state_of("train-1"), here.state_of("train-2")) == (RUNS, OFF)


def test_two_teams_are_told_each_of_its_own(tmp_path):
    web = {"team": "web", "env": "dev"}
    teams = PeopleSettings({"ml": "C0PLATFORM", "web": "C0FINOPS00"})
    things = (machine("train-1"), machine("train-2", tags=web))
    with hall(tmp_path, *things, watch=WATCH, people=teams) as here:
        approved(here)
        minute(here, SOON)
        assert "train-2" not in text(announcement(here))
        other = here.workspace.messages("#finops")[-1]
        assert text(other).startswith("1 machine stops at 20:00 (Europe/London).")
        here.workspace.press("chloe", other, KEEP)
        here.told("chloe", "#finops", says="It is kept;")
        minute(here, FRIDAY)
        assert (here.state_of("train-1"), here.state_of("train-2")) == (OFF, RUNS)


def test_what_no_clock_can_start_again_is_left_out_and_named(tmp_path):
    things = (machine("train-1"), group("farm"), machine("spot-1", is_spot=True))
    with hall(tmp_path, *things, watch=WATCH, people=TEAMS) as here:
        here.ask("ada", "/gpu", "schedule team=ml nights")
        left = "Left out, because no clock can stop and start them again: farm, spot-1."
        assert text(here.told("ada", says="Left out")) == left
        assert text(here.card(says="timetable")).startswith("Put 1 machine on a timetable, train-1")


def test_a_plain_sentence_proposes_the_same(here):
    here.workspace.post_as("ada", PLATFORM, "@Purser stop ml's machines at night")
    card = text(here.card(says="on a timetable"))
    assert card.startswith("Put 2 machines on a timetable, train-1, train-2 proposed by")
    assert "stop 20:00, start 07:00, nights (Europe/London) until 2027-02-20" in card


def test_a_bad_line_and_a_machine_that_is_on_a_timetable_are_one_sentence(here):
    here.ask("ada", "/gpu", "schedule i-train-1 nights until 2030-01-01")
    here.told("ada", says="A timetable lasts from today to 2027-02-20 at most")
    here.ask("ada", "/gpu", "schedule team=nobody nights")
    here.told("ada", says="I see nothing of team=nobody that can be stopped and started again")
    approved(here, "i-train-1")
    here.ask("ada", "/gpu", "schedule i-train-1 nights")
    here.told("ada", says="is on a timetable already")
