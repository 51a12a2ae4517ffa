"""The buttons and modals of cards: each listener acknowledges, makes one call and leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.card_views import DENIAL, EDITING
from bot.cards import APPROVE, DENY, DETAILS, EDIT, SNOOZE, UNDO
from bot.listeners.gate_desk import GateDesk
from bot.listeners.hearing import home_of
from bot.listeners.pressing import press_of, submission_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App, BoltContext

    from bot.listeners.pressing import Press


def register(app: App, desk: GateDesk) -> None:
    """Listen to everything that can be pressed on a card."""
    _button(app, APPROVE, desk.approve)
    _button(app, DENY, desk.open_denial)
    _button(app, EDIT, desk.open_editing)
    _button(app, SNOOZE, desk.snooze)
    _button(app, DETAILS, desk.open_details)
    _button(app, UNDO, desk.undo)

    @app.view(DENIAL)
    def denied(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        if found := submission_of(body, home_of(context)):
            desk.deny(*found, body["view"]["state"]["values"])

    @app.view(EDITING)
    def edited(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        found = submission_of(body, home_of(context))
        values = body["view"]["state"]["values"]
        wrong = desk.wrong_in(found[1], values) if found else {}
        if wrong:
            ack(response_action="errors", errors=dict(wrong))
            return
        ack()
        if found:
            desk.edit(*found, values)


def _button(app: App, action: str, act: Callable[[Press], None]) -> None:
    @app.action(action)
    def pressed(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        act(press_of(body, home_of(context)))
