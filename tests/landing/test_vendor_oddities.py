"""What a vendor may answer one day: huge, endless, twice, elsewhere, unprintable."""

import contextlib
import json
from decimal import Decimal

import pytest

from tests.landing.test_openai_reports import COSTS, cost
from tests.landing.vendor_sources import Vendor
from tools.core.errors import UnavailableError

pytestmark = pytest.mark.thorough

STANDS = "What stood before still stands."
ODD = (
    "OpenAI's answer for costs holds something unexpected in “{}”; nothing was changed. If the "
    "interface has changed, Purser needs a newer version."
)


def refused(vendor: Vendor) -> str:
    """The sentence of a fetch that fails; nothing was loaded."""
    (sentence,) = vendor.ingest().failed
    return sentence


@pytest.mark.parametrize("value", ["1e999999", "1e17", "12345678901234567890123456789.5", "-1e15"])
def test_an_amount_that_cannot_be_meant_changes_nothing(openai: Vendor, value: str):
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    openai.api.reports[COSTS]["2026-11-02"][0]["amount"]["value"] = value
    assert refused(openai) == ODD.format("data.results.amount.value")


def test_a_zero_with_thousands_of_decimals_is_zero(openai: Vendor):
    cost(openai, "2026-11-02", "gpt-5.5, input", "0E-6176", quantity="0E-6176")
    cost(openai, "2026-11-02", "gpt-5.5, output", "1E-3")
    openai.ingest()
    assert openai.total() == Decimal("0.001")
    assert openai.lake.totals()[0] == 2


@pytest.mark.parametrize("sign", ["\0", "\r", "\x1b[31m", "\x9b", "\ud800"])
@pytest.mark.parametrize("name", ["line_item", "project_id", "api_key_id"])
def test_signs_that_no_file_takes_keep_no_bill_out(openai: Vendor, name: str, sign: str):
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    openai.api.reports[COSTS]["2026-11-02"][0][name] = f"../x{sign}y?z#"
    assert openai.ingest().left_out == ()
    assert openai.total() == 1


def test_a_page_that_comes_twice_counts_once(openai: Vendor):
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")  # two lines that are alike are two
    openai.api.change = lambda page: {**page, "data": page["data"] * 2}
    openai.ingest()
    assert openai.total() == 2


def test_a_day_that_was_not_asked_for_counts_in_its_own_month_only(openai: Vendor):
    openai.since = openai.since.replace(month=9)
    cost(openai, "2026-10-31", "gpt-5.5, input", "1")
    bucket: list[dict] = []

    def always_october(page: dict) -> dict:
        if openai.api.asked[-1][0] != COSTS:
            return page
        bucket.extend(b for b in page["data"] if b["results"] and b not in bucket)
        return {**page, "data": [*page["data"], *bucket]}

    openai.api.change = always_october
    openai.ingest()
    assert openai.total() == 1


def test_pages_with_ever_new_names_end(openai: Vendor):
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    openai.api.change = lambda page: {
        "data": [], "has_more": True, "next_page": f"page_{len(openai.api.asked)}"
    }  # fmt: skip
    assert refused(openai) == f"OpenAI's pages of costs do not end. {STANDS}"
    assert len(openai.api.asked) < 210


@pytest.mark.parametrize(
    "wait", ["Sat, 21 Nov 2026 12:00:00 +99999999999999999999", "inf", "1e400"]
)
def test_an_absurd_wait_is_not_waited_for(openai: Vendor, wait: str):
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    openai.api.troubles = [(429, {"Retry-After": wait}, b"{}")] * 2
    waits: list[float] = []
    with contextlib.suppress(UnavailableError):
        openai.land(waits.append)
    assert sum(waits) < 2


@pytest.mark.parametrize("body", [b"[" * 100000, b'{"data": [{"start_time": 99999999999999999}]}'])
def test_an_answer_that_breaks_readers_is_one_sentence(openai: Vendor, body: bytes):
    openai.api.troubles = [(200, {}, b'{"data": [], "has_more": false}'), (200, {}, body)]
    assert refused(openai).startswith("OpenAI's answer for costs ")


@pytest.mark.parametrize("key", [" ", "sk-admin\n", "“sk-admin”", "sk admin"])
def test_a_key_that_can_be_none_is_said_before_anybody_is_asked(openai: Vendor, key: str):
    openai.key = key
    assert refused(openai) == (
        f"OPENAI_ADMIN_KEY holds a blank or a sign that no key has; set it anew. {STANDS}"
    )
    assert openai.api.asked == []


@pytest.mark.parametrize("host", ["[::1", "xn--", "a" * 300])
def test_an_address_that_can_be_none_is_one_sentence(openai: Vendor, host: str):
    openai.api.url = f"https://{host}/v1"
    assert refused(openai) == f"OpenAI cannot be called at base_url; check it. {STANDS}"


def test_tokens_that_come_to_nothing_take_no_cost_with_them(openai: Vendor):
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    openai.api.reports[COSTS]["2026-11-02"][0]["api_key_id"] = None
    usage = {"project_id": "proj_1", "model": "gpt-5.5", "output_tokens": 0}
    for key, cached in (("a", 10), ("b", 0)):
        openai.api.add(
            "organization/usage/completions", "2026-11-02",
            **usage, api_key_id=key, input_tokens=5, input_cached_tokens=cached,
        )  # fmt: skip
    openai.ingest()
    assert openai.total() == 1


def test_a_time_without_a_zone_is_utc(anthropic: Vendor):
    item = {"amount": "100", "currency": "USD", "workspace_id": None}
    anthropic.api.add("organizations/cost_report", "2026-11-02", **item)
    anthropic.api.change = lambda page: json.loads(json.dumps(page).replace('00Z"', '00"'))
    anthropic.ingest()
    assert [line[0] for line in anthropic.lines()] == ["2026-11-02"]
