"""The web application: the API, and the chat page at /."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint

from bot.live import LiveChain
from bot.settings import Settings
from bot.web import errors
from bot.web.api import router

_PAGE = Path(__file__).parent / "page"
MAX_BODY_BYTES = 256 * 1024
"""Longest body taken: a long conversation has a tenth of it."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(settings: Settings) -> FastAPI:
    """The application over the index of the settings' state folder.

    The index is opened by the first request that needs it, and again whenever it was rebuilt.
    """
    app = FastAPI(title="faqbot", docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.live = LiveChain(settings)
    errors.install(app)
    app.include_router(router)

    @app.middleware("http")
    async def secure(request: Request, call_next: RequestResponseEndpoint) -> Response:
        try:
            if int(request.headers.get("content-length") or 0) > MAX_BODY_BYTES:
                raise errors.ApiError(413, "too_long", "The message is too long.")
            response = await call_next(request)
        except errors.ApiError as error:
            response = errors.body(error.status, error.code, error.message)
        except Exception as error:  # noqa: BLE001 (a bug; left to uvicorn, its message would be logged)
            response = errors.failed(request, error)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(_PAGE / "index.html")

    app.mount("/page", StaticFiles(directory=_PAGE), name="page")
    return app
