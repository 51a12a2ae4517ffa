"""CloudTrail’s records of what begins to cost, as `Trace`: which calls, and what each tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from tools.clouds.cloud import Credential
from tools.clouds.traces import Service, Trace

_LONGEST = 64  # characters of a name
_OWN = {f"purser-{credential}" for credential in Credential}
_SSO = "AWSReservedSSO_"
_ASKED, _ANSWERED = "requestParameters", "responseElements"
_ROOT = "the account’s root user"


class Seen(NamedTuple):
    """What a record tells of the thing.

    Args:
        what: its type or its name.
        done: what was done.
        many: machines, where `what` is a type.
    """

    what: str
    done: str
    many: int = 0


Read = Callable[[Mapping[str, Any]], Seen | None]


class Call(NamedTuple):
    """A call that begins to cost.

    Args:
        name: as CloudTrail has it.
        service: of what sort.
        read: what it says of the thing; None where it begins no cost after all.
    """

    name: str
    service: Service
    read: Read


def _launched(record: Mapping[str, Any]) -> Seen:
    machines = _items(record, _ANSWERED)
    first = machines[0] if machines else {}
    type = _text(record, _ASKED, "instanceType") or _text(first, "instanceType")
    return Seen(type or "machine", "launched", len(machines) or 1)


def _started(record: Mapping[str, Any]) -> Seen:
    machines = [str(one.get("instanceId", "")) for one in _items(record, _ASKED)]
    return Seen(", ".join(machines[:3]) or "machine", "started")


def _retyped(record: Mapping[str, Any]) -> Seen | None:
    type = _text(record, _ASKED, "instanceType", "value")
    name = _text(record, _ASKED, "instanceId")
    return Seen(name, f"made a {type}") if type and name else None


def _resized(record: Mapping[str, Any]) -> Seen | None:
    name = _text(record, _ASKED, "autoScalingGroupName")
    for key, said in (("desiredCapacity", "set to {}"), ("maxSize", "allowed up to {}")):
        many = _text(record, _ASKED, key)
        if many and many != "0":
            machines = "machine" if many == "1" else "machines"
            return Seen(f"Auto Scaling group {name}", f"{said.format(many)} {machines}")
    return None


def _weighed(record: Mapping[str, Any]) -> Seen | None:
    variants = _at(record, _ASKED, "desiredWeightsAndCapacities")
    held = variants if isinstance(variants, list) else []
    many = [one.get("desiredInstanceCount") for one in held if isinstance(one, dict)]
    sum_of = sum(n for n in many if isinstance(n, int))
    name = _text(record, _ASKED, "endpointName")
    return Seen(f"endpoint {name}", f"scaled to {sum_of} machines") if sum_of else None


def _named(
    noun: str,
    key: str,
    done: str,
    *,
    type: tuple[str, ...] = (),
    count: tuple[str, ...] = (),
) -> Read:
    """Reads a thing's name, and where it says so the machines it takes."""

    def read(record: Mapping[str, Any]) -> Seen:
        many, kind = _text(record, _ASKED, *count), _text(record, _ASKED, *type) if type else ""
        machines = f"{many} × {kind}" if count and many and kind else kind
        name = " ".join(filter(None, [noun, _text(record, _ASKED, key)]))
        return Seen(f"{name} ({machines})" if machines else name, done)

    return read


def _database(done: str) -> Read:
    return _named("database", "dBInstanceIdentifier", done, type=("dBInstanceClass",))


def _job(noun: str, key: str, where: tuple[str, ...]) -> Read:
    type, count = (*where, "instanceType"), (*where, "instanceCount")
    return _named(noun, key, "started", type=type, count=count)


_M, _S, _D = Service.MACHINES, Service.SAGEMAKER, Service.DATABASES
_TRAINED = ("resourceConfig",)
_PROCESSED = ("processingResources", "clusterConfig")
_NOTEBOOK = "notebookInstanceName"
_KEYS = (
    "instanceId", "autoScalingGroupName", "endpointName", "trainingJobName", "processingJobName",
    "transformJobName", _NOTEBOOK, "dBInstanceIdentifier", "dBClusterIdentifier",
    "provisionedModelName",
)  # fmt: skip
CALLS = (
    Call("RunInstances", _M, _launched),
    Call("StartInstances", _M, _started),
    Call("ModifyInstanceAttribute", _M, _retyped),
    Call("CreateAutoScalingGroup", _M, _resized),
    Call("UpdateAutoScalingGroup", _M, _resized),
    Call("SetDesiredCapacity", _M, _resized),
    Call("CreateEndpoint", _S, _named("endpoint", "endpointName", "created")),
    Call("UpdateEndpoint", _S, _named("endpoint", "endpointName", "updated")),
    Call("UpdateEndpointWeightsAndCapacities", _S, _weighed),
    Call("CreateTrainingJob", _S, _job("training job", "trainingJobName", _TRAINED)),
    Call("CreateProcessingJob", _S, _job("processing job", "processingJobName", _PROCESSED)),
    Call(
        "CreateTransformJob", _S, _job("batch job", "transformJobName", ("transformResources",))
    ),
    Call(
        "CreateNotebookInstance", _S,
        _named("notebook", _NOTEBOOK, "created", type=("instanceType",)),
    ),
    Call("StartNotebookInstance", _S, _named("notebook", _NOTEBOOK, "started")),
    Call("CreateDBInstance", _D, _database("created")),
    Call("ModifyDBInstance", _D, _database("changed")),
    Call("StartDBInstance", _D, _database("started")),
    Call("CreateDBCluster", _D, _named("database", "dBClusterIdentifier", "created")),
    Call(
        "CreateProvisionedModelThroughput", Service.MODELS,
        _named("model throughput", "provisionedModelName", "bought"),
    ),
)  # fmt: skip


def trace_of(event: Mapping[str, Any], call: Call, *, account: str, region: str) -> Trace | None:
    """An event of `LookupEvents`; None where it failed, begins no cost, or was Purser's own.

    What Purser does is in its audit log, with who approved it.
    """
    record = json.loads(event["CloudTrailEvent"])
    who = record.get("userIdentity") or {}
    if record.get("errorCode") or _session(who) in _OWN:
        return None
    seen = call.read(record)
    if seen is None:
        return None
    return Trace(
        at=event["EventTime"].astimezone(UTC),
        what=seen.what[:_LONGEST],
        done=seen.done[:_LONGEST],
        count=seen.many,
        service=call.service,
        cloud="aws",
        account=account,
        region=region,
        by=_by(who)[:_LONGEST],
        names=_names(event, record),
        tags=_tags(record),
    )


def _by(who: Mapping[str, Any]) -> str:
    """A person where one can be told, else the role or the service."""
    if invoked := who.get("invokedBy"):
        return str(invoked)
    if who.get("type") == "Root":
        return _ROOT
    role = _text(who, "sessionContext", "sessionIssuer", "userName")
    session = _session(who)
    if role and not role.startswith(_SSO) and "@" not in session:
        return role
    return session or str(who.get("userName") or role)


def _session(who: Mapping[str, Any]) -> str:
    return str(who.get("principalId") or "").partition(":")[2]


def _names(event: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of all that it was done to, as the record and its index name them."""
    machines = [*_items(record, _ANSWERED), *_items(record, _ASKED)]
    found = [str(one.get("instanceId") or "") for one in machines]
    found += [_text(record, _ASKED, key) for key in _KEYS]
    found += [str(one.get("ResourceName") or "") for one in event.get("Resources", ())]
    return tuple(dict.fromkeys(name for name in found if name))


def _tags(record: Mapping[str, Any]) -> dict[str, str]:
    """Those that were asked for: EC2 nests them, other services list them."""
    found: dict[str, str] = {}
    nested = _at(record, _ASKED, "tagSpecificationSet", "items")
    listed = _at(record, _ASKED, "tags")
    groups = [one.get("tags") for one in nested] if isinstance(nested, list) else [listed]
    for group in groups:
        for tag in group if isinstance(group, list) else ():
            found[_text(tag, "key")] = _text(tag, "value")
    return found


def _items(record: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
    held = _at(record, part, "instancesSet", "items")
    return held if isinstance(held, list) else []


def _text(record: Mapping[str, Any], *path: str) -> str:
    held = _at(record, *path)
    return str(held) if isinstance(held, str | int) else ""


def _at(record: Any, *path: str) -> Any:  # noqa: ANN401  it is JSON
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record
