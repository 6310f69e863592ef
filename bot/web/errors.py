"""Every error as JSON {error: {code, message}}, in words for the person who sees it; never a stack trace."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CODES = {400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_long"}
TOO_LONG = "The message is too long."
FAILED = "Something went wrong on our side. Your message was not lost; please try again."
_MEANINGS = {
    400: "The request is malformed; the message names the field.",
    404: "There is no such thing.",
    413: "The message is too long.",
    429: "Too many requests.",
    500: "The server failed.",
    503: "Not ready yet: there is no index that answers.",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}

log = logging.getLogger("faqbot.web")


class ErrorDetail(BaseModel):
    """What went wrong: a code for programs, and a message that a patient may read."""

    code: str
    message: str


class ErrorBody(BaseModel):
    """The one form of errors."""

    error: ErrorDetail


class ApiError(Exception):
    """An answer other than 200, with its code and a message that a patient may read."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Which errors an operation answers, for its description."""
    return {
        status: {
            "model": ErrorBody,
            "description": _MEANINGS[status],
            **({"headers": _RETRY_AFTER} if status == 429 else {}),
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Makes the app's routes answer every error in the one form."""

    @app.exception_handler(ApiError)
    async def api_error(_: Request, error: ApiError) -> JSONResponse:
        return body(error.status, error.code, error.message, error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:] if not isinstance(part, int))
        status = 413 if first["type"] == "string_too_long" else 400
        return body(status, _CODES[status], f"{field or 'body'}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> JSONResponse:
        status = error.status_code
        message = TOO_LONG if status == 413 else str(error.detail)
        return body(status, _CODES.get(status, "http_error"), message, error.headers)


class ErrorsAsJson:
    """Answers in the one form what fails outside of the routes, or unforeseen in them.

    A bug is not left to the server, which would log its message.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the app within."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ApiError as error:
            response = body(error.status, error.code, error.message, error.headers)
        except Exception as error:  # noqa: BLE001 (a bug)
            log_failure(scope, error)
            response = body(500, "failed", FAILED)
        else:
            return
        if not started:
            await response(scope, receive, send)


def log_failure(scope: Scope, error: Exception) -> None:
    """Logs a bug in answering a request."""
    route = getattr(scope.get("route"), "path", "a request")  # the path itself is what somebody typed
    log_error(f"{scope['method']} {route}", error)


def log_error(what: str, error: Exception) -> None:
    """Logs the type and the place of a bug, never its message, which may hold the question."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    where = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    log.error("%s failed: %s at %s:%s", what, kind, where.filename, where.lineno)


def body(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error in the one form."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)
