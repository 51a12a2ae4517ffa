"""What a serving process does by itself: it looks what is due, and sends what waits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.app import Purser

SENDING_PAUSE = 2.0  # seconds between two looks into the outbox


@contextmanager
def clockwork(purser: Purser, *, logger: logging.Logger) -> Iterator[None]:
    """Run jobs and send what they say until the block ends; what is under way is finished.

    Args:
        purser: wired, with Slack's bot token.
        logger: told of faults, never of what was said.
    """
    from bot.listeners.rounds import Rounds
    from bot.watch.sending import sender
    from bot.watch.ticker import Ticker

    ticker = Ticker(purser, logger=logger)
    sending = Rounds(sender(purser, logger=logger).round, logger=logger, pause=SENDING_PAUSE)
    ticker.start()
    sending.start()
    try:
        yield
    finally:
        ticker.end()
        sending.end()
