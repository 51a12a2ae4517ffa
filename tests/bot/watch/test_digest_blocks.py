"""Digests as they stand in Slack, whole, from a small lake."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.blocks import Block, Message
from bot.budget_words import expected_text
from bot.console.block_rules import problems
from bot.watch.digest_blocks import details_message, digest_message
from bot.watch.digest_words import groups_heading
from bot.watch.pictures import without_pictures
from tests.asking import Bills
from tests.gate.casts import book, proposed
from tests.lake.lakes import charge
from tests.watch.test_digest import LAST, ML, TEAM, budgets_in, each_day, told
from tools.clouds.resources import Address, Kind, Resource, State
from tools.core.clock import FixedClock
from tools.core.machines import Idleness, Machine, Machines
from tools.core.money import money_text
from tools.core.settings import Source
from tools.gate.proposals import Stage
from tools.watch.digest import Digest, digest
from tools.watch.headline import Pace
from tools.watch.outgoing import Outgoing, Sent, Sort, Told
from tools.watch.reconciled import Error

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
JOB = "digest C0ML daily"


@pytest.fixture
def bills(tmp_path):
    return Bills(tmp_path / "lake")


def lines(message: Message | None) -> list[str]:
    """What is to be read, a line each: `• ` before items, `~ ` before small print, `[…]` buttons.

    And a check that Slack takes it.
    """
    if message is None:
        return []
    assert not problems(without_pictures(list(message.blocks)))
    return [line for block in message.blocks for line in _lines(block)]


def _lines(block: Block) -> list[str]:
    match block["type"]:
        case "context":
            return [f"~ {element['text']}" for element in block["elements"]]
        case "actions":
            return [" ".join(f"[{_label(element)}]" for element in block["elements"])]
        case "purser_chart":
            return [f"chart: {block['alt_text']}"]
        case _:
            return [line for part in block["elements"] for line in _rich(part)]


def _label(element: Block) -> str:
    return element["text"]["text"] if element["type"] == "button" else "⋯"


def _rich(part: Block) -> list[str]:
    if part["type"] == "rich_text_list":
        return [f"• {''.join(_rich(item))}" for item in part["elements"]]
    return "".join(element["text"] for element in part["elements"]).split("\n")


def questions(message: Message) -> list[str]:
    found = [e for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
    return [element["value"] for element in found if element["type"] == "button"]


def of(bills: Bills, *, pace: Pace = Pace.DAILY, where=(), budgets=None, **settings) -> Digest:
    context = replace(bills.context(**settings), clock=FixedClock(NOW), budgets=budgets)
    return told(digest(pace, context=context, where=where))


def busy(bills: Bills) -> None:
    """Teams ml and web, a model, and on the last day a new machine of ml."""
    tokens = {"model": "gpt-5.1", "consumed_quantity": 2_000_000, "consumed_unit": "tokens"}
    bills.add(
        *each_day(100, tags={"team": "ml"}, service="EC2"),
        *each_day(40, tags={"team": "web"}, service="S3"),
        *each_day(5, tags={"team": "web"}, service="OpenAI", **tokens),
        *each_day(5, service="Tax"),
        charge(str(LAST), 250, tags={"team": "ml"}, service="SageMaker", resource_id="arn:x/run-7"),
    )


def machine(name: str, *, hourly: int, days: int, idleness=Idleness.IDLE) -> Machine:
    since = NOW - timedelta(days=days)
    address = Address("aws", "111122223333", "us-east-1", Kind.INSTANCE, name)
    return Machine(
        resource=Resource(address=address, name=name, type="p4d.24xlarge", state=State.RUNNING),
        hourly=Decimal(hourly),
        idleness=idleness,
        idle_since=since,
        wasted=Decimal(hourly * 24 * days),
    )


def idle(*machines: Machine) -> Machines:
    known = [m for m in machines if m.idleness is Idleness.IDLE]
    return Machines(
        asked="idle",
        machines=machines,
        as_of=NOW,
        hours=6,
        hourly={"USD": sum((m.hourly for m in known), Decimal(0))},
        wasted={"USD": sum((m.wasted for m in known), Decimal(0))},
        unknown=len(machines) - len(known),
    )


def test_a_day_out_of_the_usual_fills_one_screen(bills, tmp_path):
    busy(bills)
    budgets = budgets_in(tmp_path, {"": 4500, "team=ml": 2000, "team=web": 5000})
    found = of(bills, budgets=budgets, dimensions=(TEAM,))
    message = digest_message(found, job=JOB, now=NOW)
    assert lines(message) == [
        "$400.00 on Fri, Nov 20: $250.00 more (+166.7 %) than a usual Friday ($150.00 on Nov 13).",
        "• +$250.00 SageMaker · ml · run-7, new",
        f"$3,250.00 so far in November, 72.2 % of the $4,500.00 budget; {_expected(found, 1)}.",
        "████████████▒▒▒▒",
        f"• 112.5 % of $2,000.00 for team=ml a month; about {_over(found, 0)} over expected",
        "chart: Effective cost, daily, Oct 22 – Nov 20. $4,750.00 in Oct 22 – Nov 20. "
        "Highest day: Nov 20, $400.00 (8.4 %).",
        "~ Bills complete through Nov 20, yesterday; loaded 3 h ago.",
        "[Why?] [By team] [By model] [⋯]",
    ]
    assert questions(message) == [
        "why 2026-11-20 vs 2026-11-13",
        "2026-11-01..2026-11-20 by team top 8 vs 2026-10-01..2026-10-20",
        "2026-11-01..2026-11-20 by model top 8 vs 2026-10-01..2026-10-20",
    ]
    assert message.text == f"{lines(message)[0]} {lines(message)[2]}"


def test_the_rest_stands_in_its_thread(bills, tmp_path):
    busy(bills)
    budgets = budgets_in(tmp_path, {"": 4500, "team=ml": 2000, "team=web": 5000})
    found = of(bills, budgets=budgets, dimensions=(TEAM,))
    message = details_message(found)
    assert lines(message) == [
        "By team, Nov 1–20 against Oct 1–20",
        "• $2,250.00 ml · 69.2 % · +12.5 %",
        "• $900.00 web · 27.7 %",
        "• $100.00 untagged · 3.1 %",
        "[Why ml?]",
        "By model",
        "• $100.00 gpt-5.1 · $2.50 per 1M tokens",
        "[Per 1M tokens]",
        "3.1 % carries no team: $100.00.",
        "[What is it?]",
        "Budgets",
        f"• 112.5 % of $2,000.00 for team=ml a month; {_expected(found, 0)}",
        f"• 72.2 % of the $4,500.00 budget; {_expected(found, 1)}",
        f"• 18.0 % of $5,000.00 for team=web a month; {_expected(found, 2)}",
    ]
    assert questions(message) == [
        "why 2026-11-01..2026-11-20 where team=ml vs 2026-10-01..2026-10-20",
        "cost per 1m tokens 2026-11-01..2026-11-20 by model top 8 vs 2026-10-01..2026-10-20",
        "2026-11-01..2026-11-20 by service where team is missing top 8",
    ]


def _expected(found: Digest, place: int) -> str:
    """What is expected of a budget, as `/budget` says it, too."""
    return expected_text(found.budgets.statuses[place])


def _over(found: Digest, place: int) -> str:
    status = found.budgets.statuses[place]
    return money_text(status.forecast - status.budget.amount, "USD", places=0)


def quiet(bills: Bills, tmp_path) -> Digest:
    bills.add(*each_day(100, tags={"team": "ml"}))
    budgets = budgets_in(tmp_path, {"team=ml": 4500})
    return of(bills, budgets=budgets, dimensions=(TEAM,), where=ML)


def test_a_quiet_day_is_a_short_digest_without_a_thread(bills, tmp_path):
    found = quiet(bills, tmp_path)
    assert lines(digest_message(found, job=JOB, now=NOW)) == [
        "$100.00 for team=ml on Fri, Nov 20, a quiet day: the same as a usual Friday ($100.00 "
        "on Nov 13).",
        f"$2,000.00 so far in November, 44.4 % of the $4,500.00 budget; {_expected(found, 0)}.",
        "███████▒▒▒▒░░░░░",
        "~ Bills complete through Nov 20, yesterday; loaded 3 h ago.",
        "[Why?] [By service] [⋯]",
    ]
    assert details_message(found) is None


def test_what_somebody_may_do_something_about_is_said_on_quiet_days_too(bills, tmp_path):
    machines = idle(
        machine("train-1", hourly=20, days=3),
        machine("train-2", hourly=2, days=1),
        machine("eval", hourly=1, days=1, idleness=Idleness.UNKNOWN),
    )
    lost = Sent(
        outgoing=Outgoing(key="a", channel="C0ML", sort=Sort.ANOMALY, text="x"),
        told=Told.DROPPED,
        trouble="is_archived",
    )
    found = replace(
        quiet(bills, tmp_path),
        idle=machines,
        decided=(proposed(book(), stage=Stage.DONE), proposed(book(), stage=Stage.DENIED)),
        undelivered=(lost,),
    )
    assert lines(details_message(found)) == [
        "2 idle at $22.00 an hour, about $1,488.00 wasted so far. 1 more is not measured: neither "
        "idle nor busy, as far as I know.",
        "• $1,440.00 train-1 · p4d.24xlarge · idle for 3 days",
        "• $48.00 train-2 · p4d.24xlarge · idle for 24 h",
        "[What can be stopped?]",
        "Proposals that ended",
        "• Stop 1 machine, train-1: done",
        "• Stop 1 machine, train-1: denied",
        "Trouble delivering 1 message",
        "• anomaly, not delivered: is_archived",
    ]


def test_a_late_source_is_said_with_the_age_of_the_data(bills):
    bills.add(*each_day(10), *each_day(1, source="gcp", last=date(2026, 11, 15)))
    found = of(bills, sources=(Source("gcp", Path("gcp"), lag_days=2),))
    assert lines(digest_message(found, job=JOB, now=NOW)) == [
        "$11.00 on Sun, Nov 15, the newest whole day, a quiet day: the same as a usual Sunday "
        "($11.00 on Nov 8).",
        "$165.00 so far in November, the same as on Oct 1–15; no budget covers it.",
        "~ Late: gcp, complete only through Nov 15, 3 days more than usual.",
        "~ Bills complete through Nov 15, 6 days ago; loaded 3 h ago.",
        "[Why?] [By service] [⋯]",
    ]


def test_a_month_with_days_that_are_still_coming_in_says_so(bills, tmp_path):
    """A budget counts them, as `/budget` does; a day's figures and teams wait for whole days."""
    bills.add(*each_day(10), *each_day(1, source="gcp", last=date(2026, 11, 15)))
    budgets = budgets_in(tmp_path, {"": 400})
    sources = (Source("gcp", Path("gcp"), lag_days=2),)
    found = of(bills, budgets=budgets, sources=sources)
    assert lines(digest_message(found, job=JOB, now=NOW))[1] == (
        "$215.00 so far in November, with days still coming in, 53.8 % of the $400.00 budget; "
        f"{_expected(found, 0)}."
    )
    assert "By service, Nov 1–15 against Oct 1–15" in groups_heading(found.groups)


@pytest.mark.parametrize(
    ("first", "says"),
    [
        (
            date(2026, 11, 7),
            "$10.00 on Fri, Nov 20, a quiet day: the same as the Friday before ($10.00).",
        ),
        (
            date(2026, 11, 18),
            "$10.00 on Fri, Nov 20; there is nothing whole to compare it with yet.",
        ),
    ],
)
def test_what_is_not_usual_yet_is_not_called_so(bills, first, says):
    bills.add(*each_day(10, first=first))
    assert lines(digest_message(of(bills), job=JOB, now=NOW))[0] == says


def test_currencies_that_stay_apart_stand_beside_each_other(bills):
    bills.add(*each_day(10), *each_day(5, currency="EUR"))
    assert lines(digest_message(of(bills), job=JOB, now=NOW)) == [
        "$10.00 and €5.00 on Fri, Nov 20.",
        "~ Bills complete through Nov 20, yesterday; loaded 3 h ago.",
        "[By service] [⋯]",
    ]


def test_a_week_is_seven_days_against_seven(bills):
    bills.add(*each_day(10, last=date(2026, 11, 13)), *each_day(12, first=date(2026, 11, 14)))
    found = of(bills, pace=Pace.WEEKLY)
    assert lines(digest_message(found, job="digest C0ML weekly", now=NOW)) == [
        "$84.00 in the seven days Nov 14–20: $14.00 more (+20.0 %) than in the seven before "
        "($70.00).",
        "• +$14.00 EC2, no reason in the bill",
        "$214.00 so far in November, +7.0 % on Oct 1–20; no budget covers it.",
        "chart: Effective cost, daily, Oct 22 – Nov 20. $314.00 in Oct 22 – Nov 20. "
        "Highest day: Nov 14, $12.00 (3.8 %).",
        "~ Bills complete through Nov 20, yesterday; loaded 3 h ago.",
        "[Why?] [By service] [⋯]",
    ]


def test_a_month_is_told_as_one_that_is_over(bills, tmp_path):
    bills.add(*each_day(10, first=date(2026, 9, 1)))
    found = of(bills, pace=Pace.MONTHLY, budgets=budgets_in(tmp_path, {"": 300, "team=x": 5}))
    assert lines(digest_message(found, job="digest C0ML monthly", now=NOW)) == [
        "$310.00 in October 2026: $10.00 more (+3.3 %) than in September, a month 1 day shorter "
        "($300.00).",
        "103.3 % of the $300.00 budget; $10.00 over.",
        "████████████████",
        "chart: Effective cost, daily, Oct 1–31. $310.00 in October 2026. "
        "Highest day: Oct 1, $10.00 (3.2 %).",
        "~ Bills complete through Nov 20, yesterday; loaded 3 h ago.",
        "[Why?] [By service] [⋯]",
    ]


def test_a_month_says_how_far_its_estimates_were_from_their_bills(bills):
    bills.add(*each_day(10, first=date(2026, 9, 1)))
    off = {
        "USD": Error(Decimal(306), Decimal(300), 62, missing=1),
        "EUR": Error(Decimal("9.5"), Decimal(10), 1),
    }
    found = replace(of(bills, pace=Pace.MONTHLY), errors=off)
    said = lines(digest_message(found, job="digest C0ML monthly", now=NOW))
    assert [line for line in said if "before their bill" in line] == [
        "~ Running machines, before their bill came: estimated 2.0 % too high, $6.00 on $300.00 "
        "billed, 62 machine days, 1 machine day on no bill.",
        "~ Running machines, before their bill came: estimated 5.0 % too low, €0.50 on €10.00 "
        "billed, 1 machine day.",
    ]


def test_names_from_bills_are_text_and_nothing_else(bills):
    name = "<!channel> *x* <http://a.b|c>"
    bills.add(*each_day(10), charge(str(LAST), 90, service=name))
    found = of(bills)
    message, details = digest_message(found, job=JOB, now=NOW), details_message(found)
    assert lines(message)[1] == f"• +$90.00 {name}, new"
    assert "<" not in message.text + details.text
    written = json.dumps([*message.blocks, *details.blocks])
    assert "mrkdwn" not in written


def test_its_menu_names_the_job(bills):
    bills.add(*each_day(10))
    menu = digest_message(of(bills), job=JOB, now=NOW).blocks[-1]["elements"][-1]
    assert {o["text"]["text"]: o["value"] for o in menu["options"]} == {
        "Snooze for a week": f"snooze {JOB}",
        "Change the hour": f"hour {JOB}",
        "Unsubscribe from the daily digest": f"stop {JOB}",
    }
