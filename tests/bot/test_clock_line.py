"""What follows `/gpu schedule`, and the plain sentences that say the same."""

from __future__ import annotations

from datetime import date

import pytest

from bot.clock_line import DAYS, WHEN
from bot.gpu_words import GpuLine, Wish, hear_gpu, read_gpu
from bot.grammar import Vocabulary
from tools.core.errors import NotUnderstoodError
from tools.core.query import Filter, Op

WORDS = Vocabulary(("team", "env"), units=(), today=date(2026, 11, 21), values={})
ML = (Filter("team", Op.IS, ("ml",)),)
NIGHTS = {"stop": "20:00", "start": "07:00", "days": "nights"}
WEEKDAYS = {**NIGHTS, "days": "weekdays"}
WEEKENDS = {**NIGHTS, "days": "weekends"}


@pytest.mark.parametrize(
    ("line", "names", "where", "timetable"),
    [
        ("#1 nights", ("#1",), (), NIGHTS),
        ("#1, i-0abc weekends", ("#1", "i-0abc"), (), WEEKENDS),
        ("team=ml nights", (), ML, NIGHTS),
        ("where team=ml every night", (), ML, NIGHTS),
        ("#1 nights and weekends", ("#1",), (), WEEKDAYS),
        ("#1 stop 20:00 start 07:00 weekdays", ("#1",), (), WEEKDAYS),
        ("#1 stop at 8pm, start again at 7, every day", ("#1",), (), NIGHTS),
        ("#1 stop friday 20:00 start monday 7am", ("#1",), (), WEEKENDS),
        ("#1 stop 20:00", ("#1",), (), {"stop": "20:00"}),
        (
            "#1 #2 stop 20:00 start 07:00 weekdays until 2027-02-21 Europe/Berlin",
            ("#1", "#2"),
            (),
            {**WEEKDAYS, "zone": "Europe/Berlin", "until": "2027-02-21"},
        ),
    ],
)
def test_a_timetable_is_read(line, names, where, timetable):
    read = read_gpu(f"schedule {line} because nobody is there", WORDS)
    said = "nobody is there"
    assert read == GpuLine(Wish.SCHEDULE, where, names=names, timetable=timetable, reason=said)


@pytest.mark.parametrize(
    ("line", "sentence", "marked"),
    [
        ("schedule", WHEN, "schedule"),
        ("schedule #1", WHEN, "schedule #1"),
        ("schedule #1 weekdays", WHEN, "weekdays"),
        ("schedule #1 start 07:00", "When is it stopped? Say stop 20:00, too.", "start 07:00"),
        ("schedule #1 stop 25:00", "At what time? Say it like stop 20:00.", "25:00"),
        ("schedule #1 stop", "At what time? Say it like stop 20:00.", "stop"),
        ("schedule #1 nights until", "Until when? Say a day, such as until 2027-02-21.", "until"),
        ("schedule #1 nights tuesdays", f"I could not read “tuesdays”. {WHEN}", "tuesdays"),
        ("schedule #1 weekends weekdays stop 20", DAYS, "schedule #1 weekends weekdays stop 20"),
        (
            "schedule nights",
            "Which? Say numbers or a condition: schedule #1 nights, schedule team=ml nights.",
            "schedule nights",
        ),
        (
            "schedule every!thing nights",
            "“every!thing” is no id; take one from /gpu.",
            "every!thing",
        ),
    ],
)
def test_what_is_no_timetable_is_marked(line, sentence, marked):
    with pytest.raises(NotUnderstoodError) as caught:
        read_gpu(line, WORDS)
    error = caught.value
    assert (error.sentence, error.text[slice(*error.span)]) == (sentence, marked)


@pytest.mark.parametrize(
    ("said", "names", "where", "timetable"),
    [
        ("Stop ml’s machines at night", (), ML, NIGHTS),
        ("please switch off the ml's GPUs on weekends!", (), ML, WEEKENDS),
        ("schedule #1 #2 nights and weekends", ("#1", "#2"), (), WEEKDAYS),
        ("stop #1 and #2 every night", ("#1", "#2"), (), NIGHTS),
        ("Stop ml's machines at night and over the weekends", (), ML, WEEKDAYS),
    ],
)
def test_plain_sentences_say_the_same(said, names, where, timetable):
    assert hear_gpu(said) == GpuLine(Wish.SCHEDULE, where, names=names, timetable=timetable)


@pytest.mark.parametrize(
    "said",
    [
        "stop ml's machines tonight",
        "stop ml's machines over the weekend",  # this one, or every one?
        "stop all machines at night",
        "schedule a meeting at 20:00",
        "schedule #1 sometimes",
        "why do ml's machines stop at night",
    ],
)
def test_what_may_mean_one_night_is_left_to_others(said):
    assert hear_gpu(said) is None
