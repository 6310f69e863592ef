"""Speed and size in one run: of this bot against the bare embedding of a question, and against its peers."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from pydantic import BaseModel, ConfigDict

from bot.chain import FaqChain
from bot.settings import Settings
from bot.understand import Question
from evals.contest import Progress, job, measure
from evals.peers import OURS, PEERS, BenchError, Contender, Indexed, run
from evals.questions import Case
from evals.standings import Row, row

CALLERS = (1, 2, 8)

_ROUNDS = 3
_STARTS = 3
_ASKED = 100


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Speed(_Frozen):
    """Of one chain in this process: a question end to end against its bare embedding, asked in turns.

    Times of both are milliseconds, and `ratio` is that of the medians; `per_second` is questions
    a second by the number of callers; `ask_s` is a whole `faqbot ask`, the median of three.
    """

    questions: int
    embedding_p50_ms: float
    embedding_p95_ms: float
    answer_p50_ms: float
    answer_p95_ms: float
    ratio: float
    per_second: dict[int, float]
    ask_s: float


class Bench(_Frozen):
    """A whole run: the rows are of this bot (its answers, its search alone), then of the peers.

    `absent` holds the reason, in one line, for each peer that couldn't be had. `machine` tells the
    load before it all.
    """

    machine: str
    questions: int
    speed: Speed
    build: Indexed
    rows: tuple[Row, ...]
    absent: dict[str, str]

    @property
    def build_s_per_1000(self) -> float:
        """Seconds to build from nothing, without the export of the model, by 1,000 passages."""
        return 1000 * self.build.build_s / self.build.passages

    def ours_by_theirs(self, row: Row) -> float:
        """Questions a second of this bot's answers, by those of a contender; single caller."""
        return self.rows[0].per_second / row.per_second


def bench(
    settings: Settings,
    cases: Sequence[Case],
    peers: Sequence[Contender] = PEERS,
    progress: Progress = lambda *_: None,
) -> Bench:
    """Measures this bot, then it and each peer in turns, three times over.

    Args:
        settings: With an index that is built; the peers' environments are kept in its state folder.
        cases: Answerable and uncovered questions, at least one.
        peers: Those to measure against.
        progress: Told of each step.

    Raises:
        BenchError: This bot itself fails; a peer that does is absent.
        IndexingError: There is no index that fits.
    """
    load = os.getloadavg()[0]
    machine = f"{platform.platform()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"
    progress("asking in this process", 0, 1)
    speed = own_speed(settings, [Question(case.q, case.history) for case in _spread(cases, _ASKED)])
    progress("asking in this process", 1, 1)
    entries, absent = measure((OURS, *peers), settings.state / "bench", job(settings, cases), progress)
    if OURS.name in absent:
        raise BenchError(f"{OURS.name} can't be measured: {absent[OURS.name]}")
    return Bench(
        machine=machine,
        questions=len(cases),
        speed=speed,
        build=entries[0].built,
        rows=tuple(row(entry, cases) for entry in entries),
        absent=absent,
    )


def own_speed(settings: Settings, questions: Sequence[Question]) -> Speed:
    """See `Speed`; `faqbot ask` takes its settings from this process's environment, as ever.

    Raises:
        BenchError: `faqbot ask` fails.
        IndexingError: There is no index that fits.
    """
    chain = FaqChain.open(settings)
    chain.invoke(questions[0])  # loads what later ones share
    bare: list[float] = []
    whole: list[float] = []
    for question in [*questions] * _ROUNDS:
        bare.append(_seconds(partial(chain.retriever.embeddings.encode, [question.text])))
        whole.append(_seconds(partial(chain.invoke, question)))
    per_second = {callers: _per_second(chain, questions, callers) for callers in CALLERS}
    chain.close()
    ask = [sys.executable, "-P", "-m", "bot.cli", "ask", questions[0].text]
    (bare_p50, bare_p95), (p50, p95) = (1000 * np.percentile(seconds, (50, 95)) for seconds in (bare, whole))
    return Speed(
        questions=len(questions),
        embedding_p50_ms=bare_p50,
        embedding_p95_ms=bare_p95,
        answer_p50_ms=p50,
        answer_p95_ms=p95,
        ratio=p50 / bare_p50,
        per_second=per_second,
        ask_s=statistics.median(_seconds(partial(run, ask)) for _ in range(_STARTS)),
    )


def _per_second(chain: FaqChain, questions: Sequence[Question], callers: int) -> float:
    asked = [*questions] * _ROUNDS

    def ask_all() -> None:
        for _ in pool.map(chain.invoke, asked):
            pass

    with ThreadPoolExecutor(callers) as pool:
        return len(asked) / _seconds(ask_all)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _spread(cases: Sequence[Case], most: int) -> list[Case]:
    """So many at most, from all over."""
    return [cases[i * len(cases) // most] for i in range(most)] if len(cases) > most else list(cases)
