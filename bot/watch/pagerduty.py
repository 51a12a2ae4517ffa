"""PagerDuty, asked who is on call: “List all of the on-calls” of its REST interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tools.core.errors import UnavailableError

TIMEOUT = 5.0  # seconds; an incident does not wait long for a name
MOST = 100
_TROUBLE = "PagerDuty does not say who is on call; check PAGERDUTY_TOKEN and [watch] pagerduty."

_ODD = (ValueError, KeyError, TypeError, AttributeError)  # an answer of another shape


class Duty(NamedTuple):
    """Somebody who is on call.

    Args:
        level: of the escalation policy; 1 is called first.
        email: by which Slack knows them; empty where PagerDuty does not tell.
        name: as PagerDuty has it: data.
    """

    level: int
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """PagerDuty's interface.

    Args:
        url: of the interface.
        token: a read-only key.
        timeout: seconds.
    """

    url: str
    token: str = field(repr=False)
    timeout: float = TIMEOUT

    def on_call(self, policies: Sequence[str]) -> tuple[Duty, ...]:
        """Who is on call now in these escalation policies, the first to be called first.

        Raises:
            UnavailableError: PagerDuty does not answer as it should.
        """
        import httpx

        asked: dict[str, str | Sequence[str]] = {
            "escalation_policy_ids[]": tuple(policies),
            "include[]": "users",
            "earliest": "true",
            "limit": str(MOST),
        }
        headers = {
            "Authorization": f"Token token={self.token}",
            "Accept": "application/vnd.pagerduty+json;version=2",
        }
        try:
            answer = httpx.get(
                f"{self.url.rstrip('/')}/oncalls",
                params=asked,
                headers=headers,
                timeout=self.timeout,
            )
            answer.raise_for_status()
            found = [_duty(one) for one in answer.json()["oncalls"] if one["user"]]
        except (httpx.HTTPError, httpx.InvalidURL, *_ODD) as error:
            raise UnavailableError(_TROUBLE) from error
        return tuple(sorted(dict.fromkeys(found), key=lambda duty: duty.level))


def _duty(one: Mapping[str, Any]) -> Duty:
    user = one["user"]
    name = user.get("name") or user.get("summary") or ""
    return Duty(int(one["escalation_level"]), str(user.get("email") or ""), str(name))
