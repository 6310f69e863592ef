"""Settings: every one by its variable, every wrong one named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.profile import Clinic
from bot.settings import Settings, SettingsError, load_settings
from corpus.load import PACKAGED_CORPUS

BY_VARIABLE: dict[str, tuple[str, Any]] = {
    "FAQBOT_CORPUS": (str(PACKAGED_CORPUS / "sources"), PACKAGED_CORPUS / "sources"),
    "FAQBOT_STATE": ("/srv/faqbot", Path("/srv/faqbot")),
    "FAQBOT_EMBEDDING_MODEL": ("/models/mine", "/models/mine"),
    "FAQBOT_PASSAGE_WORDS": ("80", 80),
    "FAQBOT_THREADS": ("3", 3),
    "FAQBOT_CANDIDATES": ("99", 99),
    "FAQBOT_MIN_RELEVANCE": ("0.25", 0.25),
    "FAQBOT_MAX_QUESTION_CHARS": ("77", 77),
    "FAQBOT_MODEL": ("openai:elm-7b", "openai:elm-7b"),
    "FAQBOT_MODEL_BASE_URL": ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
    "FAQBOT_MODEL_TIMEOUT_S": ("2.5", 2.5),
    "FAQBOT_HOST": ("0.0.0.0", "0.0.0.0"),
    "FAQBOT_PORT": ("8080", 8080),
    "FAQBOT_ALLOWED_ORIGINS": (
        "https://www.elm.example/, HTTP://Elm.example:8080",
        ("https://www.elm.example", "http://elm.example:8080"),
    ),
    "FAQBOT_TRUSTED_PROXIES": ("10.0.0.0/8, ::1", ("10.0.0.0/8", "::1")),
    "FAQBOT_LIMIT_SESSION": ("", ""),
    "FAQBOT_LIMIT_ADDRESS": ("5/second; 100/day", "5/second; 100/day"),
    "FAQBOT_LIMIT_READS": ("9 per minute", "9 per minute"),
    "FAQBOT_LIMIT_STORAGE": ("redis://counts:6379/1", "redis://counts:6379/1"),
    "FAQBOT_DATABASE": ("postgresql://elm:secret@db/faqbot", "postgresql://elm:secret@db/faqbot"),
    "FAQBOT_KEEP_TEXT": ("none", "none"),
    "FAQBOT_KEEP_DAYS": ("30", 30),
    "FAQBOT_LIMIT_SIGN_IN": ("3/minute", "3/minute"),
    "FAQBOT_STAFF_IDLE_MINUTES": ("15", 15),
    "FAQBOT_METRICS_FROM": ("10.1.0.0/16", ("10.1.0.0/16",)),
    "FAQBOT_DOCS": ("1", True),
}


def write(folder: Path, text: str) -> Path:
    path = folder / "elm.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("variable", "value"), [(name, value) for name, (value, _) in BY_VARIABLE.items()])
def test_each_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(load_settings(), variable.removeprefix("FAQBOT_").lower()) == BY_VARIABLE[variable][1]


def test_the_clinic_is_read_from_the_file_that_its_variable_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FAQBOT_CLINIC", str(write(tmp_path, "name: Elm Clinic")))
    assert load_settings().clinic == Clinic(name="Elm Clinic")


def test_no_setting_is_left_out_here() -> None:
    assert {f"FAQBOT_{field}".upper() for field in Settings.model_fields} == BY_VARIABLE.keys() | {
        "FAQBOT_CLINIC",
        "FAQBOT_MODEL_REWRITES",
    }


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQBOT_PORT", "8080")
    assert load_settings(port=9090).port == 9090


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("FAQBOT_CORPUS", "/no/such/folder", "/no/such/folder is not a folder"),
        ("FAQBOT_CLINIC", "/no/such/file.yaml", "/no/such/file.yaml can't be read"),
        ("FAQBOT_THREADS", "-1", "greater than or equal to 0"),
        ("FAQBOT_PASSAGE_WORDS", "19", "greater than or equal to 20"),
        ("FAQBOT_PASSAGE_WORDS", "201", "less than or equal to 200"),
        ("FAQBOT_CANDIDATES", "9", "greater than or equal to 10"),
        ("FAQBOT_CANDIDATES", "1001", "less than or equal to 1000"),
        ("FAQBOT_MIN_RELEVANCE", "-0.1", "greater than or equal to 0"),
        ("FAQBOT_MIN_RELEVANCE", "1.1", "less than or equal to 1"),
        ("FAQBOT_MIN_RELEVANCE", "nan", "less than or equal to 1"),
        ("FAQBOT_MIN_RELEVANCE", "much", "valid number"),
        ("FAQBOT_MAX_QUESTION_CHARS", "0", "greater than or equal to 1"),
        ("FAQBOT_MODEL", "elm-7b", "elm-7b is not a model such as openai:NAME"),
        ("FAQBOT_MODEL", "elm:7b", "elm:7b is not a model"),
        ("FAQBOT_MODEL", "openai:", "openai: is not a model"),
        ("FAQBOT_MODEL_BASE_URL", "127.0.0.1:8080", "no address such as"),
        ("FAQBOT_MODEL_BASE_URL", "https://elm.example/v1?key=secret", "no address such as"),
        ("FAQBOT_MODEL_BASE_URL", "https://elm:secret@elm.example/v1", "no address such as"),
        ("FAQBOT_MODEL_TIMEOUT_S", "0.5", "greater than or equal to 1"),
        ("FAQBOT_MODEL_TIMEOUT_S", "121", "less than or equal to 120"),
        ("FAQBOT_MODEL_REWRITES", "1", "set FAQBOT_MODEL too"),
        ("FAQBOT_MODEL_REWRITES", "perhaps", "valid boolean"),
        ("FAQBOT_PORT", "0", "greater than or equal to 1"),
        ("FAQBOT_PORT", "65536", "less than or equal to 65535"),
        ("FAQBOT_PORT", "", "valid integer"),
        ("FAQBOT_ALLOWED_ORIGINS", "elm.example", "elm.example is not an origin"),
        ("FAQBOT_ALLOWED_ORIGINS", "https://elm.example/page", "https://elm.example/page is not an origin"),
        ("FAQBOT_ALLOWED_ORIGINS", "https://elm.example, https://*.elm.example", r"\*.elm.example is not an origin"),
        ("FAQBOT_ALLOWED_ORIGINS", "null", "null is not an origin"),
        ("FAQBOT_TRUSTED_PROXIES", "proxy.elm.example", "proxy.elm.example is not an address"),
        ("FAQBOT_TRUSTED_PROXIES", "*", "is not an address"),
        ("FAQBOT_TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.1/8 is not an address"),
        ("FAQBOT_LIMIT_SESSION", "many", "many is not a rate"),
        ("FAQBOT_LIMIT_ADDRESS", "5/fortnight", "5/fortnight is not a rate"),
        ("FAQBOT_LIMIT_READS", "0/minute", "0/minute is not a rate"),
        ("FAQBOT_LIMIT_STORAGE", "file:///tmp/counts", "match pattern"),
        ("FAQBOT_DATABASE", "journal.db", "no database's address"),
        ("FAQBOT_DATABASE", "mysql://db/faqbot", "no database's address"),
        ("FAQBOT_DATABASE", "postgresql://db", "no database's address"),
        ("FAQBOT_DATABASE", "sqlite:///:memory:", "in memory"),
        ("FAQBOT_DATABASE", "postgresql://db/faqbot?password=secret", "password stands before the @"),
        ("FAQBOT_KEEP_TEXT", "some", "'none', 'gaps' or 'all'"),
        ("FAQBOT_KEEP_DAYS", "0", "greater than or equal to 1"),
        ("FAQBOT_METRICS_FROM", "prometheus", "prometheus is not an address"),
        ("FAQBOT_DOCS", "perhaps", "valid boolean"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, why: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{variable}: .*{why}.*faqbot settings$"):
        load_settings()


def test_a_clinic_file_fills_the_profile(tmp_path: Path) -> None:
    path = write(
        tmp_path, "name: Elm Clinic\nphone: 555-0100\nlink: https://elm.example\nsuggestions:\n- What is SVF?\n"
    )
    assert load_settings(clinic=path).clinic == Clinic(
        name="Elm Clinic", phone="555-0100", link="https://elm.example", suggestions=("What is SVF?",)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [Elm", r"^FAQBOT_CLINIC: .*elm\.yaml can't be read as YAML"),
        ("", r"^FAQBOT_CLINIC \(name\): Field required"),
        ("phone: 555-0100", r"^FAQBOT_CLINIC \(name\): Field required"),
        ("name: ''", r"^FAQBOT_CLINIC \(name\): "),
        ("- Elm", r"^FAQBOT_CLINIC: .*valid dictionary"),
        ("name: Elm\nfax: 555-0101", r"^FAQBOT_CLINIC \(fax\): Extra inputs"),
        ("name: Elm\nphone: 5550100", r"^FAQBOT_CLINIC \(phone\): .*valid string"),
        ("name: Elm\nlink: elm.example", r"^FAQBOT_CLINIC \(link\): .*match pattern"),
        ("name: Elm\nlink: 'javascript:alert(1)'", r"^FAQBOT_CLINIC \(link\): .*match pattern"),
        ("name: Elm\narticle_link: '//elsewhere.example'", r"^FAQBOT_CLINIC \(article_link\): .*match pattern"),
        ("name: Elm\narticle_link: 'javascript:alert(1)'", r"^FAQBOT_CLINIC \(article_link\): .*match pattern"),
        ("name: Elm\ncolor: red;}", r"^FAQBOT_CLINIC \(color\): .*match pattern"),
        ("name: Elm\nsuggestions: [a, b, c, d]", r"^FAQBOT_CLINIC \(suggestions\): .*at most 3"),
    ],
)
def test_a_wrong_clinic_file_is_refused_by_variable_and_field(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(clinic=write(tmp_path, text))


@pytest.mark.parametrize("link", ["/", "/therapy#risks", "https://elm.example/therapy"])
def test_the_article_may_be_read_on_this_server_or_another(tmp_path: Path, link: str) -> None:
    path = write(tmp_path, f"name: Elm\narticle_link: {link}\ncolor: '#A0b1C2'")
    assert load_settings(clinic=path).clinic == Clinic(name="Elm", article_link=link, color="#A0b1C2")


def test_a_clinic_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "elm.yaml"
    path.write_bytes("name: Café".encode("cp1252"))
    with pytest.raises(SettingsError, match=r"^FAQBOT_CLINIC: .*elm\.yaml can't be read"):
        load_settings(clinic=path)


@pytest.mark.parametrize(
    ("clinic", "contact"),
    [
        (Clinic(name="Elm"), "call Elm"),
        (Clinic(name="Elm", phone="555-0100"), "call Elm at 555-0100"),
        (Clinic(name="Elm", link="https://elm.example"), "call Elm or visit https://elm.example"),
        (
            Clinic(name="Elm", phone="555-0100", link="https://elm.example"),
            "call Elm at 555-0100 or visit https://elm.example",
        ),
    ],
)
def test_the_contact_names_every_way_there_is(clinic: Clinic, contact: str) -> None:
    assert clinic.contact == contact


@pytest.mark.parametrize("field", Settings.model_fields)
def test_a_setting_cannot_be_changed_afterwards(field: str) -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, field, getattr(settings, field))


@pytest.mark.parametrize("field", Clinic.model_fields)
def test_a_clinic_cannot_be_changed_afterwards(field: str) -> None:
    clinic = Clinic(name="Elm")
    with pytest.raises(ValidationError, match="frozen"):
        setattr(clinic, field, getattr(clinic, field))
