"""Which of the loaded bills only show another one again, and are added to nothing.

A model vendor's cost report and the bill it sends speak of the same money, and so does a
gateway's log. Added up they would double it. A source that configuration calls a second view is
never added while the other holds bills. A vendor's report is left out by itself for every month
for which another source holds a bill of the same provider and billing account; an account that
is not named may be any. What is left out is left out whole: no gap within a month is closed from
it, as its days may have been corrected in the bill.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.core.settings import LakeSettings
from tools.lake.manifest import REPORT, Generation, Manifest


@dataclass(frozen=True, slots=True)
class SecondView:
    """A generation that shows what another source holds.

    Args:
        generation: of the second view.
        of: the source that counts instead.
    """

    generation: Generation
    of: str

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.generation.source} is a second view of {self.of}; not added."


def second_views(manifest: Manifest, settings: LakeSettings) -> tuple[SecondView, ...]:
    """Every live generation that is a second view, and of what."""
    named = {s.name: s.second_view_of for s in settings.sources if s.second_view_of}
    held = set(manifest.sources())
    found = [
        SecondView(g, of)
        for g in manifest.generations
        if (of := named.get(g.source)) and of in held
    ]
    marked = {view.generation.id for view in found}
    return (*found, *_reports(manifest, settings, marked))


def without(manifest: Manifest, views: Iterable[SecondView]) -> Manifest:
    """The generations that count."""
    aside = {view.generation.id for view in views}
    if not aside:
        return manifest
    return Manifest(manifest.version, tuple(g for g in manifest.generations if g.id not in aside))


def _reports(manifest: Manifest, settings: LakeSettings, marked: set[str]) -> list[SecondView]:
    """Vendors' reports of what a bill, or an earlier source's report, holds."""
    order = {source.name: place for place, source in enumerate(settings.sources)}

    def rank(g: Generation) -> tuple[bool, int, str]:
        return (g.kind == REPORT, order.get(g.source, len(order)), g.source)

    rest = sorted((g for g in manifest.generations if g.id not in marked), key=rank)
    found = []
    for report in (g for g in rest if g.kind == REPORT):
        first = next((g for g in rest if rank(g) < rank(report) and _is_same(g, report)), None)
        if first:
            found.append(SecondView(report, first.source))
    return found


def _is_same(one: Generation, other: Generation) -> bool:
    """The same month of the same provider and account."""
    if one.source == other.source or _month(one) != _month(other):
        return False
    return any(_is_issuer(a, b) for a in one.issuers for b in other.issuers)


def _month(g: Generation) -> tuple[int, int]:
    return (g.billing_period.year, g.billing_period.month)


def _is_issuer(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (provider, account), (other_provider, other_account) = one, other
    names = [_plain(provider), _plain(other_provider)]
    if not all(names) or not (names[0].startswith(names[1]) or names[1].startswith(names[0])):
        return False
    return not account or not other_account or account.lower() == other_account.lower()


def _plain(provider: str) -> str:
    """`OpenAI, LLC` → `openaillc`, which begins as `openai` does."""
    return "".join(letter for letter in provider.lower() if letter.isalnum())
