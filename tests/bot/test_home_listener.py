"""Opening the Home in Slack, with real bills behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.app import build
from bot.config import Config, ScopeSettings, Secrets
from bot.config import SlackSettings as Slack
from tests.bot.slack_parts import listening
from tests.lake.lakes import charge, write_lake
from tools.core.clock import FixedClock
from tools.core.query import Filter, Op
from tools.core.scope import Scope
from tools.core.settings import LakeSettings, Source
from tools.ledger.accruals import keep_accrued
from tools.ledger.ingests import Ingests
from tools.ledger.records import Trace
from tools.watch.accrual import Accrued
from tools.watch.settings import WatchSettings

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ML = Scope((Filter("team", Op.IS, ("ml",)),))


@pytest.fixture
def home(tmp_path):
    days = [f"2026-{month}-{day:02}" for month in (10, 11) for day in range(1, 20)]
    bills = [
        charge(day, 100 if team == "ml" else 40, tags={"team": team}, service=f"for {team}")
        for day in days
        for team in ("ml", "search", "<!channel> *b*")
    ]
    late = [charge("2026-11-12", 500, tags={"team": "ml"}, resource_id="i-new", service="EC2")]
    write_lake(tmp_path / "lake", [*bills, *late])
    return tmp_path


def purser(home, workspace, **changes):
    made = Config(
        home=home,
        lake=LakeSettings(),
        ledger_url=f"sqlite:///{home / 'ledger.sqlite'}",
        slack=Slack(api_url=workspace.api_url),
        secrets=Secrets(workspace.bot_token, None, workspace.signing_secret),
        clock=FixedClock(NOW),
    )
    return build(replace(made, **changes))


def opened(workspace, person="ada", until="Ask again"):
    """The Home once it shows a text."""
    workspace.open_home(person).wait()

    def shows():
        view = workspace.home(person)
        return view if view and until in json.dumps(view.payload, ensure_ascii=False) else None

    return workspace.wait_for(shows)


def said(view):
    return json.dumps(view.payload, ensure_ascii=False)


def test_the_home_shows_the_month_the_teams_and_what_changed(home, workspace):
    with listening(purser(home, workspace), workspace):
        text = said(opened(workspace, until="What changed most"))
    assert "$3,920.00" in text
    assert "$500.00 (14.6 %) more than Oct 1–19" in text
    assert "aws: complete through Nov 19, loaded 3 h ago" in text
    assert "+$500.00" in text
    assert "new since Nov 12" in text
    assert '"mrkdwn"' not in text


def test_a_second_view_is_told_from_a_source_without_bills(home, workspace):
    write_lake(home / "lake", [charge("2026-11-05", 900, source="copy", report="c")])
    sources = (
        Source("aws", home / "a"),
        Source("copy", home / "c", second_view_of="aws"),
        Source("empty", home / "e"),
    )
    with listening(purser(home, workspace, lake=LakeSettings(sources=sources)), workspace):
        text = said(opened(workspace))
    assert "copy: a second view of aws, not added, loaded 3 h ago" in text
    assert "empty: nothing loaded yet" in text
    assert "$3,920.00" in text


def test_a_source_that_could_not_be_loaded_is_told_without_the_reason(home, workspace):
    made = purser(home, workspace)
    Ingests(made.ledger).note("aws", trouble="s3://acme-billing/focus: Access denied.")
    with listening(made, workspace):
        text = said(opened(workspace))
    assert "aws: complete through Nov 19, loaded 3 h ago; loading it failed just now" in text
    assert "s3://" not in text


def test_who_sees_a_part_sees_a_part(home, workspace):
    scope = ScopeSettings(users={"U0ADAPARK0": ML})
    with listening(purser(home, workspace, scope=scope), workspace):
        text = said(opened(workspace, until="You see team=ml."))
    assert "$2,400.00" in text
    assert "search" not in text
    assert "$3,920.00" not in text


def test_a_guest_is_told_why_there_is_nothing(home, workspace):
    with listening(purser(home, workspace), workspace):
        view = opened(workspace, "dmitri", until="guest")
    assert "button" not in said(view)
    assert "$" not in said(view)


def test_without_bills_the_home_says_how_to_load_some(tmp_path, workspace):
    with listening(purser(tmp_path, workspace), workspace):
        assert "The lake holds no bills yet; " in said(opened(workspace))


def test_a_lake_that_cannot_be_read_is_one_sentence(tmp_path, workspace):
    (tmp_path / "lake").write_text("not a folder")
    with listening(purser(tmp_path, workspace), workspace):
        view = opened(workspace, until="lake is not a folder")
    assert len(view.payload["blocks"]) == 2


def test_what_the_viewer_asks_most_is_a_click_away(home, workspace):
    made = purser(home, workspace)
    for n in range(2):
        made.answers.record(
            Trace(f"a{n}", NOW, "T:D:ada", "U0ADAPARK0", "?", "command", "this month")
        )
    with listening(made, workspace):
        view = opened(workspace)
        workspace.press_in_view("ada", view, "purser.ask.0").wait()
        answer = workspace.wait_for(lambda: [m for m in workspace.messages("ada") if m.text])[0]
    assert answer.text.startswith("$3,920.00 this month so far (Nov 1–19)")


def test_others_questions_are_not_offered_to_who_sees_a_part(home, workspace):
    scope = ScopeSettings(users={"U0ADAPARK0": ML})
    made = purser(home, workspace, scope=scope)
    team = workspace_team(workspace)
    for n, asker in enumerate(("U1", "U2")):
        made.answers.record(
            Trace(f"b{n}", NOW, f"{team}:C1:1", asker, "?", "command", "last month where team=hr")
        )
    with listening(made, workspace):
        assert "team=hr" in said(opened(workspace, "ben"))
        assert "team=hr" not in said(opened(workspace, "ada"))


def test_without_a_ledger_the_home_still_shows_costs(home, workspace):
    made = purser(home, workspace, ledger_url="sqlite:///nowhere/at/all.sqlite")
    with listening(made, workspace):
        assert "$3,920.00" in said(opened(workspace))


def workspace_team(workspace):
    from slack_sdk import WebClient

    client = WebClient(token=workspace.bot_token, base_url=workspace.api_url)
    return client.auth_test()["team_id"]


def test_what_has_accrued_is_told_apart_as_far_as_the_viewer_may_see_it(home, workspace):
    scope = ScopeSettings(users={"U0BENORTIZ": ML})
    watch = WatchSettings(operators="C0PLATFORM")
    made = purser(home, workspace, scope=scope, watch=watch)

    def count(amount: int, at: datetime) -> None:
        rows = [
            Accrued(
                day=NOW.date(),
                resource=team,
                amount=Decimal(amount),
                currency="USD",
                hourly=Decimal(1),
                through=at,
                labels={"team": team},
            )
            for team in ("ml", "search")
        ]
        with made.ledger.begin() as connection:
            keep_accrued(connection, rows, at=at)

    with listening(made, workspace):
        count(300, NOW - timedelta(minutes=1))
        told = "Accrued besides, an estimate: about ${} since Nov 21, price × running time of {}, "
        assert opened(workspace, "ada", until=told.format(600, "2 machines"))
        assert opened(workspace, "ben", until=told.format(300, "1 machine"))
        count(350, NOW)  # of one glance it grows by the minute
        assert opened(workspace, "ada", until=told.format(700, "2 machines"))
