"""Whether something works for its money: pure rules over what was measured.

What was not measured is unknown, never idle. A GPU machine is idle where the busiest of its GPUs
stayed below the limit over the whole window, enough of the window was measured, and processors
and network were quiet, too: data being prepared, or copied, keeps them busy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tools.clouds.resources import Kind, Resource, Sample, State, Use
from tools.core.machines import Idleness

QUIET_CPU = 10.0  # percent of all cores, at most, in every sample
QUIET_NETWORK = 1_000_000.0  # bytes a second, in and out, in every sample
LOADED = 50.0  # percent of GPU memory: a model lies in it
LOOK_BACK = timedelta(days=30)
FEWEST = 3  # samples; fewer are no measurement


@dataclass(frozen=True, slots=True)
class IdleRule:
    """When something counts as idle.

    Args:
        percent: the busiest GPU stays below this.
        hours: for so long.
        coverage: of the window that must have been measured, 0 to 1.
    """

    percent: float = 5.0
    hours: float = 6.0
    coverage: float = 0.9

    @property
    def window(self) -> timedelta:
        """How long it must have been so."""
        return timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether it is idle, how sure that is, and the next step."""

    idleness: Idleness
    sureness: str
    advice: str = ""


def judge(resource: Resource, use: Use | None, rule: IdleRule, *, now: datetime) -> Judgement:
    """Whether a resource was used over the window that `use` covers.

    Args:
        resource: what it is.
        use: what was measured over the rule's window; None where nothing could be asked.
        rule: when something counts as idle.
        now: the end of the window.
    """
    if resource.address.kind is Kind.DISK:
        return _disk(resource)
    if resource.state is not State.RUNNING:
        return Judgement(Idleness.NOT_ASKED, f"it is {resource.state.value}")
    if use is None:
        return Judgement(Idleness.UNKNOWN, "its metrics could not be read", "ask the owner")
    if resource.address.kind is Kind.ENDPOINT:
        return _endpoint(use, rule)
    young = resource.launched is not None and now - resource.launched < rule.window
    if young and not _is_busy(use, rule):
        return Judgement(
            Idleness.UNKNOWN, f"it runs for less than {rule.hours:g} h", "ask again later"
        )
    return _gpus(use, rule) if resource.gpus else _plain(resource, use, rule)


def idle_since(use: Use, rule: IdleRule, *, until: datetime) -> datetime | None:
    """Since when nothing was measured on it, walking back from the end of what was measured.

    A gap of more than an hour ends the walk: what was not measured is not called idle.
    """
    series = use.gpu or use.requests
    limit = rule.percent if use.gpu else 0.0
    loud = _loud(use.cpu, QUIET_CPU) | _loud(use.network, QUIET_NETWORK)
    found, last = None, until
    for sample in reversed(series):
        is_quiet = sample.value < limit or sample.value == 0
        if not is_quiet or sample.at in loud or last - sample.at > timedelta(hours=1):
            break
        found = last = sample.at
    return found


def _disk(resource: Resource) -> Judgement:
    if resource.is_attached:
        return Judgement(Idleness.BUSY, "attached")
    return Judgement(Idleness.ZOMBIE, "attached to nothing", "snapshot what is needed, delete it")


def _endpoint(use: Use, rule: IdleRule) -> Judgement:
    if len(use.requests) < FEWEST or use.coverage < rule.coverage:
        return _unmeasured(use, rule)
    if any(sample.value > 0 for sample in use.requests):
        return Judgement(Idleness.BUSY, "it is asked")
    said = f"no request in {rule.hours:g} h, {_measured(use)} measured"
    return Judgement(Idleness.ZOMBIE, said, "scale it down, or delete it")


def _gpus(use: Use, rule: IdleRule) -> Judgement:
    if _is_busy(use, rule):
        return Judgement(Idleness.BUSY, f"GPU up to {_most(use.gpu):.0f} %")
    if len(use.gpu) < FEWEST or use.coverage < rule.coverage:
        return _unmeasured(use, rule)
    if not use.cpu or not use.network:
        what = "processor" if not use.cpu else "network"
        return Judgement(Idleness.UNKNOWN, f"GPU idle, {what} not measured", "ask the owner")
    if _most(use.cpu) > QUIET_CPU or _most(use.network) > QUIET_NETWORK:
        return Judgement(Idleness.BUSY, f"GPU idle, but {_at_work(use)}")
    said = f"{_measured(use)} of {rule.hours:g} h measured, GPU up to {_most(use.gpu):.0f} %"
    said = f"{said}, CPU up to {_most(use.cpu):.0f} %"
    if use.gpu_memory and _most(use.gpu_memory) > LOADED:
        return Judgement(Idleness.IDLE, f"{said}; a model lies in its memory", "ask the owner")
    return Judgement(Idleness.IDLE, said, "stop it")


def _plain(resource: Resource, use: Use, rule: IdleRule) -> Judgement:
    """Without a GPU only a notebook left open is looked for."""
    if resource.address.kind is not Kind.NOTEBOOK:
        return Judgement(Idleness.NOT_ASKED, "no GPU")
    held = min(1.0, len(use.cpu) / use.expected) if use.expected else 0.0
    if len(use.cpu) < FEWEST or held < rule.coverage:
        return _unmeasured(use, rule)
    if _most(use.cpu) > QUIET_CPU:
        return Judgement(Idleness.BUSY, f"CPU up to {_most(use.cpu):.0f} %")
    return Judgement(Idleness.ZOMBIE, f"open, CPU up to {_most(use.cpu):.0f} %", "stop it")


def _unmeasured(use: Use, rule: IdleRule) -> Judgement:
    said = use.missing or f"only {_measured(use)} of {rule.hours:g} h measured"
    return Judgement(Idleness.UNKNOWN, said, "ask the owner")


def _is_busy(use: Use, rule: IdleRule) -> bool:
    """One sample is enough: a gap never makes it idle."""
    return bool(use.gpu) and _most(use.gpu) >= rule.percent


def _at_work(use: Use) -> str:
    if _most(use.cpu) > QUIET_CPU:
        return f"CPU up to {_most(use.cpu):.0f} %"
    return f"network up to {_most(use.network) / 1_000_000:.0f} MB a second"


def _loud(samples: Sequence[Sample], limit: float) -> set[datetime]:
    return {sample.at for sample in samples if sample.value > limit}


def _most(samples: Sequence[Sample]) -> float:
    return max(sample.value for sample in samples)


def _measured(use: Use) -> str:
    return f"{int(use.coverage * 100)} %"
