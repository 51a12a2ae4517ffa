"""Cards: what they say, what they never become, and Slack's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from bot.acting_json import acting_json
from bot.blocks import Setting, render
from bot.card_views import Origin, denial_view, details_view, editing_view, read_edit
from bot.cards import Face, Pressed, card_message, card_text
from bot.console.block_rules import problems, text_length, view_problems
from bot.wording import sentence
from tests.bot.gate_parts import text, words
from tools.clouds.resources import Verb
from tools.gate.people import Actor
from tools.gate.proposals import Decision, Fate, Proposal, Run, Stage, Target, Terms
from tools.gate.world import Deed, Sight

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ADA, BEN, CHLOE = "U0ADAPARK0", "U0BENORTIZ", "U0CHLOEW00"
NASTY = (
    "<!channel> wake up",
    "<@U0CHLOEW00> approved this",
    "<https://evil.example|click>",
    "![x](https://evil.example/x.png) [a](https://evil.example)",
    "*bold* _it_ ~no~ `code` :tada:",
    "a\u202eb\u2066c\u200b\nApproved by @ada",
    "x" * 4000,
    "&lt;!here&gt; &amp;",
)


def target(name="train-1", *, verb=Verb.STOP, id="", after=None, **changes) -> Target:
    facts = {"state": "running", "type": "p4d.24xlarge", "tag:team": "ml", "capacity": "4"}
    at = id or f"sim/540987654324/us-east-2/instance/i-{name[:20]}"
    sight = Sight(
        target=at,
        title=name,
        facts=facts,
        labels={"team": "ml", "env": "dev", "owner": "ada@lumen.example"},
        hourly=D("32.77"),
        price_from="your bill of Nov 19",
    )
    deed = Deed(
        verb=verb,
        target=at,
        after=after or {"state": "stopped"},
        loses="what is in memory",
        undo=Verb.START,
    )
    return Target(sight=replace(sight, **changes), deed=deed)


def proposal(*targets: Target, **changes: object) -> Proposal:
    made = Proposal(
        id="a" * 32,
        version=1,
        verb=Verb.STOP,
        targets=targets or (target(),),
        requester=Actor(ADA, "T0SAMPLE00"),
        at=NOW,
        expires=NOW + timedelta(hours=4),
        terms=Terms(
            approvals=1, approvers=(BEN, CHLOE), requester_may_approve=False, lasts_seconds=14400
        ),
        daily=D("-786.48"),
        monthly=D("-23922.10"),
    )
    return replace(made, **changes)


def ended(stage: Stage, fate: Fate, **changes: object) -> Proposal:
    made = proposal()
    run = Run(made.targets[0].sight.target, fate, at=NOW)
    approved = Decision(BEN, "approve", NOW)
    given = {"stage": stage, "runs": (run,), "decisions": (approved,), "ended": NOW}
    return replace(made, **{**given, **changes})


def card(made: Proposal, **around: object):
    return card_message(made, Face(now=NOW, **around))


def test_the_whole_card_says_what_why_what_it_costs_and_who_may():
    made = proposal(reason="nobody uses it", unchecked=("Its owner was not asked.",))
    assert text(card(made, owners={made.targets[0].sight.target: ADA})) == (
        "Stop 1 machine, train-1 proposed by @U0ADAPARK0 “nobody uses it”"
        "train-1 state running → stopped "
        "i-train-1 in us-east-2, account 540987654324 · p4d.24xlarge · team ml · env dev "
        "· owner @U0ADAPARK0 "
        "Cost Saves about $786.48 a day, $23,922.10 a month (price: your bill of Nov 19) "
        "Lost what is in memory "
        "Undo Can be undone with one press for 24 hours: it can be started again "
        "Not checked Its owner was not asked. "
        "Takes 1 approval; whoever asked does not count. "
        "May approve: @U0BENORTIZ, @U0CHLOEW00 "
        "Expires 16:00 UTC (in 4 h); then nothing happens. "
        "[Approve] [Deny] [Snooze 1 h] [Details]"
    )


def test_the_fallback_says_it_in_a_line():
    assert card_text(proposal()) == "Stop 1 machine, train-1: waiting for approval"
    assert sentence(proposal()) == (
        "Stop 1 machine, train-1: saves about $786.48 a day, $23,922.10 a month "
        "(price: your bill of Nov 19). Waiting for approval."
    )


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("where", ["title", "tag", "label", "reason", "fact", "outcome"])
def test_nothing_foreign_becomes_a_mention_a_link_or_markup(nasty, where):
    plain = target()
    made = {
        "title": proposal(target(nasty)),
        "tag": proposal(target(after={"tag:team": nasty}, verb=Verb.TAG), verb=Verb.TAG),
        "label": proposal(target(labels={"team": nasty, "owner": nasty, "env": nasty})),
        "reason": proposal(reason=nasty),
        "fact": proposal(target(facts={**plain.sight.facts, "state": nasty, nasty: nasty})),
        "outcome": ended(Stage.FAILED, Fate.FAILED, outcome=nasty),
    }[where]
    message = card(made)
    shown = [*message.blocks, *details_view(made, now=NOW)["blocks"]]
    assert kinds(shown) <= SAFE
    assert mentioned(shown) <= {ADA, BEN, CHLOE}
    assert "<" not in message.text
    assert problems(list(message.blocks)) == []
    assert "\u202e" not in text(message)


SAFE = {
    *("rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "text", "user"),
    *("context", "plain_text", "actions", "button", "divider"),
}


def kinds(part) -> set[str]:
    if isinstance(part, list | tuple):
        return set().union(*map(kinds, part)) if part else set()
    if not isinstance(part, dict):
        return set()
    return (
        {part["type"]} - {None} | kinds(list(part.values()))
        if "type" in part
        else kinds(list(part.values()))
    )


def mentioned(part) -> set[str]:
    if isinstance(part, list | tuple):
        return set().union(*map(mentioned, part)) if part else set()
    if not isinstance(part, dict):
        return set()
    own = {part["user_id"]} if part.get("type") == "user" else set()
    return own | mentioned(list(part.values()))


def test_an_owner_is_mentioned_only_as_the_directory_knows_them():
    made = proposal(target(labels={"owner": "U0CHLOEW00"}))
    assert mentioned(list(card(made).blocks)) == {ADA, BEN, CHLOE}
    alone = replace(made, terms=replace(made.terms, approvers=(BEN,)))
    assert mentioned(list(card(alone).blocks)) == {ADA, BEN}
    assert "owner U0CHLOEW00" in text(card(alone))


def test_who_is_no_user_id_is_no_mention():
    made = proposal(requester=Actor("U0ADA> <!channel", "T1"))
    assert "proposed by somebody" in text(card(made))


def test_anyone_is_a_word_that_people_understand():
    terms = replace(proposal().terms, approvers=("anyone",))
    assert "May approve: any full member" in text(card_message(proposal(terms=terms), Face(NOW)))


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        (Stage.PENDING, "Cost Saves about $786.48 a day"),
        (Stage.DONE, "Cost Saves about $786.48 a day"),
        (Stage.PARTIAL, ", if all of it is done"),
        (Stage.UNSETTLED, ", if all of it is done"),
        (Stage.REFUSED, ""),
        (Stage.FAILED, ""),
    ],
)
def test_what_was_not_done_saves_nothing(stage, told):
    shown = text(card_message(proposal(stage=stage), Face(NOW)))
    assert told in shown
    assert bool(told) == ("Saves" in shown)
    assert "Saves" not in text(card_message(proposal(stage=Stage.DONE), Face(NOW, undone_by=ADA)))


def test_details_tell_what_became_of_every_single_target():
    many = [target(f"m-{n}") for n in range(25)]
    runs = tuple(Run(t.sight.target, Fate.DONE) for t in many)
    shown = details_view(proposal(*many, stage=Stage.DONE, runs=runs), now=NOW)
    assert all(f"{run.target}: done" in str(shown["blocks"]) for run in runs)
    assert list(view_problems(shown)) == []


def test_whose_a_new_budget_becomes_is_on_its_card():
    facts = {"amount": "0", "owner": ADA}
    made = target("team=ml a month", verb=Verb.BUDGET, id="budget/new/x", facts=facts, labels={})
    assert f"owner @{ADA}" in text(card_message(proposal(made, verb=Verb.BUDGET), Face(NOW)))


def test_long_names_do_not_push_what_is_lost_out_of_the_question():
    made = proposal(*[target(letter * 200) for letter in "abc"])
    (buttons,) = [b for b in card_message(made, Face(NOW)).blocks if b["type"] == "actions"]
    asked = buttons["elements"][0]["confirm"]["text"]["text"]
    assert "Lost: what is in memory. Can be undone" in asked


def test_many_targets_stay_within_slacks_limits_and_are_counted():
    made = proposal(*(target(f"train-{'x' * 70}-{i}", verb=Verb.STOP) for i in range(25)))
    message = card(made)
    assert problems(list(message.blocks)) == []
    assert text_length(message.blocks) < 13_000
    assert "and 17 more; Details names them all" in text(message)
    assert view_problems(details_view(made, now=NOW)) == []
    assert "Stop 25 machines" in text(message)


def test_stopping_is_red_and_asks_once_more():
    button = card(proposal()).blocks[-1]["elements"][0]
    assert button["style"] == "danger"
    assert button["confirm"]["title"]["text"] == "Stop, really?"
    start = proposal(target(after={"state": "running"}, verb=Verb.START), verb=Verb.START)
    plain = card(start).blocks[-1]["elements"][0]
    assert plain["style"] == "primary"
    assert "confirm" not in plain


@pytest.mark.parametrize("stage", list(Stage))
def test_only_what_is_pending_can_be_approved(stage):
    shown = text(card(ended(stage, Fate.DONE)))
    assert ("[Approve]" in shown) == (stage is Stage.PENDING)


def test_what_was_done_can_be_undone_for_a_day_unless_it_was():
    done = ended(Stage.DONE, Fate.DONE, outcome="Stopped.")
    assert text(card(done)).endswith("Stopped. Approved by @U0BENORTIZ, 12:00 UTC [Undo] [Details]")
    assert "[Undo]" not in text(card(done, undone_by=ADA))
    assert "Taken back by @U0ADAPARK0." in text(card(done, undone_by=ADA))
    late = card_message(done, Face(now=NOW + timedelta(hours=25)))
    assert "[Undo]" not in text(late)
    assert "[Undo]" not in text(card(replace(done, undoes="b" * 32)))
    assert "[Undo]" not in text(card(ended(Stage.FAILED, Fate.FAILED)))


def test_partial_success_is_told_target_by_target():
    made = proposal(target("a"), target("b"))
    runs = (
        Run(made.targets[0].sight.target, Fate.DONE),
        Run(made.targets[1].sight.target, Fate.REFUSED, "It is protected."),
    )
    partial = replace(made, stage=Stage.PARTIAL, runs=runs, outcome="1 of 2 stopped.", ended=NOW)
    shown = text(card(partial))
    assert "refused, nothing was done to it: It is protected." in shown
    assert "1 of 2 stopped." in shown


def test_the_button_carries_just_what_was_shown():
    made = proposal()
    value = card(made).blocks[-1]["elements"][0]["value"]
    assert Pressed.parse(value) == Pressed(made.id, 1, made.digest)
    changed = replace(made, targets=(target(facts={"state": "stopped"}),))
    assert Pressed.of(changed).digest != made.digest
    for wrong in ("", "x", "a:1:zz", f"{value}:x", value.replace(":1:", ":-1:")):
        assert Pressed.parse(wrong) is None


def test_a_modal_carries_where_it_was_opened():
    origin = Origin(Pressed.of(proposal()), "C0PLATFORM", "1.2", "1.1")
    assert Origin.parse(origin.text) == origin
    for wrong in ("", "[]", '["x", 1, 2, 3]', "null", "{}"):
        assert Origin.parse(wrong) is None


@pytest.mark.parametrize("verb", [Verb.TAG, Verb.SCALE, Verb.BUDGET, Verb.STOP])
def test_modals_keep_slacks_limits(verb):
    after = {Verb.TAG: {"tag:team": "ml"}, Verb.SCALE: {"capacity": "2"}}.get(verb)
    after = {"amount": "20000"} if verb is Verb.BUDGET else after
    many = tuple(target(f"t{i}", verb=verb, after=after) for i in range(25))
    origin = Origin(Pressed.of(proposal()), "C0PLATFORM", "1.2")
    for view in (denial_view, editing_view):
        assert view_problems(view(proposal(*many, verb=verb), origin)) == []


def test_an_edit_is_read_by_what_was_changed():
    made = proposal(target("a", after={"capacity": "2"}), target("b"), verb=Verb.SCALE)
    both = {"selected_options": [{"value": "0"}, {"value": "1"}]}
    one = {"selected_options": [{"value": "1"}, {"value": "99"}]}
    values = {"number": {"value": {"value": "3"}}, "which": {"value": one}}
    edited = read_edit(made, values)
    assert edited.after == {"capacity": "3"}
    assert edited.targets == (made.targets[1].sight.target,)
    assert read_edit(made, {**values, "which": {"value": both}}).targets is None
    for wrong in ("", "x", "-1", "NaN", "sNaN", "1e99", "2.7"):
        values = {"number": {"value": {"value": wrong}}, "which": {"value": both}}
        assert read_edit(made, values).errors == {"number": "Write a number."}


def test_the_same_proposal_is_the_same_everywhere():
    made = proposal()
    assert render(made, Setting(now=NOW)) == card(made)
    raw = acting_json(made)["proposal"]
    assert raw["targets"] == ["sim/540987654324/us-east-2/instance/i-train-1"]
    assert raw["monthly"] == "-23922.1"
    assert words([]) == ""
