"""The chat page in a real browser, as a patient uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import chromium
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, expect
from serving import serving

from bot.aspects import what_is_missing
from bot.settings import Settings
from bot.web.app import create_app
from prompts.render import render

QUESTION = "Has the FDA approved stem cell therapy for joint pain?"
MARKUP = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script> & What is SVF?"
BY_THE_BROWSER = "Failed to load resource"
"""How Chromium begins what it logs itself of an answer other than 200; the page can't prevent it."""

expect.set_options(timeout=10_000)


@dataclass
class Visit:
    """A patient's window, and what it let be seen behind the scenes."""

    page: Page
    url: str
    logged: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def ask(self, question: str) -> Locator:
        """Types and sends a question; the reply that comes."""
        replies = self.page.locator(".reply")
        before = replies.count()
        self.box.fill(question)
        self.page.keyboard.press("Enter")
        expect(replies).to_have_count(before + 1)
        return replies.nth(before)

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("Your question")

    @property
    def status(self) -> Locator:
        return self.page.locator("#status")

    @property
    def passage(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def too_wide(self) -> list[str]:
        """The elements whose content does not fit into their width."""
        elements = (
            "[...document.querySelectorAll('*')].filter((e) => e.clientWidth > 1 && e.scrollWidth > e.clientWidth)"
        )
        found: list[str] = self.page.evaluate(f"{elements}.map((e) => e.outerHTML)")
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.started() as started:
        yield started


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[str]:
    with serving(create_app(settings)) as url:
        yield url


def _visit(browser: Browser, url: str, **context: Any) -> Visit:
    page = browser.new_page(**context)
    visit = Visit(page, url)

    def note(message: ConsoleMessage) -> None:
        if not (message.text.startswith(BY_THE_BROWSER) and message.location["url"].endswith("/api/chat")):
            visit.logged.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: visit.logged.append(str(error)))
    page.on("request", lambda request: visit.addresses.append(request.url))
    page.goto(url)
    expect(page.locator("#disclaimer")).not_to_be_empty()
    return visit


def _end(visit: Visit) -> None:
    visit.page.context.close()
    assert visit.logged == []
    assert {urlsplit(address).netloc for address in visit.addresses} == {urlsplit(visit.url).netloc}


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    """A window on the page; at the end nothing was logged, no policy broken, and no other server asked."""
    visit = _visit(browser, server)
    yield visit
    _end(visit)


@pytest.fixture
def phone(browser: Browser, server: str) -> Iterator[Visit]:
    visit = _visit(browser, server, viewport={"width": 320, "height": 640}, has_touch=True)
    yield visit
    _end(visit)


def test_an_answer_shows_its_sentences_with_numbered_citations_sources_and_the_disclaimer(visit: Visit) -> None:
    reply = visit.ask(QUESTION)
    first = reply.locator("p").first
    expect(first).to_contain_text("no regenerative medicine therapy had been approved for any orthopaedic condition")
    expect(first.locator(".cite")).to_have_text("1")
    expect(reply.locator(".sources li").first).to_contain_text("1. Important Patient and Consumer Information")
    expect(reply.locator(".sources .tier").first).to_have_text("Our notes on a government source")
    expect(reply).to_contain_text(render("disclaimer"))


def test_the_greeting_and_the_disclaimer_stand_on_the_page_before_anything_is_asked(visit: Visit) -> None:
    expect(visit.page.locator("#greeting")).to_have_text(render("greeting", clinic="the clinic"))
    expect(visit.page.locator("footer")).to_contain_text(render("disclaimer"))


def test_every_citation_opens_its_passage_with_exactly_the_quoted_words_marked(visit: Visit) -> None:
    with visit.page.expect_response("**/api/chat") as answered:
        reply = visit.ask("How do MSCs actually work in the body?")
    citations = answered.value.json()["citations"]
    assert citations
    for citation in citations:
        reply.get_by_role("button", name=re.compile(rf"^Source {citation['n']}: ")).first.click()
        expect(visit.passage.get_by_role("heading")).to_have_text(citation["title"])
        expect(visit.passage.locator("mark")).to_be_in_viewport()
        assert visit.passage.locator("mark").all_text_contents() == [citation["quote"]]
        visit.page.keyboard.press("Escape")
        expect(visit.passage).to_be_hidden()


def test_a_source_shows_its_tier_its_link_and_what_was_read_of_it(visit: Visit) -> None:
    visit.ask(QUESTION).locator(".sources button").first.click()
    expect(visit.passage).to_contain_text("Our notes on a government source")
    expect(visit.passage).to_contain_text("What was read of it: ")
    link = visit.passage.get_by_role("link", name="Open the source")
    expect(link).to_have_attribute("href", re.compile(r"^https://www\.fda\.gov/"))
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_the_article_has_no_link_to_offer(visit: Visit) -> None:
    visit.ask("What are mesenchymal stem cells?").locator(".cite").first.click()
    expect(visit.passage).to_contain_text("The clinic's article")
    expect(visit.passage.get_by_text("Open the source")).to_be_hidden()


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_closing_a_passage_gives_the_focus_back_to_its_citation(visit: Visit, key: str) -> None:
    citation = visit.ask(QUESTION).locator(".cite").first
    citation.click()
    expect(visit.passage.get_by_role("button", name="Close")).to_be_focused()
    visit.page.keyboard.press(key)
    expect(visit.passage).to_be_hidden()
    expect(citation).to_be_focused()


def test_a_click_beside_a_passage_closes_it(visit: Visit) -> None:
    visit.ask(QUESTION).locator(".cite").first.click()
    expect(visit.passage).to_be_visible()
    visit.page.mouse.click(5, 5)
    expect(visit.passage).to_be_hidden()


def test_the_marked_words_are_right_behind_characters_that_javascript_counts_twice(visit: Visit) -> None:
    def with_emoji_before(route: Route) -> None:
        passage = route.fetch().json()
        route.fulfill(json=passage | {"text": "🧬🧬🧬 " + passage["text"], "start": passage["start"] - 4})

    with visit.page.expect_response("**/api/chat") as answered:
        reply = visit.ask(QUESTION)
    visit.page.route("**/api/passages/*", with_emoji_before)
    reply.locator(".cite").first.click()
    expect(visit.passage.locator("mark")).to_have_text(answered.value.json()["citations"][0]["quote"])
    expect(visit.passage.locator("blockquote")).to_contain_text("🧬🧬🧬 ")


def test_a_suggestion_asks_its_question_and_goes_away(visit: Visit) -> None:
    suggestion = visit.page.get_by_role("group", name="Suggested questions").get_by_role("button").first
    question = suggestion.inner_text()
    suggestion.click()
    expect(visit.page.locator(".question")).to_have_text(question)
    expect(visit.page.locator(".reply.answer .cite").first).to_have_text("1")
    expect(visit.page.get_by_role("button", name=question)).to_have_count(0)


def test_what_the_documents_do_not_answer_is_said_with_the_way_to_a_person(visit: Visit) -> None:
    reply = visit.ask("How much does it cost?")
    expect(reply).to_have_class(re.compile("no_answer"))
    expect(reply).to_contain_text(
        render("no_answer_aspect", missing=what_is_missing("cost"), contact="call the clinic")
    )
    expect(reply).to_contain_text(render("disclaimer"))
    expect(reply.locator(".cite")).to_have_count(0)


def test_a_follow_up_is_understood_by_the_question_before_it(visit: Visit) -> None:
    visit.ask("What is Ryoncil?")
    with visit.page.expect_response("**/api/chat") as answered:
        expect(visit.ask("Who makes it?")).to_contain_text("Mesoblast")
    assert "Ryoncil" in answered.value.json()["understood_as"]


def test_markup_in_a_question_is_shown_as_typed_and_runs_nothing(visit: Visit) -> None:
    title = visit.page.title()
    visit.ask(MARKUP)
    expect(visit.page.locator(".question")).to_have_text(MARKUP)
    expect(visit.page.locator("main img, main script")).to_have_count(0)
    assert visit.page.title() == title


def test_the_answer_is_announced_once_without_its_sources(visit: Visit) -> None:
    first, second = visit.ask(QUESTION), visit.ask("How much does it cost?")
    expect(first).to_be_attached()
    announced = visit.page.locator("#announcement")
    expect(announced).to_have_attribute("role", "status")
    expect(announced).to_have_text(second.locator("p").first.inner_text())


def test_a_question_that_is_too_long_comes_back_whole_with_the_reason(visit: Visit) -> None:
    story = "My knee hurts. " * 200
    visit.box.fill(story)
    visit.page.get_by_role("button", name="Ask").click()
    expect(visit.status).to_have_text("The question is 2,999 characters long; 2,000 is the most.")
    expect(visit.box).to_have_value(story.strip())
    expect(visit.page.locator(".question")).to_have_count(0)


def test_an_answer_that_is_no_reply_is_reported_in_words_for_a_patient(visit: Visit) -> None:
    visit.page.route("**/api/chat", lambda route: route.fulfill(body="<html>Sign in to this network</html>"))
    visit.box.fill(QUESTION)
    visit.page.keyboard.press("Enter")
    expect(visit.status).to_have_text("Something went wrong. Please try again.")
    expect(visit.box).to_have_value(QUESTION)


def test_what_is_typed_while_an_answer_is_awaited_is_neither_sent_nor_lost(visit: Visit) -> None:
    held: list[Route] = []
    visit.page.route("**/api/chat", lambda route: held.append(route))
    visit.box.fill(QUESTION)
    visit.page.keyboard.press("Enter")
    expect(visit.status).to_contain_text("Looking")
    visit.box.fill("What is SVF?")
    visit.page.keyboard.press("Enter")
    expect(visit.box).to_have_value("What is SVF?")
    assert len(held) == 1
    held[0].abort()
    expect(visit.box).to_have_value(f"{QUESTION}\nWhat is SVF?")


def test_when_the_server_is_gone_nothing_is_lost_and_asking_again_works_once_it_is_back(
    browser: Browser, settings: Settings
) -> None:
    with serving(create_app(settings)) as url:
        visit = _visit(browser, url)
        visit.ask(QUESTION)
        visit.ask("How do MSCs actually work in the body?")
    visit.box.fill("What is SVF?")
    visit.page.keyboard.press("Enter")
    expect(visit.status).to_have_text(re.compile("^The assistant can't be reached"))
    expect(visit.status).to_be_in_viewport()
    expect(visit.box).to_have_value("What is SVF?")
    expect(visit.box).to_be_focused()
    expect(visit.page.locator(".question")).to_have_count(2)
    with serving(create_app(settings), port=urlsplit(url).port or 0):
        visit.page.keyboard.press("Enter")
        expect(visit.page.locator(".reply")).to_have_count(3)
        expect(visit.page.locator(".reply").last).to_contain_text("SVF")
        expect(visit.status).to_be_empty()
        expect(visit.box).to_have_value("")
        _end(visit)


def test_suggestions_stay_when_the_one_chosen_could_not_be_asked(visit: Visit) -> None:
    suggestions = visit.page.locator("#suggestions button")
    before = suggestions.all_inner_texts()
    visit.page.route("**/api/chat", lambda route: route.abort())
    suggestions.first.click()
    expect(visit.box).to_have_value(before[0])
    expect(suggestions).to_have_text(before)


def test_a_narrow_phone_needs_no_horizontal_scrolling(phone: Visit) -> None:
    assert phone.too_wide == []
    phone.ask("What is " + "immunomodulation" * 20 + " of SVF?")
    citation = phone.ask(QUESTION).locator(".cite").first
    expect(phone.page.get_by_role("heading")).to_be_in_viewport(ratio=1)
    expect(phone.page.get_by_role("button", name="Ask", exact=True)).to_be_in_viewport(ratio=1)
    citation.click()
    expect(phone.passage).to_be_in_viewport(ratio=1)
    expect(phone.passage.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    assert phone.too_wide == []


def test_the_whole_way_can_be_gone_by_keyboard(visit: Visit) -> None:
    def press(key: str, times: int = 1) -> None:
        for _ in range(times):
            visit.page.keyboard.press(key)

    press("Tab")
    expect(visit.page.locator("#suggestions button").first).to_be_focused()
    press("Enter")
    reply = visit.page.locator(".reply").first
    expect(reply).to_be_focused()
    press("Tab")
    expect(reply.locator(".cite").first).to_be_focused()
    press("Enter")
    expect(visit.passage).to_be_visible()
    press("Tab", times=10)
    assert visit.page.evaluate("document.activeElement.closest('dialog') || document.activeElement === document.body")
    press("Escape")
    expect(reply.locator(".cite").first).to_be_focused()
    press("Tab", times=reply.get_by_role("button").count())
    expect(visit.box).to_be_focused()
    visit.page.keyboard.type("How much")
    press("Shift+Enter")
    visit.page.keyboard.type("does it cost?")
    expect(visit.box).to_have_value("How much\ndoes it cost?")
    press("Enter")
    expect(visit.page.locator(".reply.no_answer")).to_be_visible()
    expect(visit.box).to_be_focused()
