"""The job `digest`: its keys, what it may see, and its menu in a local workspace."""

from __future__ import annotations

import atexit
import json
import logging
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from bot.app import Purser, build
from bot.blocks import ASK
from bot.config import Config, ScopeSettings
from bot.config import SlackSettings as Slack
from bot.console.block_rules import problems
from bot.listeners.digests import CHOSEN, hours_message, line_for
from bot.watch.digest_blocks import CHANGE
from bot.watch.digesting import plan
from bot.watch.running import keep, run
from bot.watch.schedule_words import Wish, read_wish
from bot.watch.sending import sender
from tests.asking import Bills
from tests.bot.gate_parts import ADA, NOON, hall, text
from tests.gate.casts import BEN, HOME, book, proposed, target
from tests.gate.casts import NOW as CASTS_NOW
from tests.lake.lakes import charge
from tests.watch.test_digest import TEAM, each_day
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.scope import Scope
from tools.core.settings import LakeSettings, Source
from tools.gate.people import Actor
from tools.ledger.accruals import keep_accrued, keep_billed
from tools.ledger.proposals import Proposals
from tools.watch.accrual import Accrued
from tools.watch.outgoing import Sort
from tools.watch.settings import DigestSettings, WatchSettings

AT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
ML = read_conditions("team=ml")
LAST = date(2026, 11, 19)
AWS = Source("aws", Path("aws"))
JOB = "digest C0PLATFORM daily"
ALWAYS = {"since": AT - timedelta(days=9), "until": AT + timedelta(days=9)}


def two_teams(folder: Path) -> None:
    """Team ml pays 100 a day and on the last one 250 more, web 40."""
    shutil.copytree(_written(), folder / "lake")


@cache
def _written() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Bills(folder).add(
        *each_day(100, tags={"team": "ml"}, first=date(2026, 9, 1), last=LAST),
        *each_day(40, tags={"team": "web"}, first=date(2026, 9, 1), last=LAST),
        charge(str(LAST), 250, tags={"team": "ml"}, service="SageMaker"),
    )
    return folder


def purser_in(
    folder: Path, *, watch: WatchSettings, at: datetime = AT, sources=(), **scope: object
) -> Purser:
    config = Config(
        home=folder,
        lake=LakeSettings(sources=sources, dimensions=(TEAM,)),
        ledger_url=f"sqlite:///{folder / 'ledger.sqlite'}",
        slack=Slack(),
        scope=ScopeSettings(channels=scope),
        watch=watch,
        clock=FixedClock(at),
    )
    return build(config)


def test_a_digest_is_named_by_its_channel_its_pace_and_the_day_there(tmp_path):
    two_teams(tmp_path)
    purser = purser_in(tmp_path, watch=WatchSettings(zone="Europe/Berlin"))
    found = plan(purser, name="digest C0ML daily", at=AT)
    assert [(p.key, p.thread, p.channel, p.sort) for p in found.posts] == [
        ("digest/C0ML/daily/2026-11-21", "", "C0ML", Sort.DIGEST),
        (
            "digest/C0ML/daily/2026-11-21/details",
            "digest/C0ML/daily/2026-11-21",
            "C0ML",
            Sort.DIGEST,
        ),
    ]
    assert found.said == found.posts[0].text
    assert found == plan(purser, name="digest C0ML daily", at=AT)
    purser.ledger.close()


@pytest.mark.parametrize("way", ["about", "may see"])
def test_it_tells_only_what_its_channel_is_about_and_may_see(tmp_path, way):
    two_teams(tmp_path)
    if way == "about":
        digests = (DigestSettings(channel="C0ML", scope=ML),)
        purser = purser_in(tmp_path, watch=WatchSettings(digests=digests))
    else:
        purser = purser_in(tmp_path, watch=WatchSettings(), C0ML=Scope(ML))
    found = plan(purser, name="digest C0ML daily", at=AT)
    assert found.posts[0].text.startswith(
        "$350.00 for team=ml on Thu, Nov 19: $250.00 more (+250.0 %) than a usual Thursday"
    )
    said = json.dumps([json.loads(post.blocks) for post in found.posts])
    assert "web" not in said
    purser.ledger.close()


def test_a_month_is_told_once_on_the_first_day_its_bills_are_closed(tmp_path):
    two_teams(tmp_path)
    days = {n: datetime(2026, 11, n, 9, tzinfo=UTC) for n in (2, 4, 5)}
    told = {}
    for n, at in days.items():
        purser = purser_in(tmp_path, watch=WatchSettings(), at=at)
        found = plan(purser, name="digest C0ML monthly", at=at)
        keep(purser, found)
        told[n] = (tuple(p.key for p in found.posts)[:1], found.said[:33])
        purser.ledger.close()
    assert told == {
        2: ((), "The bills of October 2026 are not"),
        4: (("digest/C0ML/monthly/2026-10",), "$4,340.00 in October 2026: $140.0"),
        5: ((), "October 2026 has been told."),
    }


def test_a_month_is_reconciled_with_its_bills(tmp_path):
    two_teams(tmp_path)
    at = datetime(2026, 11, 4, 9, tzinfo=UTC)
    purser = purser_in(tmp_path, watch=WatchSettings(), at=at, C0ML=Scope(ML))
    rows = [
        Accrued(
            day=date(2026, month, day),
            resource=f"aws/1/us-east-1/instance/i-{team}",
            amount=Decimal(11),
            currency="USD",
            hourly=Decimal(1),
            through=at,
            labels={"team": team},
        )
        for month, day, team in ((10, 30, "ml"), (10, 31, "ml"), (10, 31, "web"), (11, 1, "ml"))
    ]
    with purser.ledger.begin() as connection:
        keep_accrued(connection, rows, at=at)
        keep_billed(connection, {(row.day, row.resource): Decimal(10) for row in rows})
    said = plan(purser, name="digest C0ML monthly", at=at).posts[0].blocks
    assert "estimated 10.0 % too high, $2.00 on $20.00 billed, 2 machine days." in said
    purser.ledger.close()


def test_only_proposals_about_what_is_the_channels_are_told(tmp_path):
    two_teams(tmp_path)
    later = CASTS_NOW + timedelta(hours=1)
    purser = purser_in(tmp_path, watch=WatchSettings(), at=later, C0ML=Scope(ML))
    proposals = Proposals(purser.ledger)
    for team in ("ml", "web", "ml"):
        made = proposed(book(), target(title=f"{team}-1", labels={"team": team}))
        kept = proposals.create(replace(made, id=f"{len(proposals.ended(**ALWAYS))}{team}"))
        proposals.deny(kept, actor=Actor(BEN, HOME))
    soon, long_after = later + timedelta(minutes=1), later + timedelta(days=2)
    said = [
        plan(purser, name=f"digest {channel} daily", at=at).posts[1].blocks
        for channel, at in (("C0ML", soon), ("C0ALL", soon), ("C0ALL", long_after))
    ]
    counts = [(text.count("Stop 1 machine, ml-1"), text.count("web-1")) for text in said]
    assert counts == [(2, 0), (2, 1), (0, 0)]
    purser.ledger.close()


def test_while_no_bill_comes_in_the_same_day_is_told_once(tmp_path):
    two_teams(tmp_path)
    said = []
    for days in range(5):
        at = AT + timedelta(days=days)
        purser = purser_in(tmp_path, watch=WatchSettings(), at=at, sources=(AWS,))
        found = plan(purser, name="digest C0ML daily", at=at)
        assert found.posts == plan(purser, name="digest C0ML daily", at=at).posts
        keep(purser, found)
        said.append((found.said.partition(". ")[0][:60], len(found.posts)))
        purser.ledger.close()
    assert said == [
        ("$390.00 on Thu, Nov 19: $250.00 more (+178.6 %) than a usual", 2),
        ("Nothing new since the digest of Thu, Nov 19", 1),
        ("Nothing new since the digest of Thu, Nov 19", 1),
        ("Nothing new since the digest of Thu, Nov 19, the newest whol", 1),
        ("Nothing new since the digest of Thu, Nov 19, the newest whol", 1),
    ]


def test_without_charges_nothing_is_posted(tmp_path):
    two_teams(tmp_path)
    digests = (DigestSettings(channel="C0ML", scope=read_conditions("team=nobody")),)
    purser = purser_in(tmp_path, watch=WatchSettings(digests=digests))
    found = plan(purser, name="digest C0ML daily", at=AT)
    assert (found.posts, found.said) == ((), "No charge matches what this channel is about.")
    purser.ledger.close()


@pytest.mark.parametrize(
    ("what", "wish"),
    [
        ("snooze", Wish(JOB, {"off": True}, datetime(2026, 11, 27, 23, tzinfo=UTC))),
        ("stop", Wish(JOB, {"off": True})),
    ],
)
def test_the_menu_says_what_the_schedule_reads(what, wish):
    zone = "Europe/Berlin"
    line = line_for(what, JOB, now=AT, zone=zone)
    assert read_wish(line, channel="C0ELSE", zone=zone, now=AT) == wish


def test_what_is_none_of_its_choices_says_nothing():
    assert line_for("snooze", "", now=AT, zone="UTC") == ""
    assert line_for("format", JOB, now=AT, zone="UTC") == ""


def test_every_hour_is_offered():
    message = hours_message(JOB, zone="Europe/Berlin")
    assert problems(list(message.blocks)) == []
    assert message.text == "When should the daily digest come? Hours are in Europe/Berlin time."
    options = message.blocks[1]["elements"][0]["options"]
    assert [o["value"] for o in options] == [f"{n:02}:00 {JOB}" for n in range(24)]


def test_a_digest_is_posted_asked_about_and_changed(tmp_path):
    two_teams(tmp_path)
    watch = WatchSettings(digests=(DigestSettings(channel="C0PLATFORM"),))
    with hall(tmp_path, watch=watch) as here:
        workspace = here.workspace
        assert run(here.purser, JOB, NOON, holder="here")
        post = replace(sender(here.purser, logger=logging.getLogger("test")), gap=0.0)
        assert post.round() == 2
        assert run(here.purser, JOB, NOON, holder="there") is None

        def answers():
            return workspace.messages("#platform")

        head, details = answers()
        assert details.thread_ts == head.ts
        assert [b["type"] for b in head.blocks] == [
            "rich_text",
            "rich_text",
            "rich_text",
            "image",
            "context",
            "actions",
        ]
        assert text(head).startswith("$390.00 on Thu, Nov 19: $250.00 more (+178.6 %) than a usual")

        workspace.post_as("ada", "#platform", "@Purser by team", thread_ts=head.ts)
        says = "$390.00 on Nov 19"
        workspace.wait_for(lambda: [m for m in answers() if text(m).startswith(says)])

        workspace.press("ada", head, f"{ASK}.0")
        why = "$250.00 more on Nov 19"
        workspace.wait_for(lambda: [m for m in answers() if text(m).startswith(why)])

        workspace.press("ada", head, CHANGE, option=f"hour {JOB}")
        hours = here.told("ada", says="When should")
        workspace.press("ada", hours, CHOSEN, option=f"08:00 {JOB}")
        said = f"@{ADA} set the daily digest: every day at 08:00."
        workspace.wait_for(lambda: said in [text(m) for m in answers()])

        workspace.press("ada", head, CHANGE, option=f"snooze {JOB}")
        said = f"@{ADA} set the daily digest: off until Nov 27."
        workspace.wait_for(lambda: said in [text(m) for m in answers()])
        assert all(m.thread_ts == head.ts for m in answers()[1:])
