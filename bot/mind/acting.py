"""The tools about machines, budgets and the unusual as a model sees them: it lists and proposes.

What it names are numbers of what was listed in this question, so no text it read can choose a
target. A proposal waits at the gate, in the name of who asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.clock_line import NIGHT, read_timetable
from bot.gpu_words import TagsError, read_tags
from bot.mind import acting_arguments as arguments
from bot.mind.compact import Compact
from bot.mind.compact_acting import budgets_text, machines_text, proposed_text, unusual_text
from bot.mind.toolbox import WrongArgumentsError
from bot.wishes import conditions_vocabulary
from tools.core.conditions import conditions_text
from tools.core.errors import InputError, NotUnderstoodError, RefusedError, UnavailableError
from tools.core.machines import Machines
from tools.core.results import Note, Result
from tools.gate.proposals import Proposal
from tools.ledger.records import Call

if TYPE_CHECKING:
    from bot.mind.arguments import Arguments
    from bot.mind.toolbox import Toolbox
    from tools.core.query import Filter

UNUSUAL: tuple[str, type[Arguments], str] = (
    "find_anomalies",
    arguments.Unusual,
    "What is unusual in the bills: more spend than usual, since when, and whose it is.",
)
LISTS: tuple[tuple[str, type[Arguments], str], ...] = (
    ("list_gpus", arguments.Machines, "Which machines with GPUs run now, and what each costs."),
    ("idle_gpus", arguments.IdleMachines, "Which of them are idle, and what that has wasted."),
    ("list_budgets", arguments.Budgets, "Which budgets there are, and how they stand."),
)
PROPOSALS: tuple[tuple[str, type[Arguments], str], ...] = (
    ("propose_stop", arguments.Change, "Propose to stop listed machines. People decide."),
    ("propose_start", arguments.Change, "Propose to start listed machines that are stopped."),
    ("propose_scale", arguments.Scale, "Propose another number of machines for listed groups."),
    (
        "propose_terminate",
        arguments.Change,
        "Propose to end listed machines for good; prefer to stop them.",
    ),
    ("propose_tags", arguments.Tags, "Propose to set or remove tags of listed machines."),
    (
        "propose_schedule",
        arguments.Schedule,
        "Propose to stop listed machines by the clock: at night, over weekends.",
    ),
    ("propose_budget", arguments.Amount, "Propose another amount for a budget."),
)


@dataclass
class ActingTools:
    """The tools of one question.

    Args:
        toolbox: what the question's tools share.
    """

    toolbox: Toolbox
    ids: list[str] = field(default_factory=list)  # by number, of the last list

    def offered(self) -> tuple[tuple[str, type[Arguments], str], ...]:
        """Those that can do anything here."""
        context = self.toolbox.context
        lists = [t for t in LISTS if (context.budgets if "budget" in t[0] else context.fleet)]
        proposals = PROPOSALS if lists and context.gate else ()
        return (UNUSUAL, *lists, *proposals)

    def find_anomalies(self, where: str = "", days: int = 14) -> tuple[str, Result]:
        """What is unusual; the asker is told in the tool's own sentences."""
        from tools.anomalies import find_anomalies

        filters, box = self._filters(where), self.toolbox
        found: Note = self._run(lambda: find_anomalies(filters, days, context=box.context))
        said = {"where": conditions_text(filters), "days": days}
        return self._kept("find_anomalies", said, found, unusual_text(found, veil=box.veil))

    def list_gpus(self, where: str = "") -> tuple[str, Result]:
        """What runs."""
        from tools.gpus import list_gpus

        filters = self._filters(where)
        found = self._run(lambda: list_gpus(filters, context=self.toolbox.context))
        return self._listed("list_gpus", found)

    def idle_gpus(self, where: str = "", hours: float | None = None) -> tuple[str, Result]:
        """What is idle."""
        from tools.gpus import idle_gpus

        filters = self._filters(where)
        found = self._run(lambda: idle_gpus(filters, hours, context=self.toolbox.context))
        return self._listed("idle_gpus", found)

    def list_budgets(self, where: str = "") -> tuple[str, Result]:
        """How budgets stand."""
        from tools.budgets import list_budgets

        filters, box = self._filters(where), self.toolbox
        table = self._run(lambda: list_budgets(filters, context=box.context))
        shown = budgets_text(table, veil=box.veil, amounts=box.amounts)
        return self._kept("list_budgets", {"asked": table.asked}, table, shown)

    def propose_stop(self, resources: str, reason: str = "") -> tuple[str, Result]:
        """Wait for somebody to stop them."""
        from tools.proposing import propose_stop

        return self._proposed(
            "propose_stop",
            resources,
            lambda ids, c: propose_stop(ids, self._said(reason), context=c),
        )

    def propose_start(self, resources: str, reason: str = "") -> tuple[str, Result]:
        """Wait for somebody to start them."""
        from tools.proposing import propose_start

        return self._proposed(
            "propose_start",
            resources,
            lambda ids, c: propose_start(ids, self._said(reason), context=c),
        )

    def propose_terminate(self, resources: str, reason: str = "") -> tuple[str, Result]:
        """Wait for two people to end them."""
        from tools.proposing import propose_terminate

        return self._proposed(
            "propose_terminate",
            resources,
            lambda ids, c: propose_terminate(ids, self._said(reason), context=c),
        )

    def propose_scale(self, resources: str, capacity: int, reason: str = "") -> tuple[str, Result]:
        """Wait for somebody to scale them."""
        from tools.proposing import propose_scale

        return self._proposed(
            "propose_scale",
            resources,
            lambda ids, c: propose_scale(ids, capacity, self._said(reason), context=c),
        )

    def propose_tags(self, resources: str, tags: str, reason: str = "") -> tuple[str, Result]:
        """Wait for somebody to tag them."""
        from tools.proposing import propose_tags

        try:
            written = read_tags(self.toolbox.veil.reveal(tags).split("\n"))
        except TagsError as error:
            raise WrongArgumentsError(error.sentence) from None
        return self._proposed(
            "propose_tags",
            resources,
            lambda ids, c: propose_tags(ids, written, self._said(reason), context=c),
        )

    def propose_schedule(
        self,
        resources: str,
        days: str = "",
        stop: str = "",
        start: str = "",
        until: str = "",
        reason: str = "",
    ) -> tuple[str, Result]:
        """Wait for somebody to let them be stopped by the clock."""
        from tools.proposing import propose_schedule

        hours = f"stop {stop or NIGHT[0]} start {start or NIGHT[1]}"
        said = f"{days} {hours}{f' until {until}' if until else ''}"
        try:
            timetable = read_timetable(self.toolbox.veil.reveal(said), line=said)
        except NotUnderstoodError as error:
            raise WrongArgumentsError(self.toolbox.veil.mask(error.sentence)) from None
        return self._proposed(
            "propose_schedule",
            resources,
            lambda ids, c: propose_schedule(ids, timetable, self._said(reason), context=c),
        )

    def propose_budget(
        self, budget: str, amount: str, until: str = "", reason: str = ""
    ) -> tuple[str, Result]:
        """Wait for somebody to change a budget."""
        from tools.proposing import propose_budget

        named = self.toolbox.veil.reveal(budget)
        made = self._try(
            lambda: propose_budget(
                named, amount, self._said(reason), until, context=self.toolbox.context
            )
        )
        said: dict[str, object] = {"budget": named, "amount": amount}
        return self._shown("propose_budget", said | ({"until": until} if until else {}), made)

    def _proposed(
        self, tool: str, resources: str, propose: Callable[[Sequence[str], Any], Proposal]
    ) -> tuple[str, Result]:
        ids = [self._id(name) for name in filter(None, map(str.strip, resources.split(",")))]
        made = self._try(lambda: propose(ids, self.toolbox.context))
        return self._shown(tool, {"resources": ", ".join(ids)}, made)

    def _said(self, reason: str) -> str:
        """The reason as far as the asker gave it: on a card nobody speaks in another's name."""
        words = " ".join(self.toolbox.veil.reveal(reason).split()).strip(" .")
        asked = " ".join(self.toolbox.question.split())
        at = asked.casefold().find(words.casefold()) if words else -1
        return asked[at : at + len(words)] if at >= 0 else ""

    def _id(self, name: str) -> str:
        number = name.removeprefix("#")
        if not number.isdecimal() or not 1 <= int(number) <= len(self.ids):
            raise WrongArgumentsError(
                f"“{name[:40]}” was not listed: call list_gpus or idle_gpus, then say its number, "
                "such as #1."
            )
        return self.ids[int(number) - 1]

    def _try(self, propose: Callable[[], Proposal]) -> Proposal | Note:
        """The proposal; what the gate says instead is said to the asker in its own words."""
        try:
            return propose()
        except InputError as error:
            raise WrongArgumentsError(self.toolbox.veil.mask(error.sentence)) from None
        except (RefusedError, UnavailableError) as error:
            return Note(error.sentence)

    def _shown(
        self, tool: str, said: dict[str, object], made: Proposal | Note
    ) -> tuple[str, Result]:
        """Whatever came of it ends the question: there is nothing a model could add."""
        box = self.toolbox
        box.calls.append(Call(tool, said))
        box.best, box.reading, box.is_final = made, None, True
        return proposed_text(), made

    def _listed(self, tool: str, found: Machines) -> tuple[str, Result]:
        box = self.toolbox
        self.ids = [machine.resource.id for machine in found.machines]
        shown = machines_text(found, veil=box.veil, amounts=box.amounts)
        return self._kept(tool, {"asked": found.asked}, found, shown)

    def _kept(
        self, tool: str, said: dict[str, object], result: Result, shown: Compact
    ) -> tuple[str, Result]:
        box = self.toolbox
        box.calls.append(Call(tool, said))
        box.best, box.reading = result, None
        box.store.add(shown.figures)
        box.store.days += shown.days
        box.store.ranks = max(box.store.ranks, shown.ranks)
        return shown.text, result

    def _filters(self, where: str) -> tuple[Filter, ...]:
        from bot.grammar import read_filters

        box = self.toolbox
        try:
            said = box.veil.reveal_argument(where).strip().removeprefix("where ").strip()
            return read_filters(said, conditions_vocabulary(box.context))
        except NotUnderstoodError as error:
            raise WrongArgumentsError(box.veil.mask(error.sentence)) from None

    def _run(self, tool: Callable[[], Any]) -> Any:  # noqa: ANN401  what it returns
        try:
            return tool()
        except (InputError, UnavailableError) as error:
            raise WrongArgumentsError(self.toolbox.veil.mask(error.sentence)) from None
