"""Slack's Web API over HTTP: tokens, arguments, refusals, uploads and response URLs."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from bot.console import replies
from bot.console.methods import METHODS
from bot.console.methods.asked import Asked, SlackRefusalError
from bot.console.workspace import ApiCall, Workspace

_NO_TOKEN = {"api.test"}
_APP_TOKEN = {"apps.connections.open"}


def slack_api(workspace: Workspace) -> Blueprint:
    """Routes of the stand-in: /api, /upload, /hooks and, for the app, /files."""
    routes = Blueprint("slack_api", __name__)

    @routes.route("/api/<method>", methods=["GET", "POST"])
    def call(method: str) -> Response:
        return _call(workspace, method)

    @routes.post("/upload/v1/<key>")
    def upload(key: str) -> Response:
        return _upload(workspace, key)

    @routes.post("/hooks/<key>")
    def hook(key: str) -> Response:
        return _hook(workspace, key)

    return routes


def _call(workspace: Workspace, method: str) -> Response:
    at = workspace.clock.now()
    arguments = _arguments()
    token = _token(arguments)
    arguments.pop("token", None)
    wait = workspace.faults.take_rate_limit(method)
    if wait is not None:
        workspace.record(ApiCall(method, arguments, "ratelimited", at))
        answer = make_response(jsonify(ok=False, error="ratelimited"), 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    try:
        body = {"ok": True} | _answer(workspace, method, token, arguments)
        error = ""
    except SlackRefusalError as refusal:
        error = refusal.error
        body = _refusal(refusal)
    workspace.record(ApiCall(method, arguments, error, at))
    time.sleep(workspace.faults.slowness(method))
    if workspace.faults.take(f"lost {method}"):
        return make_response("upstream request timeout", 504)
    return jsonify(body)


def _answer(
    workspace: Workspace, method: str, token: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    function = METHODS.get(method)
    if function is None:
        raise SlackRefusalError("unknown_method")
    _authorise(workspace, method, token)
    forced = workspace.faults.take_error(method)
    if forced:
        raise SlackRefusalError(forced)
    return function(Asked(workspace, arguments))


def _authorise(workspace: Workspace, method: str, token: str) -> None:
    if method in _NO_TOKEN:
        return
    if not token:
        raise SlackRefusalError("not_authed")
    if token not in (workspace.bot_token, workspace.app_token):
        raise SlackRefusalError("invalid_auth")
    if (token == workspace.app_token) != (method in _APP_TOKEN):
        raise SlackRefusalError("not_allowed_token_type")


def _refusal(refusal: SlackRefusalError) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error": refusal.error}
    if refusal.messages:
        body["errors"] = refusal.messages
        body["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in refusal.messages]}
    return body


def _token(arguments: dict[str, Any]) -> str:
    header = request.headers.get("Authorization", "")
    bearer = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else ""
    return bearer or str(arguments.get("token") or "")


def _arguments() -> dict[str, Any]:
    """Query, form or JSON body, whichever the client chose."""
    arguments: dict[str, Any] = dict(request.args.items()) | dict(request.form.items())
    body = request.get_json(silent=True)
    return arguments | (body if isinstance(body, dict) else {})


def _upload(workspace: Workspace, key: str) -> Response:
    file = workspace.store.file_by_key(key)
    if file is None or file.is_complete:
        return make_response("no such upload", 404)
    if workspace.faults.take("upload"):
        return make_response("upload failed", 500)
    data = _uploaded()
    if len(data) != file.size:
        return make_response("length differs from the announced one", 400)
    workspace.store.change_file(file, data=data)
    return make_response(f"OK - {len(data)}", 200)


def _uploaded() -> bytes:
    """The bytes, sent as they are or as one part of a form; clients do either."""
    if request.mimetype == "multipart/form-data":
        return next((part.read() for part in request.files.values()), b"")
    return request.get_data(parse_form_data=False)


def _hook(workspace: Workspace, key: str) -> Response:
    hook = workspace.store.spend_hook(key)
    if isinstance(hook, str):
        return make_response(hook, 404)
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        return make_response("invalid_payload", 400)
    problem = replies.respond(workspace.store, hook, body)
    workspace.record(ApiCall("response_url", body, problem, workspace.clock.now()))
    return make_response(problem, 400) if problem else make_response("ok", 200)
