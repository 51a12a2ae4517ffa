"""OpenAI's costs and usage: one bill, exact to the last digit, nothing counted twice."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.landing.vendor_sources import Vendor
from tools.landing.matching import About, Cost, Use, matched, rounded

COSTS, USAGE = "organization/costs", "organization/usage/completions"
EMBEDDINGS = "organization/usage/embeddings"


def cost(
    vendor: Vendor, day: str, line: str | None, value: str, *, key: str | None = "key_a", **more
) -> None:
    """An item of the cost report, as published."""
    vendor.api.add(
        COSTS,
        day,
        object="organization.costs.result",
        amount={"value": Decimal(value), "currency": "usd"},
        line_item=line,
        project_id=more.pop("project", "proj_a"),
        api_key_id=key,
        **more,
    )


def usage(
    vendor: Vendor, day: str, model: str, tokens: tuple[int, int, int], key: str = "key_a"
) -> None:
    """An item of the usage report: input with what was cached, cached, output."""
    vendor.api.add(
        USAGE,
        day,
        object="organization.usage.completions.result",
        input_tokens=tokens[0],
        input_cached_tokens=tokens[1],
        output_tokens=tokens[2],
        num_model_requests=3,
        project_id="proj_a",
        api_key_id=key,
        model=model,
        batch=None,
    )


def test_costs_with_their_quantities_are_the_bill_and_usage_is_not_added_to_it(openai: Vendor):
    openai.api.lists["organization/projects"] = [
        {"id": "proj_x", "name": "old"},
        {"id": "proj_y", "name": None},
        {"id": "proj_a", "name": "assistant"},
    ]
    openai.api.lists["organization/projects/proj_a/api_keys"] = [{"id": "key_a", "name": "chat"}]
    told = {"quantity": 600, "quantity_unit": "tokens"}
    cost(openai, "2026-11-02", "gpt-5.5-2026-04-23, input", "0.75", **told)
    cost(openai, "2026-11-02", "gpt-5.5-2026-04-23, cached input", "0.05", quantity=400)
    cost(
        openai,
        "2026-11-02",
        "priority | gpt-5.5-2026-04-23, output, long context",
        "1.2",
        quantity=Decimal("0.1"),
        quantity_unit="1000_tokens",
    )
    cost(openai, "2026-11-03", "web search tool calls", "0.3", key=None, quantity=30)
    usage(openai, "2026-11-02", "gpt-5.5-2026-04-23", (1000, 400, 100))
    report = openai.ingest()
    assert report.failures == ()
    assert openai.lines() == [
        ("2026-11-02", "assistant", "chat", "gpt-5.5-2026-04-23", "input", "read",
         Decimal("0.05"), Decimal(400)),
        ("2026-11-02", "assistant", "chat", "gpt-5.5-2026-04-23", "input", None,
         Decimal("0.75"), Decimal(600)),
        ("2026-11-02", "assistant", "chat", "gpt-5.5-2026-04-23", "output", None,
         Decimal("1.2"), Decimal(100)),
        ("2026-11-03", "assistant", None, None, None, None, Decimal("0.3"), None),
    ]  # fmt: skip
    assert [note for note in report.notes if note.startswith("OpenAI")] == [
        "OpenAI: $0.30 of costs name no quantity; they are kept as lines of their own."
    ]
    (row,) = openai.lake.rows(
        "SELECT DISTINCT provider, service, service_category, currency, consumed_unit FROM t "
        "WHERE model IS NOT NULL"
    )
    assert row == ("OpenAI", "OpenAI API", "AI and Machine Learning", "USD", "tokens")


def test_costs_without_quantities_take_the_tokens_of_the_usage(openai: Vendor):
    cost(openai, "2026-11-02", "gpt-5.5, input", "0.75")
    cost(openai, "2026-11-02", "gpt-5.5, batch input", "0.25")
    cost(openai, "2026-11-02", "gpt-5.5, cached input", "0.05")
    usage(openai, "2026-11-02", "gpt-5.5", (1000, 400, 100))
    usage(openai, "2026-11-02", "gpt-free", (50, 0, 7))
    openai.api.add(
        EMBEDDINGS, "2026-11-04", input_tokens=9, num_model_requests=1, project_id="proj_a",
        api_key_id="key_b", model="text-embedding-3-large",
    )  # fmt: skip
    report = openai.ingest()
    assert openai.lines() == [
        ("2026-11-02", "proj_a", "key_a", "gpt-5.5", "input", "read", Decimal("0.05"), 400),
        ("2026-11-02", "proj_a", "key_a", "gpt-5.5", "input", None, Decimal(1), 600),
        ("2026-11-02", "proj_a", "key_a", "gpt-5.5", "output", None, Decimal(0), 100),
        ("2026-11-02", "proj_a", "key_a", "gpt-free", "input", None, Decimal(0), 50),
        ("2026-11-02", "proj_a", "key_a", "gpt-free", "output", None, Decimal(0), 7),
        ("2026-11-04", "proj_a", "key_b", "text-embedding-3-large", "input", None, Decimal(0), 9),
    ]
    assert openai.total() == Decimal("1.05")
    assert (
        "OpenAI: 166 tokens were not charged for so far; they are kept as lines of their own."
        in (report.notes)
    )
    # What nobody was charged for has no effective cost: answers say so beside their figures.
    unpriced = openai.lake.rows("SELECT count(*) FROM t WHERE effective_cost IS NULL")
    assert unpriced == [(4,)]


def test_an_organisation_without_costs_by_key_has_them_divided_by_tokens(openai: Vendor):
    openai.api.troubles = [(404, {}, b"{}"), (400, {}, b'{"error": {"message": "no group"}}')]
    cost(openai, "2026-11-02", "gpt-5.5, input", "1", key=None)
    usage(openai, "2026-11-02", "gpt-5.5", (2, 0, 0), "key_a")
    usage(openai, "2026-11-02", "gpt-5.5", (1, 0, 0), "key_b")
    openai.ingest()
    groups = [query["group_by[]"] for path, query in openai.api.asked if path == COSTS]
    assert [len(group) for group in groups[:2]] == [3, 2]
    assert [(line[2], line[6]) for line in openai.lines()] == [
        ("key_a", Decimal("0.666666666667")),
        ("key_b", Decimal("0.333333333333")),
    ]
    assert openai.total() == 1


def test_pages_are_read_to_their_end_and_sums_are_exact(openai: Vendor):
    value = "0.123456789012345678901"
    for day in range(1, 22):
        cost(openai, f"2026-11-{day:02}", "gpt-5.5, input", value)
    openai.ingest()
    assert openai.total() == (21 * Decimal(value)).quantize(Decimal("1e-12"))
    pages = [query.get("page") for path, query in openai.api.asked if path == COSTS]
    assert pages == [None, ["page_7"], ["page_14"]]


def test_a_month_is_kept_once_it_has_settled(openai: Vendor):
    openai.since = date(2026, 9, 1)
    for day in ("2026-09-02", "2026-10-02", "2026-11-02"):
        cost(openai, day, "gpt-5.5, input", "1")
    openai.ingest()
    asked = {query["start_time"][0] for path, query in openai.api.asked if path == COSTS}
    assert len(asked) == 3
    cost(openai, "2026-09-03", "gpt-5.5, input", "5")
    cost(openai, "2026-11-03", "gpt-5.5, input", "2")
    report = openai.ingest()
    asked = {query["start_time"][0] for path, query in openai.api.asked if path == COSTS}
    assert asked == {"1793491200"}  # 2026-11-01
    assert openai.total() == 5
    assert (len(report.loaded), len(report.unchanged)) == (1, 2)
    (openai.source.path / "costs-2026-09.csv").unlink()
    openai.ingest()
    assert openai.total() == 10


def test_what_closed_in_the_last_days_is_read_again(openai: Vendor):
    openai.now = openai.now.replace(day=5)
    openai.since = date(2026, 10, 1)
    cost(openai, "2026-10-31", "gpt-5.5, input", "1")
    openai.ingest()
    cost(openai, "2026-10-31", "gpt-5.5, output", "2")
    openai.ingest()
    assert openai.total() == 3


def test_a_month_that_is_reported_empty_leaves_what_stood(openai: Vendor):
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    openai.ingest()
    openai.api.reports[COSTS].clear()
    report = openai.ingest()
    assert report.failed == (
        "OpenAI reports nothing for 2026-11 any more. What stood before still stands.",
    )
    assert openai.total() == 1


def test_an_organisation_that_never_spent_is_no_error(openai: Vendor):
    report = openai.ingest()
    assert (report.rows, report.failures) == (0, ())


AMOUNTS = st.decimals(-5, 100, places=15, allow_nan=False)
COUNTS = st.integers(0, 10**9)
THINGS = st.tuples(st.integers(1, 3), st.sampled_from(["a", "b"]), st.sampled_from(["in", "out"]))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    costs=st.lists(st.tuples(THINGS, AMOUNTS, st.none() | COUNTS), max_size=12),
    uses=st.lists(st.tuples(THINGS, COUNTS, st.sampled_from("kl")), max_size=12),
)
def test_every_cost_is_kept_to_the_last_digit_and_no_token_is_counted_twice(costs, uses):
    day = date(2026, 11, 1)
    items = [
        Cost(About(day), thing, amount, "USD", "x", None, None if n is None else Decimal(n))
        for thing, amount, n in costs
    ]
    used = [Use(About(day), thing, Decimal(n), api_key=key) for thing, n, key in uses]
    lines = rounded(matched(items, used, currency="USD"))
    total = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    assert total == sum((a for _, a, _ in costs), Decimal(0)).quantize(Decimal("1e-12"))
    whole = {thing for thing, _, _ in costs} - {thing for thing, _, n in costs if n is None}
    own = sum(n for thing, _, n in costs if thing in whole)
    others = sum(n for thing, n, _ in uses if thing not in whole)
    seen = sum(line.quantity for line in lines if line.quantity is not None)
    partly = {thing for thing, _, n in costs if n is None} - {t for t, n, _ in uses if n}
    kept = sum(n for thing, _, n in costs if thing in partly and n is not None)
    assert seen == own + others + kept


@pytest.mark.parametrize(
    ("line", "model", "direction"),
    [
        ("gpt-audio-mini-2025-12-15 audio, input", "gpt-audio-mini-2025-12-15", "input"),
        ("gpt-6-astra, input_tokens", "gpt-6-astra", "input"),
        ("gpt-5.6-sol, cache writes", "gpt-5.6-sol", "input"),
        ("ft:gpt-4o-2024-08-06:acme::x, output", "ft:gpt-4o-2024-08-06:acme::x", "output"),
        ("whisper-1, transcription", "whisper-1", None),
        ("code interpreter sessions", None, None),
    ],
)
def test_line_items_tell_model_and_direction(openai: Vendor, line, model, direction):
    cost(openai, "2026-11-02", line, "1", quantity=5, quantity_unit="tokens" if direction else None)
    openai.ingest()
    ((_, _, _, found, way, *_),) = openai.lines()
    assert (found, way) == (model, direction)
