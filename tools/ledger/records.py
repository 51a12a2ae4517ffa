"""What the ledger keeps of answers and of the model calls behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

Verdict = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that was called for an answer: with what, and how many lines of bills it read."""

    name: str
    arguments: dict[str, object]
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """How one answer came about. It holds no figures of the bills.

    Args:
        id: of the answer.
        at: when.
        conversation: the thread, or what stands for one.
        asker: who asked.
        question: as it was said.
        path: `command`, `phrasebook`, `model` or `none`.
        reading: the question as a line of the grammar, which follow-ups are read against.
        calls: the tools, in order.
        seconds: from hearing to answer.
    """

    id: str
    at: datetime
    conversation: str
    asker: str
    question: str
    path: str
    reading: str | None = None
    calls: tuple[Call, ...] = field(default=())
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call of a model.

    Args:
        answer: id of the answer it was made for.
        asker: on whose behalf.
        at: when.
        provider: host of the endpoint.
        model: as the endpoint names it.
        input_tokens: of the prompt, cached ones included.
        cached_tokens: of those, read from the provider's cache.
        output_tokens: generated.
        dollars: its price; None where no price is known.
        seconds: how long it took.
        outcome: `ok`, or what went wrong in one word.
    """

    answer: str
    asker: str
    at: datetime
    provider: str
    model: str
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    dollars: Decimal | None = None
    seconds: float = 0.0
    outcome: str = "ok"
