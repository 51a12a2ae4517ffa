"""SageMaker training jobs: stopped, which ends them for good, and tagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.clouds.aws_errors import AbsentError
from tools.clouds.aws_members import members_of
from tools.clouds.aws_places import Place
from tools.clouds.aws_sagemaker import TAGGING, each, tags_at, write_sagemaker_tags
from tools.clouds.aws_tags import tag_steps
from tools.clouds.aws_types import DESCRIBE_TYPES, Types
from tools.clouds.cloud import Act, Consequence, Credential, Operation
from tools.clouds.resources import Capacity, Kind, Resource, State, Verb

LIST = Operation(
    "sagemaker.list_training_jobs",
    ("sagemaker:ListTrainingJobs",),
    Credential.READ,
    "list training jobs",
)
DESCRIBE = Operation(
    "sagemaker.describe_training_job",
    ("sagemaker:DescribeTrainingJob",),
    Credential.READ,
    "read a training job",
)
STOP = Operation(
    "sagemaker.stop_training_job",
    ("sagemaker:StopTrainingJob",),
    Credential.TERMINATE,
    "end a training job",
)
VERBS: Mapping[Verb, Consequence] = {
    Verb.TERMINATE: Consequence(
        State.GONE,
        loses="all work since its last checkpoint; the job cannot go on",
        is_final=True,
    ),
    Verb.TAG: Consequence(undo=Verb.TAG),
}
_STATES = {
    "InProgress": State.RUNNING,
    "Stopping": State.CHANGING,
    "Deleting": State.CHANGING,
    "Stopped": State.GONE,
    "Completed": State.GONE,
    "Failed": State.GONE,
}
_LIVE = ("InProgress", "Stopping")


@dataclass(frozen=True)
class TrainingJobs:
    """The family of training jobs. One that has ended is gone: nothing of it runs or costs.

    Args:
        types: what machine types are made of.
        guarded: tag keys, in plain form, that only the tags role writes.
    """

    types: Types
    guarded: frozenset[str] = frozenset()
    operations = (LIST, DESCRIBE, STOP, DESCRIBE_TYPES, *TAGGING)
    verbs = VERBS

    def listed(self, place: Place) -> list[Resource]:
        """All jobs of a place that go on."""
        found = [
            one for s in _LIVE for one in place.pages(LIST, "TrainingJobSummaries", StatusEquals=s)
        ]
        names = dict.fromkeys(one["TrainingJobName"] for one in found)
        read = each(names, lambda name: self.read(place, name))
        return [one for one in read if one.state is not State.GONE]

    def read(self, place: Place, name: str) -> Resource:
        """One job, with as many machines as it was given."""
        raw = place.call(DESCRIBE, TrainingJobName=name)
        state = _STATES.get(raw["TrainingJobStatus"], State.UNKNOWN)
        type_name, machines = machines_of(raw.get("ResourceConfig", {}))
        kind = self.types.of(place, [type_name]).get(type_name)
        tags = tags_at(place, raw["TrainingJobArn"])
        return Resource(
            address=place.address(Kind.TRAINING, name),
            name=name,
            state=state,
            type=type_name,
            gpu=kind.gpu if kind else "",
            gpus=kind.gpus if kind else 0,
            launched=raw.get("TrainingStartTime") or raw.get("CreationTime"),
            tags=tags,
            capacity=Capacity(machines, machines, machines) if machines else None,
            members=members_of(tags, *_owners(raw)),
            keeps_billing=keeps_billing(raw.get("ResourceConfig", {})),
            is_spot=bool(raw.get("EnableManagedSpotTraining")),
            version=raw["TrainingJobArn"],
        )

    def rehearse(self, place: Place, act: Act) -> bool:
        """SageMaker cannot be asked; what can be seen beforehand is refused here."""
        if act.verb is Verb.TAG:
            tag_steps(act, place, guarded=self.guarded)
        else:
            _check(place, act)
        return False

    def perform(self, place: Place, act: Act) -> None:
        """One call for one job."""
        if act.verb is Verb.TAG:
            write_sagemaker_tags(place, act, guarded=self.guarded)
            return
        _check(place, act)
        place.call(STOP, TrainingJobName=act.resource.address.name)


def _check(place: Place, act: Act) -> None:
    place.allow(Credential.TERMINATE)
    raw = place.call(DESCRIBE, TrainingJobName=act.resource.address.name)
    if _STATES.get(raw["TrainingJobStatus"]) is State.GONE:
        raise AbsentError(act.resource.id)


def machines_of(config: Mapping[str, Any]) -> tuple[str, int]:
    """Machine type and how many; empty where there are several types, 0 where nobody says."""
    groups = config.get("InstanceGroups") or [config]
    types = {one.get("InstanceType", "") for one in groups}
    count = sum(one.get("InstanceCount", 0) for one in groups)
    return (str(types.pop()) if len(types) == 1 else ""), count


def _owners(raw: Mapping[str, Any]) -> list[str]:
    """What started it and counts on it."""
    arns = {"TuningJobArn": "tuning job", "AutoMLJobArn": "AutoML job"}
    return [f"{what} {raw[key].rsplit('/', 1)[-1]}" for key, what in arns.items() if raw.get(key)]


def keeps_billing(config: Mapping[str, Any]) -> str:
    """Why ending it saves nothing, or not at once; empty where it does."""
    if config.get("TrainingPlanArn"):
        return "its training plan is paid for in advance"
    seconds = config.get("KeepAlivePeriodInSeconds", 0)
    return f"its machines are kept warm for {seconds} seconds" if seconds else ""
