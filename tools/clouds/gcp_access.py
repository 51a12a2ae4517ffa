"""Every call to Google Cloud goes through here: declared, with the rights of its credential.

Each credential of a project is a service account of its own, impersonated for less than an hour:
reading never holds the rights of writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from tools.clouds.cloud import Credential, Operation
from tools.clouds.gcp_errors import told
from tools.clouds.settings import GcpProject
from tools.core.errors import RefusedError

Sign = Callable[[str | None, list[str]], Any]
_SCOPE = "https://www.googleapis.com/auth/"
_SCOPES: Mapping[Credential, tuple[str, ...]] = {
    Credential.READ: ("compute.readonly", "monitoring.read", "cloud-billing.readonly"),
    Credential.WRITE: ("compute", "cloud-billing"),
    Credential.TERMINATE: ("compute",),
    Credential.GUARDED_TAGS: ("compute",),
}
_LIFETIME = 900  # seconds that an impersonated token is good for
_TIMEOUT = 20.0
_PATIENCE = 8.0
_MISSING: Mapping[Credential, tuple[str, str]] = {
    Credential.WRITE: ("stop, start or scale anything", "write_account"),
    Credential.TERMINATE: ("delete anything", "terminate_account"),
    Credential.GUARDED_TAGS: ("write these labels", "tags_account"),
}


def account_of(project: GcpProject, credential: Credential) -> str | None:
    """The service account of a credential; None for Google's own default, or none at all."""
    return {
        Credential.READ: project.read_account,
        Credential.WRITE: project.write_account,
        Credential.TERMINATE: project.terminate_account,
        Credential.GUARDED_TAGS: project.tags_account,
    }[credential]


def allow(project: GcpProject, credential: Credential) -> None:
    """Refuse what configuration gives no credential for.

    Raises:
        RefusedError: the project has none.
    """
    if credential is Credential.READ or account_of(project, credential):
        return
    what, key = _MISSING[credential]
    raise RefusedError(
        f"Purser may not {what} in Google project {project.id}; an admin can name {key} for it "
        "in purser.toml."
    )


def default_credentials(account: str | None, scopes: list[str]) -> Any:  # noqa: ANN401
    """Google's own (application default), or an account's that they may impersonate."""
    import google.auth

    wanted = [_SCOPE + "cloud-platform"] if account else scopes
    source, _ = google.auth.default(scopes=wanted)
    return impersonated(source, account, scopes) if account else source


def impersonated(source: Any, account: str, scopes: list[str], **more: Any) -> Any:  # noqa: ANN401
    """Credentials of a service account, for a quarter of an hour at a time."""
    from google.auth.impersonated_credentials import Credentials

    made = more.pop("made_by", Credentials)
    return made(source, account, scopes, lifetime=_LIFETIME, **more)


@dataclass(frozen=True)
class Access:
    """Makes the clients, and the calls.

    Args:
        sign: makes credentials of a service account, or of nobody, for some scopes.
        patience: seconds for which reading is tried again; a changing call is made once.
    """

    sign: Sign = default_credentials
    patience: float = _PATIENCE
    _clients: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: Any = field(default_factory=Lock, repr=False, compare=False)

    def call(
        self,
        project: GcpProject,
        operation: Operation,
        request: Mapping[str, Any],
        *,
        credential: Credential | None = None,
    ) -> Any:  # noqa: ANN401  whatever the client answers with
        """Make one call; a list's pages are gathered, so that nothing is read outside.

        Args:
            project: where.
            operation: which, as declared.
            request: its arguments, as the client's request names them.
            credential: whose rights, where they are not those that it declares.

        Raises:
            AbsentError: there is no such thing.
            RefusedError: it is not allowed; nothing was done.
            UnavailableError: it did not answer.
        """
        rights = credential or operation.credential
        allow(project, rights)
        service, method = operation.call.split(".")
        is_reading = operation.credential is Credential.READ
        with told(operation, rights, where=f"Google project {project.id}"):
            client = self._client(project, service, rights)
            name = method if is_reading or service == "budgets" else f"{method}_unary"
            options = {"retry": self._retry() if is_reading else None, "timeout": _TIMEOUT}
            answer = getattr(client, name)(request=dict(request), **options)
            return list(answer.pages) if hasattr(answer, "pages") else answer

    def _retry(self) -> Any:  # noqa: ANN401
        from google.api_core import exceptions
        from google.api_core.retry import Retry, if_exception_type

        if not self.patience:
            return None
        passing = if_exception_type(
            exceptions.TooManyRequests,
            exceptions.InternalServerError,
            exceptions.BadGateway,
            exceptions.ServiceUnavailable,
        )
        return Retry(predicate=passing, initial=0.3, maximum=3.0, timeout=self.patience)

    def _client(self, project: GcpProject, service: str, credential: Credential) -> Any:  # noqa: ANN401
        place = project.metrics_url if service == "metrics" else project.endpoint_url
        key = (service, credential, place or "", account_of(project, credential) or "")
        with self._lock:
            if key not in self._clients:
                made = self._credentials(project, credential, place)
                self._clients[key] = _made(service, made, place)
            return self._clients[key]

    def _credentials(self, project: GcpProject, credential: Credential, place: str | None) -> Any:  # noqa: ANN401
        from google.auth.credentials import AnonymousCredentials

        if place and self.sign is default_credentials:
            return AnonymousCredentials()  # type: ignore[no-untyped-call]
        return self.sign(account_of(project, credential), [_SCOPE + s for s in _SCOPES[credential]])


def calls(operations: Iterable[Operation]) -> dict[str, Operation]:
    """Operations by the name of their call."""
    return {operation.call: operation for operation in operations}


def _made(service: str, credentials: Any, place: str | None) -> Any:  # noqa: ANN401
    if service == "metrics":
        return _metrics(credentials, place)
    if service == "budgets":
        from google.cloud.billing import budgets_v1

        client: Any = budgets_v1.BudgetServiceClient
    else:
        from google.cloud import compute_v1

        client = getattr(compute_v1, service.title().replace("_", "") + "Client")
    options = {"api_endpoint": place} if place else None
    return client(credentials=credentials, transport="rest", client_options=options)


def _metrics(credentials: Any, place: str | None) -> Any:  # noqa: ANN401
    from google.cloud.monitoring_v3 import MetricServiceClient
    from google.cloud.monitoring_v3.services.metric_service.transports import (
        MetricServiceGrpcTransport,
    )

    if place is None:
        return MetricServiceClient(credentials=credentials)
    import grpc  # type: ignore[import-untyped]

    channel = grpc.insecure_channel(place)
    return MetricServiceClient(transport=MetricServiceGrpcTransport(channel=channel))
