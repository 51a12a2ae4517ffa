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
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from bot.console.records import Message
from bot.console.workspace import Workspace
from tests.ledger.databases import MEMORY, NoServerError, new_database, postgresql
from tests.watch import company
from tests.watch.played import Said, expected
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


class Play:
    """What is played: days that are made up, one more with each kill."""

    burst = BURST
    patience = PATIENCE

    def options(self) -> list[str]:
        """For the replicas."""
        return []

    def prepare(self, ledger_url: str) -> None:
        """What the ledger needs before."""
        Ledger(ledger_url, SystemClock()).check()

    def days(self, kills: int) -> int:
        """How many days there are after so many kills."""
        return kills + 1

    def said(self, days: int) -> list[Said]:
        """What must be in Slack in the end."""
        return list(expected(days))

    def is_over(self, stage: Stage, days: int) -> bool:
        """Whether all was put in the outbox."""
        return stage.put() >= len(self.said(days)) + days * 4  # what replaces is put, too


class CompanyPlay(Play):
    """The watch's own jobs over the sample company, a day with every other kill."""

    burst, patience = 3.0, 3 * PATIENCE

    def __init__(self, home: Path, folder: Path, kills: int) -> None:
        self._home, self._last = home, self.days(kills)
        company.prepared(home)
        self._said = company.expected(home, folder, days=self._last)

    def options(self) -> list[str]:
        return ["--company", str(self._home), "--last", str(self._last)]

    def prepare(self, ledger_url: str) -> None:
        company.with_budgets(self._home, ledger_url)

    def days(self, kills: int) -> int:
        return kills // 2 + 1

    def said(self, days: int) -> list[Said]:
        return self._said

    def is_over(self, stage: Stage, days: int) -> bool:
        mine = company.company(self._home, stage.ledger_url, last=self._last)
        try:
            return mine.next(days) is None
        finally:
            mine.purser.ledger.close()


@dataclass
class Stage:
    """A Slack, a ledger, and the replicas between them."""

    workspace: Workspace
    ledger_url: str
    goal: Path
    manner: tuple[str, ...] = ()
    play: Play = field(default_factory=lambda: Play())
    replicas: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[str]:
        """A replica that has begun to play."""
        command = [sys.executable, "-m", "tests.watch.played", "--ledger", self.ledger_url]
        command += ["--slack", self.workspace.api_url, "--token", self.workspace.bot_token]
        command += ["--goal", str(self.goal), *self.manner, *self.play.options()]
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
    dice, days = random.Random(seed), stage.play.days(0)
    stage.goal.write_text(str(days))
    stage.play.prepare(stage.ledger_url)
    for _ in range(replicas):
        stage.start()
    for done in range(1, kills + 1):
        if CARELESS not in stage.manner:
            _bad_day(stage, dice)
        time.sleep(dice.uniform(0.02, stage.play.burst))
        stage.kill(dice.choice(stage.replicas))
        days = stage.play.days(done)
        stage.goal.write_text(str(days))
        stage.start()
    return _ended(stage, days, kills)


def played(stage: Stage, *, days: int) -> Tally:
    """Let one replica play so many days, undisturbed; what Slack holds then."""
    stage.goal.write_text(str(days))
    stage.start()
    return _ended(stage, days, 0)


def _ended(stage: Stage, days: int, kills: int) -> Tally:
    ends = time.monotonic() + stage.play.patience
    while time.monotonic() < ends:
        if stage.play.is_over(stage, days) and not stage.open_posts():
            break
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
        found.setdefault(_key(message), []).append(message)
    tally = Tally(kills=kills)
    tally.doubts = len(stage.workspace.api_calls("conversations.history"))
    tally.doubts += len(stage.workspace.api_calls("conversations.replies"))
    wanted = {said.key: said for said in stage.play.said(days)}
    heads = {key: messages[0].ts for key, messages in found.items()}
    tally.messages = len(wanted)
    for key, said in wanted.items():
        there = found.pop(key, [])
        tally.lost += not there
        tally.doubled += max(len(there) - 1, 0)
        for message in there:
            is_right = message.channel == said.channel
            is_right = is_right and message.thread_ts == heads.get(said.thread)
            if not is_right or message.text.endswith("changed") != said.is_changed:
                tally.troubles.append(f"{key} is not where or what it should be")
    tally.troubles += [f"nobody meant to say {key!r}" for key in found]
    return tally


def _key(message: Message) -> str:
    """What was made up begins with its key; the company's words do not, but carry it."""
    first = message.text.split(" ")[0]
    if "/" in first and "$" not in first:
        return first
    return str(((message.metadata or {}).get("event_payload") or {}).get("key") or first)


@contextlib.contextmanager
def staged(ledger_url: str, manner: tuple[str, ...], play: Play) -> Iterator[Stage]:
    """A Slack of its own for one run; it answers about as late as the real one."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, Workspace.serve() as workspace:
        workspace.faults.slow_answers("chat.postMessage", LATENCY)
        stage = Stage(workspace, ledger_url, Path(folder) / "goal", manner, play)
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
    manner: tuple[str, ...],
    play: Play,
) -> Tally:
    """One of the cases, from an empty ledger and an empty Slack."""
    with staged(ledger_url, manner, play) as stage:
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
    parser.add_argument("--company", action="store_true", help="the jobs over the sample company")
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
    play = CompanyPlay(folder / "company", folder, args.kills) if args.company else Play()
    manner = ("--lease", args.lease, *([CARELESS] if args.careless else []))

    def one(kind: str, replicas: int) -> Tally:
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
            play=play,
        )
        print(f"{tally.name}: {tally.line}; {tally.doubts} looks for one in doubt", flush=True)
        return tally

    kinds = [kind for kind in args.ledgers if kind == "sqlite" or server]
    with ThreadPoolExecutor(len(kinds) * len(args.replicas)) as lanes:
        cases = [lanes.submit(one, kind, count) for kind in kinds for count in args.replicas]
    return [case.result() for case in cases]


if __name__ == "__main__":
    sys.exit(main())
