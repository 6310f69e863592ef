"""The fixed words: all blanks filled, and no others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import bot
from prompts.render import FOLDER, PromptError, labels, render


def write(folder: Path, text: str) -> Path:
    (folder / "notice.md").write_text(text, encoding="utf-8")
    return folder


def rendered_in_code() -> dict[str, set[str]]:
    """The blanks given to each fixed text, read off the calls of `render` in bot/."""
    calls = (
        node
        for path in Path(str(bot.__file__)).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "render" and node.args
    )
    return {
        call.args[0].value: {str(keyword.arg) for keyword in call.keywords}
        for call in calls
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def test_every_blank_is_filled(tmp_path: Path) -> None:
    write(tmp_path, "Call $clinic at ${phone}.")
    assert render("notice", folder=tmp_path, clinic="Elm", phone="555-0100") == "Call Elm at 555-0100."


def test_what_is_filled_in_is_taken_to_the_letter(tmp_path: Path) -> None:
    assert render("notice", folder=write(tmp_path, "Call $clinic."), clinic="$phone  $") == "Call $phone  $."


def test_a_blank_may_be_called_name(tmp_path: Path) -> None:
    assert render("notice", folder=write(tmp_path, "I am $name."), name="Elm") == "I am Elm."


def test_lines_of_the_file_become_one_paragraph(tmp_path: Path) -> None:
    assert render("notice", folder=write(tmp_path, "One line.\nAnother  line.\n\n")) == "One line. Another line."


def test_two_dollar_signs_are_one(tmp_path: Path) -> None:
    assert render("notice", folder=write(tmp_path, "It costs $$5.")) == "It costs $5."


@pytest.mark.parametrize(
    ("text", "blanks", "message"),
    [
        ("Call $clinic.", {}, r"prompts/notice\.md: no value for \$clinic$"),
        ("Call $b or $a.", {}, r"no value for \$a, \$b$"),
        ("Call us.", {"clinic": "Elm"}, r"prompts/notice\.md: has no blank \$clinic$"),
        ("Call $clinic.", {"clinic": "Elm", "phone": "1"}, r"has no blank \$phone$"),
        ("Call $clinic.", {"Clinic": "Elm"}, r"no value for \$clinic$"),
        ("", {}, r"notice\.md: empty"),
        (" \n\n", {}, r"notice\.md: empty"),
        ("It costs $5.", {}, r"notice\.md: .*write \$\$"),
        ("It costs 5 $", {}, r"notice\.md: .*write \$\$"),
        ("Call ${clinic.", {"clinic": "Elm"}, r"notice\.md: .*write \$\$"),
    ],
)
def test_a_text_and_its_blanks_that_do_not_fit_are_refused(
    tmp_path: Path, text: str, blanks: dict[str, str], message: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(PromptError, match=message):
        render("notice", folder=tmp_path, **blanks)


def test_a_missing_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"absent\.md: .*put the file back"):
        render("absent", folder=tmp_path)


def test_a_text_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "notice.md").write_bytes("It’s for you.".encode("cp1252"))
    with pytest.raises(PromptError, match=r"notice\.md: .*UTF-8"):
        render("notice", folder=tmp_path)


def test_every_fixed_text_is_used_and_every_used_text_is_there() -> None:
    assert rendered_in_code().keys() == {path.stem for path in FOLDER.glob("*.md")}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.md")))
def test_a_fixed_text_renders_with_the_blanks_that_the_code_fills(name: str) -> None:
    blanks = dict.fromkeys(rendered_in_code()[name], "Elm")
    text = render(name, **blanks)
    assert "$" not in text
    assert text.count("Elm") >= len(blanks)


def test_labels_come_as_they_are_with_their_blanks(tmp_path: Path) -> None:
    (tmp_path / "window.yaml").write_text("ask: Ask\nwait: Try again in $seconds seconds.\n", encoding="utf-8")
    assert labels("window", folder=tmp_path) == {"ask": "Ask", "wait": "Try again in $seconds seconds."}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"window\.yaml: the labels can't be read"),
        ("ask: [", r"window\.yaml: the labels can't be read"),
        ("", r"window\.yaml: holds no labels"),
        ("- Ask", r"window\.yaml: holds no labels"),
        ("yes: Ask", r"window\.yaml: True is no name with a text"),
        ("ask: 5", r"window\.yaml: ask is no name with a text"),
        ("ask: It costs $5.", r"window\.yaml: ask is no name with a text, or has a \$ that begins no blank"),
    ],
)
def test_labels_that_are_none_are_refused_by_file_and_name(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "window.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PromptError, match=message):
        labels("window", folder=tmp_path)


def test_the_labels_of_the_widget_are_read() -> None:
    assert all(text.strip() for text in labels("widget").values())
