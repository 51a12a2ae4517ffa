"""How good alarms were, by what people said of them, and which thresholds would have been better.

Pure: what was told and what was said of it in, figures and a proposal out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.ledger.anomalies import Known
    from tools.ledger.feedback import Said

LEAST = 3  # so many alarms of no use are needed for a proposal, and as many must fall away
_MOST_OF = 0.3  # of those of no use, that much has to fall away
_BELOW = Decimal("0.9")  # of the smallest real one
_ABOVE = Decimal("1.1")  # of the largest that falls away


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How alarms of one kind in one channel were judged.

    Args:
        channel: Slack channel.
        sort: kind of message.
        sent: how many there were.
        real: called a real problem.
        expected: right, and no surprise.
        noise: called of no use.
    """

    channel: str
    sort: str
    sent: int
    real: int = 0
    expected: int = 0
    noise: int = 0

    @property
    def judged(self) -> int:
        """How many anybody said something of."""
        return self.real + self.expected + self.noise

    @property
    def share(self) -> Decimal | None:
        """Real problems among the judged; None where none is."""
        return Decimal(self.real) / self.judged if self.judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Better:
    """Thresholds under which less of no use would have been said, and nothing real lost.

    Args:
        chosen: which of a `Sensitivity`'s sizes, and what they should be.
        fewer: alarms of no use, or expected, that would not have been said.
        of: how many of those there were.
        real: real problems, all of which would still have been told.
        currency: of a size that is money.
    """

    chosen: Mapping[str, float]
    fewer: int
    of: int
    real: int
    currency: str = "USD"


def precisions(sent: Mapping[tuple[str, str], int], said: Iterable[Said]) -> tuple[Precision, ...]:
    """By channel and kind; of what several people said of one message, the last word counts."""
    last = {one.message: one for one in sorted(said, key=lambda s: s.at)}
    counts: dict[tuple[str, str], dict[str, int]] = {key: {} for key in sent}
    for one in last.values():
        mine = counts.setdefault((one.channel, one.sort), {})
        mine[one.verdict.value] = mine.get(one.verdict.value, 0) + 1
    return tuple(
        Precision(channel=channel, sort=sort, sent=sent.get((channel, sort), 0), **mine)
        for (channel, sort), mine in sorted(counts.items())
    )


def better(told: Iterable[Known], said: Iterable[Said]) -> Better | None:
    """The thresholds that one channel's judgements speak for; None where they speak for none."""
    last = {one.message: one.verdict.value for one in sorted(said, key=lambda s: s.at)}
    judged = [(one, last[one.message]) for one in told if one.message in last]
    real = [one for one, verdict in judged if verdict == "real"]
    useless = [one for one, verdict in judged if verdict != "real"]
    if len(useless) < LEAST:
        return None
    tries = [_tried("relative", [o.relative for o in real], [o.relative for o in useless])]
    currencies = {one.currency for one, _ in judged}
    if len(currencies) == 1:  # one size does not suit amounts of several
        tries.insert(0, _tried("absolute", [o.a_day for o in real], [o.a_day for o in useless]))
    name, limit, fewer = max(tries, key=lambda tried: tried[2])
    if fewer < max(LEAST, _MOST_OF * len(useless)):
        return None
    return Better(
        chosen={name: float(limit)},
        fewer=fewer,
        of=len(useless),
        real=len(real),
        currency=currencies.pop(),
    )


def _tried(
    name: str, real: Sequence[Decimal], useless: Sequence[Decimal]
) -> tuple[str, Decimal, int]:
    """A limit just above what was of no use, below all that was real.

    With nothing real, one that leaves the larger half.
    """
    if real:
        below = [value for value in useless if value < min(real) * _BELOW]
        least = min(min(real) * _BELOW, max(below, default=Decimal(0)) * _ABOVE)
    else:
        least = sorted(useless)[len(useless) // 2]
    step = Decimal(1).scaleb(least.adjusted() - 1) if least > 0 else Decimal(1)
    limit = (least / step).to_integral_value(ROUND_FLOOR) * step
    return name, limit, sum(value < limit for value in useless)
