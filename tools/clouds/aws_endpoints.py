"""SageMaker endpoints: scaled by their variant's machines, deleted, tagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.clouds.aws_members import members_of
from tools.clouds.aws_places import Place
from tools.clouds.aws_sagemaker import TAGGING, each, tags_at, write_sagemaker_tags
from tools.clouds.aws_tags import tag_steps
from tools.clouds.aws_types import DESCRIBE_TYPES, Types
from tools.clouds.cloud import Act, Consequence, Credential, Operation
from tools.clouds.resources import Capacity, Kind, Resource, State, Verb
from tools.core.errors import RefusedError

LIST = Operation(
    "sagemaker.list_endpoints", ("sagemaker:ListEndpoints",), Credential.READ, "list endpoints"
)
DESCRIBE = Operation(
    "sagemaker.describe_endpoint",
    ("sagemaker:DescribeEndpoint",),
    Credential.READ,
    "read an endpoint",
)
CONFIG = Operation(
    "sagemaker.describe_endpoint_config",
    ("sagemaker:DescribeEndpointConfig",),
    Credential.READ,
    "know an endpoint's machine type",
)
LIMITS = Operation(
    "application-autoscaling.describe_scalable_targets",
    ("application-autoscaling:DescribeScalableTargets",),
    Credential.READ,
    "know between what an endpoint may scale",
)
SCALE = Operation(
    "sagemaker.update_endpoint_weights_and_capacities",
    ("sagemaker:UpdateEndpointWeightsAndCapacities",),
    Credential.WRITE,
    "change how many machines an endpoint has",
)
DELETE = Operation(
    "sagemaker.delete_endpoint",
    ("sagemaker:DeleteEndpoint",),
    Credential.TERMINATE,
    "delete an endpoint",
)
VERBS: Mapping[Verb, Consequence] = {
    Verb.SCALE: Consequence(loses="what the machines that go have in memory", undo=Verb.SCALE),
    Verb.TERMINATE: Consequence(
        State.GONE,
        loses="the endpoint; whoever calls it gets errors, its model and configuration stay",
        is_final=True,
    ),
    Verb.TAG: Consequence(undo=Verb.TAG),
}
_STATES = {
    "Creating": State.CHANGING,
    "Updating": State.CHANGING,
    "SystemUpdating": State.CHANGING,
    "RollingBack": State.CHANGING,
    "InService": State.RUNNING,
    "Deleting": State.CHANGING,
}
# An endpoint that nothing scales on its own has no maximum at AWS but the account's quota; with
# Purser it goes no further than this.
_NO_MAXIMUM = 100


@dataclass(frozen=True)
class Endpoints:
    """The family of endpoints.

    Args:
        types: what machine types are made of.
        guarded: tag keys, in plain form, that only the tags role writes.
    """

    types: Types
    guarded: frozenset[str] = frozenset()
    operations = (LIST, DESCRIBE, CONFIG, LIMITS, SCALE, DELETE, DESCRIBE_TYPES, *TAGGING)
    verbs = VERBS

    def listed(self, place: Place) -> list[Resource]:
        """All endpoints of a place."""
        names = [one["EndpointName"] for one in place.pages(LIST, "Endpoints")]
        return each(names, lambda name: self.read(place, name))

    def read(self, place: Place, name: str) -> Resource:
        """One endpoint. Of several variants no capacity is told: a number would mean none."""
        raw = place.call(DESCRIBE, EndpointName=name)
        variants = _variants(raw)
        type_name = _type_name(place, raw)
        kind = self.types.of(place, [type_name]).get(type_name)
        tags = tags_at(place, raw["EndpointArn"])
        one = variants[0] if len(variants) == 1 else None
        limits = _limits(place, name, one) if one and "DesiredInstanceCount" in one else None
        return Resource(
            address=place.address(Kind.ENDPOINT, name),
            name=name,
            state=_STATES.get(raw["EndpointStatus"], State.UNKNOWN),
            type=type_name,
            gpu=kind.gpu if kind else "",
            gpus=kind.gpus if kind else 0,
            launched=raw.get("CreationTime"),
            tags=tags,
            capacity=Capacity(one["DesiredInstanceCount"], *limits) if one and limits else None,
            members=members_of(tags),
            version=raw["EndpointArn"],
        )

    def rehearse(self, place: Place, act: Act) -> bool:
        """SageMaker cannot be asked; what can be seen beforehand is refused here."""
        if act.verb is Verb.TAG:
            tag_steps(act, place, guarded=self.guarded)
        elif act.verb is Verb.SCALE:
            _checked(place, act)
        else:
            place.allow(Credential.TERMINATE)
            place.call(DESCRIBE, EndpointName=act.resource.address.name)
        return False

    def perform(self, place: Place, act: Act) -> None:
        """One call for one endpoint."""
        name = act.resource.address.name
        if act.verb is Verb.TAG:
            write_sagemaker_tags(place, act, guarded=self.guarded)
        elif act.verb is Verb.SCALE:
            variant, desired = _checked(place, act)
            wanted = {"VariantName": variant, "DesiredInstanceCount": desired}
            place.call(SCALE, EndpointName=name, DesiredWeightsAndCapacities=[wanted])
        else:
            place.call(DELETE, EndpointName=name)


def _variants(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*raw.get("ProductionVariants", []), *raw.get("ShadowProductionVariants", [])]


def _type_name(place: Place, raw: Mapping[str, Any]) -> str:
    """The machine type of all its variants; empty where there are several, or it is serverless."""
    found = place.call(CONFIG, EndpointConfigName=raw["EndpointConfigName"])
    types = {one.get("InstanceType", "") for one in _variants(found)}
    return str(types.pop()) if len(types) == 1 else ""


def _limits(place: Place, name: str, variant: Mapping[str, Any]) -> tuple[int, int]:
    """The least and the most machines: of its scaling, else one and what the quota allows."""
    own = variant.get("ManagedInstanceScaling", {})
    if own.get("Status") == "ENABLED":
        return own.get("MinInstanceCount", 1), own.get("MaxInstanceCount", _NO_MAXIMUM)
    found = place.call(
        LIMITS,
        ServiceNamespace="sagemaker",
        ResourceIds=[f"endpoint/{name}/variant/{variant['VariantName']}"],
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
    )["ScalableTargets"]
    return (found[0]["MinCapacity"], found[0]["MaxCapacity"]) if found else (1, _NO_MAXIMUM)


def _checked(place: Place, act: Act) -> tuple[str, int]:
    """Which variant is to have how many machines, if AWS would come to it."""
    place.allow(Credential.WRITE)
    name = act.resource.address.name
    raw = place.call(DESCRIBE, EndpointName=name)
    variants = _variants(raw)
    if len(variants) != 1 or "DesiredInstanceCount" not in variants[0]:
        raise RefusedError(
            f"{place.text}: {name} has {len(variants)} variants or no machines of its own; scale "
            "it at AWS."
        )
    if raw["EndpointStatus"] != "InService":
        raise RefusedError(f"{place.text}: {name} is being changed; try again when it is done.")
    least, most = _limits(place, name, variants[0])
    wanted = act.capacity
    if wanted is None or not least <= wanted.desired <= most:
        raise RefusedError(f"{place.text}: {name} can have {least} to {most} machines.")
    if (wanted.minimum, wanted.maximum) != (least, most):
        raise RefusedError(
            f"{place.text}: {name} can have {least} to {most} machines; Purser changes only how "
            "many there are."
        )
    return variants[0]["VariantName"], wanted.desired
