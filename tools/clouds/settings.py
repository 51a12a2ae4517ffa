"""Which clouds Purser looks at, and with whose rights, as configuration says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccount:
    """One AWS account. Credentials are AWS's own (environment, profile, instance role).

    Args:
        id: twelve digits.
        name: as people call it; empty for the id.
        regions: where to look.
        profile: of the AWS configuration; None for what boto3 finds.
        read_role: ARN of the role that looks; None for the credentials themselves.
        write_role: ARN of the role that stops, starts, scales and writes ordinary tags; None
            where Purser may not do so in this account.
        terminate_role: ARN of the role that terminates; None where it may not.
        tags_role: ARN of the role that writes guarded tags; None where it may not.
        endpoint_url: where AWS is, if not at AWS.
    """

    id: str
    regions: tuple[str, ...]
    name: str = ""
    profile: str | None = None
    read_role: str | None = None
    write_role: str | None = None
    terminate_role: str | None = None
    tags_role: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpProject:
    """One Google Cloud project. Credentials are Google's own (application default).

    Args:
        id: the project's id.
        zones: where to look; empty for all.
        read_account: service account to impersonate for looking; None for the credentials.
        write_account: the same for stop, start, resize and ordinary labels; None: it may not.
        terminate_account: the same for deleting; None where it may not.
        tags_account: the same for guarded labels; None where it may not.
        billing_account: for budgets; None where none is linked.
        endpoint_url: where Google is, if not at Google; then without credentials.
        metrics_url: the same for Cloud Monitoring, as `host:port`: it speaks gRPC.
    """

    id: str
    zones: tuple[str, ...] = ()
    read_account: str | None = None
    write_account: str | None = None
    terminate_account: str | None = None
    tags_account: str | None = None
    billing_account: str | None = None
    endpoint_url: str | None = None
    metrics_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSettings:
    """All of them.

    Args:
        aws: accounts.
        gcp: projects.
        simulated: the file of the simulated cloud; None where there is none.
        prometheus_url: where DCGM's metrics are; None where nowhere.
        idle_percent: the busiest GPU below this counts as idle.
        idle_hours: for so long.
        idle_coverage: of the window that must have been measured, 0 to 1.
    """

    aws: tuple[AwsAccount, ...] = ()
    gcp: tuple[GcpProject, ...] = ()
    simulated: Path | None = None
    prometheus_url: str | None = None
    idle_percent: float = 5.0
    idle_hours: float = 6.0
    idle_coverage: float = 0.9
