"""The last look before anything is shown: what is not verbatim in a retrieved passage is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.extract import Quote, leans
from corpus.document import Passage


def verify(quotes: Sequence[Quote], passages: Iterable[Passage]) -> list[Quote]:
    """The quotes that may be shown.

    A quote stays when its passage was retrieved and holds its words at its offsets, and when the
    sentence that it leans on stays too.

    Args:
        quotes: In reading order.
        passages: What was retrieved.

    Returns:
        Those that passed, in order; maybe none.
    """
    retrieved = {passage.id: passage for passage in passages}
    kept: list[Quote] = []
    for quote in quotes:
        passage = retrieved.get(quote.passage.id)
        supported = not leans(quote.sentence.text) or Quote(quote.passage, quote.position - 1) in kept
        if passage is not None and supported and is_verbatim(quote, passage):
            kept.append(quote)
    return kept


def is_verbatim(quote: Quote, passage: Passage) -> bool:
    """Whether a passage holds the words of a quote at its offsets."""
    sentence = quote.sentence
    start, end = sentence.start - passage.start, sentence.end - passage.start
    return 0 <= start < end and passage.text[start:end] == sentence.text and sentence.text.strip() != ""
