"""Fetches what a source's origin holds into its landing folder, whatever the origin is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tools.core.clock import Clock
from tools.core.settings import Bucket, Source
from tools.lake.report import Progress
from tools.landing.folder import Landed, opened


@contextmanager
def landed(source: Source, *, clock: Clock, progress: Progress) -> Iterator[Landed]:
    """The landing folder of `source`, up to date, and held until what is in it has been loaded.

    Another ingest would move the files of a later moment in between those being read.

    Args:
        source: with an origin; without one there is nothing to do.
        clock: the time.
        progress: is told how far it is.

    Raises:
        InputError: the origin refuses, and what to change.
        UnavailableError: it does not answer, or the folder cannot be written.
    """
    if source.origin is None:
        yield Landed()
        return
    with opened(source.path, what=source.name) as folder:
        if isinstance(source.origin, Bucket):
            from tools.landing.s3 import land_objects

            yield land_objects(folder, source.origin, progress=progress)
        else:
            from tools.landing.vendors import land_reports

            yield land_reports(folder, source.origin, clock=clock, progress=progress)


def check(source: Source, *, clock: Clock) -> str:
    """Ask the origin whether it answers; one line that says who does.

    Raises:
        PurserError: it does not, and what to do.
    """
    if source.origin is None:
        return ""
    if isinstance(source.origin, Bucket):
        from tools.landing.bucket import Connection

        Connection(source.origin, is_patient=False).check()
        return f"{source.origin.address} answers"
    from tools.landing.vendors import check_reports

    return check_reports(source.origin, clock=clock)
