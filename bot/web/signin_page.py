"""The pages of the sign-in: plain HTML that works without scripts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, RedirectResponse

from bot.database import JournalError
from bot.journal import Journal
from bot.journal_tables import Action
from bot.staff_sessions import FIRST_VISITOR
from bot.web.errors import ApiError
from bot.web.limits import Counts, in_words, subscriber
from bot.web.signin import DOWN, SIGN_IN, SIGNED_IN, STAFF, Cookie, Door, cookie, keep

if TYPE_CHECKING:
    from jinja2 import Template

T = TypeVar("T")

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parent / "signin"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_MOST_FIELDS = 8

WRONG = (
    "That did not work: the name or the password is wrong, or there were too many tries. "
    "After five wrong passwords an account takes none for a minute, then for up to 15 minutes."
)
ENDED = "You were signed out, for nothing was done for a while. Please sign in again."
OUT = "You are signed out."
LINK_OVER = (
    "This link works once, at the computer that faqbot runs on, and only until there are accounts. "
    "A new one is printed whenever faqbot serve starts."
)
NO_ACCOUNTS = (
    "There are no accounts yet. Open the link that faqbot serve printed when it started, "
    "or make an account there: faqbot staff add NAME"
)


@router.get(SIGN_IN)
async def page(request: Request) -> Response:
    """The form; with `link`, the way in while there are no accounts."""
    door = _door(request)
    link = request.query_params.get("link")
    if link is not None:
        return await _first_visit(request, link)
    if await door.who(request.scope):
        return _to(request, f"{STAFF}/")
    if await _ask(door.is_first_visit, request.scope):
        return _form(request, note=NO_ACCOUNTS)
    notes = {"out": OUT, "ended": ENDED}
    return _form(request, note=next((notes[name] for name in request.query_params if name in notes), ""))


@router.post(SIGN_IN)
async def sign_in(request: Request) -> Response:
    """Signs somebody in, or shows the form again."""
    door = _door(request)
    fields = await _fields(request)
    name, password, device = fields.get("name", ""), fields.get("password", ""), cookie(request.scope, Cookie.DEVICE)
    if not await _ask(door.accounts.knows, device, name):
        counts: Counts = request.app.state.counts
        wait_s = await to_thread.run_sync(counts.sign_in_wait_s, _subscriber(request))
        if wait_s:
            problem = f"There were too many tries from this network. Please try again in {in_words(wait_s)}."
            return _form(request, 429, name, problem, headers={"Retry-After": str(wait_s)})
    try:
        check = partial(door.accounts.sign_in, name, password, device)
        found = await to_thread.run_sync(check, limiter=door.hashing)
        if found is None:
            return _form(request, 403, name, WRONG)
        await to_thread.run_sync(door.sessions.close, cookie(request.scope, Cookie.SESSION))
        token = await to_thread.run_sync(door.sessions.open, found.account_id)
    except JournalError as error:
        raise ApiError(503, "not_ready", DOWN) from error
    response = _to(request, f"{STAFF}/")
    keep(response, request.scope, Cookie.SESSION, token)
    keep(response, request.scope, Cookie.DEVICE, found.device)
    return response


@router.post(f"{STAFF}/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the session, here and in the database."""
    door, journal = _door(request), _journal(request)
    who = await door.who(request.scope)
    if who == FIRST_VISITOR:
        door.first_visit.close()
    elif who:
        await _ask(door.sessions.close, cookie(request.scope, Cookie.SESSION))
    if who:
        await to_thread.run_sync(journal.audit, who, Action.SIGN_OUT)
    response = _to(request, f"{SIGN_IN}?out")
    keep(response, request.scope, Cookie.SESSION, None)
    return response


@router.get(SIGNED_IN)
def signed_in() -> Response:
    """204 while somebody is signed in; 401 for others, at the door."""
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


@router.get(f"{SIGNED_IN}.js")
def watch() -> Response:
    """The script with which the window asks."""
    return FileResponse(_FOLDER / "session.js", media_type="text/javascript; charset=utf-8")


@router.get(f"{SIGN_IN}.css")
def styles() -> Response:
    """What the form looks like."""
    headers = {"Cache-Control": "public, max-age=300"}
    return FileResponse(_FOLDER / "signin.css", media_type="text/css; charset=utf-8", headers=headers)


async def _first_visit(request: Request, link: str) -> Response:
    door = _door(request)
    token = door.first_visit.use(link) if await _ask(door.is_first_visit, request.scope) else None
    if token is None:
        return _form(request, 403, problem=LINK_OVER)
    await to_thread.run_sync(_journal(request).audit, FIRST_VISITOR, Action.SIGN_IN)
    response = _to(request, f"{STAFF}/")  # the word leaves the address bar
    keep(response, request.scope, Cookie.SESSION, token)
    return response


async def _ask(question: Callable[..., T], *args: object) -> T:
    try:
        return await to_thread.run_sync(partial(question, *args))
    except JournalError as error:
        raise ApiError(503, "not_ready", DOWN) from error


async def _fields(request: Request) -> dict[str, str]:
    """The fields of the form; none where it is no form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        sent = (await request.body()).decode()
        fields = parse_qs(sent, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _form(
    request: Request,
    status: int = 200,
    name: str = "",
    problem: str = "",
    note: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    clinic = _door(request).settings.clinic
    html = _template().render(clinic=clinic, name=name[:100], problem=problem, note=note)
    told = {"Content-Security-Policy": _POLICY, "Cross-Origin-Opener-Policy": "same-origin", **(headers or {})}
    return Response(html, status, told, "text/html; charset=utf-8")


def _to(request: Request, path: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", 303)


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def _journal(request: Request) -> Journal:
    journal: Journal = request.app.state.journal
    return journal


def _subscriber(request: Request) -> str:
    return subscriber(request.client.host if request.client else "")


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("page.html")
