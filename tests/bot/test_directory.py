"""Who people are, asked of a workspace on a real port, and of one that refuses or is gone."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from flask import Flask
from slack_sdk import WebClient

from bot.console.cast import BOT_USER, SAMPLE, Person, UserGroup
from bot.console.serve import serve_wsgi
from bot.console.workspace import Workspace
from bot.directory import SlackDirectory
from tests.console.apps import client_of
from tools.core.errors import UnavailableError
from tools.gate.policy import Policy, Rule
from tools.gate.roster import Roster, ask_after, read_roster
from tools.gate.world import Sight

ADA, CHLOE, DMITRI, ELENA = "U0ADAPARK0", "U0CHLOEW00", "U0DMITRI00", "U0ELENA000"
FRED, LEADS, MIXED = "U0FREDLEFT", "S0FINOPS00", "S0MIXED000"
CAST = replace(
    SAMPLE,
    people=(*SAMPLE.people, Person(FRED, "fred", "Fred Left", standing="left")),
    groups=(*SAMPLE.groups, UserGroup(MIXED, "mixed", "Mixed", ("ada", "dmitri", "fred"))),
)


@pytest.fixture(scope="module")
def workspace():
    with Workspace.serve(CAST) as served:
        yield served


@pytest.fixture
def directory(workspace):
    return SlackDirectory(client_of(workspace))


def refusal(call, *args) -> str:
    with pytest.raises(UnavailableError) as caught:
        call(*args)
    return caught.value.sentence


def test_members_of_a_group_are_read(directory):
    assert directory.members(LEADS) == {CHLOE}
    assert directory.members(MIXED) == {ADA, DMITRI}


@pytest.mark.parametrize(
    ("user", "is_member"),
    [
        (ADA, True),
        (DMITRI, False),
        (ELENA, False),
        (FRED, False),
        (BOT_USER, False),
        ("U0NOBODY00", False),
    ],
)
def test_only_full_active_members_of_this_workspace_are_members(directory, user, is_member):
    assert directory.is_member(user) is is_member


@pytest.mark.parametrize(
    ("email", "user"),
    [
        ("ada.park@lumen.example", ADA),
        ("Ada.Park@Lumen.example", ADA),
        ("dmitri.volkov@lumen.example", None),
        ("elena.rossi@lumen.example", None),
        ("fred.left@lumen.example", None),
        ("nobody@lumen.example", None),
    ],
)
def test_an_address_leads_to_a_full_member_or_nobody(directory, email, user):
    assert directory.find(email) == user


def test_people_are_called_by_their_names_and_strangers_by_their_ids(directory):
    called = [directory.name(user) for user in (ADA, FRED, "U0NOBODY00", "purser")]
    assert called == ["Ada Park", "Fred Left", "U0NOBODY00", "purser"]
    nowhere = SlackDirectory(WebClient("xoxb-1", base_url="http://127.0.0.1:9/api/"))
    assert nowhere.name(ADA) == ADA


def test_nobody_is_remembered(workspace, directory):
    before = len(workspace.calls)
    assert directory.is_member(ADA)
    assert directory.is_member(ADA)
    assert [c.method for c in workspace.calls[before:]].count("users.info") == 2


@pytest.mark.parametrize(
    ("method", "error", "sentence"),
    [
        (
            "usergroups.users.list",
            "plan_upgrade_required",
            "This Slack plan has no user groups; name people (U…) instead of groups (S…) in "
            "[policy] of purser.toml.",
        ),
        (
            "usergroups.users.list",
            "missing_scope",
            "Purser’s Slack app may not ask who people are: add the scope usergroups:read, "
            "as in deploy/slack-manifest.yaml, and install it again.",
        ),
        (
            "usergroups.users.list",
            "ratelimited",
            "Slack wants fewer questions about who people are; try again in a minute.",
        ),
        (
            "usergroups.users.list",
            "fatal_error",
            "I could not check with Slack who may do this (usergroups.users.list), so nothing is "
            "done; try again in a minute.",
        ),
    ],
)
def test_what_slack_refuses_is_not_guessed(workspace, directory, method, error, sentence):
    workspace.faults.refuse(method, error)
    assert refusal(directory.members, LEADS) == sentence


def test_a_group_that_is_not_there_is_a_mistake_of_the_policy(directory):
    assert refusal(directory.members, "S0NOWHERE0") == (
        "The policy names the user group S0NOWHERE0, which is not in this workspace; mend "
        "[policy] of purser.toml."
    )


def test_each_question_names_its_own_scope(workspace, directory):
    for method, call, scope in (
        ("users.info", directory.is_member, "users:read,"),
        ("users.lookupByEmail", directory.find, "users:read.email,"),
    ):
        workspace.faults.refuse(method, "missing_scope")
        assert scope in refusal(call, ADA)


def test_without_knowing_the_own_workspace_nobody_is_a_member(workspace, directory):
    workspace.faults.refuse("auth.test", "invalid_auth")
    assert "auth.test" in refusal(directory.is_member, ADA)
    assert directory.is_member(ADA)


def test_a_slack_that_does_not_answer_makes_nobody_anybody():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api/"
    directory = SlackDirectory(WebClient("xoxb-1", base_url=url, retry_handlers=[]))
    for call, about in (
        (directory.members, LEADS),
        (directory.is_member, ADA),
        (directory.find, "ada.park@lumen.example"),
    ):
        assert "so nothing is done" in refusal(call, about)


@pytest.mark.parametrize(
    "answer", ["{}", "[]", '{"ok": true, "users": "U1"}', '{"ok": true, "users": [1]}', "<html>"]
)
def test_an_answer_of_another_shape_makes_nobody_anybody(answer):
    slack = Flask("odd")
    slack.add_url_rule("/api/<method>", view_func=lambda method: answer, methods=["GET", "POST"])
    with serve_wsgi(slack, threads=2) as address:
        directory = SlackDirectory(WebClient("xoxb-1", base_url=f"{address}api/"))
        assert "so nothing is done" in refusal(directory.members, LEADS)
        for call in (directory.is_member, directory.find):
            try:
                assert not call(ADA)
            except UnavailableError as error:
                assert "so nothing is done" in error.sentence


def test_a_roster_is_read_for_one_decision(directory):
    policy = Policy(admins=(LEADS,), rules=(Rule(name="a", approve=("admins", MIXED)),))
    sight = Sight(
        target="aws/1/r/instance/i-1",
        title="i-1",
        facts={},
        labels={"owner": "ada.park@lumen.example"},
    )
    budget = Sight(target="budget/b", title="b", facts={"approvers": f"{ADA}, {LEADS} anyone"})
    roster = read_roster(policy, [sight, budget], directory=directory, people=[CHLOE, "terminal"])
    assert roster == Roster(
        groups={LEADS: frozenset({CHLOE}), MIXED: frozenset({ADA, DMITRI})},
        owners={sight.target: ADA, "budget/b": None},
        full={CHLOE: True, ADA: True},
    )
    more = ask_after(roster, [DMITRI, "anyone"], directory=directory)
    by_id = replace(sight, labels={"owner": CHLOE})
    assert read_roster(Policy(), [by_id], directory=directory, people=[]).owners == {
        sight.target: CHLOE
    }
    assert more.full == {CHLOE: True, ADA: True, DMITRI: False}
