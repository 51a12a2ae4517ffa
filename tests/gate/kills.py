"""The kill test: `kill -9` of a real process at every step between click and record.

Run as `python -m tests.gate.kills`; the last line says what was found. A step is a statement or a
commit of the ledger, or a call of the world, before and after it. The child process kills itself
at the n-th; another process finds what it left, time passes, and what is there is compared with
what was really done.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, true

from tests.gate.clocks import STOP, announce, put_on
from tests.gate.desks import QUICK, Desk, TurnedClock, machines, press
from tests.gate.steps import Stepped
from tests.gate.worlds import SmallWorld
from tests.ledger.databases import MEMORY, NoServerError, new_database, postgresql
from tools.core.errors import RefusedError
from tools.gate.proposals import Fate, Proposal, Stage

PATIENT = replace(QUICK, patience=timedelta(minutes=10), pauses=(0.0,))
TARGETS = 2


@dataclass
class Tally:
    """What was found."""

    kills: int = 0
    steps: int = 0
    completed: int = 0
    doubled: int = 0
    lost: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        return (
            f"kill: {self.kills} kills at {self.steps} steps, {self.completed} completed, "
            f"{self.doubled} doubled, {self.lost} lost"
        )


class Killer:
    """Counts steps, and ends the process at one of them as no handler can prevent."""

    def __init__(self, at: int) -> None:
        self.count = 0
        self._at = at

    def step(self, *_: object) -> None:
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Click:
    """What a person presses, or the clock does, and how a target is when it is done.

    Args:
        name: for whoever reads.
        press: does it.
        wanted: the state of a target afterwards.
        acts: how many there were before.
        ends: how many ends the audit log held before.
    """

    name: str
    press: Callable[[Desk, str], object]
    wanted: str
    acts: int = 0
    ends: int = 0


def _approve(desk: Desk, id: str) -> None:
    proposal = desk.gate.find(id)
    assert proposal is not None
    desk.approve(proposal)
    desk.gate.execute(id)


def _undo(desk: Desk, id: str) -> None:
    desk.gate.execute(desk.gate.undo(id, actor=press("UADMIN")).id)


def _step(desk: Desk, id: str) -> None:
    desk.clock.at = max(desk.clock.at, STOP)
    desk.gate.step(id, STOP)


APPROVE = Click("approve", _approve, "stopped")
UNDO = Click("undo", _undo, "running", acts=TARGETS, ends=1)
STEP = Click("step", _step, "stopped", ends=1)


@dataclass(frozen=True)
class Place:
    """Where a world and a ledger are, and how to copy them.

    Args:
        folder: of the world, and of the ledger where that is a file.
        server: of the ledger, where that is PostgreSQL.
        url: of the ledger.
    """

    folder: Path
    url: str
    server: str = ""

    @classmethod
    def new(cls, folder: Path, server: str = "") -> Place:
        return cls(folder, new_database(server) if server else _sqlite(folder), server)

    def copy(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        if not self.server:
            return Place(folder, _sqlite(folder))
        return Place(folder, new_database(self.server, like=self.url), self.server)

    def desk(self) -> Desk:
        world = SmallWorld(self.folder / "world.sqlite", slow=1)
        return Desk(self.url, world, clock=TurnedClock(), pace=PATIENT)


def prepare(place: Place, click: Click) -> str:
    """Make the proposal that is about to be clicked on; its id."""
    desk = place.desk()
    found = machines(desk.world, TARGETS)
    if click is STEP:
        proposal = put_on(desk, *found)
        announce(desk, proposal, STOP)
        desk.ledger.close()
        return proposal.id
    proposal = desk.propose(*found)
    if click is UNDO:
        desk.run(proposal)
    desk.ledger.close()
    return proposal.id


class Scene:
    """One proposal, one click, one kill.

    Args:
        place: a copy of its own.
        click: what will be pressed.
        id: the proposal's.
    """

    def __init__(self, place: Place, click: Click, id: str) -> None:
        self._place, self._click, self._id = place, click, id

    def run(self, *, kill_at: int) -> int:
        """Click in a process of its own; how many steps it made, 0 where it was killed."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._be_killed(kill_at, writing)
        os.close(writing)
        with os.fdopen(reading) as said:
            steps = int(said.read() or 0)
        os.waitpid(child, 0)
        return steps

    def _be_killed(self, at: int, writing: int) -> None:
        killer = Killer(at)
        try:
            desk = self._place.desk()
            engine = desk.ledger._engine
            for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
                event.listen(engine, moment, killer.step)
            object.__setattr__(desk.ground, "world", Stepped(desk.ground.world, killer.step))
            self._click.press(desk, self._id)
            os.write(writing, str(killer.count).encode())
        finally:
            os._exit(0)

    def recover(self) -> Iterator[Proposal]:
        """Start again, let time pass, press again where nothing came of it."""
        desk = self._place.desk()
        if self._click is STEP:
            desk.clock.at = STOP
        for minutes in (3, 3, 11):
            desk.clock.turn(minutes=minutes)
            desk.gate.settle()
            if self._is_open(desk):
                try:
                    self._click.press(desk, self._id)
                except RefusedError:
                    continue
        yield from self._ended(desk)
        desk.ledger.close()

    def _is_open(self, desk: Desk) -> bool:
        if self._click is UNDO:
            return desk.records.taken_back(self._id) is None and not self._tried(desk)
        if self._click is STEP:
            return any(one.state.is_open for one in desk.timetables.at(self._id, STOP))
        proposal = desk.gate.find(self._id)
        return proposal is not None and proposal.stage is Stage.PENDING

    def _tried(self, desk: Desk) -> bool:
        return any(one.undoes == self._id for one in desk.records._where(true()))

    def _ended(self, desk: Desk) -> Iterator[Proposal]:
        for proposal in desk.records._where(true()):
            names = {UNDO: proposal.undoes, STEP: proposal.under}
            if names.get(self._click, proposal.id) == self._id:
                yield proposal

    def judge(self, ended: list[Proposal], tally: Tally) -> None:
        """Compare what the ledger says with what was done."""
        desk = self._place.desk()
        desk.clock.at = STOP + timedelta(hours=2)
        acts = Counter(target for _, target in desk.world.acts()[self._click.acts :])
        tally.doubled += sum(1 for count in acts.values() if count > 1)
        troubles = [*self._mismatches(desk, ended), *desk.audit.verify().faults]
        if [p for p in ended if not p.stage.is_end] or not ended:
            troubles.append("it has no end")
        if self._click is not UNDO and len(ended) != (TARGETS if self._click is STEP else 1):
            troubles.append("it has more than one end, or not all that it should have")
        finished = [e for e in desk.events() if e == "finished"]
        if len(finished) != len(ended) + self._click.ends:
            troubles.append("its end is not once in the audit log")
        if desk.gate.settle():
            troubles.append("it was settled twice")
        tally.lost += bool(troubles)
        tally.troubles += troubles
        tally.completed += any(proposal.stage is Stage.DONE for proposal in ended)
        desk.ledger.close()

    def _mismatches(self, desk: Desk, ended: list[Proposal]) -> Iterator[str]:
        last = ended if self._click is STEP else ended[-1:]
        for run in (run for proposal in last for run in proposal.runs):
            is_so = desk.world.facts(run.target)["state"] == self._click.wanted
            if run.fate is Fate.UNKNOWN or is_so != (run.fate is Fate.DONE):
                yield f"{run.target} is recorded as {run.fate}"


def kill_everywhere(click: Click, tally: Tally, *, server: str, times: int, every: int) -> None:
    """Kill at every step of a click, each so many times."""
    with tempfile.TemporaryDirectory(prefix="purser-kill-", dir=MEMORY) as folder:
        origin = Place.new(_sub(folder, "origin"), server)
        id = prepare(origin, click)
        whole = Scene(origin.copy(_sub(folder, "whole")), click, id).run(kill_at=0)
        steps = range(1, whole + 1, every)
        tally.steps += len(steps)
        for number, step in enumerate(step for step in steps for _ in range(times)):
            place = origin.copy(_sub(folder, str(number)))
            scene = Scene(place, click, id)
            if scene.run(kill_at=step):
                raise AssertionError(f"the process outlived step {step}")
            tally.kills += 1
            scene.judge(list(scene.recover()), tally)
            shutil.rmtree(place.folder)


def _sub(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


def main() -> int:
    """Kill, count, and say what was found; 1 where anything was doubled or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="kills at each step")
    parser.add_argument("--every", type=int, default=1, help="only every so many steps")
    parser.add_argument("--postgresql", action="store_true", help="also on PostgreSQL, once")
    args = parser.parse_args()
    tally = Tally()
    for click in (APPROVE, UNDO, STEP):
        times = 1 if click is STEP else args.times  # of two proposals, it has the most steps
        kill_everywhere(click, tally, server="", times=times, every=args.every)
    if args.postgresql:
        try:
            with postgresql() as server:
                kill_everywhere(APPROVE, tally, server=server, times=1, every=args.every)
        except NoServerError as error:
            print(error)
    for trouble in tally.troubles[:20]:
        print(trouble)
    print(tally.line)
    return 1 if tally.doubled or tally.lost else 0


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.sqlite'}"


if __name__ == "__main__":
    sys.exit(main())
