"""Tags that are neither a MAP nor plain JSON: pairs, lists, JSON without braces, text."""

from __future__ import annotations

import json
import re


def read_tags(text: str) -> dict[str, str] | None:
    """Tags from text, keys as they are; None where it is not tags in any known form.

    A key that comes twice keeps its first value.
    """
    stripped = text.strip()
    if not stripped or stripped.lower() in ("null", "none", "{}", "[]"):
        return {}
    for candidate in (stripped, "{" + stripped.strip(",") + "}"):
        try:
            found = json.loads(candidate, object_pairs_hook=_Pairs)
        except ValueError:
            continue
        return _from_json(found)
    return _from_text(stripped)


class _Pairs(list[tuple[str, object]]):
    """A JSON object with its doubled keys."""


def _from_json(found: object) -> dict[str, str] | None:
    if isinstance(found, _Pairs):
        return _first_wins([(key, _text(value)) for key, value in found])
    if not isinstance(found, list):
        return None
    pairs: list[tuple[str, str | None]] = []
    for item in found:
        if not isinstance(item, _Pairs):
            return None
        entry = {key.lower(): value for key, value in item}
        if "key" in entry:
            pairs.append((str(entry["key"]), _text(entry.get("value"))))
        else:
            pairs += [(key, _text(value)) for key, value in item]
    return _first_wins(pairs)


def _from_text(text: str) -> dict[str, str] | None:
    inner = text[1:-1] if text[0] == "{" and text[-1] == "}" else text
    pairs: list[tuple[str, str | None]] = []
    for part in re.split(r"[;|\n]", inner) if re.search(r"[;|\n]", inner) else inner.split(","):
        if not part.strip():
            continue
        key, sign, value = part.partition("=") if "=" in part else part.partition(":")
        if not sign or not key.strip(" '\""):
            return None
        pairs.append((key.strip(" '\""), value.strip(" '\"")))
    return _first_wins(pairs)


def _first_wins(pairs: list[tuple[str, str | None]]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for key, value in pairs:
        tags.setdefault(key, value or "")
    return tags


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, _Pairs):
        value = dict(value)
    return json.dumps(value, ensure_ascii=False)
