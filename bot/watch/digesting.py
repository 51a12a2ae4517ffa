"""The job `digest CHANNEL daily|weekly|monthly`: what a channel is told of its costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.blocks import fallback
from bot.watch.burns import Burns
from bot.watch.digest_blocks import details_message, digest_message
from bot.watch.digest_words import opening
from bot.watch.plans import Plan, outgoing
from tools.core.labels import holds
from tools.core.periods import Unit, shift, unit_start
from tools.core.query import Filter
from tools.core.scope import EVERYTHING, Scope
from tools.watch.digest import Digest, digest
from tools.watch.headline import Pace
from tools.watch.outgoing import Outgoing, Sent, Sort
from tools.watch.reconciled import Error, errors

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.core.context import Context
    from tools.gate.proposals import Proposal

_SPANS = {Pace.DAILY: timedelta(days=1), Pace.WEEKLY: timedelta(days=7)}
_MONTH = timedelta(days=31)


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """The digest of one channel; without posts where there is nothing to say yet."""
    _digest, channel, rhythm = name.split()
    if rhythm == Pace.MONTHLY and (told := _told(purser, channel, at)):
        return Plan(said=told)
    pace, context = Pace(rhythm), context_of(purser, channel)
    where = about(purser, channel)
    since = at - _SPANS.get(pace, _MONTH)
    found = digest(
        pace,
        context=context,
        where=where,
        decided=_decided(purser, (*where, *context.scope.filters), since=since, until=at),
        undelivered=_undelivered(purser, channel, since=since),
    )
    if isinstance(found, str):
        return Plan(said=found)
    seen = (*where, *context.scope.filters)
    found = replace(found, accrued=Burns(purser, at=at).of(seen), errors=_errors(purser, found))
    found = replace(found, is_told=_is_told(found, purser, channel, at))
    key = f"digest/{channel}/{rhythm}/{_named_by(found, purser, at)}"
    posts = tuple(_posts(found, key, channel=channel, job=name, at=at))
    return Plan(posts, said=posts[0].text)


def _errors(purser: Purser, found: Digest) -> dict[str, Error]:
    """How far what was estimated of a month that is closed was from its bills."""
    from tools.ledger.accruals import Accruals
    from tools.watch.accrual import of_scope

    if found.pace is not Pace.MONTHLY:
        return {}
    days = found.headline.period
    rows = Accruals(purser.ledger).billed(since=days.start)
    return errors(row for row in of_scope(rows, found.where) if row.day in days)


def context_of(purser: Purser, channel: str) -> Context:
    """Bills, clouds and budgets as a channel may see them."""
    scope = purser.config.scope.channels.get(channel, EVERYTHING)
    context = purser.context(Scope(scope.filters))
    return replace(context, fleet=purser.fleet, budgets=purser.budgets, needs=purser.needs)


def about(purser: Purser, channel: str) -> tuple[Filter, ...]:
    """What a channel's digests are about, besides what it may see."""
    found = (d.scope for d in purser.config.watch.digests if d.channel == channel)
    return next(found, ())


def _posts(found: Digest, key: str, *, channel: str, job: str, at: datetime) -> Iterator[Outgoing]:
    first, details = digest_message(found, job=job, now=at), details_message(found)
    yield outgoing(key, first, channel=channel, sort=Sort.DIGEST)
    if details is not None:
        yield outgoing(f"{key}/details", details, channel=channel, sort=Sort.DIGEST, thread=key)


def _told(purser: Purser, channel: str, at: datetime) -> str:
    """That last month was told on an earlier day; empty where it was not."""
    from tools.ledger.outbox import Outbox

    month = shift(unit_start(at.date(), Unit.MONTH), Unit.MONTH, -1)
    sent = Outbox(purser.ledger).find(f"digest/{channel}/{Pace.MONTHLY}/{month:%Y-%m}")
    return f"{month:%B %Y} has been told." if sent and sent.at and sent.at < at else ""


def _is_told(found: Digest, purser: Purser, channel: str, at: datetime) -> bool:
    """Whether yesterday's digest said of the same day the same, or that there is nothing new."""
    from tools.ledger.outbox import Outbox

    if found.pace is not Pace.DAILY:
        return False
    before = _named_by(found, purser, at - timedelta(days=1))
    last = Outbox(purser.ledger).find(f"digest/{channel}/{Pace.DAILY}/{before}")
    starts = tuple(
        fallback("".join(opening(replace(found, late=late, is_told=is_told))))
        for late in ((), found.late)
        for is_told in (False, True)
    )
    return last is not None and last.outgoing.text.startswith(starts)


def _named_by(found: Digest, purser: Purser, at: datetime) -> str:
    """The day it is said on; a month's digest the month, which is told once."""
    if found.pace is Pace.MONTHLY:
        return f"{found.headline.period.start:%Y-%m}"
    return at.astimezone(ZoneInfo(purser.config.watch.zone)).date().isoformat()


def _decided(
    purser: Purser, about: Sequence[Filter], *, since: datetime, until: datetime
) -> tuple[Proposal, ...]:
    """Proposals that ended, all of whose targets are the channel's."""
    from tools.ledger.proposals import Proposals

    ended = Proposals(purser.ledger).ended(since=since, until=until)
    return tuple(p for p in ended if all(holds(about, t.sight.labels) for t in p.targets))


def _undelivered(purser: Purser, channel: str, *, since: datetime) -> tuple[Sent, ...]:
    """What did not arrive here; where operators are, anywhere."""
    from tools.ledger.outbox import Outbox

    anywhere = channel == purser.config.watch.operators
    return Outbox(purser.ledger).failures(since=since, channel="" if anywhere else channel)
