"""The command line: what it prints, and how it refuses.

What a process is needed for (exit status, pipes, imports, signals) is tested on the console script.
The many ways to refuse go through `main` in this process, with the same streams and exit status.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.cli import main
from bot.settings import Settings
from corpus.digest import ADAPTER
from corpus.load import PACKAGED_CORPUS, load_corpus
from index.current import check_current
from index.export import exported_folder
from index.store import Store
from prompts.render import render

SCRIPT = str(Path(sys.executable).with_name("faqbot"))
REPLY_FIELDS = {
    *("reply_id", "kind", "question", "understood_as", "sentences", "citations", "notice", "cautions"),
    *("disclaimer", "suggestions", "terms", "reasons", "answerer", "text", "trace"),
}
ASK_AND_LIST_HEAVY_MODULES = """
import sys
from bot.cli import main
try:
    main()
finally:
    heavy = {"torch", "transformers", "sentence_transformers", "gradio", "playwright", "onnxscript", "fastapi"}
    print(sorted(heavy & sys.modules.keys()), file=sys.stderr)
"""
GOOD_LINE = '{"id": "first", "q": "What is SVF?"}'
GOOD_CASE = '{"id": "first", "q": "What is SVF?", "kind": "answer"}'
MISSED_CASE = '{"id": "cost", "q": "How much does it cost?", "kind": "answer", "split": "dev"}'


@dataclass(frozen=True)
class Said:
    """How a run ended, and what it wrote."""

    status: int
    out: str
    err: str


Inside = Callable[..., Said]


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], state: Path) -> Inside:
    """Runs the command line in this process; keywords are settings."""

    def run(*arguments: str | Path, **settings: str | Path) -> Said:
        for name, value in {"state": state, **settings}.items():
            monkeypatch.setenv(f"FAQBOT_{name.upper()}", str(value))
        monkeypatch.setattr(sys, "argv", ["faqbot", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return run


def _environment(state: Path) -> Mapping[str, str]:
    return os.environ | {"FAQBOT_STATE": str(state)}


def _process(state: Path, *command: str | Path) -> Said:
    done = subprocess.run(command, env=_environment(state), capture_output=True, text=True, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


def _plain(panel: str) -> str:
    """The words of a panel, without its frame and its line breaks."""
    return " ".join(panel.translate(dict.fromkeys(map(ord, "│╭╮╰╯─"), " ")).split())


def _is_refused(said: Said, *words: str) -> bool:
    """Exit status 2, one line that holds the words on standard error, nothing on standard output."""
    one_line = said.err.startswith("faqbot: ") and said.err.endswith("\n") and said.err.count("\n") == 1
    return said.status == 2 and not said.out and one_line and all(word in said.err for word in words)


def test_a_question_is_answered_in_plain_text_with_marks_sources_and_disclaimer(state: Path) -> None:
    said = _process(state, SCRIPT, "ask", "Has the FDA approved stem cell therapy for joint pain?")
    assert (said.status, said.err) == (0, "")
    assert "\x1b" not in said.out
    shown = _plain(said.out)
    assert "no regenerative medicine therapy had been approved for any orthopaedic condition" in shown
    assert shown.count("no regenerative medicine therapy had been approved for any orthopaedic condition") == 1
    assert "Caution: The FDA's 2021 notice states" in shown
    assert "Caution: In a notice dated 3 June 2021" in shown
    assert shown.index(". [1]") < shown.index(" [1] Important Patient and Consumer Information")
    assert "our notes on a government source" in shown
    assert "important-patient-and-consumer-information-about-regenerative-medicine-therapies" in shown.replace(" ", "")
    assert shown.endswith(render("disclaimer"))


@pytest.mark.slow
def test_json_is_one_reply_with_its_trace_and_no_heavy_library_is_loaded_for_it(state: Path) -> None:
    command = (sys.executable, "-c", ASK_AND_LIST_HEAVY_MODULES)
    said = _process(state, *command, "ask", "--json", "Who makes it?", "--history", "What is Ryoncil?")
    assert (said.status, said.err) == (0, "[]\n")
    reply = json.loads(said.out)
    assert reply.keys() == REPLY_FIELDS
    assert reply["question"] == "Who makes it?"
    assert "Ryoncil" in reply["understood_as"]
    assert "Mesoblast" in reply["text"]
    assert reply["trace"]["hits"]


@pytest.mark.slow
def test_a_batch_gives_one_reply_a_line_in_order_each_with_its_id(state: Path, tmp_path: Path) -> None:
    lines = (
        '\ufeff{"id": 7, "q": "What is SVF?", "kind": "answer", "facts": [["ignored"]]}',
        "",
        '{"id": "7", "q": "How much does it cost?"}\r',
        '{"id": "b\u2028c", "q": "Who makes\u2028it?", "history": ["What is Ryoncil?"]}',
        '{"id": 0, "q": "<b>What</b> is Wharton\\u2019s jelly?", "history": []}',
    )
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join(lines), encoding="utf-8", newline="")
    said = _process(state, sys.executable, "-m", "bot.cli", "ask", "--batch", batch)
    assert (said.status, said.err) == (0, "")
    replies = [json.loads(line) for line in said.out.removesuffix("\n").split("\n")]
    assert [reply["id"] for reply in replies] == [7, "7", "b\u2028c", 0]
    assert [reply["kind"] for reply in replies[:3]] == ["answer", "no_answer", "answer"]
    assert [reply["question"] for reply in replies[2:]] == ["Who makes it?", "<b>What</b> is Wharton’s jelly?"]
    assert "Mesoblast" in replies[2]["text"]
    assert {frozenset(reply) for reply in replies} == {frozenset(REPLY_FIELDS | {"id"})}


def test_the_console_script_refuses_with_status_2_and_one_line(tmp_path: Path) -> None:
    assert _is_refused(_process(tmp_path, SCRIPT, "ask", "--batch", "missing.jsonl"), "missing.jsonl: can't be read")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": 2, "q": ', "not JSON"),
        ("[" * 100_000, "can't be read"),
        (f'{{"id": {"1" * 5000}, "q": "What is SVF?"}}', "can't be read"),
        ("[1]", "field 'line'"),
        ('{"q": "What is SVF?"}', "field 'id'"),
        ('{"id": 1.5, "q": "What is SVF?"}', "field 'id'"),
        ('{"id": true, "q": "What is SVF?"}', "field 'id'"),
        ('{"id": "", "q": "What is SVF?"}', "field 'id'"),
        ('{"id": 2}', "field 'q'"),
        ('{"id": 2, "q": 5}', "field 'q'"),
        ('{"id": 2, "q": " \\n "}', "field 'q': The question is empty"),
        (f'{{"id": 2, "q": "{"?" * 10_000}"}}', "field 'q': The question is 10,000 characters long; 2,000 is the most"),
        ('{"id": 2, "q": "What is SVF?", "history": "MSCs?"}', "field 'history'"),
        ('{"id": 2, "q": "What is SVF?", "history": [1]}', "field 'history'"),
    ],
)
def test_a_bad_line_is_named_with_file_and_field_before_anything_is_answered(
    inside: Inside, tmp_path: Path, line: str, words: str
) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text(f"{GOOD_LINE}\n\n{line}\n{GOOD_LINE}", encoding="utf-8")
    assert _is_refused(inside("ask", "--batch", batch), f"{batch}:3: ", words)


def test_a_batch_that_is_not_utf_8_is_refused(inside: Inside, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_bytes('{"id": 1, "q": "Whärton?"}'.encode("latin-1"))
    assert _is_refused(inside("ask", "--batch", batch), f"{batch}: can't be read", "UTF-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask",), "either a question or --batch"),
        (("ask", "What is SVF?", "--batch", "batch.jsonl"), "either a question or --batch"),
        (("ask", ""), "The question is empty"),
        (("ask", " \t\n"), "The question is empty"),
        (("ask", "?" * 10_000), "The question is 10,000 characters long; 2,000 is the most"),
        (("ask", "--batch", "."), ".: can't be read"),
        (("eval", "run", "--set", "missing.jsonl"), "missing.jsonl: neither a file nor a question set that ships"),
        (("eval", "run", "--set", "mine.csv", "--set", "mine.csv"), "mine.csv: neither a file"),
        (("eval", "run", "--set", "language", "--answerer", "model"), "FAQBOT_MODEL: no chat model is set"),
        (("eval", "compare", "no/run", "no/run"), "no/run: can't be read"),
        (("eval", "gate", "--file", "missing.toml"), "missing.toml: can't be read as TOML"),
    ],
)
def test_what_cannot_be_asked_is_refused(inside: Inside, arguments: tuple[str, ...], words: str) -> None:
    assert _is_refused(inside(*arguments), words)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": "http"}, ("FAQBOT_PORT", "integer")),
        ({"port": "70000"}, ("FAQBOT_PORT", "65535")),
        ({"corpus": "/no/such/folder"}, ("FAQBOT_CORPUS", "/no/such/folder")),
        ({"clinic": "/no/such/file"}, ("FAQBOT_CLINIC", "/no/such/file")),
        ({"min_relevance": "high"}, ("FAQBOT_MIN_RELEVANCE", "number")),
        ({"embedding_model": "/no/such/model"}, ("foreign", "/no/such/model", "run: faqbot build")),
    ],
)
@pytest.mark.parametrize("command", [("ask", "What is SVF?"), ("eval", "run")])
def test_a_wrong_setting_is_named(
    inside: Inside, command: tuple[str, ...], settings: dict[str, str], words: tuple[str, ...]
) -> None:
    assert _is_refused(inside(*command, **settings), *words)


def test_a_build_with_a_model_that_is_not_there_is_refused(inside: Inside, tmp_path: Path) -> None:
    assert _is_refused(
        inside("build", state=tmp_path, embedding_model="/no/such/model"), "FAQBOT_EMBEDDING_MODEL=/no/such/model"
    )


def test_where_nothing_was_built_the_mending_command_is_named(inside: Inside, tmp_path: Path) -> None:
    assert _is_refused(inside("ask", "What is SVF?", state=tmp_path), f"{tmp_path}: no index yet", "run: faqbot build")


def test_an_index_of_other_documents_is_not_asked(inside: Inside, tmp_path: Path) -> None:
    assert _is_refused(inside("ask", "What is SVF?", corpus=tmp_path), "stale", "run: faqbot build")


def test_a_corpus_without_documents_is_not_built(inside: Inside, tmp_path: Path) -> None:
    assert _is_refused(inside("build", state=tmp_path / "state", corpus=tmp_path), "no documents", "FAQBOT_CORPUS")


def test_a_file_in_the_place_of_the_state_folder_is_named(inside: Inside, tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.touch()
    assert _is_refused(inside("build", state=file), f"{file}: can't be written", "FAQBOT_STATE")
    assert _is_refused(inside("ask", "What is SVF?", state=file), f"{file}: no index yet", "run: faqbot build")


def test_a_model_changed_by_one_byte_answers_nothing(inside: Inside, state: Path, tmp_path: Path) -> None:
    (tmp_path / "index").symlink_to((state / "index").absolute())
    shutil.copytree(state / "models", tmp_path / "models")
    with Store(check_current(PACKAGED_CORPUS, state)) as store:
        model = exported_folder(tmp_path / "models", store.manifest.model_digest) / "model.onnx"
    with model.open("r+b") as stream:
        stream.seek(model.stat().st_size // 2)
        byte = stream.read(1)
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte[0] ^ 1]))
    said = inside("ask", "What is SVF?", state=tmp_path)
    assert _is_refused(said, f"{model}: not the file that was exported", "run: faqbot build")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "a"', "not JSON"),
        ('{"id": "a", "q": "What is SVF?"}', "field 'kind'"),
        ('{"id": "a", "q": "What is SVF?", "kind": "maybe"}', "field 'kind'"),
        ('{"id": "a", "q": "What is SVF?", "kind": "answer", "fact": []}', "field 'fact'"),
        ('{"id": "a", "q": "What is SVF?", "kind": "answer", "facts": [[]]}', "field 'facts.0'"),
    ],
)
def test_a_malformed_question_set_is_named_with_line_and_field(
    inside: Inside, tmp_path: Path, line: str, words: str
) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text(f"{GOOD_CASE}\n{line}\n", encoding="utf-8")
    assert _is_refused(inside("eval", "run", "--set", questions), f"{questions}:2: ", words)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A question of the split test that is answered, and one of dev that is not."""
    questions = tmp_path / "mine.jsonl"
    questions.write_text(f"{GOOD_CASE}\n{MISSED_CASE}\n", encoding="utf-8")
    return questions


def _figure(table: str, name: str) -> list[str]:
    """The cells of a measure in a printed table."""
    (line,) = [line for line in table.splitlines() if line.split()[:1] == [name]]
    return re.split(r"  +", line.strip())[1:]


def test_an_evaluation_prints_figures_by_split_and_writes_a_run_and_its_report(
    inside: Inside, mine: Path, tmp_path: Path
) -> None:
    said = inside("eval", "run", "--set", mine, "--out", tmp_path / "new" / "run")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[1].split() == ["measure", "dev", "test"]
    assert _figure(said.out, "answered_right") == ["0.0 % (0–98)", "100.0 % (3–100)"]
    assert _figure(said.out, "sentences")[0] == "–"
    assert said.out.endswith(f"report: {tmp_path / 'new' / 'run' / 'report.html'}\n")
    assert {path.name for path in (tmp_path / "new" / "run").iterdir()} == {"run.json", "report.html"}


@pytest.mark.slow
@pytest.mark.parametrize(("split", "asked"), [("dev", ["cost"]), ("test", ["first"]), ("all", ["first", "cost"])])
def test_an_evaluation_asks_the_split_that_is_wanted(
    inside: Inside, mine: Path, tmp_path: Path, split: str, asked: list[str]
) -> None:
    assert inside("eval", "run", "--set", mine, "--split", split, "--out", tmp_path).status == 0
    recorded = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert [outcome["case"]["id"] for outcome in recorded["outcomes"]] == asked


@pytest.mark.parametrize("command", ["run", "gate"])
def test_a_split_that_there_is_none_of_is_refused(inside: Inside, command: str) -> None:
    said = inside("eval", command, "--split", "train")
    assert (said.status, said.out) == (2, "")
    assert "'train' is none of: dev, test, gate, all" in _plain(said.err)


def test_a_set_without_a_question_of_the_split_is_refused(inside: Inside, tmp_path: Path) -> None:
    path = tmp_path / "ours.jsonl"
    path.write_text('{"id": "1", "q": "What is SVF?", "kind": "answer"}\n', encoding="utf-8")
    said = inside("eval", "run", "--set", path, "--split", "dev")
    assert (said.status, said.out) == (2, "")
    assert "ours: no question of split 'dev'" in _plain(said.err)


@pytest.mark.slow
def test_two_runs_are_compared_by_measure_and_by_question(inside: Inside, mine: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    assert inside("eval", "run", "--set", mine, "--out", before).status == 0
    assert inside("eval", "run", "--set", mine, "--out", after, min_relevance="0").status == 0
    said = inside("eval", "compare", before, after)
    assert (said.status, said.err) == (0, "")
    assert " ".join(_figure(said.out, "answered_right")).startswith("dev 0.0 % 100.0 % +100.0 pts 1.000")
    assert "now right: mine/cost (no_answer → answer): How much does it cost?" in said.out
    assert "now wrong" not in said.out
    assert said.out.endswith(f"comparison: {after / 'compare.html'}\n")
    assert (after / "compare.html").is_file()
    back = inside("eval", "compare", after / "run.json", before / "run.json", "--out", tmp_path / "elsewhere")
    assert "now wrong: mine/cost (answer → no_answer): How much does it cost?" in back.out
    assert (tmp_path / "elsewhere" / "compare.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bound", "status", "last"),
    [
        ("answered_right = { at_least = 0.1 }", 0, r"the gate is passed"),
        ("words = { at_most = 3 }", 1, r"fell short: gate: words: [\d.]+ \(.*\), wanted at most 3\.0"),
    ],
)
def test_the_gate_passes_or_names_what_fell_short(
    inside: Inside, tmp_path: Path, bound: str, status: int, last: str
) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(f'disclaimer_states = ["not medical advice"]\n[gate]\n{bound}\n', encoding="utf-8")
    said = inside("eval", "gate", "--split", "gate", "--file", file)
    assert (said.status, said.err) == (status, "")
    assert re.fullmatch(last, said.out.strip())


def test_sources_lists_every_document_and_as_json_all_that_is_known_of_it(inside: Inside) -> None:
    documents = load_corpus(PACKAGED_CORPUS)
    listed = [json.loads(line) for line in inside("sources", "--json").out.splitlines()]
    assert [(d["id"], d["tier"], d["title"], d["link"]) for d in listed] == [
        (d.id, d.tier.value, d.title, d.link) for d in documents
    ]
    said = inside("sources")
    assert (said.status, said.err) == (0, "")
    assert all(
        f"{d.id} ({d.tier.value}" in said.out and d.title in said.out and d.coverage in said.out for d in documents
    )


def test_settings_lists_every_variable_with_its_value(inside: Inside) -> None:
    said = inside("settings", port="8123", max_question_chars="777")
    assert (said.status, said.err) == (0, "")
    listed = set(re.findall(r"FAQBOT_\w+", said.out))
    assert listed == {f"FAQBOT_{name.upper()}" for name in Settings.model_fields}
    assert "8123" in said.out
    assert "777" in said.out


def test_settings_shows_no_password(inside: Inside) -> None:
    database = "postgresql://me:hush/hush%40@db/faq"
    said = inside("settings", limit_storage="redis://:hush@127.0.0.1:6379", database=database)
    assert said.status == 0
    assert "redis://:***@" in said.out
    assert ":***@db/faq" in said.out  # a narrow column breaks the address
    assert "hush" not in said.out


@pytest.mark.slow
def test_a_build_in_a_pipe_prints_one_line_and_no_progress(inside: Inside, state: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "models").symlink_to((state / "models").absolute())
    shutil.copytree(PACKAGED_CORPUS / ADAPTER, tmp_path / ADAPTER)  # of one model, the screen has its vectors already
    page = "---\nid: hours\ntitle: Hours\ntier: article\n---\n\nThe clinic opens at eight. It closes at four.\n"
    (tmp_path / "hours.md").write_text(page, encoding="utf-8")
    paths = {"state": tmp_path / "state", "corpus": tmp_path}
    assert [inside("build", **paths) for _ in range(2)] == [
        Said(0, f"1 documents, 1 passages, 2 sentences, 0 expected questions: {done}.\n", "")
        for done in ("3 embedded, 0 reused", "0 embedded, 3 reused")
    ]


@pytest.mark.slow
def test_a_served_index_answers_over_http_until_it_is_interrupted(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = (SCRIPT, "serve", "--port", port)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=_environment(state), stdout=pipe, stderr=pipe, text=True) as server:
        try:
            _wait_until_alive(f"http://127.0.0.1:{port}/healthz")
            reply = httpx.post(f"http://127.0.0.1:{port}/api/chat", json={"question": "What is SVF?"}, timeout=30)
        finally:
            server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=30)
    assert reply.json()["kind"] == "answer"
    assert (server.returncode, out) == (0, "")
    assert "Traceback" not in err


def _wait_until_alive(address: str) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(address)
