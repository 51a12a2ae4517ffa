"""files.*: uploads in three steps, as Slack wants them since 2025."""

from __future__ import annotations

from typing import Any

from bot.console.cast import BOT_USER
from bot.console.methods.asked import Asked, SlackRefusalError
from bot.console.records import File, Message


def upload_url(asked: Asked) -> dict[str, Any]:
    """files.getUploadURLExternal."""
    name, length = asked.need("filename", "length")
    if not length.isdigit() or not int(length):
        raise SlackRefusalError("invalid_arguments", ["must be a positive integer: length"])
    file = asked.workspace.store.new_file(name, int(length), asked.get("alt_txt"))
    address = f"{asked.workspace.base_url}upload/v1/{file.upload_key}"
    return {"upload_url": address, "file_id": file.id}


def complete(asked: Asked) -> dict[str, Any]:
    """files.completeUploadExternal; without a channel the file is only known to the app."""
    wanted = asked.structure("files")
    if not isinstance(wanted, list) or not wanted:
        raise SlackRefusalError("invalid_arguments", ["missing required field: files"])
    files = [_uploaded(asked, str(item.get("id"))) for item in wanted]
    named = [name for name in (asked.get("channel_id"), *asked.get("channels").split(",")) if name]
    channels = tuple(_target(asked, name) for name in named)
    store = asked.workspace.store
    done = [
        store.change_file(
            file, is_complete=True, title=str(item.get("title") or file.name), channels=channels
        )
        for file, item in zip(files, wanted, strict=True)
    ]
    for channel in channels:
        store.add(
            Message(
                channel,
                "",
                BOT_USER,
                asked.get("initial_comment"),
                thread_ts=asked.get("thread_ts") or None,
                files=tuple(file.id for file in done),
            )
        )
    return {"files": [file.as_slack(store.base_url) for file in done]}


def info(asked: Asked) -> dict[str, Any]:
    """files.info."""
    (file_id,) = asked.need("file")
    file = asked.workspace.store.file(file_id)
    if file is None or not file.is_complete:
        raise SlackRefusalError("file_not_found")
    return {"file": file.as_slack(asked.workspace.base_url)}


def _uploaded(asked: Asked, file_id: str) -> File:
    file = asked.workspace.store.file(file_id)
    if file is None or file.data is None:
        raise SlackRefusalError("file_not_found")
    return file


def _target(asked: Asked, name: str) -> str:
    store = asked.workspace.store
    found = store.find_channel(name)
    # Unlike chat.postMessage, this method takes ids only.
    if found is None or name.startswith("#") or BOT_USER not in store.members(found):
        raise SlackRefusalError("channel_not_found")
    return found
