"""What models really send as arguments: what can mean one thing only is understood."""

import pytest

from bot.mind.arguments import CostBy, ExplainChange
from bot.mind.standin import Standin, calls, says
from tests.mind.askings import ask, heard

UNDERSTOOD = [
    ({"by": ["team"]}, "2026-11 by team"),
    ({"by": ["team", "service"]}, "2026-11 by team, service"),
    ({"by": '["team"]'}, "2026-11 by team"),
    ({"by": ["team", "daily"]}, "2026-11 by team daily"),
    ({"by": []}, "2026-11"),
    ({"by": {"dimension": "team"}}, "2026-11 by team"),
    ({"group_by": "team"}, "2026-11 by team"),
    ({"by": "team", "top": "5"}, "2026-11 by team top 5"),
    ({"by": "team", "top": 5.0}, "2026-11 by team top 5"),
    ({"by": "team", "limit": 5}, "2026-11 by team top 5"),
    ({"by": "team", "top": "all"}, "2026-11 by team"),
    ({"by": "team", "top": 0}, "2026-11 by team"),
    ({"by": None, "where": None, "metric": None, "compare": None, "top": None}, "2026-11"),
    ({"where": {"team": "ml"}}, "2026-11 where team=ml"),
    ({"where": {"team": ["ml", "data"]}}, "2026-11 where team in (ml, data)"),
    ({"where": {"service": "Amazon EC2"}}, '2026-11 where service="Amazon EC2"'),
    ({"where": ["team=ml", "env=prod"]}, "2026-11 where team=ml and env=prod"),
    ({"where": "team in ['ml', 'data']"}, "2026-11 where team in (ml, data)"),
    (
        {"where": [{"field": "team", "operator": "not in", "values": ["ml", "data"]}]},
        "2026-11 where team not in (ml, data)",
    ),
    ({"filter": {"dimension": "team", "op": "!=", "value": "ml"}}, "2026-11 where team!=ml"),
    ({"metric": ["cost"]}, "2026-11"),
    ({"compare": True}, "2026-11 vs previous"),
    ({"compare": False}, "2026-11"),
    ({"compare": ["2026-09"]}, "2026-11 vs 2026-09"),
    ({"period": "2026-10", "compare": "previous month"}, "2026-10 vs previous"),
    ({"period": ["2026-10-01", "2026-10-31"]}, "2026-10"),
    ({"period": {"start": "2026-10-01", "end": "2026-10-31"}}, "2026-10"),
    ({"period": "2026-10-01/2026-10-31"}, "2026-10"),
    ({"period": "01.10.2026 - 31.10.2026"}, "2026-10"),
    ({"period": "last_30d"}, "last 30d"),
    ({"period": 2025}, "2025-01-01..2025-12-31"),
    ({"period": None}, "this month"),
    ({"arguments": {"period": "2026-10", "by": ["team"]}}, "2026-10 by team"),
]

REFUSED = [
    {"period": "02.10.2026..05.10.2026"},
    {"period": 202610},
    {"period": ["2026-09", "2026-10", "2026-11"]},
    {"period": "2026-11", "top": "five"},
    {"period": "2026-11", "top": 2.5},
    {"period": "2026-11", "by": {"team": {"deep": []}}},
    {"period": "2026-11", "where": {"dimension": "team", "op": "regex", "value": "m.*"}},
    {"period": "2026-11", "by": "team", "group_by": "service"},
    {"period": "2026-11", "scope": "everything"},
    {"period": "2026-11", "where": [[["nonsense"]]]},
    {"period": "2026-11", "where": '{"team": '},
]


@pytest.mark.parametrize(("sent", "reading"), UNDERSTOOD)
def test_what_can_mean_one_thing_is_understood(sent, reading, context):
    period = {} if "period" in sent or "arguments" in sent else {"period": "2026-11"}
    with Standin([calls("cost_by", {**period, **sent}), says("Here it is.")]) as standin:
        answer = ask(standin, context)
    assert answer.reading is not None, heard(standin)
    assert answer.reading.text() == reading


@pytest.mark.parametrize("sent", REFUSED)
def test_what_can_mean_two_things_is_told_to_the_model(sent, context):
    by_team = calls("cost_by", {"by": "team"})
    with Standin([calls("cost_by", sent), by_team, says("So.")]) as standin:
        answer = ask(standin, context)
    assert answer.reading.text() == "this month by team"
    assert [call.arguments["query"] for call in answer.tools] == ["this month by team"]
    told = [m for m in standin.requests[1]["messages"] if m["role"] == "tool"]
    assert len(told) == 1
    assert "<data" not in told[0]["content"]


def test_the_model_is_told_of_texts_and_a_number():
    for schema in (CostBy, ExplainChange):
        kinds = {
            name: it.get("type") or {one["type"] for one in it["anyOf"]}
            for name, it in schema.model_json_schema()["properties"].items()
        }
        assert kinds.pop("top", {"integer", "null"}) == {"integer", "null"}
        assert set(kinds.values()) == {"string"}
