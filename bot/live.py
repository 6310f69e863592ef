"""The chain of a server that runs on while the index is rebuilt under it."""

from __future__ import annotations

import threading
from pathlib import Path

from bot.chain import FaqChain
from bot.settings import Settings
from index.current import current_store
from index.errors import IndexingError


class LiveChain:
    """Always the chain over the current index: a new one is opened when a build has put it in place."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._open: tuple[Path, FaqChain] | None = None

    def chain(self) -> FaqChain:
        """The chain to answer with.

        Raises:
            IndexingError: There is no index that opens and fits, and none was open before.
        """
        folder = current_store(self._settings.state)
        opened = self._open
        if opened and opened[0] == folder:
            return opened[1]
        with self._lock:
            if self._open and self._open[0] == folder:
                return self._open[1]
            try:
                chain = FaqChain.open(self._settings)
            except IndexingError:
                if self._open is None:
                    raise
                return self._open[1]  # a patient is better served by the index before than by none
            self._open = (folder, chain)
            return chain
