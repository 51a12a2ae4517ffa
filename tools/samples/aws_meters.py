"""What Lumen Labs rents from AWS: accounts, commitments, machines and their prices."""

from __future__ import annotations

from dataclasses import dataclass

from tools.samples.charges import Account, Commitment, Meter, Price
from tools.samples.organisation import Label

PAYER = Account("111122223333", "Lumen Labs")
PROD = Account("210987654321", "lumen-prod")
RESEARCH = Account("320987654322", "lumen-research")
DATA = Account("430987654323", "lumen-data")
DEV = Account("540987654324", "lumen-dev")
SANDBOX = Account("650987654325", "lumen-sandbox")

PLAN_RESEARCH = Commitment(
    "arn:aws:savingsplans::111122223333:savingsplan/5c1a0f6e-research",
    "research-compute-sp",
    "Compute Savings Plan",
)
PLAN_SECOND = Commitment(
    "arn:aws:savingsplans::111122223333:savingsplan/e83b40d7-research",
    "research-compute-sp-2",
    "Compute Savings Plan",
)
PLAN_SERVING = Commitment(
    "arn:aws:savingsplans::111122223333:savingsplan/9d27be41-serving",
    "serving-compute-sp",
    "Compute Savings Plan",
)
RESERVED_DB = Commitment(
    "arn:aws:rds:us-east-1:111122223333:ri:lumen-aurora-1yr",
    "lumen-aurora-1yr",
    "Reserved Instance",
    "Usage",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """An instance type: list price an hour, GPUs, vCPUs, memory in GiB."""

    name: str
    hourly: float
    gpus: int
    cores: int
    memory: int
    spot: float = 0.0
    planned: float = 0.0  # an hour under a savings plan


P5 = Machine("p5.48xlarge", 55.04, 8, 192, 2048, spot=21.88, planned=37.29)
P4D = Machine("p4d.24xlarge", 21.957642, 8, 96, 1152, spot=8.23)
G5_48 = Machine("g5.48xlarge", 16.288, 8, 192, 768, spot=5.93)
G5_12 = Machine("g5.12xlarge", 5.672, 4, 48, 192, planned=3.69)
G5_2 = Machine("g5.2xlarge", 1.212, 1, 8, 32, spot=0.47)
M6I = Machine("m6i.4xlarge", 0.768, 0, 16, 64, spot=0.29, planned=0.507)


def instance(
    machine: Machine,
    resource: str,
    label: Label | None,
    *,
    account: Account,
    region: str = "us-east-1",
    plan: Commitment | None = None,
    spot: bool = False,
) -> Meter:
    """An EC2 instance by the hour: on demand, spot, or under a savings plan."""
    price = Price.plain(machine.hourly, discount=0.04)
    if spot:
        price = Price(machine.hourly, machine.spot, machine.spot, machine.spot)
    elif plan:
        price = Price.covered(machine.hourly, machine.planned)
    how = "spot" if spot else "covered by Compute Savings Plans" if plan else "on demand"
    return Meter(
        service="Amazon Elastic Compute Cloud",
        category="Compute",
        description=f"${price.contracted:.4f} per {machine.name} instance hour, Linux, {how}",
        price=price,
        unit="Hours",
        consumed_unit="Hours",
        account=account,
        region=region,
        zone=f"{region}b",
        resource=f"arn:aws:ec2:{region}:{account.id}:instance/{resource}",
        resource_name=resource,
        resource_type="Instance",
        sku=f"EC2-{machine.name}-{'Spot' if spot else 'Linux'}",
        meter=f"{'SpotUsage' if spot else 'BoxUsage'}:{machine.name}",
        tags=label.aws() if label else {},
        details=_details(machine),
        pricing="Dynamic" if spot else "Committed" if plan else "Standard",
        commitment=plan,
        commitment_status="Used" if plan else None,
    )


def _details(machine: Machine) -> dict[str, str | int]:
    """SkuPriceDetails of an instance, as FOCUS names them."""
    details: dict[str, str | int] = {
        "InstanceType": machine.name,
        "InstanceSeries": machine.name.split(".")[0],
        "CoreCount": machine.cores,
        "MemorySize": machine.memory,
        "OperatingSystem": "Linux",
    }
    return {**details, "GpuCount": machine.gpus} if machine.gpus else details


def managed(
    service: str,
    category: str,
    description: str,
    amount: float,
    unit: str,
    label: Label | None,
    *,
    account: Account,
    resource: str,
    meter: str,
    region: str = "us-east-1",
) -> Meter:
    """A line of a managed service, at its public price."""
    return Meter(
        service=service,
        category=category,
        description=description,
        price=Price.plain(amount, discount=0.04),
        unit=unit,
        consumed_unit=unit,
        account=account,
        region=region,
        resource=resource,
        resource_name=resource.rsplit("/", 1)[-1].rsplit(":", 1)[-1],
        sku=meter.replace(":", "-"),
        meter=meter,
        tags=label.aws() if label else {},
    )
