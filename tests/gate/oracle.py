"""What may be done, said a second time and in another way: the villain's acts are judged by it.

It shares no code with the rules. It keeps its own record of what was shown, who pressed what while
being whom, and reads the policy below as its sentences stand in the README.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tests.gate.open_world import Done
from tools.clouds.resources import Verb
from tools.core.query import Filter, Op
from tools.gate.people import Actor
from tools.gate.policy import Limits, Policy, Rule, Stake
from tools.gate.proposals import Proposal

TEAM = "T1"
ADMINS = ("UADMIN1", "UADMIN2")
ENGINEERS = ("UENG1", "UENG2", "UENG3")
OWNERS = ("UOWNER1", "UOWNER2")
STRANGERS = ("UGUEST", "UFORMER", "UNOBODY")
PEOPLE = (*ADMINS, *ENGINEERS, *OWNERS, *STRANGERS)
GROUP = "SENG"
PER_HOUR, PER_DAY, DOLLARS = 12, 40, Decimal(60_000)
TWO_FROM = Decimal(20_000)  # dollars a month
POLICY = Policy(
    admins=ADMINS,
    rules=(
        Rule(
            name="batch in production",
            verbs=(Verb.STOP, Verb.SCALE),
            where=(Filter("team", Op.IS, ("batch",)),),
            propose=(GROUP,),
            approve=("admins",),
            allows_production=True,
        ),
        Rule(name="tags", verbs=(Verb.TAG,), approve=("anyone",), allows_production=True),
        Rule(
            name="sandbox",
            where=(Filter("env", Op.IS, ("sandbox",)),),
            approve=("owner", GROUP, "admins"),
        ),
        Rule(
            name="dev",
            where=(Filter("env", Op.IS, ("dev", "staging")),),
            approve=(GROUP, "admins"),
        ),
    ),
    protected=("sim/a/r/instance/crown*",),
    stakes=(Stake(TWO_FROM, 2),),
    limits=Limits(PER_HOUR, PER_DAY, DOLLARS),
)
HARMLESS = ("dev", "staging", "sandbox", "test")
GUARDED = {
    *("env", "environment", "stage", "owner", "created-by", "contact"),
    *("team", "owner-team", "squad", "do-not-terminate", "do-not-stop", "purser:protected"),
}
SELF_APPROVED = (Verb.START, Verb.TAG)


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed Approve on a card, and the gate took it."""

    person: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A card: what it said would be done, and who might have approved it when it was shown."""

    proposal: Proposal
    group: frozenset[str]
    deeds: Mapping[str, tuple[Verb, Mapping[str, str | None]]]


@dataclass
class Oracle:
    """Judges acts.

    Args:
        group: who is in the group now.
        full: who is a full member now.
        is_frozen: whether the kill switch is pressed.
    """

    group: set[str] = field(default_factory=lambda: set(ENGINEERS))
    full: set[str] = field(default_factory=lambda: {*ADMINS, *ENGINEERS, *OWNERS})
    is_frozen: bool = False
    shown: dict[tuple[str, int], Shown] = field(default_factory=dict)
    presses: dict[tuple[str, int], list[Press]] = field(default_factory=dict)
    acted: list[tuple[datetime, str, Decimal]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    claimed: dict[tuple[str, int], datetime] = field(default_factory=dict)
    finished: dict[str, datetime] = field(default_factory=dict)

    def show(self, proposal: Proposal) -> None:
        """A card was shown."""
        deeds = {t.sight.target: (t.deed.verb, dict(t.deed.after)) for t in proposal.targets}
        key = proposal.id, proposal.version
        self.shown[key] = Shown(proposal, frozenset(self.group), deeds)

    def press(self, id: str, version: int, digest: str, actor: Actor, *, at: datetime) -> None:
        """The gate took somebody's approval."""
        self.presses.setdefault((id, version), []).append(Press(actor.user, at, digest))

    def judge(self, done: Done, *, at: datetime, hourly: Decimal | None) -> list[str]:
        """Everything that is wrong about an act; empty where it was rightly approved."""
        id, version, _ = done.deed.key.rsplit("-", 2)
        card = self.shown.get((id, int(version)))
        if card is None:
            return ["it was on no card"]
        claimed = self.claimed.get((id, int(version)))
        if claimed is None:
            return ["nobody claimed it"]
        found = [*self._of_all(done, card), *self._of_limits(done, claimed, hourly)]
        if card.proposal.undoes:
            return [*found, *self._of_undo(done, card, at)]
        return [*found, *self._of_approvals(done, card, at)]

    def _of_all(self, done: Done, card: Shown) -> Iterator[str]:
        deed, facts = done.deed, done.facts
        if card.deeds.get(deed.target) != (deed.verb, dict(deed.after)):
            yield "the card showed something else"
        seen = {t.sight.target: t.sight.facts for t in card.proposal.targets}.get(deed.target, {})
        if {n: v for n, v in seen.items() if n not in ("use", "schedule")} != facts:
            yield "the world was not as the card showed it"
        if deed.key in self.keys:
            yield "it was done twice"
        self.keys.add(deed.key)
        if self.is_frozen:
            yield "Purser was frozen"

    def _of_limits(self, done: Done, claimed: datetime, hourly: Decimal | None) -> Iterator[str]:
        monthly = (hourly or Decimal(0)) * 730 if done.deed.verb not in (Verb.TAG,) else Decimal(0)
        self.acted.append((claimed, done.deed.key, monthly))
        hour = [a for a in self.acted if a[0] > claimed - timedelta(hours=1)]
        day = [a for a in self.acted if a[0] > claimed - timedelta(days=1)]
        if len(hour) > PER_HOUR or len(day) > PER_DAY:
            yield "it was more than the limits let"
        if sum(a[2] for a in day) > DOLLARS:
            yield "it was more money than the limits let"

    def _of_approvals(self, done: Done, card: Shown, at: datetime) -> Iterator[str]:
        proposal, rule = card.proposal, self._rule(done)
        if rule is None:
            yield "no rule allows it"
            return
        key = proposal.id, proposal.version
        if proposal.requester.user not in self.full:
            yield "the requester is no full member"
        if rule == "batch" and proposal.requester.user not in self.group & card.group:
            yield "the requester may not propose it"
        is_guarded = self._is_guarded(done)
        counted = {
            press.person
            for press in self.presses.get(key, ())
            if press.digest == proposal.digest
            and self._in_time(press, proposal)
            and self._may(press.person, rule, done, card, is_guarded=is_guarded)
        }
        if len(counted) < self._needed(done, proposal):
            yield f"{len(counted)} rightful approvals are too few"

    def _rule(self, done: Done) -> str | None:
        """Which of the four, and None where production or protection forbids it."""
        verb, facts = done.deed.verb, done.facts
        env = facts.get("tag:env", "")
        is_sensitive = env not in HARMLESS or self._is_protected(done)
        if verb in (Verb.STOP, Verb.TERMINATE) and facts.get("member of"):
            return None
        if facts.get("tag:team") == "batch" and verb in (Verb.STOP, Verb.SCALE):
            return "batch"
        if verb is Verb.TAG:
            return "tags"
        if is_sensitive or env == "test":
            return None
        return "sandbox" if env == "sandbox" else "dev"

    def _is_protected(self, done: Done) -> bool:
        tags = {"do-not-terminate", "do-not-stop", "purser:protected"}
        has_tag = any(name.removeprefix("tag:").lower() in tags for name in done.facts)
        return has_tag or "crown" in done.deed.target

    def _is_guarded(self, done: Done) -> bool:
        names = {n.removeprefix("tag:").strip().lower() for n in done.deed.after}
        return done.deed.verb is Verb.TAG and bool(names & GUARDED)

    def _in_time(self, press: Press, proposal: Proposal) -> bool:
        lasts = timedelta(hours=1 if proposal.verb is Verb.TERMINATE else 4)
        return proposal.at <= press.at < proposal.at + lasts

    def _may(self, user: str, rule: str, done: Done, card: Shown, *, is_guarded: bool) -> bool:
        is_self = user == card.proposal.requester.user
        if user not in self.full:
            return False
        if is_self and (done.deed.verb not in SELF_APPROVED or is_guarded):
            return False
        if is_guarded or rule == "batch":
            return user in ADMINS
        if rule == "tags":
            return True
        is_owner = rule == "sandbox" and done.facts.get("tag:owner") == user
        return user in ADMINS or is_owner or user in self.group & card.group

    def _needed(self, done: Done, proposal: Proposal) -> int:
        env = done.facts.get("tag:env", "")
        is_sensitive = env not in HARMLESS or self._is_protected(done)
        is_final = done.deed.verb is Verb.TERMINATE
        money = proposal.monthly
        is_dear = done.deed.verb is not Verb.TAG and (money is None or abs(money) >= TWO_FROM)
        return 2 if is_sensitive or is_final or is_dear else 1

    def _behind(self, key: tuple[str, int]) -> set[str]:
        """Who asked for it, and who approved it."""
        asked = self.shown[key].proposal.requester.user
        return {asked, *(press.person for press in self.presses.get(key, ()))}

    def _of_undo(self, done: Done, card: Shown, at: datetime) -> Iterator[str]:
        undone, person = card.proposal.undoes, card.proposal.requester.user
        origin = max((k for k in self.shown if k[0] == undone), default=None)
        if origin is None:
            yield "it takes back what was never shown"
            return
        named = self._behind(origin)
        is_owner = done.facts.get("tag:owner") == person
        if person not in self.full or not (person in named or is_owner):
            yield "somebody else took it back"
        if undone not in self.finished or at >= self.finished[undone] + timedelta(hours=24):
            yield "it was taken back too late"
        if self._rule(done) is None:
            yield "no rule allows to take it back"
        if self._is_guarded(done) and person not in ADMINS:
            yield "guarded tags were taken back by no admin"
