"""Do the passages answer the question? Late interaction over its words, and what it asks for besides its subject."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.asking import asking_sentences
from bot.aspects import is_of_an_illness, missing_aspect
from bot.english import an_error_away, is_english, is_rare
from bot.evidence import KNOWN, PLAIN, Evidence, evidence, weights
from bot.health import is_health_term
from bot.reply import Reason
from index.embed import Encoded
from index.interaction import WordSupport, word_support
from index.lexical import terms, words
from index.retrieve import Found, Likeness
from index.store import Store

TOP = 3
"""Hits of which one must meet the words of the question. See docs/answerable.md for what other numbers give."""

SUPPLYING = 4
"""Hits of which one must supply the aspect that is asked."""

NAMED_LETTERS = 3
"""A word that is named as uncovered has at least so many."""

SAME_QUESTION = 0.85
"""From this cosine to an uncovered question on, what that one misses is said to be missing."""

UNMET = 0.5
"""Below this cosine to anything said at the hits, a word that the documents don't have is named as uncovered."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether hits answer a question: `relevance` is the probability, in [0, 1], `reasons` are its codes."""

    relevance: float
    answers: bool
    reasons: tuple[str, ...]
    evidence: Evidence


def judge(asked: Encoded, question: str, found: Found, covered: float, store: Store, min_relevance: float) -> Judgement:
    """Whether what was found answers a question.

    Args:
        asked: What is asked, encoded with its words.
        question: The same as text.
        found: For it.
        covered: How like an answered question it is, see `bot.coverage`.
        store: That they come from.
        min_relevance: Probability below which it doesn't.
    """
    supported = word_support(asked, [hit.number for hit in found.hits[:TOP]], store)
    aspect = missing_aspect(question, [hit.sentence.text for hit in found.hits[:SUPPLYING]])
    found_of = evidence(supported, found, covered, missing=bool(aspect))
    probability = weights()[KNOWN if store.manifest.uncovered else PLAIN].probability(found_of)
    if probability >= min_relevance:
        return Judgement(probability, True, (Reason.RELEVANT,), found_of)
    return Judgement(probability, False, _why_not(question, supported, aspect, found.likeness, store), found_of)


def worth_naming(reasons: Sequence[str], asked: str, shown: Collection[str]) -> tuple[str, ...]:
    """The reasons of a refusal to be told: a word that is only told beside the question is none, but an illness.

    Nor is one that citations show: the documents mention it.

    Args:
        reasons: As a judgement has them.
        asked: What was asked, with what was told.
        shown: Words of titles, authors and publishers, lower case.
    """
    asking = set(words(asking_sentences(asked) or asked))
    unnamed = (reason.removeprefix(f"{Reason.UNCOVERED_TERM}:") for reason in reasons)
    kept = [r for r, word in zip(reasons, unnamed, strict=True) if r == word or _is_missing(word, asking, shown)]
    return tuple(kept) or (Reason.LOW_RELEVANCE,)


def _is_missing(word: str, asking: Collection[str], shown: Collection[str]) -> bool:
    return word not in shown and (word in asking or is_health_term(word))


def _why_not(
    question: str, supported: Sequence[WordSupport], aspect: str | None, likeness: Likeness, store: Store
) -> tuple[str, ...]:
    """The reasons of a refusal, the most telling first."""
    named = [f"{Reason.UNCOVERED_TERM}:{w.word}" for w in supported if not w.known and is_health_term(w.word)]
    is_known = likeness.missing and likeness.uncovered[0] >= SAME_QUESTION
    of_known = [f"{Reason.UNCOVERED_QUESTION}:{likeness.missing}"] if is_known else []
    of_aspect = [f"{Reason.WRONG_ASPECT}:{aspect}"] if aspect else []
    named += of_known + of_aspect if aspect and is_of_an_illness(aspect) else of_aspect + of_known
    named += [f"{Reason.UNCOVERED_TERM}:{w.word}" for w in supported if _is_unmentioned(w, question, store.vocabulary)]
    return tuple(dict.fromkeys(named)) or (Reason.LOW_RELEVANCE,)


def _is_unmentioned(word: WordSupport, question: str, vocabulary: Collection[str]) -> bool:
    """Whether the documents can be said not to mention a word, and it is worth saying."""
    says_much = len(word.word) >= NAMED_LETTERS and is_rare(word.word)
    unmet = word.similarity < UNMET or _is_name(word.word, question, vocabulary)
    return not word.known and says_much and unmet


def is_unnamed(word: str, stems: Collection[str]) -> bool:
    """Whether a word, lower case, is a name or a term, and its stem none of those of the documents."""
    return not any(stem in stems for stem in terms(word)) and (is_rare(word) or is_health_term(word))


def _is_name(word: str, question: str, vocabulary: Collection[str]) -> bool:
    """Whether a word that no list has is capitalised in a question, and no misspelled word of the documents.

    Such a one is a name however like another it looks: "I use Zorbex cream".
    """
    capitalised = re.search(rf"\s{re.escape(word.capitalize())}\b", question)
    return bool(capitalised) and not is_english(word) and an_error_away(word).isdisjoint(vocabulary)
