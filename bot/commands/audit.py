"""`purser audit`: who proposed, decided and did what, and whether that record is whole."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from bot.app import build
from bot.audit_words import entry_row
from bot.commands.show import print_json
from tools.core.errors import InputError
from tools.ledger.audit import Anchor, Audit, Entry, Verification

MOST = 10_000
MOST_FAULTS = 20  # of a chain that is broken; the first ones say where


def run(args: argparse.Namespace) -> int:
    """Print the last entries, or check the whole chain; 1 where it is broken."""
    audit = build(args.config).audit
    if args.action == "verify":
        return _verify(audit, args)
    if args.action == "anchor":
        from bot.anchoring import anchored

        print(anchored(audit, args.config, channel=args.channel, s3=args.s3))
        return 0
    if not 1 <= args.last <= MOST:
        raise InputError(f"How many entries? Say a number from 1 to {MOST:,}.")
    entries = audit.entries(subject=args.of, most=args.last)
    if args.json:
        for entry in entries:
            print_json(asdict(entry))
    else:
        _print(entries, of=args.of)
    return 0


def _print(entries: tuple[Entry, ...], *, of: str) -> None:
    if not entries:
        print("Nothing of that is on the record." if of else "Nothing is on the record yet.")
        return
    rows = [entry_row(entry) for entry in entries]
    number, when, who = (max(len(row[column]) for row in rows) for column in range(3))
    for row in rows:
        print(f"{row[0]:>{number}}  {row[1]:<{when}}  {row[2]:<{who}}  {row[3]}")


def _verify(audit: Audit, args: argparse.Namespace) -> int:
    anchor = Anchor.parse(args.anchor) if args.anchor else None
    if args.from_s3:
        from bot.anchoring import verified

        found = verified(audit, args.from_s3, anchor)
    else:
        found = audit.verify(anchor)
    if args.json:
        print_json({**asdict(found), "head": found.head.text})
    else:
        print("\n".join(verification_lines(found)))
    return 1 if found.faults else 0


def verification_lines(found: Verification) -> list[str]:
    """What a check of the chain found, the verdict first and the anchor last."""
    count = "1 entry" if found.entries == 1 else f"{found.entries:,} entries"
    if found.faults:
        lines = [f"✗ {count}, and the chain is broken:"]
        lines += [f"  {fault}" for fault in found.faults[:MOST_FAULTS]]
        more = len(found.faults) - MOST_FAULTS
        lines += [f"  … and {more:,} more"] if more > 0 else []
    else:
        lines = [f"✓ {count}; none of them was altered, removed or moved."]
    lines += [f"– Not proven. {sentence}" for sentence in found.unproven]
    return [*lines, f"Keep this anchor outside: {found.head.text}"]
