"""Who proposes and who presses, as the gate needs to know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or something, that acts.

    Args:
        user: Slack user id; `terminal`, `schedule`, `purser` for what is none.
        team: the workspace; user ids of two workspaces never mix.
        via: `slash`, `mention`, `model`, `button`, `terminal`, `schedule`: how it came in.
    """

    user: str
    team: str = ""
    via: str = "button"


class Directory(Protocol):
    """Asks Slack who people are, live. Whatever it cannot find out, it raises.

    Raises:
        UnavailableError: Slack does not answer or does not allow the question: then nobody is
            anybody, and the gate refuses.
    """

    def members(self, group: str) -> frozenset[str]:
        """The user ids in a user group (`S…`), now."""

    def is_member(self, user: str) -> bool:
        """Whether this is a full, active member of this workspace: no guest, bot or outsider."""

    def find(self, email: str) -> str | None:
        """The user id of an e-mail address; None where nobody has it."""

    def name(self, user: str) -> str:
        """How people know them, for a text to read: data. The id where that is not known."""


class Nobody:
    """A directory of nobody: for a terminal without Slack. All it says is no."""

    def members(self, group: str) -> frozenset[str]:
        """No one."""
        return frozenset()

    def is_member(self, user: str) -> bool:
        """Never."""
        return False

    def find(self, email: str) -> str | None:
        """No one."""
        return None

    def name(self, user: str) -> str:
        """The id."""
        return user
