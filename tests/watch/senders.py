"""Senders to the local Slack, and everything that waits sent at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from slack_sdk import WebClient

from bot.delivery import Delivery
from bot.watch.posting import Poster
from bot.watch.sending import Sender
from tools.core.clock import Clock
from tools.ledger.ledger import Ledger
from tools.ledger.outbox import Outbox
from tools.ledger.watch_choices import WatchChoices
from tools.watch.settings import WatchSettings

if TYPE_CHECKING:
    from tests.bot.gate_parts import Hall

LOGGER = logging.getLogger("purser.tests.sender")
LOGGER.setLevel(logging.CRITICAL)


def sender_to(
    slack: str,
    token: str,
    ledger: Ledger,
    *,
    clock: Clock,
    outbox: Outbox | None = None,
    poster: type[Poster] = Poster,
    settings: WatchSettings | None = None,
    timeout: int = 5,
    sleep: Callable[[float], None] = lambda _: None,
    **rest: object,
) -> Sender:
    """Whoever sends from a ledger.

    Args:
        slack: address of its Web API.
        token: the bot's.
        ledger: with what waits.
        clock: of quiet hours.
        outbox: over the ledger; else a plain one.
        poster: posts.
        settings: of the watch.
        timeout: seconds for each call.
        sleep: between tries; else it does not.
        **rest: further parts of a `Sender`.
    """
    client = WebClient(token, base_url=slack, retry_handlers=[], timeout=timeout, logger=LOGGER)
    return Sender(
        outbox=outbox or Outbox(ledger),
        poster=poster(Delivery(client, logger=LOGGER, sleep=sleep)),
        choices=WatchChoices(ledger),
        settings=settings or WatchSettings(),
        clock=clock,
        logger=LOGGER,
        **rest,
    )


def send(here: Hall) -> None:
    """Everything that waits is sent, at a pace for which a test has no time."""
    config, ticks = here.purser.config, [0.0]
    sender = sender_to(
        config.slack.api_url,
        config.secrets.bot_token,
        here.purser.ledger,
        clock=here.clock,
        settings=config.watch,
        ticks=lambda: ticks[0],
    )
    while sender.round():
        ticks[0] += 100
