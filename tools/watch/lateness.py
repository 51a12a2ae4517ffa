"""Which sources' bills are later than usual: a pure rule over what is loaded and today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tools.core.settings import Source

LATE_AFTER = 2  # days behind its usual lag; a bill written once a day is one behind every morning


@dataclass(frozen=True, slots=True)
class Late:
    """A source that lies further behind than usual.

    Args:
        source: its name.
        through: the last day complete in it; None where none is.
        behind: days besides its usual lag; 0 where none is complete.
        lag: its usual lag, in days.
    """

    source: str
    through: date | None
    behind: int
    lag: int


def late_sources(
    sources: Iterable[Source], through: Mapping[str, date | None], *, day: date
) -> tuple[Late, ...]:
    """The configured sources that are late.

    Args:
        sources: as configured; a second view of another's bill is nobody's to wait for.
        through: source → the last day complete in it; None where nothing was ever loaded.
        day: today, of the billing clock.
    """
    found = []
    for source in sources:
        last = through.get(source.name)
        behind = 0 if last is None else (day - timedelta(days=1) - last).days - source.lag_days
        if source.second_view_of is None and (last is None or behind >= LATE_AFTER):
            found.append(Late(source.name, last, behind, source.lag_days))
    return tuple(found)
