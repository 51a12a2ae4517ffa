"""Which sources are later than usual."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tools.core.settings import Source
from tools.watch.lateness import Late, late_sources

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("lag", "through", "behind"),
    [
        (1, date(2026, 11, 19), None),  # as usual
        (1, date(2026, 11, 18), None),  # today's bill is not written yet
        (1, date(2026, 11, 17), 2),
        (0, date(2026, 11, 18), 2),
        (3, date(2026, 11, 16), None),
        (3, date(2026, 11, 1), 16),
        (1, None, 0),
    ],
)
def test_a_source_is_late_when_it_lies_behind_its_own_lag(lag, through, behind):
    source = Source("aws", Path("bills"), lag)
    found = late_sources([source], {"aws": through}, day=DAY)
    assert found == (() if behind is None else (Late("aws", through, behind, lag),))


def test_a_second_view_is_never_waited_for():
    source = Source("openai-api", Path("bills"), second_view_of="focus")
    assert late_sources([source], {"openai-api": None}, day=DAY) == ()
