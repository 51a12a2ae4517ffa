"""The workspace's memory: what was said, shown and uploaded, with one version that only grows.

Records are frozen; a change replaces one under the lock, stamps it with the next version and
wakes whoever waits (long polls of the page, `wait_for` of tests).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.console.cast import BOT_USER, SLACKBOT, Cast, Channel, Person
from bot.console.records import File, Hook, Json, Message, Trigger, View
from tools.core.clock import Clock

T = TypeVar("T")

TRIGGER_LIFE = timedelta(seconds=3)
HOOK_LIFE = timedelta(minutes=30)
HOOK_USES = 5
MODAL_DEPTH = 3


class Store:
    """Thread-safe state of one workspace.

    Args:
        cast: people and channels to begin with.
        clock: for time stamps and lifetimes.
    """

    def __init__(self, cast: Cast, *, clock: Clock) -> None:
        self.cast = cast
        self.clock = clock
        self.changed = threading.Condition(threading.RLock())
        self.version = 1  # whoever has seen nothing has seen 0
        self.base_url = ""
        self.is_closed = False
        # Under a clock that stands still, two workspaces would stamp their messages alike, and
        # an app that remembers what it heard would take the second's for the first's.
        self._last = int(clock.now().timestamp() * 1_000_000) + secrets.randbelow(900_000)
        self._people = {p.id: p for p in cast.people}
        self._channels = {c.id: c for c in cast.channels}
        self._members = {c.id: [self.person(h).id for h in c.members] for c in cast.channels}
        for channel in cast.channels:
            if channel.has_bot:
                self._members[channel.id].append(BOT_USER)
        self._direct = {p.id: f"D{p.id[1:]}" for p in cast.people}
        self._messages: dict[tuple[str, str], Message] = {}
        self._files: dict[str, File] = {}
        self._modals: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}
        self._statuses: dict[tuple[str, str | None], tuple[str, int]] = {}
        self._prompts: dict[str, list[dict[str, Any]]] = {}
        self._triggers: dict[str, Trigger] = {}
        self._spent: set[str] = set()
        self._hooks: dict[str, Hook] = {}

    # People and conversations

    def person(self, name: str) -> Person:
        """By id, handle, `@handle` or first name; KeyError where there is none."""
        wanted = name.removeprefix("@").lower()
        for person in self.cast.people:
            if wanted in (person.id.lower(), person.handle, person.name.lower().split(" ")[0]):
                return person
        raise KeyError(name)

    def find_channel(self, name: str) -> str | None:
        """Conversation id by id, `#name`, name, or the person a DM is with."""
        if name in self._channels or name in self._direct.values():
            return name
        for channel in self._channels.values():
            if name.removeprefix("#") == channel.name:
                return channel.id
        return self._direct.get(name)

    def channel(self, channel_id: str) -> Channel:
        """A channel's record; a DM's is made up from the person it is with."""
        if channel_id in self._channels:
            return self._channels[channel_id]
        person = self.direct_person(channel_id)
        return Channel(channel_id, person.handle, "private", (person.handle,))

    def channels(self) -> tuple[Channel, ...]:
        """Every channel, DMs left out."""
        return tuple(self._channels.values())

    def is_direct(self, channel_id: str) -> bool:
        """True for a DM with Purser."""
        return channel_id in self._direct.values()

    def direct(self, user: str) -> str:
        """The DM between this person and Purser."""
        return self._direct[user]

    def direct_person(self, channel_id: str) -> Person:
        """Who a DM is with."""
        return next(self._people[u] for u, d in self._direct.items() if d == channel_id)

    def members(self, channel_id: str) -> tuple[str, ...]:
        """User ids, Purser's own among them where it was invited."""
        with self.changed:
            if self.is_direct(channel_id):
                return (self.direct_person(channel_id).id, BOT_USER)
            return tuple(self._members[channel_id])

    def set_member(self, channel_id: str, user: str, *, is_in: bool) -> bool:
        """Add or remove; False where nothing changed."""
        with self.changed:
            members = self._members[channel_id]
            if (user in members) == is_in:
                return False
            if is_in:
                members.append(user)
            else:
                members.remove(user)
            self._wake()
            return True

    def archive(self, channel_id: str, *, is_archived: bool = True) -> None:
        """Close a channel for everybody, or open it again."""
        with self.changed:
            channel = self._channels[channel_id]
            self._channels[channel_id] = replace(channel, is_archived=is_archived)
            self._wake()

    # Messages

    def next_ts(self) -> str:
        """A time stamp never given before; later ones sort after earlier ones."""
        with self.changed:
            now = int(self.clock.now().timestamp() * 1_000_000)
            self._last = max(now, self._last + 1)
            return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def add(self, message: Message) -> Message:
        """Keep a new message under a time stamp of its own."""
        with self.changed:
            stamped = replace(message, ts=self.next_ts(), version=self._wake())
            self._messages[stamped.channel, stamped.ts] = stamped
            # What Purser says ends its status, as in Slack.
            if stamped.is_from_bot and not stamped.is_streaming:
                self.set_status(stamped.channel, stamped.thread_ts, "")
            return stamped

    def change(self, message: Message, **changes: Json) -> Message:
        """Replace parts of a message that is there."""
        with self.changed:
            current = self._messages[message.channel, message.ts]
            fresh = replace(current, version=self._wake(), **changes)
            self._messages[message.channel, message.ts] = fresh
            return fresh

    def message(self, channel_id: str, ts: str) -> Message | None:
        """One message, unless it was deleted."""
        found = self._messages.get((channel_id, ts))
        return None if found is None or found.is_deleted else found

    def messages(
        self, channel_id: str | None = None, *, viewer: str | None = None
    ) -> list[Message]:
        """What stands, oldest first: what everybody sees, and what only `viewer` sees."""
        with self.changed:
            return [
                m
                for m in self._messages.values()
                if (channel_id is None or m.channel == channel_id)
                and not m.is_deleted
                and (m.only_for is None or m.only_for == viewer)
            ]

    def all_messages(self) -> list[Message]:
        """Every message, deleted and ephemeral ones too, oldest first."""
        with self.changed:
            return list(self._messages.values())

    def set_status(self, channel_id: str, thread_ts: str | None, text: str) -> None:
        """Set the “is thinking …” line of a thread; empty clears it."""
        with self.changed:
            current = self._statuses.get((channel_id, thread_ts), ("", 0))[0]
            if current != text:
                self._statuses[channel_id, thread_ts] = (text, self._wake())

    def statuses(self) -> dict[tuple[str, str | None], tuple[str, int]]:
        """(channel, thread) → status and the version it was set at."""
        with self.changed:
            return dict(self._statuses)

    def set_prompts(self, channel_id: str, prompts: list[dict[str, Any]]) -> None:
        """Suggested prompts of a DM."""
        with self.changed:
            self._prompts[channel_id] = prompts
            self._wake()

    def prompts(self) -> dict[str, list[dict[str, Any]]]:
        """Channel → suggested prompts."""
        with self.changed:
            return dict(self._prompts)

    def tell(
        self, channel_id: str, user: str, text: str, *, thread_ts: str | None = None
    ) -> Message:
        """Slackbot tells one person something."""
        return self.add(Message(channel_id, "", SLACKBOT, text, only_for=user, thread_ts=thread_ts))

    # Files

    def new_file(self, name: str, size: int, alt_text: str) -> File:
        """Announce a file; its bytes come to `upload_key`."""
        with self.changed:
            file_id = f"F{len(self._files):04d}{secrets.token_hex(2).upper()}"
            file = File(file_id, name, size, secrets.token_urlsafe(16), alt_text)
            self._files[file_id] = file
            return file

    def change_file(self, file: File, **changes: Json) -> File:
        """Replace parts of a file."""
        with self.changed:
            fresh = replace(self._files[file.id], **changes)
            self._files[file.id] = fresh
            self._wake()
            return fresh

    def file(self, file_id: str) -> File | None:
        """By id."""
        return self._files.get(file_id)

    def file_by_key(self, key: str) -> File | None:
        """By the key of its upload address."""
        with self.changed:
            return next((f for f in self._files.values() if f.upload_key == key), None)

    def files(self) -> tuple[File, ...]:
        """Every file whose upload was completed."""
        with self.changed:
            return tuple(f for f in self._files.values() if f.is_complete)

    def file_names(self) -> frozenset[str]:
        """What `slack_file` may name: ids and addresses of completed uploads."""
        names = [(f.id, str(f.as_slack(self.base_url)["url_private"])) for f in self.files()]
        return frozenset(name for pair in names for name in pair)

    # Triggers and hooks

    def new_trigger(self, user: str) -> Trigger:
        """A trigger_id in Slack's form, good for one view within three seconds."""
        number, token = secrets.randbelow(10**12), secrets.token_hex(16)
        trigger = Trigger(f"{number}.{user[1:]}.{token}", user, self._in(TRIGGER_LIFE))
        with self.changed:
            self._triggers[trigger.id] = trigger
        return trigger

    def spend_trigger(self, trigger_id: str) -> Trigger | str:
        """The trigger, or Slack's error."""
        with self.changed:
            if trigger_id in self._spent:
                return "exchanged_trigger_id"
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                return "invalid_trigger_id"
            if self.clock.now() > trigger.expires:
                return "expired_trigger_id"
            self._spent.add(trigger_id)
            return trigger

    def new_hook(
        self,
        channel_id: str,
        user: str,
        *,
        original: str | None = None,
        thread_ts: str | None = None,
    ) -> Hook:
        """A fresh response_url."""
        hook = Hook(
            secrets.token_urlsafe(18), channel_id, user, self._in(HOOK_LIFE), original, thread_ts
        )
        with self.changed:
            self._hooks[hook.key] = hook
        return hook

    def spend_hook(self, key: str) -> Hook | str:
        """The hook, or the word Slack answers with."""
        with self.changed:
            hook = self._hooks.get(key)
            if hook is None:
                return "no_service"
            if self.clock.now() > hook.expires:
                return "expired_url"
            if hook.uses >= HOOK_USES:
                return "used_url"
            self._hooks[key] = replace(hook, uses=hook.uses + 1)
            return hook

    # Views

    def open_view(self, user: str, payload: dict[str, Any], *, push: bool = False) -> View | None:
        """Show a modal, on top of the others where it is pushed; None beyond three."""
        with self.changed:
            stack = self._modals.get(user, []) if push else []
            if len(stack) >= MODAL_DEPTH:
                return None
            view_id = f"V{secrets.token_hex(5).upper()}"
            root = stack[0].id if stack else view_id
            previous = stack[-1].id if stack else None
            view = View(view_id, user, payload, root, previous, version=self._wake())
            self._modals[user] = [*stack, view]
            return view

    def find_view(self, view_id: str) -> View | None:
        """A modal or Home by its id or external_id."""
        with self.changed:
            shown = [*(v for stack in self._modals.values() for v in stack), *self._homes.values()]
            names = ((v, (v.id, v.payload.get("external_id") or None)) for v in shown)
            return next((v for v, known in names if view_id in known), None)

    def update_view(self, view: View, **changes: Json) -> View:
        """Replace what a modal or Home shows, or its values."""
        with self.changed:
            fresh = replace(view, version=self._wake(), **changes)
            if view.user in self._homes and self._homes[view.user].id == view.id:
                self._homes[view.user] = fresh
            stack = self._modals.get(view.user, [])
            self._modals[view.user] = [fresh if v.id == view.id else v for v in stack]
            return fresh

    def fill_view(self, view: View, values: dict[str, dict[str, Json]]) -> View:
        """Keep what a person typed. That is no update: the hash stays."""
        with self.changed:
            filled = replace(view, values=values)
            stack = self._modals.get(view.user, [])
            self._modals[view.user] = [filled if v.id == view.id else v for v in stack]
            return filled

    def close_views(self, user: str, *, count: int | None = None) -> list[View]:
        """Close the topmost modals, or all of them; returns the closed ones."""
        with self.changed:
            stack = self._modals.get(user, [])
            keep = 0 if count is None else max(0, len(stack) - count)
            self._modals[user] = stack[:keep]
            self._wake()
            return stack[keep:]

    def modals(self, user: str) -> tuple[View, ...]:
        """The stack of modals this person looks at, bottom first."""
        with self.changed:
            return tuple(self._modals.get(user, ()))

    def publish_home(self, user: str, payload: dict[str, Any]) -> View:
        """What this person sees on Purser's Home."""
        with self.changed:
            old = self._homes.get(user)
            view_id = old.id if old else f"V{secrets.token_hex(5).upper()}"
            self._homes[user] = View(view_id, user, payload, view_id, version=self._wake())
            return self._homes[user]

    def home(self, user: str) -> View | None:
        """What Purser published for this person, if anything."""
        with self.changed:
            return self._homes.get(user)

    # Waiting

    def wait_for(self, claim: Callable[[], T], timeout: float) -> T:
        """The claim's value as soon as it is true, or its last value after `timeout` seconds."""
        with self.changed:
            self.changed.wait_for(lambda: self.is_closed or claim(), timeout)
            return claim()

    def touch(self) -> None:
        """Wake whoever waits, for something that is not kept here."""
        with self.changed:
            self._wake()

    def rouse(self) -> None:
        """Let whoever waits look again, though nothing changed."""
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        """Let every waiting request end."""
        with self.changed:
            self.is_closed = True
            self._wake()

    def _wake(self) -> int:
        self.version += 1
        self.changed.notify_all()
        return self.version

    def _in(self, life: timedelta) -> datetime:
        return self.clock.now() + life
