"""What every section of `purser.toml` shares: no unknown keys, and the nearest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.config import FILE
from tools.core.errors import ConfigError

_NO_TABLE = ("model_type", "dict_type")  # what else they say names a class
STRICT = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_as_list)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


def check_known(key: str, known: Iterable[str], section: str, *, what: str = "column") -> None:
    """Refuse a name that is not among `known`.

    Raises:
        ConfigError: names the section, the key and the nearest known one.
    """
    known = list(known)
    if key not in known:
        raise ConfigError(f"{FILE}: {section}: unknown {what} `{key}`; {hint(key, known)}")


def hint(key: str, known: list[str]) -> str:
    """`did you mean …?`, or all there are."""
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.4)
    return f"did you mean `{near[0]}`?" if near else f"known ones are {', '.join(sorted(known))}."


def sentence(error: ValidationError, model: type[BaseModel], *, under: str = "") -> str:
    """What is wrong with the file, in one sentence.

    Args:
        error: of pydantic.
        model: what was to be read.
        under: the section it was read from; empty for the whole file.
    """
    # A misspelt key also makes the right one missing: the misspelling is the thing to say.
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    location = tuple(part for part in first["loc"] if not _is_made_up(part))
    place = ".".join(str(part) for part in ((under, *location) if under else location))
    if first["type"] == "extra_forbidden":
        key = str(location[-1])
        section = place.rpartition(".")[0]
        where = f"[{section}] " if section else ""
        near = hint(key, _keys_at(model, location[:-1]))
        return f"{FILE}: {where}has an unknown key `{key}`; {near}"
    if first["type"] in _NO_TABLE:
        return f"{FILE}: [{place}] must be a table."
    if first["type"] == "missing":
        return f"{FILE}: {place} is needed and missing."
    return f"{FILE}: {place}: {first['msg'][0].lower()}{first['msg'][1:]}."


def _is_made_up(part: int | str) -> bool:
    """Whether this names no key of the file, but one of several types a value might have had."""
    return isinstance(part, str) and (part.endswith("]") or part in ("datetime", "date", "decimal"))


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that are taken at a place of the file, found by walking the model's fields."""
    for part in location:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        model = (_model_in(field.annotation) if field else None) or model
    return list(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in get_args(annotation))
    return next((model for model in inner if model), None)
