"""How an answer came about, as a message: its way, its tools, its models. Never its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.blocks import (
    Block,
    Message,
    actions_block,
    clip,
    context_blocks,
    fallback,
    rich_block,
    suggestion_buttons,
    text_part,
)
from bot.figures import age_text
from tools.core.money import money_text
from tools.ledger.records import Call, ModelCall, Trace

NOTHING_YET = "I have not answered anything of yours yet, so there is nothing to explain."
NOT_YOURS = "Only whoever asked, and who reads the same thread, can see how that answer came about."
UNKNOWN = "How that answer came about is not known any more."
_QUESTION = 300  # characters of the question shown
_LINES = 5  # buttons that ask again
_NO_FIGURES = "Figures are not kept. Asking again counts anew, under what you may see now."


@dataclass(frozen=True, slots=True)
class Background:
    """All that is remembered of an answer.

    Args:
        trace: how it came about.
        calls: of models, in order.
        verdict: what the reader thought of it, `good` or `bad`; empty where they did not say.
    """

    trace: Trace
    calls: tuple[ModelCall, ...] = ()
    verdict: str = ""


def why_message(found: Background, *, command: str, now: datetime) -> Message:
    """How an answer came about, with a button for every question it asked the bills."""
    trace = found.trace
    question = clip(trace.question, _QUESTION) or command
    heading = [text_part("How I answered ", bold=True), text_part(f"“{question}”\n", bold=True)]
    body = [part for line in _lines(found, command) for part in (*line, text_part("\n"))]
    took = f"Took {trace.seconds:.1f} s, {age_text(now - trace.at)}."
    judged = {"good": "You found it good.", "bad": "You found it bad."}.get(found.verdict, "")
    asked = tuple(dict.fromkeys(filter(None, map(grammar_line, trace.calls))))
    blocks = (
        rich_block(*heading, *body[:-1]),
        *context_blocks(took, judged, _NO_FIGURES if asked else ""),
        *actions_block(suggestion_buttons(asked[:_LINES])),
    )
    return Message(fallback(f"How I answered “{question}”: {_way(found)}"), blocks)


def grammar_line(call: Call) -> str:
    """What a call asked of the bills, as it is typed after `/cost`; empty for other calls."""
    query = call.arguments.get("query")
    if not isinstance(query, str) or call.name not in _ASKING:
        return ""
    prefix = _ASKING[call.name]
    return query if not prefix or query.startswith(prefix) else f"{prefix}{query}"


# Tools whose `query` is a line of the grammar, and what stands before it.
_ASKING: Mapping[str, str] = {"cost_by": "", "explain_change": "why "}


def _lines(found: Background, command: str) -> Iterator[tuple[Block, ...]]:
    yield (text_part(_way(found)),)
    reading = found.trace.reading
    if reading is not None:
        line = f"{command} {reading}".strip()
        yield text_part("Read as "), text_part(clip(line, _QUESTION), code=True)
    yield from _tools(found.trace.calls)
    yield from ((text_part(line),) for line in _models(found.calls))


def _way(found: Background) -> str:
    """The path in words."""
    match found.trace.path:
        case "command":
            return "Read word for word, as a command."
        case "phrasebook":
            return "Read by the phrasebook; no model was asked."
        case "model":
            names = list(dict.fromkeys(call.model for call in found.calls))
            return f"Asked {' and '.join(names) or 'a model'}."
        case _:
            return "No bill was read for it."


def _tools(calls: Sequence[Call]) -> Iterator[tuple[Block, ...]]:
    """Each call with the line it asked. Other arguments may hold figures, and are left out."""
    for number, call in enumerate(calls, 1):
        line = grammar_line(call) or _looked_up(call)
        name = text_part(f"{number}. "), text_part(call.name, code=True)
        asked = (text_part(" "), text_part(clip(line, _QUESTION), code=True)) if line else ()
        rows = f" read {call.rows:,} bill lines" if call.rows else ""
        yield (*name, *asked, text_part(rows))


def _looked_up(call: Call) -> str:
    """What names were looked up: `team pay`."""
    if call.name != "dimension_values":
        return ""
    return f"{call.arguments.get('dimension', '')} {call.arguments.get('search', '')}".strip()


def _models(calls: Sequence[ModelCall]) -> Iterator[str]:
    """Calls, tokens and dollars by model, and what went wrong."""
    for name in dict.fromkeys(call.model for call in calls):
        mine = [call for call in calls if call.model == name]
        taken, cached = sum(c.input_tokens for c in mine), sum(c.cached_tokens for c in mine)
        made, seconds = sum(c.output_tokens for c in mine), sum(c.seconds for c in mine)
        reused = f" ({cached:,} cached)" if cached else ""
        times = "1 call" if len(mine) == 1 else f"{len(mine)} calls"
        yield (
            f"{name}: {times}, {taken:,} tokens in{reused}, {made:,} out, "
            f"{_price(mine)}, {seconds:.1f} s"
        )
    failed = Counter(call.outcome for call in calls if call.outcome != "ok")
    if failed:
        yield "Went wrong on the way: " + ", ".join(
            word if count == 1 else f"{word} ({count} times)" for word, count in failed.items()
        )


def _price(calls: Sequence[ModelCall]) -> str:
    known = [call.dollars for call in calls if call.dollars is not None]
    if len(known) < len(calls):
        return "price not known"
    return money_text(sum(known, Decimal(0)), "USD")
