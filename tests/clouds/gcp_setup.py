"""Google Cloud for the contract: furnished in the stand-in, spoken to by the real clients."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import yaml
from google.auth import impersonated_credentials
from google.oauth2.credentials import Credentials

from tests.clouds.gcp_metrics import MINUTE, Metrics, MetricsServer
from tests.clouds.gcp_server import Google, GoogleServer
from tools.clouds.cloud import Cloud, Credential
from tools.clouds.gcp import connect
from tools.clouds.gcp_access import impersonated
from tools.clouds.gcp_roles import role_files
from tools.clouds.resources import Address, Kind
from tools.clouds.settings import GcpProject

PROJECT, ZONE, REGION = "acme-ml", "us-central1-a", "us-central1"
SECRET = "ya29.source-secret"
ACCOUNTS = {
    Credential.READ: f"purser-read@{PROJECT}.iam.gserviceaccount.com",
    Credential.WRITE: f"purser-write@{PROJECT}.iam.gserviceaccount.com",
    Credential.TERMINATE: f"purser-terminate@{PROJECT}.iam.gserviceaccount.com",
    Credential.GUARDED_TAGS: f"purser-tags@{PROJECT}.iam.gserviceaccount.com",
}
_FIELDS = {
    Credential.READ: "read_account",
    Credential.WRITE: "write_account",
    Credential.TERMINATE: "terminate_account",
    Credential.GUARDED_TAGS: "tags_account",
}
GPU = "agent.googleapis.com/gpu/utilization"


def scope_of(place: str) -> str:
    """A zone or region, as paths name it."""
    return f"{'regions' if place == REGION else 'zones'}/{place}"


def granted() -> dict[str, set[str]]:
    """What each account may: what its generated role says, and no more."""
    roles = {
        name: set(yaml.safe_load(text)["includedPermissions"])
        for name, text in role_files().items()
    }
    grants = {
        account: roles[f"gcp-{name}-role.yaml"]
        for name, account in zip(
            ("read", "write", "terminate", "tags"), ACCOUNTS.values(), strict=True
        )
    }
    # Where there is no tags account, an admin gives the write account the role for labels, too.
    grants["purser-both@" + PROJECT] = roles["gcp-write-role.yaml"] | roles["gcp-tags-role.yaml"]
    return grants


class _Impersonated(impersonated_credentials.Credentials):
    """Google's own, but it asks no host outside for where in the world it may be used."""

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False


def signed_at(url: str):
    """Makes credentials of accounts, whose tokens come from a stand-in's IAM."""

    def sign(account: str | None, scopes: list[str]):
        where = f"{url}/iam/{account}:generateAccessToken"
        source = Credentials(token=SECRET)
        return impersonated(
            source, account, scopes, made_by=_Impersonated, iam_endpoint_override=where
        )

    return sign


class GcpSetup:
    """See `tests.clouds.contract.Setup`."""

    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    hostile = "channel-here_-__proto__--таблица_drop-table_everyone-u0123_4_5"
    guarded = "owner"
    secrets = (SECRET, "ya29", "Bearer")

    def __init__(self, server: GoogleServer, metrics: MetricsServer) -> None:
        server.google, metrics.metrics = Google(grants=granted()), Metrics()
        self.server, self.metrics = server, metrics
        self.google = server.google
        self.numbers = itertools.count(1)
        self.project = GcpProject(
            id=PROJECT,
            endpoint_url=server.url,
            metrics_url=metrics.place,
            **{_FIELDS[credential]: account for credential, account in ACCOUNTS.items()},
        )
        self.cloud = self.connected(self.project)

    def connected(self, *projects: GcpProject, patience: float = 1.0) -> Cloud:
        return connect(
            projects,
            guarded=[self.guarded],
            patience=patience,
            pause=lambda _: None,
            sign=signed_at(self.server.url),
        )

    def make(self, kind: Kind, *, tags: Mapping[str, str]) -> Address:
        name = f"{kind}-{next(self.numbers)}0001"
        made = {Kind.INSTANCE: self.machine, Kind.DISK: self.disk, Kind.GROUP: self.group}[kind]
        return made(name, tags=tags)

    def machine(self, name: str, *, tags: Mapping[str, str], **more: object) -> Address:
        body = {
            "machineType": f"zones/{ZONE}/machineTypes/a2-highgpu-2g",
            "status": "RUNNING",
            "lastStartTimestamp": "2026-11-20T01:30:00.000-08:00",
            "guestAccelerators": [
                {"acceleratorType": "acceleratorTypes/nvidia-tesla-a100", "acceleratorCount": 2}
            ],
            "disks": [{"type": "PERSISTENT", "boot": True, "autoDelete": True}],
            "labels": dict(tags),
            **more,
        }
        return self._put("instances", name, Kind.INSTANCE, body)

    def disk(
        self, name: str, *, tags: Mapping[str, str], place: str = ZONE, **more: object
    ) -> Address:
        body = {
            "sizeGb": "500",
            "status": "READY",
            "type": f"zones/{ZONE}/diskTypes/pd-ssd",
            "labels": dict(tags),
            "lastDetachTimestamp": "2026-11-01T00:00:00.000-08:00",
            **more,
        }
        return self._put("disks", name, Kind.DISK, body, place=place)

    def group(
        self,
        name: str,
        *,
        tags: Mapping[str, str],
        mode: str | None = "OFF",
        place: str = ZONE,
        **more: object,
    ) -> Address:
        """A group; its autoscaler's mode, None for a group without one."""
        made = self.template(f"{name}-template", labels=dict(tags))
        body = {
            "targetSize": 2,
            "instanceTemplate": made,
            "versions": [{"instanceTemplate": made}],
            "fingerprint": "abc=",
            "status": {"isStable": True, **self._autoscaler(name, mode, place)},
            **more,
        }
        return self._put("instanceGroupManagers", name, Kind.GROUP, body, place=place)

    def template(self, name: str, *, scope: str = "global", **more: object) -> str:
        """A template of machines; its URL."""
        body = {"properties": {"machineType": "g2-standard-24", **more}}
        path = f"projects/{PROJECT}/{scope}/instanceTemplates/{name}"
        return self.google.put(path, body)["selfLink"]

    def _autoscaler(self, name: str, mode: str | None, place: str) -> dict:
        if mode is None:
            return {}
        policy = {"mode": mode, "minNumReplicas": 1, "maxNumReplicas": 4}
        path = f"projects/{PROJECT}/{scope_of(place)}/autoscalers/{name}-scaler"
        return {"autoscaler": self.google.put(path, {"autoscalingPolicy": policy})["selfLink"]}

    def protect(self, address: Address) -> None:
        self.thing(address)["deletionProtection"] = True

    def measure(self, address: Address, *, gpu: float, since: datetime) -> None:
        at = since
        while at <= self.now:
            for uuid in ("GPU-a", "GPU-b"):
                value = gpu if uuid == "GPU-a" else gpu / 2
                self.metrics.metrics.feed(GPU, self.thing(address)["id"], at, value, uuid=uuid)
            at += MINUTE

    def wait(self) -> None:
        self.google.settle()

    def without(self, credential: Credential) -> Cloud:
        project = replace(self.project, **{_FIELDS[credential]: None})
        if credential is Credential.GUARDED_TAGS:
            project = replace(project, write_account="purser-both@" + PROJECT)
        return self.connected(project)

    def unreachable(self) -> Cloud:
        return self.connected(replace(self.project, endpoint_url="http://127.0.0.1:9"))

    def partial(self) -> Cloud:
        self.google.closed.add("acme-closed")
        return self.connected(self.project, replace(self.project, id="acme-closed"))

    def narrowed(self, *zones: str) -> Cloud:
        """The same cloud, configured to look into some zones only."""
        return self.connected(replace(self.project, zones=zones))

    def elsewhere(self, address: Address) -> Address:
        return address._replace(account="another-project")

    def thing(self, address: Address) -> dict:
        """What the stand-in holds of it."""
        collection = {Kind.INSTANCE: "instances", Kind.DISK: "disks"}.get(
            address.kind, "instanceGroupManagers"
        )
        path = f"projects/{PROJECT}/{scope_of(address.region)}/{collection}/{address.name}"
        return self.google.things[path]

    def _put(
        self, collection: str, name: str, kind: Kind, body: dict, *, place: str = ZONE
    ) -> Address:
        self.google.put(f"projects/{PROJECT}/{scope_of(place)}/{collection}/{name}", body)
        return Address("gcp", PROJECT, place, kind, name)
