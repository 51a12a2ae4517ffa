"""A tool's arguments as one line of the grammar: a model asks in the language people do."""

from __future__ import annotations

import re
from collections.abc import Sequence

_GRAINS = {
    "hour": "hourly",
    "hourly": "hourly",
    "day": "daily",
    "daily": "daily",
    "date": "daily",
    "week": "weekly",
    "weekly": "weekly",
    "month": "monthly",
    "monthly": "monthly",
}
_NOTHING = frozenset(["", "none", "null", "no", "n/a", "all", "any", "total"])
_LEAD = re.compile(r"^\s*(?:by|where|vs\.?|versus|compared (?:to|with)|against|period:?)\s+", re.I)
_MOST = 400  # characters of one argument


def cost_line(
    *,
    period: str = "",
    by: str | Sequence[str] = "",
    where: str = "",
    metric: str = "",
    compare: str = "",
    top: int | None = None,
) -> str:
    """The line that `/cost` would be given; what is empty is left out."""
    groups, grain = _groups(by)
    parts = [_said(metric, {"cost", "effective cost", "effective", "spend"}), _said(period)]
    parts += [f"by {groups}" if groups else "", grain]
    parts += [f"where {condition}" if (condition := _said(where)) else ""]
    parts += [f"top {top}" if top else ""]
    parts += [f"vs {other}" if (other := _said(compare)) else ""]
    return " ".join(part for part in parts if part)


def _said(text: str, default: set[str] | frozenset[str] = frozenset()) -> str:
    """An argument without a word that says its own name, or nothing where it says nothing."""
    one = " ".join(_LEAD.sub("", text).split())[:_MOST]
    return "" if one.lower() in _NOTHING | default else one


def _groups(by: str | Sequence[str]) -> tuple[str, str]:
    """Dimensions, and the grain where one of them is a step of time."""
    texts = by.split(",") if isinstance(by, str) else [str(one) for one in by]
    wanted = [said for text in texts if (said := _said(text))]
    grains = [_GRAINS[w.lower()] for w in wanted if w.lower() in _GRAINS]
    groups = [w for w in wanted if w.lower() not in _GRAINS]
    return ", ".join(groups), grains[0] if grains else ""
