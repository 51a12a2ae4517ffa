"""The words of follow-ups: what points back, and what says how a condition joins the others.

Data only. None of the words that are passed over may change what is asked.
"""

from __future__ import annotations

from itertools import product

from bot.conversation import Shown

IT = ("it", "that", "this", "them", "those", "these")


def each(leads: tuple[str, ...], tails: tuple[str, ...]) -> tuple[str, ...]:
    """Every lead with every tail."""
    return tuple(f"{lead} {tail}".strip() for lead, tail in product(leads, tails))


# Only at the start: what follows is about what came before.
OPENINGS = (
    "and what about", "and how about", "what about", "how about", "what of", "and also", "and now",
    "and then", "ok and", "okay and", "ok now", "okay now", "ok so", "and", "but", "then", "now",
    "so", "actually", "sorry", "i meant", "i mean",
    *each(("do the", "the", ""), ("same thing", "same question", "same query", "same again",
                                   "same but", "same")),
    *each(("do", "run", "show", "show me", "repeat", "redo", "ask"),
           ("it again", "that again", "it", "that")),
    "repeat", "redo", "again", "once more", "refresh it", "refresh", "rerun",
)  # fmt: skip
# Anywhere: they point back, and change nothing.
POINTING = (
    *each(("break", "split", "cut", "slice", "group"), each(IT, ("down", "up", ""))),
    *each(("show", "show me", "give me", "give us", "see", "view", "list"), IT),
    *each(("switch", "change", "set", "turn"), each(("it", "that", ""), ("to",))),
    *each(("make", "have", "do"), ("it", "that")),
    "go back to", "back to", "go to", "again", "once more", "instead", "can you", "could you",
    "can we", "could we", "can i get", "can i have", "let 's", "lets", "how does that",
    "how does it", "how does this",
)  # fmt: skip
AMOUNTS = (
    *each(("how much was", "how much is", "how much 's"), ("it", "that")), "what was it",
)  # fmt: skip
# The same of money, even after tokens.
COSTS = each(
    ("how much did", "how much does", "what did", "what does"),
    ("it cost us", "that cost us", "it cost", "that cost", "we spend on it", "we spend on that"),
)
NARROWING = (
    *each(("how much of", "how many of", "of"), ("that", "it", "this", "those", "which")),
    *each(("narrow", "limit", "restrict", "filter"), ("it down to", "it to", "down to", "to",
                                                      "that down to", "that to", "for", "on")),
    "focus on", "only for", "just for", "only in", "just in", "only", "just", "exclusively",
)  # fmt: skip
DRILLING = (
    "drill into", "drill down into", "drill down to", "drill down on", "zoom into", "zoom in on",
    "zoom in to", "dig into", "look into",
)  # fmt: skip
ADDING = ("as well", "also", "too", "plus", "in addition", "include", "including", "add")
RESET = (
    *each(("reset", "clear", "remove", "drop", "lift", "without", "no", "without any"),
           ("all the filters", "all filters", "the filters", "filters", "filter", "the filter")),
    "everything again", "everything", "all of it",
)  # fmt: skip
UNCOMPARED = each(
    ("without", "no", "drop", "remove", "stop", "without any"), ("the comparison", "comparison")
)
TOTAL = (
    "just the total", "only the total", "the total", "in total", "as a total", "as one number",
    "one number",
)  # fmt: skip
# How an answer is shown, by how that is said.
CHARTS = ("chart", "graph", "plot")
SHOWN: dict[str, Shown] = {
    **dict.fromkeys(
        (*each(("as a", "as", "in a", "a", "the", ""), CHARTS), *each(CHARTS, IT),
         *each(("draw", "visualize", "visualise"), IT)), "chart"),
    **dict.fromkeys(each(("as a", "as", "in a", "a", "the", ""), ("table",)), "table"),
    **dict.fromkeys(
        (*each(("export it as a", "export it as", "export that as", "export as a", "export as",
                 "export to", "download as", "download the", "send me a", "send me the", "as a",
                 "as", "a", "the", ""), ("csv file", "csv")),
         "export it", "export that", "download it", "download that", "export", "download"), "csv"),
}  # fmt: skip
SHOWN_FIRST = tuple(sorted(SHOWN, key=lambda phrase: -len(phrase.split())))
SHOWN_AS = tuple(phrase for phrase in SHOWN_FIRST if phrase.startswith(("as ", "in a ")))
ORDINALS = (
    *each(("the", ""), each(("first", "second", "third", "last", "next", "other", "top",
                               "biggest", "largest", "most expensive"), ("one", "ones", "two"))),
    "number one", "number two", "the first", "the second", "the third",
)  # fmt: skip
ALL_LINES = (
    "show me all of them", "show all of them", "show them all", "show me all", "show all",
    "all of them", "the full list", "the whole list",
)  # fmt: skip
# The period before the one asked about, without its unit.
BEFORE_THAT = (
    *each(("one", "period", ""), ("before that", "prior to that")), "one before", "period before",
    "previous one", "previous period", "prior period",
)  # fmt: skip
# The `is that` of “why is that?”.
TAILS = each(("is", "was", "did", "does", "has", "'s"), IT)
# What asks for something without naming a part of a query.
ASKS = {"reset", "total", "uncompared", "again", "amount", "money", "all", "why"}
ASIDES = frozenset({"ok", "okay", "thanks", "thank", "great", "cool", "nice", "hm", "hmm"})
