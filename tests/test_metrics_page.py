"""The figures for Prometheus over real HTTP, and what the API's answers leave in the journal."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from journals import rows
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_of
from prometheus_client.parser import text_string_to_metric_families
from serving import serving
from staffing import as_staff

from bot.chain import FaqChain
from bot.journal import Journal
from bot.kept import what_is_kept
from bot.settings import Settings, load_settings
from bot.web.app import create_app
from bot.web.limits import MAX_BODY_BYTES

pytestmark = pytest.mark.slow

ANSWERED, UNANSWERED, DANGER = "What is SVF?", "How much does a session cost for gout?", "I can't breathe, help"


@pytest.fixture(scope="module")
def app_settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    database = f"sqlite:///{tmp_path_factory.mktemp('journal')}/journal.db"
    return settings.model_copy(update={"database": database, "limit_session": "6/minute"})


@pytest.fixture(scope="module")
def web(app_settings: Settings) -> Iterator[httpx.Client]:
    with serving(create_app(app_settings)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def figures(web: httpx.Client) -> dict[str, float]:
    """Each figure by its name and labels."""
    response = web.get("/metrics")
    assert response.status_code == 200, response.text
    samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
    return {"".join((s.name, *(f" {k}={v}" for k, v in s.labels.items()))): s.value for s in samples}


def risen(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name)}


def ask(web: httpx.Client, question: str, path: str = "/api/chat") -> Any:
    response = web.post(path, json={"question": question})
    assert response.status_code == 200, response.text
    return response


def test_replies_are_counted_by_kind_with_how_long_they_took(web: httpx.Client) -> None:
    before = figures(web)
    ask(web, ANSWERED)
    ask(web, UNANSWERED)
    ask(web, UNANSWERED, "/api/chat/stream")
    ask(web, DANGER)
    counted = risen(before, figures(web))
    assert counted["faqbot_replies_total kind=answer"] == 1
    assert counted["faqbot_replies_total kind=no_answer"] == 2
    assert counted["faqbot_replies_total kind=emergency"] == 1
    assert counted["faqbot_reply_seconds_count"] == 4
    assert counted["faqbot_reply_seconds_sum"] > 0
    assert counted["faqbot_responses_total status=200"] == 4


def test_requests_that_the_limits_refuse_are_counted(web: httpx.Client) -> None:
    before = figures(web)
    rating = {"reply_id": "0" * 32, "rating": "up"}
    said = [web.post("/api/feedback", json=rating, headers={"X-Faqbot-Session": "one"}).status_code for _ in range(8)]
    assert said == [204] * 6 + [429] * 2
    assert web.post("/api/chat", content=b" " * (MAX_BODY_BYTES + 1)).status_code == 413
    counted = risen(before, figures(web))
    assert counted["faqbot_responses_total status=429"] == 2
    assert counted["faqbot_responses_total status=413"] == 1
    assert counted["faqbot_responses_total status=204"] == 6


def test_the_index_and_the_journal_tell_their_state(web: httpx.Client, chain: FaqChain) -> None:
    told = figures(web)
    assert told["faqbot_index_passages"] == chain.retriever.store.manifest.passages
    assert told["faqbot_index_age_seconds"] > 0
    assert told["faqbot_journal_lost_total"] == 0
    assert told["faqbot_journal_waiting"] >= 0


def test_figures_are_there_before_anybody_asks_and_without_an_index(tmp_path: Path) -> None:
    with serving(create_app(load_settings(state=tmp_path))) as url, httpx.Client(base_url=url) as web:
        told = figures(web)
    assert told["faqbot_replies_total kind=no_answer"] == 0
    assert told["faqbot_failures_total"] == 0
    assert "faqbot_index_passages" not in told


def test_a_reader_who_asks_for_openmetrics_gets_it(web: httpx.Client) -> None:
    response = web.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert {"faqbot_replies", "faqbot_reply_seconds"} <= {family.name for family in openmetrics_of(response.text)}


def test_figures_hold_nobodys_words(web: httpx.Client) -> None:
    ask(web, "What does Wilhelmina Zwicky pay?")
    assert "zwicky" not in web.get("/metrics").text.lower()


@pytest.mark.parametrize("headers", [{"x-forwarded-for": "203.0.113.7"}, {"forwarded": "for=203.0.113.7"}])
def test_figures_are_closed_to_whoever_comes_through_a_proxy(web: httpx.Client, headers: dict[str, str]) -> None:
    response = web.get("/metrics", headers=headers)
    assert response.status_code == 401
    assert "faqbot_replies" not in response.text


def test_figures_are_closed_to_other_networks_and_open_to_those_of_the_settings(tmp_path: Path) -> None:
    with serving(create_app(load_settings(state=tmp_path, metrics_from="10.0.0.0/8"))) as url:
        assert httpx.get(f"{url}/metrics").status_code == 401
    with serving(create_app(load_settings(state=tmp_path, metrics_from="127.0.0.0/8"))) as url:
        assert httpx.get(f"{url}/metrics").status_code == 200


def test_a_question_without_an_answer_is_kept_and_one_of_a_person_in_danger_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path}/journal.db"
    app = create_app(settings.model_copy(update={"database": address}))
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as web:
        told = [ask(web, question).json() for question in (ANSWERED, UNANSWERED, DANGER)]
        ask(web, UNANSWERED, "/api/chat/stream")
        for reply, comment in ((told[0], "Ask 423-555-0142"), (told[2], None)):
            rating = {
                "reply_id": reply["reply_id"],
                "rating": "down",
                "comment": comment,
                "question": reply["question"],
            }
            assert web.post("/api/feedback", json=rating).status_code == 204
    kept = {
        reply_id: (kind, text) for reply_id, kind, text in rows(address, "SELECT reply_id, kind, text FROM exchange")
    }
    written = [("answer", None), ("no_answer", UNANSWERED), ("emergency", None)]
    assert [kept.pop(reply["reply_id"]) for reply in told] == written
    assert list(kept.values()) == [("no_answer", UNANSWERED)], "the streamed one"
    assert rows(address, "SELECT comment, question FROM feedback ORDER BY id") == [
        ("Ask [phone]", ANSWERED),
        (None, None),
    ]
    assert all(0 < latency < 30_000 for (latency,) in rows(address, "SELECT latency_ms FROM exchange"))


def test_answers_go_on_and_losses_are_counted_where_the_journal_can_not_be_written(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no folder").write_text("")
    app = create_app(settings.model_copy(update={"database": f"sqlite:///{tmp_path}/no folder/journal.db"}))
    journal: Journal = app.state.journal
    with caplog.at_level(logging.DEBUG), serving(app) as url, httpx.Client(base_url=url, timeout=30) as web:
        assert ask(web, ANSWERED).json()["kind"] == "answer"
        assert ask(web, UNANSWERED).json()["kind"] == "no_answer"
        for _ in range(100):  # a reply is handed over once it was sent
            if journal.flush() and journal.lost == 2:
                break
            time.sleep(0.1)
        assert figures(web)["faqbot_journal_lost_total"] == 2
    assert "gout" not in caplog.text


def test_a_rated_question_that_is_too_long_is_413(web: httpx.Client, app_settings: Settings) -> None:
    rating = {"reply_id": "0" * 32, "rating": "down", "question": "x" * app_settings.max_question_chars}
    assert web.post("/api/feedback", json=rating).status_code == 204
    response = web.post("/api/feedback", json={**rating, "question": rating["question"] + "x"})
    assert response.status_code == 413
    assert response.json()["error"]["message"] == "question: is 2,001 characters long; 2,000 is the most."


@pytest.mark.parametrize(
    ("keep_text", "said"),
    [("none", "questions are not kept"), ("gaps", "that I can't answer"), ("all", "questions and comments are kept")],
)
def test_a_patient_is_told_what_is_kept_and_for_how_long(tmp_path: Path, keep_text: str, said: str) -> None:
    settings = load_settings(state=tmp_path, keep_text=keep_text, keep_days=45)
    with serving(create_app(settings)) as url:
        config = httpx.get(f"{url}/api/config").json()
    assert config["kept"] == what_is_kept(settings)
    assert said in config["kept"]
    assert "45 days" in config["kept"]
    assert config["greeting"].endswith(config["kept"])


def test_staff_may_read_the_figures_from_anywhere(tmp_path: Path) -> None:
    app = create_app(load_settings(state=tmp_path, metrics_from=""))
    with serving(app) as url:
        assert httpx.get(f"{url}/metrics").status_code == 401
        with as_staff(app, url) as staff:
            assert staff.get("/metrics").status_code == 200
