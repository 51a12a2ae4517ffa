"""Guards of a step by the clock: what it needs, and that it is done once."""

from __future__ import annotations

from tests.gate.mutations import (
    CLAIMS,
    DESK,
    EXECUTOR,
    ON_STEP_RULES,
    ON_STEPS,
    ON_TABLES,
    RECORDS,
    STEP_RULES,
    STEPPING,
    TIMETABLE_MOVES,
    TIMETABLES,
    Edit,
    Guard,
    never,
    swap,
)

STEPS = (
    never("before its time", STEP_RULES, "if now < standing.step.at:", ON_STEP_RULES),
    never("announced", STEP_RULES, "if standing.posted is None:", ON_STEP_RULES)._replace(
        edits=(
            Edit(
                STEP_RULES,
                "if standing.posted is None:",
                'if standing.posted is None:\n        return ""\n    if False:',
            ),
        )
    ),
    never(
        "a quarter of an hour of notice",
        STEP_RULES,
        "if now < standing.posted + NOTICE:",
        ON_STEP_RULES,
    ),
    swap(
        "only what Slack has is announced",
        TIMETABLES,
        "(OUTBOX.c.key == step.announcement) & (OUTBOX.c.told == Told.SENT.value)",
        "OUTBOX.c.key == step.announcement",
        ON_STEPS,
    )._replace(
        edits=(
            Edit(
                TIMETABLES,
                "(OUTBOX.c.key == step.announcement) & (OUTBOX.c.told == Told.SENT.value)",
                "OUTBOX.c.key == step.announcement",
            ),
            Edit(TIMETABLES, "select(OUTBOX.c.sent_at)", "select(OUTBOX.c.at)"),
        )
    ),
    swap(
        "freeze of a step",
        STEP_RULES,
        "return frozen(book.policy, now=now, freeze=freeze)",
        'return ""',
        ON_STEP_RULES,
    ),
    swap(
        "too late for a step",
        STEP_RULES,
        "if why or is_late(standing.step, now=now):",
        "if why:",
        ON_STEP_RULES,
    ),
    never(
        "a stop after its own start",
        STEP_RULES,
        "if is_overtaken(standing, now=now):",
        ON_STEP_RULES,
    ),
    never(
        "a stop begun after its own start",
        STEPPING,
        "if is_overtaken(standing, now=ground.now()):",
        ON_STEPS,
    ),
    never("too late to begin a step", STEPPING, "if is_late(step, now=now):", ON_STEPS),
    never(
        "a timetable in force",
        STEP_RULES,
        "if schedule.verb is not Verb.SCHEDULE or schedule.undoes or schedule.stage not in DONE:",
        ON_STEP_RULES,
    ),
    swap(
        "a timetable that takes none back",
        STEP_RULES,
        "if schedule.verb is not Verb.SCHEDULE or schedule.undoes or schedule.stage",
        "if schedule.verb is not Verb.SCHEDULE or schedule.stage",
        ON_STEP_RULES,
    ),
    never(
        "a timetable taken back",
        STEP_RULES,
        "if not step.is_in_force or schedule.id != step.schedule:",
        ON_STEP_RULES,
    ),
    swap(
        "only dated steps",
        STEP_RULES,
        "if Step(step.at, seen.deed.verb) not in steps_of(schedule) or step.verb",
        "if step.verb",
        ON_STEP_RULES,
    ),
    never(
        "only what is announced and not kept",
        STEP_RULES,
        "if step.state not in (StepState.ANNOUNCED, StepState.BEGUN):",
        ON_STEP_RULES,
    ),
    swap(
        "only machines of the timetable",
        STEP_RULES,
        "is_it = target.sight.target == seen.sight.target == seen.deed.target == step.target",
        "is_it = True",
        ON_STEP_RULES,
    ),
    swap(
        "only machines put on it",
        STEP_RULES,
        "if is_it and run.fate is Fate.DONE:",
        "if is_it:",
        ON_STEP_RULES,
    ),
    swap(
        "machine as approved",
        STEP_RULES,
        "_is_as_approved(approved, seen)\n    if",
        "if",
        ON_STEP_RULES,
    ),
    never("machine that changed", STEP_RULES, "if said:", ON_STEP_RULES),
    never(
        "machine on this timetable",
        STEP_RULES,
        "if seen.sight.facts.get(SCHEDULE) != approved.deed.after.get(SCHEDULE):",
        ON_STEP_RULES,
    ),
    never(
        "start of what it stopped", STEP_RULES, "if standing.stopped is None:", ON_STEP_RULES
    )._replace(
        edits=(
            Edit(
                STEP_RULES,
                "if standing.stopped is None:",
                "if standing.stopped is None:\n        return\n    if False:",
            ),
        )
    ),
    never("start of what ran again", STEP_RULES, "if then and now and then != now:", ON_STEP_RULES),
    never(
        "start after a stop that was done",
        STEPPING,
        "if stop is None or stop.state is not StepState.DONE:",
        ON_STEPS,
    )._replace(
        edits=(
            Edit(
                STEPPING, "if stop is None or stop.state is not StepState.DONE:", "if stop is None:"
            ),
            Edit(
                STEPPING,
                "if proposal is None or ground.records",
                'if proposal is None:\n        return Sight(target="", title="", facts={})\n'
                "    if ground.records",
            ),
        )
    ),
    swap(
        "start after a stop that was taken back",
        STEPPING,
        "if proposal is None or ground.records.taken_back(stop.proposal):",
        "if proposal is None:",
        ON_STEPS,
    ),
    swap(
        "policy of a step",
        STEP_RULES,
        "    may_execute(book, standing.schedule, [target],",
        "    _ = lambda: may_execute(book, standing.schedule, [target],",
        ON_STEP_RULES,
    ),
    swap(
        "policy before a step is claimed",
        STEPPING,
        "        check(ground, standing, proposal.targets[0])\n",
        "",
        ON_STEPS,
    ),
    swap(
        "policy before a step is done",
        EXECUTOR,
        "            check_step(ground, proposal, seen)\n",
        "",
        ON_STEPS,
    ),
    never(
        "a step of another proposal",
        STEPPING,
        "if not found or found[0].proposal != proposal.id:",
        ON_STEPS,
    )._replace(
        edits=(
            Edit(
                STEPPING,
                "if not found or found[0].proposal != proposal.id:",
                "if not found:",
            ),
        )
    ),
    never("what was so already", STEPPING, "if state == ENDS[step.verb]:", ON_STEPS),
    never("what is changing at a step", STEPPING, "if state not in ENDS.values():", ON_STEPS),
    never("what is gone", STEPPING, "if sight.is_gone:", ON_STEPS),
)

ONCE = (
    swap(
        "a step is begun once",
        TIMETABLE_MOVES,
        ", STEP.state == StepState.ANNOUNCED.value)",
        ")",
        ON_TABLES,
    ),
    swap(
        "a step in force is begun", TIMETABLE_MOVES, "        .where(is_in_force)\n", "", ON_TABLES
    ),
    never("a step that is not begun", TIMETABLE_MOVES, "if not begun.rowcount:", ON_TABLES),
    swap(
        "a step is claimed for its row",
        RECORDS,
        "begin_step(connection, proposal, now=self._ledger.now())",
        "...",
        ON_STEPS,
    ),
    swap(
        "what is settled stays so",
        TIMETABLES,
        "changed = update(TIMETABLE_STEPS).where(where, is_open())",
        "changed = update(TIMETABLE_STEPS).where(where)",
        ON_TABLES,
    )._replace(
        edits=(
            Edit(
                TIMETABLES,
                "changed = update(TIMETABLE_STEPS).where(where, is_open())",
                "changed = update(TIMETABLE_STEPS).where(where)",
            ),
            Edit(TIMETABLES, "mine & is_open() & is_new", "mine & is_new"),
        )
    ),
    swap(
        "one machine's fault",
        DESK,
        "self._one(partial(self._step, one))",
        "self._step(one)",
        ON_STEPS,
    ),
    never(
        "timetables count for no limit", CLAIMS, "if proposal.verb is Verb.SCHEDULE:", ON_STEPS
    )._replace(
        edits=(
            Edit(CLAIMS, "if proposal.verb is Verb.SCHEDULE:", "if False:"),
            Edit(
                CLAIMS,
                "is_change = PROPOSALS.c.verb != Verb.SCHEDULE.value",
                "is_change = PROPOSALS.c.verb != Verb.BUDGET.value",
            ),
        )
    ),
)

GUARDS: tuple[Guard, ...] = (*STEPS, *ONCE)
