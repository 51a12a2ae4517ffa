"""Tokens that tell of events and do nothing else, on both ledgers."""

from datetime import UTC, datetime

import pytest

from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.errors import InputError, RefusedError
from tools.gate.people import Actor
from tools.ledger.event_tokens import EventTokens, Teller
from tools.ledger.happenings import DEPLOYMENT, PLANNED, Happening
from tools.ledger.ledger import Ledger

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADA = Actor("U0ADAPARK0")
SEARCH = read_conditions("team=search")


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url, FixedClock(NOW))


def test_a_token_is_known_until_another_is_made_or_it_is_revoked(ledger: Ledger):
    tokens = EventTokens(ledger)
    first = tokens.make("ci-search", scope=SEARCH, actor=ADA)
    assert tokens.of(first) == Teller("ci-search", SEARCH, False, NOW)
    assert tokens.of(first + "x") is None
    second = tokens.make("ci-search", scope=(), may_plan=True, actor=ADA)
    assert tokens.of(first) is None
    assert tokens.all() == (Teller("ci-search", (), True, NOW),)
    assert tokens.revoke("ci-search", actor=ADA)
    assert not tokens.revoke("ci-search", actor=ADA)
    assert tokens.of(second) is None


def test_the_token_itself_is_not_kept(ledger: Ledger):
    token = EventTokens(ledger).make("ci", scope=(), actor=ADA)
    with ledger.begin() as connection:
        rows = connection.exec_driver_sql("SELECT choice FROM watch_choices").fetchall()
    assert all(token not in str(row) for row in rows)


@pytest.mark.parametrize(
    ("kind", "scope", "says"),
    [
        (DEPLOYMENT, "team=search and env=prod", ""),
        (DEPLOYMENT, "everything", ""),
        (DEPLOYMENT, "team=data", "tells of team=search only"),
        (DEPLOYMENT, "env=prod", "tells of team=search only"),
        (PLANNED, "team=search", "may not announce plans"),
        (" Planned", "team=search", "may not announce plans"),
    ],
)
def test_a_token_tells_of_its_scope_only(kind: str, scope: str, says: str):
    teller = Teller("ci", SEARCH, False, NOW)
    told = Happening(start=NOW, kind=kind, text="x", scope=read_conditions(scope))
    if says:
        with pytest.raises(RefusedError, match=says):
            teller.allowed(told)
    else:
        assert teller.allowed(told).scope == (told.scope or SEARCH)


@pytest.mark.parametrize("name", ["", "a b", "ÄRGER", "-x", "x" * 41])
def test_a_token_has_a_plain_name(ledger: Ledger, name: str):
    with pytest.raises(InputError):
        EventTokens(ledger).make(name, scope=(), actor=ADA)
