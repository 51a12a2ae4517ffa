"""What people do in Slack: each listener acknowledges, makes one call and leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.listeners import actions, commands, home, messages

if TYPE_CHECKING:
    from slack_bolt import App

    from bot.listeners.desk import Desk


def register(app: App, desk: Desk) -> None:
    """Connect everything that Purser listens to."""
    for module in (commands, messages, actions, home):
        module.register(app, desk)
