"""This month at a glance: what Purser's Home shows one person, as results."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from tools.core.clock import today
from tools.core.context import Context
from tools.core.dimensions import BUILT_IN
from tools.core.errors import PurserError
from tools.core.periods import Current, Unit
from tools.core.query import Filter, Op, Preceding, Query
from tools.core.results import Change, CostTable, Note
from tools.core.scope import Scope

if TYPE_CHECKING:
    from tools.lake.lake import Snapshot

GROUPS = 8  # lines of a breakdown, besides “other”
MONTH = Query(period=Current(Unit.MONTH), compare=Preceding())
_MOST_KEPT = 200  # scopes whose glance is remembered


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of bills, and how fresh it is.

    Args:
        name: the source.
        complete_through: its last complete day; None where there is none yet.
        loaded_at: when its newest bill was loaded; None where none ever was.
        is_behind: it lies further back than its bills usually do.
        second_view_of: the source that counts where this one shows the same bills again;
            empty where all of it counts.
        is_aside: nothing of it counts.
    """

    name: str
    complete_through: date | None = None
    loaded_at: datetime | None = None
    is_behind: bool = False
    second_view_of: str = ""
    is_aside: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """This month, as far as one scope sees it.

    Args:
        month: the total against last month to the same day; a note where there is nothing.
        groups: the same by team and by model, those that exist.
        change: what changed most; None where nothing can be said, or it was not looked for yet.
        feeds: the sources behind it, or all of them for who sees everything.
        is_whole: the change was looked for, which takes longer than all the rest.
    """

    month: CostTable | Note
    groups: tuple[CostTable, ...] = ()
    change: Change | None = None
    feeds: tuple[Feed, ...] = ()
    is_whole: bool = False


class Glances:
    """Glances, remembered as long as neither the bills nor the day change.

    Args:
        context: what tools are handed for a scope.
    """

    def __init__(self, context: Callable[[Scope], Context]) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._of: tuple[Snapshot, date] | None = None
        self._kept: dict[Scope, Glance] = {}

    def see(self, scope: Scope) -> Glance:
        """The glance of a scope; whole where it was looked at before.

        Raises:
            PurserError: the lake cannot be read.
        """
        return self._remembered(scope, glance, is_enough=lambda _: True)

    def whole(self, scope: Scope) -> Glance:
        """The glance of a scope with what changed most.

        Raises:
            PurserError: the lake cannot be read.
        """

        def look(context: Context) -> Glance:
            return with_change(self.see(scope), context)

        return self._remembered(scope, look, is_enough=lambda kept: kept.is_whole)

    def _remembered(
        self,
        scope: Scope,
        look: Callable[[Context], Glance],
        *,
        is_enough: Callable[[Glance], bool],
    ) -> Glance:
        context = self._context(scope)
        stand = (context.lake.snapshot(), today(context.clock))
        with self._lock:
            if self._of != stand:
                self._of, self._kept = stand, {}
            kept = self._kept.get(scope)
        if kept is not None and is_enough(kept):
            return kept
        found = look(context)
        with self._lock:
            # Bills that were switched meanwhile are not what was looked at.
            if self._of == stand and len(self._kept) < _MOST_KEPT:
                self._kept[scope] = found
        return found


def glance(context: Context) -> Glance:
    """This month as the asker may see it, without what changed most."""
    from tools.costs import cost_by

    month = cost_by(MONTH, context=context)
    if isinstance(month, Note):
        return Glance(month, feeds=_feeds(context, None), is_whole=True)
    groups = tuple(_groups(context))
    return Glance(month, groups=groups, feeds=_feeds(context, month))


def with_change(found: Glance, context: Context) -> Glance:
    """The glance with what changed most."""
    from tools.changes import explain_change

    if found.is_whole:
        return found
    try:
        change = explain_change(MONTH, context=context)
    except PurserError:  # the month stands without its reasons
        change = None
    said = change if isinstance(change, Change) and change.is_comparable else None
    return replace(found, change=said, is_whole=True)


def _groups(context: Context) -> list[CostTable]:
    from tools.costs import cost_by

    configured = [d.name for d in context.lake.settings.dimensions]
    known = {*configured, *BUILT_IN}
    who = "team" if "team" in known else "service"
    found = []
    for query in (
        MONTH.with_(group_by=(who,), top=GROUPS),
        # Most of a cloud's bill has no model; it would only dwarf those that have one.
        MONTH.with_(group_by=("model",), filters=(Filter("model", Op.PRESENT),), top=GROUPS),
    ):
        table = cost_by(query, context=context)
        if isinstance(table, CostTable):
            found.append(table)
    return found


def _feeds(context: Context, month: CostTable | None) -> tuple[Feed, ...]:
    """Every source, configured or loaded; for who sees a part only, those it is made of."""
    settings, snapshot = context.lake.settings, context.lake.snapshot()
    manifest, views = snapshot.manifest, snapshot.aside
    aside = {view.generation.source: view.of for view in views}
    names = {s.name for s in settings.sources} | set(manifest.sources()) | set(aside)
    if not context.scope.is_everything:
        names = set(month.sources) if month else set()
    lags = {source.name: source.lag_days for source in settings.sources}
    day = today(context.clock)
    live = [*manifest.generations, *(view.generation for view in views)]
    found = []
    for name in sorted(names):
        loaded = [g.loaded_at for g in live if g.source == name]
        through = manifest.complete_through(name)
        late = through is not None and (day - through).days > lags.get(name, 1) + _USUAL
        newest, of = max(loaded, default=None), aside.get(name, "")
        is_aside = bool(of) and name not in manifest.sources()
        found.append(Feed(name, through, newest, late, second_view_of=of, is_aside=is_aside))
    return tuple(found)


_USUAL = 3  # days a source may lie behind today, besides its lag, before it is remarked
