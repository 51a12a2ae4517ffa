"""Conditions as they are kept: whatever is written is read back, and compared as sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.core.conditions import conditions_text, lies_within, plain_scope, read_conditions
from tools.core.errors import InputError
from tools.core.labels import holds
from tools.core.query import Filter, Op

names = st.sampled_from(["team", "env", "cost_center", "tag:app", 'tag:a "b" c', "tag:x y"])
values = st.text(min_size=0, max_size=12)
listed = st.lists(values, min_size=1, max_size=3).map(tuple)
filters = st.one_of(
    st.builds(Filter, names, st.sampled_from([Op.IS, Op.IS_NOT, Op.CONTAINS]), listed),
    st.builds(Filter, names, st.sampled_from([Op.MISSING, Op.PRESENT])),
)
scopes = st.lists(filters, max_size=4).map(tuple)


@given(scopes)
def test_whatever_is_written_is_read_back(scope):
    assert read_conditions(conditions_text(scope)) == scope


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text):
    try:
        scope = read_conditions(text)
    except InputError as error:
        assert error.sentence.endswith("or everything.")
    else:
        assert read_conditions(conditions_text(scope)) == scope


few = st.sampled_from(["ml", "mlops", "search", "ML"])
small = st.one_of(
    st.builds(
        Filter,
        st.sampled_from(["team", "env"]),
        st.sampled_from([Op.IS, Op.IS_NOT, Op.CONTAINS]),
        st.lists(few, min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Filter, st.sampled_from(["team", "Env"]), st.sampled_from([Op.MISSING, Op.PRESENT])),
)
labels = st.fixed_dictionaries({"team": st.none() | few, "env": st.none() | few})


@given(st.lists(small, max_size=3), st.lists(small, max_size=3), labels)
def test_what_lies_within_is_never_outside(inner, outer, found):
    if lies_within(inner, outer) and holds(inner, found):
        assert holds(outer, found)


ML = Filter("team", Op.IS, ("ml",))


@pytest.mark.parametrize(
    ("inner", "outer", "is_within"),
    [
        ("team=ml", "everything", True),
        ("everything", "team=ml", False),
        ("team=ml and env=prod", "team=ML", True),
        ("team=ml", "team in (ml, search)", True),
        ("team in (ml, search)", "team=ml", False),
        ("team=ml", "team!=search", True),
        ("team!=search", "team=ml", False),
        ("team not in (a, b)", "team!=a", True),
        ("team is missing", "team!=a", True),
        ("team=ml", "team is present", True),
        ("team=ml-ops", "team contains ml", True),
        ("team contains ml", "team=ml", False),
        ("env=prod", "team=ml", False),
    ],
)
def test_a_scope_lies_within_another(inner, outer, is_within):
    assert lies_within(read_conditions(inner), read_conditions(outer)) is is_within


def test_order_case_and_repetition_do_not_tell_scopes_apart():
    one = read_conditions("team in (ML, search) and env=prod")
    other = read_conditions("Env=prod and team in (search, ml) and env=prod")
    assert plain_scope(one) == plain_scope(other)
    assert plain_scope(one) != plain_scope((ML,))


BAD = ["ml", "team=", "team=ml env=prod", "team=ml or env=prod", "=ml", "team=x:", "tag:=3"]


@pytest.mark.parametrize("text", [*BAD, '"team"=ml', "team in ml", "tag:"])
def test_what_is_no_scope_is_refused(text):
    with pytest.raises(InputError) as refused:
        read_conditions(text)
    assert refused.value.sentence == (
        f"“{text}” is no scope; write conditions like team=ml and env=prod, or everything."
    )
