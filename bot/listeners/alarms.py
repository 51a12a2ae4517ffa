"""The buttons of anomalies, and `/purser alerts`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bot.listeners.hearing import home_of, place_of
from bot.listeners.pressing import Press, press_of
from bot.watch.alarm_words import USE, USUAL
from bot.watch.anomaly_blocks import JUDGE, MUTE, UNMUTE
from tools.ledger.feedback import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App, BoltContext

    from bot.listeners.alarm_desk import AlarmDesk

WORD = "alerts"


def register(app: App, desk: AlarmDesk, *, command: str) -> None:
    """Listen before the commands do: of `/purser`, only `alerts` is taken here.

    Args:
        app: Slack's.
        desk: takes presses.
        command: what `/purser` is called here; empty where it is not there.
    """
    for verdict in Verdict:
        _button(app, f"{JUDGE}.{verdict}", partial(desk.judge, verdict=verdict))
    _button(app, MUTE, partial(desk.mute, is_muted=True))
    _button(app, UNMUTE, partial(desk.mute, is_muted=False))
    for action in (USE, USUAL):
        _button(app, action, desk.choose)
    if command:
        _listen(app, desk, command)


def _listen(app: App, desk: AlarmDesk, command: str) -> None:
    def is_asked(command: dict[str, Any]) -> bool:
        return (command.get("text") or "").strip().lower() == WORD

    @app.command(command, matchers=[is_asked])
    def heard(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        ack()
        place = place_of(command)
        desk.tell(place, home_of(context))


def _button(app: App, action: str, act: Callable[[Press], None]) -> None:
    @app.action(action)
    def pressed(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        act(press_of(body, home_of(context)))
