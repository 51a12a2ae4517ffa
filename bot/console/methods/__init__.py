"""The Web API's methods: each a function from a call to the members of Slack's answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.console.methods import agents, chat, conversations, files, people, streams, surfaces
from bot.console.methods.asked import Asked

Method = Callable[[Asked], dict[str, Any]]

METHODS: Mapping[str, Method] = {
    "agents.sessions.setStatus": agents.set_status,
    "api.test": people.api_test,
    "auth.test": people.auth_test,
    "apps.connections.open": people.open_connection,
    "assistant.threads.setStatus": surfaces.set_status,
    "assistant.threads.setSuggestedPrompts": surfaces.set_suggested_prompts,
    "assistant.threads.setTitle": surfaces.set_title,
    "bots.info": people.bot_info,
    "chat.appendStream": streams.append,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post,
    "chat.startStream": streams.start,
    "chat.stopStream": streams.stop,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.list": conversations.listing,
    "conversations.members": conversations.members,
    "conversations.open": conversations.open_direct,
    "conversations.replies": conversations.replies,
    "files.completeUploadExternal": files.complete,
    "files.getUploadURLExternal": files.upload_url,
    "files.info": files.info,
    "reactions.add": surfaces.add_reaction,
    "reactions.remove": surfaces.remove_reaction,
    "team.info": people.team_info,
    "usergroups.list": people.groups,
    "usergroups.users.list": people.group_users,
    "users.info": people.user_info,
    "users.list": people.users,
    "users.lookupByEmail": people.user_by_email,
    "views.open": surfaces.open_view,
    "views.publish": surfaces.publish,
    "views.push": surfaces.push_view,
    "views.update": surfaces.update_view,
}
