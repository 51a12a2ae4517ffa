"""The `[watch]` of `purser.toml`: what is said without being asked, where and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import time
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field

from bot.config import FILE, goes_safely
from bot.config_parts import STRICT, Texts
from bot.config_people import is_channel
from tools.core.errors import ConfigError
from tools.core.query import Filter
from tools.gate.roster import is_group, is_user
from tools.watch.settings import DigestSettings, WatchSettings

_HOUR = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?")
_POLICY = re.compile(r"[A-Z0-9]{4,32}")
_DEFAULT = WatchSettings()
_DIGEST = DigestSettings(channel="C0")


def hour(value: object) -> object:
    """`9`, `09:30` or TOML's own `09:30:00` as an hour; anything else as it is."""
    found = _HOUR.fullmatch(str(value).strip()) if isinstance(value, str | int) else None
    return time(int(found[1]), int(found[2] or 0)) if found else value


Hour = Annotated[time, BeforeValidator(hour), Field(strict=True)]
MaybeHour = Hour | Literal["none"] | None


class _Digest(BaseModel):
    model_config = STRICT

    channel: str
    scope: Texts = []
    daily: MaybeHour = _DIGEST.daily
    weekly: MaybeHour = _DIGEST.weekly
    monthly: bool = _DIGEST.monthly


class WatchTable(BaseModel):
    """`[watch]`, as written."""

    model_config = STRICT

    zone: str = _DEFAULT.zone
    operators: str = ""
    incidents: str = ""
    fallback: str = ""
    quiet: list[Hour] = []
    thresholds: list[Annotated[int, Field(gt=0, le=1000)]] = list(_DEFAULT.thresholds)
    severe: Annotated[int, Field(gt=0)] = _DEFAULT.severe
    on_call: Texts = []
    pagerduty: Texts = []
    pagerduty_url: str = _DEFAULT.pagerduty_url
    escalate_after: Annotated[int, Field(gt=0, le=1440)] = _DEFAULT.escalate_after
    ingest: Annotated[int, Field(ge=0, le=1440)] = _DEFAULT.ingest
    needs: bool = _DEFAULT.needs
    digests: list[_Digest] = []


def read_watch(
    table: WatchTable,
    *,
    names: set[str],
    read_filters: Callable[[str, set[str], str], tuple[Filter, ...]],
) -> WatchSettings:
    """The watch, checked.

    Args:
        table: as written.
        names: of all dimensions.
        read_filters: reads a condition: its text, the dimensions, the section it stands in.

    Raises:
        ConfigError: one sentence that names the key.
    """
    for key in ("operators", "incidents", "fallback"):
        _check_channel(getattr(table, key), f"[watch] {key}", may_be_empty=True)
    _check_each(table.on_call, lambda t: is_user(t) or is_group(t), "on_call", "user or group id")
    _check_each(table.pagerduty, _POLICY.fullmatch, "pagerduty", "escalation policy id")
    if any(later <= earlier for earlier, later in pairwise(table.thresholds)):
        raise ConfigError(f"{FILE}: [watch] thresholds must ascend, such as [50, 75, 90, 100].")
    if not goes_safely(table.pagerduty_url):
        raise ConfigError(
            f"{FILE}: [watch] pagerduty_url must be https, or http on this machine; a key goes "
            "there."
        )
    return WatchSettings(
        zone=_zone(table.zone),
        operators=table.operators,
        incidents=table.incidents,
        fallback=table.fallback,
        quiet=_quiet(table.quiet),
        thresholds=tuple(table.thresholds),
        severe=table.severe,
        on_call=tuple(table.on_call),
        pagerduty=tuple(table.pagerduty),
        pagerduty_url=table.pagerduty_url.rstrip("/"),
        escalate_after=table.escalate_after,
        ingest=table.ingest,
        needs=table.needs,
        digests=_digests(table.digests, names, read_filters),
    )


def _digests(
    tables: Iterable[_Digest],
    names: set[str],
    read_filters: Callable[[str, set[str], str], tuple[Filter, ...]],
) -> tuple[DigestSettings, ...]:
    digests: dict[str, DigestSettings] = {}
    for table in tables:
        where = f"[[watch.digests]] “{table.channel[:60]}”"
        _check_channel(table.channel, where)
        if table.channel in digests:
            raise ConfigError(f"{FILE}: two [[watch.digests]] are for {table.channel}.")
        digests[table.channel] = DigestSettings(
            channel=table.channel,
            scope=tuple(
                f for text in table.scope for f in read_filters(text, names, f"{where} scope")
            ),
            daily=_or_none(table.daily),
            weekly=_or_none(table.weekly),
            monthly=table.monthly,
        )
    return tuple(digests.values())


def _or_none(value: time | str | None) -> time | None:
    return value if isinstance(value, time) else None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ConfigError(
            f"{FILE}: [watch] zone: “{name[:60]}” is no time zone such as Europe/Berlin."
        ) from error
    return name


def _quiet(hours: list[time]) -> tuple[time, time] | None:
    if not hours:
        return None
    if len(hours) != 2 or hours[0] == hours[1]:
        raise ConfigError(f'{FILE}: [watch] quiet takes two hours, such as ["20:00", "07:00"].')
    return hours[0], hours[1]


def _check_each(texts: Iterable[str], holds: Callable[[str], object], key: str, what: str) -> None:
    for text in texts:
        if not holds(text):
            raise ConfigError(f"{FILE}: [watch] {key}: “{text[:60]}” is no {what}.")


def _check_channel(text: str, where: str, *, may_be_empty: bool = False) -> None:
    if not is_channel(text) and not (may_be_empty and not text):
        raise ConfigError(
            f"{FILE}: {where}: “{text[:60]}” is no channel id such as C0123456789; "
            "the end of the channel’s details in Slack shows it."
        )
