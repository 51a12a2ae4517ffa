"""Writes a vendor's lines as a FOCUS bill: a CSV file of one billing month."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from tools.core.periods import DAY, Period
from tools.landing.matching import TOKENS, About, Line


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who sends the bill, and what it calls its parts.

    Args:
        name: of the vendor.
        company: its legal name.
        service: what it sells.
        noun: of a sub-account.
        nameless: what the sub-account without an id is called; None where it has no name.
    """

    name: str
    company: str
    service: str
    noun: str
    nameless: str | None = None


@dataclass(slots=True)
class Names:
    """Names of ids, as far as they are known."""

    accounts: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


def write(
    path: Path, lines: Iterable[Line], *, issuer: Issuer, names: Names, month: Period
) -> None:
    """Write the lines, in an order that depends on nothing but them.

    Args:
        path: a file that is made or overwritten.
        lines: of the month.
        issuer: who sends them.
        names: of projects, workspaces and keys.
        month: the billing period.
    """
    rows = [_row(line, issuer, names, month) for line in lines]
    rows.sort(key=lambda row: [row[column] for column in _ORDER])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())


_ORDER = ("ChargePeriodStart", "SubAccountId", "ResourceId", "SkuId", "BilledCost")


def _row(line: Line, issuer: Issuer, names: Names, month: Period) -> dict[str, str]:
    about, key = line.about, line.api_key or ""
    account = about.account or ""
    account_name = names.accounts.get(account) or account or issuer.nameless or ""
    key_name = names.keys.get(key, key)
    tags = {issuer.noun.lower(): account_name, "api_key": key_name}
    # What nobody was charged for costs nothing on the bill; what it was worth is not known.
    billed, effective = ("0", "") if line.amount is None else (_text(line.amount),) * 2
    return {
        "BilledCost": billed,
        "EffectiveCost": effective,
        "ListCost": "",
        "ContractedCost": "",
        "BillingCurrency": line.currency,
        "BillingPeriodStart": _midnight(month.start),
        "BillingPeriodEnd": _midnight(month.end),
        "ChargePeriodStart": _midnight(about.day),
        "ChargePeriodEnd": _midnight(about.day + DAY),
        "ChargeCategory": "Usage",
        "ChargeDescription": line.description,
        "ProviderName": issuer.name,
        "PublisherName": issuer.name,
        "InvoiceIssuerName": issuer.company,
        "ServiceName": issuer.service,
        "ServiceCategory": "AI and Machine Learning",
        "SubAccountId": account,
        "SubAccountName": account_name,
        "SubAccountType": issuer.noun,
        "ResourceId": key,
        "ResourceName": key_name,
        "ResourceType": "API Key" if key else "",
        "SkuId": _sku(about, line.description),
        "SkuMeter": _meter(about),
        "ConsumedQuantity": "" if line.quantity is None else _text(line.quantity),
        "ConsumedUnit": line.unit or "",
        "SkuPriceDetails": _json(_details(about, line.unit)),
        "Tags": _json({name: value for name, value in tags.items() if value}),
    }


def _sku(about: About, description: str) -> str:
    if about.model is None or about.direction is None:
        return description
    meter = _meter(about).removesuffix(" Tokens").lower().replace(" ", "-")
    more = (part.replace(" ", "-") for part in (about.tier, about.detail) if part)
    return "-".join((about.model, meter, *more))


def _meter(about: About) -> str:
    if about.direction is None:
        return ""
    return {"Read": "Cached Input", "Write": "Cache Write"}.get(
        about.cache or "", about.direction
    ) + " Tokens"


def _details(about: About, unit: str | None) -> dict[str, str]:
    told = {
        "ModelId": about.model,
        "TokenDirection": about.direction if unit in (None, TOKENS, "1000 Tokens") else None,
        "TokenCacheAction": about.cache,
        "x_ServiceTier": about.tier,
        "x_Detail": about.detail,
    }
    return {name: value for name, value in told.items() if value}


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False) if values else ""


def _text(amount: Decimal) -> str:
    return f"{amount:f}"


def _midnight(day: date) -> str:
    return f"{day}T00:00:00Z"
