"""Whether a drafted sentence says nothing that the passages it cites don't: by rules, and it fails closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from bot.amounts import amounts, unbounded, unsupported
from bot.claims import beyond, broken_promise, more_people, speaks_to_reader
from bot.conditions import dropped_condition, is_told, unsaid_approval, untold_study, widened
from bot.extract import Quote
from bot.health import is_health_term
from bot.hedges import dropped_hedge, dropped_only
from bot.plain import Word, is_light, is_said, meanings, read, read_document
from bot.polarity import negation_fault, opposite, reversed_roles, turned_round
from bot.support import Embed, Nearness, adds, choose, claims
from corpus.document import Passage

__all__ = ["Checked", "Embed", "check"]

UNLIKE = 0.5
"""Below this cosine to the nearest sentence of its support a sentence is not taken for a paraphrase of it: faithful
ones of split dev have 0.74 and more (`faqbot eval verify`)."""

LIKE = 0.8
"""From this cosine on to the nearest sentence of its support a sentence may have light words that the support lacks."""

LIGHT = 2
"""How many: made-up details bring two and more words that are nowhere in the passage."""

ADDS = 2
"""From so many words on that only a further sentence of the support has, what limits it must be told too."""


class Checked(NamedTuple):
    """What is wrong with a sentence, and the sentences on which it rests, at most three.

    `fault` is None where the passages support it, else a code, with what it is about behind a
    colon: advice, number, entity, unsupported, guarantee, comparison, quantifier, modality,
    negation, direction, condition, or unlike. `more` are the faults behind the first.
    """

    fault: str | None
    support: tuple[Quote, ...]
    more: tuple[str, ...] = ()


def check(text: str, passages: Sequence[Passage], embed: Embed) -> Checked:
    """Whether passages support a sentence. What can't be checked is a fault.

    Args:
        text: One sentence, as a chat model drafted it.
        passages: Those that it cites.
        embed: Texts to vectors.

    Returns:
        The faults, with the sentences of the passages that come nearest; of no passage, none.
    """
    quotes = [Quote(passage, position) for passage in passages for position in range(len(passage.sentences))]
    said = read(text)
    if not quotes or not said:
        return Checked("unlike", ())
    sentences = [read_document(quote.sentence.text) for quote in quotes]
    near = Nearness(text, [quote.sentence.text for quote in quotes], embed)
    chosen = choose(said, sentences, near)
    closest = near.closest(chosen, LIKE)
    faults = list(_faults(said, [sentences[number] for number in chosen], LIGHT if closest >= LIKE else 0))
    if closest < UNLIKE:
        faults.append("unlike")
    first = faults[0] if faults else None
    return Checked(first, tuple(quotes[number] for number in sorted(chosen)), tuple(faults[1:]))


def _faults(said: Sequence[Word], sentences: Sequence[Sequence[Word]], light: int) -> Iterator[str]:
    """What a sentence says beyond its support, or leaves out of it; `light` words are not counted."""
    if speaks_to_reader(said):
        yield "advice"
    told = [s for n, s in enumerate(sentences) if not n or is_told(s, said) or adds(said, s, sentences[:n]) >= ADDS]
    support, limiting = _joined(sentences), _joined(told)
    yield from _found(_FIRST_LOOKS, said, support)
    if unsaid := _unsaid(said, support, light):
        yield unsaid
    yield from _found(_LOOKS, said, support)
    yield from _found(_LIMITS, said, limiting)
    if negation_fault(said, support):
        yield "negation"
    for sentence in told:
        yield from _found(_CONDITIONS, said, sentence)


def _found(looks: _Looks, said: Sequence[Word], support: Sequence[Word]) -> Iterator[str]:
    for code, look in looks:
        if found := look(said, support):
            yield f"{code}:{found}"


def _amount(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    amount = unsupported(said, support)
    return " ".join(said[at].lower for at in amount.words) if amount else None


def _joined(sentences: Sequence[Sequence[Word]]) -> list[Word]:
    """The words of sentences one after the other, their clauses told apart."""
    joined: list[Word] = []
    for sentence in sentences:
        offset = joined[-1].clause + 1 if joined else 0
        joined += [Word(w.text, w.stem, w.meanings, w.clause + offset, w.free) for w in sentence]
    return joined


def _unsaid(said: Sequence[Word], support: Sequence[Word], light: int) -> str | None:
    """The first word that claims something and that the support doesn't say, with its code; amounts are left out."""
    counted = {at for amount in amounts(said) for at in amount.words}
    there = meanings(support)
    unsaid = [w for at, w in enumerate(said) if at not in counted and claims(w) and not is_said(w, there)]
    if len({word.stem for word in unsaid}) <= light and all(is_light(word) for word in unsaid):
        return None
    return next((f"{'entity' if _is_name(word) else 'unsupported'}:{word.lower}" for word in unsaid), None)


def _is_name(word: Word) -> bool:
    return word.text[:1].isupper() or any(c.isdigit() for c in word.text) or is_health_term(word.lower)


_Looks = tuple[tuple[str, Callable[[Sequence[Word], Sequence[Word]], str | None]], ...]

_FIRST_LOOKS: _Looks = (
    ("number", _amount),
    ("guarantee", broken_promise),
    ("comparison", partial(beyond, "comparisons")),
)
_LOOKS: _Looks = (
    ("quantifier", partial(beyond, "quantifiers")),
    ("quantifier", more_people),
    ("modality", partial(beyond, "strong")),
    ("direction", opposite),
    ("direction", turned_round),
    ("direction", reversed_roles),
)
_LIMITS: _Looks = (("modality", dropped_hedge), ("condition", dropped_only), ("modality", unbounded))
_CONDITIONS: _Looks = tuple(("condition", look) for look in (dropped_condition, untold_study, widened, unsaid_approval))
"""What is looked for in a sentence and its support, by code, in this order; words that are not said after the first."""
