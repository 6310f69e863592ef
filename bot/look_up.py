"""One question looked up and judged: what the documents have on it, and whether that answers it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.answerable import Judgement, judge
from bot.aspects import asks_an_aspect_of_an_illness, is_of_an_illness
from bot.body import fitting
from bot.coverage import Coverage
from bot.health import names_health
from bot.reply import Reason
from bot.turn import Turn
from bot.understand import Understood
from index.retrieve import Hit, HybridRetriever

LEAST_SURE_OF_A_GUESS = 0.8
"""Relevance from which a question is answered in a reading that puts something in, or more where the settings ask for
it. "Does it hurt" has 0.67 read as one about the therapy, and would get the pain that trials measured; "is this safe"
has 1.00."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A question with what was found for it, and whether that answers it."""

    understood: Understood
    hits: list[Hit]
    judgement: Judgement

    @property
    def answers(self) -> bool:
        return self.judgement.answers

    @property
    def why_not(self) -> tuple[str, ...]:
        """The reasons for which it is not answered, or would not be if others spoke against it."""
        return (Reason.LOW_RELEVANCE,) if self.answers else self.judgement.reasons

    def answered(self, relevance: float) -> Finding:
        """It as one that is answered, with so much relevance."""
        judged = replace(self.judgement, answers=True, relevance=relevance, reasons=(Reason.RELEVANT,))
        return replace(self, judgement=judged)

    def refused(self, relevance: float, *reasons: str) -> Finding:
        """It as one that is not answered, for these reasons, with so much relevance."""
        return replace(self, judgement=replace(self.judgement, answers=False, relevance=relevance, reasons=reasons))

    def lacks(self, reason: Reason) -> bool:
        """Whether it is not answered for a reason, whatever that is about."""
        return any(code.partition(":")[0] == reason for code in self.judgement.reasons)

    @property
    def asks_of_the_subject(self) -> bool:
        """Whether all that is missing is what may be asked of the documents' subject: a price, a duration."""
        named = (code.partition(":") for code in self.judgement.reasons)
        untold = any(code == Reason.WRONG_ASPECT and not is_of_an_illness(name) for code, _, name in named)
        return untold and not self.lacks(Reason.UNCOVERED_TERM)

    @property
    def leaves_an_illness_untold(self) -> bool:
        """Whether it is not answered, and asked of an illness."""
        asked = self.understood.asked
        return not self.answers and (names_health(asked) or asks_an_aspect_of_an_illness(asked))


class LookUp:
    """Looks up and judges, each reading of a question once a turn.

    Args:
        retriever: Over the index.
        coverage: Knows the index's questions.
        min_relevance: Probability below which nothing is answered.
    """

    def __init__(self, retriever: HybridRetriever, coverage: Coverage, min_relevance: float) -> None:
        self.store = retriever.store
        self._retriever = retriever
        self._coverage = coverage
        self._min_relevance = min_relevance

    def __call__(self, understood: Understood, turn: Turn) -> Finding:
        return turn.once(understood, lambda: self._look_up(understood, turn))

    def least(self, understood: Understood) -> float:
        """The relevance from which a question is answered."""
        return max(self._min_relevance, LEAST_SURE_OF_A_GUESS if understood.guessed else 0.0)

    def covered(self, text: str, turn: Turn) -> float:
        """How like an answered question a text is, as `Coverage.log_odds`."""
        return self._coverage.log_odds(turn.encoded(text).vector)

    def of_another(self, text: str, turn: Turn) -> float:
        """How like questions about another subject a text is, as `Coverage.of_another`."""
        return self._coverage.of_another(turn.encoded(text).vector)

    def _look_up(self, understood: Understood, turn: Turn) -> Finding:
        encoded = turn.encoded(understood.text)
        found = fitting(understood.text, self._retriever.search(understood.text, vector=encoded.vector))
        turn.lap("retrieve")
        covered = self.covered(understood.asked, turn)
        least = self.least(understood)
        judgement = judge(turn.encoded(understood.asked), understood.asked, found, covered, self.store, least)
        turn.lap("answerable")
        return Finding(understood, found.hits, judgement)
