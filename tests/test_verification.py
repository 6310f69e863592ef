"""The set of drafted sentences, what is measured on it, and what the check must reach."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.chain import FaqChain
from bot.cli import app
from corpus.load import PACKAGED_CORPUS
from evals.entailment import LABELS, agreement, judge_claims, load_claims
from evals.errors import EvalError
from evals.questions import Split, load_sets, shipped_sets
from evals.verification import (
    DRAFTS,
    Draft,
    Label,
    Row,
    Verdict,
    baseline_threshold,
    judge_drafts,
    load_drafts,
    passages_of,
    share,
    table,
)
from index.embed import Vectors
from index.entailment import Entailment

pytestmark = pytest.mark.slow

KINDS = {
    "advice", "comparison", "condition", "direction", "entity", "guarantee", "invention", "modality", "negation",
    "number", "quantifier",
}  # fmt: skip

LET_THROUGH = {Split.DEV: 0.022, Split.TEST: 0.02}
KEPT = {Split.DEV: 0.52, Split.TEST: 0.52}
"""A few sentences away from what was reached, see docs/verify.md. Who falls behind mends the check, not the bound."""


@pytest.fixture(scope="module")
def drafts() -> list[Draft]:
    return load_drafts()


@pytest.fixture(scope="module")
def verdicts(drafts: list[Draft], chain: FaqChain) -> list[Verdict]:
    def embed(texts: Sequence[str]) -> list[Vectors]:
        return list(chain.retriever.embeddings.encode(texts))

    return judge_drafts(drafts, embed, Entailment().log_odds)


def body(source: str) -> str:
    path = PACKAGED_CORPUS / "article.md" if source == "article" else PACKAGED_CORPUS / "sources" / f"{source}.md"
    return flat(path.read_text(encoding="utf-8").split("\n---\n", 1)[1])


def flat(text: str) -> str:
    """A text without its headings and the marks of its lists, on one line."""
    return " ".join(re.sub(r"^- |^#.*$", "", text, flags=re.MULTILINE).split())


def test_every_passage_stands_in_its_document(drafts: list[Draft]) -> None:
    assert [draft.id for draft in drafts if flat(draft.passage) not in body(draft.source)] == []


def test_there_are_enough_of_each_kind(drafts: list[Draft]) -> None:
    counts = Counter(draft.kind for draft in drafts)
    assert counts.keys() == KINDS | {Label.FAITHFUL}
    assert min(counts[kind] for kind in KINDS) >= 20
    for split in (Split.DEV, Split.TEST):
        half = Counter(draft.kind for draft in drafts if draft.split == split)
        assert half[Label.FAITHFUL] >= 100
        assert min(half[kind] for kind in KINDS) >= 12


def test_no_sentence_stands_twice_and_none_is_in_both_splits(drafts: list[Draft]) -> None:
    assert len({draft.sentence for draft in drafts}) == len(drafts)


def test_it_is_no_question_set() -> None:
    assert DRAFTS.is_file()
    assert DRAFTS.stem not in shipped_sets()
    assert DRAFTS.stem not in load_sets()


@pytest.mark.parametrize("split", [Split.DEV, Split.TEST])
def test_the_check_lets_few_unfaithful_sentences_through_and_keeps_most_faithful_ones(
    split: Split, verdicts: list[Verdict]
) -> None:
    rows = {row.kind: row for row in table(verdicts, baseline_threshold(verdicts)) if row.split == split}
    unfaithful = rows["all unfaithful"]
    assert unfaithful.share.value <= LET_THROUGH[split]
    assert rows[Label.FAITHFUL].share.value >= KEPT[split]
    assert unfaithful.baseline_share.value > 5 * unfaithful.share.value


def test_no_invented_number_promise_advice_or_turned_denial_of_test_is_let_through(verdicts: list[Verdict]) -> None:
    grave = [v for v in verdicts if v.split == Split.TEST and v.kind in {"number", "guarantee", "advice", "negation"}]
    assert len(grave) > 100
    assert [v for v in grave if v.fault is None] == []


def test_the_baseline_keeps_as_many_faithful_ones_of_dev(verdicts: list[Verdict]) -> None:
    rows = {(row.split, row.kind): row for row in table(verdicts, baseline_threshold(verdicts))}
    faithful = rows[Split.DEV, Label.FAITHFUL]
    assert faithful.baseline == faithful.passed > 0


def verdict(kind: str, fault: str | None, similarity: float, split: Split = Split.DEV) -> Verdict:
    return Verdict(kind, split, fault, similarity)


def test_the_table_counts_by_split_and_kind() -> None:
    verdicts = [
        verdict(Label.FAITHFUL, None, 0.9),
        verdict(Label.FAITHFUL, "number:3", 0.8),
        verdict("number", "number:3", 0.95),
        verdict("negation", None, 0.7),
        verdict("number", None, 0.5, Split.TEST),
    ]
    threshold = baseline_threshold(verdicts)
    assert threshold == 0.9
    assert table(verdicts, threshold) == [
        Row(Split.DEV, "faithful", 2, 1, 1),
        Row(Split.DEV, "negation", 1, 1, 0),
        Row(Split.DEV, "number", 1, 0, 1),
        Row(Split.DEV, "all unfaithful", 2, 1, 1),
        Row(Split.TEST, "number", 1, 1, 0),
        Row(Split.TEST, "all unfaithful", 1, 1, 0),
    ]


def test_where_nothing_is_kept_the_baseline_keeps_nothing() -> None:
    assert baseline_threshold([verdict(Label.FAITHFUL, "negation", 0.9)]) == math.inf


def test_a_share_has_the_interval_of_wilson() -> None:
    # (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), with z = 1.959964
    n, z = 168, 1.959964
    p = 6 / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    expected = [(p + z * z / (2 * n) + sign * half) / (1 + z * z / n) for sign in (-1, 1)]
    assert share(6, n) == pytest.approx((p, *expected), abs=1e-6)


def test_agreement_is_accuracy_and_kappa() -> None:
    verdicts = [verdict("Entailment", None, 0.9)] * 2 + [verdict("Entailment", "negation", 0.9)]
    verdicts += [verdict("Neutral", "negation", 0.2)] * 4 + [verdict("Contradiction", None, 0.9)]
    agreed = agreement(verdicts, lambda v: v.fault is None)
    assert agreed.accuracy == 6 / 8
    chance = (3 * 3 + 5 * 5) / 64
    assert agreed.kappa == pytest.approx((6 / 8 - chance) / (1 - chance))
    assert agreed.passed == {"Entailment": (2, 3), "Neutral": (0, 4), "Contradiction": (1, 1)}


def test_passages_are_split_as_documents_are() -> None:
    (passage,) = passages_of("MSCs release factors. They may help.\n- A first item.\n- A second one.")
    assert [sentence.text for sentence in passage.sentences] == [
        "MSCs release factors.",
        "They may help.",
        "A first item.",
        "A second one.",
    ]


GOOD = {
    "id": "a",
    "split": "dev",
    "source": "article",
    "passage": "MSCs release factors.",
    "sentence": "MSCs give off factors.",
    "label": "faithful",
    "edit": "",
}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([GOOD | {"edit": "number"}], ":1: line: 'edit' must be empty"),
        ([GOOD, GOOD | {"id": "b", "label": "unfaithful"}], ":2: line: 'edit' must be empty"),
        ([GOOD | {"split": "gate"}], ":1: split:"),
        ([GOOD, GOOD], "'a' stands twice"),
        ([{}], ":1: id:"),
    ],
)
def test_a_malformed_line_is_named(lines: list[dict[str, str]], said: str, tmp_path: Path) -> None:
    file = tmp_path / "drafts.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(EvalError, match="mend the line") as raised:
        load_drafts(file)
    assert said in str(raised.value)
    with pytest.raises(EvalError, match="can't be read"):
        load_drafts(tmp_path / "none.jsonl")


def test_physicians_statements_are_judged(shared: Path, chain: FaqChain) -> None:
    claims = load_claims(shared / "data" / "verify_dev.jsonl")
    embed, entails = chain.retriever.embeddings.encode, Entailment().log_odds
    verdicts = judge_claims(claims[:12], lambda texts: list(embed(texts)), entails)
    assert [v.kind for v in verdicts] == [c.label for c in claims[:12]]
    assert {c.label for c in claims} == set(LABELS)
    assert all(np.isfinite(v.similarity) for v in verdicts)


def test_the_command_prints_tables_or_one_object(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "drafts.jsonl"
    wrong = GOOD | {"id": "b", "sentence": "MSCs cure arthritis.", "label": "unfaithful", "edit": "guarantee"}
    file.write_text("\n".join(map(json.dumps, [GOOD, wrong])), encoding="utf-8")
    command = ["eval", "verify", "--file", str(file), "--physicians", str(tmp_path / "none.jsonl")]
    environment = {"FAQBOT_STATE": str(state), "COLUMNS": "120"}
    done = CliRunner().invoke(app, command, env=environment)
    assert done.exit_code == 0
    assert "guarantee" in done.output
    assert "skipped, there is no" in done.output
    record = json.loads(CliRunner().invoke(app, [*command, "--json"], env=environment).output)
    assert [(row["kind"], row["total"], row["passed"]) for row in record["kinds"]] == [
        ("faithful", 1, 1),
        ("guarantee", 1, 0),
        ("all unfaithful", 1, 0),
    ]
    assert record["physicians"] is None
    assert CliRunner().invoke(app, [*command, "--split", "gate"], env=environment).exit_code == 2
