"""The ear of the terminal: prints an answer while it is made, and hears Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_ERASE = "\r\x1b[K"


@dataclass
class Terminal:
    """An `Ear` on standard output; what is being done shows on standard error.

    Args:
        is_quiet: print nothing, for a program reads the answer.
        has_said: whether any of the answer's text was printed.
    """

    is_quiet: bool = False
    has_said: bool = False
    _is_followed: bool = False
    _is_stopped: bool = False
    _has_status: bool = False

    def status(self, text: str) -> None:
        """Show what is being done, where somebody watches."""
        self._is_followed = True
        if not self.is_quiet and not self.has_said and sys.stderr.isatty():
            self._has_status = True
            print(f"{_ERASE}{text}", end="", file=sys.stderr, flush=True)

    def says(self, text: str) -> None:
        """Print the next piece of the answer."""
        self._is_followed = True
        if self.is_quiet:
            return
        self._wipe()
        self.has_said = True
        print(text, end="", flush=True)

    def wants_stop(self) -> bool:
        """Whether Ctrl-C was pressed; who asks will also heed it."""
        self._is_followed = True
        return self._is_stopped

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Within, Ctrl-C stops an answer that is followed and keeps what was found.

        A second one, or one where nobody would heed it, ends the command.
        """
        before = signal.signal(signal.SIGINT, self._interrupted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
            self._wipe()
            if self.has_said:
                print()

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        if self._is_stopped or not self._is_followed:
            raise KeyboardInterrupt
        self._is_stopped = True

    def _wipe(self) -> None:
        if self._has_status:
            print(_ERASE, end="", file=sys.stderr, flush=True)
            self._has_status = False
