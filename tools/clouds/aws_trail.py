"""CloudTrail, asked who started what: `LookupEvents`, ninety days back, two calls a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from tools.clouds.aws_errors import AbsentError, readable
from tools.clouds.aws_places import Place
from tools.clouds.aws_records import CALLS, Call, trace_of
from tools.clouds.cloud import Credential, Operation
from tools.clouds.resources import Kind
from tools.clouds.traces import Asked, Trace, Traces
from tools.core.clock import Clock
from tools.core.errors import PurserError, RefusedError

LOOKUP = Operation(
    "cloudtrail.lookup_events",
    ("cloudtrail:LookupEvents",),
    Credential.READ,
    "know who started what, just before spend rose",
)
KEPT = timedelta(days=90)
GAP = 0.5  # seconds between calls of one account and region
LONGEST = 30.0  # seconds of one account and region
PAGE, PAGES = 50, 4  # so many events, the newest, of each call
_AT_ONCE = 8


@dataclass
class Trail:
    """CloudTrail of the configured accounts. Safe to share between threads.

    Args:
        clock: the time; what is older than CloudTrail keeps is not asked for.
        sleep: waits so many seconds.
        ticks: a clock in seconds that never goes back.
    """

    clock: Clock
    sleep: Callable[[float], None] = time.sleep
    ticks: Callable[[], float] = time.monotonic
    _next: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def read(self, places: Iterable[Place], asked: Asked) -> Traces:
        """What was started in the places that are meant."""
        meant = [place for place in places if asked.is_at(place.address(Kind.INSTANCE, "-"))]
        since = max(asked.since, self.clock.now() - KEPT)
        calls = [call for call in CALLS if call.service in asked.services]
        if since >= asked.until or not calls or not meant:
            return Traces()
        window = asked._replace(since=since)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(lambda place: self._read(place, calls, window), meant))
        found = tuple(trace for traces, _ in answers for trace in traces)
        return Traces(found, tuple(dict.fromkeys(said for _, said in answers if said)))

    def troubles(self, places: Iterable[Place]) -> tuple[str, ...]:
        """Why the trail of an account cannot be read; nothing where it can."""
        firsts = list({place.account.id: place for place in places}.values())
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            said = list(pool.map(self._trouble, firsts))
        return tuple(filter(None, said))

    def _trouble(self, place: Place) -> str:
        try:
            with readable(place.text):
                self._page(place, {"MaxResults": 1})
        except (PurserError, AbsentError) as error:
            return _said(place, error)
        return ""

    def _read(self, place: Place, calls: Iterable[Call], asked: Asked) -> tuple[list[Trace], str]:
        found: list[Trace] = []
        until, said = self.ticks() + LONGEST, ""
        try:
            with readable(place.text):
                for call in calls:
                    if not self._found(place, call, asked, found, until=until):
                        said = f"{place.text}: CloudTrail has more than I read."
        except (PurserError, AbsentError) as error:
            said = _said(place, error)
        return found, said

    def _found(
        self, place: Place, call: Call, asked: Asked, found: list[Trace], *, until: float
    ) -> bool:
        """Add one call's traces, the newest first; whether these are all."""
        query: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": call.name}],
            "StartTime": asked.since,
            "EndTime": asked.until,
            "MaxResults": PAGE,
        }
        for _ in range(PAGES):
            if self.ticks() > until:
                return False
            page = self._page(place, query)
            for event in page["Events"]:
                trace = trace_of(event, call, account=place.account.id, region=place.region)
                if trace is not None and _is_within(trace.at, asked):
                    found.append(trace)
            if not page.get("NextToken"):
                return True
            query["NextToken"] = page["NextToken"]
        return False

    def _page(self, place: Place, query: dict[str, Any]) -> dict[str, Any]:
        """One call, when its turn has come."""
        key = (place.account.id, place.region)
        with self._lock:
            now = self.ticks()
            turn = max(now, self._next.get(key, now))
            self._next[key] = turn + GAP
        if turn > now:
            self.sleep(turn - now)
        return place.call(LOOKUP, **query)


def _is_within(at: datetime, asked: Asked) -> bool:
    return asked.since <= at < asked.until


def _said(place: Place, error: Exception) -> str:
    """One sentence for an account, whichever of its regions it is about."""
    if not isinstance(error, PurserError):
        return f"{place.account_text}: CloudTrail does not answer; try again later."
    if isinstance(error, RefusedError):
        return error.sentence.replace(place.text, place.account_text, 1)
    return error.sentence
