"""The groups of gaps that the staff's window shows and exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from fastapi import Request, Response

from bot.database import JournalError
from bot.gap import Gap, Newest
from bot.gaps import MOST, Group, as_csv, by_day, grouped, parted
from bot.journal import Journal
from bot.journal_tables import Action
from bot.live import LiveChain
from bot.reply import Kind
from corpus.document import CorpusError
from index.embed import Vectors
from index.errors import IndexingError

ALL_DAYS = 3650
PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90, "everything kept": ALL_DAYS}

ANY, UNANSWERED, WRONG = "any", "unanswered", "wrong"
WHICH = {"All gaps": ANY, "Not answered": UNANSWERED, "Rated unhelpful": WRONG}

_VECTORS_KEPT = 5 * MOST
_READ_AT_ONCE = 64
_CHART_DAYS = 30
_CHART_WEEKS_FROM_DAYS = 60


@dataclass(frozen=True, slots=True)
class Filters:
    """Which gaps: of how many days, what happened, and whether those handled too."""

    days: int = 30
    which: str = ANY
    handled: bool = False

    @property
    def since(self) -> datetime:
        """The first time that counts."""
        return datetime.now(UTC) - timedelta(days=self.days)

    def keeps(self, gap: Gap) -> bool:
        """Whether a gap is of the chosen sort."""
        return self.which == ANY or (gap.kind == Kind.NO_ANSWER if self.which == UNANSWERED else gap.rating == "down")


class Groups(Newest[Group]):
    """Groups of the newest gaps; `rest` are those of them that are too many to be grouped."""

    def __init__(self, groups: Iterable[Group], rest: Sequence[Gap], *, is_cut: bool) -> None:
        super().__init__(groups, is_cut=is_cut)
        self.rest = rest

    @property
    def gaps(self) -> list[Gap]:
        """All of them, in a group or not."""
        return [*(gap for group in self for gap in group.gaps), *self.rest]


class Gaps:
    """Gaps of the journal, grouped by the embeddings of the index that answers."""

    def __init__(self, live: LiveChain, journal: Journal) -> None:
        self._live = live
        self._journal = journal
        self._known: dict[str, Vectors] = {}
        self._model = ""
        self._last: tuple[tuple[str, list[Gap]], list[Group]] = ("", []), []

    def groups(self, filters: Filters) -> Groups:
        """The groups of the newest gaps, the largest first; and whether there are older gaps besides.

        Raises:
            JournalError: The journal can't be opened.
            IndexingError: There is no index.
        """
        self._journal.flush()
        gaps = self._journal.gaps(filters.since, filters.handled)
        within, rest = parted(gap for gap in gaps if filters.keeps(gap))
        made_of, groups = self._last
        if (self._model, within) != made_of:
            groups = grouped(within, self._embed)
            self._last = (self._model, within), groups
        return Groups(groups, rest, is_cut=gaps.is_cut)

    def reading(self, filters: Filters) -> Iterator[tuple[int, int]]:
        """Reads the questions of the gaps and groups them, so that `groups` needs not.

        Yields:
            How many of how many are read, after each part; then they are grouped.

        Raises:
            JournalError: The journal can't be opened.
            IndexingError: There is no index.
        """
        self._journal.flush()
        within, _ = parted(gap for gap in self._journal.gaps(filters.since, filters.handled) if filters.keeps(gap))
        yield from self._learn([gap.text for gap in within if gap.text], self._vectors())
        self.groups(filters)

    def _vectors(self) -> dict[str, Vectors]:
        """Those of before, of the model that is in use; they are kept, for a text takes some milliseconds."""
        model = self._live.chain().retriever.store.manifest.model_digest
        if self._model != model or len(self._known) > _VECTORS_KEPT:
            self._known, self._model = {}, model
        return self._known

    def _learn(self, texts: Iterable[str], known: dict[str, Vectors]) -> Iterator[tuple[int, int]]:
        """Makes the vectors of texts that have none."""
        embeddings = self._live.chain().retriever.embeddings
        new = sorted({text for text in texts if text not in known}, key=len)  # texts of one length waste no padding
        for start in range(0, len(new), _READ_AT_ONCE):
            part = new[start : start + _READ_AT_ONCE]
            known.update(zip(part, embeddings.encode(part), strict=True))
            yield start + len(part), len(new)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts."""
        known = self._vectors()
        for _ in self._learn(texts, known):
            pass
        return np.stack([known[text] for text in texts])

    def replies(self, filters: Filters) -> int:
        """How many replies there were in the time."""
        return sum(self._journal.counts(filters.since).values())

    def place(self, group: Group) -> dict[str, Any] | None:
        """The passage that came nearest, with its title."""
        passage = self._live.chain().retriever.store.passage(group.passage_id) if group.passage_id else None
        return {"title": ", ".join((passage.title, *passage.section)), "text": passage.text} if passage else None

    def chart(self, gaps: Sequence[Gap], filters: Filters) -> list[dict[str, Any]]:
        """Columns of how many gaps there were, each of a day, or of a week where there are many."""
        if not gaps:
            return []
        today = datetime.now().astimezone()
        oldest = min(gap.time for gap in gaps)
        days = min(filters.days, max(_CHART_DAYS, (today - oldest).days + 1))
        counted = by_day(gaps, today - timedelta(days=days - 1), days)
        width = 7 if days > _CHART_WEEKS_FROM_DAYS else 1
        columns = [counted[start : start + width] for start in range(0, len(counted), width)]
        most = max(sum(count for _, count in column) for column in columns) or 1
        return [
            {"day": f"{column[0][0]:%b %-d}", "count": (n := sum(c for _, c in column)), "height": 100 * n / most}
            for column in columns
        ]

    def csv(self, filters: Filters) -> str:
        """All gaps as a table."""
        groups = self.groups(filters)
        return as_csv(groups, {p.id: p for p in self._live.chain().retriever.store.passages}, groups.rest)


def export(request: Request, who: str, gaps: Gaps, journal: Journal) -> Response:
    """The table as a file, written down as an export; where that can't be, there is none."""
    asked = request.query_params
    which = asked.get("which", ANY)
    filters = Filters(
        _days(asked.get("days", "")), which if which in WHICH.values() else ANY, asked.get("handled") == "1"
    )
    try:
        table = gaps.csv(filters)
    except (CorpusError, IndexingError):
        return _refused("There is no index yet.")
    except JournalError:
        return _refused("The journal can't be read now.")
    if not journal.audit(who, Action.EXPORT, f"gaps of {filters.days} days"):
        return _refused("The export can't be written down in the journal now, so there is none.")
    headers = {
        "Content-Disposition": f'attachment; filename="gaps-{datetime.now():%Y-%m-%d}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(table.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _refused(why: str) -> Response:
    return Response(why, status_code=503, media_type="text/plain", headers={"Cache-Control": "no-store"})


def _days(text: str) -> int:
    return max(1, min(ALL_DAYS, int(text))) if text.isdecimal() and len(text) < 6 else 30
