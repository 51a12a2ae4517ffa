"""Exactly once: `kill -9` at random while days of posts are played; Slack must hold each once.

Run as `python -m tests.watch.kills`; the last line says what was found. Replicas are processes
that run jobs and send over HTTP to the local Slack. Between kills it refuses, loses answers and
lets wait, too. What it holds in the end is compared with what the days had to say.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from bot.console.records import Message
from bot.console.workspace import Workspace
from tests.ledger.databases import MEMORY, NoServerError, new_database, postgresql
from tests.watch.played import expected
from tools.core.clock import SystemClock
from tools.ledger.ledger import Ledger

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds until what is left must have been said
CARELESS = "--careless"
LATENCY = 0.03  # seconds from Slack's taking a message to its answer
BURST = 0.8  # seconds at most, from a start to a kill


@dataclass
class Tally:
    """What was found."""

    name: str = ""
    kills: int = 0
    messages: int = 0
    doubled: int = 0
    lost: int = 0
    doubts: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        return (
            f"once: {self.kills} kills, {self.messages} messages, {self.doubled} doubled, "
            f"{self.lost} lost"
        )

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            "",
            self.kills + other.kills,
            self.messages + other.messages,
            self.doubled + other.doubled,
            self.lost + other.lost,
            self.doubts + other.doubts,
            self.troubles + other.troubles,
        )


@dataclass
class Stage:
    """A Slack, a ledger, and the replicas between them."""

    workspace: Workspace
    ledger_url: str
    goal: Path
    manner: tuple[str, ...] = ()
    replicas: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[str]:
        """A replica that has begun to play."""
        command = [sys.executable, "-m", "tests.watch.played", "--ledger", self.ledger_url]
        command += ["--slack", self.workspace.api_url, "--token", self.workspace.bot_token]
        command += ["--goal", str(self.goal), *self.manner]
        made = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        if made.stdout is None or made.stdout.readline() != "ready\n":
            raise RuntimeError("a replica did not start")
        self.replicas.append(made)
        return made

    def kill(self, replica: subprocess.Popen[str]) -> None:
        """As no handler can prevent."""
        replica.kill()
        replica.wait()
        if replica.stdout:
            replica.stdout.close()
        self.replicas.remove(replica)

    def open_posts(self) -> int:
        """How many messages wait, or are under way."""
        return self._count("SELECT count(*) FROM outbox WHERE told IN ('waiting', 'sending')")

    def put(self) -> int:
        """How many messages were ever put."""
        return self._count("SELECT count(*) FROM outbox")

    def _count(self, query: str) -> int:
        engine = create_engine(self.ledger_url)
        try:
            with engine.connect() as connection:
                return int(connection.execute(text(query)).scalar_one())
        finally:
            engine.dispose()


def killed(stage: Stage, *, kills: int, replicas: int, seed: int) -> Tally:
    """Play, kill and start again so many times, then let it end; what Slack holds then."""
    dice, days = random.Random(seed), 1
    stage.goal.write_text(str(days))
    Ledger(stage.ledger_url, SystemClock()).check()
    for _ in range(replicas):
        stage.start()
    for _ in range(kills):
        if CARELESS not in stage.manner:
            _bad_day(stage, dice)
        time.sleep(dice.uniform(0.02, BURST))
        stage.kill(dice.choice(stage.replicas))
        days += 1
        stage.goal.write_text(str(days))
        stage.start()
    ends = time.monotonic() + PATIENCE
    wanted = len(list(expected(days))) + days * 4  # what replaces is put, too
    while (stage.put() < wanted or stage.open_posts()) and time.monotonic() < ends:
        time.sleep(0.1)
    for replica in list(stage.replicas):
        stage.kill(replica)
    return _tally(stage, days, kills)


def _bad_day(stage: Stage, dice: random.Random) -> None:
    faults = stage.workspace.faults
    match dice.randrange(6):
        case 0:
            faults.lose_answers("chat.postMessage")
        case 1:
            faults.refuse("chat.postMessage", "internal_error")
        case 2:
            faults.rate_limit("chat.postMessage", retry_after=1)
        case 3:
            faults.lose_answers("chat.update")


def _tally(stage: Stage, days: int, kills: int) -> Tally:
    found: dict[str, list[Message]] = {}
    for message in stage.workspace.store.messages():
        found.setdefault(message.text.split(" ")[0], []).append(message)
    tally = Tally(kills=kills)
    tally.doubts = len(stage.workspace.api_calls("conversations.history"))
    tally.doubts += len(stage.workspace.api_calls("conversations.replies"))
    wanted = {said.key: said for said in expected(days)}
    tally.messages = len(wanted)
    for key, said in wanted.items():
        there = found.pop(key, [])
        tally.lost += not there
        tally.doubled += max(len(there) - 1, 0)
        for message in there:
            head = found_head(stage, said.thread)
            is_right = message.channel == said.channel and message.thread_ts == head
            if not is_right or message.text.endswith("changed") != said.is_changed:
                tally.troubles.append(f"{key} is not where or what it should be")
    tally.troubles += [f"nobody meant to say {key!r}" for key in found]
    return tally


def found_head(stage: Stage, key: str) -> str | None:
    """Where a thread's head stands."""
    if not key:
        return None
    said = stage.workspace.store.messages()
    return next((m.ts for m in said if m.text.split(" ")[0] == key), "")


@contextlib.contextmanager
def staged(ledger_url: str, manner: tuple[str, ...]) -> Iterator[Stage]:
    """A Slack of its own for one run; it answers about as late as the real one."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, Workspace.serve() as workspace:
        workspace.faults.slow_answers("chat.postMessage", LATENCY)
        stage = Stage(workspace, ledger_url, Path(folder) / "goal", manner)
        try:
            yield stage
        finally:
            for replica in list(stage.replicas):
                stage.kill(replica)


def run(
    name: str,
    ledger_url: str,
    *,
    kills: int,
    replicas: int,
    seed: int,
    manner: tuple[str, ...] = (),
) -> Tally:
    """One of the cases, from an empty ledger and an empty Slack."""
    with staged(ledger_url, manner) as stage:
        tally = killed(stage, kills=kills, replicas=replicas, seed=seed)
    tally.name = f"{name}, {replicas} replica{'s' if replicas > 1 else ''}"
    return tally


def main() -> int:
    """Kill as often as wanted on every kind of ledger; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25, help="of each case")
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ledgers", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--lease", default="4", help="seconds for which a message is somebody's")
    parser.add_argument(CARELESS, action="store_true", help="never look: must be found out")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        server = ""
        if "postgresql" in args.ledgers:
            try:
                server = stack.enter_context(postgresql())
            except NoServerError as error:
                print(error)
        tallies = _all(args, folder, server)
    whole = sum(tallies, Tally())
    for trouble in whole.troubles[:20]:
        print(trouble)
    print(whole.line)
    return int(bool(whole.doubled or whole.lost or whole.troubles))


def _all(args: argparse.Namespace, folder: Path, server: str) -> list[Tally]:
    """Every case in a thread of its own: they mostly wait."""
    tallies: list[Tally] = []
    lock = threading.Lock()
    manner = ("--lease", args.lease, *([CARELESS] if args.careless else []))

    def one(kind: str, replicas: int) -> None:
        url = f"sqlite:///{folder / f'{replicas}.sqlite'}"
        if kind == "postgresql":
            url = new_database(server)
        tally = run(
            kind,
            url,
            kills=args.kills,
            replicas=replicas,
            seed=args.seed + replicas,
            manner=manner,
        )
        with lock:
            tallies.append(tally)
            print(f"{tally.name}: {tally.line}; {tally.doubts} looks for one in doubt", flush=True)

    kinds = [kind for kind in args.ledgers if kind == "sqlite" or server]
    lanes = [threading.Thread(target=one, args=(k, r)) for k in kinds for r in args.replicas]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    return tallies


if __name__ == "__main__":
    sys.exit(main())
