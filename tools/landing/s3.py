"""Lands the bills of a bucket: only what counts, only what changed, and all of one moment."""

from __future__ import annotations

import shutil

from tools.core.errors import InputError, UnavailableError
from tools.core.settings import Bucket
from tools.lake.report import Progress, counted
from tools.landing.bucket import ChangedError, Connection
from tools.landing.folder import Folder, Landed
from tools.landing.objects import Plan, Thing, place_of, planned, without_odd

_TRIES = 3
_SEEN = "objects"


def land_objects(folder: Folder, place: Bucket, *, progress: Progress) -> Landed:
    """Bring the folder to what the bucket holds.

    Args:
        folder: the landing folder.
        place: the bucket.
        progress: is told how far it is.

    Raises:
        InputError: the bucket cannot be read, or holds no bill.
        UnavailableError: it does not answer, or does not stand still.
    """
    connection = Connection(place)
    for _ in range(_TRIES):
        try:
            return _once(folder, connection, progress)
        except ChangedError:  # written to between the listing and the reading: look again
            folder.clear()
    raise UnavailableError(
        f"{place.address} is being written to; try again later. What stood before still stands."
    )


def _once(folder: Folder, connection: Connection, progress: Progress) -> Landed:
    listed, now = connection.listing()
    things = without_odd(listed)
    fetch = _Fetch(folder, connection, progress)
    fetch.all([thing for thing in things if thing.is_manifest])
    for thing in things:
        if thing.is_manifest and not (folder.incoming / thing.path).exists():
            _copy(folder, thing.path)
    plan = planned(things, folder.incoming, now=now)
    if not plan.wanted and not plan.kept:
        raise InputError(
            f"There is no bill under {connection.place.address}: no CSV or Parquet file, plain, "
            ".gz, .zst or .zip. Check the prefix; what stood before still stands."
        )
    fetch.all([thing for thing in plan.wanted if not thing.is_manifest])
    if fetch.fetched:
        _check_still(plan, connection)
    gone = _settle(folder, plan, listed={thing.path for thing in listed})
    odd = len(listed) - len(things)
    return Landed(
        notes=(*plan.notes, *_gone(gone, connection.place)),
        left_out=(*plan.left_out, *_odd(odd, connection.place)),
        failed=plan.failed,
        has_bills=bool(folder.files()),
    )


class _Fetch:
    """Fetches what changed into the hidden folder."""

    def __init__(self, folder: Folder, connection: Connection, progress: Progress) -> None:
        self.fetched: list[Thing] = []
        self._folder = folder
        self._connection = connection
        self._progress = progress
        self._seen = folder.remembered(_SEEN) or {}

    def all(self, things: list[Thing]) -> None:
        """Fetch those that are not landed as they are now."""
        changed = [thing for thing in things if not self._has(thing)]
        self._progress.start(sum(thing.size for thing in changed))
        for thing in changed:
            self._progress.note(thing.path)
            target = self._folder.incoming / thing.path
            self._connection.fetch(thing, target, self._progress.advance)
            self.fetched.append(thing)

    def _has(self, thing: Thing) -> bool:
        is_seen = self._seen.get(thing.path) == thing.seen
        return is_seen and self._folder.size(thing.path) == thing.size


def _copy(folder: Folder, path: str) -> None:
    """A landed manifest, beside those that came new: the plan reads them all in one place."""
    target = folder.incoming / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(folder.root / path, target)


def _check_still(plan: Plan, connection: Connection) -> None:
    """What was fetched is of one moment only if the bucket lists the same after it as before."""
    after = {thing.key: thing.seen for thing in connection.listing()[0]}
    if any(after.get(thing.key) != thing.seen for thing in plan.wanted):
        raise ChangedError


def _settle(folder: Folder, plan: Plan, *, listed: set[str]) -> int:
    """Move in what came, delete what does not count any more; how many objects are gone."""
    wanted = {thing.path: thing for thing in plan.wanted}
    seen = folder.remembered(_SEEN) or {}
    here = [path for path in folder.files() if place_of(path, folder.root) not in plan.kept]
    stale = [path for path in here if path not in wanted]
    came = [path for path in wanted if (folder.incoming / path).exists()]
    folder.remember(_SEEN, {p: s for p, s in seen.items() if p not in {*stale, *came}})
    folder.settle(take=came, drop=stale)
    kept = {path: s for path, s in seen.items() if path not in stale}
    folder.remember(_SEEN, kept | {path: thing.seen for path, thing in wanted.items()})
    return sum(path not in listed for path in stale)


def _gone(count: int, place: Bucket) -> list[str]:
    if not count:
        return []
    objects = counted(count, "object is", "objects are")
    return [f"{objects} gone from {place.address}; what was loaded before still stands."]


def _odd(count: int, place: Bucket) -> list[str]:
    if not count:
        return []
    return [f"{counted(count, 'object')} of {place.address} cannot be a file's name here."]
