"""What the chat window makes of servers that are slow, gone, in the way or hostile: nothing typed is ever lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from fastapi import Response
from fastapi.responses import HTMLResponse, JSONResponse
from playwright.sync_api import Browser, expect
from serving import serving
from standin import StandIn, error, events
from visits import Visit, visiting

from bot.chain import FaqChain
from bot.settings import Settings
from bot.understand import Question
from bot.web.api import config

QUESTION = "Is SVF richer in cells than marrow?"
STREAM, CHAT = "/api/chat/stream", "/api/chat"
HOSTILE = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture
def stand_in(settings: Settings, chain: FaqChain) -> StandIn:
    reply = chain.invoke(Question(QUESTION, ())).model_dump_json(exclude={"trace"})
    return StandIn(config(settings, Response()).model_dump(mode="json"), json.loads(reply))


@pytest.fixture
def visit(browser: Browser, stand_in: StandIn) -> Iterator[Visit]:
    """A page with the window in it; what the browser logs of a broken connection is no fault of the window."""
    with serving(stand_in.app) as url, visiting(browser, url) as visit:
        expect(visit.box).to_be_visible()
        yield visit
        visit.page.context.close()
        stand_in.gate.set()


def _complains(visit: Visit, text: str) -> None:
    trouble = visit.page.locator(".trouble")
    expect(trouble).to_contain_text(text)
    expect(visit.alarmed).to_contain_text(text)
    expect(visit.page.locator(".you")).to_contain_text(QUESTION)


def _send(visit: Visit, question: str = QUESTION) -> None:
    visit.box.fill(question)
    visit.box.press("Enter")


def test_verified_sentences_show_while_the_reply_is_on_its_way_and_only_the_reply_is_final(
    visit: Visit, stand_in: StandIn
) -> None:
    waiting: list[bool] = []

    def hold() -> None:
        stand_in.gate.clear()
        waiting.append(stand_in.gate.wait(20))

    sent = [("sentence", {"text": "A sentence that comes early.", "citations": [1]}), ("status", {"state": "writing"})]
    stand_in.stream = lambda: events(*sent, ("reply", stand_in.reply), then=hold)
    _send(visit)
    expect(visit.log).to_contain_text("A sentence that comes early.")
    expect(visit.page.locator(".wait")).to_have_text("Putting the answer in order…")
    expect(visit.said).to_have_text("Putting the answer in order…")
    stand_in.gate.set()
    expect(visit.replies.locator(".cite").first).to_be_visible()
    expect(visit.log).not_to_contain_text("comes early")
    assert stand_in.paths == [STREAM]
    assert waiting == [True]


@pytest.mark.parametrize(
    "stream",
    [
        lambda: HTMLResponse("<h1>Blocked</h1>", 403),
        lambda: HTMLResponse("<h1>Sign in to this network</h1>"),
        lambda: JSONResponse({"detail": "Not Found"}, 404),
        lambda: HTMLResponse("<h1>Bad gateway</h1>", 502),
        lambda: events(("status", {"state": "searching"})),
        lambda: events(("sentence", {"text": "Half a reply", "citations": [1]}), ("x", {})),
    ],
    ids=["forbidden", "portal", "absent", "gateway", "cut off", "cut off later"],
)
def test_where_no_stream_comes_through_the_reply_comes_by_a_plain_request(
    visit: Visit, stand_in: StandIn, stream: Callable[[], Response]
) -> None:
    stand_in.stream = stream
    _send(visit)
    expect(visit.replies.locator(".cite").first).to_be_visible()
    expect(visit.log).not_to_contain_text("Half a reply")
    assert stand_in.paths == [STREAM, CHAT]
    visit.ask("And the other?")
    assert stand_in.paths == [STREAM, CHAT, CHAT]
    assert {session for *_, session in stand_in.asked} == {stand_in.asked[0][2]}
    assert stand_in.asked[-1][1] == {"question": "And the other?", "history": [QUESTION]}


def test_a_stream_that_is_held_up_is_given_up_for_a_plain_request(browser: Browser, stand_in: StandIn) -> None:
    def hold() -> Response:
        stand_in.gate.wait(20)
        return events(("reply", stand_in.reply))

    stand_in.stream = hold
    with serving(stand_in.app) as url, visiting(browser, url) as visit:
        visit.page.clock.install()
        visit.page.reload()
        expect(visit.box).to_be_visible()
        stand_in.gate.clear()
        _send(visit)
        expect(visit.page.locator(".wait")).to_be_visible()
        visit.page.clock.run_for(9_000)
        expect(visit.page.locator(".wait")).to_have_text("Still looking. This can take a moment.")
        stand_in.chat = lambda: JSONResponse(stand_in.reply)
        visit.page.clock.run_for(12_000)
        stand_in.gate.set()
        expect(visit.replies.locator(".cite").first).to_be_visible()
        assert stand_in.paths == [STREAM, CHAT]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda: error(429, "too_many", **{"Retry-After": "40"}), "You can try again in 40 seconds."),
        (lambda: error(503, "not_ready"), "The assistant is not ready yet. Your question is kept"),
        (lambda: events(("error", {"error": {"code": "failed", "message": "x"}})), "Something went wrong on our side."),
    ],
    ids=["too many", "not ready", "failed on the way"],
)
def test_what_goes_wrong_is_said_kindly_and_asking_again_works(
    visit: Visit, stand_in: StandIn, answer: Callable[[], Response], text: str
) -> None:
    stand_in.stream = answer
    chips = visit.page.locator(".chip")
    offered = chips.all_inner_texts()
    _send(visit)
    _complains(visit, text)
    expect(chips).to_have_text(offered)
    stand_in.stream = None
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.replies.locator(".cite").first).to_be_visible()
    expect(visit.replies).to_have_count(1)
    expect(visit.replies).to_be_focused()
    assert stand_in.paths == [STREAM, STREAM]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: HTMLResponse("<h1>Gone</h1>", 500),
        lambda: HTMLResponse("<h1>Sign in</h1>"),
        lambda: JSONResponse({"kind": "answer"}),
        lambda: JSONResponse(None),
    ],
    ids=["page of an error", "page", "no reply", "null"],
)
def test_an_answer_that_is_no_reply_is_reported_in_words_for_a_patient(
    visit: Visit, stand_in: StandIn, answer: Callable[[], Response]
) -> None:
    stand_in.stream = stand_in.chat = answer
    _send(visit)
    _complains(visit, "Something went wrong on our side. Your question is kept. Please try again.")


def test_a_question_that_the_server_refuses_can_be_changed(visit: Visit, stand_in: StandIn) -> None:
    stand_in.stream = lambda: error(413, "too_long", "The question is too long for us.")
    _send(visit)
    _complains(visit, "The question is too long for us.")
    visit.box.fill("typed since")
    expect(visit.page.get_by_role("button", name="Try again")).to_have_count(0)
    visit.page.get_by_role("button", name="Change the question").click()
    expect(visit.box).to_have_value(f"{QUESTION}\ntyped since")
    expect(visit.box).to_be_focused()
    expect(visit.page.locator(".turn")).to_have_count(0)


def test_when_the_server_is_gone_nothing_is_lost_and_asking_again_works_once_it_is_back(
    browser: Browser, stand_in: StandIn
) -> None:
    with serving(stand_in.app) as url:
        entered = visiting(browser, url)
        visit = entered.__enter__()
        visit.ask(QUESTION)
    _send(visit, "What is HLA?")
    expect(visit.page.locator(".trouble")).to_contain_text("The assistant can't be reached. Your question is kept")
    visit.page.context.set_offline(True)
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.locator(".trouble")).to_contain_text("You are offline. Your question is kept")
    visit.page.context.set_offline(False)
    with serving(stand_in.app, port=urlsplit(url).port or 0):
        visit.page.reload()
        expect(visit.page.locator(".trouble")).to_contain_text("You are offline.")
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.page.locator(".trouble")).to_have_count(0)
        expect(visit.replies.last.locator("> .fine")).to_be_visible()
        entered.__exit__(None, None, None)
    assert stand_in.asked[-1][1]["history"] == [QUESTION]


def test_what_is_typed_while_an_answer_is_awaited_is_kept_and_can_be_sent_after(
    visit: Visit, stand_in: StandIn
) -> None:
    stand_in.gate.clear()
    _send(visit)
    send = visit.page.get_by_role("button", name="Send")
    expect(send).to_have_attribute("aria-disabled", "true")
    _send(visit, "What is HLA?")
    expect(visit.note).to_have_text("Please wait for this answer. What you typed is kept.")
    expect(visit.box).to_have_value("What is HLA?")
    stand_in.gate.set()
    expect(visit.replies.locator(".cite").first).to_be_visible()
    expect(visit.note).to_be_empty()
    expect(visit.box).to_have_value("What is HLA?")
    visit.box.press("Enter")
    expect(visit.replies.locator("> .fine")).to_have_count(2)
    assert [body["question"] for _, body, _ in stand_in.asked] == [QUESTION, "What is HLA?"]


def test_a_page_left_while_an_answer_is_awaited_offers_the_question_again(visit: Visit, stand_in: StandIn) -> None:
    stand_in.gate.clear()
    _send(visit)
    expect(visit.page.locator(".wait")).to_be_visible()
    visit.page.reload()
    expect(visit.page.locator(".trouble")).to_contain_text("You left the page before the answer came.")
    stand_in.gate.set()
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.replies.locator(".cite").first).to_be_visible()


def test_an_answer_that_comes_after_the_conversation_was_cleared_is_dropped(visit: Visit, stand_in: StandIn) -> None:
    stand_in.gate.clear()
    _send(visit)
    visit.page.get_by_role("button", name="More").click()
    visit.page.get_by_role("button", name="Clear this chat").click()
    stand_in.gate.set()
    visit.ask("What is HLA?")
    expect(visit.page.locator(".turn")).to_have_count(1)
    assert stand_in.asked[-1][1]["history"] == []


def test_markup_in_any_word_of_the_server_is_shown_as_text_and_no_odd_link_is_made(
    browser: Browser, stand_in: StandIn
) -> None:
    def poisoned(value: object) -> object:
        if isinstance(value, dict):
            fixed = {"kind", "tier", "reply_id", "passage_id", "n", "link", "start", "end", "term"}
            return {key: at if key in fixed else poisoned(at) for key, at in value.items()}
        if isinstance(value, list):
            return [poisoned(each) for each in value]
        return f"{value} {HOSTILE}" if isinstance(value, str) else value

    stand_in.reply = poisoned(stand_in.reply)  # type: ignore[assignment]
    stand_in.reply["citations"][0]["link"] = "javascript:document.title='run'"
    for key in ("texts", "greeting", "disclaimer", "suggestions", "tiers"):
        stand_in.config[key] = poisoned(stand_in.config[key])
    stand_in.config["clinic"] |= {"link": "javascript:document.title='run'", "color": "red;}*{display:none"}
    stand_in.reply["notice"] = stand_in.config["clinic"]["link"]
    with serving(stand_in.app) as url, visiting(browser, url) as visit:
        visit.page.locator("textarea").first.fill(HOSTILE)
        visit.press("Enter")
        reply = visit.replies
        expect(reply.locator("> .fine")).to_be_visible()
        reply.locator(".term").first.focus()
        reply.locator("summary").click()
        reply.locator(".cite").first.click()
        expect(visit.passage.locator("mark")).to_contain_text(HOSTILE)
        expect(visit.page.locator("[href^=javascript]")).to_have_count(0)
        expect(visit.log.locator("img, script")).to_have_count(0)
        expect(visit.log).to_contain_text(HOSTILE)
        assert visit.page.title() == "A page"


def test_a_window_in_a_page_says_when_its_server_is_missing_and_comes_once_it_is_there(
    browser: Browser, stand_in: StandIn
) -> None:
    with serving(stand_in.app) as url, visiting(browser, url) as visit:
        visit.page.route("**/api/config", lambda route: route.fulfill(status=502, body="x"))
        visit.page.reload()
        missing = visit.page.get_by_role("alert")
        expect(missing).to_contain_text("The assistant can't be reached right now.")
        assert visit.barriers() == []
        visit.page.unroute("**/api/config")
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.box).to_be_visible()
