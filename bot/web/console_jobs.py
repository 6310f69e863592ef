"""How a job stands, in the staff's window: its progress while it runs, and its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from bot.job import Job, JobState
from bot.jobs import Jobs
from bot.journal import Journal
from bot.journal_tables import Action
from bot.web.console_blocks import QUIET, block, staff_of
from bot.web.console_html import show
from bot.web.console_words import set_in_words, work_in_words

_LOOKED_AT_EVERY_S = 1.0
NAMES = {"evaluation": "Question sets", "comparison": "Comparison", "rebuild": "Index"}
_SPLITS = {"test": "kept for reporting", "dev": "used for tuning", "gate": "quick check"}


def what_of(job: Job) -> str:
    """What a job is about, in words: the sets of an evaluation, and which of their questions."""
    sets = [_set(name) for name in job.arguments.get("sets", ())]
    split = _SPLITS.get(job.arguments.get("split", ""), "")
    about = f"{', '.join(sets)} ({split})" if split else ", ".join(sets)
    return f"{NAMES.get(job.kind, job.kind)}{': ' if about else ''}{about}"


def _set(name: str) -> str:
    """A set that ships is named; one of the clinic's own is a path."""
    own = Path(name)
    return f"the clinic's own, {own.stem}" if own.is_absolute() else set_in_words(name)


class JobPanel:
    """The newest of some kinds of jobs: its bar, and a button that stops it."""

    def __init__(self, jobs: Jobs, journal: Journal, tab: gr.Tab, kinds: Sequence[str]) -> None:
        self._jobs = jobs
        self._journal = journal
        self._kinds = kinds
        self._state = block()
        self._cancel = gr.Button("Cancel", size="md", visible=False)
        self._clock = gr.Timer(_LOOKED_AT_EVERY_S, active=False)
        self._ended = gr.State(0)
        self.outputs = [self._state, self._cancel, self._clock, self._ended]
        """What an event has to change that starts a job: to `now()`."""
        gr.on([tab.select, self._clock.tick], self.now, None, self.outputs, **QUIET)
        self._cancel.click(self._stop, None, self.outputs, **QUIET)

    def ended(self, then: Callable[..., Any], inputs: Any, outputs: Any) -> None:
        """Has something done whenever a job has ended."""
        self._ended.change(then, inputs, outputs, **QUIET)

    def now(self) -> list[Any]:
        """How it stands now."""
        jobs = self._jobs.all(*self._kinds)
        newest = jobs[0] if jobs else None
        runs = newest is not None and newest.state is JobState.RUNNING
        other = None if runs else self._jobs.running()
        step = work_in_words(newest.step) if newest else ""
        return [
            show("job", job=newest, step=step, other=other, what_of=what_of),
            gr.update(visible=runs),
            gr.Timer(active=runs or other is not None),
            sum(job.state is not JobState.RUNNING for job in jobs),
        ]

    def _stop(self, request: gr.Request) -> list[Any]:
        for job in self._jobs.all(*self._kinds)[:1]:
            if self._jobs.cancel(job.id):
                self._journal.audit(staff_of(request), Action.CANCELLED, f"{job.kind} {job.id}")
        return self.now()
