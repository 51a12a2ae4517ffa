"""The shapes in which Slack tells an app what a person did. Pure: ids come in, dicts go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.console.cast import APP_ID, BOT_USER, Person
from bot.console.records import Hook, Message, Trigger, View


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened."""

    team_id: str
    domain: str
    channel: str
    channel_name: str
    channel_type: str  # channel, group or im


def event_callback(
    event: Mapping[str, Any], *, team_id: str, event_id: str, at: int, is_shared: bool = False
) -> dict[str, Any]:
    """The envelope every event comes in."""
    return {
        "token": "verification-token-is-deprecated",
        "team_id": team_id,
        "context_team_id": team_id,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": dict(event),
        "type": "event_callback",
        "event_id": event_id,
        "event_time": at,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team_id,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": is_shared,
        "event_context": f"4-{event_id}",
    }


def message_event(message: Message, place: Place, person: Person) -> dict[str, Any]:
    """A `message` event for something a person wrote."""
    team = person.team_id or place.team_id
    event: dict[str, Any] = {
        "type": "message",
        "client_msg_id": f"local-{message.ts}",
        "user": message.user,
        "text": message.text,
        "team": team,
        "ts": message.ts,
        "channel": place.channel,
        "event_ts": message.ts,
        "channel_type": place.channel_type,
    }
    if team != place.team_id:
        event |= {"user_team": team, "source_team": team}
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    return event


def mention_event(message: Message, place: Place, person: Person) -> dict[str, Any]:
    """The `app_mention` that comes beside the `message` for the same post."""
    event = message_event(message, place, person) | {"type": "app_mention"}
    del event["channel_type"]
    return event


def home_opened_event(
    person: Person, *, channel: str, tab: str, at: str, view: Mapping[str, Any] | None
) -> dict[str, Any]:
    """`app_home_opened`, for the Home tab or the messages tab."""
    event: dict[str, Any] = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel,
        "tab": tab,
        "event_ts": at,
    }
    return event | ({"view": dict(view)} if view else {})


def joined_event(place: Place, *, user: str, inviter: str, at: str) -> dict[str, Any]:
    """`member_joined_channel`, when somebody adds Purser."""
    return {
        "type": "member_joined_channel",
        "user": user,
        "channel": place.channel,
        "channel_type": "C",
        "team": place.team_id,
        "inviter": inviter,
        "event_ts": at,
    }


def command_form(
    command: str, text: str, place: Place, person: Person, *, trigger: Trigger, response_url: str
) -> dict[str, str]:
    """The form a slash command posts."""
    names = {"im": "directmessage", "group": "privategroup"}
    return {
        "token": "verification-token-is-deprecated",
        "team_id": person.team_id or place.team_id,
        "team_domain": place.domain,
        "channel_id": place.channel,
        "channel_name": names.get(place.channel_type, place.channel_name),
        "user_id": person.id,
        "user_name": person.handle,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger.id,
    }


def _interaction(
    kind: str, person: Person, *, team_id: str, domain: str, trigger: Trigger
) -> dict[str, Any]:
    team = person.team_id or team_id
    return {
        "type": kind,
        "team": {"id": team_id, "domain": domain},
        "user": {
            "id": person.id,
            "username": person.handle,
            "name": person.handle,
            "team_id": team,
        },
        "api_app_id": APP_ID,
        "token": "verification-token-is-deprecated",
        "trigger_id": trigger.id,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_action(
    action: Mapping[str, Any],
    message: Message,
    place: Place,
    person: Person,
    *,
    trigger: Trigger,
    hook: Hook,
    response_url: str,
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """`block_actions` from a message. An ephemeral one is not shown to the app again."""
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    if hook.thread_ts:
        container["thread_ts"] = hook.thread_ts
    payload = _interaction(
        "block_actions", person, team_id=place.team_id, domain=place.domain, trigger=trigger
    ) | {
        "container": container,
        "channel": {"id": place.channel, "name": place.channel_name},
        "state": {"values": dict(values)},
        "response_url": response_url,
        "actions": [dict(action)],
    }
    if message.only_for is None:
        payload["message"] = message.as_slack(place.team_id)
    return payload


def view_action(
    action: Mapping[str, Any],
    view: View,
    person: Person,
    *,
    team_id: str,
    domain: str,
    trigger: Trigger,
) -> dict[str, Any]:
    """`block_actions` from a modal or the Home."""
    return _interaction(
        "block_actions", person, team_id=team_id, domain=domain, trigger=trigger
    ) | {
        "container": {"type": "view", "view_id": view.id},
        "view": view.as_slack(team_id),
        "actions": [dict(action)],
    }


def view_submission(
    view: View, person: Person, *, team_id: str, domain: str, trigger: Trigger
) -> dict[str, Any]:
    """`view_submission`, when somebody presses the submit button of a modal."""
    return _interaction(
        "view_submission", person, team_id=team_id, domain=domain, trigger=trigger
    ) | {"view": view.as_slack(team_id), "response_urls": []}


def view_closed(
    view: View, person: Person, *, team_id: str, domain: str, trigger: Trigger, is_cleared: bool
) -> dict[str, Any]:
    """`view_closed`, where the view asked to be told."""
    payload = _interaction("view_closed", person, team_id=team_id, domain=domain, trigger=trigger)
    del payload["trigger_id"]
    return payload | {"view": view.as_slack(team_id), "is_cleared": is_cleared}
