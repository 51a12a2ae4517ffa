"""AWS's policies, generated from what is declared: one for each role that Purser takes on.

`purser permissions FOLDER` writes them for the configured regions and guarded tags; `deploy/`
holds those of the configuration that `purser init` writes, and a test keeps them equal.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.clouds.aws import OPERATIONS as CLOUD
from tools.clouds.aws_budgets import OPERATIONS as BUDGETS
from tools.clouds.aws_errors import POLICIES
from tools.clouds.aws_places import ASSUME_ROLE
from tools.clouds.cloud import Credential, Operation

ASSUME = "aws-assume-policy.json"
TABLE = "aws-permissions.md"
_INSTANCE = "arn:aws:ec2:*:*:instance/*"
_VOLUME = "arn:aws:ec2:*:*:volume/*"
_GROUP = "arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*"
_NOTEBOOK = "arn:aws:sagemaker:*:*:notebook-instance/*"
_ENDPOINT = "arn:aws:sagemaker:*:*:endpoint/*"
_TRAINING = "arn:aws:sagemaker:*:*:training-job/*"
_SAGEMAKER = (_NOTEBOOK, _ENDPOINT, _TRAINING)
# What each changing permission is for. One that is not in here is in no policy: generating fails.
_CHANGES: Mapping[str, tuple[str, ...]] = {
    "ec2:StopInstances": (_INSTANCE,),
    "ec2:StartInstances": (_INSTANCE,),
    "ec2:TerminateInstances": (_INSTANCE,),
    "ec2:CreateTags": (_INSTANCE, _VOLUME),
    "ec2:DeleteTags": (_INSTANCE, _VOLUME),
    "ec2:DeleteVolume": (_VOLUME,),
    "autoscaling:SetDesiredCapacity": (_GROUP,),
    "autoscaling:CreateOrUpdateTags": (_GROUP,),
    "autoscaling:DeleteTags": (_GROUP,),
    "sagemaker:StopNotebookInstance": (_NOTEBOOK,),
    "sagemaker:StartNotebookInstance": (_NOTEBOOK,),
    "sagemaker:UpdateEndpointWeightsAndCapacities": (_ENDPOINT,),
    "sagemaker:DeleteEndpoint": (_ENDPOINT,),
    "sagemaker:StopTrainingJob": (_TRAINING,),
    "sagemaker:AddTags": _SAGEMAKER,
    "sagemaker:DeleteTags": _SAGEMAKER,
    "budgets:ModifyBudget": ("arn:aws:budgets::*:budget/*",),
}
_NO_REGION = ("budgets:", "sts:")  # global services, answered from one region
# Tags that AWS itself or a cluster writes on what it manages: their machines are left to it.
_MANAGED = {
    "Groups": "aws:autoscaling:groupName",
    "Stacks": "aws:cloudformation:stack-name",
    "Clusters": "eks:cluster-name",
}
_OWN = "aws:ResourceAccount"
_KEYS = "aws:TagKeys"
_SIGNS = "-_:/. "
_CASED = {"awsbatch*": "AWSBatch*"}  # conditions with wildcards heed case, and so does AWS Batch
_PURSER = ("purser*", "Purser*", "PURSER*")

Statement = dict[str, Any]


def policy_files(
    guarded: Collection[str], *, regions: Sequence[str] = (), roles: Sequence[str] = ()
) -> dict[str, str]:
    """By name in `deploy/`, the text of every policy.

    Args:
        guarded: tag keys in plain form (`tools.gate.guards.guarded_tags`).
        regions: outside of which nothing may be done; empty for all.
        roles: ARNs of the roles that Purser takes on; empty for all named `purser-…`.

    Raises:
        LookupError: a changing permission is declared and not known here.
    """
    declared = list(dict.fromkeys([*CLOUD, *BUDGETS]))
    made = {
        ASSUME: _assume(roles),
        Credential.READ: _read(declared, regions),
        Credential.WRITE: _write(declared, regions, guarded),
        Credential.TERMINATE: _terminate(declared, regions),
        Credential.GUARDED_TAGS: _tags(declared, regions, guarded),
    }
    files = {POLICIES[key] if isinstance(key, Credential) else key: s for key, s in made.items()}
    texts = {name.removeprefix("deploy/"): _document(held) for name, held in files.items()}
    return {**texts, TABLE: _table(declared)}


def write_policies(folder: Path, files: Mapping[str, str]) -> None:
    """Write every policy into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _assume(roles: Sequence[str]) -> list[Statement]:
    found = sorted(roles) or ["arn:aws:iam::*:role/purser-*"]
    return [_allow("TakeOnPursersRoles", ASSUME_ROLE.permissions, found)]


def _read(declared: Iterable[Operation], regions: Sequence[str]) -> list[Statement]:
    mine = [one for one in declared if one.credential is Credential.READ and one != ASSUME_ROLE]
    permissions = sorted({name for one in mine for name in one.permissions})
    everywhere = [name for name in permissions if name.startswith(_NO_REGION)]
    here = [name for name in permissions if name not in everywhere]
    return [
        _allow("Look", here, ["*"], _in(regions)),
        _allow("LookAtGlobalServices", everywhere, ["*"]),
    ]


def _write(
    declared: Iterable[Operation], regions: Sequence[str], guarded: Collection[str]
) -> list[Statement]:
    declared = list(declared)
    ending = _permissions(declared, Credential.TERMINATE)
    tagging = [name for name in _permissions(declared, Credential.WRITE) if _is_tagging(name)]
    deciding: list[tuple[str, dict[str, Any]]] = [
        ("LeaveDecidingTags", {"ForAnyValue:StringEqualsIgnoreCase": {_KEYS: _spelled(guarded)}}),
        ("LeaveManagersTags", {"ForAnyValue:StringLike": {_KEYS: _patterns(guarded)}}),
        ("NameEveryTag", {"Null": {_KEYS: "true"}}),
    ]
    return [
        *_changes(_permissions(declared, Credential.WRITE), regions),
        *(_deny(sid, tagging, condition) for sid, condition in deciding),
        _deny("EndNothing", ending),
        *_unmanaged(["ec2:StopInstances"]),
    ]


def _terminate(declared: Iterable[Operation], regions: Sequence[str]) -> list[Statement]:
    return [
        *_changes(_permissions(declared, Credential.TERMINATE), regions),
        *_unmanaged(["ec2:TerminateInstances"]),
    ]


def _tags(
    declared: Iterable[Operation], regions: Sequence[str], guarded: Collection[str]
) -> list[Statement]:
    """Deciding tags and no others; `ForAllValues` alone would also hold where no key is named."""
    tagging = [name for name in _permissions(declared, Credential.WRITE) if _is_tagging(name)]
    named = {"Null": {_KEYS: "false"}}
    deciding = {"ForAllValues:StringEqualsIgnoreCase": {_KEYS: _spelled(guarded)}, **named}
    prefixed = {"ForAllValues:StringLike": {_KEYS: _patterns(guarded)}, **named}
    return [
        *_changes(tagging, regions, "DecidingTags", deciding),
        *_changes(tagging, regions, "PrefixedTags", prefixed),
    ]


def _changes(
    permissions: Iterable[str],
    regions: Sequence[str],
    sid: str = "",
    more: Mapping[str, Any] | None = None,
) -> list[Statement]:
    """A statement for each kind of resource, in the account of the role alone."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in permissions:
        groups.setdefault(_CHANGES[name], []).append(name)
    made = []
    for resources, names in sorted(groups.items(), key=lambda pair: pair[1]):
        condition: dict[str, Any] = {}
        if not names[0].startswith(_NO_REGION):  # a budget can only be of the account itself
            own = {_OWN: "${aws:PrincipalAccount}"}
            condition = {"StringEquals": {**own, **_in(regions).get("StringEquals", {})}}
        condition |= more or {}
        title = _title(names) + (f"Of{sid}" if sid else "")
        made.append(_allow(title, sorted(names), list(resources), condition))
    return made


def _unmanaged(permissions: Sequence[str]) -> list[Statement]:
    return [
        _deny(f"Leave{what}Alone", permissions, {"Null": {f"aws:ResourceTag/{key}": "false"}})
        for what, key in _MANAGED.items()
    ]


def _permissions(declared: Iterable[Operation], credential: Credential) -> list[str]:
    return sorted({n for one in declared if one.credential is credential for n in one.permissions})


def _is_tagging(permission: str) -> bool:
    return permission.endswith("Tags")


def _spelled(guarded: Collection[str]) -> list[str]:
    """Plain keys with every sign that AWS allows between their parts."""
    plain = [key.split("-") for key in guarded if not key.endswith("*")]
    return sorted({sign.join(parts) for parts in plain for sign in _SIGNS})


def _patterns(guarded: Collection[str]) -> list[str]:
    """Keys that begin so, Purser's own, and plain keys behind a prefix, as in `user:team`."""
    begun = {
        form
        for key in guarded
        if key.endswith("*") and key != "aws-*"  # which AWS writes alone
        for form in (key.replace("-", "?"), _CASED.get(key, key.replace("-", "?")))
    }
    behind = {
        f"*{sign}{key.replace('-', '?')}"
        for key in guarded
        if not key.endswith("*")
        for sign in ":/"
    }
    return sorted({*_PURSER, *begun, *behind})


def _title(names: Sequence[str]) -> str:
    return "And".join(name.partition(":")[0].title() + name.partition(":")[2] for name in names[:2])


def _in(regions: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {"StringEquals": {"aws:RequestedRegion": sorted(regions)}} if regions else {}


def _allow(
    sid: str,
    actions: Iterable[str],
    resources: Sequence[str],
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    made = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**made, "Condition": dict(condition)} if condition else made


def _deny(
    sid: str, actions: Sequence[str], condition: Mapping[str, Any] | None = None
) -> Statement:
    made = {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": "*"}
    return {**made, "Condition": dict(condition)} if condition else made


def _document(statements: list[Statement]) -> str:
    content = {"Version": "2012-10-17", "Statement": statements}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _table(declared: Iterable[Operation]) -> str:
    rows = [
        f"| `{one.call}` | {', '.join(f'`{p}`' for p in one.permissions)} "
        f"| {_role_of(one)} | {one.why} |"
        for one in sorted(declared, key=lambda one: (_role_of(one), one.call))
    ]
    head = [
        "# Every call Purser makes to AWS",
        "",
        "Generated from what the code declares; a test keeps them equal. Calls that write tags are",
        "made by the tags role where the tag decides owner, environment, protection or access.",
        "",
        "| call | permission | role | what for |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _role_of(operation: Operation) -> str:
    if operation == ASSUME_ROLE:
        return "none: Purser's own credentials"
    is_both = operation.credential is Credential.WRITE and _is_tagging(operation.permissions[0])
    return "write, tags" if is_both else operation.credential.value
