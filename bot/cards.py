"""The card of a proposal, drawn from its record alone: facts that were read, sentences of ours.

What anybody wrote stands in text elements that Slack does not parse. A mention is made of a user
id only, and only of one that Slack's directory or a signed request gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.blocks import (
    Block,
    Message,
    actions_block,
    button,
    clip,
    context_blocks,
    fallback,
    plain,
    rich_block,
    text_part,
)
from bot.clock_words import is_clocked, steps_text
from bot.figures import clean, name_text
from bot.machine_words import clean_line
from bot.proposal_words import (
    changes_text,
    does,
    effect_text,
    expiry_text,
    fate_text,
    headline,
    losses,
    lower_first,
    may_be_undone,
    moment_text,
    other_notes,
    place_text,
    quoted,
    stage_text,
    terms_text,
    title_in,
    undo_text,
)
from tools.clouds.resources import Verb
from tools.gate.policy import ANYONE
from tools.gate.proposals import Decision, Fate, Proposal, Stage, Target

APPROVE, DENY, EDIT = "purser.gate.approve", "purser.gate.deny", "purser.gate.edit"
SNOOZE, DETAILS, UNDO = "purser.gate.snooze", "purser.gate.details", "purser.gate.undo"
SHOWN = 8  # targets on the card itself; Details has them all
MENTIONS = 6  # people who are named at once
NAMED = 130  # characters of names where 300 must also say what is lost
LINE = 600  # characters of a line on the card
EDITABLE = (Verb.TAG, Verb.SCALE, Verb.BUDGET, Verb.SCHEDULE)
DESTRUCTIVE = (Verb.STOP, Verb.TERMINATE, Verb.SCHEDULE)
_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_OTHERS = {
    ANYONE: "any full member",
    "purser": "Purser",
    "schedule": "a schedule",
    "terminal": "the terminal",
}
_NOT_DONE = (Stage.DENIED, Stage.EXPIRED, Stage.REPLACED, Stage.REFUSED, Stage.FAILED)


@dataclass(frozen=True, slots=True)
class Face:
    """What surrounds a proposal on its card.

    Args:
        now: for what is left of the time.
        owners: target id → user id of its owner, as the directory found it.
        undone_by: user id of who took it back; empty where nobody did.
        is_copy: shown besides the card, to people who could not see that.
    """

    now: datetime
    owners: Mapping[str, str] = field(default_factory=dict)
    undone_by: str = ""
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button of a card carries: which proposal, and just what of it was shown."""

    id: str
    version: int
    digest: str

    @property
    def value(self) -> str:
        """As the button carries it."""
        return f"{self.id}:{self.version}:{self.digest}"

    @classmethod
    def parse(cls, value: str) -> Pressed | None:
        """What a value says; None where it is none of ours."""
        found = re.fullmatch(r"([0-9a-zA-Z_-]{1,64}):(\d{1,6}):([0-9a-f]{64})", value)
        return cls(found[1], int(found[2]), found[3]) if found else None

    @classmethod
    def of(cls, proposal: Proposal) -> Pressed:
        """What the buttons of a proposal's card carry."""
        return cls(proposal.id, proposal.version, proposal.digest)


def card_message(proposal: Proposal, face: Face) -> Message:
    """The card as it stands now."""
    blocks = (
        _headline(proposal),
        *_reason(proposal),
        _targets(proposal, face),
        *_consequences(proposal, face),
        *_standing(proposal, face),
        *actions_block(tuple(_buttons(proposal, face))),
    )
    return Message(fallback(card_text(proposal)), blocks)


def card_text(proposal: Proposal) -> str:
    """The card in a line, for notifications."""
    said = proposal.outcome if proposal.stage.is_end else stage_text(proposal)
    return f"{headline(proposal)}: {lower_first(clean_line(said) or stage_text(proposal))}"


def people(users: Iterable[str]) -> list[Block]:
    """Mentions, with what parts them; whatever is no user id is shown as a word."""
    named = list(dict.fromkeys(users))
    parts: list[Block] = []
    for user in named[:MENTIONS]:
        parts += [text_part(", ")] if parts else []
        parts.append(person(user))
    if len(named) > MENTIONS:
        parts.append(text_part(f" and {len(named) - MENTIONS} more"))
    return parts


def person(user: str) -> Block:
    """A mention of a user id."""
    if _USER.fullmatch(user):
        return {"type": "user", "user_id": user}
    return text_part(_OTHERS.get(user, "somebody"))


def _headline(proposal: Proposal) -> Block:
    by = "taken back by " if proposal.undoes else "proposed by "
    parts = [text_part(clip(headline(proposal), LINE), bold=True), text_part(f"\n{by}")]
    return rich_block(*parts, person(proposal.requester.user), *_edited(proposal))


def _edited(proposal: Proposal) -> list[Block]:
    if proposal.version == 1:
        return []
    return [text_part(f", version {proposal.version}: earlier approvals do not count")]


def _reason(proposal: Proposal) -> tuple[Block, ...]:
    """Why, in the requester's words: a quotation and no more."""
    said = clean_line(proposal.reason)
    if not said:
        return ()
    quote = {"type": "rich_text_quote", "elements": [text_part(clip(f"“{said}”", LINE))]}
    return ({"type": "rich_text", "elements": [quote]},)


def _targets(proposal: Proposal, face: Face) -> Block:
    runs = {run.target: run for run in proposal.runs}
    items = []
    for target in proposal.targets[:SHOWN]:
        parts = [text_part(clean(target.sight.title), bold=True)]
        parts.append(text_part(f"  {clip(changes_text(target), LINE)}"))
        parts += _about(target, face)
        run = runs.get(target.sight.target)
        if run and not (run.fate is Fate.WAITING and proposal.stage is Stage.CLAIMED):
            parts.append(text_part(f"\n{clip(fate_text(run), LINE)}", italic=True))
        items.append({"type": "rich_text_section", "elements": parts})
    if len(proposal.targets) > SHOWN:
        more = f"and {len(proposal.targets) - SHOWN} more; Details names them all"
        items.append({"type": "rich_text_section", "elements": [text_part(more)]})
    listed = {"type": "rich_text_list", "style": "bullet", "elements": items}
    return {"type": "rich_text", "elements": [listed]}


def _about(target: Target, face: Face) -> list[Block]:
    """Where it is and whose; the owner is mentioned where the directory knows them."""
    sight = target.sight
    known = [place_text(target), clean(sight.facts.get("type", ""))]
    told = [name for name in ("team", "env") if name in sight.labels]
    known += [f"{name} {name_text(sight.labels[name], name)}" for name in told]
    line = " · ".join(part for part in known if part)
    parts = [text_part(f"\n{clip(line, LINE)}")] if line else []
    if sight.target in face.owners:
        parts += [text_part(" · owner "), person(face.owners[sight.target])]
    elif sight.target.startswith("budget/") and _USER.fullmatch(sight.facts.get("owner", "")):
        parts += [text_part(" · owner "), person(sight.facts["owner"])]
    elif "owner" in sight.labels:
        parts.append(text_part(f" · owner {name_text(sight.labels['owner'], 'owner')}"))
    return parts


def _consequences(proposal: Proposal, face: Face) -> tuple[Block, ...]:
    """Cost, what is lost, what can be undone, what was not checked: a line each.

    What was not done, or was taken back, saves nothing.
    """
    if proposal.stage in _NOT_DONE or face.undone_by:
        return ()
    is_all = proposal.stage not in (Stage.PARTIAL, Stage.UNSETTLED)
    lines = [("Cost", f"{effect_text(proposal)}{'' if is_all else ', if all of it is done'}")]
    if not proposal.stage.is_end:
        lines += _clocked(proposal)
        lines.append(("Lost", _lost(proposal)))
        lines.append(("Undo", undo_text(proposal)))
        lines += [("Note", note) for note in other_notes(proposal)[:5]]
        unchecked = "; ".join(map(clean_line, proposal.unchecked))
        lines += [("Not checked", unchecked)] if unchecked else []
    parts: list[Block] = []
    for index, (name, text) in enumerate(lines):
        end = "\n" if index < len(lines) - 1 else ""
        parts += [text_part(f"{name}  ", bold=True), text_part(f"{clip(text, LINE)}{end}")]
    return (rich_block(*parts),)


def _clocked(proposal: Proposal) -> list[tuple[str, str]]:
    """What is approved of a timetable: each step by its date; Details names them all."""
    steps = steps_text(proposal)
    return [("Steps", steps)] if steps else []


def _lost(proposal: Proposal) -> str:
    lost = "; ".join(losses(proposal)) or "nothing"
    return f"at each stop: {lost}" if is_clocked(proposal) and losses(proposal) else lost


def _standing(proposal: Proposal, face: Face) -> tuple[Block, ...]:
    match proposal.stage:
        case Stage.PENDING:
            return _waiting(proposal, face)
        case Stage.CLAIMED:
            approved = [*people(proposal.approved_by)]
            return (rich_block(text_part("Approved by "), *approved, text_part(". On it…")),)
        case _:
            return _ended(proposal, face)


def _waiting(proposal: Proposal, face: Face) -> tuple[Block, ...]:
    terms, given = proposal.terms, proposal.approved_by
    parts = [text_part(f"{terms_text(proposal)}. May approve: ")]
    own = () if terms.requester_may_approve else (proposal.requester.user,)
    may = [user for user in terms.approvers if user not in (*given, *own)]
    parts += people(may) or [text_part("nobody else")]
    if given:
        left = max(1, terms.approvals - len(set(given)))
        parts += [text_part("\nApproved by ", bold=True), *people(given)]
        parts.append(text_part("; one more must." if left == 1 else f"; {left} more must."))
    until = proposal.snoozed_until
    put_off = f"Put off until {moment_text(until, now=face.now)}." if until else ""
    is_put_off = until is not None and until > face.now
    expiry = expiry_text(proposal, now=face.now)
    return (rich_block(*parts), *context_blocks(f"{expiry}.", put_off if is_put_off else ""))


def _ended(proposal: Proposal, face: Face) -> tuple[Block, ...]:
    """Who, when and what: it stands in the place of the buttons."""
    said = clean_line(proposal.outcome)
    parts = [text_part(clip(said or f"{stage_text(proposal)}.", LINE), bold=True)]
    denied = next((d for d in proposal.decisions if d.verdict == "deny"), None)
    if denied:
        parts += _by("\nDenied by ", (denied.person,), proposal, face)
        parts += _why(denied)
    elif proposal.approved_by:
        word = "\nTaken back by " if proposal.undoes else "\nApproved by "
        parts += _by(word, proposal.approved_by, proposal, face)
    elif proposal.ended:
        parts.append(text_part(f" {moment_text(proposal.ended, now=face.now)}"))
    if face.undone_by:
        parts += [text_part("\nTaken back by "), person(face.undone_by), text_part(".")]
    return (rich_block(*parts),)


def _by(word: str, users: Iterable[str], proposal: Proposal, face: Face) -> list[Block]:
    at = f", {moment_text(proposal.ended, now=face.now)}" if proposal.ended else ""
    return [text_part(word), *people(users), text_part(at)]


def _why(decision: Decision) -> list[Block]:
    return [text_part(f": {quoted(decision.reason)}")] if decision.reason.strip() else []


def _buttons(proposal: Proposal, face: Face) -> Iterator[Block]:
    value = Pressed.of(proposal).value
    if proposal.stage is Stage.PENDING:
        yield _approve_button(proposal, value)
        yield button("Deny", DENY, value=value)
        if can_be_edited(proposal):
            yield button("Edit", EDIT, value=value)
        yield button("Snooze 1 h", SNOOZE, value=value)
    elif may_be_undone(proposal, now=face.now) and not face.undone_by:
        yield _undo_button(proposal, value)
    yield button("Details", DETAILS, value=value)


def can_be_edited(proposal: Proposal) -> bool:
    """Whether there is anything to edit: values, or a choice among targets."""
    return proposal.verb in EDITABLE or len(proposal.targets) > 1


def _approve_button(proposal: Proposal, value: str) -> Block:
    is_destructive = proposal.is_final or proposal.verb in DESTRUCTIVE
    made = button("Approve", APPROVE, value=value, style="danger" if is_destructive else "primary")
    if not is_destructive:
        return made
    text = f"{clip(headline(proposal), NAMED)}. Lost: {_lost(proposal)}. {undo_text(proposal)}."
    verb = does(proposal)
    return {**made, "confirm": _confirm(f"{verb}, really?", text, verb)}


def _undo_button(proposal: Proposal, value: str) -> Block:
    done = {run.target for run in proposal.runs if run.fate is Fate.DONE}
    names = ", ".join(title_in(proposal, target) for target in sorted(done))
    text = f"{undo_text(proposal)}. That is: {names}."
    word = "End it" if is_clocked(proposal) else "Undo"
    return {**button(word, UNDO, value=value), "confirm": _confirm("Take it back?", text, word)}


def _confirm(title: str, text: str, yes: str) -> Block:
    return {
        "title": plain(clip(title, 100)),
        "text": plain(clip(text, 300)),
        "confirm": plain(clip(yes, 30)),
        "deny": plain("Not now"),
    }
