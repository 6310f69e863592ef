"""From what was typed to the question by itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.asking import several, stands, undictated, without_story
from bot.by_ear import heard
from bot.cues import without
from bot.leaning import CHANGES_SUBJECT, LEANING_WORDS, latest_standing, still_meant
from bot.spell import correct
from bot.story import question_aside
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
    """A question as it is looked up (`text`), and what of it is asked now (`asked`), not told or asked before.

    `guessed` where something was put in that the patient did not say, or put together that was asked apart.
    """

    text: str
    asked: str
    guessed: bool = False


_CORRECTS = re.compile(
    r"^\W*(?:(?:no|nah|oh|oops|sorry|wait|actually|my bad|wrong (?:one|word))\b[\s,.!]*)*"
    r"i (?:only |just |really )?mean(?:t|ing)?\b[\s,:]*"
    r"(?:to (?:ask|say)\b )?(?:about )?(?=\w)",
    re.IGNORECASE,
)
"""Puts the question before right: "no sorry, I meant marrow"."""
_TREATMENT = r"(?:this|that|the)(?: (?:whole|entire))? (?:therapy|treatment|procedure|thing|stuff|shot|injection)s?"
_SAYS_TREATMENT = re.compile(rf"\b{_TREATMENT}\b", re.IGNORECASE)
_IT = re.compile(
    rf"\b(?:it|{_TREATMENT}"
    r"|(?<=\bis )(?:this|that)|(?<=\bdoes )(?:this|that)|(?<=\bcan )(?:this|that)|this(?=\W*$))(?!\w)",
    re.IGNORECASE,
)
"""What names a thing that was not said before."""

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
    """The question by itself: out of its story, spelled right, without what only stands beside it.

    One that says so changes the subject ("forget that. where is marrow taken?").
    """
    text = spelled(CHANGES_SUBJECT.sub("", question.text), vocabulary)
    asked = without_story(text)
    return Understood(asked if stands(asked) else text, asked)


def spelled(text: str, vocabulary: Collection[str]) -> str:
    """A text spelled right, without what only stands beside its question."""
    return to_the_point(correct(undictated(text), vocabulary))


def readings(
    question: Question, understood: Understood, vocabulary: Collection[str], about: str, terms: Collection[str]
) -> Iterator[Understood]:
    """What else a question may mean, where as it stands it is not answered: which, its hits tell.

    "No, I meant marrow" puts a word in the place of one of the question before; "is this safe", asked
    first, is about what all documents are about; a term by itself asks what it is.

    Args:
        question: As asked, with the earlier ones.
        understood: As it was understood.
        vocabulary: The corpus's words, lower case.
        about: What the documents are about, or nothing.
        terms: What the documents define, lower case.
    """
    earlier = correct(latest_standing(still_meant(question.history, question.text)), vocabulary)
    meant = _CORRECTS.sub("", understood.text).strip(" ?!.")
    if earlier and meant != understood.text.strip(" ?!."):
        for word in _WORD.finditer(earlier):
            if is_content(word[0].lower()):
                yield _guess(earlier[: word.start()] + meant + earlier[word.end() :])
        return
    if understood.text.lower().strip(" ?!.") in terms:
        yield _guess(f"What is {understood.text.strip(' ?!.')}?")
    if (sounding := heard(understood.text, vocabulary)) != understood.text:
        yield _guess(sounding)
    yield from map(_guess, question_aside(question.text, understood.asked, question.history, vocabulary))
    named, count = _IT.subn(about, understood.asked, count=1)
    if about and count and not earlier and len(named.split()) <= LEANING_WORDS:
        yield _guess(named)


def says_it(text: str) -> bool:
    """Whether a text names a thing that was not said: "it", "this treatment"."""
    return bool(_IT.search(text))


def says_the_treatment(text: str) -> bool:
    """Whether a text names what is done to a patient by no more than that: "this treatment", "the shots"."""
    return bool(_SAYS_TREATMENT.search(text))


def _guess(text: str) -> Understood:
    return Understood(text, text, guessed=True)


def parts(understood: Understood) -> list[Understood]:
    """The questions of one that asks several things; none where it asks one."""
    return [Understood(piece, piece) for piece in several(understood.asked)]


def to_the_point(text: str) -> str:
    """A text without what only stands beside its question, where enough is left."""
    left = " ".join(without("beside_the_question", to_the_question(text)).split())
    return left if len(left.split()) >= _LEAST_WORDS else text


def to_the_question(text: str) -> str:
    """A text without the wish for simple words at the head of a sentence, where enough is left."""
    left = " ".join(without("simple_words", text).split())
    return left if len(left.split()) >= _LEAST_WORDS else text


def _clean(text: str) -> str:
    whole = text.replace("\u00ad", "")  # a soft hyphen, copied along, stands inside a word
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", whole))
    return " ".join("".join(kept).split())
