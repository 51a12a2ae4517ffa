"""Answers that can be followed while they are made: a status, words as they come, a way to stop.

Slack is spoken to from a thread of its own, so that whoever makes the answer never waits for it.
Where Slack refuses a stream or an agent session, or ends a stream half way, the answer is posted
or put in the place of what stands there: nothing of it is lost.
"""

from __future__ import annotations

import secrets
import threading

from slack_sdk.errors import SlackClientError

from bot.blocks import Message
from bot.delivery import LOOKING, Delivery, Place, Posted
from bot.spoken import PIECE, guarded, pieces, stop_message, with_words
from bot.under_way import UnderWay

PAUSE = 1.0  # seconds between two pieces; Slack allows about a hundred a minute and workspace
TITLE = 200  # characters of a session's title
_TROUBLE = (SlackClientError, OSError)


class Reply:
    """An answer on its way that shows nothing before it is there: the `Ear` of private answers.

    Args:
        place: where it goes.
        delivery: brings it there.
        under_way: what else is on its way; it leaves there at its end.
    """

    has_begun = False  # something is shown already

    def __init__(self, place: Place, delivery: Delivery, *, under_way: UnderWay) -> None:
        self.place = place
        self.thread: str | None = None  # that shows it while it is made
        self.key = secrets.token_hex(8)
        self._delivery = delivery
        self._under_way = under_way
        self._stop = threading.Event()
        self._was_heard = False
        self._is_long = False  # whoever makes it tells what they do, and can be stopped

    @property
    def is_stopped(self) -> bool:
        """Whether it was made shorter because the asker pressed stop."""
        return self._was_heard

    def status(self, text: str) -> None:
        """Told what is being done."""
        self._is_long = True

    def says(self, text: str) -> None:
        """Nothing is shown before the end."""

    def wants_stop(self) -> bool:
        """Whether the asker pressed stop."""
        self._was_heard = self._was_heard or self._stop.is_set()
        return self._was_heard

    def stop(self) -> None:
        """The asker pressed stop."""
        self._stop.set()

    def take_long(self) -> None:
        """Say that it takes a little longer."""
        looking = stop_message(LOOKING, key=self.key) if self._is_long else None
        self._delivery.working(self.place, looking)

    def end(self, text: str, below: Message) -> None:
        """Bring the answer: words, and what stands below them."""
        *first, last = pieces(guarded(text))
        for piece in first:
            self._delivery.post(self.place, with_words(piece, Message(below.text)))
        self._delivery.post(self.place, with_words(last, below))

    def fail(self, message: Message) -> None:
        """Say what went wrong, below what was said already."""
        self.end("", message)

    def close(self) -> None:
        """Nothing more will come; harmless after `end`."""
        self._under_way.leave(self)


class LiveReply(Reply):
    """An answer that is streamed into its thread: the `Ear` of answers that everybody there sees.

    Args:
        place: where it goes; `thread_ts` or `heard_ts` names the thread.
        delivery: brings it there, and gives the client.
        under_way: what else is on its way; it leaves there at its end.
        team: the asker's workspace.
        title: of the agent session, where this question begins one.
        pause: seconds between two pieces.
    """

    def __init__(
        self,
        place: Place,
        delivery: Delivery,
        *,
        under_way: UnderWay,
        team: str,
        title: str,
        pause: float = PAUSE,
    ) -> None:
        super().__init__(place, delivery, under_way=under_way)
        self.thread = place.thread_ts or place.heard_ts
        self._team, self._title, self._pause = team, title, pause
        self._news = threading.Condition()
        self._writer: threading.Thread | None = None
        self._is_ending = False
        self._status, self._said, self._taken = "", "", 0
        # Only the writer's, and after it ended the caller's:
        self._has_session = False
        self._streamed: str | None = None  # time stamp of the streamed message
        self._placeholder: Posted | None = None
        self._can_stream = True
        self._is_exact = True  # what the stream holds is known

    @property
    def has_begun(self) -> bool:  # type: ignore[override]
        """Whether something is shown already: a status, first words, a word in between."""
        return self._writer is not None

    # What whoever makes the answer tells

    def status(self, text: str) -> None:
        """Told what is being done; shown below the question."""
        super().status(text)
        with self._news:
            self._status = text
            self._begin()

    def says(self, text: str) -> None:
        """Told the next piece of the text; shown as soon as Slack allows."""
        self._is_long = True
        with self._news:
            self._said += text
            self._begin()

    def take_long(self) -> None:
        """Say that it takes a little longer, unless something is said already."""
        if self._writer is None:
            self._delivery.working(self.place)

    # The end

    def end(self, text: str, below: Message) -> None:
        """Finish the stream with the blocks below it, or bring the whole answer another way."""
        self._end_writer()
        left = self._left_of(text)
        if self._streamed and left is not None and self._finish_stream(left, below):
            return
        self._end_stream()
        *first, last = pieces(guarded(text))
        messages = [with_words(piece, Message(below.text)) for piece in first]
        messages.append(with_words(last, below))
        standing = self._standing()
        if standing and self._delivery.update(standing, messages[0]):
            messages = messages[1:]
        for message in messages:
            self._delivery.post(self.place, message)
        self._rest()

    def fail(self, message: Message) -> None:
        """Say what went wrong, below what was said already."""
        self.end(self._said.strip(), message)

    def close(self) -> None:
        """End what is still open; harmless after `end`."""
        self._end_writer()
        self._end_stream()
        self._rest()

    def _left_of(self, text: str) -> str | None:
        """What the stream does not hold of the final text; None where it holds something else."""
        sent = self._said[: self._taken]
        whole = text if text.startswith(sent) else text + self._said[len(self._said.rstrip()) :]
        if not self._is_exact or not whole.startswith(sent) or len(whole) - len(sent) > PIECE:
            return None
        return whole[len(sent) :]

    def _finish_stream(self, left: str, below: Message) -> bool:
        is_last = self._under_way.leave(self)

        def send(message: Message) -> None:
            self._delivery.client.chat_stopStream(
                channel=self.place.channel,
                ts=str(self._streamed),
                markdown_text=guarded(left) or None,
                blocks=list(message.blocks),
                session_status="active" if is_last else "processing",
            )

        try:
            self._delivery.accepted(below, send, waits=(0.3, 0.6, 1.2))
        except _TROUBLE as error:
            self._delivery.note("a stream's end was refused", error)
            return False
        self._streamed, self._has_session = None, False
        # The other answer may have left while this one still said that somebody is at work.
        if not is_last and self._under_way.is_at_rest(self.place.channel, self.thread):
            self._set_session("active")
        return True

    def _end_stream(self) -> None:
        """Close a stream that what comes next will replace; Slack may have done so already."""
        if not self._streamed:
            return
        self._placeholder = Posted(self.place.channel, self._streamed)
        try:
            self._delivery.client.chat_stopStream(
                channel=self.place.channel, ts=self._streamed, session_status="processing"
            )
        except _TROUBLE as error:
            self._delivery.note("a stream had ended", error)
        self._streamed = None

    def _standing(self) -> Posted | None:
        standing, self._placeholder = self._placeholder, None
        return standing

    def _rest(self) -> None:
        """Let the session rest, unless another answer is on its way in it."""
        is_last = self._under_way.leave(self)
        if self._has_session and is_last:
            self._set_session("active")
        self._has_session = False

    # The writer

    def _begin(self) -> None:
        if self._writer is None and not self._is_ending:
            self._writer = threading.Thread(target=self._write, name="reply", daemon=True)
            self._writer.start()
        self._news.notify_all()

    def _end_writer(self) -> None:
        with self._news:
            self._is_ending = True
            self._news.notify_all()
        if self._writer is not None:
            self._writer.join()

    def _write(self) -> None:
        try:
            self._open()
            while news := self._next():
                status, text = news
                if status:
                    self._show(status)
                if text:
                    self._append(text)
                    self._wait()
        except _TROUBLE as error:
            self._is_exact = False
            self._delivery.note("a stream was refused", error)

    def _next(self) -> tuple[str, str] | None:
        """The newest status and the next whole words; None where the answer is there."""
        with self._news:
            self._news.wait_for(lambda: self._is_ending or self._status or self._words())
            if self._is_ending:
                return None
            status, self._status = self._status, ""
            text = self._words()
            self._taken += len(text)
            return status, text

    def _words(self) -> str:
        """What was said and not taken yet, to the end of its last whole word."""
        if not self._can_stream:
            return ""
        fresh = self._said[self._taken : self._taken + PIECE]
        return fresh[: max(fresh.rfind(" "), fresh.rfind("\n")) + 1]

    def _wait(self) -> None:
        with self._news:
            self._news.wait_for(lambda: self._is_ending, self._pause)

    # What Slack is told

    def _open(self) -> None:
        """Begin the agent session, which brings the stop button; else post one of our own."""
        self._has_session = self._set_session("processing")
        if not self._has_session:
            self._post_placeholder()

    def _post_placeholder(self) -> None:
        """Stand in for the answer; without a place to post that, only the answer itself comes."""
        self._can_stream = False
        message = stop_message(LOOKING, key=self.key)
        posted = self._delivery.speak(self.place, message)
        self._placeholder = posted if posted and posted.ts else None

    def _set_session(self, status: str) -> bool:
        try:
            self._delivery.client.agents_sessions_setStatus(
                channel_id=self.place.channel,
                thread_ts=str(self.thread),
                status=status,
                title=self._title[:TITLE] or None,
            )
        except _TROUBLE as error:
            self._delivery.note("an agent session was refused", error)
            return False
        return True

    def _show(self, status: str) -> None:
        if self._has_session and not self._streamed:
            self._delivery.tell(self.place, status)

    def _append(self, text: str) -> None:
        client, text = self._delivery.client, guarded(text)
        if self._streamed:
            client.chat_appendStream(
                channel=self.place.channel, ts=self._streamed, markdown_text=text
            )
            return
        try:
            answer = client.chat_startStream(
                channel=self.place.channel,
                thread_ts=str(self.thread),
                recipient_team_id=self._team,
                recipient_user_id=self.place.user,
                markdown_text=text,
            )
        except SlackClientError as error:
            self._delivery.note("a stream was refused", error)
            self._post_placeholder()
            return
        self._streamed = str(answer["ts"])
