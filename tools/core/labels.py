"""Dimensions of something that is no line of a bill: the same rules, without a database."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress

from tools.core.dimensions import BUILT_IN, Dimension
from tools.core.errors import ConfigError
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings

PURSER = "purser"  # tags of ours: `purser:protected`
_TAG = "tag:"
_BEHIND_A_PREFIX = re.compile(r"[:/]")
_NAME_TAG = "name"  # AWS keeps a resource's name in a tag


class _NotKnownError(Exception):
    """Something that a dimension looks at was not told."""


def labels_of(
    settings: LakeSettings, *, tags: Mapping[str, str], columns: Mapping[str, str]
) -> dict[str, str | None]:
    """Every configured dimension's value, resolved as the lake does; None where nobody gave one.

    Args:
        settings: the dimensions.
        tags: as they are written on the thing.
        columns: lake columns it has: `sub_account_id`, `region`, `provider`, `instance_type` …;
            blank where it is known to have none. What depends on a column that is left out
            is not known, and has no value: it is not guessed from the next best.
    """
    known = known_labels(settings, tags=tags, columns=columns)
    return {d.name: known.get(d.name) for d in settings.dimensions}


def known_labels(
    settings: LakeSettings, *, tags: Mapping[str, str], columns: Mapping[str, str]
) -> dict[str, str | None]:
    """The same without what is not known: dimensions that hang on a column that was left out."""
    filled = {key: value.strip(" ") for key, value in tags.items() if value.strip(" ")}
    found: dict[str, str | None] = {}
    for dimension in settings.dimensions:
        with suppress(_NotKnownError):
            found[dimension.name] = _label(dimension, filled, columns)
    return found


def holds(filters: Iterable[Filter], labels: Mapping[str, str | None]) -> bool:
    """Whether all conditions hold; one on a dimension that is not known does not."""
    known = {name.lower(): value for name, value in labels.items()}
    names = [(f, f.dimension.strip().lower()) for f in filters]
    return all(name in known and _is_true(f, known[name]) for f, name in names)


def guarded_keys(settings: LakeSettings, *, dimensions: Iterable[str]) -> frozenset[str]:
    """The tag keys, in plain form, that decide the named dimensions."""
    configured = {d.name.lower(): d for d in settings.dimensions}
    keys: set[str] = set()
    for wanted in dimensions:
        found = configured.get(wanted.strip().lower())
        keys |= _deciding(found) if found else _read_by(wanted, BUILT_IN)
    return frozenset(plain_key(key) for key in keys)


def plain_key(key: str) -> str:
    """A tag key for comparing: without case, and any run of signs is one hyphen.

    Clouds allow different signs in keys: `purser:protected` can only be `purser_protected` as a
    label of Google's.
    """
    return re.sub(r"[\W_]+", "-", lowered(key).casefold()).strip("-")


def is_guarded(key: str, guarded: Collection[str]) -> bool:
    """Whether a tag key is among guarded ones, or one of Purser's own.

    A dimension also reads its key behind a prefix, as in `user:team` and `kubernetes/team`.

    Args:
        key: as it is written on the thing.
        guarded: keys in plain form; `eks-*` are all that begin so.
    """
    behind = [match.end() for match in _BEHIND_A_PREFIX.finditer(key)]
    plain = [plain_key(key[start:]) for start in (0, *behind)]
    begun = tuple(g.removesuffix("*") for g in guarded if g.endswith("*"))
    return any(p in guarded or f"{p}-".startswith((f"{PURSER}-", *begun)) for p in plain)


def shown(dimension: Dimension, value: str) -> str:
    """A value from configuration as the dimension's aliases write it."""
    aliases = {found.strip().lower(): text for found, text in dimension.aliases.items()}
    return aliases.get(value.lower(), value)


def lowered(text: str) -> str:
    """Lower case as DuckDB has it: letter by letter, never two for one."""
    if text.isascii():
        return text.lower()
    return "".join("i" if letter == "İ" else letter.lower() for letter in text)


def _label(dimension: Dimension, tags: Mapping[str, str], columns: Mapping[str, str]) -> str | None:
    sources: tuple[Callable[[], str | None], ...] = (
        lambda: _aliased(dimension, _tag(dimension.tags, tags)),
        lambda: _by_rule(dimension, tags, columns),
        lambda: _by_account(dimension, dimension.sub_accounts, "sub_account", columns),
        lambda: _by_account(dimension, dimension.accounts, "billing_account", columns),
        lambda: _aliased(dimension, _first(dimension.columns, columns)),
    )
    return next((value for source in sources if (value := source()) is not None), None)


def _tag(keys: Iterable[str], tags: Mapping[str, str]) -> str | None:
    """The value of the best of `keys`: exactly as spelled, any spelling, behind a prefix."""
    ranked = (
        (place, rank, key)
        for key in tags
        for place, rank in [_rank(lowered(key.strip(" ")), key, tuple(keys))]
        if rank
    )
    best = min(ranked, default=None)
    return tags[best[2]] if best else None


def _rank(plain: str, key: str, wanted: tuple[str, ...]) -> tuple[int, str]:
    for place, want in enumerate(wanted):
        low = want.strip().lower()
        if key == want:
            return place, "a"
        if plain == low:
            return place, "b"
        if plain.endswith((f":{low}", f"/{low}")):
            return place, "c"
    return len(wanted), ""


def _by_rule(
    dimension: Dimension, tags: Mapping[str, str], columns: Mapping[str, str]
) -> str | None:
    for rule in dimension.rules:
        if all(_is_true(f, _looked_at(dimension, f, tags, columns)) for f in rule.where):
            return shown(dimension, rule.value)
    return None


def _looked_at(
    dimension: Dimension, filter_: Filter, tags: Mapping[str, str], columns: Mapping[str, str]
) -> str | None:
    wanted = filter_.dimension.strip()
    if wanted.lower().startswith(_TAG):
        return _tag((wanted[len(_TAG) :].strip(),), tags)
    if wanted.lower() in BUILT_IN:
        return _first(BUILT_IN[wanted.lower()], columns)
    raise ConfigError(
        f"A rule of the dimension “{dimension.name}” looks at “{wanted}”; "
        "rules look at built-in dimensions and tag:KEY."
    )


def _by_account(
    dimension: Dimension, values: Mapping[str, str], kind: str, columns: Mapping[str, str]
) -> str | None:
    if not values:
        return None
    by_key = {key.strip().lower(): shown(dimension, value) for key, value in values.items()}
    for part in ("id", "name"):
        said = _first((f"{kind}_{part}",), columns)
        found = None if said is None else by_key.get(lowered(said.strip(" ")))
        if found is not None:
            return found
    return None


def _first(names: Iterable[str], columns: Mapping[str, str]) -> str | None:
    for name in names:
        if name not in columns:
            raise _NotKnownError
        if columns[name]:
            return columns[name]
    return None


def _aliased(dimension: Dimension, value: str | None) -> str | None:
    if value is None:
        return None
    plain = lowered(value)
    texts = (text for found, text in dimension.aliases.items() if found.strip().lower() == plain)
    return next(texts, value)


def _is_true(filter_: Filter, value: str | None) -> bool:
    """A condition on one value, as `tools.lake.resolve` writes it in SQL."""
    wanted = [lowered(v) for v in filter_.values]
    if value is None:
        return filter_.op in (Op.MISSING, Op.IS_NOT)
    plain = lowered(value)
    match filter_.op:
        case Op.MISSING:
            return False
        case Op.PRESENT:
            return True
        case Op.IS:
            return plain in wanted
        case Op.IS_NOT:
            return plain not in wanted
        case Op.CONTAINS:
            return any(text in plain for text in wanted)


def _deciding(dimension: Dimension) -> set[str]:
    """Every tag key that this dimension reads, also by its rules and columns."""
    keys = set(dimension.tags)
    for name in [f.dimension for rule in dimension.rules for f in rule.where]:
        keys |= _read_by(name, BUILT_IN)
    return keys | ({_NAME_TAG} if "resource_name" in dimension.columns else set())


def _read_by(name: str, built_in: Mapping[str, tuple[str, ...]]) -> set[str]:
    wanted = name.strip()
    if wanted.lower().startswith(_TAG):
        return {wanted[len(_TAG) :]}
    return {_NAME_TAG} if "resource_name" in built_in.get(wanted.lower(), ()) else set()
