"""The buttons and the modal of incidents: each acknowledges, makes one call and leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.delivery import Place
from bot.listeners.hearing import home_of
from bot.listeners.pressing import Press, press_of
from bot.watch.accrual_blocks import STOP
from bot.watch.incident_blocks import ACKNOWLEDGE, POST_MORTEM, RESOLVE
from bot.watch.incident_views import RESOLVING, SUMMARY, Opened, read_resolving

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App, BoltContext

    from bot.listeners.incident_desk import IncidentDesk


def register(app: App, desk: IncidentDesk) -> None:
    """Listen to everything that can be pressed on an incident."""
    _button(app, ACKNOWLEDGE, desk.acknowledge)
    _button(app, RESOLVE, desk.open_resolving)
    _button(app, POST_MORTEM, desk.send_post_mortem)
    _button(app, STOP, desk.stop_launched)

    @app.view(RESOLVING)
    def resolving(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        opened = Opened.parse(str(body["view"].get("private_metadata") or ""))
        summary, actions = read_resolving(body["view"]["state"]["values"])
        if not summary:
            ack(response_action="errors", errors={SUMMARY: "Say in a sentence what it was."})
            return
        ack()
        if opened is None:
            return
        user = str(body["user"]["id"])
        place = Place(opened.channel or user, user, thread_ts=opened.ts or None, is_private=True)
        press = Press(user, home_of(context), opened.incident, place, None)
        desk.resolve(press, opened, summary=summary, actions=actions)


def _button(app: App, action: str, act: Callable[[Press], None]) -> None:
    @app.action(action)
    def pressed(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        act(press_of(body, home_of(context)))
