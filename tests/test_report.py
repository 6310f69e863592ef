"""The report of a run: one file that needs nothing beside it, and how it behaves in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from outcomes import case, outcome, reply, run_of
from playwright.sync_api import Browser, Page, expect

from evals.measures import by_split
from evals.report import HITS, write_report
from evals.run import Run

HOSTILE = "</script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\"> <b>& \u2028?"
FOUND = [("p1", "Fat holds cells."), ("p2", "Bone is hard."), ("p3", HOSTILE)]
RUN = run_of(
    outcome(
        case("answer", "Fat holds", ("Skin is soft.", "/so is hair/"), id="fat", q="Where are cells?", tags=["wide"]),
        reply("Fat holds cells.", found=FOUND, relevance=0.83),
    ),
    outcome(
        case("answer", "Bone", id="bone", q="And bone?", history=["Where are cells?"]),
        reply("Bone is hard.", found=FOUND * 4, relevance=0.91, understood_as="Where are cells? And bone?"),
    ),
    outcome(
        case("no_answer", id="price", q=HOSTILE, split="dev"),
        reply(kind="no_answer", relevance=0.2),
        of_set="uncovered",
    ),
    outcome(case("emergency", id="pain", q="My chest hurts", split="gate"), reply(kind="crisis"), of_set="alarms"),
)


def written(recorded: Run, folder: Path) -> Path:
    return write_report(recorded, by_split(recorded.outcomes), folder)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(RUN, tmp_path_factory.mktemp("report"))


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            self.scripts.append(data)


def test_the_file_stands_alone_in_its_folder_and_loads_nothing(report: Path) -> None:
    assert [path.name for path in report.parent.iterdir()] == ["report.html"]
    page = report.read_text(encoding="utf-8")
    tags = _Tags(page).tags
    assert {tag for tag, _ in tags} & {"link", "img", "iframe", "object", "embed", "base", "form"} == set()
    loaded = [value for _, attrs in tags for name in ("src", "href", "xlink:href") if (value := attrs.get(name))]
    assert [value for value in loaded if not value.startswith(("#", "data:"))] == []
    assert [value for value in re.findall(r"url\(([^)]*)\)", page) if not value.startswith("#")] == []
    assert "@import" not in page


def test_no_word_of_a_question_becomes_markup_or_script(report: Path) -> None:
    found = _Tags(report.read_text(encoding="utf-8"))
    assert [attrs.get("type") for tag, attrs in found.tags if tag == "script"] == ["application/json", None]
    data = json.loads(found.scripts[0])
    assert [question["q"] for question in data["questions"]] == [o.case.q for o in RUN.outcomes]
    assert data["sentences"] == [sentence for _, sentence in FOUND]


def test_a_page_shows_the_first_hits_of_a_question(report: Path) -> None:
    data = json.loads(_Tags(report.read_text(encoding="utf-8")).scripts[0])
    fat, bone, *_ = (question["replies"][0] for question in data["questions"])
    assert [hit[0] for hit in fat["hits"]] == [0, 1, 2]
    assert [hit[0] for hit in bone["hits"]] == ([0, 1, 2] * 4)[:HITS]
    assert fat["facts"] == [True, False]


def test_settings_that_bear_on_replies_are_named_where_they_differ(tmp_path: Path) -> None:
    recorded = run_of(*RUN.outcomes, min_relevance=0.7, candidates=100, port=8123)
    page = written(recorded, tmp_path).read_text(encoding="utf-8")
    assert re.findall(r"<code>(FAQBOT_\w+=[^<]*)</code>", page) == ["FAQBOT_MIN_RELEVANCE=0.7"]


@pytest.mark.parametrize(("asked", "main"), [(slice(0, 4), "test"), (slice(2, 4), "dev"), (slice(3, 4), "gate")])
def test_the_first_figures_are_those_of_test_if_it_was_asked(tmp_path: Path, asked: slice, main: str) -> None:
    page = written(run_of(*RUN.outcomes[asked]), tmp_path).read_text(encoding="utf-8")
    assert f"are from the split <b>{main}</b>" in page
    assert ("was not used to choose any setting" in page) == (main == "test")


expect.set_options(timeout=10_000)


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """The report, opened from the disk; at the end nothing was logged and no other address asked."""
    opened = browser.new_page()
    opened.set_default_timeout(10_000)
    logged: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: logged.append(message.text))
    opened.on("pageerror", lambda error: logged.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(report.as_uri())
    yield opened
    title = opened.title()
    opened.context.close()
    assert (logged, asked, title) == ([], [report.as_uri()], "How well does it answer?")


def questions(page: Page) -> list[str]:
    return page.locator(".questions tbody button").all_text_contents()


def count(page: Page) -> str:
    return page.locator("#count").text_content() or ""


def test_figures_and_pictures_are_shown(page: Page) -> None:
    expect(page.locator(".tiles li").first).to_contain_text("50 of 100")
    expect(page.locator(".tiles li").first).to_contain_text("2 questions")
    line = page.get_by_role("row", name=re.compile("^answered_right "))
    assert line.locator("td.figure").all_text_contents()[:1] == ["–"]  # dev asked no such question
    expect(line.locator("td.figure").nth(1)).to_have_text(re.compile(r"^50\.0 %.*; 2$"))
    assert page.locator("thead").first.locator("th.figure").all_text_contents() == ["dev", "test", "gate"]
    expect(page.locator(".plots figure svg")).to_have_count(4)
    for picture in page.locator(".plots figure svg").all():
        box = picture.bounding_box()
        assert box
        assert min(box["width"], box["height"]) > 100


def test_what_is_wrong_is_listed_first_and_all_of_it_on_demand(page: Page) -> None:
    assert (questions(page), count(page)) == (["Where are cells?", "My chest hurts"], "2 of 4 questions")
    page.get_by_label("only what is wrong").uncheck()
    assert questions(page) == [o.case.q for o in RUN.outcomes]
    assert count(page) == "4 of 4 questions"
    marks = page.locator(".questions tbody .verdict").all_text_contents()
    assert marks == ["✗ wrong", "✓ right", "✓ right", "✗ wrong"]


@pytest.mark.parametrize(
    ("label", "value", "left"),
    [
        ("Set", "uncovered", [HOSTILE]),
        ("Split", "gate", ["My chest hurts"]),
        ("Expected", "answer", ["Where are cells?", "And bone?"]),
        ("Got", "crisis", ["My chest hurts"]),
        ("Words", "BONE?", ["And bone?"]),
        ("Words", "wide", ["Where are cells?"]),
        ("Words", "nobody asked this", []),
    ],
)
def test_filters_narrow_the_table_and_let_go_again(page: Page, label: str, value: str, left: list[str]) -> None:
    page.get_by_label("only what is wrong").uncheck()
    field = page.get_by_role("searchbox" if label == "Words" else "combobox", name=label, exact=True)
    choose = field.fill if label == "Words" else field.select_option
    choose(value)
    assert (questions(page), count(page)) == (left, f"{len(left)} of 4 questions")
    choose("")
    assert len(questions(page)) == 4


def test_filters_go_together(page: Page) -> None:
    page.get_by_label("Expected").select_option("answer")
    assert questions(page) == ["Where are cells?"]  # and only what is wrong


def test_a_question_opens_on_its_reply_its_facts_and_what_was_found(page: Page) -> None:
    button = page.get_by_role("button", name="Where are cells?")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    opened = page.locator(".opened")
    expect(opened.locator(".reply")).to_contain_text("Fat holds cells. [1]")
    expect(opened.locator(".reply")).to_contain_text("not medical advice")
    assert opened.locator("li").all_text_contents() == ["✓ Fat holds", "✗ Skin is soft.  — or —  /so is hair/"]
    expect(opened).to_contain_text("kind: answer · reasons: none · relevance: 0.83 · min relevance: 0.5")
    cells = [row.locator("td").all_text_contents() for row in opened.locator("table tr").all()[1:]]
    scores = ["1.00", "0.75", "0.25", "0.50"]
    assert cells == [["shown", FOUND[0][1], *scores], ["", FOUND[1][1], *scores], ["", HOSTILE, *scores]]
    button.click()
    expect(opened).to_have_count(0)


def test_the_keyboard_opens_and_closes_a_question(page: Page) -> None:
    page.get_by_label("only what is wrong").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="And bone?")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".opened")).to_contain_text("Asked beforeWhere are cells?")
    expect(page.locator(".opened")).to_contain_text("understood as: Where are cells? And bone?")
    page.keyboard.press("Space")
    expect(page.locator(".opened")).to_have_count(0)
    expect(button).to_be_focused()


def test_what_was_typed_is_shown_as_text(page: Page) -> None:
    page.get_by_label("only what is wrong").uncheck()
    page.locator(".questions tbody button").nth(2).click()
    expect(page.locator(".questions b, .questions img")).to_have_count(0)
