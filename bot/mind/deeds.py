"""Sentences that say something was done. A model does nothing, so none of its own may say so."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DONE = (
    r"(?:stopped|terminated|started|restarted|shut (?:it |them )?down|"
    r"turned (?:it |them )?(?:off|on)|"
    r"scaled|resized|tagged|untagged|deleted|removed|approved|executed|carried out|applied|"
    r"cancel+ed|undone|frozen|unfrozen|raised|lowered|increased the budget|decreased the budget|"
    r"set the budget|changed the budget|updated the budget|scheduled|notified|asked the owner)"
)
_BY_ME = re.compile(
    rf"\b(?:i|we|purser)(?:['’]ve| have| has|['’]ll| will| am| are|['’]m|['’]re)?"
    rf"(?: just| now| already| also| successfully| gone ahead and| going to)*\s+"
    rf"(?:{_DONE}|(?:stop|terminat|delet|scal|tagg)ing\b|(?:stop|terminate|delete|scale)\b)",
    re.IGNORECASE,
)
_IT_IS = re.compile(
    rf"\b(?:(?:has|have) (?:now |already |just |all )?been|(?:is|are|was|were) (?:now|successfully|"
    rf"all|already|being)|got) {_DONE}\b|\b(?:done|all set|success)[.!]?\s*$|^\s*(?:done|stopped|"
    rf"terminated|approved)\b",
    re.IGNORECASE,
)


def claims_a_deed(sentence: str, *, events: Iterable[str] = ()) -> bool:
    """Whether a sentence says that something was, or is about to be, done.

    Args:
        sentence: as the model wrote it.
        events: what tools told that happened; those words may be repeated.
    """
    if _BY_ME.search(sentence):
        return True
    found = _IT_IS.search(sentence)
    if not found:
        return False
    word = found[0].split()[-1].casefold()
    return not any(word in event.casefold() for event in events)
