from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, update

from tools.core.clock import FixedClock
from tools.core.errors import UnavailableError
from tools.ledger.ledger import REMEMBER, Ledger
from tools.ledger.schema import VERSION
from tools.ledger.steps import STEPS

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_a_key_is_new_once(ledger_url):
    ledger = Ledger(ledger_url, FixedClock(NOW))
    assert ledger.first_time("T1/Ev1")
    assert not ledger.first_time("T1/Ev1")
    assert ledger.first_time("T1/Ev2")


def test_what_was_heard_is_remembered_over_a_restart(ledger_url):
    first = Ledger(ledger_url, FixedClock(NOW))
    assert first.first_time("T1/Ev1")
    first.close()
    assert not Ledger(ledger_url, FixedClock(NOW)).first_time("T1/Ev1")


def test_old_keys_are_forgotten(ledger_url):
    Ledger(ledger_url, FixedClock(NOW)).first_time("T1/Ev1")
    later = FixedClock(NOW + REMEMBER + timedelta(seconds=1))
    assert Ledger(ledger_url, later).first_time("T1/Ev1")


def test_of_many_at_once_one_is_first(ledger_url):
    replicas = [Ledger(ledger_url, FixedClock(NOW)) for _ in range(4)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: replicas[n % 4].first_time("T1/Ev1"), range(40)))
    assert answers.count(True) == 1


def test_a_ledger_from_the_future_is_left_alone(ledger_url):
    ledger = Ledger(ledger_url, FixedClock(NOW))
    ledger.first_time("x")
    ledger.close()
    with create_engine(ledger_url).begin() as connection:
        connection.execute(update(VERSION).values(steps=999))
    with pytest.raises(UnavailableError, match="newer Purser"):
        Ledger(ledger_url, FixedClock(NOW)).first_time("y")


def test_a_ledger_that_cannot_be_opened_says_what_to_check(tmp_path):
    with pytest.raises(UnavailableError, match=r"check \[ledger\] url"):
        Ledger(f"sqlite:///{tmp_path}/no/such/folder/l.sqlite", FixedClock(NOW)).check()


def test_the_check_names_the_database(ledger_url):
    found = Ledger(ledger_url, FixedClock(NOW)).check()
    assert found.endswith(f"step {len(STEPS)} of {len(STEPS)}")
