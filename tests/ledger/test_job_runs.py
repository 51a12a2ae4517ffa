"""Runs by the clock: claimed once among processes, held while they last, tried again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tools.core.clock import FixedClock
from tools.ledger.ingests import Ingest, Ingests
from tools.ledger.job_runs import PAUSE, JobRun, JobRuns, RunState
from tools.ledger.ledger import Ledger
from tools.ledger.watch_choices import Choice, WatchChoices

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url, FixedClock(NOW))


def runs_at(ledger: Ledger, moment: datetime) -> JobRuns:
    return JobRuns(ledger, machine=FixedClock(moment))


def claimed(runs: JobRuns, holder: str, slot: datetime = NOW) -> bool:
    return runs.claim("digest", slot, holder=holder, lease=LEASE)


def ended(ledger: Ledger, runs: JobRuns, holder: str, slot: datetime = NOW) -> bool:
    with ledger.begin() as connection:
        return runs.end(connection, "digest", slot, holder=holder, said="Said.")


def test_of_many_processes_one_gets_it(ledger_url: str):
    ledgers = [Ledger(ledger_url, FixedClock(NOW)) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda n: claimed(runs_at(ledgers[n], NOW), f"r{n}"), range(6)))
    assert sum(got) == 1
    for ledger in ledgers:
        ledger.close()


def test_what_is_done_is_not_done_again(ledger: Ledger):
    runs = runs_at(ledger, NOW)
    assert claimed(runs, "one")
    assert ended(ledger, runs, "one")
    assert not claimed(runs_at(ledger, NOW + HOUR), "two")
    done = JobRun("digest", NOW, RunState.DONE, "one", 1, "Said.", None, NOW)
    assert runs.newest() == {"digest": done}


def test_a_job_is_not_run_twice_at_a_time_whatever_for(ledger: Ledger):
    runs = runs_at(ledger, NOW)
    assert claimed(runs, "one")
    assert not claimed(runs, "two", NOW + HOUR)
    assert claimed(runs_at(ledger, NOW + LEASE), "two", NOW + HOUR)


def test_whoever_died_is_taken_over_from_and_says_nothing_any_more(ledger: Ledger):
    runs, later = runs_at(ledger, NOW), runs_at(ledger, NOW + LEASE)
    assert claimed(runs, "one")
    assert runs.renew("digest", NOW, holder="one", lease=LEASE - timedelta(seconds=1))
    assert claimed(later, "two")
    assert not runs.renew("digest", NOW, holder="one", lease=LEASE)
    assert not ended(ledger, runs, "one")
    assert runs.fail("digest", NOW, holder="one", said="Too late.") is None
    assert ended(ledger, later, "two")


def test_what_failed_is_tried_three_times(ledger: Ledger):
    moment, paused = NOW, []
    for tries in (1, 2, 3):
        runs = runs_at(ledger, moment)
        assert claimed(runs, "one")
        failed = runs.fail("digest", NOW, holder="one", said="No.")
        assert failed is not None
        assert failed.tries == tries
        assert not claimed(runs, "two")
        assert runs.to_try_again() == ()
        if failed.until:
            paused.append(failed.until - moment)
            moment = failed.until
            assert [run.scheduled for run in runs_at(ledger, moment).to_try_again()] == [NOW]
    assert paused == [PAUSE, 2 * PAUSE]
    assert not claimed(runs_at(ledger, NOW + 24 * HOUR), "two")
    assert [run.state for run in runs.of("digest")] == [RunState.FAILED]


def test_what_is_skipped_is_not_run(ledger: Ledger):
    runs = runs_at(ledger, NOW)
    assert runs.skip("digest", NOW, holder="one", said="Too late.")
    assert not runs.skip("digest", NOW, holder="two", said="Too late.")
    assert not claimed(runs, "two")
    assert runs.claim("digest", NOW, holder="a person", lease=LEASE, is_asked=True)
    assert ended(ledger, runs, "a person")
    assert not runs.claim("digest", NOW, holder="a person", lease=LEASE, is_asked=True)


def test_old_runs_are_forgotten_and_the_newest_kept(ledger: Ledger):
    for days in (20, 8, 1, 0):
        slot = NOW - timedelta(days=days)
        runs = runs_at(ledger, slot)
        assert claimed(runs, "one", slot)
        assert ended(ledger, runs, "one", slot)
    assert [(NOW - run.scheduled).days for run in runs.of("digest")] == [0, 1]


def test_a_choice_holds_until_it_is_over(ledger_url: str):
    before = WatchChoices(Ledger(ledger_url, FixedClock(NOW - HOUR)))
    before.choose("digest C0 daily", {"at": "10:00"}, by="UADA")
    before.choose("digest C0 daily", {"off": True}, by="UBEN", until=NOW)
    before.choose("digest C1_ daily", {"off": True}, by="UBEN")
    assert before.find("digest C0 daily") == Choice(
        "digest C0 daily", {"off": True}, "UBEN", NOW - HOUR, NOW
    )
    now = WatchChoices(Ledger(ledger_url, FixedClock(NOW)))
    assert now.find("digest C0 daily") is None
    assert [choice.subject for choice in now.beginning("digest")] == ["digest C1_ daily"]
    assert now.beginning("digest C_") == ()
    assert now.forget("digest C1_ daily")
    assert not now.forget("digest C1_ daily")


def test_how_loading_went_is_kept_by_source(ledger: Ledger):
    ingests = Ingests(ledger)
    ingests.note("aws", trouble="The bucket is gone.")
    with ledger.begin() as connection:
        ingests.tell_late(connection, "aws", "late/aws/1")
        ingests.tell_late(connection, "gcp", "late/gcp/1")
    ingests.note("gcp")
    assert ingests.all() == {
        "aws": Ingest("aws", NOW, "The bucket is gone.", None, "late/aws/1"),
        "gcp": Ingest("gcp", NOW, "", NOW, "late/gcp/1"),
    }


def test_two_people_who_choose_at_once_both_may(ledger: Ledger):
    choices = WatchChoices(ledger)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: choices.choose("mute C0ML budget", {"n": n}, by=f"U{n}"), range(8)))
    found = choices.find("mute C0ML budget")
    assert found is not None
    assert found.by == f"U{found.value['n']}"
