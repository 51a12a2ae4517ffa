"""`purser event`: tell Purser what happened or is planned; make tokens for pipelines to do so."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.app import build
from bot.events_told import event_json, read_event, read_scope
from tools.core.conditions import conditions_text
from tools.core.context import TERMINAL
from tools.core.errors import InputError
from tools.core.periods import Period

if TYPE_CHECKING:
    from tools.ledger.happenings import Happening
    from tools.ledger.ledger import Ledger

_LISTED = timedelta(days=30)  # so far back, and ahead


def run(args: argparse.Namespace) -> int:
    """Tell, list or withdraw an event; make, list or revoke a token."""
    ledger = build(args.config).ledger
    if args.token or args.revoke or args.tokens:
        return _tokens(args, ledger)
    if args.list:
        return _listed(args, ledger)
    from tools.ledger.happenings import PLANNED_FOR, Happenings

    if args.withdraw:
        if not Happenings(ledger).withdraw(args.withdraw, actor=TERMINAL):
            raise InputError(f"There is no event “{args.withdraw}”.")
        print("Withdrawn.")
        return 0
    event = read_event(
        {
            "text": " ".join(args.text),
            "kind": args.kind,
            "scope": args.scope,
            "start": args.start,
            "end": args.end,
            "id": args.id,
        },
        config=args.config,
    )
    kept = Happenings(ledger).tell(event, actor=TERMINAL)
    print(json.dumps(event_json(kept)) if args.json else _line(kept))
    if kept.is_planned and not args.end and not args.json:
        print(f"Nobody said until when: it counts as planned for {PLANNED_FOR.days} days (--end).")
    return 0


def _listed(args: argparse.Namespace, ledger: Ledger) -> int:
    from tools.ledger.happenings import Happenings

    day = args.config.clock.now().date()
    found = Happenings(ledger).during(Period(day - _LISTED, day + _LISTED))
    for event in found:
        print(json.dumps(event_json(event)) if args.json else _line(event))
    if not found and not args.json:
        print("Nothing was told in the last 30 days, and nothing is planned for the next.")
    return 0


def _tokens(args: argparse.Namespace, ledger: Ledger) -> int:
    from tools.ledger.event_tokens import EventTokens

    tokens = EventTokens(ledger)
    if args.revoke:
        if not tokens.revoke(args.revoke, actor=TERMINAL):
            raise InputError(f"There is no token of “{args.revoke}”.")
        print(f"The token of {args.revoke} is no good any more.")
    elif args.token:
        scope = read_scope(args.scope or "", config=args.config)
        made = tokens.make(args.token, scope=scope, may_plan=args.may_plan, actor=TERMINAL)
        print(made)
        print(f"# {args.token} may tell of {conditions_text(scope)}; it is shown only this once.")
    else:
        for teller in tokens.all():
            plans = ", may plan" if teller.may_plan else ""
            print(f"{teller.name}: {conditions_text(teller.scope)}{plans}, since {teller.at:%F}")
    return 0


def _line(event: Happening) -> str:
    until = f" to {event.end:%F %H:%M}" if event.end else ""
    when = f"{event.start:%F %H:%M}{until} UTC"
    return f"{event.id}  {when}  {event.kind}: {event.text} ({conditions_text(event.scope)})"
