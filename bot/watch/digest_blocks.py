"""A digest as Slack messages: one screen on a phone, and in its thread the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from bot.blocks import (
    ASK,
    TEXT_LIMIT,
    VALUE_LIMIT,
    Block,
    Message,
    actions_block,
    alt_text,
    button,
    clip,
    context_blocks,
    fallback,
    plain,
    rich_block,
    text_part,
)
from bot.budget_blocks import bar
from bot.conversation import Reading
from bot.figures import name_text
from bot.machine_words import clean_line
from bot.watch.accrual_blocks import accrued_line, error_text
from bot.watch.digest_words import (
    Line,
    age_lines,
    budget_lines,
    decided_lines,
    group_lines,
    groups_heading,
    idle_heading,
    idle_lines,
    model_lines,
    month_line,
    mover_lines,
    opening,
    strained_lines,
    undelivered_heading,
    undelivered_lines,
    untagged_line,
)
from bot.watch.pictures import chart_block
from tools.core.query import Filter, Metric, MetricKind, Op, Query
from tools.core.results import CostTable, Row
from tools.watch.digest import Digest
from tools.watch.headline import Pace

CHANGE = "purser.digest.change"  # action id of the menu
SNOOZE, HOUR, STOP = "snooze", "hour", "stop"  # what can be chosen in it
SNOOZED_FOR = 7  # days
NOTES = 3  # of the budgets
WHYS = 3  # buttons that ask about a line
_CHOICES = (
    (SNOOZE, "Snooze for a week"),
    (HOUR, "Change the hour"),
    (STOP, "Unsubscribe from the {rhythm} digest"),
)


def digest_message(found: Digest, *, job: str, now: datetime) -> Message:
    """What stands in the channel.

    Args:
        found: the facts.
        job: the name of the job, for what is chosen in its menu.
        now: for the age of the bills.
    """
    is_quiet, first, month = found.is_quiet, opening(found), month_line(found)
    blocks = [
        rich_block(*_parts(first)),
        *(() if is_quiet else _bullets(mover_lines(found))),
        *(() if month is None else _month(found, month)),
        *_bullets(strained_lines(found)),
        *(() if is_quiet else _chart(found)),
        *context_blocks(*_accrued(found), *age_lines(found, now=now)),
        *actions_block((*_questions(found), _menu(job))),
    ]
    text = " ".join("".join(line) for line in (first, month) if line)
    return Message(fallback(text), tuple(blocks))


def details_message(found: Digest) -> Message | None:
    """What stands in the thread; of a quiet day only what somebody may do something about."""
    parts = [] if found.is_quiet else [*_groups(found), *_models(found), *_untagged(found)]
    parts += [] if found.is_quiet else _budgets(found)
    parts += _idle(found)
    parts += _section("Proposals that ended", decided_lines(found))
    if found.undelivered:
        parts += _section(undelivered_heading(found), undelivered_lines(found))
    if not parts:
        return None
    return Message(fallback(f"More on {''.join(opening(found))}"), tuple(_renumbered(parts)))


def _parts(line: Line) -> tuple[Block, Block]:
    return text_part(line[0], bold=True), text_part(clip(line[1], TEXT_LIMIT))


def _bullets(lines: Iterable[Line], heading: str = "") -> tuple[Block, ...]:
    """Lines as a list, below a heading; nothing where there are none."""
    items = [{"type": "rich_text_section", "elements": list(_parts(line))} for line in lines]
    if not items:
        return ()
    listed: list[Block] = [{"type": "rich_text_list", "style": "bullet", "elements": items}]
    if heading:
        bold = text_part(heading, bold=True)
        listed.insert(0, {"type": "rich_text_section", "elements": [bold]})
    return ({"type": "rich_text", "elements": listed},)


def _section(heading: str, lines: Iterable[Line]) -> list[Block]:
    return list(_bullets(lines, heading))


def _month(found: Digest, line: Line) -> Iterator[Block]:
    """Where the month stands, with a bar where there is a budget."""
    parts = [*_parts(line)]
    if found.budget and found.budget.share is not None:
        parts.append(text_part(f"\n{bar(found.budget)}"))
    yield rich_block(*parts)


def _chart(found: Digest) -> Iterator[Block]:
    from bot.charts import chart_spec

    spec = chart_spec(found.chart) if found.chart else None
    if found.chart and spec is not None:
        yield chart_block(spec, alt_text(found.chart))


def _questions(found: Digest) -> Iterator[Block]:
    """Why, and by what: with a click, answered in the thread."""
    asked = []
    if found.change:
        asked.append(("Why?", Reading(found.change.query, is_why=True)))
    if found.groups:
        query = found.groups.query
        asked.append((f"By {query.group_by[0].replace('_', ' ')}", Reading(query)))
    if found.models and found.groups:
        asked.append(("By model", Reading(found.groups.query.with_(group_by=("model",)))))
    yield from _asking(asked)


def _asking(asked: Iterable[tuple[str, Reading]]) -> Iterator[Block]:
    for n, (label, reading) in enumerate(asked):
        if 0 < len(text := reading.text()) <= VALUE_LIMIT:
            yield button(label, f"{ASK}.{n}", value=text)


def _accrued(found: Digest) -> Iterator[str]:
    """What is on no bill yet; of a month that is over, how far that was from its bills."""
    if found.pace is not Pace.MONTHLY:
        yield accrued_line(found.accrued)
        return
    for currency, error in found.errors.items():
        said = error_text(currency, error, of="machine day")
        yield f"Running machines, before their bill came: {said}."


def _menu(job: str) -> Block:
    """Snooze, hour, unsubscribe."""
    rhythm = job.split()[2]
    options = [
        {"text": plain(label.format(rhythm=rhythm)), "value": f"{what} {job}"}
        for what, label in _CHOICES
    ]
    return {"type": "overflow", "action_id": CHANGE, "options": options}


def _groups(found: Digest) -> Iterator[Block]:
    table = found.groups
    if table is None:
        return
    yield from _bullets(group_lines(table), groups_heading(table))
    yield from actions_block(tuple(_asking(_whys(table))))


def _whys(table: CostTable) -> Iterator[tuple[str, Reading]]:
    """Why, for the groups that moved most."""
    if not table.is_comparable or table.previous_period is None:
        return
    rows = [row for row in table.rows if not row.is_rest and _moved(row)]
    dimension = table.query.group_by[0]
    for row in sorted(rows, key=_moved, reverse=True)[:WHYS]:
        value = row.key.get(dimension)
        is_value = Filter(dimension, Op.IS, (value,)) if value else Filter(dimension, Op.MISSING)
        query = table.query.with_(group_by=(), top=None, filters=(*table.query.filters, is_value))
        yield f"Why {name_text(value, dimension)}?", Reading(query, is_why=True)


def _moved(row: Row) -> Decimal:
    return abs((row.value or Decimal(0)) - (row.previous or Decimal(0)))


def _models(found: Digest) -> Iterator[Block]:
    if not found.models or found.groups is None:
        return
    yield from _bullets(model_lines(found.models), "By model")
    if any(model.per_million is not None for model in found.models):
        price = Metric(MetricKind.UNIT_COST, unit="tokens", per=1_000_000)
        query = found.groups.query.with_(metric=price, group_by=("model",))
        yield from actions_block(tuple(_asking([("Per 1M tokens", Reading(query))])))


def _untagged(found: Digest) -> Iterator[Block]:
    line, said = untagged_line(found), found.untagged
    if line is None or said is None or found.groups is None:
        return
    yield rich_block(*_parts(line))
    if said.cost:
        yield from actions_block(
            tuple(_asking([("What is it?", Reading(_missing(found, said[0])))]))
        )


def _budgets(found: Digest) -> Iterator[Block]:
    yield from _bullets(budget_lines(found), "Budgets")
    if found.budgets:
        yield from context_blocks(*map(clean_line, found.budgets.notes[:NOTES]))


def _idle(found: Digest) -> Iterator[Block]:
    """What runs unused, and a way to what can be done about it."""
    heading = idle_heading(found)
    if not heading or found.idle is None:
        return
    yield from _bullets(idle_lines(found), heading)
    asked = f"/gpu {found.idle.asked}"
    if len(asked) <= VALUE_LIMIT:
        yield from actions_block((button("What can be stopped?", ASK, value=asked),))


def _missing(found: Digest, dimension: str) -> Query:
    query = found.groups.query if found.groups else Query()
    missing = (*query.filters, Filter(dimension, Op.MISSING))
    return query.with_(group_by=("service",), filters=missing, compare=None)


def _renumbered(blocks: Sequence[Block]) -> Iterator[Block]:
    """Every button of a message has an action id of its own."""
    count = 0
    for block in blocks:
        if block["type"] != "actions":
            yield block
            continue
        elements = []
        for element in block["elements"]:
            elements.append({**element, "action_id": f"{ASK}.{count}"})
            count += 1
        yield {**block, "elements": elements}
