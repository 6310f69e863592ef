"""What the staff's window shows of the documents."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from bot.journal import Journal
from bot.live import LiveChain
from bot.settings import Settings
from bot.web.console_words import tier_in_words
from corpus.digest import corpus_digest
from corpus.document import CorpusError, Document, Passage
from corpus.load import document_paths, load
from index.errors import IndexingError
from index.lexical import is_content, terms
from index.lexical import words as split

_SENTENCES = 12
_FOUND = 6
_USE_DAYS = 90
"""Of the journal, which may go back for years."""


@dataclass(frozen=True, slots=True)
class Line:
    """A document, with what the table says of it; `digest` begins the SHA-256 of its file."""

    document: Document
    tier: str
    passages: int
    digest: str
    late: bool
    file: str


class Documents:
    """The documents of the corpus, beside the index made of them and the journal of its use."""

    def __init__(self, settings: Settings, live: LiveChain, journal: Journal) -> None:
        self._settings = settings
        self._live = live
        self._journal = journal

    def table(self) -> dict[str, Any]:
        """A line for each document, those to be read again first.

        Raises:
            CorpusError: One can't be read; names it.
        """
        today = datetime.now().astimezone().date()
        counts = Counter(passage.source_id for passage in self._passages())
        lines = []
        for path in document_paths(self._settings.corpus):
            document = load(path)
            lines.append(
                Line(
                    document,
                    tier_in_words(document.tier),
                    counts[document.id],
                    hashlib.sha256(path.read_bytes()).hexdigest()[:12],
                    document.review_by is not None and document.review_by < today,
                    path.relative_to(self._settings.corpus).as_posix(),
                )
            )
        lines.sort(key=lambda line: (not line.late, line.document.tier.value, line.document.title))
        return {"lines": lines, "late": sum(line.late for line in lines)}

    def unused(self) -> dict[str, Any]:
        """The passages that were shown to nobody in the last days, by document.

        Raises:
            JournalError: The journal can't be opened.
        """
        self._journal.flush()
        since = datetime.now(UTC) - timedelta(days=_USE_DAYS)
        used, replies = self._journal.used_passages(since), sum(self._journal.counts(since).values())
        never = [passage for passage in self._passages() if not used[passage.id]]
        by_document = [(title, list(of)) for title, of in groupby(never, key=lambda passage: passage.title)]
        counts = {"never": len(never), "all": len(self._passages()), "replies": replies, "days": _USE_DAYS}
        return {"documents": by_document, **counts}

    def index(self) -> dict[str, Any]:
        """What the index was made of, and whether the documents are still the same."""
        try:
            manifest = self._live.chain().retriever.store.manifest
            changed = corpus_digest(self._settings.corpus) != manifest.corpus_digest
        except (CorpusError, IndexingError) as error:
            return {"manifest": None, "built": None, "changed": True, "trouble": str(error)}
        built = datetime.fromisoformat(manifest.built_at).astimezone()
        return {"manifest": manifest, "built": built, "changed": changed, "trouble": ""}

    def search(self, words: str) -> list[dict[str, Any]]:
        """The passages that fit some words, best first, each with the sentences that do.

        Raises:
            IndexingError: There is no index.
            CorpusError: Likewise, for a document can't be read.
        """
        hits = self._live.chain().retriever.hits(words, limit=_SENTENCES)
        passages: dict[str, tuple[Passage, set[str]]] = {}
        for hit in hits:
            passages.setdefault(hit.passage.id, (hit.passage, set()))[1].add(hit.sentence.text)
        return [{"passage": passage, "fitting": fitting} for passage, fitting in list(passages.values())[:_FOUND]]

    def absent(self, words: str) -> list[str]:
        """Those of some words that no passage has, in whatever form; the search compares them so too."""
        known = set(terms(" ".join(passage.text for passage in self._passages())))
        asked = dict.fromkeys(word for word in split(words) if is_content(word))
        return [word for word in asked if not known.issuperset(terms(word))]

    def _passages(self) -> list[Passage]:
        try:
            return list(self._live.chain().retriever.store.passages)
        except (CorpusError, IndexingError):
            return []
