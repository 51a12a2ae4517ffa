"""Slash commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.listeners.desk import Desk, Question
from bot.listeners.hearing import home_of, place_of, words
from bot.listeners.switch import WORDS

WORDED = "words"  # no command's grammar

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltContext


def register(app: App, desk: Desk) -> None:
    """Listen to every configured command; each is also a word after `/purser`."""
    for what, name in desk.config.slack.commands.items():
        _listen(app, desk, what, name)


def _listen(app: App, desk: Desk, what: str, name: str) -> None:
    @app.command(name)
    def heard(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        ack()
        text, family = words(command.get("text") or ""), what
        first = text.partition(" ")[0].lower()
        if what == "purser":
            text, family = _subcommand(text, desk)
        place = place_of(command)
        home = home_of(context)
        if what == "purser" and text.lower().rstrip("?") == "why":
            desk.review.last(place, home)
        elif what == "purser" and desk.switch and first in WORDS:
            desk.switch.turn(first, text.partition(" ")[2], place, home)
        else:
            is_command = family != WORDED
            desk.answer(Question(text, place, home, is_command, family, is_slash=True))


def _subcommand(text: str, desk: Desk) -> tuple[str, str]:
    """What follows `/purser`: a command by its own name, `ask …`, `help`, or a question."""
    first, _, rest = text.partition(" ")
    if first.lower() in desk.config.slack.commands:
        return rest, first.lower()
    if first.lower() == "ask":
        return rest or "help", WORDED
    return text or "help", WORDED
