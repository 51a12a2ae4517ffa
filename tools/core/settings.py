"""What configuration tells the tools: frozen, checked at the edge, never read from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from tools.core.dimensions import DEFAULT_DIMENSIONS, Dimension


@dataclass(frozen=True, slots=True)
class Rate:
    """From `day` on, one unit of `currency` is worth `rate` of the report currency."""

    currency: str
    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class CurrencySettings:
    """In which currency to report.

    Without `report`, currencies stay apart. With it, a charge is converted at the newest rate
    not after its day; a currency with no such rate stays apart and is named.
    """

    report: str | None = None
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """Bills in an S3 bucket, or in what speaks its language.

    Args:
        name: the bucket.
        prefix: the folder in it, without slashes at its ends; or one object; empty for all of it.
        region: the bucket's; else the credentials' own.
        profile: of the AWS configuration; else what boto3 finds.
        role_arn: a role to take on for reading.
        endpoint_url: where S3 is, if not at AWS.
    """

    name: str
    prefix: str = ""
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None

    @property
    def address(self) -> str:
        """`s3://bucket/prefix`."""
        return f"s3://{self.name}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Interface:
    """A model vendor's own cost and usage reports.

    Args:
        vendor: `openai` or `anthropic`.
        base_url: up to and with `/v1`.
        key: an admin key; it never appears in a repr, a log or an error.
        key_name: the environment variable the key came from, for sentences.
        since: the first day to fetch; else the first day of a year ago's month.
    """

    vendor: str
    base_url: str
    key: str | None = field(default=None, repr=False)
    key_name: str = ""
    since: date | None = None


Origin = Bucket | Interface


@dataclass(frozen=True, slots=True)
class Source:
    """A place bills come from.

    Args:
        name: how people and the lake call it.
        path: a file or a folder tree; where bills of an `origin` are landed.
        lag_days: how many days after a day's end its charges are usually complete.
        fill: lake column → value for what the bill leaves empty (`currency` → `EUR`).
        origin: where bills are fetched from before they are loaded; None where they lie at `path`.
        second_view_of: the source whose bill this one only shows another way; it is never added.
    """

    name: str
    path: Path
    lag_days: int = 1
    fill: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = None
    second_view_of: str | None = None


@dataclass(frozen=True, slots=True)
class LakeSettings:
    """What the lake needs to know to load and to answer."""

    sources: tuple[Source, ...] = ()
    dimensions: tuple[Dimension, ...] = DEFAULT_DIMENSIONS
    currency: CurrencySettings = field(default_factory=CurrencySettings)
