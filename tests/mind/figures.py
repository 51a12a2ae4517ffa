"""A store of figures as two tool calls would leave it: three teams, November against October."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bot.mind.guard import Asked, Guard
from bot.mind.held import Held, Store
from bot.mind.standings import Standing
from tools.core.periods import Period
from tools.core.results import FigureKind

TODAY = date(2026, 11, 21)
NOW = Period(date(2026, 11, 1), date(2026, 11, 20))
BEFORE = Period(date(2026, 10, 1), date(2026, 10, 20))
MONEY, PERCENT, NUMBER = FigureKind.MONEY, FigureKind.PERCENT, FigureKind.NUMBER
TEAMS = {
    "ml": ("8000.00", "4000.00", "64.8"),
    "data": ("3345.67", "4500.00", "27.1"),
    "web": ("1000.00", "1500.00", "8.1"),
}


def compared(now: str, before: str, *about: str) -> list[Held]:
    """An amount, the one before it, and what lies between."""
    names = frozenset(about)
    new, old = Decimal(now), Decimal(before)

    def held(value: Decimal, kind: FigureKind, unit: str, **more: bool) -> Held:
        period, other = (BEFORE, NOW) if more.get("is_before") else (NOW, BEFORE)
        return Held(value, kind, unit, names, period=period, other=other, **more)

    return [
        held(new, MONEY, "USD"),
        held(old, MONEY, "USD", is_before=True),
        held(new - old, MONEY, "USD", is_change=True),
        held((new - old) / old * 100, PERCENT, "", is_change=True),
    ]


def store() -> Store:
    """What was returned."""
    found = Store(days=[NOW, BEFORE], ranks=3)
    found.add(compared("12345.67", "10000.00"))
    for team, (now, before, share) in TEAMS.items():
        found.add(compared(now, before, team))
        about = frozenset([team])
        found.add([Held(Decimal(share), PERCENT, "", about, period=NOW, is_share=True)])
    found.add(
        [
            Held(Decimal(19), NUMBER, "days"),
            Held(Decimal(3), NUMBER, "team"),
            Held(Decimal(3412345), NUMBER, "tokens", period=NOW),
            Held(Decimal("411.52"), MONEY, "USD", is_derived=True),
            Held(Decimal("2.3123"), MONEY, "USD", period=NOW, is_price=True),
            Held(Decimal(1_000_000), NUMBER, "tokens"),
            Held(Decimal("-30.00"), MONEY, "USD", frozenset(["marketplace"]), period=NOW),
        ]
    )
    found.stand(standings())
    return found


def standings() -> list[Standing]:
    """Who stands where: now, before, and what lies between."""
    sides = []
    for side in ("now", "before", "change"):
        values = {frozenset([t]): _side(side, now, then) for t, (now, then, _) in TEAMS.items()}
        total = sum(values.values(), Decimal(0))
        period, other = (BEFORE, NOW) if side == "before" else (NOW, BEFORE)
        sides.append(Standing(values, side, period, other, total=total, dimension="team"))
    return sides


def _side(side: str, now: str, then: str) -> Decimal:
    values = {"now": Decimal(now), "before": Decimal(then)}
    return values[side] if side in values else values["now"] - values["before"]


def guard(question: str = "How do we stand against last month?", **more: object) -> Guard:
    """A guard over these figures."""
    return Guard(store(), Asked.of(question, today=TODAY), **more)


def passes(text: str, question: str = "How do we stand against last month?") -> bool:
    """Whether a text is let through whole."""
    one = guard(question)
    one.feed(text)
    one.close()
    return not one.dropped and bool(one.text)
