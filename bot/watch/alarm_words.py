"""`/purser alerts`: how alarms were judged, and the thresholds that would be better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from bot.blocks import (
    Block,
    Message,
    actions_block,
    button,
    context_blocks,
    fallback,
    rich_block,
    text_part,
)
from bot.figures import percent_text
from bot.machine_words import counted
from tools.core.money import money_text
from tools.watch.precision import Better, Precision

USE, USUAL = "purser.alarms.use", "purser.alarms.usual"
SHOWN = 30  # channels and kinds, those first in which most was said
SIZES = ("score", "relative", "absolute")
NOTHING = "Nothing was said here without being asked, so there is nothing to judge yet."


class Chosen(NamedTuple):
    """Thresholds, as a channel chose them or a button offers them.

    Args:
        sizes: of a `Sensitivity`, those that were chosen.
        currency: of the one that is money.
    """

    sizes: Mapping[str, float]
    currency: str = "USD"

    @property
    def text(self) -> str:
        """`absolute=240.0 currency=EUR`."""
        return " ".join([*(f"{n}={v}" for n, v in self.sizes.items()), f"currency={self.currency}"])

    def has(self, sizes: Mapping[str, float]) -> bool:
        """Whether these sizes were chosen already, or larger ones."""
        return all(self.sizes.get(name, 0.0) >= size for name, size in sizes.items())

    @classmethod
    def parse(cls, text: str) -> Chosen:
        """The thresholds of a button; without sizes where it names none."""
        held = {name: value for name, _, value in (pair.partition("=") for pair in text.split())}
        return cls.of(held)

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Chosen:
        """The thresholds as they are kept."""
        sizes = {name: float(held[name]) for name in SIZES if name in held}
        return cls(sizes, str(held.get("currency") or "USD"))

    @property
    def kept(self) -> dict[str, Any]:
        """As `of` reads it."""
        return {**self.sizes, "currency": self.currency}


def alarms_message(
    found: Iterable[Precision],
    *,
    offer: Better | None,
    now: Chosen | None,
    names_channels: bool = False,
) -> Message:
    """The whole answer.

    Args:
        found: by channel and kind.
        offer: better thresholds for this channel; None where there are none.
        now: what this channel chose; None where it chose nothing.
        names_channels: whether lines say which channel they are of.
    """
    judged = list(found)
    if not judged:
        return Message(NOTHING, (rich_block(text_part(NOTHING)),))
    judged.sort(key=lambda one: -one.sent)
    lines = [_line(one, names_channels=names_channels) for one in judged[:SHOWN]]
    head = "How alarms were judged"
    parts: list[Block] = [text_part(head, bold=True)]
    for line in lines:
        parts += [text_part("\n"), *line]
    blocks = [rich_block(*parts)]
    blocks += [rich_block(*_offered(offer))] if offer else []
    more = f"{len(judged) - SHOWN} more are not shown." if len(judged) > SHOWN else ""
    small = "Buttons under each alarm say what it was; the last word counts."
    blocks += context_blocks(more, _chosen(now) if now else "", small)
    return Message(fallback(head), (*blocks, *actions_block([*_buttons(offer, now)])))


def threshold_text(sizes: Mapping[str, float], currency: str) -> str:
    """`more than $240.00 a day`, `more than 40.0 % above the usual`."""
    return " and ".join(_one(name, value, currency) for name, value in sizes.items())


def _one(name: str, value: float, currency: str) -> str:
    size = Decimal(str(value))
    if name == "absolute":
        return f"more than {money_text(size, currency)} a day"
    if name == "relative":
        return f"more than {percent_text(size)} above the usual"
    return f"more than {size} standard deviations"


def _line(one: Precision, *, names_channels: bool) -> Iterator[Block]:
    if names_channels:
        if one.channel.startswith(("C", "G")):
            yield {"type": "channel", "channel_id": one.channel}
        else:
            yield text_part("direct messages")
        yield text_part(", ")
    said = f"{one.sort}: {one.sent:,} told, {one.judged:,} judged"
    if one.share is not None:
        said += (
            f", {percent_text(one.share)} of them real problems "
            f"({one.real} real, {one.expected} expected, {one.noise} not useful)"
        )
    yield text_part(f"{said}.")


def _offered(offer: Better) -> Iterator[Block]:
    yield text_part("I propose ", bold=True)
    yield text_part(
        f"to tell anomalies here only of {threshold_text(offer.chosen, offer.currency)}"
    )
    real = f", and told {'all ' if offer.real > 1 else ''}{counted(offer.real, 'real problem')}"
    yield text_part(
        f": that would have spared you {offer.fewer} of {offer.of} that were no problem"
        f"{real if offer.real else ''}."
    )


def _chosen(now: Chosen) -> str:
    return f"Anomalies here are told of {threshold_text(now.sizes, now.currency)}, as chosen."


def _buttons(offer: Better | None, now: Chosen | None) -> Iterator[Block]:
    if offer is not None:
        value = Chosen(offer.chosen, offer.currency).text
        yield button("Use these thresholds", USE, value=value, style="primary")
    if now is not None:
        yield button("Back to the usual ones", USUAL, value="usual")
