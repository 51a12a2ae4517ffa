"""From what Slack delivers to plain words."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from bot.delivery import Place
from bot.scope import Home

_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|([^>]*))?>")
_NAMED = re.compile(r"<[@#!][^|>]*\|([^>]*)>")
_MENTION = re.compile(r"<[@#!][^>]*>")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})
# What shows nothing itself: spaces without width, marks that turn the writing round, controls.
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f\\u200b\\u200e\\u200f\\u2060\\u202a-\\u202e\\u2066-\\u2069\\ufeff]"
)
# `code` and *bold*; ~struck out~ is no question any more.
_MARKED = re.compile(r"(?<![\w:=*`])(\*|`{1,3})(?=\S)([^*`]+)(?<=\S)\1(?![\w*`])")


def words(text: str) -> str:
    """The text as it was typed: mentions gone, links as their labels, quotes straight."""
    text = _MARKED.sub(r"\2", _UNSEEN.sub("", text))
    text = _LINK.sub(lambda found: found[2] or found[1], text)
    text = _NAMED.sub(r"\1", text)
    text = _MENTION.sub(" ", text)
    return " ".join(html.unescape(text).translate(_QUOTES).split())


def home_of(context: Mapping[str, Any]) -> Home:
    """The organisation the bot's token belongs to; never what the request itself claims."""
    found = context["authorize_result"]
    return Home(team=str(found.team_id or ""), enterprise=found.enterprise_id)


def place_of(command: Mapping[str, Any]) -> Place:
    """Where a slash command is answered: to who typed it, and nobody else."""
    return Place(
        channel=command["channel_id"],
        user=command["user_id"],
        response_url=command["response_url"],
        is_private=True,
    )


def is_from_person(event: Mapping[str, Any]) -> bool:
    """Whether a person wrote a new message: no bot, no edit, no join, no deletion."""
    subtype = event.get("subtype")
    is_new = subtype in (None, "file_share", "thread_broadcast")
    return is_new and not event.get("bot_id") and not event.get("hidden") and "user" in event
