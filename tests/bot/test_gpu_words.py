"""The grammar of `/gpu` and `/budget`: what it reads, and what it will not."""

from __future__ import annotations

from datetime import date

import pytest

from bot.budget_line import BudgetLine, read_budget
from bot.gpu_words import GpuLine, TagsError, Wish, hear_gpu, read_gpu, read_tags
from bot.grammar import Vocabulary
from tools.core.errors import NotUnderstoodError
from tools.core.query import Filter, Op

WORDS = Vocabulary(
    dimensions=("team", "env", "owner"), units=(), today=date(2026, 11, 21), values={}
)
ML = (Filter("team", Op.IS, ("ml",)),)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("", GpuLine(Wish.LIST)),
        ("list", GpuLine(Wish.LIST)),
        ("where team=ml", GpuLine(Wish.LIST, ML)),
        ("idle", GpuLine(Wish.IDLE)),
        ("idle where team=ml", GpuLine(Wish.IDLE, ML)),
        ("idle for 12h", GpuLine(Wish.IDLE, hours=12.0)),
        ("idle 2 days where team=ml", GpuLine(Wish.IDLE, ML, hours=48.0)),
        ("stop #1", GpuLine(Wish.STOP, names=("#1",))),
        ("stop #1 #2, i-0abc #1", GpuLine(Wish.STOP, names=("#1", "#2", "i-0abc"))),
        (
            "stop aws/1/us-east-1/instance/i-0abc because it idles",
            GpuLine(Wish.STOP, names=("aws/1/us-east-1/instance/i-0abc",), reason="it idles"),
        ),
        ("start i-0abc", GpuLine(Wish.START, names=("i-0abc",))),
        ("terminate #3", GpuLine(Wish.TERMINATE, names=("#3",))),
        ("delete #3", GpuLine(Wish.TERMINATE, names=("#3",))),
        ("scale #3 2", GpuLine(Wish.SCALE, names=("#3",), capacity=2)),
        ("scale farm to 0", GpuLine(Wish.SCALE, names=("farm",), capacity=0)),
        (
            'tag #2 team=ml note="two words" old=',
            GpuLine(Wish.TAG, names=("#2",), tags={"team": "ml", "note": "two words", "old": None}),
        ),
    ],
)
def test_lines_are_read(line, read):
    assert read_gpu(line, WORDS) == read


@pytest.mark.parametrize(
    "line",
    [
        "juggle",
        "stop",
        "stop everything!",
        "stop <!channel>",
        "stop #1; drop table",
        "scale #3",
        "scale #3 -1",
        "scale 2",
        "scale #3 99999999",
        "tag #1",
        "tag team=ml",
        "tag #1 team=ml team=x",
        "idle where",
        "idle where nonsense=1 or",
        "idle for ever",
        "stop #99999",
    ],
)
def test_what_is_no_line_is_marked_and_nothing_is_guessed(line):
    with pytest.raises(NotUnderstoodError) as caught:
        read_gpu(line, WORDS)
    assert caught.value.sentence


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("which GPUs are idle?", GpuLine(Wish.IDLE)),
        ("Which of our machines are idle right now?", GpuLine(Wish.IDLE)),
        ("show me the idle GPUs", GpuLine(Wish.IDLE)),
        ("what's idle?", GpuLine(Wish.IDLE)),
        ("are there any unused instances?", GpuLine(Wish.IDLE)),
        ("what is running?", GpuLine(Wish.LIST)),
        ("which GPUs are running now", GpuLine(Wish.LIST)),
        ("list the gpus", GpuLine(Wish.LIST)),
        ("stop i-0abc", GpuLine(Wish.STOP, names=("i-0abc",))),
        ("please stop #1 and #2", GpuLine(Wish.STOP, names=("#1", "#2"))),
        ("can you start i-0abc?", GpuLine(Wish.START, names=("i-0abc",))),
    ],
)
def test_plain_sentences_are_heard(said, read):
    assert hear_gpu(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "what do the idle GPUs cost?",
        "which teams spend the most?",
        "why is the GPU bill running high?",
        "stop",
        "stop it",
        "stop everything",
        "stop the machine of ada",
        "don't stop i-0abc",
        "should I stop i-0abc?",
        "what would stopping i-0abc save?",
        "stop i-0abc unless it is busy",
        "cost of what is running",
        "this month",
    ],
)
def test_everything_else_is_none_of_it(said):
    assert hear_gpu(said) is None


def test_tags_are_read_whole_or_not_at_all():
    assert read_tags(["team=ml", "a=b=c", " gone= "]) == {"team": "ml", "a": "b=c", "gone": None}
    for wrong in ([], ["team"], ["=x"], ["a=1", "a=2"], ["a b=1"]):
        with pytest.raises(TagsError):
            read_tags(wrong)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("", BudgetLine()),
        ("list", BudgetLine()),
        ("team=ml", BudgetLine(where=ML)),
        ("where team=ml", BudgetLine(where=ML)),
        ("set team=ml 20000", BudgetLine(budget="team=ml", amount="20000")),
        ("set team=ml to $20,000", BudgetLine(budget="team=ml", amount="20000")),
        ("set team=ml 20k", BudgetLine(budget="team=ml", amount="20000")),
        ("set team=ml 2.5k", BudgetLine(budget="team=ml", amount="2500.0")),
        (
            "set team=ml and env=prod 100 per quarter",
            BudgetLine(budget="team=ml and env=prod a quarter", amount="100"),
        ),
        (
            "raise team=ml 25000 because of the launch",
            BudgetLine(budget="team=ml", amount="25000", direction="raise", reason="of the launch"),
        ),
        (
            "raise ml to 120000 until 2026-12-15 because of the launch",
            BudgetLine((), "ml", "120000", "raise", "of the launch", "2026-12-15"),
        ),
        ("set team=ml 20k until Dec 15", BudgetLine((), "team=ml", "20000", until="2026-12-15")),
        ("set team=ml 20k till jan 3", BudgetLine((), "team=ml", "20000", until="2027-01-03")),
        (
            "set team=ml 20k until 2025-01-03",
            BudgetLine((), "team=ml", "20000", until="2025-01-03"),
        ),
        ("lower everything 5", BudgetLine(budget="everything", amount="5", direction="lower")),
    ],
)
def test_budget_lines_are_read(line, read):
    assert read_budget(line, WORDS) == read


@pytest.mark.parametrize(
    "line", ["set", "set team=ml", "raise 20000", "set team=ml lots", "burn", "set ml 5 until x"]
)
def test_what_is_no_budget_line_is_refused(line):
    with pytest.raises(NotUnderstoodError):
        read_budget(line, WORDS)
