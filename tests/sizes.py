"""How much of what can be tried without end is tried: less in `make test`, more in `test-long`."""

from __future__ import annotations

import os
from typing import TypeVar

IS_LONG = os.environ.get("PURSER_TESTS") == "long"
Size = TypeVar("Size")


def sized(usual: Size, long: Size) -> Size:
    """The size for this run; mark the test `long`, so that `make test-long` runs it."""
    return long if IS_LONG else usual
