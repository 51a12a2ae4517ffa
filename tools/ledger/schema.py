"""The ledger's tables, made step by step: a step, once released, is never edited."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Float, Index, Integer, MetaData, String, Table, Text

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

# How answers came about: the memory of threads, and what `/purser why` shows. Questions and
# queries, never figures; those are asked for again, under whoever asks.
ANSWERS = Table(
    "answers",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("conversation", String(255), nullable=False),
    Column("asker", String(64), nullable=False),
    Column("question", Text, nullable=False),
    Column("path", String(16), nullable=False),
    Column("reading", Text),  # the question as a line of the grammar; null where it has none
    Column("calls", Text, nullable=False),  # JSON: tools with arguments and rows
    Column("seconds", Float, nullable=False),
    Index("answers_by_conversation", "conversation", "number"),
    Index("answers_by_asker", "asker", "number"),
)

# What people thought of an answer; one verdict a person, the last one holds.
VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("answer", String(32), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

# Every call of a model, failed ones included.
MODEL_CALLS = Table(
    "model_calls",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("answer", String(32), nullable=False, index=True),
    Column("asker", String(64), nullable=False),
    Column("provider", String(255), nullable=False),  # host of the endpoint
    Column("model", String(255), nullable=False),
    Column("input_tokens", Integer, nullable=False),  # cached ones included
    Column("cached_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("dollars", String(40)),  # decimal text; null where no price is known
    Column("seconds", Float, nullable=False),
    Column("outcome", String(32), nullable=False),  # ok, or what went wrong in one word
)

# Each step is the tables it adds; the next release appends a tuple, it edits none.
STEPS: tuple[tuple[Table, ...], ...] = ((SEEN,), (ANSWERS, VERDICTS, MODEL_CALLS))
