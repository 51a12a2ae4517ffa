"""What is said of spend that no bill shows yet. It is called an estimate, every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

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
from bot.figures import clean, day_text, name_text, percent_text
from bot.machine_words import clean_line, counted
from bot.proposal_words import moment_text
from bot.watch.anomaly_blocks import JUDGE, MUTE, VERDICTS
from tools.core.money import about_text, money_text, sums_text
from tools.core.query import Filter
from tools.watch.accrual import HOUR, Burning, Jump, Running
from tools.watch.reconciled import Error

STOP = "purser.accrual.stop"  # action id: propose to stop what was launched
SHOWN = 6  # machines, the newest and dearest first
ESTIMATE = (
    "Price × running time: an estimate. No bill shows it yet; no budget threshold is used up."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one owner's machines.

    Args:
        scope: the conditions that name the owner.
        jump: why.
        running: the machines, in one currency.
        commands: what a command does → its name here.
        at: the time.
    """

    scope: tuple[Filter, ...]
    jump: Jump
    running: tuple[Running, ...]
    commands: Mapping[str, str]
    at: datetime

    @property
    def currency(self) -> str:
        """Of all money in it."""
        return self.running[0].currency

    @property
    def who(self) -> str:
        """`ml`, `untagged`, `account research`."""
        (one,) = self.scope
        value = name_text(one.values[0] if one.values else None, one.dimension)
        return value if one.dimension == "team" else f"{one.dimension.replace('_', ' ')} {value}"


def runaway_message(told: Told, *, key: str) -> Message:
    """A cluster that runs away, told within minutes; `key` names the message to its buttons."""
    number, rest = f"About {_money(told.jump.hourly, told)} an hour", _why(told)
    machines = [f"• {text}" for text in _machines(told)]
    more = len(_newest(told)) - SHOWN
    blocks = (
        rich_block(text_part(number, bold=True), text_part(rest)),
        *context_blocks(*machines, f"• and {counted(more, 'more machine')}" if more > 0 else ""),
        *context_blocks(_owners(told), f"{ESTIMATE} As of {moment_text(told.at, now=told.at)}."),
        *_buttons(told, key),
        *_opinions(key),
    )
    return Message(fallback(f"{number}{rest}"), blocks)


def runaway_evidence(told: Told) -> tuple[str, ...]:
    """The same as sentences for an incident."""
    first = f"{told.who} burns about {_money(told.jump.hourly, told)} an hour: {_cause(told)}."
    return (first, *_machines(told), *filter(None, [_owners(told)]), ESTIMATE)


def billed_message(day: date, currency: str, error: Error) -> Message:
    """What a day that was told of came to on its bill."""
    billed, estimated = money_text(error.billed, currency), about_text(error.estimated, currency)
    number, ratio = f"{billed} billed", error.ratio
    what = f" for {day_text(day, year=day.year)}, {counted(error.machines)}"
    if ratio is None:
        rest = f"{what}. I had estimated {estimated}."
    else:
        rest = f"{what}. I had estimated {estimated}, {percent_text(ratio, signed=True)}."
    missing = f"{counted(error.missing)} of it stand on no bill." if error.missing else ""
    blocks = (rich_block(text_part(number, bold=True), text_part(rest)), *context_blocks(missing))
    return Message(fallback(f"{number}{rest}"), blocks)


def error_text(
    currency: str, error: Error, *, of: str = "machine", shows_amounts: bool = True
) -> str:
    """`estimated 2.1 % too high, $212 on $10,000.00 billed, 14 machines`."""
    missing = f", {counted(error.missing, of)} on no bill" if error.missing else ""
    ratio = error.ratio
    if ratio is None:
        return f"no bill to compare the estimate with{missing}"
    off, billed = about_text(abs(error.off), currency), money_text(error.billed, currency)
    way = "high" if error.off > 0 else "low"
    said = f"estimated {percent_text(abs(ratio))} too {way}" if error.off else "estimated as billed"
    amounts = f", {off} on {billed} billed" if shows_amounts else ""
    return f"{said}{amounts}, {counted(error.machines, of)}{missing}"


def accrued_line(burn: Burning | None) -> str:
    """What runs and is on no bill yet, for what is said of bills; empty where nothing is known."""
    if burn is None or not burn.machines or not burn.accrued:
        return ""
    accrued, hour = sums_text(burn.accrued, each=about_text), sums_text(burn.hourly) or "nothing"
    return (
        f"Not billed yet: about {accrued} since the last billed day, {hour} an hour now. "
        f"Price × running time of {counted(burn.machines)}, an estimate."
    )


def _why(told: Told) -> str:
    a_day = clip(clean_line(about_text(told.jump.excess * 24, told.currency)), 40)
    return f" burns in {told.who}: {_cause(told)}. That is about {a_day} a day more, if it goes on."


def _cause(told: Told) -> str:
    found = told.jump
    verb, together = ("was", "") if found.launched == 1 else ("were", " together")
    launched = (
        f"{counted(found.launched)}, {_money(found.fresh, told)} an hour{together}, "
        f"{verb} launched {_since(told)}"
    )
    usual = "" if found.usual is None else f"about {_money(found.usual, told)} is usual"
    return "; ".join(filter(None, [launched if found.launched else "", usual])) or "none is usual"


def _since(told: Told) -> str:
    """`since 09:01 UTC`: the first launch of the last hour."""
    launched = [one.since for one in _newest(told) if one.since is not None]
    return f"since {moment_text(min(launched), now=told.at)}" if launched else "of late"


def _owners(told: Told) -> str:
    """Whose they are, as their tags say; empty where none does."""
    said = [one.labels.get("owner") for one in _newest(told)]
    names = [clean(name) for name in dict.fromkeys(said) if name]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Owner, by their tags: {', '.join(names[:3])}{more}." if names else ""


def _machines(told: Told) -> Iterator[str]:
    for one in _newest(told)[:SHOWN]:
        since = f"since {moment_text(one.since, now=told.at)}" if one.since else ""
        hourly = _money(one.hourly or Decimal(0), told)
        what = clean(one.type)
        yield " · ".join(filter(None, [clean(one.name), what, f"{hourly} an hour", since]))


def _newest(told: Told) -> list[Running]:
    """The machines of the last hour where there are any, else all; the dearest first."""
    priced = [one for one in told.running if one.hourly is not None]
    fresh = [one for one in priced if one.since is not None and told.at - one.since < HOUR]
    return sorted(fresh or priced, key=lambda one: (-(one.hourly or 0), one.resource))


def stop_button(key: str) -> Block:
    """Proposes, through the gate, to stop what was launched; `key` is of what was told first."""
    return button("Stop what was launched…", STOP, value=key, style="danger")


def _buttons(told: Told, key: str) -> tuple[Block, ...]:
    where, gpu = told.scope[0].text(), told.commands.get("gpu", "")
    asked = (
        ("Which machines", f"{gpu} where {where}"),
        ("What is idle", f"{gpu} idle where {where}"),
    )
    stop = [stop_button(key)] if told.jump.launched else []
    asks = [
        button(label, f"{ASK}.{number}", value=line)
        for number, (label, line) in enumerate(asked)
        if gpu and len(line) <= VALUE_LIMIT
    ]
    return actions_block([*stop, *asks])


def _opinions(key: str) -> tuple[Block, ...]:
    """What people make of it, as below anomalies."""
    judged = [button(text, f"{JUDGE}.{v}", value=key) for v, text in VERDICTS.items()]
    return actions_block([*judged, button("Mute these alerts here", MUTE, value=key)])


def _money(amount: Decimal, told: Told) -> str:
    return clip(clean_line(about_text(amount, told.currency)), 40)
