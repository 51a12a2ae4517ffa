"""Google's budgets, as the stand-in keeps them: etags, masks, money in units and nanos."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Budgets:
    """By resource name; the caller holds the lock."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self, name: str, body: dict[str, Any]) -> None:
        self.held[name] = {"name": name, **body}
        self._mark(name)

    def answer(self, method: str, name: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        from tests.clouds.gcp_server import RefusalError

        if name not in self.held:
            raise RefusalError(404, "NOT_FOUND", "Requested entity was not found.")
        if method == "GET":
            return self.held[name]
        if body.get("etag", self.held[name]["etag"]) != self.held[name]["etag"]:
            raise RefusalError(409, "ABORTED", "Budget etag is stale.")
        mask = query.get("updateMask", "")
        if not mask:
            raise RefusalError(400, "INVALID_ARGUMENT", "A mask is wanted here.")
        changed = json.loads(json.dumps(self.held[name]))
        for path in mask.split(","):
            _copy(body, changed, path.split("."))
        money = changed["amount"]["specifiedAmount"]
        money.setdefault(
            "currencyCode", self.held[name]["amount"]["specifiedAmount"]["currencyCode"]
        )
        self.held[name] = changed
        self._mark(name)
        return changed

    def _mark(self, name: str) -> None:
        bare = {key: value for key, value in self.held[name].items() if key != "etag"}
        text = json.dumps(bare, sort_keys=True).encode()
        self.held[name]["etag"] = hashlib.sha256(text).hexdigest()[:16]


def _copy(source: dict[str, Any], target: dict[str, Any], path: list[str]) -> None:
    first, *rest = path
    if not rest:
        if first in source:
            target[first] = source[first]
        else:
            target.pop(first, None)
        return
    _copy(source.get(first, {}), target.setdefault(first, {}), rest)
