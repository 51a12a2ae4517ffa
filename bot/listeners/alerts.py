"""The buttons of budget alerts: each acknowledges, makes one call and leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.listeners.hearing import home_of
from bot.listeners.pressing import Press, press_of
from bot.watch.alert_blocks import ACKNOWLEDGE, IDLE, MUTE, RAISE, RAISE_ONCE, SNOOZE, UNMUTE
from bot.watch.lapse_blocks import BACK, LONGER

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App, BoltContext

    from bot.listeners.alert_desk import AlertDesk


def register(app: App, desk: AlertDesk) -> None:
    """Listen to everything that can be pressed on a budget alert; `Why?` is a question."""
    _button(app, ACKNOWLEDGE, desk.acknowledge)
    _button(app, RAISE, desk.raise_budget)
    _button(app, RAISE_ONCE, desk.raise_budget)
    _button(app, LONGER, desk.prolong)
    _button(app, BACK, desk.prolong)
    _button(app, IDLE, desk.stop_idle)
    _button(app, SNOOZE, desk.snooze)
    _button(app, MUTE, desk.mute)
    _button(app, UNMUTE, desk.unmute)


def _button(app: App, action: str, act: Callable[[Press], None]) -> None:
    @app.action(action)
    def pressed(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        act(press_of(body, home_of(context)))
