"""What every section of `purser.toml` shares: no unknown keys, and the nearest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import ConfigDict

from bot.config import FILE
from tools.core.errors import ConfigError

STRICT = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


def check_known(key: str, known: Iterable[str], section: str, *, what: str = "column") -> None:
    """Refuse a name that is not among `known`.

    Raises:
        ConfigError: names the section, the key and the nearest known one.
    """
    known = list(known)
    if key not in known:
        raise ConfigError(f"{FILE}: {section}: unknown {what} `{key}`; {hint(key, known)}")


def hint(key: str, known: list[str]) -> str:
    """`did you mean …?`, or all there are."""
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.4)
    return f"did you mean `{near[0]}`?" if near else f"known ones are {', '.join(sorted(known))}."
