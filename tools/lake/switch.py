"""Makes new generations live, and clears away what no one can be reading.

A run of an ingest holds a lock of its own for as long as it lives, and its id begins the name of
every file it writes: so a later run can tell the leavings of a dead one from work in progress.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tools.core.clock import Clock
from tools.core.errors import ShrinkRefusedError
from tools.core.money import money_text
from tools.lake import manifest
from tools.lake.cell_files import FOLDER as CELLS
from tools.lake.generations import TABLES, sync
from tools.lake.manifest import Generation, Manifest

READERS_KEEP = timedelta(minutes=10)
CELLS_KEEP = timedelta(days=2)  # unused; a budget of them is looked at every ten minutes
_RUNS = "staging"
_KEPT_SHARE = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Run:
    """One ingest at work: its id, the lake, and a folder for what it need not keep."""

    id: str
    root: Path
    folder: Path


@contextmanager
def run(root: Path, clock: Clock) -> Iterator[Run]:
    """A run that later ones can see to be alive; its folder goes with it."""
    from filelock import FileLock

    id_ = f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    folder = root / _RUNS / id_
    with manifest.locked(root):  # against a cleaner that finds the folder before its lock is held
        for table in TABLES:
            (root / table).mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True)
        alive = FileLock(folder.with_suffix(".lock"))
        alive.acquire()
    try:
        yield Run(id_, root, folder)
    except BaseException:  # whatever ended it, an interrupt too
        _discard(root, id_)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        alive.release()
        folder.with_suffix(".lock").unlink(missing_ok=True)


def _discard(root: Path, run_id: str) -> None:
    """Delete what a run wrote and did not make live: on a full disk no later one could clean."""
    live = {g.id for g in manifest.load(root).generations}
    for table in TABLES:
        for file in (root / table).glob(f"{run_id}-*.parquet"):
            if file.stem not in live:
                file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Switched:
    """What a switch did: the manifest before it, what went live, what went, what was refused."""

    before: Manifest
    taken: list[Generation]
    dropped: list[Generation]
    refused: list[str]


def switch(
    root: Path,
    new: list[Generation],
    *,
    refreshed: list[Generation],
    emptied: list[tuple[str, str, date]],
    clock: Clock,
    accept_shrink: bool,
) -> Switched:
    """Make `new` live, and what its export now calls empty not, in one step.

    What would shrink too far stays as it is, unless `accept_shrink`. `refreshed` are live ones
    with a newer date, taken where they are live still.
    """
    for table in TABLES:
        sync(root / table)
    with manifest.locked(root):
        before = manifest.load(root)
        gone = [live for unit in emptied if (live := before.live(unit))]
        refusals = {
            g.id: _refusal(before.live(g.unit), rows=g.rows, billed=g.billed, effective=g.effective)
            for g in new
        }
        refusals |= {g.id: _refusal(g, rows=0, billed={}, effective={}) for g in gone}
        if accept_shrink:
            refusals = {}
        taken = [g for g in new if not refusals.get(g.id)]
        dropped = [g for g in gone if not refusals.get(g.id)]
        dated = [g for g in refreshed if (live := before.live(g.unit)) and live.id == g.id]
        if taken or dropped or dated:
            replaced = [live for g in taken if (live := before.live(g.unit))]
            _touch(root, [*replaced, *dropped, *taken], clock)
            manifest.save(root, before.with_([*dated, *taken], drop=[g.id for g in dropped]))
    return Switched(before, taken, dropped, [r for r in refusals.values() if r])


def _refusal(
    live: Generation | None,
    *,
    rows: int,
    billed: Mapping[str, Decimal],
    effective: Mapping[str, Decimal],
) -> str | None:
    try:
        check_shrink(live, rows=rows, billed=billed, effective=effective)
    except ShrinkRefusedError as error:
        return error.sentence
    return None


def check_shrink(
    live: Generation | None,
    *,
    rows: int,
    billed: Mapping[str, Decimal],
    effective: Mapping[str, Decimal],
) -> None:
    """Refuse what would lose more than a fifth of the live generation it replaces.

    Fewer rows of more cost are no loss: providers write the same days more coarsely while they
    add to them, and a file that was cut off costs less than the whole one.

    Raises:
        ShrinkRefusedError: billed or effective cost in some currency would shrink so; or rows
            would, and the cost does not grow.
    """
    if live is None:
        return
    grows = _grows([*_pairs(live.billed, billed), *_pairs(live.effective, effective)])
    is_less = _shrinks(live.rows, rows) and not grows
    losses = [f"{live.rows:,} rows to {rows:,}"] if is_less else []
    losses += _cost_losses("billed", live.billed, billed)
    losses += _cost_losses("effective", live.effective, effective)
    if losses:
        raise ShrinkRefusedError(
            f"{live.report} {live.billing_period:%Y-%m} of {live.source} would shrink by more than "
            f"a fifth: {', '.join(losses)}. What stood before still stands; if the smaller bill is "
            "right, ingest it with --accept-shrink."
        )


def clean(root: Path, clock: Clock) -> None:
    """Delete files that the manifest does not name, once no reader and no run can need them."""
    with manifest.locked(root):
        live = {g.id for g in manifest.load(root).generations}
        alive = _living_runs(root)
        oldest_kept = (clock.now() - READERS_KEEP).timestamp()
        for table in TABLES:
            for file in (root / table).glob("*.parquet"):
                is_working = any(file.name.startswith(run_id) for run_id in alive)
                if file.stem in live or is_working or file.stat().st_mtime > oldest_kept:
                    continue
                file.unlink(missing_ok=True)
        unused = (clock.now() - CELLS_KEEP).timestamp()
        for file in (root / CELLS).glob("*/*"):  # each use of one sets its time
            if file.stat().st_mtime < unused:
                file.unlink(missing_ok=True)


def _living_runs(root: Path) -> set[str]:
    """Ids of the runs at work; what dead ones left in their folders goes."""
    from filelock import FileLock, Timeout

    alive = set()
    for lock in (root / _RUNS).glob("*.lock"):
        folder = lock.with_suffix("")
        try:
            with FileLock(lock, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink(missing_ok=True)
        except Timeout:
            alive.add(folder.name)
    return alive


def _touch(root: Path, generations: list[Generation], clock: Clock) -> None:
    """Set file times to now: how long ago a generation was replaced is read from them."""
    now = clock.now().timestamp()
    for generation in generations:
        for table in TABLES:
            file = root / table / f"{generation.id}.parquet"
            if file.exists():
                os.utime(file, (now, now))


def _shrinks(before: Decimal | int, after: Decimal | int) -> bool:
    return abs(Decimal(after)) < abs(Decimal(before)) * _KEPT_SHARE


def _grows(costs: Iterable[tuple[Decimal, Decimal]]) -> bool:
    """True where some cost is larger than before and none is smaller."""
    sizes = [(abs(before), abs(after)) for before, after in costs]
    return all(a >= b for b, a in sizes) and any(a > b for b, a in sizes)


def _pairs(
    before: Mapping[str, Decimal], after: Mapping[str, Decimal]
) -> list[tuple[Decimal, Decimal]]:
    return [(cost, after.get(currency, Decimal(0))) for currency, cost in before.items()]


def _cost_losses(
    what: str, before: Mapping[str, Decimal], after: Mapping[str, Decimal]
) -> list[str]:
    return [
        f"{what} {money_text(cost, currency or None)} to "
        f"{money_text(after.get(currency, Decimal(0)), currency or None)}"
        for currency, cost in before.items()
        # Costs without a currency may have been given one by the source's fill since.
        if (currency or currency in after) and _shrinks(cost, after.get(currency, Decimal(0)))
    ]
