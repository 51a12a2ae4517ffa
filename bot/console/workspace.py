"""A whole Slack workspace on this machine, and what people do in it.

with Workspace.serve() as workspace:
    app = my_bolt_app(workspace.bot_token, workspace.signing_secret, workspace.api_url)
    workspace.connect("http://127.0.0.1:3000/slack/events")
    workspace.slash("ada", "#ml-research", "/cost", "last 7d by team")
    workspace.wait_for(lambda: workspace.messages("#ml-research"))
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.console import payloads
from bot.console.cast import BOT_USER, SAMPLE, Cast
from bot.console.deliveries import Deliveries, Delivery
from bot.console.faults import Faults
from bot.console.payloads import Place
from bot.console.pressing import Choice, escaped, pressed
from bot.console.records import File, Message, View
from bot.console.sessions import Sessions
from bot.console.store import Store, T
from bot.console.transport import SignedHttp, Transport
from tools.core.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the Web API by the app, for tests to look at.

    Args:
        method: `chat.postMessage` and so on.
        arguments: as decoded; the token is left out.
        error: Slack's error, empty where the call succeeded.
        at: when it came.
    """

    method: str
    arguments: Mapping[str, Any] = field(repr=False)
    error: str
    at: datetime


class Workspace:
    """State, faults and journal of one workspace; `serve` puts it on a port.

    Args:
        cast: people and channels.
        clock: for time stamps and lifetimes (a signature's time is always the machine's).
        ack_timeout: seconds the app has to acknowledge; Slack gives three.
        retry_delay: seconds before the one redelivery of an event that was not acknowledged.
    """

    def __init__(
        self,
        cast: Cast = SAMPLE,
        *,
        clock: Clock | None = None,
        ack_timeout: float = 3.0,
        retry_delay: float = 0.0,
    ) -> None:
        self.clock = clock or SystemClock()
        self.cast = cast
        self.store = Store(cast, clock=self.clock)
        self.sessions = Sessions(self.store)
        self.faults = Faults()
        # Random, in Slack's form, and good for nothing but this workspace.
        self.bot_token = f"xoxb-local-{secrets.token_hex(16)}"
        self.app_token = f"xapp-local-{secrets.token_hex(16)}"
        self.signing_secret = secrets.token_hex(16)
        self.page_key = secrets.token_urlsafe(24)
        self.socket_url = ""
        self.calls: list[ApiCall] = []
        self.plays: dict[str, Callable[[], object]] = {}  # what the page can let happen, by name
        self._deliveries = Deliveries(
            self.store, self.faults, ack_timeout=ack_timeout, retry_delay=retry_delay
        )

    @staticmethod
    def serve(
        cast: Cast = SAMPLE,
        *,
        port: int = 0,
        clock: Clock | None = None,
        ack_timeout: float = 3.0,
        retry_delay: float = 0.0,
    ) -> AbstractContextManager[Workspace]:
        """A workspace with its Web API and page on one port of 127.0.0.1; 0 takes a free one."""
        from bot.console.serve import serve_console

        return serve_console(
            Workspace(cast, clock=clock, ack_timeout=ack_timeout, retry_delay=retry_delay),
            port=port,
        )

    # Addresses

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT/`, empty until it is served."""
        return self.store.base_url

    @property
    def api_url(self) -> str:
        """What `WebClient(base_url=…)` takes."""
        return f"{self.base_url}api/"

    @property
    def address(self) -> str:
        """The page, with the random key that opens it."""
        return f"{self.base_url}?key={self.page_key}"

    def connect(self, to: str | Transport) -> None:
        """Send what people do to the app: its `/slack/events` address, or another transport."""
        transport = SignedHttp(to, self.signing_secret) if isinstance(to, str) else to
        self._deliveries.transport = transport

    # Looking

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Everything sent to the app, in order."""
        return self._deliveries.journal

    def api_calls(self, method: str) -> list[ApiCall]:
        """The app's calls of one method."""
        return [call for call in list(self.calls) if call.method == method]

    def messages(self, channel: str, *, viewer: str | None = None) -> list[Message]:
        """What everybody sees in a channel, and what only `viewer` sees there too.

        Args:
            channel: `#name`, or a DM by the handle of the person it is with.
            viewer: handle of a person whose ephemeral messages are wanted too.
        """
        viewing = self.store.person(viewer).id if viewer else None
        return self.store.messages(self.channel_id(channel), viewer=viewing)

    def ephemerals(self, channel: str, person: str) -> list[Message]:
        """What only this person sees in a channel."""
        who = self.store.person(person).id
        return [m for m in self.messages(channel, viewer=person) if m.only_for == who]

    def replies(self, message: Message) -> list[Message]:
        """The answers in a message's thread."""
        return [m for m in self.store.messages(message.channel) if m.thread_ts == message.ts]

    def status(self, channel: str, thread_ts: str | None = None) -> str:
        """The “is thinking …” line of a thread, empty where there is none."""
        return self.store.statuses().get((self.channel_id(channel), thread_ts), ("", 0))[0]

    def modal(self, person: str) -> View | None:
        """The topmost modal this person looks at."""
        stack = self.store.modals(self.store.person(person).id)
        return stack[-1] if stack else None

    def home(self, person: str) -> View | None:
        """What Purser published on this person's Home."""
        return self.store.home(self.store.person(person).id)

    def files(self) -> tuple[File, ...]:
        """Every completed upload."""
        return self.store.files()

    def wait_for(self, claim: Callable[[], T], timeout: float = 5.0) -> T:
        """The claim's value once it is true; AssertionError after `timeout` seconds."""
        value = self.store.wait_for(claim, timeout)
        if not value:
            raise AssertionError(f"not so within {timeout} s; API calls: {self._told()}")
        return value

    def _told(self) -> list[str]:
        return [f"{c.method} {c.error}".strip() for c in self.calls[-12:]]

    def channel_id(self, name: str) -> str:
        """Conversation id by `#name`, id, or the handle of the person a DM is with."""
        found = self.store.find_channel(name)
        return found or self.store.direct(self.store.person(name).id)

    # What people do

    def post_as(
        self, person: str, channel: str, text: str, *, thread_ts: str | None = None
    ) -> Message:
        """Say something. `@Purser` becomes a mention; the app hears of it where it is a member."""
        who, where = self.store.person(person), self.channel_id(channel)
        text = self._as_typed(text)
        message = self.store.add(Message(where, "", who.id, text, thread_ts=thread_ts))
        mentioned = f"<@{BOT_USER}>" in text
        if BOT_USER in self.store.members(where):
            place = self._place(where)
            self._event(payloads.message_event(message, place, who), where)
            if mentioned and not self.store.is_direct(where):
                self._event(payloads.mention_event(message, place, who), where)
        elif mentioned:
            name = self.cast.bot_name
            self.store.tell(where, who.id, f"You mentioned @{name}, who is not in this channel.")
        return message

    def slash(self, person: str, channel: str, command: str, text: str = "") -> Delivery:
        """Run a slash command; an unacknowledged one fails before the person's eyes."""
        who, where = self.store.person(person), self.channel_id(channel)
        hook = self.store.new_hook(where, who.id)
        form = payloads.command_form(
            command,
            self._as_typed(text),
            self._place(where),
            who,
            trigger=self.store.new_trigger(who.id),
            response_url=self.hook_url(hook.key),
        )

        def settle(delivery: Delivery) -> None:
            self._deliveries.settle_command(delivery, command, hook)

        return self._deliveries.send("command", form, then=settle)

    def press(
        self,
        person: str,
        message: Message,
        action_id: str,
        *,
        option: Choice = None,
        values: Mapping[str, Any] | None = None,
        block_id: str | None = None,
    ) -> Delivery:
        """Press a button of a message, or choose the option with this value from a menu."""
        who = self.store.person(person)
        now = self.store.next_ts()
        action = pressed(message.blocks, action_id, option=option, at=now, block_id=block_id)
        # Slack gives the thread of a reply; a message that starts one is its own thread.
        hook = self.store.new_hook(
            message.channel, who.id, original=message.ts, thread_ts=message.thread_ts
        )
        payload = payloads.message_action(
            action,
            message,
            self._place(message.channel),
            who,
            trigger=self.store.new_trigger(who.id),
            hook=hook,
            response_url=self.hook_url(hook.key),
            values=values or {},
        )

        def settle(delivery: Delivery) -> None:
            self._deliveries.settle_press(delivery, message, who.id)

        return self._deliveries.send("interaction", payload, then=settle)

    def press_in_view(
        self,
        person: str,
        view: View,
        action_id: str,
        *,
        option: Choice = None,
        values: Mapping[str, Any] | None = None,
        block_id: str | None = None,
    ) -> Delivery:
        """Press a button in a modal or on the Home."""
        who = self.store.person(person)
        if values is not None:
            view = self.store.fill_view(view, dict(values))
        now, blocks = self.store.next_ts(), view.payload["blocks"]
        action = pressed(blocks, action_id, option=option, at=now, block_id=block_id)
        trigger = self.store.new_trigger(who.id)
        return self._deliveries.send(
            "interaction",
            payloads.view_action(
                action,
                view,
                who,
                team_id=self.cast.team_id,
                domain=self.cast.domain,
                trigger=trigger,
            ),
        )

    def submit(
        self, person: str, values: Mapping[str, Mapping[str, Any]], *, view: View | None = None
    ) -> Delivery:
        """Submit the topmost modal. `values`: block_id → action_id → the element's state."""
        who = self.store.person(person)
        shown = view or self.modal(person)
        if shown is None:
            raise KeyError(f"{person} looks at no modal")
        shown = self.store.fill_view(shown, {k: dict(v) for k, v in values.items()})
        trigger = self.store.new_trigger(who.id)
        payload = payloads.view_submission(
            shown, who, team_id=self.cast.team_id, domain=self.cast.domain, trigger=trigger
        )

        def settle(delivery: Delivery) -> None:
            self._deliveries.settle_submission(delivery, shown)

        return self._deliveries.send("interaction", payload, then=settle)

    def dismiss(self, person: str, *, all_of_them: bool = False) -> None:
        """Close the topmost modal, or the whole stack."""
        who = self.store.person(person)
        for view in self.store.close_views(who.id, count=None if all_of_them else 1):
            if view.payload.get("notify_on_close"):
                payload = payloads.view_closed(
                    view,
                    who,
                    team_id=self.cast.team_id,
                    domain=self.cast.domain,
                    trigger=self.store.new_trigger(who.id),
                    is_cleared=all_of_them,
                )
                self._deliveries.send("interaction", payload)

    def open_home(self, person: str, *, tab: str = "home") -> Delivery:
        """Open Purser's Home, or its `messages` tab."""
        who = self.store.person(person)
        home = self.store.home(who.id)
        shown = home.as_slack(self.cast.team_id) if home and tab == "home" else None
        event = payloads.home_opened_event(
            who, channel=self.store.direct(who.id), tab=tab, at=self.store.next_ts(), view=shown
        )
        return self._event(event, self.store.direct(who.id))

    def stop_answer(self, person: str, channel: str, thread_ts: str) -> Delivery:
        """Press the stop button that Slack shows while Purser is at work in a thread."""
        who, where = self.store.person(person), self.channel_id(channel)
        return self._event(self.sessions.stopped(where, thread_ts, who.id), where)

    def add_bot(self, channel: str, *, by: str = "") -> None:
        """Invite Purser to a channel."""
        where = self.channel_id(channel)
        if self.store.set_member(where, BOT_USER, is_in=True):
            inviter = self.store.person(by).id if by else ""
            event = payloads.joined_event(
                self._place(where), user=BOT_USER, inviter=inviter, at=self.store.next_ts()
            )
            self._event(event, where)

    def remove_bot(self, channel: str) -> None:
        """Throw Purser out of a channel."""
        self.store.set_member(self.channel_id(channel), BOT_USER, is_in=False)

    def archive(self, channel: str, *, is_archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self.store.archive(self.channel_id(channel), is_archived=is_archived)

    # Within

    def hook_url(self, key: str) -> str:
        """A response_url's address."""
        return f"{self.base_url}hooks/{key}"

    def record(self, call: ApiCall) -> None:
        """Keep an API call in the journal."""
        self.calls.append(call)
        self.store.touch()

    def close(self) -> None:
        """Let waiting requests end and deliveries finish."""
        self.store.close()
        self._deliveries.close()

    def _event(self, event: Mapping[str, Any], channel: str) -> Delivery:
        wrapped = payloads.event_callback(
            event,
            team_id=self.cast.team_id,
            event_id=f"Ev{secrets.token_hex(5).upper()}",
            at=int(self.clock.now().timestamp()),
            is_shared=any(self._is_stranger(user) for user in self.store.members(channel)),
        )
        return self._deliveries.send("event", wrapped)

    def _as_typed(self, text: str) -> str:
        """Escaped, with `@Purser` and `@ada` as mentions, as Slack's client sends it."""
        names = {p.handle: p.id for p in self.cast.people}
        return escaped(text, names={**names, self.cast.bot_name: BOT_USER})

    def _is_stranger(self, user: str) -> bool:
        return user != BOT_USER and self.store.person(user).standing == "outside"

    def _place(self, channel_id: str) -> Place:
        channel = self.store.channel(channel_id)
        kind = "im" if self.store.is_direct(channel_id) else _TYPES[channel.kind]
        return Place(self.cast.team_id, self.cast.domain, channel_id, channel.name, kind)


_TYPES = {"public": "channel", "private": "group"}
