"""What became of a proposal, from what became of its targets: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tools.clouds.resources import Verb
from tools.gate.proposals import Fate, Run, Stage

DID = {
    Verb.STOP: "stopped",
    Verb.START: "started",
    Verb.SCALE: "scaled",
    Verb.TERMINATE: "terminated",
    Verb.TAG: "tagged",
    Verb.BUDGET: "changed",
    Verb.SCHEDULE: "put on a timetable",
}
_UNDID = {Verb.START: "started again", Verb.SCHEDULE: "taken off the timetable"}
_FATES = {
    Fate.REFUSED: "refused",
    Fate.FAILED: "failed",
    Fate.UNKNOWN: "unknown",
}


def stage_of(runs: Sequence[Run]) -> Stage:
    """Where it ends. What cannot be read outweighs everything: somebody must look."""
    fates = {run.fate for run in runs}
    if fates & {Fate.UNKNOWN, Fate.BEGUN, Fate.WAITING}:
        return Stage.UNSETTLED
    if fates == {Fate.DONE}:
        return Stage.DONE
    if Fate.DONE in fates:
        return Stage.PARTIAL
    return Stage.FAILED if Fate.FAILED in fates else Stage.REFUSED


def outcome_of(verb: Verb, runs: Sequence[Run], *, undoes: bool = False) -> str:
    """What became of it, in one sentence, such as `2 of 3 stopped, 1 refused.`."""
    done = _UNDID.get(verb, DID[verb]) if undoes else DID[verb]
    if len(runs) == 1:
        return _one(done, runs[0])
    counts = Counter(run.fate for run in runs)
    if counts[Fate.DONE] == len(runs):
        return f"All {len(runs)} {done}."
    others = [f"{counts[fate]} {word}" for fate, word in _FATES.items() if counts[fate]]
    return f"{counts[Fate.DONE]} of {len(runs)} {done}, {', '.join(others)}."


def _one(done: str, run: Run) -> str:
    if run.fate is Fate.DONE:
        return f"{done.capitalize()}."
    return run.said or f"Not {done}."
