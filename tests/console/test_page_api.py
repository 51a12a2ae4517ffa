"""What the page reads and does, as JSON."""

from __future__ import annotations

import http.client
import json
import threading
from urllib.parse import urlsplit

import pytest

from tests.console.apps import client_of

ADA, BEN, DMITRI = "U0ADAPARK0", "U0BENORTIZ", "U0DMITRI00"


class Page:
    """The page's own requests: its cookie, its origin, JSON."""

    def __init__(self, workspace):
        self.own = urlsplit(workspace.base_url)
        answer, _ = self._ask("GET", f"/?key={workspace.page_key}", {})
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def _ask(self, method, path, headers, body=None):
        connection = http.client.HTTPConnection(self.own.hostname, self.own.port, timeout=10)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer, text

    def changes(self, person, since=0, tab="one"):
        path = f"/console/changes?person={person}&since={since}&tab={tab}"
        return json.loads(self._ask("GET", path, {"Cookie": self.cookie})[1])

    def act(self, what, **body):
        return self.send(what, body)

    def send(self, what, body):
        headers = {
            "Cookie": self.cookie,
            "Origin": f"http://{self.own.netloc}",
            "Content-Type": "application/json",
        }
        answer, text = self._ask("POST", f"/console/{what}", headers, json.dumps(body))
        return answer.status, text

    def say(self, text, **more):
        asked = {"person": ADA, "channel": "C0MLRESRCH", "text": text, **more}
        assert self.act("say", **asked)[0] == 200


@pytest.fixture
def page(workspace):
    return Page(workspace)


def test_nobody_is_sent_what_is_not_for_them(workspace, page):
    client_of(workspace).chat_postEphemeral(channel="C0MLRESRCH", user=ADA, text="for ada")
    workspace.post_as("ben", "#finops", "for finops")
    workspace.post_as("ada", "ada", "to purser")

    def seen(person):
        return [m["text"] for m in page.changes(person)["messages"]]

    assert seen(ADA) == ["for ada", "to purser"]
    assert seen(BEN) == ["for finops"]
    assert seen(DMITRI) == []


def test_only_what_changed_is_sent_again_and_deletions_are_named(workspace, page):
    workspace.post_as("ada", "#ml-research", "one")
    posted = client_of(workspace).chat_postMessage(channel="C0MLRESRCH", text="two")
    before = page.changes(ADA)["version"]
    client_of(workspace).chat_delete(channel=posted["channel"], ts=posted["ts"])
    (change,) = page.changes(ADA, since=before)["messages"]
    assert change == {"channel": "C0MLRESRCH", "ts": posted["ts"], "is_deleted": True}


def test_a_poll_waits_for_news_and_the_tabs_next_poll_ends_it(workspace, page):
    version = page.changes(ADA)["version"]
    ended = threading.Event()

    def poll():
        page.changes(ADA, since=version)
        ended.set()

    threading.Thread(target=poll, daemon=True).start()
    assert not ended.wait(0.2)
    page.changes(ADA, since=0, tab="another")
    assert not ended.wait(0.2)
    page.changes(ADA, since=0)
    assert ended.wait(5)


def test_an_unknown_command_is_told_to_the_person(workspace, page):
    page.say("/weather tomorrow")
    (told,) = workspace.ephemerals("#ml-research", "ada")
    assert told.text == "`/weather` is not a valid command here."


def test_a_command_does_not_work_in_a_thread(workspace, page):
    said = workspace.post_as("ada", "#ml-research", "hm")
    page.say("/cost today", thread_ts=said.ts)
    (told,) = workspace.ephemerals("#ml-research", "ada")
    assert (told.thread_ts, "not supported in threads" in told.text) == (said.ts, True)
    assert [d.kind for d in workspace.deliveries] == ["event"]


@pytest.mark.parametrize(
    "fault", ["rate limit", "twice", "uploads", "stream", "agents", "signature"]
)
def test_a_fault_is_armed_for_one_time(workspace, page, fault):
    assert page.act("fault", fault=fault)[0] == 200
    names = {
        "twice": "twice",
        "uploads": "upload",
        "stream": "error chat.appendStream",
        "agents": "error agents.sessions.setStatus",
        "signature": "wrong signature",
    }
    name = names.get(fault, "429 *")
    assert [workspace.faults.take(name), workspace.faults.take(name)] == [True, False]


def test_a_list_is_no_request(page):
    assert page.send("say", ["anything"])[0] == 400


def test_what_the_page_cannot_ask_is_refused(page):
    assert page.act("fault", fault="earthquake")[0] == 404
    assert page.act("shout", text="x")[0] == 404


def test_purser_is_invited_and_removed(workspace, page):
    page.act("invite", person=ADA, channel="C0RANDOM00")
    client_of(workspace).chat_postMessage(channel="#random", text="hello")
    page.act("remove", person=ADA, channel="C0RANDOM00")
    assert "U0PURSER00" not in workspace.store.members("C0RANDOM00")


def test_what_was_prepared_can_be_let_happen(workspace, page):
    happened = []
    workspace.plays["a flood"] = lambda: happened.append("flood")
    assert json.loads(page._ask("GET", "/console/start", {"Cookie": page.cookie})[1])["plays"] == [
        "a flood"
    ]
    assert page.act("play", play="a flood")[0] == 200
    assert page.act("play", play="a fire")[0] == 400
    assert happened == ["flood"]
