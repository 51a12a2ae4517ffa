"""Writing tags at AWS: guarded ones with their own role, and in an order that fails early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.clouds.aws_errors import AbsentError
from tools.clouds.aws_places import Place
from tools.clouds.cloud import Act, Credential
from tools.core.errors import PurserError, RefusedError, UnavailableError
from tools.core.labels import is_guarded

_KEY = 128
_VALUE = 256


@dataclass(frozen=True, slots=True)
class TagStep:
    """One call that writes tags.

    Args:
        credential: with whose rights.
        put: key → value to write.
        drop: key → value that is there now, to remove.
    """

    credential: Credential
    put: Mapping[str, str]
    drop: Mapping[str, str]


def tag_steps(act: Act, place: Place, *, guarded: frozenset[str]) -> list[TagStep]:
    """The calls that a tagging takes, the guarded ones first.

    Args:
        act: a tagging.
        place: where; it must have the credentials for every step.
        guarded: tag keys in plain form.

    Raises:
        RefusedError: AWS could not write such a tag, or Purser may not.
    """
    for key, value in act.tags.items():
        _check(key, value or "")
    held = act.resource.tags
    put = {key: value for key, value in act.tags.items() if value is not None}
    drop = {key: held[key] for key, value in act.tags.items() if value is None and key in held}
    steps = []
    for credential in (Credential.GUARDED_TAGS, Credential.WRITE):
        is_theirs = credential is Credential.GUARDED_TAGS
        mine = {k: v for k, v in put.items() if is_guarded(k, guarded) is is_theirs}
        gone = {k: v for k, v in drop.items() if is_guarded(k, guarded) is is_theirs}
        if mine:
            steps.append(TagStep(credential, mine, {}))
        if gone:
            steps.append(TagStep(credential, {}, gone))
    for step in steps:
        place.allow(step.credential)
    return steps


def write_tags(steps: list[TagStep], write: Callable[[TagStep], None]) -> None:
    """Make the calls one after the other.

    Raises:
        RefusedError: the first was refused; nothing was done.
        UnavailableError: a later one failed; some of the tags are written.
    """
    for number, step in enumerate(steps):
        try:
            write(step)
        except (PurserError, AbsentError) as error:
            if not number:
                raise
            why = error.sentence if isinstance(error, PurserError) else "It is gone."
            raise UnavailableError(f"{why} Some of the tags were written before.") from error


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _check(key: str, value: str) -> None:
    if key.lower().startswith("aws:"):
        raise RefusedError("Tags that begin with aws: are AWS's own; nobody else can write them.")
    if not key or len(key) > _KEY or len(value) > _VALUE:
        raise RefusedError(
            f"At AWS a tag's key has 1 to {_KEY} characters and its value at most {_VALUE}."
        )
