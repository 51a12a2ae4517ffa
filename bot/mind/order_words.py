"""The words that state an order, a direction or a whole without a number."""

from __future__ import annotations

import re


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


# Where one statement ends and the next begins.
CLAUSE = re.compile(
    r"[;:]|\s[–—-]\s|,?\s*\b(?:while|whereas|whilst|but|although|though|however|yet)\b|,\s+which\b|"
    r",?\s+and\s+(?=(?:\S+\s+){1,4}?(?:is|was|are|were|has|had|have|fell|rose|grew|costs?|spent|"
    r"spends|dropped|went|came|comes|took|takes|used|uses|follows?|stay(?:s|ed)|remain(?:s|ed)|"
    r"ma(?:kes|de)|accounts?|increased|decreased|declined|jumped|climbed)\b)|"
    r"\s+and\s+(?=(?:is|was|are|has|fell|rose|grew|increased|decreased|dropped|stayed)\b)",
    re.IGNORECASE,
)
OFFER = re.compile(
    r"^\W*(?:I can|I could|I cannot|I can't|ask me|just ask|you can|you could|want me|want to|"
    r"would you|shall I|should I|let me know|do you (?:mean|want)|which|what|try|please|"
    r"I (?:would )?need|I do not (?:know|have)|I don't (?:know|have)|sorry)\b",
    re.IGNORECASE,
)
TOP = re.compile(
    r"\b(?:(?<!at )(?<!al)most(?! recent| likely| of\b)|largest|biggest|highest|"
    r"(?<!on )top(?! of\b)|"
    r"leads|leading|leader|led(?! by\b)|led by|lead|dominat(?:es|ed|ing)|number one|no\. 1|main|"
    r"primary|chief|costliest|priciest|dearest|greatest|heaviest|hungriest|peaks?|peaked|maximum|"
    r"fastest|steepest|sharpest|strongest|in first place|(?:rank(?:s|ed)?|is|was|comes?|"
    r"came) first|"
    r"#\s?1(?!\d)|1st|outspen[dt]s? (?:all|every|any)\w*)(?!\w)",
    re.IGNORECASE,
)
LOW = re.compile(
    r"\b(?:(?<!at )(?<!not )least(?!-)|smallest|lowest|cheapest|minimum|fewest|slowest|"
    r"(?:is|was|comes?|came|ranks?) last(?! (?:day|week|month|quarter|year)\b)|in last place|"
    r"(?:at )?the bottom|tiniest)\b",
    re.IGNORECASE,
)
_NTH = ["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
NTH = {word: n for n, word in enumerate(_NTH, 2)}
ORDINAL = re.compile(
    r"\b(?P<word>" + "|".join(_NTH) + r"|runner-up|(?P<n>[2-9]|1\d)(?:nd|rd|th))\b"
    r"(?!\s+(?:half|week|month|quarter|day|year|of (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|"
    r"dec)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|question|model endpoint))",
    re.IGNORECASE,
)
NO_ORDINAL = _any(
    r"a", r"one", r"per", r"each", r"every", r"two", r"about a", r"roughly a", r"of a"
)
AMONG = _any(r"among", r"one of", r"some of", r"part of")
COUNT = re.compile(
    r"(?:\b(?:top|largest|biggest|highest|most expensive)\s+(?P<after>\d+|two|three|four|five|six|"
    r"seven|eight|nine|ten)\b|\b(?P<before>\d+|two|three|four|five|six|seven|eight|nine|ten)\s+"
    r"(?:largest|biggest|highest|top|most expensive|smallest|cheapest|lowest)\b)",
    re.IGNORECASE,
)
COUNTS = {
    w: n
    for n, w in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2
    )
}
AHEAD = re.compile(
    r"\b(?:(?:more|higher|bigger|larger|greater|costlier|pricier|dearer)\b(?:\s+[\w%-]+){0,4}?\s+"
    r"than|ahead of|above|exceed(?:s|ed|ing)?|outspen[dt]s?(?! by)|outspending|surpass(?:es|ed)|"
    r"overt(?:ook|akes)|"
    r"outpace[sd]?|outr[au]ns?|tops|topped|beats?|dwarf(?:s|ed)(?! by)|"
    r"times (?:as much|as many|that|the)\b.{0,20}?\b(?:as|of)|"
    r"(?:twice|double|triple|thrice|threefold)\b(?:\s+(?:as|the|much|many|what|that|cost|costs|"
    r"spend|of))*)",
    re.IGNORECASE,
)
BEHIND = re.compile(
    r"\b(?:(?:less|lower|smaller|cheaper|fewer)\b(?:\s+[\w%-]+){0,4}?\s+than|behind(?! (?:it|this|"
    r"that|the)\b)|below|trails|"
    r"trail(?:ed|ing)|half (?:as much as|as many as|of what|that of|what))(?!\w)",
    re.IGNORECASE,
)
EQUAL = _any(
    r"as much as", r"the same as", r"on par with", r"equal(?:s|ed)? to", r"level with",
    r"similar(?:ly)?", r"evenly?", r"equal(?:ly)?", r"neck and neck", r"tied", r"identical",
)  # fmt: skip
_GET = (
    r"(?:gets?|got|gotten|getting|becom(?:e|es|ing)|became|spen[dt]s?|spending|pa(?:y|ys|id|ying)) "
)
_GO = (
    r"(?:went|gone|going|goes|go|came|is|are|was|were|'s|been|trend(?:s|ed|ing)?|creep(?:s|ing)?|"
    r"crept) "
)
_HOW = (
    r"(?=\s+(?:by|from|on|against|versus|vs|about|roughly|nearly|almost|over|[\d$€£¥+-]|sharply|"
    r"slightly|strongly|again|this|last|compared|a bit|a little)|\s*[.,!]|\s*$)"
)
_THAN = (
    r"(?:\s+(?!less\b|lower\b|cheaper\b|fewer\b|smaller\b)\w+){0,3}?\s+than(?=\s+(?:in|on|the|last|"
    r"before|a|previous|it|usual|during|january|february|march|april|may|june|july|august|"
    r"september|october|november|december)\b)"
)
RISE = _any(
    r"rose", r"risen", r"rises?", r"rising", r"grew", r"grown", r"grows?", r"growing", r"growth",
    r"increas(?:e|es|ed|ing)", r"climb(?:s|ed|ing)?", r"jump(?:s|ed|ing)?", r"surg(?:e|es|ed|ing)",
    r"spik(?:e|es|ed|ing)", r"soar(?:s|ed|ing)?", r"uptick", r"upwards?(?! of)", r"ballooned",
    r"skyrocket(?:s|ed)?", r"explod(?:es|ed)", r"accelerat(?:es|ed|ing)", r"through the roof",
    r"doubl(?:ed|es|ing)", r"tripl(?:ed|es|ing)", r"quadrupled", _GO + "up", "up" + _HOW,
    _GET + r"(?:more(?: expensive)?|pricier|dearer|costlier|bigger|larger|higher)(?! than)",
    r"(?:costs?|spent|spends|used|uses|paid|higher|more|pricier|dearer|larger|bigger)" + _THAN,
)  # fmt: skip
FALL = _any(
    r"fell", r"fallen", r"falls?", r"falling", r"dropp(?:ed|ing)", r"drops?", r"eased", r"halved",
    r"decreas(?:e|es|ed|ing)", r"declin(?:e|es|ed|ing)", r"shrank", r"shrunk", r"shrink(?:s|ing)?",
    r"sank", r"sunk", r"dipp(?:ed|ing)", r"dips?", r"slump(?:ed|s)?", r"plung(?:e|es|ed)",
    r"tumbled", r"plummet(?:s|ed)?", r"downtick", r"downwards?", r"reduced", r"reduction",
    r"saved", r"savings?(?! plans?\b)", r"(?:the|big|large|small|sharp|slight) cuts?",
    _GO + "down", "down" + _HOW,
    _GET + r"(?:less(?: expensive)?|cheaper|smaller|lower)(?! than)",
    r"(?:less|lower|cheaper|smaller|fewer)" + _THAN,
)  # fmt: skip
FLAT = _any(
    r"flat", r"stable", r"steady", r"unchanged", r"constant", r"static",
    r"no (?:real |big |major )?change",
    r"(?:did not|didn't|hardly|barely|not) (?:really )?(?:chang\w*|mov\w*)", r"in line with",
    r"stay(?:s|ed) (?:the same|level|put)", r"the same as (?:last|the|in|before)",
    r"about the same",
    r"plateau\w*", r"level(?:l?ed)? off",
)  # fmt: skip
SLIGHT = _any(r"slight(?:ly)?", r"a (?:bit|little|touch)", r"marginal(?:ly)?", r"barely", r"small")
SHARP = _any(
    r"sharp(?:ly)?", r"steep(?:ly)?", r"strong(?:ly)?", r"massive(?:ly)?", r"dramatic(?:ally)?",
    r"significant(?:ly)?", r"substantial(?:ly)?", r"huge(?:ly)?", r"considerabl[ey]", r"surg\w+",
    r"soar\w*", r"skyrocket\w*", r"explod\w+", r"plung\w+", r"plummet\w*", r"spik\w+", r"ballooned",
    r"slump\w*", r"tumbled",
)  # fmt: skip
NOT = re.compile(
    r"(?:\b(?:not|no|never|without|neither|nor|no longer|hardly|isn't|aren't|wasn't|didn't|doesn't|"
    r"don't|hasn't|haven't|weren't)\b)(?:\s+\w+){0,3}\s*$",
    re.IGNORECASE,
)
CAUSE = re.compile(
    r"\b(?:driven(?: \w+)? by|because of|because|due to|owing to|thanks to|caused by|"
    r"as a result of|"
    r"explained by|stem(?:s|med|ming)? from|result(?:s|ed|ing)? from|c[ao]mes? (?:mostly |mainly |"
    r"almost entirely "
    r"|entirely |largely |chiefly )?from|came down to|reasons?|responsible for|behind the|"
    r"contribut\w+|drove|drives|driving|"
    r"drivers?|culprits?|pushed|pulled|cause[ds]?|caused|root cause|comes down to|to blame|"
    r"down to)\b",
    re.IGNORECASE,
)
CAUSE_WORDS = {
    "new": _any(r"new(?:ly)?", r"started", r"launch(?:ed|es)?", r"added", r"appear(?:s|ed)"),
    "gone": _any(
        r"gone", r"removed", r"stopped", r"shut ?down", r"turned off", r"ended", r"deleted"
    ),
    "usage": _any(
        r"usage", r"volume", r"consumption", r"traffic", r"used (?:more|less)", r"more use"
    ),
    "rate": _any(r"prices?", r"rates?", r"pricier", r"dearer", r"pricing", r"unit costs?"),
    "one-off": _any(r"one-offs?", r"purchases?", r"fees?", r"tax(?:es)?", r"refunds?", r"credits?"),
    "exchange": _any(
        r"exchange", r"currency", r"currencies", r"dollars? (?:rose|fell|strength\w+)"
    ),
    "correction": _any(r"corrections?", r"corrected", r"adjustments?"),
}
MOST_OF = _any(
    r"most of", r"majority", r"bulk", r"lion's share", r"mostly", r"mainly", r"largely", r"chiefly",
    r"predominantly", r"primarily", r"more than half", r"over half",
)  # fmt: skip
NEARLY_ALL = _any(r"(?:almost|nearly|virtually|practically) (?:all|everything|entirely|the whole)")
LITTLE_OF = _any(
    r"negligible", r"almost nothing", r"next to nothing", r"hardly anything", r"tiny", r"minor",
    r"insignificant", r"trivial", r"only a fraction", r"a fraction of", r"very little",
)  # fmt: skip
ALL_OF = _any(
    r"all of (?:it|that|this|the (?:spend|cost|costs|increase|change|money|rise|drop))",
    r"everything",
    r"entire(?:ly)?", r"exclusively", r"solely", r"wholly", r"completely", r"fully",
    r"all (?:the |your )?(?:spend|cost|costs|money|spending)",
)  # fmt: skip
EVERY = re.compile(
    r"\b(?:(?<!across )(?<!over )(?<!for )(?<!in )(?<!of )(?<!with )(?<!above )(?<!at )"
    r"(?<!all in )(?<!it )"
    r"all(?! time\b| in all\b| together\b| others?\b| told\b)|every(?! (?:day|week|month|hour|"
    r"quarter)\b)|"
    r"each(?! (?:day|week|month|hour|quarter|other)\b)|both|everyone|everybody|"
    r"most (?:teams|services|models|accounts|projects|of them))\b",
    re.IGNORECASE,
)
ONLY = re.compile(
    r"\b(?:only|nobody else|no other|no one else|nothing else|none of the others)\b"
    r"(?!\s+(?:about|around|some|roughly|[\d$€£¥]|a few|one of|in\b|when|if|because))",
    re.IGNORECASE,
)
NOTHING = re.compile(
    r"\b(?:nothing|none|nobody|no one|no (?:spend(?:ing)?|costs?|charges?|usage|bills?|data|money|"
    r"expenses?|activity|entries|records|(?:other )?(?:teams?|services?|models?|accounts?|"
    r"projects?))|"
    r"zero(?! in)|free|(?:did not|didn't|does not|doesn't|has not|hasn't|not) (?:cost|spen[dt]|"
    r"use|used)"
    r"(?: anything)?|cost(?:s)? nothing|never)\b",
    re.IGNORECASE,
)
TAGGED = re.compile(r"\b(?:un)?(?:tagged|allocated|assigned|attributed)\b", re.IGNORECASE)
ASSUMED = _any(
    r"wast(?:es?|ed|ing|eful)", r"idle", r"unused", r"under-?used", r"overspen[dt]",
    r"over[- ]budget", r"anomal\w+",
    r"utili[sz]\w+", r"chances?", r"discounts?", r"week over week", r"year over year",
    r"fraud\w*", r"stolen", r"abnormal\w*", r"unusual\w*", r"unexpected\w*",
    r"surprising\w*", r"overprovisioned", r"rightsiz\w+", r"cheaper elsewhere", r"seasonal\w*",
    r"as usual", r"as expected", r"normal(?:ly)?", r"typical(?:ly)?", r"forever", r"all-time",
    r"record (?:high|low)", r"weekends?", r"weekdays?", r"overnight", r"at night",
    r"business hours", r"(?:mon|tues|wednes|thurs|fri|satur|sun)days", r"rankings?", r"ranked",
    r"order(?=\W*$)", r"left .{0,20}running", r"forg[oe]t\w*", r"misconfigur\w+", r"blame",
    r"leak(?:s|ed|ing)?", r"mistakes?", r"culprit",
)  # fmt: skip
USES = _any(r"uses?", r"used", r"using", r"consum\w+", r"usage", r"burn\w*", r"tokens?", r"hours?")
PRICES = _any(
    r"price[sd]?", r"per", r"rate", r"unit cost", r"expensive per", r"pricier", r"pricing"
)
PAST = _any(
    r"previously", r"formerly", r"earlier", r"before", r"used to", r"had been", r"back then"
)
MOVE_WORD = re.compile(
    r"\b(?:chang(?:e|es|ed)|mov(?:e|es|ed|er|ers)|swing|contribut\w+|reason|driver|drove|factor|"
    r"difference|shift(?:ed)?|explains?)\b",
    re.IGNORECASE,
)
# What stands in place of a name, and what may stand beside one without saying anything of it.
VEIL = "x"
NAME = re.compile(r"\bx+\b")
SIGN = re.compile("[<>=+≥≤↑↓↗↘⬆⬇▲▼📈📉🔺🔻🥇🥈🥉🏆]")
WORD = re.compile(r"[^\W\d_]+")
NEUTRAL = frozenset(
    re.findall(
        r"\w+",
        "a an and as at by for from here in is are was were it its of on or s so that the their "
        "them these they this those to too with you your our we us i me know called named cost "
        "costs spend spending bill bills charge charges usage figure figures number numbers "
        "total team teams service services model models account accounts project projects "
        "region regions owner owners env environment provider day days week month quarter year "
        "today yesterday last current between during through until per about below above "
        "following table breakdown detail details list listed show shows shown showing see look "
        "looking include includes included including split only compared against previous "
        "period respectively january february march april may june july august september "
        "october november december ",
    )
)
