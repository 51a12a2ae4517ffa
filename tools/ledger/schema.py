"""The ledger's tables: answers, proposals and the record; `watch_tables` has the watch's."""

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

# What was proposed. What may be approved is frozen in `body`; the rest says where it stands.
PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("verb", String(16), nullable=False),
    Column("stage", String(16), nullable=False, index=True),
    Column("requester", String(64), nullable=False, index=True),
    Column("team", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("expires", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Column("undoes", String(32), nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("ended", DateTime(timezone=True)),
    Column("channel", String(64), nullable=False),
    Column("message", String(64), nullable=False),
    Column("snoozed_until", DateTime(timezone=True)),
    # Who executes it, and until when nobody else may settle it.
    Column("lease_holder", String(64), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Index("proposals_by_id", "id", "version", unique=True),
)

# Who pressed what; one decision a person and version.
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("proposal", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

# What became of each target; limits are counted here. Written before the world is touched.
RUNS = Table(
    "runs",
    METADATA,
    Column("proposal", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("target", Text, nullable=False),
    Column("fate", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("claimed", DateTime(timezone=True), nullable=False, index=True),
    Column("at", DateTime(timezone=True)),
    Column("monthly", String(40)),  # decimal text, absolute; null where no price is known
)

# Append-only, hash-chained: each entry holds the hash of the one before.
AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),  # ISO text: what was hashed is what is kept
    Column("actor", String(64), nullable=False),
    Column("team", String(32), nullable=False),
    Column("via", String(16), nullable=False),
    Column("event", String(48), nullable=False),
    Column("subject", String(255), nullable=False, index=True),
    Column("before", Text, nullable=False),  # JSON
    Column("after", Text, nullable=False),  # JSON
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

# The kill switch: one row while it is frozen.
FREEZE = Table(
    "freeze",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("by", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
)

BUDGETS = Table(
    "budgets",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("scope", Text, nullable=False),  # conditions, as the grammar writes them
    Column("period", String(16), nullable=False),  # month, quarter, year
    Column("amount", String(40), nullable=False),  # decimal text
    Column("currency", String(3), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("approvers", Text, nullable=False),  # JSON
    Column("link", Text, nullable=False),  # JSON: the cloud's budget; empty where none
    Column("version", Integer, nullable=False),  # counts changes; guards each
    Column("at", DateTime(timezone=True), nullable=False),
    Column("is_retired", Integer, nullable=False),
)

# What an owner said of a resource: still needed until then, or not theirs.
NEEDS = Table(
    "needs",
    METADATA,
    Column("resource", String(512), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("answer", String(16), nullable=False),  # asked, keep, stop, not-mine
    Column("until", DateTime(timezone=True)),
    Column("at", DateTime(timezone=True), nullable=False),
)
