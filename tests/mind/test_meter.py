"""What a question's calls used and cost."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.config import Endpoint
from bot.mind.meter import Meter, Tokens, price
from tools.core.clock import FixedClock

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
OPENAI = Endpoint("https://api.openai.com/v1", "gpt-5-mini", "gpt-5.1")


@pytest.mark.parametrize(
    ("model", "base_url", "dollars"),
    [
        ("gpt-5-mini", "https://api.openai.com/v1", Decimal("0.0004275")),
        ("gpt-5.1", "https://api.openai.com/v1", Decimal("0.0021375")),
        ("llama-of-ours", "https://api.openai.com/v1", None),
        ("gpt-5-mini", "https://models.example.com/v1", Decimal("0.0004275")),
        ("openai/gpt-5-mini", "https://models.example.com/v1", Decimal("0.0004275")),
        ("nobody/gpt-5-mini", "https://models.example.com/v1", None),
        ("gpt-5-mini", "http://127.0.0.1:8000/v1", Decimal("0.0004275")),
        ("llama3.1:8b", "http://127.0.0.1:11434/v1", None),
    ],
)
def test_a_call_is_priced_by_address_else_by_the_name_of_its_model(model, base_url, dollars):
    assert price(model, Tokens(1000, 100, 100), base_url=base_url, at=AT) == dollars


def meter() -> Meter:
    return Meter(None, "a1", "U1", FixedClock(AT))


def test_calls_add_up_and_count_towards_the_limit():
    one = meter()
    for model in ("gpt-5-mini", "gpt-5.1"):
        one.record(OPENAI, model, tokens=Tokens(1000, 100, 100), reserved=900, seconds=1)
    assert one.spent == 2200
    usage = one.usage()
    assert (usage.calls, usage.input_tokens, usage.cached_tokens) == (2, 2000, 200)
    assert usage.dollars == Decimal("0.0025650")
    assert usage.models == ("gpt-5-mini", "gpt-5.1")


def test_a_call_that_does_not_say_what_it_used_has_no_price_and_keeps_its_reservation():
    one = meter()
    one.record(OPENAI, "gpt-5-mini", tokens=Tokens(1000, 0, 100), reserved=900, seconds=1)
    one.record(OPENAI, "gpt-5-mini", tokens=None, reserved=900, seconds=1)
    assert one.spent == 2000
    assert one.usage().dollars is None
    assert one.usage().input_tokens == 1000


def test_a_call_that_failed_before_it_began_leaves_the_price_of_the_others():
    one = meter()
    outcome = "http_500"
    one.record(OPENAI, "gpt-5-mini", tokens=None, reserved=0, seconds=1, outcome=outcome)
    one.record(OPENAI, "gpt-5-mini", tokens=Tokens(1000, 100, 100), reserved=9, seconds=1)
    assert one.usage().calls == 2
    assert one.usage().dollars == Decimal("0.0004275")
