"""Explanations and derived figures in words: the number first."""

from __future__ import annotations

from tools.core.money import decimal_text, money_text
from tools.core.results import Change, Figure, FigureKind


def change_opening(change: Change) -> tuple[str, str]:
    """The change in two parts: the number, and what follows it."""
    return money_text(change.difference, change.currency), " difference."


def figure_opening(figure: Figure) -> tuple[str, str]:
    """A derived figure, and how it was calculated."""
    match figure.kind:
        case FigureKind.MONEY:
            number = money_text(figure.value, figure.unit)
        case FigureKind.PERCENT:
            number = f"{decimal_text(figure.value)} %"
        case FigureKind.NUMBER:
            number = f"{decimal_text(figure.value)} {figure.unit}".strip()
    return number, f" = {figure.expression}"
