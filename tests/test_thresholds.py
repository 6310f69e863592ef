"""What a message must reach to be of a screened kind is found on messages, and kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.chain import FaqChain
from bot.cues import CueError
from bot.examples import SCREENED
from bot.reply import Kind
from bot.screen import LEAST, Looked, least, tell
from bot.screen_learned import make_screen
from bot.signals import Score, Screening, Signals
from evals.errors import EvalError
from evals.questions import Case
from evals.thresholds import HIGHEST, STEP, Sample, Told, collect, count, find, save

CRISIS, EMERGENCY, BOUNDARY = Kind.CRISIS, Kind.EMERGENCY, Kind.BOUNDARY
ZERO = dict.fromkeys(SCREENED, 0.0)


def signals(scores: Mapping[Kind, float], words: Kind | None = None) -> Signals:
    by_words = Screening(words, f"{words}.words") if words else None
    return Signals(by_words, {kind: Score(value, Screening(kind, f"{kind}.like")) for kind, value in scores.items()})


def sample(kind: Kind, scores: Mapping[Kind, float], also: tuple[Kind, ...] = ()) -> Sample:
    case = Case(id="a", q="a", kind=kind, also=also)
    return Sample(case, Looked(signals(scores), None, lambda: signals({})))


EVERY_OTHER = [sample(kind, {}) for kind in SCREENED if kind is not BOUNDARY]
REST = "".join(f"{kind}: 0\n" for kind in SCREENED[1:])


def told(alone: Signals, together: Signals | None = None, before: Signals | None = None) -> str | None:
    read_together = (lambda: together) if together else None
    screening = tell(Looked(alone, read_together, lambda: before or signals({})), ZERO)
    return screening.code if screening else None


def test_a_message_is_of_the_kind_that_is_farthest_above_its_least_and_danger_counts_for_more() -> None:
    assert told(signals({BOUNDARY: -0.1})) is None
    assert told(signals({BOUNDARY: 0.5, Kind.REFUSAL: 0.7})) == "refusal.like"
    assert told(signals({BOUNDARY: 0.9, CRISIS: 0.0})) == "crisis.like"
    assert told(signals({BOUNDARY: 1.1, CRISIS: 0.0})) == "boundary.like"


def test_words_stand_against_examples_unless_these_tell_danger() -> None:
    assert told(signals({Kind.SMALLTALK: 9.0}, words=BOUNDARY)) == "boundary.words"
    assert told(signals({EMERGENCY: 0.1}, words=BOUNDARY)) == "emergency.like"
    assert told(signals({EMERGENCY: -0.1}, words=BOUNDARY)) == "boundary.words"


def test_a_fragment_is_in_danger_with_the_message_before_it_but_not_because_of_it() -> None:
    fragment, danger = signals({BOUNDARY: 1.0}), signals({CRISIS: 1.0})
    assert told(fragment, danger) == "crisis.like"
    assert told(fragment, danger, before=danger) == "boundary.like"
    assert told(fragment, signals({Kind.SMALLTALK: 3.0})) == "boundary.like"


def test_the_lowest_bound_is_found_by_which_few_enough_others_are_taken_for_a_kind() -> None:
    own = [sample(BOUNDARY, {BOUNDARY: score}) for score in (2.0, 1.0, 0.0, -1.0)]
    others = [sample(Kind.ANSWER, {BOUNDARY: score}) for score in (0.5, -2.0, -3.0, -9.0, -9.0)]
    samples = [*own, *others, *EVERY_OTHER]
    none, one = (find(samples, dict.fromkeys(SCREENED, share))[BOUNDARY] for share in (0.0, 0.1))
    assert none == pytest.approx(0.5 + STEP)
    assert one == pytest.approx(-2.0 + STEP)
    assert count(samples, BOUNDARY, ZERO | {BOUNDARY: none}) == Told(4, 2, 10, 0)


def test_what_no_bound_keeps_out_has_the_highest() -> None:
    samples = [sample(Kind.ANSWER, {CRISIS: HIGHEST + 1}), sample(BOUNDARY, {}), *EVERY_OTHER]
    assert find(samples, dict.fromkeys(SCREENED, 0.0))[CRISIS] == HIGHEST


def test_nothing_is_found_on_sets_without_a_kind() -> None:
    with pytest.raises(EvalError, match="has no message of kind 'boundary'"):
        find(EVERY_OTHER, dict.fromkeys(SCREENED, 0.0))


@pytest.mark.parametrize("text", ["crisis: -2,9\n", "crisis: -2.9\n", "", ": {", "crisis: .nan\n" + REST])
def test_a_torn_file_of_bounds_is_named_with_what_mends_it(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "least.yaml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr("bot.screen.LEAST", file)
    with pytest.raises(CueError, match=r"least\.yaml: must have a number .*run: faqbot eval thresholds --write"):
        least.__wrapped__()


def test_either_card_tells_danger_and_what_a_second_reader_accepts_is_no_mistake() -> None:
    samples = [
        sample(CRISIS, {EMERGENCY: 1.0}),
        sample(EMERGENCY, {CRISIS: 1.0}),
        sample(Kind.ANSWER, {CRISIS: 1.0}, also=(CRISIS,)),
        sample(Kind.ANSWER, {CRISIS: 1.0}),
        sample(CRISIS, {BOUNDARY: 1.0}, also=(BOUNDARY,)),
    ]
    assert count(samples, CRISIS, ZERO) == Told(own=2, told=2, others=1, taken=1)
    assert count(samples, EMERGENCY, ZERO) == Told(own=1, told=1, others=2, taken=0)


def test_what_is_kept_is_read_again_under_the_same_comment(tmp_path: Path) -> None:
    file = Path(shutil.copy(LEAST, tmp_path))
    save(ZERO | {CRISIS: -1.25}, file)
    kept, ships = file.read_text("utf-8"), LEAST.read_text("utf-8")
    assert kept.splitlines()[:3] == ships.splitlines()[:3]
    assert "crisis: -1.25\nemergency: 0.0\n" in kept
    assert list(least()) == list(SCREENED)


def test_a_message_is_read_as_the_chain_reads_it(chain: FaqChain) -> None:
    cases = [
        Case(id="1", q="she won't wake up now", history=("my mother took all of her pills",), kind=EMERGENCY),
        Case(id="2", q="What is an exosome?", kind=Kind.ANSWER),
    ]
    screen = make_screen(chain.retriever, chain.settings.state)
    found = [tell(each.looked, least()) for each in collect(chain, screen, cases)]
    assert [each and each.kind for each in found] == [EMERGENCY, None]
