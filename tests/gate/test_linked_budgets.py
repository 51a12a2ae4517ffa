"""Linked budgets through the gate and the real clients, against servers that keep budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest

from tests.clouds.aws_setup import ACCOUNT
from tests.clouds.budget_servers import AwsBudgetServer
from tests.clouds.gcp_server import Google
from tests.clouds.gcp_setup import ACCOUNTS, signed_at
from tests.gate.budget_halls import Hall
from tools.budget_setup import link_budget, read_link
from tools.clouds.aws_budgets import AwsBudgets
from tools.clouds.budgets import CloudBudgets
from tools.clouds.cloud import Credential
from tools.clouds.gcp_access import Access
from tools.clouds.gcp_budgets import GcpBudgets
from tools.clouds.settings import GcpProject
from tools.core.errors import RefusedError
from tools.gate.proposals import Stage

pytest_plugins = ["tests.clouds.aws_fixtures", "tests.clouds.gcp_fixtures"]
BILLING = "01ABCD-23EF45-678901"
GOOGLE_NAME = f"billingAccounts/{BILLING}/budgets/b-1"
ZERO = "AWS shows zero spend on this budget after a change, until it has recalculated."


class There(NamedTuple):
    """A cloud with one budget.

    Args:
        cloud: reads and changes it.
        link: as an operator writes it.
        name: the cloud's.
        put: somebody sets its amount there.
    """

    cloud: CloudBudgets
    link: str
    name: str
    put: object


def _aws(request) -> There:
    setup = request.getfixturevalue("aws_setup")
    server = AwsBudgetServer(setup.gateway)
    server.put("ml")
    request.addfinalizer(setup.gateway.answers.clear)

    def put(amount: str) -> None:
        server.put("ml", BudgetLimit={"Amount": amount, "Unit": "USD"})

    return There(AwsBudgets([setup.account], setup.sessions), f"aws:{ACCOUNT}:ml", "AWS", put)


def _google(request) -> There:
    server = request.getfixturevalue("gcp_servers")[0]
    server.google = Google()

    def put(amount: str) -> None:
        money = {"currencyCode": "USD", "units": amount.partition(".")[0]}
        body = {"displayName": "ml", "amount": {"specifiedAmount": money}}
        server.google.budgets.put(
            GOOGLE_NAME, {**body, "budgetFilter": {"calendarPeriod": "MONTH"}}
        )

    put("20000")
    project = GcpProject(
        id="acme-ml",
        read_account=ACCOUNTS[Credential.READ],
        write_account=ACCOUNTS[Credential.WRITE],
        billing_account=BILLING,
        endpoint_url=server.url,
    )
    google = GcpBudgets([project], Access(sign=signed_at(server.url), patience=0))
    return There(google, f"gcp:{BILLING}:b-1", "Google Cloud", put)


@pytest.fixture(params=[_aws, _google], ids=["aws", "gcp"])
def there(request) -> There:
    return request.param(request)


@pytest.fixture
def hall(there, tmp_path):
    found = Hall(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite'}", {there.link[:3]: there.cloud})
    yield found
    found.close()


@pytest.fixture
def budget(hall, there):
    made = hall.house.add("team=ml")
    actor = hall.house.context().asker
    return link_budget(made, read_link(there.link), budgets=hall.house.budgets, actor=actor)


def test_an_approved_amount_stands_in_both_and_is_taken_back(hall, there, budget):
    done = hall.done("team=ml", "25000.50")
    assert (done.stage, hall.amount(budget)) == (Stage.DONE, "25000.50")
    assert there.cloud.read(budget.link).amount == Decimal("25000.5")
    assert hall.undone(done).stage is Stage.DONE
    assert hall.amount(budget) == "20000"
    assert there.cloud.read(budget.link).amount == Decimal(20000)


def test_the_card_says_what_the_cloud_can_and_cannot_promise(hall, there, budget):
    proposal = hall.propose("team=ml", "25000")
    assert dict(proposal.targets[0].deed.after) == {
        "amount": "25000",
        f"amount in {there.name}": "25000",
    }
    is_aws = there.name == "AWS"
    assert (ZERO in proposal.notes) is is_aws
    assert any("right before it writes" in note for note in proposal.notes) is is_aws


def test_what_is_changed_there_is_shown_and_never_written_over(hall, there, budget):
    proposal = hall.propose("team=ml", "25000")
    there.put("21000")
    with pytest.raises(RefusedError, match=f"amount in {there.name} was “20000” and is “21000”"):
        hall.desk.run(proposal)
    assert hall.house.list().statuses[0].drift == (
        f"In {there.name} it is $21,000.00, here $20,000.00."
    )
    with pytest.raises(RefusedError, match="Nothing is written over"):
        hall.propose("team=ml", "25000")
    assert hall.done("team=ml", "21000").stage is Stage.DONE
    assert (hall.amount(budget), there.cloud.read(budget.link).amount) == ("21000", Decimal(21000))
