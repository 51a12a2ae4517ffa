"""What the doctor says of a model endpoint."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.config import Endpoint
from bot.mind.checkup import check_endpoint
from tools.core.errors import UnavailableError


@contextmanager
def endpoint(status: int, body: object) -> Iterator[tuple[str, list[str]]]:
    """An endpoint that lists its models in its own way; its address and the keys it was sent."""
    keys: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.append(self.headers.get("Authorization", ""))
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status if self.path == "/v1/models" else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", keys
    finally:
        server.shutdown()
        server.server_close()


MODELS = {"data": [{"id": "small"}, {"id": "large"}]}


def test_models_that_are_listed_are_named_and_the_key_is_sent():
    with endpoint(200, MODELS) as (url, keys):
        found = check_endpoint(Endpoint(url, "small", "large"), "sk-1")
    assert found == f"small and large at {url.split('/')[2]}"
    assert keys == ["Bearer sk-1"]


def test_one_model_for_both_is_named_once_and_no_key_is_made_up():
    with endpoint(200, MODELS) as (url, keys):
        assert check_endpoint(Endpoint(url, "small", "small"), None).startswith("small at ")
    assert keys == [""]


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {}), (500, b"<html>"), (200, b"{"), (200, {"data": 7}), (200, []), (200, {"data": []})],
)
def test_an_endpoint_that_does_not_list_its_models_is_taken_as_it_is(status, body):
    with endpoint(status, body) as (url, _):
        found = check_endpoint(Endpoint(url, "small", "large"), None)
    assert found.endswith(", models not listed there")


@pytest.mark.parametrize(
    ("status", "key", "said"),
    [
        (401, "sk-secret", "refuses the key; check the key in the environment."),
        (403, None, "wants a key; check the key in the environment."),
        (200, "sk-secret", "does not list tiny; check [model] small and large."),
    ],
)
def test_what_is_wrong_is_one_sentence_without_the_key(status, key, said):
    with endpoint(status, MODELS) as (url, _), pytest.raises(UnavailableError) as caught:
        check_endpoint(Endpoint(url, "tiny", "large"), key)
    assert caught.value.sentence == f"{url.split('/')[2]} {said}"


def test_an_address_where_nobody_is_is_told():
    with pytest.raises(UnavailableError, match="cannot be reached"):
        check_endpoint(Endpoint("http://127.0.0.1:9/v1", "small", "large"), "sk-secret")
