"""From a proposal to what was done, over a small world."""

from datetime import timedelta

import pytest

from tests.gate.desks import desk_in, machines, press
from tools.clouds.resources import Verb
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.gate.people import Actor, Nobody
from tools.gate.policy import ANYONE, Policy, Rule
from tools.gate.proposals import Fate, Stage


def fates(proposal):
    return [run.fate for run in proposal.runs]


def test_what_is_approved_is_done(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(machine)
    assert desk.world.acts() == []
    done = desk.run(proposal)
    assert (done.stage, done.outcome, fates(done)) == (Stage.DONE, "Stopped.", [Fate.DONE])
    assert desk.world.acts() == [(f"{proposal.id}-1-0", machine)]
    assert desk.world.rehearsed == [f"{proposal.id}-1-0"]


def test_every_step_is_in_the_audit_log(desk):
    (machine,) = machines(desk.world)
    done = desk.done(machine)
    events = ["proposed", "approved", "claimed", "began", "ended", "finished"]
    assert desk.events(done.id) == events
    assert desk.events("policy") == ["policy"]
    assert desk.audit.verify().faults == ()


def test_a_proposal_is_kept_as_it_was_made(desk):
    ids = machines(desk.world, 2, launched="2026-11-20")
    made = desk.propose(*ids)
    kept = desk.gate.find(made.id)
    assert kept == made
    assert (made.daily, made.monthly, made.currency) == (-192, -5840, "USD")
    assert list(made.targets[0].sight.facts) == ["state", "type", "launched"]


def test_a_second_click_does_nothing(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(machine)
    desk.run(proposal)
    with pytest.raises(RefusedError, match="has ended already: Stopped"):
        desk.approve(proposal)
    with pytest.raises(RefusedError, match="not claimed"):
        desk.gate.execute(proposal.id)
    assert len(desk.world.acts()) == 1


def test_a_click_while_it_is_being_done_does_nothing(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.approve(proposal)
    with pytest.raises(RefusedError, match="being done"):
        desk.approve(proposal, "UADMIN2")


def test_terminating_takes_two(desk):
    proposal = desk.propose(*machines(desk.world), verb=Verb.TERMINATE)
    assert proposal.is_final
    assert proposal.notes[0] == "Its disks are lost."
    assert proposal.notes[1].startswith("If you are not sure: stop it first")
    assert desk.approve(proposal, "UADMIN").stage is Stage.PENDING
    with pytest.raises(RefusedError, match="one more person must"):
        desk.approve(proposal, "UADMIN")
    assert desk.approve(proposal, "UML1").stage is Stage.CLAIMED
    assert desk.gate.execute(proposal.id).outcome == "Terminated."


def test_the_one_who_asks_does_not_approve(desk):
    proposal = desk.propose(*machines(desk.world), by="UADMIN")
    with pytest.raises(RefusedError, match="yourself"):
        desk.approve(proposal, "UADMIN")
    assert desk.events(proposal.id) == ["proposed", "turned away"]


def test_an_approval_of_something_else_approves_nothing(desk):
    proposal = desk.propose(*machines(desk.world))
    for change in ({"digest": "0" * 64}, {"version": 2}):
        held = {"version": 1, "digest": proposal.digest, **change}
        with pytest.raises(RefusedError, match=r"only the new card|newest card"):
            desk.gate.approve(proposal.id, actor=press("UADMIN"), **held)
    with pytest.raises(RefusedError, match="no such proposal"):
        desk.gate.approve("nothing", version=1, digest="", actor=press("UADMIN"))
    assert desk.gate.find(proposal.id).stage is Stage.PENDING


@pytest.mark.parametrize("via", ["model", "mention", "slash", "terminal", "schedule"])
def test_only_a_button_approves(desk, via):
    proposal = desk.propose(*machines(desk.world))
    with pytest.raises(RefusedError, match="press of the card's button"):
        desk.gate.approve(
            proposal.id, version=1, digest=proposal.digest, actor=Actor("UADMIN", "T1", via)
        )


def test_another_workspace_approves_nothing(desk):
    proposal = desk.propose(*machines(desk.world))
    with pytest.raises(RefusedError, match="another workspace"):
        desk.gate.approve(
            proposal.id, version=1, digest=proposal.digest, actor=press("UADMIN", "T2")
        )


def test_a_change_before_the_approval_ends_it_and_is_shown(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(machine)
    desk.world.change(machine, type="p5", tag_team="web")
    said = (
        "It has changed since it was proposed: type was “p4d” and is “p5”; "
        "tag:team was nothing and is “web”."
    )
    with pytest.raises(RefusedError) as refused:
        desk.approve(proposal)
    assert refused.value.sentence == f"{said} Propose it again."
    ended = desk.gate.find(proposal.id)
    assert (ended.stage, ended.outcome) == (Stage.REFUSED, said)


def test_of_many_targets_the_changed_one_is_named(desk):
    ids = machines(desk.world, 2)
    proposal = desk.propose(*ids)
    desk.world.change(ids[1], state="gone")
    with pytest.raises(RefusedError, match=r"^“m1”: It is gone"):
        desk.approve(proposal)


def test_many_changes_are_counted(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(machine)
    desk.world.change(machine, a="1", b="2", c="3", d="4", e="5")
    with pytest.raises(RefusedError, match="; 2 more changed"):
        desk.approve(proposal)


def test_a_long_or_wild_value_is_told_short_and_on_one_line(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(machine)
    desk.world.change(machine, type="a\n\u202e<!channel>" + "x" * 99)
    with pytest.raises(RefusedError, match=r"is “a <!channel>x+…”"):
        desk.approve(proposal)


def test_use_counts_where_idleness_was_approved(desk):
    (machine,) = machines(desk.world, use="idle")
    proposal = desk.propose(machine, watches_use=True)
    desk.world.change(machine, use="busy")
    with pytest.raises(RefusedError, match="use was “idle” and is “busy”"):
        desk.approve(proposal)
    other = desk.propose(machine)
    assert desk.run(other).stage is Stage.DONE


def test_nothing_expired_is_approved(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.clock.turn(hours=4)
    with pytest.raises(RefusedError, match="has expired"):
        desk.approve(proposal)
    assert desk.gate.find(proposal.id).outcome == "Expired."


def test_what_nobody_approved_in_time_expires_by_itself(desk):
    ids = machines(desk.world, 2)
    one = desk.propose(ids[0], verb=Verb.TERMINATE)
    desk.approve(one)
    desk.propose(ids[1])
    desk.clock.turn(hours=1)
    (ended,) = desk.gate.settle()
    assert (ended.id, ended.stage) == (one.id, Stage.EXPIRED)
    assert ended.outcome == "Expired: 1 of 2 approved it in time."
    assert desk.gate.settle() == ()


def test_who_may_approve_denies_with_a_reason(desk):
    proposal = desk.propose(*machines(desk.world))
    ended = desk.gate.deny(proposal.id, version=1, actor=press("UML1"), reason=" training ")
    assert (ended.stage, ended.decisions[0].reason) == (Stage.DENIED, "training")
    with pytest.raises(RefusedError, match="was denied"):
        desk.approve(proposal)


def test_who_approved_may_still_deny(desk):
    proposal = desk.propose(*machines(desk.world), verb=Verb.TERMINATE)
    desk.approve(proposal, "UML1")
    ended = desk.gate.deny(proposal.id, version=1, actor=press("UML1"))
    assert [d.verdict for d in ended.decisions] == ["deny"]


def test_a_stranger_handles_nothing(desk):
    proposal = desk.propose(*machines(desk.world))
    for press_it in (desk.gate.deny, desk.gate.edit, desk.gate.snooze):
        with pytest.raises(RefusedError):
            press_it(proposal.id, version=1, actor=press("USTRANGER"))


def test_a_card_is_put_off_but_not_beyond_its_end(desk):
    proposal = desk.propose(*machines(desk.world))
    later = desk.gate.snooze(proposal.id, version=1, actor=press("UML1"), hours=2)
    assert later.snoozed_until == proposal.at + timedelta(hours=2)
    last = desk.gate.snooze(proposal.id, version=1, actor=press("UML1"), hours=24)
    assert desk.gate.find(proposal.id).snoozed_until == last.snoozed_until == proposal.expires
    with pytest.raises(InputError, match="1 to 24 hours"):
        desk.gate.snooze(proposal.id, version=1, actor=press("UML1"), hours=25)


def test_a_card_that_was_put_off_comes_up_in_time(desk):
    proposal = desk.propose(*machines(desk.world))
    assert not proposal.stage.is_end
    desk.gate.snooze(proposal.id, version=1, actor=press("UML1"))
    assert desk.gate.put_off() == ()
    desk.clock.turn(hours=1)
    assert [one.id for one in desk.gate.put_off()] == [proposal.id]
    assert desk.gate.deny(proposal.id, version=1, actor=press("UML1")).stage.is_end
    assert desk.gate.put_off() == ()


def test_a_card_is_found_where_it_was_posted(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.gate.placed(proposal.id, version=1, channel="C1", message="1.2")
    desk.gate.placed("nothing", version=1, channel="C1", message="1.2")
    assert desk.gate.shown_at("C1", "1.2").id == proposal.id
    assert desk.gate.shown_at("C1", "1.3") is None
    assert desk.gate.shown_at("C1", "") is None


def test_slack_that_does_not_answer_lets_nobody_approve(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.directory.is_away = True
    with pytest.raises(UnavailableError):
        desk.approve(proposal)
    assert desk.gate.find(proposal.id).decisions == ()


def test_without_slack_nobody_is_anybody(tmp_path):
    desk = desk_in(tmp_path, f"sqlite:///{tmp_path / 'l.sqlite'}", directory=Nobody())
    with pytest.raises(RefusedError, match="Only full members"):
        desk.propose(*machines(desk.world))
    assert Nobody().find("a@example.com") is None


def test_a_policy_that_cannot_be_used_refuses_everything(tmp_path, desk):
    machines(desk.world)
    broken = desk.beside(policy=Policy(trouble="It has two rules of one name."))
    with pytest.raises(RefusedError, match="two rules of one name"):
        broken.propose("sim/a/r/instance/m0")
    assert desk.audit.entries(subject="gate")[-1].event == "turned away"


def test_another_policy_is_in_the_log_before_and_after(desk):
    desk.propose(*machines(desk.world))
    other = desk.beside(policy=Policy(admins=("UADMIN",), rules=(Rule(name="all"),)))
    with pytest.raises(InputError):
        other.propose()
    assert desk.events("policy") == ["policy", "policy"]
    last = desk.audit.entries(subject="policy")[-1]
    assert '"admins":["UADMIN"]' in last.after
    assert last.before != '{"hash":""}'


@pytest.mark.parametrize(
    ("targets", "verb", "after", "said"),
    [
        ((), Verb.STOP, None, "Name at least one"),
        (tuple(f"sim/a/r/instance/x{n}" for n in range(51)), Verb.STOP, None, "at most 50"),
        (("sim/a/r/instance/m0",) * 2, Verb.STOP, None, "named twice"),
        (("a\0b",), Verb.STOP, None, "no id"),
        (("",), Verb.STOP, None, "no id"),
        (("sim/a/r/instance/none",), Verb.STOP, None, "There is no “sim/a/r/instance/none”"),
        (("sim/a/r/instance/m0",), Verb.START, None, "“m0” is like that already"),
        (("sim/a/r/instance/m0",), Verb.TAG, {}, "nothing to change about “m0”"),
    ],
)
def test_what_makes_no_sense_is_not_proposed(desk, targets, verb, after, said):
    machines(desk.world)
    with pytest.raises(InputError, match=said):
        desk.propose(*targets, verb=verb, after=after)


def test_what_has_no_price_says_so(desk):
    machine = desk.world.add("sim/a/r/instance/m0", hourly=None)
    made = desk.propose(machine, verb=Verb.TERMINATE)
    assert (made.daily, made.monthly) == (None, None)
    assert made.unchecked == ("What “m0” costs is not known.",)


def test_an_edit_voids_earlier_approvals(desk):
    ids = machines(desk.world, 2)
    first = desk.propose(*ids, verb=Verb.TERMINATE)
    desk.approve(first, "UADMIN2")
    second = desk.gate.edit(first.id, version=1, actor=press("UML2"), targets=[ids[0]])
    assert (second.version, second.decisions, len(second.targets)) == (2, (), 1)
    assert second.requester.user == "UML2"
    assert desk.records.find(first.id, version=1).stage is Stage.REPLACED
    with pytest.raises(RefusedError, match="only the new card"):
        desk.approve(first)
    assert desk.run(second, "UADMIN", "UML1").stage is Stage.DONE
    assert desk.world.acts() == [(f"{first.id}-2-0", ids[0])]


def test_an_edit_changes_values_and_keeps_them(desk):
    (machine,) = machines(desk.world)
    first = desk.propose(machine, verb=Verb.TAG, after={"tag:team": "ml"})
    second = desk.gate.edit(first.id, version=1, actor=press("UADMIN"), after={"tag:team": "web"})
    third = desk.gate.edit(first.id, version=2, actor=press("UADMIN"))
    assert second.targets[0].deed.after == third.targets[0].deed.after == {"tag:team": "web"}


def test_an_edit_adds_no_target(desk):
    ids = machines(desk.world, 2)
    first = desk.propose(ids[0])
    with pytest.raises(InputError, match="leave targets out"):
        desk.gate.edit(first.id, version=1, actor=press("UADMIN"), targets=ids)


def test_who_asked_for_an_earlier_version_approves_no_later_one(desk):
    first = desk.propose(*machines(desk.world), by="UADMIN")
    second = desk.gate.edit(first.id, version=1, actor=press("UML1"))
    assert not {"UADMIN", "UML1"} & set(second.terms.approvers)
    with pytest.raises(RefusedError):
        desk.approve(second, "UADMIN")
    assert desk.run(second, "UML2").stage is Stage.DONE


def test_nor_where_anyone_may(tmp_path, ledger_url):
    policy = Policy(rules=(Rule(name="all", approve=(ANYONE,)),), environments=("dev",))
    desk = desk_in(tmp_path, ledger_url, policy=policy)
    first = desk.propose(*machines(desk.world), by="UASKS")
    second = desk.gate.edit(first.id, version=1, actor=press("UOTHER"))
    with pytest.raises(RefusedError, match="an earlier version"):
        desk.approve(second, "UASKS")
    assert desk.approve(second, "UML1").stage is Stage.CLAIMED


def test_an_edit_that_leaves_nobody_to_approve_is_refused(desk):
    policy = Policy(
        admins=("UADMIN",),
        rules=(Rule(name="two", approve=("UADMIN", "UADMIN2")),),
        environments=("dev",),
    )
    desk = desk.beside(policy=policy)
    first = desk.propose(*machines(desk.world), by="UADMIN")
    with pytest.raises(RefusedError, match="counts as its requester"):
        desk.gate.edit(first.id, version=1, actor=press("UADMIN2"))
    assert desk.gate.find(first.id).version == 1
