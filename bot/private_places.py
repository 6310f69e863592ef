"""Postal addresses as they are written in the United States: streets, boxes, towns with their ZIP codes."""

from __future__ import annotations

import re

_I = re.IGNORECASE
_STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|"
    "Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|"
    "Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|"
    "Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|"
    "West Virginia|Wisconsin|Wyoming"
)
_STATE_CODES = (
    "A[AEKLPRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]|"
    "W[AIVY]"
)
_STATE = rf"(?:(?-i:{_STATE_CODES})\b|(?:{_STATE_NAMES})\b|tn\b)"
_TOWN = r"(?-i:[AFD]PO|[A-Z][a-z'’.]+(?:[ -][A-Z][a-z'’.]+){0,2})"
_ZIP = r"\d{5}(?:-\d{4})?\b"
_UNIT = (
    r"(?:,?\s{1,4}(?:(?:apt|apartment|unit|suite|ste|lot|room|rm|bldg|building|floor|trailer)\b\.?\s?#?\s?|#\s?)"
    r"[\w-]{1,6})"
)
_END = rf"(?:{_UNIT}{{0,2}}(?:(?:,?\s{{1,4}}{_TOWN})?,?\s{{1,4}}{_STATE}(?:,?\s{{1,4}}{_ZIP})?|,?\s{{1,4}}{_ZIP})?)"

_WAYS = (
    "street|avenue|road|boulevard|lane|drive|court|circle|place|way|pike|parkway|highway|terrace|trail|loop|square|"
    "hollow|hill|ridge|cove|run|pass|plaza|point|bend|crossing|alley|row|"
    "st|ave|rd|blvd|ln|dr|ct|cir|pl|pkwy|hwy|ter|trl|sq|cv|pt|xing"
)
_SURE_WAYS = "street|avenue|ave|road|rd|boulevard|blvd|lane|ln|parkway|pkwy|pike|highway|hwy"
_SIDE = r"(?:(?:north|south|east|west|[nsew]|ne|nw|se|sw)\b\.?)"

STREETS = (
    re.compile(
        rf"(?<![\w.,/-])\d{{1,6}}[a-z]?\s{{1,3}}(?:{_SIDE}\s)?(?:(?-i:[A-Z0-9])[\w'’.-]{{0,20}}\s){{1,4}}"
        rf"(?-i:(?=[A-Z]))(?:{_WAYS})\b\.?(?:\s{_SIDE})?{_END}",
        _I,
    ),
    re.compile(
        rf"(?<![\w.,/-])\d{{2,6}}\s(?!(?:mg|ml|mcg|days?|weeks?|months?|years?|hours?|minutes?|percent|people|patients|"
        rf"million|cells?|miles?|feet|pounds|lbs)\b)(?:{_SIDE}\s)?(?:[a-z0-9'’.-]{{1,20}}\s){{1,3}}(?:{_SURE_WAYS})\b\.?"
        rf"(?:\s{_SIDE})?{_END}",
        _I,
    ),
    re.compile(
        r"(?<![\w.,/-])\d{1,6}\s(?:(?:old|state|us|u\.s\.|county)\s){0,2}(?:highway|hwy|route|rt|county road|cr|sr)"
        rf"\b\.?\s\d{{1,4}}(?:\s{_SIDE})?{_END}",
        _I,
    ),
    re.compile(rf"\b(?:p\.?\s?o\.?\s?box|psc\s\d{{1,5}},?\s{{1,3}}box|box)\s\d{{1,6}}{_END}", _I),
    re.compile(rf"{_TOWN},?\s{{1,3}}{_STATE},?\s{{1,3}}{_ZIP}", _I),
    re.compile(r"\bzip(?:\s?code)?(?:\s?(?:is|:|#|=)){0,2}\s?(?P<it>\d{5}(?:-\d{4})?|\d{3,4}(?:\s\d\d)?)(?![\w-])", _I),
    re.compile(r"(?<![\w.,/-])\d{5}-\d{4}(?![\w-])"),
    re.compile(r"\baddress(?:es)?\s?:\s{0,4}(?P<it>(?:[^\n]|\n(?!\s{0,4}\n)){1,150})", _I),
    re.compile(r"\bmy\s(?:\w{3,10}\s)?address\s(?:is|to)\s(?P<it>(?=[^.?!\n]{0,60}\d)[^.?!\n]{1,100})", _I),
    re.compile(
        r"\b(?:address(?:es)?|liv(?:e|es|ed|ing)|resid(?:e|es|ing)|meet\s(?:me|you)|reside)(?:\s?(?:is|at|with|same|:)){0,3}"
        r"\s{1,4}(?P<it>\d[\w'’./-]{0,9}(?:,?\s{1,4}(?-i:[A-Z0-9#])[\w'’./-]{0,20}){1,12})",
        _I,
    ),
)
