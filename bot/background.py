"""An event loop in a thread of its own, for callers that wait in theirs."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

_CLOSED_S = 5
"""How long closing waits for what is under way to give up."""

AtEnd = Callable[[], Awaitable[None]]


class BackgroundLoop:
    """Runs coroutines; ends when it is closed, forgotten, or the process ends, and keeps none of them waiting."""

    def __init__(self, at_end: AtEnd | None = None) -> None:
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=_run, args=(started, at_end), name="faqbot-model", daemon=True)
        self._thread.start()
        self._loop, stop = started.result()
        self._end = weakref.finalize(self, _end, self._loop, stop)

    def submit(self, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Starts a coroutine; to cancel the future cancels it.

        Raises:
            RuntimeError: The loop is closed.
        """
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError:
            coroutine.close()
            raise

    def close(self) -> None:
        """Cancels what is under way and ends the loop; again, it does nothing."""
        self._end()
        self._thread.join(_CLOSED_S)


def _run(started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]], at_end: AtEnd | None) -> None:
    async def until_stopped() -> None:
        stop = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if at_end:
            await at_end()

    asyncio.run(until_stopped())


def _end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is closed already
        loop.call_soon_threadsafe(stop.set)
