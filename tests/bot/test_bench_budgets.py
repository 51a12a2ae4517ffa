"""What a look at budgets takes is measured over bills of two lengths."""

from __future__ import annotations

import pytest

from bot.bench_budgets import bench_budgets


@pytest.mark.thorough
def test_both_lengths_are_looked_at_with_few_budgets_and_many() -> None:
    found = bench_budgets(count=40, rows=4000, times=1)
    sizes = [(look["rows"], look["budgets"]) for look in found["looks"]]
    assert sizes == [(400, 4), (400, 40), (4000, 4), (4000, 40)]
    assert [ratio["budgets"] for ratio in found["ratios"]] == [4, 40]
    assert all(look["told"] and look["cells"] for look in found["looks"])
