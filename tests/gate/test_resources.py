from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.clouds.simulated_clouds import ACCOUNT, HOSTILE, NOW, resource
from tests.gate.scenes import TAGS, Scene, full
from tools.clouds.resources import Address, Capacity, Kind, State, Verb
from tools.clouds.simulated_state import Fault
from tools.clouds.simulated_use import Pattern
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.gate.world import differences


@pytest.fixture
def scene(tmp_path) -> Scene:
    return Scene(tmp_path)


def test_a_machine_is_seen_as_facts_in_the_order_of_the_card(scene):
    one = full(
        protections=("termination protection",),
        members=("Auto Scaling group train-a",),
        local_disks=True,
        is_spot=True,
        keeps_billing="its capacity block is paid for in advance",
    )
    sight = scene.world.look(scene.put(replace(one, name="trainer")))
    assert list(sight.facts.items()) == [
        ("account", ACCOUNT),
        ("region", "us-east-2"),
        ("type", "p4d.24xlarge"),
        ("gpus", "8 × A100"),
        ("state", "running"),
        ("launched", "2026-10-30 09:00:00 UTC"),
        ("protection", "termination protection"),
        ("member of", "Auto Scaling group train-a"),
        ("local disks", "yes"),
        ("spot", "yes"),
        ("when stopped", "its capacity block is paid for in advance"),
        ("tag:environment", "dev"),
        ("tag:owner", "ada@lumen.example"),
        ("tag:team", "ml"),
    ]
    assert sight.title == "trainer"
    assert (sight.labels["team"], sight.labels["env"]) == ("ml", "dev")
    assert sight.labels["tag:owner"] == "ada@lumen.example"
    assert (sight.hourly, sight.currency) == (Decimal("21.957642"), "USD")
    assert sight.price_from == "AWS list price of Nov 2025, an estimate; spot costs less"
    assert sight.protections == ("termination protection",)
    assert sight.members == ("Auto Scaling group train-a",)
    assert sight.notes == (
        "It is a spot machine: the cloud may take it back, and may not give it again.",
    )


def test_groups_and_disks_say_what_they_have(scene):
    group = scene.world.look(scene.put(resource(Kind.GROUP, "train-a")))
    assert [group.facts[name] for name in ("capacity", "minimum", "maximum")] == ["2", "1", "4"]
    assert group.hourly == 2 * Decimal("21.957642")
    disk = scene.world.look(scene.put(resource(Kind.DISK, "vol-1")))
    assert (disk.facts["size"], disk.facts["attached"]) == ("400 GB", "no")
    held = scene.world.look(scene.put(resource(Kind.DISK, "vol-2", is_attached=True)))
    assert held.facts["attached"] == "yes"


def test_what_nobody_knows_the_price_of_has_none(scene):
    sight = scene.world.look(scene.put(full(type="x9.huge")))
    assert (sight.hourly, sight.price_from) == (None, "")


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_it_reads_the_same_as_long_as_nothing_changes(scene, kind):
    id = scene.put(resource(kind, "x", tags=TAGS), Pattern("idle", since=NOW - timedelta(days=9)))
    first = scene.world.look(id, with_use=True)
    scene.clock.go(3600)
    again = scene.world.look(id, with_use=True)
    assert differences(first.facts, again.facts) == ()
    assert first.digest == again.digest


def test_what_is_gone_is_gone_and_was_never_anything_else(scene):
    id = scene.put(full(state=State.GONE))
    sight = scene.world.look(id)
    assert (sight.is_gone, dict(sight.facts), sight.title) == (True, {"state": "gone"}, "i-1")
    never = scene.world.look(Address("sim", ACCOUNT, "us-east-2", Kind.INSTANCE, "i-9").text)
    assert never.is_gone


PATTERNS = [
    (Pattern("idle", since=NOW - timedelta(days=9)), "idle"),
    (Pattern("busy"), "busy"),
    (Pattern("idle", since=NOW - timedelta(hours=2)), "busy"),
    (Pattern("preparing"), "busy"),
    (Pattern("idle", is_measured=False), "unknown"),
    (Pattern("idle", has_gaps=True), "unknown"),
]


@pytest.mark.parametrize(("pattern", "use"), PATTERNS)
def test_use_is_a_fact_only_where_it_is_asked_for(scene, pattern, use):
    id = scene.put(full(), pattern)
    assert "use" not in scene.world.look(id).facts
    assert list(scene.world.look(id, with_use=True).facts.items())[-1] == ("use", use)


def test_use_that_cannot_be_read_is_unknown(scene):
    id = scene.put(full(), Pattern("idle"))
    scene.state.fail("use", Fault.DOWN)
    assert scene.world.look(id, with_use=True).facts["use"] == "unknown"


def test_what_cannot_be_read_is_no_sight(scene):
    id = scene.put(full())
    scene.state.fail("read", Fault.DOWN)
    with pytest.raises(UnavailableError):
        scene.world.look(id)
    with pytest.raises(InputError, match="That is no id of a resource"):
        scene.world.look("i-1")
    with pytest.raises(RefusedError, match="not configured for a cloud called “aws”"):
        scene.world.look("aws/1/us-east-1/instance/i-1")


DEEDS = [
    (full(), Verb.STOP, {}, {"state": "stopped"}, Verb.START),
    (full(state=State.STOPPED), Verb.START, {}, {"state": "running"}, Verb.STOP),
    (full(state=State.STOPPED), Verb.TERMINATE, {}, {"state": "gone"}, None),
    (resource(Kind.DISK, "v"), Verb.TERMINATE, {}, {"state": "gone"}, None),
    (
        resource(Kind.GROUP, "g"),
        Verb.SCALE,
        {"capacity": "4"},
        {"capacity": "4"},
        Verb.SCALE,
    ),
    (
        full(),
        Verb.TAG,
        {"tag:team": "web", "tag:owner": None},
        {"tag:team": "web", "tag:owner": None},
        Verb.TAG,
    ),
]


@pytest.mark.parametrize(("one", "verb", "after", "wanted", "undo"), DEEDS)
def test_a_deed_is_done_when_the_world_reads_so(scene, one, verb, after, wanted, undo):
    id = scene.put(one)
    deed, sight = scene.deed(id, verb, **after)
    assert (deed.verb, deed.target, dict(deed.after), deed.undo) == (verb, id, wanted, undo)
    assert deed.is_final is (undo is None)
    assert not deed.is_done(sight)
    assert scene.world.rehearse(deed, sight)
    assert not deed.is_done(scene.world.look(id))
    scene.world.act(deed, sight)
    scene.clock.go(30)
    assert deed.is_done(scene.world.look(id))
    assert [done.key for done in scene.state.acts()] == ["p-1-0"]


UNDONE = [case for case in DEEDS if case[-1] is not None]


@pytest.mark.parametrize(("one", "verb", "after", "wanted", "undo"), UNDONE)
def test_the_deed_that_changes_the_facts_back_undoes_it(scene, one, verb, after, wanted, undo):
    id = scene.put(one)
    deed, before = scene.deed(id, verb, **after)
    scene.world.act(deed, before)
    scene.clock.go(30)
    was = {name: before.facts.get(name) for name in deed.after} if after else {}
    sight = scene.world.look(id)
    back = replace(scene.world.deed(undo, sight, after=was), key="p-2-0")
    scene.world.act(back, sight)
    scene.clock.go(30)
    after_all = scene.world.look(id).facts
    changed = [name for name, _, _ in differences(before.facts, after_all)]
    assert changed in ([], ["launched"], ["launched", "last started"])


def test_what_is_lost_is_said(scene):
    plainly = scene.deed(scene.put(full()), Verb.STOP)[0]
    assert plainly.loses == "what is in memory and on local disks"
    grown = scene.deed(scene.put(resource(Kind.GROUP, "g")), Verb.SCALE, capacity="3")[0]
    assert grown.loses == ""
    shrunk = scene.deed(scene.put(resource(Kind.GROUP, "g")), Verb.SCALE, capacity="1")[0]
    assert shrunk.loses == "the machines that go, with what is on them"
    ended = scene.deed(scene.put(full(local_disks=True)), Verb.TERMINATE)[0]
    assert ended.loses == (
        "the machine, its disks and its addresses, and all that is on its local disks"
    )


def test_what_else_must_be_known_is_said(scene):
    billed = scene.put(full(keeps_billing="its capacity block is paid for in advance"))
    assert scene.deed(billed, Verb.STOP)[0].notes == (
        "Stopped, it goes on costing: its capacity block is paid for in advance.",
    )
    assert scene.deed(billed, Verb.TERMINATE)[0].notes == ()
    group = scene.put(resource(Kind.GROUP, "g"))
    assert scene.deed(group, Verb.SCALE, capacity="3")[0].notes == (
        "What scales it by itself may change the number again.",
    )
    spelled = scene.deed(billed, Verb.TAG, **{"tag:Team": "ml", "tag:new": "x"})[0]
    assert spelled.notes == ("It has a tag “team” already; “Team” is a second one beside it.",)


def test_what_changed_while_it_was_looked_at_is_not_touched(scene):
    id = scene.put(full())
    deed, sight = scene.deed(id, Verb.STOP)
    scene.put(full(tags={**TAGS, "do-not-stop": "yes"}))
    for ask in (scene.world.rehearse, scene.world.act):
        with pytest.raises(RefusedError) as refused:
            ask(deed, sight)
        assert refused.value.sentence == ("“i-1” changed while it was looked at; nothing was done.")
    assert scene.state.acts() == ()


def test_a_deed_of_another_thing_is_not_done(scene):
    deed, _ = scene.deed(scene.put(full()), Verb.STOP)
    other = scene.world.look(scene.put(full(name="i-2")))
    with pytest.raises(RefusedError):
        scene.world.act(deed, other)


def test_a_measured_use_does_not_stand_in_the_way_of_acting(scene):
    id = scene.put(full(), Pattern("idle", since=NOW - timedelta(days=3)))
    sight = scene.world.look(id, with_use=True)
    scene.world.act(replace(scene.world.deed(Verb.STOP, sight, after={}), key="k"), sight)
    assert [done.verb for done in scene.state.acts()] == [Verb.STOP]


def test_hostile_tags_are_facts_to_the_letter(scene):
    sight = scene.world.look(scene.put(full(tags={"note": HOSTILE, "<!here>": "x"})))
    assert sight.facts["tag:note"] == HOSTILE
    assert sight.facts["tag:<!here>"] == "x"
    assert sight.facts["state"] == "running"


def test_a_tag_key_in_two_spellings_is_no_label(scene):
    sight = scene.world.look(scene.put(full(tags={"Tier": "a", "tier": "b", "Zone": "c"})))
    assert [name for name in sight.labels if name.startswith("tag:")] == ["tag:zone"]


def test_scaling_keeps_the_groups_own_limits(scene):
    id = scene.put(resource(Kind.GROUP, "train-a"))
    deed, sight = scene.deed(id, Verb.SCALE, capacity="4")
    scene.world.act(deed, sight)
    assert scene.cloud.read(Address.parse(id)).capacity == Capacity(4, 1, 4)


def test_what_is_gone_since_it_was_looked_at_is_not_acted_on(scene):
    one = full()
    deed, sight = scene.deed(scene.put(one), Verb.STOP)
    scene.put(replace(one, state=State.GONE))
    with pytest.raises(RefusedError, match="changed while it was looked at"):
        scene.world.act(deed, sight)
