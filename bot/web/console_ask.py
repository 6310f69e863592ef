"""Ask: a chat like the patient's, and beside it why each reply is as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from bot.chain import FaqChain
from bot.journal_tables import Action
from bot.reply import Kind, Reply
from bot.understand import Question, QuestionError
from bot.web.console_blocks import QUIET, block, staff_of
from bot.web.console_html import show
from bot.web.console_why import chat, facts_of, may_show_facts, why
from bot.web.console_words import kind_words
from corpus.document import CorpusError
from evals.collect import add_case
from evals.errors import EvalError
from index.errors import IndexingError

if TYPE_CHECKING:
    from bot.web.console import Workplace

_KEPT = "The report keeps the question's words, without personal data."
_SET = " To keep the question, add it to the clinic's question set."
_WITHOUT_WORDS = f"The report does not keep the question's words: the server is set to keep none.{_SET}"
_IN_DANGER = (
    "The report keeps neither the question's words nor what you write here: of a person who may be in danger none are "
    f"kept.{_SET}"
)

_Update = Any
"""A value for a component, or what `gr.update` makes."""


def build(workplace: Workplace, _: gr.Tab) -> None:
    """Puts the tab's components into the page."""
    Ask(workplace)


class Ask:
    """The tab: its components and what they do."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self.turns = gr.State([])
        self.reported = gr.State("")
        self.both = block(elem_id="ask-both", render=False, visible=False)
        with gr.Row(elem_classes="split"):
            with gr.Column(scale=5, min_width=340):
                self.chat = block(chat([]), elem_id="ask-chat")
                self.question = gr.Textbox(
                    label="Question", placeholder="Type a patient's question", lines=1, max_lines=5, max_length=2000
                )
                with gr.Row(elem_classes="buttons"):
                    ask = gr.Button("Ask", variant="primary", scale=2, min_width=120)
                    again = gr.Button("Start over", scale=1, min_width=120)
                self._build_keeping()
                self._build_trial()
            with gr.Column(scale=7, min_width=380):
                self.both.render()  # type: ignore[no-untyped-call]
                self.why = block(why(None, None), elem_id="ask-why")
        asked = [self.turns, self.question, self.chat, self.why, self.kind, self.facts, self.comment, self.both]
        gr.on([ask.click, self.question.submit], self.ask, [self.question, self.turns], asked, **QUIET)
        again.click(self.start_over, None, asked, **QUIET)

    def _build_trial(self) -> None:
        settings = self._workplace.settings
        with gr.Accordion("Try other settings, for this question only", open=False):
            self.least = gr.Slider(
                0, 1, settings.min_relevance, step=0.01, label="How sure the assistant must be to answer"
            )
            self.candidates = gr.Slider(
                10, 1000, settings.candidates, step=10, label="How many sentences and questions are looked at"
            )
            self.model = gr.Dropdown(
                [("The documents' own sentences", ""), (f"{settings.model}, checked", settings.model)],
                value=settings.model,
                label="Who words the answer",
                visible=bool(settings.model),
            )
            compare = gr.Button("Ask the last question again with these", size="md")
        compare.click(
            self.compare,
            [self.turns, self.least, self.candidates, self.model],
            self.both,
            scroll_to_output=True,
            **QUIET,
        )

    def _build_keeping(self) -> None:
        kinds = [(words.name, kind.value) for kind, words in kind_words().items()]
        with gr.Accordion("Add to the clinic's question set", open=False):
            self.kind = gr.Dropdown(kinds, value=Kind.ANSWER.value, label="What should the reply be?")
            self.facts = gr.Dropdown(
                [], value=[], multiselect=True, label="Which sentences must it show?", info="Of those found."
            )
            add = gr.Button("Add question", variant="primary", size="md")
        with gr.Accordion("Wrong answer?", open=False):
            self.comment = gr.Textbox(
                label="What is wrong with it?", info=self._kept_with(None), lines=2, max_length=500
            )
            wrong = gr.Button("Report as wrong", size="md")
        add.click(self.add, [self.turns, self.kind, self.facts], None, **QUIET)
        said = [self.turns, self.comment, self.reported]
        wrong.click(self.report, said, [self.comment, self.reported], **QUIET)

    def ask(self, question: str, turns: list[Reply]) -> list[_Update]:
        """The next turn of the conversation."""
        try:
            chain = self._workplace.live.chain()
            reply = chain.invoke(Question(question, tuple(turn.question for turn in turns)))
        except (QuestionError, CorpusError, IndexingError) as error:
            gr.Warning(f"Not asked: {error}")
            return [gr.skip()] * 8
        turns = [*turns, reply]
        return [turns, "", *self._shown(turns, chain), gr.update(visible=False)]

    def start_over(self) -> list[_Update]:
        """An empty conversation."""
        return [[], "", *self._shown([], None), gr.update(visible=False)]

    def _shown(self, turns: list[Reply], chain: FaqChain | None) -> list[_Update]:
        """What the chat, the reasons and the form to keep the question show."""
        reply = turns[-1] if turns else None
        may = reply is not None and may_show_facts(reply.kind)
        expected = [sentence.text for sentence in reply.sentences] if reply and may else []
        return [
            chat(turns),
            why(reply, chain.retriever.store if chain else None),
            reply.kind.value if reply else Kind.ANSWER.value,
            gr.update(choices=facts_of(reply), value=expected),
            gr.update(info=self._kept_with(reply)),
        ]

    def compare(self, turns: list[Reply], least: float, candidates: float, model: str) -> _Update:
        """The last question's reply beside the one that other settings give."""
        if not turns:
            gr.Warning("Ask a question first.")
            return gr.skip()
        *before, last = turns
        chain = self._workplace.live.chain()
        other = chain.with_settings(min_relevance=float(least), candidates=int(candidates), model=model)
        reply = other.invoke(Question(last.question, tuple(turn.question for turn in before)))
        now, then = ({sentence.text for sentence in r.sentences} for r in (last, reply))
        sides = [
            {"label": label, "settings": _settings(of), "reply": of_reply, "shared": now & then}
            for label, of, of_reply in (("As it is set", chain, last), ("With these settings", other, reply))
        ]
        same = last.text == reply.text
        page = show("both", sides=sides, names=kind_words(), same=same, marked=now != then)
        return gr.update(value=page, visible=True)

    def add(self, turns: list[Reply], kind: str, facts: list[str], request: gr.Request) -> None:
        """Keeps the last question in the clinic's question set."""
        if not turns:
            gr.Warning("Ask a question first.")
            return
        *before, last = turns
        path = self._workplace.settings.state / "questions" / "clinic.jsonl"
        wanted = facts if may_show_facts(Kind(kind)) else []
        try:
            case = add_case(path, last.question, Kind(kind), wanted, [turn.question for turn in before])
        except EvalError as error:
            gr.Warning(f"Not added: {error}")
            return
        self._workplace.journal.audit(staff_of(request), Action.ADDED_TO_SET, case.id)
        is_whole = (case.q, *case.history) == (last.question, *(turn.question for turn in before))
        cleaned = "" if is_whole else " Personal data was taken out of its words."
        gr.Info(f"Added. It is in the clinic's question set.{cleaned} Run the set under Evaluate.")

    def _kept_with(self, reply: Reply | None) -> str:
        """What the journal keeps where this reply is reported."""
        keep_text = self._workplace.settings.keep_text
        if keep_text != "all" and reply and reply.kind in {Kind.EMERGENCY, Kind.CRISIS}:
            return _IN_DANGER
        return _WITHOUT_WORDS if keep_text == "none" else _KEPT

    def report(self, turns: list[Reply], comment: str, reported: str, request: gr.Request) -> list[_Update]:
        """Keeps the last reply as a wrong one, once, to be found under Gaps."""
        if not turns:
            gr.Warning("Ask a question first.")
            return [gr.skip(), gr.skip()]
        last, journal = turns[-1], self._workplace.journal
        if last.reply_id == reported:
            gr.Warning("This reply is reported already. You find it under Gaps.")
            return [gr.skip(), gr.skip()]
        latency_ms = sum(last.trace.timings_ms.values()) if last.trace else 0.0
        journal.keep_reply(last, latency_ms)
        said = f"{staff_of(request)}: {comment.strip()}" if comment.strip() else staff_of(request)
        journal.keep_feedback(last.reply_id, "down", said, last.question)
        journal.audit(staff_of(request), Action.REPORTED, last.reply_id)
        gr.Info("Reported. You find it under Gaps.")
        return ["", last.reply_id]


def _settings(chain: FaqChain) -> str:
    told = f"At least {chain.settings.min_relevance:.0%} sure; {chain.retriever.candidates} looked at"
    return f"{told}; worded by {chain.settings.model}" if chain.settings.model else told
