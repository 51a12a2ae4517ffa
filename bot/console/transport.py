"""How the stand-in reaches the app: signed HTTP, as Slack does, to this machine only."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlencode, urlsplit

from tools.core.clock import Clock, SystemClock
from tools.core.errors import ConfigError

Kind = Literal["event", "command", "interaction"]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OLD = 600  # seconds; Slack's verifier refuses above 300


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing to tell the app.

    Args:
        kind: what it is, which decides its encoding.
        payload: the event, the form or the interaction.
        retry: 0 for the first delivery, then Slack's X-Slack-Retry-Num.
        reason: X-Slack-Retry-Reason of a redelivery.
        is_forged: sign it with a wrong secret.
        is_old: sign it with a time stamp of ten minutes ago.
    """

    kind: Kind
    payload: Mapping[str, Any]
    retry: int = 0
    reason: str = ""
    is_forged: bool = False
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class Ack:
    """What the app answered, or why it did not.

    Args:
        status: HTTP status; 0 where there was no answer.
        body: the answer's text.
        problem: empty, or Slack's word: http_timeout, connection_failed, http_error.
        wants_no_retry: the app sent X-Slack-No-Retry.
    """

    status: int
    body: str = ""
    problem: str = ""
    wants_no_retry: bool = False


class Transport(Protocol):
    """Carries envelopes to the app."""

    def send(self, envelope: Envelope, *, timeout: float) -> Ack:
        """Deliver once and wait at most `timeout` seconds for the answer."""


@dataclass(frozen=True)
class SignedHttp:
    """Posts to the app's request URL with Slack's signature.

    Args:
        url: the app's `/slack/events`, on this machine.
        signing_secret: shared with the app.
        clock: for the signature's time stamp, which the app compares with its own clock.
    """

    url: str
    signing_secret: str = field(repr=False)
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK:
            raise ConfigError("The local console speaks only to an app on this machine.")

    def send(self, envelope: Envelope, *, timeout: float) -> Ack:
        """Deliver once and wait at most `timeout` seconds for the answer."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout
        )
        body, content_type = _encoded(envelope)
        try:
            connection.request(
                "POST", parts.path, body, self._headers(envelope, body, content_type)
            )
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except TimeoutError:
            return Ack(0, problem="http_timeout")
        except (OSError, http.client.HTTPException):
            return Ack(0, problem="connection_failed")
        finally:
            connection.close()
        return Ack(
            answer.status,
            text,
            "" if answer.status == 200 else "http_error",
            answer.getheader("X-Slack-No-Retry") == "1",
        )

    def _headers(self, envelope: Envelope, body: str, content_type: str) -> dict[str, str]:
        from slack_sdk.signature import SignatureVerifier

        secret = f"not-{self.signing_secret}" if envelope.is_forged else self.signing_secret
        at = int(self.clock.now().timestamp()) - (OLD if envelope.is_old else 0)
        signature = SignatureVerifier(secret).generate_signature(timestamp=str(at), body=body)
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(at),
            "X-Slack-Signature": signature or "",
        }
        if envelope.retry:
            headers |= {
                "X-Slack-Retry-Num": str(envelope.retry),
                "X-Slack-Retry-Reason": envelope.reason,
            }
        return headers


def _encoded(envelope: Envelope) -> tuple[str, str]:
    form = "application/x-www-form-urlencoded"
    match envelope.kind:
        case "event":
            return json.dumps(envelope.payload), "application/json"
        case "command":
            return urlencode(envelope.payload), form
        case "interaction":
            return urlencode({"payload": json.dumps(envelope.payload)}), form
