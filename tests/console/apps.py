"""A small Bolt app on a real port, for the console's own tests and others that want one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.console.serve import serve_wsgi
from bot.console.workspace import Workspace

MODAL = {
    "type": "modal",
    "callback_id": "save",
    "title": {"type": "plain_text", "text": "Save as"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


def client_of(workspace: Workspace, token: str | None = None) -> WebClient:
    return WebClient(token=token or workspace.bot_token, base_url=workspace.api_url)


def button(text: str, action_id: str, **more: object) -> dict[str, object]:
    label = {"type": "plain_text", "text": text}
    return {"type": "button", "text": label, "action_id": action_id, **more}


def echo_app(workspace: Workspace) -> App:
    """`/cost TEXT` echoes to the asker with buttons; mentions are answered in their thread."""
    app = App(client=client_of(workspace), signing_secret=workspace.signing_secret)

    @app.command("/cost")
    def cost(ack, command, respond):
        ack()
        buttons = [button("Share", "share", style="primary"), button("Save as…", "save")]
        respond(
            text=f"You said {command['text']}",
            blocks=[
                {
                    "type": "section",
                    "text": {"type": "mrkdwn", "text": f"You said *{command['text']}*"},
                },
                {"type": "actions", "elements": buttons},
            ],
        )

    @app.action("share")
    def share(ack, respond, body):
        ack()
        respond(delete_original=True)
        respond(text=f"<@{body['user']['id']}> shared it", response_type="in_channel")

    @app.action("save")
    def save(ack, client, body):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("save")
    def saved(ack, view, client, body):
        name = view["state"]["values"]["name"]["value"]["value"]
        if not name.isalpha():
            ack(response_action="errors", errors={"name": "Letters only"})
            return
        ack()
        client.chat_postMessage(channel=body["user"]["id"], text=f"Saved as {name}")

    @app.event("app_mention")
    def mention(event, say):
        say(text=f"Heard: {event['text']}", thread_ts=event.get("thread_ts") or event["ts"])

    @app.event("message")
    def message(event, say):
        if event.get("channel_type") == "im":
            say(f"You wrote: {event['text']}")

    @app.event("app_home_opened")
    def home(event, client):
        block = {"type": "section", "text": {"type": "mrkdwn", "text": "*Welcome home*"}}
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [block]})

    return app


@contextmanager
def serve_bolt(app: App) -> Iterator[str]:
    """The app's `/slack/events` address."""
    handler = SlackRequestHandler(app)
    flask = Flask("bolt")

    @flask.post("/slack/events")
    def events():
        return handler.handle(request)

    with serve_wsgi(flask, threads=8) as address:
        yield f"{address}slack/events"


def error_of(call, *args, **kwargs):
    """Slack's word for why a call was refused."""
    with pytest.raises(SlackApiError) as caught:
        call(*args, **kwargs)
    return caught.value.response["error"]
