"""Sentences of passages edited by rule, faithful and not: what the reading of entailment learns beside people's drafts.

People who draft faithful sentences reword them, and stay near where they make them wrong: from their drafts alone a
model learns to mistrust what is near. Source: FactCC, Kryściński et al. (2020), "Evaluating the Factual Consistency of
Abstractive Text Summarization".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

from bot.claims import lists
from bot.rewording import NAME, capital, cased, ending, names_in, reworded, same_words, shortened, small
from corpus.split import split_sentences

_SENTENCE_WORDS = range(5, 46)
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_JOINS = re.compile(r"\b(?:is|are|was|were|of|than|from|by|to|may|can|in|for|with|[a-z]+s|[a-z]+ed)\b")
_LIMIT_LAST = re.compile(
    r"^([A-Z].{20,}?),? (?:if|when|unless|only|except|as long as|until|who|whose|aged|under|during|without"
    r"|in people (?:with|who)|in patients (?:with|who)|in adults|in children|for people with) .{5,}\.$"
)
_LIMIT_FIRST = re.compile(
    r"^(?:If|When|Unless|In people|In patients|In adults|In children|For people|For patients|Under|During|Without"
    r"|Among)\b[^,]*, (.{15,})$"
)
_HARDER = (
    (r"\bmay be\b", ("is always", "will be", "is")),
    (r"\b(?:may|might|could|can)\b", ("will", "must", "always")),
    (r"\b(?:suggests?|indicates?)\b", ("proves", "shows")),
    (r"\b(?:some|certain|several|a few|many|most)\b", ("all", "nearly all")),
    (r"\b(?:usually|generally|typically|often|commonly|sometimes|frequently)\b", ("always",)),
    (r"\b(?:nearly|almost|about|approximately|at least|up to)\b", ("exactly",)),
    (r"\b(?:possible|potential|investigational|experimental)\b", ("proven", "established")),
    (r"\b(?:is|are) (?:thought|believed) to\b", ("is known to",)),
    (r"\bnot (?:yet|fully)\b", ("already",)),
)
_DENIED = re.compile(r"\b(is|are|was|were|has|have|can|could|may|might|will|should) not (\w+)")
_AFFIRMED = re.compile(r"\b(?:is|are|was|were|can|could|may|might|will)\b(?! not)")
_PROMISES = (" every time.", " for good.", " without any risk.", " with no side effects.")

Edit = Callable[[str, Random], str | None]


class Edited(NamedTuple):
    """A sentence made of one of a passage, and whether the passage says it."""

    passage: str
    sentence: str
    faithful: bool


def edited(passages: Sequence[str], count: int, chance: Random) -> list[Edited]:
    """Sentences of passages, as many faithful ones as others: verbatim, shortened, in other words; or with one edit.

    Args:
        passages: At least one, with a sentence that some edit fits.
        count: How many.
        chance: The same, the same sentences.
    """
    sentences = [(passage, sentence) for passage in passages for sentence in _sentences(passage)]
    names = sorted({name for passage, _ in sentences for name in names_in(passage)})
    made: list[Edited] = []
    while len(made) < count:
        for passage, sentence in chance.sample(sentences, len(sentences)):
            wrong = _wrong(sentence, names, chance)
            if wrong and wrong not in passage:
                made.append(Edited(passage, _faithful(sentence, chance), faithful=True))
                made.append(Edited(passage, wrong, faithful=False))
    return made[:count]


def _faithful(sentence: str, chance: Random) -> str:
    ways: list[tuple[Edit, ...]] = [(), (), (reworded,), (shortened, reworded)]
    return next(filter(None, (way(sentence, chance) for way in chance.choice(ways))), sentence)


def _wrong(sentence: str, names: Sequence[str], chance: Random) -> str | None:
    """A sentence that says something else; None where no edit fits."""

    def renamed(text: str, chance: Random) -> str | None:
        return _renamed(text, names, chance)

    start = sentence if chance.random() < 0.5 else _faithful(sentence, chance)
    edits: list[Edit] = [_other_number, _negated, _opposite, _swapped, _harder, _unlimited, _promising, renamed]
    tried = (edit(start, chance) for edit in chance.sample(edits, len(edits)))
    return next((text for text in tried if text and text not in (sentence, start)), None)


def _other_number(text: str, chance: Random) -> str | None:
    if not (found := list(_NUMBER.finditer(text))):
        return None
    number = chance.choice(found)
    value = float(number[0].replace(",", ""))
    is_year = 1900 < value < 2100
    other = value + chance.choice((-7, -3, -2, 2, 3, 5)) if is_year else value * chance.choice((0.5, 2, 3, 10)) + 1
    return text[: number.start()] + f"{abs(other):.0f}" + text[number.end() :]


def _negated(text: str, chance: Random) -> str | None:
    if found := _DENIED.search(text):
        return f"{text[: found.start()]}{found[1]} {found[2]}{text[found.end() :]}"
    if verbs := list(_AFFIRMED.finditer(text)):
        verb = chance.choice(verbs)
        return f"{text[: verb.end()]} not{text[verb.end() :]}"
    return None


def _opposite(text: str, chance: Random) -> str | None:
    """With a word of one side of a pair of claims.yaml in place of one of the other."""
    found = [(at, others) for pattern, others in _opposites() for at in pattern.finditer(text)]
    fitting = [(at, [o for o in others if ending(o) == ending(at[0])]) for at, others in found]
    if not (fitting := [(at, others) for at, others in fitting if others]):
        return None
    at, others = chance.choice(fitting)
    return text[: at.start()] + cased(chance.choice(others), at[0]) + text[at.end() :]


def _swapped(text: str, chance: Random) -> str | None:
    """With two things in each other's place, where more than "and" stands between them."""
    things = [found for found in NAME.finditer(text) if names_in(found[0])]
    pairs = [(a, b) for at, a in enumerate(things) for b in things[at + 1 :] if _change_places(a, b, text)]
    if not pairs:
        return None
    first, second = chance.choice(pairs)
    between, after = text[first.end() : second.start()], text[second.end() :]
    late = first[0] if first.start() or first[0][1:2].isupper() else small(first[0])
    return text[: first.start()] + cased(second[0], first[0]) + between + late + after


def _change_places(first: re.Match[str], second: re.Match[str], text: str) -> bool:
    between = text[first.end() : second.start()]
    joined = re.match(r"\W*(?:and|or)\b", between) or not _JOINS.search(between)
    return not joined and first[0].lower() != second[0].lower() and ending(first[0]) == ending(second[0]) in ("", "s")


def _harder(text: str, chance: Random) -> str | None:
    """With a hedge in stronger words."""
    found = [(at, words) for pattern, words in _HARDER for at in re.finditer(pattern, text, re.IGNORECASE)]
    if not found:
        return None
    at, words = chance.choice(found)
    return text[: at.start()] + cased(chance.choice(words), at[0]) + text[at.end() :]


def _unlimited(text: str, chance: Random) -> str | None:  # noqa: ARG001 (there is one way)
    """Without the clause that limits it."""
    if found := _LIMIT_LAST.match(text):
        return f"{found[1]}."
    return capital(found[1]) if (found := _LIMIT_FIRST.match(text)) else None


def _promising(text: str, chance: Random) -> str | None:
    return text.rstrip(".") + chance.choice(_PROMISES) if chance.random() < 0.3 else None


def _renamed(text: str, names: Sequence[str], chance: Random) -> str | None:
    """With a thing of some other passage in the place of one of its own."""
    things = [found for found in NAME.finditer(text) if names_in(found[0])]
    if not things:
        return None
    thing = chance.choice(things)
    same = {*same_words().get(thing[0].lower(), ()), thing[0].lower()}
    others = (chance.choice(names) for _ in range(20))
    fits = (o for o in others if ending(o) == ending(thing[0]) and o.lower() not in text.lower() and o not in same)
    other = next(fits, None)
    return text[: thing.start()] + cased(other, thing[0]) + text[thing.end() :] if other else None


def _sentences(passage: str) -> list[str]:
    lines = [line.strip().removeprefix("- ") for line in passage.splitlines()]
    found = [line[start:end] for line in lines for start, end in split_sentences(line)]
    return [text for text in found if len(text.split()) in _SENTENCE_WORDS and text.endswith((".", "!"))]


@cache
def _opposites() -> Sequence[tuple[re.Pattern[str], Sequence[str]]]:
    """The whole words of each side of a pair, and those of the other side."""
    sides = [(one, other) for pair in lists()["opposites"] for one, other in (pair, reversed(pair))]
    plain = [[[str(word) for word in side if "*" not in str(word)] for side in pair] for pair in sides]
    return [
        (re.compile(rf"\b(?:{'|'.join(map(re.escape, one))})\b", re.IGNORECASE), other)
        for one, other in plain
        if one and other
    ]
