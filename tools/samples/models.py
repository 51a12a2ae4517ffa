"""Lumen Labs' token bills: OpenAI and Anthropic, by project, key, model and direction."""

from __future__ import annotations

from dataclasses import dataclass

from tools.samples.charges import (
    Account,
    Bill,
    Meter,
    Price,
    Shape,
    between,
    growing,
    office,
    visitors,
    workdays,
)
from tools.samples.organisation import ADA, BEN, HANA, PRIYA, SOFIA, TOM, Label

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """A vendor's model and its dollars per million tokens."""

    id: str
    family: str
    input: float
    output: float
    cache_read: float = 0.0
    cache_write: float = 0.0


GPT_5 = Model("gpt-5", "GPT-5", 1.25, 10.0, cache_read=0.125)
GPT_51 = Model("gpt-5.1", "GPT-5", 1.25, 10.0, cache_read=0.125)
GPT_MINI = Model("gpt-5-mini", "GPT-5", 0.25, 2.0, cache_read=0.025)
EMBEDDING = Model("text-embedding-3-large", "Embeddings", 0.13, 0.0)
OPUS = Model("claude-opus-4-5", "Claude Opus", 5.0, 25.0, cache_read=0.5, cache_write=6.25)
SONNET = Model("claude-sonnet-4-5", "Claude Sonnet", 3.0, 15.0, cache_read=0.3, cache_write=3.75)
HAIKU = Model("claude-haiku-4-5", "Claude Haiku", 1.0, 5.0, cache_read=0.1, cache_write=1.25)


@dataclass(frozen=True, slots=True)
class Use:
    """What one key of one project sends to one model on a usual day, in millions of tokens."""

    project: str
    key: str
    model: Model
    shape: Shape
    input: float
    output: float
    cache_read: float = 0.0
    cache_write: float = 0.0
    batch: bool = False


CHAT = growing(visitors, 0.05)
SWITCHED = 131  # days ago the assistant moved to the newer model

OPENAI_USE = (
    Use("assistant-prod", "chat-eu", GPT_5, between(CHAT, until=SWITCHED + 1), 92, 13, 128),
    Use("assistant-prod", "chat-us", GPT_5, between(CHAT, until=SWITCHED + 1), 205, 28, 290),
    Use("assistant-prod", "chat-eu", GPT_51, between(CHAT, after=SWITCHED), 96, 14, 158),
    Use("assistant-prod", "chat-us", GPT_51, between(CHAT, after=SWITCHED), 214, 30, 352),
    Use("assistant-staging", "ci", GPT_MINI, office, 16, 2.4),
    Use("search-prod", "query-rewrite", GPT_MINI, growing(visitors, 0.04), 120, 9, 60),
    Use("search-prod", "documents", EMBEDDING, growing(visitors, 0.04), 330, 0),
    Use("growth-campaigns", "copywriter", GPT_MINI, growing(workdays, 0.06), 140, 46),
    Use("data-labelling", "nightly", GPT_MINI, growing(workdays, 0.03), 410, 38, batch=True),
    Use("research-evals", "harness", GPT_51, between(workdays, after=SWITCHED), 44, 5.2),
    Use("research-evals", "harness", GPT_5, between(workdays, until=SWITCHED + 1), 40, 5.0),
)  # fmt: skip
ANTHROPIC_USE = (
    Use("Chat features", "deep-answers", SONNET, growing(visitors, 0.06), 84, 13, 330, 27),
    Use("Chat features", "drafts", HAIKU, growing(visitors, 0.05), 60, 11, 140, 12),
    Use("Engineering", "coding-agents", OPUS, growing(workdays, 0.08), 15, 2.6, 118, 9.5),
    Use("Engineering", "review-bot", SONNET, growing(workdays, 0.04), 19, 1.6, 34, 4),
    Use(
        "Data extraction",
        "document-extraction",
        HAIKU,
        growing(workdays, 0.03),
        118,
        21,
        batch=True,
    ),
    Use("Research evals", "judge", OPUS, growing(office, 0.02), 9, 1.1, batch=True),
)

# Whose they are: the vendors' bills name a project or workspace and a key, and no more.
KEYHOLDERS = {
    "assistant-prod": Label(HANA, "assistant-app", "prod", "chat"),
    "assistant-staging": Label(HANA, "assistant-app", "staging", "chat"),
    "search-prod": Label(PRIYA, "semantic-search", "prod", "query-api"),
    "growth-campaigns": Label(TOM, "recommendations", "prod", "campaigns"),
    "data-labelling": Label(SOFIA, "documents", "prod", "labelling"),
    "research-evals": Label(ADA, "ablations", "dev", "evaluation"),
    "Chat features": Label(HANA, "assistant-app", "prod", "chat"),
    "Engineering": Label(BEN, "developer-tools", "dev", "coding-agents"),
    "Data extraction": Label(SOFIA, "documents", "prod", "extraction"),
    "Research evals": Label(ADA, "ablations", "dev", "evaluation"),
}


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who sends the bill, and what it calls its parts."""

    name: str
    service: str
    noun: str  # of a sub-account
    prefix: str


OPENAI = Vendor("OpenAI", "OpenAI API", "Project", "proj")
ANTHROPIC = Vendor("Anthropic", "Claude API", "Workspace", "wrkspc")


def build_openai(bill: Bill) -> None:
    """Every charge of the OpenAI bill."""
    _build(bill, OPENAI, OPENAI_USE)


def build_anthropic(bill: Bill) -> None:
    """Every charge of the Anthropic bill."""
    _build(bill, ANTHROPIC, ANTHROPIC_USE)


def _build(bill: Bill, vendor: Vendor, uses: tuple[Use, ...]) -> None:
    for use in uses:
        model = use.model
        for direction, cache, amount, millions in (
            ("Input", None, model.input, use.input),
            ("Output", None, model.output, use.output),
            ("Input", "Read", model.cache_read, use.cache_read),
            ("Input", "Write", model.cache_write, use.cache_write),
        ):
            if millions and amount:
                meter = tokens(vendor, use, direction, cache=cache, amount=amount)
                bill.daily(meter, millions, use.shape, noise=0.07)


def tokens(vendor: Vendor, use: Use, direction: str, *, cache: str | None, amount: float) -> Meter:
    """Tokens of one model in one direction, by one key; a batch costs half the list price."""
    model = use.model
    kind = {"Read": "Cached Input", "Write": "Cache Write"}.get(cache or "", direction)
    paid = amount / 2 if use.batch else amount
    details = {
        "ModelId": model.id,
        "ModelFamily": model.family,
        "ModelDeveloper": vendor.name,
        "TokenDirection": direction,
    }
    if cache:
        details["TokenCacheAction"] = cache
    return Meter(
        service=vendor.service,
        category="AI and Machine Learning",
        description=f"{model.id} {kind.lower()} tokens{', batch' if use.batch else ''}",
        price=Price(amount, paid, paid, paid),
        unit="1000000 Tokens",
        consumed_unit="Tokens",
        consumed_per_unit=MILLION,
        account=Account(f"{vendor.prefix}_{use.project.replace('-', '')}", use.project),
        resource=f"key_{use.project}_{use.key}",
        resource_name=use.key,
        resource_type="API Key",
        sku=f"{model.id}-{kind.lower().replace(' ', '-')}{'-batch' if use.batch else ''}",
        meter=f"{kind} Tokens",
        tags={vendor.noun.lower(): use.project, "api_key": use.key},
        details={**details, **({"x_ServiceTier": "batch"} if use.batch else {})},
    )
