"""The ledger's tables, made step by step: a step, once released, is never edited."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table

METADATA = MetaData()

# One row: how many steps this ledger has taken.
VERSION = Table("ledger_version", METADATA, Column("steps", Integer, nullable=False))

# What was heard already, so that a redelivered event does nothing twice.
SEEN = Table(
    "seen",
    METADATA,
    Column("key", String(255), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)

# Each step is the tables it adds; the next release appends a tuple, it edits none.
STEPS: tuple[tuple[Table, ...], ...] = ((SEEN,),)
