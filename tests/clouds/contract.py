"""What every cloud must do: one suite, which the tests of each implementation inherit.

In `tests/clouds/test_<cloud>.py`:

    class TestAws(CloudContract):
        @pytest.fixture
        def setup(self, moto):            # your server, emptied for each test
            return AwsSetup(moto)

`AwsSetup` is a `Setup`: it makes things behind the cloud's back (with the vendor's own client,
or in your stand-in server) and hands out clouds that lack something. A kind for which
`cloud.verbs(kind)` is empty does not exist in that cloud, and is left out; every other kind must
be makeable, so write a small stand-in for what moto lacks.

Who calls a cloud guards it as the gate does: `act` below takes the resource as it was just read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from tests.clouds.contract_parts import (
    ALL,
    NEW,
    TEAM,
    act,
    after,
    alike,
    done,
    is_one_sentence,
    made,
    ready_for,
    tagging,
)
from tools.clouds.cloud import Cloud, Credential
from tools.clouds.resources import Address, Kind, State, Verb
from tools.core.errors import RefusedError, UnavailableError
from tools.prices.gpus import gpus_of

EVERY_KIND = pytest.mark.parametrize("kind", list(Kind), ids=str)
EVERY_VERB = pytest.mark.parametrize(("kind", "verb"), ALL, ids="-".join)


class Setup(Protocol):
    """A cloud that can be furnished and broken.

    Args:
        cloud: what is under test, with all credentials, for at least one account and one region
            (zone), its network whole.
        now: the time by the cloud's clock.
        hostile: the most hostile tag value this cloud lets anybody write: mentions, links,
            markup, quotes, line breaks where it takes them.
        guarded: a tag key that `cloud` was told is guarded (of owner, environment, protection).
        secrets: texts that no sentence may hold: keys, tokens, as the setup's clients have them.
    """

    cloud: Cloud
    now: datetime
    hostile: str
    guarded: str
    secrets: tuple[str, ...]

    def make(self, kind: Kind, *, tags: Mapping[str, str]) -> Address:
        """Make one that runs, and answer where it is.

        An instance has one or more GPUs; a group or endpoint has capacity 2 of 1 to 4 and no
        machines listed on their own; a disk is unattached; a training job is in progress.
        """

    def protect(self, address: Address) -> None:
        """Set the cloud's own protection against termination on an instance."""

    def measure(self, address: Address, *, gpu: float, since: datetime) -> None:
        """Feed the busiest GPU's use in percent, from `since` to now, without gaps."""

    def wait(self) -> None:
        """Let a little time pass, so that what is changing changes; nothing where it is instant."""

    def without(self, credential: Credential) -> Cloud:
        """The same cloud where configuration gives it no such credential."""

    def unreachable(self) -> Cloud:
        """The same cloud, all of whose calls meet a closed port (no retries to wait for)."""

    def partial(self) -> Cloud:
        """The same, with one more account, region or project that does not answer or refuses."""

    def elsewhere(self, address: Address) -> Address:
        """The same name in an account (project) that `cloud` is not configured for."""


class CloudContract:
    """Inherit it, and give it a `setup` fixture."""

    def test_every_operation_names_its_permissions_and_reason(self, setup):
        operations = setup.cloud.operations
        assert operations
        assert len({one.call for one in operations}) == len(operations)
        for one in operations:
            assert one.permissions and one.why, one.call
            assert not [p for p in one.permissions if "*" in p], one.call

    @EVERY_KIND
    def test_what_it_says_of_its_verbs_fits_together(self, setup, kind):
        verbs = setup.cloud.verbs(kind)
        assert Verb.BUDGET not in verbs
        for verb, consequence in verbs.items():
            assert consequence.is_final is (consequence.end is State.GONE)
            assert consequence.is_final is (consequence.undo is None)
            assert consequence.is_final is (verb is Verb.TERMINATE)
            assert consequence.undo is None or consequence.undo in verbs
            assert consequence.loses or not consequence.is_final

    @EVERY_KIND
    def test_what_was_made_is_listed_as_it_reads(self, setup, kind):
        address = made(setup, kind, tags={TEAM: "ml"})
        if address is None:
            return
        read = setup.cloud.read(address)
        inventory = setup.cloud.inventory()
        listed = {resource.id: resource for resource in inventory.resources}
        assert inventory.troubles == ()
        assert len(listed) == len(inventory.resources)
        assert alike(listed[address.text]) == alike(read)
        assert read.address == address
        assert Address.parse(read.id) == address
        assert address.cloud == setup.cloud.name
        assert read.tags[TEAM] == "ml"
        assert read.state is (State.RUNNING if kind is not Kind.DISK else read.state)
        assert read.state is not State.GONE

    @EVERY_KIND
    def test_it_reads_the_same_twice_where_nothing_changed(self, setup, kind):
        address = made(setup, kind, tags={TEAM: "ml"})
        if address is None:
            return
        first = setup.cloud.read(address)
        setup.wait()
        assert alike(setup.cloud.read(address)) == alike(first)
        assert setup.cloud.read(address).launched == first.launched

    def test_an_instance_says_its_gpus_and_since_when_it_runs(self, setup):
        found = setup.cloud.read(setup.make(Kind.INSTANCE, tags={}))
        assert found.gpus == gpus_of(found.type)
        assert found.gpu
        assert found.launched.utcoffset() == timedelta(0)

    @pytest.mark.parametrize("kind", [Kind.GROUP, Kind.ENDPOINT], ids=str)
    def test_what_can_be_scaled_says_its_capacity(self, setup, kind):
        address = made(setup, kind, tags={})
        if address is not None:
            assert setup.cloud.read(address).capacity == (2, 1, 4)

    @EVERY_KIND
    def test_what_is_not_there_is_gone(self, setup, kind):
        address = made(setup, kind, tags={})
        if address is None:
            return
        digits = address.name.rstrip("0123456789abcdef")
        missing = address._replace(name=digits + "0" * (len(address.name) - len(digits) or 8))
        assert setup.cloud.read(missing).state is State.GONE
        assert missing.text not in {r.id for r in setup.cloud.inventory().resources}

    @EVERY_VERB
    def test_a_verb_comes_to_the_end_it_declares(self, setup, kind, verb):
        address = ready_for(setup, kind, verb=verb)
        if address is None:
            return
        setup.cloud.perform(after(setup, address, verb=verb))
        found = done(setup, address, verb=verb)
        end = setup.cloud.verbs(kind)[verb].end
        assert end is None or found.state is end

    @EVERY_VERB
    def test_its_undo_takes_it_back(self, setup, kind, verb):
        address = ready_for(setup, kind, verb=verb)
        undo = setup.cloud.verbs(kind)[verb].undo if address else None
        if address is None or undo is None:
            return
        before = setup.cloud.read(address)
        setup.cloud.perform(after(setup, address, verb=verb))
        done(setup, address, verb=verb)
        setup.cloud.perform(
            act(setup, address, undo, capacity=before.capacity, tags=before.tags, key="undo")
        )
        found = done(setup, address, verb=undo, like=before)
        assert alike(found) == alike(before)

    @EVERY_VERB
    def test_a_rehearsal_changes_nothing(self, setup, kind, verb):
        address = ready_for(setup, kind, verb=verb)
        if address is None:
            return
        before = setup.cloud.read(address)
        assert setup.cloud.rehearse(after(setup, address, verb=verb)) in (True, False)
        setup.wait()
        assert alike(setup.cloud.read(address)) == alike(before)

    @EVERY_VERB
    def test_the_same_key_twice_comes_to_the_same_end(self, setup, kind, verb):
        address = ready_for(setup, kind, verb=verb)
        if address is None:
            return
        wanted = after(setup, address, verb=verb)
        setup.cloud.perform(wanted)
        first = done(setup, address, verb=verb)
        try:
            setup.cloud.perform(wanted)
        except RefusedError as error:
            assert is_one_sentence(error, setup)
        assert alike(done(setup, address, verb=verb)) == alike(first)

    @pytest.mark.parametrize(("kind", "verb"), ALL, ids="-".join)
    def test_what_it_does_not_do_to_a_kind_is_refused(self, setup, kind, verb):
        address = made(setup, kind, tags={})
        if address is None or verb in setup.cloud.verbs(kind):
            return
        before = setup.cloud.read(address)
        for ask in (setup.cloud.rehearse, setup.cloud.perform):
            with pytest.raises(RefusedError) as refused:
                ask(after(setup, address, verb=verb))
            assert is_one_sentence(refused.value, setup)
        assert alike(setup.cloud.read(address)) == alike(before)

    def test_what_is_gone_is_not_acted_on(self, setup):
        address = ready_for(setup, Kind.INSTANCE, verb=Verb.TERMINATE)
        stop = act(setup, address, Verb.STOP)
        setup.cloud.perform(after(setup, address, verb=Verb.TERMINATE))
        done(setup, address, verb=Verb.TERMINATE)
        with pytest.raises(RefusedError) as refused:
            setup.cloud.perform(stop)
        assert is_one_sentence(refused.value, setup)

    def test_a_protected_instance_says_so_and_is_not_terminated(self, setup):
        address = setup.make(Kind.INSTANCE, tags={})
        assert setup.cloud.read(address).protections == ()
        setup.protect(address)
        found = setup.cloud.read(address)
        assert found.protections
        assert found.protections == _listed(setup.cloud, address).protections
        with pytest.raises(RefusedError) as refused:
            setup.cloud.perform(act(setup, address, Verb.TERMINATE))
        assert is_one_sentence(refused.value, setup)
        setup.wait()
        assert setup.cloud.read(address).state is State.RUNNING
        assert setup.cloud.read(address).protections == found.protections

    @EVERY_KIND
    def test_hostile_text_is_carried_to_the_letter(self, setup, kind):
        address = made(setup, kind, tags={TEAM: setup.hostile})
        if address is None:
            return
        assert setup.cloud.read(address).tags[TEAM] == setup.hostile
        assert _listed(setup.cloud, address).tags[TEAM] == setup.hostile
        if Verb.TAG not in setup.cloud.verbs(kind):  # Google's groups have no labels of their own
            return
        setup.cloud.perform(tagging(setup, address, {NEW: setup.hostile}))
        setup.wait()
        assert setup.cloud.read(address).tags[NEW] == setup.hostile

    @EVERY_KIND
    def test_tagging_leaves_other_tags_alone_and_none_removes(self, setup, kind):
        address = made(setup, kind, tags={TEAM: "ml", "keep": "this"})
        if address is None or Verb.TAG not in setup.cloud.verbs(kind):
            return
        setup.cloud.perform(tagging(setup, address, {TEAM: None, NEW: "one"}))
        setup.wait()
        assert dict(setup.cloud.read(address).tags) == {"keep": "this", NEW: "one"}

    def test_an_account_it_is_not_configured_for_is_refused(self, setup):
        address = setup.make(Kind.INSTANCE, tags={})
        foreign = setup.elsewhere(address)
        with pytest.raises(RefusedError) as refused:
            setup.cloud.read(foreign)
        assert is_one_sentence(refused.value, setup)
        assert foreign.account in refused.value.sentence

    @pytest.mark.parametrize(
        ("credential", "verb"),
        [(Credential.WRITE, Verb.STOP), (Credential.TERMINATE, Verb.TERMINATE)],
        ids=str,
    )
    def test_without_the_credential_it_is_refused(self, setup, credential, verb):
        address = setup.make(Kind.INSTANCE, tags={TEAM: "ml"})
        bare = setup.without(credential)
        wanted = after(setup, address, verb=verb)
        for ask in (bare.rehearse, bare.perform):
            with pytest.raises(RefusedError) as refused:
                ask(wanted)
            assert is_one_sentence(refused.value, setup)
        setup.wait()
        assert bare.read(address).state is State.RUNNING

    def test_the_write_credential_alone_writes_no_guarded_tag(self, setup):
        address = setup.make(Kind.INSTANCE, tags={setup.guarded: "ada", TEAM: "ml"})
        bare = setup.without(Credential.GUARDED_TAGS)
        for tags in ({setup.guarded: "bob"}, {setup.guarded: None}, {setup.guarded.upper(): "x"}):
            with pytest.raises(RefusedError) as refused:
                bare.perform(tagging(setup, address, {**tags, NEW: "one"}))
            assert is_one_sentence(refused.value, setup)
        assert dict(bare.read(address).tags) == {setup.guarded: "ada", TEAM: "ml"}
        bare.perform(tagging(setup, address, {NEW: "one"}))
        setup.cloud.perform(tagging(setup, address, {setup.guarded: "bob"}))
        setup.wait()
        assert setup.cloud.read(address).tags[setup.guarded] == "bob"

    def test_a_cloud_that_does_not_answer_says_so(self, setup):
        address = setup.make(Kind.INSTANCE, tags={})
        wanted = act(setup, address, Verb.STOP)
        gone = setup.unreachable()
        for ask in (lambda: gone.read(address), lambda: gone.perform(wanted)):
            with pytest.raises(UnavailableError) as missing:
                ask()
            assert is_one_sentence(missing.value, setup)
        assert _troubles(gone)
        assert setup.cloud.read(address).state is State.RUNNING

    def test_what_cannot_be_listed_is_said_and_the_rest_is_listed(self, setup):
        address = setup.make(Kind.INSTANCE, tags={})
        inventory = setup.partial().inventory()
        assert address in [resource.address for resource in inventory.resources]
        assert len(inventory.troubles) >= 1
        assert all(is_one_sentence(trouble, setup) for trouble in inventory.troubles)

    def test_use_is_measured_or_said_not_to_be(self, setup):
        measured = setup.make(Kind.INSTANCE, tags={})
        other = setup.make(Kind.INSTANCE, tags={})
        since, until = setup.now - timedelta(hours=6), setup.now
        setup.measure(measured, gpu=2.5, since=since - timedelta(minutes=10))
        both = [setup.cloud.read(measured), setup.cloud.read(other)]
        use = setup.cloud.use(both, since=since, until=until)
        assert set(use) == {measured.text, other.text}
        found = use[measured.text]
        assert {sample.value for sample in found.gpu} == {2.5}
        assert all(since <= sample.at < until for sample in found.gpu)
        assert [s.at for s in found.gpu] == sorted({s.at for s in found.gpu})
        assert found.coverage > 0.9
        assert found.source
        assert not found.missing
        assert use[other.text].gpu == ()
        assert is_one_sentence(use[other.text].missing, setup)


def _listed(cloud: Cloud, address: Address):
    return next(r for r in cloud.inventory().resources if r.address == address)


def _troubles(cloud: Cloud) -> tuple[str, ...]:
    """What an inventory says went wrong, raised or listed."""
    try:
        inventory = cloud.inventory()
    except UnavailableError as error:
        return (error.sentence,)
    assert inventory.resources == ()
    return inventory.troubles
