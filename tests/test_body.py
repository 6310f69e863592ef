"""What was found in one part of the body is not shown to who asks about another."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.body
from bot.body import fitting
from bot.chain import FaqChain
from bot.cues import CueError
from index.retrieve import Found, Likeness


@pytest.fixture(scope="module")
def found(chain: FaqChain) -> Found:
    """What is found for knees."""
    return chain.retriever.search("Do stem cell injections help knee pain?")


@pytest.mark.parametrize(
    ("question", "stays"),
    [
        ("Do they help hip pain?", False),
        ("my shoulders hurt, does it help", False),
        ("does it help a herniated disc", False),
        ("arthritic hands", False),
        ("Do they help knee pain?", True),
        ("is it good for a torn meniscus", True),
        ("hips and knees", True),
        ("Does it help pain?", True),
        ("I'd like my life back, on the other hand", True),
    ],
)
def test_a_figure_from_knees_stays_only_where_knees_may_be_meant(found: Found, question: str, stays: bool) -> None:
    about_knees = [hit for hit in found.hits if "knee pain" in hit.sentence.text and "hip" not in hit.sentence.text]
    assert about_knees
    assert all((hit in fitting(question, found).hits) is stays for hit in about_knees)


def test_what_names_the_part_among_others_stays_and_so_does_what_names_none(chain: FaqChain) -> None:
    hits = fitting("Has the FDA approved it for hips?", chain.retriever.search("approved for hips and knees?")).hits
    assert any("back, hip, knee" in hit.sentence.text for hit in hits)
    assert any("knee" not in hit.sentence.text for hit in hits)


def test_sentences_that_answer_together_with_one_fit_as_well(chain: FaqChain) -> None:
    hits = fitting("Does it help hip arthritis?", chain.retriever.search("Does it help knee arthritis?")).hits
    together = [p.sentences[i].text for hit in hits for p, i in hit.companions]
    assert together
    assert not any("knee pain" in text and "hip" not in text for text in together)


def test_a_malformed_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "body_parts.yaml").write_text("knee: ['(']", encoding="utf-8")
    monkeypatch.setattr(bot.body, "__file__", str(tmp_path / "body.py"))
    bot.body._parts.cache_clear()
    with pytest.raises(CueError, match=r"body_parts\.yaml"):
        fitting("knee", Found([], Likeness()))
    monkeypatch.undo()
    bot.body._parts.cache_clear()
