"""Lumen Labs on Google Cloud: the assistant's own models, GKE, TPUs, BigQuery."""

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

BILLING = Account("01A2B3-C4D5E6-F70819", "Lumen Labs Billing")
ASSISTANT = Account("lumen-assistant-prod", "lumen-assistant-prod")
RESEARCH = Account("lumen-research-gcp", "lumen-research-gcp")
ANALYTICS = Account("lumen-analytics", "lumen-analytics")
OLD = Account("lumen-legacy-demo", "lumen-legacy-demo")

COMMITTED = Commitment(
    "//compute.googleapis.com/projects/lumen-assistant-prod/regions/us-central1/commitments/a3-1yr",
    "a3-1yr",
    "Committed Use Discount",
    "Usage",
)
# name → list price an hour, GPUs, GPU type
_MACHINES = {
    "a3-highgpu-8g": (88.49, 8, "H100"),
    "a2-highgpu-1g": (3.673, 1, "A100"),
    "g2-standard-12": (1.0, 1, "L4"),
    "n2-standard-16": (0.7769, 0, ""),
}


def machine(
    kind: str,
    name: str,
    label: Label | None,
    *,
    project: Account,
    region: str = "us-central1",
    spot: float | None = None,
    committed: float | None = None,
) -> Meter:
    """A Compute Engine machine by the hour; `spot` and `committed` are prices an hour."""
    hourly, gpus, gpu = _MACHINES[kind]
    price = Price.plain(hourly)
    if spot is not None:
        price = Price(hourly, spot, spot, spot)
    elif committed is not None:
        price = Price.covered(hourly, committed)
    how = "Spot Preemptible " if spot else "Commitment covered " if committed else ""
    return Meter(
        service="Compute Engine",
        category="Compute",
        description=f"{how}{kind} running in {region}",
        price=price,
        unit="hour",
        consumed_unit="Hours",
        account=project,
        region=region,
        zone=f"{region}-a",
        resource=f"//compute.googleapis.com/projects/{project.id}/zones/{region}-a/instances/{name}",
        resource_name=name,
        resource_type="Instance",
        sku=f"CE-{kind}{'-spot' if spot else ''}".upper(),
        meter=kind,
        tags=label.gcp() if label else {},
        details={"InstanceType": kind, **({"GpuCount": gpus, "x_GpuType": gpu} if gpus else {})},
        pricing="Dynamic" if spot else "Committed" if committed else "Standard",
        commitment=COMMITTED if committed else None,
        commitment_status="Used" if committed else None,
    )


def managed(
    service: str,
    category: str,
    description: str,
    amount: float,
    unit: str,
    label: Label | None,
    *,
    project: Account,
    resource: str,
) -> Meter:
    """A line of a managed service."""
    return Meter(
        service=service,
        category=category,
        description=description,
        price=Price.plain(amount),
        unit=unit,
        consumed_unit=unit,
        account=project,
        region="us-central1",
        resource=f"//cloud.googleapis.com/projects/{project.id}/{resource}",
        resource_name=resource.rsplit("/", 1)[-1],
        sku=f"{service}-{unit}".upper().replace(" ", "-"),
        meter=description,
        tags=label.gcp() if label else {},
    )


def build(bill: Bill) -> None:
    """Every charge of the Google Cloud bill."""
    _accelerators(bill)
    _kubernetes(bill)
    _analytics(bill)
    _rest(bill)
    _adjustments(bill)


def _accelerators(bill: Bill) -> None:
    chat = Label(HANA, "assistant-app", "prod", "chat-inference", "lumen-write-13b")
    node = machine("a3-highgpu-8g", "chat-h100-0", chat, project=ASSISTANT, committed=54.86)
    bill.hourly(node)
    extra = machine("a3-highgpu-8g", "chat-h100-burst", chat, project=ASSISTANT, spot=33.21)
    bill.daily(extra, 7, growing(visitors, 0.05), noise=0.2)
    tuned = Label(ADA, "writer", "prod", "finetuning", "lumen-write-13b")
    for n in range(2):
        push = machine("a3-highgpu-8g", f"writer-ft-{n}", tuned, project=RESEARCH, spot=33.21)
        bill.daily(push, 17, growing(month_end, 0.03), noise=0.15)
    small = Label(HANA, "assistant-app", "prod", "moderation", "lumen-guard-1")
    for n in range(8):
        bill.daily(
            machine("g2-standard-12", f"guard-l4-{n}", small, project=ASSISTANT),
            23, growing(visitors, 0.03), noise=0.05,
        )  # fmt: skip
    reading = Label(SOFIA, "documents", "prod", "ocr-batch", "lumen-ocr-2")
    for n in range(6):
        bill.daily(
            machine("a2-highgpu-1g", f"ocr-a100-{n}", reading, project=ANALYTICS),
            9, growing(workdays, 0.02), noise=0.2,
        )  # fmt: skip
    tpu = managed(
        "Cloud TPU", "AI and Machine Learning", "TPU v5e chip hour", 1.2, "hour",
        Label(MARCUS, "ablations", "dev", "experiments", "lumen-vision-3"), project=RESEARCH,
        resource="locations/us-central1/nodes/v5e-16",
    )  # fmt: skip
    bill.daily(tpu, 16 * 14, growing(workdays, 0.03), noise=0.25)
    bill.daily(replace(tpu, tags={}, resource_name="v5e-8-old", resource=f"{tpu.resource}-old"), 96)


_PODS: tuple[tuple[Label, int, Shape], ...] = (
    (Label(HANA, "assistant-app", "prod", "web"), 5, visitors),
    (Label(HANA, "assistant-app", "staging", "web"), 2, office),
    (Label(BEN, "kubernetes", "prod", "ingress"), 3, steady),
    (Label(SOFIA, "documents", "prod", "parser"), 3, visitors),
)


def _kubernetes(bill: Bill) -> None:
    for label, count, shape in _PODS:
        for n in range(count):
            name = f"gke-{label.workload}-{label.env}-{n}"
            node = machine("n2-standard-16", name, label, project=ASSISTANT)
            bill.daily(node, 24, shape)
            if shape is steady:
                lower = replace(
                    node, charge="Credit", price=Price.given(), unit=None, consumed_unit=None,
                    description="Sustained Usage Discount", details={}, frequency="Usage-Based",
                    pricing=None,
                )  # fmt: skip
                bill.daily(lower, -24 * 0.7769 * 0.2)
    for name in ("assistant", "analytics"):
        fee = managed(
            "Kubernetes Engine", "Compute", "Regional cluster management fee", 0.10, "hour",
            Label(BEN, "kubernetes", "prod", "control-plane"), project=ASSISTANT,
            resource=f"locations/us-central1/clusters/{name}",
        )  # fmt: skip
        bill.daily(fee, 24)


def _analytics(bill: Bill) -> None:
    for label, terabytes, name in (
        (Label(SOFIA, "warehouse", "prod", "transform"), 31, "warehouse"),
        (Label(TOM, "recommendations", "prod", "campaigns"), 12, "marketing"),
        (Label(HANA, "assistant-app", "prod", "usage-reports"), 8, "usage"),
        (Label(MARCUS, "ablations", "dev", "experiments"), 3, "eval_runs"),
    ):
        asked = managed(
            "BigQuery", "Analytics", "Analysis, on demand, per tebibyte scanned", 6.25, "tebibyte",
            label, project=ANALYTICS, resource=f"datasets/{name}",
        )  # fmt: skip
        bill.daily(asked, terabytes, growing(office, 0.03), noise=0.18)
        kept = managed(
            "BigQuery", "Storage", "Active logical storage", 0.02, "gibibyte month", label,
            project=ANALYTICS, resource=f"datasets/{name}",
        )  # fmt: skip
        bill.daily(kept, terabytes * 95, growing(steady, 0.03))


def _rest(bill: Bill) -> None:
    for label, project, gigabytes, name in (
        (Label(HANA, "assistant-app", "prod", "web"), ASSISTANT, 61_000, "lumen-conversations"),
        (Label(ADA, "writer", "prod", "finetuning", "lumen-write-13b"), RESEARCH, 118_000,
         "lumen-writer-ckpt"),
        (Label(SOFIA, "documents", "prod", "ocr-batch"), ANALYTICS, 84_000, "lumen-scans"),
        (None, OLD, 66_000, "lumen-demo-2024"),
    ):  # fmt: skip
        kept = managed(
            "Cloud Storage", "Storage", "Standard storage, us multi-region", 0.026,
            "gibibyte month", label, project=project, resource=f"buckets/{name}",
        )  # fmt: skip
        bill.daily(kept, gigabytes / 30.44, growing(steady, 0.03 if label else 0))
    for service, category, text, amount, unit, label, level in (
        ("Networking", "Networking", "Internet egress, Americas", 0.085, "gibibyte",
         _EVERYONE[0], 1_450),
        ("Networking", "Networking", "Inter-region egress", 0.02, "gibibyte", None, 3_800),
        ("Cloud Logging", "Management and Governance", "Log volume", 0.5, "gibibyte",
         _EVERYONE[1], 210),
        ("Cloud Pub/Sub", "Integration", "Message delivery", 40.0, "tebibyte", _EVERYONE[2], 1.1),
        ("Vertex AI", "AI and Machine Learning", "Pipelines and evaluation jobs", 2.94, "hour",
         _EVERYONE[3], 22),
    ):  # fmt: skip
        meter = managed(
            service, category, text, amount, unit, label, project=ASSISTANT,
            resource=f"services/{service.lower().replace(' ', '-')}",
        )  # fmt: skip
        bill.daily(meter, level, growing(visitors, 0.02), noise=0.12)
    for n in range(2):
        left = machine("g2-standard-12", f"demo-booth-{n}", None, project=OLD)
        bill.daily(left, 24, between(steady, after=120))


_EVERYONE = (
    Label(HANA, "assistant-app", "prod", "web"),
    Label(BEN, "observability", "prod", "logs"),
    Label(SOFIA, "warehouse", "prod", "ingestion"),
    Label(ADA, "writer", "staging", "evaluation", "lumen-write-13b"),
)


def _adjustments(bill: Bill) -> None:
    bought = Meter(
        service="Compute Engine", category="Compute",
        description="Commitment v1: A3 in us-central1 for 1 year", price=Price.purchase(1.0),
        unit="Dollars", account=ASSISTANT, region="us-central1", resource=COMMITTED.id,
        resource_name=COMMITTED.name, resource_type="Committed Use Discount", sku="CUD-A3-1YR",
        meter="Commitment", charge="Purchase", frequency="Recurring", commitment=COMMITTED,
    )  # fmt: skip
    unused = replace(
        bought, description="Unused commitment: A3 in us-central1", price=Price.unused(1.0),
        charge="Usage", frequency="Usage-Based", pricing="Committed", commitment_status="Unused",
    )  # fmt: skip
    bill.commit(bought, unused, per_day=24 * 54.86)
    support = Meter(
        service="Support", category="Other", description="Enhanced Support",
        price=Price.plain(1.0), unit="Dollars", account=BILLING, charge="Purchase",
        frequency="Recurring", sku="SUPPORT-ENHANCED", meter="Support",
    )  # fmt: skip
    bill.daily(support, 96, growing(steady, 0.02))
    credit = replace(
        support, service="Promotional credit", description="Startup programme credit",
        price=Price.given(), unit=None, charge="Credit", frequency="One-Time", pricing=None,
        sku=None, meter=None,
    )  # fmt: skip
    bill.once(credit, bill.calendar.today - 96 * DAY, -5_000)
