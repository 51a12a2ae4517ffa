"""Lands a model vendor's own reports: one FOCUS file a billing month.

The open month and what closed in the last days are read at every fetch, as vendors still add to
them; older months are kept as they were read once they had settled.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import ModuleType

from tools.core.clock import Clock, today
from tools.core.errors import PurserError
from tools.core.money import money_text
from tools.core.periods import DAY, Period, Unit, shift
from tools.core.settings import Interface
from tools.lake.report import Progress
from tools.landing import anthropic_reports, openai_reports
from tools.landing.focus_file import Issuer, Names, write
from tools.landing.folder import Folder, Landed
from tools.landing.interface import Caller, Sleep, called
from tools.landing.matching import Unmatched, matched, rounded

SETTLED = timedelta(days=7)  # after a month's end nothing is added to it any more
_MONTHS = 12
_FETCHED = "fetched"  # month → the day it was last read, and how many lines it had
_ORIGIN = "origin"
_NAMES = "names"


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor: who it is, how it is called, and where its reports are read."""

    issuer: Issuer
    headers: Callable[[str], Mapping[str, str]]
    reports: ModuleType


VENDORS = {
    "openai": Vendor(
        Issuer("OpenAI", "OpenAI, LLC", "OpenAI API", "Project"),
        lambda key: {"Authorization": f"Bearer {key}"},
        openai_reports,
    ),
    "anthropic": Vendor(
        Issuer("Anthropic", "Anthropic, PBC", "Claude API", "Workspace", "Default"),
        lambda key: {"x-api-key": key, "anthropic-version": "2023-06-01"},
        anthropic_reports,
    ),
}


def land_reports(
    folder: Folder,
    place: Interface,
    *,
    clock: Clock,
    progress: Progress,
    sleep: Sleep = time.sleep,
) -> Landed:
    """Bring the folder to what the vendor reports.

    Args:
        folder: the landing folder.
        place: the interface.
        clock: the time.
        progress: is told how far it is.
        sleep: waits, where the vendor asks for it.

    Raises:
        InputError: the vendor refuses, or answers in another shape than published.
        UnavailableError: it does not answer.
    """
    vendor = VENDORS[place.vendor]
    headers = vendor.headers(place.key or "")
    with called(vendor.issuer.name, place, headers=headers, clock=clock, sleep=sleep) as caller:
        return _Reading(folder, caller, vendor, progress).all_months(today(clock))


def check_reports(place: Interface, *, clock: Clock) -> str:
    """Ask for yesterday's costs, to see that the key may read them.

    Raises:
        PurserError: it may not, or nobody answers.
    """
    vendor, day = VENDORS[place.vendor], today(clock)
    headers = vendor.headers(place.key or "")
    with called(
        vendor.issuer.name, place, headers=headers, clock=clock, sleep=time.sleep
    ) as caller:
        caller.http.timeout = 5
        once = Caller(caller.vendor, place, caller.http, clock, tries=1)
        vendor.reports.costs(once, Period(day - DAY, day))
    return f"{vendor.issuer.name}'s reports answer"


class _Reading:
    """One fetch of one vendor's reports."""

    def __init__(self, folder: Folder, caller: Caller, vendor: Vendor, progress: Progress) -> None:
        self._folder = folder
        self._caller = caller
        self._vendor = vendor
        self._progress = progress
        self._unmatched = Unmatched()
        self._notes: list[str] = []
        self._failed: list[str] = []
        self._fetched = self._remembered()
        names = folder.remembered(_NAMES) or {}
        self._names = Names(names.get("accounts", {}), names.get("keys", {}))

    def all_months(self, day: date) -> Landed:
        """Read every month that may have changed."""
        months = [m for m in _months(self._caller.place, day) if self._is_open(m, day)]
        if months:
            self._read_account_names()
        for month in months:
            self._progress.note(f"{self._vendor.issuer.name} {month.start:%Y-%m}")
            self._month(month, day)
        if self._unmatched.costs or self._unmatched.tokens:
            self._notes.append(_unmatched_text(self._vendor.issuer.name, self._unmatched))
        notes = tuple(dict.fromkeys(self._notes))
        return Landed(notes, (), tuple(self._failed), has_bills=bool(self._folder.files()))

    def _remembered(self) -> dict[str, list[object]]:
        """What was read before, if it was read from the same place."""
        place = [self._caller.place.vendor, self._caller.place.base_url]
        if self._folder.remembered(_ORIGIN) != place:
            self._folder.remember(_FETCHED, None)
            self._folder.remember(_NAMES, None)
            self._folder.remember(_ORIGIN, place)
        return dict(self._folder.remembered(_FETCHED) or {})

    def _is_open(self, month: Period, day: date) -> bool:
        read, lines = self._fetched.get(f"{month.start:%Y-%m}", (None, 0))
        is_there = not lines or self._folder.size(_file(month)) is not None
        return not (read and is_there and date.fromisoformat(str(read)) >= month.end + SETTLED)

    def _month(self, month: Period, day: date) -> None:
        days = Period(month.start, min(month.end, day + DAY))
        reports = self._vendor.reports
        costs = reports.costs(self._caller, days)
        with_keys = any(cost.api_key for cost in costs)
        uses = reports.uses(self._caller, days, with_keys=with_keys)
        currency = costs[0].currency if costs else "USD"
        lines = rounded(matched(costs, uses, currency=currency))
        path = _file(month)
        if not lines and self._folder.size(path) is not None:
            self._failed.append(
                f"{self._vendor.issuer.name} reports nothing for {month.start:%Y-%m} any more. "
                "What stood before still stands."
            )
            return
        for line in lines:
            self._unmatched.add(line)
        if lines:
            self._read_key_names({(line.about.account, line.api_key) for line in lines})
            target = self._folder.incoming / path
            write(target, lines, issuer=self._vendor.issuer, names=self._names, month=month)
            now = self._caller.clock.now().timestamp()
            os.utime(target, (now, now))
            self._folder.take(path)
        self._fetched[f"{month.start:%Y-%m}"] = [str(day), len(lines)]
        self._folder.remember(_FETCHED, self._fetched)

    def _read_account_names(self) -> None:
        self._try_names(lambda: self._names.accounts.update(self._reports_accounts()))

    def _reports_accounts(self) -> dict[str, str]:
        names: dict[str, str] = self._vendor.reports.account_names(self._caller)
        return names

    def _read_key_names(self, used: Iterable[tuple[str | None, str | None]]) -> None:
        """Ask for keys only where there are some that nobody has named yet."""
        new = {a for a, key in used if a and key and key not in self._names.keys}
        if any(key and key not in self._names.keys for _, key in used):
            self._try_names(
                lambda: self._names.keys.update(
                    self._vendor.reports.key_names(self._caller, sorted(new))
                )
            )

    def _try_names(self, read: Callable[[], None]) -> None:
        """Names are a comfort: without them ids are shown."""
        try:
            read()
        except PurserError:
            self._notes.append(
                f"{self._vendor.issuer.name}'s names of projects and keys could not all be read; "
                "ids are shown for the others."
            )
        else:
            self._folder.remember(
                _NAMES, {"accounts": self._names.accounts, "keys": self._names.keys}
            )


def _months(place: Interface, day: date) -> list[Period]:
    this = day.replace(day=1)
    first = (place.since or shift(this, Unit.MONTH, 1 - _MONTHS)).replace(day=1)
    months = []
    while first <= this:
        months.append(Period(first, shift(first, Unit.MONTH, 1)))
        first = shift(first, Unit.MONTH, 1)
    return months


def _file(month: Period) -> str:
    return f"costs-{month.start:%Y-%m}.csv"


def _unmatched_text(vendor: str, unmatched: Unmatched) -> str:
    parts = []
    if unmatched.costs:
        amounts = " and ".join(money_text(a, c) for c, a in sorted(unmatched.costs.items()))
        parts.append(f"{amounts} of costs name no quantity")
    if unmatched.tokens:
        parts.append(f"{unmatched.tokens:,.0f} tokens were not charged for so far")
    return f"{vendor}: {' and '.join(parts)}; they are kept as lines of their own."
