"""Looks after proposals once a minute: what a crash left, what expired, what was put off."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

PAUSE = 60.0  # seconds


class Rounds:
    """A thread that goes the round, at once and then every minute, until it is told to end.

    Args:
        step: one round; whatever it raises is logged, and the next one comes all the same.
        logger: told of faults.
        pause: seconds between two rounds.
    """

    def __init__(
        self, step: Callable[[], object], *, logger: logging.Logger, pause: float = PAUSE
    ) -> None:
        self._step = step
        self._logger = logger
        self._pause = pause
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go, name="rounds", daemon=True)

    def start(self) -> None:
        """Begin with the first round."""
        self._thread.start()

    def end(self) -> None:
        """Make no further round; waits for the one under way."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _go(self) -> None:
        while not self._end.is_set():
            try:
                self._step()
            except Exception:
                self._logger.exception("a round failed")
            self._end.wait(self._pause)
