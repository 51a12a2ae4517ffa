"""Who may see what; in doubt nothing."""

from __future__ import annotations

from itertools import product

import pytest

from bot.config import ScopeSettings
from bot.console.workspace import Workspace
from bot.scope import REMEMBERED, Asker, Home, People, Standing, scope_for, standing
from tests.console.apps import client_of
from tools.core.errors import RefusedError
from tools.core.query import Filter, Op
from tools.core.scope import EVERYTHING, Scope

ML = Scope((Filter("team", Op.IS, ("ml",)),))
PROD = Scope((Filter("env", Op.IS, ("prod",)),))
HOME = Home("T1")
GRID = Home("T1", "E1")


def member(user="U1"):
    return Asker(user, Standing.MEMBER)


def test_who_is_not_named_sees_everything():
    assert scope_for(member(), "C1", ScopeSettings()) == EVERYTHING


def test_in_a_channel_the_scope_is_what_both_may_see():
    settings = ScopeSettings(users={"U1": ML}, channels={"C1": PROD})
    assert scope_for(member(), "C1", settings) == ML & PROD
    assert scope_for(member(), "D1", settings) == ML
    assert scope_for(member("U2"), "C1", settings) == PROD
    assert scope_for(member("U2"), None, settings) == EVERYTHING


@pytest.mark.parametrize("kind", [Standing.GUEST, Standing.OUTSIDER])
def test_guests_and_outsiders_are_refused_unless_let_in(kind):
    with pytest.raises(RefusedError):
        scope_for(Asker("U1", kind), "C1", ScopeSettings())
    settings = ScopeSettings(channels={"C1": PROD}, guests=True)
    assert scope_for(Asker("U1", kind), "C1", settings) == PROD


@pytest.mark.parametrize("guests", [True, False])
def test_who_cannot_be_placed_is_refused_even_where_guests_are_let_in(guests):
    with pytest.raises(RefusedError):
        scope_for(Asker("U1", Standing.UNKNOWN), "C1", ScopeSettings(guests=guests))


FULL = {"team_id": "T1", "is_restricted": False, "is_ultra_restricted": False}


@pytest.mark.parametrize(
    ("user", "home", "expected"),
    [
        (FULL, HOME, Standing.MEMBER),
        (FULL | {"is_restricted": True}, HOME, Standing.GUEST),
        (FULL | {"is_ultra_restricted": True}, HOME, Standing.GUEST),
        (FULL | {"is_stranger": True}, HOME, Standing.OUTSIDER),
        (FULL | {"team_id": "T2"}, HOME, Standing.OUTSIDER),
        (FULL | {"team_id": "T2"}, GRID, Standing.OUTSIDER),
        (
            FULL | {"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}},
            GRID,
            Standing.MEMBER,
        ),
        (
            FULL | {"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}},
            GRID,
            Standing.OUTSIDER,
        ),
        (
            FULL | {"team_id": "T2", "enterprise_user": {"enterprise_id": None}},
            HOME,
            Standing.OUTSIDER,
        ),
        (FULL | {"deleted": True}, HOME, Standing.UNKNOWN),
        (FULL | {"is_bot": True}, HOME, Standing.UNKNOWN),
        ({"team_id": "T1"}, HOME, Standing.UNKNOWN),
        ({"team_id": "T1", "is_restricted": False}, HOME, Standing.UNKNOWN),
        ({}, HOME, Standing.OUTSIDER),
        ({"team_id": ""}, Home(""), Standing.OUTSIDER),
    ],
)
def test_standing_fails_closed(user, home, expected):
    assert standing(user, home) is expected


def test_no_answer_of_slack_makes_a_member_of_somebody_it_does_not_call_one():
    values = (None, False, True)
    for team, one, two, stranger, bot in product(
        ("T1", "T2", None), values, values, values, values
    ):
        user = {
            "team_id": team,
            "is_restricted": one,
            "is_ultra_restricted": two,
            "is_stranger": stranger,
            "is_bot": bot,
        }
        is_member = team == "T1" and one is False and two is False and not stranger and not bot
        assert (standing(user, HOME) is Standing.MEMBER) == is_member


class Ticks:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def workspace():
    with Workspace.serve() as served:
        yield served


def test_people_are_looked_up_once_and_again_after_a_while(workspace):
    ticks = Ticks()
    people = People(client_of(workspace), ticks=ticks)
    home = Home(workspace.cast.team_id)
    kinds = [
        people.asker(workspace.store.person(who).id, home).standing
        for who in ("ada", "dmitri", "elena")
    ]
    assert kinds == [Standing.MEMBER, Standing.GUEST, Standing.OUTSIDER]
    people.asker(workspace.store.person("ada").id, home)
    assert len(workspace.api_calls("users.info")) == 3
    ticks.now = REMEMBERED + 1
    people.asker(workspace.store.person("ada").id, home)
    assert len(workspace.api_calls("users.info")) == 4


def test_a_failed_look_up_is_unknown_and_not_remembered(workspace):
    people = People(client_of(workspace))
    home = Home(workspace.cast.team_id)
    ada = workspace.store.person("ada").id
    workspace.faults.refuse("users.info", "missing_scope")
    assert people.asker(ada, home).standing is Standing.UNKNOWN
    assert people.asker(ada, home).standing is Standing.MEMBER
    assert people.asker("U0NOBODY00", home).standing is Standing.UNKNOWN
