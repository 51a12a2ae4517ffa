"""How a guard of the gate is disabled, where guards are, and which tests miss them."""

from __future__ import annotations

from typing import NamedTuple

DESK = "tools/gate/desk.py"
RULES = "tools/gate/rules.py"
DEMANDS = "tools/gate/demands.py"
GUARDING = "tools/gate/guards.py"
EFFECTS = "tools/gate/effects.py"
EXECUTOR = "tools/gate/executor.py"
GROUND = "tools/gate/ground.py"
SETTLING = "tools/gate/settling.py"
OUTCOMES = "tools/gate/outcomes.py"
UNDOING = "tools/gate/undoing.py"
DRAFTING = "tools/gate/drafting.py"
RESOURCES = "tools/gate/resources.py"
BUDGETS = "tools/gate/budget_world.py"
ENDS = "tools/gate/budget_ends.py"
KEPT = "tools/ledger/budgets.py"
RECORDS = "tools/ledger/proposals.py"
MOVES = "tools/ledger/proposal_moves.py"
ROWS = "tools/ledger/proposal_rows.py"
CLAIMS = "tools/ledger/claims.py"
FREEZES = "tools/ledger/freezes.py"
AUDIT = "tools/ledger/audit.py"
STEP_RULES = "tools/gate/step_rules.py"
STEPPING = "tools/gate/stepping.py"
TIMETABLE = "tools/gate/timetable.py"
TABLES_WORLD = "tools/gate/timetable_world.py"
PROPOSED = "tools/gate/proposals.py"
TIMETABLES = "tools/ledger/timetables.py"
TIMETABLE_MOVES = "tools/ledger/timetable_moves.py"

ON_DESK = ("tests/gate/test_desk.py",)
ON_RUN = ("tests/gate/test_executor.py",)
ON_UNDO = ("tests/gate/test_undo_and_limits.py",)
ON_DECIDING = ("tests/gate/test_rules_deciding.py",)
ON_PROPOSING = ("tests/gate/test_rules_proposing.py",)
ON_GUARDS = ("tests/gate/test_rules_guards.py",)
ON_MOVES = ("tests/gate/test_transitions.py",)
ON_SECOND = ("tests/gate/test_second_guards.py",)
ON_EVASIONS = ("tests/gate/test_evasions.py",)
ON_EFFECTS = ("tests/gate/test_effects.py",)
ON_AUDIT = ("tests/ledger/test_audit.py",)
ON_RESOURCES = ("tests/gate/test_resources.py", "tests/gate/test_resource_deeds.py")
ON_ENDS = ("tests/gate/test_budget_ends.py",)
ON_STEP_RULES = ("tests/gate/test_step_rules.py",)
ON_STEPS = ("tests/gate/test_stepping.py",)
ON_TABLES = ("tests/gate/test_on_timetables.py",)
ON_TABLES_WORLD = ("tests/gate/test_timetable_world.py",)
ON_DATES = ("tests/gate/test_timetable.py",)
ON_BUDGETS = ("tests/gate/test_budget_troubles.py", "tests/gate/test_budget_world.py")


class Edit(NamedTuple):
    """One text of one file, and what stands there instead."""

    file: str
    old: str
    new: str


class Guard(NamedTuple):
    """One guard.

    Args:
        name: what is not looked at without it.
        edits: how it is disabled.
        tests: files of which a test must fail then.
        marked: which of their tests are run.
    """

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    marked: str = "not postgresql"


def never(name: str, file: str, condition: str, tests: tuple[str, ...]) -> Guard:
    """A guard whose `if` is never true."""
    word, colon = ("elif", ":") if condition.startswith("elif ") else ("if", ":")
    return Guard(name, (Edit(file, condition, f"{word} False{colon}"),), tests)


def swap(name: str, file: str, old: str, new: str, tests: tuple[str, ...]) -> Guard:
    """A guard that one other text disables."""
    return Guard(name, (Edit(file, old, new),), tests)
