"""The model endpoints of one question: who is asked, again or instead, and what it used."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal

from bot.config import Endpoint, ModelSettings, Secrets
from bot.conversation import Ear
from bot.mind import trouble
from bot.mind.meter import LETTERS, Meter, Tokens
from bot.mind.streaming import Silence, Stopped, follow, remember_request, remember_response
from bot.mind.trouble import Trouble

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool
    from langchain_openai import ChatOpenAI

Tier = Literal["small", "large"]

NO_KEY = "none"  # many local endpoints want no key; the client library wants a text
_TRIES = 2  # of one endpoint, where trying again may help
_ANSWER = 400  # tokens that an answer is likely to have, put aside with its prompt
_log = logging.getLogger("purser.mind")


class Exhausted(Exception):
    """The question has used the tokens it may."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who follows a call.

    Args:
        words: is told each piece of text.
        broke: told that the words so far will not go on; whether some were shown already.
        ear: asked whether to stop, and told what is done.
    """

    words: Callable[[str], None]
    broke: Callable[[], bool]
    ear: Ear


@dataclass(slots=True)
class Endpoints:
    """Asks the endpoint, and the second one where the first is out; for one question.

    Args:
        settings: addresses, models and limits.
        secrets: the keys.
        meter: is told of every call.
    """

    settings: ModelSettings
    secrets: Secrets
    meter: Meter
    tier: Tier = "small"
    _is_fallen_back: bool = field(default=False)

    @property
    def has_larger(self) -> bool:
        """Whether there is another model to try."""
        now = self._endpoint
        return self.tier == "small" and now.large != now.small

    @property
    def _endpoint(self) -> Endpoint:
        found = self.settings.fallback if self._is_fallen_back else self.settings.endpoint
        if found is None:
            raise LookupError("no model endpoint is configured")
        return found

    def model(self) -> ChatOpenAI:
        """The client of the model that is asked now."""
        return _client(
            self._endpoint.base_url, self._model, self._key, self.settings.timeout_seconds
        )

    @property
    def _model(self) -> str:
        return self._endpoint.large if self.tier == "large" else self._endpoint.small

    def ask(
        self, messages: Sequence[BaseMessage], tools: Sequence[BaseTool], *, listener: Listener
    ) -> AIMessage:
        """The model's answer to the messages.

        Raises:
            Trouble: no endpoint gave one.
            Stopped: the asker pressed stop.
            Exhausted: it would take more tokens than a question may use.
        """
        try:
            return self._ask_again(messages, tools, listener)
        except Trouble as found:
            if not found.is_outage or self._is_fallen_back or self.settings.fallback is None:
                raise
            if found.is_half_said:
                raise
            _log.info("%s; asking %s", found.sentence, self.settings.fallback.host)
        self._is_fallen_back = True
        listener.ear.status("Asking the second model…")
        return self._ask_again(messages, tools, listener)

    def _ask_again(
        self, messages: Sequence[BaseMessage], tools: Sequence[BaseTool], listener: Listener
    ) -> AIMessage:
        for left in reversed(range(_TRIES)):
            try:
                return self._ask_once(messages, tools, listener)
            except Trouble as found:
                found.is_half_said = listener.broke()
                if found.is_half_said or not left or found.wait is None:
                    raise
                _wait(found.wait, listener.ear)
        raise AssertionError("the last try raises")

    def _ask_once(
        self, messages: Sequence[BaseMessage], tools: Sequence[BaseTool], listener: Listener
    ) -> AIMessage:
        call = _Call(self, self._endpoint, self._model, self.model(), messages, tools)
        return call.answer(listener)

    @property
    def _key(self) -> str:
        key = self.secrets.fallback_key if self._is_fallen_back else self.secrets.model_key
        return key or NO_KEY


@dataclass
class _Call:
    """One request, from its first to its last byte."""

    asked: Endpoints
    endpoint: Endpoint
    model: str
    client: ChatOpenAI
    messages: Sequence[BaseMessage]
    tools: Sequence[BaseTool]
    outcome: str = "ok"
    whole: AIMessageChunk | None = None
    letters: int = 0

    def answer(self, listener: Listener) -> AIMessage:
        if self.asked.meter.spent + self._reserved > self.asked.settings.max_tokens:
            raise Exhausted
        start = time.monotonic()
        try:
            self._read(listener)
            return self._checked()
        except Stopped:
            self.outcome = "stopped"
            raise
        except Exhausted:
            self.outcome = "too_many_tokens"
            raise
        except Trouble as found:
            self.outcome = found.outcome
            raise
        finally:
            self.asked.meter.record(
                self.endpoint,
                self.model,
                tokens=self._tokens(),
                reserved=self._reserved + self.letters // LETTERS if self._has_run else 0,
                seconds=time.monotonic() - start,
                outcome=self.outcome,
            )

    @property
    def _has_run(self) -> bool:
        """Whether the endpoint may have begun to work, so that the reservation is kept."""
        return self.whole is not None or self.outcome in ("timeout", "stopped")

    def _read(self, listener: Listener) -> None:
        settings = self.asked.settings
        most = LETTERS * (settings.max_tokens - self.asked.meter.spent - self._reserved + _ANSWER)
        with closing(self._pieces(listener.ear)) as pieces:
            for piece in pieces:
                self.whole = piece if self.whole is None else self.whole + piece
                words = str(piece.text)
                calls = sum(len(c.get("args") or "") for c in piece.tool_call_chunks)
                self.letters += len(words) + calls
                if self.letters > most:
                    raise Exhausted
                if words:
                    listener.words(words)

    def _pieces(self, ear: Ear) -> Generator[AIMessageChunk]:
        """The pieces of the answer, with the client's errors in our own words."""
        host, seconds = self.endpoint.host, self.asked.settings.timeout_seconds
        bound: Runnable[Any, Any] = self.client
        if self.tools:
            bound = self.client.bind_tools(self.tools)
        begin = partial(bound.stream, list(self.messages))
        try:
            yield from follow(begin, seconds=seconds, wants_stop=ear.wants_stop)
        except (Stopped, Exhausted, GeneratorExit):
            raise
        except Silence:
            raise trouble.silent(host, seconds) from None
        except Exception as error:  # noqa: BLE001  what a strange endpoint makes the client raise
            found = trouble.of(
                error,
                host=host,
                model=self.model,
                seconds=seconds,
                has_begun=self.whole is not None,
            )
            # Only the kind of error is logged: its text may hold the key or what was sent.
            _log.info("%s from %s for %s", type(error).__name__, host, self.model)
            raise found from None

    def _checked(self) -> AIMessage:
        """The message, where it is one.

        Raises:
            Trouble: it is cut, empty or a refusal.
        """
        from langchain_core.messages import AIMessage

        whole, host = self.whole, self.endpoint.host
        if whole is None:
            raise trouble.nonsense(host)
        reason = whole.response_metadata.get("finish_reason")
        if whole.additional_kwargs.get("refusal") or reason == "content_filter":
            raise trouble.declined(host)
        if reason is None:
            raise trouble.cut(host)
        calls, wrong = _calls(whole)
        if not calls and not str(whole.text).strip():
            raise trouble.empty(host)
        return AIMessage(str(whole.text), tool_calls=calls, response_metadata={"wrong": wrong})

    def _tokens(self) -> Tokens | None:
        usage = self.whole.usage_metadata if self.whole is not None else None
        if not usage:
            return None
        details = usage.get("input_token_details") or {}
        return Tokens(
            usage["input_tokens"] or 0, details.get("cache_read") or 0, usage["output_tokens"] or 0
        )

    @cached_property
    def _reserved(self) -> int:
        """The prompt by its letters, and an answer: put aside until the endpoint reports."""
        letters = sum(
            len(str(m.content)) + len(str(getattr(m, "tool_calls", ""))) for m in self.messages
        )
        schema = sum(len(tool.description) + 60 * len(tool.args) for tool in self.tools)
        return (letters + schema) // LETTERS + _ANSWER


def _calls(whole: AIMessageChunk) -> tuple[list[ToolCall], list[str]]:
    """The tool calls, and the ids of those whose arguments are no JSON.

    LangChain mends half a JSON; half an argument would ask for something else.
    """
    from langchain_core.messages import ToolCall

    found: list[ToolCall] = []
    wrong: list[str] = []
    for number, chunk in enumerate(whole.tool_call_chunks):
        id = chunk.get("id") or f"call-{number}"
        arguments = _arguments(chunk.get("args") or "{}")
        if arguments is None:
            wrong.append(id)
        found.append(ToolCall(name=chunk.get("name") or "?", args=arguments or {}, id=id))
    return found, wrong


def _arguments(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@lru_cache(maxsize=8)
def _client(base_url: str, model: str, key: str, seconds: float) -> ChatOpenAI:
    """One client for each model: it keeps its connections between questions."""
    import warnings

    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    # A chunk of a wrong shape is told in a sentence; a terminal needs no second one.
    warnings.filterwarnings("ignore", "(?s)Pydantic serializer warnings", UserWarning)

    class Client(ChatOpenAI):
        """Also tells when a model declines, which streams otherwise lose."""

        def _convert_chunk_to_generation_chunk(self, chunk: Any, *more: Any) -> Any:  # noqa: ANN401
            made = super()._convert_chunk_to_generation_chunk(chunk, *more)
            choices = chunk.get("choices") if isinstance(chunk, dict) else None
            if made is not None and choices and (choices[0].get("delta") or {}).get("refusal"):
                made.message.additional_kwargs["refusal"] = "yes"
            return made

    return Client(
        model=model,
        base_url=base_url,
        api_key=SecretStr(key),
        stream_usage=True,  # it is off by default for any address but OpenAI's own
        max_retries=0,
        http_client=_http(seconds),
        use_responses_api=False,
    )


@lru_cache(maxsize=4)
def _http(seconds: float) -> Any:  # noqa: ANN401  the client library's own transport
    import openai

    client = openai.DefaultHttpxClient(
        timeout=openai.Timeout(seconds + 1, connect=min(10.0, seconds)),
        event_hooks={"response": [remember_response]},
    )
    client.event_hooks["request"].append(partial(remember_request, client))
    return client


def _wait(seconds: float, ear: Ear) -> None:
    """A moment, awake to a pressed stop button."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if ear.wants_stop():
            raise Stopped
        time.sleep(min(left, 0.05))
