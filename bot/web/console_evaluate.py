"""Evaluate: question sets run through the assistant, with a report, and what changed since an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from bot.job import Job, JobState
from bot.jobs import JobError
from bot.journal_tables import Action
from bot.web.console_blocks import QUIET, block, picture, staff_of
from bot.web.console_html import show
from bot.web.console_job import COMPARISON, EVALUATION, settings_for
from bot.web.console_jobs import NAMES, JobPanel, what_of
from bot.web.console_words import in_order, set_in_words
from evals.collect import own_sets
from evals.questions import Split, shipped_sets

if TYPE_CHECKING:
    from bot.web.console import Workplace

_SPLITS = {
    "All questions": "",
    "Those kept for reporting (test)": Split.TEST.value,
    "Those used for tuning (dev)": Split.DEV.value,
    "A quick check (gate)": Split.GATE.value,
}


def build(workplace: Workplace, tab: gr.Tab) -> None:
    """Puts the tab's components into the page."""
    EvaluateTab(workplace, tab)


class EvaluateTab:
    """The tab: its components and what they do."""

    def __init__(self, workplace: Workplace, tab: gr.Tab) -> None:
        self._workplace = workplace
        with gr.Row(elem_classes="split"):
            with gr.Column(scale=5, min_width=340):
                start = self._build_choice()
            with gr.Column(scale=7, min_width=460):
                self.panel = JobPanel(workplace.jobs, workplace.journal, tab, (EVALUATION, COMPARISON))
                self._build_runs()
        self.page = picture(elem_id="report")
        shown = [self.sets, self.run, self.before]
        tab.select(self.choices, None, shown, **QUIET)
        self.panel.ended(self.newest, None, shown)
        chosen = [self.sets, self.split, self.least, self.candidates]
        start.click(self.start, chosen, self.panel.outputs, **QUIET)
        self.run.change(self.report, self.run, self.page, **QUIET)

    def _build_choice(self) -> gr.Button:
        settings = self._workplace.settings
        block(
            show(
                "title",
                title="Run question sets",
                text="Every question is asked, and each reply held against what it should be.",
            )
        )
        self.sets = gr.CheckboxGroup(_sets(self._workplace), value=[], label="Which sets?")
        self.split = gr.Dropdown(list(_SPLITS.items()), value="", label="Which of their questions?")
        with gr.Accordion("With other settings, for this run only", open=False):
            self.least = gr.Slider(
                0, 1, settings.min_relevance, step=0.01, label="How sure the assistant must be to answer"
            )
            self.candidates = gr.Slider(
                10, 1000, settings.candidates, step=10, label="How many sentences and questions are looked at"
            )
        return gr.Button("Run", variant="primary")

    def _build_runs(self) -> None:
        runs = self._runs()
        self.run = gr.Dropdown(runs, value=None, label="Show the report of", info="Earlier runs, the newest first.")
        with gr.Row(elem_classes="filters"):
            self.before = gr.Dropdown(runs, value=None, label="Compare it with", min_width=240, scale=3)
            compare = gr.Button("Compare", size="md", min_width=130, scale=1)
        compare.click(self.compare, [self.before, self.run], self.panel.outputs, **QUIET)

    def _runs(self) -> list[tuple[str, str]]:
        """The runs that can be shown, with their ids."""
        done = [job for job in self._workplace.jobs.all(EVALUATION, COMPARISON) if _page_of(job)]
        return [(self._name(job), job.id) for job in done]

    def _name(self, job: Job) -> str:
        settings, then = self._workplace.settings, job.arguments.get("settings", {})
        now = (settings.min_relevance, settings.candidates)
        other = job.kind == EVALUATION and now != (then.get("min_relevance"), then.get("candidates"))
        what = what_of(job).removeprefix(f"{NAMES[EVALUATION]}: ") + (", with other settings" if other else "")
        return f"{job.started_at.astimezone():%b %-d, %H:%M}, {what}: {job.message}"

    def choices(self) -> list[Any]:
        """What can be chosen now; what is chosen stays."""
        runs = self._runs()
        evaluations = [(name, job_id) for name, job_id in runs if self._is_evaluation(job_id)]
        return [gr.update(choices=_sets(self._workplace)), gr.update(choices=runs), gr.update(choices=evaluations)]

    def newest(self) -> list[Any]:
        """The same, and the newest run is shown."""
        sets, _, evaluations = self.choices()
        runs = self._runs()
        return [sets, gr.update(choices=runs, value=runs[0][1] if runs else None), evaluations]

    def _is_evaluation(self, job_id: str) -> bool:
        job = self._workplace.jobs.find(job_id)
        return job is not None and job.kind == EVALUATION

    def start(self, sets: list[str], split: str, least: float, candidates: float, request: gr.Request) -> list[Any]:
        """Starts a run."""
        if not sets:
            gr.Warning("Choose at least one set.")
            return self.panel.now()
        settings = settings_for(self._workplace.settings, min_relevance=float(least), candidates=int(candidates))
        return self._begin(EVALUATION, {"sets": sets, "split": split, "settings": settings}, request)

    def compare(self, before: str | None, after: str | None, request: gr.Request) -> list[Any]:
        """Starts a comparison of two runs."""
        jobs = [self._workplace.jobs.find(job_id or "") for job_id in (before, after)]
        first, second = (job if job and job.kind == EVALUATION else None for job in jobs)
        if first is None or second is None or before == after:
            gr.Warning("Choose two different runs: one above to show, and an earlier one to compare it with.")
            return self.panel.now()
        if not _may_compare(first, second):
            gr.Warning(
                "These two runs asked different questions. Compare runs of the same sets and the same questions."
            )
            return self.panel.now()
        arguments = {
            "before": str(first.folder),
            "after": str(second.folder),
            "sets": second.arguments.get("sets", []),
            "split": second.arguments.get("split", ""),
            "settings": settings_for(self._workplace.settings),
        }
        return self._begin(COMPARISON, arguments, request)

    def _begin(self, kind: str, arguments: dict[str, Any], request: gr.Request) -> list[Any]:
        try:
            job = self._workplace.jobs.start(kind, staff_of(request), arguments)
        except JobError as error:
            gr.Warning(f"Not started: {error}")
        else:
            self._workplace.journal.audit(staff_of(request), Action.EVALUATION, f"{kind} {job.id}")
        return self.panel.now()

    def report(self, run: str | None) -> str:
        """The page of a run, in a frame."""
        job = self._workplace.jobs.find(run or "")
        page = _page_of(job) if job else ""
        return show("frame", job=job, page=page) if page else ""


def _sets(workplace: Workplace) -> list[tuple[str, str]]:
    """The sets that can be run, each with what it holds; the clinic's own last, so that a new one moves no other."""
    shipped = shipped_sets()
    ours = {name: (set_in_words(name), shipped[name]) for name in in_order(shipped)}
    own = {str(path): (f"The clinic's own: {name}", path) for name, path in own_sets(workplace.settings.state).items()}
    return [(f"{words} ({_length(path)})", value) for value, (words, path) in {**ours, **own}.items()]


def _length(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(bool(line.strip()) for line in lines)


def _page_of(job: Job) -> str:
    """Name of the page that a job has left; empty where there is none."""
    name = "compare" if job.kind == COMPARISON else "report"
    return name if job.state is JobState.DONE and (job.folder / f"{name}.html").is_file() else ""


def _may_compare(before: Job, after: Job) -> bool:
    """Whether two runs may have asked the same questions."""
    one, other = before.arguments, after.arguments
    splits = {one.get("split", ""), other.get("split", "")}
    return bool(set(one.get("sets", ())) & set(other.get("sets", ()))) and (len(splits) == 1 or "" in splits)
