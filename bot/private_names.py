"""Names of people, where something marks them: "my name is", a title, a letter's end, "my husband"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_I = re.IGNORECASE
_WORD = re.compile(r"[^\W\d_](?:[\w’'-]{0,30}[^\W_])?\.?")
_GAP = re.compile(r"[ \t]{0,3}")
_MOST = 4
"""Words of a name at most."""
_INITIAL = 3
"""Letters, point included, of an initial or of Jr. at most: a longer word's point ends the sentence."""

_INTRODUCED = re.compile(
    r"\b(?:my|his|her|their|patient(?:['’]s)?|maiden|full|last|first)\s(?:(?:full|first|last|maiden|middle)\s)?"
    r"name(?:\s{0,3}(?:is|was|:|=)|['’]s)\s{1,3}|\bname\s{0,2}[:=]\s{0,3}|\bmaiden\sname\sis\s"
    r"|\b(?:they|people|everyone|friends)\scall\sme\s|\bi\s?(?:am|['’]m)\scalled\s|\bi\sgo\sby\s",
    _I,
)
_ON_THE_LINE = re.compile(r"\b(?:this|it)\s(?:is|['’]s)\s(?=[^\W\d_])", _I)
_LINE_VERBS = re.compile(r"\s{1,3}(?:calling|writing|speaking|again|here|from)\b", _I)
_TITLE = re.compile(
    r"\b(?:(?:Dr|Mr|Mrs|Ms|Prof|Rev)\.?|DR\.|MR\.|MRS\.|Miss|Doctor|Professor|Nurse|Pastor|nurse|doctor)\s{1,2}"
)
_LOWER_TITLE = re.compile(r"\b(?:mr|mrs|miss)\.?\s{1,2}(?=[a-z])")
_RELATION = (
    r"(?:husband|wife|spouse|partner|mother|mom|mama|momma|mum|father|dad|daddy|son|daughter|brother|sister|"
    r"grand(?:mother|father|ma|pa|son|daughter)|aunt|uncle|cousin|niece|nephew|friend|neighbou?r|boyfriend|girlfriend|"
    r"fianc[ée]e?|child|surgeon|therapist)"
)
_KIN = re.compile(rf"\b(?:my|our|his|her|their)\s(?:[a-z]{{3,9}}\s)?{_RELATION},?\s", _I)
_CALLED = re.compile(
    rf"\b(?:{_RELATION}|doctor|nurse|patient|lady|man|woman|guy)\s(?:is\s|was\s)?(?:called|named)\s", _I
)
_PATIENT = re.compile(r"\b[Pp]atient\s(?=[A-Z])")
_CLOSING = re.compile(
    r"(?:^|[\n.?!,]\s{0,4})(?:yours\s)?(?:sincerely(?:\syours)?|best(?:\sregards|\swishes)?|(?:kind|warm)(?:est)?\sregards|"
    r"regards|respectfully|yours(?:\struly)?|truly|cheers|love|thanks(?:\sso\smuch|\sagain)?|thank\syou(?:\sso\smuch)?|"
    r"thx|many\sthanks|god\sbless|blessings)\s?[,.!]?\s{0,4}[–—-]{0,2}\s{0,4}(?=[^\W\d_])",
    _I,
)
_SIGNED = re.compile(r"(?:[.?!]\s{1,4}|\n\s{0,4})[–—~-]{1,2}\s?(?=[A-Z])")
_NOTHING_MORE = re.compile(r"\s{0,4}[.!]?\s{0,4}(?:$|\n)")

_ALONE = re.compile(r"(?:^|\n)[ \t]{0,4}(?=[^\W\d_])")
"""A line of a letter's head: a name where the text holds other personal data."""
_HEAD_WORDS = 2
_NUMERALS = frozenset({"ii", "iii", "iv"})

_NO_NAMES = frozenset(
    """a about after again all also am an and are as at at be because been before but by can could did do does for from
    get got had has have he her here his how i i'd i'll i'm i've if im in is it its just like may me my no not now of on
    or our said says she should so some still suffers tells than that the their them then they this to told too type
    wants was we were what when where which who why will with would you your yes hi hello ok okay sorry
    calling writing speaking brand unknown withheld private anonymous monday tuesday wednesday thursday friday saturday
    sunday january february march april june july august september october november december medicare medicaid
    american african asian hispanic christian catholic english spanish office visit visits appointment lord god sir
    all everyone everybody much again doctor team folks people alzheimer alzheimers parkinson parkinsons crohn crohns
    huntington huntingtons lewy lyme lupus hodgkin hodgkins""".split()
)
"""Among them diseases that are names too, where patients write of them most; Smith, James or Mary are people."""


def names(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each name that is marked as one, its title left out.

    Args:
        text: With NUL characters in place of other personal data.
    """
    for marker in _INTRODUCED.finditer(text):
        yield from _name(text, marker.end(), any_case=True)
    for marker in _ON_THE_LINE.finditer(text):
        for start, end in _name(text, marker.end(), any_case=True):
            if _LINE_VERBS.match(text, end) and text[start].isupper():
                yield start, end
    for title in (_TITLE, _CALLED, _PATIENT, _KIN):
        for marker in title.finditer(text):
            yield from _name(text, marker.end())
    for marker in _LOWER_TITLE.finditer(text):
        yield from _name(text, marker.end(), any_case=True, most=1)
    yield from _signatures(text)
    if "\0" in text and "\n" in text:
        yield from _heads(text)


def _heads(text: str) -> Iterator[tuple[int, int]]:
    for marker in _ALONE.finditer(text):
        for start, end in _name(text, marker.end()):
            if _NOTHING_MORE.match(text, end) and len(text[start:end].split()) >= _HEAD_WORDS:
                yield start, end


def _signatures(text: str) -> Iterator[tuple[int, int]]:
    for marker in (*_CLOSING.finditer(text), *_SIGNED.finditer(text)):
        on_its_line = "\n" in marker.group().lstrip()
        for start, end in _name(text, marker.end(), any_case=on_its_line):
            if _NOTHING_MORE.match(text, end):
                yield start, end


def _name(text: str, start: int, any_case: bool = False, most: int = _MOST) -> Iterator[tuple[int, int]]:
    """The name that begins here, if one does; in small letters it has two words at most."""
    is_small = text[start : start + 1].islower()
    if is_small and not any_case:
        return
    end, at = start, start
    for _ in range(min(most, 2) if is_small else most):
        word = _WORD.match(text, at)
        if word is None or word.group()[0].islower() != is_small or not _may_be_named(word.group(), any_case):
            break
        end = word.end()
        if word.group().endswith(".") and len(word.group()) > _INITIAL:
            end -= 1  # the end of the sentence
            break
        at = end + len(_GAP.match(text, end)[0])  # type: ignore[index]
    if end > start:
        yield start, end - 2 * text[start:end].endswith(("'s", "’s"))


def _may_be_named(word: str, any_case: bool) -> bool:
    bare = word.rstrip(".").replace("’", "'").casefold()
    stem = bare.removesuffix("'s")
    is_acronym = len(stem) > 1 and word.isupper() and not any_case and stem not in _NUMERALS
    return not is_acronym and not _NO_NAMES & {stem, bare}
