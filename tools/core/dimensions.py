"""Dimensions: what costs are grouped and filtered by.

A *built-in* dimension is a column of the bill (`service`, `region` …). A *configured* one
(`team`, `environment` …) is resolved when a question is asked, from tags, account maps and
rules, so that a change of `purser.toml` needs no reload. `tag:KEY` names any tag directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.core.query import Filter

# Built-in dimension → lake columns; the first that is not empty wins.
BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "source": ("source",),
    "provider": ("provider",),
    "invoice_issuer": ("invoice_issuer",),
    "billing_account": ("billing_account_name", "billing_account_id"),
    "billing_account_id": ("billing_account_id",),
    "account": (
        "sub_account_name",
        "sub_account_id",
        "billing_account_name",
        "billing_account_id",
    ),
    "account_id": ("sub_account_id", "billing_account_id"),
    "region": ("region",),
    "zone": ("availability_zone",),
    "service": ("service",),
    "category": ("service_category",),
    "charge": ("charge_category",),
    "charge_class": ("charge_class",),
    "frequency": ("charge_frequency",),
    "description": ("charge_description",),
    "pricing": ("pricing_category",),
    "commitment": ("commitment_id",),
    "commitment_status": ("commitment_status",),
    "resource": ("resource_id",),
    "resource_name": ("resource_name",),
    "resource_type": ("resource_type",),
    "instance_type": ("instance_type",),
    "sku": ("sku_id",),
    "meter": ("sku_meter",),
    "model": ("model",),
    "direction": ("token_direction",),
    "cache": ("cache_action",),
    "unit": ("consumed_unit",),
    "currency": ("currency",),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Gives `value` to a charge for which every filter holds (built-in dimensions and tags)."""

    where: tuple[Filter, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """A configured dimension. The first source that gives a value wins, in this order.

    Args:
        name: one word, as people type it.
        tags: tag keys in order of preference; compared without case and outer spaces.
        rules: tried in order.
        sub_accounts: sub-account id or name → value.
        accounts: billing-account id or name → value.
        columns: lake columns to fall back on (`model` from the bill's own model, for example).
        aliases: value as found (compared without case) → value as shown (`prd` → `prod`).
    """

    name: str
    tags: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    sub_accounts: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


# What `purser init` writes, and what holds where `[dimensions]` is left out.
DEFAULT_DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("team", tags=("team", "owner-team", "squad")),
    Dimension("project", tags=("project", "application", "app")),
    Dimension(
        "env",
        tags=("environment", "env", "stage"),
        aliases={"production": "prod", "prd": "prod", "development": "dev", "stg": "staging"},
    ),
    Dimension("workload", tags=("workload", "job", "component")),
    Dimension("model", tags=("model",), columns=("model",)),
    Dimension("owner", tags=("owner", "created-by", "contact")),
    Dimension("cost_center", tags=("cost-center", "costcenter", "cost_center")),
)
