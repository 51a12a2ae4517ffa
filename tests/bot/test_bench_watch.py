"""How the detector is measured."""

import json

import pytest

from bot.bench_watch import FOLDER, Labelled, bench_watch, events, measured, read, run_watch


def test_without_the_series_it_says_so_and_passes(tmp_path, capsys):
    run_watch(as_json=False, folder=tmp_path / "none")
    said = capsys.readouterr().out
    assert said == "The labelled series are not here, so there is nothing to measure.\n"


@pytest.mark.parametrize(
    ("places", "near", "expected"),
    [
        ([], 1, []),
        ([4], 1, [(4, 4)]),
        ([4, 5, 6, 9], 1, [(4, 6), (9, 9)]),
        ([4, 5, 6, 9], 3, [(4, 9)]),
    ],
)
def test_marks_in_a_row_are_one_event(places, near, expected):
    assert events(places, near=near) == expected


def test_events_are_counted_and_not_the_hours_in_them():
    series = [Labelled("one", [0.0] * 40, [10, 11, 12, 13, 30])]
    figures = measured(series, lambda values: [12, 13, 20])
    assert figures == {
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
        "delay_hours": 2.0,
        "found": 2,
    }


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the published series are not here")
def test_purser_is_better_than_both_plain_rules(capsys):
    run_watch(as_json=True)
    result = json.loads(capsys.readouterr().out)
    for part in (result, result["held_back"]):
        assert part["purser"]["f1"] > max(part["ew_z_score"]["f1"], part["three_sigma"]["f1"])
    assert result == bench_watch(read(FOLDER))
