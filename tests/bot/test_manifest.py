"""The manifest asks Slack for what the app listens to and calls, and for no more."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.config import COMMANDS

MANIFEST = Path(__file__).parents[2] / "deploy" / "slack-manifest.yaml"


@pytest.fixture(scope="module")
def manifest():
    return yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))


def test_its_commands_are_the_default_ones(manifest):
    names = [command["command"] for command in manifest["features"]["slash_commands"]]
    assert sorted(names) == sorted(COMMANDS.values())


def test_it_subscribes_to_what_is_listened_to(manifest):
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert events == ["agent_session_stopped", "app_home_opened", "app_mention", "message.im"]
    assert manifest["settings"]["interactivity"]["is_enabled"]


def test_it_asks_for_the_scopes_of_what_is_called_and_no_others(manifest):
    needed = {
        "app_mentions:read": "app_mention",
        "assistant:write": "agents.sessions.setStatus, assistant.threads.setStatus",
        "channels:history": "conversations.history",
        "channels:read": "conversations.members",
        "chat:write": "chat.postMessage, chat.startStream",
        "commands": "slash commands",
        "files:read": "files.info",
        "files:write": "files.getUploadURLExternal",
        "groups:history": "conversations.history",
        "groups:read": "conversations.members",
        "im:history": "message.im, conversations.history",
        "im:write": "conversations.open",
        "usergroups:read": "usergroups.users.list",
        "users:read": "users.info",
        "users:read.email": "users.lookupByEmail",
    }
    scopes = manifest["oauth_config"]["scopes"]
    assert sorted(scopes["bot"]) == sorted(needed)
    assert scopes["bot_optional"] == ["channels:history", "groups:history"]


def test_it_keeps_slacks_limits(manifest):
    about = manifest["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000
    for command in manifest["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
    prompts = manifest["features"]["agent_view"]["suggested_prompts"]
    assert 1 <= len(prompts) <= 4
