"""The job `anomalies`: unusual spend, told once to each channel that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.proposal_words import headline
from bot.scope import scope_of
from bot.watch.alarm_words import Chosen
from bot.watch.anomaly_blocks import anomaly_evidence, anomaly_message, anomaly_title
from bot.watch.causing import (
    Causes,
    budget_events,
    may_be_of,
    seen_to_be_read,
    with_starts,
)
from bot.watch.plans import Keeping, Plan, outgoing
from tools.anomalies import HISTORY, Unusual, explained, unusual_spend
from tools.clouds.resources import Verb
from tools.core.conditions import lies_within
from tools.core.context import Context
from tools.core.labels import holds
from tools.core.periods import DAY
from tools.core.query import Filter
from tools.core.results import Event
from tools.core.scope import EVERYTHING, Scope
from tools.gate.proposals import Stage
from tools.lake.day_costs import Reads
from tools.ledger.anomalies import Anomalies, Known, anomaly_id, keep_known, keep_seen, known
from tools.ledger.happenings import Happenings
from tools.watch.anomaly import Anomaly
from tools.watch.outgoing import Outgoing, Sort
from tools.watch.suspects import is_within, may_meet

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.gate.proposals import Proposal
    from tools.ledger.audit import Entry

NEWEST = 2  # days: what begun before is old when bills are loaded for the first time
_LOOK_BACK = timedelta(days=10)  # unusual days of a known anomaly may be so far apart
DEEDS = timedelta(days=3)  # so long before it what was approved may be its cause
_GAP = 3 * DAY  # of days that are not unusual, within one anomaly
_LAG = 5 * DAY  # of the slowest source


@dataclass(frozen=True, slots=True)
class Watcher:
    """A channel, and what it is about."""

    channel: str
    where: tuple[Filter, ...]
    context: Context


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """What is unusual and was not told yet."""
    causes, found = Causes(purser.fleet), Plan()
    every = [(watcher, _since(purser, watcher, at=at)) for watcher in watchers(purser)]
    reads = Reads(min(since for _, since in every) - HISTORY) if len(every) > 1 else None
    for watcher, since in every:
        found += _plan_of(purser, watcher, causes, since=since, reads=reads, at=at)
    return found + seen_to_be_read(purser, at=at)


def watchers(purser: Purser) -> Iterator[Watcher]:
    """Every channel that has digests, once, with what it may see."""
    seen: set[str] = set()
    for digest in purser.config.watch.digests:
        if digest.channel not in seen:
            seen.add(digest.channel)
            allowed = purser.config.scope.channels.get(digest.channel, EVERYTHING)
            context = purser.context(Scope(allowed.filters))
            yield Watcher(digest.channel, digest.scope, context)


def chosen_sizes(purser: Purser, channel: str) -> dict[str, float]:
    """What a channel chose to be told of: sizes of a `Sensitivity`; empty for the usual ones."""
    chosen = chosen_of(purser, channel)
    return dict(chosen.sizes) if chosen else {}


def chosen_of(purser: Purser, channel: str) -> Chosen | None:
    """The same with its currency; None where nobody chose anything."""
    from tools.ledger.watch_choices import WatchChoices

    choice = WatchChoices(purser.ledger).find(sensitivity_subject(channel))
    return Chosen.of(choice.value) if choice else None


def channel_filters(purser: Purser, channel: str) -> tuple[Filter, ...]:
    """What is said unasked in a channel is about charges that meet these, and no others."""
    allowed = scope_of(channel, purser.config.scope).filters
    digests = [d for d in purser.config.watch.digests if d.channel == channel]
    return (*allowed, *(f for digest in digests for f in digest.scope))


def sensitivity_subject(channel: str) -> str:
    """Under which name a channel's choice is kept."""
    return f"sensitivity {channel} anomaly"


def _since(purser: Purser, watcher: Watcher, *, at: datetime) -> date:
    """From which day on a channel's bills are looked at."""
    today, seen = at.date(), Anomalies(purser.ledger).seen(watcher.channel)
    return min(seen or today, today - NEWEST * DAY) - _LAG


def _plan_of(
    purser: Purser,
    watcher: Watcher,
    causes: Causes,
    *,
    since: date,
    reads: Reads | None,
    at: datetime,
) -> Plan:
    store = Anomalies(purser.ledger)
    seen = store.seen(watcher.channel)
    found = unusual_spend(
        watcher.context,
        since=since,
        until=at.date() - DAY,
        where=watcher.where,
        chosen=chosen_sizes(purser, watcher.channel),
        reads=reads,
    )
    if found.complete_through is None:
        return Plan(said=f"{watcher.channel}: there are no complete days to look at.")
    before = store.of_channel(watcher.channel, since=since - _LOOK_BACK)
    return _told(purser, watcher, found, before, causes, seen=seen, at=at)


def _told(
    purser: Purser,
    watcher: Watcher,
    found: Unusual,
    before: Sequence[Known],
    causes: Causes,
    *,
    seen: date | None,
    at: datetime,
) -> Plan:
    posts: list[Outgoing] = []
    kept: list[Known] = []
    incidents = Plan()
    for anomaly, through in zip(found.anomalies, found.throughs, strict=True):
        if same := _same(anomaly, [*before, *kept]):
            kept.append(_gone_on(same, anomaly))
            continue
        # What began earlier is told when nobody looked meanwhile, and not on the first load.
        if anomaly.first_day <= through - NEWEST * DAY and (
            seen is None or anomaly.first_day <= seen - _LAG
        ):
            continue
        anomaly = _explained(purser, watcher, anomaly, causes)
        post = _post(purser, watcher, anomaly, found, at=at)
        key = "" if anomaly.planned else post.key
        kept.append(known(anomaly, channel=watcher.channel, message=key, at=at))
        if not anomaly.planned:
            posts.append(post)
            incidents += _incident(purser, watcher, anomaly, causes, at=at)
    keep = _keeping(watcher.channel, kept, found.complete_through or at.date(), at=at)
    count = len(posts)
    said = f"{watcher.channel}: {count or 'nothing'} unusual{' is new' if count else ''}."
    return Plan(tuple(posts), keep, said) + incidents


def _explained(purser: Purser, watcher: Watcher, anomaly: Anomaly, causes: Causes) -> Anomaly:
    """With its cause, and with what was approved, budgeted or started just before it."""
    known_of = explained(anomaly, context=watcher.context, happenings=Happenings(purser.ledger))
    seen = watcher.context.scope.filters
    ended = [
        proposal
        for proposal in _ended(purser, anomaly)
        if all(holds(seen, target.sight.labels) for target in proposal.targets)
    ]
    deeds = approved_events(ended, anomaly)
    if known_of.planned:  # nobody is told
        return known_of
    budgets = budget_events(_entries(purser), anomaly, seen=seen)
    starts = causes.starts(known_of, watcher.context)
    events = with_starts([*deeds, *budgets, *known_of.before], starts, known_of)
    return replace(known_of, before=tuple(sorted(events, key=lambda e: e.day, reverse=True)))


def _entries(purser: Purser) -> Sequence[Entry]:
    from tools.ledger.audit import Audit

    return Audit(purser.ledger).entries(subject="budget/", most=200)


def _ended(purser: Purser, anomaly: Anomaly) -> Sequence[Proposal]:
    from tools.ledger.proposals import Proposals

    start = datetime.combine(anomaly.first_day, time(), tzinfo=UTC)
    return Proposals(purser.ledger).ended(since=start - DEEDS, until=start + DAY)


def approved_events(proposals: Iterable[Proposal], anomaly: Anomaly) -> Iterator[Event]:
    """What was approved and done to things that an anomaly's charges may be of.

    Budgets have records of their own, whichever way they were changed.
    """
    for proposal in proposals:
        about = any(may_be_of(target.sight.labels, anomaly) for target in proposal.targets)
        is_done = proposal.stage in (Stage.DONE, Stage.PARTIAL)
        if about and proposal.ended and is_done and proposal.verb is not Verb.BUDGET:
            yield Event(proposal.ended.date(), f"approved: {headline(proposal)}", {})


def _keeping(
    channel: str, kept: Sequence[Known], through: date, *, at: datetime
) -> tuple[Keeping, ...]:
    return (
        partial(keep_known, found=tuple(kept)),
        partial(keep_seen, channel=channel, through=through, at=at),
    )


def _same(anomaly: Anomaly, known_ones: Sequence[Known]) -> Known | None:
    """What is told of the same cause: begun together, or now seen under a wider name."""
    for one in known_ones:
        its_key = {f.dimension: f.values[0] if f.values else None for f in one.scope}
        apart = abs(anomaly.first_day - one.first_day)
        is_near = anomaly.first_day <= one.last_day + _GAP and one.first_day <= anomaly.last_day
        is_one = is_within(its_key, anomaly.key) or (
            apart <= _GAP and may_meet(its_key, anomaly.key)
        )
        if is_near and is_one and one.currency == anomaly.currency:
            return one
    return None


def _gone_on(one: Known, anomaly: Anomaly) -> Known:
    """What is known, as far as it has come."""
    if one.scope != anomaly.scope or anomaly.last_day < one.last_day:
        return replace(one, last_day=max(one.last_day, anomaly.last_day))
    return replace(
        one,
        last_day=anomaly.last_day,
        actual=anomaly.actual,
        expected=anomaly.expected,
        score=max(one.score, anomaly.score),
    )


def _post(
    purser: Purser, watcher: Watcher, anomaly: Anomaly, found: Unusual, *, at: datetime
) -> Outgoing:
    key = f"anomaly/{anomaly_id(anomaly, channel=watcher.channel)}"
    message = anomaly_message(
        anomaly, key=key, as_of=found.as_of, now=at, severe=purser.config.watch.severe
    )
    return outgoing(key, message, channel=watcher.channel, sort=Sort.ANOMALY)


def _incident(
    purser: Purser, watcher: Watcher, anomaly: Anomaly, causes: Causes, *, at: datetime
) -> Plan:
    """An incident, where it is so much a day."""
    from bot.watch.incidents import raise_incident

    severe, channel = purser.config.watch.severe, purser.config.watch.incidents
    if anomaly.a_day < severe or not channel:
        return Plan()
    seen = scope_of(channel, purser.config.scope)
    if not lies_within(watcher.context.scope.filters, seen.filters):
        # Its channel may see less, so it is told of no event that others may not see.
        there = replace(watcher, context=purser.context(seen))
        anomaly = _explained(purser, there, anomaly, causes)
    return raise_incident(
        purser,
        title=anomaly_title(anomaly),
        scope=anomaly.scope,
        severity=1 if anomaly.a_day >= 5 * severe else 2,
        evidence=anomaly_evidence(anomaly),
        source_key=f"anomaly/{anomaly_id(anomaly, channel='')}",
        at=at,
        began=datetime.combine(anomaly.first_day, time(), tzinfo=UTC),
    )
