"""Unusual spend in real lakes: each cause once, on complete days, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.asking import Bills
from tests.lake.lakes import charge
from tools.anomalies import explained, find_anomalies, unusual_spend
from tools.core.conditions import read_conditions
from tools.core.dimensions import Dimension
from tools.core.query import Filter, Op
from tools.core.results import Cause
from tools.core.scope import Scope
from tools.gate.people import Actor
from tools.ledger.happenings import Happening, Happenings
from tools.ledger.ledger import Ledger
from tools.watch.anomaly import Anomaly

FIRST, LAST = date(2026, 8, 1), date(2026, 11, 18)
SINCE = date(2026, 11, 10)
DIMENSIONS = tuple(Dimension(name, tags=(name,)) for name in ("team", "env", "owner"))
SEARCH = {"team": "search", "env": "prod", "owner": "priya@lumen.example"}
ML = {"team": "ml", "env": "dev", "owner": "marcus@lumen.example"}


def ordinary():
    """Two teams' days, with weekends and a little noise that is the same every time."""
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        calm = 0.5 if day.weekday() >= 5 else 1
        for at, (tags, service, cost) in enumerate(
            [(SEARCH, "EC2", 800), (SEARCH, "S3", 150), (ML, "EC2", 600), (ML, "Bedrock", 300)]
        ):
            noise = 1 + ((n * 7 + at * 3) % 11 - 5) / 150
            yield charge(
                str(day),
                Decimal(str(round(cost * calm * noise, 2))),
                tags=tags,
                service=service,
                sub_account_name=tags["team"],
                region="us-east-1",
                resource_id=f"r-{tags['team']}-{service}",
            )


def more(cost, *days, tags=SEARCH, service="EC2", **columns):
    kept = {"region": "us-east-1", "sub_account_name": tags.get("team"), **columns}
    return [charge(f"2026-11-{day:02}", cost, tags=tags, service=service, **kept) for day in days]


def found(tmp_path, *extra, scope=None, until=LAST, complete=LAST):
    bills = Bills(tmp_path).add(*ordinary(), *extra, aws=complete)
    context = bills.context(scope=scope, dimensions=DIMENSIONS)
    return unusual_spend(context, since=SINCE, until=until), context


def told(tmp_path, *extra, **kwargs):
    result, _ = found(tmp_path, *extra, **kwargs)
    return [(dict(a.key), a.first_day.day, a.last_day.day) for a in result.anomalies]


def test_ordinary_days_are_nothing_unusual(tmp_path):
    assert told(tmp_path) == []


def test_a_cluster_is_one_anomaly_with_its_cause_and_who_knows(tmp_path):
    new = {"resource_id": "i-0new", "region": "us-west-2"}
    result, context = found(tmp_path, *more(900, 16, 17, 18, **new))
    [anomaly] = [explained(a, context=context) for a in result.anomalies]
    assert (anomaly.key["team"], anomaly.key["service"]) == ("search", "EC2")
    assert anomaly.key["region"] == "us-west-2"
    assert (anomaly.first_day, anomaly.last_day) == (date(2026, 11, 16), LAST)
    assert anomaly.excess == Decimal("2700.00")
    assert [(part.cause, part.amount) for part in anomaly.parts] == [(Cause.NEW, 2700)]
    assert (anomaly.owner, anomaly.environment) == ("priya@lumen.example", "prod")


def test_it_is_found_on_the_first_day_that_is_complete(tmp_path):
    spike = more(900, 18, resource_id="i-0new")
    [(key, first, last)] = told(tmp_path, *spike)
    assert (key["team"], first, last) == ("search", 18, 18)


def test_days_that_are_still_coming_in_are_not_looked_at(tmp_path):
    assert told(tmp_path, *more(900, 18), complete=date(2026, 11, 17)) == []


def test_two_causes_of_one_day_are_two(tmp_path):
    extra = more(900, 17) + more(700, 17, tags=ML, service="Bedrock")
    keys = {(key["team"], key["service"]) for key, _, _ in told(tmp_path, *extra)}
    assert keys == {("search", "EC2"), ("ml", "Bedrock")}


def test_what_comes_along_with_it_is_not_told_by_itself(tmp_path):
    extra = more(2000, 16, 17) + more(300, 16, 17, service="S3")
    assert [key["service"] for key, _, _ in told(tmp_path, *extra)] == ["EC2"]


def test_a_service_that_is_dearer_for_all_is_told_of_the_service(tmp_path):
    extra = more(700, 16, 17, 18) + more(700, 16, 17, 18, tags=ML)
    [(key, _, _)] = told(tmp_path, *extra)
    assert key["service"] == "EC2"
    assert "team" not in key


@pytest.mark.parametrize(
    "columns",
    [
        {"charge_category": "Purchase"},
        {"charge_category": "Tax"},
        {"charge_category": "Adjustment"},
        {"charge_class": "Correction"},
    ],
)
def test_what_has_no_usage_behind_it_does_not_alarm(tmp_path, columns):
    assert told(tmp_path, *more(5000, 17, **columns)) == []


def test_an_unused_commitment_does_not_alarm(tmp_path):
    assert told(tmp_path, *more(5000, 17, commitment_status="Unused")) == []


def test_spend_that_falls_does_not_alarm(tmp_path):
    assert told(tmp_path, *more(-700, 16, 17)) == []


def test_another_model_at_the_same_cost_does_not_alarm(tmp_path):
    old = more(-280, 16, 17, 18, tags=ML, service="Bedrock")
    new = more(280, 16, 17, 18, tags=ML, service="Bedrock", model="big-2")
    assert told(tmp_path, *old, *new) == []


def test_nobodys_spend_is_told_as_such(tmp_path):
    extra = more(900, 16, 17, tags={}, region="eu-west-1", sub_account_name="dev")
    [(key, _, _)] = told(tmp_path, *extra)
    assert key["team"] is None
    assert key["region"] == "eu-west-1"


def test_a_scope_sees_only_its_own(tmp_path):
    scope = Scope((Filter("team", Op.IS, ("ml",)),))
    assert told(tmp_path, *more(900, 17), scope=scope) == []


@pytest.mark.parametrize(("about", "said"), [("env=dev", []), ("env=prod", ["A deployment"])])
def test_a_scope_is_told_of_its_own_events_only(tmp_path, about, said):
    scope = Scope((Filter("env", Op.IS, ("prod",)),))
    result, context = found(tmp_path, *more(900, 17, 18), scope=scope)
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", context.clock)
    event = Happening(
        start=datetime(2026, 11, 17, 9, tzinfo=UTC),
        kind="deployment",
        text="A deployment",
        scope=read_conditions(about),
    )
    Happenings(ledger).tell(event, actor=Actor("ci"))
    [anomaly] = [
        explained(a, context=context, happenings=Happenings(ledger)) for a in result.anomalies
    ]
    assert [e.text for e in anomaly.before] == said


@pytest.mark.parametrize(("pushed", "said"), [((9, 10, 11), "We move"), ((11,), "")])
def test_a_plan_explains_what_is_unusual_with_it_only(tmp_path, pushed, said):
    """A month's push of another team in the same account comes in the same days as the move."""
    push = [
        charge(f"2026-{month:02}-{day}", 800, tags=ML, service="EKS", sub_account_name="shared")
        for month in pushed
        for day in (16, 17, 18)
    ]
    move = more(500, 16, 17, 18, service="S3", sub_account_name="shared")
    _, context = found(tmp_path, *push, *move)
    happenings = Happenings(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", context.clock))
    plan = Happening(
        start=datetime(2026, 11, 16, tzinfo=UTC),
        end=datetime(2026, 11, 19, tzinfo=UTC),
        kind="planned",
        text="We move",
        scope=read_conditions("team=search"),
    )
    happenings.tell(plan, actor=Actor("U0ADA"))
    shared = Anomaly(
        key={"account": "shared"}, first_day=date(2026, 11, 16), last_day=LAST,
        actual=Decimal(3900), expected=Decimal(0), currency="USD", score=9.0,
    )  # fmt: skip
    assert explained(shared, context=context, happenings=happenings).planned == said


def test_what_was_over_before_is_left_out(tmp_path):
    assert told(tmp_path, *more(900, 2, 3)) == []


def test_where_bills_are_hourly_it_says_since_which_hour(tmp_path):
    hours = [c for h in range(14, 24) for c in more(90, 18, hour=h, region="us-west-2")]
    result, context = found(tmp_path, *hours)
    [anomaly] = [explained(a, context=context) for a in result.anomalies]
    assert anomaly.hour == datetime(2026, 11, 18, 14, tzinfo=UTC)


def asked(tmp_path, *extra, **kwargs):
    bills = Bills(tmp_path).add(*ordinary(), *extra, aws=LAST)
    return find_anomalies(**kwargs, context=bills.context(dimensions=DIMENSIONS))


def test_who_asks_is_told_each_with_the_question_why(tmp_path):
    note = asked(tmp_path, *more(900, 16, 17, region="us-west-2"))
    assert note.text == (
        "$1,800.00 more than usual from 2026-11-16 to 2026-11-17 for team=search and service=EC2 "
        "and account=search and region=us-west-2: $1,800.00 instead of about $0.00.\n"
        "Days through 2026-11-18 are complete. What is usual is an estimate from the weeks before."
    )
    assert note.suggestions == (
        "why 2026-11-16..2026-11-17 where team=search and service=EC2 and account=search and "
        "region=us-west-2 vs 2026-11-09..2026-11-10",
    )


def test_who_asks_on_quiet_days_is_told_so(tmp_path):
    assert asked(tmp_path).text == (
        "Nothing unusual since 2026-11-07: no spend stands out from its own past. "
        "Days through 2026-11-18 are complete."
    )
    where = (Filter("team", Op.IS, ("ml",)),)
    assert asked(tmp_path, *more(900, 17), where=where).text.startswith("Nothing unusual")


def test_without_bills_nothing_is_known(tmp_path):
    note = find_anomalies(context=Bills(tmp_path).context())
    assert note.text == "I don’t know: there are no complete days of bills to look at."
