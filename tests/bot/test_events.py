"""`purser event` and `POST /events`: what happened is told, within a token's scope."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from bot.config import load
from bot.event_http import LIMIT, events_app
from tests.bot.commands import run
from tools.ledger.ledger import Ledger

NOW = "2026-11-21T09:00:00Z"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PURSER_HOME": str(tmp_path), "PURSER_NOW": NOW}


@pytest.fixture
def web(environ: Mapping[str, str]) -> Flask:
    config = load(environ=environ)
    return events_app(ledger=Ledger(config.ledger_url, config.clock), config=config)


def token(environ: Mapping[str, str], *arguments: str) -> str:
    made = run("event", "--token", "ci", *arguments, environ=environ)
    assert made.returncode == 0, made.stderr
    return made.stdout.splitlines()[0]


def post(web: Flask, body: Any, *, bearer: str = "") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    answer = web.test_client().post("/events", json=body, headers=headers)
    return answer.status_code, answer.get_json()


def test_a_person_tells_lists_and_withdraws(environ: dict[str, str]):
    told = run(
        "event", "search-api", "4.2", "--scope", "team=search", "--id", "r42", environ=environ
    )
    assert told.stdout == ("r42  2026-11-21 09:00 UTC  deployment: search-api 4.2 (team=search)\n")
    plan = run(
        "event",
        "We move",
        "--start",
        "2026-11-25",
        "--end",
        "2026-11-27",
        "--json",
        environ=environ,
    )
    planned = json.loads(plan.stdout)
    assert (planned["kind"], planned["start"], planned["end"]) == (
        "planned", "2026-11-25T00:00:00+00:00", "2026-11-28T00:00:00+00:00",
    )  # fmt: skip
    listed = run("event", "--list", environ=environ).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["r42", planned["id"]]
    assert run("event", "--withdraw", "r42", environ=environ).stdout == "Withdrawn.\n"
    assert run("event", "--withdraw", "r42", environ=environ).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Say what happened"),
        (["x", "--start", "soon"], "is no time"),
        (["x", "--scope", "team"], "is no scope"),
        (["x", "--start", "2026-11-25", "--end", "2026-11-20"], "ends before"),
    ],
)
def test_what_cannot_be_read_is_said(environ: dict[str, str], arguments: list[str], says: str):
    told = run("event", *arguments, environ=environ)
    assert told.returncode == 2
    assert says in told.stderr


def test_a_pipeline_tells_within_its_scope(environ: dict[str, str], web: Flask):
    bearer = token(environ, "--scope", "team=search")
    body = {"text": "search-api 4.3", "id": "build-7"}
    status, told = post(web, body, bearer=bearer)
    assert status == 201
    assert told == {
        "id": "build-7", "kind": "deployment", "text": "search-api 4.3", "scope": "team=search",
        "start": "2026-11-21T09:00:00+00:00", "end": None, "by": "ci",
    }  # fmt: skip
    assert post(web, body, bearer=bearer) == (201, told)
    assert post(web, {"text": "x", "scope": "team=data"}, bearer=bearer)[0] == 403
    assert post(web, {"text": "x", "kind": "planned"}, bearer=bearer)[0] == 403


def test_only_a_token_that_may_announces_plans(environ: dict[str, str], web: Flask):
    bearer = token(environ, "--may-plan")
    plan = {"text": "We move", "start": "2026-12-01", "end": "2026-12-03", "scope": "team=data"}
    status, told = post(web, plan, bearer=bearer)
    assert (status, told["kind"]) == (201, "planned")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 400), ([], 400), ("text", 400), ({"text": 7}, 400),
        ({"text": "x", "by": "me"}, 400), ({"text": "x", "scope": "or 1=1"}, 400),
        ({"text": "x", "end": "9999-12-31"}, 400),
        ({"text": "x", "start": "0001-01-01T00:00+23:00"}, 400),
        ({"text": "x" * LIMIT}, 413),
    ],
)  # fmt: skip
def test_a_body_that_is_no_event_is_refused(
    environ: dict[str, str], web: Flask, body: Any, status: int
):
    assert post(web, body, bearer=token(environ))[0] == status


def test_nobody_tells_without_a_token_or_with_a_revoked_one(environ: dict[str, str], web: Flask):
    bearer = token(environ)
    assert post(web, {"text": "x"})[0] == 401
    assert post(web, {"text": "x"}, bearer="pet_wrong")[0] == 401
    assert run("event", "--tokens", environ=environ).stdout.startswith("ci: everything, since")
    run("event", "--revoke", "ci", environ=environ)
    assert post(web, {"text": "x"}, bearer=bearer)[0] == 401
