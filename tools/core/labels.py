"""Dimensions of something that is no line of a bill: the same rules, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tools.core.query import Filter
from tools.core.settings import LakeSettings


def labels_of(
    settings: LakeSettings, *, tags: Mapping[str, str], columns: Mapping[str, str]
) -> dict[str, str | None]:
    """Every configured dimension's value, resolved as the lake does; None where nobody gave one.

    Args:
        settings: the dimensions.
        tags: as they are written on the thing.
        columns: lake columns it has: `sub_account_id`, `region`, `provider`, `instance_type` …
    """
    raise NotImplementedError


def holds(filters: Iterable[Filter], labels: Mapping[str, str | None]) -> bool:
    """Whether all conditions hold; one on a dimension that is not known does not."""
    raise NotImplementedError


def guarded_keys(settings: LakeSettings, *, dimensions: Iterable[str]) -> frozenset[str]:
    """The tag keys, in lower case, that decide the named dimensions."""
    raise NotImplementedError
