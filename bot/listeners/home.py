"""Purser's Home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.listeners.desk import Desk
from bot.listeners.hearing import home_of
from bot.welcome import home_view, refused_view
from tools.core.errors import RefusedError

if TYPE_CHECKING:
    from slack_bolt import App, BoltContext
    from slack_sdk import WebClient


def register(app: App, desk: Desk) -> None:
    """Draw the Home when somebody opens it."""

    @app.event("app_home_opened")
    def opened(event: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        if event.get("tab") != "home":
            return
        try:
            scope = desk.scope(event["user"], None, home_of(context))
            view = home_view(command=desk.command, scope=scope.text())
        except RefusedError as error:
            view = refused_view(error.sentence)
        # A dict, not a View: the class would turn blocks it does not know into nothing.
        client.views_publish(user_id=event["user"], view=view)
