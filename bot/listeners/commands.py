"""Slash commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.delivery import Place
from bot.listeners.desk import Desk, Question
from bot.listeners.hearing import home_of, words

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
        text, is_command = words(command.get("text") or ""), True
        is_why = what == "purser" and text.lower().rstrip("?") == "why"
        if what == "purser":
            text, is_command = _subcommand(text, desk)
        place = Place(
            channel=command["channel_id"],
            user=command["user_id"],
            response_url=command["response_url"],
            is_private=True,
        )
        if is_why:
            desk.review.last(place, home_of(context))
            return
        desk.answer(Question(text, place, home_of(context), is_command=is_command))


def _subcommand(text: str, desk: Desk) -> tuple[str, bool]:
    """What follows `/purser`: a command by its own name, `ask …`, `help`, or a question."""
    first, _, rest = text.partition(" ")
    if first.lower() in desk.config.slack.commands:
        return rest, True
    if first.lower() == "ask":
        return rest or "help", False
    return text or "help", False
