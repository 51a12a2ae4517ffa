"""Guards that stand behind others: each holds also where the one before it does not."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.gate.casts import BEN, CHLOE, NOW, book, proposed, roster, who
from tests.gate.desks import desk_in, machines, press
from tools.core.errors import RefusedError
from tools.gate import rules
from tools.gate.policy import Limits, Rule
from tools.gate.proposals import Stage
from tools.ledger import proposal_moves as moves
from tools.ledger.audit import take_head
from tools.ledger.claims import Claim, take
from tools.ledger.proposal_moves import Lease

LEASE = Lease("me", NOW + timedelta(hours=9))


def test_the_claim_itself_takes_only_what_is_pending_and_as_it_was_shown(desk):
    proposal = desk.propose(*machines(desk.world))
    now = desk.clock.now()
    for other in (replace(proposal, watches_use=True), replace(proposal, version=2)):
        with desk.ledger.begin() as connection, pytest.raises(RefusedError):
            take(connection, other, lease=LEASE, now=now)
    with desk.ledger.begin() as connection:
        take(connection, proposal, lease=LEASE, now=now)
    with pytest.raises(RefusedError, match="not what stands"), desk.ledger.begin() as connection:
        take(connection, proposal, lease=LEASE._replace(holder="other"), now=now)
    assert desk.records.hold(proposal, LEASE, was="me")


def test_what_somebody_is_doing_is_no_orphan(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.approve(proposal)
    assert desk.records.orphans() == ()
    desk.clock.turn(minutes=2)
    ((orphan, _),) = desk.records.orphans()
    assert orphan.id == proposal.id


def test_a_policy_that_asks_for_fewer_does_not_loosen_what_was_proposed():
    two = book(Rule(name="a", approve=(BEN, CHLOE), approvals=2))
    proposal = proposed(two)
    one = book(Rule(name="a", approve=(BEN, CHLOE)))
    terms = rules.may_approve(one, proposal, actor=who(BEN), roster=roster(), now=NOW)
    assert terms.approvals == 2


def test_whoever_lost_the_lease_looks_no_further(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.world.slow = 99
    desk.approve(proposal)

    def settled_meanwhile():
        desk.clock.turn(minutes=3)
        desk.beside().gate.settle()

    desk.when("before wait", settled_meanwhile)
    assert desk.gate.execute(proposal.id).stage is Stage.FAILED
    assert len(desk.waited) == 1


def test_two_people_at_once_are_two(tmp_path, ledger_url):
    """Each sees the approval of the other, so one of them claims."""
    desk = desk_in(tmp_path, ledger_url)
    proposal = desk.propose(*machines(desk.world))
    claim = Claim(LEASE, Limits())
    found = []

    def second():
        found.append(
            desk.records.approve(
                proposal, actor=press("UML1"), needed=2, standing=["UADMIN"], claim=claim
            )
        )

    other = threading.Thread(target=second)
    with desk.ledger.begin() as connection:
        take_head(connection)
        other.start()
        other.join(0.3)  # it waits for this transaction, however long it takes
        moves.decide(connection, proposal, person="UADMIN", verdict="approve", at=NOW)
    other.join()
    assert found[0].stage is Stage.CLAIMED
    desk.ledger.close()


def test_of_two_who_settle_the_second_takes_nothing_over(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.approve(proposal)
    desk.clock.turn(minutes=2)
    ((orphan, lease),) = desk.records.orphans()
    late = Lease("first", desk.clock.now())  # so slow that its own lease runs out as well
    assert desk.records.take_over(orphan, lease, late)
    assert not desk.records.take_over(orphan, lease, LEASE)
