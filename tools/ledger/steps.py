"""How the ledger came to its tables, step by step: a step, once released, is never edited."""

from __future__ import annotations

from sqlalchemy import Table

from tools.ledger.schema import (
    ANSWERS,
    AUDIT,
    AUDIT_HEAD,
    BUDGETS,
    DECISIONS,
    FREEZE,
    MODEL_CALLS,
    NEEDS,
    PROPOSALS,
    RUNS,
    SEEN,
    VERDICTS,
)
from tools.ledger.watch_tables import (
    ACCRUALS,
    ALERTS,
    ANOMALIES,
    BURNS,
    ENDINGS,
    FEEDBACK,
    HAPPENINGS,
    INCIDENT_LINES,
    INCIDENTS,
    INGESTS,
    JOB_RUNS,
    OUTBOX,
    RUNAWAYS,
    TIMETABLE_STEPS,
    TIMETABLES,
    WATCH_CHOICES,
    WATCHED,
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
        ENDINGS,
        TIMETABLES,
        TIMETABLE_STEPS,
    ),
)
