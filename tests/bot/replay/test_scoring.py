"""How messages on unusual spend and on what is to come are held against what was planted."""

import ast
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.replay.expected import Warned, Warnings, judged
from bot.replay.scoring import again, found_of, is_announced, known_on, most_a_month
from tests.bot.replay.test_expected import APRIL, year
from tools.core.periods import Period
from tools.core.query import Filter, Op
from tools.ledger.anomalies import Known
from tools.samples.planted import Plant, Planted

ROOT = Path(__file__).parents[3]
OF_THE_TRUTH = (
    "tools/samples/planted.py", "tools/samples/planting.py", "tools/samples/planted_year.py",
    "tools/samples/ordinary.py", "tools/samples/seen.py", "bot/replay/expected.py",
)  # fmt: skip


def planted(plant: Plant, first: int, days: int, **where: str | None) -> Planted:
    start = date(2026, 4, first)
    place = {"team": "ml", "service": "EC2", "account": "lab", **where}
    return Planted(
        plant=plant,
        source="aws",
        days=Period(start, date(2026, 4, first + days)),
        where=place,
        a_day=Decimal(500),
    )


SPIKE = planted(Plant.SPIKE, 10, 3)
LATER = planted(Plant.STEP, 11, 14, service="S3")
QUIET = planted(Plant.PURCHASE, 20, 1)
ALL = (SPIKE, LATER, QUIET)


def said(first: int, last: int, **key: str) -> Known:
    return Known(
        id="one",
        channel="C0ML",
        scope=tuple(Filter(name, Op.IS, (value,)) for name, value in key.items()),
        first_day=date(2026, 4, first),
        last_day=date(2026, 4, last),
        actual=Decimal(900),
        expected=Decimal(400),
        currency="USD",
        score=9.0,
        message="anomaly/one",
        at=datetime(2026, 4, last, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("known", "event"),
    [
        (said(10, 10, team="ml", service="EC2"), SPIKE),
        (said(10, 10, team="ML"), SPIKE),
        (said(11, 12, team="ml"), LATER),  # may be both, and counts for one: the nearest
        (said(9, 10, team="ml", service="EC2"), SPIKE),  # noise hides where it begins
        (said(8, 10, team="ml", service="EC2"), None),  # it began before there was anything
        (said(13, 14, team="ml", service="EC2"), None),  # it was over by then
        (said(10, 10, team="web"), None),
        (said(20, 20, team="ml", service="EC2"), None),  # a purchase is no alarm
    ],
)
def test_a_message_tells_one_thing_that_had_begun(known: Known, event: Planted | None):
    found = found_of(ALL, known, channel="C0ML", day=date(2026, 4, 14))
    assert (found.event, found.is_true) == (event, event is not None)


def test_a_second_message_on_one_event_is_no_second_hit_but_another_channel_is_told_too():
    def found(channel: str, **key: str):
        return found_of(ALL, said(10, 12, **key), channel=channel, day=date(2026, 4, 14))

    first = again(found("C0ML", team="ml", service="EC2"), [])
    second = again(found("C0ML", service="EC2"), [first])
    other = again(found("C0FINOPS", service="EC2"), [first, second])
    assert [f.is_true for f in (first, second, other)] == [True, False, True]
    assert (
        second.text
        == "2026-04-14 C0ML: service=EC2 since 2026-04-10, 500 over 400 (told again: spike)"
    )


def test_what_begins_under_an_announcement_of_all_its_team_spends_need_not_be_found():
    move = planted(Plant.MIGRATION, 8, 10, service="Virtual Machines")
    of_team = replace(move, scope=(Filter("team", Op.IS, ("ml",)),))
    of_one = replace(move, scope=(*of_team.scope, Filter("service", Op.IS, ("EBS",))))
    assert is_announced(SPIKE, by=of_team)
    assert not is_announced(SPIKE, by=of_one)
    assert not is_announced(SPIKE, by=replace(of_team, days=Period(APRIL.start, SPIKE.days.start)))
    assert not is_announced(SPIKE, by=replace(of_team, plant=Plant.SPIKE))


def test_a_delay_counts_from_the_morning_that_knows_the_first_day():
    assert known_on(SPIKE) == date(2026, 4, 12)
    assert known_on(replace(SPIKE, source="openai")) == date(2026, 4, 11)


def test_of_false_alarms_the_channel_with_the_most_counts():
    year = Period(date(2025, 11, 1), date(2026, 11, 1))
    assert most_a_month({"C0ML": 12, "C0FINOPS": 3}, year) == 1.0
    assert most_a_month({}, year) == 0.0


@pytest.mark.parametrize(
    ("amounts", "judgement"),
    [
        ([299], (1, 0, 1)),
        ([300], (1, 0, 0)),  # all of it and no more
        ([200, 299], (2, 0, 2)),  # raised, and foretold of the new amount
        ([299, 299], (1, 1, 1)),
        ([], (0, 0, 0)),
    ],
)
def test_an_overrun_that_was_foretold_is_held_against_what_came(
    amounts: list[float], judgement: tuple[int, int, int]
):
    warned = [Warned(0, APRIL.start, "forecast", amount, date(2026, 4, 9)) for amount in amounts]
    found = judged(warned, year(100))
    assert (found.sent, found.doubled, found.right) == judgement


def test_of_a_period_whose_end_nobody_knows_nothing_is_judged():
    warned = [Warned(0, date(2026, 5, 1), "forecast", 1.0, date(2026, 5, 9))]
    assert judged(warned, year(100)) == Warnings(0, 0, ())


@pytest.mark.parametrize("file", OF_THE_TRUTH)
def test_the_truth_knows_nothing_of_who_looks_for_it(file: str):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    looking = ("tools.watch", "tools.anomalies", "tools.positions", "bot.watch")
    assert [name for name in names if name and name.startswith(looking)] == []
