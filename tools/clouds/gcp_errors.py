"""What Google Cloud, the credentials or the network said, in a person's words, without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tools.clouds.cloud import Credential, Operation
from tools.core.errors import PurserError, RefusedError, UnavailableError

ROLES: Mapping[Credential, str] = {
    Credential.READ: "deploy/gcp-read-role.yaml",
    Credential.WRITE: "deploy/gcp-write-role.yaml",
    Credential.TERMINATE: "deploy/gcp-terminate-role.yaml",
    Credential.GUARDED_TAGS: "deploy/gcp-tags-role.yaml",
}
_BUSY = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_OFF = {"accessNotConfigured", "SERVICE_DISABLED"}
_NO_CAPACITY = "Google Cloud has no such machine free there now; try again later"
_QUOTA = "a quota of the project does not allow more; raise it in Google Cloud"
_SAID: Mapping[str, str] = {
    "resourceInUseByAnotherResource": "it is in use by something else; take it off there first",
    "resourceNotReady": "Google Cloud is changing it just now; try again in a minute",
    "conditionNotMet": "its labels were changed since it was read; propose it again",
    "quotaExceeded": _QUOTA,
    "QUOTA_EXCEEDED": _QUOTA,
    "ZONE_RESOURCE_POOL_EXHAUSTED": _NO_CAPACITY,
    "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS": _NO_CAPACITY,
    "RESOURCE_POOL_EXHAUSTED": _NO_CAPACITY,
    "STOCKOUT": _NO_CAPACITY,
}
_CODE = re.compile(r"[^A-Za-z0-9_]")


class AbsentError(Exception):
    """There is no such resource (any more)."""


@contextmanager
def told(operation: Operation, credential: Credential, *, where: str) -> Iterator[None]:
    """Turn what a call of Google's clients raises into one sentence.

    Args:
        operation: the call that is made.
        credential: with whose rights.
        where: the project or billing account, as a sentence begins.

    Raises:
        AbsentError: there is no such resource.
        RefusedError: it is not allowed; nothing was done.
        UnavailableError: no answer, or one that says to come back later.
    """
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, RetryError
    from google.auth.exceptions import GoogleAuthError
    from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]
    from requests.exceptions import RequestException

    strange = (ParseError, AttributeError, KeyError, TypeError, ValueError)
    try:
        yield
    except GoogleAPICallError as error:
        raise _of_answer(error, operation, credential, where) from error
    except RetryError as error:
        raise _of_answer(error.cause, operation, credential, where) from error
    except GoogleAuthError as error:
        raise _of_credentials(error, credential, where) from error
    except (GoogleAPIError, RequestException, OSError) as error:
        raise UnavailableError(
            f"{where}: Google Cloud does not answer; check the network and endpoint_url."
        ) from error
    except strange as error:  # what answers is not Google
        raise UnavailableError(
            f"{where}: the answer is none that Google Cloud gives; check endpoint_url."
        ) from error


def of_failed(codes: list[str], *, where: str) -> RefusedError:
    """What an operation that ended in failure says."""
    said = next((_SAID[code] for code in codes if code in _SAID), None)
    return RefusedError(f"{where}: {said or _unknown(codes)}.")


def _of_answer(
    error: Any,  # noqa: ANN401  one class for each status
    operation: Operation,
    credential: Credential,
    where: str,
) -> PurserError | AbsentError:
    status, reasons = int(getattr(error, "code", None) or 503), _reasons(error)
    if status == 404:
        return AbsentError(operation.call)
    if status == 429 or _BUSY & set(reasons):
        return UnavailableError(f"{where}: Google Cloud asks to slow down; try again in a minute.")
    if status >= 500 or status == 408:
        return UnavailableError(f"{where}: Google Cloud has trouble of its own; try again later.")
    if status == 401:
        return RefusedError(
            f"{where}: Google Cloud does not accept the credentials; sign in again, with "
            "gcloud auth application-default login or a service account."
        )
    if _OFF & set(reasons):
        return RefusedError(f"{where}: the API of it is switched off; enable it in the project.")
    said = next((_SAID[code] for code in reasons if code in _SAID), None)
    if status == 403 and said is None:
        rights = " and ".join(operation.permissions)
        return RefusedError(
            f"{where}: {rights} is not allowed; the rights that Purser needs are in "
            f"{role_file(operation, credential)}."
        )
    if status in (409, 412) and said is None:
        said = "it was changed since it was read; propose it again"
    return RefusedError(f"{where}: {said or _unknown(reasons)}.")


def role_file(operation: Operation, credential: Credential) -> str:
    """The file with the role that has an operation's rights."""
    if operation.permissions[0].startswith("billing."):
        return f"deploy/gcp-budgets-{credential}-role.yaml"
    return ROLES[operation.credential]


def _of_credentials(error: Exception, credential: Credential, where: str) -> PurserError:
    from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

    if isinstance(error, TransportError) or (
        isinstance(error, RefreshError) and getattr(error, "retryable", False)
    ):
        return UnavailableError(f"{where}: Google's sign-in does not answer; try again later.")
    if isinstance(error, DefaultCredentialsError):
        return RefusedError(
            f"{where}: there are no Google credentials; run gcloud auth application-default "
            "login, or give Purser a service account."
        )
    return RefusedError(
        f"{where}: the {credential} account may not be used; check its name, and that Purser has "
        "roles/iam.serviceAccountTokenCreator on it."
    )


def _reasons(error: Any) -> list[str]:  # noqa: ANN401
    listed = [
        str(one.get("reason", ""))
        for one in getattr(error, "errors", None) or ()
        if isinstance(one, dict)
    ]
    return [*listed, str(getattr(error, "reason", None) or "")]


def _unknown(codes: list[str]) -> str:
    code = next((_CODE.sub("", c)[:60].replace("Error", "") for c in codes if c), "")
    return (
        f"Google Cloud refused ({code}); nothing was done"
        if code
        else ("Google Cloud refused; nothing was done")
    )
