"""What a cloud's own log tells to have been started: what, when, and by whom.

It is read at the time of need, never copied: a cloud keeps it for months, and an anomaly is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tools.clouds.resources import Address


class Service(StrEnum):
    """Of what sort the things are that begin to cost."""

    MACHINES = "machines"
    SAGEMAKER = "sagemaker"
    DATABASES = "databases"
    MODELS = "models"


# By which words a bill's service is known.
_WORDS: Mapping[Service, tuple[str, ...]] = {
    Service.MACHINES: ("elastic compute", "ec2", "compute engine", "virtual machine"),
    Service.SAGEMAKER: ("sagemaker",),
    Service.DATABASES: ("relational database", "rds", "aurora"),
    Service.MODELS: ("bedrock",),
}


class Asked(NamedTuple):
    """What is asked of a log.

    Args:
        since: from when on, aware.
        until: half-open.
        services: of what sort.
        is_at: whether a place is meant: an address there, of which the name means nothing.
    """

    since: datetime
    until: datetime
    services: frozenset[Service]
    is_at: Callable[[Address], bool] = lambda _place: True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One thing that somebody did and that costs from then on.

    Args:
        at: when, aware.
        what: `p5.48xlarge`, `training job caption-7b`: data.
        done: `launched`, `set to 12 machines`: its verb is ours, names in it are data.
        by: who, as the cloud names them: data; empty where it does not say.
        service: of what sort.
        cloud: `aws`, `sim`.
        account: id.
        region: where.
        names: the cloud's own ids of all that it was done to.
        count: how many machines, where `what` is a type; 0 where it is a thing's name.
        tags: as they were asked for; empty where none were, which does not say there are none.
    """

    at: datetime
    what: str
    done: str
    service: Service
    cloud: str
    account: str
    region: str
    by: str = ""
    names: tuple[str, ...] = ()
    count: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)


class Traces(NamedTuple):
    """What a log told.

    Args:
        found: in no order that matters.
        troubles: a sentence for each account of which not all could be read.
    """

    found: tuple[Trace, ...] = ()
    troubles: tuple[str, ...] = ()


def services_of(billed: str | None) -> frozenset[Service]:
    """What to look for where a bill names a service; everything where it names none."""
    if billed is None:
        return frozenset(Service)
    name = billed.lower()
    return frozenset(one for one, words in _WORDS.items() if any(word in name for word in words))
