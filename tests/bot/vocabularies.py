"""A company's words, as the lake of a middling customer would give them."""

from __future__ import annotations

from datetime import date

from bot.grammar import Vocabulary
from tools.core.dimensions import BUILT_IN, DEFAULT_DIMENSIONS

DIMENSIONS = tuple(dict.fromkeys([*(d.name for d in DEFAULT_DIMENSIONS), *BUILT_IN]))
TODAY = date(2026, 11, 21)  # a Saturday

ACME = Vocabulary(
    dimensions=DIMENSIONS,
    units=("tokens", "hours", "gpu-hours", "gb", "gb-months", "requests", "1k calls", "lcu/h"),
    today=TODAY,
    values={
        "team": ("ml", "data", "platform", "research", "Data Science"),
        "env": ("prod", "staging", "dev"),
        "provider": ("AWS", "Google Cloud", "Microsoft Azure", "OpenAI", "Anthropic"),
        "service": (
            "Amazon SageMaker",
            "Amazon Elastic Compute Cloud",
            "Amazon Simple Storage Service",
            "AWS Lambda",
            "Azure Kubernetes Service",
            "BigQuery",
            "Compute Engine",
            "OpenAI API",
        ),
        "model": ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4"),
        "project": ("atlas", "research", "search engine"),
        "region": ("us-east-1", "eu-west-1", "us"),
        "category": ("Compute", "Storage", "AI and Machine Learning"),
        "charge": ("Usage", "Tax", "Credit", "Purchase"),
        "source": ("aws", "openai"),
        "invoice_issuer": ("AWS", "OpenAI"),
        "direction": ("input", "output"),
        "pricing": ("Standard", "Dynamic", "Committed"),
        "currency": ("USD",),
        "unit": ("tokens", "hours"),
        "account": ("acme-prod", "acme-dev"),
        "cost_center": ("CC-100", "CC-200"),
    },
)

BARE = Vocabulary(dimensions=DIMENSIONS, units=("tokens", "gpu-hours"), today=TODAY)
