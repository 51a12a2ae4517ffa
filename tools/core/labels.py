"""Dimensions of something that is no line of a bill: the same rules, without a database."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from tools.core.query import Filter
from tools.core.settings import LakeSettings

PURSER = "purser"  # tags of ours: `purser:protected`


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
    """The tag keys, in plain form, that decide the named dimensions."""
    raise NotImplementedError


def plain_key(key: str) -> str:
    """A tag key for comparing: without case, and any run of signs is one hyphen.

    Clouds allow different signs in keys: `purser:protected` can only be `purser_protected` as a
    label of Google's.
    """
    return re.sub(r"[\W_]+", "-", key.casefold()).strip("-")


def is_guarded(key: str, guarded: Collection[str]) -> bool:
    """Whether a tag key is among guarded ones (in plain form), or one of Purser's own."""
    plain = plain_key(key)
    return plain in guarded or plain == PURSER or plain.startswith(f"{PURSER}-")
