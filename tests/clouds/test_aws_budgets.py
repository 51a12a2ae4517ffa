"""AWS Budgets: the amount changes and nothing else, and only what was approved is changed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.clouds.aws_setup import ACCOUNT
from tests.clouds.budget_servers import AwsBudgetServer
from tools.clouds.aws_budgets import AwsBudgets
from tools.core.budget import CloudLink
from tools.core.errors import InputError, RefusedError, UnavailableError

pytest_plugins = ["tests.clouds.aws_fixtures"]
LINK = CloudLink(cloud="aws", account=ACCOUNT, name="ml")
SPEND = "AWS shows zero spend on this budget after a change, until it has recalculated."


@pytest.fixture
def server(aws_setup):
    server = AwsBudgetServer(aws_setup.gateway)
    server.put("ml")
    yield server
    aws_setup.gateway.answers.clear()


@pytest.fixture
def budgets(aws_setup):
    return AwsBudgets([aws_setup.account], aws_setup.sessions)


def test_a_budget_reads_with_amount_spend_and_what_it_covers(server, budgets):
    found = budgets.read(LINK)
    assert (found.amount, found.currency, found.period) == (Decimal("20000.0"), "USD", "month")
    assert found.spent == Decimal("12345.67")
    assert found.covers == "TagKeyValue user:team$ml"
    assert not found.is_guarded
    assert found.notes == (SPEND,)


def test_a_change_writes_the_same_budget_with_another_amount(server, budgets):
    before = dict(server.held["ml"])
    found = budgets.change(LINK, Decimal(25000), expected=budgets.read(LINK))
    assert found.amount == Decimal(25000)
    assert found.spent == 0
    reported = ("CalculatedSpend", "HealthStatus")
    kept = {key: value for key, value in before.items() if key not in reported}
    assert server.updates == [{**kept, "BudgetLimit": {"Amount": "25000", "Unit": "USD"}}]


def test_filters_are_sent_in_one_language_and_never_lost(server, budgets):
    team = {"Tags": {"Key": "team", "Values": ["ml"], "MatchOptions": ["EQUALS"]}}
    server.put("ml", FilterExpression=team, Metrics=["NetUnblendedCost"])
    budgets.change(LINK, Decimal("25000.50"), expected=budgets.read(LINK))
    sent = server.updates[0]
    assert (sent["FilterExpression"], sent["Metrics"]) == (team, ["NetUnblendedCost"])
    assert "CostFilters" not in sent
    assert "CostTypes" not in sent


def test_a_budget_with_an_expression_alone_keeps_it(server, budgets):
    expression = {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon EC2"]}}
    server.put("ml", FilterExpression=expression)
    del server.held["ml"]["CostFilters"], server.held["ml"]["CostTypes"]
    assert "Amazon EC2" in budgets.read(LINK).covers
    budgets.change(LINK, Decimal(1), expected=budgets.read(LINK))
    assert server.updates[0]["FilterExpression"] == expression


def test_what_was_changed_since_is_refused_with_both_amounts(server, budgets):
    expected = budgets.read(LINK)
    server.put("ml", BudgetLimit={"Amount": "30000", "Unit": "USD"})
    with pytest.raises(RefusedError) as refused:
        budgets.change(LINK, Decimal(25000), expected=expected)
    assert refused.value.sentence == (
        "The budget was changed at AWS since: it is 30,000 USD now and was 20,000.0 USD; "
        "propose it again."
    )
    assert server.updates == []


def test_another_filter_is_a_change_too_but_new_spend_is_none(server, budgets):
    expected = budgets.read(LINK)
    server.put("ml", CalculatedSpend={"ActualSpend": {"Amount": "13000", "Unit": "USD"}})
    assert budgets.read(LINK).version == expected.version
    server.put("ml", CostFilters={"TagKeyValue": ["user:team$web"]})
    with pytest.raises(RefusedError, match="The budget was changed at AWS since; propose"):
        budgets.change(LINK, Decimal(25000), expected=expected)
    assert server.updates == []


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"AutoAdjustData": {"AutoAdjustType": "FORECAST"}},
            "AWS adjusts the amount of this budget by itself; change that at AWS.",
        ),
        (
            {"PlannedBudgetLimits": {"1767225600": {"Amount": "10", "Unit": "USD"}}},
            "This budget has amounts planned by period; change them at AWS.",
        ),
    ],
)
def test_what_aws_plans_itself_is_not_changed(server, budgets, more, sentence):
    server.put("ml", **more)
    found = budgets.read(LINK)
    assert found.fixed == sentence
    with pytest.raises(RefusedError) as refused:
        budgets.change(LINK, Decimal(25000), expected=found)
    assert refused.value.sentence == sentence
    assert server.updates == []


def test_a_change_that_changed_more_is_said(server, budgets):
    server.meddles = True
    with pytest.raises(UnavailableError, match="the budget reads otherwise now"):
        budgets.change(LINK, Decimal(25000), expected=budgets.read(LINK))


def test_what_is_not_there_or_no_money_is_said(server, budgets):
    with pytest.raises(InputError, match="has no budget of that name; link it anew"):
        budgets.read(replace(LINK, name="gone"))
    server.put("hours", BudgetType="USAGE")
    with pytest.raises(InputError, match="not of money"):
        budgets.read(replace(LINK, name="hours"))
    with pytest.raises(RefusedError, match="not configured for AWS account 999999999999"):
        budgets.read(replace(LINK, account="999999999999"))


@pytest.mark.parametrize("amount", ["0", "-5", "NaN", "Infinity", "1.234", "1e13"])
def test_an_amount_that_makes_no_sense_is_not_sent(server, budgets, amount):
    with pytest.raises(InputError):
        budgets.change(LINK, Decimal(amount), expected=budgets.read(LINK))
    assert server.updates == []


def test_without_a_write_role_nothing_is_changed(server, aws_setup):
    account = replace(aws_setup.account, write_role=None)
    budgets = AwsBudgets([account], aws_setup.sessions)
    with pytest.raises(RefusedError, match="write_role"):
        budgets.change(LINK, Decimal(25000), expected=budgets.read(LINK))
    assert server.updates == []


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDeniedException", 400, RefusedError),
        ("ThrottlingException", 400, UnavailableError),
        ("InternalErrorException", 500, UnavailableError),
    ],
)
def test_trouble_at_aws_is_one_sentence(server, budgets, aws_setup, code, status, kind):
    aws_setup.gateway.trouble("budgets.describe_budget", code, status=status)
    with pytest.raises(kind) as said:
        budgets.read(LINK)
    assert said.value.sentence.endswith(".")
    assert "AKIA" not in said.value.sentence
