"""What each cloud takes as a tag, checked before anybody is asked to approve it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tools.clouds.resources import Address, Kind

# EC2 takes any text; the services behind the other kinds do not.
_PLAIN = re.compile(r"[\w\s.:/=+\-@]*\Z")
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]*\Z")
_LABEL = re.compile(r"[a-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class TagLimits:
    """What a cloud takes.

    Args:
        called: what it calls them.
        longest_key: characters.
        longest_value: characters.
        most: on one resource.
        reserved: beginnings of keys that are the cloud's own.
        keys: what a key must look like; None for anything.
        values: the same of a value.
        letters: the two in words.
    """

    called: str
    longest_key: int
    longest_value: int
    most: int
    reserved: tuple[str, ...]
    keys: re.Pattern[str] | None = None
    values: re.Pattern[str] | None = None
    letters: str = ""

    def objection(self, key: str, value: str | None) -> str:
        """Why this tag cannot be written (None: removed), in a sentence; empty where it can."""
        if not key.strip() or key != key.strip():
            return f"A {self.called} needs a key without spaces around it."
        own = next((start for start in self.reserved if key.lower().startswith(start)), "")
        if own:
            return f"{self.called.capitalize()} keys that begin with {own} are the cloud's own."
        if value is None:
            return ""
        if not key.isprintable() or not value.isprintable():
            return f"A {self.called} with line breaks or invisible characters is not written."
        if len(key) > self.longest_key or len(value) > self.longest_value:
            return (
                f"A {self.called} has at most {self.longest_key} characters in its key and "
                f"{self.longest_value} in its value there."
            )
        if _misses(self.keys, key) or _misses(self.values, value):
            return f"A {self.called} may hold only {self.letters} there."
        return ""

    def too_many(self, held: Mapping[str, str], changes: Mapping[str, str | None]) -> str:
        """Why so many do not fit, in a sentence; empty where they do."""
        after = {key for key, value in {**held, **changes}.items() if value is not None}
        if len(after) <= max(self.most, len(held)):
            return ""
        return f"It would have {len(after)} {self.called}s, and {self.most} are the most there."


_EC2 = TagLimits("tag", 128, 256, 50, ("aws:",))
_AWS = TagLimits(
    "tag", 128, 256, 50, ("aws:",), _PLAIN, _PLAIN, "letters, digits, spaces and _ . : / = + - @"
)
_GOOGLE = TagLimits(
    "label",
    63,
    63,
    64,
    ("goog-", "goog_"),
    _LABEL_KEY,
    _LABEL,
    "lower-case letters, digits, _ and -, with a letter at the beginning of its key,",
)


def tag_limits(address: Address) -> TagLimits:
    """What the cloud takes for a resource; the simulated one plays AWS and Google."""
    is_google = address.cloud == "gcp" or (address.cloud == "sim" and not address.account.isdigit())
    if is_google:
        return _GOOGLE
    return _EC2 if address.kind in (Kind.INSTANCE, Kind.DISK) else _AWS


def _misses(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and not pattern.match(text)
