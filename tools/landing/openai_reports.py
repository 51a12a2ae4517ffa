"""OpenAI's organization costs and usage.

GET /organization/costs: day buckets by project, line item and key; a line item is a text such as
`gpt-5.5-2026-04-23, cached input` or `priority | gpt-5.6-sol, output, long context`, and carries
its quantity and unit. GET /organization/usage/completions and /embeddings: tokens by project,
model and key; `input_tokens` includes what was read from and written to the cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from urllib.parse import quote

from tools.core.periods import Period
from tools.landing.interface import Caller, Fields, NotTakenError, Parameters
from tools.landing.matching import TOKENS, About, Cost, Use

_LINE = re.compile(
    r"(?:(?P<tier>[\w-]+) \| )?(?P<model>[^,|]+?)(?: (?:text|audio|image))?, (?P<kind>.+)\Z"
)
_UNITS = {
    "tokens": TOKENS,
    "1000_tokens": "1000 Tokens",
    "duration_seconds": "Seconds",
    "duration_minutes": "Minutes",
    "duration_hours": "Hours",
    "gibibyte_hours": "GiB-Hours",
    "images": "Images",
    "characters": "Characters",
}
_USAGE = ("completions", "embeddings")


def costs(caller: Caller, days: Period) -> list[Cost]:
    """Every item of the cost report of some days."""
    groups = ("project_id", "line_item", "api_key_id")
    try:
        return list(_costs(caller, days, groups))
    except NotTakenError:  # an organisation may not have costs by key
        return list(_costs(caller, days, groups[:2]))


def uses(caller: Caller, days: Period, *, with_keys: bool) -> list[Use]:
    """Every item of the usage reports of some days.

    Args:
        caller: of the interface.
        days: which.
        with_keys: whether the costs they are to be matched with name keys.
    """
    return [use for kind in _USAGE for use in _uses(caller, days, kind, with_keys=with_keys)]


def account_names(caller: Caller) -> dict[str, str]:
    """Project ids and their names."""
    found = caller.listed("organization/projects", after="after", what="projects")
    return {item.text("id"): name for item in found if (name := item.maybe("name"))}


def key_names(caller: Caller, accounts: Iterable[str]) -> dict[str, str]:
    """Ids of some projects' keys, and their names."""
    names = {}
    for account in accounts:
        path = f"organization/projects/{quote(account, safe='')}/api_keys"
        for item in caller.listed(path, after="after", what="API keys"):
            names[item.text("id")] = item.maybe("name") or item.text("id")
    return names


def _costs(caller: Caller, days: Period, groups: tuple[str, ...]) -> Iterator[Cost]:
    asked = _asked(days, groups)
    found = caller.days("organization/costs", asked, within=days, start="start_time", what="costs")
    for day, item in found:
        amount = item.inner("amount")
        line_item = item.maybe("line_item") or "OpenAI usage"
        about = _about(day, item, line_item)
        key = item.maybe("api_key_id")
        quantity, unit = _quantity(item, about)
        yield Cost(
            about,
            _match(about, key if "api_key_id" in groups else None),
            amount.number("value"),
            amount.text("currency").upper(),
            line_item,
            key,
            quantity,
            unit,
        )


def _about(day: date, item: Fields, line_item: str) -> About:
    found = _LINE.match(line_item)
    kind = found["kind"].lower().replace("_", " ") if found else ""
    account = item.maybe("project_id")
    if found is None or not re.search(r"input|output|cache", kind):
        return About(day, account, _model_of(line_item))
    tier = found["tier"] or ("batch" if "batch" in kind else None)
    cache = "Write" if re.search(r"cache writ", kind) else "Read" if "cache" in kind else None
    direction = "Output" if "output" in kind else "Input"
    return About(day, account, found["model"], direction, cache, tier)


def _model_of(line_item: str) -> str | None:
    """`whisper-1` of `whisper-1, transcription`; None for `web search tool calls`."""
    found = _LINE.match(line_item)
    return found["model"] if found and " " not in found["model"] else None


def _quantity(item: Fields, about: About) -> tuple[Decimal | None, str | None]:
    """What the line says of its own quantity; a unit is never guessed but for tokens."""
    quantity, named = item.maybe_number("quantity"), item.maybe("quantity_unit")
    if quantity is None or (named is None and about.direction is None):
        return None, None
    return quantity, _UNITS.get(named, named.replace("_", " ")) if named else TOKENS


def _uses(caller: Caller, days: Period, kind: str, *, with_keys: bool) -> Iterator[Use]:
    path = f"organization/usage/{kind}"
    asked = _asked(days, ("project_id", "model", "api_key_id"))
    found = caller.days(path, asked, within=days, start="start_time", what=f"usage of {kind}")
    for day, item in found:
        account, model = item.maybe("project_id"), item.maybe("model")
        key = item.maybe("api_key_id")
        for direction, cache, quantity in _tokens(item, kind):
            about = About(day, account, model, direction, cache)
            match = _match(about, key if with_keys else None)
            yield Use(about, match, quantity, api_key=key)


def _tokens(item: Fields, kind: str) -> list[tuple[str, str | None, Decimal]]:
    every = item.number("input_tokens")
    if kind == "embeddings":
        return [("Input", None, every)]
    read = item.maybe_number("input_cached_tokens") or Decimal(0)
    written = item.maybe_number("input_cache_write_tokens") or Decimal(0)
    return [
        ("Input", None, every - read - written),
        ("Input", "Read", read),
        ("Input", "Write", written),
        ("Output", None, item.number("output_tokens")),
    ]


def _match(about: About, key: str | None) -> tuple[object, ...]:
    return (about.day, about.account, about.model, about.direction, about.cache, key)


def _asked(days: Period, groups: tuple[str, ...]) -> Parameters:
    start, end = (
        int(datetime.combine(day, time(), UTC).timestamp()) for day in (days.start, days.end)
    )
    return [
        ("start_time", str(start)),
        ("end_time", str(end)),
        ("bucket_width", "1d"),
        ("limit", "31"),
        *(("group_by[]", group) for group in groups),
    ]
