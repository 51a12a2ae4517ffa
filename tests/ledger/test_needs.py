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
    needs.asked([MACHINE, "other"], person="UADA")
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


def test_answers_are_in_the_audit_log(ledger: Ledger):
    Needs(ledger).answer(MACHINE, Said.KEEP, actor=Actor("UADA"), until=LATER)
    (entry,) = Audit(ledger).entries()
    assert (entry.event, entry.subject, entry.actor) == ("need", MACHINE, "UADA")
    assert Audit(ledger).verify().faults == ()
