"""On the demo's page the clock comes to the next stop: announced, done, and started again."""

from __future__ import annotations

from bot.next_stop import play_next_stop
from tests.bot.gate_parts import hall, machine, text
from tests.bot.watch.test_stop_story import (
    OFF,
    RUNS,
    TEAMS,
    WATCH,
    announcement,
    approved,
    replies,
    send,
)


def test_each_press_plays_what_comes_next(tmp_path):
    made = {"watch": WATCH, "people": TEAMS, "delay": 0.1}  # done when it was looked at, as there
    with hall(tmp_path, machine("train-1"), **made) as here:
        play_next_stop(here.purser.config)  # nothing is on a timetable: nothing happens
        approved(here, "i-train-1")
        for says, state in (("stops at 20:00", RUNS), ("stopped at 20:00", OFF)):
            play_next_stop(here.purser.config)
            send(here)
            assert f"1 {says}" in text(announcement(here)).replace("machine ", "")
            assert here.state_of("train-1") is state
        for says, state in (("starts again", OFF), ("started again", RUNS)):
            play_next_stop(here.purser.config)
            send(here)
            assert f"1 {says}" in replies(here)[0].replace("machine ", "")
            assert here.state_of("train-1") is state
