"""From configuration to the fleet. Nothing is asked, and no client loaded, before it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tools.clouds.cloud import Cloud
from tools.clouds.fleet import Fleet
from tools.clouds.idleness import IdleRule
from tools.clouds.prometheus import Prometheus
from tools.clouds.settings import CloudSettings
from tools.core.clock import Clock

if TYPE_CHECKING:
    from tools.lake.lake import Lake


def open_fleet(
    settings: CloudSettings, lake: Lake, *, clock: Clock, guarded: Iterable[str] = ()
) -> Fleet | None:
    """All configured clouds as one; None where none is configured.

    Args:
        settings: which.
        lake: the bills, for prices; its settings have the dimensions.
        clock: the time.
        guarded: tag keys that only the role for them writes (`tools.gate.guards.guarded_tags`).
    """
    clouds = _clouds(settings, clock, frozenset(guarded))
    if not clouds:
        return None
    return Fleet(
        clouds={cloud.name: cloud for cloud in clouds},
        settings=lake.settings,
        rule=IdleRule(settings.idle_percent, settings.idle_hours, settings.idle_coverage),
        lake=lake,
        accounts={account.id: account.name for account in settings.aws if account.name},
        dcgm=Prometheus(settings.prometheus_url) if settings.prometheus_url else None,
    )


def _clouds(settings: CloudSettings, clock: Clock, guarded: frozenset[str]) -> list[Cloud]:
    found: list[Cloud] = []
    if settings.aws:
        from tools.clouds import aws

        found.append(aws.connect(settings.aws, clock, guarded=guarded))
    if settings.gcp:
        from tools.clouds import gcp

        found.append(gcp.connect(settings.gcp, guarded=guarded))
    if settings.simulated:
        from tools.clouds.simulated import SimulatedCloud
        from tools.clouds.simulated_state import SimulatedState

        found.append(SimulatedCloud(SimulatedState(settings.simulated, clock), guarded=guarded))
    return found
