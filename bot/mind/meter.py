"""What questions cost in model calls: every call in the ledger, failed ones included."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bot.config import Endpoint
from bot.conversation import Usage
from tools.core.clock import Clock
from tools.core.errors import PurserError
from tools.ledger.records import ModelCall

if TYPE_CHECKING:
    from tools.ledger.answers import Answers

LETTERS = 4  # of English, a token
UNMETERED = "unmetered"  # answered well, without saying what it used

_log = logging.getLogger("purser.mind")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one call used, as the endpoint reports it.

    Args:
        input: of the prompt, cached ones included.
        cached: of those, read from a cache.
        output: generated.
    """

    input: int
    cached: int
    output: int


@dataclass(slots=True)
class Meter:
    """Counts the calls of one question.

    An endpoint that does not report its tokens is not guessed at: the ledger gets zero tokens, no
    price, and the outcome `unmetered`. Towards the limit of the question such a call, like one
    that broke off, counts with what was reserved for it.

    Args:
        answers: the ledger's record; None keeps none.
        answer: id of the answer the calls are made for.
        asker: on whose behalf.
        clock: for the record, and for prices that change with time.
    """

    answers: Answers | None
    answer: str
    asker: str
    clock: Clock
    spent: int = 0
    _calls: list[ModelCall] = field(default_factory=list)

    def record(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        tokens: Tokens | None,
        reserved: int,
        seconds: float,
        outcome: str = "ok",
    ) -> None:
        """Keep one call.

        Args:
            endpoint: who was asked.
            model: as it was named in the request.
            tokens: what the endpoint reports; None where it does not.
            reserved: what was put aside for the call, in tokens.
            seconds: how long it took.
            outcome: `ok`, or what went wrong in one word.
        """
        used = tokens or Tokens(0, 0, 0)
        self.spent += used.input + used.output if tokens else reserved
        at = self.clock.now()
        call = ModelCall(
            answer=self.answer,
            asker=self.asker,
            at=at,
            provider=endpoint.host,
            model=model,
            input_tokens=used.input,
            cached_tokens=used.cached,
            output_tokens=used.output,
            dollars=price(model, tokens, base_url=endpoint.base_url, at=at) if tokens else None,
            seconds=round(seconds, 3),
            outcome=UNMETERED if tokens is None and outcome == "ok" else outcome,
        )
        self._calls.append(call)
        self._keep(call)

    def usage(self) -> Usage:
        """The calls together; the price is None where that of one that answered is not known."""
        models = dict.fromkeys(call.model for call in self._calls)
        answered = [c for c in self._calls if c.outcome in ("ok", UNMETERED) or c.input_tokens]
        prices = [call.dollars for call in answered]
        known = [p for p in prices if p is not None]
        return Usage(
            calls=len(self._calls),
            input_tokens=sum(c.input_tokens for c in self._calls),
            cached_tokens=sum(c.cached_tokens for c in self._calls),
            output_tokens=sum(c.output_tokens for c in self._calls),
            dollars=sum(known, Decimal(0)) if known and len(known) == len(prices) else None,
            models=tuple(models),
        )

    def _keep(self, call: ModelCall) -> None:
        if self.answers is None:
            return
        from sqlalchemy.exc import SQLAlchemyError

        try:
            self.answers.record_call(call)
        except (SQLAlchemyError, PurserError):
            # A ledger that is away must not cost somebody the answer; the log keeps the figures.
            _log.exception("a model call could not be kept: %s", call)


def price(model: str, tokens: Tokens, *, base_url: str, at: datetime) -> Decimal | None:
    """Dollars of a call by list price; None where the model has no known one.

    The vendor is told by the endpoint's address; where that is a gateway's or one's own, by the
    model's name, `gpt-5-mini` or `openai/gpt-5-mini`. What a gateway adds is not known here.
    """
    from genai_prices import Usage as Used
    from genai_prices import calc_price

    used = Used(
        input_tokens=tokens.input,
        cache_read_tokens=min(tokens.cached, tokens.input),
        output_tokens=tokens.output,
    )
    maker, _, name = model.rpartition("/")
    ways = (
        partial(calc_price, used, model, provider_api_url=base_url),
        partial(calc_price, used, name, provider_id=maker or None),
    )
    for way in ways:
        with suppress(LookupError, ValueError):
            return Decimal(way(genai_request_timestamp=at).total_price)
    return None
