"""The chain of a server that runs on while the index is rebuilt under it."""

from __future__ import annotations

import threading
from pathlib import Path

from bot.chain import FaqChain
from bot.settings import Settings
from corpus.document import CorpusError
from index.current import current_store
from index.errors import IndexingError


class LiveChain:
    """Always the chain over the current index: a new one is opened when a build has put it in place.

    Who asks while it is opened is answered by the one before.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._now: tuple[Path, FaqChain] | None = None
        self._before: FaqChain | None = None

    def chain(self) -> FaqChain:
        """The chain to answer with; the one open already where the current index doesn't open.

        Raises:
            IndexingError: There is no index that opens and fits, and none was open before.
            CorpusError: Likewise, for the documents can't be read.
        """
        try:
            folder = current_store(self._settings.state)
            now = self._now
            return now[1] if now and now[0] == folder else self._open(folder)
        except (CorpusError, IndexingError):
            if self._now is None:
                raise
            return self._now[1]  # a patient is better served by the index before than by none

    def _open(self, folder: Path) -> FaqChain:
        now = self._now
        if not self._lock.acquire(blocking=now is None) and now:
            return now[1]  # for another question opens it
        try:
            if self._now and self._now[0] == folder:
                return self._now[1]
            chain = FaqChain.open(self._settings)
            if self._before:
                self._before.close()  # two indexes ago: no question is in it any more
            self._before = self._now[1] if self._now else None
            self._now = (folder, chain)
            return chain
        finally:
            self._lock.release()
