"""A bucket on loopback: moto behind a proxy that keeps a journal."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import loaders
from botocore.config import Config
from moto.server import ThreadedMotoServer

from tests.lake.bills import NOW, Lake, april, write_csv
from tests.landing.proxies import Proxy, proxy_to
from tests.landing.vendor_api import vendor_api
from tests.landing.vendor_sources import Vendor
from tools.core.clock import FixedClock
from tools.core.settings import Bucket, Source
from tools.lake.ingest import IngestReport, ingest_sources

_COUNT = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def models() -> Iterator[None]:
    """The files that describe AWS are read once; every session of boto3 would parse them anew."""
    whole = loaders.JSONFileLoader.load_file
    loaders.JSONFileLoader.load_file = functools.cache(whole)
    yield
    loaders.JSONFileLoader.load_file = whole


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """S3 on a socket."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials in the environment, and none of this machine's."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIATESTKEYOFNOBODY1",
        "AWS_SECRET_ACCESS_KEY": "secretsecretsecret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@dataclass
class Store:
    """A bucket of its own, a source that reads it, and a lake."""

    client: Any
    name: str
    proxy: Proxy
    lake: Lake
    home: Path
    prefix: str = "focus"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The source, as configured."""
        place = Bucket(self.name, self.prefix, **{"endpoint_url": self.proxy.url, **self.extra})
        return Source("aws", self.home / "landing" / "aws", origin=place)

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=body)

    def bill(self, key: str, *days: int, cost: str = "1.5") -> None:
        """Write an object that is a bill with a charge for each of these days of April."""
        told = {"ListCost": cost, "ContractedCost": cost}
        rows = [april(day, BilledCost=cost, EffectiveCost=cost, **told) for day in days]
        self.put(key, write_csv(self.home / "upload.csv", rows).read_bytes())

    def manifest(self, *files: str, run: str = "") -> None:
        """Write an export's manifest for April, naming files below its data folder."""
        folder = "focus/export/metadata/BILLING_PERIOD=2026-04/" + (f"{run}/" if run else "")
        names = [f"s3://{self.name}/focus/export/data/BILLING_PERIOD=2026-04/{f}" for f in files]
        content = {"executionId": run, "dataFiles": names}
        self.put(f"{folder}export-Manifest.json", json.dumps(content).encode())

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.client.delete_object(Bucket=self.name, Key=key)

    def ingest(self) -> IngestReport:
        """Fetch and load; the journal begins anew."""
        self.proxy.asked.clear()
        return ingest_sources([self.source], root=self.lake.root, clock=FixedClock(NOW))

    def landed(self) -> list[str]:
        """What lies in the landing folder."""
        root = self.source.path
        files = (f.relative_to(root) for f in root.rglob("*") if f.is_file())
        return sorted(f.as_posix() for f in files if not f.parts[0].startswith("."))


@pytest.fixture
def store(moto: str, aws: None, tmp_path: Path) -> Iterator[Store]:
    """An empty bucket."""
    name = f"bills-{next(_COUNT)}-{abs(hash(str(tmp_path))) % 10**8}"
    # As AWS's exports come: without checksums, so that the ETag has to tell what is whole.
    plain = Config(request_checksum_calculation="when_required")
    client = boto3.client("s3", endpoint_url=moto, config=plain)
    client.create_bucket(Bucket=name)
    with proxy_to(moto) as proxy:
        yield Store(client, name, proxy, Lake(tmp_path / "lake"), tmp_path)


@pytest.fixture
def openai(tmp_path: Path) -> Iterator[Vendor]:
    """OpenAI's reports."""
    with vendor_api("openai") as api:
        yield Vendor(api, tmp_path, Lake(tmp_path / "lake"))


@pytest.fixture
def anthropic(tmp_path: Path) -> Iterator[Vendor]:
    """Anthropic's reports."""
    with vendor_api("anthropic") as api:
        yield Vendor(api, tmp_path, Lake(tmp_path / "lake"))
