"""A proposal in words: what is to be done to what, what it does to costs, what became of it.

Only the record speaks: facts that were read, and sentences of ours. What anybody wrote, in a tag,
a name or a reason, stays data in quotation marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.clock_words import is_clocked
from bot.figures import clean, day_text
from bot.machine_words import age, clean_line, counted, money
from tools.clouds.resources import Address, Kind, Verb
from tools.core.errors import InputError
from tools.core.money import money_text
from tools.gate.budget_ends import BACK, UNTIL
from tools.gate.proposals import Fate, Proposal, Run, Stage, Target
from tools.gate.timetable import SCHEDULE, steps_of

UNDO_FOR = timedelta(hours=24)
ALMOST = timedelta(minutes=1)  # of a card that was just posted, four hours are left and not three
FACT_LENGTH = 60  # characters of a fact's value on a card; Details has it whole
_DOES = {
    Verb.STOP: "Stop",
    Verb.START: "Start",
    Verb.SCALE: "Scale",
    Verb.TERMINATE: "Terminate",
    Verb.TAG: "Tag",
    Verb.BUDGET: "Change",
    Verb.SCHEDULE: "Schedule",
}
_FINALLY = {Kind.ENDPOINT: "Delete", Kind.DISK: "Delete", Kind.TRAINING: "Stop for good"}
_THINGS = {
    Kind.INSTANCE: "machine",
    Kind.GROUP: "group",
    Kind.NOTEBOOK: "notebook",
    Kind.ENDPOINT: "endpoint",
    Kind.TRAINING: "training job",
    Kind.DISK: "disk",
}
_UNDONE = {
    Verb.START: "it can be started again",
    Verb.STOP: "it can be stopped again",
    Verb.SCALE: "the old number of machines can be set again",
    Verb.TAG: "the old tags can be set again",
    Verb.BUDGET: "the old amount can be set again",
}
_FATES = {
    Fate.WAITING: "not yet",
    Fate.BEGUN: "under way",
    Fate.DONE: "done",
    Fate.REFUSED: "refused, nothing was done to it",
    Fate.FAILED: "failed, it reads as before",
    Fate.UNKNOWN: "not known, somebody must look",
}
_STAGES = {
    Stage.PENDING: "Waiting for approval",
    Stage.CLAIMED: "Being carried out",
    Stage.DONE: "Done",
    Stage.PARTIAL: "Done in part",
    Stage.FAILED: "Failed",
    Stage.UNSETTLED: "Not known what became of it; somebody must look",
    Stage.REFUSED: "Refused",
    Stage.DENIED: "Denied",
    Stage.EXPIRED: "Expired",
    Stage.REPLACED: "Edited; a newer version stands for it",
}


def proposal_opening(proposal: Proposal) -> tuple[str, str]:
    """What is proposed, and what it does to costs: the answer in a sentence."""
    state = stage_text(proposal)
    return f"{headline(proposal)}:", f" {lower_first(effect_text(proposal))}. {state}."


def headline(proposal: Proposal) -> str:
    """Action and scope by name: `Stop 1 machine, train-a100-2`."""
    names = [clean(target.sight.title) for target in proposal.targets]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    again = "Take back: " if proposal.undoes else ""
    verb = does(proposal)
    if proposal.verb is Verb.BUDGET:
        return f"{again}{lower_if(again, verb)} the budget {shown}"
    what = counted(len(names), thing(proposal))
    if is_clocked(proposal):
        its = "its timetable" if len(names) == 1 else "their timetable"
        return f"Take {what} off {its}, {shown}" if again else f"Put {what} on a timetable, {shown}"
    return f"{again}{lower_if(again, verb)} {what}, {shown}"


def does(proposal: Proposal) -> str:
    """The verb on the card and its button: `Stop`, `Delete`."""
    if proposal.verb is Verb.TERMINATE:
        words = {_FINALLY.get(kind) if kind else None for kind in _kinds(proposal)}
        return words.pop() or _DOES[Verb.TERMINATE] if len(words) == 1 else _DOES[Verb.TERMINATE]
    return _DOES[proposal.verb]


def thing(proposal: Proposal) -> str:
    """What they are, in one word."""
    kinds = {_THINGS[kind] for kind in _kinds(proposal) if kind}
    return kinds.pop() if len(kinds) == 1 else "resource"


def changes_of(target: Target) -> Iterator[tuple[str, str, str]]:
    """What is to change: (fact, before, after); a tag that goes is `removed`."""
    for name, after in target.deed.after.items():
        before = target.sight.facts.get(name)
        yield (
            fact_name(name),
            value_text(name, before, target) if before is not None else "not set",
            "removed" if after is None else value_text(name, after, target),
        )


def changes_text(target: Target) -> str:
    """`state running → stopped`."""
    if target.deed.verb is Verb.BUDGET and UNTIL in target.deed.after:
        return _for_a_time(target)
    return "; ".join(f"{name} {was} → {becomes}" for name, was, becomes in changes_of(target))


def _for_a_time(target: Target) -> str:
    """`amount $100.00 → $120.00 until Dec 15, 2026, then back to $100.00`."""
    kept = [c for c in changes_of(target) if c[0] not in (UNTIL, BACK)]
    moved = [f"{name} {was} → {becomes}" for name, was, becomes in kept if was != becomes]
    said = "; ".join(moved) or f"stays at {kept[0][1]}"
    facts, after = target.sight.facts, target.deed.after
    before, until = facts.get(UNTIL), after.get(UNTIL)
    was = f"until {value_text(UNTIL, before, target)}" if before else ""
    if not until:
        return f"{said}, without an end (was {was})" if was else said
    back = value_text(BACK, after.get(BACK) or "", target)
    now = f"until {value_text(UNTIL, until, target)}"
    changed = f" (was {was})" if was and was != now else ""
    return f"{said} {now}{changed}, then back to {back}"


def fact_name(name: str) -> str:
    """A fact's name as people read it."""
    if name == SCHEDULE:
        return "timetable"
    return clean(name.removeprefix("tag:") if name.startswith("tag:") else name)


def value_text(name: str, value: str, target: Target) -> str:
    """A fact's value: money as money, what somebody wrote in quotation marks."""
    if name in ("amount", BACK) or name.startswith("amount in "):  # here, and in the cloud
        try:
            return money_text(Decimal(value), target.sight.currency)
        except ArithmeticError:
            return quoted(value)
    if name.startswith("tag:"):
        return quoted(value)
    if name == UNTIL:
        return _day(value)
    if name == SCHEDULE:  # a text of ours, and what is approved
        return clean_line(value)
    return short(value) or "nothing"


def _day(text: str) -> str:
    """With its year, whatever the year is now: what is approved is said in full."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return quoted(text)
    return f"{day:%b} {day.day}, {day.year}"


def effect_text(proposal: Proposal) -> str:
    """`Saves about $786.43 a day, $23,921.00 a month (price: your bill of Nov 19)`."""
    if proposal.verb is Verb.BUDGET:
        return "Changes no cost by itself"
    if proposal.verb is Verb.TAG:
        return "Changes no cost"
    if is_clocked(proposal):
        return _clocked_effect(proposal)
    if proposal.daily is None or proposal.monthly is None:
        return "What it saves or costs is not known"
    if not proposal.daily:
        return "Changes no cost"
    verb = "Saves" if proposal.daily < 0 else "Costs"
    day = money_text(abs(proposal.daily), proposal.currency)
    month = money_text(abs(proposal.monthly), proposal.currency)
    more = "" if proposal.daily < 0 else " more"
    return f"{verb} about {day}{more} a day, {month} a month{_price_from(proposal)}"


def _clocked_effect(proposal: Proposal) -> str:
    """An estimate: the hours off, on average, times the price."""
    if proposal.undoes:
        return "Changes no cost by itself; the clock stops and starts nothing any more"
    if proposal.daily is None or proposal.monthly is None:
        return "What it saves is not known: without a start by the clock, or without a price"
    day = money_text(abs(proposal.daily), proposal.currency)
    month = money_text(abs(proposal.monthly), proposal.currency)
    price = _price_from(proposal)
    return f"Saves, by estimate, about {day} a day, {month} a month on average{price}"


def losses(proposal: Proposal) -> tuple[str, ...]:
    """What is gone afterwards, each once."""
    return tuple(dict.fromkeys(clean_line(t.deed.loses) for t in proposal.targets if t.deed.loses))


def other_notes(proposal: Proposal) -> tuple[str, ...]:
    """The record's notes that are no loss."""
    lost = {t.deed.loses for t in proposal.targets}
    return tuple(clean_line(note) for note in proposal.notes if note not in lost)


def undo_text(proposal: Proposal) -> str:
    """What can be taken back."""
    if is_clocked(proposal) and not proposal.undoes:
        return "Can be ended with one press at any time; what is stopped then stays so"
    backs = [target.deed.undo for target in proposal.targets]
    if not any(backs):
        return "Cannot be undone"
    kinds = {back for back in backs if back}
    how = _UNDONE.get(kinds.pop(), "") if len(kinds) == 1 else ""
    some = "" if all(backs) else " for some of it"
    return f"Can be undone{some} with one press for 24 hours{f': {how}' if how else ''}"


def terms_text(proposal: Proposal) -> str:
    """`Takes 2 approvals (terminate takes two)`; whoever asked may or may not be one."""
    terms = proposal.terms
    many = "1 approval" if terms.approvals == 1 else f"{terms.approvals} different approvals"
    why = f" ({'; '.join(map(clean_line, terms.reasons))})" if terms.reasons else ""
    own = "" if terms.requester_may_approve else "; whoever asked does not count"
    return f"Takes {many}{why}{own}"


def expiry_text(proposal: Proposal, *, now: datetime) -> str:
    """`Expires Nov 21, 18:00 UTC (in 4 h); then nothing happens`."""
    left = proposal.expires - now
    inside = f" (in {age(left + ALMOST)})" if left > timedelta(0) else ""
    return f"Expires {moment_text(proposal.expires, now=now)}{inside}; then nothing happens"


def moment_text(at: datetime, *, now: datetime) -> str:
    """`Nov 21, 18:00 UTC`; today's without the day."""
    clock = f"{at:%H:%M} UTC"
    return clock if at.date() == now.date() else f"{day_text(at.date(), year=now.year)}, {clock}"


def stage_text(proposal: Proposal) -> str:
    """Where it stands, in a few words."""
    if proposal.stage is Stage.PENDING:
        given, needed = len(set(proposal.approved_by)), proposal.terms.approvals
        if given:
            return f"{given} of {needed} have approved"
    return _STAGES[proposal.stage]


def fate_text(run: Run) -> str:
    """What became of one target."""
    said = clean_line(run.said)
    return f"{_FATES[run.fate]}{f': {said}' if said else ''}"


def title_in(proposal: Proposal, target: str) -> str:
    """The title of one of its targets."""
    found = (t.sight.title for t in proposal.targets if t.sight.target == target)
    return clean(next(found, target))


def may_be_undone(proposal: Proposal, *, now: datetime) -> bool:
    """Whether an Undo button makes sense; the gate decides when it is pressed."""
    if proposal.undoes or proposal.ended is None:
        return False
    steps = steps_of(proposal)
    until = steps[-1].at if steps else proposal.ended + UNDO_FOR
    if now > until:
        return False
    done = {run.target for run in proposal.runs if run.fate is Fate.DONE}
    return any(t.deed.undo is not None and t.sight.target in done for t in proposal.targets)


def place_text(target: Target) -> str:
    """Where it is: `i-0abc in us-east-1, account 5409…`; of a budget nothing."""
    try:
        at = Address.parse(target.sight.target)
    except InputError:
        return ""
    return f"{clean(at.name)} in {clean(at.region)}, account {clean(at.account)}"


def price_text(target: Target) -> str:
    """`$32.77 an hour`; empty where it is not known."""
    sight = target.sight
    return "" if sight.hourly is None else f"{money(sight.hourly, sight.currency)} an hour"


def quoted(text: str) -> str:
    """What somebody wrote, as data."""
    return f"“{short(text)}”"


def short(text: str) -> str:
    """On one line, cut."""
    plain = clean_line(text)
    return plain if len(plain) <= FACT_LENGTH else plain[: FACT_LENGTH - 1].rstrip() + "…"


def lower_first(text: str) -> str:
    """`Saves …` in the middle of a sentence."""
    return text[:1].lower() + text[1:]


def lower_if(before: str, text: str) -> str:
    """In lower case behind something."""
    return lower_first(text) if before else text


def _kinds(proposal: Proposal) -> list[Kind | None]:
    return [_kind(target.sight.target) for target in proposal.targets]


def _kind(target: str) -> Kind | None:
    try:
        return Address.parse(target).kind
    except InputError:
        return None


def _price_from(proposal: Proposal) -> str:
    sources = list(dict.fromkeys(t.sight.price_from for t in proposal.targets))
    known = [clean_line(source) for source in sources if source]
    return f" (price: {'; '.join(known[:2])})" if known else ""
