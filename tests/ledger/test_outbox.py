"""What is to be said, on both ledgers: written once, sent by one, never lost."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tools.ledger.ledger import Ledger
from tools.ledger.outbox import KEY_LENGTH, Outbox
from tools.watch.outgoing import Outgoing, Sent, Sort, Told

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LEASE, MINUTE, HOUR = timedelta(minutes=2), timedelta(minutes=1), timedelta(hours=1)


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def machine() -> Hand:
    return Hand(NOW + HOUR)


@pytest.fixture
def ledger(ledger_url: str, hand: Hand) -> Ledger:
    return Ledger(ledger_url, hand)


@pytest.fixture
def outbox(ledger: Ledger, machine: Hand) -> Outbox:
    return Outbox(ledger, machine=machine)


def post(key: str, channel: str = "C1", **rest) -> Outgoing:
    return Outgoing(key=key, channel=channel, sort=Sort.DIGEST, text=f"This is {key}", **rest)


def put(ledger: Ledger, *posts: Outgoing) -> tuple[str, ...]:
    with ledger.begin() as connection:
        return Outbox(ledger).put(connection, posts)


def claimed(outbox: Outbox, holder: str = "a", **rest) -> str:
    found = outbox.claim(holder=holder, lease=LEASE, **rest)
    return found.key if found else ""


def test_a_key_is_put_once_for_all_time(ledger: Ledger, outbox: Outbox):
    assert put(ledger, post("one"), post("two"), post("one")) == ("one", "two")
    found = outbox.claim(holder="a", lease=LEASE)
    outbox.mark_sent(found, channel="C1", ts="1.5")
    assert put(ledger, post("one", "C2"), post("three")) == ("three",)
    assert outbox.find("one") == Sent(
        outgoing=post("one"),
        told=Told.SENT,
        tries=1,
        at=NOW,
        sent_at=NOW,
        posted="C1",
        ts="1.5",
    )
    assert outbox.of_message("C1", "1.5") == outbox.find("one")
    assert outbox.of_message("C2", "1.5") is None


def test_what_was_not_committed_was_not_put(ledger: Ledger, outbox: Outbox):
    with pytest.raises(ZeroDivisionError), ledger.begin() as connection:
        outbox.put(connection, [post("one")])
        raise ZeroDivisionError
    assert outbox.find("one") is None


def test_keys_longer_than_the_table_takes_stay_apart(ledger: Ledger, outbox: Outbox):
    long = "k" * (KEY_LENGTH + 1)
    assert len(put(ledger, post(long + "a"), post(long + "b", thread=long + "a"))) == 2
    assert outbox.find(long + "a").outgoing.text == f"This is {long}a"
    head = outbox.claim(holder="a", lease=LEASE)
    outbox.mark_sent(head, channel="C1", ts="1.5")
    assert outbox.claim(holder="a", lease=LEASE).sent.outgoing.text == f"This is {long}b"


def test_a_message_is_one_holders_until_its_lease_has_run_out(
    ledger: Ledger, outbox: Outbox, machine: Hand
):
    put(ledger, post("one"))
    first = outbox.claim(holder="a", lease=LEASE)
    assert (first.key, first.is_doubtful) == ("one", False)
    assert claimed(outbox, "b") == ""
    machine.at += LEASE
    second = outbox.claim(holder="b", lease=LEASE)
    assert (second.key, second.is_doubtful, second.since) == ("one", True, NOW + HOUR)
    assert not outbox.mark_sent(first, channel="C1", ts="1.5")
    assert not outbox.rest(first, MINUTE, trouble="late")
    assert outbox.mark_sent(second, channel="C1", ts="1.6")
    assert outbox.find("one").ts == "1.6"


def test_in_a_channel_one_message_is_under_way_at_a_time(ledger: Ledger, outbox: Outbox):
    put(ledger, post("one"), post("two"), post("other", "C2"), post("third", "C3"))
    assert claimed(outbox, "a") == "one"
    assert claimed(outbox, "b", but_not=["C3"]) == "other"
    assert claimed(outbox, "b", but_not=["C3"]) == ""


def test_what_belongs_to_a_message_waits_for_it(ledger: Ledger, outbox: Outbox, machine: Hand):
    put(ledger, post("head"), post("reply", "C2", thread="head"), post("new", "C3", replaces="x"))
    head = outbox.claim(holder="a", lease=LEASE)
    assert claimed(outbox) == "new"  # nobody knows what it replaces, so there is nothing to await
    assert claimed(outbox) == ""
    outbox.rest(head, MINUTE, trouble="ratelimited")
    assert claimed(outbox) == ""
    machine.at += MINUTE
    outbox.mark_sent(outbox.claim(holder="a", lease=LEASE), channel="C1", ts="1.5")
    assert claimed(outbox) == "reply"


def test_what_rests_is_tried_again_and_what_is_in_doubt_says_so(
    ledger: Ledger, outbox: Outbox, machine: Hand
):
    put(ledger, post("one"))
    outbox.rest(outbox.claim(holder="a", lease=LEASE), MINUTE, trouble="ratelimited")
    assert claimed(outbox) == ""
    assert outbox.find("one").told is Told.WAITING
    machine.at += MINUTE
    again = outbox.claim(holder="a", lease=LEASE)
    assert not again.is_doubtful
    outbox.rest(again, MINUTE, trouble="timed out", is_doubtful=True)
    machine.at += MINUTE
    third = outbox.claim(holder="a", lease=LEASE)
    assert (third.is_doubtful, third.sent.tries) == (True, 2)


def test_it_waits_until_its_hour_and_in_quiet_hours_for_the_morning(
    ledger: Ledger, outbox: Outbox, hand: Hand
):
    put(
        ledger,
        post("later", not_before=NOW + HOUR),
        post("usual"),
        post("replacing", "C2", replaces="gone"),
        post("urgent", "C3", urgent=True),
    )
    assert claimed(outbox, urgent_only=True) == "replacing"
    assert claimed(outbox, urgent_only=True) == "urgent"
    assert claimed(outbox, urgent_only=True) == ""
    outbox.mark_sent(outbox.claim(holder="a", lease=LEASE), channel="C1", ts="1.5")
    assert claimed(outbox) == ""
    hand.at += HOUR
    assert claimed(outbox) == "later"


def test_of_two_that_replace_one_the_newer_holds(ledger: Ledger, outbox: Outbox, hand: Hand):
    old, new = post("old", replaces="head"), post("new", replaces="head")
    put(ledger, old, new, post("newest", replaces="head", not_before=NOW + HOUR))
    assert outbox.is_superseded(old)
    assert not outbox.is_superseded(new)
    assert not outbox.is_superseded(post("head"))
    hand.at += HOUR
    assert outbox.is_superseded(new)


def test_failures_and_what_waits_are_told(ledger: Ledger, outbox: Outbox, hand: Hand):
    put(ledger, *(post(key, f"C{key}") for key in ("dropped", "moved", "muted", "well", "open")))
    outbox.drop(outbox.claim(holder="a", lease=LEASE), trouble="is_archived")
    moved = outbox.claim(holder="a", lease=LEASE)
    outbox.mark_sent(moved, channel="C9", ts="1.5", trouble="is_archived")
    outbox.drop(outbox.claim(holder="a", lease=LEASE), trouble="muted", told=Told.MUTED)
    outbox.mark_sent(outbox.claim(holder="a", lease=LEASE), channel="Cwell", ts="1.6")
    found = outbox.failures(since=NOW)
    assert [(sent.outgoing.key, sent.told) for sent in found] == [
        ("moved", Told.SENT),
        ("dropped", Told.DROPPED),
    ]
    assert [s.outgoing.key for s in outbox.failures(since=NOW, channel="Cmoved")] == ["moved"]
    assert outbox.failures(since=NOW + MINUTE) == ()
    for count in range(3):
        assert len(outbox.failures(since=NOW)) == 2, count
        outbox.rest(outbox.claim(holder="a", lease=LEASE), -MINUTE, trouble="ratelimited")
    assert next(sent.outgoing.key for sent in outbox.failures(since=NOW)) == "open"
    backlog = outbox.backlog()
    assert backlog.oldest == NOW
    assert backlog.counts == {Told.DROPPED: 1, Told.SENT: 2, Told.MUTED: 1, Told.WAITING: 1}


def test_what_is_old_is_known_by_its_key_alone(ledger: Ledger, outbox: Outbox, hand: Hand):
    put(ledger, post("head", blocks='[{"type": "divider"}]'), post("open", "C2"))
    outbox.mark_sent(outbox.claim(holder="a", lease=LEASE), channel="C1", ts="1.5")
    put(ledger, post("changed", replaces="head"))
    outbox.mark_sent(outbox.claim(holder="a", lease=LEASE, but_not=["C2"]), channel="C1", ts="1.5")
    outbox.tidy(before=NOW)
    assert outbox.find("head").outgoing.blocks == '[{"type": "divider"}]'
    outbox.tidy(before=NOW + HOUR)
    head = outbox.find("head")
    assert (head.told, head.ts, head.outgoing.text, head.outgoing.blocks) == (
        Told.SENT,
        "1.5",
        "",
        "[]",
    )
    assert outbox.find("changed") is None
    assert outbox.find("open").outgoing.text == "This is open"
    assert put(ledger, post("head")) == ()


def test_into_an_empty_workspace_all_that_stands_is_sent_once_more(ledger: Ledger, outbox: Outbox):
    heads = [post(f"one/{n}", replaces="one") for n in range(3)]
    put(ledger, post("one"), *heads, post("answer", thread="one"), post("muted"), post("old"))
    for n in range(7):
        found = outbox.claim(holder="a", lease=LEASE)
        if found.key == "muted":
            outbox.drop(found, trouble="muted", told=Told.MUTED)
        else:
            outbox.mark_sent(found, channel="C1", ts=f"1.{n}")
    assert claimed(outbox) == ""
    assert outbox.begin_anew() == 4
    sent = []
    while found := outbox.claim(holder="b", lease=LEASE):
        assert not found.is_doubtful
        sent.append(found.key)
        outbox.mark_sent(found, channel="C1", ts=f"2.{len(sent)}")
    assert sent == ["one", "one/2", "answer", "old"]
    assert outbox.of_message("C1", "2.1").outgoing == post("one")
