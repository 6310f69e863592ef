"""Gaps grouped by meaning, with the real embeddings, and as a table that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chain import FaqChain
from bot.gap import Gap
from bot.gaps import Group, as_csv, by_day, grouped, missing_in, parted
from bot.reply import Kind
from evals.grouping import agreement
from evals.questions import Split, load_sets

pytestmark = pytest.mark.slow

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
COST = (
    "How much does a stem cell injection in the knee cost?",
    "how much for one knee",
    "what does one knee injection cost",
)
EARS = ("stem cells tinnitus", "my ears ring, does this do anything for tinnitus")


def gap(text: str | None, number: int = 0, *reasons: str, **fields: object) -> Gap:
    values: dict[str, object] = {
        "id": f"{number:032x}",
        "time": NOON - timedelta(hours=number),
        "text": text,
        "kind": Kind.NO_ANSWER,
        "reasons": reasons,
        "passage_ids": (),
        "rating": None,
        "comment": None,
        "handled_by": None,
        "handled_at": None,
    }
    return Gap(**{**values, **fields})  # type: ignore[arg-type]


def groups_of(gaps: list[Gap], chain: FaqChain) -> list[Group]:
    return grouped(gaps, chain.retriever.embeddings.encode)


def test_questions_of_one_meaning_are_together_the_most_asked_first(chain: FaqChain) -> None:
    asked = [EARS[0], *COST, EARS[1]]
    groups = groups_of([gap(text, number) for number, text in enumerate(asked)], chain)
    assert [{gap.text for gap in group.gaps} for group in groups] == [set(COST), set(EARS)]
    assert groups[0].name in COST


def test_no_gap_is_lost_or_doubled(chain: FaqChain) -> None:
    texts = [case.q for case in load_sets(["uncovered"], Split.GATE)["uncovered"]]
    gaps = [gap(text, number) for number, text in enumerate([*texts, *texts[:5], None])]
    groups = groups_of(gaps, chain)
    assert sorted(gap.id for group in groups for gap in group.gaps) == sorted(gap.id for gap in gaps)
    assert [len(group.gaps) for group in groups] == sorted((len(group.gaps) for group in groups), reverse=True)


@pytest.mark.parametrize("texts", [[], ["one alone"], [None]])
def test_few_gaps_need_no_grouping(texts: list[str | None], chain: FaqChain) -> None:
    assert [len(group.gaps) for group in groups_of([gap(text) for text in texts], chain)] == [1] * len(texts)


def test_a_group_tells_what_is_missing_and_which_passage_was_nearest(chain: FaqChain) -> None:
    gaps = [
        gap(EARS[0], 0, "uncovered_term:tinnitus", passage_ids=("b", "c")),
        gap(EARS[0], 1, "uncovered_term:tinnitus", "wrong_aspect:cost", passage_ids=("a",)),
        gap(EARS[0], 2, "low_relevance", passage_ids=("a",)),
    ]
    group = groups_of(gaps, chain)[0]
    assert group.missing == ("tinnitus", "what it costs or how it is paid for")
    assert group.passage_id == "a"
    assert group.gaps[0].time == NOON


def test_gaps_without_words_are_together_by_what_was_missing(chain: FaqChain) -> None:
    gaps = [gap(None, 0, "uncovered_term:copd"), gap(None, 1, "uncovered_term:copd"), gap(None, 2, "low_relevance")]
    groups = groups_of(gaps, chain)
    assert [(group.name, group.missing, len(group.gaps)) for group in groups] == [("", ("copd",), 2), ("", (), 1)]


def test_a_group_is_handled_when_all_of_it_is(chain: FaqChain) -> None:
    done = {"handled_by": "maria", "handled_at": NOON}
    half, whole = [gap("a", 0, **done), gap("a", 1)], [gap("a", 0, **done)]
    assert [groups_of(gaps, chain)[0].is_handled for gaps in (half, whole)] == [False, True]


def test_a_question_known_as_uncovered_says_what_it_misses() -> None:
    assert missing_in(["uncovered_question:whether insurance pays", "low_relevance", "matched:crisis.words"]) == (
        "whether insurance pays",
    )


def test_the_distance_is_where_paraphrases_meet_and_strangers_do_not(chain: FaqChain) -> None:
    cases = [case for case in load_sets(["answerable"], Split.DEV)["answerable"] if case.facts and not case.history]
    vectors = chain.retriever.embeddings.encode([case.q for case in cases])
    meanings = [case.facts for case in cases]
    chosen, near, far = (agreement(vectors, meanings, distance) for distance in (0.35, 0.3, 0.5))
    assert chosen[0] > 0.25  # adjusted Rand index
    assert chosen[2] > near[2]  # more paraphrases together
    assert chosen[1] > 2 * far[1]  # strangers apart


def test_days_without_a_gap_count_too() -> None:
    gaps = [gap("a", 0), gap("b", 1), gap("c", 48)]
    counted = by_day(gaps, NOON - timedelta(days=3), 4)
    assert [count for _, count in counted] == [0, 1, 0, 2]
    assert counted[-1][0] == NOON.replace(hour=0)


def rows_of(table: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table)))


def test_the_table_has_a_line_for_each_gap(chain: FaqChain) -> None:
    passage = chain.retriever.store.passages[0]
    gaps = [gap("is it safe", 0, "uncovered_term:copd", passage_ids=(passage.id,), rating="down", comment="unclear")]
    head, row = rows_of(as_csv(groups_of(gaps, chain), {passage.id: passage}))
    assert dict(zip(head, row, strict=True)) == {
        "group": "1",
        "asked in group": "1",
        "missing": "copd",
        "time": "2026-03-10 12:00",
        "question": "is it safe",
        "reply": "no_answer",
        "rating": "down",
        "comment": "unclear",
        "nearest passage": ", ".join((passage.title, *passage.section)),
    }


def test_gaps_that_are_too_many_to_be_grouped_are_in_the_table_without_a_group(
    chain: FaqChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gaps.MOST", 2)
    gaps = [gap(text, number) for number, text in enumerate([COST[0], EARS[0], None, "is it safe", COST[0]])]
    within, rest = parted(gaps)
    assert [gap.text for gap in rest] == ["is it safe"]
    _, *rows = rows_of(as_csv(groups_of(within, chain), {}, rest))
    assert [(row[0], row[1], row[4]) for row in rows] == [
        *(("1", "2", COST[0]), ("1", "2", COST[0]), ("2", "1", EARS[0]), ("3", "1", "")),
        ("", "", "is it safe"),
    ]


@given(st.text(), st.sampled_from("=+-@＝＋－＠\t\r\n"))
def test_no_cell_of_the_table_is_run_as_a_formula(text: str, sign: str) -> None:
    group = Group("", (gap(sign + text, 0, f"uncovered_term:{sign}x", comment=sign + text),), (), None)
    table = as_csv([group], {})
    cells = [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
    assert not any(cell.startswith(tuple("=+-@＝＋－＠\t\r\n")) for cell in cells)
    assert f"'{sign}{text}" in cells
