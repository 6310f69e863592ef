"""A question of a set and the reply it got, and whether that was right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from bot.reply import EXTRACTIVE, Reply
from corpus.document import Document, Passage
from evals.metrics import fact_recall
from evals.questions import Case, states


class Outcome(BaseModel):
    """A case and the reply it got.

    `relevant` are the ids of the passages that answer it; `exact_citations` counts those of the
    reply that quote their document to the character; `right_unless_refused` says whether the
    answer would be right if the bot always answered; `latency_ms` is one call of the chain.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    case: Case
    reply: Reply
    relevant: tuple[str, ...]
    exact_citations: int
    right_unless_refused: bool
    latency_ms: float

    @property
    def key(self) -> tuple[str, str]:
        """What names the question in every run."""
        return self.set, self.case.id

    @cached_property
    def shown(self) -> list[str]:
        """The sentences of the reply."""
        return [sentence.text for sentence in self.reply.sentences]

    @cached_property
    def stated(self) -> list[str]:
        """What it states, in the documents' words."""
        return stated(self.reply)

    @cached_property
    def right(self) -> bool:
        """The kind is the expected one, and every fact is shown."""
        return is_right(self.case, self.reply)

    @property
    def found(self) -> list[str]:
        """The sentences that the search found, best first."""
        return [hit.sentence for hit in self.reply.trace.hits] if self.reply.trace else []

    @property
    def ranked(self) -> list[str]:
        """The passages that the search found, each at the place of its best sentence."""
        return list(dict.fromkeys(hit.passage_id for hit in self.reply.trace.hits)) if self.reply.trace else []

    @property
    def confidence(self) -> float:
        """How sure the bot was that the documents answer; lowest where it never looked."""
        return self.reply.trace.relevance if self.reply.trace else 0.0


def is_right(case: Case, reply: Reply) -> bool:
    """Whether a reply is of an expected kind and, where it is the first of them, states every fact."""
    if reply.kind is not case.kind:
        return case.accepts(reply.kind)
    return not case.facts or fact_recall(stated(reply), case.facts) == 1


def stated(reply: Reply) -> list[str]:
    """The documents' sentences that a reply shows; where a chat model worded it, those on which its words rest."""
    if reply.answerer == EXTRACTIVE:
        return [sentence.text for sentence in reply.sentences]
    return [citation.quote for citation in reply.citations]


def relevant(case: Case, passages: Iterable[Passage]) -> list[str]:
    """Ids of the passages that answer a case: those that hold one of its `passages`, or of its facts."""
    marks = case.passages or [fact for any_of in case.facts for fact in any_of]
    return [passage.id for passage in passages if any(states(passage.text, mark) for mark in marks)] if marks else []


def exact_citations(reply: Reply, documents: Mapping[str, Document]) -> int:
    """How many citations quote their document to the character, and hold the sentences that quote them."""
    cited = {n: [s.text for s in reply.sentences if n in s.citations] for n in range(1, len(reply.citations) + 1)}
    return sum(
        (document := documents.get(citation.source_id)) is not None
        and document.text[citation.start : citation.end] == citation.quote
        and (reply.answerer != EXTRACTIVE or all(sentence in citation.quote for sentence in cited[citation.n]))
        for citation in reply.citations
    )
