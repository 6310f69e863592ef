"""The staff's window at /staff. Gradio is imported with the first request for it: patients never wait for that."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from starlette.responses import FileResponse, RedirectResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.jobs import Jobs
from bot.journal import Journal
from bot.live import LiveChain
from bot.settings import Settings, forbid_telemetry
from bot.web.console_gap_list import Gaps, export
from bot.web.console_page import bar, framed, is_page, send_page, without_hints

PATH = "/staff"

_DAY_S = 86_400.0
_STYLES = Path(__file__).parent / "console" / "console.css"
_SCRIPT = _STYLES.with_name("console.js")

_OPEN = {
    "GET": re.compile(
        r"/(|theme\.css|config|(static|assets)/[\w./-]+|gradio_api/(heartbeat/\w+|queue/data|startup-events))"
    ),
    "POST": re.compile(r"/gradio_api/(queue/join|cancel|reset)/?"),
}
"""What the window needs of Gradio. All else that Gradio serves (uploads, files of this machine, proxies, its API's
description, run history …) is not there, whoever asks."""

log = logging.getLogger("faqbot.web")


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the tabs of the window work with."""

    settings: Settings
    live: LiveChain
    journal: Journal
    jobs: Jobs
    gaps: Gaps


class Console:
    """Serves the window; `close` it with the server."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._opened: asyncio.Future[FastAPI] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request under /staff that no other route took."""
        if scope["type"] != "http":
            return
        # with telemetry taken as begun, Gradio's FastAPI, to which none can say no, begins none of its own
        scope = {**scope, "root_path": scope.get("app_root_path", ""), "fastapi.telemetry": None}
        path = scope["path"].removeprefix(scope["root_path"]).removeprefix(PATH)
        opened_for = _OPEN.get("GET" if scope["method"] == "HEAD" else scope["method"])
        if not opened_for or not opened_for.fullmatch(path):
            await Response(status_code=404)(scope, receive, send)
        else:
            await self._serve(await self._app(), without_hints(scope), receive, send)

    def start(self) -> None:
        """Begins to delete, now and once a day, runs that are older than they may be, also where no staff visits."""
        self._sweeping = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """Ends the window's own tasks."""
        self._closing.set()
        for task in (self._task, self._sweeping):
            if task:
                await task

    async def _sweep(self) -> None:
        while not self._closing.is_set():
            try:
                await to_thread.run_sync(self._workplace.jobs.sweep)
            except OSError as error:
                log.error("old runs can't be deleted (%s)", error.strerror)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _DAY_S)

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_page(scope):
            return await app(scope, receive, send)
        await send_page(app, scope, receive, send, bar(self._workplace.settings.clinic, signed_in(scope) or ""))

    async def _app(self) -> FastAPI:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._run(self._opened))
        return await asyncio.shield(self._opened)

    async def _run(self, opened: asyncio.Future[FastAPI]) -> None:
        """Makes the window and keeps it; in one task, for what Gradio begins it must end where it began it."""
        try:
            app = await to_thread.run_sync(_make, self._workplace)
            async with app.router.lifespan_context(app):
                opened.set_result(app)
                await self._closing.wait()
        except Exception as error:
            if opened.done():
                raise
            self._opened = None  # the next request tries again
            opened.set_exception(error)


def install(app: FastAPI, settings: Settings, live: LiveChain, journal: Journal) -> Console:
    """Puts the window at /staff, behind all routes that the app has already."""
    jobs = Jobs(settings.state, "bot.web.console_job", settings.keep_days)
    gaps = Gaps(live, journal)
    console = Console(Workplace(settings, live, journal, jobs, gaps))

    @app.get(f"{PATH}/console.css", include_in_schema=False)
    def styles() -> Response:
        return FileResponse(_STYLES, media_type="text/css; charset=utf-8", headers={"Cache-Control": "no-cache"})

    @app.get(f"{PATH}/console.js", include_in_schema=False)
    def script() -> Response:
        return FileResponse(_SCRIPT, media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})

    @app.get(PATH, include_in_schema=False)
    def slash(request: Request) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}{PATH}/", 307)

    @app.get(f"{PATH}/gaps.csv", include_in_schema=False)
    def table(request: Request) -> Response:
        return export(request, _somebody(request), gaps, journal)

    @app.get(PATH + "/jobs/{job_id}/{page}.html", include_in_schema=False)
    def report(request: Request, job_id: str, page: Literal["report", "compare"]) -> Response:
        _somebody(request)
        job = jobs.find(job_id)
        if job is None or not (job.folder / f"{page}.html").is_file():
            raise HTTPException(404)
        return framed((job.folder / f"{page}.html").read_text(encoding="utf-8"))

    app.router.routes.append(Mount(PATH, app=console))
    return console


def signed_in(scope: Scope) -> str | None:
    """Who asks: the name that the sign-in has put into the request, if there is one."""
    name: str | None = scope.get("state", {}).get("staff")
    return name


def _somebody(request: Request) -> str:
    who = signed_in(request.scope)
    if who is None:
        raise HTTPException(401)
    return who


def _make(workplace: Workplace) -> FastAPI:
    """The window; in a loop of its own, for where none runs, Gradio makes one for each of its locks and closes none."""
    forbid_telemetry()

    async def made() -> FastAPI:
        from bot.web.console_app import make

        return make(workplace, PATH, lambda request: signed_in(request.scope))

    return asyncio.run(made())
