"""How an answer gets to its place: text first, its chart as soon as it is drawn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.blocks import (
    Drawn,
    Message,
    Setting,
    alt_text,
    context_blocks,
    fallback,
    picture_blocks,
    plain_message,
    render,
    render_details,
    render_headline,
    table_blocks,
)
from bot.cells import csv_text
from bot.charts import chart_spec, draw
from bot.conversation import Answer
from bot.delivery import Delivery, Place
from bot.faults import fault_sentence
from bot.refusals import NO_CHART
from bot.spoken import below_words
from bot.streaming import Reply
from bot.wording import sentence, source_line, title
from tools.core.results import CostTable, Result

SENT = "I sent you the CSV in our direct messages."
NOT_SENT = "The CSV could not be sent; please try again in a minute."
NO_CHART_OF_IT = "There is nothing to draw here: a chart needs several days or groups."


@dataclass(frozen=True, slots=True)
class Bringing:
    """Brings answers to people.

    Args:
        delivery: posts, updates and uploads.
        logger: told of faults.
    """

    delivery: Delivery
    logger: logging.Logger

    def bring(self, answer: Answer, setting: Setting, reply: Reply) -> None:
        """Show an answer where it was asked for, as its way and the question want it."""
        result = answer.result
        if answer.shows and isinstance(result, CostTable) and not reply.has_begun:
            self._show(answer, result, setting, reply.place)
        elif answer.path == "model" or reply.has_begun:
            filled = self.with_picture(result, setting)
            below = below_words(answer, filled, is_stopped=reply.is_stopped)
            reply.end(answer.text.strip(), below)
        else:
            self._post(reply.place, result, setting)

    def add_chart(
        self, result: Result, setting: Setting, update: Callable[[Message], object]
    ) -> None:
        """Put the chart into a message that stands already."""
        if self.has_chart(result):
            update(render(result, self.with_picture(result, setting)))

    def send_csv(self, place: Place, table: CostTable) -> None:
        """Send the whole answer as a file to whoever wants it, and to nobody else."""
        is_sent = self.delivery.send_file(
            place, csv_text(table), name=_file_name(table), comment=sentence(table)
        )
        if not is_sent:
            self.delivery.post(place, plain_message(NOT_SENT))
        elif not place.channel.startswith("D"):
            self.delivery.post(place, plain_message(SENT))

    def has_chart(self, result: Result) -> bool:
        """Whether there is something to draw."""
        return isinstance(result, Drawn) and chart_spec(result) is not None

    def with_picture(self, result: Result, setting: Setting) -> Setting:
        """The setting with an uploaded chart, or with a quiet word that there is none."""
        if not isinstance(result, Drawn) or not (spec := chart_spec(result)):
            return setting
        try:
            png = draw(spec)
        except ValueError as error:
            fault_sentence(error, self.logger)
            png = None
        file_id = png and self.delivery.upload_picture(
            png, name="cost.png", alt_text=alt_text(result)
        )
        return replace(setting, file_id=file_id or None, quiet_note="" if file_id else NO_CHART)

    def _post(self, place: Place, result: Result, setting: Setting) -> None:
        """Text first; the chart into the same message, or where none can change, after it."""
        if not isinstance(result, Drawn) or not self.has_chart(result):
            self.delivery.post(place, render(result, setting))
        elif place.is_private:
            self.delivery.post(place, render_headline(result, setting))
            filled = self.with_picture(result, setting)
            self.delivery.post(place, render_details(result, filled))
        else:
            posted = self.delivery.post(place, render(result, setting))
            if posted and posted.ts:
                self.add_chart(result, setting, lambda m: self.delivery.update(posted, m))

    def _show(self, answer: Answer, table: CostTable, setting: Setting, place: Place) -> None:
        """Only what a follow-up asked to see: the chart, the table or the file."""
        match answer.shows:
            case "csv":
                self.send_csv(place, table)
            case "chart" if not self.has_chart(table):
                note = replace(setting, quiet_note=NO_CHART_OF_IT)
                self.delivery.post(place, render(table, note))
            case "chart":
                filled = self.with_picture(table, setting)
                shown = picture_blocks(table, filled.file_id)
                self.delivery.post(place, _alone(table, filled, shown))
            case _:
                self.delivery.post(place, _alone(table, setting, table_blocks(table)))


def _alone(table: CostTable, setting: Setting, shown: tuple[dict[str, object], ...]) -> Message:
    """A chart or a table by itself, with where it is from."""
    if not shown:
        return render(table, setting)
    scope = f"Limited to {setting.scope}." if setting.scope else ""
    source = source_line(table, now=setting.now)
    blocks = (*shown, *context_blocks(title(table), source, scope, setting.quiet_note))
    return Message(fallback(sentence(table)), blocks)


def _file_name(table: CostTable) -> str:
    groups = "-".join(name.replace(":", "-") for name in table.query.group_by[:3])
    by = f"-by-{groups}" if groups else ""
    return f"cost{by}-{table.period.start}-to-{table.period.last}.csv"
