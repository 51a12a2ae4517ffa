"""Every amount, percentage and quantity that a sentence states, with how exactly it states it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.mind import words

_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?: \d{3})+(?!\d)|"
    r"\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)"
)
_CODES = "|".join(sorted(words.CURRENCY_CODES))
_DIGITS = re.compile(
    rf"(?P<sign>(?<![\w)])[-+±]\s?)?"
    rf"(?P<currency>(?:US|A|C|NZ|HK|S)?\$|[€£¥₹₩]|(?<![A-Za-z])(?:{_CODES}))?"
    rf"(?P<gap>(?(currency)\s?))(?P<sign2>(?<=[$€£¥₹₩])[-+])?(?P<number>{_NUMBER})",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"(?:(?P<letter>k|mn|mm|mio|m|bn|b|tn|t)(?![A-Za-z0-9])|"
    r"[ -]?(?P<word>hundred|thousand|million|billion|trillion|grand|lakh|crore|dozen|bn|mn)\b)",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"[ -]?(?:%|percent\b|per cent\b|pct\b)", re.IGNORECASE)
_POINTS = re.compile(r"[ -]?(?:%-?points?|percentage[ -]points?|pp\b|ppts?\b)", re.IGNORECASE)
_CURRENCY = re.compile(
    rf"\s?(?:(?P<sign>[$€£¥₹₩])|-?(?P<code>{_CODES})\b|"
    rf"[ -]?(?:US )?(?P<word>dollar|buck|euro|pound|yen|rupee|won)s?\b|(?P<cents>-?cents?\b|¢))",
    re.IGNORECASE,
)
_TIMES = re.compile(r"(?:\s?[x×](?![A-Za-z0-9])|[ -]times\b|[- ]?fold\b)", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b", re.IGNORECASE)
_NOUNS = re.compile(r"[ -]?((?:[A-Za-z][A-Za-z]*[ -]?){0,3})")
_FRACTION = re.compile(r"\s?[/⁄]\s?(\d{1,3})(?![\d/])")
# A name with digits in it, such as p4d.24xlarge, gpt-5, us-east-1, H100; no number of its own.
_IDENTIFIER = re.compile(
    r"(?<![\w$€£.])(?=[A-Za-z])(?:[A-Za-z]+[0-9]{1,4}[A-Za-z]*|[A-Za-z]+)"
    r"(?:[-_/](?:[A-Za-z]+[0-9]{0,4}[A-Za-z]*|[0-9]{1,3}[A-Za-z]+[0-9]*|[0-9]{1,2})"
    r"|(?<=[0-9A-Za-z])\.(?:[0-9]{1,2}[A-Za-z][A-Za-z0-9]*|[a-z][A-Za-z0-9]*)"
    r"|(?<=[0-9])\.[0-9]{1,2})*(?![\w%])"
)
_LIST_MARK = re.compile(r"^\s*(?:#{1,6}\s+)?\(?\d{1,2}[.)]\s+")
_WORD = re.compile(r"[A-Za-z]+")
_FRACTION_WORDS = re.compile(
    r"\b(?:(?P<many>one|two|three|four|a|an|the)[ -])?(?P<part>half|third|quarter|fifth|sixth|"
    r"eighth|tenth)(?P<plural>s)?\b",
    re.IGNORECASE,
)
_ORDINAL_HALF = re.compile(
    r"\b(?:first|second|other|latter|this|last|previous|next|per)[ -]$", re.I
)
_COUNTS = {"one": 1, "a": 1, "an": 1, "the": 1, "two": 2, "three": 3, "four": 4}


class Kind(StrEnum):
    """What a sentence states with a number."""

    MONEY = "money"
    PERCENT = "percent"
    NUMBER = "number"
    TIMES = "times"  # twice, 3x, doubled
    RANK = "rank"  # 2nd, #1
    VAGUE = "vague"  # cannot be checked: thousands of, ③


@dataclass(frozen=True, slots=True)
class Claim:
    """One number of a sentence.

    Args:
        start: where in the text, the currency included.
        end: where it ends, its unit included for money and percentages.
        kind: what it states.
        value: without sign; a percentage in percent.
        step: what one more in its last digit is worth; it says how exactly the number is given.
        unit: the currency of money; in lower case, the words that follow a quantity.
        sign: -1, 0 where none is written, or 1.
        bound: “over” and “under” where it is given as a bound.
        is_hedged: said with “about”.
        is_scaled: said in thousands or millions, which is to say rounded.
        bound_start: where the words of bound and hedge begin.
    """

    start: int
    end: int
    kind: Kind
    value: Decimal = Decimal(0)
    step: Decimal = Decimal(1)
    unit: str = ""
    sign: int = 0
    bound: str = ""
    is_hedged: bool = False
    is_scaled: bool = False
    bound_start: int = 0


def checkable(text: str) -> str:
    """The text as its reader sees it: one spelling of digits and dashes, no emphasis marks."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(" " if unicodedata.category(c)[0] in "ZC" else c for c in text)
    text = text.translate(_SPELLINGS)
    return re.sub(r"(?<=\d)_+(?=\d)|(?<![A-Za-z0-9])_+|_+(?![A-Za-z0-9])", "", text)


_SPELLINGS = str.maketrans(
    {
        "−": "-",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "﹣": "-",
        "*": "",
        "`": "",
        "~": "",
        "\\": "",
        "’": "'",
    }
)


def claims(text: str) -> tuple[Claim, ...]:
    """The numbers of a `checkable` text in order; names and days are blanked out before.

    What looks like a number and cannot be read is a claim of kind `VAGUE`.
    """
    rest = _blanked(text, _LIST_MARK.finditer(text))
    rest = _blanked(rest, (m for m in _IDENTIFIER.finditer(rest) if _is_name(m[0])))
    found: list[Claim] = []
    for claim in (*_vague(rest), *_digits(rest), *_fractions(rest), *_times(rest), *_spelled(rest)):
        if not any(claim.start < other.end and other.start < claim.end for other in found):
            found.append(_bounded(text, claim))
    return tuple(sorted(found, key=lambda c: c.start))


def _is_name(text: str) -> bool:
    """Whether digits in it are part of a name: not a unit, currency or factor before a number."""
    first = re.match(r"[A-Za-z]+", text)
    head = first[0].upper() if first else ""
    is_amount = head in words.CURRENCY_CODES or head == "X"
    return any(c.isdigit() for c in text) and not is_amount


def _blanked(text: str, matches: Iterator[re.Match[str]]) -> str:
    for match in list(matches):
        text = text[: match.start()] + "\x00" * len(match[0]) + text[match.end() :]
    return text


def _vague(text: str) -> Iterator[Claim]:
    for match in words.VAGUE.finditer(text):
        yield Claim(match.start(), match.end(), Kind.VAGUE)
    for at, char in enumerate(text):
        if ord(char) > 127 and _is_odd(char):
            yield Claim(at, at + 1, Kind.VAGUE)


def _is_odd(char: str) -> bool:
    """Another script's digit, or a currency that bills here do not have."""
    is_number = unicodedata.numeric(char, None) is not None
    return is_number or (unicodedata.category(char) == "Sc" and char not in "€£¥₹₩")


def _digits(text: str) -> Iterator[Claim]:
    for match in _DIGITS.finditer(text):
        value, step = _value(match["number"])
        before = text[: match.start("number")].rstrip()
        if before.endswith("#"):
            yield Claim(len(before) - 1, match.end(), Kind.RANK, value)
        elif fraction := _FRACTION.match(text, match.end()):
            yield _fraction(match.start(), fraction.end(), value, Decimal(fraction[1]))
        elif (suffix := _ORDINAL.match(text, match.end())) and not match["currency"]:
            yield Claim(match.start(), suffix.end(), Kind.RANK, value)
        else:
            sign = (match["sign"] or match["sign2"] or "").strip()
            yield _with_unit(
                text,
                Claim(
                    match.start(),
                    match.end(),
                    Kind.NUMBER,
                    value,
                    step,
                    unit=match["currency"] or "",
                    sign={"-": -1, "+": 1}.get(sign, 0),
                ),
            )


def _value(text: str) -> tuple[Decimal, Decimal]:
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", text):
        text = text.replace(".", "").replace(",", ".")
    value = Decimal(text.replace(",", "").replace(" ", ""))
    return value, Decimal(1).scaleb(min(0, int(value.as_tuple().exponent)))


def _with_unit(text: str, claim: Claim) -> Claim:
    """The claim with what follows its digits: scale, percent, currency, times or a noun."""
    currency, at = claim.unit.lower(), claim.end
    value, step, is_scaled = claim.value, claim.step, claim.is_scaled
    if scale := _SCALE.match(text, at):
        factor = words.SUFFIXES[(scale["letter"] or scale["word"]).lower()]
        value, step, at, is_scaled = value * factor, step * factor, scale.end(), True
    kind, unit, end = _kind(text, at, currency)
    if kind is Kind.MONEY and unit == "cents":
        unit, value, step = "USD", value / 100, step / 100
    return Claim(
        claim.start, end, kind, value, step, unit, claim.sign, "", False, is_scaled, claim.start
    )


def _kind(text: str, at: int, currency: str) -> tuple[Kind, str, int]:
    if currency:
        return Kind.MONEY, words.CURRENCY_SIGNS.get(currency, currency.upper()), at
    if points := _POINTS.match(text, at):
        return Kind.NUMBER, "points", points.end()
    if percent := _PERCENT.match(text, at):
        return Kind.PERCENT, "", percent.end()
    if times := _TIMES.match(text, at):
        return Kind.TIMES, "", times.end()
    if money := _CURRENCY.match(text, at):
        if money["cents"]:
            return Kind.MONEY, "cents", money.end()
        sign, code, word = money["sign"], money["code"], money["word"]
        unit = words.CURRENCY_SIGNS.get(sign or "") or (code or "").upper()
        return Kind.MONEY, unit or words.CURRENCY_WORDS[word.lower()], money.end()
    noun = _NOUNS.match(text, at)
    return Kind.NUMBER, " ".join((noun[1] if noun else "").lower().split()), at


def _fraction(start: int, end: int, above: Decimal, below: Decimal) -> Claim:
    if above >= below:
        return Claim(start, end, Kind.VAGUE)  # 24/7, 50/50
    return Claim(start, end, Kind.PERCENT, above / below * 100, Decimal(2))


def _fractions(text: str) -> Iterator[Claim]:
    for match in _FRACTION_WORDS.finditer(text):
        part, many = match["part"].lower(), (match["many"] or "").lower()
        if part != "half" and (not many or (many == "the" and not match["plural"])):
            continue  # “the third largest”, “last quarter”
        if _ORDINAL_HALF.search(text[: match.start()]):
            continue
        value = words.FRACTIONS[part] * _COUNTS.get(many, 1)
        yield Claim(match.start(), match.end(), Kind.PERCENT, value, Decimal(2))


def _times(text: str) -> Iterator[Claim]:
    for match in _WORD.finditer(text):
        factor = words.TIMES.get(match[0].lower())
        if factor is not None:
            step = Decimal("0.1")
            yield Claim(match.start(), match.end(), Kind.TIMES, Decimal(factor), step)


def _spelled(text: str) -> Iterator[Claim]:
    """Numbers in words: `two million tokens`, `twelve percent`, `a hundred dollars`."""
    run: list[re.Match[str]] = []
    for match in (*_WORD.finditer(text), None):
        if match and _continues(text, run, match):
            run.append(match)
            continue
        if run and (claim := _said(text, run)):
            yield claim
        run = [match] if match and _begins(text, match) else []


def _begins(text: str, match: re.Match[str]) -> bool:
    word = match[0].lower()
    if word in ("a", "an"):
        return bool(
            re.match(r"\s+(?:hundred|thousand|million|billion|dozen)\b", text[match.end() :])
        )
    return word in words.ONES or word in words.TENS or word in words.SCALES


def _continues(text: str, run: list[re.Match[str]], match: re.Match[str]) -> bool:
    if not run or text[run[-1].end() : match.start()].strip(" -"):
        return False
    word = match[0].lower()
    if word == "and":
        return run[-1][0].lower() in words.SCALES and _begins_after(text, match.end())
    return word in words.ONES or word in words.TENS or word in words.SCALES


def last_place(value: Decimal) -> Decimal:
    """What the last digit that is no zero is worth: 100 for 1,200."""
    return Decimal(1).scaleb(int(value.normalize().as_tuple().exponent)) if value else Decimal(1)


def _begins_after(text: str, at: int) -> bool:
    following = _WORD.search(text, at)
    return bool(following and following[0].lower() in {**words.ONES, **words.TENS})


def _said(text: str, run: list[re.Match[str]]) -> Claim | None:
    spelled = [match[0].lower() for match in run]
    whole, part = Decimal(0), Decimal(0)
    for word in spelled:
        if word in words.SCALES:
            part = (part or 1) * words.SCALES[word]
            if words.SCALES[word] >= 1000:
                whole, part = whole + part, Decimal(0)
        else:
            part += words.ONES.get(word) or words.TENS.get(word) or 0
    is_scaled = any(word in words.SCALES for word in spelled)
    value = whole + part
    step = last_place(value) if is_scaled else Decimal(1)
    claim = _with_unit(
        text,
        Claim(run[0].start(), run[-1].end(), Kind.NUMBER, value, step, is_scaled=is_scaled),
    )
    is_pronoun = spelled == ["one"] and claim.kind is Kind.NUMBER
    return None if is_pronoun else claim


def _bounded(text: str, claim: Claim) -> Claim:
    """The claim with the “about” or “more than” before it."""
    before = text[: claim.start]
    bound = words.BOUND_BEFORE.search(before)
    hedge = words.HEDGE_BEFORE.search(before)
    start = min([claim.start, *(m.start() for m in (bound, hedge) if m)])
    return Claim(
        claim.start,
        claim.end,
        claim.kind,
        claim.value,
        claim.step,
        claim.unit,
        claim.sign,
        "" if not bound else "over" if bound["over"] else "under",
        bool(hedge),
        claim.is_scaled,
        start,
    )
