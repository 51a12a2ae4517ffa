"""What Purser says of itself: the help."""

from __future__ import annotations

from collections.abc import Mapping

from bot.blocks import (
    Message,
    actions_block,
    context_blocks,
    rich_block,
    suggestion_buttons,
    text_part,
)

# Question of the grammar, and what it answers. The first of each group is also a button.
EXAMPLES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "How much",
        (
            ("this month", "so far, to the last complete day"),
            ("yesterday by service vs last week", "against the same day a week before"),
            ("2026-09 where env=prod", "any month, day or range"),
        ),
    ),
    (
        "Who and what",
        (
            ("last 7d by team", "untagged spend keeps its own line"),
            ("this month by model where env=prod top 5", "the largest, the rest as “other”"),
            ("last 30d by team, service daily", "day by day, whole as CSV"),
        ),
    ),
    (
        "Tokens and prices",
        (
            ("tokens by model last month", "what was consumed"),
            ("cost per 1m tokens by model last month", "what a million cost"),
            ("all time billed by provider", "billed instead of effective cost"),
        ),
    ),
)
_NAMES: Mapping[str, str] = {}
ABOUT = "I read the cloud and AI bills and answer what things cost, from the bills themselves."


# What `/gpu` and `/budget` do, by example: family, line, and what it does.
ACTS: tuple[tuple[str, str, str], ...] = (
    ("gpu", "idle", "what runs unused, and what that wastes"),
    ("gpu", "stop #1", "proposes it; nothing stops before the right person approves"),
    ("gpu", "schedule #1 nights", "proposes to stop it every night; each stop is announced before"),
    ("gpu", "schedules", "what stops by the clock, and what that saved"),
    ("budget", "", "where budgets stand"),
    ("budget", "set team=ml 20000", "proposes it, too"),
)


def help_message(
    *,
    command: str,
    name: str = "Purser",
    purser: str = "/purser",
    commands: Mapping[str, str] = _NAMES,
) -> Message:
    """What can be asked, by example."""
    parts = [text_part(f"{ABOUT} Ask me like this:\n")]
    for heading, examples in EXAMPLES:
        parts.append(text_part(f"\n{heading}\n", bold=True))
        for query, gloss in examples:
            parts += [text_part(f"{command} {query}", code=True), text_part(f"  {gloss}\n")]
    parts.append(text_part("\nMachines and budgets\n", bold=True))
    for family, line, gloss in ACTS:
        typed = f"{commands.get(family, f'/{family}')} {line}".strip()
        parts += [text_part(typed, code=True), text_part(f"  {gloss}\n")]
    blocks = (
        rich_block(*parts),
        *context_blocks(
            f"In words, too: mention @{name} in a channel, or write to me directly, for example "
            "“which teams spent the most last week?”",
            "Ask on in the thread, “and by model?” or “only prod”; in channels mention me again, "
            "for I hear nothing else there.",
            "Commands are answered to you alone; Share shows the answer to the channel. "
            f"{purser} why shows how your last answer came about, {purser} audit what was decided "
            f"and done; {purser} freeze stops everything at once.",
            f"{purser} schedule shows what I say without being asked, and when; {purser} health "
            f"whether it arrives; {purser} alerts how useful it was.",
        ),
        *actions_block(suggestion_buttons(_first_examples())),
    )
    return Message(f"Ask me what things cost, for example {command} last 7d by team.", blocks)


def _first_examples() -> tuple[str, ...]:
    return tuple(examples[0][0] for _, examples in EXAMPLES)
