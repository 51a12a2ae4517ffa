"""`purser ask` as a real process: conversations by name, and its JSON."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from bot.answers import answer_json
from bot.commands.listening import Terminal
from bot.commands.show import show_with_path
from bot.conversation import Answer, Usage
from tests.bot.tables import by_team
from tests.bot.test_cli import purser
from tests.lake.bills import april, month, write_csv
from tools.core.clock import SystemClock
from tools.core.results import Note


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    bill = write_csv(
        home / "april.csv",
        [
            month("2026-03", BilledCost="2", EffectiveCost="2", Tags='{"team": "ml"}'),
            april(2, BilledCost="10", EffectiveCost="10", Tags='{"team": "ml"}'),
            april(4, BilledCost="3", EffectiveCost="3", Tags='{"team": "data"}'),
        ],
    )
    assert purser(home, "ingest", str(bill), "--source", "aws").returncode == 0
    return home


def asked(home: Path, text: str, *more: str) -> dict:
    done = purser(home, "ask", text, "--json", *more)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_a_named_conversation_goes_on_in_the_next_process(home: Path) -> None:
    first = asked(home, "how much did we spend in April?", "--thread", "spring")
    assert (first["reading"], first["result"]["total"]) == ("2026-04", "13")
    second = asked(home, "and by team?", "--thread", "spring")
    assert second["reading"] == "2026-04 by team"
    third = asked(home, "only ml", "--thread", "spring")
    assert (third["reading"], third["result"]["total"]) == ("2026-04 by team where team=ml", "10")
    assert len({turn["id"] for turn in (first, second, third)}) == 3
    other = purser(home, "ask", "and by team?", "--thread", "autumn", "--json")
    assert (other.returncode, other.stdout) == (2, "")


def test_without_a_name_nothing_is_remembered(tmp_path: Path, home: Path) -> None:
    assert asked(home, "spend in April")["id"] is None
    assert purser(tmp_path, "ask", "how much did we spend in April?").returncode == 0
    assert not (tmp_path / "ledger.sqlite").exists()


def test_the_json_of_an_answer_keeps_its_contract(home: Path) -> None:
    said = asked(home, "how much did we spend in April?")
    assert said.keys() == {"id", "path", "reading", "text", "tools", "usage", "result"}
    assert (said["path"], said["usage"]) == ("phrasebook", None)
    assert said["tools"] == [{"name": "cost_by", "arguments": {"query": "2026-04"}}]


def test_the_json_of_a_models_answer_holds_its_words_and_its_price() -> None:
    usage = Usage(2, 1800, 900, 120, None, ("small", "large"))
    made = answer_json(Answer("model", by_team(), text="Team 0 leads.", usage=usage, id="abc"))
    assert (made["path"], made["text"], made["id"]) == ("model", "Team 0 leads.", "abc")
    assert made["usage"] == {
        "calls": 2,
        "input_tokens": 1800,
        "cached_tokens": 900,
        "output_tokens": 120,
        "dollars": None,
        "models": ["small", "large"],
    }


def test_reasons_are_asked_for_by_command_and_in_words(home: Path) -> None:
    line = json.loads(purser(home, "cost", "why 2026-04", "--json").stdout)
    assert line["query"] == "why 2026-04 vs previous"
    words = asked(home, "why was april more expensive than march?")
    assert words["reading"] == "why 2026-04 vs 2026-03"
    assert words["tools"] == [
        {"name": "explain_change", "arguments": {"query": "2026-04 vs 2026-03"}}
    ]


def test_words_without_a_reading_exit_with_2_and_say_what_would_help(home: Path) -> None:
    done = purser(home, "ask", "was our unicorn spend in april fine?")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "I could not read “unicorn”. I need a model for that; here is what I can answer.",
        "  was our unicorn spend in april fine?",
        "          ^^^^^^^",
        "Nearest that I can answer:",
        "  2026-04",
    ]


def test_an_answer_is_printed_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    with terminal.stoppable():
        terminal.status("Looking at the bills…")
        terminal.says("It was ")
        terminal.says("team 0.")
    answer = Answer("model", Note("It was team 0."), text="It was team 0.")
    show_with_path(answer, clock=SystemClock(), as_json=False, is_said=terminal.has_said)
    assert capsys.readouterr() == ("It was team 0.\n", "")


def test_a_program_hears_nothing_before_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(is_quiet=True)
    with terminal.stoppable():
        terminal.says("It was ")
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_stops_what_is_followed_and_the_second_ends_it() -> None:
    terminal = Terminal()
    with terminal.stoppable():
        assert not terminal.wants_stop()
        signal.raise_signal(signal.SIGINT)
        assert terminal.wants_stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_ends_at_once_what_nobody_follows() -> None:
    with Terminal().stoppable(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
