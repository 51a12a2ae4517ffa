"""The `[[sources]]` of `purser.toml`: files, buckets, and the model vendors' own reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from bot.config import FILE, OPENAI_API, Secrets, goes_safely
from bot.config_parts import STRICT, check_known, hint
from tools.core.errors import ConfigError
from tools.core.settings import Bucket, Interface, Origin, Source
from tools.lake.tables import FILLABLE

LANDING = "landing"
ANTHROPIC_API = "https://api.anthropic.com/v1"
_API = {"openai": OPENAI_API, "anthropic": ANTHROPIC_API}
_OF_BUCKETS = ("region", "profile", "role_arn", "endpoint_url")
_OF_INTERFACES = ("base_url", "since")


class SourceTable(BaseModel):
    """One `[[sources]]` block, as written."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    path: str | None = None
    s3: str | None = None
    kind: str | None = None
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    base_url: str | None = None
    since: date | None = None
    lag_days: Annotated[int, Field(ge=0, le=60)] = 1
    fill: dict[str, str] = {}
    second_view_of: str | None = None


def read_sources(
    tables: Sequence[SourceTable], *, home: Path, secrets: Secrets
) -> tuple[Source, ...]:
    """The sources, checked.

    Raises:
        ConfigError: one sentence that names the source and the key.
    """
    names = [table.name for table in tables]
    for place, table in enumerate(tables):
        if table.name in names[:place]:
            raise ConfigError(f"{FILE}: two [[sources]] are named “{table.name}”.")
        _check(table, names)
    return tuple(_source(table, home, secrets) for table in tables)


def _check(table: SourceTable, names: list[str]) -> None:
    where = _where(table)
    for column in table.fill:
        check_known(column, FILLABLE, f"{where} fill")
    ways = [key for key in ("path", "s3", "kind") if getattr(table, key) is not None]
    if len(ways) != 1:
        raise ConfigError(
            f"{FILE}: {where} needs one of path, s3 and kind"
            f"{', and has ' + ' and '.join(ways) if ways else ''}."
        )
    for way, keys in (("s3", _OF_BUCKETS), ("kind", _OF_INTERFACES)):
        strays = [key for key in keys if way not in ways and getattr(table, key) is not None]
        if strays:
            raise ConfigError(f"{FILE}: {where} {strays[0]} goes with {way} only.")
    if table.second_view_of is not None:
        _check_view(table, names, where)


def _check_view(table: SourceTable, names: list[str], where: str) -> None:
    of, others = str(table.second_view_of), [name for name in names if name != table.name]
    if of not in others:
        near = hint(of, others) if others else "there is no other source."
        raise ConfigError(f"{FILE}: {where} second_view_of: no other source is “{of}”; {near}")


def _source(table: SourceTable, home: Path, secrets: Secrets) -> Source:
    origin = _origin(table, secrets)
    path = home / LANDING / table.name if origin else home / Path(table.path or "").expanduser()
    return Source(table.name, path, table.lag_days, table.fill, origin, table.second_view_of)


def _origin(table: SourceTable, secrets: Secrets) -> Origin | None:
    if table.s3 is not None:
        return _bucket(table, table.s3)
    return _interface(table, table.kind, secrets) if table.kind is not None else None


def _bucket(table: SourceTable, address: str) -> Bucket:
    scheme, _, place = address.partition("://")
    name, _, prefix = place.partition("/")
    if scheme != "s3" or not name:
        raise ConfigError(f"{FILE}: {_where(table)} s3 must look like s3://bucket/prefix.")
    url = table.endpoint_url
    if url and not url.startswith(("https://", "http://")):
        raise ConfigError(
            f"{FILE}: {_where(table)} endpoint_url must start with https:// or http://."
        )
    return Bucket(name, prefix.strip("/"), table.region, table.profile, table.role_arn, url)


def _interface(table: SourceTable, kind: str, secrets: Secrets) -> Interface:
    check_known(kind, _API, f"{_where(table)} kind", what="kind")
    url = (table.base_url or _API[kind]).rstrip("/")
    if not goes_safely(url):
        raise ConfigError(
            f"{FILE}: {_where(table)} base_url must be https, or http on this machine; a key goes "
            "there."
        )
    key = secrets.openai_admin_key if kind == "openai" else secrets.anthropic_admin_key
    return Interface(kind, url, key, f"{kind.upper()}_ADMIN_KEY", table.since)


def _where(table: SourceTable) -> str:
    return f"[[sources]] “{table.name}”"
