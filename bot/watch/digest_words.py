"""A digest in words: the number first, what moved it, where the month stands, how old it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from bot.blocks import clip
from bot.budget_words import expected_text, title_of
from bot.change_words import cause_text, part_name, signed_text
from bot.figures import (
    age_text,
    clean,
    day_text,
    name_text,
    percent_text,
    price_text,
    span_text,
    whole_text,
)
from bot.machine_words import (
    IDLE,
    clean_line,
    counted,
    idle_text,
    machines_opening,
    money,
    sums_text,
    what_text,
)
from bot.machine_words import title_of as title_of_machine
from bot.proposal_words import headline, lower_first, stage_text
from tools.core.budget import BudgetStatus
from tools.core.conditions import conditions_text
from tools.core.money import money_text
from tools.core.periods import DAY, Period, Unit, shift
from tools.core.results import CostTable, Part, Row
from tools.watch.digest import Digest, ModelCost
from tools.watch.headline import FEWEST, Headline, Pace
from tools.watch.lateness import Late
from tools.watch.outgoing import Sent, Told

NAME = 120  # characters of what moved
MOVERS = 3  # on a screen; the thread and “Why?” have the others
LEAST = Decimal("0.01")  # of what is usual: what moved less is no mover
WASTERS = 5  # idle machines in the thread; `/gpu idle` has all
SHOWN = 8  # lines of a list in the thread
Line = tuple[str, str]  # a number, and what follows it


def opening(found: Digest) -> Line:
    """The headline: `$4,210.33`, and ` on Thu, Nov 19: $310.12 more (+7.9 %) than …`."""
    if found.is_told:
        return "Nothing new", f" since the digest of {_when(found).removeprefix('on ')}."
    number = sums_text(found.headline.cost)
    about = f" for {clean_line(conditions_text(found.where))}" if found.where else ""
    return number, f"{about} {_when(found)}{_compared(found)}."


def month_line(found: Digest) -> Line | None:
    """The month so far against budget and forecast; None where the headline says it all."""
    status, last, month = found.budget, found.headline.period.last, found.month
    if status and status.spent is not None and found.pace is Pace.MONTHLY:
        number, rest = _standing(status, found)
        return number, f"{rest}."
    is_over = last + DAY == shift(last.replace(day=1), Unit.MONTH, 1)
    when = f" in {last:%B}" if is_over else f" so far in {last:%B}"
    if status and status.spent is not None:
        share, rest = _standing(status, found)
        coming = "" if is_over or not _is_ahead(status, month) else ", with days still coming in"
        said = f"{when}{coming}, {share}{rest}."
        return money_text(status.spent, status.budget.currency), said
    if found.pace is Pace.MONTHLY or month is None or month.total is None:
        return None
    return money_text(month.total, month.currency), f"{when}{_since(month)}; no budget covers it."


def strained_lines(found: Digest) -> Iterator[Line]:
    """Other budgets that are spent, or are expected to be."""
    for status in found.strained[:MOVERS]:
        yield _standing(status, found, outlook=_beyond(status, found))


def mover_lines(found: Digest) -> Iterator[Line]:
    """What moved most, each with its cause: `+$250.10`, ` p5.48xlarge · ml, new since …`."""
    change, usual = found.change, found.headline.usual
    if change is None or usual is None:
        return
    for part in [part for part in change.parts if _is_mover(part, usual)][:MOVERS]:
        amount = signed_text(part.amount, change.currency)
        yield amount, f" {_what(part)}, {cause_text(part, change)}"


def age_lines(found: Digest, *, now: datetime) -> Iterator[str]:
    """What the reader must know of the data: who is late, how complete and how old it is."""
    yield from (late_text(late, year=found.today.year) for late in found.late)
    yield from found.notes
    if found.complete_through is None:
        return
    day = day_text(found.complete_through, year=found.today.year)
    parts = [
        f"Bills complete through {day}, {_days_ago((found.today - found.complete_through).days)}"
    ]
    if found.as_of:
        parts.append(f"loaded {age_text(now - found.as_of)}")
    yield "; ".join(parts) + "."


def late_text(late: Late, *, year: int) -> str:
    """`Late: gcp, complete only through Nov 15, 3 days more than usual`, as a sentence."""
    name = clean(late.source)
    if late.through is None:
        return f"Late: {name} has no complete day yet."
    day = day_text(late.through, year=year)
    return f"Late: {name}, complete only through {day}, {_days(late.behind)} more than usual."


def group_lines(table: CostTable) -> Iterator[Line]:
    """`$106,865.12`, ` assistant · 35.2 % · +4.4 %`."""
    dimension = table.query.group_by[0]
    for row in table.rows:
        if row.value is None:
            continue
        name = _rest(row) if row.is_rest else name_text(row.key.get(dimension), dimension)
        share = percent_text(row.share) if row.share is not None else ""
        parts = filter(None, (name, share, _moved(row, table)))
        yield money_text(row.value, row.currency or table.currency), f" {' · '.join(parts)}"


def groups_heading(table: CostTable) -> str:
    """`By team, Nov 1–18 against Oct 1–18`."""
    year = table.period.last.year
    against = ""
    if table.previous_period and table.is_comparable:
        against = f" against {span_text(table.previous_period, year=year)}"
    name = clean(table.query.group_by[0]).replace("_", " ")
    return f"By {name}, {span_text(table.period, year=year)}{against}"


def model_lines(models: Sequence[ModelCost]) -> Iterator[Line]:
    """`$16,370.93`, ` gpt-5.1 · $1.09 per 1M tokens`."""
    for model in models:
        name = "other models" if model.name is None else name_text(model.name, "model")
        price = ""
        if model.per_million is not None:
            price = f" · {price_text(model.per_million, model.currency)} per 1M tokens"
        yield money_text(model.cost, model.currency), f" {name}{price}"


def untagged_line(found: Digest) -> Line | None:
    """`7.3 %`, ` carries no team: $22,243.34`, as a sentence."""
    said = found.untagged
    if said is None:
        return None
    if not said.cost:
        return "Nothing", f" is without a {clean(said.dimension)}."
    cost = money_text(said.cost, said.currency)
    return percent_text(said.share), f" carries no {clean(said.dimension)}: {cost}."


def budget_lines(found: Digest) -> Iterator[Line]:
    """Every budget of the scope, the fullest first."""
    for status in (found.budgets.statuses if found.budgets else ())[:SHOWN]:
        if status.spent is None:
            amount = money_text(status.budget.amount, status.budget.currency)
            yield amount, f" for {title_of(status)}; what is spent of it is not known"
        else:
            yield _standing(status, found)


def idle_lines(found: Digest) -> Iterator[Line]:
    """What wastes most: `$10,898.87`, ` marcus-ablations · 8× A100 · idle for 21 days`."""
    machines = [m for m in (found.idle.machines if found.idle else ()) if m.idleness in IDLE]
    for machine in machines[:WASTERS]:
        state = f"idle for {idle_text(machine, found.idle.as_of)}" if found.idle else ""
        parts = (title_of_machine(machine.resource), what_text(machine.resource), state)
        yield money(machine.wasted, machine.currency), f" {' · '.join(parts)}"


def idle_heading(found: Digest) -> str:
    """`13 idle at $39.50 an hour, about $18,510.63 wasted so far.`, or nothing."""
    if found.idle is None or not any(m.idleness in IDLE for m in found.idle.machines):
        return ""
    return "".join(machines_opening(found.idle))


def decided_lines(found: Digest) -> Iterator[Line]:
    """What became of proposals."""
    for proposal in found.decided[:SHOWN]:
        yield headline(proposal), f": {lower_first(stage_text(proposal))}"
    if len(found.decided) > SHOWN:
        yield f"{len(found.decided) - SHOWN} more", ""


def undelivered_lines(found: Digest) -> Iterator[Line]:
    """What did not arrive, or elsewhere."""
    for sent in found.undelivered[:SHOWN]:
        yield str(sent.outgoing.sort), f", {_fate(sent)}: {clean(sent.trouble)}"
    if len(found.undelivered) > SHOWN:
        yield f"{len(found.undelivered) - SHOWN} more", ""


def undelivered_heading(found: Digest) -> str:
    """`Trouble delivering 2 messages`."""
    return f"Trouble delivering {counted(len(found.undelivered), 'message')}"


def _when(found: Digest) -> str:
    period, year = found.headline.period, found.today.year
    match found.pace:
        case Pace.DAILY:
            newest = ", the newest whole day" if found.late else ""
            return f"on {period.start:%a}, {day_text(period.start, year=year)}{newest}"
        case Pace.WEEKLY:
            return f"in the seven days {span_text(period, year=year)}"
        case Pace.MONTHLY:
            return f"in {whole_text(period)}"


def _compared(found: Digest) -> str:
    headline = found.headline
    usual, difference = headline.usual, headline.difference
    if usual is None or difference is None or headline.only is None:
        return "; there is nothing whole to compare it with yet" if headline.only else ""
    currency = headline.only[1]
    quiet = ", a quiet day: " if found.is_quiet else ": "
    cost = f"{money_text(usual, currency)}{_on_which(found)}"
    against = f"{_usual(found.pace, headline)} ({cost})"
    if not difference:
        return f"{quiet}the same as {against}"
    word = "more" if difference > 0 else "less"
    share = f" ({percent_text(difference / usual, signed=True)})" if usual > 0 else ""
    return f"{quiet}{money_text(abs(difference), currency)} {word}{share} than {against}"


def _on_which(found: Digest) -> str:
    """Of which day a usual one's cost is, so that it can be looked up."""
    headline = found.headline
    if headline.against is None or headline.compared < FEWEST:
        return ""
    return f" on {day_text(headline.against.start, year=found.today.year)}"


def _usual(pace: Pace, headline: Headline) -> str:
    match pace:
        case Pace.DAILY if headline.compared >= FEWEST:
            return f"a usual {headline.period.start:%A}"
        case Pace.DAILY:
            return f"the {headline.period.start:%A} before"
        case Pace.WEEKLY:
            return "in the seven before"
        case Pace.MONTHLY:
            against = headline.against or headline.period
            return f"in {against.start:%B}{_length(headline.period, against)}"


def _length(period: Period, against: Period) -> str:
    """What a month's length does to a comparison."""
    days = period.days - against.days
    return f", a month {_days(abs(days))} {'shorter' if days > 0 else 'longer'}" if days else ""


def _standing(status: BudgetStatus, found: Digest, *, outlook: str = "") -> Line:
    """How much of a budget is spent, and what is expected of what is left of its days."""
    budget = status.budget
    amount = money_text(budget.amount, budget.currency)
    what = f"the {amount} budget"
    if status is not found.budget:
        what = f"{amount} for {title_of(status)}"
    share = percent_text(status.share or Decimal(0))
    return share, f" of {what}; {outlook or _outlook(status, found)}"


def _beyond(status: BudgetStatus, found: Digest) -> str:
    """In short how far it goes over: `about $31,336 over expected`."""
    budget, forecast = status.budget, status.forecast
    if status.window.last <= found.headline.period.last or forecast is None:
        return _outlook(status, found)
    return f"about {money_text(forecast - budget.amount, budget.currency, places=0)} over expected"


def _outlook(status: BudgetStatus, found: Digest) -> str:
    """What its period comes to; came to, where it is over."""
    if status.window.last > found.headline.period.last:
        return expected_text(status)
    left = status.budget.amount - (status.spent or Decimal(0))
    return f"{money_text(abs(left), status.budget.currency)} {'left' if left >= 0 else 'over'}"


def _is_ahead(status: BudgetStatus, month: CostTable | None) -> bool:
    """Whether its spend has charges of days that the month's whole ones do not."""
    if month is None or month.total is None or month.currency != status.budget.currency:
        return False
    return status.spent != month.total


def _since(table: CostTable) -> str:
    """`, +4.4 % on Oct 1–18`, where both are whole."""
    before = table.previous_total
    if not table.is_comparable or table.previous_period is None or not before or before < 0:
        return ""
    ratio = ((table.total or Decimal(0)) - before) / before
    days = span_text(table.previous_period, year=table.period.last.year)
    if not ratio:
        return f", the same as on {days}"
    return f", {percent_text(ratio, signed=True)} on {days}"


def _moved(row: Row, table: CostTable) -> str:
    if not table.is_comparable or row.value is None or table.previous_period is None:
        return ""
    before = row.previous or Decimal(0)
    if before > 0 and row.value != before:
        return percent_text((row.value - before) / before, signed=True)
    return "new" if not before and row.value > 0 else ""


def _rest(row: Row) -> str:
    return f"{row.groups:,} others" if row.groups else "others"


def _is_mover(part: Part, usual: Decimal) -> bool:
    return bool(part.key) and abs(part.amount) >= LEAST * abs(usual)


def _what(part: Part) -> str:
    """`ml · p5.48xlarge`; of several resources that have no name in common, how many."""
    name = clip(part_name(part), NAME)
    is_named = part.resources < 2 or "resource" in part.key
    return name if is_named else f"{name} ({part.resources:,} resources)"


def _fate(sent: Sent) -> str:
    if sent.told is Told.DROPPED:
        return "not delivered"
    return "delivered elsewhere" if sent.told is Told.SENT else "not delivered yet"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _days_ago(count: int) -> str:
    return {0: "today", 1: "yesterday"}.get(count, f"{count} days ago")
