"""Tables of questions kept as text, so that a person can read and lengthen them."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "data"


def lines(name: str) -> list[str]:
    """The lines of a table, without comments and empty ones."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pairs(name: str) -> list[tuple[str, str]]:
    """Each question with the line that stands indented below it."""
    rows = lines(name)
    assert len(rows) % 2 == 0
    assert all(answer.startswith("    ") for answer in rows[1::2])
    return [(q, answer.strip()) for q, answer in zip(rows[::2], rows[1::2], strict=True)]
