"""Fixtures of the tests of AWS; a test file names this module in `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.clouds.aws_gateway import Gateway, gateway_to_moto
from tests.clouds.aws_setup import KEYS, AwsSetup
from tools.clouds.aws import OPERATIONS
from tools.clouds.aws_budgets import OPERATIONS as OF_BUDGETS
from tools.clouds.aws_places import Sessions
from tools.clouds.cloud import Credential, Operation
from tools.core.clock import FixedClock


@pytest.fixture(scope="session")
def aws_gateway() -> Iterator[Gateway]:
    """AWS on a socket."""
    with gateway_to_moto() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def aws_sessions() -> Sessions:
    """Signed in once for all tests; that takes longer than most of them."""
    return Sessions(FixedClock(datetime(2026, 11, 21, tzinfo=UTC)), attempts=1)


@pytest.fixture
def aws_setup(
    aws_gateway: Gateway,
    aws_sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[AwsSetup]:
    """An empty AWS, credentials in the environment, and none of this machine's.

    Whatever a test does, at its end all calls must have been declared, and signed as declared.
    """
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEYS[0],
        "AWS_SECRET_ACCESS_KEY": KEYS[1],
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # half a second for each region of each test
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    if aws_gateway.asked:
        aws_gateway.moto.reset()
    aws_gateway.clear()
    yield AwsSetup(aws_gateway, aws_sessions)
    declared = {operation.call: operation for operation in (*OPERATIONS, *OF_BUDGETS)}
    for asked in aws_gateway.asked:
        if asked.is_pursers:
            assert asked.signer in signers(declared[asked.call]), asked


def signers(operation: Operation) -> set[str]:
    """The role sessions that may sign a call."""
    if operation.call.startswith("sts."):
        return {"", *(f"purser-{credential}" for credential in Credential)}
    mine = {f"purser-{operation.credential}"}
    is_tagging = operation.permissions[0].endswith("Tags") and "purser-write" in mine
    return mine | {"purser-guarded-tags"} if is_tagging else mine
