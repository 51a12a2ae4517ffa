"""The message itself: within Slack's limits, and whatever anybody wrote is only text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.console.block_rules import problems
from bot.still_needed import (
    MOST,
    Asked,
    answered_message,
    asked_message,
    needed_message,
    until_of,
)
from tests.bot.owners import shown
from tests.clouds.simulated_clouds import HOSTILE, NOW, resource
from tools.clouds.resources import Kind
from tools.core.errors import RefusedError
from tools.core.machines import Idleness, Machine
from tools.ledger.needs import Need, Said
from tools.needs import Ask, Asking


def machine(name="i-1", kind=Kind.INSTANCE, idleness=Idleness.IDLE, **more) -> Machine:
    parts = {"hourly": Decimal(2), "wasted": Decimal(9), "sureness": HOSTILE, **more}
    return Machine(resource=resource(kind, name), idleness=idleness, **parts)


def hostile(number: int) -> Machine:
    one = machine(f"i-{number}")
    return replace(one, resource=replace(one.resource, name=HOSTILE * 9, type=HOSTILE))


def test_what_anybody_wrote_is_text_and_the_message_is_within_limits():
    ask = Ask(to="C0ML", team=HOSTILE, machines=tuple(hostile(n) for n in range(MOST + 5)))
    message = needed_message(ask, by=HOSTILE, now=NOW)
    assert problems(list(message.blocks)) == []
    assert sum(block["type"] == "actions" for block in message.blocks) == MOST
    written = json.dumps(message.blocks)
    assert not {'"mrkdwn"', '"link"', '"user"', '"broadcast"'} & set(written.split(": "))
    assert "<!channel>" not in message.text
    said = {
        m.resource.id: [Need(m.resource.id, HOSTILE, Said.KEEP, NOW, NOW)] for m in ask.machines
    }
    answered = answered_message(message.text, message.blocks, said)
    assert problems(list(answered.blocks)) == []
    assert "by somebody" in shown(answered)


def test_answers_are_drawn_once_however_often():
    ask = Ask(to="U0ADA", machines=(machine(),))
    message = needed_message(ask, by="schedule", now=NOW)
    id = ask.machines[0].resource.id
    said = {id: [Need(id, "U0ADA", Said.NOT_MINE, None, NOW)]}
    once = answered_message(message.text, message.blocks, said)
    assert answered_message(once.text, once.blocks, said) == once
    assert answered_message(once.text, once.blocks, {}) == message


@pytest.mark.parametrize(
    ("machines", "begins"),
    [
        ([machine()], "1 machine of yours seems idle at $2.00 an hour, about $9.00 wasted so far."),
        (
            [machine(), machine("i-2", idleness=Idleness.UNKNOWN)],
            "1 machine of yours seems idle at $2.00 an hour, about $9.00 wasted so far. "
            "1 more could not be measured.",
        ),
        (
            [machine(idleness=Idleness.UNKNOWN, hourly=None, wasted=None)],
            "1 machine of yours was not measured.",
        ),
        ([machine(hourly=None, wasted=None)], "1 machine of yours seems idle."),
    ],
)
def test_the_number_comes_first(machines, begins):
    message = needed_message(Ask(to="U0ADA", machines=tuple(machines)), by="U0B", now=NOW)
    assert message.text == f"{begins} Still needed?"


def test_a_disk_has_no_stop_and_an_id_too_long_no_answers():
    disk = needed_message(Ask(to="U0A", machines=(machine("v", Kind.DISK),)), by="", now=NOW)
    assert "[Keep…] [Not mine]" in shown(disk)
    long = needed_message(Ask(to="U0A", machines=(machine("i" * 250),)), by="", now=NOW)
    assert problems(list(long.blocks)) == []
    assert "[Keep…]" not in shown(long)


def test_nothing_idle_is_said_so():
    message = asked_message(Asked(told=(), not_told=(), asking=Asking()))
    assert shown(message) == "Nobody was asked.\nNothing is idle that I could ask about."


@pytest.mark.parametrize("term", ["", "2y", "-1d", "1D"])
def test_only_our_own_choices_keep_anything(term):
    with pytest.raises(RefusedError):
        until_of(term, now=NOW)


def test_a_term_is_never_shorter_than_what_was_chosen():
    for hour in range(24):
        now = NOW.replace(hour=hour)
        assert timedelta(days=1) <= until_of("1d", now=now) - now <= timedelta(days=2)
