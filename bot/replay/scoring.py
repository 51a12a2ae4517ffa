"""What came of a replay, held against what was planted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.replay.expected import Fact, Tally, Told, expected_alerts, tallied
from bot.replay.playing import Play
from tools.core.conditions import conditions_text
from tools.core.periods import DAY, Period
from tools.core.query import Op
from tools.ledger.anomalies import Anomalies, Known
from tools.samples.ordinary import PLANS
from tools.samples.planted import Planted
from tools.watch.alerts import Kind
from tools.watch.outgoing import Sort

_LAGS = {plan.name: plan.lag for plan in PLANS}
_MONTH = 365 / 12


@dataclass(frozen=True, slots=True)
class Found:
    """A message on unusual spend.

    Args:
        day: it was said on.
        channel: where.
        known: what it said.
        fits: what was planted that it may be.
    """

    day: date
    channel: str
    known: Known
    fits: tuple[Planted, ...]

    @property
    def is_true(self) -> bool:
        """Whether something that has to alarm was there."""
        return any(planted.is_alarming for planted in self.fits)

    @property
    def text(self) -> str:
        """For the list of what was wrong."""
        known = self.known
        about = conditions_text(known.scope)
        quiet = ", ".join(p.plant for p in self.fits) or "nothing planted"
        money = f"{known.actual - known.expected:,.0f} over {known.expected:,.0f}"
        return f"{self.day} {self.channel}: {about} since {known.first_day}, {money} ({quiet})"


@dataclass(slots=True)
class Score:
    """Looks on while a year is played.

    Args:
        play: the year.
        found: what was said of unusual spend.
        told: budget thresholds that were told.
    """

    play: Play
    found: list[Found] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
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
                self.found.append(_found(self.play, day, post.channel, known))
        self.told += _told(self.play, {post.key for post in new}, day)

    def anomalies(self) -> dict[str, float | int | None]:
        """The figures on unusual spend."""
        due, true = self.due(), [f for f in self.found if f.is_true]
        delays = {n: min(days) for n, p in enumerate(due) if (days := self._delays(p))}
        channels = len({d.channel for d in self.play.purser.config.watch.digests})
        months = self.play.days.days / _MONTH
        return {
            "precision": _share(len(true), len(self.found)),
            "recall": _share(len(delays), len(due)),
            "delay_days": max(delays.values(), default=None),
            "false_per_channel_month": round((len(self.found) - len(true)) / channels / months, 3),
        }

    def alerts(self) -> Tally:
        """How the budget alerts agree with the truth."""
        thresholds = self.play.purser.config.watch.thresholds
        expected, old = expected_alerts(self.play.year, self.play.days, thresholds)
        return tallied(expected, old, self.told, end=self.play.days.end)

    def due(self) -> list[Planted]:
        """What has to be found: it began, and could be seen for a day, while it was played."""
        days = self.play.days
        return [
            p
            for p in self.play.year.planted
            if p.is_alarming and p.days.start >= days.start and known_on(p) + DAY < days.end
        ]

    def missed(self) -> list[Planted]:
        """What was not found."""
        return [p for p in self.due() if not self._delays(p)]

    def late(self) -> list[tuple[Planted, int]]:
        """What was found later than a day after its data."""
        found = [(p, min(self._delays(p), default=0)) for p in self.due()]
        return [(p, days) for p, days in found if days > 1]

    def _delays(self, planted: Planted) -> list[int]:
        return [(f.day - known_on(planted)).days for f in self.found if planted in f.fits]


def known_on(planted: Planted) -> date:
    """The morning on which its first day is whole in its own bill."""
    return planted.days.start + (1 + _LAGS[planted.source]) * DAY


def figures(score: Score, forecast: Mapping[str, Any]) -> dict[str, Any]:
    """The object that `purser replay --json` prints."""
    tally = score.alerts()
    alerts = {
        "expected": tally.expected,
        "sent": tally.sent,
        "doubled": tally.doubled,
        "missed": tally.missed,
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
    return lines


def _found(play: Play, day: date, channel: str, known: Known) -> Found:
    key = {
        f.dimension: f.values[0] if f.op is Op.IS else None
        for f in known.scope
        if f.op in (Op.IS, Op.MISSING)
    }
    days = Period(known.first_day, known.last_day + DAY)
    return Found(day, channel, known, tuple(p for p in play.year.planted if p.fits(key, days)))


def _told(play: Play, keys: set[str], day: date) -> Iterable[Told]:
    """The thresholds that the alerts of these messages told."""
    from tools.ledger.alerts import Alerts

    if not any(key.startswith("alert/") for key in keys):
        return
    for (budget, start), fired in Alerts(play.purser.ledger).since(date.min).items():
        for one in fired:
            if one.kind is Kind.SPENT and one.message in keys:
                yield Told(Fact(play.budgets[budget], start, one.threshold), day)


def _planted_text(planted: Planted) -> str:
    where = ", ".join(f"{k}={v}" for k, v in planted.where.items() if k in _SHOWN)
    return f"{planted.plant} of {planted.days.start}, {planted.a_day:,.0f} a day, {where}"


_SHOWN: Sequence[str] = ("team", "service", "account", "workload")


def _told_text(score: Score, told: Told) -> str:
    budget = score.play.year.budgets[told.fact.budget]
    return f"{told.fact.threshold} % of {conditions_text(budget.scope)} since {told.fact.start}"


def _share(some: int, every: int) -> float | None:
    return round(some / every, 3) if every else None
