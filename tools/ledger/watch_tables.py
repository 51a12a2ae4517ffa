"""The ledger's tables of the watch: jobs, the outbox, alerts, anomalies, incidents, accruals."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, String, Table, Text

from tools.ledger.schema import METADATA

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

# Budgets whose amount holds for a time only: an exception, as a deed of the gate allowed it.
ENDINGS = Table(
    "endings",
    METADATA,
    Column("budget", String(32), primary_key=True),
    Column("until", String(10), nullable=False),  # ISO date: the first day it holds no more, UTC
    Column("back_to", String(40), nullable=False),  # decimal text
    Column("deed", String(128), nullable=False),
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
    # JSON, currency → decimal text: an hour, as last shown; empty where it is not known.
    Column("burn", Text, nullable=False),
    Column("shown_at", DateTime(timezone=True)),  # when the head was last drawn
    Column("burnt", Text, nullable=False),  # JSON likewise: in all until then
    Column("metered", DateTime(timezone=True)),  # since when the burn is known
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
    Column("cause", String(255), nullable=False),  # of the alarm it tells; may be empty
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

# Machines that are put on a timetable, by the approved proposal that did it.
TIMETABLES = Table(
    "timetables",
    METADATA,
    Column("schedule", String(32), primary_key=True),
    Column("target", String(512), primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),  # the rule; what happens is in its steps
    Column("at", DateTime(timezone=True), nullable=False),
    Column("ends", DateTime(timezone=True), nullable=False),  # its last step
    Column("removed", DateTime(timezone=True)),
    Column("removed_by", String(32), nullable=False),  # the proposal that took it off
)

# What the clock does to each of them, dated as it was approved.
TIMETABLE_STEPS = Table(
    "timetable_steps",
    METADATA,
    Column("schedule", String(32), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True, index=True),
    Column("target", String(512), primary_key=True),
    Column("verb", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("announcement", String(255), nullable=False),  # key in the outbox
    Column("by", String(64), nullable=False),  # who kept it
    Column("proposal", String(32), nullable=False),  # by which it is done
    Column("changed", DateTime(timezone=True), nullable=False),
)
