"""What a claim takes in its own transaction: no freeze, nobody at the same thing, limits kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, insert, select, update

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.effects import monthly_effect
from tools.gate.policy import Limits
from tools.gate.proposals import Fate, Proposal, Stage, Target
from tools.ledger.freezes import freeze_in
from tools.ledger.proposal_moves import Lease
from tools.ledger.schema import PROPOSALS, RUNS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_CHANGES = RUNS.join(
    PROPOSALS, (RUNS.c.proposal == PROPOSALS.c.id) & (RUNS.c.version == PROPOSALS.c.version)
)


class Claim(NamedTuple):
    """What a claim is made with.

    Args:
        lease: for whoever gets it.
        limits: counted in the claim's own transaction.
        currency: of the limit of money; what costs in another is more than any.
    """

    lease: Lease
    limits: Limits
    currency: str = "USD"


def check_freeze(connection: Connection) -> None:
    """Nothing goes on while the kill switch is pressed.

    Raises:
        RefusedError: it is.
    """
    if freeze_in(connection):
        raise RefusedError("Everything is frozen; an admin can let it go on with /purser unfreeze.")


def check_alone(connection: Connection, proposal: Proposal) -> None:
    """Two proposals never change one thing at the same time.

    To take it off a timetable changes nothing of it, and is the way to call the clock off.

    Raises:
        RefusedError: another one is being executed on one of the targets.
    """
    if proposal.takes_off:
        return
    busy = (
        select(func.count())
        .select_from(_CHANGES)
        .where(PROPOSALS.c.stage == Stage.CLAIMED.value)
        .where(RUNS.c.fate.in_([Fate.WAITING.value, Fate.BEGUN.value]))
        .where(RUNS.c.target.in_([target.sight.target for target in proposal.targets]))
    )
    if connection.execute(busy).scalar_one():
        raise RefusedError(
            "Another change of the same thing is under way; press again once it has ended."
        )


def check_limits(
    connection: Connection, proposal: Proposal, claim: Claim, *, now: datetime
) -> None:
    """Keep to what policy lets happen in an hour and a day; what came to nothing is not counted.

    To put something on a timetable changes nothing but the ledger: its steps are counted instead.

    Raises:
        RefusedError: it would be too much.
    """
    if proposal.verb is Verb.SCHEDULE:
        return
    limits = claim.limits
    counted = (("an hour", HOUR, limits.per_hour), ("a day", DAY, limits.per_day))
    for unit, span, most in counted:
        if most is None:
            continue
        used = connection.execute(
            select(func.count()).select_from(_CHANGES).where(_since(now - span))
        ).scalar_one()
        if used + len(proposal.targets) > most:
            raise RefusedError(
                f"Policy lets {_targets(most)} {unit} be changed, and {used} were; this would make "
                f"it {used + len(proposal.targets)}. Press again later, or ask for fewer."
            )
    if limits.dollars_per_day is not None:
        _check_money(connection, proposal, claim, now=now)


def _check_money(
    connection: Connection, proposal: Proposal, claim: Claim, *, now: datetime
) -> None:
    most = claim.limits.dollars_per_day or Decimal(0)
    mine = [_effect(target, claim.currency) for target in proposal.targets]
    counted = select(RUNS.c.monthly).select_from(_CHANGES).where(_since(now - DAY))
    past = connection.execute(counted).scalars().all()
    effects = [*mine, *(None if text is None else Decimal(text) for text in past)]
    known = [abs(effect) for effect in effects if effect is not None]
    if len(known) < len(effects):
        raise RefusedError(
            "Policy limits the money that changes in a day, and the price of this, or of "
            "something changed in the last 24 hours, is not known or in another currency; an "
            "admin can lift the limit."
        )
    if sum(known) > most:
        raise RefusedError(
            f"Policy lets {most:,.0f} dollars a month be changed in a day; with this it would be "
            f"{sum(known):,.0f}. Press again later, or ask for fewer."
        )


def take(
    connection: Connection,
    proposal: Proposal,
    *,
    lease: Lease,
    now: datetime,
    currency: str = "USD",
) -> None:
    """The atomic claim itself; what it changes a month is kept where it is in the currency.

    Raises:
        RefusedError: another got it, or it is not what stands any more.
    """
    claimed = connection.execute(
        update(PROPOSALS)
        .where(PROPOSALS.c.id == proposal.id, PROPOSALS.c.version == proposal.version)
        .where(PROPOSALS.c.stage == Stage.PENDING.value, PROPOSALS.c.digest == proposal.digest)
        .where(PROPOSALS.c.expires > now)
        .values(stage=Stage.CLAIMED.value, lease_holder=lease.holder, lease_until=lease.until)
    )
    if not claimed.rowcount:
        raise RefusedError("This is not what stands any more; look at the newest card.")
    rows = []
    for position, target in enumerate(proposal.targets):
        effect = _effect(target, currency)
        row = {"proposal": proposal.id, "version": proposal.version, "position": position}
        row |= {"target": target.sight.target, "fate": Fate.WAITING.value, "said": ""}
        row |= {"claimed": now, "monthly": None if effect is None else f"{abs(effect):f}"}
        rows.append(row)
    connection.execute(insert(RUNS), rows)


def _effect(target: Target, currency: str) -> Decimal | None:
    """What it changes a month, as far as that can be counted in the currency of the limit."""
    is_other = target.deed.verb in (Verb.TAG, Verb.BUDGET)
    is_comparable = is_other or target.sight.currency == currency
    return monthly_effect(target) if is_comparable else None


def _since(start: datetime) -> ColumnElement[bool]:
    is_change = PROPOSALS.c.verb != Verb.SCHEDULE.value
    return is_change & (RUNS.c.claimed > start) & (RUNS.c.fate != Fate.REFUSED.value)


def _targets(count: int) -> str:
    return "1 target" if count == 1 else f"{count} targets"
