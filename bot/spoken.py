"""A model's answer as a message: its words, what they rest on, and buttons to ask how and to judge.

A model's words are Markdown, which Slack parses, so they pass `guarded` before they are sent:
whatever the model was talked into writing, it mentions nobody and links nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.blocks import (
    Block,
    Message,
    Setting,
    actions_block,
    button,
    context_blocks,
    fallback,
    plain,
    render,
)
from bot.conversation import Answer
from bot.wording import sentence
from tools.core.budget import BudgetTable
from tools.core.machines import Machines
from tools.core.results import Change, CostTable, Figure, Note
from tools.gate.proposals import Proposal

HOW, JUDGE, STOP = "purser.how", "purser.judge", "purser.stop"  # action ids
PIECE = 10_000  # characters of Markdown in one message, below Slack's 12,000
STOPPED = "Stopped at your request; this is what I had by then."

_JOINER = "\u2060"  # shows nothing, and parts what Slack would read as one thing
# After each of these Slack reads a mention, a link, a picture or an address.
_TRIGGER = re.compile(
    r"<(?=[@#!/a-z])|](?=[(\[:])|(?<=[a-z]):(?=/)|(?<=mailto):(?=\w)|\bwww(?=\.)|@(?=\w)",
    re.IGNORECASE,
)


def guarded(text: str) -> str:
    """Markdown in which no mention, link, picture or address is left; it reads the same.

    It is safe on any piece that does not end inside a word, and changes nothing twice.
    """
    return _TRIGGER.sub(lambda found: found[0] + _JOINER, text)


def pieces(text: str) -> list[str]:
    """The text in parts that fit a message each, cut between lines where that is possible."""
    found = []
    while len(text) > PIECE:
        cut = max(text.rfind("\n", 0, PIECE), text.rfind(" ", 0, PIECE)) + 1 or PIECE
        found.append(text[:cut].rstrip())
        text = text[cut:]
    return [*found, text]


def with_words(text: str, below: Message) -> Message:
    """A message that says the text, and below it what `below` holds.

    Args:
        text: guarded Markdown, at most one piece.
        below: what the words rest on, with the text for notifications.
    """
    words: tuple[Block, ...] = ({"type": "markdown", "text": text},) if text.strip() else ()
    return Message(below.text, (*words, *below.blocks))


def below_words(answer: Answer, setting: Setting, *, is_stopped: bool = False) -> Message:
    """What stands below a model's words: the result they rest on, and the buttons.

    Without words the result speaks for itself, and stands whole.
    """
    whole = render(answer.result, setting)
    shown = whole.blocks if not answer.text.strip() else tuple(_evidence(answer, whole))
    # A note says of itself that nothing was found before the stop.
    is_cut = is_stopped and bool(answer.text.strip() or not isinstance(answer.result, Note))
    stopped = context_blocks(STOPPED) if is_cut else ()
    text = fallback(answer.text.strip() or sentence(answer.result))
    return Message(text, _with_how((*shown, *stopped), answer.id))


def stop_message(text: str, *, key: str) -> Message:
    """A word that an answer is on its way, with a button that stops it."""
    pressing = actions_block((button("Stop", STOP, value=key),))
    return Message(fallback(text), ({"type": "section", "text": plain(text)}, *pressing))


def _evidence(answer: Answer, whole: Message) -> Iterator[Block]:
    """The blocks of the result that say more than the words already do."""
    match answer.result:
        case CostTable() | Change():
            yield from whole.blocks[1:]  # its headline is in the words
        case Machines() | BudgetTable():
            yield from whole.blocks[1:]
        case Proposal():
            pass  # its card stands on its own
        case Figure():
            yield from context_blocks(sentence(answer.result))
        case Note():
            yield from (b for b in whole.blocks if b["type"] == "actions")


def _with_how(blocks: tuple[Block, ...], answer_id: str) -> tuple[Block, ...]:
    """The blocks with “How?” among their last buttons, and the thumbs below."""
    if not answer_id:
        return blocks
    how = button("How?", HOW, value=answer_id)
    *rest, last = blocks or ({"type": "none"},)
    if last["type"] == "actions":
        row = ({**last, "elements": [*last["elements"], how]},)
        blocks = (*rest, *row)
    else:
        blocks = (*blocks, *actions_block((how,)))
    return (*blocks, _feedback(answer_id))


def _feedback(answer_id: str) -> Block:
    def half(text: str, label: str, verdict: str) -> Block:
        value = f"{verdict}:{answer_id}"
        return {"text": plain(text), "accessibility_label": label, "value": value}

    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": JUDGE,
                "positive_button": half("Good answer", "This answer was good", "good"),
                "negative_button": half("Bad answer", "This answer was bad", "bad"),
            }
        ],
    }
