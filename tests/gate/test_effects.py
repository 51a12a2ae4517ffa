"""What deeds do to costs, and how outcomes read: pure, by table."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tools.clouds.resources import Verb
from tools.gate.effects import MONTH, hourly_effect, stake, total_effect
from tools.gate.outcomes import outcome_of, stage_of
from tools.gate.proposals import Fate, Run, Stage, Target
from tools.gate.world import Deed, Sight

D, F, R, U = Fate.DONE, Fate.FAILED, Fate.REFUSED, Fate.UNKNOWN


def target(verb, facts, after, *, hourly="4", currency="USD"):
    price = None if hourly is None else Decimal(hourly)
    sight = Sight(target="t", title="t", facts=facts, hourly=price, currency=currency)
    return Target(sight=sight, deed=Deed(verb=verb, target="t", after=after))


def budget(before, after):
    return target(Verb.BUDGET, {"amount": before}, {"amount": after}, hourly=None)


def scale(before, after, hourly="4"):
    return target(Verb.SCALE, {"capacity": before}, {"capacity": after}, hourly=hourly)


RUNS = {"state": "running"}
STOP = target(Verb.STOP, RUNS, {"state": "stopped"})


@pytest.mark.parametrize(
    ("target", "effect"),
    [
        (STOP, "-4"),
        (target(Verb.STOP, RUNS, {}, hourly=None), None),
        (target(Verb.TERMINATE, RUNS, {}), "-4"),
        (target(Verb.TERMINATE, {"state": "stopped"}, {}), None),
        (target(Verb.START, {"state": "stopped"}, {}), "4"),
        (target(Verb.TAG, RUNS, {"tag:team": "ml"}, hourly=None), "0"),
        (budget("100", "200"), "0"),
        (scale("4", "1"), "-3"),
        (scale("1", "3"), "8"),
        (scale("0", "3"), None),
        (scale("0", "0", hourly=None), "0"),
        (scale("2", "3", hourly=None), None),
        (scale("", "3"), None),
        (scale("many", "3"), None),
        (scale("2", "NaN"), None),
        (scale("2", "Infinity"), None),
        (target(Verb.SCALE, {}, {"capacity": "3"}), None),
    ],
)
def test_what_an_hour_costs_more_or_less(target, effect):
    assert hourly_effect(target) == (None if effect is None else Decimal(effect))


def test_effects_are_summed_where_all_are_known_and_of_one_currency():
    assert total_effect([STOP, STOP], hours=MONTH) == -5840
    assert total_effect([STOP, target(Verb.STOP, RUNS, {}, hourly=None)], hours=MONTH) is None
    euros = target(Verb.STOP, RUNS, {}, currency="EUR")
    assert total_effect([STOP, euros], hours=MONTH) is None


def test_the_stake_of_a_budget_is_its_change():
    assert stake([budget("100", "250")]) == 150
    assert stake([budget("100", "no amount")]) is None


def test_what_one_deed_saves_makes_up_for_nothing_that_another_costs():
    assert stake([STOP]) == 2920
    assert stake([budget("100", "250"), budget("10", "5")]) == 155
    both_ways = [scale("10", "5"), scale("1", "5")]
    assert stake(both_ways) == (4 * 5 / Decimal(10) + 4 * 4) * MONTH
    assert stake([STOP, target(Verb.STOP, RUNS, {}, hourly=None)]) is None


def test_several_currencies_have_no_stake_so_it_is_the_greatest():
    other = budget("1", "9")
    dinars = replace(other, sight=replace(other.sight, currency="KWD"))
    assert stake([budget("1", "2"), dinars]) is None


@pytest.mark.parametrize(
    ("fates", "stage", "outcome"),
    [
        ([D], Stage.DONE, "Tagged."),
        ([D, D], Stage.DONE, "All 2 tagged."),
        ([R], Stage.REFUSED, "Not tagged."),
        ([F], Stage.FAILED, "Not tagged."),
        ([U], Stage.UNSETTLED, "Not tagged."),
        ([D, R], Stage.PARTIAL, "1 of 2 tagged, 1 refused."),
        ([D, F, R], Stage.PARTIAL, "1 of 3 tagged, 1 refused, 1 failed."),
        ([D, U], Stage.UNSETTLED, "1 of 2 tagged, 1 unknown."),
        ([R, F], Stage.FAILED, "0 of 2 tagged, 1 refused, 1 failed."),
        ([R, R], Stage.REFUSED, "0 of 2 tagged, 2 refused."),
    ],
)
def test_an_outcome_is_one_sentence(fates, stage, outcome):
    runs = [Run("t", fate) for fate in fates]
    assert (stage_of(runs), outcome_of(Verb.TAG, runs)) == (stage, outcome)


@pytest.mark.parametrize("fate", [Fate.WAITING, Fate.BEGUN])
def test_what_is_still_open_is_never_called_done(fate):
    assert stage_of([Run("t", D), Run("t", fate)]) is Stage.UNSETTLED


def test_a_single_target_says_why():
    assert outcome_of(Verb.STOP, [Run("t", R, "The cloud said no.")]) == "The cloud said no."
    assert outcome_of(Verb.START, [Run("t", D)], undoes=True) == "Started again."
