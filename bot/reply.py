"""What every face gets: a Reply. One without the disclaimer can't be built, nor an answer without citations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, computed_field, model_validator

from bot.trace import Trace
from corpus.document import Passage, Tier

EXTRACTIVE = "extractive"
"""The answerer that quotes and needs no language model."""

_Text = Annotated[str, StringConstraints(pattern=r"\S")]  # as it is, never stripped: quotations are exact


class Kind(StrEnum):
    """What sort of reply it is."""

    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    EMERGENCY = "emergency"
    CRISIS = "crisis"
    BOUNDARY = "boundary"
    REFUSAL = "refusal"
    SMALLTALK = "smalltalk"
    LANGUAGE = "language"


DANGER = frozenset({Kind.CRISIS, Kind.EMERGENCY})
"""The kinds of a message whose writer, or whom it is about, is in danger."""


class Reason(StrEnum):
    """Why a reply is of its kind, for staff and evaluation; what it is about stands behind a colon."""

    RELEVANT = "relevant"
    LOW_RELEVANCE = "low_relevance"
    NO_QUESTION = "no_question"
    UNVERIFIED = "unverified"
    MATCHED = "matched"
    UNSCREENED = "unscreened"
    UNCOVERED_TERM = "uncovered_term"
    WRONG_ASPECT = "wrong_aspect"
    UNCOVERED_QUESTION = "uncovered_question"
    UNCOVERED_PART = "uncovered_part"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(_Frozen):
    """Where a quotation stands: `document.text[start:end] == quote`, exactly."""

    n: int = Field(ge=1)
    source_id: str
    title: str
    tier: Tier
    section: str
    quote: _Text
    passage_id: str
    start: int = Field(ge=0)
    end: int
    link: str
    coverage: str

    @classmethod
    def of(cls, n: int, passage: Passage, start: int, end: int) -> Self:
        """The citation of a span of a document, counted in its text, that a passage holds."""
        return cls(
            n=n,
            source_id=passage.source_id,
            title=passage.title,
            tier=passage.tier,
            section=" › ".join(passage.section),
            quote=passage.text[start - passage.start : end - passage.start],
            passage_id=passage.id,
            start=start,
            end=end,
            link=passage.link,
            coverage=passage.coverage,
        )

    @model_validator(mode="after")
    def _spans_its_quote(self) -> Self:
        if self.end - self.start != len(self.quote):
            raise ValueError(f"citation {self.n}: the quote is not as long as its span")
        return self


class ReplySentence(_Frozen):
    """A sentence as shown, with the numbers of its citations."""

    text: _Text
    citations: tuple[int, ...] = ()


class Caution(_Frozen):
    """What a regulator says on the topic, with its citation."""

    text: _Text
    citation: Citation


class Term(_Frozen):
    """A word of the answer that the corpus defines."""

    term: _Text
    definition: _Text
    citation: Citation


TIER_NAMES = {
    Tier.ARTICLE: "the clinic's article",
    Tier.CITED: "our notes on a source that the article cites",
    Tier.REGULATOR: "our notes on a government source",
    Tier.STUDY: "our notes on a study",
}
"""What a reader is told of who speaks."""


def _source_line(citation: Citation) -> str:
    place = ", ".join(filter(None, (citation.title, citation.section, TIER_NAMES[citation.tier])))
    if citation.tier is Tier.ARTICLE:
        return f"[{citation.n}] {place}"
    return f"[{citation.n}] {place}; read of it: {citation.coverage} {citation.link}"


class Reply(_Frozen):
    """A finished reply."""

    reply_id: str = Field(default_factory=lambda: uuid4().hex)
    kind: Kind
    question: str
    understood_as: str
    sentences: tuple[ReplySentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    notice: _Text | None = None
    cautions: tuple[Caution, ...] = ()
    disclaimer: _Text
    suggestions: tuple[str, ...] = Field(default=(), max_length=3)
    terms: tuple[Term, ...] = ()
    reasons: tuple[str, ...] = ()
    answerer: str = EXTRACTIVE
    trace: Trace | None = None

    @model_validator(mode="before")
    @classmethod
    def _computes_its_text(cls, data: Any) -> Any:
        """JSON of a Reply holds `text`, which is computed anew from the rest."""
        return {k: v for k, v in data.items() if k != "text"} if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        numbers = [citation.n for citation in self.citations]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("citations must be numbered from 1 in order")
        if self.kind is Kind.ANSWER and not self.sentences:
            raise ValueError("an answer needs at least one sentence")
        if self.sentences and self.kind not in {Kind.ANSWER, Kind.BOUNDARY}:
            raise ValueError(f"a reply of kind {self.kind} shows no sentences")
        if self.kind is not Kind.ANSWER and self.notice is None:
            raise ValueError(f"a reply of kind {self.kind} needs its notice")
        for sentence in self.sentences:
            if not sentence.citations or not set(sentence.citations) <= set(numbers):
                raise ValueError(f"a sentence without a citation of this reply: {sentence.text[:60]}")
        unknown = [reason for reason in self.reasons if reason.split(":")[0] not in set(Reason)]
        if unknown:
            raise ValueError(f"unknown reason codes: {', '.join(unknown)}")
        return self

    def warns(self, sentence: ReplySentence) -> bool:
        """Whether a sentence of the answer is itself one of the cautions."""
        return any(caution.text == sentence.text for caution in self.cautions)

    @property
    def cautions_beside(self) -> list[Caution]:
        """The cautions whose words don't stand in the answer already."""
        said = {sentence.text for sentence in self.sentences}
        return [caution for caution in self.cautions if caution.text not in said]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """All of it as plain text, in reading order, with [n] marks; the disclaimer last."""
        answer = " ".join(
            f"{'Caution: ' * self.warns(s)}{s.text} {''.join(f'[{n}]' for n in s.citations)}" for s in self.sentences
        )
        cautions = [f"Caution: {caution.text} ({caution.citation.title})" for caution in self.cautions_beside]
        terms = [f"{term.term}: {term.definition}" for term in self.terms]
        sources = [_source_line(citation) for citation in self.citations]
        parts = (self.notice, answer, *cautions, *terms, "\n".join(sources), self.disclaimer)
        return "\n\n".join(part for part in parts if part)
