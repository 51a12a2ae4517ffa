"""The job `alerts`: whoever owns a budget is told as it is spent, once, and before it is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.figures import clean, percent_text
from bot.scope import scope_of
from bot.watch.alert_blocks import Facts, alert_message, opening, summary_message
from bot.watch.driving import drivers
from bot.watch.incidents import raise_incidents
from bot.watch.ingesting import late_now
from bot.watch.plans import Keeping, Plan, outgoing
from tools.core.clock import today
from tools.core.conditions import lies_within
from tools.core.periods import DAY, Unit, shift, unit_start
from tools.watch.alerts import Fired, Kind, Position, Verdict, judged
from tools.watch.incidents import Alarm
from tools.watch.outgoing import Outgoing, Sort

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.core.budget import Budget

EXPLAINED = 10  # alerts of one run that say what drives them; with more, “Why?” does
SEVERITY = 2  # of an incident that a budget opens
_GRAVE = 2  # times the budget: severity 1

Row = tuple[tuple[str, date], Fired]


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """Tell owners what their budgets have come to, and open incidents for those that are gone."""
    found, notes = _verdicts(purser)
    told = [v for v in found if v.kinds and channel_of(purser, v)]
    posts: list[Outgoing] = []
    alarms: list[Alarm] = []
    for place, verdict in enumerate(told):
        facts = _facts(purser, verdict.position, is_explained=place < EXPLAINED)
        posts.append(_post(purser, verdict, facts))
        if verdict.is_gone and not verdict.position.is_over:
            alarms.append(_alarm(verdict, facts))
    posts += _summaries(purser, found)
    said = f"{len(found)} looked at, {len(told)} told." + "".join(f" {note}" for note in notes[:3])
    keep = _keeping(purser, found, at=at)
    return Plan(tuple(posts), keep, said) + raise_incidents(purser, alarms, at=at)


def channel_of(purser: Purser, verdict: Verdict) -> str:
    """Where an alert goes."""
    return place_for(purser, verdict.position.budget)


def place_for(purser: Purser, budget: Budget) -> str:
    """Where a budget is spoken of: in its channel, to its owner, or to who looks after Purser.

    The first of them that may be shown what the budget covers; empty where none is named.
    """
    config = purser.config
    named = (budget.channel, budget.owner, config.watch.operators, config.watch.fallback)
    able = (
        who
        for who in named
        if who and lies_within(budget.scope, scope_of(who, config.scope).filters)
    )
    return next(able, "")


def snooze_subject(budget: str) -> str:
    """What a choice not to hear of a budget for a while is about (`WatchChoices`)."""
    return f"snooze budget {budget}"


def sort_of(verdict: Verdict) -> Sort:
    """What kind of thing it is, to people who mute and rate it."""
    return Sort.BUDGET if verdict.kinds[0] is Kind.SPENT else Sort.FORECAST


def _verdicts(purser: Purser) -> tuple[list[Verdict], Sequence[str]]:
    from tools.ledger.alerts import Alerts
    from tools.ledger.watch_choices import WatchChoices
    from tools.positions import Known, positions

    budgets = purser.budgets.records.all()
    if not budgets:
        return [], ()
    alerts, thresholds = Alerts(purser.ledger), purser.config.watch.thresholds
    told = alerts.since(_earliest(today(purser.config.clock)))
    known = Known(
        told=told,
        watched=alerts.watched(),
        late=frozenset(late.source for late in late_now(purser)),
        thresholds=thresholds,
    )
    standing = positions(purser.context(), budgets, known=known)
    quiet = {c.subject for c in WatchChoices(purser.ledger).beginning(snooze_subject(""))}
    found = [
        judged(
            position,
            told.get(_place(position), ()),
            thresholds=thresholds,
            is_quiet=snooze_subject(position.budget.id) in quiet,
        )
        for position in standing.positions
    ]
    return found, standing.notes


def _earliest(day: date) -> date:
    """The first day of the longest period that is looked at."""
    return shift(unit_start(day, Unit.YEAR), Unit.YEAR, -1)


def _place(position: Position) -> tuple[str, date]:
    return position.budget.id, position.window.start


def _post(purser: Purser, verdict: Verdict, facts: Facts) -> Outgoing:
    return outgoing(
        verdict.key,
        alert_message(verdict, facts),
        channel=channel_of(purser, verdict),
        sort=sort_of(verdict),
        urgent=verdict.is_gone,
    )


def _alarm(verdict: Verdict, facts: Facts) -> Alarm:
    position = verdict.position
    share = percent_text(position.share)
    return Alarm(
        title=f"{clean(position.budget.title)} has spent {share} of its budget",
        scope=position.budget.scope,
        severity=1 if position.share >= _GRAVE else SEVERITY,
        evidence=("".join(opening(verdict)), *facts.drivers),
        source_key=verdict.key,
        cause=f"budget/{position.budget.id}/{position.window.start}",
    )


def _summaries(purser: Purser, found: Iterable[Verdict]) -> list[Outgoing]:
    """One message a channel for all that an old load had crossed already."""
    by_channel: defaultdict[str, list[Verdict]] = defaultdict(list)
    for verdict in found:
        position = verdict.position
        is_news = verdict.old or any(f.kind is Kind.FORECAST for f in verdict.keep)
        if position.is_first and not position.is_over and is_news and not verdict.kinds:
            by_channel[channel_of(purser, verdict)].append(verdict)
    posts = []
    for channel, verdicts in by_channel.items():
        sources = sorted({s for v in verdicts for s in v.position.sources})
        key = f"alert/first/{channel}/{verdicts[0].position.today}/{'+'.join(sources)}"
        facts = _facts(purser, verdicts[0].position, is_explained=False)
        message = summary_message(verdicts, facts)
        posts += [outgoing(key, message, channel=channel, sort=Sort.BUDGET)] if channel else []
    return posts


def _keeping(purser: Purser, found: Iterable[Verdict], *, at: datetime) -> tuple[Keeping, ...]:
    """What was told; of a budget with nowhere to tell it nothing, so that it can be told later."""
    from tools.ledger.alerts import keep, watch

    rows: list[Row] = [
        (_place(verdict.position), fired)
        for verdict in found
        if channel_of(purser, verdict)
        for fired in verdict.keep
    ]
    bills = purser.lake.snapshot()
    sources = {*bills.manifest.sources(), *(view.generation.source for view in bills.aside)}
    kept: list[Keeping] = [partial(keep, rows=rows, at=at)] if rows else []
    return (*kept, partial(watch, sources=sources, at=at))


def _facts(purser: Purser, position: Position, *, is_explained: bool) -> Facts:
    manifest = purser.lake.snapshot().asked(position.budget.scope).manifest
    now, yesterday = purser.config.clock.now(), position.today - DAY
    loaded = [g.loaded_at for g in manifest.generations if g.source in position.sources]
    days = [manifest.complete_through(source) for source in position.sources]
    known = [day for day in days if day is not None]
    return Facts(
        now=now,
        drivers=drivers(purser, position) if is_explained else (),
        complete_through=min(*known, yesterday) if known and len(known) == len(days) else None,
        # Of a moment that is over, bills that were loaded since are of no age.
        as_of=max((at for at in loaded if at <= now), default=None),
    )
