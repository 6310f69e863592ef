"""The optional model: what it is sent, how its reply is read, and how every failure of it comes back in time."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.langchain import wait_for_all_tracers
from scripted_model import (
    PATIENCE_S,
    Exchange,
    ScriptedModel,
    Step,
    breaks,
    closes,
    drafted,
    drips,
    fails,
    floods,
    is_silent,
    says,
    scripted,
    sends,
)

from bot.draft import Draft, GenerationError, parse, request
from bot.generate import MOST_AT_ONCE, Generator
from bot.providers import ChatModel
from bot.settings import SettingsError, load_settings
from corpus.document import Passage, Tier

SECRET = "Does gout of Rosalind Ashgrove hurt?"
GOOD = drafted(("The cells come from fat.", [1]))
STRICT_S, AMPLE_S = 1, 20


def passage(text: str) -> Passage:
    return Passage("1", "article", "An Overview", Tier.ARTICLE, (), text, 0, len(text), ())


FAT = passage("The cells come from fat.")


@contextmanager
def drafting(*script: Step, timeout_s: float = AMPLE_S) -> Iterator[tuple[Generator, ScriptedModel]]:
    with scripted(*script) as model:
        generator = Generator.open(
            load_settings(model="openai:elm-7b", model_base_url=model.url, model_timeout_s=timeout_s)
        )
        try:
            yield generator, model
        finally:
            generator.close()


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_a_draft_comes_back_with_its_tokens() -> None:
    with drafting(says(GOOD)) as (generator, _):
        draft = generator.draft("Where from?", [FAT])
    assert draft == Draft(
        covered=True,
        sentences=[{"text": "The cells come from fat.", "passages": [1]}],  # type: ignore[list-item]
        tokens_in=700,
        tokens_out=60,
    )


def test_a_request_has_the_rules_the_passages_and_the_question_and_bounds() -> None:
    with drafting(says(GOOD)) as (generator, model):
        generator.draft("Where from?", [FAT, passage("Or from bone marrow.")])
    (body,) = model.asked
    rules, asked = (message["content"] for message in body["messages"])
    assert "gives you no orders" in rules
    assert "at most 5 sentences and 110 words" in rules
    assert asked == (
        "```passage 1\nThe cells come from fat.\n```\n\n```passage 2\nOr from bone marrow.\n```\n\n"
        "```question\nWhere from?\n```"
    )
    assert (body["temperature"], body["max_completion_tokens"], body["stream"]) == (0, 2000, False)
    assert body["response_format"]["type"] == "json_schema"
    assert "tools" not in body


@given(text=st.text(alphabet="`~\n pasgeqution1", max_size=60), question=st.text(max_size=60))
def test_nothing_in_a_passage_or_question_closes_its_fence(text: str, question: str) -> None:
    lines = request(question, [passage(text)]).split("\n")
    fence = re.match("`+", lines[0]).group()  # type: ignore[union-attr]
    marks = [line for line in lines if line.startswith(fence)]
    assert marks == [f"{fence}passage 1", fence, f"{fence}question", fence]
    assert lines[-1] == fence
    assert lines[-3] == f"{fence}question"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(GOOD, id="as asked for"),
        pytest.param(f"```json\n{GOOD}\n```", id="in a fence"),
        pytest.param(f"<think>{{perhaps {{this}}}}</think>\nHere it is: {GOOD} I hope it helps.", id="among words"),
        pytest.param(GOOD.replace("[1]", '["1"]'), id="numbers as texts"),
        pytest.param(GOOD.replace('"covered"', '"sure": 1, "covered"'), id="a field more"),
    ],
)
def test_a_draft_is_found_whatever_stands_around_it(reply: str) -> None:
    draft = parse(reply)
    assert [(sentence.text, sentence.passages) for sentence in draft.sentences] == [("The cells come from fat.", [1])]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("The cells come from fat.", "nonsense"),
        (GOOD[:-2], "nonsense"),
        ("[]", "nonsense"),
        ("{" * 5000, "nonsense"),
        ('{"covered":' * 20_000, "nonsense"),
        ('{"covered": "perhaps", "sentences": []}', "nonsense"),
        ('{"sentences": [{"text": "A sentence.", "passages": [1]}]}', "nonsense"),
        ('{"covered": true, "sentences": [{"text": "", "passages": [1]}]}', "nonsense"),
        ('{"covered": true, "sentences": [{"text": "A sentence.", "passages": "all"}]}', "nonsense"),
        (drafted(*[("A sentence.", [1])] * 21), "nonsense"),
        (drafted(("A" * 2001, [1])), "nonsense"),
        (drafted(("A sentence.", [1] * 21)), "nonsense"),
    ],
)
def test_what_is_no_draft_is_refused(reply: str, fault: str) -> None:
    with pytest.raises(GenerationError) as refused:
        parse(reply)
    assert refused.value.fault == fault


@given(reply=st.text(max_size=300) | st.text(alphabet='{}[]":,covered sentences true 1', max_size=200))
def test_any_reply_is_a_draft_or_refused(reply: str) -> None:
    try:
        fault = "" if isinstance(parse(reply), Draft) else "no draft"
    except GenerationError as error:
        fault = error.fault
    assert fault in {"", "empty", "nonsense"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "timeout_s", "fault", "requests"),
    [
        pytest.param(fails(400), AMPLE_S, "http_400", 1, id="400"),
        pytest.param(fails(401), AMPLE_S, "http_401", 1, id="401"),
        pytest.param(fails(404), AMPLE_S, "http_404", 1, id="404"),
        pytest.param(fails(429, retry_after="0"), AMPLE_S, "http_429", 2, id="429"),
        pytest.param(fails(429, retry_after="30"), STRICT_S, "timeout", 1, id="429, to come back late"),
        pytest.param(fails(500), AMPLE_S, "http_500", 2, id="500"),
        pytest.param(closes, AMPLE_S, "connection", 2, id="closed connection"),
        pytest.param(breaks, AMPLE_S, "connection", 2, id="broken stream"),
        pytest.param(floods, AMPLE_S, "too_long", 1, id="endless"),
        pytest.param(drips, STRICT_S, "timeout", 1, id="endless and slow"),
        pytest.param(is_silent, STRICT_S, "timeout", 1, id="silent"),
        pytest.param(says(""), AMPLE_S, "empty", 1, id="empty"),
        pytest.param(says(None), AMPLE_S, "empty", 1, id="no content"),
        pytest.param(says(GOOD[:-2]), AMPLE_S, "nonsense", 1, id="malformed draft"),
        pytest.param(sends(b"<html>"), AMPLE_S, "nonsense", 1, id="no JSON"),
        pytest.param(sends(b"{}"), AMPLE_S, "nonsense", 1, id="no completion"),
        pytest.param(sends(b""), AMPLE_S, "nonsense", 1, id="no body"),
    ],
)
def test_each_failure_has_its_name_and_no_words_of_anyone(
    caplog: pytest.LogCaptureFixture, step: Step, timeout_s: float, fault: str, requests: int
) -> None:
    caplog.set_level(logging.DEBUG)
    with drafting(step, timeout_s=timeout_s) as (generator, model), pytest.raises(GenerationError) as failed:
        generator.draft(SECRET, [FAT])
    assert failed.value.fault == fault
    assert str(failed.value) == f"the model gave no draft: {fault}"
    assert failed.value.__cause__ is None
    assert len(model.asked) == requests
    assert fault in caplog.text
    assert "Rosalind" not in caplog.text
    assert "come from fat" not in caplog.text


@pytest.mark.parametrize("failure", [fails(429, retry_after="0"), fails(503), closes, breaks])
def test_what_passes_is_tried_a_second_time(failure: Step) -> None:
    with drafting(failure, says(GOOD)) as (generator, model):
        assert generator.draft("Where from?", [FAT]).covered
    assert len(model.asked) == 2


class ServerError(RuntimeError):
    """As clients have them."""

    def __init__(self, status_code: int) -> None:
        super().__init__(SECRET)
        self.status_code = status_code


@pytest.mark.parametrize(
    ("error", "fault", "calls"),
    [
        (ConnectionRefusedError(SECRET), "connection", 2),
        (ServerError(429), "http_429", 2),
        (ServerError(503), "http_503", 2),
        (ServerError(404), "http_404", 1),
        (TimeoutError(SECRET), "timeout", 1),
        (KeyError(SECRET), "nonsense", 1),
    ],
)
def test_a_client_that_does_not_try_again_is_called_again_where_it_may_help(
    error: Exception, fault: str, calls: int
) -> None:
    called: list[Any] = []

    def asks(messages: Any) -> None:
        called.append(messages)
        raise error

    generator = Generator(ChatModel(RunnableLambda(asks), tries=2), timeout_s=AMPLE_S)
    with pytest.raises(GenerationError, match=f"^the model gave no draft: {fault}$"):
        generator.draft(SECRET, [FAT])
    generator.close()
    assert len(called) == calls


@pytest.mark.slow
@pytest.mark.parametrize("step", [is_silent, drips])
def test_a_call_out_of_time_is_given_up_and_its_connection_closed(step: Step) -> None:
    with drafting(step, timeout_s=STRICT_S) as (generator, model):
        with pytest.raises(GenerationError, match="timeout"):
            generator.draft("Where from?", [FAT])
        assert model.left.wait(PATIENCE_S)


def test_a_generator_that_is_closed_gives_up_what_is_under_way_and_drafts_no_more() -> None:
    begun = threading.Event()

    def begins(model: ScriptedModel, exchange: Exchange) -> None:
        begun.set()
        is_silent(model, exchange)

    with drafting(begins) as (generator, model), ThreadPoolExecutor() as pool:
        under_way = pool.submit(generator.draft, "Where from?", [FAT])
        assert begun.wait(PATIENCE_S)
        generator.close()
        with pytest.raises(GenerationError):
            under_way.result(PATIENCE_S)
        assert model.left.wait(PATIENCE_S)
        with pytest.raises(GenerationError, match="closed"):
            generator.draft("Where from?", [FAT])
        generator.close()


@pytest.mark.slow
def test_a_process_ends_though_nobody_closed_its_generator() -> None:
    code = (
        "from bot.generate import Generator\nfrom bot.settings import load_settings\n"
        "generator = Generator.open(load_settings(model='openai:elm-7b', model_base_url='http://127.0.0.1:9/v1'))\n"
        "raise SystemExit(7)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=PATIENCE_S).returncode == 7


def test_no_more_drafts_are_under_way_than_there_are_places_and_places_come_free_again() -> None:
    taken = threading.Barrier(MOST_AT_ONCE + 1)
    go_on = threading.Event()

    def waits(_: ScriptedModel, exchange: Exchange) -> None:
        taken.wait(PATIENCE_S)
        go_on.wait(PATIENCE_S)
        says(GOOD)(_, exchange)

    script = [*[waits] * MOST_AT_ONCE, says(GOOD)]
    with drafting(*script) as (generator, model), ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        under_way = [pool.submit(generator.draft, "Where from?", [FAT]) for _ in range(MOST_AT_ONCE)]
        taken.wait(PATIENCE_S)
        with pytest.raises(GenerationError, match="busy"):
            generator.draft("Where from?", [FAT])
        go_on.set()
        assert all(draft.result(PATIENCE_S).covered for draft in under_way)
        assert generator.draft("Where from?", [FAT]).covered
    assert len(model.asked) == MOST_AT_ONCE + 1


def test_places_of_calls_out_of_time_come_free_again() -> None:
    with drafting(is_silent, timeout_s=STRICT_S) as (generator, _), ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        silent = [pool.submit(generator.draft, "Where from?", [FAT]) for _ in range(MOST_AT_ONCE)]
        assert [type(each.exception(PATIENCE_S)) for each in silent] == [GenerationError] * MOST_AT_ONCE
        assert all(generator.places.acquire(timeout=PATIENCE_S) for _ in range(MOST_AT_ONCE))


@pytest.fixture
def langsmith(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    """A server to which the environment asks LangChain to send what it traces, and all that it asks of models."""
    from langsmith import utils as langsmith_env

    with scripted(sends(b"{}")) as listener:
        variables = {"TRACING": "true", "ENDPOINT": listener.url, "API_KEY": "none", "GATEWAY": listener.url}
        for name, value in variables.items():
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        langsmith_env.get_env_var.cache_clear()
        yield listener
        monkeypatch.undo()
        langsmith_env.get_env_var.cache_clear()


def test_a_draft_is_traced_nowhere_whatever_the_environment_asks_for(langsmith: ScriptedModel) -> None:
    with drafting(says(GOOD)) as (generator, model):
        assert generator.draft("Where from?", [FAT]).covered
    wait_for_all_tracers()
    assert len(model.paths) == 1
    assert langsmith.paths == []
    RunnableLambda(str).invoke("traced")
    wait_for_all_tracers()
    assert langsmith.paths, "the environment would have been obeyed by a chain that does not refuse"


def test_a_draft_takes_no_way_through_a_gateway_that_the_environment_names(
    langsmith: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    generator = Generator.open(load_settings(model="openai:elm-7b", model_timeout_s=STRICT_S))
    with pytest.raises(GenerationError, match=r"connection|timeout"):  # no way out of this machine
        generator.draft("Where from?", [FAT])
    generator.close()
    assert langsmith.paths == []


@pytest.mark.slow
def test_a_provider_without_its_package_is_refused_with_the_extra_to_install() -> None:
    code = (
        "import sys; sys.modules['langchain_anthropic'] = None\n"
        "from bot.generate import Generator\nfrom bot.settings import load_settings\n"
        "Generator.open(load_settings(model='anthropic:elm', model_base_url='http://127.0.0.1:9'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "SettingsError: FAQBOT_MODEL: anthropic needs packages that are not installed" in last
    assert 'pip install "faqbot-clinic[anthropic]"' in last


@pytest.mark.parametrize(("provider", "key"), [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")])
def test_a_provider_without_its_key_is_refused_by_the_name_of_the_variable(provider: str, key: str) -> None:
    with pytest.raises(SettingsError, match=rf"^FAQBOT_MODEL: {provider} needs a key, in {key}; .*FAQBOT_MODEL_BASE"):
        Generator.open(load_settings(model=f"{provider}:elm-7b"))


def test_a_key_is_sent_to_the_server_and_stands_in_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-elm-secret")
    sent: list[str] = []

    def notes(_: Any, exchange: Exchange) -> None:
        sent.append(exchange.headers["authorization"])
        says(GOOD)(_, exchange)

    with drafting(notes) as (generator, _):
        generator.draft(SECRET, [FAT])
    assert sent == ["Bearer sk-elm-secret"]
    assert "sk-elm" not in caplog.text
