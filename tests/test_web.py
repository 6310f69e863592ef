"""The HTTP API over real HTTP: what it answers, what it refuses and how, and what it never lets out."""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from serving import serving

from bot.chain import FaqChain
from bot.journal import Journal
from bot.kept import what_is_kept
from bot.profile import Clinic
from bot.reply import TIER_NAMES, Kind
from bot.settings import Settings, load_settings
from bot.web.app import create_app
from corpus.digest import ADAPTER
from corpus.load import PACKAGED_CORPUS
from index.build import Built, build
from index.embed import Encoded, OnnxEmbeddings, Vectors
from index.retrieve import Found, HybridRetriever
from prompts.render import FOLDER, render

REPLY_FIELDS = {
    *("reply_id", "kind", "question", "understood_as", "sentences", "citations", "notice", "cautions"),
    *("disclaimer", "suggestions", "terms", "reasons", "answerer", "text"),
}
QUESTIONS = (
    "What is SVF?",
    "How do MSCs actually work in the body?",
    "What are the risks of exosome products?",
    "Has the FDA approved stem cell therapy for joint pain?",
)
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def web(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    app = create_app(settings.model_copy(update={"threads": 1}))
    app.state.journal = Journal(load_settings(state=tmp_path_factory.mktemp("journal")))
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def _ask(web: httpx.Client, question: str, history: Sequence[str] = ()) -> dict[str, Any]:
    response = web.post("/api/chat", json={"question": question, "history": list(history)})
    assert response.status_code == 200, response.text
    reply: dict[str, Any] = response.json()
    return reply


def _error(response: httpx.Response) -> dict[str, str]:
    """The error of a response, which has the one form that errors have."""
    body = response.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message"}
    assert all(isinstance(value, str) and value for value in body["error"].values())
    assert "Traceback" not in response.text
    error: dict[str, str] = body["error"]
    return error


def _is_guarded(response: httpx.Response) -> bool:
    policy = response.headers["content-security-policy"]
    return (
        "default-src 'none'" in policy
        and "unsafe" not in policy
        and response.headers["x-content-type-options"] == "nosniff"
        and response.headers["referrer-policy"] == "no-referrer"
    )


def test_a_patient_gets_every_field_of_a_reply_and_no_trace(web: httpx.Client) -> None:
    reply = _ask(web, QUESTIONS[0])
    assert reply.keys() == REPLY_FIELDS
    assert reply["kind"] == "answer"
    assert reply["question"] == QUESTIONS[0]
    assert reply["disclaimer"] == render("disclaimer")


def test_an_earlier_question_gives_a_follow_up_its_subject(web: httpx.Client) -> None:
    follow_up, before = "Who makes it?", "What is Ryoncil?"
    assert "Ryoncil" not in _ask(web, follow_up)["understood_as"]
    reply = _ask(web, follow_up, [before])
    assert "Ryoncil" in reply["understood_as"]
    assert "Mesoblast" in reply["text"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body"),
        (b"{", "JSON"),
        (b"[" * 100_000, "body"),
        (b'{"question": "hi \xff"}', "body"),
        (b"null", "body"),
        (b'["What is SVF?"]', "body"),
        (b"{}", "question"),
        (b'{"question": 5}', "question"),
        (b'{"question": null}', "question"),
        (b'{"question": ""}', "empty"),
        (b'{"question": " \\n\\u0000\\ud800"}', "empty"),
        (b'{"question": "What is SVF?", "history": "no list"}', "history"),
        (b'{"question": "What is SVF?", "history": [{}]}', "history"),
    ],
)
def test_a_malformed_question_is_400_and_names_what_is_wrong(web: httpx.Client, body: bytes, said: str) -> None:
    response = web.post("/api/chat", content=body, headers=JSON)
    assert response.status_code == 400
    assert said in _error(response)["message"]
    assert _is_guarded(response)


def test_the_longest_question_is_answered_and_one_more_character_is_413(web: httpx.Client) -> None:
    longest = "stem cells " * 181 + "? cells??"
    assert _ask(web, longest)["question"] == longest
    response = web.post("/api/chat", json={"question": longest + "?"})
    assert response.status_code == 413
    assert _error(response) == {
        "code": "too_long",
        "message": "The question is 2,001 characters long; 2,000 is the most.",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/passages/no-such-passage", 404),
        ("GET", "/api/passages/..%2F..%2Fapp.py", 404),
        ("GET", "/no-such-path", 404),
        ("GET", "/demo/no-such-file", 404),
        ("GET", "/demo/%2E%2E/app.py", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/api/chat", 405),
        ("PUT", "/api/chat", 405),
        ("GET", "/api/chat/stream", 405),
        ("GET", "/api/feedback", 405),
        ("POST", "/api/config", 405),
        ("OPTIONS", "/api/chat", 405),
        ("POST", "/healthz", 405),
        ("DELETE", "/", 405),
    ],
)
def test_what_is_not_there_is_refused_in_the_form_of_every_error(
    web: httpx.Client, method: str, path: str, status: int
) -> None:
    response = web.request(method, path)
    assert response.status_code == status
    assert _error(response)["message"]
    assert _is_guarded(response)


def test_a_refused_method_is_told_the_one_that_is_allowed(web: httpx.Client) -> None:
    assert web.get("/api/chat").headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "shared_with"),
    [
        ("/", "same-origin"),
        ("/demo/page.js", "same-origin"),
        ("/healthz", "same-origin"),
        ("/widget.js", "cross-origin"),
        ("/api/config", "cross-origin"),
    ],
)
def test_every_answer_carries_the_security_headers(web: httpx.Client, path: str, shared_with: str) -> None:
    response = web.get(path)
    assert response.status_code == 200
    assert _is_guarded(response)
    assert response.headers["cross-origin-resource-policy"] == shared_with
    assert "camera=()" in response.headers["permissions-policy"]
    assert "set-cookie" not in response.headers


def test_a_page_may_run_only_what_comes_from_this_server_and_data_runs_nothing(web: httpx.Client) -> None:
    page, data = (_policy(web.get(path)) for path in ("/", "/api/config"))
    assert {name: page[name] for name in ("script-src", "style-src", "connect-src", "frame-ancestors")} == {
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "frame-ancestors": "'self'",
    }
    assert page["require-trusted-types-for"] == "'script'"
    assert data.keys() == {"default-src", "base-uri", "form-action", "frame-ancestors"}
    assert set(data.values()) == {"'none'"}


def _policy(response: httpx.Response) -> dict[str, str]:
    parts = (part.split(maxsplit=1) for part in response.headers["content-security-policy"].split(";"))
    return dict(parts)


@pytest.mark.parametrize(
    ("method", "path", "kept"),
    [
        ("GET", "/api/config", "public, max-age=60"),
        ("POST", "/api/chat", "no-store"),
        ("POST", "/api/feedback", "no-store"),
        ("GET", "/api/passages/no-such-passage", "no-store"),
    ],
)
def test_what_is_the_patients_own_is_kept_nowhere_on_its_way(
    web: httpx.Client, method: str, path: str, kept: str
) -> None:
    sent = {"question": QUESTIONS[0], "reply_id": "0" * 32, "rating": "up"}
    assert web.request(method, path, json=sent).headers["cache-control"] == kept


def test_the_page_asks_only_for_files_of_this_server_and_all_are_there(web: httpx.Client) -> None:
    addresses = re.findall(r'<(?:script|link|img)\b[^>]*(?:src|href)="([^"]*)"', web.get("/").text)
    assert {Path(address).suffix for address in addresses} >= {".js", ".css"}
    assert all(address.startswith("/") and web.get(address).status_code == 200 for address in addresses)


def test_every_quotation_stands_in_its_passage_at_its_offsets(web: httpx.Client) -> None:
    citations = [citation for question in QUESTIONS for citation in _ask(web, question)["citations"]]
    assert len(citations) >= len(QUESTIONS)
    for citation in citations:
        passage = web.get(f"/api/passages/{citation['passage_id']}").json()
        start, end = citation["start"] - passage["start"], citation["end"] - passage["start"]
        assert passage["text"][start:end] == citation["quote"]
        assert citation["start"] in {sentence["start"] for sentence in passage["sentences"]}
        assert citation["end"] in {sentence["end"] for sentence in passage["sentences"]}
        assert [passage[name] for name in ("source_id", "title", "tier", "link", "coverage")] == [
            citation[name] for name in ("source_id", "title", "tier", "link", "coverage")
        ]


def test_every_sentence_of_an_answer_stands_in_the_quotation_it_cites(web: httpx.Client) -> None:
    for question in QUESTIONS:
        reply = _ask(web, question)
        quotes = {citation["n"]: citation["quote"] for citation in reply["citations"]}
        assert reply["sentences"]
        for sentence in reply["sentences"]:
            assert any(sentence["text"] in quotes[n] for n in sentence["citations"])


def test_the_widget_is_told_the_clinic_the_fixed_words_and_the_limit(web: httpx.Client, settings: Settings) -> None:
    assert web.get("/api/config").json() == {
        "clinic": settings.clinic.model_dump(mode="json"),
        "disclaimer": render("disclaimer"),
        "greeting": f"{render('greeting', clinic='the clinic')} {what_is_kept(settings)}",
        "kept": what_is_kept(settings),
        "suggestions": list(settings.clinic.suggestions),
        "max_question_chars": 2000,
        "model": False,
        "tiers": {tier.value: name for tier, name in TIER_NAMES.items()},
        "article_link": "/",
        "texts": yaml.safe_load((FOLDER / "widget.yaml").read_text(encoding="utf-8")),
    }


def test_a_clinics_own_colour_and_place_of_the_article_reach_the_widget(tmp_path: Path) -> None:
    clinic = Clinic(name="Elm Clinic", color="#aa3300", article_link="https://elm.example/therapy")
    with serving(create_app(load_settings(state=tmp_path, clinic=clinic))) as url:
        told = httpx.get(f"{url}/api/config").json()
    assert (told["clinic"]["color"], told["article_link"]) == ("#aa3300", "https://elm.example/therapy")
    assert "Elm Clinic" in told["greeting"]


def test_every_suggested_question_has_an_answer(web: httpx.Client) -> None:
    suggestions = web.get("/api/config").json()["suggestions"]
    assert {question: _ask(web, question)["kind"] for question in suggestions} == dict.fromkeys(suggestions, "answer")


def test_ready_says_what_the_index_holds(web: httpx.Client, chain: FaqChain) -> None:
    manifest = chain.retriever.store.manifest
    assert web.get("/readyz").json() == {
        "status": "ready",
        "passages": manifest.passages,
        "built_at": manifest.built_at,
    }


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "What is &lt;b&gt;?"])
def test_markup_in_a_question_comes_back_as_text_in_json(web: httpx.Client, markup: str) -> None:
    response = web.post("/api/chat", json={"question": markup})
    assert response.headers["content-type"] == "application/json"
    assert response.json()["question"] == markup


@examples(max_examples=100, deadline=None)
@given(question=st.text(max_size=100), history=st.lists(st.text(max_size=50), max_size=2))
def test_any_text_gets_a_reply_with_the_disclaimer_or_an_error_in_form(
    web: httpx.Client, question: str, history: list[str]
) -> None:
    response = web.post("/api/chat", json={"question": question, "history": history})
    if response.status_code == 200:
        assert response.json()["text"].endswith(render("disclaimer"))
    else:
        assert response.status_code == 400
        assert _error(response)["message"] == "The question is empty; type one."


def test_without_an_index_questions_are_503_and_the_process_is_still_alive(tmp_path: Path) -> None:
    app = create_app(load_settings(state=tmp_path))
    with serving(app) as url, httpx.Client(base_url=url) as web:
        refused = (
            web.post("/api/chat", json={"question": "What is SVF?"}),
            web.get("/api/passages/any"),
            web.get("/readyz"),
        )
        assert [response.status_code for response in refused] == [503] * 3
        assert {_error(response)["code"] for response in refused} == {"not_ready"}
        assert not any(str(tmp_path) in response.text for response in refused)
        assert [web.get(path).status_code for path in ("/healthz", "/", "/api/config")] == [200] * 3


def test_a_rating_is_kept_with_its_comment_and_not_with_a_question_whose_reply_is_not_known(tmp_path: Path) -> None:
    rating = {"reply_id": "0123456789abcdef" * 2, "rating": "down", "comment": "Too long.", "question": "What is SVF?"}
    with serving(create_app(load_settings(state=tmp_path))) as url:
        response = httpx.post(f"{url}/api/feedback", json=rating)
    assert (response.status_code, response.content) == (204, b"")
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        kept = connection.execute("SELECT reply_id, rating, comment, question FROM feedback").fetchall()
    assert kept == [(rating["reply_id"], "down", "Too long.", None)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rating": "sideways"}, "rating"),
        ({"rating": None}, "rating"),
        ({"reply_id": "../../etc/passwd"}, "reply_id"),
        ({"reply_id": "0" * 33}, "reply_id"),
        ({"comment": 5}, "comment"),
        ({"question": 5}, "question"),
    ],
)
def test_a_malformed_rating_is_400_and_names_what_is_wrong(
    web: httpx.Client, change: dict[str, Any], said: str
) -> None:
    response = web.post("/api/feedback", json={"reply_id": "0" * 32, "rating": "up", **change})
    assert response.status_code == 400
    assert said in _error(response)["message"]


def test_a_rating_that_can_not_be_kept_is_204_all_the_same_and_pages_and_answers_go_on(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)
    (tmp_path / "no folder").write_text("")
    app.state.journal = Journal(load_settings(state=tmp_path / "no folder"))
    rating = {"reply_id": "0" * 32, "rating": "up", "comment": "my secret illness"}
    with caplog.at_level(logging.DEBUG), serving(app) as url, httpx.Client(base_url=url, timeout=30) as web:
        assert web.post("/api/feedback", json=rating).status_code == 204
        assert web.get("/").status_code == 200
        assert _ask(web, QUESTIONS[0])["kind"] == "answer"
    assert "an entry was lost, of feedback" in caplog.text
    assert "secret" not in caplog.text


ELM = "https://www.elm.example"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type, x-faqbot-session",
}


@pytest.mark.parametrize(
    ("allowed", "origin", "told"),
    [
        ("", ELM, None),
        (ELM, ELM, ELM),
        (ELM, "https://elm.example", None),
        (ELM, "http://www.elm.example", None),
        (ELM, "https://www.elm.example.evil.example", None),
        (ELM, "null", None),
        (f"https://oak.example,{ELM}/", ELM, ELM),
        ("*", ELM, "*"),
    ],
)
def test_pages_of_other_origins_may_read_only_where_the_setting_names_them(
    tmp_path: Path, allowed: str, origin: str, told: str | None
) -> None:
    app = create_app(load_settings(state=tmp_path, allowed_origins=allowed))
    with serving(app) as url, httpx.Client(base_url=url, headers={"origin": origin}) as web:
        preflight = web.options("/api/chat", headers=PREFLIGHT)
        read = [web.get(path) for path in ("/api/config", "/widget.js", "/api/passages/no-such-passage")]
    for answer in (preflight, *read):
        assert answer.headers.get("access-control-allow-origin") == told
        assert "access-control-allow-credentials" not in answer.headers
    assert (preflight.status_code == 200) == (told is not None)
    if told:
        assert "X-Faqbot-Session" in preflight.headers["access-control-allow-headers"]
        assert _is_guarded(preflight)


@pytest.mark.parametrize(
    ("origin", "method", "said"),
    [
        ("https://evil.example", "POST", "origin"),
        ("null", "POST", "origin"),
        (ELM, "DELETE", "method"),
        (ELM.upper(), "POST", "origin"),
    ],
)
def test_a_refused_preflight_has_the_form_of_every_error_and_opens_nothing(
    tmp_path: Path, origin: str, method: str, said: str
) -> None:
    asked = {"origin": origin, "access-control-request-method": method}
    with serving(create_app(load_settings(state=tmp_path, allowed_origins=ELM))) as url:
        refused = httpx.options(f"{url}/api/chat", headers=asked)
    assert refused.status_code == 400
    assert _error(refused)["code"] == "not_allowed"
    assert said in _error(refused)["message"]
    assert _is_guarded(refused)
    assert refused.headers.get("access-control-allow-origin") in {None, ELM}
    assert "origin" in refused.headers["vary"].lower()


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/demo/page.js", "/no-such-page"])
def test_what_is_not_for_other_pages_is_told_to_none_whatever_the_setting(tmp_path: Path, path: str) -> None:
    with serving(create_app(load_settings(state=tmp_path, allowed_origins="*"))) as url:
        told = httpx.get(f"{url}{path}", headers={"origin": ELM}).headers
    assert "access-control-allow-origin" not in told
    assert told["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_page_that_is_not_allowed_can_not_ask_by_a_request_that_needs_no_preflight(
    web: httpx.Client, media_type: str
) -> None:
    sent = b'{"question": "What is SVF?", "reply_id": "00000000000000000000000000000000", "rating": "up"}'
    for path in ("/api/chat", "/api/chat/stream", "/api/feedback"):
        assert web.post(path, content=sent, headers={"content-type": media_type}).status_code == 400


def test_twenty_patients_who_come_at_once_get_each_their_own_reply(settings: Settings) -> None:
    asked = [QUESTIONS[n % len(QUESTIONS)] for n in range(20)]
    with (
        serving(create_app(settings)) as url,
        httpx.Client(base_url=url, timeout=60) as web,
        ThreadPoolExecutor(len(asked)) as patients,
    ):
        replies = list(patients.map(lambda question: _ask(web, question), asked))
        alone = {question: _ask(web, question)["text"] for question in QUESTIONS}
    assert [reply["text"] for reply in replies] == [alone[question] for question in asked]
    assert len({reply["reply_id"] for reply in replies}) == len(asked)


@dataclass
class SmallCorpus:
    """A document of one sentence, its index, and the settings that name both."""

    settings: Settings

    def tell(self, sentence: str) -> None:
        page = f"---\nid: hours\ntitle: Hours\ntier: article\n---\n\n{sentence}\n"
        (self.settings.corpus / "hours.md").write_text(page, encoding="utf-8")

    def build(self) -> Built:
        return build(self.settings.corpus, self.settings.state)


@pytest.fixture
def small(tmp_path: Path, state: Path) -> SmallCorpus:
    corpus, own_state = tmp_path / "corpus", tmp_path / "state"
    corpus.mkdir()
    own_state.mkdir()
    (own_state / "models").symlink_to((state / "models").absolute())
    shutil.copytree(PACKAGED_CORPUS / ADAPTER, corpus / ADAPTER)  # of one model, the screen's vectors are made already
    return SmallCorpus(load_settings(state=own_state, corpus=corpus))


@pytest.mark.slow
def test_a_rebuilt_index_answers_without_a_restart_and_the_old_one_until_then(small: SmallCorpus) -> None:
    before, after = "The clinic opens at eight on Mondays.", "The clinic opens at nine on Mondays."
    asked = "The clinic opens on Mondays."
    small.tell(before)
    small.build()
    with serving(create_app(small.settings)) as url, httpx.Client(base_url=url, timeout=120) as web:
        old = _ask(web, asked)
        small.tell(after)
        unbuilt = _ask(web, asked)
        small.build()
        new = _ask(web, asked)
        gone = web.get(f"/api/passages/{old['citations'][0]['passage_id']}")
    assert [reply["citations"][0]["quote"] for reply in (old, unbuilt, new)] == [before, before, after]
    assert gone.status_code == 404
    assert _error(gone)["code"] == "no_such_passage"


@pytest.mark.parametrize(("secret", "status"), [("sarcoidosis", 200), ("sarcoidosis" * 200, 413)])
def test_the_log_of_a_conversation_holds_no_word_of_it(
    web: httpx.Client, caplog: pytest.LogCaptureFixture, secret: str, status: int
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = web.post("/api/chat", json={"question": f"I have {secret}.", "history": [f"What is {secret}?"]})
    assert response.status_code == status
    assert "/api/chat" in caplog.text
    assert "sarcoidosis" not in caplog.text


class Breaks(HybridRetriever):
    """A search that fails and says over what."""

    def search(self, question: str, limit: int = 20, vector: Vectors | None = None) -> Found:
        raise RuntimeError(f"can't find {question}")


class BreaksEarlier(OnnxEmbeddings):
    """An embedding model that fails and says over what."""

    def __init__(self) -> None:
        pass

    def encode_words(self, texts: Sequence[str]) -> list[Encoded]:
        raise RuntimeError(f"can't embed {texts}")


@dataclass
class Live:
    """What the application asks for its chain."""

    only: FaqChain

    def chain(self) -> FaqChain:
        return self.only


def test_a_failure_is_500_and_neither_the_answer_nor_the_log_tells_the_question(
    chain: FaqChain, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(chain.settings)
    torn = Breaks(store=chain.retriever.store, embeddings=chain.retriever.embeddings)
    app.state.live = Live(FaqChain(chain.settings, torn))
    with caplog.at_level(logging.DEBUG), serving(app) as url:
        response = httpx.post(f"{url}/api/chat", json={"question": "Is my secret illness covered?"})
    assert response.status_code == 500
    assert _error(response)["code"] == "failed"
    assert _is_guarded(response)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + response.text


class Torn:
    """An index that fails."""

    def chain(self) -> FaqChain:
        raise RuntimeError("torn")


def test_what_somebody_types_into_an_address_writes_no_line_of_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)
    app.state.live = Torn()
    with serving(app) as url, caplog.at_level(logging.INFO, logger="faqbot"):
        response = httpx.get(f"{url}/api/passages/%0Aforged%0D%1b[31m")
    assert response.status_code == 500
    [line] = [record.getMessage() for record in caplog.records if record.name == "faqbot.web"]
    assert line.startswith("GET /api/passages/{passage_id} failed: RuntimeError")
    assert "forged" not in line


@pytest.mark.parametrize(
    "path", ["/api/config/", "/widget.js/", "//evil.example/", "//evil.example/%2e%2e", "/healthz/"]
)
def test_no_address_sends_a_visitor_to_a_host_that_the_request_named(web: httpx.Client, path: str) -> None:
    answer = web.get(httpx.URL(web.base_url, raw_path=path.encode()), headers={"host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert _error(answer)["code"] == "not_found"


def test_a_request_for_a_websocket_gets_the_plain_answer(web: httpx.Client) -> None:
    asked = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "eHh4",
    }
    assert web.get("/healthz", headers=asked).json() == {"status": "ok"}


def test_where_the_screen_fails_nothing_unscreened_is_answered_and_the_log_does_not_tell_the_question(
    chain: FaqChain, caplog: pytest.LogCaptureFixture
) -> None:
    torn = HybridRetriever(store=chain.retriever.store, embeddings=BreaksEarlier())
    with caplog.at_level(logging.DEBUG):
        reply = FaqChain(chain.settings, torn).invoke("Is my secret illness covered?")
    assert (reply.kind, reply.reasons, reply.sentences) == (Kind.NO_ANSWER, ("unscreened",), ())
    assert reply.text.count("911") == 1
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_a_long_conversation_is_answered_and_a_body_of_megabytes_refused_unread(web: httpx.Client) -> None:
    assert _ask(web, "What is SVF?", ["What is Ryoncil?"] * 200)["kind"] == "answer"
    response = web.post("/api/chat", json={"question": "What is SVF?", "history": ["x" * 1_000_000]})
    assert response.status_code == 413
    assert _error(response)["code"] == "too_long"
