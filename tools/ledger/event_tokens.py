"""Who may tell Purser of events over HTTP: tokens, of which only a hash is kept.

A token tells of what lies within its scope and nothing beyond; it reads nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, select

from tools.core.conditions import conditions_text, lies_within, read_conditions
from tools.core.errors import InputError, RefusedError
from tools.core.query import Filter
from tools.gate.people import Actor
from tools.ledger.audit import append, take_head
from tools.ledger.happenings import PLANNED, Happening
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import WATCH_CHOICES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row

PREFIX = "pet_"  # Purser's event token, so that scanners of repositories can know one
_SUBJECT = "event token "
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}\Z")


class Teller(NamedTuple):
    """Whom a token belongs to, and what it may tell.

    Args:
        name: of the pipeline, such as `ci-search`.
        scope: whose events; empty for everything.
        may_plan: whether it may announce what is planned, which silences alarms.
        at: when it was made.
    """

    name: str
    scope: tuple[Filter, ...]
    may_plan: bool
    at: datetime

    def allowed(self, happening: Happening) -> Happening:
        """What it tells, within its scope: with no scope of its own it is about all of that.

        Raises:
            RefusedError: it goes beyond the token's scope, or plans what it may not.
        """
        if happening.kind.strip().lower() == PLANNED and not self.may_plan:
            raise RefusedError(
                f"The token of {self.name} may not announce plans; make one with --may-plan."
            )
        told = happening if happening.scope else replace(happening, scope=self.scope)
        if not lies_within(told.scope, self.scope):
            raise RefusedError(
                f"The token of {self.name} tells of {conditions_text(self.scope)} only."
            )
        return told


class EventTokens:
    """The ledger's record of tokens.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def make(
        self, name: str, *, scope: Sequence[Filter], may_plan: bool = False, actor: Actor
    ) -> str:
        """A new token, told this once; another one of the name is no good any more.

        Raises:
            InputError: the name is none.
        """
        if not _NAME.match(name):
            raise InputError("A token's name has small letters, digits, dots and dashes.")
        read_conditions(conditions_text(scope))
        token, now = PREFIX + secrets.token_urlsafe(32), self._ledger.now()
        choice = {"hash": _hash(token), "scope": conditions_text(scope), "may_plan": may_plan}
        row = {"subject": _SUBJECT + name, "choice": json.dumps(choice), "by": actor.user[:64]}
        with self._ledger.begin() as connection:
            take_head(connection)
            connection.execute(delete(WATCH_CHOICES).where(_is(name)))
            connection.execute(insert(WATCH_CHOICES).values(**row, at=now, until=None))
            after = {"scope": choice["scope"], "may_plan": may_plan}
            append(connection, "event token made", name, at=now, actor=actor, after=after)
        return token

    def revoke(self, name: str, *, actor: Actor) -> bool:
        """Make a token worthless; whether there was one."""
        with self._ledger.begin() as connection:
            take_head(connection)
            if not connection.execute(delete(WATCH_CHOICES).where(_is(name))).rowcount:
                return False
            append(connection, "event token revoked", name, at=self._ledger.now(), actor=actor)
        return True

    def of(self, token: str) -> Teller | None:
        """Whose a token is; None for nobody's."""
        digest = _hash(token)
        found = [teller for known, teller in self._every() if secrets.compare_digest(known, digest)]
        return found[0] if found else None

    def all(self) -> tuple[Teller, ...]:
        """Everybody who has one, by name."""
        return tuple(teller for _, teller in self._every())

    def _every(self) -> list[tuple[str, Teller]]:
        query = (
            select(WATCH_CHOICES)
            .where(WATCH_CHOICES.c.subject.startswith(_SUBJECT, autoescape=True))
            .order_by(WATCH_CHOICES.c.subject)
        )
        with self._ledger.begin() as connection:
            return [_teller(row) for row in connection.execute(query)]


def _is(name: str) -> ColumnElement[bool]:
    return WATCH_CHOICES.c.subject == _SUBJECT + name


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _teller(row: Row[Any]) -> tuple[str, Teller]:
    choice = json.loads(row.choice)
    at = utc(row.at)
    name, scope = row.subject.removeprefix(_SUBJECT), read_conditions(choice["scope"])
    return choice["hash"], Teller(name, scope, bool(choice["may_plan"]), at)
