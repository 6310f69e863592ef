"""A question set through the chain: what was right, and what was missed, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.chain import FaqChain
from bot.reply import Kind, Reply
from bot.understand import Question
from evals.metrics import fact_recall
from evals.questions import Case


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case and the reply it got."""

    case: Case
    reply: Reply

    @property
    def right(self) -> bool:
        """The kind is the expected one, and every fact is shown."""
        if self.reply.kind is not self.case.kind:
            return False
        shown = [sentence.text for sentence in self.reply.sentences]
        return not self.case.facts or fact_recall(shown, self.case.facts) == 1


def run(chain: FaqChain, cases: Iterable[Case]) -> list[Outcome]:
    """Asks every case, in order."""
    return [Outcome(case, chain.invoke(Question(case.q, tuple(case.history)))) for case in cases]


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The numbers of a run: counts, and shares in [0, 1].

    Returns:
        `questions`; `right`; `answered`; `sentences` and `words` of the answers, on average.
    """
    answers = [o.reply for o in outcomes if o.reply.kind is Kind.ANSWER]
    sentences = [sentence.text for reply in answers for sentence in reply.sentences]
    count = max(1, len(answers))
    return {
        "questions": len(outcomes),
        "right": sum(outcome.right for outcome in outcomes) / max(1, len(outcomes)),
        "answered": len(answers) / max(1, len(outcomes)),
        "sentences": len(sentences) / count,
        "words": sum(len(text.split()) for text in sentences) / count,
    }
