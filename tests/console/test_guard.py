"""Nobody but this machine's own page and app may speak to the console."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest


def asked(workspace, path, *, method="GET", body=None, **headers):
    """Status, headers and body of one raw request; `Host` and `Origin` as given."""
    own = urlsplit(workspace.base_url)
    connection = http.client.HTTPConnection(own.hostname, own.port, timeout=5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


@pytest.fixture
def cookie(workspace):
    _, headers, _ = asked(workspace, f"/?key={workspace.page_key}")
    return headers["Set-Cookie"].partition(";")[0]


def test_the_printed_address_opens_the_page_and_hides_its_key(workspace):
    status, headers, _ = asked(workspace, f"/?key={workspace.page_key}")
    assert (status, headers["Location"]) == (303, "/")
    kept = headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Strict" in kept


def test_the_page_and_its_parts_are_shown_with_the_cookie(workspace, cookie):
    status, headers, page = asked(workspace, "/", Cookie=cookie)
    assert (status, "/page/app.js" in page) == (200, True)
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "Access-Control-Allow-Origin" not in headers
    status, headers, _ = asked(workspace, "/page/app.js", Cookie=cookie)
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")


@pytest.mark.parametrize("path", ["/", "/?key=wrong", "/console/start", "/page/app.js"])
def test_without_the_key_nothing_is_shown(workspace, path):
    status, _, text = asked(workspace, path)
    assert (status, "whole address" in text) == (403, True)


@pytest.mark.parametrize("path", ["/", "/api/auth.test", "/page/app.js"])
def test_another_host_name_is_refused(workspace, cookie, path):
    for host in ("evil.example", f"evil.example:{urlsplit(workspace.base_url).port}", "127.0.0.1"):
        assert asked(workspace, path, Host=host, Cookie=cookie)[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_origin_is_refused(workspace, cookie, origin):
    assert asked(workspace, "/console/start", Origin=origin, Cookie=cookie)[0] == 403
    token = f"Bearer {workspace.bot_token}"
    assert asked(workspace, "/api/auth.test", Origin=origin, Authorization=token)[0] == 403


def test_the_page_posts_json_from_its_own_origin_only(workspace, cookie):
    body = json.dumps({"person": "ada", "channel": "C0MLRESRCH", "text": "hi"})
    own = workspace.base_url.rstrip("/")
    common = {"method": "POST", "body": body, "Cookie": cookie}
    as_form = {"Content_Type": "text/plain", "Origin": own}
    assert asked(workspace, "/console/say", **common, **as_form)[0] == 403
    no_origin = {"Content_Type": "application/json"}
    assert asked(workspace, "/console/say", **common, **no_origin)[0] == 403
    assert workspace.messages("#ml-research") == []
    right = {"Content_Type": "application/json", "Origin": own}
    assert asked(workspace, "/console/say", **common, **right)[0] == 200
    assert [m.text for m in workspace.messages("#ml-research")] == ["hi"]


def test_a_request_that_lacks_something_is_answered_plainly(workspace, cookie):
    own = workspace.base_url.rstrip("/")
    right = {"Content_Type": "application/json", "Origin": own, "Cookie": cookie}
    status, _, text = asked(workspace, "/console/say", method="POST", body="{}", **right)
    assert (status, "person" in text) == (400, True)


def test_a_file_is_given_to_the_app_and_the_page_and_nobody_else(workspace, cookie):
    file = workspace.store.new_file("c.csv", 3, "")
    workspace.store.change_file(file, data=b"a,b", is_complete=True)
    path = f"/files/{file.id}/c.csv"
    assert asked(workspace, path)[0] == 403
    assert asked(workspace, path, Authorization=f"Bearer {workspace.bot_token}")[2] == "a,b"
    status, headers, _ = asked(workspace, path, Cookie=cookie)
    assert (status, "attachment" in headers["Content-Disposition"]) == (200, True)


def test_it_listens_on_loopback_only(workspace):
    port = urlsplit(workspace.base_url).port
    listening = socket.socket()
    # Every other address of this machine is still free on that port.
    listening.bind(("127.0.0.2", port))
    listening.close()
