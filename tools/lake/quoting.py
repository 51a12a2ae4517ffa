"""The one way a value or a name gets into SQL."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def name(identifier: str) -> str:
    """An identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | int | bool | date | Decimal | None) -> str:
    """A value as SQL writes it; text has no escapes in DuckDB but the doubled quote."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("\0", "").replace("'", "''") + "'"
