"""Speed and size: what is counted, and how contenders are made and run. No time is asserted."""

from __future__ import annotations

import ast
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.chain import FaqChain
from bot.cli_bench import show
from bot.settings import Settings
from bot.understand import Question
from evals.bench import Bench, Speed, own_speed
from evals.contest import Entry, enter, job, measure
from evals.peers import OURS, PEERS, Answered, BenchError, Contender, Indexed, Shown, answer, environment, index
from evals.questions import Case
from evals.standings import fastest, row

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
STAND_IN = """
import json
from pathlib import Path

PACKAGES = ()


def index(job):
    Path(job["index"], "texts.json").write_text(json.dumps([d["text"] for d in job["documents"]]))
    return {"passages": len(job["documents"])}


def opened(job):
    texts = json.loads(Path(job["index"], "texts.json").read_text())
    top_k = 1 if job.get("search_only") else job["top_k"]

    def answer(question):
        words = [*question["history"], *question["q"].split()]
        return [text for text in texts if any(word in text for word in words)][:top_k]

    return answer
"""
BROKEN = "PACKAGES = ()\n\n\ndef index(job):\n    print('much')\n    raise ValueError('no such thing')\n"


def case(name: str, q: str, *facts: str, kind: str = "answer", **more: Any) -> Case:
    return Case.model_validate({"id": name, "q": q, "kind": kind, "facts": [[fact] for fact in facts], **more})


CASES = [
    case("a", "Where is fat?", "fat is here", "fat is yellow"),
    case("b", "And bone?", "bone is white"),
    case("c", "fat price?", kind="no_answer"),
    case("d", "moon?", kind="no_answer", tags=["far"]),
]


@pytest.fixture
def stand_in(tmp_path: Path) -> Contender:
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN, encoding="utf-8")
    return Contender("stand_in", script)


@pytest.fixture
def broken(tmp_path: Path) -> Contender:
    script = tmp_path / "broken.py"
    script.write_text(BROKEN, encoding="utf-8")
    return Contender("broken", script)


@pytest.fixture
def work(tmp_path: Path) -> dict[str, Any]:
    texts = ["fat is here and fat is yellow", "bone is hard", "fat again"]
    return {
        "documents": [{"id": text, "title": "", "text": text} for text in texts],
        "questions": [{"id": case.id, "q": case.q, "history": case.history} for case in CASES],
        "top_k": 4,
        "index": str(tmp_path),
    }


def answered(ms: float, first_answer_s: float = 1.0, **passages: tuple[str, ...]) -> Answered:
    replies = tuple(Shown(id=name, passages=shown, latency_ms=ms) for name, shown in passages.items())
    return Answered(ready_s=first_answer_s / 2, first_answer_s=first_answer_s, replies=replies, peak_mb=1, versions={})


def entry(*times: Answered) -> Entry:
    built = Indexed(passages=4, total_s=3, export_s=1, peak_mb=1, versions={})
    return Entry("stand_in", OURS, Path(sys.executable), {}, built, 7.0, list(times))


def test_a_row_counts_facts_words_and_what_is_shown_without_an_answer() -> None:
    shown = answered(20, a=("fat is here", "fat is yellow too"), b=("bone is hard",), c=("fat",), d=())
    figures = row(entry(shown), CASES)
    assert (figures.facts, figures.words, figures.near, figures.far) == (0.5, 5.0, 1.0, 0.0)
    assert (figures.p50_ms, figures.p95_ms, figures.per_second) == (20, 20, 50)
    assert (figures.build_s, figures.passages, figures.install_mb) == (2, 4, 7)


def test_a_fact_torn_between_two_passages_is_not_shown() -> None:
    assert row(entry(answered(1, b=("bone is", "white"))), CASES[1:2]).facts == 0


def test_a_row_has_no_share_of_questions_that_nobody_asked() -> None:
    figures = row(entry(answered(1, a=())), CASES[:1])
    assert (figures.facts, figures.words, figures.near, figures.far) == (0.0, None, None, None)


def test_the_fastest_time_of_each_question_counts_and_the_shortest_start() -> None:
    slow, quick = answered(3, 1.0, a=("x",), b=()), answered(2, 5.0, a=("x",), b=())
    mixed = slow.model_copy(update={"replies": (slow.replies[0], quick.replies[1])})
    best = fastest([mixed, slow.model_copy(update={"first_answer_s": 9.0})])
    assert [(reply.id, reply.latency_ms) for reply in best.replies] == [("a", 3), ("b", 2)]
    assert (best.first_answer_s, best.ready_s) == (1.0, 0.5)


def test_a_contender_builds_in_one_process_and_answers_in_another(stand_in: Contender, work: dict[str, Any]) -> None:
    python = environment(stand_in, Path("unused"))
    built = index(stand_in, python, work)
    got = answer(stand_in, python, work)
    assert built.passages == 3
    assert {reply.id: reply.passages for reply in got.replies} == {
        "a": ("fat is here and fat is yellow", "bone is hard"),
        "b": (),
        "c": ("fat is here and fat is yellow", "fat again"),
        "d": (),
    }
    assert 0 < got.ready_s <= got.first_answer_s
    assert min(built.peak_mb, got.peak_mb) > 1


def test_memory_is_that_of_the_process_alone(stand_in: Contender, work: dict[str, Any]) -> None:
    index(stand_in, Path(sys.executable), work)
    ballast = bytearray(b"x") * 300_000_000
    assert answer(stand_in, Path(sys.executable), work).peak_mb < 150 < len(ballast) / 1e6


def test_a_variant_is_an_entry_of_its_own_over_one_index(stand_in: Contender, work: dict[str, Any]) -> None:
    entries = enter(replace(stand_in, variants=("search_only",)), Path("unused"), work)
    for each in entries:
        each.ask()
    assert [each.name for each in entries] == ["stand_in", "stand_in, search only"]
    assert [len(each.answered[0].replies[0].passages) for each in entries] == [2, 1]


def test_a_contender_that_fails_says_so_in_one_line(broken: Contender, work: dict[str, Any]) -> None:
    with pytest.raises(BenchError, match=r"^ValueError: no such thing$"):
        index(broken, Path(sys.executable), work)


def test_packages_that_cannot_be_had_are_named(tmp_path: Path, stand_in: Contender) -> None:
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("--no-index\nfaqbot-of-nowhere==1.0\n", encoding="utf-8")
    with pytest.raises(BenchError, match=r"^ERROR: No matching distribution found for faqbot-of-nowhere==1\.0"):
        environment(Contender("nowhere", stand_in.script, wanted), tmp_path / "nowhere")
    assert not (tmp_path / "nowhere" / "installed.txt").exists()


def test_an_environment_is_kept_until_its_list_changes(tmp_path: Path, stand_in: Contender) -> None:
    wanted, folder = tmp_path / "wanted.txt", tmp_path / "kept"
    wanted.write_text("--no-index\n", encoding="utf-8")
    peer = Contender("kept", stand_in.script, wanted)
    python = environment(peer, folder)
    mark = python.with_name("mark")
    mark.touch()
    assert environment(peer, folder) == python
    assert mark.exists()
    wanted.write_text("--no-index\n# another\n", encoding="utf-8")
    assert environment(peer, folder) == python
    assert not mark.exists()


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_has_a_script_and_a_list_of_pinned_packages(peer: Contender) -> None:
    assert peer.requirements is not None
    lines = peer.requirements.read_text(encoding="utf-8").split()
    assert all("==" in line and "/" not in line for line in lines)
    torch = next(line for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").split('"') if "torch==" in line)
    assert torch in lines
    tree = ast.parse(peer.script.read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert names >= {"index", "opened"}
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert not {name.split(".")[0] for name in imported} & {"bot", "corpus", "evals", "index", "prompts"}


def test_every_contender_gets_the_text_under_the_front_matter(settings: Settings) -> None:
    got = job(settings, CASES)
    article = next(document for document in got["documents"] if document["id"] == "article")
    assert article["text"].startswith("Stem cell therapy has moved")
    assert [question["id"] for question in got["questions"]] == ["a", "b", "c", "d"]
    assert json.loads(json.dumps(got)) == {**got, "questions": [{**q, "history": []} for q in got["questions"]]}


def test_this_bot_shows_what_its_chain_answers(settings: Settings, state: Path, chain: FaqChain) -> None:
    cases = [case("svf", "What is SVF?"), case("price", "How much does it cost?", history=["What is SVF?"])]
    work = {**job(settings, cases), "index": str(state.absolute())}
    shown = answer(OURS, Path(sys.executable), work).replies
    found = answer(OURS, Path(sys.executable), {**work, "search_only": True}).replies
    for one, reply in zip(cases, shown, strict=True):
        sentences = chain.invoke(Question(one.q, one.history)).sentences
        assert reply.passages == tuple(sentence.text for sentence in sentences)
    hits = chain.retriever.hits("What is SVF?", 4)
    assert found[0].passages == tuple(dict.fromkeys(hit.passage.text for hit in hits))


def test_own_speed_is_of_the_settings_index(settings: Settings, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQBOT_STATE", str(state.absolute()))
    speed = own_speed(settings, [Question("What is SVF?"), Question("Who makes exosomes?")])
    assert speed.ratio == pytest.approx(speed.answer_p50_ms / speed.embedding_p50_ms)
    assert list(speed.per_second) == [1, 2, 8]
    assert (speed.questions, speed.ask_s > 0) == (2, True)


def test_own_speed_says_why_faqbot_ask_fails(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQBOT_STATE", str(tmp_path))
    with pytest.raises(BenchError, match=r"^faqbot: .*run: faqbot build"):
        own_speed(settings, [Question("What is SVF?")])


def test_a_contender_that_fails_is_absent_and_the_rest_is_measured(
    tmp_path: Path, work: dict[str, Any], stand_in: Contender, broken: Contender
) -> None:
    late = tmp_path / "late.py"
    late.write_text(
        STAND_IN.replace("    texts = json", "    raise OSError('gone')\n    texts = json"), encoding="utf-8"
    )
    entries, absent = measure((broken, Contender("late", late), stand_in), tmp_path, work)
    assert absent == {"broken": "ValueError: no such thing", "late": "OSError: gone"}
    assert [row(each, CASES).name for each in entries] == ["stand_in"]
    assert len(entries[0].answered) > 1


SPEED = Speed(
    questions=2,
    embedding_p50_ms=4,
    embedding_p95_ms=5,
    answer_p50_ms=6,
    answer_p95_ms=7,
    ratio=1.5,
    per_second={1: 100, 8: 200},
    ask_s=1.5,
)


def test_a_run_is_printed_with_ratios_and_with_who_is_absent() -> None:
    ours = row(entry(answered(5, a=(), c=())), [CASES[0], CASES[2]])
    theirs = ours.model_copy(update={"name": "peer", "per_second": ours.per_second / 4, "far": None})
    built = Indexed(passages=50, vectors=90, total_s=12, export_s=2, peak_mb=1, versions={})
    measured = Bench(
        machine="m", questions=2, speed=SPEED, build=built, rows=(ours, theirs), absent={"gone": "[no] network"}
    )
    console = Console(record=True, width=120, file=io.StringIO())
    show(measured, console)
    printed = " ".join(console.export_text().split())
    assert "end to end by bare embedding, p50 1.50 ×" in printed
    assert "build by 1,000 passages 200 s" in printed
    assert "this bot's by theirs 1.00 × 4.00 ×" in printed
    assert "gone: absent: [no] network" in printed
    assert Bench.model_validate_json(measured.model_dump_json()) == measured
