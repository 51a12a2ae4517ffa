"""What the demo's visitor finds: the days until now, played through in the local workspace."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import build
from bot.config import Secrets
from bot.console.workspace import Workspace
from bot.rehearsal import Rehearsal, StageClock, begins
from tests.bot.gate_parts import text
from tests.samples.companies import NOW, loaded_company
from tools.core.clock import FixedClock
from tools.ledger.budgets import BudgetRecords
from tools.ledger.happenings import Happenings
from tools.ledger.incidents import Incidents
from tools.ledger.job_runs import JobRuns
from tools.samples.budgets import write_budgets
from tools.samples.fleet import FILE, launch_sweep, write_fleet
from tools.samples.happenings import tell_happenings

LOGGER = logging.getLogger("tests.rehearsal")
YESTERDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)


class House:
    """A workspace, and Purser in it over the sample company."""

    def __init__(self, workspace, clock, config):
        self.workspace, self.clock = workspace, clock
        secrets = Secrets(workspace.bot_token, None, workspace.signing_secret)
        slack = replace(config.slack, api_url=workspace.api_url)
        self.purser = build(replace(config, slack=slack, secrets=secrets))

    def play(self):
        Rehearsal(self.purser, self.clock, LOGGER).go()

    def said(self, channel):
        """Day and text of what stands in a channel, threads left out."""
        return [
            (datetime.fromtimestamp(float(m.ts), UTC).strftime("%b %d"), text(m))
            for m in self.workspace.messages(channel)
            if not m.thread_ts
        ]


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return loaded_company(tmp_path_factory)


@pytest.fixture
def config(company, tmp_path):
    (tmp_path / "lake").symlink_to(company.config.lake_root)
    write_fleet(tmp_path / FILE, clock=FixedClock(NOW))
    clouds = replace(company.config.clouds, simulated=tmp_path / FILE)
    config = replace(
        company.config, home=tmp_path, clouds=clouds, ledger_url=f"sqlite:///{tmp_path}/ledger"
    )
    purser = build(config)
    write_budgets(BudgetRecords(purser.ledger), context=purser.context())
    tell_happenings(Happenings(purser.ledger), company=company.company)
    purser.ledger.close()
    return config


@pytest.fixture
def open_house(config):
    """Opens the house again and again, each time with a workspace that knows nothing."""
    houses = []

    def opened(**watch):
        clock = StageClock(FixedClock(NOW), begins(FixedClock(NOW)))
        serving = Workspace.serve(clock=clock)
        watched = replace(config, watch=replace(config.watch, **watch))
        houses.append((serving, house := House(serving.__enter__(), clock, watched)))
        return house

    yield opened
    for serving, house in houses:
        house.purser.ledger.close()
        serving.__exit__(None, None, None)


def watched_until_yesterday(house):
    runs = JobRuns(house.purser.ledger)
    for job in ("alerts", "anomalies", "digest C0MLRESRCH daily"):
        runs.claim(job, YESTERDAY, holder="x", lease=timedelta(0))


def test_who_comes_at_any_hour_finds_this_mornings_digest_and_finds_it_again(open_house, config):
    digests = config.watch.digests[:1]
    first = open_house(digests=digests)
    watched_until_yesterday(first)
    first.play()
    found = [day for day, said in first.said("#ml-research") if "team=ml-research on" in said]
    assert found == ["Nov 21"]
    second = open_house(digests=digests)
    second.play()
    for channel in ("#ml-research", "#finops", "#incidents", "#platform"):
        assert second.said(channel) == first.said(channel), channel


def test_what_was_launched_is_there_for_the_watch_to_find(config):
    purser = build(config)
    before = len(purser.fleet.inventory().resources)
    launch_sweep(config.clouds.simulated, clock=config.clock)
    assert len(purser.fleet.inventory().resources) == before + 8


@pytest.mark.thorough
def test_the_whole_month_is_told_day_by_day(open_house):
    house = open_house()
    house.play()
    told = [(day, said) for day, said in house.said("#finops") if "team=search a month:" in said]
    reached = [said.split(" for team=search a month: ")[1].split(",")[0] for _, said in told[1:]]
    reached = [said for said in reached if "reached" in said or "gone" in said]
    assert reached == ["50 % reached", "75 % reached", "90 % reached", "the budget is gone"]
    days = [day for day, _ in house.said("#finops")]
    assert days == sorted(days)
    (anomaly,) = [said for _, said in house.said("#finops") if said.startswith("Severe")]
    assert "4 new resources" in anomaly
    assert "Nov 10: embed-refresh 2.4" in anomaly
    worst = min(Incidents(house.purser.ledger).going(), key=lambda one: one.severity)
    assert (worst.severity, f"{worst.opened:%b %d}") == (1, "Nov 12")
