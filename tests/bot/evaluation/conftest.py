"""The sample company as `purser eval` prepares it, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.app import build
from bot.demo import prepare
from bot.evaluation.run import Evaluation
from bot.evaluation.sample import SAMPLE_DAY


@pytest.fixture(scope="session")
def eval_home(tmp_path_factory):
    """A home whose sample company is loaded already."""
    home = tmp_path_factory.mktemp("evaluated")
    prepare(home / "evaluation", clock=SAMPLE_DAY)
    return home


@pytest.fixture(scope="session")
def evaluation(eval_home):
    """Purser over the sample company, with no model."""
    config = prepare(eval_home / "evaluation", clock=SAMPLE_DAY)
    return Evaluation(build(replace(config, ledger_url=f"sqlite:///{eval_home / 'l.sqlite'}")))
