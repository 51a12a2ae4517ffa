"""Delivery on a bad day: the text arrives by the next best way."""

from __future__ import annotations

import logging

import pytest
from slack_sdk import WebClient

from bot.blocks import Message, plain_message, render
from bot.blocks import Setting as Around
from bot.console.cast import BOT_USER
from bot.console.workspace import Workspace
from bot.delivery import Delivery, Place, Posted
from bot.pacing import Pace, retry_handlers
from bot.refusals import NO_CHART
from tests.bot.tables import NOW, by_team

BAD = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}


@pytest.fixture
def workspace():
    with Workspace.serve() as served:
        yield served


class Waits:
    """Waits without waiting, and remembers how long it was asked to."""

    def __init__(self):
        self.asked: list[float] = []

    def __call__(self, seconds):
        self.asked.append(seconds)


@pytest.fixture
def waits():
    return Waits()


@pytest.fixture
def delivery(workspace, waits):
    client = WebClient(
        token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=retry_handlers()
    )
    return Delivery(client, logger=logging.getLogger("purser.test"), sleep=waits)


def place(workspace, channel="#platform", person="ben", **more):
    return Place(workspace.channel_id(channel), workspace.store.person(person).id, **more)


def hook(workspace, channel="#platform", person="ben", original=None):
    key = workspace.store.new_hook(
        workspace.channel_id(channel), workspace.store.person(person).id, original=original
    ).key
    return workspace.hook_url(key)


def with_block(*blocks):
    good = plain_message("The text.")
    return Message(good.text, (*good.blocks, *blocks))


@pytest.mark.parametrize("bad", [BAD, TABLE])
def test_a_block_beyond_slacks_limits_is_left_out_before_it_is_sent(workspace, delivery, bad):
    assert delivery.post(place(workspace), with_block(bad))
    (message,) = workspace.messages("#platform")
    assert [b["type"] for b in message.blocks] == ["rich_text"]
    assert [c.error for c in workspace.api_calls("chat.postMessage")] == [""]


def test_one_block_slack_rejects_does_not_cost_the_answer(workspace, delivery, waits):
    unknown = {**render(by_team(1), Around(now=NOW, file_id="F0UNKNOWN0")).blocks[1]}
    assert delivery.post(place(workspace), with_block(unknown))
    (message,) = workspace.messages("#platform")
    assert [b["type"] for b in message.blocks] == ["rich_text", "context"]
    assert NO_CHART in str(message.blocks)
    assert waits.asked == [0.3, 0.6, 1.2]


def test_where_slack_names_no_block_the_riskiest_go_first(workspace, delivery):
    workspace.faults.refuse("chat.postMessage", "invalid_blocks")
    made = render(by_team(2), Around(now=NOW))
    delivery.post(place(workspace), made)
    (message,) = workspace.messages("#platform")
    assert [b["type"] for b in message.blocks] == ["rich_text", "context", "actions"]


def test_rejected_again_and_again_the_text_stands_alone(workspace, delivery):
    workspace.faults.refuse("chat.postMessage", "invalid_blocks", times=2)
    made = render(by_team(2), Around(now=NOW))
    delivery.post(place(workspace), made)
    (message,) = workspace.messages("#platform")
    assert (message.text, message.blocks) == (made.text, ())


def test_where_every_block_is_bad_the_text_stands_alone(workspace, delivery):
    assert delivery.post(place(workspace), Message("The text.", (BAD,)))
    (message,) = workspace.messages("#platform")
    assert (message.text, message.blocks) == ("The text.", ())


def test_an_update_with_a_bad_block_keeps_the_rest(workspace, delivery):
    posted = delivery.post(place(workspace), plain_message("Before."))
    assert delivery.update(posted, with_block(BAD))
    (message,) = workspace.messages("#platform")
    assert message.text == "The text."


def test_a_failed_update_leaves_what_stands(workspace, delivery):
    delivery.post(place(workspace), plain_message("Before."))
    gone = Posted(workspace.channel_id("#platform"), "1.000001")
    assert not delivery.update(gone, plain_message("After."))
    assert [m.text for m in workspace.messages("#platform")] == ["Before."]


@pytest.mark.parametrize("channel", ["#random", "#finops"])
def test_where_purser_is_no_member_the_asker_is_told_directly(workspace, delivery, channel):
    workspace.remove_bot(channel)
    assert delivery.post(place(workspace, channel), plain_message("The text."))
    assert [m.text for m in workspace.messages("ben")] == ["The text."]
    assert workspace.messages(channel) == []


def test_an_expired_response_address_is_no_dead_end(workspace, delivery):
    where = place(workspace, is_private=True, response_url=workspace.hook_url("gone"))
    assert delivery.post(where, plain_message("The text."))
    (message,) = workspace.ephemerals("#platform", "ben")
    assert message.text == "The text."


def test_private_answers_never_become_public(workspace, delivery):
    workspace.faults.refuse("chat.postEphemeral", "user_not_in_channel")
    delivery.post(place(workspace, is_private=True), plain_message("The text."))
    assert workspace.messages("#platform") == []
    assert [m.text for m in workspace.messages("ben")] == ["The text."]


def test_where_nothing_is_open_nothing_is_raised(workspace, delivery):
    for method in ("chat.postMessage", "chat.postEphemeral", "conversations.open"):
        workspace.faults.refuse(method, "fatal_error", times=9)
    assert delivery.post(place(workspace), plain_message("x")) is None
    assert delivery.share(place(workspace), plain_message("x")) is None
    assert not delivery.send_file(place(workspace), "a,b", name="x.csv", comment="x")
    assert delivery.upload_picture(b"", name="x.png", alt_text="x") is None


def test_a_replaced_button_message_gives_way(workspace, delivery):
    delivery.post(place(workspace, is_private=True), plain_message("Before."))
    (before,) = workspace.ephemerals("#platform", "ben")
    url = hook(workspace, original=before.ts)
    delivery.replace_pressed(place(workspace, response_url=url), plain_message("After."))
    assert [m.text for m in workspace.ephemerals("#platform", "ben")] == ["After."]


def test_a_file_goes_to_the_asker_alone(workspace, delivery):
    assert delivery.send_file(place(workspace), "a,b\r\n1,2\r\n", name="x.csv", comment="<!here>")
    (message,) = workspace.messages("ben")
    assert message.user == BOT_USER
    assert message.text == "&lt;!here&gt;"
    assert workspace.files()[0].data == b"a,b\r\n1,2\r\n"


def test_nobody_waits_for_ever_when_told_to(workspace, delivery):
    workspace.faults.rate_limit("chat.postMessage", retry_after=3600, times=9)
    assert delivery.post(place(workspace), plain_message("x"))
    assert len(workspace.api_calls("chat.postMessage")) == 1
    assert workspace.ephemerals("#platform", "ben")


class Clock:
    def __init__(self):
        self.now = 100.0

    def ticks(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_a_few_posts_need_not_wait_then_one_a_second_and_channel():
    clock = Clock()
    pace = Pace(sleep=clock.sleep, ticks=clock.ticks, burst=3)
    times = []
    for _ in range(6):
        pace.wait("C1")
        times.append(clock.now)
    assert times == [100, 100, 100, 101, 102, 103]
    pace.wait("C2")
    assert clock.now == 103
    clock.now += 60
    pace.wait("C1")
    assert clock.now == 163
