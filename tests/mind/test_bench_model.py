"""The bench's question goes through the model and two tools, and its own share is measured."""

from dataclasses import replace

from bot.app import build
from bot.bench_model import _own_share
from bot.config import Config, Endpoint, ModelSettings
from tests.asking import NOW
from tools.core.dimensions import DEFAULT_DIMENSIONS
from tools.core.settings import LakeSettings


def home_of(bills, tmp_path) -> Config:
    config = Config(tmp_path, LakeSettings(dimensions=DEFAULT_DIMENSIONS), "sqlite://", clock=NOW)
    (tmp_path / "lake").symlink_to(bills.root)
    return replace(config, ledger_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}")


def test_each_question_is_answered_and_timed(bills, tmp_path):
    took = _own_share(home_of(bills, tmp_path), 3)
    assert len(took) == 3
    assert all(seconds > 0 for seconds in took)


def test_the_mind_is_there_where_a_model_is_configured(bills, tmp_path):
    config = home_of(bills, tmp_path)
    assert build(config).mind is None
    assert build(replace(config, model=ModelSettings(Endpoint()))).mind is not None
