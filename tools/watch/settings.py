"""What `[watch]` of `purser.toml` may set: what is said without being asked, where and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from tools.core.query import Filter

THRESHOLDS = (50, 75, 90, 100)  # percent of a budget


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    """A channel's digests.

    Args:
        channel: Slack channel id.
        scope: what the channel is about, conditions on dimensions; empty for everything.
        daily: the hour of the daily digest in the zone of the watch; None for none.
        weekly: the hour of Monday's weekly digest; None for none.
        monthly: whether a digest comes when a month's bills are closed.
    """

    channel: str
    scope: tuple[Filter, ...] = ()
    daily: time | None = time(9)
    weekly: time | None = None
    monthly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """The watch. With no channel named anywhere it says nothing, and `doctor` tells.

    Args:
        zone: IANA name of the zone in which hours are meant, such as `Europe/Berlin`.
        operators: channel that hears of late sources and failed deliveries; empty for none.
        incidents: channel of incident threads; empty for none.
        fallback: channel for what cannot be delivered where it should be; empty for none.
        quiet: from and until when only what is urgent is said, in the zone; None for never.
        thresholds: percent of a budget at which its owner is told, ascending.
        severe: dollars a day beyond what is usual that open an incident.
        on_call: who is mentioned first in an incident: user groups (`S…`), then users (`U…`).
        pagerduty: escalation policy ids that are asked for who is on call.
        pagerduty_url: where they are asked.
        escalate_after: minutes until somebody else is mentioned when nobody acknowledges.
        ingest: minutes between two ingests of the configured sources; 0 for none.
        needs: whether *Still needed?* goes out every Monday.
        digests: the channels' digests.
    """

    zone: str = "UTC"
    operators: str = ""
    incidents: str = ""
    fallback: str = ""
    quiet: tuple[time, time] | None = None
    thresholds: tuple[int, ...] = THRESHOLDS
    severe: int = 1000
    on_call: tuple[str, ...] = ()
    pagerduty: tuple[str, ...] = ()
    pagerduty_url: str = "https://api.pagerduty.com"
    escalate_after: int = 15
    ingest: int = 60
    needs: bool = False
    digests: tuple[DigestSettings, ...] = field(default=())

    @property
    def is_on(self) -> bool:
        """Whether any channel is named: else nothing is said without being asked."""
        return bool(self.operators or self.incidents or self.fallback or self.digests)
