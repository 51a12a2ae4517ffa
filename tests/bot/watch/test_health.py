"""`/purser health`: what waits, what failed, and what becomes of it in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.console.block_rules import problems
from bot.listeners.health import health
from bot.watch.health_words import Health, fate_text, health_message
from tests.bot.gate_parts import hall, text
from tools.ledger.accruals import keep_accrued, keep_billed
from tools.ledger.ingests import Ingests
from tools.ledger.outbox import Outbox
from tools.watch.accrual import Accrued
from tools.watch.outgoing import Outgoing, Sent, Sort, Told

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LEASE = timedelta(minutes=2)


def sent(told: Told, trouble: str, channel: str = "C0OLD", **rest) -> Sent:
    outgoing = Outgoing(key="k", channel=channel, sort=Sort.DIGEST, text="secret figures")
    return Sent(outgoing=outgoing, told=told, trouble=trouble, at=NOW - LEASE, **rest)


@pytest.mark.parametrize(
    ("told", "trouble", "said"),
    [
        (Told.DROPPED, "is_archived", "not delivered: it is archived"),
        (
            Told.SENT,
            "not_in_channel",
            "sent to the fallback channel: I am not a member of it",
        ),
        (Told.WAITING, "ratelimited", "tried 3 times so far: Slack asks me to wait"),
        (Told.SENDING, "http_504", "tried 3 times so far: Slack says http_504"),
    ],
)
def test_what_became_of_a_message(told: Told, trouble: str, said: str):
    assert fate_text(sent(told, trouble, tries=3)) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Health(now=NOW), "I am well. Nothing waits to be said."),
        (Health(now=NOW, waiting=1), "I am well. 1 message is for later."),
        (
            Health(now=NOW, waiting=2, oldest=NOW),
            "I am well. 2 messages wait, the oldest was due just now.",
        ),
        (
            Health(now=NOW, waiting=1, doubtful=1, oldest=NOW - timedelta(hours=1)),
            "Not all is well. 1 message waits, the oldest was due 1 h ago. I do not know yet "
            "whether Slack has 1 of them; I look before I say it again.",
        ),
        (
            Health(now=NOW, steps={"stop train-1, Nov 20, 20:00 UTC": "Purser was not there."}),
            "Not all is well. Nothing waits to be said. Not done by the clock in 7 days "
            "stop train-1, Nov 20, 20:00 UTC: Purser was not there.",
        ),
        (
            Health(now=NOW, sources={"aws": "Access was denied."}, jobs={"alerts": "OSError"}),
            "Not all is well. Nothing waits to be said. Could not be loaded aws: Access was "
            "denied. Failed at its last run alerts: OSError",
        ),
        (
            Health(now=NOW, failures=(sent(Told.DROPPED, "user_disabled", "U0ADA"),)),
            "Not all is well. Nothing waits to be said. Trouble delivering in the last 7 days "
            "digest for somebody’s direct messages, 09:28 UTC, not delivered: they have left",
        ),
    ],
)
def test_how_it_is(found: Health, said: str):
    message = health_message(found)
    assert text(message) == said
    assert problems(list(message.blocks)) == []


def test_members_are_told_and_nobody_else(tmp_path):
    with hall(tmp_path) as here:
        ledger = here.purser.ledger
        outbox = Outbox(ledger)
        post = Outgoing(key="k", channel="C0OLD00000", sort=Sort.ANOMALY, text="secret figures")
        with ledger.begin() as connection:
            outbox.put(connection, [post])
        outbox.drop(outbox.claim(holder="a", lease=LEASE), trouble="is_archived")
        Ingests(ledger).note("aws", trouble="Access was denied.")
        here.ask("ada", "/purser", "health")
        told = here.told("ada", says="Not all is well.")
        assert "not delivered: it is archived" in text(told)
        assert "aws: Access was denied." in text(told)
        assert "secret" not in text(told)
        assert here.workspace.messages("#platform") == []
        here.ask("dmitri", "/purser", "health", channel="#ml-research")
        here.told("dmitri", "#ml-research", says="Only full members")


def test_the_error_of_estimates_is_said_without_amounts(tmp_path):
    with hall(tmp_path) as here:
        at = here.clock.now()
        rows = [
            Accrued(
                day=at.date() - timedelta(days=back),
                resource="sim/1/us-east-2/instance/i-1",
                amount=Decimal(102),
                currency="USD",
                hourly=Decimal(1),
                through=at,
            )
            for back in (1, 2)
        ]
        assert health(here.purser).estimates == ()
        with here.purser.ledger.begin() as connection:
            keep_accrued(connection, rows, at=at)
            keep_billed(connection, {(row.day, row.resource): Decimal(100) for row in rows})
        said = "Running machines on Nov 19, before their bill came: estimated 2.0 % too high, "
        found = health(here.purser)
        assert found.estimates == (f"{said}1 machine.",)
        assert said in text(health_message(found))
        assert found.is_well
