"""Questions to a small lake, and answers as plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from tests.lake.lakes import Charge, write_lake
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.periods import Between
from tools.core.query import Query
from tools.core.results import CostTable
from tools.core.scope import Scope
from tools.core.settings import LakeSettings
from tools.costs import cost_by
from tools.lake.lake import Lake

NOW = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
NOVEMBER = Between(date(2026, 11, 1), date(2026, 11, 21))


class Bills:
    """A lake in a folder of its own, and questions to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, *charges: Charge, **complete: date | None) -> Bills:
        write_lake(self.root, charges, complete=complete)
        return self

    def context(self, *, scope: Scope | None = None, **settings: object) -> Context:
        lake = Lake(self.root, LakeSettings(**settings))
        return Context(lake, NOW, scope or Scope())

    def ask(self, query: Query, *, scope: Scope | None = None, **settings: object) -> CostTable:
        answer = cost_by(query, context=self.context(scope=scope, **settings))
        assert isinstance(answer, CostTable), answer
        return answer


def by(answer: CostTable, *names: str) -> dict:
    """Key → value, as plain numbers."""
    return {
        row.key[names[0]] if len(names) == 1 else tuple(row.key[n] for n in names): row.value
        for row in answer.rows
    }
