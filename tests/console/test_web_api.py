"""The stand-in's Web API, spoken to by the real slack_sdk client over a real socket."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.console.methods import METHODS
from bot.console.workspace import Workspace
from tests.console.apps import button, client_of, error_of

ROOM = "C0MLRESRCH"
ADA = "U0ADAPARK0"


def section(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def uploaded(client, name="cost.png", data=b"\x89PNG"):
    """A file known to the app and shared nowhere, as a chart is uploaded."""
    asked = client.files_getUploadURLExternal(filename=name, length=len(data), alt_txt="A chart")
    request = urllib.request.Request(asked["upload_url"], data=data, method="POST")
    assert urllib.request.urlopen(request).status == 200
    client.files_completeUploadExternal(files=[{"id": asked["file_id"], "title": "Chart"}])
    return asked["file_id"]


class Later:
    """A clock that can be put forward."""

    def __init__(self):
        self.at = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def now(self):
        return self.at


# Tokens and methods


def test_a_wrong_token_is_refused(workspace):
    assert error_of(client_of(workspace, "xoxb-wrong").auth_test) == "invalid_auth"


def test_no_token_is_refused(workspace):
    assert error_of(WebClient(base_url=workspace.api_url).auth_test) == "not_authed"


def test_an_app_token_opens_connections_and_nothing_else(workspace):
    client = client_of(workspace, workspace.app_token)
    assert error_of(client.auth_test) == "not_allowed_token_type"


def test_an_unknown_method_is_refused(client):
    assert error_of(client.api_call, "chat.shout") == "unknown_method"


def test_every_method_answers_an_empty_call_in_slacks_form(client):
    for method in METHODS:
        answer = client.api_call
        try:
            assert answer(method).data["ok"] is True
        except SlackApiError as refused:
            assert refused.response.status_code == 200
            assert refused.response["error"]


def test_the_bot_knows_who_it_is(client, workspace):
    me = client.auth_test()
    assert (me["team_id"], me["user_id"]) == (workspace.cast.team_id, "U0PURSER00")
    assert client.bots_info(bot=me["bot_id"])["bot"]["name"] == "Purser"


# Messages


def test_a_message_is_posted_changed_and_deleted(client, workspace):
    blocks = [section("*hi*")]
    posted = client.chat_postMessage(channel="#ml-research", text="hi", blocks=blocks)
    (message,) = workspace.messages("#ml-research")
    assert message.blocks == tuple(blocks)
    client.chat_update(channel=posted["channel"], ts=posted["ts"], text="ho")
    (changed,) = workspace.messages("#ml-research")
    assert (changed.text, changed.blocks) == ("ho", ())
    client.chat_delete(channel=posted["channel"], ts=posted["ts"])
    assert workspace.messages("#ml-research") == []


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE0", "channel_not_found"),
        ("#random", "not_in_channel"),
        (None, "invalid_arguments"),
    ],
)
def test_a_channel_the_bot_may_not_use_is_refused(client, channel, error):
    assert error_of(
        client.api_call, "chat.postMessage", json={"channel": channel, "text": "x"}
    ) == (error)


def test_only_posting_takes_a_channels_name(client):
    posted = client.chat_postMessage(channel="#ml-research", text="x")
    for name in ("#ml-research", ADA):
        assert error_of(client.chat_update, channel=name, ts=posted["ts"], text="y") == (
            "channel_not_found"
        )
    assert error_of(client.conversations_info, channel="#ml-research") == "channel_not_found"


def test_a_private_channel_without_the_bot_does_not_exist_for_it(client, workspace):
    workspace.remove_bot("#finops")
    assert error_of(client.conversations_info, channel="C0FINOPS00") == "channel_not_found"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "blocks": [section("y" * 2900)] * 5}, "msg_blocks_too_long"),
    ],
)
def test_content_slack_would_refuse_is_refused(client, content, error):
    body = {"channel": ROOM, **content}
    assert error_of(client.api_call, "chat.postMessage", json=body) == error


def test_an_overlong_block_is_refused_in_slacks_words(client):
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ROOM, text="x", blocks=[section("y" * 3001)])
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


def test_nobody_elses_message_can_be_changed(client, workspace):
    said = workspace.post_as("ada", "#ml-research", "mine")
    assert error_of(client.chat_update, channel=ROOM, ts=said.ts, text="x") == "cant_update_message"
    assert error_of(client.chat_delete, channel=ROOM, ts="1.0") == "message_not_found"


def test_an_ephemeral_message_is_seen_by_one_member_only(client, workspace):
    client.chat_postEphemeral(channel=ROOM, user=ADA, text="psst")
    assert [m.text for m in workspace.ephemerals("#ml-research", "ada")] == ["psst"]
    assert workspace.messages("#ml-research", viewer="ben") == []
    stranger = workspace.store.person("elena").id
    assert error_of(client.chat_postEphemeral, channel=ROOM, user=stranger, text="x") == (
        "user_not_in_channel"
    )


def test_a_stream_grows_and_ends(client, workspace):
    said = workspace.post_as("ada", "#ml-research", "tell me")
    common = {"channel": ROOM, "thread_ts": said.ts}
    assert error_of(client.chat_startStream, **common) == "missing_recipient_team_id"
    stream = client.chat_stream(
        **common, recipient_team_id=workspace.cast.team_id, recipient_user_id=ADA, buffer_size=1
    )
    stream.append(markdown_text="**hello")
    assert [m.is_streaming for m in workspace.replies(said)] == [True]
    stream.stop(markdown_text=" world**", blocks=[section("below")])
    (done,) = workspace.replies(said)
    assert (done.text, done.is_streaming) == ("**hello world**", False)
    assert error_of(client.chat_appendStream, channel=ROOM, ts=done.ts, markdown_text="x") == (
        "message_not_in_streaming_state"
    )


def test_history_and_replies_tell_what_was_said_and_its_metadata(client, workspace):
    said = workspace.post_as("ada", "#ml-research", "one")
    metadata = {"event_type": "purser", "event_payload": {"key": "k1"}}
    client.chat_postMessage(channel=ROOM, text="two", thread_ts=said.ts, metadata=metadata)
    client.chat_postMessage(channel=ROOM, text="three")
    newest_first = client.conversations_history(channel=ROOM)["messages"]
    assert [m["text"] for m in newest_first] == ["three", "one"]
    thread = client.conversations_replies(channel=ROOM, ts=said.ts, include_all_metadata=True)
    assert [m["text"] for m in thread["messages"]] == ["one", "two"]
    assert thread["messages"][1]["metadata"] == metadata


def test_a_long_history_comes_in_pages(client):
    for number in range(5):
        client.chat_postMessage(channel=ROOM, text=str(number))
    pages = client.conversations_history(channel=ROOM, limit=2)
    assert [m["text"] for page in pages for m in page["messages"]] == ["4", "3", "2", "1", "0"]


def test_a_permalink_leads_to_this_console(client, workspace):
    posted = client.chat_postMessage(channel=ROOM, text="x")
    link = client.chat_getPermalink(channel=ROOM, message_ts=posted["ts"])["permalink"]
    assert link == f"{workspace.base_url}#/{ROOM}/{posted['ts']}"


# People


def test_guests_and_strangers_are_told_apart_as_slack_tells_them(client, workspace):
    def user(name):
        return client.users_info(user=workspace.store.person(name).id)["user"]

    assert user("dmitri")["is_restricted"] is True
    assert user("ada")["is_restricted"] is False
    elena = user("elena")
    assert elena["is_stranger"] is True
    assert elena["team_id"] != workspace.cast.team_id
    assert error_of(client.users_info, user="U0NOBODY00") == "user_not_found"


def test_a_direct_message_is_opened_by_user_id(client, workspace):
    opened = client.conversations_open(users=[ADA])["channel"]["id"]
    assert client.chat_postMessage(channel=ADA, text="hi")["channel"] == opened
    assert [m.text for m in workspace.messages("ada")] == ["hi"]


# Files


def test_a_chart_is_uploaded_alone_and_shown_by_its_id(client, workspace):
    file_id = uploaded(client)
    image = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "A chart"}
    client.chat_postMessage(channel=ROOM, text="chart", blocks=[image])
    assert client.files_info(file=file_id)["file"]["mimetype"] == "image/png"
    assert workspace.files()[0].alt_text == "A chart"


def test_a_file_nobody_uploaded_cannot_be_shown(client):
    image = {"type": "image", "slack_file": {"id": "F0UNKNOWN0"}, "alt_text": "A chart"}
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ROOM, text="x", blocks=[image])
    assert "invalid slack file" in caught.value.response["response_metadata"]["messages"][0]
    assert error_of(client.files_info, file="F0UNKNOWN0") == "file_not_found"


def test_a_file_may_take_a_moment_until_it_can_be_shown(client, workspace):
    image = {"type": "image", "slack_file": {"id": uploaded(client)}, "alt_text": "A chart"}
    workspace.faults.slow_files()
    post = {"channel": ROOM, "text": "x", "blocks": [image]}
    assert error_of(client.chat_postMessage, **post) == "invalid_blocks"
    assert client.chat_postMessage(**post)["ok"]


def test_a_csv_is_shared_in_a_thread_with_its_comment(client, workspace):
    said = workspace.post_as("ada", "#ml-research", "csv?")
    client.files_upload_v2(
        channel=ROOM, thread_ts=said.ts, filename="c.csv", content="a,b\n", initial_comment="here"
    )
    (reply,) = workspace.replies(said)
    file = workspace.store.file(reply.files[0])
    assert (reply.text, file.name, file.data) == ("here", "c.csv", b"a,b\n")
    assert file.mimetype == "text/csv"


def test_a_failing_upload_fails_before_anything_is_posted(client, workspace):
    workspace.faults.fail_uploads()
    # This is what slack_sdk raises here, not one of its own errors.
    with pytest.raises(urllib.error.HTTPError):
        client.files_upload_v2(channel=ROOM, filename="c.csv", content="a")
    assert workspace.messages("#ml-research") == []


# Views


def test_a_trigger_opens_one_view_within_three_seconds():
    clock = Later()
    with Workspace.serve(clock=clock) as workspace:
        client = client_of(workspace)
        view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
        first, second = (workspace.store.new_trigger(ADA).id for _ in range(2))
        assert client.views_open(trigger_id=first, view=view)["view"]["id"]
        assert error_of(client.views_open, trigger_id=first, view=view) == "exchanged_trigger_id"
        clock.at += timedelta(seconds=4)
        assert error_of(client.views_open, trigger_id=second, view=view) == "expired_trigger_id"
        assert error_of(client.views_open, trigger_id="1.2.3", view=view) == "invalid_trigger_id"


def test_views_stack_three_deep_and_an_old_hash_is_refused(client, workspace):
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}

    def trigger():
        return workspace.store.new_trigger(ADA).id

    opened = client.views_open(trigger_id=trigger(), view=view)["view"]
    client.views_push(trigger_id=trigger(), view=view)
    client.views_push(trigger_id=trigger(), view=view)
    assert error_of(client.views_push, trigger_id=trigger(), view=view) == "push_limit_reached"
    client.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    assert error_of(client.views_update, view_id=opened["id"], hash=opened["hash"], view=view) == (
        "hash_conflict"
    )


def test_a_view_over_slacks_limits_is_refused_in_its_words(client, workspace):
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "T" * 25},
        "blocks": [],
        "private_metadata": "x" * 3001,
    }
    with pytest.raises(SlackApiError) as caught:
        client.views_open(trigger_id=workspace.store.new_trigger(ADA).id, view=view)
    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
        "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ]


# Status, reactions


def test_a_status_stands_until_the_answer_comes(client, workspace):
    said = workspace.post_as("ada", "#ml-research", "hm")
    client.assistant_threads_setStatus(channel_id=ROOM, thread_ts=said.ts, status="is looking …")
    assert workspace.status("#ml-research", said.ts) == "is looking …"
    client.chat_postMessage(channel=ROOM, thread_ts=said.ts, text="there")
    assert workspace.status("#ml-research", said.ts) == ""


def test_reactions_come_and_go(client, workspace):
    said = workspace.post_as("ada", "#ml-research", "hm")
    named = {"channel": ROOM, "timestamp": said.ts, "name": "eyes"}
    client.reactions_add(**named)
    assert error_of(client.reactions_add, **named) == "already_reacted"
    client.reactions_remove(**named)
    assert error_of(client.reactions_remove, **named) == "no_reaction"


# response_url


def test_a_response_url_works_five_times():
    with Workspace.serve() as workspace:
        hook = workspace.store.new_hook(ROOM, ADA)
        webhook = WebhookClient(workspace.hook_url(hook.key))
        answers = [webhook.send(text=str(n)).body for n in range(6)]
        assert answers == ["ok"] * 5 + ["used_url"]
        assert len(workspace.ephemerals("#ml-research", "ada")) == 5


def test_a_response_url_works_for_thirty_minutes():
    clock = Later()
    with Workspace.serve(clock=clock) as workspace:
        hook = workspace.store.new_hook(ROOM, ADA)
        webhook = WebhookClient(workspace.hook_url(hook.key))
        clock.at += timedelta(minutes=29)
        assert webhook.send(text="x").status_code == 200
        clock.at += timedelta(minutes=2)
        assert webhook.send(text="x").body == "expired_url"


def test_a_response_url_replaces_the_message_whose_button_was_pressed(client, workspace):
    client.chat_postMessage(
        channel=ROOM, text="old", blocks=[{"type": "actions", "elements": [button("Go", "go")]}]
    )
    (message,) = workspace.messages("#ml-research")
    workspace.press("ada", message, "go").wait()
    payload = workspace.deliveries[-1].payload
    webhook = WebhookClient(payload["response_url"])
    assert webhook.send(text="new", replace_original=True).body == "ok"
    assert [m.text for m in workspace.messages("#ml-research")] == ["new"]
    assert webhook.send(text="x", blocks=[section("y" * 3001)]).body == "invalid_blocks"


def test_arguments_may_come_as_form_or_json(workspace):
    body = f"channel={ROOM}&text=hi&blocks={json.dumps([section('x')])}".encode()
    request = urllib.request.Request(
        f"{workspace.api_url}chat.postMessage",
        data=body,
        headers={"Authorization": f"Bearer {workspace.bot_token}"},
    )
    assert json.load(urllib.request.urlopen(request))["ok"]
    assert workspace.messages("#ml-research")[0].blocks == (section("x"),)
