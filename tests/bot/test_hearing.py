"""What Slack delivers, as plain words."""

from __future__ import annotations

import pytest

from bot.listeners.hearing import is_from_person, words
from bot.listeners.seen import MOST, SeenInMemory, is_new


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<@U0PURSER00> last 7d by team", "last 7d by team"),
        ("what did <@U1|ada> spend", "what did ada spend"),
        ("where team=R&amp;D and x &lt; 3", "where team=R&D and x < 3"),
        ("cost of <http://api.acme.com|api.acme.com>", "cost of api.acme.com"),
        ("cost of <https://acme.com>", "cost of https://acme.com"),
        ("where team=“ml platform”", 'where team="ml platform"'),
        ("in <#C1|platform> <!here>", "in platform"),
        ("  by\u00a0team \n daily ", "by team daily"),
        ("`last month by team`", "last month by team"),
        ("*last month* by team, a*b*c and 2 * 3 * 4", "last month by team, a*b*c and 2 * 3 * 4"),
        ("last\u200b month \u202eby\u2066 team\ufeff", "last month by team"),
        ("~aws~ last month", "~aws~ last month"),
        ("", ""),
    ],
)
def test_markup_of_slack_becomes_what_was_typed(text, plain):
    assert words(text) == plain


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"user": "U1"}, True),
        ({"user": "U1", "subtype": "thread_broadcast"}, True),
        ({"user": "U1", "subtype": "message_changed"}, False),
        ({"user": "U1", "subtype": "message_deleted"}, False),
        ({"user": "U1", "subtype": "channel_join"}, False),
        ({"user": "U1", "bot_id": "B1"}, False),
        ({"user": "U1", "hidden": True}, False),
        ({}, False),
    ],
)
def test_only_people_who_write_something_new_are_heard(event, expected):
    assert is_from_person(event) is expected


def body(event_id, ts="1.1", kind="message"):
    event = {"type": kind, "channel": "C1", "ts": ts}
    return {"team_id": "T1", "event_id": event_id, "event": event}


def test_an_event_is_new_once():
    seen = SeenInMemory()
    assert is_new(seen, body("Ev1"))
    assert not is_new(seen, body("Ev1"))


def test_one_post_heard_as_two_events_is_new_once():
    seen = SeenInMemory()
    assert is_new(seen, body("Ev1", kind="app_mention"))
    assert not is_new(seen, body("Ev2", kind="message"))
    assert is_new(seen, body("Ev3", ts="1.2"))


def test_memory_forgets_the_oldest_first():
    seen = SeenInMemory()
    for n in range(MOST + 1):
        assert seen.first_time(str(n))
    assert not seen.first_time(str(MOST))
    assert seen.first_time("0")
