"""Where every question is taken, answered under the asker's scope, and sent on its way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, TimeoutError
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.blocks import Setting, plain_message, render
from bot.config import Config
from bot.conversation import ALONE, Answer, Turn
from bot.delivery import Delivery, Place
from bot.listeners.bringing import Bringing
from bot.listeners.conversation import Conversations
from bot.listeners.failures import Failures
from bot.listeners.review import Review
from bot.listeners.seen import Seen, is_new
from bot.listeners.shown_cards import ShownCards
from bot.listeners.stops import Stops
from bot.listeners.switch import Switch
from bot.router import is_help
from bot.scope import Home, People, scope_for
from bot.streaming import PAUSE, LiveReply, Reply
from bot.under_way import UnderWay
from bot.welcome import help_message
from bot.wording import sentence
from tools.core.context import Context
from tools.core.errors import PurserError
from tools.core.results import CostTable
from tools.core.scope import Scope
from tools.gate.people import Actor
from tools.gate.proposals import Proposal

STATUS_AFTER = 1.0  # seconds; a quicker answer needs no “Looking into it…”


class Routes(Protocol):
    """What the desk asks: `bot.router.Router`, or what stands in for it."""

    def command(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        """The answer to a command."""

    def ask(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        """The answer to a sentence."""

    def stop(self, id: str, *, context: Context) -> Answer:
        """A proposal to stop what was listed as idle."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks.

    Args:
        text: in plain words.
        place: where the answer goes.
        home: the organisation Purser is installed in.
        is_command: written in the grammar, not said in words.
        family: which command's grammar; `gpu` and `budget` may also propose.
        is_slash: typed as a command, not pressed.
    """

    text: str
    place: Place
    home: Home
    is_command: bool = False
    family: str = "cost"
    is_slash: bool = False

    @property
    def line(self) -> str:
        """What the router is asked: a family other than costs is named in front."""
        is_named = self.is_command and self.family != "cost" and not self.text.startswith("/")
        return f"/{self.family} {self.text}".strip() if is_named else self.text


@dataclass(frozen=True, slots=True)
class Workers:
    """Where answers are made, so that long talks with a model never hold up a command.

    Args:
        commands: for what the grammar reads.
        words: for what is said in words, where a model may be asked.
    """

    commands: Executor
    words: Executor


@dataclass(frozen=True)
class Desk:
    """Answers questions from Slack. Safe to share between threads.

    Args:
        config: command names, scopes and the clock.
        router: finds the answer.
        context: what tools are handed for a scope.
        bringing: shows answers.
        conversations: names the conversation of a place.
        people: tells who somebody is.
        seen: remembers what was heard.
        workers: where answers are made.
        failures: tells what goes wrong.
        under_way: the answers being made.
        logger: told of faults.
        cards: shows proposals.
        switch: freezes, lets go on, and shows the record; None where there is no gate.
        status_after: seconds after which to say that it takes longer.
        pause: seconds between two pieces of a streamed answer.
    """

    config: Config
    router: Routes
    context: Callable[[Scope], Context]
    bringing: Bringing
    conversations: Conversations
    people: People
    seen: Seen
    workers: Workers
    failures: Failures
    logger: logging.Logger
    cards: ShownCards
    switch: Switch | None = None
    under_way: UnderWay = field(default_factory=UnderWay)
    status_after: float = field(default=STATUS_AFTER)
    pause: float = field(default=PAUSE)

    @property
    def command(self) -> str:
        """The name of the cost command in this workspace."""
        return self.config.slack.commands.get("cost", "/cost")

    @property
    def delivery(self) -> Delivery:
        """Brings messages to people."""
        return self.bringing.delivery

    @property
    def stops(self) -> Stops:
        """Stops answers."""
        return Stops(self.under_way, self.delivery, self.failures)

    @property
    def review(self) -> Review:
        """Looks back at answers."""
        return Review(
            config=self.config,
            answers=self.conversations.answers,
            conversations=self.conversations,
            delivery=self.delivery,
            scope=self.scope,
            failures=self.failures,
        )

    def hears(self, body: Mapping[str, Any]) -> bool:
        """Whether an event is heard for the first time; where nobody remembers, it is."""
        try:
            return is_new(self.seen, body)
        except PurserError as error:
            # An answer given twice does less harm than none while the ledger is away.
            self.logger.warning("what was heard is not remembered: %s", error.sentence)
            return True

    def answer(self, question: Question) -> None:
        """Find the answer and bring it to its place; every failure becomes a sentence."""
        place, reply = question.place, self._reply(question)
        with self.failures.told(place, reply):
            if is_help(question.text):
                purser = self.config.slack.commands.get("purser", "/purser")
                names = self.config.slack.commands
                told = help_message(command=self.command, purser=purser, commands=names)
                self.delivery.post(place, told)
                return
            scope = self.scope(place.user, place.channel, question.home)
            turn = Turn(place.user, self._conversation(question), reply)
            answer = self._made(question, scope, turn, reply)
            is_from_words = answer.path in ("phrasebook", "model")
            setting = self._setting(place, scope, is_from_words=is_from_words)
            if isinstance(answer.result, Proposal):
                self._propose(answer, answer.result, reply)
                return
            self.bringing.bring(answer, setting, reply)

    def stop_idle(self, question: Question) -> None:
        """Propose to stop a machine whose button was pressed."""
        place = question.place
        with self.failures.told(place.privately()):
            scope = self.scope(place.user, place.channel, question.home)
            context = self._context(question, scope, via="button")
            answer = self.router.stop(question.text, context=context)
            if isinstance(answer.result, Proposal):
                self.cards.post(answer.result, place)

    def share(self, question: Question, *, pressed_ts: str) -> None:
        """Show the answer to the whole channel, under what presser and channel both may see."""
        place = question.place
        with self.failures.told(place):
            if not self.seen.first_time(f"share:{place.channel}:{pressed_ts}:{place.user}"):
                return
            scope, answer = self._again(question)
            result = answer.result
            setting = self._setting(place, scope, shared_by=place.user)
            posted = self.delivery.share(place, render(result, setting))
            if posted is None:
                self.delivery.post(place, plain_message(_NOT_SHARED))
                return
            note = f"Shared with the channel: {sentence(result)}"
            self.delivery.replace_pressed(place, plain_message(note))
            if posted.ts:
                self.bringing.add_chart(result, setting, lambda m: self.delivery.update(posted, m))

    def send_csv(self, question: Question) -> None:
        """Send the whole answer as a file to the presser alone."""
        place = question.place
        with self.failures.told(place):
            scope, answer = self._again(question)
            if isinstance(answer.result, CostTable):
                self.bringing.send_csv(place, answer.result)
            else:
                self.delivery.post(place, render(answer.result, self._setting(place, scope)))

    def scope(self, user: str, channel: str | None, home: Home) -> Scope:
        """What somebody may see in a channel.

        Raises:
            RefusedError: where they may see nothing.
        """
        asker = self.people.asker(user, home)
        return scope_for(asker, channel, self.config.scope)

    def _reply(self, question: Question) -> Reply:
        """What follows the answer: seen by all in a thread, else nothing before its end."""
        place = question.place
        if place.is_private or place.is_nowhere_yet or not (place.thread_ts or place.heard_ts):
            reply = Reply(place, self.delivery, under_way=self.under_way)
        else:
            reply = LiveReply(
                place,
                self.delivery,
                under_way=self.under_way,
                team=question.home.team,
                title=question.text,
                pause=self.pause,
            )
        self.under_way.enter(reply)
        return reply

    def _conversation(self, question: Question) -> str | None:
        """The name of the conversation; None while what was said in it cannot be looked up."""
        try:
            return self.conversations.key(question.place, question.home)
        except PurserError as error:
            self.logger.warning("a conversation is not remembered: %s", error.sentence)
            return None

    def _made(self, question: Question, scope: Scope, turn: Turn, reply: Reply) -> Answer:
        """The answer, made elsewhere while this thread watches how long it takes."""
        workers = self.workers.commands if question.is_command else self.workers.words
        route = self.router.command if question.is_command else self.router.ask
        via = "slash" if question.is_slash else "button" if question.is_command else "mention"
        context = self._context(question, scope, via=via)
        future = workers.submit(route, question.line, context=context, turn=turn)
        try:
            return future.result(self.status_after)
        except TimeoutError:
            if not future.done():
                reply.take_long()
        return future.result()

    def _context(self, question: Question, scope: Scope, *, via: str) -> Context:
        """What tools are handed: everything is proposed in the name of who really asks."""
        asker = Actor(question.place.user, team=question.home.team, via=via)
        return replace(self.context(scope), asker=asker)

    def _propose(self, answer: Answer, proposal: Proposal, reply: Reply) -> None:
        """A word of ours ends the reply; the card is a message of its own, for all there."""
        if answer.path == "model" or reply.has_begun:
            reply.end(answer.text.strip(), plain_message(_PROPOSED))
        elif answer.text:
            self.delivery.post(reply.place.privately(), plain_message(answer.text))
        self.cards.post(proposal, reply.place)

    def _again(self, question: Question) -> tuple[Scope, Answer]:
        """The answer once more, under whoever presses now; no turn of any conversation."""
        place = question.place
        scope = self.scope(place.user, place.channel, question.home)
        quiet = Reply(place, self.delivery, under_way=self.under_way)
        return scope, self._made(question, scope, Turn(place.user), quiet)

    def _setting(
        self,
        place: Place,
        scope: Scope,
        *,
        shared_by: str | None = None,
        is_from_words: bool = False,
    ) -> Setting:
        return Setting(
            now=self.config.clock.now(),
            command=self.command,
            scope=scope.text(),
            can_share=place.is_private and not place.is_direct and shared_by is None,
            is_from_words=is_from_words,
            shared_by=shared_by,
            commands=self.config.slack.commands,
            can_act=True,
        )


_PROPOSED = "I made a proposal of it; nothing happens before it is approved."
_NOT_SHARED = "I may not post in this channel; /invite me, then press Share again."
