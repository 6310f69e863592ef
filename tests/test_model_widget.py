"""The patient's window where a chat model words the answers: it says so, and each sentence shows its quotations."""

from __future__ import annotations

from playwright.sync_api import Browser, expect
from scripted_model import drafts, scripted
from serving import serving
from visits import visiting

from bot.settings import Settings
from bot.web.app import create_app
from prompts.render import render

QUESTION = "What is Ryoncil?"
APPROVED = "The FDA approved Ryoncil on 18 December 2024."
QUOTED = "The FDA approved Ryoncil, made by Mesoblast, on 18 December 2024."
FROM_DONORS = "MSCs in Ryoncil come from the bone marrow of healthy adult donors."


def test_the_window_says_that_a_model_is_asked_and_shows_the_quotations_behind_its_words(
    browser: Browser, settings: Settings
) -> None:
    with scripted(drafts((APPROVED, [1]), (FROM_DONORS, [1]))) as model:
        changes = {"model": "openai:elm-7b", "model_base_url": model.url}
        app = create_app(settings.model_copy(update=changes))
        with serving(app) as url, visiting(browser, url) as visit:
            visit.open()
            expect(visit.log).to_contain_text(render("greeting_model", clinic=settings.clinic.name))
            reply = visit.ask(QUESTION)
            first = reply.locator(".quote").first
            expect(first).to_contain_text(APPROVED.rpartition("Ryoncil")[2])  # a word explained stands between
            first.locator(".cite").first.click()
            expect(visit.passage.locator("mark")).to_contain_text(QUOTED)
            visit.shot("desktop-light-model-answer")
            visit.press("Escape")
            expect(reply.locator("> .fine")).to_have_text(render("disclaimer"))
            expect(reply.locator(".quote").last).to_contain_text(FROM_DONORS.rpartition("Ryoncil")[2])
            assert visit.barriers() == []
