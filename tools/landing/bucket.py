"""S3 as the landing needs it: a listing, one object at a time, and errors in a person's words."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from tools.core.errors import InputError, PurserError, UnavailableError
from tools.core.settings import Bucket
from tools.landing.objects import Thing, landing_path

_STANDS = "What stood before still stands."
_CHUNK = 1 << 20
_TRIES = 3
_MD5 = 32  # letters; an ETag of several parts has a dash and their number
_RIGHTS = "the rights that Purser needs are in deploy/s3-read-policy.json"
_CHANGED = ("PreconditionFailed", "412", "NoSuchKey", "404")
_REFUSED = {
    "NoSuchBucket": "there is no such bucket; check the name in s3",
    "InvalidAccessKeyId": "AWS does not know the access key; check the credentials",
    "InvalidClientTokenId": "AWS does not know the access key; check the credentials",
    "SignatureDoesNotMatch": "AWS does not accept the secret key; check the credentials",
    "ExpiredToken": "the credentials have expired; sign in again",
    "InvalidToken": "the session token is not valid; sign in again",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
    "InvalidObjectState": "an object is archived; restore it, or leave it out of the prefix",
    "PermanentRedirect": "the bucket is in another region; name it in region",
    "AuthorizationHeaderMalformed": "the bucket is in another region; name it in region",
    "IllegalLocationConstraintException": "the bucket is in another region; name it in region",
    "301": "the bucket is in another region; name it in region",
}
_BUSY = ("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "503", "429")
_LOCAL = {
    "NoCredentialsError": "there are no AWS credentials; set AWS_PROFILE or name a profile",
    "PartialCredentialsError": "the AWS credentials are not whole; set both keys",
    "ProfileNotFound": "there is no such AWS profile; check profile",
    "TokenRetrievalError": "the sign-in has expired; run aws sso login",
    "UnauthorizedSSOTokenError": "the sign-in has expired; run aws sso login",
    "SSOTokenLoadError": "nobody is signed in; run aws sso login",
    "InvalidRegionError": "there is no such region; check region",
    "ParamValidationError": "there can be no such bucket; check the name in s3",
}


class ChangedError(Exception):
    """An object is not any more what the listing said."""


class _CutError(Exception):
    """A body ended early, or is not what was listed."""


class Connection:
    """One bucket, opened when first asked.

    Args:
        place: the bucket and how to reach it.
        is_patient: whether trouble is tried again; a quick check is not.
    """

    def __init__(self, place: Bucket, *, is_patient: bool = True) -> None:
        self.place = place
        self._is_patient = is_patient
        self._made: Any = None

    def listing(self) -> tuple[list[Thing], datetime]:
        """Every object that may count, and the bucket's own time.

        Raises:
            PurserError: the bucket cannot be read; one sentence that says what to do.
        """
        things, now = [], None
        with _told(self.place):
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.place.name, Prefix=self._prefix()):
                now = now or _time_of(page)
                things += [t for o in page.get("Contents", ()) if (t := self._thing(o))]
        return things, now or datetime(1970, 1, 1, tzinfo=UTC)

    def check(self) -> None:
        """Ask for one name, to see that the bucket can be read.

        Raises:
            PurserError: it cannot.
        """
        with _told(self.place):
            self._client().list_objects_v2(Bucket=self.place.name, Prefix=self._prefix(), MaxKeys=1)

    def fetch(self, thing: Thing, to: Path, advance: Callable[[int], None]) -> None:
        """Write an object to a file, whole and as listed.

        Raises:
            ChangedError: it is not any more what the listing said.
            PurserError: it cannot be read.
        """
        to.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(_TRIES):
            read = 0

            def count(size: int) -> None:
                nonlocal read
                read += size
                advance(size)

            try:
                return self._fetch_once(thing, to, count)
            except _CutError:
                advance(-read)
        raise UnavailableError(
            f"{self.place.address}: {thing.key} was cut off {_TRIES} times on its way; try again "
            f"later. {_STANDS}"
        )

    def _fetch_once(self, thing: Thing, to: Path, advance: Callable[[int], None]) -> None:
        with _told(self.place):
            answer = self._client().get_object(
                Bucket=self.place.name, Key=thing.key, IfMatch=f'"{thing.etag}"'
            )
            digest, size = hashlib.md5(usedforsecurity=False), 0
            with to.open("wb") as file:
                for chunk in _chunks(answer["Body"]):
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    advance(len(chunk))
                file.flush()
                os.fsync(file.fileno())
        is_other = self._is_md5(thing, answer) and digest.hexdigest() != thing.etag
        if size != thing.size or is_other:
            raise _CutError
        moment = thing.modified.timestamp()
        os.utime(to, (moment, moment))

    def _is_md5(self, thing: Thing, answer: dict[str, Any]) -> bool:
        """Whether the ETag is the MD5: of one part, and not encrypted but by AWS's own keys."""
        encryption = answer.get("ServerSideEncryption")
        is_plain = not encryption or (encryption == "AES256" and not self.place.endpoint_url)
        return len(thing.etag) == _MD5 and is_plain

    def _thing(self, raw: dict[str, Any]) -> Thing | None:
        path = landing_path(raw["Key"], self.place.prefix)
        if path is None:
            return None
        etag = raw["ETag"].strip('"')
        return Thing(raw["Key"], path, raw["Size"], etag, raw["LastModified"].astimezone(UTC))

    def _prefix(self) -> str:
        prefix = self.place.prefix
        is_object = not prefix or landing_path(prefix, prefix) is not None
        return prefix if is_object else f"{prefix}/"

    def _client(self) -> Any:  # noqa: ANN401  boto3 makes its classes at run time
        if self._made is None:
            self._made = _client(self.place, is_patient=self._is_patient)
        return self._made


def _client(place: Bucket, *, is_patient: bool) -> Any:  # noqa: ANN401
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=10 if is_patient else 5,
        read_timeout=60 if is_patient else 5,
        retries={"mode": "standard", "total_max_attempts": 5 if is_patient else 1},
        user_agent_extra="purser",
    )
    session = boto3.Session(profile_name=place.profile, region_name=place.region)
    keys = {}
    if place.role_arn:
        sts = session.client("sts", config=config)
        role = sts.assume_role(RoleArn=place.role_arn, RoleSessionName="purser")["Credentials"]
        keys = {
            "aws_access_key_id": role["AccessKeyId"],
            "aws_secret_access_key": role["SecretAccessKey"],
            "aws_session_token": role["SessionToken"],
        }
    return session.client("s3", endpoint_url=place.endpoint_url, config=config, **keys)


def _chunks(body: Any) -> Iterator[bytes]:  # noqa: ANN401
    from botocore import exceptions
    from urllib3.exceptions import HTTPError

    try:
        yield from body.iter_chunks(_CHUNK)
    except (
        exceptions.FlexibleChecksumError,
        exceptions.HTTPClientError,
        exceptions.IncompleteReadError,
        HTTPError,
    ) as error:
        raise _CutError from error


def _time_of(page: dict[str, Any]) -> datetime | None:
    text = page["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(text).astimezone(UTC) if text else None


@contextmanager
def _told(place: Bucket) -> Iterator[None]:
    """Say in a person's words what AWS, the credentials or the network refused."""
    from boto3.exceptions import Boto3Error
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    strange = (ResponseParserError, KeyError, TypeError, ValueError)  # what answers is no S3
    try:
        yield
    except exceptions.ClientError as error:
        raise _of_answer(error, place) from error
    except (exceptions.BotoCoreError, Boto3Error, *strange) as error:
        raise _of_client(error, place) from error


def _of_answer(error: Any, place: Bucket) -> PurserError | ChangedError:  # noqa: ANN401
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if error.operation_name == "GetObject" and code in _CHANGED:
        return ChangedError(code)
    if code in _BUSY or status >= 500:
        return UnavailableError(
            f"{place.address}: AWS is busy and asks to slow down; try again later. {_STANDS}"
        )
    if error.operation_name == "AssumeRole" and code not in _REFUSED:
        said = f"the role {place.role_arn} may not be taken on; check role_arn and its trust policy"
    elif status == 403 and code not in _REFUSED:
        said = f"access denied; {_RIGHTS}"
    else:
        said = _REFUSED.get(code, f"AWS refused ({code[:40] or status}); check the settings")
    return InputError(f"{place.address}: {said}. {_STANDS}")


def _of_client(error: Exception, place: Bucket) -> PurserError:
    said = next((_LOCAL[k.__name__] for k in type(error).__mro__ if k.__name__ in _LOCAL), None)
    if said:
        return InputError(f"{place.address}: {said}. {_STANDS}")
    where = place.endpoint_url or "AWS"
    return UnavailableError(
        f"{place.address}: {where} does not answer; check the network, region and endpoint_url. "
        f"{_STANDS}"
    )
