"""Stands between the gate and what it stands on, so that a test can do something at any step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Step = Callable[[str, tuple[Any, ...]], None]


class Stepped:
    """Passes every call on to the real thing, and tells of it before and after.

    Args:
        inner: the real ledger or world.
        step: called with `before look`, `after look` and the call's arguments.
    """

    def __init__(self, inner: Any, step: Step) -> None:
        self._inner = inner
        self._step = step

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if not callable(value):
            return value

        def call(*arguments: Any, **named: Any) -> Any:
            self._step(f"before {name}", arguments)
            result = value(*arguments, **named)
            self._step(f"after {name}", arguments)
            return result

        return call


class Moments:
    """What is to happen once, at the first step of a name."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, str, Callable[[], object]]] = []

    def when(self, step: str, action: Callable[[], object], *, target: str = "") -> None:
        """Do `action` at the next such step; with `target`, of this target."""
        self._waiting.append((step, target, action))

    def __call__(self, step: str, arguments: tuple[Any, ...]) -> None:
        for moment in self._waiting:
            name, target, action = moment
            if name == step and (not target or target in arguments):
                self._waiting.remove(moment)
                action()
                return
