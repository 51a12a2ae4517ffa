"""What a press of a card's button does. Who presses is Slack's signed user, never a word."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from bot.blocks import Block, plain_message
from bot.card_views import (
    Origin,
    denial_view,
    details_view,
    editing_view,
    read_edit,
    read_reason,
)
from bot.cards import Pressed
from bot.delivery import Delivery
from bot.listeners.failures import Failures
from bot.listeners.pressing import Press
from bot.listeners.shown_cards import ShownCards
from bot.proposal_words import moment_text
from bot.scope import Home, People, Standing
from tools.core.clock import Clock
from tools.core.errors import PurserError, RefusedError
from tools.gate.gate import Pressing
from tools.gate.people import Actor
from tools.gate.proposals import Proposal, Stage

OLD_CARD = "This card is not one of mine any more; look at the newest card."
NO_CHANGE = "Nothing was changed, so the card stands as it was."


@dataclass(frozen=True)
class GateDesk:
    """Takes presses to the gate and shows what came of them. Safe to share between threads.

    Args:
        gate: opens the gate.
        cards: the cards in Slack.
        people: tells full members from others.
        delivery: brings messages.
        failures: tells what goes wrong, to the presser alone.
        workers: where what was approved is carried out.
        clock: the time.
        logger: told of faults.
    """

    gate: Callable[[], Pressing]
    cards: ShownCards
    people: People
    delivery: Delivery
    failures: Failures
    workers: Executor
    clock: Clock
    logger: logging.Logger

    def approve(self, press: Press) -> None:
        """Approve what the card showed; the last approval that is needed has it carried out."""
        with self.failures.told(press.place):
            actor, pressed = self._actor(press), self._pressed(press)
            found = self._settled_once(
                press,
                lambda: self.gate().approve(
                    pressed.id, version=pressed.version, digest=pressed.digest, actor=actor
                ),
            )
            self.cards.refresh(found, press.message)
            if found.stage is Stage.CLAIMED:
                self.workers.submit(self._carry_out, found, press)

    def deny(self, press: Press, origin: Origin, values: Mapping[str, Any]) -> None:
        """Deny it, with the reason that was written."""
        with self.failures.told(press.place):
            actor, pressed, reason = self._actor(press), origin.pressed, read_reason(values)
            found = self._settled_once(
                press,
                lambda: self.gate().deny(
                    pressed.id, version=pressed.version, actor=actor, reason=reason
                ),
            )
            self.cards.refresh(found, press.message)
            self.cards.say(found)

    def edit(self, press: Press, origin: Origin, values: Mapping[str, Any]) -> None:
        """Make a new version; its card stands where the old one stood."""
        with self.failures.told(press.place):
            actor, pressed = self._actor(press), origin.pressed
            old = self._there(pressed)
            edited = read_edit(old, values)
            if edited.targets is None and edited.after is None:
                raise RefusedError(NO_CHANGE)
            new = self._settled_once(
                press,
                lambda: self.gate().edit(
                    pressed.id,
                    version=pressed.version,
                    actor=actor,
                    targets=edited.targets,
                    after=edited.after,
                ),
            )
            self._moved(old, new, press)

    def snooze(self, press: Press) -> None:
        """Show the card again in an hour."""
        with self.failures.told(press.place):
            actor, pressed = self._actor(press), self._pressed(press)
            found = self._settled_once(
                press,
                lambda: self.gate().snooze(pressed.id, version=pressed.version, actor=actor),
            )
            self.cards.refresh(found, press.message)
            if found.snoozed_until:
                until = moment_text(found.snoozed_until, now=self.clock.now())
                said = f"I show this card again at {until}; it expires all the same."
                self.delivery.post(press.place, plain_message(said))

    def undo(self, press: Press) -> None:
        """Take back what was done."""
        with self.failures.told(press.place):
            actor, pressed = self._actor(press), self._pressed(press)
            done = self._there(pressed)
            back = self._settled_once(press, lambda: self.gate().undo(pressed.id, actor=actor))
            self.cards.undone(done, by=actor.user)
            self.cards.refresh(done, press.message)
            self.workers.submit(self._take_back, done, back, press)

    def open_denial(self, press: Press) -> None:
        """Ask why."""
        self._open(press, lambda found, origin: denial_view(found, origin))

    def open_editing(self, press: Press) -> None:
        """Ask what should be otherwise."""
        self._open(press, lambda found, origin: editing_view(found, origin))

    def open_details(self, press: Press) -> None:
        """Show all there is to know, to a full member; of what has ended, too."""
        now = self.clock.now()
        self._open(press, lambda found, _: details_view(found, now=now), ended=True)

    def wrong_in(self, origin: Origin, values: Mapping[str, Any]) -> Mapping[str, str]:
        """What is wrong with what was typed, by the block it stands in; quick, asks no cloud."""
        found = self.gate().find(origin.pressed.id)
        if found is None or found.version != origin.pressed.version:
            return {}
        return read_edit(found, values).errors or {}

    def round(self) -> None:
        """Settle what a crash left, end what expired, and say what was found."""
        try:
            for ended in self.gate().settle():
                self.cards.refresh(ended)
                self.cards.say(ended)
            for waiting in self.gate().put_off():
                if self._is_due(waiting):
                    self.cards.show_again(waiting)
        except PurserError as error:
            self.logger.warning("gate: nothing could be settled: %s", error.sentence)

    def _is_due(self, waiting: Proposal) -> bool:
        """Whether it was not shown again yet: its card is older than what it was put off until."""
        until = waiting.snoozed_until
        return bool(until and waiting.message and float(waiting.message) < until.timestamp())

    def _carry_out(self, claimed: Proposal, press: Press) -> None:
        with self.failures.told(press.place):
            found = self.gate().execute(claimed.id)
            self.cards.refresh(found, press.message)
            self.cards.say(found)

    def _take_back(self, done: Proposal, back: Proposal, press: Press) -> None:
        with self.failures.told(press.place):
            found = self.gate().execute(back.id)
            if found.stage not in (Stage.DONE, Stage.PARTIAL, Stage.UNSETTLED):
                self.cards.undone(done, by="")
            self.cards.refresh(done, press.message)
            self.cards.say(found, thread=press.message)

    def _settled_once(self, press: Press, step: Callable[[], Proposal]) -> Proposal:
        """Do it; where it is over already, let the pressed message show what stands."""
        try:
            return step()
        except RefusedError:
            pressed = press.pressed
            found = self.gate().find(pressed.id) if pressed else None
            if found and pressed and (found.stage.is_end or found.version != pressed.version):
                self.cards.refresh(found, press.message)
            raise

    def _moved(self, old: Proposal, new: Proposal, press: Press) -> None:
        placed = press.message
        if old.message:
            from bot.delivery import Posted

            placed = Posted(old.channel, old.message)
        if placed is None:
            return
        self.cards.keep(new, placed)
        self.cards.refresh(new, placed, press.message)

    def _open(
        self, press: Press, view: Callable[[Proposal, Origin], Block], *, ended: bool = False
    ) -> None:
        with self.failures.told(press.place):
            self._actor(press)
            pressed = self._pressed(press)
            found = self._there(pressed, ended=ended)
            message = press.message
            origin = Origin(
                pressed,
                message.channel if message else "",
                str(message.ts) if message else "",
                press.place.thread_ts or "",
            )
            # A dict, not a View: the class would turn blocks it does not know into nothing.
            self.delivery.client.views_open(trigger_id=press.trigger, view=view(found, origin))

    def _there(self, pressed: Pressed, *, ended: bool = True) -> Proposal:
        found = self.gate().find(pressed.id)
        if found is None or found.version != pressed.version:
            raise RefusedError(OLD_CARD)
        if found.stage.is_end and not ended:
            raise RefusedError(f"This is over: {found.outcome}".strip())
        return found

    def _pressed(self, press: Press) -> Pressed:
        pressed = press.pressed
        if pressed is None:
            raise RefusedError(OLD_CARD)
        return pressed

    def _actor(self, press: Press) -> Actor:
        """Who presses; a full member of this workspace, or nobody.

        Raises:
            RefusedError: it is not.
        """
        self.cards.stands_in(press.message, press.place.thread_ts)
        return member(press.user, press.home, self.people)


def member(user: str, home: Home, people: People, *, via: str = "button") -> Actor:
    """Somebody who acts, as long as they are a full member.

    Raises:
        RefusedError: they are not, or Slack does not say.
    """
    match people.asker(user, home).standing:
        case Standing.MEMBER:
            return Actor(user, team=home.team, via=via)
        case Standing.UNKNOWN:
            raise RefusedError("I could not check who you are; please try again in a minute.")
        case _:
            raise RefusedError("Only full members of this workspace may decide about this.")
