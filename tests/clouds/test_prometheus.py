"""DCGM through a small Prometheus on loopback."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.clouds.test_idleness import MACHINE, NOW, QUIET, RULE
from tools.clouds.idleness import judge
from tools.clouds.prometheus import Prometheus
from tools.clouds.resources import Use
from tools.core.errors import UnavailableError
from tools.core.machines import Idleness

SINCE = NOW - timedelta(hours=6)


class Server(ThreadingHTTPServer):
    """Answers range queries from what it was given: labels → GPU use in percent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.use: list[tuple[dict[str, str], float]] = []
        self.body: str | None = None
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        start, end, step = (float(asked[name]) for name in ("start", "end", "step"))
        times = [start + n * step for n in range(int((end - start) / step) + 1)]
        factor = 0.5 if "FB_USED" in asked["query"] else 1
        result = [
            {"metric": labels, "values": [[at, str(value * factor)] for at in times]}
            for labels, value in self.server.use
        ]
        found = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        body = (json.dumps(found) if self.server.body is None else self.server.body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


UNMEASURED = replace(QUIET, gpu=(), missing="Install the agent.")


def filled(server: Server, use: Use = UNMEASURED, *others: object) -> Use:
    found = Prometheus(server.url).fill(
        {MACHINE.id: use}, [MACHINE, *others], since=SINCE, until=NOW
    )
    return found[MACHINE.id]


@pytest.mark.parametrize(
    "labels",
    [
        {"Hostname": "i-1"},
        {"instance": "i-1:9400"},
        {"node": "I-1.ec2.internal"},
        {"instance_id": "i-1"},
    ],
)
def test_a_machine_is_known_by_its_name(server: Server, labels: dict[str, str]):
    server.use = [(labels, 0.0)]
    use = filled(server)
    assert (len(use.gpu), use.coverage, use.source, use.missing) == (72, 1.0, "DCGM", "")
    assert judge(MACHINE, use, RULE, now=NOW).idleness is Idleness.IDLE


def test_the_busiest_of_its_gpus_counts(server: Server):
    server.use = [({"Hostname": "i-1", "job": "a"}, 3.0), ({"Hostname": "i-1", "job": "b"}, 90.0)]
    use = filled(server)
    assert {sample.value for sample in use.gpu} == {90.0}
    assert {sample.value for sample in use.gpu_memory} == {45.0}


def test_what_the_cloud_measured_stands(server: Server):
    server.use = [({"Hostname": "i-1"}, 90.0)]
    assert filled(server, QUIET) is QUIET


def test_other_machines_samples_are_not_taken(server: Server):
    server.use = [({"Hostname": "i-11"}, 0.0), ({}, 0.0)]
    assert filled(server) is UNMEASURED


def test_two_machines_of_one_name_get_none(server: Server):
    server.use = [({"Hostname": "trainer"}, 0.0)]
    one = replace(MACHINE, name="trainer")
    other = replace(one, address=MACHINE.address._replace(name="i-2"))
    found = Prometheus(server.url).fill({}, [one, other], since=SINCE, until=NOW)
    assert found == {}


def test_no_number_is_no_sample(server: Server):
    server.use = [({"Hostname": "i-1"}, float("nan"))]
    assert filled(server).gpu == ()


@pytest.mark.parametrize("body", ["<html>", "{}", '{"status": "error"}', "[]", "null"])
def test_what_is_no_prometheus_is_one_sentence(server: Server, body: str):
    server.body = body
    with pytest.raises(UnavailableError, match="check prometheus_url"):
        filled(server)


def test_errors_and_silence_are_one_sentence(server: Server):
    server.status = 503
    with pytest.raises(UnavailableError, match="check prometheus_url"):
        filled(server)
    gone = Prometheus("http://127.0.0.1:9", timeout=1)
    with pytest.raises(UnavailableError, match="check prometheus_url"):
        gone.fill({}, [MACHINE], since=SINCE, until=NOW)
