"""Anthropic's cost and usage reports: cents as texts, and costs divided among keys by tokens."""

from decimal import Decimal

from tests.landing.vendor_sources import Vendor

COSTS = "organizations/cost_report"
USAGE = "organizations/usage_report/messages"
SONNET = "claude-sonnet-4-5-20250929"


def cost(vendor: Vendor, day: str, token_type: str | None, cents: str, **more) -> None:
    """An item of the cost report, as published."""
    item = {
        "amount": cents,
        "currency": "USD",
        "cost_type": "tokens",
        "description": "Claude Sonnet 4.5 Usage - Input Tokens",
        "model": SONNET,
        "service_tier": "standard",
        "context_window": "0-200k",
        "token_type": token_type,
        "workspace_id": "wrkspc_a",
    }
    vendor.api.add(COSTS, day, **{**item, **more})


def usage(vendor: Vendor, day: str, key: str | None, **more) -> None:
    """An item of the usage report, as published."""
    item = {
        "api_key_id": key,
        "workspace_id": "wrkspc_a",
        "model": SONNET,
        "service_tier": "standard",
        "context_window": "0-200k",
        "uncached_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
        "output_tokens": 0,
        "server_tool_use": {"web_search_requests": 0},
    }
    vendor.api.add(USAGE, day, **{**item, **more})


def test_costs_are_cents_and_every_token_type_finds_its_own(anthropic: Vendor):
    anthropic.api.lists["organizations/workspaces"] = [{"id": "wrkspc_a", "name": "Chat"}]
    anthropic.api.lists["organizations/api_keys"] = [
        {"id": "apikey_x", "name": "x"},
        {"id": "apikey_y", "name": "y"},
        {"id": "apikey_1", "name": "drafts"},
    ]
    day = "2026-11-02"
    cost(anthropic, day, "uncached_input_tokens", "123.78912")
    cost(anthropic, day, "output_tokens", "200")
    cost(anthropic, day, "cache_read_input_tokens", "10")
    cost(anthropic, day, "cache_creation.ephemeral_5m_input_tokens", "20")
    cost(anthropic, day, "cache_creation.ephemeral_1h_input_tokens", "30")
    usage(
        anthropic,
        day,
        "apikey_1",
        uncached_input_tokens=1500,
        output_tokens=500,
        cache_read_input_tokens=200,
        cache_creation={"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 400},
    )
    report = anthropic.ingest()
    assert report.failures == ()
    where = (day, "Chat", "drafts", SONNET)
    assert anthropic.lines() == [
        (*where, "input", "read", Decimal("0.1"), 200),
        (*where, "input", "write", Decimal("0.2"), 400),
        (*where, "input", "write", Decimal("0.3"), 1000),
        (*where, "input", None, Decimal("1.2378912"), 1500),
        (*where, "output", None, Decimal(2), 500),
    ]
    assert not [note for note in report.notes if note.startswith("Anthropic")]
    assert anthropic.lake.rows("SELECT DISTINCT provider, service FROM t") == [
        ("Anthropic", "Claude API")
    ]


def test_a_workspaces_cost_is_divided_among_its_keys_exactly(anthropic: Vendor):
    cost(anthropic, "2026-11-02", "output_tokens", "100", workspace_id=None)
    for key, tokens in (("apikey_1", 1), ("apikey_2", 1), (None, 1)):
        usage(anthropic, "2026-11-02", key, output_tokens=tokens, workspace_id=None)
    anthropic.ingest()
    assert [(line[1], line[2], line[6]) for line in anthropic.lines()] == [
        ("Default", "apikey_1", Decimal("0.333333333333")),
        ("Default", "apikey_2", Decimal("0.333333333333")),
        ("Default", None, Decimal("0.333333333334")),
    ]
    assert anthropic.total() == 1


def test_tiers_and_windows_keep_their_prices_apart(anthropic: Vendor):
    day = "2026-11-02"
    cost(anthropic, day, "output_tokens", "100")
    cost(anthropic, day, "output_tokens", "50", service_tier="batch")
    cost(anthropic, day, "output_tokens", "300", context_window="200k-1M")
    usage(anthropic, day, "k", output_tokens=10)
    usage(anthropic, day, "k", output_tokens=11, service_tier="batch")
    usage(anthropic, day, "k", output_tokens=12, context_window="200k-1M")
    usage(anthropic, day, "k", output_tokens=13, service_tier="priority")
    report = anthropic.ingest()
    assert [line[6:] for line in anthropic.lines()] == [
        (Decimal(0), 13),
        (Decimal("0.5"), 11),
        (Decimal(1), 10),
        (Decimal(3), 12),
    ]
    said = "Anthropic: 13 tokens were not charged for so far; they are kept as lines of their own."
    assert said in report.notes


def test_searches_are_counted_as_requests(anthropic: Vendor):
    day = "2026-11-02"
    nothing = {"model": None, "service_tier": None, "context_window": None}
    cost(anthropic, day, None, "30", cost_type="web_search", description="Web Search", **nothing)
    cost(anthropic, day, None, "5", cost_type="code_execution", description="Code", **nothing)
    usage(anthropic, day, "k", server_tool_use={"web_search_requests": 20})
    usage(anthropic, day, "k", model="claude-haiku", server_tool_use={"web_search_requests": 10})
    anthropic.ingest()
    units = "SELECT charge_description, billed_cost, consumed_quantity, consumed_unit FROM t"
    assert sorted(anthropic.lake.rows(units)) == [
        ("Code", Decimal("0.05"), None, None),
        ("Web Search", Decimal("0.3"), Decimal(30), "requests"),
    ]


def test_a_kind_of_token_that_nobody_knows_keeps_its_cost(anthropic: Vendor):
    cost(anthropic, "2026-11-02", "thinking_tokens", "70", description="Thinking")
    report = anthropic.ingest()
    assert anthropic.lines() == [
        ("2026-11-02", "wrkspc_a", None, SONNET, None, None, Decimal("0.7"), None)
    ]
    assert "Anthropic: $0.70 of costs name no quantity; they are kept as lines of their own." in (
        report.notes
    )


def test_the_request_is_as_published(anthropic: Vendor):
    anthropic.api.per_page = 31
    anthropic.ingest()
    days = {
        "starting_at": ["2026-11-01T00:00:00Z"],
        "ending_at": ["2026-11-22T00:00:00Z"],
        "bucket_width": ["1d"],
        "limit": ["31"],
    }
    uses = ["workspace_id", "model", "api_key_id", "service_tier", "context_window"]
    assert anthropic.api.asked == [
        ("organizations/workspaces", {"limit": ["100"]}),
        (COSTS, {**days, "group_by[]": ["workspace_id", "description"]}),
        (USAGE, {**days, "group_by[]": uses}),
    ]
