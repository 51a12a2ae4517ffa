"""Acting on Google Cloud: once, on what was approved, with no more rights than that takes."""

from dataclasses import replace

import pytest

from tests.clouds.gcp_server import Trouble, fingerprint
from tests.clouds.gcp_setup import ACCOUNTS, PROJECT, REGION
from tools.clouds.cloud import Act, Credential
from tools.clouds.resources import Capacity, State, Verb
from tools.core.errors import RefusedError, UnavailableError

pytest_plugins = ["tests.clouds.gcp_fixtures"]


def act(gcp, address, verb, **more):
    return Act(verb=verb, resource=gcp.cloud.read(address), key="p1-0", **more)


def writes(gcp):
    return [call for call in gcp.google.calls if call[0] != "GET" and "/iam/" not in call[1]]


def refused(gcp, wanted, cloud=None):
    """What it says, of a rehearsal and of the act; nothing may have been written by either."""
    before = len(writes(gcp))
    sentences = set()
    for ask in ((cloud or gcp.cloud).rehearse, (cloud or gcp.cloud).perform):
        with pytest.raises(RefusedError) as error:
            ask(wanted)
        sentences.add(error.value.sentence)
    assert len(writes(gcp)) == before
    [sentence] = sentences
    return sentence


@pytest.mark.parametrize(("disk", "flag"), [("PERSISTENT", "false"), ("SCRATCH", "true")])
def test_a_stop_says_what_becomes_of_local_disks(gcp, disk, flag):
    address = gcp.machine("m-1", tags={}, disks=[{"type": disk}])
    gcp.cloud.perform(act(gcp, address, Verb.STOP))
    [(_, path, query, _)] = writes(gcp)
    assert path.endswith("/instances/m-1/stop")
    assert query["discardLocalSsd"] == flag


def test_a_local_disk_that_came_after_the_approval_refuses_the_stop(gcp):
    address = gcp.machine("m-1", tags={})
    wanted = act(gcp, address, Verb.STOP)
    gcp.thing(address)["disks"] = [{"type": "SCRATCH"}]
    assert refused(gcp, wanted) == (
        "m-1: it has a local SSD now, and stopping it would lose its data; nothing was done."
    )


def test_a_second_attempt_carries_the_same_mark_and_does_nothing(gcp):
    address = gcp.machine("m-1", tags={"a": "1"})
    wanted = act(gcp, address, Verb.TAG, tags={"a": "2"})
    gcp.cloud.perform(wanted)
    gcp.cloud.perform(wanted)
    first, second = writes(gcp)
    assert first[2]["requestId"] == second[2]["requestId"]
    assert len(gcp.google.operations) == 1
    assert gcp.cloud.read(address).tags == {"a": "2"}


def test_other_acts_carry_other_marks(gcp):
    address = gcp.machine("m-1", tags={})
    for verb in (Verb.STOP, Verb.START):
        gcp.cloud.perform(act(gcp, address, verb))
    marks = {call[2]["requestId"] for call in writes(gcp)}
    assert len(marks) == 2


def test_a_namesake_that_was_made_since_is_not_touched(gcp):
    address = gcp.machine("m-1", tags={})
    wanted = act(gcp, address, Verb.TERMINATE)
    gcp.machine("m-1", tags={})
    assert refused(gcp, wanted) == "m-1 was replaced by another of that name; propose it again."


def test_labels_that_were_changed_since_refuse(gcp):
    address = gcp.machine("m-1", tags={"team": "ml"})
    wanted = act(gcp, address, Verb.TAG, tags={"note": "x"})
    gcp.thing(address).update(labels={"team": "web"}, labelFingerprint=fingerprint("web"))
    assert refused(gcp, wanted) == (
        "m-1: its labels were changed since it was read; propose it again; nothing was done."
    )


def test_labels_that_change_at_the_last_moment_are_refused_by_the_fingerprint(gcp):
    address = gcp.machine("m-1", tags={"team": "ml"})
    wanted = act(gcp, address, Verb.TAG, tags={"note": "x"})
    gcp.thing(address)["labelFingerprint"] = fingerprint("changed and changed back")
    with pytest.raises(RefusedError) as error:
        gcp.cloud.perform(wanted)
    assert error.value.sentence == (
        "Google project acme-ml: its labels were changed since it was read; propose it again."
    )
    assert gcp.cloud.read(address).tags == {"team": "ml"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Team", "ml"),
        ("team", "ML"),
        ("team", "two words"),
        ("team", "<!channel>"),
        ("", "x"),
        ("1st", "x"),
        ("team", "x" * 64),
        ("team", "a\nb"),
    ],
)
def test_a_label_that_google_does_not_take_is_refused_here(gcp, key, value):
    address = gcp.machine("m-1", tags={})
    assert refused(gcp, act(gcp, address, Verb.TAG, tags={key: value})) == (
        "m-1: Google Cloud takes only small letters, digits, _ and - in labels, up to 63, and keys "
        "that begin with a letter; nothing was done."
    )


def test_no_more_than_64_labels_are_written(gcp):
    address = gcp.machine("m-1", tags={f"k{n}": "" for n in range(64)})
    assert "more than 64 labels" in refused(gcp, act(gcp, address, Verb.TAG, tags={"x": ""}))


def test_labels_are_written_by_the_tags_account_where_there_is_one(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.cloud.perform(act(gcp, address, Verb.TAG, tags={"note": "x"}))
    used = {one["account"] for one in gcp.google.tokens}
    assert used == {ACCOUNTS[Credential.READ], ACCOUNTS[Credential.GUARDED_TAGS]}


def test_each_account_is_asked_for_no_more_scope_than_it_needs(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.cloud.perform(act(gcp, address, Verb.STOP))
    scopes = {
        one["account"]: [s.rsplit("/", 1)[1] for s in one["scope"]] for one in gcp.google.tokens
    }
    assert scopes == {
        ACCOUNTS[Credential.READ]: [
            "compute.readonly",
            "monitoring.read",
            "cloud-billing.readonly",
        ],
        ACCOUNTS[Credential.WRITE]: ["compute", "cloud-billing"],
    }
    assert {one["lifetime"] for one in gcp.google.tokens} == {"900s"}


def test_a_disk_in_use_is_not_deleted(gcp):
    address = gcp.disk("d-1", tags={}, users=["zones/z/instances/m-1"])
    wanted = act(gcp, address, Verb.TERMINATE)
    assert refused(gcp, wanted) == "d-1: it is attached to a machine; nothing was done."


def test_a_regional_disk_is_labelled_and_deleted(gcp):
    address = gcp.disk("d-1", tags={}, place=REGION)
    gcp.cloud.perform(act(gcp, address, Verb.TAG, tags={"note": "x"}))
    assert gcp.cloud.read(address).tags == {"note": "x"}
    gcp.cloud.perform(act(gcp, address, Verb.TERMINATE))
    assert gcp.cloud.read(address).state is State.GONE


def test_a_regional_group_is_resized(gcp):
    address = gcp.group("g-1", tags={}, place=REGION, mode=None)
    gcp.cloud.perform(act(gcp, address, Verb.SCALE, capacity=Capacity(0, 0, 2000)))
    found = gcp.cloud.read(address)
    assert (found.state, found.capacity) == (State.STOPPED, (0, 0, 2000))


@pytest.mark.parametrize(
    ("mode", "capacity", "sentence"),
    [
        ("ON", (3, 1, 4), "it scales by itself; turn its autoscaler off or change its limits"),
        ("OFF", (5, 1, 4), "it may have 1 to 4 machines"),
        ("OFF", (0, 1, 4), "it may have 1 to 4 machines"),
        ("OFF", (0, 0, 4), "its limits are its autoscaler's; change them in Google Cloud"),
        ("OFF", None, "no size was given"),
    ],
)
def test_a_size_that_cannot_be_is_refused(gcp, mode, capacity, sentence):
    address = gcp.group("g-1", tags={}, mode=mode)
    size = Capacity(*capacity) if capacity else None
    wanted = act(gcp, address, Verb.SCALE, capacity=size)
    assert refused(gcp, wanted) == f"g-1: {sentence}; nothing was done."


def test_a_group_that_was_resized_since_is_refused(gcp):
    address = gcp.group("g-1", tags={})
    wanted = act(gcp, address, Verb.SCALE, capacity=Capacity(3, 1, 4))
    gcp.thing(address)["targetSize"] = 4
    assert refused(gcp, wanted) == (
        "g-1: it has 4 machines by now; propose it again; nothing was done."
    )


def test_a_group_whose_autoscaler_cannot_be_read_is_not_resized(gcp):
    address = gcp.group("g-1", tags={})
    wanted = act(gcp, address, Verb.SCALE, capacity=Capacity(3, 1, 4))
    gcp.google.things = {p: t for p, t in gcp.google.things.items() if "autoscalers" not in p}
    with pytest.raises(UnavailableError, match="autoscaler of g-1 cannot be read"):
        gcp.cloud.perform(wanted)
    assert writes(gcp) == []


def test_a_suspended_machine_is_not_started(gcp):
    address = gcp.machine("m-1", tags={}, status="SUSPENDED")
    assert refused(gcp, act(gcp, address, Verb.START)) == (
        "m-1: it is suspended; resume it in Google Cloud; nothing was done."
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "ZONE_RESOURCE_POOL_EXHAUSTED",
            "Google Cloud has no such machine free there now; try again later",
        ),
        ("QUOTA_EXCEEDED", "a quota of the project does not allow more; raise it in Google Cloud"),
        ("ODD_<!channel>", "Google Cloud refused (ODD_channel); nothing was done"),
    ],
)
def test_an_operation_that_fails_says_why(gcp, code, sentence):
    address = gcp.machine("m-1", tags={}, status="TERMINATED")
    gcp.google.failing = [code]
    with pytest.raises(RefusedError) as error:
        gcp.cloud.perform(act(gcp, address, Verb.START))
    assert error.value.sentence == f"Google project {PROJECT}: {sentence}."
    assert gcp.cloud.read(address).state is State.STOPPED


def test_an_operation_that_cannot_be_watched_is_left_to_reading(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("/operations/", 403, "forbidden"))
    gcp.cloud.perform(act(gcp, address, Verb.STOP))
    assert gcp.cloud.read(address).state is State.CHANGING
    gcp.wait()
    assert gcp.cloud.read(address).state is State.STOPPED


def test_without_patience_nothing_is_watched(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.connected(gcp.project, patience=0).perform(act(gcp, address, Verb.STOP))
    assert gcp.cloud.read(address).state is State.CHANGING


def test_what_was_begun_and_not_answered_is_not_known(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("/stop", 503, "backendError"))
    with pytest.raises(UnavailableError):
        gcp.cloud.perform(act(gcp, address, Verb.STOP))
    assert len(writes(gcp)) == 1


def test_the_right_account_without_its_right_is_told_which_and_where(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.grants[ACCOUNTS[Credential.WRITE]].clear()
    with pytest.raises(RefusedError) as error:
        gcp.cloud.perform(act(gcp, address, Verb.STOP))
    assert error.value.sentence == (
        "Google project acme-ml: compute.instances.stop is not allowed; the rights that Purser "
        "needs are in deploy/gcp-write-role.yaml."
    )


def test_a_missing_account_is_told_with_its_setting(gcp):
    address = gcp.machine("m-1", tags={})
    bare = gcp.connected(replace(gcp.project, terminate_account=None))
    assert refused(gcp, act(gcp, address, Verb.TERMINATE), bare) == (
        "Purser may not delete anything in Google project acme-ml; an admin can name "
        "terminate_account for it in purser.toml."
    )
