"""Budgets: where they stand, and proposals to change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.core.context import Context


class Budgets:
    """The ledger's budgets."""


def target_of(budget: str, *, context: Context) -> str:
    """The id of a proposal's target for a budget, by its id or its scope."""
    raise NotImplementedError
