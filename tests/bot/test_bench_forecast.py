"""The bench of forecasts."""

from __future__ import annotations

import pytest

from bot.bench_forecast import _print, bench_forecast


def test_it_measures_both_days_and_says_them_in_a_table(capsys):
    result = bench_forecast([], [301])
    assert result["day10"]["ratio"] <= 0.8
    assert set(result["day20"]) == {
        "guesses", "error", "straight_line", "last_month", "inside", "width", "ratio",
    }  # fmt: skip
    shown = {**result, "sets": {"made-up series": result["sets"]["made-up series"]}}
    _print(shown)
    printed = capsys.readouterr().out
    assert "made-up series" in printed
    assert "Ten thousand forecasts take" in printed


@pytest.mark.thorough
def test_the_sample_company_is_foretold(capsys):
    result = bench_forecast([5], [])
    for name in ("sample company", "with events"):
        for day in ("day10", "day20"):
            found = result["sets"][name][day]
            assert found["ratio"] <= 0.8
            assert 0.75 <= found["inside"] <= 0.92
