"""An incident in the local Slack: opened, acknowledged, asked about, resolved with its file."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import build
from bot.config import ScopeSettings, Secrets
from bot.console.block_rules import problems
from bot.console.workspace import Workspace
from bot.listeners.incidents import ACKNOWLEDGE, RESOLVE
from bot.watch.incident_blocks import POST_MORTEM
from bot.watch.incidents import plan, raise_incident
from bot.watch.running import keep
from tests.bot.gate_parts import BEN, LEADS, PLATFORM, Hall, hall, text
from tests.bot.slack_parts import listening
from tests.samples.companies import Loaded, loaded_company
from tests.watch.senders import send
from tools.core.conditions import read_conditions
from tools.core.scope import Scope
from tools.ledger.incidents import Incidents
from tools.watch.settings import WatchSettings

CHANNEL = "C0PLATFORM"
WATCH = WatchSettings(incidents=CHANNEL, on_call=(LEADS, BEN))


def opened(here: Hall, scope: str = "team=ml"):
    """The head of a new incident's thread."""
    made = raise_incident(
        here.purser,
        title="ml runs away: <!here> *8* new machines",
        scope=read_conditions(scope),
        severity=1,
        evidence=("8 machines of p4d.24xlarge were launched.",),
        source_key="accrual/ml/1",
        at=here.clock.now(),
    )
    keep(here.purser, made)
    send(here)
    return head_of(here)


def head_of(here: Hall):
    return next(m for m in here.workspace.messages(PLATFORM) if "Severity 1" in text(m))


def shows(here: Hall, words: str) -> bool:
    """Whether the head comes to say so, once what was pressed has been done and sent."""
    for _ in range(100):
        send(here)
        if words in text(head_of(here)):
            return True
        time.sleep(0.05)
    return False


def thread(here: Hall) -> list[str]:
    return [text(m) for m in here.workspace.replies(head_of(here))]


def test_it_is_worked_to_its_end(here: Hall):
    head = opened(here)
    assert "On call: " in text(head)
    assert f"<!subteam^{LEADS}>" in head.text
    assert "<!here>" not in head.text
    here.clock.at += timedelta(minutes=4)
    here.workspace.press("ada", head, ACKNOWLEDGE).wait(5)
    assert shows(here, "Acknowledged by @U0ADAPARK0 at 12:04 UTC")
    assert ACKNOWLEDGE not in str(head_of(here).blocks)
    here.clock.at += timedelta(hours=1)
    assert plan(here.purser, name="incidents", at=here.clock.now()).said == ""
    here.workspace.press("ada", head_of(here), RESOLVE)
    modal = here.workspace.wait_for(lambda: here.workspace.modal("ada"))
    assert not problems(modal.payload["blocks"])
    typed = {
        "summary": {"value": {"value": "A sweep without a limit."}},
        "actions": {"value": {"value": "Stopped; a limit of 2 is set."}},
    }
    here.workspace.submit("ada", typed).wait(5)
    file = here.workspace.wait_for(lambda: here.workspace.files())[0]
    assert shows(here, "Severity 1, resolved")
    assert "Resolved after 1 h 4 min. A sweep without a limit." in thread(here)[-1]
    told = file.data.decode()
    for part in (
        "acknowledged 2026-11-20 12:04 UTC by Ada Park, after 4 min",
        "resolved 2026-11-20 13:04 UTC by Ada Park, after 1 h 4 min",
        "12:00 UTC · Purser: 8 machines of p4d.24xlarge were launched.",
        "12:04 UTC · Ada Park: Acknowledged.",
        "## Cause",
        "a limit of 2 is set",
    ):
        assert part in told
    assert "\\<!here\\>" in told
    here.workspace.press("ben", head_of(here), POST_MORTEM).wait(5)
    here.workspace.wait_for(lambda: len(here.workspace.files()) == 2)


def test_only_the_first_acknowledges_and_guests_never(here: Hall):
    head = opened(here)
    here.workspace.press("dmitri", head, ACKNOWLEDGE).wait(5)
    assert here.told("dmitri", says="Only full members")
    here.workspace.press("ada", head, ACKNOWLEDGE).wait(5)
    assert shows(here, "Acknowledged by")
    here.workspace.press("ben", head, ACKNOWLEDGE).wait(5)
    assert here.told("ben", says="acknowledged already")
    (incident,) = Incidents(here.purser.ledger).going()
    assert incident.acknowledged_by == "U0ADAPARK0"


def test_who_may_not_see_its_costs_does_not_work_on_it(tmp_path: Path):
    web = ScopeSettings(users={"U0BENORTIZ": Scope(read_conditions("team=web"))})
    with hall(tmp_path, watch=WATCH, scope=web) as here:
        head = opened(here)
        for button in (ACKNOWLEDGE, RESOLVE):
            here.workspace.press("ben", head, button).wait(5)
            assert here.told("ben", says="costs that you may not see")
        assert here.workspace.modal("ben") is None


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Loaded:
    return loaded_company(tmp_path_factory)


def test_a_question_in_its_thread_is_answered_in_its_context(company: Loaded, tmp_path: Path):
    with Workspace.serve(clock=company.config.clock) as workspace:
        purser = build(
            replace(
                company.config,
                ledger_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}",
                slack=replace(company.config.slack, api_url=workspace.api_url),
                secrets=Secrets(workspace.bot_token, None, workspace.signing_secret),
                watch=WATCH,
            )
        )
        with listening(purser, workspace):
            here = Hall(workspace, purser, None, purser.config.clock)  # type: ignore[arg-type]
            head = opened(here, "team=ml-research")
            workspace.post_as("ada", PLATFORM, "@Purser by service", thread_ts=head.ts)
            conversation = f"{workspace.store.cast.team_id}:{CHANNEL}:{head.ts}"
            workspace.wait_for(lambda: len(purser.answers.turns(conversation)) == 2)
            about, asked = purser.answers.turns(conversation)
            assert about.question.startswith("ml runs away")
            assert asked.reading == "last 7d by service where team=ml-research"
            workspace.wait_for(lambda: "Amazon EC2" in thread(here)[-1])
        purser.ledger.close()
