"""A vendor in trouble: waited for within bounds, else one sentence, and what stood stands."""

import json
from email.utils import format_datetime

import pytest

from tests.lake.bills import NOW
from tests.landing.test_openai_reports import COSTS, cost
from tests.landing.vendor_api import KEY
from tests.landing.vendor_sources import Vendor
from tools.core.clock import FixedClock
from tools.core.errors import InputError, PurserError, UnavailableError
from tools.landing.land import check

pytestmark = pytest.mark.thorough

STANDS = "What stood before still stands."
NEWER = "If the interface has changed, Purser needs a newer version."


@pytest.fixture
def loaded(openai: Vendor) -> Vendor:
    """OpenAI's reports, with a bill of one dollar loaded."""
    cost(openai, "2026-11-02", "gpt-5.5, input", "1")
    openai.ingest()
    cost(openai, "2026-11-03", "gpt-5.5, input", "2")
    return openai


def said(vendor: Vendor) -> str:
    """The sentence of a fetch that fails; nothing may have changed, and no key be in it."""
    with pytest.raises(PurserError) as caught:
        vendor.ingest()
    assert vendor.total() == 1
    assert KEY not in repr(caught.value)
    return caught.value.sentence


def refused(vendor: Vendor) -> str:
    """The same, where the person can put it right."""
    (sentence,) = vendor.ingest().failed
    assert vendor.total() == 1
    assert KEY not in sentence
    return sentence


def test_throttling_is_waited_for_as_long_as_it_asks(loaded: Vendor):
    until = format_datetime(NOW.replace(second=9), usegmt=True)
    for wait in ("0", "3", until, "soon"):
        loaded.api.troubles.append((429, {"Retry-After": wait}, b"{}"))
    waits: list[float] = []
    loaded.land(waits.append)
    assert waits == [0.5, 3.0, 9.0, 4.0]  # the first asks for none: a pause all the same
    loaded.ingest()
    assert loaded.total() == 3


def test_a_wait_that_is_too_long_is_said_at_once(loaded: Vendor):
    loaded.api.troubles = [(429, {"Retry-After": "3600"}, b"{}")] * 2
    waits: list[float] = []
    # Names come first, and are a comfort only; the second refusal is of the costs.
    with pytest.raises(UnavailableError) as caught:
        loaded.land(waits.append)
    assert caught.value.sentence == (
        f"OpenAI is busy (429); costs could not be read. Try again later. {STANDS}"
    )
    assert waits == []


def test_errors_that_pass_are_met_with_patience(loaded: Vendor):
    cut = (200, {"Content-Length": "99"}, b'{"data": [')
    loaded.api.troubles = [(500, {}, b""), (503, {}, b""), cut]
    waits: list[float] = []
    loaded.land(waits.append)
    assert waits == [0.5, 1.0, 2.0]


def test_errors_that_do_not_pass_end(loaded: Vendor):
    loaded.api.troubles = [(500, {}, b"")] * 12
    waits: list[float] = []
    with pytest.raises(UnavailableError, match=r"OpenAI is busy \(500\); costs could not be read"):
        loaded.land(waits.append)
    assert waits == [0.5, 1, 2, 4, 8] * 2


def test_nobody_there_is_one_sentence(loaded: Vendor):
    loaded.api.url = "http://127.0.0.1:9/v1"
    with pytest.raises(UnavailableError) as caught:
        loaded.land(lambda _: None)
    assert caught.value.sentence == (
        "OpenAI does not answer; check the network and base_url; costs could not be read. Try "
        f"again later. {STANDS}"
    )


def test_a_bad_key_is_one_sentence(loaded: Vendor):
    loaded.key = "sk-wrong"
    assert refused(loaded) == (
        f"OpenAI refuses the key in OPENAI_ADMIN_KEY; put a valid admin key there. {STANDS}"
    )


def test_no_key_is_one_sentence(loaded: Vendor):
    loaded.key = None
    assert refused(loaded) == (
        f"OPENAI_ADMIN_KEY is not set; OpenAI's reports want an admin key. {STANDS}"
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (403, "The key in OPENAI_ADMIN_KEY may not read costs; OpenAI wants an admin key with the "
         f"right to read usage and costs. {STANDS}"),
        (302, f"OpenAI has no costs at URL (302); check base_url. {STANDS}"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_sentence(loaded: Vendor, code: int, sentence: str):
    loaded.api.troubles = [(code, {"Location": "http://127.0.0.1:9/"}, b"{}")] * 2
    assert refused(loaded) == sentence.replace("URL", loaded.api.url)


def test_a_request_that_goes_too_far_back_says_what_to_set(loaded: Vendor):
    loaded.api.troubles = [(400, {}, b"{}")] * 3
    assert refused(loaded) == (
        "OpenAI does not take the request for costs (400); if it goes too far back, name a later "
        f"first day in since. {STANDS}"
    )


def without(*path: str):
    """Takes a field out of every page."""

    def drop(value, names: tuple[str, ...]) -> None:
        if isinstance(value, list):
            for item in value:
                drop(item, names)
        elif len(names) == 1:
            value.pop(names[0], None)
        else:
            drop(value[names[0]], names[1:])

    def change(page: dict) -> dict:
        page = json.loads(json.dumps(page, default=float))
        drop(page, path)
        return page

    return change


@pytest.mark.parametrize(
    "path",
    [("data",), ("has_more",), ("next_page",), ("data", "start_time"), ("data", "results"),
     ("data", "results", "amount"), ("data", "results", "amount", "value"),
     ("data", "results", "amount", "currency")],
    ids=".".join,
)  # fmt: skip
def test_a_field_that_is_gone_changes_nothing_and_is_named(loaded: Vendor, path: tuple[str, ...]):
    loaded.api.change = without(*path)
    assert refused(loaded) == (
        f"OpenAI's answer for costs has no field “{'.'.join(path)}”; nothing was changed. {NEWER}"
    )


@pytest.mark.parametrize("value", ["a lot", True, [1], {"usd": 1}])
def test_a_field_of_another_kind_changes_nothing_and_is_named(loaded: Vendor, value: object):
    loaded.api.reports[COSTS]["2026-11-03"][0]["amount"]["value"] = value
    assert refused(loaded) == (
        "OpenAI's answer for costs holds something unexpected in “data.results.amount.value”; "
        f"nothing was changed. {NEWER}"
    )


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b""])
def test_an_answer_that_is_no_object_changes_nothing(loaded: Vendor, body: bytes):
    loaded.api.troubles = [(200, {}, body)] * 2
    assert refused(loaded) == (
        f"OpenAI's answer for costs holds no object; nothing was changed. {NEWER}"
    )


def test_pages_that_do_not_end_are_left(loaded: Vendor):
    loaded.api.change = lambda page: {**page, "has_more": True, "next_page": "page_0"}
    assert refused(loaded) == f"OpenAI's pages of costs do not end. {STANDS}"


def test_names_that_cannot_be_read_leave_ids(loaded: Vendor):
    loaded.api.lists.clear()
    report = loaded.ingest()
    assert report.failures == ()
    assert loaded.total() == 3
    said = (
        "OpenAI's names of projects and keys could not all be read; ids are shown for the others."
    )
    assert said in report.notes


def test_another_address_forgets_what_was_read(loaded: Vendor):
    loaded.now = NOW.replace(month=12, day=20)
    loaded.ingest()
    state = json.loads((loaded.source.path / ".landing.json").read_text())
    assert state["fetched"]["2026-11"] == ["2026-12-20", 2]
    state["origin"] = ["openai", "https://elsewhere/v1"]
    (loaded.source.path / ".landing.json").write_text(json.dumps(state))
    loaded.ingest()
    starts = {query["start_time"][0] for path, query in loaded.api.asked if path == COSTS}
    assert len(starts) == 2


def test_a_check_asks_once_for_a_day(openai: Vendor):
    assert check(openai.source, clock=FixedClock(NOW)) == "OpenAI's reports answer"
    assert openai.api.paths() == [COSTS]
    openai.api.troubles = [(500, {}, b"")]
    with pytest.raises(UnavailableError):
        check(openai.source, clock=FixedClock(NOW))
    openai.key = "wrong"
    with pytest.raises(InputError, match="refuses the key"):
        check(openai.source, clock=FixedClock(NOW))
