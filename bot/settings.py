"""All settings, read once; the only reader of the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.profile import Clinic, read_clinic
from bot.setting_types import BaseUrl, Database, Model, Networks, Origins, Rates
from corpus.load import PACKAGED_CORPUS
from corpus.split import MAX_WORDS
from index.weights import DEFAULT_MODEL
from prompts.render import FOLDER as PROMPTS

DEFAULT_CLINIC = PROMPTS / "clinic.yaml"
SECRETS = frozenset({"database", "limit_storage"})
"""Settings that may hold a password: nothing that is kept or shown has them."""


class SettingsError(ValueError):
    """A setting is wrong; the message names the variable and what it takes."""


def _folder(value: Path) -> Path:
    if not value.is_dir():
        raise ValueError(f"{value} is not a folder")
    return value


def _with_a_model(value: bool, info: ValidationInfo) -> bool:
    if value and not info.data.get("model"):
        raise ValueError("needs a chat model; set FAQBOT_MODEL too")
    return value


class Settings(BaseSettings):
    """Each field is set by the environment variable FAQBOT_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="FAQBOT_", frozen=True, extra="ignore")

    corpus: Annotated[Path, AfterValidator(_folder)] = Field(
        default=PACKAGED_CORPUS, description="Folder of the documents."
    )
    state: Path = Field(
        default=Path("var"), description="Folder for what is built, index and exported model, and for the journal."
    )
    clinic: Annotated[Clinic, NoDecode, BeforeValidator(read_clinic)] = Field(
        default=DEFAULT_CLINIC,
        validate_default=True,
        description="YAML file with the clinic's name, phone, links, colour and suggested questions.",
    )
    embedding_model: str = Field(
        default=DEFAULT_MODEL, description="Embedding model: the packaged one, or the folder of another."
    )
    passage_words: int = Field(
        default=MAX_WORDS, ge=20, le=200, description="Size of a passage at most, in words; takes effect with a build."
    )
    threads: int = Field(default=0, ge=0, description="Threads for embedding a question; 0: one for each core.")
    candidates: int = Field(default=100, ge=10, le=1000, description="Vectors looked at for each question.")
    min_relevance: float = Field(
        default=0.5, ge=0, le=1, description="Probability that the documents answer, below which nothing is answered."
    )
    max_question_chars: int = Field(default=2000, ge=1, description="Longest question taken, in characters.")
    model: Model = Field(
        default="",
        description="Chat model that words the answers, as provider:name (openai, anthropic, ollama); empty: none.",
    )
    model_base_url: BaseUrl = Field(
        default="", description="Address of the model's server, such as vLLM's or llama.cpp's; empty: the provider's."
    )
    model_timeout_s: float = Field(
        default=20, ge=1, le=120, description="Seconds that the model has for an answer, a retry included."
    )
    model_rewrites: Annotated[bool, AfterValidator(_with_a_model)] = Field(
        default=False,
        description="Ask the chat model for a follow-up as one question, where it is not answered as it stands.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that the server listens on.")
    allowed_origins: Origins = Field(
        default=(), description="Web origins whose pages may show the widget, with commas between them; *: all."
    )
    trusted_proxies: Networks = Field(
        default=(), description="Addresses or networks of the proxies whose X-Forwarded-For is believed."
    )
    limit_session: Rates = Field(
        default="20/minute; 200/hour", description="Most questions and ratings of one conversation; empty: no limit."
    )
    limit_address: Rates = Field(
        default="60/minute; 1000/hour", description="Most questions and ratings from one address; empty: no limit."
    )
    limit_reads: Rates = Field(
        default="600/minute", description="Most other requests to the API from one address; empty: no limit."
    )
    limit_storage: Annotated[str, StringConstraints(pattern=r"^(memory|rediss?)://")] = Field(
        default="memory://", description="Where requests are counted; redis://HOST:PORT for several servers together."
    )
    database: Database = Field(
        default="", description="Where the journal is kept: empty: a file in the state folder; or postgresql://…"
    )
    keep_text: Literal["none", "gaps", "all"] = Field(
        default="gaps",
        description="Whose words are kept, without personal data: no question's; those without an answer or rated "
        "unhelpful; all.",
    )
    keep_days: int = Field(default=90, ge=1, le=3650, description="Days after which replies and ratings are deleted.")
    metrics_from: Networks = Field(
        default=("127.0.0.1", "::1"), description="Addresses or networks that may read /metrics without a sign-in."
    )
    limit_sign_in: Rates = Field(
        default="10/5minutes; 60/hour", description="Most tries to sign in from one address; empty: no limit."
    )
    staff_idle_minutes: int = Field(
        default=30, ge=1, le=720, description="Minutes without a request after which staff is signed out."
    )
    docs: bool = Field(default=False, description="Serve the API's description at /docs and /openapi.json, for staff.")


def load_settings(**changes: Any) -> Settings:
    """The settings of this process.

    Args:
        changes: Values that go before the environment, by field.

    Raises:
        SettingsError: Names the first variable that is wrong, and why.
    """
    try:
        return Settings(**changes)
    except ValidationError as error:
        first = error.errors()[0]
        name = "FAQBOT_" + "_".join(map(str, first["loc"][:1])).upper()
        inner = ".".join(map(str, first["loc"][1:]))
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}{f' ({inner})' if inner else ''}: {message}; see: faqbot settings") from error


def has_variable(name: str) -> bool:
    """Whether a variable that is a library's own, such as one for a key, is set."""
    return bool(os.environ.get(name))


def forbid_telemetry() -> None:
    """Tells libraries not to report their use to their makers; before they are imported.

    Nor is Gradio to sum up its own events after each of them, as it would for a page that is switched off;
    nor is a question to a model to take the way through the makers of LangChain.
    """
    os.environ.update(
        GRADIO_ANALYTICS_ENABLED="False",
        GRADIO_ANALYTICS_CACHE_FREQUENCY="1000000000",
        GRADIO_ANALYTICS_MAX_EVENTS="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        LANGSMITH_GATEWAY="false",
    )
