"""One thread that does small pieces of work in their order, so that nobody else waits for them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress

Work = Callable[[], object]

_AGAIN = 24
"""A chore that failed is tried again after this part of its time."""


class Writer:
    """Takes work while there is room for it; what it is given must not raise.

    Args:
        room: Pieces of work that may wait.
        chore: Done when the thread starts, and then again and again; whether it succeeded.
        every_s: Seconds between two times.
        pause_s: How long work rests before it is begun, unless somebody waits for it: who handed it over has
            something else to do first, and threads share one interpreter.
    """

    def __init__(self, room: int, chore: Callable[[], bool], every_s: float, pause_s: float = 0) -> None:
        self._queue: queue.Queue[Work | None] = queue.Queue(room)
        self._chore = chore
        self._every_s = every_s
        self._pause_s = pause_s
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """Pieces of work that are not begun."""
        return self._queue.qsize()

    def start(self) -> None:
        """Starts the thread, unless it runs."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._hurry.clear()
                self._thread = threading.Thread(target=self._run, name="faqbot-journal", daemon=True)
                self._thread.start()

    def put(self, work: Work) -> bool:
        """Hands over a piece of work without waiting; whether there was room."""
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            return False
        with suppress(RuntimeError):  # no thread can be started now: the next piece of work tries again
            self.start()
        return True

    def flush(self, timeout_s: float) -> bool:
        """Waits until all that was handed over is done; whether it was in time."""
        done = threading.Event()
        try:
            self._queue.put(done.set, timeout=timeout_s)
        except queue.Full:
            return False
        self.start()
        self._hurry.set()
        in_time = done.wait(timeout_s)
        self._hurry.clear()
        return in_time

    def close(self, timeout_s: float) -> int:
        """Ends the thread when its work is done, or time is up; how many pieces were left. More work starts it anew."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return 0
        self._hurry.set()
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            return self.waiting
        thread.join(timeout_s)
        return max(0, self.waiting - 1) if thread.is_alive() else 0

    def _run(self) -> None:
        due_s = time.monotonic()
        while True:
            if time.monotonic() >= due_s:
                due_s = time.monotonic() + (self._every_s if self._chore() else self._every_s / _AGAIN)
            try:
                work = self._queue.get(timeout=max(0.0, due_s - time.monotonic()))
            except queue.Empty:
                continue
            self._hurry.wait(self._pause_s)
            if not self._does_all(work):
                return

    def _does_all(self, work: Work | None) -> bool:
        """Does a piece of work and all that wait behind it; False where the end is among them."""
        while work is not None:
            work()
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                return True
        return False
