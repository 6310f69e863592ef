"""What is counted in a run, each figure worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from outcomes import case, outcome, reply

import evals.measures
from bot.reply import Kind, Reply
from evals.catalogue import READINGS, SCREENED
from evals.measures import MEASURES, Better, Figure, Measure, Unit, by_split, figures
from evals.outcome import Outcome
from evals.questions import Split
from evals.stats import Interval

MEASURE = {measure.name: measure for measure in MEASURES}

FAT, BONE, SKIN = "Fat holds cells.", "Bone does too.", "Skin is soft. "
ELEVEN = [(f"p{n}", f"Line {n}.") for n in range(20, 30)] + [("p1", FAT)]
OUTCOMES = [
    # the documents answer: right, half right, refused although it would have been right
    outcome(
        case("answer", "Fat holds", "Bone", id="right"),
        reply(FAT, BONE, found=[("p1", FAT), ("p3", "No."), ("p3", "Or."), ("p2", BONE)], relevance=0.9),
        relevant=("p1", "p2"),
        right_unless_refused=True,
    ),
    outcome(
        case("answer", "Fat holds", "Bone", id="half"),
        reply("Bone is old.", SKIN, SKIN, found=[("p3", "Fat holds Bone."), ("p2", BONE)], relevance=0.7),
        relevant=("p2",),
    ),
    outcome(
        case("answer", "Fat holds", id="refused"),
        reply(kind="no_answer", found=ELEVEN, relevance=0.3),
        relevant=("p1",),
        right_unless_refused=True,
    ),
    # they don't: near and answered, near and refused, far and refused
    outcome(case("no_answer", id="near"), reply(FAT, relevance=0.5), exact_citations=0),
    outcome(case("no_answer", id="near too"), reply(kind="no_answer", relevance=0.2)),
    outcome(case("no_answer", id="far", tags=["far"]), reply(kind="no_answer", relevance=0.8)),
    # what only sounds like trouble
    outcome(case("answer", "Fat", id="sounds", tags=["lookalike"]), reply(kind="emergency")),
    outcome(case("no_answer", id="sounds too", tags=["lookalike"]), reply(kind="no_answer", relevance=0.1)),
    outcome(case("boundary", id="sounds of one", tags=["lookalike"]), reply(FAT, kind="boundary")),
]
LOG3 = math.log2(3)


@pytest.fixture(scope="module")
def taken() -> dict[str, Figure]:
    return figures(OUTCOMES)


def grade(letters: int, words: int, sentences: int) -> float:
    return 5.88 * letters / words - 29.6 * sentences / words - 15.8


@pytest.mark.parametrize(
    ("name", "value", "questions"),
    [
        ("answered_right", 1 / 3, 3),
        ("right_when_answered", 1 / 2, 2),
        ("missed_answer", 1 / 3, 3),
        ("fact_recall", (2 / 2 + 1 / 2) / 2, 2),
        ("fact_precision", (2 / 2 + 1 / 3) / 2, 2),
        ("sentences", (2 + 3 + 1) / 3, 3),
        ("words", ((3 + 3) + (3 + 3 + 3) + 3) / 3, 3),
        # Fat holds cells. 13 letters, Bone does too. 11, Bone is old. 9, Skin is soft. 10
        ("reading_grade", (grade(24, 6, 2) + grade(29, 9, 3) + grade(13, 3, 1)) / 3, 3),
        ("facts_in_first_3", (0 + 1 + 0) / 3, 3),  # Bone comes fourth; both at once; Fat comes eleventh
        ("passage_recall_10", (2 / 2 + 1 / 1 + 0) / 3, 3),
        ("mrr", (1 / 1 + 1 / 2 + 1 / 11) / 3, 3),
        # p1 p3 p2 for the best order p1 p2; p3 p2 for p2; the eleventh is past the tenth
        ("ndcg_10", ((1 + 1 / 2) / (1 + 1 / LOG3) + (1 / LOG3) / 1 + 0) / 3, 3),
        ("false_answer_near", 1 / 2, 2),
        ("false_answer_far", 0 / 1, 1),
        # answerable at .9 .7 .3, near at .5 .2: .9 and .7 stand above both, .3 above one
        ("auroc_near", (2 + 2 + 1) / 6, 5),
        # .9 right, .7 wrong, .5 wrong, .3 right if it were given, .2 wrong: wrong among the first 1, 2, 3, 4, 5
        ("aurc", (0 / 1 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5, 5),
        ("false_alarm", 1 / 3, 3),  # a boundary that was called for is none
        ("citations_exact", 3 / 4, 4),
        ("disclaimer_shown", 9 / 9, 9),
        ("recall_boundary", 1 / 1, 1),
        ("precision_boundary", 1 / 1, 9),
        ("precision_emergency", 0 / 1, 9),
    ],
)
def test_a_measure_is_what_it_says(taken: dict[str, Figure], name: str, value: float, questions: int) -> None:
    assert (taken[name].interval.value, taken[name].questions) == (pytest.approx(value), questions)


@pytest.mark.parametrize("kind", SCREENED)
def test_recall_and_precision_of_what_is_screened(kind: Kind) -> None:
    other = Kind.CRISIS if kind is not Kind.CRISIS else Kind.EMERGENCY
    asked_and_got = [(kind, kind), (kind, kind), (kind, kind), (kind, other), (other, kind), (kind, Kind.NO_ANSWER)]
    outcomes = [outcome(case(asked), reply(kind=got)) for asked, got in asked_and_got]
    taken = figures(outcomes)
    assert taken[f"recall_{kind}"].interval.value == pytest.approx(3 / 5)  # called for 5 times, came 3 times
    assert taken[f"precision_{kind}"].interval.value == pytest.approx(3 / 4)  # came 4 times, 3 of them called for


def test_a_kind_that_is_as_right_counts_as_right() -> None:
    either = case("no_answer", also=["boundary"])
    told = [outcome(either, reply(kind=got)) for got in ("boundary", "no_answer", "emergency")]
    taken = figures([*told, outcome(case("boundary", also=["no_answer"]), reply(kind="no_answer"))])
    assert taken["precision_boundary"].interval.value == 1
    assert taken["recall_boundary"].interval.value == 1
    assert [each.right for each in told] == [True, True, False]


def test_an_answer_that_is_as_right_is_no_false_one() -> None:
    near = [case("no_answer", also=["answer"]), case("no_answer")]
    grave = [case("no_answer", also=["answer"], tags=["lookalike"]), case("no_answer", tags=["lookalike"])]
    taken = figures([outcome(asked, reply("Fat holds cells.", relevance=0.9)) for asked in (*near, *grave)])
    assert taken["false_answer_near"].interval.value == 1 / 2
    assert taken["false_answer_lookalike"].interval.value == 1 / 2


@pytest.mark.parametrize(("q", "value"), [(50, 60.0), (95, 105.0), (99, 109.0)])
def test_latency_is_the_percentile_of_all_replies(q: int, value: float) -> None:
    times = [110.0, *(10.0 * n for n in range(1, 11))]  # 10, 20, ... 110: a percentile of 1 is 1 ms
    outcomes = [outcome(case("no_answer"), reply(kind="no_answer"), latency_ms=ms) for ms in times]
    figure = MEASURE[f"latency_p{q}"].figure(outcomes)
    assert figure is not None
    assert figure.interval.value == pytest.approx(value)


class Silent(Reply):
    """Forgets the disclaimer."""

    @property
    def text(self) -> str:
        return "Please call."


def test_a_reply_that_does_not_end_with_the_disclaimer_is_counted() -> None:
    spoken = reply(kind="no_answer")
    silent = Silent.model_validate(spoken.model_dump())
    figure = MEASURE["disclaimer_shown"].figure([outcome(case("no_answer"), got) for got in (spoken, silent)])
    assert figure is not None
    assert figure.interval.value == 1 / 2


def test_every_measure_that_is_described_has_a_reading_and_the_other_way_round() -> None:
    file = Path(evals.measures.__file__).with_name("measures.yaml")
    described = [name for group in yaml.safe_load(file.read_text(encoding="utf-8")).values() for name in group]
    assert [measure.name for measure in MEASURES] == described
    assert set(described) == READINGS.keys()
    assert all(measure.says.endswith((".", ").")) and len(measure.says) > 20 for measure in MEASURES)


@given(chosen=st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=6))
def test_shares_lie_between_0_and_1_whatever_was_asked(chosen: list[Outcome]) -> None:
    for measure in MEASURES:
        rows = measure.rows(chosen)
        if measure.unit is Unit.SHARE and len(rows):
            value = float(measure.statistic(rows))
            assert 0 <= value <= 1 or math.isnan(value)


@pytest.mark.parametrize(
    ("outcomes", "present"),
    [
        ([], set()),
        (
            [outcome(case("smalltalk"), reply(kind="smalltalk"))],
            {"recall_smalltalk", "precision_smalltalk"},
        ),
        ([outcome(case("language"), reply(kind="no_answer", relevance=0.1))], {"recall_language"}),
        ([OUTCOMES[4]], {"false_answer_near", "aurc"}),
        ([OUTCOMES[5]], {"false_answer_far"}),
        (  # answerable, but without facts and without passages: nothing to find, nothing to hold
            [outcome(case("answer"), reply("Fat holds cells.", relevance=0.9))],
            {
                *("answered_right", "missed_answer", "aurc", "citations_exact"),
                *("sentences", "words", "reading_grade"),
            },
        ),
        (  # never searched: taken for an emergency
            [outcome(case("answer", "Fat"), reply(kind="emergency"), relevant=("p1",))],
            {"answered_right", "missed_answer", "aurc", "precision_emergency"},
        ),
    ],
)
def test_measures_that_nothing_takes_part_in_are_absent(outcomes: Sequence[Outcome], present: set[str]) -> None:
    always = {"disclaimer_shown", "false_danger", "latency_p50", "latency_p95", "latency_p99"} if outcomes else set()
    assert figures(outcomes).keys() == present | always


def test_who_is_in_danger_is_told_by_either_card_and_nobody_else_should_get_one() -> None:
    crisis_told_as_emergency = outcome(case("crisis"), reply(kind="emergency"))
    missed = outcome(case("emergency"), reply(kind="no_answer", relevance=0.1))
    alarmed = outcome(case("smalltalk"), reply(kind="crisis"))
    calm = [outcome(case("smalltalk"), reply(kind="smalltalk"))] * 3
    taken = figures([crisis_told_as_emergency, missed, alarmed, *calm])
    assert taken["danger_told"].interval.value == 1 / 2
    assert taken["false_danger"].interval.value == 1 / 4
    assert "false_danger" not in figures([missed])


def test_dangers_in_other_languages_are_counted_by_themselves_too() -> None:
    of = {"tags": ["foreign"]}
    told = outcome(case("crisis", **of), reply(kind="emergency"))
    missed = outcome(case("emergency", **of), reply(kind="language"))
    alarmed = outcome(case("language", **of), reply(kind="crisis"))
    calm = [outcome(case("language", **of), reply(kind="language"))] * 2
    in_english = [outcome(case("crisis"), reply(kind="no_answer", relevance=0.1))] * 3
    taken = figures([told, missed, alarmed, *calm, *in_english])
    assert taken["danger_told_foreign"].interval.value == 1 / 2
    assert taken["false_danger_foreign"].interval.value == 1 / 3
    assert not {"danger_told_foreign", "false_danger_foreign"} & figures(in_english).keys()


def test_figures_stand_in_the_order_of_the_measures(taken: dict[str, Figure]) -> None:
    assert list(taken) == [measure.name for measure in MEASURES if measure.name in taken]


def figure(unit: Unit, *interval: float) -> Figure:
    measure = MEASURE["answered_right"]
    made = Measure("name", "group", "says", unit, Better.HIGHER, measure.row, measure.statistic)
    return Figure(made, Interval(*interval), 12)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (figure(Unit.SHARE, 0.9274, 0.8649, 0.9651), "92.7 % (86–97)"),
        (figure(Unit.SHARE, 1.0, 0.7529, 1.0), "100.0 % (75–100)"),
        (figure(Unit.SCORE, 0.9374, 0.8616, 1.0), "0.937 (0.862–1.000)"),
        (figure(Unit.NUMBER, 72.94, 66.86, 78.71), "72.9 (66.9–78.7)"),
        (figure(Unit.MILLISECONDS, 21.06, 17.84, 235.4), "21.1 (17.8–235.4)"),
    ],
)
def test_a_figure_is_shown_in_its_unit_with_its_bounds(shown: Figure, text: str) -> None:
    assert str(shown) == text
    assert text.endswith(f"({shown.bounds})")


@pytest.mark.parametrize(
    ("unit", "gain", "text"),
    [
        (Unit.SHARE, 0.0345, "+3.5 pts"),
        (Unit.SHARE, -0.25, "-25.0 pts"),
        (Unit.SCORE, -0.0125, "-0.013"),
        (Unit.NUMBER, 2.04, "+2.0"),
        (Unit.MILLISECONDS, -3.16, "-3.2"),
    ],
)
def test_a_gain_is_shown_with_its_sign(unit: Unit, gain: float, text: str) -> None:
    assert figure(unit, 0.0, 0.0, 0.0).measure.show_gain(gain) == text


def test_figures_are_taken_for_each_split_that_was_asked() -> None:
    def of(split: Split, got: Reply) -> Outcome:
        return outcome(case("answer", split=split), got)

    outcomes = [of(Split.GATE, reply("a.")), of(Split.DEV, reply(kind="no_answer")), of(Split.GATE, reply("a."))]
    taken = by_split(outcomes)
    assert list(taken) == [Split.DEV, Split.GATE]
    assert {
        split: (f["answered_right"].interval.value, f["answered_right"].questions) for split, f in taken.items()
    } == {
        Split.DEV: (0, 1),
        Split.GATE: (1, 2),
    }
