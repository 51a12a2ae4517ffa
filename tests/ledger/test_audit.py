from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from tools.core.clock import FixedClock
from tools.core.errors import InputError, UnavailableError
from tools.gate.people import Actor
from tools.ledger.audit import GENESIS, Anchor, Audit, append, take_head
from tools.ledger.ledger import Ledger
from tools.ledger.schema import AUDIT, AUDIT_HEAD

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
WHO = Actor("U1", "T1")
COLUMNS = [column.name for column in AUDIT.columns]
NO_ANCHOR = "Without an anchor: that nothing was cut off the end, nor all of it written anew."


@pytest.fixture
def ledger(ledger_url):
    ledger = Ledger(ledger_url, FixedClock(NOW))
    yield ledger
    ledger.close()


@pytest.fixture
def audit(ledger):
    audit = Audit(ledger)
    for number in range(1, 6):
        audit.record("refused", f"p{number}", actor=WHO, after={"number": number})
    return audit


def tamper(ledger, *statements):
    with ledger.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def rewrite(ledger, *, start):
    """Write the chain anew from an entry on, with other content, as somebody who knows how."""
    with ledger.begin() as connection:
        kept = connection.execute(select(AUDIT.c.hash).where(AUDIT.c.seq == start - 1)).scalar()
        count = connection.execute(select(AUDIT_HEAD.c.seq)).scalar_one()
        connection.execute(delete(AUDIT).where(AUDIT.c.seq >= start))
        connection.execute(update(AUDIT_HEAD).values(seq=start - 1, hash=kept or GENESIS))
        for _ in range(start, count + 1):
            append(connection, "refused", "another", at=NOW, actor=WHO)


def test_an_empty_log_verifies(ledger):
    found = Audit(ledger).verify()
    assert (found.entries, found.head, found.faults) == (0, Anchor(0, GENESIS), ())


def test_a_whole_log_verifies_and_says_what_it_cannot_prove(audit):
    found = audit.verify()
    assert (found.entries, found.faults, found.unproven) == (5, (), (NO_ANCHOR,))
    assert found.head == audit.head()


def test_the_last_entries_come_oldest_first(audit):
    assert [entry.subject for entry in audit.entries(most=2)] == ["p4", "p5"]
    assert [entry.after for entry in audit.entries(subject="p3")] == ['{"number":3}']


def test_an_altered_entry_is_found(ledger, audit):
    tamper(ledger, update(AUDIT).where(AUDIT.c.seq == 3).values(actor="U2"))
    assert audit.verify().faults == ("Entry 3 was altered.",)


def test_no_part_of_an_entry_can_be_altered(ledger, audit):
    entry = audit.entries(subject="p2")[0]
    for column in set(COLUMNS) - {"seq", "hash"}:
        tamper(ledger, update(AUDIT).where(AUDIT.c.seq == 2).values({column: "x"}))
        assert "Entry 2 was altered." in audit.verify().faults
        back = {column: getattr(entry, column)}
        tamper(ledger, update(AUDIT).where(AUDIT.c.seq == 2).values(back))
        assert audit.verify().faults == ()


def test_an_altered_hash_is_found_twice(ledger, audit):
    tamper(ledger, update(AUDIT).where(AUDIT.c.seq == 2).values(hash="0" * 64))
    altered, follows = "Entry 2 was altered.", "Entry 3 does not follow on the one before it."
    assert audit.verify().faults == (altered, follows)


def test_a_removed_entry_is_found(ledger, audit):
    tamper(ledger, delete(AUDIT).where(AUDIT.c.seq == 3))
    assert audit.verify().faults == ("Entry 3 is missing.",)


def test_removed_entries_are_found_at_the_beginning(ledger, audit):
    tamper(ledger, delete(AUDIT).where(AUDIT.c.seq <= 2))
    assert audit.verify().faults == ("Entries 1 to 2 are missing.",)


def test_removed_entries_are_found_at_the_end(ledger, audit):
    tamper(ledger, delete(AUDIT).where(AUDIT.c.seq >= 4))
    assert audit.verify().faults == ("Entries 4 to 5 are missing at the end.",)


def test_a_removed_entry_whose_followers_moved_up_is_found(ledger, audit):
    moved = update(AUDIT).where(AUDIT.c.seq == 4).values(seq=3)
    tamper(ledger, delete(AUDIT).where(AUDIT.c.seq == 3), moved)
    faults = audit.verify().faults
    assert faults[:2] == ("Entry 3 does not follow on the one before it.", "Entry 3 was altered.")


def test_reordered_entries_are_found(ledger, audit):
    swap = ((2, 99), (3, 2), (99, 3))
    tamper(ledger, *(update(AUDIT).where(AUDIT.c.seq == a).values(seq=b) for a, b in swap))
    assert {"Entry 2 was altered.", "Entry 3 was altered."} <= set(audit.verify().faults)


def test_an_entry_added_behind_the_head_is_found(ledger, audit):
    last = audit.entries(most=1)[0]
    held = {name: getattr(last, name) for name in COLUMNS}
    tamper(ledger, AUDIT.insert().values({**held, "seq": 6, "previous": last.hash}))
    said = "The head says 5, the last entry is 6: one was altered."
    assert audit.verify().faults == ("Entry 6 was altered.", said)


def test_a_tail_cut_off_with_its_head_is_found_with_an_anchor_only(ledger, audit):
    anchor = audit.head()
    hash_of_three = audit.entries(subject="p3")[0].hash
    back = update(AUDIT_HEAD).values(seq=3, hash=hash_of_three)
    tamper(ledger, delete(AUDIT).where(AUDIT.c.seq > 3), back)
    assert audit.verify().faults == ()
    said = "The anchor is entry 5, the log ends at 3: its end was cut off."
    assert audit.verify(anchor).faults == (said,)


def test_a_log_written_anew_is_found_with_an_anchor_only(ledger, audit):
    anchor = Anchor(4, audit.entries(subject="p4")[0].hash)
    rewrite(ledger, start=2)
    assert audit.verify().faults == ()
    said = "Entry 4 is not the one of the anchor: the log was written anew, there or before."
    assert audit.verify(anchor).faults == (said,)


def test_the_anchor_is_missing_when_its_entry_is(ledger, audit):
    anchor = Anchor(4, audit.entries(subject="p4")[0].hash)
    tamper(ledger, delete(AUDIT).where(AUDIT.c.seq == 4))
    assert len(audit.verify(anchor).faults) == 2


def test_an_anchor_proves_all_that_is_before_it(audit):
    anchor = audit.head()
    assert audit.verify(anchor).unproven == ()
    audit.record("refused", "p6", actor=WHO)
    said = "nothing was cut off the end, nor all of that written anew."
    found = audit.verify(anchor)
    assert found.faults == ()
    assert found.unproven == (f"After the anchor, from entry 6 on: that {said}",)


def test_the_anchor_of_an_empty_log_is_kept_by_every_log(audit):
    assert audit.verify(Anchor(0, GENESIS)).faults == ()


def test_nothing_is_written_to_a_log_that_lost_its_end(ledger, audit):
    tamper(ledger, delete(AUDIT).where(AUDIT.c.seq == 5))
    with pytest.raises(UnavailableError, match="does not end where its head says"):
        audit.record("refused", "p6", actor=WHO)


def test_nothing_is_written_to_a_log_that_lost_its_head(ledger, audit):
    tamper(ledger, delete(AUDIT_HEAD))
    with pytest.raises(UnavailableError, match="run `purser audit verify`"):
        audit.record("refused", "p6", actor=WHO)


def test_an_entry_goes_with_the_transaction_it_is_in(ledger, audit):
    def fail():
        with ledger.begin() as connection:
            take_head(connection)
            append(connection, "claimed", "p6", at=NOW, actor=WHO)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert audit.verify().entries == 5


def test_writers_in_a_crowd_keep_one_chain(ledger_url):
    replicas = [Audit(Ledger(ledger_url, FixedClock(NOW))) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: replicas[n % 4].record("x", f"p{n}", actor=WHO), range(80)))
    found = replicas[0].verify()
    assert (found.entries, found.faults) == (80, ())


def test_text_that_no_database_takes_is_kept_readable(audit):
    audit.record("refused", "a\0b", actor=Actor("U\ud800", "T" * 99))
    entry = audit.entries(most=1)[0]
    assert (entry.subject, entry.actor, entry.team) == ("a�b", "U?", "T" * 32)
    assert audit.verify().faults == ()


def test_a_policy_is_noted_when_it_is_another(audit):
    assert audit.note_policy("aaa", says={"admins": ["U1"]})
    assert not audit.note_policy("aaa", says={})
    assert audit.note_policy("bbb", says={})
    entries = audit.entries(subject="policy")
    assert [(e.before, e.after) for e in entries] == [
        ('{"hash":""}', '{"hash":"aaa","policy":{"admins":["U1"]}}'),
        ('{"hash":"aaa"}', '{"hash":"bbb","policy":{}}'),
    ]


def test_an_anchor_is_printed_and_read_back():
    anchor = Anchor(7, "ab" * 32)
    assert Anchor.parse(f" {anchor.text}\n") == anchor


@pytest.mark.parametrize("text", ["", "7", "7:", "x:" + "a" * 64, "7:" + "g" * 64, "²:" + "a" * 64])
def test_what_is_no_anchor_is_said_to_be_none(text):
    with pytest.raises(InputError, match="SEQ:HASH"):
        Anchor.parse(text)
