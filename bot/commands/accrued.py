"""`purser accrued`: what runs and is on no bill yet, and how far earlier estimates were off."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from bot.app import Purser, build
from bot.figures import name_text
from bot.machine_words import counted
from bot.proposal_words import moment_text
from bot.watch.accrual_blocks import error_text
from tools.core.money import about_text, decimal_text, sums_text
from tools.ledger.accruals import Accruals
from tools.watch.accrual import (
    LONGEST,
    Accrued,
    Burning,
    is_fresh,
    last_burning,
    owner_of,
    sums,
)
from tools.watch.reconciled import Error, errors_by_day

Errors = dict[tuple[date, str], Error]
NEVER = "Nothing was counted yet: the job accrual counts while `purser serve` runs."


def run(args: argparse.Namespace) -> None:
    """Print it as asked."""
    purser = build(args.config)
    at = args.config.clock.now()
    last = Accruals(purser.ledger).counted_at()
    groups, errors = _accrued(purser, last, at=at), _errors(purser, at)
    if args.json:
        found = {"accrued": [_group_json(*g) for g in groups], "reconciled": _errors_json(errors)}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    for line in (*_group_lines(groups, last, now=at), *_error_lines(errors)):
        sys.stdout.write(f"{line}\n")


def _accrued(purser: Purser, last: datetime | None, *, at: datetime) -> list[tuple[str, Burning]]:
    """By owner, the dearest first: as it was when it was counted last."""
    if last is None:
        return []
    by_owner: dict[str, list[Accrued]] = {}
    for row in Accruals(purser.ledger).open(since=(at - LONGEST).date()):
        by_owner.setdefault(_owner(row), []).append(row)
    return sorted(
        ((owner, last_burning(mine, at=last)) for owner, mine in by_owner.items()),
        key=lambda group: (-max(group[1].accrued.values(), default=Decimal(0)), group[0]),
    )


def _owner(row: Accrued) -> str:
    scope = owner_of(row.labels)
    if not scope:
        return "unknown"
    (one,) = scope
    return name_text(one.values[0] if one.values else None, one.dimension)


def _errors(purser: Purser, at: datetime) -> Errors:
    return errors_by_day(Accruals(purser.ledger).billed(since=(at - 4 * LONGEST).date()))


def _group_lines(
    groups: Sequence[tuple[str, Burning]], last: datetime | None, *, now: datetime
) -> Iterator[str]:
    if last is None:
        yield NEVER
        return
    total = sums(pair for _, burn in groups for pair in burn.accrued.items())
    if total:
        whole = sums_text(total, each=about_text)
        yield f"About {whole} is not billed yet: price × running time, an estimate."
    else:
        yield "Nothing that was counted waits for its bill."
    is_now = is_fresh(last, now=now)
    if not is_now:
        yield (
            f"Metered until {moment_text(last, now=now)}, and not since: the job accrual counts "
            "while `purser serve` runs."
        )
    for owner, burn in groups:
        accrued, hour = (sums_text(s) or "nothing" for s in (burn.accrued, burn.hourly))
        then = "now" if is_now else "then"
        yield f"  {owner}: {accrued}, {hour} an hour {then} from {counted(burn.machines)}"


def _error_lines(errors: Errors) -> Iterator[str]:
    for (day, currency), error in sorted(errors.items(), reverse=True):
        yield f"{day}: {error_text(currency, error)}"


def _group_json(owner: str, burn: Burning) -> dict[str, object]:
    return {
        "owner": owner,
        "accrued": {name: decimal_text(sum) for name, sum in burn.accrued.items()},
        "hourly": {name: decimal_text(sum) for name, sum in burn.hourly.items()},
        "machines": burn.machines,
        "unpriced": burn.unpriced,
        "through": burn.through.isoformat(),
    }


def _errors_json(errors: Errors) -> list[dict[str, object]]:
    return [
        {
            "day": day.isoformat(),
            "currency": currency,
            "estimated": decimal_text(error.estimated),
            "billed": decimal_text(error.billed),
            "error": None if error.ratio is None else round(float(error.ratio), 4),
            "machines": error.machines,
            "missing": error.missing,
        }
        for (day, currency), error in sorted(errors.items())
    ]
