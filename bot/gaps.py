"""Gaps grouped by what was meant, so that a clinic sees what to write next; and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import numpy as np

from bot.aspects import what_is_missing
from bot.gap import Gap
from bot.reply import Reason
from corpus.document import Passage
from index.embed import Vectors

FAR = 0.35
"""Groups whose mean cosine distance is larger stay apart. On evals/questions, answerable questions of dev that need the
same facts: 45 % of their pairs are together and the adjusted Rand index is .306 (test: 55 %, .354); at 0.3 it is 32 %
and .309, at 0.4 62 % and .259, at 0.5 73 % and .116. By: python -m evals.grouping; see docs/staff.md."""

MOST = 2000
"""Different questions that are grouped, the newest; the distances of them all take 32 MB."""

_NAMES_IT = (Reason.UNCOVERED_TERM, Reason.WRONG_ASPECT, Reason.UNCOVERED_QUESTION)
"""Reasons that say what the documents lack."""

_ACTS_IN_A_SHEET = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""A cell that begins so is run as a formula by spreadsheets, some of which take signs of full width too."""

_COLUMNS = ("group", "asked in group", "missing", "time", "question", "reply", "rating", "comment", "nearest passage")


@dataclass(frozen=True, slots=True)
class Group:
    """Gaps of one meaning, the newest first.

    `name` is the question nearest to the middle of them; empty where no words were kept. `missing` is what
    the documents lack, the most frequent first; `passage_id` is the passage that was nearest most often.
    """

    name: str
    gaps: tuple[Gap, ...]
    missing: tuple[str, ...]
    passage_id: str | None

    @property
    def ids(self) -> list[str]:
        """Of its gaps."""
        return [gap.id for gap in self.gaps]

    @property
    def is_handled(self) -> bool:
        """Whether every one of them is."""
        return all(gap.handled_by for gap in self.gaps)


def parted(gaps: Iterable[Gap]) -> tuple[list[Gap], list[Gap]]:
    """Gaps that can be grouped, and the rest: those whose question comes after the newest `MOST` different ones.

    Args:
        gaps: The newest first.
    """
    texts: set[str] = set()
    within: list[Gap] = []
    rest: list[Gap] = []
    for gap in gaps:
        if gap.text and len(texts) < MOST:
            texts.add(gap.text)
        (within if not gap.text or gap.text in texts else rest).append(gap)
    return within, rest


def grouped(gaps: Sequence[Gap], embed: Callable[[Sequence[str]], Vectors]) -> list[Group]:
    """Gaps by meaning, the largest group first; those without words by what was missing.

    Average linkage over the cosine distance of their embeddings.
    Source: Sokal & Michener (1958), "A statistical method for evaluating systematic relationships".

    Args:
        gaps: Those that `parted` puts first.
        embed: Texts to vectors of length 1, (n, dim).
    """
    by_text: dict[str, list[Gap]] = {}
    wordless: dict[tuple[str, ...], list[Gap]] = {}
    for gap in gaps:
        if gap.text:
            by_text.setdefault(gap.text, []).append(gap)
        else:
            wordless.setdefault(missing_in(gap.reasons), []).append(gap)
    groups = [_group(name, (gap for text in texts for gap in by_text[text])) for name, texts in _alike(by_text, embed)]
    groups += [_group("", of) for of in wordless.values()]
    return sorted(groups, key=lambda group: (-len(group.gaps), -group.gaps[0].time.timestamp()))


def missing_in(reasons: Iterable[str]) -> tuple[str, ...]:
    """What the documents lack, by the reasons of a reply."""
    parts = (reason.partition(":") for reason in reasons)
    named = ((code, about) for code, _, about in parts if about and code in _NAMES_IT)
    return tuple(what_is_missing(about) if code == Reason.WRONG_ASPECT else about for code, about in named)


def _alike(texts: Iterable[str], embed: Callable[[Sequence[str]], Vectors]) -> list[tuple[str, list[str]]]:
    """Texts that mean the same, with the one in the middle of them."""
    from sklearn.cluster import AgglomerativeClustering

    listed = list(texts)
    if len(listed) < 2:
        return [(text, [text]) for text in listed]
    vectors = embed(listed)
    clustering = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=FAR)
    labels = clustering.fit_predict(vectors)
    found = []
    for label in dict.fromkeys(labels.tolist()):
        members = np.flatnonzero(labels == label)
        middle = members[np.argmax(vectors[members] @ vectors[members].mean(axis=0))]
        found.append((listed[middle], [listed[member] for member in members]))
    return found


def _group(name: str, gaps: Iterable[Gap]) -> Group:
    newest_first = sorted(gaps, key=lambda gap: gap.time, reverse=True)
    missing = Counter(what for gap in newest_first for what in missing_in(gap.reasons))
    passages = Counter(gap.passage_ids[0] for gap in newest_first if gap.passage_ids)
    nearest = passages.most_common(1)
    return Group(
        name,
        tuple(newest_first),
        tuple(what for what, _ in missing.most_common()),
        nearest[0][0] if nearest else None,
    )


def by_day(gaps: Iterable[Gap], first: datetime, days: int) -> list[tuple[datetime, int]]:
    """How many gaps each of some days has, from midnight to midnight in the zone of the first."""
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    counts = Counter((gap.time.astimezone(start.tzinfo).date() - start.date()).days for gap in gaps)
    return [(start + timedelta(days=day), counts[day]) for day in range(days)]


def as_csv(groups: Iterable[Group], passages: Mapping[str, Passage], rest: Iterable[Gap] = ()) -> str:
    """One gap a line, for a spreadsheet: no cell of it is run as a formula.

    Source: OWASP, "CSV Injection".

    Args:
        groups: In the order of their numbers.
        passages: By id.
        rest: Gaps without a group; they come last, without a number.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    numbered = ((str(n), str(len(group.gaps)), gap) for n, group in enumerate(groups, start=1) for gap in group.gaps)
    for number, size, gap in chain(numbered, (("", "", gap) for gap in rest)):
        passage = passages.get(gap.passage_ids[0]) if gap.passage_ids else None
        place = ", ".join((passage.title, *passage.section)) if passage else ""
        cells = (
            *(number, size, "; ".join(missing_in(gap.reasons)), f"{gap.time:%Y-%m-%d %H:%M}"),
            *(gap.text or "", gap.kind or "", gap.rating or "", gap.comment or "", place),
        )
        writer.writerow(map(_inert, cells))
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_ACTS_IN_A_SHEET) else cell
