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

# Runs of jobs by the clock, claimed by name and scheduled moment: one replica runs each.
JOB_RUNS = Table(
    "job_runs",
    METADATA,
    Column("job", String(128), primary_key=True),
    Column("scheduled", DateTime(timezone=True), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # running, done, failed, skipped
    Column("said", Text, nullable=False),
    Column("ended", DateTime(timezone=True)),
)

# What people set differently from `purser.toml`: by job, channel or person.
WATCH_CHOICES = Table(
    "watch_choices",
    METADATA,
    Column("subject", String(255), primary_key=True),  # `digest C0ML daily`, `mute C0ML anomaly`
    Column("choice", Text, nullable=False),  # JSON
    Column("by", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
)

# What is to be said, until Slack has it, and that it has.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("channel", String(64), nullable=False),
    Column("sort", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("blocks", Text, nullable=False),  # JSON
    Column("thread", String(255), nullable=False),
    Column("replaces", String(255), nullable=False),
    Column("urgent", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("not_before", DateTime(timezone=True)),
    Column("told", String(16), nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("tried_at", DateTime(timezone=True)),  # the first time; it cannot be in Slack before
    Column("trouble", String(255), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("posted", String(64), nullable=False),
    Column("ts", String(64), nullable=False),
    # By the machine's clock, as are processes: who sends it, or when it is tried again.
    Column("lease_holder", String(64), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Index("outbox_by_posted", "posted", "ts"),
    Index("outbox_by_replaced", "replaces", "number"),
)

# How loading each source went, the last time and the last time it went well.
INGESTS = Table(
    "ingests",
    METADATA,
    Column("source", String(128), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("trouble", Text, nullable=False),  # a sentence; empty where it went well
    Column("well_at", DateTime(timezone=True)),
    Column("late_key", String(255), nullable=False),  # in the outbox; empty while it is not late
)

# Alerts that were raised, each once for its budget, period, kind, threshold and arming.
ALERTS = Table(
    "alerts",
    METADATA,
    Column("budget", String(32), primary_key=True),
    Column("period", String(10), primary_key=True),  # ISO date: the first day
    Column("kind", String(32), primary_key=True),  # spent, forecast, pace, accrued, seen
    Column("threshold", Integer, primary_key=True),  # percent; 0 where the kind has none
    Column("arming", Integer, primary_key=True),  # counts raises that armed it anew
    Column("message", String(255), nullable=False),  # key in the outbox; empty where none was said
    Column("amount", String(40), nullable=False),  # decimal text: the budget's, when it was raised
    Column("spent", String(40), nullable=False),  # decimal text; of `seen`, at the last look
    Column("at", DateTime(timezone=True), nullable=False),
    Column("acknowledged_by", String(64), nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
)

# Sources whose bills alerts have looked at: what one held before that alarms nobody.
WATCHED = Table(
    "watched",
    METADATA,
    Column("source", String(128), primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
)

# Spend out of the usual, as it was found; `cause` names what an incident gathers.
ANOMALIES = Table(
    "anomalies",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("cause", String(512), nullable=False, index=True),
    Column("first_day", String(10), nullable=False),  # ISO date
    Column("last_day", String(10), nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Column("channel", String(64), nullable=False),
    Column("message", String(255), nullable=False),  # key in the outbox
    Column("at", DateTime(timezone=True), nullable=False),
)

# What people said of what Purser said: expected, real, noise.
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("message", String(255), primary_key=True),  # key in the outbox
    Column("person", String(64), primary_key=True),
    Column("sort", String(32), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

# What happened or will, as it was told to Purser or seen in a cloud.
HAPPENINGS = Table(
    "happenings",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("start", DateTime(timezone=True), nullable=False, index=True),
    Column("end", DateTime(timezone=True)),
    Column("kind", String(32), nullable=False),  # deployment, planned, launch, change …
    Column("text", Text, nullable=False),
    Column("scope", Text, nullable=False),  # conditions, as the grammar writes them
    Column("by", String(64), nullable=False),
)

INCIDENTS = Table(
    "incidents",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("cause", String(512), nullable=False, index=True),
    Column("severity", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),  # open, acknowledged, resolved
    Column("title", Text, nullable=False),
    Column("scope", Text, nullable=False),  # conditions, as the grammar writes them
    Column("channel", String(64), nullable=False),
    Column("message", String(255), nullable=False),  # key in the outbox of the thread's head
    Column("opened", DateTime(timezone=True), nullable=False),
    Column("acknowledged_by", String(64), nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("escalated_at", DateTime(timezone=True)),
    Column("level", Integer, nullable=False),  # of escalation; 0 until somebody else was called
    Column("called", Text, nullable=False),  # who was mentioned, ids between blanks
    Column("burn", String(40), nullable=False),  # dollars an hour as last shown; may be empty
    Column("shown_at", DateTime(timezone=True)),  # when the head was last drawn
    Column("resolved_by", String(64), nullable=False),
    Column("resolved_at", DateTime(timezone=True)),
    Column("summary", Text, nullable=False),
)
INCIDENT_LINES = Table(
    "incident_lines",
    METADATA,
    Column("incident", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("source", String(255), nullable=False, index=True),  # the fact it tells, each once
)

# Spend of running machines before its bill is there, by day and resource.
ACCRUALS = Table(
    "accruals",
    METADATA,
    Column("day", String(10), primary_key=True),  # ISO date
    Column("resource", String(512), primary_key=True),
    Column("dollars", String(40), nullable=False),  # decimal text, of its currency
    Column("currency", String(3), nullable=False),
    Column("hourly", String(40), nullable=False),  # decimal text; empty where no price is known
    Column("through", DateTime(timezone=True), nullable=False, index=True),
    Column("labels", Text, nullable=False),  # JSON: dimension → value
    Column("billed", String(40), nullable=False),  # decimal text; empty until the bill is there
)

BURNS = Table(
    "burns",
    METADATA,
    Column("cause", String(255), primary_key=True),  # conditions: whose machines
    Column("hour", String(13), primary_key=True),  # ISO: 2026-11-21T14
    Column("peak", String(40), nullable=False),  # decimal text: the most that an hour cost
)

RUNAWAYS = Table(
    "runaways",
    METADATA,
    Column("cause", String(255), primary_key=True),
    Column("since", DateTime(timezone=True), primary_key=True),
    Column("told", String(40), nullable=False),  # decimal text: money an hour, as last told
    Column("message", String(255), nullable=False),  # key in the outbox
    Column("over_at", DateTime(timezone=True)),
)

# Each step is the tables it adds; the next release appends a tuple, it edits none.
STEPS: tuple[tuple[Table, ...], ...] = (
    (SEEN,),
    (ANSWERS, VERDICTS, MODEL_CALLS),
    (PROPOSALS, DECISIONS, RUNS, AUDIT, AUDIT_HEAD, FREEZE, BUDGETS, NEEDS),
    (
        JOB_RUNS,
        WATCH_CHOICES,
        OUTBOX,
        INGESTS,
        ALERTS,
        WATCHED,
        ANOMALIES,
        FEEDBACK,
        HAPPENINGS,
        INCIDENTS,
        INCIDENT_LINES,
        ACCRUALS,
        BURNS,
        RUNAWAYS,
    ),
)
