"""Personal data that a pattern tells: what stands before it ("MRN", "born on"), or its own form.

Every repetition has a bound, so that the time for a text grows with its length alone. What is replaced is the
group `it` of a pattern, or all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_I = re.IGNORECASE

# --- addresses of the network -----------------------------------------------------------------------------------------

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}\b", _I)
LINK = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"”]{1,500}[\w/]"
    r"|\b(?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|info|io|us|me|tv|co|health|clinic)\b(?:/[^\s<>\"”]{0,500}[\w/])?",
    _I,
)
HANDLE = re.compile(r"(?<![\w.@/])@[a-z_]\w{2,30}\b", _I)
IP = re.compile(r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![\w:]|\.\d)", _I)

# --- dates ------------------------------------------------------------------------------------------------------------

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_M, _D, _Y = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])", r"(?:19|20)\d\d"
_DAY = rf"{_D}(?:st|nd|rd|th)?"
_FULL = (
    rf"(?:{_MONTH}\s{{1,3}}{_DAY},?\s{{1,3}}{_Y}|{_DAY}\s{{1,3}}(?:of\s)?{_MONTH},?\s{{1,3}}{_Y}"
    rf"|{_M}(?P<sep>[/.-]){_D}(?P=sep){_Y}|{_M}/{_D}/\d\d|{_Y}-[01]\d-[0-3]\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)"
)
_PART = rf"(?:{_M}[.-]{_D}[.-]\d\d|{_MONTH}\s{{1,3}}{_DAY}|{_MONTH},?\s{{1,3}}{_Y}|{_M}/{_Y}|{_Y})"

BIRTH = re.compile(
    r"\b(?:born|d\.?\s?o\.?\s?b\b\.?|date\s+of\s+birth|birth\s?-?date|birthday|b-?day)"
    r"(?:\s{0,3}(?:is|was|it['’]?s|on|in|of|[.:=#-])){0,4}\s{0,3}"
    rf"(?P<it>{_FULL}|{_PART})(?!\d)",
    _I,
)
DATE = re.compile(rf"(?<![\d/.-])(?P<it>{_FULL})(?![\d/-])", _I)
PUBLIC = re.compile(
    r"\b(?:FDA|approv\w{0,5}|publish\w{0,3}|law|rule|guidance|trials?|stud(?:y|ies)|notice|warning|letter|article|court|news)\b",
    _I,
)
SELF = re.compile(r"\b(?:I|me|my|mine|we|us|our)\b|\bi['’]", _I)

# --- numbers that name a person ---------------------------------------------------------------------------------------

_SIGN = r"(?:\s{0,3}(?:card|member|policy|i\.?d\.?|numbers?|num\.?|no\.?|nr\.?|#))"
_IS = r"(?:\s{0,3}(?:is|are|was|[:=-]))"
_VALUE = (
    r"\s{0,3}(?P<it>(?-i:[A-Z]{1,4}[ -])?[a-z]{0,5}\d[a-z0-9]{0,20}"
    r"(?:[ -](?=[a-z]{0,3}\d)[a-z0-9]{1,12}|-[a-z0-9]{1,6}){0,4})\b"
)
_LETTER, _EITHER = "[ac-hj-km-np-rt-y]", "[0-9ac-hj-km-np-rt-y]"
MBI = re.compile(rf"\b[1-9]{_LETTER}{_EITHER}\d[ -]?{_LETTER}{_EITHER}\d[ -]?{_LETTER}{{2}}\d\d\b", _I)
INSURANCE = re.compile(
    r"\b(?:(?:member(?:ship)?|subscriber|policy|group|plan|claim|insurance|medicare|medicaid|tenncare|beneficiary|"
    r"prior\s+auth(?:orization)?|authorization|referral|benefits?)"
    rf"(?:{_SIGN}{{1,3}}{_IS}{{0,2}}|{_IS}{{1,2}})|mbi{_SIGN}{{0,2}}{_IS}{{0,2}}){_VALUE}",
    _I,
)
RECORD = re.compile(
    rf"\b(?:m\.?r\.?n\b\.?{_SIGN}{{0,2}}|(?:(?:medical|health|patient)\s+(?:record|chart|file)|record|chart|patient|"
    rf"account|acct|encounter|visit|prescription|rx|case|file|accession|specimen){_SIGN}{{1,3}}){_IS}{{0,2}}{_VALUE}",
    _I,
)
OTHER = re.compile(
    r"\b(?:driver['’]?s?\s+licen[cs]e|driving\s+licen[cs]e|licen[cs]e\s+plate|license|licence|plate|passport|vin|"
    rf"serial|state\s+id|green\s+card){_SIGN}{{0,2}}{_IS}{{0,2}}{_VALUE}",
    _I,
)
SSN = re.compile(
    r"(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])"
    r"|\b(?:ssn|social\s+security|social)\b(?:\s{0,3}(?:number|no\.?|#|is|are|was|ends?|ending|in|with|[:=])){0,5}"
    r"\s{0,3}(?P<it>\d{3}[- ]?\d{2}[- ]?\d{4}|\d{4})(?!\d)",
    _I,
)
CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){11,18}(?![\d-])")
CARD_WORD = re.compile(r"\b(?:cards?|visa|master\s?card|amex|discover|debit|credit)\b", _I)
PHONE_WORD = re.compile(
    r"\b(?:phone|ph|cell|mobile|tel|telephone|call|ring|text|reach|fax|desk|office|messages?|answering|registered)\b",
    _I,
)
PHONE_MARKED = re.compile(
    r"\b(?:phone|ph|cell|mobile|tel|telephone|call|ring|text|reach|fax|desk|answering)\b"
    r"(?:\s{0,3}(?:me|us|back|is|are|at|on|to|number|numbers|[:#=.])){0,4}"
    r"\s{0,3}(?P<it>\+?\(?\d(?:[ ().-]{0,2}\d){6,14})(?!\d)",
    _I,
)
LONG = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){8,24}(?![\w-]|[.,]\d)")
"""Nine digits and more in a row are a number of somebody's, whatever it is called."""
REGISTERED = re.compile(r"\b(?:NCT|PMID|PMC|DOI|ISRCTN|NDC|CAS|IND|BLA|CFR)\b[\s:#]{0,3}$", _I)
"""Of a drug, a study or a law, not of a person."""

# --- ages -------------------------------------------------------------------------------------------------------------

_OVER_89 = r"(?P<it>9\d|1[01]\d|12[0-5])"
AGES = (
    re.compile(
        r"(?<![\d.,/-])(?<!over )(?<!above )(?<!under )(?<!below )(?<!than )(?<!least )"
        rf"{_OVER_89}(?=[\s-]{{0,2}}(?:years?|yrs?|y)[\s./-]{{0,2}}(?:old|young|o\b))",
        _I,
    ),
    re.compile(
        r"\b(?:i\s?am|i['’]?m|he\s?is|he['’]s|she\s?is|she['’]s|turn(?:ed|s|ing)?|age|aged"
        r"|(?:mother|father|mom|dad|husband|wife|grand\w{2,7})\s(?:is|was))\s(?:just\s|now\s|almost\s|nearly\s|only\s){0,2}"
        rf"{_OVER_89}(?=\s{{0,2}}(?:$|[,.;:!?)](?!\d)|(?:and|but|with|now|this|in)\b|years?\b|yrs?\b))"
        r"(?!\s(?:and|or)\s(?:older|over|above|up))",
        _I,
    ),
)


def digits(text: str) -> int:
    """How many digits a text has."""
    return sum(map(str.isdigit, text))


def is_card(text: str) -> bool:
    """Whether the digits of a text end in their check digit (Luhn: ISO/IEC 7812-1)."""
    figures = [int(figure) for figure in text if figure.isdigit()][::-1]
    doubled = (figure * 2 - 9 * (figure > 4) for figure in figures[1::2])
    return (sum(figures[::2]) + sum(doubled)) % 10 == 0


def spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Start and end of what is to be replaced, for each match."""
    for match in pattern.finditer(text):
        yield match.span("it" if pattern.groupindex and match["it"] is not None else 0)
