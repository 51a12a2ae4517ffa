"""Google's custom roles, generated from what is declared: one for each credential.

`python -m tools.clouds.gcp_roles` writes them to `deploy/`; a test keeps them equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from tools.clouds.cloud import Credential, Operation
from tools.clouds.gcp_budgets import OPERATIONS as BUDGETS
from tools.clouds.gcp_errors import role_file
from tools.clouds.gcp_operations import OPERATIONS

_TITLES = {
    Credential.READ: ("Purser: look", "Lists, reads and measures; changes nothing."),
    Credential.WRITE: ("Purser: stop, start, resize", "Acts that can be taken back."),
    Credential.TERMINATE: ("Purser: delete", "Deletes machines and disks."),
    Credential.GUARDED_TAGS: (
        "Purser: labels",
        "Writes labels. Google cannot keep single labels from a role: no other role has it.",
    ),
}
_BUDGET_TITLES = {
    Credential.READ: ("Purser: look at budgets", "Reads linked budgets; changes nothing."),
    Credential.WRITE: ("Purser: change budgets", "Changes the amount of linked budgets."),
}


def role_files() -> dict[str, str]:
    """By name in `deploy/`, the text of every role."""
    declared = sorted((*OPERATIONS, *BUDGETS), key=_file)
    return {name: _role(list(held)) for name, held in groupby(declared, key=_file)}


def write_roles(folder: Path) -> None:
    """Write every role into a folder."""
    for name, text in role_files().items():
        (folder / name).write_text(text, encoding="utf-8")


def _file(operation: Operation) -> str:
    return role_file(operation, operation.credential).removeprefix("deploy/")


def _role(operations: list[Operation]) -> str:
    is_billing = "budgets" in _file(operations[0])
    titles = _BUDGET_TITLES if is_billing else _TITLES
    title, description = titles[operations[0].credential]
    place = "--organization=ORGANIZATION" if is_billing else "--project=PROJECT"
    name = "purser" + "".join(part.title() for part in _file(operations[0]).split("-")[1:-1])
    return "\n".join(
        [
            "# Generated from what Purser's code declares; a test keeps them equal.",
            f"# gcloud iam roles create {name} {place} --file=deploy/{_file(operations[0])}",
            f'title: "{title}"',
            f'description: "{description}"',
            "stage: GA",
            "includedPermissions:",
            *_permissions(operations),
            "",
        ]
    )


def _permissions(operations: Iterable[Operation]) -> list[str]:
    reasons: dict[str, str] = {}
    for operation in operations:
        for permission in operation.permissions:
            reasons.setdefault(permission, operation.why)
    return [f"  - {permission} # {why}" for permission, why in sorted(reasons.items())]


if __name__ == "__main__":
    write_roles(Path("deploy"))
