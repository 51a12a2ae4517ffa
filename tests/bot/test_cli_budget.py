"""`purser budget`: where budgets stand, linking, and whose they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.budgeting import ADA, House
from tests.clouds.gcp_server import Google
from tools.core.budget import Budget
from tools.ledger.audit import Audit

pytest_plugins = ["tests.clouds.gcp_fixtures"]
BILLING = "01ABCD-23EF45-678901"
NAME = f"billingAccounts/{BILLING}/budgets/b-1"


class Terminal:
    """Purser's commands over the bills and budgets of a house, and what they print."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.house = House(home)
        self._capsys = capsys

    def __call__(self, *arguments: str) -> str:
        code = main(["--home", str(self.home), "budget", *arguments])
        said = self._capsys.readouterr()
        return said.out if code == 0 else f"{code}: {said.err}"

    def kept(self, budget: Budget) -> Budget | None:
        return self.house.budgets.records.find(budget.id)


@pytest.fixture
def purser(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PURSER_NOW", "2026-11-21T12:00:00Z")
    terminal = Terminal(tmp_path, capsys)
    yield terminal
    terminal.house.ledger.close()


@pytest.fixture
def google(gcp_servers, tmp_path):
    server = gcp_servers[0]
    server.google = Google()
    money = {"currencyCode": "USD", "units": "25000"}
    server.google.budgets.put(
        NAME, {"displayName": "ml", "amount": {"specifiedAmount": money}, "budgetFilter": {}}
    )
    (tmp_path / "purser.toml").write_text(
        f'[[clouds.gcp]]\nid = "acme-ml"\nbilling_account = "{BILLING}"\n'
        f'endpoint_url = "{server.url}"\n'
    )
    return server.google


def test_budgets_are_listed(purser):
    purser.house.add("team=ml")
    purser.house.add("team=search", "1000")
    listed = purser()
    assert listed.startswith("1 of 2 budgets")
    assert listed.index("$2,000.00") < listed.index("$12,000.00")  # the fullest first
    assert purser("list") == listed
    assert purser("list", "team=ml").startswith("$12,000.00 of $20,000.00")
    assert "No budget lies within team=data." in purser("list", "team=data")
    assert purser("list", "ml").startswith("2: “ml” is no scope;")


def test_a_program_reads_them(purser):
    made = purser.house.add("team=ml")
    for arguments in (["--json"], ["list", "--json"], ["--json", "list", "team=ml"]):
        (found,) = json.loads(purser(*arguments))["budgets"]
        assert (found["id"], found["amount"], found["spent"]) == (made.id, "20000", "12000")


def test_a_budget_is_assigned_with_an_entry_in_the_audit_log(purser):
    made = purser.house.add("team=ml")
    said = purser("assign", "team=ml", "--owner", "U1", "--approvers", "U2,S3")
    assert said == "team=ml a month: owner U1, channel none, approvers U2, S3.\n"
    expected = replace(made, owner="U1", approvers=("U2", "S3"), version=2)
    assert replace(purser.kept(made), at=made.at) == expected
    entry = Audit(purser.house.ledger).entries(subject=made.target)[-1]
    assert (entry.event, entry.actor, entry.via) == ("budget changed", "terminal", "terminal")
    assert purser("assign", made.id) == "2: Say --owner, --channel or --approvers.\n"
    assert purser("assign", made.id, "--owner", "").startswith("team=ml a month: owner nobody,")


def test_a_budget_is_linked_and_let_go(purser, google):
    made = purser.house.add("team=ml")
    assert purser("link", made.id, f"gcp:{BILLING}:b-1") == (
        f"Linked team=ml a month to gcp:{BILLING}:b-1.\n"
        f"It covers all of billing account {BILLING}; see that this is team=ml a month as well.\n"
        "In Google Cloud it is $25,000.00, here $20,000.00. "
        "Set the one to the other before you change them together.\n"
    )
    assert purser.kept(made).link.name == NAME
    assert "In Google Cloud it is $25,000.00, here $20,000.00." in purser()
    assert purser("unlink", "team=ml") == (
        "Unlinked team=ml a month. The cloud's budget stays as it is.\n"
    )
    assert purser.kept(made).link is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["link", "team=ml", "b-1"], "2: A cloud's budget is named aws:ACCOUNT:NAME or"),
        (["link", "team=ml", "aws:111122223333:ml"], "1: AWS, which the budget for team=ml a"),
        (["link", "team=ml", "gcp:01ABCD-23EF45-678901:b-2"], "2: Google billing account 01ABCD"),
        (["link", "team=data", "aws:1:ml"], "2: There is no budget for team=data yet; propose"),
        (["unlink", "team=ml"], "2: The budget for team=ml a month is not linked"),
    ],
)
def test_what_cannot_be_is_one_sentence(purser, google, arguments, said):
    made = purser.house.add("team=ml")
    assert purser(*arguments).startswith(said)
    assert purser.kept(made) == made


def test_the_samples_budgets_are_made_once(purser):
    from tools.samples.budgets import ADA as OWNER
    from tools.samples.budgets import write_budgets

    records, context = purser.house.budgets.records, purser.house.context()
    write_budgets(records, context=context)
    made = {b.title: f"{b.amount:f}" for b in records.all()}
    assert made == {"everything a month": "23000", "team=search a month": "1600"}
    mine = records.all()[0]
    records.change(replace(mine, amount=mine.amount + 1, owner=OWNER), was=mine, actor=ADA)
    write_budgets(records, context=context)
    assert [f"{b.amount:f}" for b in records.all()] == ["23001", "1600"]
