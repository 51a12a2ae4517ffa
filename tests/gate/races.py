"""The race test: fifty people approve at the same moment, in two processes; it is done once.

Then replicas come to one step of a timetable at the same moment; each machine is stopped once.

Run as `python -m tests.gate.races`; the last lines say what was found. Every approval is by another
person who may, each in a thread of its own; whoever is told that the claim is theirs executes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.synchronize import Barrier
from pathlib import Path

from tests.gate.clocks import STOP, announce, put_on
from tests.gate.desks import Desk, SmallDirectory, machines, press
from tests.gate.worlds import SmallWorld
from tests.ledger.databases import MEMORY, NoServerError, new_database, postgresql
from tools.core.errors import RefusedError
from tools.gate.policy import Policy, Rule
from tools.gate.proposals import Proposal, Stage

PROCESSES = 2
POLICY = Policy(rules=(Rule(name="dev", approve=("SALL",)),), environments=("dev",))


class Crowd:
    """So many people, in two processes, in front of one card.

    Args:
        folder: of the world.
        url: of the ledger.
        count: how many of them.
    """

    def __init__(self, folder: Path, url: str, count: int) -> None:
        self._folder, self._url = folder, url
        self._people = tuple(f"UP{number}" for number in range(count))

    def desk(self) -> Desk:
        people = SmallDirectory(
            full={*self._people, "UASKS"}, groups={"SALL": frozenset(self._people)}
        )
        world = SmallWorld(self._folder / "world.sqlite", slow=1)
        return Desk(self._url, world, policy=POLICY, directory=people)

    def press(self, proposal: Proposal) -> int:
        """All press at once; how many were told that the claim is theirs, and executed."""
        context = multiprocessing.get_context("fork")
        barrier, claims = context.Barrier(PROCESSES), context.Value("i", 0)
        shares = [self._people[number::PROCESSES] for number in range(PROCESSES)]
        processes = [
            context.Process(target=self._press, args=(proposal, share, barrier, claims))
            for share in shares
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        if any(process.exitcode for process in processes):
            raise AssertionError("a process of the crowd failed")
        return int(claims.value)

    def _press(
        self, proposal: Proposal, people: tuple[str, ...], together: Barrier, claims: object
    ) -> None:
        desk, at_once = self.desk(), threading.Barrier(len(people) + 1)
        desk.gate.frozen()  # open the ledger
        faults: list[BaseException] = []

        def one(person: str) -> None:
            at_once.wait()
            try:
                claimed = desk.gate.approve(
                    proposal.id, version=1, digest=proposal.digest, actor=press(person)
                )
                if claimed.stage is Stage.CLAIMED:
                    with claims.get_lock():  # type: ignore[attr-defined]
                        claims.value += 1  # type: ignore[attr-defined]
                    desk.gate.execute(proposal.id)
            except RefusedError:
                pass
            except BaseException as error:  # noqa: BLE001  a thread's fault fails the process
                faults.append(error)

        threads = [threading.Thread(target=one, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        together.wait()
        at_once.wait()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]


def race(folder: Path, url: str, *, approvals: int) -> int:
    """Let them race once; how often it was executed.

    Raises:
        AssertionError: what was done is not what the ledger says.
    """
    crowd = Crowd(folder, url, approvals)
    desk = crowd.desk()
    proposal = desk.propose(*machines(desk.world, 2))
    desk.ledger.close()
    claims = crowd.press(proposal)
    desk = crowd.desk()
    ended = desk.gate.find(proposal.id)
    acts = sorted(target for _, target in desk.world.acts())
    events = desk.events(proposal.id)
    assert ended is not None
    assert ended.stage is Stage.DONE, ended
    assert len(ended.approved_by) == claims == 1
    assert acts == sorted(target.sight.target for target in proposal.targets), acts
    assert [e for e in events if e != "turned away"] == [
        "proposed", "approved", "claimed", "began", "ended", "began", "ended", "finished",
    ]  # fmt: skip
    assert desk.audit.verify().faults == ()
    desk.ledger.close()
    return len(acts) // 2


def strike(folder: Path, url: str, *, replicas: int) -> int:
    """Let replicas in two processes come to one step at once; how often a machine was stopped.

    Raises:
        AssertionError: what was done is not what the ledger says.
    """
    desk = Crowd(folder, url, 1).desk()
    schedule = put_on(desk, *machines(desk.world, 2), by=("UP0",))
    announce(desk, schedule, STOP)
    desk.ledger.close()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(PROCESSES)
    processes = [
        context.Process(target=_strike, args=(folder, url, schedule.id, replicas, barrier))
        for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    desk = Crowd(folder, url, 1).desk()
    acts = Counter(target for _, target in desk.world.acts())
    steps = desk.timetables.at(schedule.id, STOP)
    assert not any(process.exitcode for process in processes)
    assert [step.state.value for step in steps] == ["done", "done"], steps
    assert sorted(acts) == [step.target for step in steps], acts
    assert desk.events().count("claimed") == 3  # the timetable and its two steps
    assert desk.audit.verify().faults == ()
    desk.ledger.close()
    return max(acts.values())


def _strike(folder: Path, url: str, id: str, replicas: int, together: Barrier) -> None:
    desks = [Crowd(folder, url, 1).desk() for _ in range(replicas // PROCESSES)]
    for desk in desks:
        desk.clock.at = STOP
        desk.gate.frozen()  # open the ledger
    together.wait()
    with ThreadPoolExecutor(len(desks)) as pool:
        list(pool.map(lambda desk: desk.gate.step(id, STOP), desks))


def strikes(name: str, new_url: Callable[[Path], str], *, replicas: int, rounds: int) -> bool:
    """Let them come so many times, and say what was found."""
    executions = set()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="purser-race-", dir=MEMORY) as folder:
            executions.add(strike(Path(folder), new_url(Path(folder)), replicas=replicas))
    count = max(executions)
    print(f"race: {replicas} replicas at one step, {count} execution{'s' * (count > 1)} ({name})")
    return executions == {1}


def races(name: str, new_url: Callable[[Path], str], *, approvals: int, rounds: int) -> bool:
    """Let them race so many times, and say what was found."""
    executions = set()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="purser-race-", dir=MEMORY) as folder:
            executions.add(race(Path(folder), new_url(Path(folder)), approvals=approvals))
    count = max(executions)
    print(f"race: {approvals} approvals at once, {count} execution{'s' * (count > 1)} ({name})")
    return executions == {1}


def main() -> int:
    """Race on every database there is; 1 where something was executed twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--approvals", type=int, default=50)
    parser.add_argument("--replicas", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    with ExitStack() as stack:
        databases = tuple(_databases(stack))
        found = [
            races(name, new_url, approvals=args.approvals, rounds=args.rounds)
            for name, new_url in databases
        ]
        found += [
            strikes(name, new_url, replicas=args.replicas, rounds=args.rounds)
            for name, new_url in databases
        ]
    return 0 if all(found) else 1


def _databases(stack: ExitStack) -> Iterator[tuple[str, Callable[[Path], str]]]:
    yield "sqlite", lambda folder: f"sqlite:///{folder / 'ledger.sqlite'}"
    try:
        server = stack.enter_context(postgresql())
    except NoServerError as error:
        print(error)
        return
    yield "postgresql", lambda _: new_database(server)


if __name__ == "__main__":
    sys.exit(main())
