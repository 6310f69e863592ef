"""Every error as JSON {error: {code, message}}, in words for the person who sees it; never a stack trace."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

_CODES = {400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_long"}

log = logging.getLogger("faqbot.web")


class ApiError(Exception):
    """An answer other than 200, with its code and a message that a patient may read."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def install(app: FastAPI) -> None:
    """Makes the app answer every error in the one form."""

    @app.exception_handler(ApiError)
    async def api_error(_: Request, error: ApiError) -> JSONResponse:
        return body(error.status, error.code, error.message)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:] if not isinstance(part, int))
        return body(400, "malformed", f"{field or 'body'}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> JSONResponse:
        return body(error.status_code, _CODES.get(error.status_code, "http_error"), str(error.detail), error.headers)


def failed(request: Request, error: Exception) -> JSONResponse:
    """The answer to a bug; its type and place are logged, never its message, which may hold the question."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    method, path, kind = request.method, request.url.path, type(error).__name__
    log.error("%s %s failed: %s at %s:%s", method, path, kind, where.filename, where.lineno)
    return body(500, "failed", "Something went wrong on our side. Your message was not lost; please try again.")


def body(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error in the one form."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)
