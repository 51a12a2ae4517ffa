"""What waits in the outbox reaches the local Slack once, whatever happens on the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.blocks import Message, plain_message
from bot.config import ScopeSettings
from bot.console.cast import SAMPLE, Channel
from bot.console.workspace import Workspace
from bot.watch.pictures import chart_block
from bot.watch.plans import outgoing
from bot.watch.posting import REPEAT
from tests.bot.watch.posts import FALLBACK, HOME, Hand, Post, Slow, blocks, words
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.scope import Scope
from tools.ledger.ledger import Ledger
from tools.ledger.watch_choices import WatchChoices
from tools.watch.outgoing import Outgoing, Sort, Told, mute_subject
from tools.watch.settings import WatchSettings

NIGHT = (time(22), time(7))


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    cast = replace(
        SAMPLE, channels=(*SAMPLE.channels, Channel("C0OLD00000", "old", is_archived=True))
    )
    with Workspace.serve(cast) as served:
        yield served


@pytest.fixture
def post(workspace: Workspace, tmp_path: Path) -> Post:
    clock = Hand(datetime.now(UTC))
    return Post(workspace, Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", clock), clock)


def test_a_message_is_posted_with_its_key_and_kept_as_sent(post: Post):
    post.put(words())
    assert post.sender.round() == 1
    (message,) = post.workspace.messages("#platform")
    assert (message.text, message.metadata) == (
        "This is one",
        {"event_type": "purser_outbox", "event_payload": {"key": "one"}},
    )
    found = post.outbox.find("one")
    assert (found.told, found.posted, found.ts) == (Told.SENT, HOME, message.ts)
    assert post.sender.round() == 0


def test_a_channel_hears_one_message_a_second_and_others_need_not_wait(post: Post):
    post.put(words("one"), words("two"), words("three"), words("other", FALLBACK))
    assert post.sender.round() == 2
    assert (post.said(), post.said(FALLBACK)) == (["This is one"], ["This is other"])
    post.goes_on(1.1)
    assert post.sender.round() == 1
    assert post.said() == ["This is one", "This is two"]


def test_what_belongs_into_a_thread_stands_there(post: Post):
    post.put(words("head"), words("reply", thread="head"), words("below", thread="reply"))
    post.rounds()
    head, reply, below = post.workspace.messages("#platform")
    assert (reply.thread_ts, below.thread_ts) == (head.ts, head.ts)


def test_what_takes_the_place_of_another_is_no_new_message(post: Post):
    post.put(words("head"))
    post.rounds(1)
    post.put(words("first", replaces="head"), words("last", replaces="head"))
    post.rounds()
    assert post.said() == ["This is last"]
    assert post.told("first") == post.told("last") == (Told.SENT, "")
    assert len(post.workspace.api_calls("chat.update")) == 1
    assert post.outbox.of_message(HOME, post.workspace.messages("#platform")[0].ts) == (
        post.outbox.find("head")
    )


def test_told_to_wait_it_waits_as_long_and_says_it_once(post: Post):
    post.workspace.faults.rate_limit("chat.postMessage", retry_after=40)
    post.put(words("one"), words("two"))
    assert post.sender.round() == 1
    assert post.told() == (Told.WAITING, "ratelimited")
    post.goes_on(39)
    assert post.sender.round() == 0
    post.goes_on(2)
    post.rounds()
    assert post.said() == ["This is one", "This is two"]
    assert post.told() == (Told.SENT, "")


@pytest.mark.parametrize("thread", ["", "head"])
def test_an_answer_that_is_lost_is_looked_for_before_it_is_said_again(post: Post, thread: str):
    post.put(words("head"))
    post.rounds(1)
    post.workspace.faults.lose_answers("chat.postMessage")
    post.put(words(thread=thread))
    post.rounds()
    assert post.said() == ["This is head", "This is one"]
    assert post.told() == (Told.SENT, "")
    assert len(post.workspace.api_calls("chat.postMessage")) == 2


@pytest.mark.parametrize("error", ["internal_error", "fatal_error"])
def test_what_slack_did_not_take_is_said_again(post: Post, error: str):
    post.workspace.faults.refuse("chat.postMessage", error)
    post.put(words())
    post.sender.round()
    assert post.told() == (Told.SENDING, error)
    post.goes_on()
    post.rounds()
    assert (post.said(), post.told()) == (["This is one"], (Told.SENT, ""))


def test_what_a_dead_process_posted_is_found_by_its_key(post: Post):
    for count in range(230):  # more than a page has
        post.workspace.post_as("ada", "#platform", f"noise {count}")
    post.put(words())
    post.dies_after()
    post.rounds()
    assert post.said().count("This is one") == 1
    assert post.told() == (Told.SENT, "")


def test_where_history_may_not_be_read_it_is_said_again_as_a_repeat(post: Post):
    post.put(words())
    post.dies_after()
    post.workspace.faults.refuse("conversations.history", "missing_scope", times=9)
    post.rounds()
    assert post.said() == ["This is one", "(This may be a repeat.) This is one"]
    assert REPEAT in blocks(post.workspace.messages("#platform")[1])
    assert post.told() == (Told.SENT, "")


def test_a_history_that_cannot_be_read_in_reasonable_time_is_not_waited_for(post: Post):
    post.put(words())
    post.dies_after()
    post.workspace.faults.rate_limit("conversations.history", times=99)
    post.rounds(14)
    assert post.said() == ["This is one", "(This may be a repeat.) This is one"]


def test_what_is_said_of_a_message_leaves_its_own_text_alone(post: Post):
    post.workspace.archive("#platform")
    text = "R&amp;D spent more, &lt;!channel&gt;"
    post.put(Outgoing(key="one", channel=HOME, sort=Sort.DIGEST, text=text))
    post.rounds(1)
    assert post.said(FALLBACK) == [f"(Meant for another channel, but it is archived.) {text}"]


def test_a_closed_channel_sends_it_to_the_fallback_that_says_for_whom(post: Post):
    post.workspace.archive("#platform")
    post.put(words("head"), words("reply", thread="head"))
    post.rounds()
    head, reply = post.workspace.messages("#ml-research")
    assert head.text == "(Meant for another channel, but it is archived.) This is head"
    assert '{"type": "channel", "channel_id": "C0PLATFORM"}' in blocks(head)
    assert (reply.text, reply.thread_ts) == ("This is reply", head.ts)
    assert post.told("head") == (Told.SENT, "is_archived")
    assert [s.outgoing.key for s in post.outbox.failures(since=datetime(2020, 1, 1, tzinfo=UTC))]
    post.put(words("new", replaces="head"))
    post.rounds()
    changed = post.workspace.messages("#ml-research")[0]
    assert changed.text == "(Meant for another channel, but it is archived.) This is new"


@pytest.mark.parametrize(("seen", "said"), [("team=ml", 0), ("team=web", 1)])
def test_nothing_falls_back_to_where_less_may_be_seen(post: Post, seen: str, said: int):
    limits = {HOME: "team=web", FALLBACK: seen}
    channels = {name: Scope(read_conditions(text)) for name, text in limits.items()}
    post.sender.scope = ScopeSettings(channels=channels)
    post.workspace.archive("#platform")
    post.put(words())
    post.rounds()
    assert len(post.said(FALLBACK)) == said
    assert post.told() == (Told.SENT if said else Told.DROPPED, "is_archived")


def test_in_doubt_it_is_looked_for_in_the_fallback_too(post: Post):
    post.workspace.remove_bot("#platform")
    post.workspace.faults.lose_answers("chat.postMessage", times=2)
    post.put(words())
    post.rounds()
    assert len(post.said(FALLBACK)) == 1
    assert post.told()[0] is Told.SENT


def test_where_every_place_is_closed_it_is_dropped_and_told(post: Post):
    post.workspace.archive("#platform")
    post.workspace.archive("#ml-research")
    post.put(words(), words("reply", thread="one"))
    post.rounds()
    assert post.told() == post.told("reply") == (Told.DROPPED, "is_archived")


def test_it_reaches_a_person_in_their_direct_messages(post: Post):
    post.put(words("one", "U0ADAPARK0"))
    post.dies_after()
    post.rounds()
    assert [m.text for m in post.workspace.messages("ada")] == ["This is one"]
    assert post.told() == (Told.SENT, "")


def test_quiet_hours_let_pass_what_is_urgent(workspace: Workspace, tmp_path: Path):
    clock = Hand(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", clock)
    settings = WatchSettings(quiet=NIGHT, zone="Europe/Berlin")
    post = Post(workspace, ledger, clock, settings)
    post.put(words("usual"), words("urgent", FALLBACK, urgent=True))
    post.rounds()
    assert (post.said(), post.said(FALLBACK)) == ([], ["This is urgent"])
    clock.at = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)  # seven in Berlin
    post.rounds()
    assert post.said() == ["This is usual"]


def test_what_is_muted_there_is_not_said_and_no_failure(post: Post):
    choices = WatchChoices(post.ledger)
    choices.choose(mute_subject(HOME, Sort.ANOMALY), {}, by="U0ADAPARK0")
    post.put(
        words("muted", sort=Sort.ANOMALY),
        words("below", thread="muted", sort=Sort.DIGEST),
        words("changed", replaces="muted", sort=Sort.ANOMALY),
        words("elsewhere", FALLBACK, sort=Sort.ANOMALY),
        words("digest"),
    )
    post.rounds()
    assert (post.said(), post.said(FALLBACK)) == (["This is digest"], ["This is elsewhere"])
    assert post.told("below") == post.told("changed") == (Told.MUTED, "muted")
    assert post.outbox.failures(since=datetime(2020, 1, 1, tzinfo=UTC)) == ()


def test_a_chart_is_drawn_uploaded_and_shown(post: Post):
    from bot.charts.look import card

    spec = card({"mark": "bar", "data": {"values": []}}, "A chart", "of nothing")
    message = Message("With a chart", (chart_block(spec, "Nothing to see"),))
    post.put(outgoing("one", message, channel=HOME, sort=Sort.DIGEST))
    post.rounds(1)
    (file,) = post.workspace.files()
    assert post.workspace.messages("#platform")[0].blocks == (
        {"type": "image", "slack_file": {"id": file.id}, "alt_text": "Nothing to see"},
    )


@pytest.mark.parametrize("spec", [{"mark": "nonsense"}, None])
def test_a_chart_that_fails_costs_nothing_but_itself(post: Post, spec):
    if spec is None:
        post.workspace.faults.fail_uploads()
        spec = {"mark": "bar", "data": {"values": []}}
    both = (*plain_message("Words").blocks, chart_block(spec, "Nothing to see"))
    post.put(outgoing("one", Message("Words", both), channel=HOME, sort=Sort.DIGEST))
    post.rounds(1)
    (message,) = post.workspace.messages("#platform")
    assert [block["type"] for block in message.blocks] == ["rich_text", "context"]
    assert "could not be posted" in blocks(message)


def test_a_deleted_message_stays_deleted(post: Post):
    post.put(words("head"))
    post.rounds(1)
    message = post.workspace.messages("#platform")[0]
    post.workspace.store.change(message, is_deleted=True)
    post.put(words("changed", replaces="head"), words("reply", thread="head"))
    post.rounds()
    assert post.said() == ["This is reply"]
    assert post.told("changed") == (Told.DROPPED, "message_not_found")


def test_what_can_not_be_changed_any_more_is_answered(post: Post):
    post.put(words("head"))
    post.rounds(1)
    post.workspace.faults.refuse("chat.update", "edit_window_closed")
    post.put(words("changed", replaces="head"))
    post.rounds()
    head, answer = post.workspace.messages("#platform")
    assert (head.text, answer.text) == ("This is head", "This is changed")
    assert answer.thread_ts == head.ts


def test_one_message_that_cannot_be_read_holds_up_no_other(post: Post):
    post.put(
        Outgoing(key="broken", channel=HOME, sort=Sort.DIGEST, text="x", blocks="{"), words("one")
    )
    post.rounds(16)
    assert post.said() == ["This is one"]
    assert post.told("broken") == (Told.DROPPED, "fault")


def test_a_token_that_was_taken_away_loses_nothing(post: Post):
    post.workspace.faults.refuse("chat.postMessage", "token_revoked", times=20)
    post.put(words())
    post.rounds(20)
    assert post.told() == (Told.WAITING, "token_revoked")
    post.rounds()
    assert (post.said(), post.told()) == (["This is one"], (Told.SENT, ""))


def test_who_is_too_late_does_not_post(post: Post):
    post.put(words())

    def sleeps() -> None:
        post.clock.at += timedelta(seconds=61)  # of the two minutes that it is his

    sender = replace(post.sender, poster=Slow(post.sender.poster.delivery, sleeps))
    sender.round()
    assert (post.said(), post.told()) == ([], (Told.SENDING, ""))
    post.goes_on()
    post.rounds()
    assert (post.said(), post.told()) == (["This is one"], (Told.SENT, ""))


def test_a_clock_that_stands_still_keeps_nothing_waiting(workspace: Workspace, tmp_path: Path):
    """The demo's clock stands still; pauses and leases go by the machine's."""
    fixed = FixedClock(datetime(2026, 11, 21, 9, tzinfo=UTC))
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", fixed)
    post = Post(workspace, ledger, Hand(datetime.now(UTC)))
    workspace.faults.refuse("chat.postMessage", "internal_error")
    post.put(words())
    post.rounds()
    assert post.told() == (Told.SENT, "")
