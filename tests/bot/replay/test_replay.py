"""`purser replay`: some days of a planted year, through the jobs' own functions."""

import json
from pathlib import Path

import pytest

from tests.bot.commands import run


@pytest.mark.thorough
def test_some_days_are_played_and_scored(tmp_path: Path):
    days = ("--from", "2026-02-01", "--to", "2026-02-06")
    played = run("replay", "--seed", "2", *days, "--json", environ={"PURSER_HOME": str(tmp_path)})
    assert played.returncode == 0, played.stderr
    (line,) = played.stdout.splitlines()
    found = json.loads(line)
    assert {name: list(figures) for name, figures in found.items()} == {
        "anomalies": ["precision", "recall", "delay_days", "false_per_channel_month"],
        "alerts": ["expected", "sent", "doubled", "missed", "forecast"],
        "forecast": ["day10", "day20"],
    }
    assert list(found["forecast"]["day10"]) == ["error", "straight_line", "last_month", "inside_80"]
    assert (found["alerts"]["doubled"], found["alerts"]["missed"]) == (0, 0)


def test_a_replay_ends_after_it_begins(tmp_path: Path):
    days = ("--from", "2026-02-06", "--to", "2026-02-01")
    played = run("replay", *days, environ={"PURSER_HOME": str(tmp_path)})
    assert (played.returncode, played.stderr) == (
        2, "The replay ends before it begins; --to is its last day.\n",
    )  # fmt: skip


@pytest.mark.thorough
def test_what_cannot_be_said_of_few_days_is_a_dash(tmp_path: Path):
    days = ("--from", "2026-03-03", "--to", "2026-03-03")
    played = run("replay", *days, environ={"PURSER_HOME": str(tmp_path)})
    assert played.stdout.splitlines()[4].split() == ["–", "–", "–", "0.0"]


def test_a_day_is_written_as_one(tmp_path: Path):
    played = run("replay", "--from", "march", environ={"PURSER_HOME": str(tmp_path)})
    assert played.returncode == 2
    assert played.stderr.endswith("argument --from: “march” is no day such as 2026-03-01\n")
