"""Where every question is taken, answered under the asker's scope, and sent on its way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, TimeoutError
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.blocks import (
    Message,
    Setting,
    alt_text,
    not_understood_message,
    plain_message,
    render,
    render_details,
    render_headline,
)
from bot.cells import csv_text
from bot.charts import chart_spec, draw
from bot.config import Config
from bot.conversation import Answer
from bot.delivery import Delivery, Place
from bot.faults import fault_sentence
from bot.listeners.seen import Seen, is_new
from bot.refusals import NO_CHART
from bot.router import is_help
from bot.scope import Home, People, scope_for
from bot.welcome import help_message
from bot.wording import sentence
from tools.core.context import Context
from tools.core.errors import InputError, NotUnderstoodError, PurserError
from tools.core.results import CostTable, Result
from tools.core.scope import Scope

STATUS_AFTER = 1.0  # seconds; a quicker answer needs no “Looking at the bills…”


class Routes(Protocol):
    """What the desk asks: `bot.router.Router`, or what stands in for it."""

    def command(self, text: str, *, context: Context) -> Answer:
        """The answer to a command."""

    def ask(self, text: str, *, context: Context) -> Answer:
        """The answer to a sentence."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks.

    Args:
        text: in plain words.
        place: where the answer goes.
        home: the organisation Purser is installed in.
        is_command: written in the grammar, not said in words.
    """

    text: str
    place: Place
    home: Home
    is_command: bool = False


@dataclass(frozen=True)
class Desk:
    """Answers questions from Slack. Safe to share between threads.

    Args:
        config: command names, scopes and the clock.
        router: finds the answer.
        context: what tools are handed for a scope.
        delivery: brings answers to people.
        people: tells who somebody is.
        seen: remembers what was heard.
        workers: where answers are computed.
        logger: told of faults.
        status_after: seconds after which to say that it takes longer.
    """

    config: Config
    router: Routes
    context: Callable[[Scope], Context]
    delivery: Delivery
    people: People
    seen: Seen
    workers: Executor
    logger: logging.Logger
    status_after: float = field(default=STATUS_AFTER)

    @property
    def command(self) -> str:
        """The name of the cost command in this workspace."""
        return self.config.slack.commands.get("cost", "/cost")

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

        def work() -> None:
            if is_help(question.text):
                self.delivery.post(question.place, help_message(command=self.command))
                return
            scope, answer = self._found(question)
            setting = self._setting(question.place, scope)
            is_from_words = answer.path == "phrasebook"
            self._bring(
                question.place, answer.result, replace(setting, is_from_words=is_from_words)
            )

        self._safely(question.place, work)

    def share(self, question: Question, *, pressed_ts: str) -> None:
        """Show the answer to the whole channel, under what presser and channel both may see."""

        def work() -> None:
            place = question.place
            if not self.seen.first_time(f"share:{place.channel}:{pressed_ts}:{place.user}"):
                return
            scope, answer = self._found(question)
            result = answer.result
            setting = self._setting(place, scope, shared_by=place.user)
            posted = self.delivery.share(place, render(result, setting))
            if posted is None:
                self.delivery.post(place, plain_message(_NOT_SHARED))
                return
            note = f"Shared with the channel: {sentence(result)}"
            self.delivery.replace_pressed(place, plain_message(note))
            if isinstance(result, CostTable) and posted.ts:
                self._add_chart(result, setting, lambda m: self.delivery.update(posted, m))

        self._safely(question.place, work)

    def send_csv(self, question: Question) -> None:
        """Send the whole answer as a file to the presser alone."""

        def work() -> None:
            place = question.place
            _, answer = self._found(question)
            result = answer.result
            if not isinstance(result, CostTable):
                self.delivery.post(place, render(result, self._setting(place, Scope())))
                return
            is_sent = self.delivery.send_file(
                place, csv_text(result), name=_file_name(result), comment=sentence(result)
            )
            if not is_sent:
                self.delivery.post(place, plain_message(_NOT_SENT))
            elif not place.channel.startswith("D"):
                self.delivery.post(place, plain_message(_SENT))

        self._safely(question.place, work)

    def scope(self, user: str, channel: str | None, home: Home) -> Scope:
        """What somebody may see in a channel.

        Raises:
            RefusedError: where they may see nothing.
        """
        asker = self.people.asker(user, home)
        return scope_for(asker, channel, self.config.scope)

    def _found(self, question: Question) -> tuple[Scope, Answer]:
        """The answer, computed elsewhere while this thread watches how long it takes."""
        place = question.place
        scope = self.scope(place.user, place.channel, question.home)
        route = self.router.command if question.is_command else self.router.ask
        future = self.workers.submit(route, question.text, context=self.context(scope))
        try:
            return scope, future.result(self.status_after)
        except TimeoutError:
            if not future.done():
                self.delivery.working(place)
        return scope, future.result()

    def _safely(self, place: Place, work: Callable[[], None]) -> None:
        """Do the work, and say in one sentence what went wrong."""
        private = _privately(place)
        try:
            work()
        except NotUnderstoodError as error:
            self.delivery.post(place, not_understood_message(error))
        except InputError as error:
            self.delivery.post(place, plain_message(error.sentence))
        except PurserError as error:
            self.delivery.post(private, plain_message(error.sentence))
        except Exception as error:  # noqa: BLE001  a listener's last line: the asker hears an id
            self.delivery.post(private, plain_message(fault_sentence(error, self.logger)))

    def _setting(self, place: Place, scope: Scope, *, shared_by: str | None = None) -> Setting:
        return Setting(
            now=self.config.clock.now(),
            command=self.command,
            scope=scope.text(),
            can_share=place.is_private and not place.is_direct and shared_by is None,
            shared_by=shared_by,
        )

    def _bring(self, place: Place, result: Result, setting: Setting) -> None:
        """Text first; the chart into the same message, or where none can change, after it."""
        if not isinstance(result, CostTable) or not self._has_chart(result):
            self.delivery.post(place, render(result, setting))
        elif place.is_private:
            self.delivery.post(place, render_headline(result, setting))
            filled = self._with_picture(result, setting)
            self.delivery.post(place, render_details(result, filled))
        else:
            posted = self.delivery.post(place, render(result, setting))
            if posted and posted.ts:
                self._add_chart(result, setting, lambda m: self.delivery.update(posted, m))

    def _add_chart(
        self, table: CostTable, setting: Setting, update: Callable[[Message], object]
    ) -> None:
        if self._has_chart(table):
            update(render(table, self._with_picture(table, setting)))

    def _has_chart(self, table: CostTable) -> bool:
        return chart_spec(table) is not None

    def _with_picture(self, table: CostTable, setting: Setting) -> Setting:
        """The setting with an uploaded chart, or with a quiet word that there is none."""
        spec = chart_spec(table)
        try:
            png = draw(spec) if spec else None
        except ValueError as error:
            fault_sentence(error, self.logger)
            png = None
        file_id = png and self.delivery.upload_picture(
            png, name="cost.png", alt_text=alt_text(table)
        )
        return replace(setting, file_id=file_id or None, quiet_note="" if file_id else NO_CHART)


_SENT = "I sent you the CSV in our direct messages."
_NOT_SENT = "The CSV could not be sent; please try again in a minute."
_NOT_SHARED = "I may not post in this channel; /invite me, then press Share again."


def _privately(place: Place) -> Place:
    """Refusals and faults are for the asker's eyes, in the thread where they asked."""
    return place if place.is_direct else replace(place, is_private=True)


def _file_name(table: CostTable) -> str:
    groups = "-".join(name.replace(":", "-") for name in table.query.group_by[:3])
    by = f"-by-{groups}" if groups else ""
    return f"cost{by}-{table.period.start}-to-{table.period.last}.csv"
