"""Which jobs there are: by name, when each runs, and the module that knows what it says."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, cast

from bot.watch.plans import Job
from tools.core.errors import InputError
from tools.watch.schedule import MONDAY, AtHour, Every, Timing
from tools.watch.settings import DigestSettings, WatchSettings

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.ledger.watch_choices import Choice

MODULES = {
    "ingest": "ingesting",
    "exceptions": "lapsing",
    "stops": "stopping",
    "alerts": "alerting",
    "anomalies": "anomalies",
    "accrual": "accruing",
    "incidents": "incidents",
    "digest": "digesting",
    "needs": "needing",
}
ALWAYS = ("exceptions",)  # never off: that would prolong what was approved until a day
NO_CHANNEL = ("ingest", "stops")  # run with none named anywhere: bills, and what was approved
AT_ITS_TIME = ("stops",)  # never played forward where something really runs
RHYTHMS = ("daily", "weekly", "monthly")
MORNING = time(9)
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,30}")  # what scopes name; Slack takes `#ml`, too
NEEDS_HOUR = time(10)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job and when it runs.

    Args:
        name: `alerts`, `digest C0ML daily`; runs are claimed by it.
        timing: when.
        choice: by whom and since when it runs then; None where nobody changed it.
        off: by whom it was switched off, and until when; None where it runs.
    """

    name: str
    timing: Timing
    choice: Choice | None = None
    off: Choice | None = None

    @property
    def is_off(self) -> bool:
        """Whether nobody wants it now."""
        return self.off is not None

    @property
    def since(self) -> datetime | None:
        """From when on this timing holds; None where it always did."""
        return None if self.choice is None else self.choice.at


def off_subject(name: str) -> str:
    """What a choice is kept under that switches a job off; its hour is kept for itself."""
    return f"off {name}"


def jobs(purser: Purser) -> tuple[Scheduled, ...]:
    """Every job that there is, as people changed it, in the order they are shown."""
    from tools.ledger.watch_choices import WatchChoices

    store = WatchChoices(purser.ledger)
    choices = {choice.subject: choice for choice in store.beginning("")}
    return scheduled(purser.config.watch, choices)


def scheduled(settings: WatchSettings, choices: Mapping[str, Choice]) -> tuple[Scheduled, ...]:
    """Every job whose module is there: the settings, and over them what people chose."""
    usual = {job.name: job for job in _usual(settings) if is_there(job.name)}
    for name in choices:
        if name not in usual and (job := _unasked(name, settings)):
            usual[name] = job
    return tuple(_chosen(job, choices) for job in usual.values())


def named(purser: Purser, name: str) -> Scheduled:
    """The job of a name; a digest also where its channel has none yet.

    Raises:
        InputError: there is none of that name.
    """
    found = {job.name: job for job in jobs(purser)}
    if name in found:
        return found[name]
    if job := _unasked(name, purser.config.watch):
        return job
    if words := _digest_words(name):
        raise InputError(f"“{words[1]}” is no channel id such as C0123456789.")
    known = ", ".join(found) or "none"
    raise InputError(f"There is no job “{name}”; there are: {known}.")


def module_of(name: str) -> Job:
    """What knows the job, imported now."""
    return cast("Job", importlib.import_module(_module_name(name)))


def is_there(name: str) -> bool:
    """Whether this Purser knows how to do the job."""
    kind = name.partition(" ")[0]
    return kind in MODULES and importlib.util.find_spec(_module_name(name)) is not None


def is_digest(name: str) -> bool:
    """Whether it is the name of a channel's digest."""
    words = _digest_words(name)
    return bool(words) and _CHANNEL.fullmatch(words[1]) is not None


def _digest_words(name: str) -> list[str]:
    words = name.split()
    is_one = len(words) == 3 and words[0] == "digest" and words[2] in RHYTHMS
    return words if is_one else []


def _module_name(name: str) -> str:
    return f"bot.watch.{MODULES[name.partition(' ')[0]]}"


def _usual(settings: WatchSettings) -> Iterator[Scheduled]:
    """As `purser.toml` has it."""
    if settings.ingest:
        yield Scheduled("ingest", Every(settings.ingest))
    yield Scheduled("stops", Every(1))
    yield Scheduled("exceptions", Every(10))  # before `alerts`, which goes by what it leaves
    yield Scheduled("alerts", Every(10))
    yield Scheduled("anomalies", Every(30))
    yield Scheduled("accrual", Every(1))
    yield Scheduled("incidents", Every(1))
    yield from _digests(settings.digests, settings)
    if settings.needs:
        yield Scheduled("needs", AtHour(NEEDS_HOUR, settings.zone, MONDAY))


def _unasked(name: str, settings: WatchSettings) -> Scheduled | None:
    """A job that `purser.toml` does not ask for, as it usually runs; None where there is none."""
    if not is_there(name):
        return None
    if is_digest(name):
        return _digest(name.split()[1], name.split()[2], settings, at=MORNING)
    wanted = replace(settings, ingest=settings.ingest or 60, needs=True)
    return next((job for job in _usual(wanted) if job.name == name), None)


def _digests(digests: Iterable[DigestSettings], settings: WatchSettings) -> Iterator[Scheduled]:
    for digest in digests:
        hour = digest.daily or digest.weekly or MORNING
        if digest.daily:
            yield _digest(digest.channel, "daily", settings, at=digest.daily)
        if digest.weekly:
            yield _digest(digest.channel, "weekly", settings, at=digest.weekly)
        if digest.monthly:
            yield _digest(digest.channel, "monthly", settings, at=hour)


def _digest(channel: str, rhythm: str, settings: WatchSettings, *, at: time) -> Scheduled:
    """A month's digest is looked for every day: it comes when the month's bills are closed."""
    weekday = MONDAY if rhythm == "weekly" else None
    return Scheduled(f"digest {channel} {rhythm}", AtHour(at, settings.zone, weekday))


def _chosen(job: Scheduled, choices: Mapping[str, Choice]) -> Scheduled:
    """The job as somebody changed it: `{"at": "10:30"}`, `{"every": 30}`."""
    choice, off = choices.get(job.name), choices.get(off_subject(job.name))
    off = None if job.name in ALWAYS else off
    timing = job.timing if choice is None else _timing(job.timing, choice.value)
    return replace(job, timing=timing, choice=choice, off=off)


def _timing(usual: Timing, value: Mapping[str, Any]) -> Timing:
    if isinstance(usual, AtHour) and value.get("at"):
        return replace(usual, at=time.fromisoformat(str(value["at"])))
    if isinstance(usual, Every) and value.get("every"):
        return Every(int(value["every"]))
    return usual
