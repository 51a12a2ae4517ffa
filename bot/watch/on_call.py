"""Who is called for an incident: groups and PagerDuty first, then people, then the channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.figures import clean
from bot.watch.incident_blocks import EVERYBODY
from tools.core.errors import UnavailableError
from tools.gate.roster import is_group

if TYPE_CHECKING:
    from bot.app import Purser
    from bot.watch.pagerduty import Duty

NOT_ASKED = "PagerDuty was not asked who is on call: PAGERDUTY_TOKEN is not set."


@dataclass(frozen=True, slots=True)
class Level:
    """Those who are called together.

    Args:
        ids: user groups, users, or `channel` for everybody there.
        trouble: a sentence on who could not be found out; empty where all could.
    """

    ids: tuple[str, ...]
    trouble: str = ""


def levels_of(purser: Purser) -> tuple[Level, ...]:
    """Who is called first, and who after them when nobody acknowledges.

    User groups and PagerDuty's first level are called together, then its further levels, then
    those named outright, then everybody in the channel. Whom somebody was called with before is
    called again all the same. Being on call routes; it authorises nothing.
    """
    named = purser.config.watch.on_call
    groups = tuple(one for one in named if is_group(one))
    people = tuple(one for one in named if not is_group(one))
    duties, trouble = _duties(purser)
    found = [groups + duties.get(1, ())]
    found += [duties[level] for level in sorted(duties) if level > 1]
    found += [people, (EVERYBODY,)]
    kept = [tuple(dict.fromkeys(ids)) for ids in found if ids]
    return tuple(Level(ids, "" if place else trouble) for place, ids in enumerate(kept))


def _duties(purser: Purser) -> tuple[dict[int, tuple[str, ...]], str]:
    """By level of PagerDuty's policies, user ids; and who of them could not be found."""
    settings, token = purser.config.watch, purser.config.secrets.pagerduty_token
    if not settings.pagerduty:
        return {}, ""
    if not token:
        return {}, NOT_ASKED
    from bot.watch.pagerduty import PagerDuty

    try:
        duties = PagerDuty(settings.pagerduty_url, token).on_call(settings.pagerduty)
        found = list(_found(purser, duties))
    except UnavailableError as error:
        return {}, error.sentence
    levels: dict[int, tuple[str, ...]] = {}
    for level, user, _name in found:
        levels[level] = (*levels.get(level, ()), *([user] if user else []))
    strangers = ", ".join(clean(name) for _level, user, name in found if not user)
    trouble = f"On call, but not found in Slack: {strangers}." if strangers else ""
    return {level: users for level, users in levels.items() if users}, trouble


def _found(purser: Purser, duties: tuple[Duty, ...]) -> Iterator[tuple[int, str, str]]:
    """Level, Slack user id or nothing, name."""
    for duty in duties:
        user = purser.directory.find(duty.email) if duty.email else None
        yield duty.level, user or "", duty.name or duty.email
