"""The `[clouds]` of `purser.toml`: where Purser looks at what runs, and with whose rights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from bot.config import FILE, web_address
from bot.config_parts import STRICT, Texts
from tools.clouds.settings import AwsAccount, CloudSettings, GcpProject
from tools.core.errors import ConfigError

ROLES = ("read_role", "write_role", "terminate_role", "tags_role")
ACCOUNTS = ("read_account", "write_account", "terminate_account", "tags_account")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_ZONE = re.compile(r"[a-z]+-[a-z]+\d+-[a-z]")
_SERVICE_ACCOUNT = re.compile(r"[^@\s]+@[^@\s]+\.gserviceaccount\.com")
_DEFAULT = CloudSettings()


class _Aws(BaseModel):
    model_config = STRICT

    id: Annotated[str, Field(pattern=r"^\d{12}$")]
    regions: Texts
    name: str = ""
    profile: str | None = None
    read_role: str | None = None
    write_role: str | None = None
    terminate_role: str | None = None
    tags_role: str | None = None
    endpoint_url: str | None = None


class _Gcp(BaseModel):
    model_config = STRICT

    id: Annotated[str, Field(pattern=r"^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
    zones: Texts = []
    read_account: str | None = None
    write_account: str | None = None
    terminate_account: str | None = None
    tags_account: str | None = None
    billing_account: Annotated[
        str | None, Field(pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$")
    ] = None
    endpoint_url: str | None = None


class CloudsTable(BaseModel):
    """`[clouds]`, as written."""

    model_config = STRICT

    aws: list[_Aws] = []
    gcp: list[_Gcp] = []
    simulated: str | None = None
    prometheus_url: str | None = None
    idle_percent: Annotated[float, Field(gt=0, le=100)] = _DEFAULT.idle_percent
    idle_hours: Annotated[float, Field(gt=0, le=168)] = _DEFAULT.idle_hours
    idle_coverage: Annotated[float, Field(gt=0, le=1)] = _DEFAULT.idle_coverage


def read_clouds(table: CloudsTable, *, home: Path) -> CloudSettings:
    """The clouds, checked.

    Raises:
        ConfigError: one sentence that names the account or project, and the key.
    """
    _check_once([a.id for a in table.aws], "aws")
    _check_once([p.id for p in table.gcp], "gcp")
    prometheus = table.prometheus_url
    return CloudSettings(
        aws=tuple(_aws(account) for account in table.aws),
        gcp=tuple(_gcp(project) for project in table.gcp),
        simulated=home / Path(table.simulated).expanduser() if table.simulated else None,
        prometheus_url=_address(prometheus, "[clouds] prometheus_url") if prometheus else None,
        idle_percent=table.idle_percent,
        idle_hours=table.idle_hours,
        idle_coverage=table.idle_coverage,
    )


def _aws(raw: _Aws) -> AwsAccount:
    where = f"[[clouds.aws]] “{raw.id}”"
    if not raw.regions:
        raise ConfigError(f'{FILE}: {where} regions names none; write regions = ["us-east-1"].')
    _check_each(raw.regions, _REGION, f"{where} regions", "region such as us-east-1")
    for key in ROLES:
        role = getattr(raw, key)
        found = _ROLE.fullmatch(role) if role is not None else None
        if role is not None and not found:
            raise ConfigError(
                f"{FILE}: {where} {key} must look like arn:aws:iam::{raw.id}:role/purser."
            )
        if found and found[1] != raw.id:
            raise ConfigError(f"{FILE}: {where} {key} is a role of another account, {found[1]}.")
    _check_apart(raw, ROLES, where)
    return AwsAccount(**_written(raw), regions=tuple(raw.regions), endpoint_url=_end(raw, where))


def _gcp(raw: _Gcp) -> GcpProject:
    where = f"[[clouds.gcp]] “{raw.id}”"
    _check_each(raw.zones, _ZONE, f"{where} zones", "zone such as us-central1-a")
    for key in ACCOUNTS:
        account = getattr(raw, key)
        if account is not None and not _SERVICE_ACCOUNT.fullmatch(account):
            raise ConfigError(
                f"{FILE}: {where} {key} must look like purser@{raw.id}.iam.gserviceaccount.com."
            )
    _check_apart(raw, ACCOUNTS, where)
    return GcpProject(**_written(raw), zones=tuple(raw.zones), endpoint_url=_end(raw, where))


def _written(raw: BaseModel) -> dict[str, Any]:
    return raw.model_dump(exclude={"regions", "zones", "endpoint_url"})


def _end(raw: _Aws | _Gcp, where: str) -> str | None:
    return _address(raw.endpoint_url, f"{where} endpoint_url") if raw.endpoint_url else None


def _address(text: str, where: str) -> str:
    url = web_address(text, f"{FILE}: {where}")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise ConfigError(f"{FILE}: {where} must not carry a name or a password.")
    return url


def _check_once(ids: list[str], cloud: str) -> None:
    twice = next((one for place, one in enumerate(ids) if one in ids[:place]), None)
    if twice:
        raise ConfigError(f"{FILE}: two [[clouds.{cloud}]] have the id “{twice}”.")


def _check_each(texts: Iterable[str], form: re.Pattern[str], where: str, what: str) -> None:
    wrong = next((text for text in texts if not form.fullmatch(text)), None)
    if wrong is not None:
        raise ConfigError(f"{FILE}: {where}: “{wrong}” is no {what}.")


def _check_apart(raw: BaseModel, keys: Iterable[str], where: str) -> None:
    """Each right has a role of its own: what reads does not write, what writes ends nothing."""
    seen: dict[str, str] = {}
    for key in keys:
        value = getattr(raw, key)
        if value is not None and value in seen:
            raise ConfigError(
                f"{FILE}: {where} {seen[value]} and {key} are the same; each needs its own."
            )
        seen[value] = key
