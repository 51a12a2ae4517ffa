"""The sample company as `purser eval` prepares it, once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from bot.app import build
from bot.demo import prepare
from bot.evaluation.run import Evaluation
from bot.evaluation.sample import SAMPLE_DAY
from tests.making import made_once
from tools.lake.reading import SqlResult


@dataclass(frozen=True)
class Remembering(Evaluation):
    """Runs a statement once, however many tests want its rows."""

    rows: dict[tuple[str, str], SqlResult] = field(default_factory=dict)

    def statement(self, sql: str, *, views: str = "") -> SqlResult:
        if (views, sql) not in self.rows:
            self.rows[views, sql] = super().statement(sql, views=views)
        return self.rows[views, sql]


@pytest.fixture(scope="session")
def eval_home(tmp_path_factory):
    """A home whose sample company is loaded already; every worker reads it."""

    def make(home):
        prepare(home / "evaluation", clock=SAMPLE_DAY)
        return home

    return made_once(tmp_path_factory, "evaluated", make)


@pytest.fixture(scope="session")
def evaluation(eval_home, tmp_path_factory):
    """Purser over the sample company, with no model."""
    config = prepare(eval_home / "evaluation", clock=SAMPLE_DAY)
    ledger = tmp_path_factory.mktemp("evaluation") / "ledger.sqlite"
    return Remembering(build(replace(config, ledger_url=f"sqlite:///{ledger}")))
