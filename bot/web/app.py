"""The web application: the API, the widget and the demo page at /, and what each request passes on its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from bot.journal import Journal
from bot.live import LiveChain
from bot.settings import Settings
from bot.staff import Accounts
from bot.staff_sessions import Sessions
from bot.web import api, console, demo, docs, errors, metrics, signin_page, stream
from bot.web.cors import Cors
from bot.web.headers import SecureHeaders
from bot.web.limits import MAX_BODY_BYTES, Counts, Limits
from bot.web.metrics import CountsResponses, Metrics
from bot.web.signin import Door, StaffOnly


def create_app(settings: Settings) -> FastAPI:
    """The application over the index of the settings' state folder.

    The index is opened by the first request that needs it, and again whenever it was rebuilt.

    Raises:
        SettingsError: The storage of the limits can't be one.
    """
    app = FastAPI(
        title="faqbot",
        description=docs.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
        lifespan=_lifespan,
        redirect_slashes=False,  # it would send people to whatever host the request named
        telemetry={"tracing": False, "metrics": False, "logs": False},  # they would record what was typed
    )
    app.state.settings = settings
    app.state.live = LiveChain(settings)
    app.state.journal = Journal(settings)
    app.state.counts = Counts(settings)
    app.state.metrics = Metrics(settings, app.state.journal)
    app.state.door = _door(settings, app.state.journal)
    errors.install(app)
    app.include_router(api.router)
    app.include_router(stream.router)
    app.include_router(demo.router)
    app.include_router(metrics.router)
    if settings.docs:
        docs.install(app)
    app.include_router(signin_page.router)
    app.state.console = console.install(app, settings, app.state.live, app.state.journal)
    app.openapi = lambda: docs.describe(app)  # type: ignore[method-assign]
    _wrap(app, settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.journal.start()
    app.state.console.start()
    yield
    await app.state.console.close()
    await to_thread.run_sync(app.state.journal.close)


def _door(settings: Settings, journal: Journal) -> Door:
    return Door(settings, Accounts(journal), Sessions(journal, timedelta(minutes=settings.staff_idle_minutes)))


def _wrap(app: FastAPI, settings: Settings) -> None:
    """What each request passes, from the innermost to the outermost."""
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    app.add_middleware(StaffOnly, door=app.state.door)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=MAX_BODY_BYTES)  # of a body whose length is not told
    app.add_middleware(Limits, counts=app.state.counts)
    app.add_middleware(errors.ErrorsAsJson)
    app.add_middleware(CountsResponses, metrics=app.state.metrics)
    if settings.allowed_origins:
        app.add_middleware(Cors, origins=settings.allowed_origins)
    app.add_middleware(SecureHeaders)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
