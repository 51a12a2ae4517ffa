"""The sample company as the tests want it: written, and loaded once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.config import Config, load
from bot.grammar import Vocabulary, read
from tests.making import made_once
from tools.core.context import Context
from tools.core.dimensions import BUILT_IN
from tools.core.results import CostTable
from tools.costs import cost_by
from tools.lake.ingest import ingest_sources
from tools.lake.lake import Lake
from tools.lake.report import IngestReport
from tools.samples.company import SampleCompany, write_company
from tools.samples.settings import sample_config

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Loaded:
    """A company whose bills are in a lake."""

    company: SampleCompany
    config: Config
    report: IngestReport

    def ask(self, text: str) -> CostTable:
        """The answer to a line of the grammar."""
        lake = self.config.lake
        names = (*BUILT_IN, *(d.name for d in lake.dimensions))
        words = Vocabulary(names, units=("tokens", "gpu-hours"), today=TODAY, values={})
        context = Context(lake=Lake(self.config.lake_root, lake), clock=self.config.clock)
        answer = cost_by(read(text, words), context=context)
        assert isinstance(answer, CostTable), answer
        return answer


def write_home(home: Path) -> tuple[SampleCompany, Config]:
    company = write_company(home, today=TODAY, months=3)
    (home / "purser.toml").write_text(sample_config(company), encoding="utf-8")
    return company, load(home, environ={"PURSER_NOW": NOW.isoformat()})


def loaded_company(factory: pytest.TempPathFactory) -> Loaded:
    """Three months of the company in a lake, which every test reads and none changes."""
    return made_once(factory, "lumen", _load_company)


def _load_company(home: Path) -> Loaded:
    company, config = write_home(home)
    report = ingest_sources(config.lake.sources, root=config.lake_root, clock=config.clock)
    return Loaded(company, config, report)
