"""How the application is served: uvicorn's options, for the command and the tests, and what is said at the start."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bot.database import JournalError

if TYPE_CHECKING:
    from bot.web.signin import Door

OPTIONS: dict[str, Any] = {
    "http": "h11",  # the other parser, httptools, keeps a header that never ends: 200 MB of one connection
    "h11_max_incomplete_event_size": 32 * 1024,
    "ws": "none",
    "access_log": False,
    "proxy_headers": False,  # the app reads them, from the proxies that the settings name
    "server_header": False,
}

_HERE = {"127.0.0.1", "localhost", "0.0.0.0", "::", "::1"}  # noqa: S104 (whoever listens there can be asked from here)

log = logging.getLogger("faqbot.web")


def first_visit(door: Door) -> str:
    """What whoever starts the server is told while there are no staff accounts; nothing once there are."""
    settings = door.settings
    try:
        if door.accounts.exist():
            return ""
    except JournalError as error:
        log.error("%s; nobody can open the staff's window", error)
        return ""
    told = "There are no staff accounts yet. Make one: faqbot staff add NAME\n"
    if settings.host not in _HERE:
        return told
    host = "[::1]" if settings.host in {"::", "::1"} else "127.0.0.1"
    link = f"http://{host}:{settings.port}/staff/sign-in?link={door.first_visit.link()}"
    return f"{told}Until then this link opens the staff's window, once, at this computer: {link}\n"
