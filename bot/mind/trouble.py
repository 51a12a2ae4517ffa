"""What can go wrong with a model endpoint: one word for the ledger, one sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.core.errors import ConfigError, PurserError, UnavailableError

if TYPE_CHECKING:
    from openai import APIStatusError

LONGEST_WAIT = 5.0  # seconds that a question waits where an endpoint asks for it
SHORT_WAIT = 0.3


@dataclass(eq=False)
class Trouble(Exception):
    """A call of a model that did not give an answer.

    Args:
        outcome: in one word, for the ledger.
        sentence: for a person; names the endpoint's host, never what it answered.
        is_outage: another endpoint may do better, and trying again may help.
        wait: seconds after which the same call may be tried again; None where it is of no use.
        is_ours: configuration or request are to blame, not the endpoint's health.
        is_half_said: some of its words were shown already, so that it cannot begin again.
    """

    outcome: str
    sentence: str
    is_outage: bool = True
    wait: float | None = SHORT_WAIT
    is_ours: bool = False
    is_half_said: bool = False

    def error(self) -> PurserError:
        """As it is raised to whoever asked."""
        return ConfigError(self.sentence) if self.is_ours else UnavailableError(self.sentence)


def silent(host: str, seconds: float) -> Trouble:
    """Nothing came for so long; waiting as long again helps nobody."""
    return Trouble(
        "timeout",
        f"The model at {host} was silent for {seconds:g} seconds, so I gave up. "
        "Please try again, or ask in the words of /cost.",
        wait=None,
    )


def cut(host: str) -> Trouble:
    """The answer ended before its end."""
    return Trouble(
        "cut", f"The answer of the model at {host} broke off. Please try again in a moment."
    )


def nonsense(host: str) -> Trouble:
    """What came is no chat completion."""
    return Trouble(
        "nonsense",
        f"What came back from {host} was no answer of a model. Check [model] base_url in "
        "purser.toml if it stays so.",
    )


def empty(host: str) -> Trouble:
    """A completion without words or calls."""
    return Trouble("empty", f"The model at {host} gave an empty answer. Please ask again.")


def declined(host: str) -> Trouble:
    """The model, or a filter around it, refuses to answer."""
    return Trouble(
        "refused",
        f"The model at {host} declined to answer that. Put it differently, or ask with /cost.",
        is_outage=False,
        wait=None,
    )


def too_long(host: str) -> Trouble:
    """More than the model's window."""
    return Trouble(
        "too_long",
        f"That was too long for the model at {host}. Please ask for less at once.",
        is_outage=False,
        wait=None,
    )


def of(error: BaseException, *, host: str, model: str, seconds: float, has_begun: bool) -> Trouble:
    """What an exception of the client library means.

    Args:
        error: as it was raised.
        host: of the endpoint.
        model: that was asked for.
        seconds: of silence that are allowed.
        has_begun: something of the answer had come.
    """
    import openai

    if isinstance(error, openai.APITimeoutError) or _is_named(error, "Timeout"):
        return silent(host, seconds)
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, host, model)
    if isinstance(error, openai.APIConnectionError) or _is_named(error, "ProtocolError", "Read"):
        if has_begun:
            return cut(host)
        return Trouble(
            "unreachable",
            f"The model endpoint at {host} cannot be reached. Please try again in a moment.",
        )
    if isinstance(error, openai.APIError):  # an error in the middle of the stream
        return cut(host) if has_begun else nonsense(host)
    return nonsense(host)


def _of_status(error: APIStatusError, host: str, model: str) -> Trouble:
    status, code = error.status_code, str(error.code or "")
    if status == 429:
        return _throttled(error, host, code)
    if status >= 500 or status == 408:
        return Trouble(
            f"http_{status}",
            f"The model endpoint at {host} has trouble (HTTP {status}). Please try again in a "
            "moment.",
        )
    if status in (401, 403):
        return _ours(
            f"http_{status}",
            f"The model endpoint at {host} refused the key (HTTP {status}). Set OPENAI_API_KEY "
            "to one it accepts.",
        )
    if status == 404:
        return _ours(
            "no_model",
            f"The endpoint at {host} has no model “{model}” (HTTP 404). Name another in "
            "purser.toml: [model] small and large, or check base_url.",
        )
    if "content" in code and ("filter" in code or "policy" in code):
        return declined(host)
    if "context_length" in code or type(error).__name__.startswith("OpenAIContextOverflow"):
        return too_long(host)
    return _ours(
        f"http_{status}",
        f"The model endpoint at {host} did not accept the request for “{model}” (HTTP {status}).",
    )


def _ours(outcome: str, sentence: str) -> Trouble:
    return Trouble(outcome, sentence, is_outage=False, wait=None, is_ours=True)


def _throttled(error: object, host: str, code: str) -> Trouble:
    if code == "insufficient_quota":
        return Trouble(
            "no_quota",
            f"The quota of the model at {host} is used up; whoever owns the key can raise it.",
            wait=None,
        )
    wait = _retry_after(error)
    return Trouble(
        "throttled",
        f"The model at {host} takes no more questions just now. Please try again in a minute.",
        wait=wait if wait <= LONGEST_WAIT else None,
    )


def _retry_after(error: object) -> float:
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or {}
    try:
        seconds = float(headers.get("retry-after") or 1)
    except ValueError:
        return LONGEST_WAIT + 1  # a date: further away than anybody waits
    return max(0.0, seconds)


def _is_named(error: BaseException, *parts: str) -> bool:
    """The transport's own errors, which reach here unwrapped from the middle of a stream."""
    module = type(error).__module__.partition(".")[0]
    return module.startswith(("httpx", "httpcore")) and any(
        part in type(error).__name__ for part in parts
    )
