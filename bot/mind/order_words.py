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
    r"than|ahead of|above|exceed(?:s|ed|ing)?|outspen[dt]s?|outspending|surpass(?:es|ed)|"
    r"overt(?:ook|akes)|"
    r"outpace[sd]?|outr[au]ns?|tops|topped|beats?|dwarf(?:s|ed)|times (?:as much|as many|that|"
    r"the)\b.{0,20}?\b(?:as|of)|"
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
    r"similar(?:ly)?", r"evenly?", r"equally?", r"neck and neck", r"tied", r"identical",
)  # fmt: skip
RISE = re.compile(
    r"\b(?:rose|risen|rises?|rising|grew|grown|grows?|growing|growth|increas(?:e|es|ed|ing)|"
    r"climb(?:s|ed|ing)?|"
    r"jump(?:s|ed|ing)?|surg(?:e|es|ed|ing)|spik(?:e|es|ed|ing)|soar(?:s|ed|ing)?|uptick|"
    r"upwards?(?! of)|"
    r"(?:went|gone|going|goes|go|is|are|was|were|'s|been|trend(?:s|ed|ing)?|creep(?:s|ing)?|"
    r"crept) up|"
    r"up(?=\s+(?:by|from|on|against|versus|vs|about|roughly|nearly|almost|over|[\d$€£¥+]|sharply|"
    r"slightly|"
    r"strongly|again|this|last|compared|a bit|a little)|[\s]*[.,!]|\s*$)|"
    r"rises|skyrocket(?:s|ed)?|ballooned|explod(?:es|ed)|accelerat(?:es|ed|ing)|doubl(?:ed|es|ing)|"
    r"tripl(?:ed|es|ing)|quadrupled|(?:cost|costs|spent|spends|used|uses|paid|higher|more|pricier|"
    r"dearer|larger|bigger)(?:\s+\w+){0,3}?\s+than(?=\s+(?:in|on|the|last|before|a|previous|it|"
    r"usual|during|"
    r"october|september|august|july|june|may|april|march|february|january|december|november)\b))"
    r"(?!\w)",
    re.IGNORECASE,
)
FALL = re.compile(
    r"\b(?:fell|fallen|falls?|falling|dropp(?:ed|ing)|drops?|decreas(?:e|es|ed|ing)|declin(?:e|es|"
    r"ed|ing)|"
    r"shrank|shrunk|shrinks?|shrinking|sank|sunk|dipp(?:ed|ing)|dips?|slump(?:ed|s)?|plung(?:e|es|"
    r"ed)|tumbled|"
    r"plummet(?:s|ed)?|downtick|downwards?|reduced|reduction|eased|halved|(?:went|gone|going|goes|"
    r"is|are|"
    r"was|were|'s|been|trend(?:s|ed|ing)?|came) down|(?:the|big|large|small|sharp|slight) cuts?|"
    r"down(?=\s+(?:by|from|on|against|versus|vs|about|roughly|nearly|almost|over|[\d$€£¥-]|"
    r"sharply|slightly|"
    r"strongly|again|this|last|compared|a bit|a little)|[\s]*[.,!]|\s*$)|"
    r"(?:less|lower|cheaper|smaller|fewer)(?:\s+\w+){0,3}?\s+than(?=\s+(?:in|on|the|last|before|a|"
    r"previous|"
    r"it|usual|during|october|september|august|july|june|may|april|march|february|january|december|"
    r"november)\b))(?!\w)",
    re.IGNORECASE,
)
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
ASSUMED = re.compile(
    r"\b(?:wast(?:e|ed|ing|eful)|idle|unused|under-?used|overspen[dt]|over[- ]budget|anomal\w+|"
    r"fraud\w*|"
    r"stolen|abnormal\w*|unusual\w*|unexpected\w*|surprising\w*|overprovisioned|rightsiz\w+|"
    r"cheaper elsewhere|seasonal\w*|as usual|as expected|normal(?:ly)?|typical(?:ly)?|forever|"
    r"record (?:high|low)|all-time|weekends?|weekdays?|overnight|at night|business hours|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days)\b",
    re.IGNORECASE,
)
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
