"""SageMaker notebook instances: stopped, started, tagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.clouds.aws_members import members_of
from tools.clouds.aws_places import Place
from tools.clouds.aws_sagemaker import TAGGING, each, tags_at, write_sagemaker_tags
from tools.clouds.aws_tags import tag_steps
from tools.clouds.aws_types import DESCRIBE_TYPES, Types
from tools.clouds.cloud import Act, Consequence, Credential, Operation
from tools.clouds.resources import Kind, Resource, State, Verb
from tools.core.errors import RefusedError

LIST = Operation(
    "sagemaker.list_notebook_instances",
    ("sagemaker:ListNotebookInstances",),
    Credential.READ,
    "list notebooks",
)
DESCRIBE = Operation(
    "sagemaker.describe_notebook_instance",
    ("sagemaker:DescribeNotebookInstance",),
    Credential.READ,
    "read a notebook",
)
STOP = Operation(
    "sagemaker.stop_notebook_instance",
    ("sagemaker:StopNotebookInstance",),
    Credential.WRITE,
    "stop a notebook",
)
START = Operation(
    "sagemaker.start_notebook_instance",
    ("sagemaker:StartNotebookInstance",),
    Credential.WRITE,
    "start a notebook again",
)
VERBS: Mapping[Verb, Consequence] = {
    Verb.STOP: Consequence(
        State.STOPPED,
        loses="what is in its memory, and files outside its SageMaker folder",
        undo=Verb.START,
    ),
    Verb.START: Consequence(State.RUNNING, undo=Verb.STOP),
    Verb.TAG: Consequence(undo=Verb.TAG),
}
_STATES = {
    "Pending": State.CHANGING,
    "InService": State.RUNNING,
    "Stopping": State.CHANGING,
    "Stopped": State.STOPPED,
    "Deleting": State.CHANGING,
    "Updating": State.CHANGING,
}
_FROM = {Verb.STOP: State.RUNNING, Verb.START: State.STOPPED}
_CALLS = {Verb.STOP: STOP, Verb.START: START}


@dataclass(frozen=True)
class Notebooks:
    """The family of notebook instances.

    Args:
        types: what machine types are made of.
        guarded: tag keys, in plain form, that only the tags role writes.
    """

    types: Types
    guarded: frozenset[str] = frozenset()
    operations = (LIST, DESCRIBE, STOP, START, DESCRIBE_TYPES, *TAGGING)
    verbs = VERBS

    def listed(self, place: Place) -> list[Resource]:
        """All notebooks of a place."""
        found = place.pages(LIST, "NotebookInstances")
        names = [one["NotebookInstanceName"] for one in found]
        return each(names, lambda name: self.read(place, name))

    def read(self, place: Place, name: str) -> Resource:
        """One notebook."""
        raw = place.call(DESCRIBE, NotebookInstanceName=name)
        tags = tags_at(place, raw["NotebookInstanceArn"])
        kind = self.types.of(place, [raw["InstanceType"]])[raw["InstanceType"]]
        state = _STATES.get(raw["NotebookInstanceStatus"], State.UNKNOWN)
        return Resource(
            address=place.address(Kind.NOTEBOOK, name),
            name=name,
            state=state,
            type=raw["InstanceType"],
            gpu=kind.gpu,
            gpus=kind.gpus,
            # Only a stopped notebook can be changed, so one that runs was changed by its start.
            launched=raw.get("LastModifiedTime") if state is State.RUNNING else None,
            created=raw.get("CreationTime"),
            tags=tags,
            members=members_of(tags),
            version=raw["NotebookInstanceArn"],
        )

    def rehearse(self, place: Place, act: Act) -> bool:
        """SageMaker cannot be asked; what can be seen beforehand is refused here."""
        if act.verb is Verb.TAG:
            tag_steps(act, place, guarded=self.guarded)
        else:
            self._check(place, act)
        return False

    def perform(self, place: Place, act: Act) -> None:
        """One call for one notebook."""
        if act.verb is Verb.TAG:
            write_sagemaker_tags(place, act, guarded=self.guarded)
            return
        self._check(place, act)
        place.call(_CALLS[act.verb], NotebookInstanceName=act.resource.address.name)

    def _check(self, place: Place, act: Act) -> None:
        place.allow(Credential.WRITE)
        name = act.resource.address.name
        raw = place.call(DESCRIBE, NotebookInstanceName=name)
        status = raw["NotebookInstanceStatus"]
        if _STATES.get(status) is not _FROM[act.verb]:
            raise RefusedError(
                f"{place.text}: notebook {name} is {status.lower()}; it cannot be "
                f"{'stopped' if act.verb is Verb.STOP else 'started'} now."
            )
