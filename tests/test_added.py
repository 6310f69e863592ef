"""Dangers that a clinic adds: what says the same as one is told, though the second look doesn't know it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot import screen_learned
from bot.added import Added, names, of_examples
from bot.array_files import read_arrays
from bot.chain import FaqChain
from bot.examples import SCREENED, Examples, load_examples
from bot.reply import Kind
from bot.screen_learned import PACKAGED, make_screen, read_learned
from bot.signals import Message
from bot.turn import Turn

UNKNOWN = "time for me to hand in the dinner pail, this back has won"
VARIANTS = (
    "I reckon it's time I handed in my dinner pail, this back has won",
    "my dad says it's time he handed in the dinner pail, his back has won",
    "Time to hand in the old dinner pail, this back's got the better of me",
)
HARMLESS = ("where do I hand in my forms", "I've lost my lunch pail in your waiting room", "this back of mine hurts")


def of(*examples: tuple[Kind, str, str]) -> list[Examples]:
    return [Examples(kind, "some", (match,), (near_miss,)) for kind, match, near_miss in examples]


def test_what_is_packaged_is_not_added_and_of_other_kinds_only_that_it_is_no_danger_is_known() -> None:
    examples = of((Kind.CRISIS, "a", "b"), (Kind.BOUNDARY, "c", "d"), (Kind.EMERGENCY, "e", "f"))
    rows = np.eye(6, dtype=np.float32)
    added = Added.to(names(["crisis\0match\0a", "boundary\0near_miss\0d", "crisis\0near_miss\0e"]), examples, rows)
    assert added.kinds.tolist() == [-1, -1, SCREENED.index(Kind.EMERGENCY), -1]
    assert added.rows.argmax(axis=1).tolist() == [1, 2, 4, 5]
    assert len(Added.to(names(of_examples(examples)), examples, rows).kinds) == 0


def test_the_names_of_what_is_packaged_are_those_of_the_packaged_examples() -> None:
    examples = load_examples()
    rows = np.zeros((len(of_examples(examples)), 1), np.float32)
    assert not len(Added.to(read_arrays(PACKAGED)["examples"], examples, rows).kinds)


def test_a_danger_that_says_the_same_is_at_least_even_unless_what_is_none_is_nearer() -> None:
    examples = of((Kind.CRISIS, "a", "b"))
    added = Added.to(names([]), examples, np.eye(2, dtype=np.float32))
    rows = np.array([[0.8, 0.6], [0.7, 0.0], [0.6, 0.8]], np.float32)
    low = np.full((3, len(SCREENED)), -9, np.float32)
    raised = added.raised(low, rows)
    assert raised[:, 0].tolist() == [0, -9, -9]
    assert (raised[:, 1:] == -9).all()
    assert added.raised(low + 12, rows).tolist() == (low + 12).tolist()
    assert (low == -9).all()


def test_what_a_clinic_adds_is_told_in_other_words_too(
    chain: FaqChain, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def told(*texts: str) -> list[bool]:
        screen = make_screen(chain.retriever, tmp_path)
        looked = [screen.look(Message(text, text), Turn(chain.retriever.embeddings).vectors) for text in texts]
        return [bool(found and found.kind is Kind.CRISIS) for found in looked]

    known = read_learned(PACKAGED, load_examples(), chain.retriever.store)
    assert known
    assert not any(told(UNKNOWN, *VARIANTS, *HARMLESS))
    row, kind = chain.retriever.embeddings.encode([UNKNOWN]), np.array([SCREENED.index(Kind.CRISIS)], np.int8)
    with_one = known._replace(added_rows=row.astype(np.float16), added_kinds=kind)
    monkeypatch.setattr(screen_learned, "learned", lambda *_: with_one)
    assert all(told(UNKNOWN, *VARIANTS))
    assert not any(told(*HARMLESS))
