"""What may look like a change only because one side's days are not all there: pure.

Bills of a day keep arriving, so what is less there may only not be billed yet. Bills that begin
inside the days compared with make it the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.core.results import Cause
from tools.core.windows import Window
from tools.lake.coverage import Coverage
from tools.lake.effects import Effect, Lot

_NEVER_SURE = (Cause.RATE, Cause.UNEXPLAINED)  # half a day's lines have no price of their own


@dataclass(frozen=True, slots=True)
class Short:
    """Sources whose bills do not hold all days.

    Args:
        after: of the period.
        before: of the period compared with.
    """

    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()


WHOLE = Short()


def short(found: Coverage, window: Window) -> Short:
    """Which sources lack days on which side."""
    now, *then = [found.short(days) for days in window.periods]
    return Short(now, *then)


def settled(effects: Iterable[Effect], lacking: Short) -> list[Effect]:
    """The effects, those at the end as pending that may only be missing days."""
    effects = list(effects)
    unsure = [_is_unsure(effect, lacking) for effect in effects]
    sure = [e for e, is_unsure in zip(effects, unsure, strict=True) if not is_unsure]
    rest = [e for e, is_unsure in zip(effects, unsure, strict=True) if is_unsure]
    return sure + [effect._replace(cause=Cause.PENDING) for effect in rest]


def _is_unsure(effect: Effect, lacking: Short) -> bool:
    sources = {cell.source for cell in effect.lot.cells}
    is_late, is_early = bool(sources & lacking.after), bool(sources & lacking.before)
    if not is_late and not is_early:
        return False
    grows = effect.amount * _sign(effect.lot)  # further from nothing than before
    if effect.cause in _NEVER_SURE or not grows:
        return True
    return is_late if grows < 0 else is_early


def _sign(lot: Lot) -> int:
    """Of what it costs: −1 for a credit."""
    whole = lot.before or lot.after
    return (whole > 0) - (whole < 0)
