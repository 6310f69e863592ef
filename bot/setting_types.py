"""The forms that settings are written in: lists with commas, web origins, networks, rates."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

_ORIGIN = re.compile(r"\*|https?://[^\s/?#@,*]+")
_MODEL = re.compile(r"(openai|anthropic|ollama):\S+")
_BASE_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?")


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    origins = tuple(value.rstrip("/").lower() for value in values)
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin} is not an origin such as https://www.clinic.example, nor *")
    return origins


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value)
        except ValueError:
            raise ValueError(f"{value} is not an address, nor a network such as 10.0.0.0/8") from None
    return values


def _database(value: str) -> str:
    if not value:
        return value
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in {"sqlite", "postgresql"} or not url.database:
        raise ValueError("no database's address such as postgresql://USER:PASSWORD@HOST/NAME or sqlite:////FOLDER/FILE")
    if url.get_backend_name() == "sqlite" and url.database == ":memory:":
        raise ValueError("a database in memory is gone with its connection; name a file")
    if {"password", "passfile"} & url.query.keys():
        raise ValueError("the password stands before the @, where it is never shown, or in the user's ~/.pgpass")
    return value


def _rates(value: str) -> str:
    from limits import parse_many

    try:
        rates = parse_many(value) if value.strip() else []
    except ValueError:
        rates = None
    if rates is None or not all(rate.amount for rate in rates):
        raise ValueError(f"{value} is not a rate such as 20/minute, nor several with ; between them")
    return value


def _model(value: str) -> str:
    if value and not _MODEL.fullmatch(value):
        raise ValueError(f"{value} is not a model such as openai:NAME, anthropic:NAME or ollama:NAME")
    return value


def _base_url(value: str) -> str:
    if value and not _BASE_URL.fullmatch(value):
        raise ValueError("no address such as http://127.0.0.1:8080/v1, without @, ? and #")
    return value


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_origins)]
"""Web origins with commas between them: scheme, host and, where it is not the usual one, port."""

Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_networks)]
"""IP addresses and networks with commas between them."""

Database = Annotated[str, AfterValidator(_database)]
"""A database's address as SQLAlchemy reads it; an empty text is the file in the state folder."""

Rates = Annotated[str, AfterValidator(_rates)]
"""Rates as the library `limits` writes them; an empty text is no limit."""

Model = Annotated[str, AfterValidator(_model)]
"""A chat model as provider:name; an empty text is none."""

BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""The address of a server, without a password, which would be shown; an empty text is the provider's own."""
