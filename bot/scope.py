"""Who asks, and what they may see. Whoever cannot be placed is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.config import ScopeSettings
from tools.core.errors import RefusedError
from tools.core.scope import EVERYTHING, Scope
from tools.gate.roster import is_user

if TYPE_CHECKING:
    from slack_sdk import WebClient

REMEMBERED = 300.0  # seconds; somebody made a guest is noticed after that


class Standing(StrEnum):
    """How somebody belongs to the workspace."""

    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Home:
    """The organisation Purser is installed in."""

    team: str
    enterprise: str | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks."""

    user: str
    standing: Standing


def scope_for(asker: Asker, channel: str | None, settings: ScopeSettings) -> Scope:
    """What may be shown to `asker` in `channel`: what both may see.

    Raises:
        RefusedError: for guests and people of other organisations where they are not let in, and
            for anybody whose standing could not be found out.
    """
    match asker.standing:
        case Standing.UNKNOWN:
            raise RefusedError(
                "I could not check who you are, so I show no costs. Please try again in a minute."
            )
        case Standing.GUEST if not settings.guests:
            raise RefusedError(
                "I show costs to full members of this workspace only, and you are here as a guest. "
                "Whoever invited you can ask for you."
            )
        case Standing.OUTSIDER if not settings.guests:
            raise RefusedError(
                "I show costs to people of this organisation only. "
                "Somebody from here can ask and share the answer with you."
            )
        case _:
            own = settings.users.get(asker.user, EVERYTHING)
            return own & settings.channels.get(channel or "", EVERYTHING)


def scope_of(who: str, settings: ScopeSettings) -> Scope:
    """What a full member, or a channel, may be shown unasked."""
    if is_user(who):
        return scope_for(Asker(who, Standing.MEMBER), None, settings)
    return settings.channels.get(who, EVERYTHING)


def standing(user: Mapping[str, Any], home: Home) -> Standing:
    """What Slack's `users.info` says about somebody; whatever it leaves open is unknown."""
    if user.get("deleted") or user.get("is_bot"):
        return Standing.UNKNOWN
    if user.get("is_stranger") or not _is_from(home, user):
        return Standing.OUTSIDER
    claims = (user.get("is_restricted"), user.get("is_ultra_restricted"))
    if any(claims):
        return Standing.GUEST
    return Standing.MEMBER if claims == (False, False) else Standing.UNKNOWN


def _is_from(home: Home, user: Mapping[str, Any]) -> bool:
    if user.get("team_id") and user.get("team_id") == home.team:
        return True
    grid = user.get("enterprise_user") or {}
    return home.enterprise is not None and grid.get("enterprise_id") == home.enterprise


class People:
    """Looks people up in Slack, and remembers them for a few minutes.

    Args:
        client: of Slack's Web API; needs the `users:read` scope.
        ticks: a clock in seconds that never goes back.
    """

    def __init__(self, client: WebClient, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._ticks = ticks
        self._known: dict[tuple[str, Home], tuple[float, Standing]] = {}

    def asker(self, user: str, home: Home) -> Asker:
        """Who this is; of unknown standing where Slack does not say."""
        from slack_sdk.errors import SlackClientError

        kept = self._known.get((user, home))
        if kept is not None and self._ticks() - kept[0] < REMEMBERED:
            return Asker(user, kept[1])
        try:
            found = standing(self._client.users_info(user=user).get("user") or {}, home)
        except (SlackClientError, OSError):
            return Asker(user, Standing.UNKNOWN)
        if found is not Standing.UNKNOWN:
            self._known[user, home] = (self._ticks(), found)
        return Asker(user, found)
