"""From a bill on disk to an answer in Slack, with every real part between them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.app import build
from bot.blocks import CSV, SHARE
from bot.config import Config, ScopeSettings, Secrets
from bot.config import SlackSettings as Slack
from bot.console.workspace import Workspace
from tests.bot.slack_parts import deliver, listening
from tools.core.clock import FixedClock
from tools.core.query import Filter, Op
from tools.core.scope import Scope
from tools.core.settings import LakeSettings, Source
from tools.lake.ingest import ingest_path

NOW = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
ML = Scope((Filter("team", Op.IS, ("ml",)),))
TEAMS = {"ml": Decimal("100.25"), "search": Decimal("40.10"), "<!channel>": Decimal("7")}


def write_bill(path):
    """Three teams on each day of November so far, the untagged beside them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "BilledCost",
                "EffectiveCost",
                "BillingCurrency",
                "BillingPeriodStart",
                "BillingPeriodEnd",
                "ChargePeriodStart",
                "ChargePeriodEnd",
                "ChargeCategory",
                "ProviderName",
                "ServiceName",
                "Tags",
            ]
        )
        for n in range(19):
            day = date(2026, 11, 1) + timedelta(days=n)
            for team, cost in [*TEAMS.items(), (None, Decimal(1))]:
                for part in range(6):
                    writer.writerow(
                        [
                            cost,
                            cost,
                            "USD",
                            "2026-11-01",
                            "2026-12-01",
                            day,
                            day + timedelta(days=1),
                            "Usage",
                            "AWS",
                            f"Service {part}",
                            json.dumps({"team": team} if team else {}),
                        ]
                    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    bill = folder / "november.csv"
    write_bill(bill)
    source = Source("aws", bill)
    ingest_path(bill, source=source, root=folder / "lake", clock=FixedClock(NOW))
    return folder


@pytest.fixture
def workspace():
    with Workspace.serve() as served:
        yield served


def purser(home, workspace, scope=None):
    return build(
        Config(
            home=home,
            lake=LakeSettings(sources=(Source("aws", home / "november.csv"),)),
            ledger_url=f"sqlite:///{home / 'ledger.sqlite'}",
            slack=Slack(api_url=workspace.api_url),
            scope=scope or ScopeSettings(),
            secrets=Secrets(workspace.bot_token, None, workspace.signing_secret),
            clock=FixedClock(NOW),
        )
    )


def answers(workspace, person, count):
    def found():
        return workspace.ephemerals("#ml-research", person)

    workspace.wait_for(lambda: len(found()) >= count, timeout=20)
    return found()


def csv_of(workspace, person):
    (sent,) = workspace.wait_for(
        lambda: [m for m in workspace.messages(person) if m.files], timeout=20
    )
    file = next(f for f in workspace.files() if f.id == sent.files[0])
    return list(csv.DictReader(file.data.decode().splitlines()))


def test_a_command_is_answered_to_the_cent(home, workspace):
    with listening(purser(home, workspace), workspace):
        workspace.slash("ada", "#ml-research", "/cost", "this month by team").wait()
        first, second = answers(workspace, "ada", 2)
    total = (sum(TEAMS.values()) + 1) * 6 * 19
    assert first.text.startswith(f"${total:,.2f} this month so far (Nov 1–19).")
    (table,) = [b for b in second.blocks if b["type"] == "table"]
    shown = {row[0]["text"]: row[1]["text"] for row in table["rows"][1:]}
    assert shown == {
        "ml": "$11,428.50",
        "search": "$4,571.40",
        "<!channel>": "$798.00",
        "untagged": "$114.00",
    }


def test_words_find_the_same_answer(home, workspace):
    with listening(purser(home, workspace), workspace):
        said = workspace.post_as("ada", "#ml-research", "@Purser how much did we spend this month?")
        reply = workspace.wait_for(lambda: workspace.replies(said), timeout=20)[0]
    assert reply.text.startswith("$16,911.90 this month so far")


def test_what_somebody_may_not_see_is_in_no_answer_share_or_csv(home, workspace):
    scope = ScopeSettings(users={workspace.store.person("ada").id: ML})
    with listening(purser(home, workspace, scope), workspace):
        workspace.slash("ada", "#ml-research", "/cost", "this month by team, service daily").wait()
        (answer,) = answers(workspace, "ada", 1)
        assert answer.text.startswith("$11,428.50 ")
        workspace.press("ada", answer, CSV).wait()
        rows = csv_of(workspace, "ada")
        assert {row["team"] for row in rows} == {"ml"}
        assert sum(Decimal(row["effective_cost"]) for row in rows) == Decimal("11428.50")
        workspace.press("ada", answer, SHARE).wait()
        (shared,) = workspace.wait_for(lambda: workspace.messages("#ml-research"), timeout=20)
        assert shared.text.startswith("$11,428.50 ")
        assert "search" not in json.dumps(shared.blocks)


def test_asking_for_what_one_may_not_see_finds_nothing(home, workspace):
    scope = ScopeSettings(users={workspace.store.person("ada").id: ML})
    with listening(purser(home, workspace, scope), workspace):
        workspace.slash("ada", "#ml-research", "/cost", "this month where team=search").wait()
        (answer,) = answers(workspace, "ada", 1)
    assert "$" not in answer.text
    assert answer.text.startswith("No charges where team=search")


def test_a_channels_scope_narrows_what_its_members_see(home, workspace):
    scope = ScopeSettings(channels={"C0MLRESRCH": ML})
    with listening(purser(home, workspace, scope), workspace):
        workspace.slash("ben", "#ml-research", "/cost", "this month").wait()
        assert answers(workspace, "ben", 1)[0].text.startswith("$11,428.50 ")


def test_an_event_delivered_again_after_a_restart_does_nothing(home, workspace):
    with listening(purser(home, workspace), workspace):
        said = workspace.post_as("ada", "#ml-research", "@Purser this month by team")
        workspace.wait_for(lambda: [m for m in workspace.replies(said) if m.edited], timeout=20)
    event = next(d for d in workspace.deliveries if d.payload["event"]["type"] == "app_mention")
    with listening(purser(home, workspace), workspace) as url:
        assert deliver(url, workspace, event.payload) == 200
    assert len(workspace.replies(said)) == 1
