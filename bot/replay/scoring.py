"""What came of a replay, held against what was planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from bot.replay.expected import (
    Fact,
    Tally,
    Told,
    Warned,
    Warnings,
    amount_on,
    expected_alerts,
    judged,
    tallied,
)
from bot.replay.playing import Play
from tools.core.conditions import conditions_text, lies_within
from tools.core.periods import DAY, Period
from tools.core.query import Filter, Op
from tools.ledger.anomalies import Anomalies, Known
from tools.samples.ordinary import PLANS
from tools.samples.planted import Planted
from tools.watch.alerts import Kind
from tools.watch.outgoing import Sort

_LAGS = {plan.name: plan.lag for plan in PLANS}
_MONTH = 365 / 12
_ALERT = 6  # parts of the key of an alert that is about one budget


@dataclass(frozen=True, slots=True)
class Found:
    """A message on unusual spend.

    Args:
        day: it was said on.
        channel: where.
        known: what it said.
        fits: what was planted that it may be.
        event: of that, the one thing that had to be told and is told by it; None for nothing.
        is_again: the channel was told of it before.
    """

    day: date
    channel: str
    known: Known
    fits: tuple[Planted, ...] = ()
    event: Planted | None = None
    is_again: bool = False

    @property
    def is_true(self) -> bool:
        """Whether it tells, for the first time, something that had to be told."""
        return self.event is not None and not self.is_again

    @property
    def text(self) -> str:
        """For the list of what was wrong."""
        known = self.known
        about = conditions_text(known.scope)
        quiet = ", ".join(p.plant for p in self.fits) or "nothing planted"
        why = f"told again: {quiet}" if self.is_again else quiet
        money = f"{known.actual - known.expected:,.0f} over {known.expected:,.0f}"
        return f"{self.day} {self.channel}: {about} since {known.first_day}, {money} ({why})"


@dataclass(slots=True)
class Score:
    """Looks on while a year is played.

    Args:
        play: the year.
        found: what was said of unusual spend.
        told: budget thresholds that were told.
        warned: overruns that were foretold.
    """

    play: Play
    found: list[Found] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)
    _seen: int = 0

    def look(self, day: date) -> None:
        """Note what was said this morning."""
        new = [
            post for _, post in self.play.said[self._seen :] if not (post.thread or post.replaces)
        ]
        self._seen = len(self.play.said)
        store = Anomalies(self.play.purser.ledger)
        for post in new:
            if post.sort is Sort.ANOMALY and (known := store.of_message(post.key)):
                found = found_of(self.play.year.planted, known, channel=post.channel, day=day)
                self.found.append(again(found, self.found))
        for row in _alerts(self.play, {post.key for post in new}):
            n = self.play.budgets[row.budget]
            if row.kind is Kind.SPENT:
                self.told.append(Told(Fact(n, row.start, row.threshold), day))
            elif row.kind in (Kind.FORECAST, Kind.PACE):
                amount = amount_on(self.play.year.budgets[n], day)
                self.warned.append(Warned(n, row.start, row.kind, amount, day))

    def anomalies(self) -> dict[str, float | int | None]:
        """The figures on unusual spend; of false ones, those of the channel that had the most."""
        due, true = self.due(), [f for f in self.found if f.is_true]
        delays = {n: min(days) for n, p in enumerate(due) if (days := self._delays(p))}
        false = Counter(f.channel for f in self.found if not f.is_true)
        return {
            "precision": _share(len(true), len(self.found)),
            "recall": _share(len(delays), len(due)),
            "delay_days": max(delays.values(), default=None),
            "false_per_channel_month": most_a_month(false, self.play.days),
        }

    def alerts(self) -> Tally:
        """How the budget alerts agree with the truth."""
        thresholds = self.play.purser.config.watch.thresholds
        expected, old = expected_alerts(self.play.year, self.play.days, thresholds)
        return tallied(expected, old, self.told, end=self.play.days.end)

    def warnings(self) -> Warnings:
        """How many of the overruns that were foretold came true."""
        return judged(self.warned, self.play.year)

    def due(self) -> list[Planted]:
        """What has to be found: it began, and could be seen for a day, while it was played.

        Not what began under an announcement of all that its team spends: nobody wants to hear of
        that. It counts as right where it is told all the same.
        """
        days, planted = self.play.days, self.play.year.planted
        return [
            p
            for p in planted
            if p.is_alarming and p.days.start >= days.start and known_on(p) + DAY < days.end
            if not any(is_announced(p, by=plan) for plan in planted)
        ]

    def missed(self) -> list[Planted]:
        """What was not found."""
        return [p for p in self.due() if not self._delays(p)]

    def late(self) -> list[tuple[Planted, int]]:
        """What was found later than a day after its data."""
        found = [(p, min(self._delays(p), default=0)) for p in self.due()]
        return [(p, days) for p, days in found if days > 1]

    def _delays(self, planted: Planted) -> list[int]:
        return [(f.day - known_on(planted)).days for f in self.found if f.event is planted]


def most_a_month(false: Mapping[str, int], days: Period) -> float:
    """So many a month in the channel with the most."""
    return round(max(false.values(), default=0) / (days.days / _MONTH), 3)


def is_announced(planted: Planted, *, by: Planted) -> bool:
    """Whether it began on days, and among charges, that somebody had announced as planned."""
    if not by.is_planned or planted.days.start not in by.days:
        return False
    place = tuple(Filter(name, Op.IS, (value,)) for name, value in planted.where.items() if value)
    return lies_within(place, by.scope)


def known_on(planted: Planted) -> date:
    """The morning on which its first day is whole in its own bill."""
    return planted.days.start + (1 + _LAGS[planted.source]) * DAY


def figures(score: Score, forecast: Mapping[str, Any]) -> dict[str, Any]:
    """The object that `purser replay --json` prints."""
    tally, warnings = score.alerts(), score.warnings()
    alerts = {
        "expected": tally.expected,
        "sent": tally.sent,
        "doubled": tally.doubled + warnings.doubled,
        "missed": tally.missed,
        "forecast": {"sent": warnings.sent, "right": warnings.right},
    }
    return {"anomalies": score.anomalies(), "alerts": alerts, "forecast": dict(forecast)}


def troubles(score: Score) -> list[str]:
    """One line for each thing that went wrong, for people."""
    tally = score.alerts()
    lines = [f"false: {found.text}" for found in score.found if not found.is_true]
    lines += [f"missed: {_planted_text(p)}" for p in score.missed()]
    lines += [f"late, {days} days: {_planted_text(p)}" for p, days in score.late()]
    lines += [f"never crossed: {_told_text(score, told)}" for told in tally.wrong]
    lines += [f"told late: {_told_text(score, told)}" for told in tally.late]
    lines += [f"not overrun: {_warned_text(score, one)}" for one in score.warnings().wrong]
    return lines


def found_of(planted: Iterable[Planted], known: Known, *, channel: str, day: date) -> Found:
    """What a message tells: of the things that began no later than it says, the nearest."""
    key = {
        f.dimension: f.values[0] if f.op is Op.IS else None
        for f in known.scope
        if f.op in (Op.IS, Op.MISSING)
    }
    days = Period(known.first_day, known.last_day + DAY)
    fits = tuple(p for p in planted if p.fits(key, days))
    begun = [p for p in fits if p.is_alarming and p.days.start <= known.first_day + DAY]
    event = min(begun, key=lambda p: abs(known.first_day - p.days.start), default=None)
    return Found(day, channel, known, fits, event)


def again(found: Found, before: Iterable[Found]) -> Found:
    """The same, marked where its channel heard of the event before."""
    is_again = found.event is not None and any(
        one.event is found.event and one.channel == found.channel for one in before
    )
    return replace(found, is_again=is_again)


class _Alert(NamedTuple):
    budget: str
    start: date
    kind: Kind
    threshold: int


def _alerts(play: Play, keys: set[str]) -> Iterator[_Alert]:
    """What the alerts of these messages told; of one that no record knows, what its key names."""
    from tools.ledger.alerts import Alerts

    mine = {key for key in keys if key.startswith("alert/") and key.count("/") == _ALERT - 1}
    if not mine:
        return
    known: set[str] = set()
    for (budget, start), fired in Alerts(play.purser.ledger).since(date.min).items():
        for one in fired:
            if one.message in mine:
                known.add(one.message)
                yield _Alert(budget, start, one.kind, one.threshold)
    for key in sorted(mine - known):
        _, budget, start_text, kind, threshold, _ = key.split("/")
        yield _Alert(budget, date.fromisoformat(start_text), Kind(kind), int(threshold))


def _planted_text(planted: Planted) -> str:
    where = ", ".join(f"{k}={v}" for k, v in planted.where.items() if k in _SHOWN)
    return f"{planted.plant} of {planted.days.start}, {planted.a_day:,.0f} a day, {where}"


_SHOWN: Sequence[str] = ("team", "service", "account", "workload")


def _told_text(score: Score, told: Told) -> str:
    budget = score.play.year.budgets[told.fact.budget]
    return f"{told.fact.threshold} % of {conditions_text(budget.scope)} since {told.fact.start}"


def _warned_text(score: Score, warned: Warned) -> str:
    budget = score.play.year.budgets[warned.budget]
    about = f"{conditions_text(budget.scope)} since {warned.start}"
    return f"{about}, {warned.kind} on {warned.day}, budget {warned.amount:,.0f}"


def _share(some: int, every: int) -> float | None:
    return round(some / every, 3) if every else None
