"""Threads from the bill to Slack, with every real part: follow-ups, scopes, a restart."""

from __future__ import annotations

import pytest

from bot.blocks import ASK
from bot.config import ScopeSettings
from bot.console.workspace import Workspace
from tests.bot.slack_parts import listening, words
from tests.bot.test_slack_end_to_end import ML, answers, home, purser  # noqa: F401  the fixture

ALL = "$16,911.90"
ONLY_ML = "$11,428.50"


@pytest.fixture
def workspace():
    with Workspace.serve() as served:
        yield served


@pytest.fixture
def ledger(home, tmp_path):  # noqa: F811
    """The module's bills, with a ledger of this test's own."""
    (tmp_path / "lake").symlink_to(home / "lake")
    (tmp_path / "november.csv").symlink_to(home / "november.csv")
    return tmp_path


def answered(workspace, said, count):
    """The newest of so many answers in a thread, once its table is there."""

    def found():
        return [m for m in workspace.replies(said) if m.is_from_bot and m.edited]

    workspace.wait_for(lambda: len(found()) >= count, timeout=20)
    return found()[-1]


def ask(workspace, text, person="ben", thread=None):
    ts = thread.ts if thread else None
    return workspace.post_as(person, "#ml-research", f"@Purser {text}", thread_ts=ts)


def test_a_follow_up_is_read_against_the_threads_last_question(ledger, workspace):
    with listening(purser(ledger, workspace), workspace):
        said = ask(workspace, "this month by team")
        answered(workspace, said, 1)
        ask(workspace, "and by service?", thread=said)
        second = answered(workspace, said, 2)
    assert second.text.startswith(ALL)
    assert "by service" in words(second)
    assert "Service 0" in words(second)


def test_memory_survives_a_restart(ledger, workspace):
    with listening(purser(ledger, workspace), workspace):
        said = ask(workspace, "this month by team")
        answered(workspace, said, 1)
    with listening(purser(ledger, workspace), workspace):
        ask(workspace, "and by service?", thread=said)
        second = answered(workspace, said, 2)
    assert second.text.startswith(ALL)
    assert "this month by service" in words(second)


def test_a_follow_up_by_another_person_runs_under_their_scope(ledger, workspace):
    scope = ScopeSettings(users={workspace.store.person("ada").id: ML})
    with listening(purser(ledger, workspace, scope), workspace):
        said = ask(workspace, "this month by team")
        assert answered(workspace, said, 1).text.startswith(ALL)
        ask(workspace, "and by service?", "ada", said)
        hers = answered(workspace, said, 2)
        assert hers.text.startswith(ONLY_ML)
        assert "search" not in words(hers)
        ask(workspace, "same again", "ben", said)
        assert answered(workspace, said, 3).text.startswith(ALL)


def test_what_one_was_told_privately_is_nobody_elses_memory(ledger, workspace):
    with listening(purser(ledger, workspace), workspace):
        workspace.slash("ada", "#ml-research", "/cost", "this month where team=ml").wait()
        answers(workspace, "ada", 1)
        workspace.slash("ben", "#ml-research", "/purser", "ask and by service?").wait()
        (other,) = answers(workspace, "ben", 1)
        workspace.slash("ada", "#ml-research", "/purser", "ask and by service?").wait()
        mine = workspace.wait_for(
            lambda: [m for m in answers(workspace, "ada", 2) if "by service" in words(m)]
        )
    assert ONLY_ML not in words(other)
    assert mine[0].text.startswith(ONLY_ML)


def test_a_pressed_follow_up_becomes_what_the_next_one_is_read_against(ledger, workspace):
    with listening(purser(ledger, workspace), workspace):
        said = ask(workspace, "this month where team=ml")
        workspace.wait_for(lambda: workspace.replies(said), timeout=20)
        first = workspace.replies(said)[0]
        workspace.press("ben", first, f"{ASK}.0").wait()
        answered(workspace, said, 1)
        ask(workspace, "only search", thread=said)
        found = workspace.wait_for(
            lambda: [m for m in workspace.replies(said) if m.text.startswith("$4,571.40")],
            timeout=20,
        )
    assert "by service" in words(found[0])


def test_as_a_chart_shows_the_chart_alone(ledger, workspace):
    with listening(purser(ledger, workspace), workspace):
        said = ask(workspace, "this month by team")
        answered(workspace, said, 1)
        ask(workspace, "as a chart", thread=said)
        (chart,) = workspace.wait_for(
            lambda: [
                m
                for m in workspace.replies(said)
                if m.blocks and [b["type"] for b in m.blocks] == ["image", "context"]
            ],
            timeout=20,
        )
    assert chart.text.startswith(ALL)


def test_why_shows_how_a_follow_up_was_read(ledger, workspace):
    with listening(purser(ledger, workspace), workspace):
        said = ask(workspace, "this month by team")
        answered(workspace, said, 1)
        ask(workspace, "and by service?", thread=said)
        answered(workspace, said, 2)
        workspace.slash("ben", "#ml-research", "/purser", "why").wait()
        (why,) = answers(workspace, "ben", 1)
    assert "“and by service?”" in words(why)
    assert "Read by the phrasebook; no model was asked." in words(why)
    assert "this month by service" in words(why)
    assert "$" not in words(why)
