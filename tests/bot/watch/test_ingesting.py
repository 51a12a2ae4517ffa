"""What operators are told of a source that is late."""

from datetime import date

import pytest

from bot.watch.ingesting import late_text
from tools.watch.lateness import Late

LATER = " Digests say so, and nothing is claimed of the days that are missing."


@pytest.mark.parametrize(
    ("lag", "usual"), [(0, "on time"), (1, "1 day behind"), (2, "2 days behind")]
)
def test_a_late_source_is_told_with_what_is_usual_of_it(lag: int, usual: str):
    said = f"aws bills are 3 days late: complete through Nov 14, and usually {usual}.{LATER}"
    assert late_text(Late("aws", date(2026, 11, 14), 3, lag), "") == said
