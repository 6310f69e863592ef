"""The chat models that there are: what each provider's client is told, and what must be installed for it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from langchain_core.runnables import Runnable

from bot.settings import Settings, SettingsError, forbid_telemetry, has_variable

MOST_TOKENS = 2000
"""Of a reply: an answer has some 300; a model that thinks first needs the rest."""

SCHEMA = {
    "title": "answer",
    "description": "An answer, each of its sentences with the numbers of the passages that it rests on.",
    "type": "object",
    "properties": {
        "covered": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "passages": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "passages"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["covered", "sentences"],
    "additionalProperties": False,
}
"""The form of a draft without its bounds, which not every server's grammar knows; bot/generate.py checks them."""

QUESTION_SCHEMA = {
    "title": "question",
    "description": "A question that stands alone.",
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}

_CLIENTS = ("anthropic", "httpcore", "httpcore2", "httpx", "httpx2", "ollama", "openai")
"""Loggers of clients: asked for everything, they write down what is sent, and keys."""

_NO_KEY = "none"
"""For a server of the operator's own: the client will not start without any."""


class ChatModel(NamedTuple):
    """`ask` goes from messages to {"raw": the reply, …}; `aclose` lets go of the connections that are left.

    `tries` is 2 where the client does not try a second time by itself. `rewrite` is as `ask`, for a question.
    """

    ask: Runnable[Any, Any]
    aclose: Callable[[], Awaitable[None]] | None = None
    tries: int = 1
    rewrite: Runnable[Any, Any] | None = None


class _Provider(NamedTuple):
    """`key` is the variable that the client reads its key from; empty where it has none. `tries` as in `ChatModel`."""

    key: str
    options: dict[str, Any]
    structured: dict[str, Any]
    tries: int = 1


_PROVIDERS = {
    "openai": _Provider("OPENAI_API_KEY", {"max_tokens": MOST_TOKENS, "max_retries": 1}, {"strict": True}),
    "anthropic": _Provider("ANTHROPIC_API_KEY", {"max_tokens": MOST_TOKENS, "max_retries": 1}, {}),
    "ollama": _Provider("", {"num_predict": MOST_TOKENS}, {}, tries=2),
}


def open_model(settings: Settings) -> ChatModel:
    """The model of the settings, asked for JSON of the form of `SCHEMA`, or of `QUESTION_SCHEMA`.

    JSON by schema is what OpenAI's, Anthropic's and Ollama's servers have in common with vLLM and llama.cpp;
    calling functions, the other way, needs a model that was taught to.

    Raises:
        SettingsError: Its package is not installed, or its key is not set.
    """
    name = settings.model.partition(":")[0]
    provider = _PROVIDERS[name]
    forbid_telemetry()
    options = provider.options | {"temperature": 0, "cache": False} | _place(name, provider.key, settings)
    try:
        from langchain.chat_models import init_chat_model

        options |= _time_limit(name, settings.model_timeout_s)
        model = init_chat_model(settings.model, **options)
    except ImportError as error:
        raise SettingsError(
            f'FAQBOT_MODEL: {name} needs packages that are not installed; run: pip install "faqbot-clinic[{name}]"'
        ) from error
    for client in _CLIENTS:
        logging.getLogger(client).setLevel(logging.WARNING)
    ask: Runnable[Any, Any]
    rewrite: Runnable[Any, Any]
    ask, rewrite = (
        model.with_structured_output(schema, method="json_schema", include_raw=True, **provider.structured)
        for schema in (SCHEMA, QUESTION_SCHEMA)
    )
    http = options.get("http_async_client")
    return ChatModel(ask, http.aclose if http else None, provider.tries, rewrite)


def _place(name: str, key: str, settings: Settings) -> dict[str, Any]:
    """Where the model is, and a key where the client has none and needs none."""
    place = {"base_url": settings.model_base_url} if settings.model_base_url else {}
    if not key or has_variable(key):
        return place
    if not place:
        raise SettingsError(
            f"FAQBOT_MODEL: {name} needs a key, in {key}; "
            "set it, or the address of a server of your own in FAQBOT_MODEL_BASE_URL"
        )
    return place | {"api_key": _NO_KEY}


def _time_limit(provider: str, timeout_s: float) -> dict[str, Any]:
    """How long a client waits for each byte, and for OpenAI's also how many it takes; the whole is bounded elsewhere.

    Raises:
        ImportError: The client is not installed.
    """
    if provider == "ollama":
        return {"client_kwargs": {"timeout": timeout_s}}
    if provider == "openai":
        from bot.bounded_http import bounded_client

        return {"timeout": timeout_s, "http_async_client": bounded_client(timeout_s)}
    return {"timeout": timeout_s}
