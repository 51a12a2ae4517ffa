"""The kill test at a small size; `make test-watch` runs it large."""

import re
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.watch.kills import Play, played, staged
from tests.watch.played import FIRST, JOBS
from tools.core.clock import SystemClock
from tools.ledger.job_runs import JobRuns
from tools.ledger.ledger import Ledger

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.watch.kills", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=480,
    )
    return done.returncode, done.stdout.splitlines()[-1]


def test_killed_at_random_every_message_is_there_once():
    found = run("--kills", "2", "--ledgers", "sqlite", "--replicas", "1", "--lease", "2")
    assert found == (0, "once: 2 kills, 60 messages, 0 doubled, 0 lost")


def test_who_was_killed_amid_a_job_holds_up_what_answers_it(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    with staged(url, (), Play()) as stage:
        stage.play.prepare(url)
        ledger = Ledger(url, SystemClock())
        first = datetime.combine(FIRST, time(JOBS["alerts"]), UTC)
        assert JobRuns(ledger).claim("alerts", first, holder="dead", lease=timedelta(seconds=3))
        ledger.close()
        tally = played(stage, days=3)
    assert (tally.line, tally.troubles) == ("once: 0 kills, 60 messages, 0 doubled, 0 lost", [])


@pytest.mark.thorough
def test_two_replicas_on_either_ledger_speak_once():
    code, line = run("--kills", "4", "--replicas", "2")
    assert code == 0
    assert re.fullmatch(r"once: [48] kills, (100|200) messages, 0 doubled, 0 lost", line)


@pytest.mark.thorough
def test_a_sender_that_does_not_look_is_found_out():
    code, line = run("--kills", "12", "--ledgers", "sqlite", "--replicas", "1", "--careless")
    assert code == 1
    assert not line.endswith(" 0 doubled, 0 lost")


@pytest.mark.thorough
def test_the_jobs_themselves_say_once_what_the_company_has_to_hear():
    arguments = ("--company", "--kills", "4", "--ledgers", "sqlite", "--replicas", "2")
    code, line = run(*arguments)
    assert code == 0
    assert re.fullmatch(r"once: 4 kills, \d\d messages, 0 doubled, 0 lost", line)
