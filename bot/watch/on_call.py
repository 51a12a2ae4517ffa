"""Who is called for an incident: user groups first, then people, then the whole channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.watch.incident_blocks import EVERYBODY

if TYPE_CHECKING:
    from bot.app import Purser


@dataclass(frozen=True, slots=True)
class Level:
    """Those who are called together.

    Args:
        ids: user groups, users, or `channel` for everybody there.
        trouble: a sentence on who could not be found out; empty where all could.
    """

    ids: tuple[str, ...]
    trouble: str = ""


def levels_of(purser: Purser, *, at: datetime) -> tuple[Level, ...]:
    """Who is called first, and who after them when nobody acknowledges.

    Being on call routes; it authorises nothing.
    """
    named = purser.config.watch.on_call
    groups = tuple(one for one in named if one.startswith("S"))
    people = tuple(one for one in named if not one.startswith("S"))
    return tuple(Level(ids) for ids in (groups, people, (EVERYBODY,)) if ids)
