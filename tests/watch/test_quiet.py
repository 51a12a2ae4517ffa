"""Quiet hours, by the zone's clock."""

from datetime import UTC, datetime, time

import pytest

from tools.watch.quiet import is_quiet

NIGHT, NOON = (time(22), time(7)), (time(12), time(13, 30))


@pytest.mark.parametrize(
    ("at", "quiet", "zone", "expected"),
    [
        ("2026-11-21T21:59", NIGHT, "UTC", False),
        ("2026-11-21T22:00", NIGHT, "UTC", True),
        ("2026-11-22T00:00", NIGHT, "UTC", True),
        ("2026-11-22T06:59", NIGHT, "UTC", True),
        ("2026-11-22T07:00", NIGHT, "UTC", False),
        ("2026-11-22T06:30", NIGHT, "Europe/Berlin", False),
        ("2026-11-21T21:30", NIGHT, "Europe/Berlin", True),
        ("2026-06-21T20:30", NIGHT, "Europe/Berlin", True),  # summer time
        ("2026-06-21T19:30", NIGHT, "Europe/Berlin", False),
        ("2026-11-21T12:00", NOON, "UTC", True),
        ("2026-11-21T13:30", NOON, "UTC", False),
        ("2026-11-21T03:00", None, "UTC", False),
        ("2026-11-21T03:00", (time(3), time(3)), "UTC", False),
    ],
)
def test_when_it_is_quiet(at, quiet, zone, expected):
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert is_quiet(now, quiet, zone=zone) is expected
