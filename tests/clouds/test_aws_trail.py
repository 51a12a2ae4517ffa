"""CloudTrail is asked who started what: its pages, its pace, and what it does not tell."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from tests.clouds.aws_setup import ACCOUNT, OTHER, AwsSetup, account
from tests.clouds.aws_trail_server import CALL, PERSON, Ticks, TrailServer, at
from tools.clouds.aws import over
from tools.clouds.aws_records import CALLS
from tools.clouds.aws_trail import LONGEST, PAGE, PAGES, Trail
from tools.clouds.cloud import Cloud
from tools.clouds.traces import Asked, Service, Trace, services_of
from tools.core.clock import FixedClock

pytest_plugins = ["tests.clouds.aws_fixtures"]

NOW = at("11-21 09:00")
ALL = Asked(at("11-17 00:00"), at("11-21 00:00"), frozenset(Service))
MACHINES = ALL._replace(services=frozenset({Service.MACHINES}))
ROLE = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:i-0abc",
    "sessionContext": {"sessionIssuer": {"userName": "deploy-search"}},
}
DENIED = (
    "AWS account 123456789012: cloudtrail:LookupEvents is not allowed; the rights that Purser "
    "needs are in deploy/aws-read-policy.json."
)


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def trail(aws_setup: AwsSetup, ticks: Ticks) -> TrailServer:
    server = TrailServer(ticks)
    server.serve(aws_setup.gateway)
    return server


@pytest.fixture
def cloud(aws_setup: AwsSetup, ticks: Ticks, trail: TrailServer) -> Cloud:
    return connected(aws_setup, ticks, account(aws_setup.gateway.url))


def connected(setup: AwsSetup, ticks: Ticks, *accounts) -> Cloud:
    paced = Trail(FixedClock(NOW), sleep=ticks.sleep, ticks=ticks)
    return over(accounts, setup.sessions, trail=paced)


def said(cloud: Cloud, asked: Asked = ALL) -> list[str]:
    traces = cloud.traces(asked)
    assert traces.troubles == ()
    return [
        f"{t.at:%d %H:%M} {t.count or ''} {t.what} {t.done} by {t.by or 'nobody'}"
        for t in sorted(traces.found, key=lambda t: t.at)
    ]


def test_a_launch_is_told_whole(cloud, trail):
    names = trail.run_instances(at("11-20 02:10"), 8, tags={"team": "search"})
    assert cloud.traces(MACHINES).found == (
        Trace(
            at=at("11-20 02:10"), what="p5.48xlarge", done="launched", count=8, names=names,
            by="ada@lumen.example", service=Service.MACHINES, cloud="aws", account=ACCOUNT,
            region="us-east-1", tags={"team": "search"},
        ),
    )  # fmt: skip


def test_what_begins_to_cost_is_told_in_words(cloud, trail):
    day = "11-19 "
    group = {"autoScalingGroupName": "embed"}
    machine = {"instancesSet": {"items": [{"instanceId": "i-0a"}]}}
    job = {"trainingJobName": "t", "resourceConfig": {"instanceType": "ml.p5", "instanceCount": 4}}
    for minute, (name, asked) in enumerate(
        {
            "StartInstances": machine,
            "ModifyInstanceAttribute": {
                "instanceId": "i-0a", "instanceType": {"value": "p5.48xlarge"},
            },
            "SetDesiredCapacity": {**group, "desiredCapacity": 12},
            "UpdateAutoScalingGroup": {**group, "maxSize": 40},
            "CreateEndpoint": {"endpointName": "rank", "endpointConfigName": "c"},
            "UpdateEndpointWeightsAndCapacities": {
                "endpointName": "rank",
                "desiredWeightsAndCapacities": [{"desiredInstanceCount": 3, "variantName": "v"}],
            },
            "CreateTrainingJob": job,
            "CreateNotebookInstance": {"notebookInstanceName": "n", "instanceType": "ml.g5.xlarge"},
            "CreateDBInstance": {"dBInstanceIdentifier": "db", "dBInstanceClass": "db.r6g.large"},
            "CreateProvisionedModelThroughput": {"provisionedModelName": "m", "modelUnits": 2},
        }.items()
    ):  # fmt: skip
        trail.add(name, at(f"{day}10:{minute:02}"), asked=asked, who=ROLE)
    assert [line.partition(" by ")[0][8:].strip() for line in said(cloud)] == [
        "i-0a started",
        "i-0a made a p5.48xlarge",
        "Auto Scaling group embed set to 12 machines",
        "Auto Scaling group embed allowed up to 40 machines",
        "endpoint rank created",
        "endpoint rank scaled to 3 machines",
        "training job t (4 × ml.p5) started",
        "notebook n (ml.g5.xlarge) created",
        "database db (db.r6g.large) created",
        "model throughput m bought",
    ]


def test_what_costs_nothing_and_what_purser_did_is_not_told(cloud, trail):
    when = at("11-20 02:10")
    trail.run_instances(when, 1, error="Client.DryRunOperation")
    trail.add("ModifyInstanceAttribute", when, asked={"instanceId": "i-0a", "groupSet": {}})
    trail.add("UpdateAutoScalingGroup", when, asked={"autoScalingGroupName": "a", "minSize": 0})
    trail.add("SetDesiredCapacity", when, asked={"autoScalingGroupName": "a", "desiredCapacity": 0})
    trail.add("StartInstances", when, who={"principalId": "AROA:purser-write"})
    trail.add("TerminateInstances", when)
    assert said(cloud) == []


@pytest.mark.parametrize(
    ("who", "by"),
    [
        (PERSON, "ada@lumen.example"),
        (ROLE, "deploy-search"),
        ({"type": "IAMUser", "userName": "ben", "principalId": "AIDAEXAMPLE"}, "ben"),
        ({"type": "Root", "principalId": ACCOUNT}, "the account’s root user"),
        ({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"},
         "autoscaling.amazonaws.com"),
        ({**ROLE, "principalId": "AROA:eve@lumen.example"}, "eve@lumen.example"),
        ({}, "nobody"),
        ({"type": "AssumedRole", "principalId": "AROA:" + "x" * 200}, "x" * 64),
    ],
)  # fmt: skip
def test_who_did_it_is_a_person_where_one_can_be_told(cloud, trail, who, by):
    trail.run_instances(at("11-20 02:10"), 1, who=who)
    assert said(cloud) == [f"20 02:10 1 p5.48xlarge launched by {by}"]


def test_every_page_is_read_at_two_calls_a_second(cloud, trail, ticks):
    for n in range(3 * PAGE - 10):
        trail.run_instances(at("11-18 00:00") + timedelta(minutes=n), 1)
    began = ticks()
    found = cloud.traces(MACHINES).found
    assert len(found) == len({trace.names for trace in found}) == 3 * PAGE - 10
    machine_calls = sum(call.service is Service.MACHINES for call in CALLS)
    assert (
        Counter(sent["LookupAttributes"][0]["AttributeValue"] for _, sent in trail.asked)[
            "RunInstances"
        ]
        == 3
    )
    assert len(trail.asked) == machine_calls + 2
    assert trail.too_fast() == []
    assert ticks() - began == pytest.approx(0.5 * (machine_calls + 1))


def test_more_than_is_read_is_said(cloud, trail):
    for n in range(PAGES * PAGE + 1):
        trail.run_instances(at("11-18 00:00") + timedelta(minutes=n), 1)
    traces = cloud.traces(MACHINES)
    assert len(traces.found) == PAGES * PAGE  # the newest
    assert min(t.at for t in traces.found) == at("11-18 00:01")
    assert traces.troubles == (
        "AWS account 123456789012, us-east-1: CloudTrail has more than I read.",
    )


def test_a_slow_answer_ends_the_reading(cloud, trail, ticks, aws_setup):
    def slow(sent, region):
        ticks.sleep(LONGEST)
        return trail.answer(sent, region)

    trail.run_instances(at("11-20 02:10"), 1)
    aws_setup.gateway.answers[CALL] = slow
    traces = cloud.traces(ALL)
    assert (len(traces.found), len(trail.asked)) == (1, 2)
    assert traces.troubles == (
        "AWS account 123456789012, us-east-1: CloudTrail has more than I read.",
    )


def test_only_the_places_and_services_that_are_meant_are_asked(aws_setup, trail, ticks):
    mine = account(aws_setup.gateway.url, regions=("us-east-1", "us-west-2"))
    cloud = connected(aws_setup, ticks, mine)
    trail.run_instances(at("11-20 02:10"), 1, region="us-west-2")
    west = MACHINES._replace(is_at=lambda place: place.region == "us-west-2")
    assert [trace.region for trace in cloud.traces(west).found] == ["us-west-2"]
    assert {region for region, _ in trail.asked} == {"us-west-2"}
    trail.asked.clear()
    assert cloud.traces(ALL._replace(services=frozenset())).found == ()
    assert trail.asked == []


def test_nothing_is_asked_of_before_what_cloudtrail_keeps(cloud, trail):
    old = ALL._replace(since=at("01-01 00:00"), until=at("01-05 00:00"))
    assert cloud.traces(old) == ((), ())
    assert trail.asked == []
    cloud.traces(MACHINES._replace(since=at("01-01 00:00")))
    [start] = {sent["StartTime"] for _, sent in trail.asked}
    assert start == (NOW - timedelta(days=90)).timestamp()


def test_a_missing_right_is_said_once_for_an_account(aws_setup, trail, ticks):
    regions = ("us-east-1", "us-west-2", "eu-west-1")
    cloud = connected(aws_setup, ticks, account(aws_setup.gateway.url, regions=regions))
    aws_setup.gateway.trouble(CALL, "AccessDeniedException")
    assert cloud.traces(ALL) == ((), (DENIED,))
    assert cloud.trace_troubles() == (DENIED,)


def test_what_can_be_read_is_no_trouble(cloud, trail, aws_setup, ticks):
    assert cloud.trace_troubles() == ()
    [(_, sent)] = trail.asked
    assert sent == {"MaxResults": 1}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ThrottlingException", ", us-east-1: AWS asks to slow down; try again in a minute."),
        ("InvalidTimeRangeException", ": AWS refused (InvalidTimeRangeException); nothing was"),
        ("ResourceNotFound", ": CloudTrail does not answer; try again later."),
    ],
)
def test_other_trouble_is_a_sentence(cloud, trail, aws_setup, code, says):
    aws_setup.gateway.trouble(CALL, code)
    [trouble] = cloud.traces(ALL).troubles
    assert trouble.startswith(f"AWS account {ACCOUNT}{says}")


def test_an_account_that_does_not_answer_takes_nothing_from_the_others(aws_setup, trail, ticks):
    gone = account("http://127.0.0.1:9", OTHER)
    cloud = connected(aws_setup, ticks, account(aws_setup.gateway.url), gone)
    trail.run_instances(at("11-20 02:10"), 1)
    traces = cloud.traces(MACHINES)
    assert len(traces.found) == 1
    assert [t.partition(":")[0] for t in traces.troubles] == [f"AWS account {OTHER}"]


@pytest.mark.parametrize(
    ("billed", "services"),
    [
        ("Amazon Elastic Compute Cloud", {Service.MACHINES}),
        ("AmazonEC2", {Service.MACHINES}),
        ("Compute Engine", {Service.MACHINES}),
        ("Amazon SageMaker AI", {Service.SAGEMAKER}),
        ("Amazon Relational Database Service", {Service.DATABASES}),
        ("Amazon Bedrock", {Service.MODELS}),
        ("Amazon Simple Storage Service", set()),
        (None, set(Service)),
    ],
)
def test_a_bills_service_says_what_to_look_for(billed, services):
    assert services_of(billed) == services
