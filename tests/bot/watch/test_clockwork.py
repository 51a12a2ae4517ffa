"""Two replicas that serve one workspace: what is due is said there by one of them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from bot.app import build
from bot.config import Secrets, SlackSettings
from bot.console.workspace import Workspace
from bot.watch.clockwork import clockwork
from tests.bot.gate_parts import Hands
from tests.bot.watch.test_ticker import LOG, NOON, bill, replicas
from tools.ledger.job_runs import JobRuns
from tools.watch.settings import WatchSettings


def test_of_two_replicas_one_speaks(tmp_path):
    clock = Hands(NOON)
    bill(tmp_path, day=15)
    with (
        ExitStack() as stack,
        Workspace.serve(ack_timeout=2.0, clock=clock) as workspace,
        replicas(tmp_path, clock, 2) as pair,
    ):
        for made, _ticker in pair:
            config = replace(
                made.config,
                slack=SlackSettings(api_url=workspace.api_url),
                secrets=Secrets(workspace.bot_token, None, workspace.signing_secret),
                watch=WatchSettings(operators="C0PLATFORM"),
            )
            purser = build(config)
            stack.callback(purser.ledger.close)
            stack.enter_context(clockwork(purser, logger=LOG, pauses=(0.3, 0.2)))
        first = workspace.wait_for(lambda: workspace.messages("#platform"), timeout=10)[0]
        assert first.text.startswith("aws bills are 4 days late")
        # Both have looked again since.
        clock.at = NOON.replace(hour=13)
        bill(tmp_path, day=19)
        workspace.wait_for(lambda: workspace.replies(first), timeout=10)
        assert len(workspace.messages("#platform")) == 2  # and not one of them from the other
        assert {run.state for run in JobRuns(purser.ledger).of("ingest")} == {"done"}
