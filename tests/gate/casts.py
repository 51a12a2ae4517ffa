"""People, targets and policies for the tests of pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.core.settings import LakeSettings
from tools.gate import rules
from tools.gate.guards import guarded_tags
from tools.gate.people import Actor
from tools.gate.policy import Policy, Rule
from tools.gate.proposals import Decision, Proposal, Stage, Target, Terms
from tools.gate.roster import Roster
from tools.gate.rules import Book
from tools.gate.world import Deed, Sight

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOME = "T1"
ADA, BEN, CHLOE, DAN, EVE = "U1ADA", "U1BEN", "U1CHLOE", "U1DAN", "U1EVE"
LEADS = "S1LEADS"
EVERYONE = (ADA, BEN, CHLOE, DAN, EVE)
MACHINE = "aws/111122223333/us-east-1/instance/i-0abc"
FINAL = frozenset({Verb.TERMINATE})


def policy(*some: Rule, **more: object) -> Policy:
    """Chloe is admin; Ben and Chloe may approve everything, in dev and in production."""
    given = some or (Rule(name="all", approve=(BEN, CHLOE), allows_production=True),)
    return Policy(admins=(CHLOE,), rules=given, **more)


def book(*some: Rule, **more: object) -> Book:
    made = policy(*some, **more)
    return Book(made, guarded_tags(made, LakeSettings()))


def who(user: str, team: str = HOME) -> Actor:
    return Actor(user, team)


def roster(
    *full: str, groups: Mapping[str, tuple[str, ...]] | None = None, owner: str | None = None
) -> Roster:
    """Everybody is a full member, unless some are named."""
    return Roster(
        groups={name: frozenset(users) for name, users in (groups or {}).items()},
        owners={MACHINE: owner, "budget/b": owner},
        full={user: not full or user in full for user in EVERYONE},
    )


def target(
    verb: Verb = Verb.STOP,
    *,
    env: str | None = "dev",
    after: Mapping[str, str | None] | None = None,
    is_final: bool | None = None,
    id: str = MACHINE,
    tags: Mapping[str, str] | None = None,
    title: str = "train-1",
    labels: Mapping[str, str | None] | None = None,
    **seen: object,
) -> Target:
    facts = {"state": "running"} | {f"tag:{key}": value for key, value in (tags or {}).items()}
    sight = Sight(
        target=id,
        title=title,
        facts=facts | dict(seen.pop("facts", {})),
        labels={"env": env, "team": "ml", **(labels or {})},
        **seen,
    )
    final = verb in FINAL if is_final is None else is_final
    deed = Deed(verb=verb, target=id, after=after or {"state": "stopped"}, is_final=final)
    return Target(sight=sight, deed=deed)


def asked(
    made: Book,
    *targets: Target,
    by: str = ADA,
    people: Roster | None = None,
    monthly: Decimal | None = Decimal(100),
    **more: object,
) -> Terms:
    """The terms of a new proposal."""
    return rules.terms_for(
        made,
        targets or (target(),),
        requester=who(by),
        roster=people or roster(),
        monthly=monthly,
        **more,
    )


def proposed(
    made: Book,
    *targets: Target,
    by: str = ADA,
    people: Roster | None = None,
    approved: tuple[str, ...] = (),
    **more: object,
) -> Proposal:
    """A proposal that was made at `NOW`."""
    terms = asked(made, *targets, by=by, people=people)
    given = {
        "id": "p",
        "version": 1,
        "verb": (targets or (target(),))[0].deed.verb,
        "targets": targets or (target(),),
        "requester": who(by),
        "at": NOW,
        "expires": NOW + timedelta(seconds=terms.lasts_seconds),
        "terms": terms,
        "monthly": Decimal(100),
        "decisions": tuple(Decision(person, "approve", NOW) for person in approved),
    }
    return Proposal(**(given | more))


def done(made: Book, *targets: Target, **more: object) -> Proposal:
    """A proposal that Ben approved and that was done at `NOW`."""
    given = {"stage": Stage.DONE, "ended": NOW, "approved": (BEN,)}
    return proposed(made, *targets, **(given | more))


def refusal(call, *args: object, **more: object) -> str:
    with pytest.raises(RefusedError) as caught:
        call(*args, **more)
    return caught.value.sentence
