"""The clock at work: what is due is run once among replicas, and made up for once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import Purser, build
from bot.config import Config
from bot.watch.jobs import MODULES, off_subject
from bot.watch.ticker import Ticker, watched
from tests.bot.gate_parts import Hands
from tools.core.settings import LakeSettings, Source
from tools.ledger.job_runs import JobRuns, RunState
from tools.ledger.outbox import Outbox
from tools.ledger.watch_choices import WatchChoices
from tools.watch.settings import WatchSettings

NOON = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOG = logging.getLogger("purser.tests")
BILL = (
    "ProviderName,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"
    "ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BilledCost,EffectiveCost,ListCost,"
    "ContractedCost,ServiceName\n"
    "AWS,1,USD,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,2026-11-{day:02}T00:00:00Z,"
    "2026-11-{next:02}T00:00:00Z,Usage,5,5,5,5,Amazon EC2\n"
)


@contextmanager
def replicas(home: Path, clock: Hands, count: int = 1) -> Iterator[list[tuple[Purser, Ticker]]]:
    """Several processes' worth of Purser over one ledger and one folder of bills."""
    source = Source("aws", home / "bills")
    config = Config(
        home=home,
        lake=LakeSettings((source,)),
        ledger_url=f"sqlite:///{home / 'ledger.sqlite'}",
        watch=WatchSettings(operators="C0OPS"),
        clock=clock,
    )
    made = [build(replace(config)) for _ in range(count)]
    for name in MODULES:
        if name != "ingest":  # one job is enough to see the clock at work
            WatchChoices(made[0].ledger).choose(off_subject(name), {"off": True}, by="UADA")
    tickers = [Ticker(purser, logger=LOG, holder=f"r{n}") for n, purser in enumerate(made)]
    try:
        yield list(zip(made, tickers, strict=True))
    finally:
        for purser, ticker in zip(made, tickers, strict=True):
            ticker.end()
            purser.ledger.close()


def bill(home: Path, *, day: int) -> None:
    """A bill through that day, as it was written the day after."""
    import os

    (home / "bills").mkdir(exist_ok=True)
    path = home / "bills" / "november.csv"
    path.write_text(BILL.format(day=day, next=day + 1), encoding="utf-8")
    written = datetime(2026, 11, day + 1, 3, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))


def ticked(*tickers: Ticker) -> None:
    """A tick of each, and all it began."""
    begun = [ticker.tick() for ticker in tickers]
    for futures in begun:
        for future in futures:
            future.result(30)


def waiting(purser: Purser, key: str) -> str:
    found = Outbox(purser.ledger).find(key)
    return found.outgoing.text if found else ""


def ingests(purser: Purser) -> list[tuple[datetime, str, str]]:
    return [(r.scheduled, r.state.value, r.said) for r in JobRuns(purser.ledger).of("ingest")]


def test_a_late_source_is_reported_once_by_one_of_two_and_when_it_is_back(tmp_path):
    clock = Hands(NOON)
    bill(tmp_path, day=15)
    with replicas(tmp_path, clock, 2) as pair:
        purser, tickers = pair[0][0], [ticker for _purser, ticker in pair]
        ticked(*tickers)
        slot = NOON.replace(minute=0)
        assert ingests(purser) == [(slot, "done", "1 source; late: aws.")]
        assert waiting(purser, "late/aws/2026-11-14") == (
            "aws bills are 4 days late: complete through Nov 14, and usually 1 day behind. "
            "Digests say so, and nothing is claimed of the days that are missing."
        )
        # Still late a day on, through another day: that is known.
        clock.at += timedelta(days=1)
        bill(tmp_path, day=16)
        ticked(*tickers)
        assert len(Outbox(purser.ledger).backlog().counts) == 1
        assert sum(Outbox(purser.ledger).backlog().counts.values()) == 1
        bill(tmp_path, day=20)
        clock.at += HOUR
        ticked(*tickers)
        assert waiting(purser, "late/aws/2026-11-14/back") == (
            "aws bills are as recent as usual again."
        )
        # The next time is another one.
        clock.at += timedelta(days=9)
        ticked(*tickers)
        assert waiting(purser, "late/aws/2026-11-19").startswith("aws bills are 9 days late")


def test_a_laptop_that_slept_loads_bills_once(tmp_path):
    clock = Hands(NOON)
    bill(tmp_path, day=19)
    with replicas(tmp_path, clock) as [(purser, ticker)]:
        ticked(ticker)
        clock.at += timedelta(hours=14, minutes=20)
        ticked(ticker, ticker)
        assert [at.hour for at, _state, _said in ingests(purser)] == [2, 12]


def test_what_somebody_played_forward_goes_on_by_the_clock_all_the_same(tmp_path):
    clock = Hands(NOON)
    bill(tmp_path, day=19)
    with replicas(tmp_path, clock) as [(purser, ticker)]:
        tonight, lease = NOON.replace(hour=20, minute=0), timedelta(minutes=1)
        runs = JobRuns(purser.ledger)
        assert runs.claim("ingest", tonight, holder="run-job", lease=lease)
        with purser.ledger.begin() as connection:
            assert runs.end(connection, "ingest", tonight, holder="run-job", said="")
        ticked(ticker, ticker)
        assert [at.hour for at, _state, _said in ingests(purser)] == [20, 12]


def test_what_fails_again_and_again_is_told_to_the_operators_once_a_day(tmp_path):
    clock = Hands(NOON)
    bill(tmp_path, day=19)
    with replicas(tmp_path, clock) as [(purser, ticker)]:
        (tmp_path / "lake").mkdir()
        (tmp_path / "lake" / "manifest.json").write_text("{", encoding="utf-8")
        for _hour in range(5):
            ticked(ticker)
            clock.at += HOUR
        states = {state for _at, state, _said in ingests(purser)}
        assert states == {RunState.FAILED.value}
        said = waiting(purser, "failed/ingest/2026-11-20")
        assert said.startswith("“ingest” failed 3 times in a row, last for Nov 20, 14:00 UTC: ")
        assert sum(Outbox(purser.ledger).backlog().counts.values()) == 1


def test_with_no_channel_named_only_bills_are_loaded(tmp_path):
    clock = Hands(NOON)
    bill(tmp_path, day=9)
    with replicas(tmp_path, clock) as [(purser, _ticker)]:
        quiet = build(replace(purser.config, watch=WatchSettings()))
        ticker = Ticker(quiet, logger=LOG)
        ticked(ticker)
        ticker.end()
        assert set(JobRuns(quiet.ledger).newest()) == {"ingest"}
        assert Outbox(quiet.ledger).backlog().counts == {}
        quiet.ledger.close()


def test_with_no_channel_named_what_was_approved_is_done_all_the_same(tmp_path):
    with replicas(tmp_path, Hands(NOON)) as [(purser, _ticker)]:
        WatchChoices(purser.ledger).forget(off_subject("stops"))
        quiet = build(replace(purser.config, watch=WatchSettings()))
        assert [job.name for job in watched(quiet)] == ["ingest", "stops"]
        quiet.ledger.close()
