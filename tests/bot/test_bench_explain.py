"""Planted causes are named first."""

import json

import pytest

from bot.__main__ import main
from tools.samples.causes import Kind, Truth, write_caused


@pytest.mark.thorough
def test_each_planted_cause_is_named_first_and_parts_add_up(capsys):
    assert main(["bench", "explain", "--seeds", "1", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["seeds"] == 1
    assert list(figures["kinds"]) == [kind.value for kind in Kind]
    whole = figures["all"]
    assert whole["bills"] == whole["exact"] == whole["named_first"] == 6, figures
    assert whole["unexplained_most"] < 0.1


def test_the_same_seed_writes_the_same_bill(tmp_path):
    bills = [write_caused(tmp_path / name, Kind.OFFSET, seed=3) for name in ("a", "b")]
    assert bills[0].path.read_bytes() == bills[1].path.read_bytes()
    assert bills[0].truths == bills[1].truths


def test_a_cause_is_right_only_with_the_whole_key_and_nothing_untrue():
    truth = Truth("usage", {"team": "ml"}, {"service": "EC2", "team": "ml"})
    assert truth.is_named_by("usage", {"team": "ml", "service": "EC2"})
    assert not truth.is_named_by("rate", {"team": "ml"})
    assert not truth.is_named_by("usage", {"service": "EC2"})
    assert not truth.is_named_by("usage", {"team": "ml", "region": "eu"})
