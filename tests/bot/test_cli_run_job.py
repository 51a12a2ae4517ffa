"""`purser run-job`: any job at any moment, dry or for good; and what doctor says of the watch."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.bot.commands import run
from tests.lake.bills import april, write_csv

TOML = """
[[sources]]
name = "aws"
path = "bills"

[watch]
operators = "C0OPS"
"""
AT = "2026-05-04T09:30+02:00"
LATE = (
    "aws bills are 3 days late: complete through Apr 29, and usually 1 day behind. Digests say so, "
    "and nothing is claimed of the days that are missing."
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = write_csv(tmp_path / "bills" / "a.csv", [april(day, BilledCost="2") for day in (28, 29)])
    written = datetime(2026, 5, 1, 3, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    (tmp_path / "purser.toml").write_text(TOML, encoding="utf-8")
    assert purser(tmp_path, "ingest").returncode == 0
    return tmp_path


def purser(home: Path, *arguments: str):
    environ = {"PURSER_HOME": str(home), "PURSER_NOW": "2026-05-04T12:00:00Z"}
    return run(*arguments, environ=environ)


def test_a_dry_run_prints_what_would_be_posted_and_leaves_nothing(home):
    for _time in range(2):
        said = purser(home, "run-job", "ingest", "--at", AT, "--dry-run", "--json")
        assert said.returncode == 0
        assert json.loads(said.stdout) == {
            "messages": [
                {
                    "key": "late/aws/2026-04-29",
                    "channel": "C0OPS",
                    "kind": "operator",
                    "text": LATE,
                }
            ]
        }


def test_for_good_it_is_run_once(home):
    said = purser(home, "run-job", "ingest", "--at", AT)
    assert (said.returncode, said.stdout) == (
        0,
        f"C0OPS · operator · late/aws/2026-04-29\n{LATE}\n",
    )
    again = purser(home, "run-job", "ingest", "--at", "2026-05-04T09:45+02:00")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == "ingest of 2026-05-04 07:00 UTC was run already.\n"
    later = purser(home, "run-job", "ingest", "--at", "2026-05-04T10:00+02:00")
    assert (later.returncode, later.stdout) == (0, "1 source; late: aws.\n")


def test_days_are_played_one_after_the_other(home):
    days = ("--at", "2026-05-02T09:00", "--through", "2026-05-04T09:00", "--json")
    said = purser(home, "run-job", "ingest", *days)
    assert [m["key"] for m in json.loads(said.stdout)["messages"]] == ["late/aws/2026-04-29"]
    again = purser(home, "run-job", "ingest", *days)
    assert (again.returncode, json.loads(again.stdout)) == (1, {"messages": []})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["ingest", "--at", "2026-05-04", "--through", "2026-05-03"],
            "--through must not lie before --at",
        ),
        (["lunch"], "There is no job “lunch”; there are: ingest, "),
        (["digest", "C0ML", "hourly"], "There is no job “digest C0ML hourly”; there are: ingest, "),
        (["digest", "#ml", "daily"], "“#ml” is no channel id such as C0123456789.\n"),
        (["digest", "c0ml", "daily"], "“c0ml” is no channel id such as C0123456789.\n"),
        ([], "Which job? There are: ingest, "),
        (["ingest", "--at", "noon"], "“noon” is no moment; write it like 2026-11-21T09:00 or "),
        (["ingest", "--at", "9999-12-31"], "“9999-12-31” is no moment; write it like "),
        (["ingest", "--at", "0001-01-01T00:00+14:00"], "“0001-01-01T00:00+14:00” is no moment; "),
    ],
)
def test_what_it_cannot_run(tmp_path, arguments, said):
    answer = purser(tmp_path, "run-job", *arguments)
    assert answer.returncode == 2
    assert answer.stderr.startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[watch]\noperators = "C0OPS"\n[[watch.digests]]\nchannel = "C0ML"',
            "✓ watch          1 digest, UTC time, bills are loaded every 60 minutes; "
            "not named: incidents, fallback",
        ),
        (
            "[watch]\ningest = 0",
            "– watch          no channel is named under [watch]: nothing is said unasked; "
            "no bills loaded",
        ),
    ],
)
def test_doctor_tells_how_the_watch_is_set(tmp_path, text, said):
    (tmp_path / "purser.toml").write_text(text, encoding="utf-8")
    assert said in purser(tmp_path, "doctor").stdout.splitlines()


def test_what_really_runs_is_stopped_at_its_own_time_only(home):
    with (home / "purser.toml").open("a", encoding="utf-8") as file:
        file.write('[[clouds.aws]]\nid = "111122223333"\nregions = ["us-east-1"]\n')
    said = purser(home, "run-job", "stops", "--at", "2026-05-04T20:00")
    assert said.returncode != 0
    assert said.stderr.strip() == (
        "“stops” stops and starts what really runs, so it runs at its own time only; --dry-run "
        "shows what would be said."
    )
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    ahead = purser(home, "run-job", "stops", "--through", tomorrow)
    assert ahead.stderr == said.stderr
    dry = purser(home, "run-job", "stops", "--at", "2026-05-04T20:00", "--dry-run")
    assert dry.stdout.strip() == "Nothing is stopped or started now."
