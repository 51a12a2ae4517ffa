"""What leaves the house, and how it is narrowed."""

from bot.bench_faults import HOSTILE, small_lake
from bot.config import Sent
from bot.mind.standin import Standin, calls, says
from tests.mind.askings import ask, heard
from tools.core.results import CostTable

BY_OWNER = calls("cost_by", {"period": "2026-11", "by": "owner"})


def test_hidden_values_go_out_as_stand_ins_and_come_back_as_names(context):
    narrow = calls("cost_by", {"period": "2026-11", "where": 'owner="owner 1"', "by": "team"})
    words = says("Owner 1 is behind it, with $9,000.00.")
    with Standin([BY_OWNER, narrow, words]) as standin:
        answer = ask(
            standin, context, "how much is Alice's, and bob's?", sent=Sent(hidden=("owner",))
        )
        sent = "\n".join(heard(standin, n) for n in range(3)).casefold()
    assert "alice" not in sent
    assert "bob" not in sent
    assert "how much is owner 1's, and owner 2's?" in sent
    assert answer.tools[1].arguments == {"query": "2026-11 by team where owner=alice"}
    assert answer.text == "alice is behind it, with $9,000.00."


def test_the_tag_behind_a_hidden_dimension_is_hidden_too(context):
    by_tag = calls("cost_by", {"period": "2026-11", "by": "tag:owner"})
    with Standin([by_tag, says("Done.")]) as standin:
        ask(standin, context, sent=Sent(hidden=("owner",)))
        assert "alice" not in heard(standin)


def test_no_value_goes_out_where_none_may(context):
    by_team = calls("cost_by", {"period": "2026-11", "by": "team"})
    words = says("Team 1 leads with $8,000.00.")
    with Standin([by_team, words]) as standin:
        answer = ask(standin, context, sent=Sent(values=False))
        assert 'team "team 1" | 8000.00' in heard(standin)
        assert '"ml"' not in heard(standin)
    assert answer.text == "ml leads with $8,000.00."


def test_without_amounts_names_and_order_go_out_and_no_figure_comes_back(context):
    by_team = calls("cost_by", {"period": "2026-11", "by": "team"})
    words = says("ml is first, with about $8,000.00.")
    script = [by_team, words, by_team, says("ml is first, then data.")]
    with Standin(script) as standin:
        answer = ask(standin, context, sent=Sent(amounts=False))
        sent = "\n".join(heard(standin, n) for n in range(4))
        tools = [tool["function"]["name"] for tool in standin.requests[0]["tools"]]
    assert "8000" not in sent
    assert 'team "ml"\nteam "data"\nteam "web"' in sent
    assert tools == ["cost_by", "explain_change", "dimension_values", "find_anomalies"]
    assert answer.text == "ml is first, then data."
    assert isinstance(answer.result, CostTable)


def test_no_history_goes_out_where_none_may(context):
    from datetime import UTC, datetime

    from tools.ledger.records import Trace

    before = (Trace("x", datetime(2026, 11, 20, tzinfo=UTC), "C1", "U1", "secret?", "none"),)
    with Standin([says("Well.")]) as standin:
        ask(standin, context, "and now?", before=before, sent=Sent(history=False))
        assert "secret" not in heard(standin)


def test_a_tag_value_cannot_leave_its_quotes_or_its_fence(tmp_path):
    with (
        small_lake(tmp_path) as hostile,
        Standin(
            [calls("cost_by", {"period": "2026-10", "by": "team"}), says("ml leads.")]
        ) as standin,
    ):
        ask(standin, hostile)
        result = standin.requests[-1]["messages"][-1]["content"]
    assert result.startswith('<data from="cost_by">\n')
    assert result.endswith("\n</data>")
    assert result.count("</data>") == 1
    assert "<!channel>" not in result
    name = HOSTILE.replace("<", "\\u003c").replace(">", "\\u003e")
    assert f'team "{name[:40]}' in result


def test_only_the_largest_rows_go_out(tmp_path):
    from datetime import date

    from tests.asking import Bills
    from tests.lake.lakes import charge

    bills = Bills(tmp_path).add(
        *(charge("2026-11-05", n + 1, service=f"service-{n}") for n in range(60)),
        aws=date(2026, 11, 20),
    )
    by_service = calls("cost_by", {"period": "2026-11", "by": "service"})
    with Standin([by_service, says("service-59 leads.")]) as standin:
        ask(standin, bills.context())
        result = heard(standin)
    assert result.count("service-") == 20
    assert "(40 more rows, which the asker sees)" in result
