"""Corpus: which documents the assistant speaks from, what is found in them, and the index made of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import gradio as gr

from bot.database import JournalError
from bot.jobs import JobError
from bot.journal_tables import Action
from bot.web.console_blocks import QUIET, block, staff_of
from bot.web.console_documents import Documents
from bot.web.console_html import show
from bot.web.console_job import REBUILD, settings_for
from bot.web.console_jobs import JobPanel
from corpus.document import CorpusError
from index.errors import IndexingError

if TYPE_CHECKING:
    from bot.web.console import Workplace

log = logging.getLogger("faqbot.web")


def build(workplace: Workplace, tab: gr.Tab) -> None:
    """Puts the tab's components into the page."""
    CorpusTab(workplace, tab)


class CorpusTab:
    """The tab: its components and what they do."""

    def __init__(self, workplace: Workplace, tab: gr.Tab) -> None:
        self._workplace = workplace
        self._documents = Documents(workplace.settings, workplace.live, workplace.journal)
        with gr.Row(elem_classes="split"):
            with gr.Column(scale=7, min_width=560):
                self.table = block(show("note", title="Documents", text="Reading them …"), elem_id="documents")
                self.unused = block(elem_id="unused")
            with gr.Column(scale=5, min_width=340, elem_classes="first-if-narrow"):
                self.index = block(show("note", title="Index", text="Looking at it …"), elem_id="index")
                rebuild = gr.Button("Rebuild the index", variant="primary")
                panel = JobPanel(workplace.jobs, workplace.journal, tab, (REBUILD,))
                words = gr.Textbox(
                    label="Search the passages", placeholder="Words or a question", max_lines=1, max_length=500
                )
                self.found = block(elem_id="found")
        self.panel = panel
        shown = [self.table, self.unused, self.index]
        tab.select(self.look, None, shown, **QUIET)
        panel.ended(self.look, None, shown)
        rebuild.click(self.rebuild, None, panel.outputs, **QUIET)
        gr.on([words.submit, words.blur], self.search, words, self.found, **QUIET)

    def look(self) -> list[str]:
        """The documents, the passages that are never used, and what the index was made of."""
        try:
            table = show("documents", **self._documents.table())
        except CorpusError as error:
            table = show("note", title="A document can't be read", text=str(error))
        try:
            unused = show("unused", **self._documents.unused())
        except (JournalError, CorpusError, IndexingError) as error:
            log.error("passages that are never used: %s", error)
            unused = show("note", title="Passages never shown", text=f"This can't be told now: {error}")
        return [table, unused, show("index", **self._documents.index())]

    def search(self, words: str) -> str:
        """The passages that fit some words."""
        if not words.strip():
            return ""
        try:
            return show("found", passages=self._documents.search(words), absent=self._documents.absent(words))
        except (CorpusError, IndexingError) as error:
            return show("note", title="Can't be searched now", text=str(error))

    def rebuild(self, request: gr.Request) -> list[Any]:
        """Starts a build of the index."""
        who, workplace = staff_of(request), self._workplace
        try:
            job = workplace.jobs.start(REBUILD, who, {"settings": settings_for(workplace.settings)})
        except JobError as error:
            gr.Warning(f"Not started: {error}")
        else:
            workplace.journal.audit(who, Action.REBUILD, job.id)
        return self.panel.now()
