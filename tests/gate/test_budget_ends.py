"""Budgets that hold for a time: proposed with a day, and back to what they were on it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.proposal_words import changes_text
from tests.budgeting import ADA
from tests.clouds.small_budgets import AWS_LINK
from tests.gate.budget_halls import Hall
from tests.gate.budget_halls import hall as hall
from tools.clouds.resources import Verb
from tools.core.budget import Budget, Ending
from tools.core.errors import InputError, RefusedError
from tools.gate.effects import weight
from tools.gate.proposals import Stage
from tools.ledger.audit import Audit
from tools.ledger.budgets import fall_back
from tools.ledger.freezes import Freezes

UNTIL = "2026-12-15"
DAY = datetime(2026, 12, 15, tzinfo=UTC)


@pytest.fixture
def both(tmp_path, ledger_url):
    found = Hall(tmp_path, ledger_url)
    yield found
    found.close()


def now(hall: Hall, budget: Budget) -> Budget:
    found = hall.records.find(budget.id)
    assert found
    return found


def falls(hall: Hall, was: Budget, at: datetime = DAY) -> Budget:
    with hall.house.ledger.begin() as connection:
        return fall_back(connection, was, at=at)


def test_an_approved_exception_is_kept_and_taken_back(both):
    budget = both.house.add("team=ml")
    done = both.done("team=ml", "25000", UNTIL)
    assert done.stage is Stage.DONE
    held = now(both, budget)
    ending = Ending(until=date(2026, 12, 15), back_to=Decimal(20000), deed=f"{done.id}-1-0")
    assert (held.amount, held.ending) == (Decimal(25000), ending)
    assert both.undone(done).stage is Stage.DONE
    assert (now(both, budget).amount, now(both, budget).ending) == (Decimal(20000), None)
    assert Audit(both.house.ledger).verify().faults == ()


def test_on_its_day_it_falls_back_once_and_the_record_says_by_which_deed(both):
    budget = both.house.add("team=ml")
    done = both.done("team=ml", "25000", UNTIL)
    held = now(both, budget)
    back = falls(both, held)
    assert now(both, budget) == back
    assert (back.amount, back.ending, back.version) == (Decimal(20000), None, 3)
    entry = Audit(both.house.ledger).entries(subject=budget.target)[-1]
    assert (entry.event, entry.actor, entry.via) == ("budget fell back", "purser", "schedule")
    assert json.loads(entry.after)["deed"] == f"{done.id}-1-0"
    assert json.loads(entry.before)["until"] == UNTIL
    with pytest.raises(RefusedError, match="was changed meanwhile"):
        falls(both, held)
    with pytest.raises(RefusedError, match="does not fall back now"):
        falls(both, back)
    assert Audit(both.house.ledger).verify().faults == ()


def test_not_before_its_day(hall):
    budget = hall.house.add("team=ml")
    hall.done("team=ml", "25000", UNTIL)
    with pytest.raises(RefusedError, match="does not fall back now"):
        falls(hall, now(hall, budget), datetime(2026, 12, 14, 23, 59, tzinfo=UTC))


def test_not_while_purser_is_frozen(hall):
    budget = hall.house.add("team=ml")
    hall.done("team=ml", "25000", UNTIL)
    Freezes(hall.house.ledger).freeze(actor=ADA)
    with pytest.raises(RefusedError, match="frozen"):
        falls(hall, now(hall, budget))
    assert now(hall, budget).amount == Decimal(25000)


def test_never_to_more_than_it_is(hall):
    budget = hall.house.add("team=ml")
    hall.done("team=ml", "25000", UNTIL)
    held = now(hall, budget)
    more = replace(held, ending=replace(held.ending, back_to=Decimal(30000)))
    with pytest.raises(RefusedError, match="does not fall back now"):
        falls(hall, more)
    with pytest.raises(InputError, match="falls back to less than it is"):
        hall.records.change(more, was=held, actor=ADA)


def test_a_later_approved_change_lets_it_stay(hall):
    budget = hall.house.add("team=ml")
    hall.done("team=ml", "25000", UNTIL)
    held, later = now(hall, budget), hall.propose("team=ml", "26000")
    assert changes_text(later.targets[0]) == (
        "amount $25,000.00 → $26,000.00, without an end (was until Dec 15, 2026)"
    )
    assert later.notes[0] == (
        "It does not fall back on Dec 15, 2026 any more: the new amount holds until somebody "
        "changes it."
    )
    assert hall.desk.run(later).stage is Stage.DONE
    assert (now(hall, budget).amount, now(hall, budget).ending) == (Decimal(26000), None)
    with pytest.raises(RefusedError, match="was changed meanwhile"):
        falls(hall, held)


def test_an_exception_to_an_exception_falls_back_to_what_was_before_both(hall):
    budget = hall.house.add("team=ml")
    hall.done("team=ml", "25000", UNTIL)
    more = hall.propose("team=ml", "30000", "2026-12-20")
    assert changes_text(more.targets[0]) == (
        "amount $25,000.00 → $30,000.00 until Dec 20, 2026 (was until Dec 15, 2026), "
        "then back to $20,000.00"
    )
    assert hall.desk.run(more).stage is Stage.DONE
    assert now(hall, budget).ending.back_to == Decimal(20000)
    assert hall.undone(more).stage is Stage.DONE  # to the first exception
    held = now(hall, budget)
    assert (held.amount, held.ending.until) == (Decimal(25000), date(2026, 12, 15))


def test_more_time_alone_is_a_change_and_weighs_what_is_prolonged(hall):
    hall.house.add("team=ml")
    hall.done("team=ml", "25000", UNTIL)
    longer = hall.propose("team=ml", "25000", "2027-01-15").targets[0]
    assert changes_text(longer) == (
        "stays at $25,000.00 until Jan 15, 2027 (was until Dec 15, 2026), then back to $20,000.00"
    )
    stays = hall.propose("team=ml", "25000").targets[0]
    assert [weight(longer), weight(stays)] == [Decimal(5000), Decimal(5000)]


def test_who_owns_it_may_change_meanwhile(hall):
    budget = hall.house.add("team=ml")
    hall.done("team=ml", "25000", UNTIL)
    held = now(hall, budget)
    other = hall.records.change(replace(held, owner="UOTHER"), was=held, actor=ADA)
    assert (falls(hall, other).amount, now(hall, budget).owner) == (Decimal(20000), "UOTHER")


def test_the_card_says_what_happens_on_the_day(hall):
    hall.house.add("team=ml")
    proposal = hall.propose("team=ml", "25000", UNTIL)
    assert changes_text(proposal.targets[0]) == (
        "amount $20,000.00 → $25,000.00 until Dec 15, 2026, then back to $20,000.00"
    )
    assert proposal.notes[0] == (
        "On Dec 15, 2026, UTC, it falls back to $20,000.00 by itself, announced in its channel "
        "two days before."
    )
    assert dict(proposal.targets[0].deed.after) == {
        "amount": "25000",
        "until": "2026-12-15",
        "then back to": "20000",
    }


def test_the_card_of_a_linked_one_says_that_somebody_is_asked(hall):
    budget = hall.linked()
    proposal = hall.propose("team=ml", "25000", UNTIL)
    assert proposal.notes[0] == (
        "On Dec 15, 2026 it does not fall back by itself, because Purser changes the budget in "
        "AWS only with an approval: its owner is asked then to set both back to $20,000.00."
    )
    assert hall.desk.run(proposal).stage is Stage.DONE
    assert hall.cloud.held[AWS_LINK].amount == Decimal(25000)
    assert hall.done("team=ml", "20000").stage is Stage.DONE
    assert hall.cloud.held[AWS_LINK].amount == Decimal(20000)
    assert now(hall, budget).ending is None


def test_a_day_that_comes_before_the_approval_changes_nothing(hall):
    budget = hall.house.add("team=ml")
    proposal = hall.propose("team=ml", "25000", "2026-11-22")
    hall.desk.clock.at = datetime(2026, 11, 21, 23, 59, tzinfo=UTC)
    target = proposal.targets[0]
    hall.desk.clock.at = datetime(2026, 11, 22, 0, 1, tzinfo=UTC)
    with pytest.raises(RefusedError, match="ends on a day to come"):
        hall.world.act(target.deed, target.sight)
    assert now(hall, budget).amount == Decimal(20000)


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ({"until": "15.12."}, "That is no day; write it like 2026-12-15."),
        ({"until": ""}, "That is no day; write it like 2026-12-15."),
        (
            {"until": "2026-11-21"},
            "An exception ends on a day to come; 2026-11-21 is not.",
        ),
        (
            {"amount": "15000", "until": UNTIL},
            "Only a raise takes an end, and then falls back: the budget for team=ml a month is "
            "$20,000.00 without it.",
        ),
        ({"then back to": "1"}, "Say until when it holds, such as 2026-12-15."),
        (
            {"until": UNTIL, "then back to": "26000"},
            "Only a raise takes an end, and then falls back: the budget for team=ml a month is "
            "$26,000.00 without it.",
        ),
        ({"until": UNTIL, "then back to": "NaN"}, "A budget is more than zero."),
        ({"until": UNTIL, "then back to": "x"}, "That is no amount; write it like 20000."),
    ],
)
def test_what_is_no_end_gets_a_sentence(hall, after, sentence):
    sight = hall.world.look(hall.house.add("team=ml").target)
    with pytest.raises(InputError) as refused:
        hall.world.deed(Verb.BUDGET, sight, after={"amount": "25000", **after})
    assert refused.value.sentence == sentence


def test_a_new_budget_has_nothing_to_fall_back_to(hall):
    with pytest.raises(InputError, match="A new budget has nothing to fall back to"):
        hall.propose("team=search", "4000", UNTIL)
