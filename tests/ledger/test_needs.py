"""What owners said of resources, on both ledgers."""

from datetime import UTC, datetime, timedelta

import pytest

from tools.core.clock import FixedClock
from tools.gate.people import Actor
from tools.ledger.audit import Audit
from tools.ledger.ledger import Ledger
from tools.ledger.needs import Need, Needs, Said, is_kept, not_theirs

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
MACHINE = "aws/111122223333/us-east-1/instance/i-1"


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return Ledger(ledger_url, FixedClock(NOW))


def test_the_last_answer_of_each_person_holds(ledger: Ledger):
    needs = Needs(ledger)
    needs.claim([MACHINE, "other"], person="UADA", since=NOW)
    needs.answer(MACHINE, Said.NOT_MINE, actor=Actor("UBEN"))
    needs.answer(MACHINE, Said.NOT_MINE, actor=Actor("UADA"))
    needs.answer(MACHINE, Said.KEEP, actor=Actor("UADA"), until=LATER)
    found = needs.of([MACHINE, "nothing"])
    assert sorted(found[MACHINE]) == [
        Need(MACHINE, "UADA", Said.KEEP, LATER, NOW),
        Need(MACHINE, "UBEN", Said.NOT_MINE, None, NOW),
    ]
    assert found["nothing"] == ()
    assert is_kept(found[MACHINE], now=NOW)
    assert not is_kept(found[MACHINE], now=LATER)
    assert not_theirs(found, MACHINE) == {"UBEN"}


def test_of_two_who_ask_at_once_one_does(ledger: Ledger):
    needs, since = Needs(ledger), NOW - timedelta(days=1)
    assert needs.claim([MACHINE, MACHINE], person="UADA", since=since) == (MACHINE,)
    assert needs.claim([MACHINE, "other"], person="UADA", since=since) == ("other",)
    assert needs.claim([MACHINE], person="UBEN", since=since) == (MACHINE,)
    needs.release([MACHINE], person="UADA")
    assert needs.claim([MACHINE, "other"], person="UADA", since=since) == (MACHINE,)


def test_what_was_answered_is_not_asked_over(ledger: Ledger):
    needs, later = Needs(ledger), NOW + timedelta(days=2)
    needs.answer("kept", Said.KEEP, actor=Actor("UADA"), until=LATER)
    needs.answer("over", Said.KEEP, actor=Actor("UADA"), until=NOW)
    needs.answer("hers", Said.NOT_MINE, actor=Actor("UADA"))
    wanted = ["kept", "over", "hers"]
    assert needs.claim(wanted, person="UADA", since=later) == ("over",)
    assert needs.claim(wanted, person="UBEN", since=later) == ("over", "hers")
    needs.release(wanted, person="UADA")
    assert [n.said for n in needs.of(["hers"])["hers"]] == [Said.NOT_MINE, Said.ASKED]


def test_the_same_answer_twice_is_one_answer(ledger: Ledger):
    for until in (LATER, LATER, LATER + timedelta(days=1)):
        Needs(ledger).answer(MACHINE, Said.KEEP, actor=Actor("UADA"), until=until)
    first, second = Audit(ledger).entries()
    assert first.before == "{}"
    assert second.before == first.after


def test_answers_are_in_the_audit_log(ledger: Ledger):
    Needs(ledger).answer(MACHINE, Said.KEEP, actor=Actor("UADA"), until=LATER)
    (entry,) = Audit(ledger).entries()
    assert (entry.event, entry.subject, entry.actor) == ("need", MACHINE, "UADA")
    assert Audit(ledger).verify().faults == ()
