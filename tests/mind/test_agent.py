"""A question through the model, from asking to answer."""

import time
import warnings
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.config import Endpoint, Secrets
from bot.mind.standin import Reply, Standin, calls, fails, says
from tests.mind.askings import Listening, ask, heard
from tools.core.errors import ConfigError, UnavailableError
from tools.core.query import Filter, Op
from tools.core.results import CostTable, Figure, Note
from tools.core.scope import Scope
from tools.ledger.records import Call, Trace

BY_TEAM = calls("cost_by", {"period": "2026-11", "by": "team"})
RIGHT = says("ml leads with $8,000.00, 64.8% of the $12,345.67 total.", usage=(2000, 500, 40))


def test_a_question_is_answered_with_words_a_table_and_its_reading(context):
    ear = Listening()
    with Standin([BY_TEAM, RIGHT]) as standin:
        answer = ask(standin, context, ear=ear)
    assert answer.path == "model"
    assert answer.id == "a1"
    assert answer.text == RIGHT.text == "".join(ear.pieces)
    assert isinstance(answer.result, CostTable)
    assert answer.result.total == Decimal("12345.67")
    assert answer.tools == (Call("cost_by", {"query": "2026-11 by team"}, 3),)
    assert answer.reading.text() == "2026-11 by team"
    assert answer.usage.calls == 2
    assert (answer.usage.input_tokens, answer.usage.cached_tokens) == (3000, 500)
    assert answer.usage.output_tokens == 140
    assert answer.usage.models == ("small",)
    assert ear.statuses == ["Thinking…", "Looking at spend by team…", "Writing the answer…"]


def test_every_call_is_in_the_ledger_failed_ones_too(context, answers):
    with Standin([fails(500), BY_TEAM, says(RIGHT.text, usage=None)]) as standin:
        ask(standin, context, answers=answers)
    kept = answers.calls_of("a1")
    assert [call.outcome for call in kept] == ["http_500", "ok", "unmetered"]
    assert [(call.input_tokens, call.output_tokens) for call in kept] == [
        (0, 0),
        (1000, 100),
        (0, 0),
    ]
    assert {call.asker for call in kept} == {"U1"}
    assert {call.model for call in kept} == {"small"}
    assert {call.provider for call in kept} == {Endpoint(standin.base_url).host}


def test_why_is_explained_and_remembered_as_why(context):
    why = calls(
        "explain_change", {"period": "2026-11-01..2026-11-20", "compare": "2026-10-01..2026-10-20"}
    )
    with Standin([why, says("Spend rose from $10,000.00 to $12,345.67.")]) as standin:
        answer = ask(standin, context, "why did it jump?")
    assert answer.reading.text() == "why 2026-11-01..2026-11-20 vs 2026-10-01..2026-10-20"
    assert answer.tools[0].name == "explain_change"
    assert answer.text == "Spend rose from $10,000.00 to $12,345.67."


def test_a_figure_is_calculated_and_not_made_up(context):
    work = calls("calculate", {"expression": "8000.00 - 3345.67"})
    words = says("ml cost $4,654.33 more than data.")
    with Standin([BY_TEAM, work, words]) as standin:
        answer = ask(standin, context)
    assert answer.text == "ml cost $4,654.33 more than data."
    assert isinstance(answer.result, CostTable)
    assert "4654.33 USD" in heard(standin)


def test_a_sum_of_the_askers_own_numbers_is_a_figure(context):
    work = calls("calculate", {"expression": "3000 * 12"})
    with Standin([work, says("That is 36,000.")]) as standin:
        answer = ask(standin, context, "what is 3000 times 12?")
    assert isinstance(answer.result, Figure)
    assert answer.text == "That is 36,000."


def test_names_are_looked_up(context):
    look = calls("dimension_values", {"dimension": "teams", "search": "M"})
    with Standin([look, says("I know a team called ml.")]) as standin:
        answer = ask(standin, context)
    assert '"ml"' in heard(standin)
    assert '"data"' not in heard(standin)
    assert answer.result == Note("I know a team called ml.")
    assert answer.tools == (Call("dimension_values", {"dimension": "team", "search": "M"}, 0),)


def test_what_the_asker_may_not_see_stays_unseen(bills):
    from tools.core.dimensions import DEFAULT_DIMENSIONS

    scope = Scope((Filter("team", Op.IS, ("web",)),))
    context = bills.context(scope=scope, dimensions=DEFAULT_DIMENSIONS)
    all_of_it = calls("cost_by", {"period": "2026-11", "by": "team", "where": "team in (ml, data)"})
    names = calls("dimension_values", {"dimension": "team"})
    with Standin([all_of_it, names, BY_TEAM, says("web cost $1,000.")]) as standin:
        answer = ask(standin, context)
    assert answer.result.total == Decimal("1000.00")
    everything = " ".join(heard(standin, n) for n in range(len(standin.requests)))
    assert "8000" not in everything
    assert '"ml"' not in everything


def test_a_pressed_stop_closes_the_stream_and_keeps_what_was_said(context):
    slow = Reply(text=f"{RIGHT.text} And then data follows.", pause=30, pieces=8)
    with Standin([BY_TEAM, slow]) as standin:
        answer = ask(standin, context, ear=Listening(stop_after=1))
        assert _is_closed_early(standin)
    assert answer.text == RIGHT.text
    assert isinstance(answer.result, CostTable)


def _is_closed_early(standin: Standin) -> bool:
    for _ in range(250):
        if standin.closed_early:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("earlier", [(), (BY_TEAM,)], ids=["a new connection", "a kept one"])
def test_a_stop_before_the_first_byte_closes_the_connection(context, earlier):
    with Standin([*earlier, Reply(silence=30)]) as standin:

        class Impatient(Listening):
            def wants_stop(self) -> bool:
                return len(standin.requests) > len(earlier)

        answer = ask(standin, context, ear=Impatient(), timeout_seconds=20.0)
        assert _is_closed_early(standin)
    if not earlier:
        assert answer.result == Note("Stopped before I had found anything.")
    assert isinstance(answer.result, CostTable if earlier else Note)


def test_a_stop_before_anything_is_sent_sends_nothing(context):
    class Impatient(Listening):
        def wants_stop(self) -> bool:
            return bool(self.statuses)

    with Standin([Reply(silence=20)]) as standin:
        answer = ask(standin, context, ear=Impatient())
    assert answer.result == Note("Stopped before I had found anything.")


SHAPES = [
    b'{"choices": 7}',
    b'{"choices": [7]}',
    b'{"choices": [{"delta": 7}]}',
    b'{"choices": [{"delta": {"content": {"a": 1}}}]}',
    b'{"choices": [], "usage": "much"}',
    b'{"id": []}',
    b"[]",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_json_of_another_shape_is_one_sentence_and_no_warning(context, shape):
    def wrong(_body: object) -> Reply:
        return Reply(raw=b"data: " + shape + b"\n\ndata: [DONE]\n\n")

    with (
        Standin(wrong) as standin,
        warnings.catch_warnings(record=True) as warned,
        pytest.raises(UnavailableError) as raised,
    ):
        ask(standin, context)
    assert [str(one.message) for one in warned] == []
    assert raised.value.sentence.count(".") >= 1
    assert "\n" not in raised.value.sentence


def test_earlier_questions_are_told_without_figures(context):
    before = (
        Trace("x", datetime(2026, 11, 20, tzinfo=UTC), "C1", "U1", "how much was ml?", "model",
              "last month where team=ml"),
    )  # fmt: skip
    with Standin([says("Do you mean by service?")]) as standin:
        ask(standin, context, "and the others?", before=before)
        asked = heard(standin)
    assert "- how much was ml? (read as: last month where team=ml)" in asked
    assert asked.endswith("Now:\nand the others?")


def test_each_endpoint_gets_its_own_key_and_no_other(context):
    both = Secrets(model_key="key-1", fallback_key="key-2")
    with Standin([fails(500)] * 2) as first, Standin([BY_TEAM, RIGHT]) as second:
        spare = Endpoint(second.base_url, "spare", "spare")
        answer = ask(first, context, secrets=both, fallback=spare)
    assert set(first.keys) == {"key-1"}
    assert set(second.keys) == {"key-2"}
    assert answer.usage.models == ("small", "spare")
    with Standin([fails(500)] * 2) as first, Standin([BY_TEAM, RIGHT]) as second:
        spare = Endpoint(second.base_url, "spare", "spare")
        ask(first, context, fallback=spare)
    assert set(second.keys) == {"none"}


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (401, ConfigError, "The model endpoint at {host} refused the key (HTTP 401). Set "
         "OPENAI_API_KEY to one it accepts."),
        (404, ConfigError, "The endpoint at {host} has no model “small” (HTTP 404). Name another "
         "in purser.toml: [model] small and large, or check base_url."),
        (503, UnavailableError, "The model endpoint at {host} has trouble (HTTP 503). Please try "
         "again in a moment."),
    ],
)  # fmt: skip
def test_an_endpoint_that_refuses_is_told_in_one_sentence(context, status, kind, sentence):
    with Standin(lambda _body: fails(status)) as standin, pytest.raises(kind) as raised:
        ask(standin, context)
    assert raised.value.sentence == sentence.format(host=Endpoint(standin.base_url).host)


def test_an_endpoint_that_is_not_there_is_told_in_one_sentence(context):
    with Standin() as standin:
        pass
    with pytest.raises(UnavailableError) as raised:
        ask(standin, context)
    assert "cannot be reached" in raised.value.sentence


def test_tools_are_no_more_than_these_and_the_prompt_names_what_can_be_asked(context):
    with Standin([says("Hello.")]) as standin:
        ask(standin, context)
        request = standin.requests[0]
    names = [tool["function"]["name"] for tool in request["tools"]]
    assert names == ["cost_by", "explain_change", "dimension_values", "calculate", "find_anomalies"]
    assert all(len(t["function"]["parameters"]["properties"]) <= 6 for t in request["tools"])
    assert request["stream_options"] == {"include_usage": True}
    assert "team, project, env" in request["messages"][0]["content"]
    assert "2026-11-21" in request["messages"][0]["content"]


def test_no_charges_is_said_with_what_was_searched(context):
    none = calls("cost_by", {"period": "2026-11", "where": "team=ml and service=Lambda"})
    with Standin([none, says("There is nothing of that kind.")]) as standin:
        answer = ask(standin, context)
    assert isinstance(answer.result, Note)
    assert answer.text == "There is nothing of that kind."
