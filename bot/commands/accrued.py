"""`purser accrued`: what runs and is on no bill yet, and how far earlier estimates were off."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from bot.app import Purser, build
from bot.figures import name_text, percent_text
from bot.machine_words import counted
from tools.core.money import decimal_text, money_text
from tools.ledger.accruals import Accruals
from tools.watch.accrual import LONGEST, Accrued, Burning, Error, burning, errors_by_day, owner_of

NOTHING = (
    "Nothing was counted in the last minutes: the job accrual counts while `purser serve` runs."
)


def run(args: argparse.Namespace) -> None:
    """Print it as asked."""
    purser = build(args.config)
    at = args.config.clock.now()
    groups, errors = _accrued(purser, at), _errors(purser, at)
    if args.json:
        found = {"accrued": [_group_json(*g) for g in groups], "reconciled": _errors_json(errors)}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    for line in (*_group_lines(groups), *_error_lines(errors)):
        sys.stdout.write(f"{line}\n")


def _accrued(purser: Purser, at: datetime) -> list[tuple[str, Burning]]:
    """By owner, the dearest first."""
    store = Accruals(purser.ledger)
    rows, last = store.open(since=(at - LONGEST).date()), store.counted_at()
    by_owner: dict[str, list[Accrued]] = {}
    for row in rows:
        by_owner.setdefault(_owner(row), []).append(row)
    found = [(owner, burning(mine, counted=last, now=at)) for owner, mine in by_owner.items()]
    return sorted(
        ((owner, burn) for owner, burn in found if burn is not None),
        key=lambda group: (-group[1].accrued, group[0]),
    )


def _owner(row: Accrued) -> str:
    scope = owner_of(row.labels)
    if not scope:
        return "unknown"
    (one,) = scope
    return name_text(one.values[0] if one.values else None, one.dimension)


def _errors(purser: Purser, at: datetime) -> dict[date, Error]:
    return errors_by_day(Accruals(purser.ledger).billed(since=(at - 4 * LONGEST).date()))


def _group_lines(groups: Sequence[tuple[str, Burning]]) -> Iterator[str]:
    if not groups:
        yield NOTHING
        return
    currency = groups[0][1].currency
    mine = (burn.accrued for _, burn in groups if burn.currency == currency)
    total = sum(mine, Decimal(0))
    yield f"{money_text(total, currency)} not billed yet: price × running time, an estimate."
    for owner, burn in groups:
        accrued = money_text(burn.accrued, burn.currency)
        hour = money_text(burn.hourly, burn.currency)
        yield f"  {owner}: {accrued}, {hour} an hour now from {counted(burn.machines)}"


def _error_lines(errors: dict[date, Error]) -> Iterator[str]:
    for day, error in sorted(errors.items(), reverse=True):
        ratio = error.ratio
        off = "nothing to compare" if ratio is None else percent_text(ratio, signed=True)
        missing = f", {error.missing} on no bill" if error.missing else ""
        yield f"{day}: the estimate was {off} off its bill, {counted(error.machines)}{missing}"


def _group_json(owner: str, burn: Burning) -> dict[str, object]:
    return {
        "owner": owner,
        "accrued": decimal_text(burn.accrued),
        "hourly": decimal_text(burn.hourly),
        "currency": burn.currency,
        "machines": burn.machines,
        "unpriced": burn.unpriced,
        "through": burn.through.isoformat(),
    }


def _errors_json(errors: dict[date, Error]) -> list[dict[str, object]]:
    return [
        {
            "day": day.isoformat(),
            "estimated": decimal_text(error.estimated),
            "billed": decimal_text(error.billed),
            "error": None if error.ratio is None else round(float(error.ratio), 4),
            "machines": error.machines,
            "missing": error.missing,
        }
        for day, error in sorted(errors.items())
    ]
