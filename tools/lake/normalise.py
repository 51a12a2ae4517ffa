"""The SELECT that turns one bill file into the lake's columns, before meters are joined.

Its columns: `period` (first day of the billing period), `charge_start`, `charge_end`, the texts
and costs of the lake, `quantity` in the bill's own unit, `tag_hash` and `meter_hash`, and
`problem`, the lake's name of what makes the row unreadable (NULL where nothing does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.lake import columns
from tools.lake.bill_files import BillFile
from tools.lake.columns import Column
from tools.lake.dialect import Dialect, amount, filled, sign, timestamp
from tools.lake.quoting import literal, name
from tools.lake.schema import DECIMAL
from tools.lake.signs import contradicts
from tools.lake.stats import NOTHING

_SHORT_PERIOD = "INTERVAL 20 DAY"


@dataclass(frozen=True, slots=True)
class Normal:
    """One bill file with everything that is needed to read it.

    Args:
        bill: the open file.
        dialect: how it writes.
        fill: lake column → value for what it leaves empty.
    """

    bill: BillFile
    dialect: Dialect
    fill: Mapping[str, str]

    @property
    def has_consumed(self) -> bool:
        """True where the bill says what was consumed; else the priced quantity stands in."""
        return bool(self.bill.column("ConsumedQuantity") and self.bill.column("ConsumedUnit"))

    def select(self) -> str:
        """The SELECT, without its rows' numbers."""
        return f"SELECT {', '.join(self._columns())} FROM {self.bill.relation}"

    def select_problems(self) -> str:
        """Rows that cannot be read: file, row, column, value, and in what currency it is not.

        The last is NULL where the value is not an amount at all, and '' where the row has none.
        """
        reading = self.bill.relation.removesuffix(")") + ", file_row_number=true)"
        blamed = {
            focus: column
            for focus in ("ChargePeriodStart", "BilledCost", "EffectiveCost")
            if (column := self.bill.column(focus))
        }
        values = [f"WHEN {literal(f)} THEN {name(c.name)}::VARCHAR" for f, c in blamed.items()]
        signs = [
            f"WHEN problem = {literal(focus)} AND {foreign} THEN coalesce({currency}, '')"
            for focus in blamed
            if (foreign := self._is_foreign(focus)) and (currency := self._text("currency"))
        ]
        other = f"CASE {' '.join(signs)} END" if signs else "NULL::VARCHAR"
        return (
            f"SELECT {literal(self.bill.name)} AS file, file_row_number + 1 AS row, "
            f'problem AS "column", CASE problem {" ".join(values)} END AS value, '
            f"{other} AS other_currency "
            f"FROM (SELECT *, {self._problem()} AS problem FROM {reading}) "
            "WHERE problem IS NOT NULL"
        )

    def select_tags(self) -> str | None:
        """Distinct tag sets: `tag_hash` and `raw`, in the file's own type; None without tags."""
        tags = self.bill.column(*columns.TAGS)
        if tags is None:
            return None
        return (
            f"SELECT {self._tag_hash()} AS tag_hash, any_value({name(tags.name)}) AS raw "
            f"FROM {self.bill.relation} GROUP BY 1"
        )

    def select_meters(self) -> str:
        """Distinct meters: `meter_hash` and its words as text."""
        words = self._meter_words()
        texts = ", ".join(f"any_value({sql}) AS {word}" for word, sql in words.items())
        hashed = f"{self._meter_hash()} AS meter_hash"
        return f"SELECT {hashed}, {texts} FROM {self.bill.relation} GROUP BY 1"

    def _columns(self) -> list[str]:
        costs = self._costs()
        return [
            f"{self._period()} AS period",
            f"{self._moment('ChargePeriodStart')} AS charge_start",
            f"{self._moment('ChargePeriodEnd')} AS charge_end",
            *(f"{self._text(lake)} AS {lake}" for lake in columns.TEXTS),
            *(f"{sql} AS {lake}" for lake, sql in costs.items()),
            f"{self._quantity()} AS quantity",
            f"{self._tag_hash()} AS tag_hash",
            f"{self._meter_hash()} AS meter_hash",
            f"{self._problem()} AS problem",
        ]

    def _moment(self, focus: str) -> str:
        column = self.bill.column(focus)
        if column is None:
            return "NULL::TIMESTAMP"
        return timestamp(column, self.dialect, file=self.bill.name)

    def _period(self) -> str:
        month = f"date_trunc('month', {self._moment('ChargePeriodStart')})::DATE"
        if not self.bill.column("BillingPeriodStart"):
            return month
        start = self._moment("BillingPeriodStart")
        if self.bill.column("BillingPeriodEnd"):
            end = self._moment("BillingPeriodEnd")
            first = f"CASE WHEN {end} - {start} < {_SHORT_PERIOD} "
            first += f"THEN date_trunc('month', {start}) ELSE {start} END"
        else:
            first = f"date_trunc('month', {start})"
        return f"coalesce(({first})::DATE, {month})"

    def constants(self) -> dict[str, str | None]:
        """Lake texts that are the same on every row, by the file's own footer."""
        found: dict[str, str | None] = {}
        for lake, names in columns.TEXTS.items():
            told = [c for c in map(self.bill.column, names) if c]
            if all(c.stats.is_constant or c.stats.is_empty for c in told):
                values = [c.stats.low for c in told if c.stats.low and c.stats.low not in NOTHING]
                value = values[0] if values else self.fill.get(lake)
                found[lake] = value.strip().upper() if value and lake == "currency" else value
        return found

    def _text(self, lake: str) -> str:
        found = [self.bill.columns.get(columns.plain(f)) for f in columns.TEXTS[lake]]
        parts = [text(column) for column in found if column]
        if lake == "currency":
            parts = [f"upper(trim({part}))" for part in parts]
        if lake in self.fill:
            parts.append(literal(self.fill[lake]))
        if not parts:
            return "NULL::VARCHAR"
        return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"

    def amount(self, focus: str) -> str | None:
        """SQL for a column's amounts; NULL where one cannot be read, or is of another currency."""
        column = self.bill.column(focus)
        if column is None:
            return None
        read = amount(column, self.dialect, file=self.bill.name, plain=columns.plain(focus))
        foreign = self._is_foreign(focus)
        return f"CASE WHEN NOT ({foreign}) THEN {read} END" if foreign else read

    def _is_foreign(self, focus: str) -> str | None:
        """SQL: the amount's sign contradicts the row's currency; None where there is no sign."""
        column = self.bill.column(focus)
        found = column and sign(column, self.dialect, plain=columns.plain(focus))
        if not found or focus not in columns.COSTS.values():
            return None
        return contradicts(found, self._text("currency"))

    def _costs(self) -> dict[str, str]:
        found = {lake: self.amount(focus) for lake, focus in columns.COSTS.items()}
        found["billed_cost"] = found["billed_cost"] or found["effective_cost"]
        found["effective_cost"] = found["effective_cost"] or found["billed_cost"]
        return {lake: sql or f"NULL::{DECIMAL}" for lake, sql in found.items()}

    def _quantity(self) -> str:
        if self.has_consumed:
            return self.amount("ConsumedQuantity") or f"NULL::{DECIMAL}"
        priced = self.amount("PricingQuantity")
        if not priced or not self.bill.column("PricingUnit"):
            return f"NULL::{DECIMAL}"
        return f"CASE WHEN {self._is_usage()} THEN {priced} END"

    def _unit(self) -> str | None:
        column = self.bill.column("ConsumedUnit" if self.has_consumed else "PricingUnit")
        if column is None:
            return None
        if self.has_consumed:
            return text(column)
        return f"CASE WHEN {self._is_usage()} THEN {text(column)} END"

    def _is_usage(self) -> str:
        return f"coalesce({self._text('charge_category')}, 'Usage') = 'Usage'"

    def _tag_hash(self) -> str:
        tags = self.bill.column(*columns.TAGS)
        if tags is None:
            return "0::UBIGINT"
        sql = name(tags.name)
        if tags.kind.startswith("MAP"):
            empty = f"{sql} IS NULL OR cardinality({sql}) = 0"
        elif tags.kind.endswith("[]"):
            empty = f"{sql} IS NULL OR len({sql}) = 0"
        elif tags.is_text:
            empty = f"{sql} IS NULL OR {sql} IN ('', 'NULL', 'null', '{{}}', '[]')"
        else:
            empty = f"{sql} IS NULL"
        return f"CASE WHEN {empty} THEN 0::UBIGINT ELSE hash({sql}) END"

    def _meter_words(self) -> dict[str, str]:
        """The words of a meter, as SQL; texts are read only where there may be tokens."""
        category = self._text("service_category")
        unit = self._unit() or "NULL::VARCHAR"
        about = [
            text(c)
            for c in map(self.bill.column, ("SkuMeter", "SkuId", "ChargeDescription"))
            if c is not None
        ]
        talk = f"CASE WHEN {unit} ILIKE '%token%' OR {category} = 'AI and Machine Learning' "
        talk += f"THEN concat_ws(' ', {', '.join(about)}) END" if about else "THEN NULL END"
        return {
            "details": self._word(columns.DETAILS),
            "unit": unit,
            "text": talk,
            "instance_type": self._word(columns.INSTANCE_TYPE),
            "model": self._word(columns.MODEL),
            "direction": self._word(columns.DIRECTION),
            "cache": self._word(columns.CACHE),
            "gpus": self._word(columns.GPU_COUNT),
        }

    def _word(self, names: tuple[str, ...]) -> str:
        column = self.bill.column(*names)
        if column is None:
            return "NULL::VARCHAR"
        return f"to_json({name(column.name)})::VARCHAR" if _is_nested(column) else text(column)

    def _meter_hash(self) -> str:
        words = self._meter_words()
        details = self.bill.column(*columns.DETAILS)
        if details and _is_nested(details):  # hashing the value is cheaper than writing its JSON
            words["details"] = name(details.name)
        said = [sql for sql in words.values() if sql != "NULL::VARCHAR"]
        return f"hash({', '.join(said)})" if said else "0::UBIGINT"

    def _problem(self) -> str:
        """The FOCUS column that keeps the row from being read."""
        cases = [f"WHEN {self._moment('ChargePeriodStart')} IS NULL THEN 'ChargePeriodStart'"]
        read = []
        for focus in ("BilledCost", "EffectiveCost"):
            column = self.bill.column(focus)
            sql = self.amount(focus)
            if column and sql:
                read.append(sql)
                cases.append(f"WHEN {_is_there(column)} AND {sql} IS NULL THEN {literal(focus)}")
        nothing = " AND ".join(f"{sql} IS NULL" for sql in read)
        first = "BilledCost" if self.bill.column("BilledCost") else "EffectiveCost"
        cases.append(f"WHEN {nothing} THEN {literal(first)}")
        return f"CASE {' '.join(cases)} END"


def text(column: Column) -> str:
    """SQL for a column as text; NULL where it is empty or a way to write nothing."""
    sql = name(column.name)
    if not column.is_text:
        return f"{sql}::VARCHAR"
    return filled(sql) if column.stats.may_hold_nothing else sql


def _is_nested(column: Column) -> bool:
    return column.kind.startswith(("MAP", "STRUCT")) or column.kind.endswith("[]")


def _is_there(column: Column) -> str:
    sql = name(column.name)
    return f"{filled(sql)} IS NOT NULL" if column.is_text else f"{sql} IS NOT NULL"
