"""What a charge's meter tells: instance type, GPUs, model, token direction, unit.

FOCUS has no columns for tokens yet; drafts keep them in `SkuPriceDetails`, vendors in SKU texts
or columns of their own. Each distinct combination is read once and joined back by its hash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tools.lake.units import Unit, read_unit
from tools.prices.gpus import gpus_of

_MODEL_NAME = re.compile(
    r"(?<![\w.])((?:gpt|chatgpt|claude|gemini|gemma|llama|mistral|mixtral|codestral|command|"
    r"deepseek|qwen|grok|nova|titan|phi|text-embedding|dall-e|whisper|sonar|kimi)[-_. ]?[\w.:-]*|"
    r"o[1-9](?:-(?:mini|pro|preview))?(?![\w.]))",
    re.IGNORECASE,
)
_MODEL_TAIL = re.compile(
    r"[-_. :]+(?:(?:cached?|cache-?(?:read|write)|input|output|prompt|completion|batch|"
    r"ondemand|on-demand|tokens?)[-_. :]*)+\Z",
    re.IGNORECASE,
)
_NO_ACTION = frozenset({"none", "null", "n/a", "-"})
_INSTANCE = re.compile(r"(?:\A|:)((?:[a-z][a-z0-9-]*\.[a-z0-9-]+)|Standard_\w+)\Z")


@dataclass(frozen=True, slots=True)
class Words:
    """What the bill says of one meter, as it says it; None where it is silent.

    Args:
        details: `SkuPriceDetails`, as JSON text.
        unit: the consumed unit.
        text: meter, SKU and description of charges that may be tokens.
        instance_type: a column of its own.
        model: a column of its own.
        direction: a column of its own.
        cache: a column of its own.
        gpus: a column of its own.
    """

    details: str | None = None
    unit: str | None = None
    text: str | None = None
    instance_type: str | None = None
    model: str | None = None
    direction: str | None = None
    cache: str | None = None
    gpus: str | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """The lake's reading of it."""

    instance_type: str | None
    gpu_count: Decimal | None
    model: str | None
    direction: str | None
    cache: str | None
    unit: Unit | None


def read_meter(words: Words) -> Meter:
    """Read one meter."""
    details = _details(words.details)
    text = words.text or ""
    unit = read_unit(words.unit) if words.unit else None
    is_tokens = unit is not None and unit.name == "tokens"
    said = " ".join(
        part
        for part in (
            words.direction,
            words.cache,
            details.get("tokendirection"),
            details.get("tokentype"),
            details.get("tokencacheaction"),
        )
        if part
    )
    instance = details.get("instancetype") or _instance(words.instance_type)
    model = words.model or details.get("modelid") or details.get("modelname")
    model = model or details.get("modelfamily") or (_model_in(text) if text else None)
    return Meter(
        instance,
        _gpus(words.gpus, details, instance),
        model,
        _direction(said) or (_direction(text) if is_tokens else None),
        _action(words.cache)
        or _action(details.get("tokencacheaction"))
        or _cache(said)
        or (_cache(text) if is_tokens else None),
        unit,
    )


def _details(text: str | None) -> Mapping[str, str]:
    if not text or text[0] != "{":
        return {}
    try:
        raw = json.loads(text)
    except ValueError:
        return {}
    return {
        re.sub(r"\Ax_|[\W_]", "", str(key)).lower(): str(value)
        for key, value in raw.items()
        if value not in (None, "")
    }


def _instance(text: str | None) -> str | None:
    match = _INSTANCE.search(text) if text else None
    return match[1] if match else None


def _gpus(column: str | None, details: Mapping[str, str], instance: str | None) -> Decimal | None:
    for said in (column, details.get("gpucount")):
        try:
            if said is not None and Decimal(said).is_finite():
                return Decimal(said)
        except InvalidOperation:
            continue
    count = gpus_of(instance) if instance else None
    return None if count is None else Decimal(count)


def _direction(text: str) -> str | None:
    words = text.lower()
    if re.search(r"output|completion|generated", words):
        return "output"
    return "input" if re.search(r"input|prompt|cache", words) else None


def _action(said: str | None) -> str | None:
    """What a cache column says: there, a bare `Read` or `Hit` is about the cache."""
    if not said or said.lower() in _NO_ACTION:
        return None
    return _cache(f"cache {said}") or said.lower()


def _cache(text: str) -> str | None:
    words = re.sub(r"[\W_]+", "", text.lower())
    if re.search(r"uncached|noncached|cachemiss", words):
        return "uncached"
    if re.search(r"cachewrite|writecache|cachecreat|cachedwrite", words):
        return "write"
    return "read" if re.search(r"cacheread|readcache|cached|cachehit", words) else None


def _model_in(text: str) -> str | None:
    match = _MODEL_NAME.search(text)
    if not match:
        return None
    model = _MODEL_TAIL.sub("", match[1]).strip(" -_.:").lower()
    return model or None
