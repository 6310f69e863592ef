"""Asking question sets: what is recorded of each reply, and the record on disk."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from outcomes import case, outcome, reply, run_of

from bot.chain import FaqChain
from bot.reply import Citation, Kind, Reply
from bot.settings import Settings
from corpus.document import Passage, Tier
from evals.errors import EvalError
from evals.outcome import relevant
from evals.questions import Case
from evals.run import Run, run

ROOT = Path(__file__).parents[1]
FDA = "Has the FDA approved stem cell therapy for joint pain?"
NOT_APPROVED = "no regenerative medicine therapy had been approved for any orthopaedic condition"
REFUSING = 1.0
"""A relevance that nothing reaches."""


def passage(name: str, text: str) -> Passage:
    return Passage(name, "article", "", Tier.ARTICLE, (), text, 0, len(text), ())


@pytest.fixture(scope="module")
def recorded(chain: FaqChain) -> Run:
    approved = case("answer", NOT_APPROVED, id="fda", q=FDA)
    maker = case("answer", "Mesoblast", id="maker", q="Who makes it?", history=["What is Ryoncil?"])
    return run(chain, {"second": [maker, approved], "first": [case("no_answer", id="far", q="Is Mars far?")]})


def test_every_case_is_asked_in_order_with_its_history(recorded: Run) -> None:
    assert [outcome.key for outcome in recorded.outcomes] == [("second", "maker"), ("second", "fda"), ("first", "far")]
    assert [o.reply.question for o in recorded.outcomes] == ["Who makes it?", FDA, "Is Mars far?"]
    assert "Ryoncil" in recorded.outcomes[0].reply.understood_as
    assert [o.right for o in recorded.outcomes] == [True, True, True]
    assert all(o.latency_ms > 0 for o in recorded.outcomes)


def test_progress_is_told_after_each_question_over_all_sets(chain: FaqChain) -> None:
    told: list[tuple[str, int, int]] = []
    far = [case("no_answer", id=name, q="Is Mars far?") for name in "ab"]
    run(chain, {"x": far, "y": far[:1]}, lambda *step: told.append(step))
    assert told == [("x", 1, 3), ("x", 2, 3), ("y", 3, 3)]


def test_a_run_tells_what_it_was_made_from(recorded: Run, chain: FaqChain, settings: Settings) -> None:
    made_from = chain.retriever.store.manifest
    assert (recorded.corpus_digest, recorded.recipe) == (made_from.corpus_digest, made_from.recipe)
    assert (recorded.model, recorded.model_digest) == (made_from.model, made_from.model_digest)
    assert recorded.settings == settings.model_dump(mode="json", exclude={"database", "limit_storage"})
    assert recorded.versions.keys() >= {"faqbot-clinic", "chromadb", "numpy"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", recorded.started_at)


def test_no_password_of_the_settings_is_in_a_run_new_or_of_before(recorded: Run, tmp_path: Path) -> None:
    secret = {"database": "postgresql://faqbot:hunter2@db/faqbot", "limit_storage": "redis://:hunter2@cache:6379"}
    before = recorded.model_dump(mode="json")
    (tmp_path / "run.json").write_text(json.dumps({**before, "settings": {**before["settings"], **secret}}))
    loaded = Run.load(tmp_path)
    assert loaded == recorded
    assert "hunter2" not in loaded.save(tmp_path / "again").read_text()


def test_the_revision_is_that_of_the_repository(recorded: Run) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no repository")
    command = ("git", "rev-parse", "--short=12", "HEAD")
    head = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert recorded.revision.removesuffix("+") == head


@pytest.mark.parametrize(("name", "value"), [("GIT_DIR", "/no/repository"), ("PATH", "/no/programs")])
def test_outside_a_repository_and_without_git_there_is_no_revision(
    chain: FaqChain, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert run(chain, {}).revision == ""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (case("answer", "Fat holds"), ["p1"]),
        (case("answer", ("Fat holds", "bone"), "marrow"), ["p1", "p2", "p3"]),
        (case("answer", "/FAT|marrow/"), ["p1", "p3"]),
        (case("answer", "Fat holds", passages=["bone"]), ["p2"]),
        (case("answer", "Skin"), []),
        (case("answer"), []),
        (case("no_answer"), []),
    ],
)
def test_passages_are_relevant_that_hold_a_mark_or_a_fact(asked: Case, expected: list[str]) -> None:
    passages = [passage("p1", "Fat holds cells."), passage("p2", "So does bone."), passage("p3", "And marrow.")]
    assert relevant(asked, passages) == expected


def test_the_relevant_passages_of_the_index_are_recorded_by_id(recorded: Run, chain: FaqChain) -> None:
    found = [p.id for p in chain.retriever.store.passages if NOT_APPROVED in p.text]
    assert found
    assert list(recorded.outcomes[1].relevant) == found
    assert set(found) & set(recorded.outcomes[1].ranked)


class Tampering(FaqChain):
    """Says something else of its first citation than the chain that it stands for."""

    def __init__(self, honest: FaqChain, tamper: Callable[[Citation], dict[str, Any]]) -> None:
        super().__init__(honest.settings, honest.retriever)
        self._tamper = tamper

    def invoke(self, *args: Any, **kwargs: Any) -> Reply:
        got = super().invoke(*args, **kwargs)
        first, *others = got.citations
        return got.model_copy(update={"citations": (first.model_copy(update=self._tamper(first)), *others)})


def _other_letter(citation: Citation) -> dict[str, Any]:
    return {"quote": citation.quote[:-2] + "§" + citation.quote[-1]}


def _shifted(citation: Citation) -> dict[str, Any]:
    return {"start": citation.start + 1, "end": citation.end + 1}


def _of_nobody(citation: Citation) -> dict[str, Any]:
    return {"source_id": "nobody"}


def _true_but_without_the_sentence(citation: Citation) -> dict[str, Any]:
    return {"quote": citation.quote[:9], "end": citation.start + 9}


@pytest.mark.parametrize("tamper", [_other_letter, _shifted, _of_nobody, _true_but_without_the_sentence])
def test_a_citation_that_was_tampered_with_is_not_counted(
    recorded: Run, chain: FaqChain, tamper: Callable[[Citation], dict[str, Any]]
) -> None:
    honest = recorded.outcomes[1]
    assert honest.exact_citations == len(honest.reply.citations) > 0
    (tampered,) = run(Tampering(chain, tamper), {"mine": [honest.case]}).outcomes
    assert tampered.exact_citations == honest.exact_citations - 1


ANSWERED = case("answer", NOT_APPROVED, q=FDA)
WITHOUT_ITS_FACT = case("answer", "Fat is blue.", q=FDA)


@pytest.mark.parametrize(
    ("min_relevance", "asked", "kind", "right", "right_unless_refused"),
    [
        (0.0, ANSWERED, Kind.ANSWER, True, True),
        (REFUSING, ANSWERED, Kind.NO_ANSWER, False, True),
        (0.0, WITHOUT_ITS_FACT, Kind.ANSWER, False, False),
        (REFUSING, WITHOUT_ITS_FACT, Kind.NO_ANSWER, False, False),
        (0.0, case("no_answer", q=FDA), Kind.ANSWER, False, False),
        (REFUSING, case("no_answer", q=FDA), Kind.NO_ANSWER, True, False),
    ],
)
def test_what_was_refused_is_judged_by_the_answer_it_would_have_got(
    chain: FaqChain, min_relevance: float, asked: Case, kind: Kind, right: bool, right_unless_refused: bool
) -> None:
    (got,) = run(chain.with_settings(min_relevance=min_relevance), {"mine": [asked]}).outcomes
    assert (got.reply.kind, got.right, got.right_unless_refused) == (kind, right, right_unless_refused)


@pytest.mark.parametrize(
    ("asked", "got", "right"),
    [
        (case("answer", "a.", ("b.", "c.")), reply("It says a.", "c."), True),
        (case("answer", "a.", "b."), reply("a."), False),
        (case("answer"), reply("a."), True),
        (case("answer"), reply(kind="no_answer"), False),
        (case("answer", "a."), reply("a.", kind="boundary"), False),
        (case("no_answer"), reply(kind="no_answer"), True),
        (case("no_answer"), reply("a."), False),
        (case("boundary", "a."), reply(kind="boundary"), False),
    ],
)
def test_an_outcome_is_right_when_the_kind_is_and_every_fact_is_shown(asked: Case, got: Reply, right: bool) -> None:
    assert outcome(asked, got).right is right


def test_a_passage_ranks_where_its_best_sentence_does() -> None:
    found = [("p2", "b."), ("p1", "a."), ("p2", "c."), ("p3", "d.")]
    of = outcome(case("answer"), reply("a.", found=found, relevance=0.7))
    assert (of.found, of.ranked, of.confidence) == (["b.", "a.", "c.", "d."], ["p2", "p1", "p3"], 0.7)
    unsearched = outcome(case("crisis"), reply(kind="crisis"))
    assert (unsearched.found, unsearched.ranked, unsearched.confidence) == ([], [], 0.0)


def test_a_saved_run_comes_back_as_it_was(recorded: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert recorded.save(folder) == folder / "run.json"
    assert Run.load(folder) == Run.load(folder / "run.json") == recorded
    assert [o.reply.text for o in Run.load(folder).outcomes] == [o.reply.text for o in recorded.outcomes]


def _changed(record: dict[str, Any], field: Iterable[str | int], value: Any) -> str:
    *path, last = field
    inner: Any = record
    for step in path:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(record)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (("recipe",), None),
        (("of_another_version",), 1),
        (("outcomes", 0, "latency_ms"), "long"),
        (("outcomes", 0, "case", "kind"), "maybe"),
        (("outcomes", 0, "reply", "disclaimer"), None),
    ],
)
def test_a_run_of_another_version_is_named_by_file_and_field(
    tmp_path: Path, field: tuple[Any, ...], value: Any
) -> None:
    path = run_of(outcome(case("answer"), reply("a."))).save(tmp_path)
    path.write_text(_changed(json.loads(path.read_text(encoding="utf-8")), field, value), encoding="utf-8")
    where = re.escape(f"{path}: '{'.'.join(map(str, field))}': ")
    with pytest.raises(EvalError, match=rf"^{where}.*make it anew by: faqbot eval run --out DIR$"):
        Run.load(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b'{"started_at": ', b"\xff\xfe"])
def test_a_run_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(EvalError, match=rf"^{re.escape(str(tmp_path / 'run.json'))}: .*faqbot eval run --out DIR$"):
        Run.load(tmp_path / "run.json")
