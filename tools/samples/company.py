"""The sample company of `make demo`: thirteen months of its bills, and what is hidden in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.periods import DAY, Period
from tools.samples import aws, aws_meters, azure, gcp, models
from tools.samples.charges import Bill, Calendar, Charge, Meter, Sum, dollars, totals
from tools.samples.deliveries import (
    anthropic_files,
    aws_export,
    azure_export,
    gcp_export,
    openai_files,
)
from tools.samples.focus import opened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Deliver = Callable[["DuckDBPyConnection", Bill, Path], None]


@dataclass(frozen=True, slots=True)
class SampleSource:
    """One of the company's bills, as `[[sources]]` names it."""

    name: str
    path: Path
    lag_days: int
    complete_through: date


@dataclass(frozen=True, slots=True)
class Planted:
    """Something hidden in the bills for people, and tests, to find.

    Args:
        source: whose bill it is in.
        period: the days it takes.
        where: dimension → value, as `sample_config` defines them; every line of it matches.
        resources: the resources to blame, as the bill writes their ids.
        effective: what those resources cost on those days, in dollars.
    """

    source: str
    period: Period
    where: Mapping[str, str]
    resources: tuple[str, ...]
    effective: Decimal


@dataclass(frozen=True, slots=True)
class SampleCompany:
    """What was written, and what is true of it; totals are kept apart from the files."""

    folder: Path
    today: date
    first_day: date
    sources: tuple[SampleSource, ...]
    totals: Mapping[tuple[str, date], Sum]  # (source, billing period)
    spike: Planted
    idle_gpu: Planted
    forgotten_cluster: Planted
    sandbox_experiment: Planted

    @property
    def rows(self) -> int:
        """Lines of all bills together."""
        return sum(total.rows for total in self.totals.values())


@dataclass(frozen=True, slots=True)
class _Plan:
    name: str
    build: Callable[[Bill], None]
    deliver: Deliver
    lag: int
    partial: float


# A partial day of AWS and Google Cloud holds its first fifteen hours; Azure is a day behind.
_PLANS = (
    _Plan("aws", aws.build, aws_export, 1, 0.625),
    _Plan("gcp", gcp.build, gcp_export, 1, 0.625),
    _Plan("azure", azure.build, azure_export, 2, 0.5),
    _Plan("openai", models.build_openai, openai_files, 0, 0.0),
    _Plan("anthropic", models.build_anthropic, anthropic_files, 0, 0.0),
)


def write_company(folder: Path, *, today: date, seed: int = 7, months: int = 13) -> SampleCompany:
    """Write the company's bills to `folder/bills/<source>/`, up to the day before `today`.

    The same arguments write the same bills.

    Args:
        folder: where to; the bills land below it, nothing else is written.
        today: the day after the last one any bill knows of.
        seed: another seed, other amounts; what is hidden stays where it is.
        months: whole months before the current one.
    """
    bills = {
        plan.name: _bill(plan, Calendar(today, plan.lag, plan.partial, months), seed=seed)
        for plan in _PLANS
    }
    for plan in _PLANS:
        with opened(bills[plan.name]) as db:
            plan.deliver(db, bills[plan.name], folder / "bills" / plan.name)
    return SampleCompany(
        folder=folder,
        today=today,
        first_day=bills["aws"].calendar.first,
        sources=tuple(_source(plan, bills[plan.name], folder) for plan in _PLANS),
        totals={
            (name, period): total
            for name, bill in bills.items()
            for period, total in totals(bill.charges).items()
        },
        spike=_spike(bills["aws"]),
        idle_gpu=_idle(bills["aws"]),
        forgotten_cluster=_forgotten(bills["aws"]),
        sandbox_experiment=_experiment(bills["azure"]),
    )


def _bill(plan: _Plan, calendar: Calendar, *, seed: int) -> Bill:
    bill = Bill(plan.name, calendar, seed)
    plan.build(bill)
    return bill


def _source(plan: _Plan, bill: Bill, folder: Path) -> SampleSource:
    path = folder / "bills" / plan.name
    return SampleSource(plan.name, path, plan.lag, bill.calendar.complete_through)


def _spike(bill: Bill) -> Planted:
    first, last = aws.SPIKE_DAYS
    where = {"team": "search", "workload": "embed-refresh", "region": "us-west-2"}
    return _planted(bill, where, first, last, lambda m: _ends(m, aws.SPIKE_RESOURCES))


def _idle(bill: Bill) -> Planted:
    where = {"env": "dev", "owner": aws.IDLE.owner.email, "workload": "notebook"}
    last = 1 + bill.calendar.lag
    return _planted(bill, where, aws.IDLE_SINCE, last, lambda m: _ends(m, (aws.IDLE_RESOURCE,)))


def _forgotten(bill: Bill) -> Planted:
    where = {"account": aws_meters.DEV.name, "region": "eu-west-1"}
    last = 1 + bill.calendar.lag
    return _planted(bill, where, 233, last, lambda m: m.region == "eu-west-1")


def _experiment(bill: Bill) -> Planted:
    first, last = azure.EXPERIMENT_DAYS
    where = {"env": "sandbox", "workload": azure.EXPERIMENT.workload}
    return _planted(
        bill, where, first, last,
        lambda m: (m.resource_name or "").startswith(azure.EXPERIMENT_RESOURCE),
    )  # fmt: skip


def _ends(meter: Meter, resources: tuple[str, ...]) -> bool:
    return meter.resource_name in resources


def _planted(
    bill: Bill,
    where: Mapping[str, str],
    first: int,
    last: int,
    is_it: Callable[[Meter], bool],
) -> Planted:
    """What the meters picked cost between two days counted back from today, both included."""
    today = bill.calendar.today
    period = Period(today - first * DAY, today - (last - 1) * DAY)
    mine = {n for n, meter in enumerate(bill.meters) if is_it(meter)}

    def counts(charge: Charge) -> bool:
        return charge.meter in mine and charge.day in period

    return Planted(
        source=bill.source,
        period=period,
        where=where,
        resources=tuple(sorted({bill.meters[n].resource or "" for n in mine})),
        effective=dollars(sum(charge.effective for charge in bill.charges if counts(charge))),
    )
