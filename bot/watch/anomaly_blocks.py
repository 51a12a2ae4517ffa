"""An anomaly as a Slack message: how much, since when, whose, why, and what people make of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.blocks import (
    ASK,
    VALUE_LIMIT,
    Block,
    Message,
    actions_block,
    button,
    clip,
    context_blocks,
    fallback,
    rich_block,
    text_part,
)
from bot.change_words import part_name, value_text
from bot.figures import age_text, clean, day_text, percent_text, span_text
from bot.machine_words import counted
from tools.anomalies import why_line
from tools.core.money import money_text
from tools.core.periods import DAY, Period
from tools.core.results import Cause, Part
from tools.ledger.feedback import Verdict
from tools.watch.anomaly import Anomaly

JUDGE = "purser.anomaly"  # action ids: `purser.anomaly.real`
MUTE, UNMUTE = "purser.anomaly.mute", "purser.anomaly.unmute"
VERDICTS = {
    Verdict.REAL: "Real problem",
    Verdict.EXPECTED: "Expected",
    Verdict.NOISE: "Not useful",
}
EVENTS, PARTS = 3, 3
_TEXT = 600
_ENV = ("env", "environment")
_CAUSES = {
    Cause.USAGE: "more use",
    Cause.RATE: "a higher price",
    Cause.EXCHANGE: "the exchange rate",
    Cause.UNEXPLAINED: "no reason in the bill",
}


def anomaly_message(
    anomaly: Anomaly, *, key: str, as_of: datetime | None, now: datetime, severe: int = 0
) -> Message:
    """The whole message.

    Args:
        anomaly: explained.
        key: of the message, which the buttons name.
        as_of: when the newest of its bills was loaded.
        now: the time.
        severe: so much a day beyond the usual is called severe; 0 for never.
    """
    number, rest = anomaly_opening(anomaly)
    is_severe = bool(severe) and anomaly.a_day >= severe
    head = "Severe: " if is_severe else ""
    first = rich_block(text_part(head + number, bold=True), text_part(clip(rest, _TEXT)))
    reasons = list(_reasons(anomaly))
    blocks = (first, *([_paragraphs(reasons)] if reasons else []), *_small(anomaly, as_of, now))
    return Message(fallback(head + number + rest), (*blocks, *_buttons(anomaly, key)))


def anomaly_opening(anomaly: Anomaly) -> tuple[str, str]:
    """How much, and what of: `$4,821.14 more than usual` ` for search · Amazon EC2 …`."""
    year = anomaly.last_day.year
    actual, expected = (
        money_text(amount, anomaly.currency) for amount in (anomaly.actual, anomaly.expected)
    )
    days = (anomaly.last_day - anomaly.first_day).days + 1
    when = f"on {day_text(anomaly.first_day, year=year)}"
    each = ""
    if days > 1:
        when = f"since {day_text(anomaly.first_day, year=year)}"
        each = f", {money_text(anomaly.a_day, anomaly.currency)} more a day"
    if anomaly.hour is not None:
        when += f", {anomaly.hour:%H:%M} UTC"
    if anomaly.until is not None:
        when += f", as billed until {hour_text(anomaly)},"
    grown = ""
    if anomaly.expected > 0:
        grown = f" ({percent_text(anomaly.excess / anomaly.expected, signed=True)})"
    compared = f": {actual} instead of about {expected}{grown}"
    if not anomaly.expected:
        compared = ", where nothing was usual"
    number = f"{money_text(anomaly.excess, anomaly.currency)} more than usual"
    return number, f" {when} for {anomaly_name(anomaly)}{compared}{each}."


def hour_text(anomaly: Anomaly) -> str:
    """Until which hour a day that is not over is billed: `14:00 UTC`, or `midnight UTC`."""
    until = anomaly.until
    return f"{until:%H:%M} UTC" if until and until.hour else "midnight UTC"


def anomaly_name(anomaly: Anomaly) -> str:
    """What it is about: `search · Amazon EC2 · us-west-2`."""
    texts = dict.fromkeys(value_text(value, name) for name, value in anomaly.key.items())
    return " · ".join(texts)


def anomaly_title(anomaly: Anomaly) -> str:
    """In a few words of plain text, for an incident."""
    each = money_text(anomaly.a_day, anomaly.currency)
    return f"{anomaly_name(anomaly)} costs {each} a day more than usual"


def anomaly_evidence(anomaly: Anomaly) -> tuple[str, ...]:
    """Sentences of plain text, the first says most."""
    return (
        "".join(anomaly_opening(anomaly)),
        *(f"{name}: {text}" for name, text in _reasons(anomaly)),
    )


def part_reason(part: Part, anomaly: Anomaly) -> str:
    """`$4,000.00 from 3 new resources of semantic-search`, without what is said already."""
    amount = money_text(part.amount, anomaly.currency)
    said = {**anomaly.key, "owner": anomaly.owner, **dict.fromkeys(_ENV, anomaly.environment)}
    key = {name: value for name, value in part.key.items() if said.get(name, ...) != value}
    name = f" ({part_name(part._replace(key=key))})" if key else ""
    if part.cause is Cause.NEW:
        many = counted(part.resources, "new resource") if part.resources else "what is new"
        return f"{amount} from {many}{name}"
    since = f" since {day_text(part.first_day, year=part.first_day.year)}" if part.first_day else ""
    return f"{amount} from {_CAUSES.get(part.cause, str(part.cause))}{since}{name}"


def _reasons(anomaly: Anomaly) -> Iterator[tuple[str, str]]:
    """Why, which resources, who likely knows, what came before: only what is known."""
    if anomaly.parts:
        whys = [part_reason(part, anomaly) for part in anomaly.parts[:PARTS]]
        yield "Why", "; ".join(whys) + "."
    elif anomaly.until is not None:
        yield "Why", "I don’t know yet: the day is not over."
    else:
        yield "Why", "I don’t know: the bills show no single reason."
    named = [part.key.get("resource") for part in anomaly.parts]
    if set(anomaly.resources) - set(named):
        yield "Resources", ", ".join(value_text(name, "resource") for name in anomaly.resources)
    if anomaly.owner:
        yield "Likely owner", clean(anomaly.owner)
    if anomaly.environment:
        yield "Environment", clean(anomaly.environment)
    if anomaly.before:
        year = anomaly.last_day.year
        told = [f"{day_text(e.day, year=year)}: {clean(e.text)}" for e in anomaly.before[:EVENTS]]
        yield "Just before", "; ".join(told)


def _paragraphs(reasons: list[tuple[str, str]]) -> Block:
    parts: list[Block] = []
    for index, (name, text) in enumerate(reasons):
        end = "\n" if index < len(reasons) - 1 else ""
        parts += [text_part(f"{name}: ", bold=True), text_part(f"{clip(text, _TEXT)}{end}")]
    return rich_block(*parts)


def _small(anomaly: Anomaly, as_of: datetime | None, now: datetime) -> tuple[Block, ...]:
    days = Period(anomaly.first_day, anomaly.last_day + DAY)
    span = span_text(days, year=anomaly.last_day.year)
    age = f", loaded {age_text(now - as_of)}" if as_of else ""
    whole = "whole days"
    if anomaly.until is not None:
        whole = f"until {hour_text(anomaly)}, against the same hours of usual days"
    return context_blocks(
        f"By the bills of {span}, {whole}{age}. What is usual is an estimate from its own past."
    )


def _buttons(anomaly: Anomaly, key: str) -> tuple[Block, ...]:
    why = why_line(anomaly)
    asks = [button("Why?", f"{ASK}.0", value=why)] if 0 < len(why) <= VALUE_LIMIT else []
    judged = [button(text, f"{JUDGE}.{v}", value=key) for v, text in VERDICTS.items()]
    return actions_block([*asks, *judged, button("Mute anomalies here", MUTE, value=key)])
