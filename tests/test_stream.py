"""The chat as server-sent events, over real HTTP."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from langchain_core.runnables import RunnableConfig
from serving import serving

from bot.chain import FaqChain
from bot.reply import Reply
from bot.settings import Settings, load_settings
from bot.understand import Question
from bot.web.app import create_app
from prompts.render import render

Event = tuple[str, Any]
PATIENCE_S = 30
FEATURES = ("kind", "text", "sentences", "citations", "notice", "suggestions")


@pytest.fixture(scope="module")
def web(settings: Settings) -> Iterator[httpx.Client]:
    app = create_app(settings.model_copy(update={"threads": 1}))
    with serving(app) as url, httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
        yield client


def read(lines: Iterator[str]) -> Iterator[Event]:
    """The events of a stream, comments left out, as the standard says that they are read."""
    name, data = "message", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            yield name, json.loads("\n".join(data))
            name, data = "message", []


def streamed(web: httpx.Client, question: str, history: tuple[str, ...] = ()) -> list[Event]:
    body = {"question": question, "history": history}
    with web.stream("POST", "/api/chat/stream", json=body) as response:
        assert response.status_code == 200, response.read()
        return list(read(response.iter_lines()))


def test_a_question_gets_a_status_each_sentence_and_last_the_reply_of_a_plain_request(web: httpx.Client) -> None:
    question = "How do MSCs actually work in the body?"
    events = streamed(web, question)
    plain = web.post("/api/chat", json={"question": question}).json()
    assert events[0] == ("status", {"state": "searching"})
    assert [data for name, data in events if name == "sentence"] == plain["sentences"]
    assert len(plain["sentences"]) >= 2
    assert [name for name, _ in events] == ["status", *["sentence"] * len(plain["sentences"]), "reply"]
    reply = events[-1][1]
    assert reply.keys() == plain.keys()
    assert {name: reply[name] for name in FEATURES} == {name: plain[name] for name in FEATURES}
    assert "trace" not in reply


def test_an_earlier_question_gives_a_follow_up_its_subject(web: httpx.Client) -> None:
    assert "Ryoncil" in streamed(web, "Who makes it?", ("What is Ryoncil?",))[-1][1]["understood_as"]


@pytest.mark.parametrize(
    ("question", "kind"),
    [("I have crushing chest pain right now", "emergency"), ("How much does it cost?", "no_answer")],
)
def test_a_reply_without_sentences_comes_all_the_same(web: httpx.Client, question: str, kind: str) -> None:
    events = streamed(web, question)
    assert [name for name, _ in events] == ["status", "reply"]
    assert events[-1][1]["kind"] == kind
    assert events[-1][1]["notice"]


def test_a_stream_is_neither_kept_nor_held_back_nor_taken_for_a_page(web: httpx.Client) -> None:
    with web.stream("POST", "/api/chat/stream", json={"question": "What is SVF?"}) as response:
        headers = response.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] in {"no-cache", "no-store"}
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-content-type-options"] == "nosniff"


@examples(max_examples=30, deadline=None)
@given(question=st.text(min_size=1, max_size=100).filter(str.isprintable).filter(str.strip))
def test_any_question_comes_back_as_it_was_asked_in_a_reply_with_the_disclaimer(
    web: httpx.Client, question: str
) -> None:
    name, reply = streamed(web, question)[-1]
    assert name == "reply"
    assert reply["disclaimer"] == render("disclaimer")


@pytest.mark.parametrize("markup", ["</script><script>alert(1)</script> data: x", "event: reply\ndata: {}\n\n is SVF?"])
def test_what_looks_like_markup_or_an_event_stays_text(web: httpx.Client, markup: str) -> None:
    events = streamed(web, markup)
    assert {name for name, _ in events[:-1]} <= {"status", "sentence"}
    assert events[-1][0] == "reply"
    assert events[-1][1]["question"] == " ".join(markup.split())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b'{"question": " "}', 400, "malformed"),
        (b'{"question": 5}', 400, "malformed"),
        (json.dumps({"question": "?" * 2001}).encode(), 413, "too_long"),
    ],
)
def test_what_is_wrong_before_the_stream_is_told_with_its_status(
    web: httpx.Client, body: bytes, status: int, code: str
) -> None:
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    answers = [web.post(path, content=body, headers=headers) for path in ("/api/chat/stream", "/api/chat")]
    assert [answer.status_code for answer in answers] == [status] * 2
    assert answers[0].headers["content-type"] == "application/json"
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["error"]["code"] == code


def test_without_an_index_the_answer_is_503(tmp_path: Path) -> None:
    with serving(create_app(load_settings(state=tmp_path))) as url:
        response = httpx.post(f"{url}/api/chat/stream", json={"question": "What is SVF?"})
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "not_ready"


class Held(FaqChain):
    """A chain that answers when it is let go, or then fails and says over what."""

    def __init__(self, chain: FaqChain, fails: bool = False) -> None:
        super().__init__(chain.settings, chain.retriever, screen=chain.screen)
        self.fails = fails
        self.begun, self.let_go, self.ended = threading.Event(), threading.Event(), threading.Event()

    def invoke(self, input: Question | str, config: RunnableConfig | None = None, **kwargs: Any) -> Reply:
        self.begun.set()
        try:
            assert self.let_go.wait(PATIENCE_S)
            if self.fails:
                raise RuntimeError(f"can't answer {input}")
            return super().invoke(input, config, **kwargs)
        finally:
            self.ended.set()


@dataclass
class Live:
    """What the application asks for its chain."""

    only: FaqChain

    def chain(self) -> FaqChain:
        return self.only


@pytest.fixture
def held(chain: FaqChain) -> Held:
    return Held(chain)


@pytest.fixture
def slow(held: Held) -> Iterator[httpx.Client]:
    app = create_app(held.settings)
    app.state.live = Live(held)
    with serving(app) as url, httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
        yield client
        held.let_go.set()


def test_the_status_comes_while_the_answer_is_looked_for_and_others_are_served_meanwhile(
    slow: httpx.Client, held: Held
) -> None:
    with slow.stream("POST", "/api/chat/stream", json={"question": "What is SVF?"}) as response:
        events = read(response.iter_lines())
        assert next(events) == ("status", {"state": "searching"})
        assert not held.ended.is_set()
        assert slow.get("/api/config").status_code == 200
        held.let_go.set()
        assert [name for name, _ in events][-1] == "reply"


def test_a_comment_keeps_the_line_open_while_nothing_else_is_there_to_say(
    slow: httpx.Client, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.05)
    with slow.stream("POST", "/api/chat/stream", json={"question": "What is SVF?"}) as response:
        lines = response.iter_lines()
        assert next(read(lines))[0] == "status"
        comments = [next(line for line in lines if line) for _ in range(3)]
        assert all(comment.startswith(":") for comment in comments)
        held.let_go.set()
        assert [name for name, _ in read(lines)][-1] == "reply"


def test_a_reader_who_goes_away_ends_the_stream_and_leaves_no_trace(
    held: Held, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(held.settings)
    app.state.live = Live(held)
    with caplog.at_level(logging.INFO), serving(app) as url:
        question = {"question": "What is SVF?"}
        with httpx.stream("POST", f"{url}/api/chat/stream", json=question, timeout=PATIENCE_S) as response:
            assert next(read(response.iter_lines()))[0] == "status"
            assert held.begun.wait(PATIENCE_S)
        held.let_go.set()
        assert held.ended.wait(PATIENCE_S)
        assert httpx.get(f"{url}/healthz").status_code == 200
    assert "Traceback" not in caplog.text
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_failure_after_the_start_is_an_event_and_tells_nothing_of_the_question(
    chain: FaqChain, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Held(chain, fails=True)
    broken.let_go.set()
    app = create_app(chain.settings)
    app.state.live = Live(broken)
    with caplog.at_level(logging.DEBUG), serving(app) as url, httpx.Client(base_url=url) as web:
        events = streamed(web, "Is my secret illness covered?")
    assert [name for name, _ in events] == ["status", "error"]
    assert events[-1][1]["error"].keys() == {"code", "message"}
    assert events[-1][1]["error"]["code"] == "failed"
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + str(events)
