"""Anchors of the audit log in a bucket: one object for each, locked where the bucket can lock.

An object's name holds the whole anchor, so a listing of names is all that a check needs, and of
all versions: a delete marker or a second version hides nothing. Whoever writes the log anew can
add anchors, but neither change nor, where they are locked, remove one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tools.core.errors import InputError, UnavailableError
from tools.ledger.audit import Anchor

KEPT_DAYS = 400  # of a lock, where the bucket has no rule of its own
_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_NAME = re.compile(r"(?:.*/)?(\d{12})-([0-9a-f]{64})\.txt", re.DOTALL)
_NO_LOCK = ("ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound")
_THERE = ("PreconditionFailed", "412")
_SAYS = {
    "NoSuchBucket": "there is no such bucket",
    "AccessDenied": "AWS allows it not; it takes s3:PutObject, s3:PutObjectRetention and "
    "s3:GetBucketObjectLockConfiguration to write, s3:ListBucketVersions to verify",
    "403": "AWS allows it not",
    "ExpiredToken": "the credentials have expired; sign in again",
    "InvalidAccessKeyId": "AWS does not know the access key",
    "SignatureDoesNotMatch": "AWS does not accept the secret key",
    "NoCredentialsError": "there are no AWS credentials; set AWS_PROFILE",
    "ProfileNotFound": "there is no such AWS profile",
    "PermanentRedirect": "the bucket is in another region; set AWS_REGION",
}


class Kept(NamedTuple):
    """An anchor that was put into a bucket.

    Args:
        key: of the object.
        until: until when nobody can delete it; None where the bucket has no object lock.
    """

    key: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """The anchors of a bucket.

    Args:
        anchors: all that were ever put there and can still be read of, in order.
        is_locked: whether the bucket has object lock, so that none can have been taken away.
    """

    anchors: tuple[Anchor, ...]
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Vault:
    """A place in a bucket. Credentials, region and endpoint are AWS's own (environment, profile).

    Args:
        bucket: its name.
        prefix: what object names begin with; empty, or ends with a slash.
    """

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> Vault:
        """The place that `s3://bucket/prefix` names.

        Raises:
            InputError: it names none.
        """
        found = _ADDRESS.fullmatch(text.strip())
        if not found or len(found[2] or "") > 500:
            raise InputError("Write the bucket as s3://bucket/prefix, such as s3://acme-audit/log.")
        prefix = (found[2] or "").strip("/")
        return cls(found[1], f"{prefix}/" if prefix else "")

    @property
    def address(self) -> str:
        """As it is written."""
        return f"s3://{self.bucket}/{self.prefix}"

    def put(self, anchor: Anchor, *, at: datetime) -> Kept:
        """Keep an anchor there; the same one twice is one.

        Args:
            anchor: the head of the log.
            at: the time, in UTC.

        Raises:
            UnavailableError: it could not be kept; the sentence says why.
        """
        key = f"{self.prefix}{anchor.seq:012d}-{anchor.hash}.txt"
        with self._told():
            client = _client()
            until = self._until(client, at)
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
            try:
                client.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=f"{anchor.text} {at.isoformat()}\n".encode(),
                    ContentType="text/plain",
                    ChecksumAlgorithm="SHA256",
                    IfNoneMatch="*",
                    **(lock if until else {}),
                )
            except client.exceptions.ClientError as error:
                if _word(error) not in _THERE:
                    raise
        return Kept(key, until)

    def anchors(self) -> Found:
        """All anchors that are there, hidden ones too.

        Raises:
            UnavailableError: the bucket cannot be read.
        """
        with self._told():
            client = _client()
            names = {name for name in self._names(client) if _NAME.fullmatch(name)}
            is_locked = self._rule(client) is not None
        found = (_NAME.fullmatch(name) for name in names)
        return Found(tuple(sorted(Anchor(int(m[1]), m[2]) for m in found if m)), is_locked)

    def _names(self, client: Any) -> Iterator[str]:  # noqa: ANN401  boto3 makes its classes at run time
        pages = client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
            for listed in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield str(listed["Key"])

    def _until(self, client: Any, at: datetime) -> datetime | None:  # noqa: ANN401
        """Until when it is locked: by the bucket's own rule where that is longer."""
        rule = self._rule(client)
        if rule is None:
            return None
        return at + timedelta(days=max(KEPT_DAYS, rule))

    def _rule(self, client: Any) -> int | None:  # noqa: ANN401
        """How many days the bucket locks by itself; None where it has no object lock."""
        try:
            answer = client.get_object_lock_configuration(Bucket=self.bucket)
        except client.exceptions.ClientError as error:
            if _word(error) in _NO_LOCK:
                return None
            raise
        said = answer.get("ObjectLockConfiguration") or {}
        if said.get("ObjectLockEnabled") != "Enabled":
            return None
        rule = (said.get("Rule") or {}).get("DefaultRetention") or {}
        return int(rule.get("Days") or 0) + 365 * int(rule.get("Years") or 0)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What AWS refuses, in one sentence without anything of its answer."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            why = _SAYS.get(_word(error), "AWS refused it")
        except BotoCoreError as error:
            why = _SAYS.get(type(error).__name__, "it does not answer; try again in a minute")
        else:
            return
        raise UnavailableError(f"{self.address}: {why}.")


def _client() -> Any:  # noqa: ANN401
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})
    return boto3.Session().client("s3", config=patience)


def _word(error: Any) -> str:  # noqa: ANN401
    return str(error.response.get("Error", {}).get("Code", ""))
