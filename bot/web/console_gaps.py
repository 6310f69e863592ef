"""Gaps: what patients asked and did not get, grouped by meaning."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gradio as gr

from bot.database import JournalError
from bot.gap import MOST_GAPS
from bot.gaps import Group
from bot.journal_tables import Action
from bot.web.console_blocks import QUIET, block, staff_of
from bot.web.console_gap_list import ANY, PERIODS, WHICH, Filters
from bot.web.console_html import show
from bot.web.console_words import kind_words
from corpus.document import CorpusError
from index.errors import IndexingError

if TYPE_CHECKING:
    from bot.web.console import Workplace

_GROUPS_SHOWN = 25

log = logging.getLogger("faqbot.web")


def build(workplace: Workplace, tab: gr.Tab) -> None:
    """Puts the tab's components into the page."""
    GapsTab(workplace, tab)


class GapsTab:
    """The tab: its components and what they do."""

    def __init__(self, workplace: Workplace, tab: gr.Tab) -> None:
        self._workplace = workplace
        self._gaps = workplace.gaps
        self.round = gr.State(0)
        with gr.Row(elem_classes="filters"):
            self.days = gr.Dropdown(list(PERIODS.items()), value=30, label="Asked in the last", min_width=150)
            self.which = gr.Dropdown(list(WHICH.items()), value=ANY, label="What happened", min_width=190)
            self.handled = gr.Checkbox(False, label="Also those handled", min_width=170)
            again = gr.Button("Look again", min_width=130, size="md", scale=0)
        self.reading = block(elem_id="gaps-reading", visible=False)
        asked = [self.days, self.which, self.handled, self.round]
        gr.on(
            [again.click, tab.select, self.days.change, self.which.change, self.handled.change],
            self.read,
            asked,
            [self.reading, self.round],
            trigger_mode="always_last",
            **QUIET,
        )
        gr.render(inputs=asked, triggers=[self.round.change], show_progress="hidden")(self.render)

    def read(self, days: int, which: str, handled: bool, turn: int) -> Iterator[list[Any]]:
        """Reads what there is, tells how far it is, and then has it shown."""
        yield [gr.update(value=show("reading", done=0, total=0), visible=True), gr.skip()]
        # what can't be read is told by `render`
        with suppress(JournalError, CorpusError, IndexingError):
            for done, total in self._gaps.reading(Filters(days, which, handled)):
                yield [show("reading", done=done, total=total), gr.skip()]
        yield [gr.update(value="", visible=False), turn + 1]

    def render(self, days: int, which: str, handled: bool, turn: int) -> None:
        """The groups of gaps as chosen, each with its button."""
        filters = Filters(days, which, handled)
        try:
            groups, replies = self._gaps.groups(filters), self._gaps.replies(filters)
        except (JournalError, CorpusError, IndexingError) as error:
            log.error("gaps: %s", error)
            block(show("note", title="This can't be shown now", text=f"Tell whoever runs the assistant: {error}"))
            return
        block(
            show("gaps", groups=groups, replies=replies, filters=filters, chart=self._gaps.chart(groups.gaps, filters))
        )
        if groups.rest:
            text = (
                "Older gaps that are neither grouped nor listed here, for there are too many different questions: "
                f"{len(groups.rest):,}. The export has them, without a group. Fewer days make room, or groups marked "
                "as handled."
            )
            block(show("note", title="", text=text))
        if groups.is_cut:
            text = f"These are the newest {MOST_GAPS:,} gaps of this time; older ones come when some are handled."
            block(show("note", title="", text=text))
        for number, group in enumerate(groups[:_GROUPS_SHOWN], start=1):
            self._row(number, group, turn)
        if len(groups) > _GROUPS_SHOWN:
            left = len(groups) - _GROUPS_SHOWN
            block(show("note", title="", text=f"{left} smaller groups are not shown; the export has them all."))

    def _row(self, number: int, group: Group, turn: int) -> None:
        with gr.Row(elem_classes="gap-row", equal_height=False):
            with gr.Column(scale=8, min_width=300):
                block(show("gap", number=number, group=group, place=self._gaps.place(group), names=kind_words()))
            if not group.is_handled:
                done = gr.Button("Mark as handled", size="md", scale=0, min_width=150)
                done.click(self._marker(group.ids, turn), None, self.round, **QUIET)

    def _marker(self, ids: Sequence[str], turn: int) -> Any:
        def mark(request: gr.Request) -> int:
            who = staff_of(request)
            self._workplace.journal.mark_handled(ids, who)
            self._workplace.journal.audit(who, Action.HANDLED, f"{len(ids)} gaps, {ids[0]} …")
            gr.Info("Marked as handled. It is out of the list, until somebody asks it again.")
            return turn + 1

        return mark
