"""The phrasebook's word lists: what is passed over, and what must never be."""

from __future__ import annotations

# Of Slack's emoji only those that greet, thank or wonder: “:x:” might mean “not”.
_EMOJI = (
    "wave", "pray", "eyes", "thinking_face", "slightly_smiling_face", "smile", "smiley", "grin",
    "blush", "heart", "tada", "rocket", "moneybag", "money_with_wings", "dollar", "bar_chart",
    "chart_with_upwards_trend", "chart_with_downwards_trend", "robot_face", "coffee",
    "raised_hands", "clap", "thumbsup", "+1", "ok_hand", "sparkles", "fire", "cry", "sweat_smile",
    "joy", "face_palm", "shrug", "scream", "cloud",
)  # fmt: skip
_SMILES = tuple("👋🙏👀🤔🙂😀😃😄😊🎉🚀💰💸💵📊📈📉🤖☕🙌👏👍👌✨🔥😅😂😢")

# Passed over wherever they stand. None may change what is asked: no verb of doing, no time to
# come, no comparison, no negation, nobody's possession but the company's. Longest first.
FILLERS: tuple[str, ...] = tuple(
    sorted(
        (
            "how much", "how much of", "what", "what was", "what about", "how about",
            "is", "are", "was", "were", "do", "does", "did", "have", "has", "had", "been",
            "we", "our", "the", "a", "an", "there",
            "please", "pls", "plz", "hey", "hi", "hello", "purser", "purser :", "thanks",
            "thank you", "ok", "okay",
            "show", "show me", "show us", "give me", "give us", "tell me", "tell us", "get me",
            "display", "report", "can you show me", "can you show us", "can you show",
            "can you tell me", "can you give me", "can you get me", "could you show me",
            "could you tell me", "could you give me", "can i see", "can we see", "could i see",
            "may i see", "may we see", "i want to see", "i want to know", "i would like to see",
            "i 'd like to see", "i 'd like to know", "i need", "we need", "let me see",
            "let 's see", "do you know",
            "went to", "goes to", "go to", "went into", "goes into", "go into",
            "a breakdown of", "breakdown of", "broken down", "break down", "split", "grouped",
            "in total", "overall", "altogether", "combined", "together", "the company",
            "everything", "whats", "hey !", "hi !", "hello !", "hey there", "hi there",
            *(f": {name} :" for name in _EMOJI), *_SMILES,
        ),
        key=lambda phrase: -len(phrase.split()),
    )
)  # fmt: skip

# What a question may end with, after its mark.
THANKS = frozenset({"thanks", "thank", "you", "please", "pls", "cheers", "?", "!", ".", ","})

# Passed over between the parts of a question, but not where one is left hanging.
PREPOSITIONS = frozenset({"on", "for", "of", "from", "in", "at"})

# What is left of `what's`, `we've`, `teams'`; `we'll` and `didn't` are not among them.
SIGNS = frozenset({"'s", "'ve", "'re", "'"})

# Words that ask for what no query can answer, each with the sentence that says so.
_AHEAD = "I cannot look ahead yet."
_ACT = "I can only show what things cost."
_LIMIT = "I cannot compare or filter by amount yet."
_MEAN = "I show totals, not averages."
_SMALL = "I rank from the largest only."
_WHOSE = "I do not know what is yours; name the owner or the team."
CANNOT: dict[str, str] = {
    **dict.fromkeys(
        ("will", "'ll", "forecast", "predict", "projected", "expect", "expected",
         "estimate", "estimated", "next", "tomorrow", "upcoming", "future", "going", "would",
         "should", "might"), _AHEAD),
    **dict.fromkeys(
        ("reduce", "cut", "stop", "delete", "terminate", "kill", "shut", "save", "optimize",
         "optimise", "rightsize", "resize", "buy", "alert", "notify",
         "warn", "remind", "schedule", "idle", "unused", "waste", "wasted"), _ACT),
    **dict.fromkeys(
        ("more", "less", "under", "above", "below", "exceeds", "exceeding",
         ">", "<", ">=", "<="), _LIMIT),
    **dict.fromkeys(("average", "avg", "mean", "median", "typical", "typically", "usually"), _MEAN),
    **dict.fromkeys(("cheapest", "smallest", "lowest", "bottom", "fewest", "least"), _SMALL),
    **dict.fromkeys(("my", "mine", "i", "me", "myself"), _WHOSE),
    **dict.fromkeys(("budget", "budgets", "limit", "quota"), "I know no budgets yet."),
}  # fmt: skip

# Of these the ones that only name something: beside other teams “data” is a team.
NOUNS = frozenset(
    {
        "data", "usage", "cloud", "infra", "infrastructure", "ai", "api", "llm", "shared", "common",
        "default", "general", "internal", "external", "global", "misc",
    }
)  # fmt: skip

# Everyday words that teams and projects are also called: on their own they are asked about.
DOUBTFUL = frozenset(CANNOT) | frozenset(
    {
        "why", "reason", "cause", "caused", "explain", "because", "instead", "also", "too", "again",
        "chart", "table", "csv", "those",
        "it", "us", "we", "all", "any", "other", "others", "that", "this", "they", "them", "one",
        "none", "no", "some", "data", "usage", "growth", "cloud", "infra", "infrastructure", "ai",
        "api", "llm", "shared", "common", "default", "general", "internal", "external", "global",
        "unknown", "misc", "new", "old", "increase", "decrease", "trend", "up", "down", "change",
        "savings", "discount", "who", "when", "where", "how", "same", "each", "every",
    }
)  # fmt: skip
