"""“Still needed?”: owners are asked, and what they press is kept. Who presses is Slack's word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.blocks import Block, plain_message
from bot.config import Config
from bot.delivery import Delivery, Place, Posted
from bot.listeners.failures import Failures
from bot.listeners.seen import Seen
from bot.machine_words import kept_text
from bot.scope import Home, scope_of
from bot.still_needed import (
    KEEP,
    MOST,
    STOP,
    Asked,
    answered_message,
    asked_message,
    needed_message,
    resource_of,
    until_of,
)
from tools.core.context import Context
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.core.machines import Machine
from tools.core.query import Filter
from tools.core.scope import Scope
from tools.gate.people import Actor
from tools.gate.proposals import Proposal
from tools.ledger.needs import Said
from tools.needs import PAUSE, Ask, who_to_ask

if TYPE_CHECKING:
    from tools.clouds.fleet import Fleet
    from tools.gate.people import Directory
    from tools.ledger.needs import Needs

NOT_IDLE = "That is at work again, or gone, so I ask nobody."
NOT_OURS = "I no longer know what this was about; /gpu idle shows what is idle now."
_SHORTEST = 0.5  # hours; somebody may have listed what is idle for less than usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A press of an answer, as Slack signed it.

    Args:
        user: Slack's signed user id.
        home: the organisation Purser is installed in.
        action: which button or menu.
        value: what it carried.
        block_id: of the row it stands in, which names the resource.
        place: where to answer, to the presser alone.
        message: the message; None where it cannot be changed.
        text: the message's text.
        blocks: the message as it stands.
        key: names this one press, however often it is delivered.
    """

    user: str
    home: Home
    action: str
    value: str
    block_id: str
    place: Place
    message: Posted | None
    text: str
    blocks: tuple[Block, ...]
    key: str


@dataclass(frozen=True)
class NeedsDesk:
    """Asks owners, and takes their answers. Safe to share between threads.

    Args:
        config: scopes, the teams' channels and the clock.
        context: what tools are handed for somebody and a scope, with the clouds and the gate.
        needs: opens what people said.
        directory: who people are, live.
        scope: what somebody may see in a channel; raises where that is nothing.
        show: posts the card of a proposal.
        seen: remembers presses.
        delivery: brings messages.
        failures: tells what goes wrong, to the presser alone.
    """

    config: Config
    context: Callable[[Actor, Scope], Context]
    needs: Callable[[], Needs]
    directory: Directory
    scope: Callable[[str, str | None, Home], Scope]
    show: Callable[[Proposal, Place], object]
    seen: Seen
    delivery: Delivery
    failures: Failures

    def ask_all(self, text: str, place: Place, home: Home) -> None:
        """Ask about what is idle, under the scope of who has it asked: `/gpu ask where team=ml`."""
        with self.failures.told(place):
            actor, context = self._asker(place, home, via="slash")
            found = self._idle(_filters(text, context), context)
            self._tell(place, self.ask(found, by=actor, context=context))

    def ask_one(self, id: str, place: Place, home: Home) -> None:
        """Ask about one machine: its button in the idle list."""
        with self.failures.told(place.privately()):
            actor, context = self._asker(place, home, via="button")
            found = self._idle((), context, only=id) or self._idle((), context, _SHORTEST, only=id)
            if not found:
                raise RefusedError(NOT_IDLE)
            self._tell(place, self.ask(found, by=actor, context=context))

    def ask(self, machines: Sequence[Machine], *, by: Actor, context: Context) -> Asked:
        """Ask the owners of these machines, one message each; say what became of it."""
        now, needs = self.config.clock.now(), self.needs()
        asking = who_to_ask(
            machines,
            needs=needs.of(m.resource.id for m in machines),
            directory=self.directory,
            channels=self.config.people.channels,
            now=now,
            sees=lambda who, machine: _fleet(context).shows(
                machine.resource, scope_of(who, self.config.scope)
            ),
        )
        told: list[Ask] = []
        not_told: list[Ask] = []
        for ask in asking.asks:
            claimed = self._claimed(ask)
            if not claimed.machines:
                continue
            arrived = told if self._brought(claimed, by) else not_told
            arrived.append(claimed)
        return Asked(told=tuple(told), not_told=tuple(not_told), asking=asking)

    def answer(self, press: Answering) -> None:
        """Keep what somebody pressed, and show it in the message."""
        with self.failures.told(press.place):
            id = resource_of(press.block_id)
            if id is None:
                raise RefusedError(NOT_OURS)
            actor, context = self._presser(press)
            resource = _fleet(context).read(id, context.scope)
            if not self.seen.first_time(f"need:{press.user}:{press.key}"):
                return
            said = self._take(press, resource.id, actor, context)
            is_shown = press.message is not None and self._refresh(press, press.message)
            if not is_shown:
                self.delivery.post(press.place, plain_message(said))

    def _take(self, press: Answering, id: str, actor: Actor, context: Context) -> str:
        """Keep an answer; what to say of it where the message cannot show it."""
        match press.action:
            case action if action == KEEP:
                until = until_of(press.value, now=self.config.clock.now())
                self.needs().answer(id, Said.KEEP, actor=actor, until=until)
                return f"It is {kept_text(until)}."
            case action if action == STOP:
                self._propose_stop(press, id, context)
                self.needs().answer(id, Said.STOP, actor=actor)
                return "I proposed to stop it; see the card."
            case _:
                self.needs().answer(id, Said.NOT_MINE, actor=actor)
                return "I do not ask you about it again."

    def _propose_stop(self, press: Answering, id: str, context: Context) -> None:
        from tools.proposing import propose_stop

        reason = "Not needed any more."  # who presses in a channel need not be who was asked
        is_idle = press.value == "idle"
        proposal = propose_stop([id], reason, because_idle=is_idle, context=context)
        self.show(proposal, replace(press.place, is_private=False))

    def _refresh(self, press: Answering, message: Posted) -> bool:
        rows = (resource_of(block.get("block_id")) for block in press.blocks)
        said = self.needs().of([id for id in rows if id is not None])
        return self.delivery.update(message, answered_message(press.text, press.blocks, said))

    def _idle(
        self,
        where: Sequence[Filter],
        context: Context,
        hours: float | None = None,
        *,
        only: str = "",
    ) -> tuple[Machine, ...]:
        from tools.gpus import idle_gpus

        found = idle_gpus(where, hours, context=context).machines
        return tuple(m for m in found if not only or m.resource.id == only)

    def _claimed(self, ask: Ask) -> Ask:
        """As much of it as fits a message and nobody else is asking at this moment."""
        since = self.config.clock.now() - PAUSE
        wanted = [machine.resource.id for machine in ask.machines[:MOST]]
        claimed = set(self.needs().claim(wanted, person=ask.to, since=since))
        return replace(ask, machines=tuple(m for m in ask.machines if m.resource.id in claimed))

    def _brought(self, ask: Ask, by: Actor) -> bool:
        message = needed_message(ask, by=by.user, now=self.config.clock.now())
        if self.delivery.speak(Place(ask.to, ask.to if ask.is_person else by.user), message):
            return True
        self.needs().release([m.resource.id for m in ask.machines], person=ask.to)
        return False

    def _asker(self, place: Place, home: Home, *, via: str) -> tuple[Actor, Context]:
        actor = Actor(place.user, team=home.team, via=via)
        scope = self.scope(place.user, place.channel, home)
        return actor, self.context(actor, scope)

    def _presser(self, press: Answering) -> tuple[Actor, Context]:
        """Who answers: a full member of this workspace, under what they may see there.

        Raises:
            RefusedError: it is none.
        """
        if not self.directory.is_member(press.user):
            raise RefusedError("Only full members of this workspace may say what is needed.")
        return self._asker(replace(press.place, user=press.user), press.home, via="button")

    def _tell(self, place: Place, asked: Asked) -> None:
        self.delivery.post(place.privately(), asked_message(asked))


def _fleet(context: Context) -> Fleet:
    if context.fleet is None:
        raise UnavailableError(
            "I see no cloud from here: name accounts or projects under [clouds] in purser.toml."
        )
    return context.fleet


def _filters(text: str, context: Context) -> tuple[Filter, ...]:
    """The conditions after `ask`."""
    from bot.grammar import Vocabulary, read_filters
    from tools.core.clock import today
    from tools.core.dimensions import BUILT_IN

    word, _, where = text.strip().partition(" ")
    if not word:
        return ()
    if word.lower() != "where" or not where.strip():
        raise InputError("Ask about what? For instance: ask, or ask where team=ml.")
    names = (*(d.name for d in context.lake.settings.dimensions), *BUILT_IN)
    known = Vocabulary(tuple(dict.fromkeys(names)), units=(), today=today(context.clock), values={})
    return read_filters(where, known)
