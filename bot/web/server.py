"""How the application is served: one table of uvicorn's options, for the command and for the tests."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "http": "h11",  # the other parser, httptools, keeps a header that never ends: 200 MB of one connection
    "h11_max_incomplete_event_size": 32 * 1024,
    "ws": "none",
    "access_log": False,
    "proxy_headers": False,  # the app reads them, from the proxies that the settings name
    "server_header": False,
}
