"""What a patient sees and does in the chat window, on the demo page of the real server."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Route, expect
from serving import serving
from visits import PHONE, Visit, visiting

from bot.profile import Clinic
from bot.settings import Settings
from bot.web.app import create_app
from bot.web.demo import WIDGET
from evals.metrics import reading_grade
from prompts.render import labels, render

ELM = {
    "name": "Elm Street Clinic",
    "phone": "(615) 555-0100",
    "hours": "Mon to Fri, 8 to 5",
    "link": "https://clinic.example/contact",
}
MAX_GZIPPED = 12_000
QUESTION = "Has the FDA approved stem cell therapy for joint pain?"
ON_THE_ARTICLE = "How do MSCs actually work in the body?"
COST = "How much does it cost?"
EMERGENCY = "I can't breathe and my chest hurts"
MARKUP = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script> & What is SVF?"


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[str]:
    clinic = Clinic(**settings.clinic.model_dump() | ELM)
    with serving(create_app(settings.model_copy(update={"clinic": clinic}))) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    with visiting(browser, server, viewport={"width": 1280, "height": 800}) as visit:
        yield visit


@pytest.fixture
def opened(visit: Visit) -> Visit:
    visit.open()
    return visit


def test_the_widget_is_one_small_file_and_a_page_asks_three_things_for_it(visit: Visit) -> None:
    with visit.page.expect_response("**/widget.js") as loaded:
        visit.page.reload()
    assert int(loaded.value.headers["content-length"]) <= MAX_GZIPPED
    assert len(gzip.compress(WIDGET.read_bytes(), 9)) <= 12 * 1024  # with what is in it for readers
    visit.addresses.clear()
    visit.page.reload()
    expect(visit.launcher).to_be_visible()
    of_the_widget = [address for address in visit.addresses if "/demo/" not in address]
    assert [re.sub(r"^http://[^/]+", "", address) for address in of_the_widget] == ["/", "/widget.js", "/api/config"]


def test_the_window_says_what_it_is_before_anything_is_asked(opened: Visit) -> None:
    expect(opened.box).to_be_focused()
    expect(opened.log).to_contain_text(render("greeting", clinic="Elm Street Clinic"))
    expect(opened.window).to_contain_text("Automated assistant, not a person")
    expect(opened.page.locator(".foot .fine")).to_have_text(render("disclaimer"))
    expect(opened.page.locator(".chip")).to_have_count(3)


def test_an_answer_is_quotations_with_numbered_citations_sources_terms_cautions_and_the_disclaimer(
    opened: Visit,
) -> None:
    with opened.page.expect_response("**/api/chat/stream") as streamed:
        reply = opened.ask(ON_THE_ARTICLE)
    assert streamed.value.headers["content-type"].startswith("text/event-stream")
    said = opened.page.evaluate(
        "() => document.querySelector('faqbot-chat').shadowRoot.querySelector('.turn').innerText"
    )
    assert ON_THE_ARTICLE in said
    first = reply.locator(".quote").first
    expect(first).to_contain_text("are understood primarily as powerful signaling agents.")
    expect(first.locator(".cite")).to_have_accessible_name("Source 1: Stem Cell Therapy: An Overview")
    expect(reply.locator(".caution h3")).to_have_text("Caution")
    expect(reply.locator(".caution .source").first).to_contain_text("our notes on a government source")
    expect(reply.locator("li .source").first).to_contain_text("the clinic's article")
    expect(reply.locator("> .fine")).to_have_text(render("disclaimer"))
    expect(opened.page.locator(".foot .fine")).to_be_in_viewport(ratio=1)


def test_a_caution_that_is_the_answer_itself_is_labelled_and_its_words_stand_once(opened: Visit) -> None:
    reply = opened.ask(QUESTION)
    caution = reply.locator(".caution").first
    expect(caution.locator("h3")).to_have_text("Caution")
    expect(caution.locator(".quote")).to_contain_text("therapy had been approved for any orthopaedic condition")
    expect(caution).to_contain_text("our notes on a government source", ignore_case=True)
    expect(caution.locator(".cite")).to_have_count(1)
    assert reply.inner_text().count("no regenerative medicine therapy had been approved for any orthopaedic") == 1
    expect(reply.locator(".caution").last).to_contain_text("In a notice dated 3 June 2021")


@pytest.mark.parametrize("width", [320, 340, 360, 375, 390, 412])
def test_a_mark_stays_on_the_line_of_the_last_word(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.open()
    reply = visit.ask(ON_THE_ARTICLE)
    lines = reply.evaluate(
        """(reply) => [...reply.querySelectorAll('.keep')].map((keep) => {
          const text = document.createRange();
          text.selectNodeContents(keep.firstChild);
          const [word, mark] = [text.getBoundingClientRect(), keep.querySelector('.cite').getBoundingClientRect()];
          return [word.width > 10, word.top < mark.bottom && mark.top < word.bottom];
        })"""
    )
    assert len(lines) >= 3
    assert all(is_word and on_its_line for is_word, on_its_line in lines)


def test_every_citation_opens_its_passage_with_exactly_the_quoted_words_marked(opened: Visit) -> None:
    for question in (ON_THE_ARTICLE, QUESTION):
        reply = opened.ask(question)
        cites = reply.locator(".cite")
        for at in range(cites.count()):
            cites.nth(at).click()
            expect(opened.passage.locator("mark")).to_be_in_viewport()
            expect(opened.passage.locator("blockquote")).not_to_have_text(
                opened.passage.locator("mark").inner_text(), use_inner_text=True
            )
            quoted = cites.nth(at).locator("xpath=..").inner_text()
            marked = opened.passage.locator("mark").inner_text()
            assert quoted.split(".")[0] in marked
            opened.press("Escape")
            expect(opened.passage).to_be_hidden()
            expect(cites.nth(at)).to_be_focused()


def test_a_note_on_a_source_shows_its_kind_what_was_read_and_its_link(opened: Visit) -> None:
    opened.ask(QUESTION).locator("li .source").first.click()
    panel = opened.passage
    expect(panel.locator(".kind")).to_have_text("our notes on a government source")
    expect(panel.locator("h3")).to_contain_text("Important Patient and Consumer Information")
    expect(panel).to_contain_text("What was read of it: First paragraphs")
    link = panel.get_by_role("link", name="Open the source")
    expect(link).to_have_attribute("href", re.compile(r"^https://www\.fda\.gov/[^#]+$"))
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(panel).to_have_attribute("role", "dialog")
    opened.page.mouse.click(500, 300)  # on the conversation beside it
    expect(panel).to_be_hidden()


def test_a_quotation_of_the_article_leads_to_its_very_words_there(opened: Visit) -> None:
    opened.ask(ON_THE_ARTICLE).locator(".cite").first.click()
    link = opened.passage.get_by_role("link", name="Read it in the article")
    address = link.get_attribute("href") or ""
    section, words = address.split("#")[1].split(":~:text=")
    assert section == "the-basic-mechanism-cells-that-signal-repair"
    start, end = (unquote(part) for part in words.split(","))
    article = opened.page.locator("#article").inner_text()
    assert article.index(start) < article.index(end)
    link.click()
    expect(opened.page.locator("#article p", has_text=start)).to_be_in_viewport()
    assert opened.page.url.endswith(section)
    expect(opened.window).to_be_visible()


def test_the_marked_words_are_right_behind_characters_that_javascript_counts_twice(opened: Visit) -> None:
    def with_emoji_before(route: Route) -> None:
        passage = route.fetch().json()
        route.fulfill(json=passage | {"text": "🧬🧬🧬 " + passage["text"], "start": passage["start"] - 4})

    reply = opened.ask(QUESTION)
    opened.page.route("**/api/passages/*", with_emoji_before)
    reply.locator(".cite").first.click()
    expect(opened.passage.locator("blockquote")).to_contain_text("🧬🧬🧬 ")
    expect(opened.passage.locator("mark")).to_contain_text("no regenerative medicine therapy had been approved")


def test_when_a_passage_is_not_to_be_had_its_quoted_words_still_are(opened: Visit) -> None:
    reply = opened.ask(QUESTION)
    opened.page.route("**/api/passages/*", lambda route: route.fulfill(status=404, json={}))
    reply.locator(".cite").first.click()
    expect(opened.passage).to_contain_text("The text around these words can't be shown right now.")
    expect(opened.passage.locator("mark")).to_contain_text("no regenerative medicine therapy had been approved")


def test_a_term_is_explained_on_hover_on_focus_and_on_tap(browser: Browser, server: str, opened: Visit) -> None:
    term = opened.ask(ON_THE_ARTICLE).get_by_role("button", name="extracellular vesicles")
    tip = opened.page.get_by_role("tooltip")
    term.hover()
    expect(tip).to_have_text("extracellular vesiclestiny packets shed by the cells")
    tip.hover()
    expect(tip).to_be_visible()
    opened.press("Escape")
    expect(tip.filter(has_text="tiny packets")).to_be_hidden()  # another's may show: what lay below is pointed at
    opened.page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    term.focus()
    expect(tip).to_be_visible()
    expect(term).to_have_accessible_description(re.compile("tiny packets"))
    opened.press("Escape")
    expect(tip).to_be_hidden()
    expect(opened.window).to_be_visible()
    with visiting(browser, server, **PHONE) as phone:
        phone.launcher.tap()
        word = phone.ask(ON_THE_ARTICLE).get_by_role("button", name="extracellular vesicles")
        word.tap()
        expect(phone.page.get_by_role("tooltip")).to_be_in_viewport(ratio=1)
        phone.page.locator(".you").tap()
        expect(phone.page.get_by_role("tooltip")).to_be_hidden()


def test_a_term_that_the_answer_only_abbreviates_is_explained_too(opened: Visit) -> None:
    reply = opened.ask("Is SVF richer in cells than marrow?")
    reply.get_by_role("button", name="MSCs").focus()
    expect(opened.page.get_by_role("tooltip")).to_contain_text("Mesenchymal stem cells (MSCs), the cell type")
    reply.locator("summary").click()
    expect(reply.locator("dt")).not_to_have_count(0)


def test_an_emergency_is_an_unmistakable_card_with_the_number_to_call_and_is_said_at_once(opened: Visit) -> None:
    card = opened.ask(EMERGENCY)
    expect(card).to_have_class(re.compile("urgent"))
    expect(card.locator("h3")).to_have_text("Emergency")
    call = card.get_by_role("link").first
    expect(call).to_have_text("Call 911")
    expect(call).to_have_attribute("href", "tel:911")
    expect(card.get_by_role("link", name="Crisis line: call 988")).to_have_attribute("href", "tel:988")
    expect(opened.alarmed).to_have_text(re.compile("^Call 911 now"))
    expect(opened.said).not_to_contain_text("911")
    crisis = opened.ask("I want to kill myself")
    expect(crisis.get_by_role("link").first).to_have_attribute("href", "tel:988")
    expect(crisis.get_by_role("link", name="Crisis line: text 988")).to_have_attribute("href", "sms:988")
    expect(opened.alarmed).to_have_text(re.compile("^Please talk to a person"))


def test_what_the_documents_do_not_answer_is_said_with_the_way_to_a_person(opened: Visit) -> None:
    reply = opened.ask(COST)
    expect(reply).to_contain_text("The clinic's documents do not say what it costs")
    expect(reply.get_by_role("link", name="Call (615) 555-0100")).to_have_attribute("href", "tel:6155550100")
    expect(reply.get_by_role("link", name="Visit the website")).to_have_attribute("href", ELM["link"])
    expect(reply.locator(".cite")).to_have_count(0)
    chip = opened.page.locator(".chip").first
    question = chip.inner_text()
    chip.click()
    expect(opened.page.locator(".you").last).to_contain_text(question)
    expect(opened.replies.last.locator(".cite").first).to_be_visible()
    expect(opened.replies.last).to_be_focused()
    expect(opened.ask("talk to a human please").get_by_role("link", name="Call")).to_be_visible()


def test_a_finished_reply_is_announced_once_and_the_log_itself_is_silent(opened: Visit) -> None:
    expect(opened.log).to_have_attribute("aria-live", "off")
    opened.page.evaluate(
        """() => {
          const root = document.querySelector('faqbot-chat').shadowRoot;
          window.said = [];
          for (const region of root.querySelectorAll('.win > [role=status], .win > [role=alert]'))
            new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
        }"""
    )
    reply = opened.ask(QUESTION)
    said = opened.page.evaluate("said")
    assert said[0] == "Looking in the clinic's documents…"
    assert len(said) == 2
    quoted = reply.locator(".quote").first.inner_text()[:60]
    assert said[1].startswith(f"Caution: {quoted}")
    assert said[1].count(quoted) == 1


def test_a_follow_up_is_understood_by_the_question_before_it(opened: Visit) -> None:
    opened.ask("What is Ryoncil?")
    with opened.page.expect_request("**/api/chat/stream") as asked:
        expect(opened.ask("Who makes it?")).to_contain_text("Mesoblast")
    assert asked.value.post_data_json == {"question": "Who makes it?", "history": ["What is Ryoncil?"]}


def test_a_thumb_and_a_word_reach_the_server(opened: Visit) -> None:
    reply = opened.ask(QUESTION)
    down = reply.get_by_role("button", name="No, this was not helpful")
    with opened.page.expect_response("**/api/feedback") as rated:
        down.click()
    assert rated.value.status == 204
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(reply).to_contain_text("Please give no names")
    reply.get_by_role("textbox").fill("Too long for me")
    with opened.page.expect_request("**/api/feedback") as commented:
        reply.get_by_role("button", name="Send").click()
    body = commented.value.post_data_json
    assert (body["rating"], body["comment"], body["question"]) == ("down", "Too long for me", QUESTION)
    assert re.fullmatch("[0-9a-f]{32}", body["reply_id"])
    expect(opened.said).to_have_text("Thank you.")
    expect(reply.get_by_role("textbox")).to_be_hidden()


def test_the_conversation_is_copied_and_printed_with_citations_and_disclaimer(browser: Browser, server: str) -> None:
    printed = "window.print = () => { top.printed = document.body.innerText; };"
    with visiting(browser, server, permissions=["clipboard-read", "clipboard-write"]) as visit:
        visit.page.context.add_init_script(printed)
        visit.page.reload()
        visit.open()
        visit.ask(QUESTION)
        menu = visit.page.get_by_role("button", name="More")
        menu.click()
        visit.page.get_by_role("button", name="Copy this chat").click()
        expect(visit.note).to_have_text("This chat is copied.")
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        menu.click()
        visit.page.evaluate("addEventListener('blur', () => {})")
        visit.page.get_by_role("button", name="Print this chat").click()
        expect(menu).to_be_focused()
        on_paper = visit.page.evaluate("window.printed") or visit.page.frames[-1].evaluate("document.body.innerText")
    for text in (copied, on_paper):
        assert text.startswith("Chat with the automated assistant of Elm Street Clinic")
        assert f"You asked: {QUESTION}" in text
        assert "no regenerative medicine therapy had been approved for any orthopaedic condition" in text
        assert "[1] Important Patient and Consumer Information" in text
        assert text.strip().endswith(render("disclaimer"))


def test_the_box_grows_with_what_is_typed_and_an_answer_to_a_long_question_is_in_view(opened: Visit) -> None:
    low = (opened.box.bounding_box() or {})["height"]
    opened.box.fill("My knee hurts. " * 20)
    assert (opened.box.bounding_box() or {})["height"] > 2 * low
    reply = opened.ask("What is SVF? " * 120)
    expect(reply.locator("p").first).to_be_in_viewport()
    assert (opened.box.bounding_box() or {})["height"] == low


def test_a_question_that_is_too_long_is_counted_and_kept(opened: Visit) -> None:
    opened.box.fill("My knee hurts. " * 120)
    expect(opened.note).to_have_text("1799 of 2000 characters")
    story = "My knee hurts. " * 200
    opened.box.fill(story)
    opened.page.get_by_role("button", name="Send").click()
    expect(opened.note).to_contain_text("Your question has 2999 characters. The most is 2000.")
    expect(opened.alarmed).to_contain_text("2999")
    expect(opened.box).to_have_value(story)
    expect(opened.page.locator(".turn")).to_have_count(0)


def test_markup_in_a_question_is_shown_as_typed_and_runs_nothing(opened: Visit) -> None:
    title = opened.page.title()
    opened.ask(MARKUP)
    expect(opened.page.locator(".you")).to_have_text(f"You asked: {MARKUP}")
    expect(opened.log.locator("img, script")).to_have_count(0)
    assert opened.page.title() == title


def test_the_conversation_outlives_the_page_in_this_tab_alone_until_it_is_cleared(opened: Visit) -> None:
    opened.ask(QUESTION)
    opened.box.fill("and my")
    first = opened.page.evaluate("JSON.parse(Object.values(sessionStorage)[0]).session")
    opened.page.reload()
    expect(opened.window).to_be_visible()
    expect(opened.replies.locator(".cite").first).to_be_visible()
    expect(opened.box).to_have_value("and my")
    assert opened.page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    opened.page.get_by_role("button", name="More").click()
    opened.page.get_by_role("button", name="Clear this chat").click()
    expect(opened.page.locator(".turn")).to_have_count(0)
    expect(opened.box).to_have_value("")
    expect(opened.said).to_have_text("This chat is cleared.")
    kept = opened.page.evaluate("Object.values(sessionStorage).join()")
    assert QUESTION not in kept
    opened.ask("What is SVF?")
    assert opened.page.evaluate("JSON.parse(Object.values(sessionStorage)[0]).session") != first


def test_the_whole_way_can_be_gone_by_keyboard(visit: Visit) -> None:
    visit.launcher.focus()
    visit.press("Enter")
    expect(visit.box).to_be_focused()
    visit.page.keyboard.type("How much")
    visit.press("Shift+Enter")
    visit.page.keyboard.type("does it cost?")
    expect(visit.box).to_have_value("How much\ndoes it cost?")
    visit.press("Enter")
    chips = visit.page.locator(".chip")
    expect(chips.first).to_be_visible()
    expect(visit.box).to_be_focused()
    visit.press("Shift+Tab")
    expect(chips.last).to_be_focused()
    visit.press("Enter")
    reply = visit.replies.last
    expect(reply).to_be_focused()
    visit.press("Tab")
    while visit.page.evaluate("document.activeElement.shadowRoot.activeElement.className") != "cite":
        visit.press("Tab")
    visit.press("Enter")
    expect(visit.passage.get_by_role("button", name="Close")).to_be_focused()
    visit.press("Escape")
    expect(reply.locator(".cite").first).to_be_focused()
    visit.press("Escape")
    expect(visit.window).to_be_hidden()
    expect(visit.launcher).to_be_focused()


def test_on_a_phone_the_window_is_a_dialog_that_keeps_the_focus_and_gives_it_back(
    browser: Browser, server: str
) -> None:
    with visiting(browser, server, **PHONE) as phone:
        phone.launcher.tap()
        expect(phone.page.get_by_role("heading", name="Ask a question", exact=True)).to_be_focused()
        assert phone.window.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
        for _ in range(12):
            phone.press("Tab")
            assert phone.page.evaluate("['FAQBOT-CHAT', 'BODY'].includes(document.activeElement.tagName)")
        phone.page.set_viewport_size({"width": 844, "height": 700})  # no longer small: beside the page again
        assert (phone.window.bounding_box() or {})["width"] == 432
        phone.page.set_viewport_size({"width": 390, "height": 400})
        phone.press("Escape")
        expect(phone.window).to_be_hidden()
        expect(phone.launcher).to_be_focused()


def test_the_buttons_of_the_demo_page_open_the_window_and_ask(visit: Visit) -> None:
    visit.page.locator(".hero").get_by_role("button", name="Ask a question").click()
    expect(visit.box).to_be_focused()
    visit.press("Escape")
    expect(visit.page.locator(".hero").get_by_role("button", name="Ask a question")).to_be_focused()
    visit.page.locator(".asked").get_by_role("button").nth(1).click()
    expect(visit.page.locator(".you")).to_contain_text(QUESTION)
    expect(visit.replies.locator(".cite").first).to_be_visible()


def test_a_page_can_open_close_ask_and_clear_and_hears_of_it_without_the_patients_words(visit: Visit) -> None:
    expect(visit.launcher).to_be_visible()
    visit.page.evaluate(
        """() => {
          window.chat = document.querySelector('faqbot-chat');
          window.heard = [];
          for (const name of ['open', 'close', 'question', 'reply', 'error', 'clear'])
            document.addEventListener(`faqbot:${name}`, ({ type, detail }) => heard.push([type, detail?.kind]));
        }"""
    )
    visit.page.evaluate("chat.ask('How much does it cost?')")
    expect(visit.replies.locator("> .fine")).to_be_visible()
    visit.page.evaluate("chat.clear()")
    expect(visit.page.locator(".turn")).to_have_count(0)
    visit.page.evaluate("chat.close()")
    expect(visit.window).to_be_hidden()
    visit.page.evaluate("chat.open()")
    expect(visit.window).to_be_visible()
    names = [[name.removeprefix("faqbot:"), kind] for name, kind in visit.page.evaluate("heard")]
    assert names == [
        ["open", None],
        ["question", None],
        ["reply", "no_answer"],
        ["clear", None],
        ["close", None],
        ["open", None],
    ]


def test_every_label_is_used_and_every_used_label_is_there() -> None:
    script = WIDGET.read_text(encoding="utf-8")
    used = {*re.findall(r'\b(?:t|note)\("(\w+)"', script), *re.findall(r'code: "(\w+)"', script)}
    used |= {"copy", "print", "clear"}  # by the names of what they do
    used |= {"emergency", "crisis", "no_answer"}  # by the kind of the reply
    used |= {"helpful_up", "helpful_down", "status_searching", "status_writing", "status_slow"}
    used |= {"too_many", "not_ready", "unreachable", "offline", "open_article", "open_source", "too_long", "count"}
    used |= {"call", "call_crisis", "write"}  # by how a number is reached
    assert labels("widget").keys() == used


def test_the_words_of_the_window_are_plain() -> None:
    said = " ".join(text if text[-1] in ".?!…" else f"{text}." for text in labels("widget").values())
    assert reading_grade(said) <= 6
