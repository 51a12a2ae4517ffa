"""Lumen Labs on Azure: Azure ML for enterprise customers, and the sandbox."""

from __future__ import annotations

from dataclasses import replace

from tools.core.periods import DAY
from tools.samples.charges import (
    Account,
    Bill,
    Commitment,
    Meter,
    Price,
    Shape,
    between,
    growing,
    month_end,
    office,
    steady,
    visitors,
    workdays,
)
from tools.samples.organisation import ADA, BEN, HANA, MARCUS, SOFIA, TOM, Label

BILLING = Account("7654321", "Lumen Labs Inc.")
ENTERPRISE = Account("/subscriptions/6f1b0a52-0d0e-4c61-9a54-1e7d5c3b2a01", "lumen-enterprise")
RESEARCH = Account("/subscriptions/6f1b0a52-0d0e-4c61-9a54-1e7d5c3b2a02", "lumen-azure-research")
SANDBOX = Account("/subscriptions/6f1b0a52-0d0e-4c61-9a54-1e7d5c3b2a03", "lumen-sandbox")

RESERVED = Commitment(
    "/providers/microsoft.capacity/reservationorders/2c7e1d3a/reservations/nc24ads-1yr",
    "nc24ads-a100-1yr",
    "Reservation",
    "Usage",
)
EXPERIMENT = Label(MARCUS, "playground", "sandbox", "llm-sweep")
EXPERIMENT_DAYS = (76, 74)  # days ago: first and last
EXPERIMENT_RESOURCE = "sweep-a100"
# name → list price an hour, GPUs
_MACHINES = {
    "Standard_ND96isr_H100_v5": (98.32, 8),
    "Standard_NC96ads_A100_v4": (14.692, 4),
    "Standard_NC24ads_A100_v4": (3.673, 1),
    "Standard_D16s_v5": (0.768, 0),
    "Standard_D4s_v5": (0.192, 0),
}


def machine(
    kind: str,
    name: str,
    label: Label | None,
    *,
    subscription: Account,
    service: str = "Virtual Machines",
    reserved: float | None = None,
    region: str = "eastus2",
) -> Meter:
    """A virtual machine by the hour; `reserved` is its price under the reservation."""
    hourly, gpus = _MACHINES[kind]
    kinds = (
        "machinelearningservices/workspaces" if "Learning" in service else "compute/virtualmachines"
    )
    return Meter(
        service=service,
        category="AI and Machine Learning" if "Learning" in service else "Compute",
        description=f"{kind} - {region}",
        price=Price.covered(hourly, reserved) if reserved else Price.plain(hourly),
        unit="1 Hour",
        consumed_unit="Hours",
        account=subscription,
        region=region,
        resource=f"{subscription.id}/resourcegroups/rg-{name}/providers/microsoft.{kinds}/{name}",
        resource_name=name,
        resource_type="Azure ML workspace" if "Learning" in service else "Virtual machine",
        sku=f"DZH318Z0{kind[-12:].upper()}",
        meter=kind.removeprefix("Standard_").replace("_", " "),
        tags=label.azure() if label else {},
        details={"InstanceType": kind, **({"GpuCount": gpus} if gpus else {})},
        pricing="Committed" if reserved else "Standard",
        commitment=RESERVED if reserved else None,
        commitment_status="Used" if reserved else None,
    )


def managed(
    service: str,
    category: str,
    meter: str,
    amount: float,
    unit: str,
    label: Label | None,
    *,
    subscription: Account,
    resource: str,
) -> Meter:
    """A line of a managed service."""
    return Meter(
        service=service,
        category=category,
        description=f"{service} - {meter}",
        price=Price.plain(amount),
        unit=unit,
        consumed_unit=unit.removeprefix("1 "),
        account=subscription,
        region="eastus2",
        resource=f"{subscription.id}/resourcegroups/rg-shared/providers/{resource}",
        resource_name=resource.rsplit("/", 1)[-1],
        sku=f"DZH318Z1{abs(hash_of(resource + meter)) % 10**6:06}",
        meter=meter,
        tags=label.azure() if label else {},
    )


def hash_of(text: str) -> int:
    """A number from a text that is the same in every run, unlike `hash`."""
    from zlib import crc32

    return crc32(text.encode())


def build(bill: Bill) -> None:
    """Every charge of the Azure bill."""
    _machine_learning(bill)
    _apps(bill)
    _sandbox(bill)
    _adjustments(bill)


def _machine_learning(bill: Bill) -> None:
    served = Label(HANA, "enterprise", "prod", "tenant-inference", "lumen-write-13b")
    for n in range(4):
        node = machine(
            "Standard_NC24ads_A100_v4", f"tenant-a100-{n}", served, subscription=ENTERPRISE,
            service="Azure Machine Learning", reserved=2.29,
        )  # fmt: skip
        bill.daily(node, 24)
    tuned = Label(ADA, "enterprise-tuning", "prod", "finetuning", "lumen-write-13b")
    node = machine(
        "Standard_ND96isr_H100_v5", "tuning-h100", tuned, subscription=RESEARCH,
        service="Azure Machine Learning",
    )  # fmt: skip
    bill.daily(node, 14, growing(month_end, 0.02), noise=0.15)
    prepared = Label(SOFIA, "enterprise-tuning", "prod", "preprocessing")
    for n in range(4):
        worker = machine(
            "Standard_D16s_v5", f"prep-cpu-{n}", prepared, subscription=RESEARCH,
            service="Azure Machine Learning",
        )  # fmt: skip
        bill.daily(worker, 13, workdays, noise=0.2)


_APPS: tuple[tuple[Label, int, Shape], ...] = (
    (Label(HANA, "enterprise", "prod", "tenant-api"), 6, visitors),
    (Label(HANA, "enterprise", "staging", "tenant-api"), 2, office),
    (Label(BEN, "kubernetes", "prod", "ingress"), 3, steady),
)


def _apps(bill: Bill) -> None:
    for label, count, shape in _APPS:
        for n in range(count):
            name = f"aks-{label.workload}-{label.env}-{n}"
            node = machine("Standard_D16s_v5", name, label, subscription=ENTERPRISE)
            bill.daily(node, 24, shape)
    tenant = Label(HANA, "enterprise", "prod", "tenant-api")
    tuning = Label(ADA, "enterprise-tuning", "prod", "finetuning")
    for service, category, meter, amount, unit, whose, level, resource in (
        ("Storage", "Storage", "Hot LRS Data Stored", 0.0184, "1 GB/Month", tuning, 1_480,
         "microsoft.storage/storageaccounts/lumentuning"),
        ("Storage", "Storage", "Hot LRS Data Stored", 0.0184, "1 GB/Month", tenant, 820,
         "microsoft.storage/storageaccounts/lumentenants"),
        ("Azure AI Search", "AI and Machine Learning", "Standard S2 Unit", 1.344, "1 Hour",
         tenant, 48, "microsoft.search/searchservices/tenants"),
        ("Azure Cosmos DB", "Databases", "100 RU/s", 0.008, "1 Hour", tenant, 9_600,
         "microsoft.documentdb/databaseaccounts/threads"),
        ("Bandwidth", "Networking", "Standard Data Transfer Out", 0.08, "1 GB", tenant, 560,
         "microsoft.network/publicipaddresses/tenants"),
        ("Log Analytics", "Management and Governance", "Pay-as-you-go Data Ingestion", 2.3,
         "1 GB", None, 34, "microsoft.operationalinsights/workspaces/all"),
        ("Microsoft Defender for Cloud", "Security", "Standard Node", 0.02, "1 Hour", None, 840,
         "microsoft.security/pricings/servers"),
    ):  # fmt: skip
        line = managed(
            service, category, meter, amount, unit, whose, subscription=ENTERPRISE,
            resource=resource,
        )  # fmt: skip
        moving = service in ("Bandwidth", "Log Analytics")
        bill.daily(line, level, growing(visitors if moving else steady, 0.02), noise=0.1 * moving)


def _sandbox(bill: Bill) -> None:
    """A little spend, and one experiment that forgot how many GPUs a sweep takes."""
    for n, person in enumerate((MARCUS, TOM, BEN)):
        label = Label(person, "playground", "sandbox", "notebook")
        box = machine("Standard_D4s_v5", f"vm-{person.slug}", label, subscription=SANDBOX)
        bill.daily(box, 8 + 3 * n, workdays, noise=0.4)
    first, last = EXPERIMENT_DAYS
    for n in range(4):
        node = machine(
            "Standard_NC96ads_A100_v4", f"{EXPERIMENT_RESOURCE}-{n}", EXPERIMENT,
            subscription=SANDBOX,
        )  # fmt: skip
        bill.daily(node, 24, between(steady, after=first, until=last))


def _adjustments(bill: Bill) -> None:
    bought = Meter(
        service="Azure Machine Learning", category="AI and Machine Learning",
        description="NC24ads A100 v4 reservation, 1 year, monthly", price=Price.purchase(1.0),
        unit="Dollars", account=ENTERPRISE, region="eastus2", resource=RESERVED.id,
        resource_name=RESERVED.name, resource_type="Reservation", sku="DZH318Z0RESERVED",
        meter="NC24ads A100 v4 Reservation", charge="Purchase", frequency="Recurring",
        commitment=RESERVED,
    )  # fmt: skip
    unused = replace(
        bought, description="Unused reservation: NC24ads A100 v4", price=Price.unused(1.0),
        charge="Usage", frequency="Usage-Based", pricing="Committed", commitment_status="Unused",
    )  # fmt: skip
    bill.commit(bought, unused, per_day=24 * 4 * 2.29)
    credit = replace(
        bought, service="Azure credits", description="Service level credit", price=Price.given(),
        unit=None, charge="Credit", frequency="One-Time", pricing=None, commitment=None, sku=None,
        meter=None, resource=None, resource_name=None, resource_type=None,
    )  # fmt: skip
    bill.once(credit, bill.calendar.today - 51 * DAY, -730.15)
