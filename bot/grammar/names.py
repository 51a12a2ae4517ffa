"""How people spell what the bill spells otherwise.

Data only, and nothing is guessed: a spelling is used only where the name it stands for exists
in the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping

# Spelling (singular, spaces) → dimensions it may stand for; the first that is known is meant.
DIMENSION_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "environment": ("env",),
    "env": ("environment",),
    "stage": ("env", "environment"),
    "sub account": ("account",),
    "subaccount": ("account",),
    "sub account id": ("account_id",),
    "linked account": ("account",),
    "member account": ("account",),
    "subscription": ("account",),
    "payer account": ("billing_account",),
    "payer": ("billing_account",),
    "cost centre": ("cost_center",),
    "costcenter": ("cost_center",),
    "costcentre": ("cost_center",),
    "vendor": ("provider",),
    "cloud": ("provider",),
    "cloud provider": ("provider",),
    "service provider": ("provider",),
    "issuer": ("invoice_issuer",),
    "availability zone": ("zone",),
    "az": ("zone",),
    "location": ("region",),
    "product": ("product", "service"),
    "service category": ("category",),
    "service name": ("service",),
    "charge category": ("charge",),
    "charge type": ("charge",),
    "charge description": ("description",),
    "charge frequency": ("frequency",),
    "line item": ("description",),
    "pricing category": ("pricing",),
    "resource id": ("resource",),
    "gpu type": ("instance_type",),
    "gpu model": ("instance_type",),
    "machine type": ("instance_type",),
    "vm type": ("instance_type",),
    "instance": ("instance_type",),
    "instance size": ("instance_type",),
    "sku id": ("sku",),
    "sku meter": ("meter",),
    "token direction": ("direction",),
    "token type": ("direction",),
    "cache action": ("cache",),
    "llm": ("model",),
    "ai model": ("model",),
    "consumed unit": ("unit",),
    "bill source": ("source",),
}

# Short or spelled-out name → values it may stand for, per dimension; used where one exists.
_AWS = ("AWS", "Amazon Web Services", "Amazon")
_GOOGLE = ("Google Cloud", "Google Cloud Platform", "GCP", "Google")
_AZURE = ("Azure", "Microsoft Azure", "Microsoft")
_EC2 = ("Amazon Elastic Compute Cloud", "Amazon EC2", "AmazonEC2", "EC2")
_S3 = ("Amazon Simple Storage Service", "Amazon S3", "AmazonS3", "S3")
_RDS = ("Amazon Relational Database Service", "Amazon RDS", "AmazonRDS")
_EKS = (
    "Amazon Elastic Kubernetes Service",
    "Amazon Elastic Container Service for Kubernetes",
    "Amazon EKS",
    "AmazonEKS",
)
_ECS = ("Amazon Elastic Container Service", "Amazon ECS", "AmazonECS")
_GKE = ("Kubernetes Engine", "Google Kubernetes Engine")
_GCE = ("Compute Engine", "Google Compute Engine")
_AKS = ("Azure Kubernetes Service",)
_PROD, _DEV = ("prod", "production", "prd"), ("dev", "development")
_STAGING = ("staging", "stage", "stg")

VALUE_SPELLINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "provider": {
        "aws": _AWS,
        "amazon": _AWS,
        "amazon web services": _AWS,
        "gcp": _GOOGLE,
        "google": _GOOGLE,
        "google cloud": _GOOGLE,
        "google cloud platform": _GOOGLE,
        "azure": _AZURE,
        "microsoft": _AZURE,
        "microsoft azure": _AZURE,
        "open ai": ("OpenAI",),
    },
    "service": {
        "ec2": _EC2,
        "s3": _S3,
        "rds": _RDS,
        "eks": _EKS,
        "ecs": _ECS,
        "gke": _GKE,
        "gce": _GCE,
        "gcs": ("Cloud Storage", "Google Cloud Storage"),
        "aks": _AKS,
        "sns": ("Amazon Simple Notification Service", "Amazon SNS"),
        "sqs": ("Amazon Simple Queue Service", "Amazon SQS"),
        "elb": ("Elastic Load Balancing",),
        "emr": ("Amazon Elastic MapReduce", "Amazon EMR"),
        "efs": ("Amazon Elastic File System", "Amazon EFS"),
        "kms": ("AWS Key Management Service",),
        "vpc": ("Amazon Virtual Private Cloud", "Amazon VPC"),
    },
    "env": {
        "production": _PROD,
        "prod": _PROD,
        "prd": _PROD,
        "development": _DEV,
        "dev": _DEV,
        "staging": _STAGING,
        "stg": _STAGING,
    },
    "charge": {
        "tax": ("Tax",),
        "taxes": ("Tax",),
        "credit": ("Credit",),
        "credits": ("Credit",),
        "purchase": ("Purchase",),
        "purchases": ("Purchase",),
        "adjustment": ("Adjustment",),
        "adjustments": ("Adjustment",),
    },
}

# A service is also known without its maker's name: “SageMaker” is “Amazon SageMaker”.
MAKERS = ("Amazon", "AWS", "Azure", "Google Cloud", "Google", "Microsoft")

# Values that a person names on their own. The rest only with their dimension (`pricing=Dynamic`),
# because “usage”, “USD” or “standard” on their own usually mean something else.
ONLY_WITH_DIMENSION = frozenset(
    {
        "cache",
        "charge",
        "charge_class",
        "commitment_status",
        "currency",
        "description",
        "direction",
        "frequency",
        "meter",
        "pricing",
        "unit",
    }
)

# Asked only where no other dimension has the value: they repeat what others say better.
SECOND_CHOICE = frozenset(
    {
        "account_id",
        "billing_account",
        "billing_account_id",
        "invoice_issuer",
        "resource",
        "source",
    }
)

NUMBERS: Mapping[str, int] = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fourteen": 14,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "sixty": 60,
    "ninety": 90,
}
SCALES: Mapping[str, int] = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "million": 1_000_000,
    "b": 1_000_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
}
