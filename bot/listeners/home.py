"""Purser's Home."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.blocks import Block
from bot.faults import fault_sentence
from bot.glance import Glance, Glances
from bot.home import BUTTONS, FIRST_QUESTIONS, HomeSetting, glance_view, sentence_view
from bot.listeners.desk import Desk
from bot.listeners.hearing import home_of
from bot.scope import Home
from tools.core.clock import today
from tools.core.context import Context
from tools.core.errors import PurserError
from tools.core.periods import DAY, Period, Unit, unit_start
from tools.core.scope import Scope

if TYPE_CHECKING:
    from slack_bolt import App, BoltContext
    from slack_sdk import WebClient

Show = Callable[[Block], object]


def register(app: App, desk: Desk) -> None:
    """Draw the Home when somebody opens it."""
    glances = Glances(desk.context)

    @app.event("app_home_opened")
    def opened(event: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        if event.get("tab") != "home":
            return
        user = event["user"]

        def show(view: Block) -> None:
            # A dict, not a View: the class would turn blocks it does not know into nothing.
            client.views_publish(user_id=user, view=view)

        try:
            _draw(user, home_of(context), desk=desk, glances=glances, show=show)
        except PurserError as error:
            show(sentence_view(error.sentence))
        except Exception as error:  # noqa: BLE001  a listener's last line: the viewer sees an id
            show(sentence_view(fault_sentence(error, desk.logger)))


def _draw(user: str, home: Home, *, desk: Desk, glances: Glances, show: Show) -> None:
    """The month first; what changed most takes longer, and follows."""
    scope = desk.scope(user, None, home)
    setting = HomeSetting(
        now=desk.config.clock.now(),
        command=desk.command,
        scope=scope.text(),
        accrued=_accrued(desk.context(scope)),
        failed=_failed(desk),
        questions=tuple(dict.fromkeys(_questions(desk, user, home, scope)))[:BUTTONS],
    )
    found = glances.see(scope)
    show(glance_view(found, setting))
    if not found.is_whole:
        show(glance_view(_whole(found, scope, desk=desk, glances=glances), setting))


def _accrued(context: Context) -> str:
    """This month’s, as it is now: a glance is remembered, and this grows by the minute."""
    from tools.accrued import accrued, metered

    day = today(context.clock)
    month = Period(unit_start(day, Unit.MONTH), day + DAY)
    found = accrued(metered(context), (), days=month)
    return f"{found.text} It is in no total here." if found else ""


def _failed(desk: Desk) -> Mapping[str, datetime]:
    """Sources that could not be loaded the last time; why is for the operators."""
    from tools.ledger.ingests import Ingests

    with suppress(PurserError):  # without a ledger nobody noted it
        known = Ingests(desk.conversations.answers.ledger).all()
        return {source: one.at for source, one in known.items() if one.trouble}
    return {}


def _whole(found: Glance, scope: Scope, *, desk: Desk, glances: Glances) -> Glance:
    try:
        return glances.whole(scope)
    except Exception as error:  # noqa: BLE001  the figures stand, only their reasons are missing
        fault_sentence(error, desk.logger)
        return replace(found, is_whole=True)


def _questions(desk: Desk, user: str, home: Home, scope: Scope) -> Iterator[str]:
    """What the viewer asks most, then what the workspace does, then what is worth asking."""
    answers = desk.conversations.answers
    with suppress(PurserError):  # without a ledger there are still questions worth asking
        yield from answers.asked_most_by(user, most=BUTTONS - 2)
        if scope.is_everything:  # others' questions may name what this viewer may not see
            yield from answers.asked_most_in(home.team, most=BUTTONS)
    yield from FIRST_QUESTIONS
