"""As much of IAM as Purser's AWS policies use: whether a role may make a call.

An operator or key that is not known here fails the test that meets it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

Context = Mapping[str, str | Sequence[str]]
OWN = {"aws:ResourceAccount": "111122223333", "aws:PrincipalAccount": "111122223333"}


def may(policy: str, action: str, resource: str = "*", context: Context | None = None) -> bool:
    """Whether a policy alone allows an action: some statement does, and none denies it."""
    held = {**OWN, "aws:RequestedRegion": "us-east-1", **(context or {})}
    statements = [
        one
        for one in json.loads(policy)["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in _list(one["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in _list(one["Resource"]))
        and _holds(one.get("Condition", {}), held)
    ]
    effects = {one["Effect"] for one in statements}
    return effects == {"Allow"}


def _holds(condition: Mapping[str, Mapping[str, object]], context: Context) -> bool:
    return all(
        _is_true(operator, key, _list(wanted), context)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _is_true(operator: str, key: str, wanted: Sequence[str], context: Context) -> bool:
    found = context.get(key)
    if operator == "Null":
        return (found is None) is (wanted == ["true"])
    wanted = [
        text.replace("${aws:PrincipalAccount}", OWN["aws:PrincipalAccount"]) for text in wanted
    ]
    quantity, _, plain = operator.rpartition(":")
    compare = {
        "StringEquals": lambda value, text: value == text,
        "StringEqualsIgnoreCase": lambda value, text: value.lower() == text.lower(),
        "StringLike": fnmatchcase,
    }[plain]
    matches = [any(compare(value, text) for text in wanted) for value in _list(found or [])]
    return {"": lambda: bool(matches) and matches[0], "ForAnyValue": lambda: any(matches)}.get(
        quantity, lambda: all(matches)
    )()


def _list(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
