"""`/purser schedule`: what it reads, what it shows, and who may change what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.console.block_rules import problems
from bot.watch.schedule_words import Wish, read_wish
from tests.bot.gate_parts import ADA, BEN, CHLOE, hall, text
from tools.core.errors import InputError
from tools.watch.settings import DigestSettings, WatchSettings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WATCH = WatchSettings(zone="Europe/Berlin", digests=(DigestSettings(channel="C0PLATFORM"),))
DAILY = "digest C0PLATFORM daily"


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("", None),
        ("daily at 8:30", Wish(DAILY, {"at": "08:30"})),
        ("digest daily 8", Wish(DAILY, {"at": "08:00"})),
        ("Weekly Digest off", Wish("digest C0PLATFORM weekly", {"off": True})),
        ("<#C0ML|ml> daily at 17", Wish("digest C0ML daily", {"at": "17:00"})),
        ("C0MLRESRCH weekly at 9", Wish("digest C0MLRESRCH weekly", {"at": "09:00"})),
        ("daily on", Wish(DAILY, None, keeps_hour=True)),
        ("alerts as configured", Wish("alerts", None)),
        ("alerts every 30 minutes", Wish("alerts", {"every": 30})),
        ("anomalies every hour", Wish("anomalies", {"every": 60})),
        ("needs at 11:00", Wish("needs", {"at": "11:00"})),
        (
            "daily off until 2026-12-01",
            Wish(DAILY, {"off": True}, datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ),
    ],
)
def test_what_it_reads(typed, wish):
    assert read_wish(typed, channel="C0PLATFORM", zone="Europe/Berlin", now=NOW) == wish


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("lunch at 12", "What runs when? I know of: daily digest, weekly digest,"),
        ("daily at 25:00", "I cannot read “at 25:00” for digest C0PLATFORM daily."),
        ("daily every 5 minutes", "I cannot read “every 5 minutes” for digest"),
        ("stops every 30 minutes", "Stops by the clock are looked for every minute, because each"),
        ("alerts at 9", "I cannot read “at 9” for alerts."),
        ("alerts every 0 minutes", "Every how many minutes? Say a number from 1 to 1440."),
        ("daily off until 2026-02-30", "“2026-02-30” is no day; write it like 2026-12-01."),
        ("daily off until 2026-11-20", "2026-11-20 is over already."),
    ],
)
def test_what_it_does_not_read(typed, said):
    with pytest.raises(InputError) as caught:
        read_wish(typed, channel="C0PLATFORM", zone="Europe/Berlin", now=NOW)
    assert caught.value.sentence.startswith(said)


def test_anybody_there_may_change_the_hour_of_a_digest_and_admins_all_else(tmp_path):
    with hall(tmp_path, watch=WATCH) as here:
        here.ask("ada", "/purser", "schedule daily at 8:30")
        said = here.workspace.wait_for(lambda: here.workspace.messages("#platform"))[-1]
        assert text(said) == f"@{ADA} set the daily digest: every day at 08:30."
        assert problems(list(said.blocks)) == []

        here.ask("ada", "/purser", "schedule ingest every 2 hours")
        refused = here.told("ada", says="Only an admin")
        assert text(refused).startswith("Only an admin of the policy may change that;")
        here.ask("ada", "/purser", "schedule daily at 8:30", channel="#random")
        here.told("ada", "#random", says="Only an admin")
        here.ask("dmitri", "/purser", "schedule daily off", channel="#ml-research")
        here.told("dmitri", "#ml-research", says="Only full members")

        here.ask("chloe", "/purser", "schedule ingest every 2 hours")
        here.workspace.wait_for(lambda: len(here.workspace.messages("#platform")) == 2)
        here.ask("ben", "/purser", "schedule")
        listed = here.told("ben", says="by the clock")
        assert "ingest: every 2 hours, next 15:00; changed by" in text(listed)
        assert f"daily digest for : every day at 08:30, next Nov 21, 08:30; changed by @{ADA}" in (
            text(listed)
        )
        assert f"@{CHLOE}" in text(listed)
        assert problems(list(listed.blocks)) == []

        assert BEN not in text(listed)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["daily off until 2026-12-01"], "off until Dec 1"),
        (["daily at 8", "daily off", "daily on"], "every day at 08:00"),
        (["daily at 8", "daily off", "daily as configured"], "every day at 09:00"),
        (["daily off", "daily at 7:45"], "every day at 07:45"),
    ],
)
def test_a_digest_put_off_keeps_its_hour(tmp_path, lines, said):
    with hall(tmp_path, watch=WATCH) as here:
        for count, line in enumerate(lines, start=1):
            here.ask("ada", "/purser", f"schedule {line}")
            here.workspace.wait_for(lambda n=count: len(here.workspace.messages("#platform")) == n)
        newest = here.workspace.messages("#platform")[-1]
        assert text(newest) == f"@{ADA} set the daily digest: {said}."
