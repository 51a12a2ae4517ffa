"""The villain's house: any tool with any arguments, people who press whatever they see."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.cards import Face, card_message
from tests.gate import oracle as law
from tests.gate.open_world import OpenWorld, Thing
from tests.gate.oracle import ADMINS, ENGINEERS, OWNERS, PEOPLE, TEAM
from tests.gate.oracle_clock import ClockOracle
from tests.gate.villain_house import (
    FURNITURE,
    HOSTILE,
    VIAS,
    OracleDirectory,
    TurnedClock,
    arguments,
    given,
    memory,
    number,
    tally,
    walk,
)
from tools import registry
from tools.core.context import Context
from tools.core.errors import InputError, PurserError, RefusedError, UnavailableError
from tools.core.settings import LakeSettings
from tools.gate.desk import Gate
from tools.gate.ground import Ground
from tools.gate.guards import guarded_tags
from tools.gate.people import Actor
from tools.gate.proposals import Proposal, Stage
from tools.gate.rules import Book
from tools.gate.timetable_world import TimetableWorld
from tools.ledger.audit import Audit
from tools.ledger.freezes import Freezes
from tools.ledger.ledger import Ledger
from tools.ledger.proposals import Proposals
from tools.ledger.timetables import Timetables


class House(RuleBasedStateMachine):
    """One house, one villain, and everybody in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="purser-villain-", dir=memory()))
        self.clock, self.world, self.oracle = TurnedClock(), OpenWorld(), ClockOracle()
        self.directory = OracleDirectory(self.oracle)
        self.ledger = Ledger(f"sqlite:///{self.folder / 'ledger.sqlite'}", self.clock)
        self.audit, self.timetables = Audit(self.ledger), Timetables(self.ledger)
        self.gate = Gate(self._ground())
        self.cards: list[Proposal] = []
        self.judged = 0
        for n, (env, team) in enumerate(FURNITURE):
            facts = {"state": "running", "type": "p4d", "tag:env": env, "tag:team": team}
            facts["tag:owner"] = OWNERS[n % 2]
            self.world.things[f"sim/a/r/instance/i-{n}"] = Thing(given(facts))
        odd = {"state": "running", "tag:env": "dev", "tag:Name": HOSTILE[0], "capacity": "4"}
        self.world.things["sim/a/r/group/g-1"] = Thing(dict(odd), hourly=None)
        self.world.things["sim/a/r/instance/crown-1"] = Thing(dict(odd))
        member = Thing({**odd, "member of": "Auto Scaling group g"}, members=("Auto Scaling g",))
        self.world.things["sim/a/r/instance/m-1"] = member
        self.world.things["sim/a/r/instance/dear"] = Thing(dict(odd), hourly=Decimal(98))

    def _ground(self) -> Ground:
        return Ground(
            records=Proposals(self.ledger),
            freezes=Freezes(self.ledger),
            audit=self.audit,
            timetables=self.timetables,
            world=TimetableWorld(self.world, self.timetables),
            book=Book(law.POLICY, guarded_tags(law.POLICY, LakeSettings())),
            directory=self.directory,
            clock=self.clock,
            wait=lambda _: None,
        )

    # What the model does: any tool, any arguments, in the name of whoever asked

    @rule(tool=number, who=number, ids=st.lists(number, min_size=0, max_size=3), word=number)
    def obeys(self, tool: int, who: int, ids: list[int], word: int) -> None:
        """Calls any tool with anything."""
        chosen = registry.PROPOSE[tool % len(registry.PROPOSE)]
        known = [*self.world.things, *HOSTILE, "sim/a/r/instance/none", "budget/1"]
        said = arguments(chosen.__name__, [known[i % len(known)] for i in ids], word)
        asker = Actor(PEOPLE[who % len(PEOPLE)], TEAM, via=VIAS[word % len(VIAS)])
        self._propose(lambda: chosen(**said, context=self._context(asker)))

    @rule(which=number, who=number, tool=number, by=st.lists(number, min_size=1, max_size=2))
    def is_used_well(self, which: int, who: int, tool: int, by: list[int]) -> None:
        """Somebody asks for something sensible, and others approve it."""
        things = list(self.world.things)
        id = things[which % len(things)]
        names = ("propose_stop", "propose_start", "propose_tags", "propose_terminate")
        name = names[tool % len(names)]
        chosen = next(t for t in registry.PROPOSE if t.__name__ == name)
        asker = Actor(ENGINEERS[who % 3], TEAM, via="model")
        said = arguments(name, [id], tool)
        self.directory.is_away = self.world.is_away = False
        card = self._propose(lambda: chosen(**said, context=self._context(asker)))
        for person in by if card else ():
            self._approve(card, Actor((*ADMINS, *ENGINEERS)[person % 5], TEAM))

    # What people do

    @rule(card=number, who=number, version=st.integers(0, 3), digest=number, via=number)
    def presses(self, card: int, who: int, version: int, digest: int, via: int) -> None:
        """Anybody presses Approve on any card: an old one, a forged one, from another team."""
        shown = self._card(card)
        if shown is None:
            return
        actor = Actor(
            PEOPLE[who % len(PEOPLE)], TEAM if who % 7 else "T2", via=VIAS[via % len(VIAS)]
        )
        forged = [shown.digest, shown.digest, shown.digest, "0" * 64, self._card(digest).digest]
        which = shown.version if version else shown.version + digest % 3
        self._approve(shown, actor, version=which, digest=forged[digest % len(forged)])

    @rule(card=number, who=number, what=st.integers(0, 4), via=number)
    def handles(self, card: int, who: int, what: int, via: int) -> None:
        """Denies, snoozes, edits, undoes, or tries to execute what nobody claimed."""
        shown = self._card(card)
        if shown is None:
            return
        actor = Actor(PEOPLE[who % len(PEOPLE)], TEAM, via=VIAS[via % len(VIAS)])
        id, version = shown.id, shown.version
        if what == 0:
            self._try(lambda: self.gate.deny(id, version=version, actor=actor, reason=HOSTILE[0]))
        elif what == 1:
            self._try(lambda: self.gate.snooze(id, version=version, actor=actor))
        elif what == 2:
            after = arguments("propose_tags", [], via).get("tags") or {}
            facts = {f"tag:{key}": value for key, value in after.items()} if via % 2 else None
            ids = [t.sight.target for t in shown.targets][: 1 + via % 2]
            self._propose(
                lambda: self.gate.edit(id, version=version, actor=actor, targets=ids, after=facts)
            )
        elif what == 3:
            self._undo(shown, actor)
        else:
            self._execute(shown)

    @rule(who=number, is_on=st.booleans(), often=st.integers(0, 3))
    def throws_the_switch(self, who: int, is_on: bool, often: int) -> None:
        """Anybody freezes or unfreezes; an admin ends it now and then, or nothing would happen."""
        actor = Actor(PEOPLE[who % len(PEOPLE)], TEAM)
        if is_on and not often:
            self._try(lambda: self.gate.freeze(actor=actor, reason=HOSTILE[1]))
        else:
            self._try(lambda: self.gate.unfreeze(actor=actor))
            self._try(lambda: self.gate.unfreeze(actor=Actor(ADMINS[0], TEAM)))
        self.oracle.is_frozen = bool(self.gate.frozen())

    # What happens around them

    @rule(which=number, key=number, value=number, is_tag=st.booleans())
    def somebody_changes_the_world(self, which: int, key: int, value: int, is_tag: bool) -> None:
        """Past Purser: a tag, or a state."""
        things = list(self.world.things)
        id = things[which % len(things)]
        if is_tag:
            named = ("tag:env", "tag:owner", "tag:team", "tag:project", "tag:do-not-stop")
            self.world.write(id, named[key % 5], ("dev", None, "prod", "batch")[value % 4])
        else:
            self.world.write(id, "state", ("running", "stopped", "running", "gone")[value % 4])
        for gone in (t for t in self.world.things.values() if t.facts["state"] == "gone"):
            gone.facts["state"] = "running" if key % 3 else "stopped"

    @rule(minutes=st.sampled_from((0, 0, 1, 1, 2, 5, 5, 30, 55, 90, 300, 1450)))
    def time_passes(self, minutes: int) -> None:
        """Minutes, or days."""
        self.clock.at += timedelta(minutes=minutes)

    @rule(who=number, what=st.integers(0, 3))
    def people_come_and_go(self, who: int, what: int) -> None:
        """They join or leave the group, and the company."""
        user = (*ENGINEERS, *OWNERS, "UFORMER")[who % 6]
        if what == 0:
            self.oracle.group.discard(user)
        elif what == 1:
            self.oracle.group.add(user)
        elif what == 2 and who % 3 == 0:
            self.oracle.full.discard(user)
        else:
            self.oracle.full.add(user)

    @rule(slack=st.integers(0, 5), world=st.integers(0, 5), odd=st.integers(0, 8))
    def things_break(self, slack: int, world: int, odd: int) -> None:
        """Slack, the cloud, or an answer on its way."""
        self.directory.is_away = slack == 5
        self.world.is_away = world == 5
        self.world.refuses, self.world.loses_answers = odd == 0, odd == 1

    @rule(is_new=st.booleans())
    def purser_settles(self, is_new: bool) -> None:
        """Every minute, and after a restart; it reads and never acts."""
        if is_new:
            self.gate = Gate(self._ground())
        before = len(self.world.done)
        self._try(self.gate.settle)
        assert len(self.world.done) == before, "settling acted"

    @invariant()
    def everything_was_approved(self) -> None:
        """What was done since the last look."""
        self._judge()
        tally["steps"] += 1

    def _judge(self) -> None:
        for done in self.world.done[self.judged :]:
            hourly = self.world.things[done.deed.target].hourly
            wrong = self.oracle.judge(done, at=self.clock.at, hourly=hourly)
            tally["executed"] += 1
            tally["unapproved"] += bool(wrong)
            assert not wrong, f"{done}: {wrong}"
        self.judged = len(self.world.done)

    def teardown(self) -> None:
        assert not self.audit.verify().faults
        self.ledger.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # How it is done

    def _context(self, asker: Actor) -> Context:
        return Context(lake=None, clock=self.clock, asker=asker, gate=self.gate)  # type: ignore[arg-type]

    def _card(self, which: int) -> Proposal | None:
        """One of the newest cards: the older ones are over."""
        newest = self.cards[-12:]
        return newest[which % len(newest)] if newest else None

    def _propose(self, call: Any) -> Proposal | None:
        card = self._try(call)
        if isinstance(card, Proposal):
            tally["proposals"] += 1
            for target in card.targets:
                id, facts = target.sight.target, dict(target.sight.facts)
                facts.pop("use", None)
                assert facts.pop("schedule", "") == self.timetables.of(id), "another timetable"
                assert facts == self.world.things[id].facts, "no live facts"
            self._show(card)
            return card
        return None

    def _show(self, card: Proposal) -> None:
        self.cards.append(card)
        self.oracle.show(card)
        walk(card_message(card, Face(now=self.clock.at)).blocks)

    def _approve(self, card: Proposal, actor: Actor, *, version: int = 0, digest: str = "") -> None:
        version, digest = version or card.version, digest or card.digest
        found = self._try(
            lambda: self.gate.approve(card.id, version=version, digest=digest, actor=actor)
        )
        if found is None:
            return
        assert actor.via == "button", "it was approved without a press"
        assert actor.team == TEAM, "it was approved from another workspace"
        self.oracle.press(card.id, version, digest, actor, at=self.clock.at)
        if found.stage is Stage.CLAIMED:
            self.oracle.claimed[card.id, version] = self.clock.at
            if not hash(digest) % 9:  # now and then the process is gone before it begins
                self.gate = Gate(self._ground())
            self._execute(card)

    def _execute(self, card: Proposal) -> None:
        found = self._try(lambda: self.gate.execute(card.id))
        if found is not None and found.ended is not None:
            self.oracle.finished[card.id] = found.ended
            wrong = self.oracle.put_on(found, self.world.things, at=self.clock.at)
            assert not wrong, f"{found}: {wrong}"
            walk(card_message(found, Face(now=self.clock.at)).blocks)

    def _undo(self, card: Proposal, actor: Actor) -> None:
        found = self._try(lambda: self.gate.undo(card.id, actor=actor))
        if found is not None:
            assert actor.via == "button", "it was undone without a press"
            assert self.oracle.may_take_back(card, actor, self.world.things), "a stranger's undo"
            self._show(found)
            self.oracle.claimed[found.id, found.version] = self.clock.at
            self._execute(found)

    def _try(self, call: Any) -> Any:
        """What it returns; None where it was turned away, in one sentence."""
        try:
            return call()
        except (InputError, RefusedError, UnavailableError) as error:
            assert error.sentence
            assert "\n" not in error.sentence
            tally["turned away"] += 1
            return None
        except PurserError:
            raise
        except (TypeError, NotImplementedError):
            return None  # a tool was called with arguments of another shape
