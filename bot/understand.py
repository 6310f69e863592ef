"""From what was typed to a question that stands alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.asking import POINTS_BACK, several, stands, undictated, without_story
from bot.cues import without
from bot.spell import correct, heard, is_rare
from index.lexical import is_content


class QuestionError(ValueError):
    """A question can't be taken: it is empty or too long. `too_long` says which."""

    def __init__(self, message: str, *, too_long: bool = False) -> None:
        super().__init__(message)
        self.too_long = too_long


@dataclass(frozen=True, slots=True)
class Question:
    """A question as asked, and the earlier questions of the conversation, oldest first."""

    text: str
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """A question that stands alone (`text`), and what of it is asked now (`asked`), told or asked before.

    `guessed` where something was put in that the patient did not say.
    """

    text: str
    asked: str
    guessed: bool = False


_CONTINUES = re.compile(r"^(and|but|so|or|oh|ok|okay|also|then|what about|how about|what if)\b", re.IGNORECASE)
_POINTS_SHORTLY = re.compile(
    r"\b(that|this|(first|second|third|fourth|last|next|other|same) (ones?|two))\b", re.IGNORECASE
)
_SHORT_WORDS = 8
_BARE_WORDS = 4
_LEANING_WORDS = 12
"""A longer question says itself what it is about."""

_CHANGES_SUBJECT = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|so|well|al(?:l )?right|right|oh|hm+|great|thanks|thank you|got it|i see|then)[\s,.!]+)*(?:"
    r"forget (?:about )?(?:that|it|this|the|those)\b[^.,:;?!]{0,40}|never ?mind(?: (?:that|it))?"
    r"|(?:scratch|scrap) (?:that|it|this)"
    r"|(?:changing|switching|shifting) (?:the )?(?:gears|topics?|subjects?)(?: on (?:you|y'?all))?|moving on"
    r"|(?:(?:an?|something|one) )?(?:totally |completely )?unrelated(?: (?:question|one|thing))?"
    r"|(?:ignore|disregard|skip) (?:my|the|that) (?:last|previous) (?:question|one|message)\b[^.:;?!]{0,40}"
    r"|(?:new|different|another|separate|other) (?:question|topic|subject|thing)"
    r"|(?:on|to) (?:a|an) (?:different|another|new|unrelated) (?:note|topic|subject|question)"
    r")\s*[.,:;!–—-]+\s*(?=\w)",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^\W*(?:(?:no|nah|oh|oops|sorry|wait|actually|my bad|wrong (?:one|word))\b[\s,.!]*)*"
    r"i (?:only |just |really )?mean(?:t|ing)?\b[\s,:]*"
    r"(?:to (?:ask|say)\b )?(?:about )?(?=\w)",
    re.IGNORECASE,
)
"""Puts the question before right: "no sorry, I meant marrow"."""
_IT = re.compile(
    r"\b(?:it|(?:this|that|the)(?: (?:whole|entire))? (?:therapy|treatment|procedure|thing|stuff|shot|injection)s?"
    r"|(?<=\bis )(?:this|that)|(?<=\bdoes )(?:this|that)|(?<=\bcan )(?:this|that)|this(?=\W*$))(?!\w)",
    re.IGNORECASE,
)
"""What names a thing that was not said before."""

_STRESSED = re.compile(r"\b(many|much|though|then|exactly|again|please|really|actually|anyway)\b", re.IGNORECASE)
"""Stands beside what is asked and says nothing of it."""
_DEFINES = re.compile(r"^\W*what(?:['’]?s| is| are) (?:an? )?[\w'’-]+\W*$", re.IGNORECASE)
"""Asks what something is, whatever was asked before."""
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_WORDS = 2
_REMEMBERED = 10
"""Earlier questions that are looked at, the latest ones."""
_PATIENCE = 4
"""A text so many times too long is refused as it is, uncleaned."""


def check(question: Question, max_chars: int) -> Question:
    """The question, its characters in their normal form (NFC), without control characters.

    Raises:
        QuestionError: It is empty, or longer than `max_chars` characters.
    """
    text = question.text if len(question.text) > _PATIENCE * max_chars else _clean(question.text)
    if not text:
        raise QuestionError("The question is empty; type one.")
    if len(text) > max_chars:
        raise QuestionError(f"The question is {len(text):,} characters long; {max_chars:,} is the most.", too_long=True)
    earlier = (_clean(text[:max_chars]) for text in question.history[-_REMEMBERED:])
    return Question(text, tuple(filter(None, earlier)))


def understand(question: Question, vocabulary: Collection[str]) -> Understood:
    """The question by itself: out of its story, spelled right, with what it leans on from the earlier ones.

    A question leans where it begins like a continuation ("and from a donor?"), or is short and
    points back ("who makes it?"). What it leans on is the latest earlier question that doesn't. One
    that says so changes the subject ("forget that. where is marrow taken?").
    """
    text = _to_the_point(correct(_CHANGES_SUBJECT.sub("", undictated(question.text)), vocabulary))
    asked = without_story(text)
    alone = asked if stands(asked) else text
    earlier = _latest_standing(_still_meant(question))
    return Understood(f"{correct(earlier, vocabulary)} {alone}" if earlier and leans(alone) else alone, asked)


def readings(
    question: Question, understood: Understood, vocabulary: Collection[str], about: str, terms: Collection[str]
) -> Iterator[Understood]:
    """What else a question may mean, where as it stands it is not answered: which, its hits tell.

    "What year was that" may be a new subject or the old one; "no, I meant marrow" puts a word in the
    place of one of the question before; "is this safe", asked first, is about what all documents are
    about; a term by itself asks what it is.

    Args:
        question: As asked, with the earlier ones.
        understood: As it was understood.
        vocabulary: The corpus's words, lower case.
        about: What the documents are about, or nothing.
        terms: What the documents define, lower case.
    """
    earlier = correct(_latest_standing(_still_meant(question)), vocabulary)
    meant = _CORRECTS.sub("", understood.text).strip(" ?!.")
    if earlier and meant != understood.text.strip(" ?!."):
        for word in _WORD.finditer(earlier):
            if is_content(word[0].lower()):
                yield _guess(earlier[: word.start()] + meant + earlier[word.end() :])
        return
    if earlier and not understood.text.startswith(earlier):
        yield Understood(f"{earlier} {understood.text}", understood.asked)
    if len(before := _still_meant(question)[-2:]) > 1:
        both = " ".join(correct(text, vocabulary) for text in before)
        yield Understood(f"{both} {understood.asked}", understood.asked)
    if understood.text.lower().strip(" ?!.") in terms:
        yield _guess(f"What is {understood.text.strip(' ?!.')}?")
    if (sounding := heard(understood.text, vocabulary)) != understood.text:
        yield _guess(sounding)
    named, count = _IT.subn(about, understood.asked, count=1)
    if about and count and not earlier and len(named.split()) <= _LEANING_WORDS:
        yield _guess(named)


def _guess(text: str) -> Understood:
    return Understood(text, text, guessed=True)


def parts(understood: Understood) -> list[Understood]:
    """The questions of one that asks several things, each by itself; none where it asks one."""
    return [Understood(piece, piece) for piece in several(understood.asked)]


def leans(text: str) -> bool:
    """Whether a question can't be understood without the one before."""
    length = len(text.split())
    if length <= _BARE_WORDS and _names_nothing(text):
        return True
    if length <= _SHORT_WORDS and _POINTS_SHORTLY.search(text):
        return True
    return length <= _LEANING_WORDS and bool(_CONTINUES.match(text) or POINTS_BACK.search(text))


def _names_nothing(text: str) -> bool:
    """Whether a few words have no subject of their own, one everyday word at most: "what year?", "approved though?"."""
    if _DEFINES.match(text):
        return False
    words = [word.lower() for word in _WORD.findall(_STRESSED.sub("", text)) if is_content(word.lower())]
    return len(words) < _LEAST_WORDS and not any(is_rare(word) for word in words)


def _still_meant(question: Question) -> tuple[str, ...]:
    """The earlier questions that this one may lean on; none where it changes the subject."""
    return () if _CHANGES_SUBJECT.match(question.text) else question.history


def _latest_standing(history: Sequence[str]) -> str:
    return next((text for text in reversed(history) if not leans(text)), history[-1] if history else "")


def _to_the_point(text: str) -> str:
    """A text without what only stands beside its question, where enough is left."""
    left = " ".join(without("beside_the_question", text).split())
    return left if len(left.split()) >= _LEAST_WORDS else text


def _clean(text: str) -> str:
    whole = text.replace("\u00ad", "")  # a soft hyphen, copied along, stands inside a word
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", whole))
    return " ".join("".join(kept).split())
