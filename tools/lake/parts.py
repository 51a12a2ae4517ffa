"""The parts of a change: effects named by what tells them from all others. Pure.

Amounts are summed as decimals from the effects themselves, so that parts add up exactly
whatever the search for names, which reckons in floating point, comes to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tools.core.periods import DAY
from tools.core.results import Cause, Part
from tools.lake.compile_change import VARIOUS
from tools.lake.effects import ZERO, Cell, Effect, Lot, effects, is_usage, lots
from tools.lake.pending import WHOLE, Short, settled
from tools.lake.rollup import Base, Item, Key, Search, Slice, Values

# Besides the dimensions of a cell, in this order at the end of its values.
_OWN = ("resource", "pricing", "commitment_status", "charge")
_KEY_LENGTH = 5
_NEVER_ABSENT = ("service", "account")  # of the bill's own columns; the others' absence is no news
_DRIVERS = 8
_NOT_A_PURPOSE = ("owner", "cost_center", "model")


@dataclass(frozen=True, slots=True)
class Naming:
    """What parts may be named by.

    Args:
        dimensions: of a cell's `dimensions`, in their order.
        configured: those people gave, whose absence is worth naming.
        asked: those grouped by; nothing is compared across their values.
        pinned: those a filter holds to one value, which therefore tell nothing.
    """

    dimensions: tuple[str, ...]
    configured: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    pinned: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Of all values of a cell."""
        return (*self.dimensions, *_OWN)

    @property
    def places(self) -> tuple[int, ...]:
        """Those that may name a part, the most telling first."""
        names = self.names
        able = [n for n, name in enumerate(names) if name not in self.pinned]
        able = [n for n in able if names.index(names[n]) == n]
        # Who owns it and who pays for it say the same as the team, less plainly.
        return tuple(
            sorted(able, key=lambda n: (names[n] not in self.asked, names[n] in _NOT_A_PURPOSE, n))
        )

    @property
    def telling(self) -> tuple[int, ...]:
        """The service, and whose it is."""
        names = ["service", *[n for n in self.dimensions if n in self.configured][:1]]
        return tuple(p for p in self.places if self.names[p] in names)


@dataclass(frozen=True, slots=True)
class Named:
    """A part, and the lots it is made of."""

    part: Part
    lots: tuple[Lot, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a change is made of.

    Args:
        named: parts, largest first, then what is too small to name.
        gross: sum of the absolute differences of single lots.
        drivers: the same change by the values of the dimension that tells most.
    """

    named: tuple[Named, ...]
    gross: Decimal
    drivers: tuple[Part, ...]


def explained(cells: Sequence[Cell], naming: Naming, lacking: Short = WHOLE) -> Explained:
    """The parts of the difference between the cells' two sides."""
    apart = [n for n, name in enumerate(naming.dimensions) if name in naming.asked]
    found = lots(cells, apart=apart)
    return _Book(cells, naming, settled(effects(found), lacking)).explained(
        sum((abs(lot.after - lot.before) for lot in found), ZERO)
    )


class _Book:
    """The effects with their values, as the search and the sums need them."""

    def __init__(self, cells: Sequence[Cell], naming: Naming, found: list[Effect]) -> None:
        self.cells, self.naming, self.effects = cells, naming, found
        self.values = [_effect_values(effect, naming) for effect in found]
        self.cell_values = [_cell_values(cell, naming) for cell in cells]

    def explained(self, gross: Decimal) -> Explained:
        search = Search(
            [
                Item(values, effect.cause, float(effect.amount))
                for values, effect in zip(self.values, self.effects, strict=True)
                if effect.cause is not Cause.PENDING  # those are the last
            ],
            [
                Base(values, float(abs(cell.before) + abs(cell.after)))
                for values, cell in zip(self.cell_values, self.cells, strict=True)
            ],
            self.naming.places,
            VARIOUS,
            self.naming.telling,
        )
        slices = search.slices()
        named = [self._named(one) for one in slices]
        named.sort(key=lambda one: -abs(one.part.amount))
        taken = {n for one in slices for n in one.members}
        return Explained(tuple(named + self._rest(taken)), gross, self._drivers())

    def _named(self, one: Slice) -> Named:
        key = self._key(one)
        some = [self.effects[n] for n in one.members]
        held = [
            cell
            for cell, values in zip(self.cells, self.cell_values, strict=True)
            if all(values[place] == value for place, value in key)
        ]
        written = {self.naming.names[place]: value for place, value in key}
        return _part(one.cause, written, some, held)

    def _key(self, one: Slice) -> Key:
        """What the search found, and what its members have in common and others have not."""
        found = dict(one.key)
        common = {
            place: self.values[one.members[0]][place]
            for place in self.naming.places
            if len({self.values[n][place] for n in one.members}) == 1
        }
        for place in self._wanted(common, one.cause):
            is_resource = self.naming.names[place] == "resource"
            if place not in found and (len(found) < _KEY_LENGTH or is_resource):
                found[place] = common[place]
        names = self.naming.names
        return tuple(sorted(found.items(), key=lambda item: _rank(names[item[0]], item[0])))

    def _wanted(self, common: Mapping[int, str | None], cause: Cause) -> list[int]:
        """What is worth naming besides: the service, whose, for what, which kind, where."""
        naming = self.naming
        given = [n for n, name in enumerate(naming.dimensions) if name in naming.configured]
        finest = max(given, key=self._variety, default=None) if given else None
        wanted = [
            *(["currency"] if cause is Cause.EXCHANGE else []), "service", "charge", *naming.asked,
            *[naming.names[n] for n in given[:1]],
            *([naming.names[finest]] if finest is not None else []),
            "commitment_status", "pricing", "instance_type", "region", "model", "direction",
            "resource",
        ]  # fmt: skip
        places = [naming.names.index(name) for name in wanted if name in naming.names]
        return [n for n in places if common.get(n) not in (None, VARIOUS) and self._tells(n)]

    def _variety(self, place: int) -> int:
        """How many values a dimension has; names of people and cost centres tell no purpose."""
        if self.naming.names[place] in _NOT_A_PURPOSE:
            return 0
        return len({values[place] for values in self.cell_values})

    def _tells(self, place: int) -> bool:
        """Whether charges differ in it; the service is always worth a word."""
        if self.naming.names[place] == "service":
            return True
        first = self.cell_values[0][place]
        return any(values[place] != first for values in self.cell_values)

    def _rest(self, taken: set[int]) -> list[Named]:
        """One part per cause of what no name was found for."""
        left: defaultdict[Cause, list[Effect]] = defaultdict(list)
        for n, effect in enumerate(self.effects):
            if n not in taken:
                left[effect.cause].append(effect)
        made = [
            _part(cause, {}, some, [c for e in some for c in e.lot.cells])
            for cause, some in left.items()
        ]
        made = [one for one in made if one.part.amount]
        return sorted(made, key=lambda one: -abs(one.part.amount))

    def _drivers(self) -> tuple[Part, ...]:
        """Along the dimension whose values differ most from each other in how they changed."""
        if any(effect.cause is Cause.PENDING for effect in self.effects):
            return ()
        names = self.naming.names
        sides = [n for n in self.naming.places if names[n] not in (*_OWN, "direction")]
        asked = [n for n in sides if names[n] in self.naming.asked]
        tables = {n: self._by(n) for n in asked[:1] or sides}
        tables = {n: table for n, table in tables.items() if len(table) > 1}
        if not tables:
            return ()
        best = max(tables, key=lambda n: round(_contrast(tables[n].values()), 6))
        return self._driver_parts(names[best], tables[best])

    def _by(self, place: int) -> dict[str | None, list[Cell]]:
        found: defaultdict[str | None, list[Cell]] = defaultdict(list)
        for cell, values in zip(self.cells, self.cell_values, strict=True):
            # A value that names nothing alone is still one side of the whole.
            value = values[place]
            found[None if value == VARIOUS and not cell.is_pooled else value].append(cell)
        return dict(found)

    def _driver_parts(self, name: str, table: Mapping[str | None, list[Cell]]) -> tuple[Part, ...]:
        pooled = table.get(VARIOUS, [])
        by_size = sorted(
            ((value, cells) for value, cells in table.items() if value != VARIOUS),
            key=lambda item: (-abs(_difference(item[1])), item[0] or ""),
        )
        rest = [cell for _, cells in by_size[_DRIVERS:] for cell in cells] + pooled
        made = [_driver({name: value}, cells) for value, cells in by_size[:_DRIVERS]]
        made += [_driver({}, rest)] if rest else []
        return tuple(part for part in made if part.amount)


def _effect_values(effect: Effect, naming: Naming) -> Values:
    cell, lot = effect.lot.main, effect.lot
    values = list(_cell_values(cell, naming))
    resources = {c.resource for c in lot.cells}
    unused = effect.moved_to is not None and effect.moved_to.commitment_status == "Unused"
    own = {
        "resource": cell.resource if len(resources) == 1 else None,
        "pricing": effect.moved_to.pricing if effect.moved_to else None,
        "commitment_status": "Unused" if unused else None,
        "charge": None if is_usage(cell) else cell.charge,
    }
    values[len(naming.dimensions) :] = [own[name] or VARIOUS for name in _OWN]
    return tuple(values)


def _cell_values(cell: Cell, naming: Naming) -> Values:
    dimensions = [
        VARIOUS
        if value is None and name not in naming.configured and name not in _NEVER_ABSENT
        else value
        for name, value in zip(naming.dimensions, cell.dimensions, strict=True)
    ]
    own = (cell.resource, cell.pricing, cell.commitment_status, cell.charge)
    return (*dimensions, *(value or VARIOUS for value in own))


def _rank(name: str, place: int) -> tuple[int, int]:
    """Outermost first: the service, whose it is, then which one."""
    late = {
        "pricing": 2,
        "commitment_status": 2,
        "instance_type": 2,
        "model": 2,
        "direction": 3,
        "resource": 4,
    }
    return (0 if name in ("service", "charge") else late.get(name, 1), place)


def _part(
    cause: Cause,
    key: dict[str, str | None],
    some: Sequence[Effect],
    held: Iterable[Cell],
) -> Named:
    """The sum of effects, with what its key cost and consumed."""
    held = list(held)
    units = {cell.unit for effect in some for cell in effect.lot.cells}
    unit = next(iter(units)) if len(units) == 1 else None
    has_unit = unit is not None
    many = tuple(effect.lot for effect in some)
    part = Part(
        cause=cause,
        key=key,
        amount=sum((effect.amount for effect in some), ZERO),
        before=sum((cell.before for cell in held), ZERO),
        after=sum((cell.after for cell in held), ZERO),
        unit=unit,
        quantity_before=sum((lot.quantity_before for lot in many), ZERO) if has_unit else None,
        quantity_after=sum((lot.quantity_after for lot in many), ZERO) if has_unit else None,
        resources=_resources(many),
        first_day=_first_day(cause, many),
    )
    return Named(part, many)


def _resources(many: Iterable[Lot]) -> int:
    cells = [cell for lot in many for cell in lot.cells]
    own = {cell.resource for cell in cells if cell.resource is not None}
    return len(own) + sum(cell.resources for cell in cells if cell.is_pooled)


def _first_day(cause: Cause, many: Sequence[Lot]) -> date | None:
    """When it is first billed, or no longer; for others the bill has to be looked at by day."""
    cells = [cell for lot in many for cell in lot.cells]
    if cause in (Cause.CORRECTION, Cause.ONE_OFF) and any(lot.was_there for lot in many):
        return None  # a tax comes every month
    if cause in (Cause.NEW, Cause.CORRECTION, Cause.ONE_OFF):
        return min((cell.first_day for cell in cells if cell.first_day), default=None)
    if cause is Cause.GONE:
        last = max((cell.last_day for cell in cells if cell.last_day), default=None)
        return last + DAY if last else None
    return None


def _driver(key: dict[str, str | None], cells: Sequence[Cell]) -> Part:
    found = effects(lots(cells))
    totals: defaultdict[Cause, Decimal] = defaultdict(Decimal)
    for effect in found:
        totals[effect.cause] += effect.amount
    cause = max(totals, key=lambda c: abs(totals[c]), default=Cause.USAGE)
    before, after = sum((c.before for c in cells), ZERO), sum((c.after for c in cells), ZERO)
    resources = len({cell.resource for cell in cells if cell.resource is not None})
    return Part(cause, key, after - before, before, after, resources=resources)


def _difference(cells: Iterable[Cell]) -> Decimal:
    return sum((cell.after - cell.before for cell in cells), ZERO)


def _contrast(groups: Iterable[Sequence[Cell]]) -> float:
    """How unevenly the change lies: large changes in small groups tell most."""
    score = 0.0
    for cells in groups:
        change = abs(float(_difference(cells)))
        cost = float(sum((abs(c.before) + abs(c.after) for c in cells), ZERO))
        score += change * (change / max(cost, change, 1e-9)) ** 0.5
    return score
