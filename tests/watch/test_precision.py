"""How alarms were judged, and what follows from it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tools.ledger.anomalies import Known
from tools.ledger.feedback import Said, Verdict
from tools.watch.precision import better, precisions

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
REAL, EXPECTED, NOISE = Verdict.REAL, Verdict.EXPECTED, Verdict.NOISE


def known(n, a_day, expected=1000, currency="USD"):
    day = date(2026, 11, 1) + timedelta(days=n)
    return Known(
        id=str(n),
        channel="C0ML",
        scope=(),
        first_day=day,
        last_day=day,
        actual=Decimal(expected + a_day),
        expected=Decimal(expected),
        currency=currency,
        score=9.0,
        message=f"anomaly/{n}",
        at=NOW,
    )


def said(n, verdict, *, person="U0ADA", minutes=0, channel="C0ML"):
    return Said(
        message=f"anomaly/{n}",
        person=person,
        sort="anomaly",
        channel=channel,
        verdict=verdict,
        at=NOW + timedelta(minutes=minutes),
    )


def test_the_last_word_on_a_message_counts():
    words = [said(1, NOISE), said(1, REAL, person="U0BEN", minutes=5), said(2, EXPECTED)]
    [found] = precisions({("C0ML", "anomaly"): 4}, words)
    assert (found.sent, found.judged, found.real, found.expected, found.noise) == (4, 2, 1, 1, 0)
    assert found.share == Decimal("0.5")


def test_channels_and_kinds_stay_apart():
    sent = {("C0ML", "anomaly"): 2, ("C0WEB", "budget alert"): 1}
    found = precisions(sent, [said(1, REAL, channel="C0WEB")])
    assert [(p.channel, p.sort, p.sent, p.judged) for p in found] == [
        ("C0ML", "anomaly", 2, 0),
        ("C0WEB", "anomaly", 0, 1),
        ("C0WEB", "budget alert", 1, 0),
    ]
    assert [p.share for p in found] == [None, 1, None]


@pytest.mark.parametrize(
    ("useless", "real", "expected"),
    [
        (
            (120, 130, 140),
            (500, 900),
            ({"absolute": 150.0}, 3, 3),
        ),  # above them, below the least real
        ((120, 130, 140, 990), (500,), ({"absolute": 150.0}, 3, 4)),
        ((120, 130, 440), (500,), ({"absolute": 450.0}, 3, 3)),
        ((120, 130), (500,), None),  # too few to say anything
        ((600, 700, 800), (500,), None),  # a threshold would lose what was real first
        ((600, 700, 800), (), None),  # half of three is too little
        ((100, 200, 300, 400, 500, 600, 700), (), ({"absolute": 400.0}, 3, 7)),
    ],
)
def test_a_threshold_is_proposed_where_nothing_real_is_lost(useless, real, expected):
    told = [known(n, a_day) for n, a_day in enumerate((*useless, *real))]
    words = [said(n, REAL if n >= len(useless) else NOISE) for n in range(len(told))]
    found = better(told, words)
    assert (found and (found.chosen, found.fewer, found.of)) == expected


def test_a_relative_size_is_proposed_where_that_tells_them_apart():
    useless = [known(n, 500, expected=10_000) for n in range(4)]
    real = [known(9, 500, expected=100)]
    words = [*(said(n, EXPECTED) for n in range(4)), said(9, REAL)]
    found = better([*useless, *real], words)
    assert found is not None
    assert found.chosen == {"relative": 0.055}
    assert (found.fewer, found.of, found.real) == (4, 4, 1)


def test_what_nobody_judged_speaks_for_nothing():
    assert better([known(n, 100) for n in range(9)], []) is None


def test_a_size_of_money_has_its_currency_and_there_is_none_for_several():
    useless = [known(n, 120 + n, expected=1000, currency="EUR") for n in range(4)]
    words = [*(said(n, NOISE) for n in range(4)), said(9, REAL)]
    found = better([*useless, known(9, 900, expected=1000, currency="EUR")], words)
    assert (found.chosen, found.currency) == ({"absolute": 130.0}, "EUR")
    mixed = better([*useless, known(9, 90_000, expected=100_000, currency="JPY")], words)
    assert mixed.chosen == {"relative": 0.13}
