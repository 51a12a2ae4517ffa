"""What stops a reading, before suggestions are made from it."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[int, int]


@dataclass
class Unread(Exception):
    """A stretch of the question that has no reading, or more than one.

    It never leaves the grammar: it becomes a `NotUnderstoodError`.

    Args:
        span: the half-open range of the text.
        sentence: what is wrong, for a person.
        instead: texts that could stand in its place, best first.
        near: where to look for the nearest spelling: `dimension`, `value:<dimension>`,
            `unit`, or empty for everything.
        lines: whole questions to offer as they are, before any other.
        is_foreign: the words have no reading, where others have too many or make no sense.
    """

    span: Span
    sentence: str
    instead: tuple[str, ...] = ()
    near: str = ""
    lines: tuple[str, ...] = ()
    is_foreign: bool = False
