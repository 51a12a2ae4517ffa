"""What a serving process does by itself: it looks what is due, and sends what waits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.app import Purser

PAUSES = (15.0, 2.0)


@contextmanager
def clockwork(
    purser: Purser, *, logger: logging.Logger, pauses: tuple[float, float] = PAUSES
) -> Iterator[None]:
    """Run jobs and send what they say until the block ends; what is under way is finished.

    Args:
        purser: wired, with Slack's bot token.
        logger: told of faults, never of what was said.
        pauses: seconds between two looks at what is due, and into the outbox.
    """
    from bot.listeners.rounds import Rounds
    from bot.watch.sending import sender
    from bot.watch.ticker import Ticker

    ticker = Ticker(purser, logger=logger, pause=pauses[0])
    sending = Rounds(sender(purser, logger=logger).round, logger=logger, pause=pauses[1])
    ticker.start()
    sending.start()
    try:
        yield
    finally:
        ticker.end()
        sending.end()
