"""Brings messages and files to people, by the next best way where the first one is closed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.blocks import Message, fallback
from bot.console.block_rules import problems
from bot.faults import redacted
from bot.pacing import Pace, retry_handlers
from bot.refusals import (
    BAD_BLOCKS,
    details,
    error_word,
    hook_word,
    is_about_file,
    refusal,
    without_named,
    without_rejected,
)

T = TypeVar("T")

_TROUBLE = (SlackClientError, OSError)
LOOKING = "Looking into it…"  # at bills, machines or budgets: it is said before that is read


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes.

    Args:
        channel: conversation id, or a user id for the direct messages with them.
        user: who asked.
        thread_ts: the thread to answer in.
        response_url: Slack's address for answers to a command or a click.
        is_private: only the asker sees the answer.
        heard_ts: the message that is answered, for the status below it.
    """

    channel: str
    user: str
    thread_ts: str | None = None
    response_url: str | None = None
    is_private: bool = False
    heard_ts: str | None = None

    @property
    def is_direct(self) -> bool:
        """True in direct messages, where the asker is alone with Purser."""
        return self.channel.startswith(("D", "U", "W"))

    @property
    def is_nowhere_yet(self) -> bool:
        """True for direct messages known by the person only, where no message can be named."""
        return self.channel.startswith(("U", "W"))

    def privately(self) -> Place:
        """The same place for the asker's eyes alone: refusals, faults, looking back."""
        return self if self.is_direct else replace(self, is_private=True)


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that arrived; without `ts` it cannot be changed any more."""

    channel: str
    ts: str | None = None


class Delivery:
    """Posts, updates and uploads.

    Args:
        client: of Slack's Web API; streams speak through it, too.
        logger: told of every refusal, never of what was said.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        client: WebClient,
        *,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client = client
        self._logger = logger
        self._sleep = sleep
        self._pace = Pace(sleep=sleep)

    def post(self, place: Place, message: Message) -> Posted | None:
        """Post by the first way that is open; None where none was."""
        for way in self._ways(place):
            try:
                return way(place, message)
            except _TROUBLE as error:
                self.note(f"{way.__name__} was refused", error)
        return None

    def speak(self, place: Place, message: Message) -> Posted | None:
        """Post where everybody there sees it, or not at all."""
        try:
            return self._speak(place, message)
        except _TROUBLE as error:
            self.note("_speak was refused", error)
        return None

    def share(self, place: Place, message: Message) -> Posted | None:
        """Show a message to the whole channel, member or not; None where neither way was open."""
        for way in (self._speak, self._respond_to_all):
            try:
                return way(place, message)
            except _TROUBLE as error:
                self.note(f"{way.__name__} was refused", error)
        return None

    def update(self, posted: Posted, message: Message) -> bool:
        """Put `message` in the place of a posted one; it stands as it was where that fails."""

        def send(message: Message) -> None:
            self.client.chat_update(
                channel=posted.channel, ts=str(posted.ts), **_content(message), parse="none"
            )

        try:
            self.accepted(message, send, waits=(0.3, 0.6, 1.2))
        except _TROUBLE as error:
            self.note("an update was refused", error)
            return False
        return True

    def replace_pressed(self, place: Place, message: Message) -> None:
        """Put `message` in the place of the one whose button was pressed."""
        try:
            self._send_hook(place, {**_body(message), "replace_original": True})
        except _TROUBLE as error:
            self.note("a replacement was refused", error)

    def working(self, place: Place, word: Message | None = None) -> None:
        """Say that it takes a little longer: a status in threads, a word after a command."""
        if not place.is_private:
            self.tell(place, LOOKING)
        elif place.response_url:
            try:
                self._send_hook(place, _body(word or Message(LOOKING)))
            except _TROUBLE as error:
                self.note("a word in between was refused", error)

    def tell(self, place: Place, status: str) -> None:
        """Show below the question what is being done, “Purser is looking at the bills…”."""
        thread = place.thread_ts or place.heard_ts
        if not thread:
            return
        try:
            self.client.assistant_threads_setStatus(
                channel_id=place.channel,
                thread_ts=thread,
                status=f"is {status[:1].lower()}{status[1:]}",
            )
        except _TROUBLE as error:
            # A workspace without agent features has no status; the answer comes all the same.
            self.note("a status was refused", error)

    def upload_picture(self, png: bytes, *, name: str, alt_text: str) -> str | None:
        """Upload a picture that only messages naming it show; its id once it can be used."""
        try:
            answer = self.client.files_upload_v2(file=png, filename=name, alt_txt=alt_text)
            file_id = str(answer["files"][0]["id"])
            self._await_file(file_id)
        except _TROUBLE as error:
            self.note("a picture was refused", error)
            return None
        return file_id

    def send_file(self, place: Place, text: str, *, name: str, comment: str) -> bool:
        """Send a text file to the asker alone, in the direct messages with them."""
        try:
            channel, thread = place.channel, place.thread_ts
            if not place.channel.startswith("D"):
                channel, thread = self._direct(place.user), None
            self.client.files_upload_v2(
                file=text.encode(),
                filename=name,
                channel=channel,
                thread_ts=thread,
                initial_comment=fallback(comment),
            )
        except _TROUBLE as error:
            self.note("a file was refused", error)
            return False
        return True

    def share_file(self, place: Place, text: str, *, name: str, comment: str) -> bool:
        """Put a text file into a thread, for all who read there."""
        try:
            self.client.files_upload_v2(
                file=text.encode(),
                filename=name,
                channel=place.channel,
                thread_ts=place.thread_ts,
                initial_comment=fallback(comment),
            )
        except _TROUBLE as error:
            self.note("a file was refused", error)
            return False
        return True

    # The ways a message can go

    def _ways(self, place: Place) -> list[Callable[[Place, Message], Posted]]:
        if not place.is_private:
            return [self._speak, self._whisper, self._speak_directly]
        ways: list[Callable[[Place, Message], Posted]] = [self._whisper, self._speak_directly]
        return [self._respond, *ways] if place.response_url else ways

    def _speak(self, place: Place, message: Message) -> Posted:
        def send(message: Message) -> Posted:
            self._pace.wait(place.channel)
            answer = self.client.chat_postMessage(
                channel=place.channel,
                thread_ts=place.thread_ts,
                **_content(message),
                parse="none",
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
            )
            return Posted(str(answer["channel"]), str(answer["ts"]))

        return self.accepted(message, send, waits=(0.3, 0.6, 1.2))

    def _whisper(self, place: Place, message: Message) -> Posted:
        def send(message: Message) -> Posted:
            self.client.chat_postEphemeral(
                channel=place.channel,
                user=place.user,
                thread_ts=place.thread_ts,
                **_content(message),
                parse="none",
            )
            return Posted(place.channel)

        return self.accepted(message, send, waits=(0.3, 0.6, 1.2))

    def _speak_directly(self, place: Place, message: Message) -> Posted:
        return self._speak(Place(self._direct(place.user), place.user), message)

    def _respond(self, place: Place, message: Message) -> Posted:
        def send(message: Message) -> Posted:
            self._send_hook(place, _body(message))
            return Posted(place.channel)

        # The address serves five times in all, refusals included.
        return self.accepted(message, send, waits=(0.8,))

    def _respond_to_all(self, place: Place, message: Message) -> Posted:
        def send(message: Message) -> Posted:
            self._send_hook(place, {**_body(message), "response_type": "in_channel"})
            return Posted(place.channel)

        return self.accepted(message, send, waits=(0.8,))

    def _send_hook(self, place: Place, body: Mapping[str, Any]) -> None:
        if not place.response_url:
            raise refusal("no_response_url")
        hook = WebhookClient(
            place.response_url, retry_handlers=retry_handlers(), logger=self._logger
        )
        thread = {"thread_ts": place.thread_ts} if place.thread_ts else {}
        answer = hook.send_dict({**body, **thread})
        if answer.status_code != 200:
            raise refusal(hook_word(answer.body))

    def _direct(self, user: str) -> str:
        return str(self.client.conversations_open(users=user)["channel"]["id"])

    def accepted(
        self, message: Message, send: Callable[[Message], T], *, waits: tuple[float, ...]
    ) -> T:
        """Send, without the blocks that Slack rejects: one bad cell must not cost the answer.

        Args:
            message: what to send.
            send: sends a message, and raises what Slack answers.
            waits: seconds between tries while Slack still reads a picture.
        """
        pauses = iter(waits)
        message = self._checked(message)
        while True:
            try:
                return send(message)
            except SlackApiError as error:
                if error_word(error) not in BAD_BLOCKS or not message.blocks:
                    raise
                self.note("blocks were rejected", error)
                pause = next(pauses, None) if is_about_file(error, message) else None
                if pause is None:
                    message = without_rejected(message, error)
                else:
                    self._sleep(pause)  # the picture may only not be ready yet

    def _checked(self, message: Message) -> Message:
        """Without the blocks that are beyond Slack's limits, found out before Slack does."""
        complaints = problems(list(message.blocks))
        if not complaints:
            return message
        self._logger.warning("blocks beyond Slack's limits: %s", " ".join(complaints)[:500])
        return without_named(message, complaints)

    def _await_file(self, file_id: str) -> None:
        """Slack reads an upload after it was completed; until then no message may name it."""
        for pause in (0.1, 0.2, 0.4, 0.8, 0.0):
            if self._is_ready(file_id):
                return
            self._sleep(pause)

    def _is_ready(self, file_id: str) -> bool:
        try:
            file = self.client.files_info(file=file_id).get("file") or {}
        except SlackApiError as error:
            # Without the scope to look nobody knows, and posting will tell.
            return error_word(error) != "file_not_found"
        return bool(file.get("mimetype"))

    def note(self, what: str, error: BaseException) -> None:
        """Log a refusal by Slack's word for it, never what was said."""
        word = error_word(error) if isinstance(error, SlackApiError) else type(error).__name__
        self._logger.warning("%s: %s %s", what, word, redacted(" ".join(details(error)))[:500])


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}


def _body(message: Message) -> dict[str, Any]:
    content = _content(message) if message.blocks else {"text": message.text}
    return {
        **content,
        "response_type": "ephemeral",
        "replace_original": False,
        "mrkdwn": False,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
    }
