"""`purser gpu` on a small simulated cloud."""

from __future__ import annotations

import json

import pytest

from bot.__main__ import main
from tests.bot.gate_parts import NOON, Hands, machine
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.simulated_use import Pattern


@pytest.fixture
def home(tmp_path, monkeypatch):
    state = SimulatedState.create(tmp_path / "cloud.sqlite", clock=Hands(), delay=0)
    state.put(machine("train-1"), Pattern("idle", since=NOON.replace(day=17)))
    state.put(machine("=HYPERLINK(1)", tags={}), Pattern("busy"))
    (tmp_path / "purser.toml").write_text('[clouds]\nsimulated = "cloud.sqlite"\n')
    monkeypatch.setenv("PURSER_NOW", NOON.isoformat())
    return ["--home", str(tmp_path), "gpu"]


def test_it_lists_what_runs(home, capsys):
    assert main(home) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("$43.92 an hour for 2 machines running.\n")
    assert "train-1" in shown
    assert "Asked the clouds just now" in shown


def test_it_tells_what_is_idle_as_json_too(home, capsys):
    assert main([*home, "idle", "where", "env=dev", "--json"]) == 0
    raw = json.loads(capsys.readouterr().out)
    assert [m["id"] for m in raw["machines"]] == ["sim/540987654324/us-east-2/instance/i-train-1"]
    assert raw["machines"][0]["idleness"] == "idle"
    assert raw["hours"] == 6.0


def test_no_cell_of_the_csv_is_a_formula(home, capsys):
    assert main([*home, "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("id,name,kind,type,gpu,gpus,state")
    assert ",'=HYPERLINK(1)," in "\n".join(lines)


@pytest.mark.parametrize("line", ["stop i-train-1", "tag i-train-1 a=b", "terminate i-train-1"])
def test_it_only_looks(home, capsys, line):
    assert main([*home, line]) == 1
    assert "only look from here" in capsys.readouterr().err


def test_asking_in_words_only_looks_too(home, capsys):
    ask = [*home[:-1], "ask"]
    assert main([*ask, "stop i-0abc"]) == 1
    assert "only look from here" in capsys.readouterr().err
    assert main([*ask, "what is running?"]) == 0
    assert "2 machines running" in capsys.readouterr().out


def test_what_cannot_be_read_is_marked(home, capsys):
    assert main([*home, "juggle", "them"]) == 2
    assert "I can list, stop, start" in capsys.readouterr().err
