"""Stops by the clock: Keep on an announcement, `/gpu schedules`, and the button that ends one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.clock_blocks import END
from bot.listeners.hearing import home_of, place_of, words
from bot.listeners.pressing import Press, press_of
from bot.watch.stop_blocks import KEEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App, BoltContext

    from bot.listeners.clock_desk import ClockDesk

WORDS = ("schedules", "timetables")


def register(app: App, desk: ClockDesk) -> None:
    """Listen before the commands do: of `/gpu`, only `schedules` is taken here."""
    commands = desk.purser.config.slack.commands
    for what in ("gpu", "purser"):
        if what in commands:
            _listen(app, desk, what, commands[what])
    _button(app, KEEP, desk.keep)
    _button(app, END, desk.end)


def _listen(app: App, desk: ClockDesk, what: str, name: str) -> None:
    def is_list(command: dict[str, Any]) -> bool:
        said = words(command.get("text") or "").lower().rstrip("?")
        return said in (WORDS if what == "gpu" else [f"gpu {word}" for word in WORDS])

    @app.command(name, matchers=[is_list])
    def heard(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        ack()
        desk.show_all(place_of(command), home_of(context))


def _button(app: App, action: str, act: Callable[[Press], None]) -> None:
    @app.action(action)
    def pressed(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        act(press_of(body, home_of(context)))
