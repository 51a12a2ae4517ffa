"""From a dimension's name to SQL over one row `c` of the lake, and which joins that takes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from tools.core.dimensions import BUILT_IN, Dimension, Rule
from tools.core.errors import ConfigError, InputError
from tools.core.labels import shown
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings
from tools.lake import schema
from tools.lake.quoting import literal, name
from tools.lake.views import SPELLED, SPELLINGS, aliased, tag_rank, tag_value

TAG_PREFIX = "tag:"
_SPELLED = {f"c.{column}" for column in SPELLED}


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL, the lake columns it reads, and the joins that must stand in FROM."""

    sql: str
    columns: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()


class Resolver:
    """Turns names of dimensions and filters into SQL, as configuration defines them."""

    def __init__(self, settings: LakeSettings) -> None:
        self._configured = {d.name.lower(): d for d in settings.dimensions}

    def names(self) -> tuple[str, ...]:
        """Every dimension that has a name of its own; configured ones first."""
        built_in = (n for n in BUILT_IN if n not in self._configured)
        return (*(d.name for d in self._configured.values()), *built_in)

    @property
    def configured(self) -> tuple[str, ...]:
        """The names of the dimensions that configuration defines."""
        return tuple(d.name for d in self._configured.values())

    def dimension(self, wanted: str) -> Expression:
        """The value of a dimension; NULL where nobody gave one.

        Raises:
            InputError: there is no such dimension.
        """
        plain = wanted.strip().lower()
        if plain.startswith(TAG_PREFIX):
            return _tag(wanted.strip()[len(TAG_PREFIX) :].strip())
        if plain in self._configured:
            return self._from_configuration(self._configured[plain])
        if plain in BUILT_IN:
            return _first_column(BUILT_IN[plain])
        near = difflib.get_close_matches(plain, self.names(), n=3, cutoff=0.5) or self.names()[:8]
        raise InputError(
            f"There is no dimension “{wanted}”; the nearest are {', '.join(near)}, "
            "and tag:KEY names any tag."
        )

    def condition(self, filter_: Filter, *, dimension: Expression | None = None) -> Expression:
        """A filter as a condition; NULL counts as not true."""
        value = dimension or self.dimension(filter_.dimension)
        return Expression(_comparison(value.sql, filter_), value.columns, value.joins)

    def _from_configuration(self, dimension: Dimension) -> Expression:
        found = [
            *_tag_source(dimension),
            *self._rule_source(dimension),
            *_account_sources(dimension),
            *_column_source(dimension),
        ]
        if not found:
            return Expression("NULL::VARCHAR")
        texts = [f.sql for f in found]
        sql = texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"
        return _joined(sql, found)

    def _rule_source(self, dimension: Dimension) -> list[Expression]:
        if not dimension.rules:
            return []
        conditions = [self._rule(dimension, rule) for rule in dimension.rules]
        cases = " ".join(
            f"WHEN {condition.sql} THEN {literal(shown(dimension, rule.value))}"
            for condition, rule in zip(conditions, dimension.rules, strict=True)
        )
        return [_joined(f"CASE {cases} END", conditions)]

    def _rule(self, dimension: Dimension, rule: Rule) -> Expression:
        parts = []
        for filter_ in rule.where:
            plain = filter_.dimension.strip().lower()
            if plain.startswith(TAG_PREFIX):
                value = _tag(filter_.dimension.strip()[len(TAG_PREFIX) :].strip())
            elif plain in BUILT_IN:
                value = _first_column(BUILT_IN[plain])
            else:
                raise ConfigError(
                    f"A rule of the dimension “{dimension.name}” looks at “{filter_.dimension}”; "
                    "rules look at built-in dimensions and tag:KEY."
                )
            parts.append(self.condition(filter_, dimension=value))
        return all_of(parts)


def all_of(conditions: Iterable[Expression]) -> Expression:
    """The condition that all of them hold."""
    parts = list(conditions)
    return _joined(" AND ".join(f"({p.sql})" for p in parts) or "true", parts)


def _joined(sql: str, parts: Iterable[Expression]) -> Expression:
    parts = list(parts)
    columns = frozenset().union(*(p.columns for p in parts))
    return Expression(sql, columns, frozenset().union(*(p.joins for p in parts)))


def _first_column(columns: tuple[str, ...]) -> Expression:
    texts = [f"c.{column}" for column in columns]
    sql = texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"
    return Expression(sql, frozenset(columns))


def _tag(key: str) -> Expression:
    alias = name(TAG_PREFIX + key)
    join = (
        f"LEFT JOIN (SELECT tag_hash, {tag_value((key,))} AS value FROM tag_pairs "
        f"WHERE {tag_rank((key,))} IS NOT NULL GROUP BY tag_hash) AS {alias} "
        f"ON {alias}.tag_hash = c.tag_hash"
    )
    return Expression(f"{alias}.value", frozenset({"tag_hash"}), frozenset({join}))


def _tag_source(dimension: Dimension) -> list[Expression]:
    if not dimension.tags:
        return []
    join = "LEFT JOIN tag_dims ON tag_dims.tag_hash = c.tag_hash"
    sql = f"tag_dims.{name(dimension.name)}"
    return [Expression(sql, frozenset({"tag_hash"}), frozenset({join}))]


def _account_sources(dimension: Dimension) -> list[Expression]:
    return [
        _mapped(table, f"{kind}_{part}", dimension.name)
        for table, kind, values in (
            ("sub_account_dims", "sub_account", dimension.sub_accounts),
            ("account_dims", "billing_account", dimension.accounts),
        )
        if values
        for part in ("id", "name")
    ]


def _mapped(table: str, column: str, dimension: str) -> Expression:
    alias = f"by_{column}"
    join = f"LEFT JOIN {table} AS {alias} ON {alias}._key = lower(trim(c.{column}))"
    return Expression(f"{alias}.{name(dimension)}", frozenset({column}), frozenset({join}))


def _column_source(dimension: Dimension) -> list[Expression]:
    unknown = [column for column in dimension.columns if column not in schema.FACTS]
    if unknown:
        near = difflib.get_close_matches(unknown[0], schema.FACTS, n=3)
        raise ConfigError(
            f"The dimension “{dimension.name}” falls back on “{unknown[0]}”, which is no column "
            f"of the lake{'; near are ' + ', '.join(near) if near else ''}."
        )
    if not dimension.columns:
        return []
    found = _first_column(dimension.columns)
    return [Expression(aliased(dimension, found.sql), found.columns)]


def _comparison(sql: str, filter_: Filter) -> str:
    if not filter_.values and filter_.op in (Op.IS, Op.IS_NOT, Op.CONTAINS):
        return "true" if filter_.op is Op.IS_NOT else "false"
    match filter_.op:
        case Op.MISSING:
            return f"{sql} IS NULL"
        case Op.PRESENT:
            return f"{sql} IS NOT NULL"
        case Op.IS if sql in _SPELLED:
            wanted = f"SELECT found FROM {SPELLINGS} WHERE plain IN ({_lowered(filter_.values)})"
            return f"{sql} IN ({wanted})"
        case Op.IS:
            return f"lower({sql}) IN ({_lowered(filter_.values)})"
        case Op.IS_NOT:
            return f"coalesce(lower({sql}) NOT IN ({_lowered(filter_.values)}), true)"
        case Op.CONTAINS:
            return " OR ".join(f"contains(lower({sql}), {_lowered((v,))})" for v in filter_.values)


def _lowered(values: tuple[str, ...]) -> str:
    """Literals to compare with `lower(…)`; beyond ASCII, DuckDB's own lower case decides."""
    return ", ".join(literal(v.lower()) if v.isascii() else f"lower({literal(v)})" for v in values)
