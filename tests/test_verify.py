"""The last look: only what stands verbatim in a retrieved passage is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chain import FaqChain
from bot.extract import Quote, leans
from bot.verify import verify
from corpus.document import Passage


@pytest.fixture(scope="module")
def passages(chain: FaqChain) -> Sequence[Passage]:
    return chain.retriever.store.passages


@pytest.fixture(scope="module")
def passage(passages: Sequence[Passage]) -> Passage:
    """One of several sentences, of which none leans but the one at position 4."""
    found = next(p for p in passages if p.text.startswith("The popular image of stem cell therapy"))
    assert [leans(sentence.text) for sentence in found.sentences] == [False, False, False, False, True]
    return found


def altered(passage: Passage, position: int, **changes: Any) -> Passage:
    """The passage with one of its sentences changed, its text as it was."""
    sentences = list(passage.sentences)
    sentences[position] = replace(sentences[position], **changes)
    return replace(passage, sentences=tuple(sentences))


def quotes(passage: Passage, *positions: int) -> list[Quote]:
    return [Quote(passage, position) for position in positions]


def test_all_sentences_of_the_documents_are_shown_in_order(passages: Sequence[Passage]) -> None:
    every = [Quote(passage, position) for passage in passages for position in range(len(passage.sentences))]
    assert verify(every, passages) == every
    assert len(every) > 100


def test_the_order_is_the_given_one(passage: Passage) -> None:
    assert verify(quotes(passage, 2, 0, 3), [passage]) == quotes(passage, 2, 0, 3)


def test_a_quote_whose_passage_was_not_retrieved_is_left_out(passages: Sequence[Passage], passage: Passage) -> None:
    others = [other for other in passages if other is not passage]
    assert verify([Quote(others[0], 0), Quote(passage, 0)], others) == [Quote(others[0], 0)]
    assert verify([Quote(passage, 0)], []) == []


@pytest.mark.parametrize(
    ("start", "end"), [(1, 1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0), (-10_000, -10_000), (10_000, 10_000)]
)
def test_a_quote_with_shifted_offsets_is_left_out(passage: Passage, start: int, end: int) -> None:
    sentence = passage.sentences[1]
    shifted = altered(passage, 1, start=sentence.start + start, end=sentence.end + end)
    assert verify(quotes(shifted, 0, 1, 2), [passage]) == quotes(shifted, 0, 2)


def test_offsets_counted_from_the_end_do_not_stand(passage: Passage) -> None:
    last = passage.sentences[3]
    back = altered(passage, 3, start=last.start - len(passage.text), end=last.end - len(passage.text))
    assert back.text[back.sentences[3].start - back.start : back.sentences[3].end - back.start] == last.text
    assert verify(quotes(back, 3), [passage]) == []


def test_a_blank_that_stands_verbatim_is_left_out(passages: Sequence[Passage]) -> None:
    wide = next(passage for passage in passages if "\n\n" in passage.text)
    gap = wide.start + wide.text.index("\n\n")
    assert verify([Quote(altered(wide, 0, text="\n\n", start=gap, end=gap + 2), 0)], [wide]) == []
    assert verify([Quote(altered(wide, 0, text="", start=gap, end=gap), 0)], [wide]) == []


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_quote_altered_by_one_character_is_left_out(passages: Sequence[Passage], data: st.DataObject) -> None:
    passage = data.draw(st.sampled_from(passages))
    position = data.draw(st.integers(0, len(passage.sentences) - 1))
    text = passage.sentences[position].text
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[at]))
    wrong = altered(passage, position, text=text[:at] + other + text[at + 1 :])
    assert Quote(wrong, position) not in verify(quotes(wrong, *range(len(wrong.sentences))), [passage])


def test_a_leaning_sentence_without_the_one_that_it_leans_on_is_left_out(passage: Passage) -> None:
    assert verify(quotes(passage, 0, 4), [passage]) == quotes(passage, 0)
    assert verify(quotes(passage, 4, 3), [passage]) == quotes(passage, 3)
    assert verify(quotes(passage, 3, 4), [passage]) == quotes(passage, 3, 4)


def test_a_leaning_sentence_falls_with_the_one_that_it_leans_on(passage: Passage) -> None:
    wrong = altered(passage, 3, text=passage.sentences[3].text.replace("release", "absorb"))
    assert verify(quotes(wrong, 0, 3, 4), [passage]) == quotes(wrong, 0)


def test_a_leaning_sentence_at_the_head_of_its_passage_is_left_out(passage: Passage) -> None:
    head = replace(passage, sentences=passage.sentences[4:])
    assert verify([Quote(head, 0)], [head]) == []
