"""What SageMaker's notebooks, endpoints and training jobs have in common: how they are tagged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from tools.clouds.aws_errors import AbsentError
from tools.clouds.aws_members import tags_of
from tools.clouds.aws_places import Place
from tools.clouds.aws_tags import TagStep, listed, tag_steps, write_tags
from tools.clouds.cloud import Act, Credential, Operation
from tools.clouds.resources import Resource

LIST_TAGS = Operation(
    "sagemaker.list_tags", ("sagemaker:ListTags",), Credential.READ, "read SageMaker's tags"
)
PUT_TAGS = Operation(
    "sagemaker.add_tags", ("sagemaker:AddTags",), Credential.WRITE, "write SageMaker's tags"
)
DROP_TAGS = Operation(
    "sagemaker.delete_tags",
    ("sagemaker:DeleteTags",),
    Credential.WRITE,
    "remove SageMaker's tags",
)
TAGGING = (LIST_TAGS, PUT_TAGS, DROP_TAGS)
_AT_ONCE = 4


def tags_at(place: Place, arn: str) -> dict[str, str]:
    """The tags of something that SageMaker keeps."""
    return tags_of(place.pages(LIST_TAGS, "Tags", ResourceArn=arn))


def write_sagemaker_tags(place: Place, act: Act, *, guarded: frozenset[str]) -> None:
    """Write tags; the resource's mark is its ARN.

    Raises:
        RefusedError: it may not be done; nothing was.
        UnavailableError: it is not known whether it was done.
    """
    arn = act.resource.version
    if not arn:
        raise AbsentError(act.resource.id)

    def write(step: TagStep) -> None:
        credential = step.credential
        if step.put:
            place.call(PUT_TAGS, credential=credential, ResourceArn=arn, Tags=listed(step.put))
        else:
            place.call(DROP_TAGS, credential=credential, ResourceArn=arn, TagKeys=sorted(step.drop))

    write_tags(tag_steps(act, place, guarded=guarded), write)


def each(names: Iterable[str], read: Callable[[str], Resource]) -> list[Resource]:
    """Read several at once; what went away since the listing is left out."""

    def still(name: str) -> Resource | None:
        try:
            return read(name)
        except AbsentError:
            return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [one for one in pool.map(still, names) if one is not None]
