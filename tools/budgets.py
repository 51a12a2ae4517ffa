"""Budgets: where they stand, and proposals to change them."""

from __future__ import annotations


class Budgets:
    """The ledger's budgets."""
