"""Who is who: auth, users, user groups, the bot, the team."""

from __future__ import annotations

from typing import Any

from bot.console.cast import APP_ID, BOT_ID, BOT_USER, Cast, Person
from bot.console.methods.asked import Asked, SlackRefusalError


def api_test(asked: Asked) -> dict[str, Any]:
    """api.test: echoes its arguments, or the error asked for."""
    if asked.get("error"):
        raise SlackRefusalError(asked.get("error"))
    return {"args": dict(asked.arguments)}


def auth_test(asked: Asked) -> dict[str, Any]:
    """auth.test."""
    cast = asked.workspace.cast
    return {
        "url": asked.workspace.base_url,
        "team": cast.team_name,
        "user": cast.bot_name.lower(),
        "team_id": cast.team_id,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(asked: Asked) -> dict[str, Any]:
    """apps.connections.open: the address for Socket Mode, where something serves it."""
    if not asked.workspace.socket_url:
        raise SlackRefusalError("internal_error", ["no Socket Mode server runs here"])
    return {"url": asked.workspace.socket_url}


def bot_info(asked: Asked) -> dict[str, Any]:
    """bots.info."""
    if asked.get("bot") not in ("", BOT_ID):
        raise SlackRefusalError("bot_not_found")
    return {
        "bot": {
            "id": BOT_ID,
            "deleted": False,
            "name": asked.workspace.cast.bot_name,
            "app_id": APP_ID,
            "user_id": BOT_USER,
        }
    }


def team_info(asked: Asked) -> dict[str, Any]:
    """team.info."""
    cast = asked.workspace.cast
    team = {"id": cast.team_id, "name": cast.team_name, "domain": cast.domain}
    return {"team": team | {"url": asked.workspace.base_url}}


def user_info(asked: Asked) -> dict[str, Any]:
    """users.info."""
    (wanted,) = asked.need("user")
    for shape in _everyone(asked):
        if shape["id"] == wanted:
            return {"user": shape}
    raise SlackRefusalError("user_not_found")


def user_by_email(asked: Asked) -> dict[str, Any]:
    """users.lookupByEmail: only people of this workspace who were not deactivated."""
    (wanted,) = asked.need("email")
    for shape in _everyone(asked):
        is_here = not shape.get("is_stranger") and not shape["deleted"]
        if is_here and wanted.casefold() == shape["profile"].get("email", "").casefold():
            return {"user": shape}
    raise SlackRefusalError("users_not_found")


def users(asked: Asked) -> dict[str, Any]:
    """users.list."""
    return {"members": _everyone(asked), "response_metadata": {"next_cursor": ""}}


def groups(asked: Asked) -> dict[str, Any]:
    """usergroups.list."""
    workspace = asked.workspace
    return {
        "usergroups": [
            {
                "id": group.id,
                "team_id": workspace.cast.team_id,
                "is_usergroup": True,
                "name": group.name,
                "handle": group.handle,
                "user_count": len(group.users),
                "users": [workspace.store.person(handle).id for handle in group.users],
            }
            for group in workspace.cast.groups
        ]
    }


def group_users(asked: Asked) -> dict[str, Any]:
    """usergroups.users.list."""
    (wanted,) = asked.need("usergroup")
    for group in groups(asked)["usergroups"]:
        if group["id"] == wanted:
            gone = {shape["id"] for shape in _everyone(asked) if shape["deleted"]}
            return {"users": [user for user in group["users"] if user not in gone]}
    raise SlackRefusalError("no_such_subteam")


def _everyone(asked: Asked) -> list[dict[str, Any]]:
    cast = asked.workspace.cast
    bot = Person(BOT_USER, cast.bot_name.lower(), cast.bot_name)
    return [_shape(p, cast) for p in cast.people] + [_shape(bot, cast) | {"is_bot": True}]


def _shape(person: Person, cast: Cast) -> dict[str, Any]:
    team_id = cast.team_id
    is_guest = person.standing == "guest"
    shape: dict[str, Any] = {
        "id": person.id,
        "team_id": person.team_id or team_id,
        "name": person.handle,
        "deleted": person.standing == "left",
        "color": person.colour.removeprefix("#"),
        "real_name": person.name,
        "tz": person.zone,
        "profile": {
            "real_name": person.name,
            "display_name": person.name,
            "title": person.title,
            "email": cast.email(person),
            "team": person.team_id or team_id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_bot": False,
        "is_app_user": False,
    }
    if person.standing == "outside":
        # Slack leaves the guest claims out for people of other organisations.
        return shape | {"is_stranger": True}
    return shape | {"is_restricted": is_guest, "is_ultra_restricted": is_guest}
