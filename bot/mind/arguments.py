"""What tools may be called with, as models are told it and as they really send it.

Models send lists for texts, objects for conditions, texts for numbers. What can only mean one
thing is taken; the rest is told to the model as wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_WRAPPERS = ("arguments", "args", "kwargs", "parameters", "input")
_ALIASES = {
    "group_by": "by",
    "groupby": "by",
    "dimensions": "by",
    "filter": "where",
    "filters": "where",
    "time_period": "period",
    "time_range": "period",
    "date_range": "period",
    "limit": "top",
    "compare_to": "compare",
    "comparison": "compare",
}
_OPERATORS = {
    **dict.fromkeys(("", "=", "==", "is", "eq", "equals", "in"), "="),
    **dict.fromkeys(("!=", "<>", "is not", "ne", "not", "not in", "not_in"), "!="),
    **dict.fromkeys(("contains", "like", "~"), "contains"),
}
_PLAIN = re.compile(r"[A-Za-z][\w.-]*")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(20\d\d)(?!\d)")
_PREVIOUS = re.compile(
    r"\s*(?:true|yes|(?:the )?(?:previous|prior|preceding) "
    r"(?:period|day|week|month|quarter|year))\s*",
    re.IGNORECASE,
)
_ALL = 100  # as many rows as may be asked for


def listed(value: Any) -> str:  # noqa: ANN401  as a model sent it
    """Names, comma separated."""
    value = _parsed(value)
    if isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values()):
        value = list(value.values())
    if isinstance(value, list):
        return ", ".join(listed(one) for one in value if one not in (None, ""))
    return _text(value)


def condition(value: Any) -> str:  # noqa: ANN401
    """Conditions, joined by “and”."""
    value = _parsed(value)
    if isinstance(value, list):
        return " and ".join(filter(None, map(condition, value)))
    if isinstance(value, Mapping):
        return _of_object(value)
    return re.sub(r"\[([^\[\]\"]*(?:\"[^\"]*\"[^\[\]\"]*)*)\]", r"(\1)", _text(value))


def days(value: Any) -> str:  # noqa: ANN401
    """A period; a first and a last day become one."""
    value = _parsed(value)
    if isinstance(value, Mapping):
        found = [next((value[k] for k in keys if value.get(k)), "") for keys in _ENDS]
        value = [one for one in found if one] if len(value) <= len(found) else str(value)
    if isinstance(value, list) and 1 <= len(value) <= 2:
        return "..".join(days(one) for one in value)
    text = _text(value)
    text = re.sub(r"(?<=\d)/(?=20\d\d-)", "..", text)
    text = re.sub(r"\b(last|past)_?(\d+)", r"\1 \2", re.sub(r"(?<=[a-z\d])_(?=[a-z\d])", " ", text))
    return _iso(text)


_ENDS = (("start", "from", "begin", "start_date", "since"), ("end", "to", "until", "end_date"))


def count(value: Any) -> int | str | None:  # noqa: ANN401
    """How many; nothing where it says all of them."""
    if isinstance(value, str):
        text = value.strip().lower()
        value = None if text in ("", "all", "none", "null") else text
    try:
        number = None if value is None else float(value)
    except (TypeError, ValueError):
        return str(value)
    if number is None or number <= 0 or number > _ALL:
        return None
    return int(number) if number == int(number) else str(value)


def compared(value: Any) -> str:  # noqa: ANN401
    """What is compared with; yes means the period before."""
    if isinstance(value, bool):
        return "previous" if value else ""
    text = days(value)
    # “previous month”, of October, is September and not the month before today's.
    if _PREVIOUS.fullmatch(text):
        return "previous"
    return "" if text.strip().lower() == "false" else text


def _of_object(value: Mapping[str, Any]) -> str:
    name = next((value[k] for k in ("dimension", "field", "key", "name") if k in value), None)
    values = next((value[k] for k in ("values", "value") if k in value), None)
    if name is None or not {"values", "value"} & set(value):
        return " and ".join(_one(key, "", its) for key, its in value.items())
    operator = next((value[k] for k in ("operator", "op") if value.get(k)), "")
    return _one(name, str(operator), values)


def _one(name: object, operator: str, values: Any) -> str:  # noqa: ANN401
    sign = _OPERATORS.get(operator.strip().lower(), operator)
    if values is None:
        return f"{name} is missing"
    if not isinstance(values, list):
        return f"{name} {sign} {_quoted(values)}"
    if sign == "contains":
        return f"{name} contains {' or '.join(map(_quoted, values))}"
    word = {"=": "in", "!=": "not in"}.get(sign, sign)
    return f"{name} {word} ({', '.join(map(_quoted, values))})"


def _quoted(value: Any) -> str:  # noqa: ANN401
    text = str(value)
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _parsed(value: Any) -> Any:  # noqa: ANN401
    """A list or an object that was sent as its JSON."""
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _text(value: Any) -> str:  # noqa: ANN401
    if value is None or isinstance(value, bool):
        return ""
    return value if isinstance(value, str) else str(value)


def _iso(text: str) -> str:
    """Days as 31.10.2026, where one of them tells that the day comes first."""
    found = _DOTTED.findall(text)
    if not any(int(day) > 12 >= int(month) for day, month, _ in found):
        return text
    text = _DOTTED.sub(lambda m: f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}", text)
    return re.sub(r"\s+(?:-|–|bis)\s+", "..", text)


class Arguments(BaseModel):
    """Of one tool; what is none of its arguments is refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, raw: Any) -> Any:  # noqa: ANN401
        """The arguments by their own names, without those that say nothing."""
        if not isinstance(raw, dict):
            return raw
        if len(raw) == 1 and (key := next(iter(raw))) in _WRAPPERS and isinstance(raw[key], dict):
            raw = raw[key]
        found = {key: value for key, value in raw.items() if value is not None}
        for alias, name in _ALIASES.items():
            if alias in found and name in cls.model_fields and name not in found:
                found[name] = found.pop(alias)
        return found


class CostBy(Arguments):
    """Of `cost_by`."""

    period: Annotated[str, BeforeValidator(days)] = Field(
        "this month", description="days, such as `last month`, `last 30d`"
    )
    by: Annotated[str, BeforeValidator(listed)] = Field(
        "", description="up to two dimensions, comma separated; `daily` for a trend"
    )
    where: Annotated[str, BeforeValidator(condition)] = Field(
        "", description="conditions: `team=ml and env in (prod, dev)`"
    )
    metric: Annotated[str, BeforeValidator(listed)] = Field(
        "", description="empty for cost; `tokens`, `gpu-hours`, `cost per 1m tokens`, `billed`"
    )
    compare: Annotated[str, BeforeValidator(compared)] = Field(
        "", description="`previous`, `last year` or another period; often empty"
    )
    top: Annotated[int | None, BeforeValidator(count)] = Field(
        None, ge=1, le=_ALL, description="keep the largest, sum the rest"
    )


class ExplainChange(Arguments):
    """Of `explain_change`."""

    period: Annotated[str, BeforeValidator(days)] = Field(
        "this month", description="the later days, such as `yesterday`"
    )
    compare: Annotated[str, BeforeValidator(compared)] = Field(
        "previous", description="the earlier days: `previous`, `2026-09`"
    )
    where: Annotated[str, BeforeValidator(condition)] = Field(
        "", description="conditions: `team=ml`"
    )


class DimensionValues(Arguments):
    """Of `dimension_values`."""

    dimension: Annotated[str, BeforeValidator(listed)] = Field(
        description="such as `team`, `service`, `model`"
    )
    search: Annotated[str, BeforeValidator(listed)] = Field(
        "", description="part of the name; empty for all"
    )


class Calculate(Arguments):
    """Of `calculate`."""

    expression: Annotated[str, BeforeValidator(listed)] = Field(
        description="figures as shown, without separators; + - * / ( ), sum(a, b), "
        "percent_change(before, after), percent(part, whole)"
    )
