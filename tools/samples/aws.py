"""Lumen Labs on AWS: training on p5, inference on g5, EKS, a data lake, savings plans.

Here are the demo's finds: the embedding job that went from spot to on-demand p5 in another
region, the p4d nobody switched off, and the cluster nobody tagged.
"""

from __future__ import annotations

from dataclasses import replace

from tools.samples.aws_invoice import adjust, buy_commitments
from tools.samples.aws_meters import (
    DATA,
    DEV,
    G5_2,
    G5_12,
    G5_48,
    M6I,
    P4D,
    P5,
    PLAN_RESEARCH,
    PLAN_SECOND,
    PLAN_SERVING,
    PROD,
    RESEARCH,
    RESERVED_DB,
    SANDBOX,
    instance,
    managed,
)
from tools.samples.charges import (
    Account,
    Bill,
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
from tools.samples.organisation import ADA, BEN, HANA, MARCUS, PRIYA, SOFIA, TOM, Label

SPIKE_DAYS = (10, 7)  # days ago: first and last
SPIKE_RESOURCES = tuple(f"i-0e3f7a91c5d2b84{n}0" for n in range(4))
SPIKE = Label(PRIYA, "semantic-search", "prod", "embed-refresh", "lumen-embed-3")
IDLE_SINCE = 22  # days ago
IDLE_RESOURCE = "i-0d41b7e85f6a20c93"
IDLE = Label(MARCUS, "ablations", "dev", "notebook")


def build(bill: Bill) -> None:
    """Every charge of the AWS bill."""
    _training(bill)
    _embedding(bill)
    _idle_and_forgotten(bill)
    _inference(bill)
    _clusters(bill)
    _data_lake(bill)
    _databases(bill)
    _network(bill)
    _long_tail(bill)
    buy_commitments(bill)
    adjust(bill)


def _training(bill: Bill) -> None:
    pretrain = Label(ADA, "atlas", "prod", "pretraining", "lumen-vision-3")
    for n, (plan, after) in enumerate(((PLAN_RESEARCH, 9999), (PLAN_SECOND, 152))):
        node = instance(P5, f"i-07c2d9e4f1a6{n}b35", pretrain, account=RESEARCH, plan=plan)
        bill.hourly(node, between(steady, after=after))
    for n in range(3):
        push = instance(P5, f"i-0b8e5f2a7c91{n}d46", pretrain, account=RESEARCH)
        bill.hourly(push, growing(month_end, 0.03) if n else month_end)
    ablations = Label(MARCUS, "ablations", "dev", "experiments", "lumen-vision-3")
    for n in range(5):
        node = instance(P4D, f"i-03a9c8d7e6f5{n}177", ablations, account=RESEARCH, spot=True)
        bill.daily(node, 11, workdays, noise=0.35)
    scratch = managed(
        "Amazon FSx", "Storage", "$0.145 per GB-month of Lustre scratch storage", 0.145,
        "GB-Months", pretrain, account=RESEARCH, meter="Lustre:StorageUsage",
        resource="arn:aws:fsx:us-east-1:320987654322:file-system/fs-0atlas91c4",
    )  # fmt: skip
    bill.daily(scratch, 2400, growing(steady, 0.04))
    tuned = Label(ADA, "atlas", "staging", "finetuning", "lumen-caption-7b")
    job = managed(
        "Amazon SageMaker", "AI and Machine Learning", "$1.515 per hour of ml.g5.2xlarge training",
        1.515, "Hours", tuned, account=RESEARCH, meter="Train:ml.g5.2xlarge",
        resource="arn:aws:sagemaker:us-east-1:320987654322:training-job/caption-7b",
    )  # fmt: skip
    bill.daily(job, 64, growing(workdays, 0.02), noise=0.3)


def _embedding(bill: Bill) -> None:
    """The nightly refresh on spot; then a re-embedding on demand in another region."""
    first, last = SPIKE_DAYS
    for n in range(4):
        node = instance(P4D, f"i-05f1e2d3c4b5{n}a88", SPIKE, account=PROD, spot=True)
        bill.daily(node, 6, between(steady, until=first + 1), noise=0.08)
        again = instance(P4D, f"i-05f1e2d3c4b5{n}a99", SPIKE, account=PROD, spot=True)
        bill.daily(again, 6, between(steady, after=last - 1), noise=0.08)
    for resource in SPIKE_RESOURCES:
        node = instance(P5, resource, SPIKE, account=PROD, region="us-west-2")
        bill.hourly(node, between(steady, after=first, until=last))
    copied = managed(
        "Amazon Simple Storage Service", "Networking",
        "$0.02 per GB transferred from US East to US West", 0.02, "GB", SPIKE, account=PROD,
        resource="arn:aws:s3:::lumen-search-corpus", meter="USE1-USW2-AWS-Out-Bytes",
    )  # fmt: skip
    bill.daily(copied, 21_500, between(steady, after=first, until=last), noise=0.1)


def _idle_and_forgotten(bill: Bill) -> None:
    idle = instance(P4D, IDLE_RESOURCE, IDLE, account=DEV, region="us-east-2")
    bill.daily(idle, 9, between(workdays, after=48, until=IDLE_SINCE + 1), noise=0.2)
    idle_on = replace(idle)
    bill.daily(idle_on, 24, between(steady, after=IDLE_SINCE))
    for n in range(6):
        node = instance(G5_2, f"i-0ee17d4c{n}f00b2a1", None, account=DEV, region="eu-west-1")
        bill.daily(node, 24, between(steady, after=233))
    disk = managed(
        "Amazon Elastic Block Store", "Storage", "$0.088 per GB-month of gp3 storage", 0.088,
        "GB-Months", None, account=DEV, region="eu-west-1", meter="EU-EBS:VolumeUsage.gp3",
        resource="arn:aws:ec2:eu-west-1:540987654324:volume/vol-0eksdemo",
    )  # fmt: skip
    bill.daily(disk, 400, between(steady, after=233))
    cluster = managed(
        "Amazon Elastic Kubernetes Service", "Compute", "$0.10 per hour of EKS cluster", 0.10,
        "Hours", None, account=DEV, region="eu-west-1", meter="EU-AmazonEKS-Hours:perCluster",
        resource="arn:aws:eks:eu-west-1:540987654324:cluster/eks-demo-eu",
    )  # fmt: skip
    bill.daily(cluster, 24, between(steady, after=233))


def _inference(bill: Bill) -> None:
    ranking = Label(PRIYA, "semantic-search", "prod", "rerank-inference", "lumen-rerank-1")
    for n in range(6):
        node = instance(G5_12, f"i-09d8c7b6a5e4{n}022", ranking, account=PROD, plan=PLAN_SERVING)
        if n < 1:
            bill.hourly(node)
        else:
            bill.daily(node, 24)
    scaled = Label(PRIYA, "semantic-search", "prod", "embed-inference", "lumen-embed-3")
    for n in range(6):
        node = instance(G5_2, f"i-0c4d3e2f1a0b{n}911", scaled, account=PROD)
        bill.daily(node, 21, growing(visitors, 0.04), noise=0.06)
    vision = Label(HANA, "vision-api", "prod", "caption-inference", "lumen-caption-7b")
    for n in range(3):
        node = instance(G5_48, f"i-0f6e5d4c3b2a{n}733", vision, account=PROD)
        bill.daily(node, 24, growing(visitors, 0.035), noise=0.04)
    for label, name, hours in (
        (
            Label(PRIYA, "semantic-search", "staging", "rerank-inference", "lumen-rerank-1"),
            "rr",
            24,
        ),
        (Label(HANA, "vision-api", "staging", "caption-inference", "lumen-caption-7b"), "cap", 48),
        (Label(TOM, "recommendations", "prod", "ltv-model", "lumen-ltv-2"), "ltv", 48),
    ):
        endpoint = managed(
            "Amazon SageMaker", "AI and Machine Learning",
            "$1.515 per hour of ml.g5.2xlarge hosting", 1.515, "Hours", label, account=PROD,
            resource=f"arn:aws:sagemaker:us-east-1:210987654321:endpoint/{name}-endpoint",
            meter="Host:ml.g5.2xlarge",
        )  # fmt: skip
        bill.daily(endpoint, hours, office if label.env == "staging" else steady)


_NODES: tuple[tuple[Label, int, Shape], ...] = (
    (Label(BEN, "kubernetes", "prod", "ingress"), 5, steady),
    (Label(BEN, "observability", "prod", "metrics"), 4, steady),
    (Label(PRIYA, "semantic-search", "prod", "query-api"), 6, visitors),
    (Label(HANA, "assistant-app", "prod", "web"), 6, visitors),
    (Label(SOFIA, "warehouse", "prod", "ingestion"), 5, steady),
    (Label(TOM, "recommendations", "prod", "campaigns"), 3, visitors),
    (Label(BEN, "ci", "dev", "runners"), 6, office),
    (Label(HANA, "assistant-app", "staging", "web"), 2, office),
)


def _clusters(bill: Bill) -> None:
    for label, count, shape in _NODES:
        for n in range(count):
            planned = label.env == "prod" and shape is steady
            name = f"i-0a{sum(label.workload.encode()):04x}{n}7d3e5c9b1"
            node = instance(
                M6I, name, label, account=PROD if label.env == "prod" else DEV,
                plan=PLAN_SERVING if planned else None, spot=label.project == "ci",
            )  # fmt: skip
            bill.daily(
                node, 24, shape if planned else growing(shape, 0.02), noise=0.02 * (not planned)
            )
    for name, account in (("prod-us", PROD), ("staging-us", DEV), ("research-us", RESEARCH)):
        cluster = managed(
            "Amazon Elastic Kubernetes Service", "Compute", "$0.10 per hour of EKS cluster", 0.10,
            "Hours", Label(BEN, "kubernetes", "prod", "control-plane"), account=account,
            resource=f"arn:aws:eks:us-east-1:{account.id}:cluster/{name}",
            meter="USE1-AmazonEKS-Hours:perCluster",
        )  # fmt: skip
        bill.daily(cluster, 24)


_BUCKETS: tuple[tuple[str, Label | None, Account, float], ...] = (
    ("lumen-lake-raw", Label(SOFIA, "warehouse", "prod", "lake"), DATA, 412_000),
    ("lumen-lake-curated", Label(SOFIA, "warehouse", "prod", "lake"), DATA, 168_000),
    ("lumen-checkpoints", Label(ADA, "atlas", "prod", "pretraining", "lumen-vision-3"), RESEARCH,
     236_000),
    ("lumen-training-sets", Label(ADA, "atlas", "prod", "pretraining"), RESEARCH, 148_000),
    ("lumen-search-corpus", Label(PRIYA, "semantic-search", "prod", "corpus"), PROD, 96_000),
    ("lumen-uploads", Label(HANA, "assistant-app", "prod", "web"), PROD, 71_000),
    ("lumen-growth-events", Label(TOM, "recommendations", "prod", "campaigns"), PROD, 18_000),
    ("lumen-backups-2023", None, PROD, 88_000),
)  # fmt: skip


def _data_lake(bill: Bill) -> None:
    for bucket, label, account, gigabytes in _BUCKETS:
        stored = managed(
            "Amazon Simple Storage Service", "Storage", "$0.022 per GB-month of S3 Standard",
            0.022, "GB-Months", label, account=account, resource=f"arn:aws:s3:::{bucket}",
            meter="TimedStorage-ByteHrs",
        )  # fmt: skip
        bill.daily(stored, gigabytes / 30.44, growing(steady, 0.03 if label else 0))
        asked = managed(
            "Amazon Simple Storage Service", "Storage", "$0.0004 per 1,000 GET requests", 0.0004,
            "1000 Requests", label, account=account, resource=f"arn:aws:s3:::{bucket}",
            meter="Requests-Tier2",
        )  # fmt: skip
        bill.daily(asked, gigabytes / 6, growing(visitors, 0.02), noise=0.1)
    events = Label(SOFIA, "warehouse", "prod", "ingestion")
    queries = Label(SOFIA, "warehouse", "prod", "transform")
    for service, category, text, amount, unit, label, level, name in (
        ("AWS Glue", "Analytics", "$0.44 per DPU-Hour", 0.44, "DPU-Hours", queries, 420,
         "glue:job/curate"),
        ("Amazon Athena", "Analytics", "$5.00 per TB scanned", 5.0, "TB", queries, 24,
         "athena:workgroup/analysts"),
        ("Amazon Kinesis", "Analytics", "$0.015 per shard hour", 0.015, "Hours", events, 1_900,
         "kinesis:stream/events"),
    ):  # fmt: skip
        meter = managed(
            service, category, text, amount, unit, label, account=DATA,
            resource=f"arn:aws:{name}", meter=f"USE1-{unit}",
        )  # fmt: skip
        bill.daily(
            meter,
            level,
            growing(office if service == "Amazon Athena" else visitors, 0.02),
            noise=0.12,
        )


def _databases(bill: Bill) -> None:
    app = Label(HANA, "assistant-app", "prod", "web")
    aurora = managed(
        "Amazon Relational Database Service", "Databases",
        "db.r6g.4xlarge Aurora, covered by a reserved instance", 2.08, "Hours", app, account=PROD,
        resource="arn:aws:rds:us-east-1:210987654321:db:lumen-app-1",
        meter="InstanceUsage:db.r6g.4xl",
    )  # fmt: skip
    reserved = replace(
        aurora, price=Price.covered(2.08, 1.36), pricing="Committed", commitment=RESERVED_DB,
        commitment_status="Used", details={"InstanceType": "db.r6g.4xlarge"},
    )  # fmt: skip
    bill.daily(
        replace(aurora, details={"InstanceType": "db.r6g.4xlarge"}), 24, between(steady, until=241)
    )
    bill.daily(reserved, 24, between(steady, after=240))
    search = Label(PRIYA, "semantic-search", "prod", "query-api")
    for service, text, amount, label, hours, name in (
        ("Amazon OpenSearch Service", "$0.67 per r6g.2xlarge.search hour", 0.67, search, 216,
         "es:domain/corpus"),
        ("Amazon ElastiCache", "$0.411 per cache.r6g.xlarge hour", 0.411, search, 96,
         "elasticache:cluster/queries"),
        ("Amazon ElastiCache", "$0.411 per cache.r6g.xlarge hour", 0.411, app, 72,
         "elasticache:cluster/sessions"),
        ("Amazon DynamoDB", "$0.625 per million write request units", 0.625, app, 58,
         "dynamodb:table/threads"),
    ):  # fmt: skip
        meter = managed(
            service, "Databases", text, amount, "Hours" if "hour" in text else "1000000 Requests",
            label, account=PROD, resource=f"arn:aws:{name}", meter=name.split(":")[0],
        )  # fmt: skip
        bill.daily(meter, hours, growing(visitors, 0.02) if "Dynamo" in service else steady)


def _network(bill: Bill) -> None:
    for label, account, gigabytes in (
        (Label(HANA, "assistant-app", "prod", "web"), PROD, 5_200),
        (Label(PRIYA, "semantic-search", "prod", "query-api"), PROD, 2_600),
        (Label(SOFIA, "warehouse", "prod", "lake"), DATA, 900),
        (None, PROD, 2_150),
    ):
        out = managed(
            "AWS Data Transfer", "Networking", "$0.09 per GB transferred out to the internet", 0.09,
            "GB", label, account=account, meter="DataTransfer-Out-Bytes",
            resource=f"{account.name}/{label.workload if label else 'nat'}-traffic",
        )  # fmt: skip
        bill.daily(out, gigabytes, growing(visitors, 0.035), noise=0.08)
    gateway = managed(
        "Amazon Virtual Private Cloud", "Networking", "$0.045 per GB processed by NAT gateways",
        0.045, "GB", Label(BEN, "network", "prod", "egress"), account=PROD,
        resource="arn:aws:ec2:us-east-1:210987654321:natgateway/nat-0prod",
        meter="NatGateway-Bytes",
    )  # fmt: skip
    bill.daily(gateway, 4_300, growing(visitors, 0.03), noise=0.08)
    edge = managed(
        "Amazon CloudFront", "Networking", "$0.06 per GB delivered in North America", 0.06, "GB",
        Label(TOM, "website", "prod", "web"), account=PROD, region="global",
        resource="arn:aws:cloudfront::210987654321:distribution/E2LUMEN",
        meter="US-DataTransfer-Out",
    )  # fmt: skip
    bill.daily(edge, 1_900, growing(visitors, 0.04), noise=0.1)


_SMALL = (
    ("Amazon CloudWatch", "Management and Governance", 0.30, "Metrics", 120),
    ("AWS Lambda", "Compute", 0.20, "1000000 Requests", 30),
    ("Amazon Simple Queue Service", "Integration", 0.40, "1000000 Requests", 18),
    ("AWS Key Management Service", "Security", 0.03, "10000 Requests", 60),
    ("Amazon EC2 Container Registry", "Storage", 0.10, "GB-Months", 22),
    ("AWS Secrets Manager", "Security", 0.40, "Secrets", 4),
)
_EVERYONE = (
    Label(ADA, "atlas", "dev", "tooling"),
    Label(HANA, "assistant-app", "prod", "web"),
    Label(PRIYA, "semantic-search", "prod", "query-api"),
    Label(BEN, "observability", "prod", "logs"),
    Label(SOFIA, "warehouse", "prod", "transform"),
    Label(TOM, "website", "prod", "web"),
)


def _long_tail(bill: Bill) -> None:
    for label in _EVERYONE:
        for service, category, amount, unit, level in _SMALL:
            scale = 6.0 if label.project == "observability" and "Watch" in service else 1.0
            name = f"{label.project}-{service.split()[-1].lower()}"
            meter = managed(
                service, category, f"${amount} per {unit}", amount, unit, label,
                account=PROD if label.env == "prod" else DEV, meter=unit,
                resource=f"arn:aws:service:us-east-1:{name}",
            )  # fmt: skip
            bill.daily(meter, level * scale, growing(visitors, 0.02), noise=0.15)
    trial = Label(TOM, "hackweek", "sandbox", "playground")
    node = instance(G5_2, "i-0aa11bb22cc33dd44", trial, account=SANDBOX)
    bill.daily(node, 7, workdays, noise=0.5)
