"""Unusual spend as channels hear of it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.app import Purser, build
from bot.config import load
from bot.console.block_rules import problems
from bot.watch.anomalies import approved_events, plan
from bot.watch.plans import Plan
from tests.gate.casts import book, done, target
from tests.lake.lakes import charge, write_lake
from tests.test_anomalies import DIMENSIONS, LAST, ML, SEARCH, more, ordinary
from tools.core.clock import FixedClock
from tools.core.periods import DAY
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings
from tools.gate.people import Actor
from tools.gate.proposals import Stage, Verb
from tools.ledger.anomalies import Anomalies
from tools.ledger.happenings import Happening, Happenings
from tools.ledger.outbox import Outbox
from tools.ledger.proposals import Proposals
from tools.ledger.schema import PROPOSALS
from tools.watch.anomaly import Anomaly
from tools.watch.settings import DigestSettings, WatchSettings

pytestmark = pytest.mark.thorough

MORNING = datetime(2026, 11, 17, 9, tzinfo=UTC)
ALL, ML_ONLY = "C0ALL", "C0ML"
WATCH = WatchSettings(
    digests=(
        DigestSettings(channel=ALL),
        DigestSettings(channel=ML_ONLY, scope=(Filter("team", Op.IS, ("ml",)),)),
    ),
    incidents="C0INC",
    severe=1000,
)
SPIKE = more(600, 16, 17, 18, resource_id="i-0new", region="us-west-2")


def purser_on(home: Path, at: datetime, *extra, watch: WatchSettings = WATCH) -> Purser:
    """Purser as of a moment, its bills complete through the day before."""
    day = at.date() - DAY
    charges = [c for c in (*ordinary(), *extra) if c.day <= day]
    return purser_of(home, at, charges, whole=day, watch=watch)


def purser_of(home: Path, at: datetime, charges, *, whole: date, watch=WATCH) -> Purser:
    """Purser as of a moment, on these bills."""
    config = load(home, environ={})
    lake = home / f"lake-{at:%d-%H}"
    write_lake(lake, charges, complete={"aws": whole})
    settings = LakeSettings(dimensions=DIMENSIONS)
    config = replace(config, lake=settings, watch=watch, clock=FixedClock(at))
    purser = build(config)
    object.__setattr__(purser, "__dict__", purser.__dict__ | {"lake": _lake(lake, settings)})
    return purser


def _lake(root: Path, settings: LakeSettings):
    from tools.lake.lake import Lake

    return Lake(root, settings)


def planned(purser: Purser) -> Plan:
    at = purser.config.clock.now()
    found = plan(purser, name="anomalies", at=at)
    again = plan(purser, name="anomalies", at=at)
    assert [post.key for post in again.posts] == [post.key for post in found.posts]
    return found


def kept(purser: Purser) -> Plan:
    found = planned(purser)
    with purser.ledger.begin() as connection:
        Outbox(purser.ledger).put(connection, found.posts)
        for write in found.keep:
            write(connection)
    return found


def lines(post) -> list[str]:
    """What is to be read, a line each; and a check that Slack takes it."""
    blocks = json.loads(post.blocks)
    assert not problems(blocks)
    found = []
    for block in blocks:
        if block["type"] == "rich_text":
            [section] = block["elements"]
            found += "".join(part["text"] for part in section["elements"]).split("\n")
        elif block["type"] == "context":
            found += [f"~ {element['text']}" for element in block["elements"]]
        else:
            found.append(" ".join(f"[{e['text']['text']}]" for e in block["elements"]))
    return found


def test_a_new_machine_is_told_whole(tmp_path):
    purser = purser_on(tmp_path, MORNING, *SPIKE)
    told = Happening(
        start=datetime(2026, 11, 15, 16, tzinfo=UTC), kind="deployment", text="search 4.2 deployed"
    )
    Happenings(purser.ledger).tell(told, actor=Actor("U0ADA"))
    [post] = planned(purser).posts
    assert post.channel == ALL
    assert lines(post) == [
        "$600.00 more than usual on Nov 16 for search · EC2 · us-west-2, where nothing was usual.",
        "Why: $600.00 from 1 new resource.",
        "Resources: i-0new",
        "Likely owner: priya@lumen.example",
        "Environment: prod",
        "Just before: Nov 15: search 4.2 deployed",
        "~ By the bills of Nov 16, whole days, loaded just now. What is usual is an estimate "
        "from its own past.",
        "[Why?] [Real problem] [Expected] [Not useful] [Mute anomalies here]",
    ]


def test_as_it_goes_on_nothing_is_said_again(tmp_path):
    assert len(kept(purser_on(tmp_path, MORNING, *SPIKE)).posts) == 1
    later = purser_on(tmp_path, MORNING + 2 * DAY, *SPIKE)
    assert not kept(later).posts
    [known] = Anomalies(later.ledger).of_channel(ALL)
    assert (known.first_day, known.last_day) == (date(2026, 11, 16), LAST)


def test_each_channel_hears_of_its_own(tmp_path):
    extra = more(500, 16, tags=ML, service="Bedrock")
    posts = planned(purser_on(tmp_path, MORNING, *extra)).posts
    assert sorted(post.channel for post in posts) == [ALL, ML_ONLY]


def test_what_is_severe_opens_an_incident(tmp_path):
    posts = planned(purser_on(tmp_path, MORNING, *more(1500, 16, resource_id="i-0new"))).posts
    assert posts[0].text.startswith("Severe: $1,475.68 more than usual")
    assert [post.channel for post in posts].count("C0INC") >= 1


@pytest.mark.parametrize("scope", [("team", "search"), ("region", "us-west-2")])
def test_what_was_planned_is_kept_and_not_told(tmp_path, scope):
    purser = purser_on(tmp_path, MORNING, *SPIKE)
    name, value = scope
    plan_ = Happening(
        start=datetime(2026, 11, 15, tzinfo=UTC),
        end=datetime(2026, 11, 30, tzinfo=UTC),
        kind="planned",
        text="We reindex",
        scope=(Filter(name, Op.IS, (value,)),),
    )
    Happenings(purser.ledger).tell(plan_, actor=Actor("U0ADA"))
    assert not kept(purser).posts
    assert [known.message for known in Anomalies(purser.ledger).of_channel(ALL)] == [""]


def test_the_first_load_tells_nothing_old(tmp_path):
    old = purser_on(tmp_path, MORNING + 2 * DAY, *more(600, 10, 11, 12, 13, 14, 15, 16, 17, 18))
    assert not kept(old).posts


def test_what_began_while_nobody_looked_is_told(tmp_path):
    kept(purser_on(tmp_path, datetime(2026, 11, 13, 9, tzinfo=UTC)))
    later = purser_on(tmp_path, MORNING + 2 * DAY, *more(600, 14, 15, 16, 17, 18))
    assert len(kept(later).posts) == 1


def test_without_bills_it_says_that_there_are_none(tmp_path):
    config = replace(load(tmp_path, environ={}), watch=WATCH, clock=FixedClock(MORNING))
    found = plan(build(config), name="anomalies", at=MORNING)
    assert found.posts == ()
    assert found.said.startswith("C0ALL: there are no complete days to look at.")


@pytest.mark.parametrize(
    ("labels", "stage", "told"),
    [
        ({"team": "search", "account": None}, Stage.DONE, True),
        ({"team": "ml"}, Stage.DONE, False),
        ({"team": None}, Stage.DONE, False),
        ({"team": "search", "region": "eu-west-1"}, Stage.DONE, False),
        ({"team": "search"}, Stage.DENIED, False),
    ],
)
def test_what_was_approved_just_before_is_told_of_its_own_things(labels, stage, told):
    anomaly = Anomaly(
        key={"team": "search", "region": "us-west-2"},
        first_day=date(2026, 11, 21),
        last_day=date(2026, 11, 21),
        actual=Decimal(900),
        expected=Decimal(0),
        currency="USD",
        score=9.0,
    )
    proposal = done(book(), target(Verb.START, labels=labels), stage=stage)
    found = [event.text for event in approved_events([proposal], anomaly)]
    assert found == (["approved: Start 1 machine, train-1"] if told else [])


def test_another_cause_within_what_is_known_is_told_when_it_begins_later(tmp_path):
    days = (9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
    first = more(700, *days) + more(700, *days, tags=ML)
    kept(purser_on(tmp_path, datetime(2026, 11, 10, 9, tzinfo=UTC), *first))
    second = more(800, 16, 17, 18, resource_id="i-0new", region="eu-west-1")
    posts = kept(purser_on(tmp_path, MORNING, *first, *second)).posts
    assert [post.channel for post in posts] == [ALL]
    assert "eu-west-1" in posts[0].text


def test_what_was_approved_stands_in_the_message_of_those_who_may_see_it(tmp_path):
    spike = more(900, 16, 17, 18, tags=ML, resource_id="i-0new", region="us-west-2")
    purser = purser_on(tmp_path, MORNING, *spike)
    ended = datetime(2026, 11, 15, 16, tzinfo=UTC)
    for number, labels in enumerate(({"team": "ml"}, {"team": "web"})):
        one = target(Verb.START, title=f"train-{number}", labels=labels)
        proposal = replace(done(book(), one, ended=ended), id=f"p{number}")
        Proposals(purser.ledger).create(proposal)
    with purser.ledger.begin() as connection:
        connection.execute(update(PROPOSALS).values(ended=ended))
    posts = {post.channel: post.blocks for post in planned(purser).posts}
    told = {channel: ("train-0" in said, "train-1" in said) for channel, said in posts.items()}
    assert told == {ALL: (True, False), ML_ONLY: (True, False)}


NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


def on_hours(home: Path, at: datetime, *, whole: date) -> Purser:
    """Machines billed by the hour, nine times as many of them from six to twelve on one day."""
    machine = {"sub_account_name": "search", "region": "us-east-1", "service": "EKS"}
    usual = [
        charge(str(day), 25, hour=hour, tags=SEARCH, **machine)
        for day in (NOON.date() - n * DAY for n in range(30))
        for hour in range(24)
        if day <= whole or hour < at.hour
    ]
    burst = [charge("2026-11-19", 200, hour=h, tags=SEARCH, **machine) for h in range(6, 12)]
    whole_days = [line for line in ordinary() if line.day <= whole]
    return purser_of(home, at, [*whole_days, *usual, *burst], whole=whole)


def test_what_began_this_morning_is_told_at_noon_and_not_again_when_the_day_is_whole(tmp_path):
    alarm, *_ = kept(on_hours(tmp_path, NOON, whole=NOON.date() - DAY)).posts
    told = lines(alarm)
    assert told[0] == (
        "Severe: $1,200.00 more than usual on Nov 19, 06:00 UTC, as billed until 12:00 UTC, for "
        "search · EKS · us-east-1: $1,500.00 instead of about $300.00 (+400.0 %)."
    )
    assert told[-2] == (
        "~ By the bills of Nov 19, until 12:00 UTC, against the same hours of usual days, loaded "
        "just now. What is usual is an estimate from its own past."
    )
    purser = on_hours(tmp_path, NOON + DAY, whole=NOON.date())
    assert kept(purser).posts == ()
    [known] = Anomalies(purser.ledger).of_channel(ALL)
    assert (known.actual, known.expected) == (Decimal("1800.00"), Decimal("600.00"))
