"""What the tools about machines and budgets may be called with, as models really send it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.mind.arguments import Arguments, condition, count, listed


def handles(value: Any) -> str:  # noqa: ANN401  as a model sent it
    """Numbers of listed machines, with commas between: `#1, #3`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"#{value}"
    if isinstance(value, list):
        return ", ".join(handles(one) for one in value)
    return listed(value)


def tag_lines(value: Any) -> str:  # noqa: ANN401
    """Tags as `key=value`, one a line; nothing after the sign removes one."""
    if isinstance(value, str) and value.strip()[:1] == "{":
        try:
            value = json.loads(value)
        except ValueError:
            return ""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}={'' if its is None else its}" for key, its in value.items())
    if isinstance(value, list):
        return "\n".join(tag_lines(one) for one in value)
    return str(value or "").replace(",", "\n")


def amount_text(value: Any) -> str:  # noqa: ANN401
    """An amount as text."""
    return str(value) if isinstance(value, int | float) else listed(value)


Handles = Annotated[str, BeforeValidator(handles)]
Reason = Annotated[str, BeforeValidator(listed)]
_WHICH = "numbers of the machines as the last list gave them: `#1, #3`"
_WHY = "why, in the asker's own words; empty where they gave no reason"


class Machines(Arguments):
    """Of `list_gpus`."""

    where: Annotated[str, BeforeValidator(condition)] = Field(
        "", description="conditions: `team=ml and env=dev`"
    )


class IdleMachines(Machines):
    """Of `idle_gpus`."""

    hours: float | None = Field(None, description="idle for so long; empty for what is configured")


class Budgets(Machines):
    """Of `list_budgets`."""


class Unusual(Machines):
    """Of `find_anomalies`."""

    days: Annotated[int, BeforeValidator(count)] = Field(
        14, ge=1, le=90, description="how many days back, such as 7 for a week"
    )


class Change(Arguments):
    """Of `propose_stop`, `propose_start`, `propose_terminate`."""

    resources: Handles = Field(description=_WHICH)
    reason: Reason = Field("", description=_WHY)


class Scale(Change):
    """Of `propose_scale`."""

    capacity: int = Field(ge=0, le=100_000, description="how many machines there shall be")


class Tags(Change):
    """Of `propose_tags`."""

    tags: Annotated[str, BeforeValidator(tag_lines)] = Field(
        description="`key=value`, one a line; nothing after = removes the tag"
    )


class Schedule(Change):
    """Of `propose_schedule`."""

    days: Annotated[str, BeforeValidator(listed)] = Field(
        "nights", description="`nights`, `weekends` or `weekdays` (nights and weekends off)"
    )
    stop: Annotated[str, BeforeValidator(listed)] = Field(
        "", description="at what hour they stop, such as 20:00; empty for 20:00"
    )
    start: Annotated[str, BeforeValidator(listed)] = Field(
        "", description="at what hour they start again, such as 07:00; empty for 07:00"
    )
    until: Annotated[str, BeforeValidator(listed)] = Field(
        "", description="the last day, such as 2027-02-21; empty for as long as may be"
    )


class Amount(Arguments):
    """Of `propose_budget`."""

    budget: Annotated[str, BeforeValidator(listed)] = Field(
        description="its scope, such as `team=ml`, as `list_budgets` gave it; or of a new one"
    )
    amount: Annotated[str, BeforeValidator(amount_text)] = Field(
        description="of each period, such as 20000"
    )
    until: Annotated[str, BeforeValidator(listed)] = Field(
        "",
        description="the day on which a raise falls back to what it was, such as 2026-12-15; "
        "empty where the asker named none",
    )
    reason: Reason = Field("", description=_WHY)
