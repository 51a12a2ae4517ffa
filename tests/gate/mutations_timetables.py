"""Guards of timetables: what is approved with one, who keeps and who takes back."""

from __future__ import annotations

from tests.gate.mutations import (
    CLAIMS,
    DEMANDS,
    DESK,
    DRAFTING,
    EFFECTS,
    EXECUTOR,
    GROUND,
    MOVES,
    ON_DATES,
    ON_STEP_RULES,
    ON_STEPS,
    ON_TABLES,
    ON_TABLES_WORLD,
    PROPOSED,
    RULES,
    STEP_RULES,
    TABLES_WORLD,
    TIMETABLE,
    TIMETABLE_MOVES,
    TIMETABLES,
    UNDOING,
    Edit,
    Guard,
    never,
    swap,
)

TAKEN_OFF = (
    never(
        "timetable in force at the last moment",
        TIMETABLE_MOVES,
        "if proposal.under and connection.execute(held).one_or_none() is None:",
        ON_TABLES,
    ),
    never("a step on the way holds nobody up", CLAIMS, "if proposal.takes_off:", ON_TABLES),
    swap(
        "taken off whatever it does",
        EXECUTOR,
        "if said and not proposal.takes_off:",
        "if said:",
        ON_TABLES,
    ),
    swap("taken off in part", MOVES, "query.where(~in_part_off)", "query", ON_TABLES),
)

APPROVED = (
    swap("dated steps under the hash", PROPOSED, 'BOUND = ("steps", ', "BOUND = (", ON_TABLES),
    swap(
        "a timetable lasts 92 days",
        TIMETABLE,
        "if not today <= made.until <= today + LONGEST:",
        "if not today <= made.until:",
        ON_DATES,
    ),
    never("two steps at one moment", TIMETABLE, "if counts[step.at] > 1:", ON_DATES),
    swap("only steps to come", TIMETABLE, "if step.at > since)", "if step.at)", ON_DATES),
    never("on two timetables", TABLES_WORLD, "if held:", ON_TABLES),
    never(
        "on two timetables in the ledger",
        TIMETABLES,
        "if connection.execute(query).first():",
        ON_TABLES_WORLD,
    ),
    never("what is changing", TABLES_WORLD, "if state and state not in _ANY:", ON_TABLES),
    never(
        "what nothing brings back",
        TABLES_WORLD,
        "if stop.is_final or stop.undo is not Verb.START:",
        ON_TABLES,
    ),
    swap("policy of a stop", DEMANDS, "        Verb.STOP,\n        *((", "        *((", ON_TABLES),
    swap("policy of a start", DEMANDS, "*((Verb.START,) if starts else ()),", "", ON_TABLES),
    swap(
        "rules for timetables", DEMANDS, "*((Verb.SCHEDULE,) if any(named) else ()),", "", ON_TABLES
    ),
    swap(
        "approvers of all it does",
        DEMANDS,
        "shared(propose, each.propose), shared(approve, each.approve)",
        "shared(propose, each.propose), approve",
        ON_TABLES,
    ),
    swap(
        "requester of all it does",
        DEMANDS,
        "requester_may_approve=all(each.requester_may_approve for each in found),",
        "requester_may_approve=any(each.requester_may_approve for each in found),",
        ON_TABLES,
    ),
    swap(
        "approvals of all it does",
        DEMANDS,
        "counts=tuple(dict.fromkeys(count for each in found for count in each.counts)),",
        "counts=found[0].counts,",
        ON_TABLES,
    ),
    never(
        "weight of a stop when asked", EFFECTS, "if target.deed.verb is Verb.SCHEDULE:", ON_TABLES
    ),
    swap(
        "weight of a stop when approved",
        RULES,
        "stake(proposal.targets) if proposal.verb is Verb.SCHEDULE else proposal.monthly",
        "proposal.monthly",
        ON_STEP_RULES,
    ),
    never(
        "room for stop and start in a day",
        DRAFTING,
        "if all(target.deed.after.get(SCHEDULE) for target in targets):",
        ON_TABLES,
    ),
    swap(
        "written only by a claimed proposal",
        TIMETABLE_MOVES,
        "if proposal is not None and proposal.stage is Stage.CLAIMED:",
        "if proposal is not None:",
        ON_TABLES_WORLD,
    ),
    never(
        "written only as it was approved",
        TIMETABLE_MOVES,
        "if target.deed == deed:",
        ON_TABLES_WORLD,
    )._replace(edits=(Edit(TIMETABLE_MOVES, "if target.deed == deed:", "if True:"),)),
    never("steps that are over", TIMETABLES, "if not ahead:", ON_TABLES),
    swap(
        "steps before the approval",
        TIMETABLES,
        "[step for step in steps_of(proposal) if step.at > now]",
        "list(steps_of(proposal))",
        ON_TABLES,
    ),
)

TAKING_BACK = (
    swap(
        "who keeps", DESK, "            may_keep(", "            _ = lambda: may_keep(", ON_TABLES
    ),
    swap(
        "members keep",
        STEP_RULES,
        '    known(actor, roster, "keep anything running")\n',
        "",
        ON_STEP_RULES,
    ),
    swap(
        "the workspace keeps",
        STEP_RULES,
        'running")\n    same_team(actor, schedule)\n',
        'running")\n',
        ON_STEP_RULES,
    ),
    swap(
        "a press keeps",
        DESK,
        "            self._check_actor(schedule, actor)\n            may_keep",
        "            may_keep",
        ON_TABLES,
    ),
    swap(
        "only stops are kept",
        TIMETABLES,
        "rows(connection, mine & (STEP.verb == Verb.STOP.value))",
        "rows(connection, mine)",
        ON_TABLES,
    ),
    swap(
        "what is begun is not kept",
        TIMETABLES,
        "[one.target for one in found if one.state.is_open and one.is_in_force]",
        "[one.target for one in found if one.is_in_force]",
        ON_TABLES,
    ),
    swap(
        "frozen undo of a timetable",
        STEP_RULES,
        '    lets_act(book.policy, now=now, freeze=freeze)\n    known(actor, roster, "undo',
        '    known(actor, roster, "undo',
        ON_STEP_RULES,
    ),
    swap(
        "members take it back",
        STEP_RULES,
        '    known(actor, roster, "undo anything")\n',
        "",
        ON_STEP_RULES,
    ),
    swap(
        "the workspace takes it back",
        STEP_RULES,
        'anything")\n    same_team(actor, schedule)\n',
        'anything")\n',
        ON_STEP_RULES,
    ),
    never(
        "only what was put on is taken back",
        STEP_RULES,
        "if schedule.undoes or schedule.stage not in DONE:",
        ON_STEP_RULES,
    ),
    never(
        "a stranger takes back no timetable",
        STEP_RULES,
        "if actor.user not in named and owners != {actor.user}:",
        ON_STEP_RULES,
    ),
    never(
        "taking back only takes off",
        STEP_RULES,
        "if any(dict(target.deed.after) != {SCHEDULE: None} for target in targets):",
        ON_STEP_RULES,
    ),
    swap(
        "whose step it is to take back",
        GROUND,
        "return replace(proposal, requester=schedule.requester, decisions=schedule.decisions)",
        "return proposal",
        ON_STEPS,
    ),
    never(
        "what fell off is left out", UNDOING, "if target.deed.verb is not Verb.SCHEDULE:", ON_TABLES
    )._replace(edits=(Edit(UNDOING, "if target.deed.verb is not Verb.SCHEDULE:", "if True:"),)),
)

GUARDS: tuple[Guard, ...] = (*APPROVED, *TAKING_BACK, *TAKEN_OFF)
