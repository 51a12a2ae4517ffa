"""`purser event` and `POST /events`: what happened is told, within a token's scope."""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from bot.config import load
from bot.event_http import LIMIT, hearing_events
from bot.event_limits import TOLD, TRIED, Limits
from tests.bot.commands import run
from tools.ledger.ledger import Ledger

NOW = "2026-11-21T09:00:00Z"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PURSER_HOME": str(tmp_path), "PURSER_NOW": NOW}


class Ticks:
    """Seconds that pass when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Web(NamedTuple):
    """The server, on a real socket."""

    http: httpx.Client
    url: str
    ticks: Ticks


@pytest.fixture
def web(environ: Mapping[str, str]) -> Iterator[Web]:
    config, ticks = load(environ=environ), Ticks()
    ledger = Ledger(config.ledger_url, config.clock)
    place = {"host": "127.0.0.1", "port": 0, "limits": Limits(ticks=ticks)}
    with hearing_events(ledger=ledger, config=config, **place) as url, httpx.Client() as http:
        yield Web(http, url, ticks)
    ledger.close()


def token(environ: Mapping[str, str], *arguments: str) -> str:
    made = run("event", "--token", "ci", *arguments, environ=environ)
    assert made.returncode == 0, made.stderr
    return made.stdout.splitlines()[0]


def send(web: Web, body: bytes, *, bearer: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return web.http.post(web.url, content=body, headers=headers)


def post(web: Web, body: Any, *, bearer: str = "") -> tuple[int, dict[str, Any]]:
    answer = send(web, json.dumps(body).encode(), bearer=bearer)
    return answer.status_code, answer.json()


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


def test_what_is_planned_without_an_end_is_said_to_end(environ: dict[str, str], web: Web):
    plan = run("event", "We move", "--kind", "planned", "--id", "m", environ=environ)
    assert plan.stdout == (
        "m  2026-11-21 09:00 to 2026-11-28 09:00 UTC  planned: We move (everything)\n"
        "Nobody said until when: it counts as planned for 7 days (--end).\n"
    )
    bearer = token(environ, "--may-plan")
    status, told = post(web, {"text": "We move back", "start": "2026-12-01"}, bearer=bearer)
    assert (status, told["kind"], told["end"]) == (201, "planned", "2026-12-08T00:00:00+00:00")


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


def test_a_pipeline_tells_within_its_scope(environ: dict[str, str], web: Web):
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


def test_told_again_later_without_a_time_it_is_the_same(environ: dict[str, str]):
    first = run("event", "search 4.2", "--id", "build-7", environ=environ)
    later = environ | {"PURSER_NOW": "2026-11-21T09:02:00Z"}
    again = run("event", "search 4.2", "--id", "build-7", environ=later)
    assert (again.stdout, again.stderr) == (first.stdout, "")
    dated = run(
        "event", "search 4.2", "--id", "build-7", "--start", "2026-11-21T09:02Z", environ=later
    )
    assert (dated.returncode, dated.stderr) == (
        2, "Another event has the id “build-7” already.\n",
    )  # fmt: skip


def test_a_clock_that_is_a_little_ahead_plans_nothing(environ: dict[str, str], web: Web):
    bearer = token(environ)
    kinds = {"2026-11-21T09:04Z": (201, "deployment"), "2026-11-21T09:06Z": (403, None)}
    for start, expected in kinds.items():
        status, told = post(web, {"text": "search 4.2", "start": start}, bearer=bearer)
        assert (status, told.get("kind")) == expected


def test_a_dimension_that_nobody_has_is_refused(environ: dict[str, str], web: Web):
    says = "There is no dimension “teem”; the nearest are"
    assert says in run("event", "x", "--scope", "teem=search", environ=environ).stderr
    assert says in run("event", "--token", "ci", "--scope", "teem=search", environ=environ).stderr
    status, answer = post(web, {"text": "x", "scope": "teem=search"}, bearer=token(environ))
    assert (status, answer["error"].startswith(says)) == (400, True)
    assert run("event", "x", "--scope", "tag:stage=lab", environ=environ).returncode == 0


def test_only_a_token_that_may_announces_plans(environ: dict[str, str], web: Web):
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
    environ: dict[str, str], web: Web, body: Any, status: int
):
    assert post(web, body, bearer=token(environ))[0] == status


def test_nobody_tells_without_a_token_or_with_a_revoked_one(environ: dict[str, str], web: Web):
    bearer = token(environ)
    assert post(web, {"text": "x"})[0] == 401
    assert post(web, {"text": "x"}, bearer="pet_wrong")[0] == 401
    assert run("event", "--tokens", environ=environ).stdout.startswith("ci: everything, since")
    run("event", "--revoke", "ci", environ=environ)
    assert post(web, {"text": "x"}, bearer=bearer)[0] == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 10_000, 400),
        (b'{"text":' * 1_500, 400),
        (b'{"text": ' + b"7" * 9_000 + b"}", 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b" " * (LIMIT + 1), 413),
    ],
)
def test_what_no_pipeline_sends_does_no_harm(
    environ: dict[str, str], web: Web, body: bytes, status: int
):
    answer = send(web, body, bearer=token(environ))
    assert answer.status_code == status
    assert answer.json()["error"]


def test_what_is_much_too_long_is_not_read(environ: dict[str, str], web: Web):
    assert send(web, b" " * 10 * LIMIT, bearer=token(environ)).status_code == 413


def test_who_guesses_tokens_waits_and_the_ledger_is_left_alone(
    environ: dict[str, str], web: Web, tmp_path: Path
):
    good = token(environ)
    assert post(web, {"text": "x"}, bearer=good)[0] == 201
    for n in range(TRIED - 1):
        assert post(web, {"text": "x"}, bearer=f"pet_{n}")[0] == 401
    with sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")  # whoever asks the ledger now waits for twenty seconds
        answer = send(web, b"{}", bearer="pet_again")
        assert send(web, b"{}").status_code == 401
        writer.execute("ROLLBACK")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "6")
    assert answer.json() == {"error": "Too many at once; come again in 6 seconds."}
    assert post(web, {"text": "y"}, bearer=good)[0] == 201  # the good one has turns of its own
    web.ticks.now += 6
    assert post(web, {"text": "x"}, bearer="pet_again")[0] == 401


def test_a_token_that_tells_too_much_waits(environ: dict[str, str], web: Web):
    good = token(environ)
    told = [post(web, {"text": ""}, bearer=good)[0] for _ in range(TOLD + 2)]
    assert told == [400] * (TOLD + 1) + [429]
    web.ticks.now += 1
    assert post(web, {"text": "x"}, bearer=good)[0] == 201


def test_no_token_is_ever_logged_or_said(
    environ: dict[str, str], web: Web, caplog: pytest.LogCaptureFixture
):
    good, wrong = token(environ), "pet_wrongwrong"
    with caplog.at_level(logging.DEBUG):
        said = [
            send(web, body, bearer=bearer).text
            for bearer in (good, wrong)
            for body in (b'{"text": "x"}', b"[" * 5_000, b"x" * (LIMIT + 1))
        ]
    assert "ci told of event" in caplog.text
    for one in (good, wrong):
        assert one not in caplog.text + "".join(said)
