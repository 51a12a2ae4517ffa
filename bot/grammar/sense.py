"""Refuses questions that were read word by word and still make no answerable whole."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.grammar.cursor import Cursor
from bot.grammar.draft import Draft
from bot.grammar.unread import Unread
from tools.core.periods import Between, Current, Since, Unit, shift, spec_text, unit_start
from tools.core.query import Against, Grain, MetricKind, Op, Shifted

_YEAR = re.compile(r"\d{4}")
# Words that mean something only beside another part: what is missing, and what would serve.
_STRANDED = {
    "use": ("I can say how much of a unit was used, such as tokens; which one?", "quantity"),
    "most": ("The most of what? Name a dimension, such as service.", "by service"),
    "top": ("The top of what? Name a dimension, such as service.", "top 5 services"),
    "price": ("I know what was paid, not price lists; ask for a cost, or a cost per unit.", "cost"),
    "only": ("“only” what? Name a value, such as a team or a provider.", ""),
    "which": ("I can rank them by cost; I keep no list of what there is.", "cost"),
    "now": ("Now is this month to me; which days do you mean?", ""),
    "so far": ("So far since when? Name the month, or a day.", "this month so far"),
}


def check_sense(cursor: Cursor, draft: Draft) -> None:
    """Refuses what was read word by word but makes no answerable question.

    Raises:
        Unread: see each check.
    """
    _check_content(cursor, draft)
    check_comparison(cursor, draft)
    _check_company(draft)
    check_filters(draft)
    check_period(cursor, draft)


def _check_content(cursor: Cursor, draft: Draft) -> None:
    """“Hey, how much?” names nothing that could be answered."""
    parts = (draft.period, draft.measured, draft.cost, draft.top, draft.compared, draft.grain)
    has_subject = {"money", "why"} & draft.said.keys()
    if not (any(parts) or draft.groups or draft.filters or has_subject):
        raise Unread(
            (0, len(cursor.text)), "Ask me what something costs; I found no question in that."
        )


def check_comparison(cursor: Cursor, draft: Draft) -> None:
    """Refuse a comparison with nothing, or with what might be one of two things.

    Raises:
        Unread: it is one.
    """
    if "compare" in draft.said and not draft.compared:
        several = [f.dimension for f in draft.filters if f.op is Op.IS and len(f.values) > 1]
        if not several:
            raise Unread(
                draft.said["compare"],
                "Compare what with what? I can compare two periods, or values of one dimension.",
                ("vs previous",),
            )
        draft.group(several[0])
    _check_year(cursor, draft)
    said = draft.compared
    named = isinstance(draft.period, Between) and not cursor.text[draft.said["period"][0]].isdigit()
    if said and said.is_last and named and isinstance(said.compare, Shifted):
        unit = said.compare.unit
        start = shift(unit_start(cursor.vocabulary.today, unit), unit, -1)
        last = spec_text(Between(start, shift(start, unit, 1)))
        raise Unread(
            draft.said["compared"],
            f"The {unit} before that period, or the last {unit} as of today?",
            (f"vs the {unit} before", f"vs {last}"),
        )


def _check_year(cursor: Cursor, draft: Draft) -> None:
    """“March 2025 vs february” sets no march against the february after it."""
    period, compare = draft.period, draft.compared.compare if draft.compared else None
    other = compare.spec if isinstance(compare, Against) else None
    if not isinstance(period, Between) or not isinstance(other, Between):
        return
    said, against = (cursor.text[slice(*draft.said[part])] for part in ("period", "compared"))
    if _YEAR.search(against) or not _YEAR.search(said) or other.start <= period.start:
        return
    years = period.start.year - other.start.year
    meant = Between(*(shift(day, Unit.YEAR, years) for day in (other.start, other.end)))
    raise Unread(
        draft.said["compared"],
        "Of which year? Say it with both.",
        (f"vs {spec_text(meant)}", f"vs {spec_text(other)}"),
    )


def _check_company(draft: Draft) -> None:
    """The words of `_needs_company`, and `which`, beside the parts that they belong to."""
    is_count = draft.measured and draft.measured.kind is MetricKind.QUANTITY
    is_ranked = {"money", "most", "why"} & draft.said.keys()
    kept = {
        "use": bool(is_count),
        "most": bool(draft.groups),
        "top": bool(draft.groups),
        "price": bool(draft.measured and draft.measured.kind is MetricKind.UNIT_COST),
        "only": bool(draft.filters),
        "which": bool(draft.measured or draft.filters or is_ranked),
        "so far": isinstance(draft.period, Current | Since),
        "now": draft.period is None or isinstance(draft.period, Current),
    }
    refuse_stranded(draft, kept)


def refuse_stranded(draft: Draft, kept: Mapping[str, bool]) -> None:
    """Refuse a word whose company is missing.

    Args:
        draft: what was read.
        kept: word → whether what it belongs to is there.

    Raises:
        Unread: one stands alone.
    """
    for what, is_kept in kept.items():
        if what in draft.said and not is_kept:
            sentence, instead = _STRANDED[what]
            raise Unread(draft.said[what], sentence, (instead,))


def check_filters(draft: Draft) -> None:
    """A charge has one team: `team=ml and team=data` finds nothing and means both.

    Raises:
        Unread: a dimension is asked to be two things at once.
    """
    wanted = [f.dimension for f in draft.filters if f.op is Op.IS]
    twice = next((name for name in wanted if wanted.count(name) > 1), None)
    if twice and "filter" in draft.said:
        raise Unread(
            draft.said["filter"], f"A charge has one {twice}; write {twice} in (…, …) for either."
        )


def check_period(cursor: Cursor, draft: Draft) -> None:
    """Refuse days that have not begun, and months of one month.

    Raises:
        Unread: it is one of them.
    """
    start = draft.period.start if isinstance(draft.period, Between | Since) else None
    if start and start > cursor.vocabulary.today:
        raise Unread(draft.said["period"], "That has not begun, and I cannot look ahead yet.")
    if draft.grain is Grain.MONTH and draft.period is None:
        raise Unread(
            draft.said["grain"],
            "Which months? This one alone would be a single line.",
            ("last 12 months monthly", "this month"),
        )
