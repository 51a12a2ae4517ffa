"""Who is called: groups and PagerDuty, then people, then the channel; PagerDuty on loopback."""

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.app import Purser, build
from bot.config import load
from bot.console.workspace import Workspace
from bot.watch.incidents import raise_incident
from bot.watch.on_call import Level, levels_of
from bot.watch.pagerduty import PagerDuty
from tools.core.conditions import read_conditions
from tools.core.errors import UnavailableError
from tools.watch.settings import WatchSettings

TOKEN = "pd-key"
ADA, BEN, GROUP = "U0ADAPARK0", "U0BENORTIZ", "S0FINOPS00"


@dataclass
class PagerDutyServer:
    """What it was asked, and what it says."""

    url: str = ""
    status: int = 200
    oncalls: list[dict] = field(default_factory=list)
    asked: list[dict] = field(default_factory=list)


@contextmanager
def pagerduty() -> Iterator[PagerDutyServer]:
    made = PagerDutyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path)
            made.asked.append(parse_qs(path.query))
            is_known = self.headers["Authorization"] == f"Token token={TOKEN}"
            self.send_response(made.status if is_known and path.path == "/oncalls" else 401)
            body = json.dumps({"oncalls": made.oncalls}).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()


def duty(level: int, email: str | None, name: str) -> dict:
    user = {"id": "PX", "type": "user", "summary": name, "email": email}
    return {"escalation_level": level, "user": user}


@pytest.fixture
def server() -> Iterator[PagerDutyServer]:
    with pagerduty() as made:
        yield made


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace.serve() as made:
        yield made


def purser(home: Path, workspace: Workspace, watch: WatchSettings, *, token: str = TOKEN) -> Purser:
    tokens = {"SLACK_BOT_TOKEN": workspace.bot_token, "PAGERDUTY_TOKEN": token}
    config = load(home, environ=tokens)
    slack = replace(config.slack, api_url=workspace.api_url)
    return build(replace(config, slack=slack, watch=watch))


def test_pagerduty_names_people_level_by_level(server, workspace, tmp_path):
    cast = workspace.store.cast
    emails = {person.id: cast.email(person) for person in cast.people}
    server.oncalls = [
        duty(2, emails[BEN], "Ben"),
        duty(1, emails[ADA], "Ada"),
        duty(1, "stranger@elsewhere.example", "A <!here> Stranger"),
    ]
    watch = WatchSettings(on_call=(GROUP, ADA), pagerduty=("PABC",), pagerduty_url=server.url)
    assert levels_of(purser(tmp_path, workspace, watch)) == (
        Level((GROUP, ADA), "On call, but not found in Slack: A <!here> Stranger."),
        Level((BEN,)),
        Level((ADA,)),
        Level(("channel",)),
    )
    assert server.asked[0]["escalation_policy_ids[]"] == ["PABC"]
    assert server.asked[0]["earliest"] == ["true"]


@pytest.mark.parametrize(
    ("odd", "levels"),
    [
        ({"escalation_level": 1, "user": None}, (Level(("channel",)),)),
        ({"escalation_level": 1, "user": "PX"}, None),
        ({"escalation_level": None, "user": {}}, (Level(("channel",)),)),
    ],
)
def test_an_odd_answer_keeps_no_incident_from_being_opened(
    server, workspace, tmp_path, odd, levels
):
    server.oncalls = [odd]
    watch = WatchSettings(pagerduty=("PABC",), pagerduty_url=server.url)
    trouble = "PagerDuty does not say who is on call; check PAGERDUTY_TOKEN and [watch] pagerduty."
    expected = levels or (Level(("channel",), trouble),)
    assert levels_of(purser(tmp_path, workspace, watch)) == expected


@pytest.mark.parametrize(
    ("status", "token", "says"),
    [
        (500, TOKEN, "PagerDuty does not say"),
        (200, "wrong", "PagerDuty does not say"),
        (200, "", "not asked"),
    ],
)
def test_without_pagerduty_those_who_are_named_are_called(
    server, workspace, tmp_path, status, token, says
):
    server.status = status
    watch = WatchSettings(on_call=(ADA,), pagerduty=("PABC",), pagerduty_url=server.url)
    first, last = levels_of(purser(tmp_path, workspace, watch, token=token))
    assert first.ids == (ADA,)
    assert says in first.trouble
    assert last == Level(("channel",))


@pytest.mark.parametrize("status", [200, 302, 401, 500])
def test_the_key_stands_in_no_log_and_in_no_error(server, workspace, tmp_path, caplog, status):
    server.status = status
    caplog.set_level(logging.DEBUG)
    watch = WatchSettings(on_call=(ADA,), pagerduty=("PABC",), pagerduty_url=server.url)
    asked = purser(tmp_path, workspace, watch)
    levels_of(asked)
    assert server.asked
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(asked.config) + repr(PagerDuty(server.url, TOKEN))
    try:
        PagerDuty(server.url, TOKEN).on_call(("PABC",))
    except UnavailableError as error:
        assert TOKEN not in "".join(traceback.format_exception(error))


def test_who_was_called_in_its_place_and_why_is_said_in_the_thread(server, workspace, tmp_path):
    server.status = 503
    watch = WatchSettings(
        incidents="C0INC", on_call=(ADA,), pagerduty=("PABC",), pagerduty_url=server.url
    )
    asked = purser(tmp_path, workspace, watch)
    made = raise_incident(
        asked,
        title="ml runs away",
        scope=read_conditions("team=ml"),
        severity=1,
        evidence=("8 machines were launched.",),
        source_key="accrual/1",
        at=asked.config.clock.now(),
    )
    head, said, _evidence = made.posts
    assert head.text.endswith(f"<@{ADA}>")
    assert said.thread == head.key
    assert said.text.startswith("PagerDuty does not say who is on call")
