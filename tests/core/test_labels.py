"""Labels of a thing agree with what the lake makes of the same tags and columns in SQL."""

from __future__ import annotations

from itertools import chain

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.core.dimensions import BUILT_IN, DEFAULT_DIMENSIONS, Dimension, Rule
from tools.core.errors import ConfigError
from tools.core.labels import (
    guarded_keys,
    holds,
    is_guarded,
    known_labels,
    labels_of,
    lowered,
    plain_key,
)
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings
from tools.lake.resolve import Resolver, all_of
from tools.lake.views import configured_tables, made_when_named

DEFAULTS = LakeSettings()
COLUMNS = (
    "sub_account_id",
    "sub_account_name",
    "billing_account_id",
    "billing_account_name",
    "region",
    "service",
    "model",
    "resource_id",
    "resource_name",
)
BLANK = dict.fromkeys(COLUMNS, "")
# Few letters, so that things meet; odd ones, so that cases and spaces are met.
ODD = "env|ENV| env |Team|team|x:env|aws/team|a:b|prod|PROD|prd|dev| dev|| |İ|i|K|ß|ΟΔΟΣ|οδος|\t1|'"
WORDS = st.sampled_from(ODD.split("|"))
KEYS = st.one_of(WORDS, st.builds("{}{}{}".format, WORDS, st.sampled_from([":", "/", ""]), WORDS))
FILTERED = st.sampled_from(["service", "region", "account", "tag:env", "TAG: Team", "resource"])
CONDITIONS = st.builds(
    Filter, FILTERED, st.sampled_from(list(Op)), st.lists(WORDS, max_size=2).map(tuple)
)
RULES = st.builds(Rule, st.lists(CONDITIONS, max_size=2).map(tuple), WORDS)
MAPS = st.dictionaries(WORDS, WORDS, max_size=3)
DIMENSION = st.builds(
    Dimension,
    st.just("d"),
    tags=st.lists(KEYS, max_size=3).map(tuple),
    rules=st.lists(RULES, max_size=2).map(tuple),
    sub_accounts=MAPS,
    accounts=MAPS,
    columns=st.lists(st.sampled_from(COLUMNS), max_size=2).map(tuple),
    aliases=MAPS,
)
TAGS = st.dictionaries(KEYS, WORDS, max_size=4)
FOUND = st.fixed_dictionaries(
    {name: st.one_of(st.just(""), WORDS.filter(str.strip)) for name in COLUMNS}
)


def by_the_lake(dimension, tags, columns, conditions=()):
    """What SQL over a real DuckDB says: the value, and whether conditions on it hold."""
    made = LakeSettings(dimensions=(dimension,))
    resolver = Resolver(made)
    value = resolver.dimension(dimension.name)
    condition = all_of(resolver.condition(c) for c in conditions)
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE tag_sets AS "
            "SELECT 1::UBIGINT AS tag_hash, map(?::VARCHAR[], ?::VARCHAR[]) AS tags",
            [list(tags), list(tags.values())],
        )
        names = ", ".join(f"?::VARCHAR AS {column}" for column in columns)
        held = [text or None for text in columns.values()]
        db.execute(f"CREATE TABLE facts AS SELECT 1::UBIGINT AS tag_hash, {names}", held)
        db.execute("CREATE TABLE resources AS SELECT resource_id, resource_name FROM facts")
        for statement in chain(configured_tables(made), *made_when_named(made).values()):
            db.execute(statement)
        joins = " ".join(sorted(value.joins | condition.joins))
        found = f"SELECT {value.sql}, ({condition.sql}) IS TRUE FROM facts AS c {joins}"
        return db.execute(found).fetchone()


@settings(deadline=None, max_examples=40)
@given(DIMENSION, TAGS, FOUND, st.lists(st.tuples(st.sampled_from(list(Op)), WORDS), max_size=2))
def test_labels_are_what_the_lake_says(dimension, tags, columns, asked):
    conditions = [Filter("d", op, (text,)) for op, text in asked]
    labels = labels_of(LakeSettings(dimensions=(dimension,)), tags=tags, columns=columns)
    value, is_true = by_the_lake(dimension, tags, columns, conditions)
    assert labels == {"d": value}
    assert holds(conditions, labels) == is_true


@given(TAGS, TAGS)
def test_tags_that_are_not_guarded_never_change_a_guarded_dimension(before, changed):
    free = {k: v for k, v in changed.items() if not is_guarded(k, KEYS_OF_ENV)}
    after = {**before, **free}
    labels = [labels_of(DEFAULTS, tags=t, columns=BLANK)["env"] for t in (before, after)]
    assert labels[0] == labels[1]


KEYS_OF_ENV = guarded_keys(DEFAULTS, dimensions=["env"])


@settings(deadline=None)
@given(DIMENSION, TAGS, TAGS, FOUND)
def test_guarded_keys_are_all_that_decide(dimension, before, changed, columns):
    made = LakeSettings(dimensions=(dimension,))
    guarded = guarded_keys(made, dimensions=["d"])
    after = {**before, **{k: v for k, v in changed.items() if not is_guarded(k, guarded)}}
    first = labels_of(made, tags=before, columns=columns)
    assert first == labels_of(made, tags=after, columns=columns)


def test_what_looks_at_a_column_that_was_not_told_has_no_value():
    by_service = Dimension(
        "team",
        tags=("team",),
        rules=(Rule((Filter("service", Op.IS_NOT, ("EC2",)),), "ml"),),
        accounts={"1": "everybody"},
    )
    made = LakeSettings(dimensions=(by_service,))
    known = {"billing_account_id": "1", "billing_account_name": ""}
    assert labels_of(made, tags={}, columns=known) == {"team": None}
    assert labels_of(made, tags={"team": "x"}, columns={}) == {"team": "x"}
    told = {**known, "service": "EC2"}
    assert labels_of(made, tags={}, columns=told) == {"team": "everybody"}


def test_a_rule_on_a_configured_dimension_is_an_error_as_in_the_lake():
    wrong = Dimension("team", rules=(Rule((Filter("env", Op.IS, ("prod",)),), "ml"),))
    with pytest.raises(ConfigError) as raised:
        labels_of(LakeSettings(dimensions=(wrong,)), tags={}, columns={})
    with pytest.raises(ConfigError) as in_the_lake:
        Resolver(LakeSettings(dimensions=(wrong,))).dimension("team")
    assert raised.value.sentence == in_the_lake.value.sentence


def test_a_condition_on_an_unknown_dimension_does_not_hold():
    for op in Op:
        assert not holds([Filter("colour", op, ("red",))], {"env": "dev"})
    assert holds([Filter(" ENV ", Op.IS, ("Dev",))], {"env": "dev"})
    assert holds([], {})


@pytest.mark.parametrize(
    ("op", "values", "of_dev", "of_none"),
    [
        (Op.IS, ("prod", "DEV"), True, False),
        (Op.IS, (), False, False),
        (Op.IS_NOT, ("prod",), True, True),
        (Op.IS_NOT, ("Dev",), False, True),
        (Op.CONTAINS, ("x", "EV"), True, False),
        (Op.MISSING, (), False, True),
        (Op.PRESENT, (), True, False),
    ],
)
def test_conditions_by_table(op, values, of_dev, of_none):
    condition = Filter("env", op, values)
    assert holds([condition], {"env": "dev"}) is of_dev
    assert holds([condition], {"env": None}) is of_none


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["env"], {"environment", "env", "stage"}),
        (["owner", "ENV "], {"owner", "created-by", "contact", "environment", "env", "stage"}),
        (["tag: Cost:Centre"], {"cost-centre"}),
        (["resource_name"], {"name"}),
        (["region"], set()),
        (["colour"], set()),
    ],
)
def test_guarded_keys_by_table(names, keys):
    assert guarded_keys(DEFAULTS, dimensions=names) == keys


def test_guarded_keys_follow_rules_and_names():
    odd = Dimension(
        "env",
        rules=(Rule((Filter("tag:Tier", Op.IS, ("gold",)),), "prod"),),
        columns=("resource_name",),
    )
    assert guarded_keys(LakeSettings(dimensions=(odd,)), dimensions=["env"]) == {"tier", "name"}


@pytest.mark.parametrize(
    ("key", "is_held"),
    [
        ("env", True),
        ("ENV", True),
        (" Env", True),
        ("user:env", True),
        ("kubernetes/env", True),
        ("a/b:env", True),
        ("envİronment", True),
        ("purser:protected", True),
        ("purser_protected", True),
        ("Purser", True),
        ("env2", False),
        ("purserine", False),
        ("colour", False),
        ("", False),
    ],
)
def test_guarded_by_table(key, is_held):
    assert is_guarded(key, KEYS_OF_ENV) == is_held


@pytest.mark.parametrize(
    ("key", "is_held"), [("eks:nodegroup-name", True), ("EKS", True), ("eksotic", False)]
)
def test_a_beginning_guards_all_that_begin_so(key, is_held):
    assert is_guarded(key, {"eks-*"}) == is_held


def test_plain_keys_are_the_same_for_all_clouds():
    assert {plain_key(k) for k in ("Do-Not-Stop", "do_not_stop", " do:not/stop")} == {"do-not-stop"}


def test_lower_case_is_duckdbs():
    text = "".join(chr(n) for n in range(1, 0x3000))
    with duckdb.connect() as db:
        found = db.execute("SELECT lower(?)", [text]).fetchone()[0]
    differing = [(a, b) for a, b in zip(lowered(text), found, strict=True) if a != b]
    assert {plain_key(a) == plain_key(b) for a, b in differing} <= {True}


def test_defaults_and_built_ins_are_covered():
    assert {d.name for d in DEFAULT_DIMENSIONS} == set(labels_of(DEFAULTS, tags={}, columns=BLANK))
    assert "env" not in BUILT_IN


def test_what_hangs_on_a_column_that_was_left_out_is_told_from_what_nobody_gave():
    by_account = Dimension("team", tags=("team",), sub_accounts={"lumen-dev": "ml"})
    settings = LakeSettings(dimensions=(by_account, Dimension("env", tags=("env",))))
    assert known_labels(settings, tags={}, columns={}) == {"env": None}
    tagged = known_labels(settings, tags={"team": "web"}, columns={})
    assert tagged == {"team": "web", "env": None}
    known = {"sub_account_id": "1", "sub_account_name": "lumen-prod"}
    assert known_labels(settings, tags={}, columns=known) == {"team": None, "env": None}
    assert labels_of(settings, tags={}, columns=known) == {"team": None, "env": None}
