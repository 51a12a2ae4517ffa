"""What was answered to whom and how, what it cost in model calls, and what people thought of it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select

from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.records import Call, ModelCall, Trace, Verdict
from tools.ledger.schema import ANSWERS, MODEL_CALLS, VERDICTS

RECENT = timedelta(days=90)  # what was asked before that is no habit any more


class Answers:
    """The ledger's record of answers.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def ledger(self) -> Ledger:
        """Where it is kept."""
        return self._ledger

    def record(self, trace: Trace) -> None:
        """Keep how an answer came about."""
        row = {
            "id": trace.id,
            "at": trace.at,
            "conversation": trace.conversation,
            "asker": trace.asker,
            "question": trace.question,
            "path": trace.path,
            "reading": trace.reading,
            "calls": json.dumps([_call_json(c) for c in trace.calls], ensure_ascii=False),
            "seconds": trace.seconds,
        }
        with self._ledger.begin() as connection:
            connection.execute(insert(ANSWERS).values(**row))

    def turns(self, conversation: str, *, most: int = 10) -> tuple[Trace, ...]:
        """The last answers of a conversation, oldest first."""
        query = (
            select(ANSWERS)
            .where(ANSWERS.c.conversation == conversation)
            .order_by(ANSWERS.c.number.desc())
            .limit(most)
        )
        with self._ledger.begin() as connection:
            return tuple(_trace(row) for row in reversed(connection.execute(query).all()))

    def last_of(self, asker: str, *, within: str = "") -> Trace | None:
        """The last answer somebody got, in conversations whose names begin so."""
        query = (
            select(ANSWERS)
            .where(ANSWERS.c.asker == asker)
            .where(ANSWERS.c.conversation.startswith(within, autoescape=True))
            .order_by(ANSWERS.c.number.desc())
            .limit(1)
        )
        with self._ledger.begin() as connection:
            row = connection.execute(query).one_or_none()
        return _trace(row) if row else None

    def asked_most_by(self, asker: str, *, most: int = 5) -> tuple[str, ...]:
        """The readings somebody asks most, the most frequent first."""
        return self._asked_most(ANSWERS.c.asker == asker, people=1, most=most)

    def asked_most_in(self, workspace: str, *, most: int = 5) -> tuple[str, ...]:
        """The readings a workspace asks most. One person's alone is not told to others."""
        where = ANSWERS.c.conversation.startswith(f"{workspace}:", autoescape=True)
        return self._asked_most(where, people=2, most=most)

    def _asked_most(self, where: ColumnElement[bool], *, people: int, most: int) -> tuple[str, ...]:
        recent = ANSWERS.c.at >= self._ledger.now() - RECENT
        query = (
            select(ANSWERS.c.reading)
            .where(where, recent, ANSWERS.c.reading.is_not(None))
            .group_by(ANSWERS.c.reading)
            .having(func.count(ANSWERS.c.asker.distinct()) >= people)
            .order_by(func.count().desc(), func.max(ANSWERS.c.number).desc())
            .limit(most)
        )
        with self._ledger.begin() as connection:
            return tuple(connection.execute(query).scalars())

    def find(self, answer: str) -> Trace | None:
        """How an answer came about, by its id."""
        with self._ledger.begin() as connection:
            query = select(ANSWERS).where(ANSWERS.c.id == answer)
            row = connection.execute(query).one_or_none()
        return _trace(row) if row else None

    def judge(self, answer: str, *, person: str, verdict: Verdict) -> None:
        """Keep what somebody thought of an answer; a second press changes their mind."""
        mine = (VERDICTS.c.answer == answer) & (VERDICTS.c.person == person)
        row = {"answer": answer, "person": person, "verdict": verdict, "at": self._ledger.now()}
        with self._ledger.begin() as connection:
            connection.execute(delete(VERDICTS).where(mine))
            connection.execute(insert(VERDICTS).values(**row))

    def verdicts(self, answer: str) -> dict[str, str]:
        """Person → what they thought of an answer."""
        with self._ledger.begin() as connection:
            query = select(VERDICTS.c.person, VERDICTS.c.verdict)
            rows = connection.execute(query.where(VERDICTS.c.answer == answer)).all()
        return {str(row.person): str(row.verdict) for row in rows}

    def record_call(self, call: ModelCall) -> None:
        """Keep one call of a model."""
        row = {name: getattr(call, name) for name in ModelCall.__slots__}
        row["dollars"] = None if call.dollars is None else f"{call.dollars:f}"
        with self._ledger.begin() as connection:
            connection.execute(insert(MODEL_CALLS).values(**row))

    def calls_of(self, answer: str) -> tuple[ModelCall, ...]:
        """The model calls made for an answer, in order."""
        return self._calls(MODEL_CALLS.c.answer == answer)

    def calls_by(self, asker: str) -> tuple[ModelCall, ...]:
        """The model calls made on somebody's behalf, in order; those that came to nothing, too."""
        return self._calls(MODEL_CALLS.c.asker == asker)

    def _calls(self, where: ColumnElement[bool]) -> tuple[ModelCall, ...]:
        query = select(MODEL_CALLS).where(where).order_by(MODEL_CALLS.c.id)
        with self._ledger.begin() as connection:
            rows = connection.execute(query).all()
        return tuple(_model_call(row) for row in rows)


def _call_json(call: Call) -> dict[str, Any]:
    return {"name": call.name, "arguments": call.arguments, "rows": call.rows}


def _trace(row: Row[Any]) -> Trace:
    fields = {name: getattr(row, name) for name in Trace.__slots__ if name != "calls"}
    fields["at"] = utc(row.at)
    return Trace(**fields, calls=tuple(Call(**call) for call in json.loads(row.calls)))


def _model_call(row: Row[Any]) -> ModelCall:
    fields = {name: getattr(row, name) for name in ModelCall.__slots__}
    fields["at"] = utc(row.at)
    fields["dollars"] = None if row.dollars is None else Decimal(row.dollars)
    return ModelCall(**fields)
