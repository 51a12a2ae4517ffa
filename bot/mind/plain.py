"""A model's words as plain text: nothing in them links, mentions, embeds or hides."""

from __future__ import annotations

import html
import re
import unicodedata

_IMAGE = re.compile(r"!\[([^\[\]]*)\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
_REFERENCE = re.compile(r"^\s*\[[^\[\]]+\]:\s*\S+.*$", re.MULTILINE)
_SLACK = re.compile(r"<(?:[!@#][^<>]*?|(?:https?|mailto|tel|slack)[^<>|]*?)(?:\|([^<>]*))?>")
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_URL = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.|mailto:|javascript:|data:)\S+", re.I)
_MENTION = re.compile(r"(?<![\w.])@(?=[A-Za-z])")
_EMOJI_COMMAND = re.compile(r"^\s*/(?=[a-z])")
_ROUNDS = 5


def plain(text: str) -> str:
    """The words without links, images, HTML, mentions and characters nobody sees.

    What is left of a link is its label. `<` stays only before a space or a digit: “<0.1 %”.
    """
    for _ in range(_ROUNDS):  # what is taken away may leave another one behind
        before = text
        text = _once(text)
        if text == before:
            break
    text = re.sub(r"<(?![\s\d])", "‹", text)
    return re.sub(r"(?<![\s\d])>", "›", text)


def _once(text: str) -> str:
    text = html.unescape(text)
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNSEEN)
    text = _SLACK.sub(lambda m: m[1] or "", text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _REFERENCE.sub("", text)
    text = _TAG.sub("", text)
    text = _URL.sub("", text)
    text = _MENTION.sub("", text)
    return _EMOJI_COMMAND.sub("", text)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
