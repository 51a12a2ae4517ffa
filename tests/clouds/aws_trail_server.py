"""CloudTrail's LookupEvents, which moto lacks, as AWS documents it: one attribute a question, the
newest first, fifty a page, a token that is good for the same question only, two calls a second."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from tests.clouds.aws_gateway import Gateway

CALL = "cloudtrail.lookup_events"
PAGE = 50
PERSON = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:ada@lumen.example",
    "arn": "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0a1b/ada@lumen.example",
    "sessionContext": {"sessionIssuer": {"userName": "AWSReservedSSO_Admin_0a1b"}},
}


@dataclass
class Ticks:
    """Seconds that pass when somebody sleeps."""

    now: float = 50.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class TrailServer:
    """What happened, by region, and when it was asked for."""

    ticks: Ticks
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)

    def serve(self, gateway: Gateway) -> None:
        """Answer behind a gateway."""
        gateway.answers[CALL] = self.answer

    def add(
        self,
        name: str,
        at: datetime,
        *,
        asked: Mapping[str, Any] | None = None,
        answered: Mapping[str, Any] | None = None,
        who: Mapping[str, Any] = PERSON,
        names: tuple[str, ...] = (),
        region: str = "us-east-1",
        error: str = "",
    ) -> None:
        """Something happened."""
        record = {
            "eventVersion": "1.11", "eventName": name, "awsRegion": region,
            "userIdentity": who, "requestParameters": asked, "responseElements": answered,
            **({"errorCode": error} if error else {}),
        }  # fmt: skip
        event = {
            "EventId": f"event-{len(self.events.get(region, []))}",
            "EventName": name,
            "ReadOnly": "false",
            "EventTime": at.timestamp(),
            "Resources": [{"ResourceType": "AWS::Thing", "ResourceName": n} for n in names],
            "CloudTrailEvent": json.dumps(record),
        }
        self.events.setdefault(region, []).append(event)

    def run_instances(
        self, at: datetime, count: int, *, type: str = "p5.48xlarge", **more: Any
    ) -> tuple[str, ...]:
        """So many machines were launched; their ids."""
        number = sum(map(len, self.events.values()))
        names = tuple(f"i-0{number:06x}{n:02x}" for n in range(count))
        tags = more.pop("tags", {})
        given = [{"key": key, "value": value} for key, value in tags.items()]
        held = {"items": [{"resourceType": "instance", "tags": given}]}
        self.add(
            "RunInstances",
            at,
            asked={"instanceType": type, **({"tagSpecificationSet": held} if given else {})},
            answered={"instancesSet": {"items": [{"instanceId": name} for name in names]}},
            names=names,
            **more,
        )
        return names

    def answer(self, sent: dict[str, Any], region: str) -> dict[str, Any]:
        """One page."""
        self.asked.append((region, sent))
        self.times.setdefault(region, []).append(self.ticks())
        [attribute] = sent.get("LookupAttributes") or [None]
        question = json.dumps({**sent, "NextToken": ""}, sort_keys=True)
        start, of = json.loads(sent["NextToken"]) if "NextToken" in sent else (0, question)
        assert of == question, "InvalidNextTokenException"
        found = sorted(
            (
                event
                for event in self.events.get(region, [])
                if attribute is None or event["EventName"] == attribute["AttributeValue"]
                if sent.get("StartTime", 0) <= event["EventTime"] <= sent.get("EndTime", 1e12)
            ),
            key=lambda event: -event["EventTime"],
        )
        end = start + min(sent.get("MaxResults", PAGE), PAGE)
        token = {"NextToken": json.dumps([end, question])} if end < len(found) else {}
        return {"Events": found[start:end], **token}

    def too_fast(self) -> list[tuple[str, float]]:
        """Calls that came sooner than half a second after the one before."""
        return [
            (region, later - earlier)
            for region, times in self.times.items()
            for earlier, later in pairwise(times)
            if later - earlier < 0.5
        ]


def at(text: str) -> datetime:
    """`11-20 02:10` of the year of the tests, in UTC."""
    return datetime.strptime(f"2026-{text} +0000", "%Y-%m-%d %H:%M %z").astimezone(UTC)
