"""The `[people]` of `purser.toml`: which channel is whose."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import BaseModel

from bot.config import FILE, PeopleSettings
from bot.config_parts import STRICT
from tools.core.errors import ConfigError

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")
_WHERE = f"{FILE}: [people.channels]"


def is_channel(text: str) -> bool:
    """Whether this is the id of a channel."""
    return bool(_CHANNEL.fullmatch(text))


class PeopleTable(BaseModel):
    """`[people]`, as written."""

    model_config = STRICT

    channels: dict[str, str] = {}


def read_people(table: PeopleTable) -> PeopleSettings:
    """The teams' channels, checked.

    Raises:
        ConfigError: one sentence that names the team.
    """
    _check(table.channels)
    return PeopleSettings({team.strip(): channel for team, channel in table.channels.items()})


def _check(channels: Mapping[str, str]) -> None:
    known: set[str] = set()
    for team, channel in channels.items():
        plain = team.strip().lower()
        if not plain:
            raise ConfigError(f"{_WHERE} has a team without a name; write it in front of the sign.")
        if plain in known:
            raise ConfigError(f"{_WHERE} names the team “{team.strip()}” twice.")
        known.add(plain)
        if not is_channel(channel):
            raise ConfigError(
                f"{_WHERE} {team.strip()}: “{channel[:60]}” is no channel id such as C0123456789; "
                "the end of the channel’s details in Slack shows it."
            )
