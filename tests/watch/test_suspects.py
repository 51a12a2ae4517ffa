"""One cause is told once, by the narrowest name that fits."""

from datetime import date

import pytest

from tools.watch.suspects import Suspect, causes

DAY = date(2026, 11, 11)


def event(excess, *, first=DAY, last=None, currency="USD", **key):
    return Suspect(
        key=key,
        currency=currency,
        first_day=first,
        last_day=last or date(2026, 11, 14),
        actual=excess + 100.0,
        expected=100.0,
        score=9.0,
        goes_on=False,
        through=date(2026, 11, 14),
    )


def names(*events):
    return [dict(found.key) for found in causes(events, least=100)]


def test_nothing_comes_of_nothing():
    assert names() == []


def test_the_narrowest_key_with_nearly_all_of_it_names_it():
    found = names(
        event(1000, team="ml"),
        event(980, service="EC2"),
        event(990, team="ml", service="EC2"),
        event(900, team="ml", service="EC2", region="us-west-2"),
        event(400, team="ml", service="EC2", region="us-east-1"),
    )
    assert found[0] == {"team": "ml", "service": "EC2", "region": "us-west-2"}


def test_what_several_teams_share_is_named_by_the_service():
    found = names(
        event(1000, service="EC2"),
        event(500, team="ml", service="EC2"),
        event(500, team="web", service="EC2"),
    )
    assert found == [{"service": "EC2"}]


def test_two_causes_of_one_account_and_day_are_told_of_the_account():
    found = names(
        event(1800, account="prod"),
        event(1000, team="ml", service="EC2"),
        event(800, team="web", service="S3"),
    )
    assert found == [{"account": "prod"}]


def test_two_causes_of_one_day_are_two():
    found = names(
        event(1000, team="ml"),
        event(1000, team="ml", service="EC2"),
        event(800, team="web"),
        event(800, team="web", service="S3"),
    )
    assert found == [{"team": "ml", "service": "EC2"}, {"team": "web", "service": "S3"}]


@pytest.mark.parametrize(
    "other",
    [
        event(900, team="ml", service="EC2", first=date(2026, 9, 1), last=date(2026, 9, 3)),
        event(900, team="ml", service="EC2", currency="EUR"),
    ],
)
def test_another_time_or_currency_is_another_cause(other):
    assert len(names(event(1000, team="ml", service="EC2"), other)) == 2


def test_small_things_that_came_along_are_not_told_by_themselves():
    found = names(
        event(20_000, team="search"),
        event(19_000, team="search", service="EC2"),
        event(1_500, team="search", service="S3"),
        event(1_500, service="S3"),
    )
    assert found == [{"team": "search", "service": "EC2"}]
