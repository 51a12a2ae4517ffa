"""One region of one AWS account: every call to AWS goes through here, declared and signed.

Each credential of an account is a session of its own: reading never holds the rights of writing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any

from tools.clouds.aws_errors import code_of, told
from tools.clouds.cloud import Credential, Operation
from tools.clouds.resources import Address, Kind
from tools.clouds.settings import AwsAccount
from tools.core.clock import Clock
from tools.core.errors import RefusedError, UnavailableError

ASSUME_ROLE = Operation(
    "sts.assume_role", ("sts:AssumeRole",), Credential.READ, "take on the account's roles"
)
WHO_AM_I = Operation(
    "sts.get_caller_identity",
    ("sts:GetCallerIdentity",),
    Credential.READ,
    "see that the credentials are of the account that is meant",
)
OPERATIONS = (ASSUME_ROLE, WHO_AM_I)
_RENEWED = timedelta(minutes=45)  # of the hour for which a role is taken on
_MISSING = {
    Credential.WRITE: ("stop, start, scale or tag anything", "write_role"),
    Credential.TERMINATE: ("terminate anything", "terminate_role"),
    Credential.GUARDED_TAGS: ("write tags that decide owner, environment or access", "tags_role"),
}


@dataclass
class _Held:
    """The session of one credential of one account, and its clients."""

    lock: Lock = field(default_factory=Lock)
    session: Any = None
    until: datetime | None = None
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)


class Sessions:
    """Signs in, once for each account and credential, and keeps the clients.

    Args:
        clock: tells when a role has to be taken on again.
        attempts: how often a reading call is made before it has failed; a changing one once.
    """

    def __init__(self, clock: Clock, *, attempts: int = 4) -> None:
        self.clock = clock
        self._attempts = attempts
        self._held: dict[tuple[str, Credential], _Held] = {}
        self._lock = Lock()

    def client(self, place: Place, service: str, credential: Credential) -> Any:  # noqa: ANN401
        """The client of a service, signed with a credential's rights."""
        account = place.account
        place.allow(credential)
        with self._lock:
            held = self._held.setdefault((account.id, credential), _Held())
        with held.lock:
            if held.session is None or (held.until and self.clock.now() >= held.until):
                held.session, held.until = self._signed_in(place, credential)
                held.clients.clear()
            found = held.clients.get((service, place.region))
            if found is None:
                found = self._made(held.session, place, service, credential)
                held.clients[service, place.region] = found
            return found

    def _signed_in(self, place: Place, credential: Credential) -> tuple[Any, datetime | None]:
        """A session, checked to be of the account that is meant; until when it may be used."""
        account, role = place.account, _role(place.account, credential)
        with told(ASSUME_ROLE, credential, where=place.account_text):
            session = _session(profile=account.profile)
            if role:
                session = self._assumed(session, place, role, credential)
            sts = self._made(session, place, "sts", Credential.READ)
            who = sts.get_caller_identity()["Account"]
        if who != account.id:
            raise RefusedError(
                f"{place.account_text}: the {credential} credentials are of another account; "
                "check profile and roles."
            )
        return session, self.clock.now() + _RENEWED if role else None

    def _assumed(self, base: Any, place: Place, role: str, credential: Credential) -> Any:  # noqa: ANN401
        sts = self._made(base, place, "sts", Credential.READ)
        keys = sts.assume_role(RoleArn=role, RoleSessionName=f"purser-{credential}")["Credentials"]
        return _session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def _made(self, session: Any, place: Place, service: str, credential: Credential) -> Any:  # noqa: ANN401
        from botocore.config import Config

        attempts = self._attempts if credential is Credential.READ else 1
        config = Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=16,
            user_agent_extra="purser",
        )
        return session.client(
            service,
            region_name=place.region,
            endpoint_url=place.account.endpoint_url,
            config=config,
        )


@dataclass(frozen=True)
class Place:
    """One region of one account.

    Args:
        account: as configured.
        region: one of its regions.
        sessions: signs the calls.
    """

    account: AwsAccount
    region: str
    sessions: Sessions = field(repr=False, compare=False)

    @property
    def account_text(self) -> str:
        """The account, as a sentence begins."""
        if self.account.name:
            return f"AWS account {self.account.name} ({self.account.id})"
        return f"AWS account {self.account.id}"

    @property
    def text(self) -> str:
        """Account and region, as a sentence begins."""
        return f"{self.account_text}, {self.region}"

    def address(self, kind: Kind, name: str) -> Address:
        """The address of something here."""
        return Address("aws", self.account.id, self.region, kind, name)

    def allow(self, credential: Credential) -> None:
        """See that configuration names a role for a credential.

        Raises:
            RefusedError: it names none.
        """
        if credential is Credential.READ or _role(self.account, credential):
            return
        what, setting = _MISSING[credential]
        raise RefusedError(
            f"{self.account_text}: Purser may not {what} there; an admin can name a {setting} for "
            "it in purser.toml."
        )

    def call(
        self,
        operation: Operation,
        *,
        credential: Credential | None = None,
        **arguments: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Make one call.

        Args:
            operation: which; its declared credential signs it.
            credential: another to sign it with.
            arguments: as boto3 names them.

        Raises:
            AbsentError: there is no such resource.
            RefusedError: it is not allowed; nothing was done.
            UnavailableError: no answer.
        """
        service, method = operation.call.split(".")
        credential = credential or operation.credential
        client = self.sessions.client(self, service, credential)
        with told(operation, credential, where=self.text):
            answer: dict[str, Any] = getattr(client, method)(**arguments)
            return answer

    def pages(self, operation: Operation, key: str, **arguments: Any) -> list[Any]:  # noqa: ANN401
        """Make a listing call to its last page; the elements under `key`."""
        service, method = operation.call.split(".")
        client = self.sessions.client(self, service, operation.credential)
        found: list[Any] = []
        with told(operation, operation.credential, where=self.text):
            for page in client.get_paginator(method).paginate(**arguments):
                found += _held(page, key)
        return found

    def try_out(
        self,
        operation: Operation,
        *,
        credential: Credential | None = None,
        **arguments: Any,  # noqa: ANN401
    ) -> None:
        """Ask AWS whether it would (DryRun).

        Raises:
            AbsentError: there is no such resource.
            RefusedError: it would not.
            UnavailableError: no answer, or one that says it was done for real.
        """
        from botocore.exceptions import ClientError

        service, method = operation.call.split(".")
        credential = credential or operation.credential
        client = self.sessions.client(self, service, credential)
        with told(operation, credential, where=self.text):
            try:
                getattr(client, method)(DryRun=True, **arguments)
            except ClientError as error:
                if code_of(error) == "DryRunOperation":
                    return
                raise
        raise UnavailableError(
            f"{self.text}: what answers does not know DryRun and may have done it; look at the "
            "resource, and check endpoint_url."
        )


def places(accounts: Iterable[AwsAccount], sessions: Sessions) -> list[Place]:
    """Every region of every account."""
    return [Place(account, region, sessions) for account in accounts for region in account.regions]


def _held(page: dict[str, Any], key: str) -> list[Any]:
    """What a page lists. Without a request's id it is not AWS's: nothing listed is not nothing."""
    if key not in page and "RequestId" not in page.get("ResponseMetadata", {}):
        raise KeyError(key)
    return page.get(key) or []


def _session(*, profile: str | None = None, **keys: str) -> Any:  # noqa: ANN401
    import boto3
    from botocore.session import Session

    inner = Session(profile=profile)
    inner.register_component("data_loader", _loader())
    return boto3.Session(botocore_session=inner, **keys)


@cache
def _loader() -> Any:  # noqa: ANN401
    """One for all sessions: each alone would read EC2's model anew, a third of a second and 20 MB.

    Profiles may name a folder of models of their own; Purser wants AWS's as they ship.
    """
    from botocore.loaders import create_loader

    return create_loader()


def _role(account: AwsAccount, credential: Credential) -> str | None:
    return {
        Credential.READ: account.read_role,
        Credential.WRITE: account.write_role,
        Credential.TERMINATE: account.terminate_role,
        Credential.GUARDED_TAGS: account.tags_role,
    }[credential]
