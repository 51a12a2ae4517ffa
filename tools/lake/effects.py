"""Why cells of a bill differ between two periods: what can be compared with what, and its cause.

Pure arithmetic on what the lake summed; the formulas stand in `variance.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tools.core.results import Cause
from tools.lake.variance import exchange, split

ZERO = Decimal(0)
_FLEET = 5  # so many gone and so many new of one kind are a fleet that turns over
_OUTSIZED = 4  # times the largest on the other side: too large to be one of a fleet
_ALIKE = Decimal("0.25")  # or the smaller quantity is so much of the larger


class Cell(NamedTuple):
    """One row of the cells statement: the finest grain, with both periods' sums."""

    resource: str | None
    service: str | None
    charge: str | None
    charge_class: str | None
    unit: str | None
    instance_type: str | None
    model: str | None
    direction: str | None
    cache: str | None
    pricing: str | None
    commitment_status: str | None
    currency: str | None
    source: str | None
    meter: str | None
    dimensions: tuple[str | None, ...]
    before: Decimal
    after: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    own_before: Decimal  # in the bill's own currency
    own_after: Decimal
    first_day: date | None  # in the period
    last_day: date | None  # in the period compared with
    bill_rows: int = 0
    resources: int = 0
    is_pooled: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """Cells whose quantities add up: one meter, of one resource or of a fleet.

    Args:
        cells: ways of paying for it, or what took the place of what.
        is_replaced: other resources, tags or sizes stand on the two sides.
    """

    cells: tuple[Cell, ...]
    is_replaced: bool = False

    @property
    def main(self) -> Cell:
        """The cell that names it: the newest one of most weight."""
        return max(self.cells, key=lambda c: (c.first_day is not None, abs(c.after), abs(c.before)))

    @property
    def was_there(self) -> bool:
        """Whether anything of it was billed in the period compared with."""
        return any(cell.last_day is not None for cell in self.cells)

    @property
    def is_there(self) -> bool:
        """Whether anything of it is billed in the period."""
        return any(cell.first_day is not None for cell in self.cells)

    @property
    def has_units(self) -> bool:
        """Whether it is counted in several units, which do not compare."""
        return len({cell.unit for cell in self.cells}) > 1

    @property
    def before(self) -> Decimal:
        """Cost in the period compared with."""
        return sum((cell.before for cell in self.cells), ZERO)

    @property
    def after(self) -> Decimal:
        """Cost in the period."""
        return sum((cell.after for cell in self.cells), ZERO)

    @property
    def quantity_before(self) -> Decimal:
        """Consumed in the period compared with."""
        return sum((cell.quantity_before for cell in self.cells), ZERO)

    @property
    def quantity_after(self) -> Decimal:
        """Consumed in the period."""
        return sum((cell.quantity_after for cell in self.cells), ZERO)


class Effect(NamedTuple):
    """One reason why one lot differs; a lot's effects add up exactly to its difference.

    Args:
        cause: why.
        amount: with its sign.
        lot: of what.
        moved_to: for a rate that changed because use moved: the cell it moved to.
    """

    cause: Cause
    amount: Decimal
    lot: Lot
    moved_to: Cell | None = None


def effects(lots: Iterable[Lot]) -> list[Effect]:
    """Every reason for every lot; nothing where nothing changed."""
    lots = list(lots)
    seen = _Seen.of(lots)
    return [e for lot in lots for e in _effects(lot, seen) if e.amount]


def lots(cells: Iterable[Cell], *, apart: Sequence[int] = ()) -> list[Lot]:
    """Cells put together with what they can be compared with.

    Args:
        cells: of both periods.
        apart: places of dimensions asked for by name; nothing is compared across their values.
    """
    by_key: defaultdict[object, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_key[_meter_of(cell)].append(cell)
    found = [Lot(tuple(many)) for many in by_key.values()]
    kept = [lot for lot in found if not _is_lonely(lot)]
    lonely = [lot for lot in found if _is_lonely(lot)]
    for key in (_retagged, _recounted, _resized, _fleet):
        lonely, paired = _paired(lonely, key, apart)
        kept += paired
    return kept + lonely


def _meter_of(cell: Cell) -> tuple[object, ...]:
    """What has to be equal for quantities to add up; ways of paying need not."""
    has_quantity = bool(cell.quantity_before or cell.quantity_after)
    unused = cell.commitment_status if not has_quantity else None
    return (
        cell.resource,
        *cell[1:5],
        cell.meter,
        cell.instance_type,
        cell.model,
        cell.direction,
        cell.cache,
        cell.dimensions,
        has_quantity,
        unused,
        cell.is_pooled,
    )


def _is_lonely(lot: Lot) -> bool:
    return is_usage(lot.main) and lot.was_there != lot.is_there


def is_usage(cell: Cell) -> bool:
    """Whether there is use behind it, of this period and no earlier one."""
    return cell.charge in (None, "Usage") and not is_correction(cell)


def is_correction(cell: Cell) -> bool:
    """FOCUS ChargeClass: a change to a billing period that was closed."""
    return (cell.charge_class or "").lower() == "correction"


def _retagged(lot: Lot, apart: Sequence[int]) -> object:
    """One resource and meter under other tags or another account."""
    cell = lot.main
    if cell.resource is None:
        return None
    asked = tuple(cell.dimensions[n] for n in apart)
    return (*_meter_of(cell)[:10], asked)


def _recounted(lot: Lot, apart: Sequence[int]) -> object:
    """One meter that is counted in another unit, or counted at all."""
    if lot.main.meter is None:
        return None
    key = _meter_of(lot.main)
    return (*key[:4], *key[5:11], *key[12:])


def _resized(lot: Lot, apart: Sequence[int]) -> object:
    """One machine of another size."""
    cell = lot.main
    if cell.resource is None or cell.instance_type is None:
        return None
    asked = tuple(cell.dimensions[n] for n in apart)
    return (cell.resource, cell.service, cell.unit, asked)


def _fleet(lot: Lot, apart: Sequence[int]) -> object:
    """Resources of one kind for one purpose, whatever each is called."""
    return _meter_of(lot.main)[1:-1]


def _paired(
    lonely: list[Lot],
    key: object,
    apart: Sequence[int],
) -> tuple[list[Lot], list[Lot]]:
    """Those without and those with a counterpart, which are one lot from then on."""
    sides: defaultdict[object, tuple[list[Lot], list[Lot]]] = defaultdict(lambda: ([], []))
    left: list[Lot] = []
    for lot in lonely:
        found = key(lot, apart)  # type: ignore[operator]
        if found is None:
            left.append(lot)
        else:
            sides[found][lot.is_there].append(lot)
    paired = []
    for gone, new in sides.values():
        if key is _fleet:
            gone, new, others = _of_a_size(gone, new)
            left += others
        if gone and new and (key is not _fleet or _turns_over(gone, new)):
            cells = tuple(cell for lot in (*gone, *new) for cell in lot.cells)
            paired.append(Lot(cells, is_replaced=True))
        else:
            left += gone + new
    return left, paired


def _of_a_size(gone: list[Lot], new: list[Lot]) -> tuple[list[Lot], list[Lot], list[Lot]]:
    """Gone, new, and those too large to be one of the fleet."""
    if not gone or not new:
        return gone, new, []
    sizes = [[_size(lot) for lot in side] for side in (gone, new)]
    limit = _OUTSIZED * min(map(max, sizes))
    fits = [[lot for lot in side if _size(lot) <= limit] for side in (gone, new)]
    return fits[0], fits[1], [lot for lot in (*gone, *new) if _size(lot) > limit]


def _size(lot: Lot) -> Decimal:
    """Of one resource: those that are summed are many."""
    return max(lot.quantity_before, lot.quantity_after) / max(_count([lot]), 1)


def _turns_over(gone: Sequence[Lot], new: Sequence[Lot]) -> bool:
    """Whether the new ones stand for the gone ones, and are not something else of the kind."""
    before = sum((lot.quantity_before for lot in gone), ZERO)
    after = sum((lot.quantity_after for lot in new), ZERO)
    alike = min(before, after) >= _ALIKE * max(before, after) > 0
    return alike or min(_count(gone), _count(new)) >= _FLEET


def _count(many: Sequence[Lot]) -> int:
    return sum(max(cell.resources, 1) for lot in many for cell in lot.cells[:1])


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was billed on either side: resources, and models under them."""

    before: frozenset[object]
    after: frozenset[object]

    @classmethod
    def of(cls, lots: Iterable[Lot]) -> _Seen:
        before, after = set(), set()
        for lot in lots:
            for cell in lot.cells:
                if is_usage(cell) and cell.resource is not None:
                    before |= {_entity(cell)} if cell.last_day else set()
                    after |= {_entity(cell)} if cell.first_day else set()
        return cls(frozenset(before), frozenset(after))


def _entity(cell: Cell) -> object:
    """What can be new or gone: a resource, or a model that a key calls."""
    return (cell.resource, cell.model)


def _effects(lot: Lot, seen: _Seen) -> Iterator[Effect]:
    cell, difference = lot.main, lot.after - lot.before
    if is_correction(cell):
        yield Effect(Cause.CORRECTION, difference, lot)
    elif not is_usage(cell):
        yield Effect(Cause.ONE_OFF, difference, lot)
    elif all(c.commitment_status == "Unused" for c in lot.cells):
        yield Effect(Cause.RATE, difference, lot, cell)  # paid for, and not used
    elif not lot.was_there:
        yield Effect(Cause.USAGE if _entity(cell) in seen.before else Cause.NEW, difference, lot)
    elif not lot.is_there:
        yield Effect(Cause.USAGE if _entity(cell) in seen.after else Cause.GONE, difference, lot)
    elif lot.quantity_before > 0 and lot.quantity_after > 0 and not lot.has_units:
        for cause, amount, to in split(lot, difference):
            yield Effect(cause, amount, lot, to)
    else:
        fx = exchange(lot)
        yield Effect(Cause.EXCHANGE, fx, lot)
        yield Effect(Cause.UNEXPLAINED, difference - fx, lot)
