"""What the page in the browser asks and does: JSON in and out, behind the key in its cookie."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from bot.console.cast import BOT_USER, SLACKBOT
from bot.console.guard import sees_page, set_key
from bot.console.records import Message
from bot.console.workspace import Workspace

WAIT = 25.0  # seconds a poll stays open
_PAGE = {
    "page.css": "text/css",
    "app.js": "text/javascript",
    "api.js": "text/javascript",
    "blocks.js": "text/javascript",
    "composer.js": "text/javascript",
    "dialogs.js": "text/javascript",
    "dom.js": "text/javascript",
    "elements.js": "text/javascript",
    "messages.js": "text/javascript",
    "mrkdwn.js": "text/javascript",
    "sidebar.js": "text/javascript",
}


def page_api(workspace: Workspace) -> Blueprint:
    """Routes of the page: itself, its parts, what it reads and what people do on it."""
    routes = Blueprint("page_api", __name__)
    polls: dict[str, object] = {}

    @routes.errorhandler(KeyError)
    def lacking(error: KeyError) -> tuple[Response, int]:
        return jsonify(error=f"unknown or missing: {error.args[0]}"), 400

    @routes.get("/")
    def page() -> AnyResponse:
        if "key" in request.args:
            return set_key(workspace, redirect("/", 303))
        return _part("page.html", "text/html")

    @routes.get("/page/<name>")
    def part(name: str) -> Response:
        return _part(name, _PAGE[name]) if name in _PAGE else abort(404)

    @routes.get("/files/<file_id>/<name>")
    def file(file_id: str, name: str) -> Response:
        return _file(workspace, file_id)

    @routes.get("/console/start")
    def start() -> Response:
        return jsonify(_start(workspace))

    @routes.get("/console/changes")
    def changes() -> Response:
        return _news(workspace, polls)

    @routes.post("/console/<act>")
    def do(act: str) -> Response:
        if act not in _ACTS:
            abort(404)
        return jsonify(_ACTS[act](workspace, _asked()) or {})

    return routes


def _asked() -> dict[str, Any]:
    """The request's JSON object; anything else is no request of the page's."""
    asked = request.get_json()
    if not isinstance(asked, dict):
        abort(400)
    return asked


def _news(workspace: Workspace, polls: dict[str, object]) -> Response:
    """What changed for a person, as soon as something did.

    A tab polls once at a time: its next poll ends the one before, which nobody reads any more.
    """
    store, tab, poll = workspace.store, request.args.get("tab", ""), object()
    person, since = store.person(request.args["person"]).id, int(request.args.get("since", "0"))
    polls[tab] = poll
    store.rouse()
    store.wait_for(lambda: store.version > since or polls.get(tab) is not poll, WAIT)
    return jsonify(_changes(workspace, person, since))


def _part(name: str, mimetype: str) -> Response:
    folder = importlib.resources.files("bot.console") / "page"
    answer = make_response((folder / name).read_bytes())
    answer.mimetype = mimetype
    return answer


def _file(workspace: Workspace, file_id: str) -> Response:
    """A file's bytes: to the page by its cookie, to the app by its token."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not sees_page(workspace) and token != workspace.bot_token:
        abort(403)
    file = workspace.store.file(file_id)
    if file is None or file.data is None:
        abort(404)
    answer = make_response(file.data)
    answer.mimetype = file.mimetype
    if not file.mimetype.startswith("image/"):
        answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


def _start(workspace: Workspace) -> dict[str, Any]:
    cast = workspace.cast
    return {
        "team": cast.team_name,
        "what_leaves": cast.what_leaves,
        "bot": {"id": BOT_USER, "name": cast.bot_name},
        "slackbot": SLACKBOT,
        "people": [asdict(p) | {"direct": workspace.store.direct(p.id)} for p in cast.people],
        "channels": [asdict(c) for c in cast.channels],
        "groups": [asdict(g) for g in cast.groups],
        "commands": [asdict(c) for c in cast.commands],
        "examples": list(cast.examples),
        "plays": list(workspace.plays),
    }


def _changes(workspace: Workspace, person: str, since: int) -> dict[str, Any]:
    store = workspace.store
    with store.changed:
        members = {c.id: store.members(c.id) for c in store.channels()}
        mine = {c for c, users in members.items() if person in users} | {store.direct(person)}
        home = store.home(person)
        return {
            "version": store.version,
            "messages": [
                _message(workspace, m)
                for m in store.all_messages()
                if m.version > since and m.channel in mine and m.only_for in (None, person)
            ],
            "statuses": [
                {"channel": channel, "thread_ts": thread, "text": text}
                for (channel, thread), (text, _) in store.statuses().items()
                if text and channel in mine
            ],
            "sessions": [
                {"channel": channel, "thread_ts": thread}
                for channel, thread in workspace.sessions.processing()
                if channel in mine
            ],
            "members": members,
            "modals": [v.as_slack(workspace.cast.team_id) for v in store.modals(person)],
            "home": home.as_slack(workspace.cast.team_id) if home else None,
            "prompts": store.prompts().get(store.direct(person), []),
        }


def _message(workspace: Workspace, message: Message) -> dict[str, Any]:
    if message.is_deleted:
        return {"channel": message.channel, "ts": message.ts, "is_deleted": True}
    store = workspace.store
    files = [f.as_slack("/") for f in map(store.file, message.files) if f]
    return message.as_slack(workspace.cast.team_id) | {
        "channel": message.channel,
        "version": message.version,
        "only_for": message.only_for,
        "is_streaming": message.is_streaming,
        "is_markdown": message.is_markdown,
        "files": files,
    }


def _say(workspace: Workspace, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A message, or a slash command where the text begins with one (not in a thread)."""
    person, channel, text = asked["person"], asked["channel"], str(asked["text"]).strip()
    name, _, rest = text.partition(" ")
    if not name.startswith("/"):
        message = workspace.post_as(person, channel, text, thread_ts=asked.get("thread_ts"))
        return {"ts": message.ts}
    if name not in {c.name for c in workspace.cast.commands}:
        words = f"`{name}` is not a valid command here."
        workspace.store.tell(channel, person, words, thread_ts=asked.get("thread_ts"))
    elif asked.get("thread_ts"):
        words = f"`{name}` is not supported in threads. Sorry!"
        workspace.store.tell(channel, person, words, thread_ts=asked["thread_ts"])
    else:
        workspace.slash(person, channel, name, rest.strip())
    return {}


def _press(workspace: Workspace, asked: Mapping[str, Any]) -> dict[str, Any]:
    person, action = asked["person"], asked["action_id"]
    chosen = {name: asked.get(name) for name in ("option", "values", "block_id")}
    if "view" in asked:
        view = workspace.store.find_view(asked["view"]) or abort(404)
        workspace.press_in_view(person, view, action, **chosen)
    else:
        message = workspace.store.message(asked["channel"], asked["ts"]) or abort(404)
        workspace.press(person, message, action, **chosen)
    return {}


def _submit(workspace: Workspace, asked: Mapping[str, Any]) -> dict[str, Any]:
    view = workspace.store.find_view(asked["view"]) or abort(404)
    delivery = workspace.submit(asked["person"], asked["values"], view=view)
    return delivery.wait(30).outcome


def _stop(workspace: Workspace, asked: Mapping[str, Any]) -> None:
    workspace.stop_answer(asked["person"], asked["channel"], asked["thread_ts"])


def _dismiss(workspace: Workspace, asked: Mapping[str, Any]) -> None:
    workspace.dismiss(asked["person"], all_of_them=bool(asked.get("all")))


def _home(workspace: Workspace, asked: Mapping[str, Any]) -> None:
    workspace.open_home(asked["person"], tab=asked.get("tab", "home"))


def _invite(workspace: Workspace, asked: Mapping[str, Any]) -> None:
    workspace.add_bot(asked["channel"], by=asked["person"])


def _remove(workspace: Workspace, asked: Mapping[str, Any]) -> None:
    workspace.remove_bot(asked["channel"])


def _fault(workspace: Workspace, asked: Mapping[str, Any]) -> None:
    """Arm one of the faults a person may want to see."""
    match asked["fault"]:
        case "rate limit":
            workspace.faults.rate_limit("*", retry_after=2)
        case "twice":
            workspace.faults.deliver_twice()
        case "uploads":
            workspace.faults.fail_uploads()
        case "stream":
            workspace.faults.refuse("chat.appendStream", "internal_error")
        case "agents":
            workspace.faults.refuse("agents.sessions.setStatus", "not_authorized")
        case "signature":
            workspace.faults.sign_wrongly()
        case _:
            abort(404)


def _play(workspace: Workspace, asked: Mapping[str, Any]) -> None:
    """Let something happen that whoever serves the workspace has prepared."""
    workspace.plays[asked["play"]]()


_ACTS: Mapping[str, Callable[[Workspace, Mapping[str, Any]], dict[str, Any] | None]] = {
    "say": _say,
    "press": _press,
    "submit": _submit,
    "stop": _stop,
    "dismiss": _dismiss,
    "home": _home,
    "invite": _invite,
    "remove": _remove,
    "fault": _fault,
    "play": _play,
}
