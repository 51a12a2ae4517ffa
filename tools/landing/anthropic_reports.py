"""Anthropic's cost report and its messages usage report.

GET /organizations/cost_report: day buckets by workspace and description; the amount is a text in
cents, and model, token type, service tier and context window come with the description. GET
/organizations/usage_report/messages: tokens by workspace, key, model, tier and window. The cost
report names no keys: a cost is divided among the keys of its workspace by their tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from tools.core.periods import Period
from tools.landing.interface import Caller, Fields, Parameters
from tools.landing.matching import TOKENS, About, Cost, Use

_CENTS = Decimal(100)
_CACHE = "cache_creation.ephemeral_{}_input_tokens"
# Token type → direction, cache action, and how long the cache keeps it.
_TYPES: dict[str, tuple[str, str | None, str | None]] = {
    "uncached_input_tokens": ("Input", None, None),
    "output_tokens": ("Output", None, None),
    "cache_read_input_tokens": ("Input", "Read", None),
    _CACHE.format("5m"): ("Input", "Write", "5m"),
    _CACHE.format("1h"): ("Input", "Write", "1h"),
}
_SEARCH = "web_search"


def costs(caller: Caller, days: Period) -> list[Cost]:
    """Every item of the cost report of some days."""
    asked = _asked(days, ("workspace_id", "description"))
    found = caller.days(
        "organizations/cost_report", asked, within=days, start="starting_at", what="costs"
    )
    return [_cost(day, item) for day, item in found]


def uses(caller: Caller, days: Period, *, with_keys: bool) -> list[Use]:
    """Every item of the usage report of some days; the costs they are matched with name no keys."""
    groups = ("workspace_id", "model", "api_key_id", "service_tier", "context_window")
    found = caller.days(
        "organizations/usage_report/messages",
        _asked(days, groups),
        within=days,
        start="starting_at",
        what="usage of messages",
    )
    return [use for day, item in found for use in _uses(day, item)]


def account_names(caller: Caller) -> dict[str, str]:
    """Workspace ids and their names."""
    found = caller.listed("organizations/workspaces", after="after_id", what="workspaces")
    return {item.text("id"): name for item in found if (name := item.maybe("name"))}


def key_names(caller: Caller, accounts: Iterable[str]) -> dict[str, str]:
    """Ids of the organisation's keys, and their names."""
    found = caller.listed("organizations/api_keys", after="after_id", what="API keys")
    return {item.text("id"): name for item in found if (name := item.maybe("name"))}


def _cost(day: date, item: Fields) -> Cost:
    kind, token_type = item.maybe("cost_type"), item.maybe("token_type")
    account, window = item.maybe("workspace_id"), item.maybe("context_window")
    tier = item.maybe("service_tier")
    direction, cache, keeps = _TYPES.get(token_type or "", (None, None, None))
    about = About(
        day, account, item.maybe("model"), direction, cache, _tier(tier), _joined(window, keeps)
    )
    match: tuple[object, ...] = (day, account, about.model, token_type, tier, window)
    if kind == _SEARCH:
        match = (day, account, _SEARCH)
    return Cost(
        about,
        match,
        item.number("amount") / _CENTS,
        item.text("currency").upper(),
        item.maybe("description") or "Claude usage",
    )


def _uses(day: date, item: Fields) -> Iterator[Use]:
    account, model, key = (item.maybe(name) for name in ("workspace_id", "model", "api_key_id"))
    tier, window = item.maybe("service_tier"), item.maybe("context_window")
    for token_type, (direction, cache, keeps) in _TYPES.items():
        group, _, name = token_type.rpartition(".")
        quantity = (item.inner(group) if group else item).number(name)
        about = About(day, account, model, direction, cache, _tier(tier), _joined(window, keeps))
        match = (day, account, model, token_type, tier, window)
        yield Use(about, match, quantity, TOKENS, key)
    tools = item.raw.get("server_tool_use")
    searches = item.inner("server_tool_use").maybe_number("web_search_requests") if tools else None
    if searches:
        yield Use(About(day, account), (day, account, _SEARCH), searches, "Requests", key)


def _tier(tier: str | None) -> str | None:
    return None if tier == "standard" else tier


def _joined(window: str | None, keeps: str | None) -> str | None:
    """What else tells prices apart: a long context, and how long a cache keeps."""
    long_context = window if window and window != "0-200k" else None
    return " ".join(part for part in (long_context, keeps) if part) or None


def _asked(days: Period, groups: tuple[str, ...]) -> Parameters:
    return [
        ("starting_at", f"{days.start}T00:00:00Z"),
        ("ending_at", f"{days.end}T00:00:00Z"),
        ("bucket_width", "1d"),
        ("limit", "31"),
        *(("group_by[]", group) for group in groups),
    ]
