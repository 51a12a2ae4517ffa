"""The words that numbers are said with, and those that turn or bound them."""

from __future__ import annotations

import re
from decimal import Decimal

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: Decimal(n) for n, word in enumerate(_ONES.split())}
TENS = {word: Decimal(10 * n) for n, word in enumerate(_TENS.split(), 2)}
SCALES = {
    "hundred": Decimal(100),
    "thousand": Decimal(1000),
    "million": Decimal(10) ** 6,
    "billion": Decimal(10) ** 9,
    "trillion": Decimal(10) ** 12,
    "dozen": Decimal(12),
}
# After digits; letters alone only where they stand at the number: `1.2k`, `3.4M`.
SUFFIXES = {
    **SCALES,
    "k": Decimal(1000),
    "grand": Decimal(1000),
    "m": Decimal(10) ** 6,
    "mn": Decimal(10) ** 6,
    "mm": Decimal(10) ** 6,
    "mio": Decimal(10) ** 6,
    "b": Decimal(10) ** 9,
    "bn": Decimal(10) ** 9,
    "t": Decimal(10) ** 12,
    "tn": Decimal(10) ** 12,
    "lakh": Decimal(10) ** 5,
    "crore": Decimal(10) ** 7,
}
CURRENCY_SIGNS = {
    "$": "USD",
    "us$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
}
CURRENCY_WORDS = {
    "dollar": "USD",
    "buck": "USD",
    "euro": "EUR",
    "pound": "GBP",
    "yen": "JPY",
    "rupee": "INR",
    "won": "KRW",
}
_CODES = (
    "USD EUR GBP JPY INR KRW CHF CAD AUD NZD CNY HKD SGD SEK NOK DKK PLN CZK HUF ILS TRY BRL MXN "
    "ZAR AED SAR THB IDR MYR PHP VND TWD CLP COP ARS RON BGN ISK UAH"
)
CURRENCY_CODES = frozenset(_CODES.split())
FRACTIONS = {
    "half": Decimal(50),
    "third": Decimal(100) / 3,
    "quarter": Decimal(25),
    "fifth": Decimal(20),
    "sixth": Decimal(100) / 6,
    "eighth": Decimal("12.5"),
    "tenth": Decimal(10),
}
TIMES: dict[str, int | Decimal] = {
    "twice": 2,
    "double": 2,
    "doubled": 2,
    "doubles": 2,
    "doubling": 2,
    "twofold": 2,
    "thrice": 3,
    "triple": 3,
    "tripled": 3,
    "triples": 3,
    "tripling": 3,
    "threefold": 3,
    "quadruple": 4,
    "quadrupled": 4,
    "fourfold": 4,
    "fivefold": 5,
    "tenfold": 10,
    "halved": Decimal("0.5"),
    "halves": Decimal("0.5"),
    "halving": Decimal("0.5"),
}
# Sizes that cannot be checked.
VAGUE = re.compile(
    r"\b(?:hundreds|thousands|millions|billions|trillions|dozens|[a-z]+[- ](?:digits?|figures?)"
    r"(?=\s+(?:sum|amount|spend|cost|growth|percent|range|bill|increase|drop))"
    r"|(?:single|double|triple)[- ]digits?|manifold|\w+-fold|bps|basis points?)\b",
    re.IGNORECASE,
)

OVER = (
    r"more than|over|above|at least|exceed(?:s|ed|ing)?|north of|upwards? of|greater than|"
    r"higher than|beyond|in excess of|no less than|not less than|just over|a little over|"
    r"slightly over|well over|surpass(?:es|ed|ing)?|top(?:s|ped)|past|>=?|≥"
)
UNDER = (
    r"no more than|not more than|less than|under|below|at most|up to|fewer than|lower than|"
    r"nearly|almost|just under|just shy of|a little under|slightly under|well under|within|"
    r"<=?|≤"
)
HEDGE = (
    r"about|around|roughly|approximately|approx\.?|some|circa|ca\.|close to|~|≈|nearly|almost|"
    r"just over|just under|just shy of|a little over|a little under|slightly over|slightly under"
)
BOUND_BEFORE = re.compile(rf"(?:(?<=\W)|^)(?:(?P<under>{UNDER})|(?P<over>{OVER}))\s*$", re.I)
HEDGE_BEFORE = re.compile(rf"(?:(?<=\W)|^)(?:{HEDGE})(?:\s+(?:an?|the|to))?\s*$", re.I)

_UP = (
    "rose rise rises risen rising increase increased increases increasing up grew grow grows "
    "growth grown growing more higher jump jumped jumps climbed climb climbs gain gained gains "
    "added adds surged surge extra additional spike spiked soared greater pricier uptick"
)
_DOWN = (
    "fell fall falls fallen falling drop dropped drops dropping decrease decreased decreases "
    "decreasing down decline declined declines declining less lower fewer shrank shrink shrunk "
    "saved saving savings saves cut cuts reduced reduction reduces cheaper dip dipped slump "
    "plunged plunge smaller sank downtick"
)
UP_WORDS, DOWN_WORDS = frozenset(_UP.split()), frozenset(_DOWN.split())
DIRECTION = re.compile(rf"\b(?:{'|'.join((_UP + ' ' + _DOWN).split())})\b", re.IGNORECASE)
CHANGE_BEFORE = re.compile(
    rf"\b(?:{'|'.join((_UP + ' ' + _DOWN).split())})(?:\s+(?:by|of|about|roughly|around))*\s*$",
    re.IGNORECASE,
)
CHANGE_AFTER = re.compile(
    rf"^[\s-]{{0,2}}(?:(?:cost|spend(?:ing)?|price|monthly|weekly|daily|net|a)\s+)*"
    rf"(?:{'|'.join((_UP + ' ' + _DOWN).split())})\b",
    re.IGNORECASE,
)
DIFFERENCE = re.compile(r"\b(?:chang(?:e|es|ed)|differen(?:ce|ces|t)|delta|swing|moved?)\b", re.I)
PAST = re.compile(r"\b(?:previously|formerly|earlier|before|prior)\b", re.IGNORECASE)
FUTURE = re.compile(
    r"\b(?:will|would|could|might|may(?! \d)|should|next|upcoming|forecast(?:ed)?|projected|"
    r"projects|projection|expect(?:ed|s)?|going to|on (?:track|course|pace)|set to|"
    r"likely|estimated?)\b",
    re.IGNORECASE,
)
SUPERLATIVE = re.compile(
    r"\b(?:largest|biggest|highest|top|most|leading|leader|smallest|lowest|least|number one|rest|"
    r"others?|priciest|costliest|cheapest)\b",
    re.IGNORECASE,
)
BEFORE_WORDS = re.compile(
    r"\b(?:from|than|against|versus|vs|compared|previous(?:ly)?|before|last|earlier|prior|ago|"
    r"preceding|formerly)\b",
    re.IGNORECASE,
)
COMPARED = re.compile(
    r"\b(?:from|than|against|versus|vs|compared|as (?:much|many|high|large|big|in))\b",
    re.IGNORECASE,
)
NO_TURN = re.compile(r"\b(?:ma(?:k(?:e|es|ing)|de)|adds?|added|sums?|ends?|ended) up\b", re.I)
WHOLE_WORDS = re.compile(
    r"\b(?:total(?:s|led|ling)?|overall|altogether|in all|together|combined|whole|everything)\b",
    re.IGNORECASE,
)
SUMMED = re.compile(r"\b(?:together|combined)\b", re.IGNORECASE)
# What is calculated with a plain number is a rate, a share or a supposition, and said to be one.
SCALED = re.compile(
    r"\b(?:average|averag\w+|mean|per|an? (?:day|week|month|quarter|year|hour)|each|every|daily|"
    r"weekly|monthly|hourly|annual\w*|yearly|run[- ]rate|pace|rate|would|could|if|projected|"
    r"extrapolat\w+|times|half|twice|double|save|cut|left|remaining|over|under|above|below|short|"
    r"budget|limit|gap|difference|equals?)\b|=",
    re.IGNORECASE,
)
# What has accrued is an estimate, and said to be one.
ESTIMATE = re.compile(r"\b(?:estimat\w*|accru\w+|unbilled|not (?:yet )?billed)\b", re.IGNORECASE)
# Whose a figure is said to be: “S3 cost $5”, “$5 on storage”.
OWNER_BEFORE = re.compile(
    r"(?:^|[,;:(]|\b(?:and|while|but)\b)(?P<who>[^,;:()]*?)\s(?:costs?|spent|spends?|paid|came to|"
    r"comes? to|totals?|totall?ed|amount(?:s|ed) to|is|was|charged|billed|used|took|stands? at)\b"
    r"[^,;:()]*$",
    re.IGNORECASE,
)
OWNER_AFTER = re.compile(r"^\s*(?:on|for|by|in|from|(?:went )?to)(?P<who>(?:\s+[\w-]+){1,2})", re.I)
WORD = re.compile(r"\w*[^\W\d]\w*")
OWNERLESS = frozenset(
    ["all", "overall", "together", "combined", "altogether", "everything", "average", "price",
     "that", "cloud", "whole", "sum", "amount", "grand", "increase", "change", "rise", "difference",
     "over", "before", "earlier", "previously", "yes", "no", "now", "again", "same", "which", "up",
     "ai"]
)  # fmt: skip
BUDGET_BEFORE = re.compile(
    r"\b(?:budget|limit|quota|target|cap|goal|threshold)(?:\s+(?:is|was|of|at|stands at))?\W*$",
    re.IGNORECASE,
)
CREDIT_BESIDE = re.compile(
    r"\b(?:credits?|refunds?|discounts?)(?:\s+(?:is|was|of|worth|came to))?\W*$", re.IGNORECASE
)
CREDIT_AFTER = re.compile(
    r"^\s*(?:in|of|as|worth of)\s+(?:credits?|refunds?|discounts?)\b", re.IGNORECASE
)
WHOLE_AFTER = re.compile(r"^\s*(?:total|overall|whole)\b(?!\s+for\b)", re.IGNORECASE)
PER = re.compile(
    r"^\s*(?:/|per\b|an?\b(?=\s+(?:day|week|month|quarter|year|hour|minute|token|million|gpu))|"
    r"each\b|every\b|daily\b|weekly\b|monthly\b|yearly\b|hourly\b|annually\b|apiece\b)",
    re.IGNORECASE,
)
AVERAGE_BEFORE = re.compile(
    r"\b(?:average|averag(?:es|ed|ing)|mean|daily|weekly|monthly|hourly|annual(?:ly|ized|ised)?|"
    r"yearly|forecast|projected|expected|run[- ]rate)\b",
    re.IGNORECASE,
)
CREDIT_WORDS = re.compile(r"\b(?:credits?|refunds?|negative|minus|discounts?|back)\b", re.I)
PRONOUN = re.compile(
    r"^\W*(?:it|its|it's|they|their|them|this|that|these|those|he|she|which|both|the (?:team|"
    r"former|latter|same|other|service|model|change|difference|increase|decrease|rise|drop))\b",
    re.IGNORECASE,
)
OWN_WORDS = re.compile(
    r"\b(?:your|you (?:asked|mentioned|named|said|set|gave))\b.*|\b(?:budget|limit|threshold|"
    r"target|cap|goal)\b",
    re.IGNORECASE,
)
