"""What was listed to whom: `#2` means the second of the last list that this asker was shown."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from tools.core.errors import InputError
from tools.gate.people import Actor

MOST = 2000  # askers; whoever asked longest ago is forgotten first
_NOTHING = "I have listed nothing to you yet, so I do not know what {name} is; /gpu lists."


class Listed:
    """The last list of each asker. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: OrderedDict[tuple[str, str], tuple[str, ...]] = OrderedDict()

    def keep(self, asker: Actor, ids: Sequence[str]) -> None:
        """This was shown to somebody, in this order."""
        key = (asker.team, asker.user)
        with self._lock:
            self._lists[key] = tuple(ids)
            self._lists.move_to_end(key)
            while len(self._lists) > MOST:
                self._lists.popitem(last=False)

    def of(self, asker: Actor) -> tuple[str, ...]:
        """What was last shown to somebody."""
        with self._lock:
            return self._lists.get((asker.team, asker.user), ())

    def numbered(self, asker: Actor, name: str) -> str:
        """The id behind `#2`.

        Raises:
            InputError: there is no such line.
        """
        ids = self.of(asker)
        if not ids:
            raise InputError(_NOTHING.format(name=name))
        number = int(name.removeprefix("#"))
        if not 1 <= number <= len(ids):
            raise InputError(f"The last list has {len(ids)} lines, so there is no {name}.")
        return ids[number - 1]
