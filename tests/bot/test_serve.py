"""`purser serve` as a process of its own, between a lake on disk and a workspace on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.console.transport import Envelope, SignedHttp
from bot.console.workspace import Workspace
from tests.bot.commands import ROOT
from tests.bot.test_cli import purser
from tests.lake.bills import april, write_csv

NOW = "2026-06-10T09:00:00Z"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    bill = write_csv(
        tmp_path / "b.csv", [april(day, Tags='{"team": "ml"}', BilledCost="2") for day in (2, 3)]
    )
    assert purser(tmp_path, "ingest", str(bill), "--source", "aws").returncode == 0
    return tmp_path


@contextmanager
def serving(home: Path, workspace: Workspace) -> Iterator[tuple[subprocess.Popen[str], str]]:
    (home / "purser.toml").write_text(f'[slack]\napi_url = "{workspace.api_url}"\n', "utf-8")
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "PURSER_HOME": str(home),
        "PURSER_NOW": NOW,
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until_healthy(port)
        url = f"http://127.0.0.1:{port}/slack/events"
        workspace.connect(url)
        yield process, url
    finally:
        process.kill()
        process.wait(10)


def wait_until_healthy(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("purser serve did not come up")


def test_a_command_is_answered_and_an_event_is_heard_by_the_served_process(home):
    with Workspace.serve() as workspace, serving(home, workspace) as (process, url):
        workspace.slash("ada", "#platform", "/cost", "2026-04 by team")
        said = workspace.wait_for(lambda: workspace.ephemerals("#platform", "ada"), timeout=20)
        assert "$2.50" in said[0].text
        token = purser(home, "event", "--token", "ci", "--scope", "team=ml").stdout.split()[0]
        door, event = url.replace("/slack/events", "/events"), {"text": "train 4.2"}
        told = httpx.post(door, json=event, headers={"Authorization": f"Bearer {token}"})
        assert (told.status_code, told.json()["scope"]) == (201, "team=ml")
        wrong = httpx.post(door, json=event, headers={"Authorization": f"Bearer {token}x"})
        assert wrong.status_code == 401
        listed = purser(home, "event", "--list", "--json").stdout
        assert '"train 4.2"' in listed
    assert token not in (process.stdout.read() if process.stdout else "")


def test_ingest_and_cost_work_while_it_serves_and_the_next_answer_has_the_new_bill(home):
    with Workspace.serve() as workspace, serving(home, workspace):
        workspace.slash("ada", "#platform", "/cost", "2026-04")
        workspace.wait_for(lambda: workspace.ephemerals("#platform", "ada"), timeout=20)
        more = write_csv(home / "more.csv", [april(5, EffectiveCost="7.5")])
        assert purser(home, "ingest", str(more), "--source", "aws").returncode == 0
        assert "$10.00" in purser(home, "cost", "2026-04").stdout
        workspace.slash("ada", "#platform", "/cost", "2026-04")
        workspace.wait_for(
            lambda: any("$10.00" in m.text for m in workspace.ephemerals("#platform", "ada")),
            timeout=20,
        )


def test_an_event_delivered_again_after_a_kill_is_not_answered_twice(home):
    with Workspace.serve() as workspace:
        with serving(home, workspace) as (first, _):
            asked = workspace.post_as("ada", "#platform", "@Purser 2026-04 by team")
            workspace.wait_for(lambda: workspace.replies(asked), timeout=20)
            first.send_signal(signal.SIGKILL)
        with serving(home, workspace) as (_, url):
            for delivery in workspace.deliveries:
                again = Envelope(delivery.kind, delivery.payload, retry=1, reason="http_timeout")
                assert (
                    SignedHttp(url, workspace.signing_secret).send(again, timeout=5).problem == ""
                )
            workspace.slash("ada", "#platform", "/cost", "2026-04")  # answered after the repeats
            workspace.wait_for(lambda: workspace.ephemerals("#platform", "ada"), timeout=20)
            answers = [m for m in workspace.replies(asked) if m.is_from_bot]
            assert len(answers) == 1


@pytest.mark.parametrize("missing", ["SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"])
def test_without_what_proves_slack_it_does_not_start(home, missing):
    environ = {
        "PATH": os.environ["PATH"],
        "PURSER_HOME": str(home),
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
    }
    del environ[missing]
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve", "--port", str(free_port())],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert missing in done.stderr
