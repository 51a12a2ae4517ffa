"""Makes proposals: looks at every target, freezes what is seen, and asks policy what it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from tools.clouds.resources import Verb
from tools.core.errors import InputError, RefusedError
from tools.gate.effects import DAY, MONTH, stake, total_effect
from tools.gate.ground import Ground, quoted
from tools.gate.people import Actor
from tools.gate.policy import ANYONE, Limits
from tools.gate.proposals import Proposal, Target, Terms
from tools.gate.roster import ask_after
from tools.gate.rules import might_approve, terms_for
from tools.gate.timetable import SCHEDULE, STEPS, Step, Timetable, steps

MOST = 50  # targets of one proposal: what a person can still read
LONGEST_ID = 512
LONGEST_REASON = 1000
WITH_AFTER = (Verb.SCALE, Verb.TAG, Verb.BUDGET, Verb.SCHEDULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is asked for, before anything was looked at.

    Args:
        id: of the proposal.
        version: counts its edits.
        verb: what is to be done.
        ids: to what.
        after: what facts are to read, where that is to be said.
        requester: who asks; who edits, for a later version.
        reason: in their words.
        watches_use: being idle is part of what is approved.
        earlier: who asked for earlier versions.
    """

    id: str
    version: int
    verb: Verb
    ids: tuple[str, ...]
    after: Mapping[str, str | None] = field(default_factory=dict)
    requester: Actor
    reason: str = ""
    watches_use: bool = False
    earlier: frozenset[str] = frozenset()


def propose(ground: Ground, draft: Draft) -> Proposal:
    """The proposal of a draft, as the world and policy stand now; not yet in the ledger.

    Raises:
        InputError: it makes no sense.
        RefusedError: policy forbids it, or nobody could approve it.
        UnavailableError: something could not be read.
    """
    _check(draft)
    now = ground.now()
    timetable = Timetable.of(draft.after, now=now) if draft.verb is Verb.SCHEDULE else None
    dated = steps(timetable, now) if timetable else ()
    after = {SCHEDULE: timetable.text} if timetable else draft.after
    targets = tuple(_targets(ground, draft, after))
    _check_limits(ground.book.policy.limits, targets)
    lately = ground.records.lately(draft.requester, besides=draft.id)
    terms = _terms(ground, draft, targets, lately=lately)
    return Proposal(
        id=draft.id,
        version=draft.version,
        verb=draft.verb,
        targets=targets,
        requester=draft.requester,
        at=now,
        expires=now + timedelta(seconds=terms.lasts_seconds),
        terms=terms,
        reason=draft.reason[:LONGEST_REASON],
        daily=total_effect(targets, hours=DAY),
        monthly=total_effect(targets, hours=MONTH),
        currency=targets[0].sight.currency,
        notes=tuple(dict.fromkeys((*_notes(draft.verb, targets), *_of_the_clock(dated)))),
        unchecked=tuple(dict.fromkeys(_unchecked(targets))),
        watches_use=draft.watches_use,
        extra={
            "after": json.dumps(dict(draft.after)),
            "asked": " ".join(_asked(draft)),
            "lately": f"{lately:f}",  # what the terms counted with
            **({STEPS: "\n".join(step.text for step in dated)} if dated else {}),
        },
    )


def edited(
    proposal: Proposal,
    *,
    actor: Actor,
    targets: Sequence[str] | None,
    after: Mapping[str, str | None] | None,
) -> Draft:
    """The draft of a proposal's next version.

    Raises:
        InputError: it names a target that was not in it.
    """
    had = tuple(target.sight.target for target in proposal.targets)
    ids = had if targets is None else tuple(targets)
    if set(ids) - set(had):
        raise InputError("An edit can leave targets out, not add any; propose those on their own.")
    return Draft(
        id=proposal.id,
        version=proposal.version + 1,
        verb=proposal.verb,
        ids=ids,
        after=json.loads(proposal.extra.get("after", "{}")) if after is None else after,
        requester=actor,
        reason=proposal.reason,
        watches_use=proposal.watches_use,
        earlier=askers(proposal),
    )


def askers(proposal: Proposal) -> frozenset[str]:
    """Who asked for this version or an earlier one: an edit makes nobody another person."""
    return frozenset({proposal.requester.user, *proposal.extra.get("asked", "").split()})


def key_of(id: str, version: int, position: int) -> str:
    """What a cloud is given as the mark of one deed: the same for every attempt at it."""
    return f"{id}-{version}-{position}"


def _check(draft: Draft) -> None:
    if not draft.ids:
        raise InputError("Name at least one thing; /gpu lists what is running.")
    if len(draft.ids) > MOST:
        raise InputError(f"One proposal holds at most {MOST} things; propose fewer at a time.")
    if len(set(draft.ids)) < len(draft.ids):
        raise InputError("The same thing is named twice; name each once.")
    for id in draft.ids:
        if not id.isprintable() or not 0 < len(id) <= LONGEST_ID:
            raise InputError("That is no id of a resource; take one from /gpu.")


def _targets(ground: Ground, draft: Draft, after: Mapping[str, str | None]) -> Iterator[Target]:
    for position, id in enumerate(draft.ids):
        sight = ground.world.look(id, with_use=draft.watches_use)
        if sight.is_gone or sight.target != id:
            raise InputError(f"There is no {quoted(id)} any more; /gpu lists what is running.")
        deed = ground.world.deed(draft.verb, sight, after=after)
        if not deed.after:
            raise InputError(f"There is nothing to change about {quoted(sight.title)}.")
        if deed.is_done(sight):
            raise InputError(f"{quoted(sight.title)} is like that already.")
        key = key_of(draft.id, draft.version, position)
        yield Target(sight=sight, deed=replace(deed, key=key))


def _terms(ground: Ground, draft: Draft, targets: Sequence[Target], *, lately: Decimal) -> Terms:
    sights = [target.sight for target in targets]
    roster = ground.roster(sights, {draft.requester.user})
    could = might_approve(ground.book, targets, roster=roster)
    roster = ask_after(roster, could, directory=ground.directory)
    terms = terms_for(
        ground.book,
        targets,
        requester=draft.requester,
        roster=roster,
        monthly=stake(targets),
        currency=targets[0].sight.currency,
        lately=lately,
    )
    return _without_earlier(terms, draft)


def _check_limits(limits: Limits, targets: Sequence[Target]) -> None:
    """What no hour or day has room for could be approved, and never done."""
    hour = day = len(targets)
    if all(target.deed.after.get(SCHEDULE) for target in targets):
        day *= 2  # they are stopped, and started again
    for unit, most, count in (("an hour", limits.per_hour, hour), ("a day", limits.per_day, day)):
        if most is not None and count > most:
            raise RefusedError(
                f"Policy lets {most} {'target' if most == 1 else 'targets'} {unit} be changed, and "
                f"these are {count}; propose fewer at a time."
            )


def _without_earlier(terms: Terms, draft: Draft) -> Terms:
    """Whoever asked for an earlier version is a requester still."""
    if terms.requester_may_approve:
        return terms
    left = tuple(person for person in terms.approvers if person not in draft.earlier)
    if ANYONE not in left and len(left) < terms.approvals:
        raise RefusedError(
            "Nobody is left who could approve this, because whoever edits a proposal counts as "
            "its requester; propose it anew instead."
        )
    return replace(terms, approvers=left)


def _notes(verb: Verb, targets: Sequence[Target]) -> Iterator[str]:
    for target in targets:
        if target.deed.loses:
            yield target.deed.loses
        yield from target.deed.notes
        yield from target.sight.notes
    if verb is Verb.TERMINATE and any(t.sight.facts.get("state") == "running" for t in targets):
        yield "If you are not sure: stop it first and terminate it later; a stop can be taken back."


def _of_the_clock(dated: Sequence[Step]) -> Iterator[str]:
    """What approving a timetable approves, in a sentence each."""
    if not dated:
        return
    stops = sum(step.verb is Verb.STOP for step in dated)
    first, last = f"{dated[0].at:%Y-%m-%d %H:%M}", f"{dated[-1].at:%Y-%m-%d %H:%M}"
    times = f"{stops} stop{'s' * (stops > 1)}"
    if stops < len(dated):
        times += f" and {len(dated) - stops} start{'s' * (len(dated) - stops > 1)}"
    yield (
        f"{times} by the clock, from {first} UTC to {last} UTC, and no other; each is checked "
        "again and announced 15 minutes before, and one press keeps it running."
    )
    if stops == len(dated):
        yield "What it saves is not known: nothing starts it again by the clock."


def _unchecked(targets: Sequence[Target]) -> Iterator[str]:
    for target in targets:
        needs_price = target.deed.verb not in (Verb.TAG, Verb.BUDGET)
        if needs_price and target.sight.hourly is None:
            yield f"What {quoted(target.sight.title)} costs is not known."


def _asked(draft: Draft) -> list[str]:
    return sorted({draft.requester.user, *draft.earlier})
