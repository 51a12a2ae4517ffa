"""What cannot be done to a resource is said before anybody is asked."""

from dataclasses import replace

import pytest

from tests.clouds.simulated_clouds import resource
from tests.gate.scenes import Scene, full
from tools.clouds.fleet import Fleet
from tools.clouds.resources import Kind, State, Verb
from tools.clouds.simulated import SimulatedCloud
from tools.core.errors import InputError
from tools.core.settings import LakeSettings
from tools.gate.resources import Resources


@pytest.fixture
def scene(tmp_path) -> Scene:
    return Scene(tmp_path)


DISK = resource(Kind.DISK, "vol-1")
GROUP = resource(Kind.GROUP, "train-a")
REFUSED = [
    (
        DISK,
        Verb.STOP,
        {},
        "“vol-1” is a disk, which cannot be stopped here; it can be terminated or tagged.",
    ),
    (
        resource(Kind.ENDPOINT, "e"),
        Verb.STOP,
        {},
        "“e” is an endpoint, which cannot be stopped here; it can be scaled or terminated or "
        "tagged.",
    ),
    (
        full(),
        Verb.BUDGET,
        {},
        "“i-1” is an instance, which cannot be changed like that here; it can be stopped or "
        "started or terminated or tagged.",
    ),
    (full(state=State.STOPPED), Verb.STOP, {}, "“i-1” is stopped already."),
    (full(), Verb.START, {}, "“i-1” is running already."),
    (
        full(state=State.CHANGING),
        Verb.STOP,
        {},
        "“i-1” is changing just now; try again in a minute.",
    ),
    (
        full(state=State.UNKNOWN),
        Verb.TERMINATE,
        {},
        "“i-1” is unknown just now; try again in a minute.",
    ),
    (full(), Verb.STOP, {"capacity": "1"}, "To stop something takes no values; leave them out."),
    (
        full(protections=("termination protection",)),
        Verb.TERMINATE,
        {},
        "“i-1” has termination protection; whoever set it must lift it before it can be "
        "terminated.",
    ),
    (
        full(protections=("termination protection", "stop protection")),
        Verb.STOP,
        {},
        "“i-1” has stop protection; whoever set it must lift it before it can be stopped.",
    ),
    (
        replace(DISK, is_attached=True),
        Verb.TERMINATE,
        {},
        "“vol-1” is attached to a machine; detach it first.",
    ),
    (
        GROUP,
        Verb.SCALE,
        {"capacity": "0"},
        "“train-a” may have 1 to 4 machines, and not 0; its own limits are changed where it is "
        "configured.",
    ),
    (
        GROUP,
        Verb.SCALE,
        {"capacity": "5"},
        "“train-a” may have 1 to 4 machines, and not 5; its own limits are changed where it is "
        "configured.",
    ),
    *(
        (
            GROUP,
            Verb.SCALE,
            after,
            "Scale to how many machines? Give a whole number, such as 2.",
        )
        for after in (
            {"capacity": "-1"},
            {"capacity": "²"},
            {"capacity": None},
            {},
            {"capacity": "2", "tag:a": "b"},
        )
    ),
    *(
        (full(), Verb.TAG, after, "Name at least one tag, such as team=ml.")
        for after in ({}, {"state": "gone"}, {"tag:a": "b", "capacity": "2"})
    ),
]


@pytest.mark.parametrize(("one", "verb", "after", "said"), REFUSED)
def test_what_makes_no_sense_is_refused_at_once(scene, one, verb, after, said):
    id = scene.put(one)
    with pytest.raises(InputError) as refused:
        scene.deed(id, verb, **after)
    assert refused.value.sentence == said


def test_a_kind_that_nothing_can_be_done_to_is_left_alone(scene):
    class Still(SimulatedCloud):
        def verbs(self, kind):
            return {}

    id = scene.put(full())
    world = Resources(Fleet({"sim": Still(scene.state)}, LakeSettings()), scene.clock)
    with pytest.raises(InputError) as refused:
        world.deed(Verb.STOP, world.look(id), after={})
    assert refused.value.sentence == "“i-1” is an instance, which cannot be stopped here."


UNTAKEN = {
    "tag:aws:owner": "Tag keys that begin with aws: are the cloud's own.",
    "tag:": "A tag needs a key without spaces around it.",
    f"tag:{'k' * 129}": "A tag has at most 128 characters in its key and 256 in its value there.",
}


@pytest.mark.parametrize(("fact", "said"), UNTAKEN.items())
def test_tags_that_the_cloud_would_not_take_are_refused_at_once(scene, fact, said):
    id = scene.put(full())
    with pytest.raises(InputError) as refused:
        scene.deed(id, Verb.TAG, **{"tag:fine": "yes", fact: "x"})
    assert refused.value.sentence == said


def test_more_tags_than_fit_are_refused_at_once(scene):
    id = scene.put(full(tags={f"k{n}": "v" for n in range(50)}))
    with pytest.raises(InputError, match="It would have 51 tags, and 50 are the most there"):
        scene.deed(id, Verb.TAG, **{"tag:new": "x"})
    assert scene.deed(id, Verb.TAG, **{"tag:k1": "x"})
