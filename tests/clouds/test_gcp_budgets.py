"""Google Cloud budgets through the real client: mask, etag, and nothing but the amount."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.clouds.gcp_server import Google, Trouble
from tests.clouds.gcp_setup import ACCOUNTS, granted, signed_at
from tools.clouds.cloud import Credential
from tools.clouds.gcp_access import Access
from tools.clouds.gcp_budgets import GcpBudgets
from tools.clouds.gcp_roles import role_files
from tools.clouds.settings import GcpProject
from tools.core.budget import CloudLink
from tools.core.errors import InputError, RefusedError, UnavailableError

pytest_plugins = ["tests.clouds.gcp_fixtures"]
BILLING = "01ABCD-23EF45-678901"
NAME = f"billingAccounts/{BILLING}/budgets/b-1"
LINK = CloudLink(cloud="gcp", account=BILLING, name=NAME)
BODY = {
    "displayName": "ml",
    "amount": {"specifiedAmount": {"currencyCode": "EUR", "units": "20000", "nanos": 500000000}},
    "budgetFilter": {
        "projects": ["projects/123"],
        "services": ["services/6F81-5844-456A"],
        "calendarPeriod": "MONTH",
        "labels": {"team": ["ml"]},
    },
    "thresholdRules": [{"thresholdPercent": 0.9}],
}


@pytest.fixture
def server(gcp_servers):
    return gcp_servers[0]


@pytest.fixture
def google(server):
    grants = granted()
    for credential, name in ((Credential.READ, "read"), (Credential.WRITE, "write")):
        role = role_files()[f"gcp-budgets-{name}-role.yaml"]
        grants[ACCOUNTS[credential]].add(
            next(line.split()[1] for line in role.splitlines() if line.startswith("  - "))
        )
    server.google = Google(grants=grants)
    server.google.budgets.put(NAME, BODY)
    return server.google


@pytest.fixture
def project(server):
    return GcpProject(
        id="acme-ml",
        read_account=ACCOUNTS[Credential.READ],
        write_account=ACCOUNTS[Credential.WRITE],
        billing_account=BILLING,
        endpoint_url=server.url,
    )


@pytest.fixture
def budgets(google, project, server):
    return GcpBudgets([project], Access(sign=signed_at(server.url), patience=0))


def patches(google):
    return [call for call in google.calls if call[0] == "PATCH"]


def test_a_budget_reads_with_amount_and_what_it_covers(budgets, google):
    found = budgets.read(LINK)
    assert (found.amount, found.currency, found.period) == (Decimal("20000.5"), "EUR", "month")
    assert found.covers == "projects/123; services services/6F81-5844-456A; label team ml"
    assert found.version == google.budgets.held[NAME]["etag"]
    assert found.is_guarded
    assert found.spent is None


def test_a_change_sends_mask_and_etag_and_changes_nothing_else(budgets, google):
    before = budgets.read(LINK)
    found = budgets.change(LINK, Decimal("25000.25"), expected=before)
    assert found.amount == Decimal("25000.25")
    assert found.version != before.version
    [(_, _, query, body)] = patches(google)
    assert query["updateMask"] == "amount.specifiedAmount"
    assert body["etag"] == before.version
    held = google.budgets.held[NAME]
    assert {k: held[k] for k in ("displayName", "budgetFilter", "thresholdRules")} == {
        k: BODY[k] for k in ("displayName", "budgetFilter", "thresholdRules")
    }


def test_what_was_changed_since_is_refused_with_both_amounts(budgets, google):
    expected = budgets.read(LINK)
    other = {"specifiedAmount": {"currencyCode": "EUR", "units": "30000"}}
    google.budgets.put(NAME, {**BODY, "amount": other})
    with pytest.raises(RefusedError) as refused:
        budgets.change(LINK, Decimal(25000), expected=expected)
    assert refused.value.sentence == (
        "The budget was changed at Google Cloud since: it is 30,000 EUR now and was "
        "20,000.5 EUR; propose it again."
    )
    assert patches(google) == []


def test_a_change_in_between_is_refused_by_the_etag(budgets, google):
    google.troubles.append(Trouble("PATCH", 409, "ABORTED"))
    with pytest.raises(RefusedError, match="it was changed since it was read; propose it again"):
        budgets.change(LINK, Decimal(25000), expected=budgets.read(LINK))
    assert budgets.read(LINK).amount == Decimal("20000.5")


def test_an_amount_taken_from_the_period_before_is_not_changed(budgets, google):
    google.budgets.put(NAME, {**BODY, "amount": {"lastPeriodAmount": {}}})
    found = budgets.read(LINK)
    assert (found.amount, found.currency) == (None, "")
    with pytest.raises(RefusedError, match="from the period before"):
        budgets.change(LINK, Decimal(1), expected=found)


def test_a_budget_of_everything_and_of_a_custom_period_says_so(budgets, google):
    period = {"startDate": {"year": 2026, "month": 1, "day": 1}}
    google.budgets.put(NAME, {**BODY, "budgetFilter": {"customPeriod": period}})
    found = budgets.read(LINK)
    assert (found.period, found.covers) == ("custom", f"all of billing account {BILLING}")


@pytest.mark.parametrize(
    ("link", "kind", "words"),
    [
        (replace(LINK, name=NAME.replace("b-1", "b-2")), InputError, "no such budget"),
        (replace(LINK, name="b-1"), InputError, "That is no Google budget"),
        (replace(LINK, account="0-0-0"), InputError, "That is no Google budget"),
        (replace(LINK, account="0-0", name="billingAccounts/0-0/budgets/b"), RefusedError, "0-0"),
    ],
)
def test_what_is_no_budget_of_a_configured_account_is_said(budgets, link, kind, words):
    with pytest.raises(kind, match=words):
        budgets.read(link)


def test_without_a_write_account_nothing_is_changed(budgets, project, google):
    bare = replace(budgets, projects=[replace(project, write_account=None)])
    with pytest.raises(RefusedError, match="write_account"):
        bare.change(LINK, Decimal(25000), expected=bare.read(LINK))
    assert patches(google) == []


def test_without_the_right_the_sentence_names_right_and_role(budgets, google):
    google.grants[ACCOUNTS[Credential.WRITE]].clear()
    with pytest.raises(RefusedError) as refused:
        budgets.change(LINK, Decimal(25000), expected=budgets.read(LINK))
    assert refused.value.sentence == (
        "Google project acme-ml: billing.budgets.update is not allowed; the rights that Purser "
        "needs are in deploy/gcp-budgets-write-role.yaml."
    )


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_at_google_is_unavailable(budgets, google, status):
    google.troubles.append(Trouble("GET", status, "backendError"))
    with pytest.raises(UnavailableError):
        budgets.read(LINK)
