"""Everything Purser raises on purpose.

PurserError                 carries one sentence that a person may read
├── InputError              the person can put it right (exit code 2)
│   ├── NotUnderstoodError  words the grammar could not read, with what it could
│   ├── BadBillError        a file that cannot be read as a bill: file, row, column
│   ├── ShrinkRefusedError  a reload that would lose more than a fifth of a period
│   └── ConfigError         purser.toml or the environment
├── RefusedError            the asker may not see or do this
└── UnavailableError        a store or service did not answer; trying later may help

Any other exception is a fault: it is logged with a short id, and only the id is shown.
"""

from __future__ import annotations


class PurserError(Exception):
    """Base of all errors whose `sentence` is written for a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class InputError(PurserError):
    """What was given cannot be used; the sentence says what to change."""


class NotUnderstoodError(InputError):
    """A question the grammar could not read to its end.

    Args:
        sentence: what could not be read, said plainly.
        text: the question as it came.
        span: the half-open range of `text` that was not understood.
        suggestions: the nearest questions that can be answered, best first.
        is_foreign: some words have no reading here, where others had too many or made no sense.
        is_near: the suggestions resemble the question; else they show what can be asked at all.
    """

    def __init__(
        self,
        sentence: str,
        *,
        text: str,
        span: tuple[int, int],
        suggestions: tuple[str, ...] = (),
        is_foreign: bool = False,
        is_near: bool = True,
    ) -> None:
        super().__init__(sentence)
        self.text = text
        self.span = span
        self.suggestions = suggestions
        self.is_foreign = is_foreign
        self.is_near = is_near


class BadBillError(InputError):
    """A file that cannot be loaded as a bill.

    Args:
        sentence: names the file, and row and column where there are any.
        file: the file as the person named it.
        row: 1-based data row (the header is not counted), if one row is to blame.
        column: the column's name as the file spells it, if one column is to blame.
    """

    def __init__(
        self, sentence: str, *, file: str, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.file = file
        self.row = row
        self.column = column


class ShrinkRefusedError(InputError):
    """A reload would shrink a billing period by more than a fifth; nothing was changed."""


class ConfigError(InputError):
    """The configuration cannot be used as it stands."""


class RefusedError(PurserError):
    """The asker's scope or standing does not allow this."""


class UnavailableError(PurserError):
    """Something Purser depends on did not answer."""
