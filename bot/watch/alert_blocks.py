"""Budget alerts as Slack messages: the number first, whose it is, what drives it, what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from functools import partial
from typing import NamedTuple

from bot.blocks import (
    ASK,
    TEXT_LIMIT,
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
from bot.cards import person
from bot.conversation import Reading
from bot.figures import age_text, clean, day_text, percent_text, span_text
from bot.machine_words import clean_line, counted
from tools.core.money import about_text, money_text
from tools.core.periods import Between, Current, Unit
from tools.core.query import Preceding, Query
from tools.gate.roster import is_user
from tools.watch.alerts import HASTE, Kind, Position, Verdict, burnt_on
from tools.watch.outgoing import Outgoing

ACKNOWLEDGE, RAISE, IDLE = "purser.alert.acknowledge", "purser.alert.raise", "purser.alert.idle"
RAISE_ONCE = "purser.alert.raise_once"  # for this period only
SNOOZE, MUTE, UNMUTE = "purser.alert.snooze", "purser.alert.mute", "purser.alert.unmute"
LISTED = 10  # budgets of a summary
_AHEAD = Decimal("1.1")  # of the amount, or what is spent: the least a raise is worth
_TWO_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an alert says besides the verdict.

    Args:
        now: the time.
        drivers: what drives it, largest first, each a clause.
        complete_through: the last complete day of its bills.
        as_of: when the newest of them was loaded.
    """

    now: datetime
    drivers: tuple[str, ...] = ()
    complete_through: date | None = None
    as_of: datetime | None = None


class Done(NamedTuple):
    """What somebody did about an alert.

    Args:
        by: user id.
        said: what, after their name: ` takes care of it.`
        button: the one that has done its work.
    """

    by: str
    said: str
    button: str


def alert_message(verdict: Verdict, facts: Facts) -> Message:
    """The whole alert."""
    position = verdict.position
    number, rest = opening(verdict)
    owner = position.budget.owner
    named = [person(owner), text_part(", this budget is yours. ")] if is_user(owner) else []
    also = " ".join(_besides(verdict))
    blocks = (
        rich_block(text_part(number, bold=True), text_part(clip(rest, TEXT_LIMIT))),
        *((rich_block(*named, text_part(also)),) if named or also else ()),
        *_drivers(facts.drivers),
        *context_blocks(*_context(position, facts)),
        *_buttons(verdict),
    )
    mention = f" <@{owner}>" if named else ""
    return Message(f"{fallback(f'{number}{rest} {also}'.strip())}{mention}", blocks)


def opening(verdict: Verdict) -> tuple[str, str]:
    """The number, and the sentence it begins."""
    match verdict.kinds[0]:
        case Kind.FORECAST:
            return _forecast_opening(verdict.position)
        case Kind.PACE:
            return _pace_opening(verdict.position)
        case _:
            return _spent_opening(verdict)


def summary_message(found: Sequence[Verdict], facts: Facts) -> Message:
    """What bills loaded for the first time had brought about before anybody looked."""
    ranked = sorted(found, key=lambda v: -v.position.share)
    number = counted(len(ranked), "budget")
    rest = (
        " had passed a threshold, or would go over, before I began to watch. From now on I tell as "
        "it happens."
    )
    lines = [f"\n• {_line(verdict.position)}" for verdict in ranked[:LISTED]]
    if len(ranked) > LISTED:
        lines.append(f"\n• and {len(ranked) - LISTED:,} more")
    blocks = (
        rich_block(text_part(number, bold=True), text_part(rest)),
        rich_block(text_part("".join(lines).strip())),
        *context_blocks(_source(facts)),
    )
    return Message(fallback(f"{number}{rest}{''.join(lines)}"), blocks)


def noted_message(alert: Outgoing, notes: Sequence[Done]) -> Message:
    """The alert as it was said, with what people did about it in the place of the buttons."""
    done = {note.button for note in notes}
    kept: list[Block] = []
    for block in json.loads(alert.blocks):
        left = [e for e in block.get("elements", ()) if e.get("action_id") not in done]
        if block["type"] != "actions":
            kept.append(block)
        elif left:
            kept.append({**block, "elements": left})
    said = [rich_block(person(note.by), text_part(note.said)) for note in notes]
    undo = [note for note in notes if note.button == MUTE]
    back = actions_block([button("Unmute", UNMUTE, value=alert.key)] if undo else [])
    return Message(alert.text, (*kept, *said, *back))


def raised_amount(position: Position) -> Decimal:
    """What a raise may be to: enough for the forecast, to two digits."""
    budget = position.budget
    least = [budget.amount * _AHEAD, position.spent * _AHEAD]
    wanted = max([*least, position.forecast or Decimal(0)])
    step = Decimal(1).scaleb(wanted.adjusted() - _TWO_DIGITS + 1)
    return (wanted / step).to_integral_value(ROUND_CEILING) * step


def _spent_opening(verdict: Verdict) -> tuple[str, str]:
    position, budget = verdict.position, verdict.position.budget
    amount = money_text(budget.amount, budget.currency)
    share = percent_text(position.share)
    spent = "was spent" if position.is_over else "is spent"
    said = f" of {amount} ({share}) {spent} for {_title(position)}{_of_which(position)}: "
    if verdict.is_gone:
        said += "the budget is gone"
    else:
        said += f"{_listed(f'{t} %' for t in verdict.crossed)} reached"
        said += " at once" if len(verdict.crossed) > 1 else ""
    return money_text(position.spent, budget.currency), f"{said}{_to_go(position)}."


def _forecast_opening(position: Position) -> tuple[str, str]:
    budget, expected = position.budget, position.forecast or Decimal(0)
    over = about_text(expected - budget.amount, budget.currency)
    rest = (
        f" expected by {_day(position.window.last, position)} for {_title(position)}, {over} over "
        f"its {money_text(budget.amount, budget.currency)}."
    )
    return f"About {about_text(expected, budget.currency)}", rest


def _pace_opening(position: Position) -> tuple[str, str]:
    budget, gone = position.budget, burnt_on(position)
    left = money_text(position.left, budget.currency)
    number = f"Gone by {_day(gone, position)}" if gone else "Soon gone"
    rest = (
        f" at the pace of the last {HASTE} days: {_burn(position)} a day, and {left} of "
        f"{money_text(budget.amount, budget.currency)} left for {_title(position)}."
    )
    return number, rest


def _besides(verdict: Verdict) -> Iterator[str]:
    """What is known of what is to come, and was not said in the first sentence."""
    position, budget = verdict.position, verdict.position.budget
    if position.is_over:
        return
    first, money = verdict.kinds[0], partial(money_text, currency=budget.currency)
    about = partial(about_text, currency=budget.currency)
    if first is not Kind.SPENT:
        yield f"Spent so far: {money(position.spent)} ({percent_text(position.share)})."
    if position.forecast is not None and first is not Kind.FORECAST:
        end = _day(position.window.last, position)
        yield f"About {about(position.forecast)} expected by {end}, an estimate."
    if first is Kind.FORECAST and position.low is not None and position.high is not None:
        yield (
            "That is an estimate: four of five such periods end between "
            f"{about(position.low)} and {about(position.high)}."
        )
    if position.gone_on and position.left > 0 and Kind.PACE not in verdict.kinds:
        yield f"It will likely be gone on {_day(position.gone_on, position)}."
    if Kind.PACE in verdict.kinds[1:] and (gone := burnt_on(position)):
        yield (
            f"At the pace of the last {HASTE} days, {_burn(position)} a day, it is gone by "
            f"{_day(gone, position)}."
        )
    if budget.ending:
        until = _day(budget.ending.until, position)
        yield f"Its amount holds until {until}, then it is {money(budget.ending.back_to)} again."


def _drivers(drivers: Sequence[str]) -> tuple[Block, ...]:
    if not drivers:
        return ()
    lines = "".join(f"\n• {clip(clean_line(driver), 300)}" for driver in drivers)
    return (rich_block(text_part("What drives it", bold=True), text_part(lines)),)


def _context(position: Position, facts: Facts) -> Iterator[str]:
    if position.late:
        late = " and ".join(clean_line(source) for source in position.late)
        yield f"• {late} bills are late: it may be more, and I forecast nothing until they are in."
    yield _source(facts)


def _source(facts: Facts) -> str:
    """`Complete through Nov 19 · bills loaded 2 h ago`."""
    through = facts.complete_through
    parts = [f"Complete through {day_text(through, year=facts.now.year)}"] if through else []
    parts += [f"bills loaded {age_text(facts.now - facts.as_of)}"] if facts.as_of else []
    return " · ".join(parts)


def _buttons(verdict: Verdict) -> tuple[Block, ...]:
    position, key = verdict.position, verdict.key
    acts = [button("Acknowledge", ACKNOWLEDGE, value=key, style="primary")]
    why = why_line(position)
    acts += [button("Why?", f"{ASK}.0", value=why)] if 0 < len(why) <= VALUE_LIMIT else []
    if not position.is_over:
        amount = raised_amount(position)
        label = f"Raise to {money_text(amount, position.budget.currency, places=0)}"
        acts += [button(label, RAISE, value=f"{key} {amount:f}")]
        unit, until = position.budget.period, position.window.end
        acts += [button(f"… for this {unit} only", RAISE_ONCE, value=f"{key} {amount:f} {until}")]
        acts += [button("Stop what is idle", IDLE, value=key)]
    quiet = [button("Snooze for a day", SNOOZE, value=key)]
    sort = "budget" if verdict.kinds[0] is Kind.SPENT else "forecast"
    quiet += [button(f"Mute {sort} alerts here", MUTE, value=key)]
    return (*actions_block(acts), *actions_block(quiet))


def why_line(position: Position) -> str:
    """The question what changed in the period, as the grammar writes it; empty where it cannot."""
    try:
        return Reading(why_query(position), is_why=True).text()
    except ValueError:
        return ""


def why_query(position: Position) -> Query:
    """What the budget's charges came to, against the period before."""
    window, unit = position.window, Unit(position.budget.period)
    period = Between(window.start, window.end) if position.is_over else Current(unit)
    return Query(period=period, compare=Preceding(), filters=position.budget.scope)


def _line(position: Position) -> str:
    budget = position.budget
    spent = money_text(position.spent, budget.currency)
    text = f"{percent_text(position.share)} of {_title(position)}: {spent} of "
    text += money_text(budget.amount, budget.currency)
    if position.forecast is not None:
        text += f", about {about_text(position.forecast, budget.currency)} expected"
    return text


def _of_which(position: Position) -> str:
    """Which period, where it is not the one that goes on."""
    if not position.is_over:
        return ""
    return f" in {span_text(position.window, year=position.today.year)}"


def _to_go(position: Position) -> str:
    left = (position.window.end - position.today).days
    if left <= 0:
        return ""
    return ", on its last day" if left == 1 else f", with {left} days to go"


def _title(position: Position) -> str:
    return clip(clean(position.budget.title), 300)


def _burn(position: Position) -> str:
    return money_text(position.burn or Decimal(0), position.budget.currency)


def _day(day: date, position: Position) -> str:
    return day_text(day, year=position.today.year)


def _listed(texts: Iterable[str]) -> str:
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
