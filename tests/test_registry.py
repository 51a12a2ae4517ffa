"""The list of tools."""

import inspect

from tools import registry


def test_every_tool_says_what_it_is_for_and_takes_few_arguments() -> None:
    for tool in registry.READ:
        assert inspect.getdoc(tool)
        assert len(inspect.signature(tool).parameters) <= 6
    names = [tool.__name__ for tool in registry.READ]
    assert "cost_by" in names
    assert len(names) == len(set(names))
