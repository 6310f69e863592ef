"""A member of staff's day in Chromium: sign in, ask, see why, extend a set, run it, find a gap, handle it, rebuild."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import staffing
from consoles import SLOW_MS, StaffVisit, own_state, visiting_staff
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from serving import serving
from sqlalchemy import select

from bot.journal import Journal
from bot.journal_tables import Action, Audit
from bot.reply import Kind
from bot.settings import load_settings
from bot.web.app import create_app
from evals.questions import load_cases

QUESTION = "Does it hurt to have the fat taken out?"
GAP = "can stem cells help my tinnitus"
HOSTILE = '<img src=x onerror="document.title=1"> <script>document.title=2</script> [a](javascript:document.title=3)'


@pytest.fixture(scope="module")
def app(state: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = own_state(state, tmp_path_factory.mktemp("state"))
    return create_app(load_settings(state=folder, limit_session="", limit_address="", limit_reads=""))


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    with serving(app) as served:
        yield served


@pytest.fixture
def visit(browser: Browser, app: FastAPI, url: str) -> Iterator[StaffVisit]:
    with visiting_staff(browser, app, url) as visit:
        yield visit


def audited(app: FastAPI) -> list[tuple[str, str]]:
    journal: Journal = app.state.journal
    with journal.reading() as session:
        return [(entry.who, entry.action) for entry in session.scalars(select(Audit).order_by(Audit.id))]


def test_staff_sign_in_by_the_form_and_out_by_the_bar(browser: Browser, app: FastAPI, url: str) -> None:
    staffing.token(app)  # makes the account
    page = browser.new_context().new_page()
    page.goto(f"{url}/staff/")
    page.get_by_label("Name").fill(staffing.NAME)
    page.get_by_label("Password").fill(staffing.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"Signed in as {staffing.NAME}")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("tab", name="Ask")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(f"{url}/staff/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.context.close()


def test_ask_shows_what_the_patient_sees_and_why(visit: StaffVisit) -> None:
    why = visit.ask(QUESTION)
    reply = visit.page.locator(".turn .reply")
    expect(reply.locator(".said")).to_contain_text("minimal patient discomfort")
    expect(reply.locator(".fine")).to_contain_text("not medical advice")
    expect(why.locator(".chip")).to_have_text("Answered")
    expect(why.locator(".reasons li")).to_have_text(["The documents answer it surely enough; see the estimate below."])
    expect(why.locator(".gauge")).to_contain_text(re.compile(r"\d+ % sure"))
    shown = why.locator("tr.chosen").first
    shown.locator("summary").click()
    expect(shown.locator("mark.chosen").first).to_be_visible()
    visit.shot("staff-ask")
    visit.ask("How much does it cost?")
    expect(visit.page.locator(".earlier summary")).to_have_text(QUESTION)
    visit.page.get_by_role("button", name="Start over").click()
    expect(visit.page.locator(".chat-empty")).to_be_visible()


def test_other_settings_count_for_one_question_only(visit: StaffVisit) -> None:
    visit.ask(QUESTION)
    visit.page.get_by_text("Try other settings, for this question only").click()
    visit.set_how_sure("1")
    visit.page.get_by_role("button", name="Ask the last question again with these").click()
    sides = visit.page.locator(".side")
    expect(sides.nth(0).locator(".chip")).to_have_text("Answered")
    expect(sides.nth(1).locator(".chip")).to_have_text("Not answered")
    visit.page.get_by_role("button", name="Start over").click()
    expect(visit.page.locator(".chat-empty")).to_be_visible()
    expect(visit.ask(QUESTION).locator(".chip")).to_have_text("Answered")


def test_a_question_goes_into_a_set_the_set_is_run_and_its_report_read(visit: StaffVisit, app: FastAPI) -> None:
    visit.ask(QUESTION)
    visit.page.get_by_text("Add to the clinic's question set").click()
    visit.page.get_by_role("button", name="Add question").click()
    expect(visit.page.get_by_text("It is in the clinic's question set.")).to_be_visible()
    case = load_cases(app.state.settings.state / "questions" / "clinic.jsonl")[0]
    assert (case.q, case.kind) == (QUESTION, Kind.ANSWER)
    assert any("minimal patient discomfort" in fact for (fact,) in case.facts)

    visit.open("Evaluate")
    visit.page.get_by_label("The clinic's own: clinic (1)").check()
    visit.page.get_by_role("button", name="Run", exact=True).click()
    visit.page.get_by_role("button", name="Cancel").wait_for()
    visit.page.reload()  # it goes on when the window is closed
    visit.open("Evaluate")
    expect(visit.page.locator(".job").first).to_contain_text("1 of 1 replies were right.", timeout=SLOW_MS)
    report = visit.page.frame_locator("iframe")
    expect(report.get_by_role("heading", name="How well does it answer?")).to_be_visible()
    report.get_by_label("only what is wrong").uncheck()
    expect(report.get_by_text(QUESTION).first).to_be_visible()
    visit.page.evaluate("scrollTo(0, 0)")
    visit.shot("staff-evaluate")
    assert (staffing.NAME, Action.EVALUATION) in audited(app)


def test_two_runs_are_compared_and_a_run_is_cancelled(visit: StaffVisit, app: FastAPI) -> None:
    visit.open("Evaluate")
    visit.page.get_by_label("The clinic's own: clinic (1)").check()
    visit.page.get_by_text("With other settings, for this run only").click()
    visit.set_how_sure("1")
    visit.page.get_by_role("button", name="Run", exact=True).click()
    expect(visit.page.locator(".job").first).to_contain_text("0 of 1 replies were right.", timeout=SLOW_MS)
    shown = visit.page.get_by_label("Show the report of")
    expect(shown).to_have_value(
        re.compile("0 of 1 replies were right"), timeout=SLOW_MS
    )  # the newest, once it has ended
    visit.page.get_by_label("Compare it with").click()
    visit.page.get_by_role("option", name=re.compile("1 of 1 replies were right")).click()
    visit.page.get_by_role("button", name="Compare").click()
    expect(visit.page.locator(".job").first).to_contain_text("1 now wrong, 0 now right", timeout=SLOW_MS)
    expect(visit.page.frame_locator("iframe").get_by_text(QUESTION).first).to_be_visible(timeout=SLOW_MS)

    visit.page.get_by_label("The documents answer it (").check()
    visit.page.get_by_role("button", name="Run", exact=True).click()
    visit.page.get_by_role("button", name="Cancel").click()
    expect(visit.page.locator(".job .chip").first).to_have_text("Cancelled", timeout=SLOW_MS)
    assert audited(app)[-1] == (staffing.NAME, Action.CANCELLED)


def test_a_reply_is_reported_as_wrong_once(visit: StaffVisit, app: FastAPI) -> None:
    visit.ask(QUESTION)
    visit.page.get_by_text("Wrong answer?").click()
    expect(visit.page.get_by_text("The report keeps the question's words, without personal data.")).to_be_visible()
    wrong = visit.page.get_by_role("button", name="Report as wrong")
    wrong.click()
    expect(visit.page.get_by_text("You find it under Gaps.")).to_be_visible()
    wrong.click()
    expect(visit.page.get_by_text("This reply is reported already.")).to_be_visible()
    assert audited(app).count((staffing.NAME, Action.REPORTED)) == 1


def test_of_a_person_in_danger_it_is_said_beforehand_that_no_words_are_kept(visit: StaffVisit) -> None:
    visit.ask("I have chest pain and can't breathe")
    visit.page.get_by_text("Wrong answer?").click()
    told = visit.page.get_by_text("The report keeps neither the question's words nor what you write here")
    expect(told).to_contain_text("add it to the clinic's question set")
    visit.page.get_by_role("button", name="Start over").click()
    expect(visit.page.get_by_text("The report keeps the question's words, without personal data.")).to_be_visible()


def test_what_is_personal_is_taken_out_of_a_question_for_the_set_and_staff_are_told(
    visit: StaffVisit, app: FastAPI
) -> None:
    visit.ask("Can you call me at 615-555-0134 about the fat?")
    visit.page.get_by_text("Add to the clinic's question set").click()
    visit.page.get_by_role("button", name="Add question").click()
    expect(visit.page.get_by_text("Personal data was taken out of its words.")).to_be_visible()
    path = app.state.settings.state / "questions" / "clinic.jsonl"
    assert load_cases(path)[-1].q == "Can you call me at [phone] about the fat?"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")


def test_the_gap_that_a_patient_left_is_found_and_handled(visit: StaffVisit, app: FastAPI, url: str) -> None:
    reply = httpx.post(f"{url}/api/chat", json={"question": GAP}, timeout=60).json()
    assert reply["kind"] == Kind.NO_ANSWER
    visit.ask(QUESTION)
    visit.page.get_by_text("Wrong answer?").click()
    visit.page.get_by_label("What is wrong with it?").fill("Too hard to read")
    visit.page.get_by_role("button", name="Report as wrong").click()
    expect(visit.page.get_by_text("You find it under Gaps.")).to_be_visible()

    visit.open("Gaps")
    gap = visit.page.locator(".gap", has_text=GAP)
    expect(gap).to_contain_text("tinnitus")
    gap.locator("summary").click()
    expect(gap.locator(".passage")).to_be_visible()
    reported = visit.page.locator(".gap", has_text=QUESTION)
    reported.locator("summary").click()
    expect(reported).to_contain_text("Too hard to read")
    visit.shot("staff-gaps")
    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="Export as CSV").click()
    assert GAP in download.value.path().read_text(encoding="utf-8-sig")

    row = visit.page.locator(".gap-row", has=visit.page.locator(".gap", has_text=GAP))
    row.get_by_role("button", name="Mark as handled").click()
    expect(gap).to_have_count(0)
    assert (staffing.NAME, Action.HANDLED) in audited(app)
    visit.page.get_by_label("Also those handled").check()
    expect(gap).to_contain_text(f"handled by {staffing.NAME}")


def test_how_many_gaps_are_not_grouped_is_said(visit: StaffVisit, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for question in (GAP, "how much does it cost", GAP):
        assert httpx.post(f"{url}/api/chat", json={"question": question}, timeout=60).json()["kind"] == Kind.NO_ANSWER
    monkeypatch.setattr("bot.gaps.MOST", 1)
    visit.open("Gaps")
    expect(
        visit.page.get_by_text(re.compile(r"Older gaps that are neither grouped nor listed here.*: [1-9]"))
    ).to_be_visible()
    expect(visit.page.locator(".gap")).to_have_count(1)


def test_the_corpus_is_shown_searched_and_the_index_rebuilt(visit: StaffVisit, app: FastAPI) -> None:
    visit.open("Corpus")
    expect(visit.page.locator(".documents tbody tr")).to_have_count(17)
    visit.page.locator(".documents summary", has_text="An Overview").click()
    expect(visit.page.locator(".documents details[open]")).to_contain_text("article.md")
    expect(visit.page.locator("#index .chip")).to_have_text("Up to date")
    expect(visit.page.locator("#unused")).to_contain_text("passages were in none of the")
    visit.page.get_by_label("Search the passages").fill("fat taken out")
    visit.page.get_by_label("Search the passages").press("Enter")
    expect(visit.page.locator(".found").first).to_contain_text("lipoaspiration")
    visit.shot("staff-corpus")
    visit.page.get_by_role("button", name="Rebuild the index").click()
    job = visit.page.locator(".job", has_text="Index")
    expect(job.locator(".chip")).to_have_text("Done", timeout=SLOW_MS)
    expect(job).to_contain_text("17 documents, 59 passages; 0 pieces were new.")
    assert (staffing.NAME, Action.REBUILD) in audited(app)


def test_what_somebody_types_is_shown_as_text(visit: StaffVisit) -> None:
    title = visit.page.title()
    visit.ask(HOSTILE)
    expect(visit.page.locator(".asked").last).to_have_text(HOSTILE)
    assert visit.page.locator(".chat img, .chat script, .chat a, .why img, .why script").count() == 0
    assert visit.page.title() == title


def test_nothing_is_kept_in_the_browser(visit: StaffVisit) -> None:
    visit.ask(QUESTION)
    assert visit.kept_in_the_browser() == {"local": {}, "session": {}, "databases": [], "caches": [], "cookie": ""}


@pytest.mark.parametrize("width", [1280, 768])
def test_each_tab_fits_its_width(width: int, browser: Browser, app: FastAPI, url: str) -> None:
    with visiting_staff(browser, app, url, viewport={"width": width, "height": 900}) as visit:
        visit.ask(QUESTION)
        for tab, ready in (("Ask", ".why"), ("Evaluate", ".job"), ("Gaps", ".gaps-top"), ("Corpus", ".documents")):
            visit.open(tab)
            visit.page.locator(ready).first.wait_for()
            visit.shot(f"staff-{tab.lower()}-{width}", whole=True)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, tab
            assert visit.barriers() == []


def test_a_window_that_lost_the_server_says_so_and_is_loaded_again_where_it_was(visit: StaffVisit) -> None:
    visit.open("Corpus")
    visit.page.locator(".documents").wait_for()
    visit.page.route("**/staff/session", lambda route: route.abort())
    expect(visit.page.locator(".away")).to_contain_text("The server does not answer.")
    with visit.page.expect_navigation():
        visit.page.unroute("**/staff/session")
    expect(visit.page.get_by_role("tab", name="Corpus")).to_have_attribute("aria-selected", "true")
    expect(visit.page.locator(".away")).to_have_count(0)


def test_what_is_typed_is_not_lost_when_the_server_comes_back(visit: StaffVisit) -> None:
    box = visit.page.get_by_label("Question", exact=True)
    box.fill("half a question")
    visit.page.route("**/staff/session", lambda route: route.abort())
    expect(visit.page.locator(".away")).to_contain_text("The server does not answer.")
    assert visit.barriers() == []
    visit.page.unroute("**/staff/session")
    expect(visit.page.locator(".away")).to_contain_text("The server is back.")
    expect(box).to_have_value("half a question")
    with visit.page.expect_navigation():
        visit.page.get_by_role("button", name="Load again").click()
    expect(box).to_have_value("")
