"""What AWS, the credentials or the network said, in a person's words and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tools.clouds.cloud import Credential, Operation
from tools.core.errors import PurserError, RefusedError, UnavailableError

POLICIES: Mapping[Credential, str] = {
    Credential.READ: "deploy/aws-read-policy.json",
    Credential.WRITE: "deploy/aws-write-policy.json",
    Credential.TERMINATE: "deploy/aws-terminate-policy.json",
    Credential.GUARDED_TAGS: "deploy/aws-tags-policy.json",
}
_EXPIRED = "the credentials have expired; sign in again"
_UNKNOWN_KEY = (
    "AWS does not accept the credentials there; check them, and that the region is enabled in "
    "the account"
)
_REGION = "the region is not enabled in the account; enable it, or take it out of regions"
_STATE = "it is in a state in which AWS does not do that; look at it again"
_CAPACITY = "AWS has no such machine free there now; try again later"
_QUOTA = "a quota of the account does not allow more; raise it at AWS"
_MOVING = "AWS is changing it just now; try again in a minute"
_INVALID = "AWS does not accept the request; look at the resource again"
_SAID: Mapping[str, str] = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "AuthFailure": _UNKNOWN_KEY,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": "AWS does not accept the secret key; check the credentials",
    "InvalidSignatureException": "AWS does not accept the secret key; check the credentials",
    "OptInRequired": _REGION,
    "RegionDisabledException": _REGION,
    "OperationNotPermitted": "it is protected against that at AWS; only its owner can lift that",
    "IncorrectInstanceState": _STATE,
    "IncorrectState": _STATE,
    "UnsupportedOperation": "AWS does not do that to this kind of machine",
    "InsufficientInstanceCapacity": _CAPACITY,
    "InsufficientHostCapacity": _CAPACITY,
    "InsufficientReservedInstanceCapacity": _CAPACITY,
    "InstanceLimitExceeded": _QUOTA,
    "VcpuLimitExceeded": _QUOTA,
    "ResourceLimitExceeded": _QUOTA,
    "TagLimitExceeded": "no more tags fit on it; remove one first",
    "VolumeInUse": "the disk is attached to a machine",
    "ResourceInUse": _MOVING,
    "ResourceContention": _MOVING,
    "ScalingActivityInProgress": _MOVING,
    "InvalidParameterValue": _INVALID,
    "ValidationError": _INVALID,
    "ValidationException": _INVALID,
}
_BUSY = {
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "Unavailable",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}
_LOCAL: Mapping[str, str] = {
    "NoCredentialsError": "there are no AWS credentials; set AWS_PROFILE or name a profile",
    "PartialCredentialsError": "the AWS credentials are not whole; set both keys",
    "ProfileNotFound": "there is no such AWS profile; check profile",
    "TokenRetrievalError": "the sign-in has expired; run aws sso login",
    "UnauthorizedSSOTokenError": "the sign-in has expired; run aws sso login",
    "SSOTokenLoadError": "nobody is signed in; run aws sso login",
    "InvalidRegionError": "there is no such region; check regions",
    "ParamValidationError": _INVALID,
}
_ABSENT_CODES = re.compile(
    r"(Invalid(Instance|Volume)(ID)?\.(NotFound|Malformed)|ResourceNotFound)"
)
_ABSENT_WORDS = re.compile(
    r"could not find|not found|does not exist|recordnotfound|unable to describe", re.IGNORECASE
)
_CODE = re.compile(r"[^A-Za-z0-9.]")


class AbsentError(Exception):
    """There is no such resource (any more)."""


@contextmanager
def told(operation: Operation, credential: Credential, *, where: str) -> Iterator[None]:
    """Turn what a call of boto3 raises into one sentence.

    Args:
        operation: the call that is made.
        credential: with whose rights.
        where: account and region, as a sentence begins.

    Raises:
        AbsentError: there is no such resource.
        RefusedError: it is not allowed; nothing was done.
        UnavailableError: no answer, or one that says to come back later.
    """
    from boto3.exceptions import Boto3Error
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    strange = (ResponseParserError, KeyError, TypeError, ValueError)  # what answers is not AWS
    try:
        yield
    except exceptions.ClientError as error:
        raise _of_answer(error, operation, credential, where) from error
    except (exceptions.BotoCoreError, Boto3Error, *strange) as error:
        raise _of_client(error, where) from error


@contextmanager
def readable(where: str) -> Iterator[None]:
    """Refuse an answer that does not hold what AWS's answers hold."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise UnavailableError(
            f"{where}: the answer is none that AWS gives; check endpoint_url."
        ) from error


def code_of(error: Any) -> str:  # noqa: ANN401  botocore makes its classes at run time
    """The error code of an answer."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _of_answer(
    error: Any,  # noqa: ANN401
    operation: Operation,
    credential: Credential,
    where: str,
) -> PurserError | AbsentError:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if _is_absent(error, code):
        return AbsentError(code)
    if code in _BUSY or status == 429:
        return UnavailableError(f"{where}: AWS asks to slow down; try again in a minute.")
    if status >= 500 and code not in _SAID:
        return UnavailableError(f"{where}: AWS has trouble of its own; try again later.")
    if operation.call == "sts.assume_role" and code in _DENIED:
        return RefusedError(
            f"{where}: the {credential} role may not be taken on; check its name and its trust "
            "policy."
        )
    if code in _DENIED or (status == 403 and code not in _SAID):
        rights = " and ".join(operation.permissions)
        return RefusedError(
            f"{where}: {rights} is not allowed; the rights that Purser needs are in "
            f"{POLICIES[credential]}."
        )
    said = _SAID.get(code) or _SAID.get(code.removesuffix("Fault"))
    name = _CODE.sub("", code)[:40].replace("Error", "") or str(status)
    return RefusedError(f"{where}: {said or f'AWS refused ({name}); nothing was done'}.")


def _is_absent(error: Any, code: str) -> bool:  # noqa: ANN401
    if _ABSENT_CODES.match(code):
        return True
    message = str(error.response.get("Error", {}).get("Message", ""))
    return code in {"ValidationException", "ValidationError"} and bool(
        _ABSENT_WORDS.search(message)
    )


def _of_client(error: Exception, where: str) -> PurserError:
    said = next((_LOCAL[k.__name__] for k in type(error).__mro__ if k.__name__ in _LOCAL), None)
    if said:
        return RefusedError(f"{where}: {said}.")
    return UnavailableError(
        f"{where}: AWS does not answer; check the network, the region and endpoint_url."
    )
