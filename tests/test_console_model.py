"""The staff's window of a clinic that has set a chat model, in Chromium, and the model's server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from consoles import StaffVisit, own_state, visiting_staff
from playwright.sync_api import Browser, expect
from scripted_model import drafts, scripted
from serving import serving

from bot.settings import load_settings
from bot.web.app import create_app

QUESTION = "What is Ryoncil?"
IN_OTHER_WORDS = "On 18 December 2024, the FDA approved Ryoncil."
INVENTED = "Ryoncil has helped 9,000 children."


@pytest.fixture
def visit(browser: Browser, state: Path, tmp_path: Path) -> Iterator[StaffVisit]:
    draft = drafts((IN_OTHER_WORDS, [1]), (INVENTED, [1]))
    with scripted(draft) as model:
        settings = load_settings(state=own_state(state, tmp_path), model="openai:elm-7b", model_base_url=model.url)
        app = create_app(settings)
        with serving(app) as url, visiting_staff(browser, app, url) as visit:
            yield visit


def test_staff_see_what_of_a_draft_was_not_shown_and_compare_it_with_the_quotations(visit: StaffVisit) -> None:
    why = visit.ask(QUESTION)
    expect(visit.page.locator(".turn").last).to_contain_text(IN_OTHER_WORDS)
    expect(visit.page.locator(".turn").last).not_to_contain_text(INVENTED)
    expect(why).to_contain_text(INVENTED)
    expect(why).to_contain_text("openai:elm-7b")
    visit.page.get_by_text("Try other settings, for this question only").click()
    visit.page.get_by_label("Who words the answer").click()
    visit.page.get_by_role("option", name="The documents' own sentences").click()
    visit.page.get_by_role("button", name="Ask the last question again with these").click()
    sides = visit.page.locator(".side")
    expect(sides.nth(0)).to_contain_text("worded by openai:elm-7b")
    expect(sides.nth(0)).to_contain_text(IN_OTHER_WORDS)
    expect(sides.nth(1)).not_to_contain_text("openai:elm-7b")
    expect(sides.nth(1)).not_to_contain_text(IN_OTHER_WORDS)
    visit.shot("staff-model", whole=True)
