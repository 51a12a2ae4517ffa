"""The list of tools."""

import inspect

import pytest

from tools import registry

TOOLS = (*registry.READ, *registry.PROPOSE)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: t.__name__)
def test_every_tool_says_what_it_is_for_and_takes_few_arguments(tool) -> None:
    assert inspect.getdoc(tool)
    assert len(inspect.signature(tool).parameters) <= 6


def test_names_are_told_apart() -> None:
    names = [tool.__name__ for tool in TOOLS]
    assert "cost_by" in names
    assert len(names) == len(set(names))


def test_whatever_changes_the_world_only_proposes() -> None:
    assert all(tool.__name__.startswith("propose_") for tool in registry.PROPOSE)
    assert not [tool for tool in registry.READ if tool.__name__.startswith("propose_")]
