"""What the documents have on a question: looked up as a whole, by its parts, and in other readings; and judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from bot.antecedent import earlier_questions
from bot.asking import says_enough
from bot.aspects import of_its_illness
from bot.coverage import Coverage
from bot.cues import matches
from bot.follow_up import FollowUps
from bot.health import names_health
from bot.leaning import is_plain, leans
from bot.look_up import LEAST_SURE_OF_A_GUESS, Finding, LookUp
from bot.reply import Reason
from bot.settings import Settings
from bot.turn import Turn
from bot.understand import Question, Understood, parts, readings, says_it
from index.retrieve import HybridRetriever


class Finder:
    """Finds and judges; `names` are terms that the documents explain, `coverage` knows the index's questions."""

    def __init__(
        self, settings: Settings, retriever: HybridRetriever, names: Collection[str], coverage: Coverage
    ) -> None:
        self.look_up = LookUp(retriever, coverage, settings.min_relevance)
        self.follow_ups = FollowUps(self.look_up, names, settings.clinic.subject)
        self._subject = settings.clinic.subject
        self._names = names
        self._vocabulary = retriever.store.vocabulary

    def find(self, question: Question, understood: Understood, turn: Turn) -> list[Finding]:
        """What was found for each thing asked; the question as a whole, where it asks one thing or no part is answered.

        What answers none of its parts must answer the whole as it stands, with the ground that a guess needs.
        """
        pieces = self.look_up_parts(question, understood, turn)
        if any(piece.answers for piece in pieces):
            return pieces
        tried = self.look_up_readings(question, replace(understood, guessed=bool(pieces) or understood.guessed), turn)
        whole = next(tried)
        others = () if pieces else tried
        if whole.judgement.relevance < LEAST_SURE_OF_A_GUESS and not question.history and leans(understood.text):
            answering = (finding for finding in chain([whole], others) if finding.answers)
            return [max(answering, key=lambda finding: finding.judgement.relevance, default=whole)]
        return [next((finding for finding in chain([whole], others) if finding.answers), whole)]

    def look_up_parts(self, question: Question, understood: Understood, turn: Turn) -> list[Finding]:
        """What was found for each question of one that asks several things; nothing where it asks one."""
        pieces: list[Finding] = []
        for part in parts(understood):
            pieces.append(self._look_up_part(question, part, pieces, turn))
        return pieces

    def look_up_readings(self, question: Question, understood: Understood, turn: Turn) -> Iterator[Finding]:
        """What was found for a question as a whole, then for each other reading of it."""
        yield self.follow_ups.meant(question, understood, turn)
        for reading in readings(question, understood, self._vocabulary, self._subject, self._names):
            yield self.look_up(reading, turn)

    def _look_up_part(self, question: Question, part: Understood, before: Sequence[Finding], turn: Turn) -> Finding:
        """Finds and judges a part of a question; what "it" is in a later one stands in the first.

        In the first "it" may be what all documents are about, and in the later one then too: "can it replace surgery,
        and can it replace emergency care?". Behind one that asks of those what is not told too: "what does it cost, and
        is it approved?". What leans on a name that the documents don't have is of that: "what are suicide genes, and
        why do labs put them into cells?".
        """
        if not before:
            asked = self.follow_ups.meant(question, part, turn)
            may_guess = leans(part.asked) and not asked.answers
            return self._likeliest([asked, *(self._read(question, part, turn) if may_guess else ())])
        first = before[0]
        if standing := _standing(first, part):
            return self.look_up(standing, turn)
        of_unnamed = first.lacks(Reason.UNCOVERED_TERM) and matches("points_back", part.asked)
        of_the_same = first.answers and says_it(first.understood.asked) and says_it(part.asked)
        goes_on = (
            leans(part.asked)
            and not first.lacks(Reason.UNCOVERED_TERM)
            and bool(earlier_questions(question, self._vocabulary))
        )
        may_stand = (goes_on or says_enough(part.asked) or of_the_same) and not of_unnamed
        alone = self.follow_ups.meant(question, replace(part, guessed=of_the_same), turn) if may_stand else None
        if alone and alone.answers:
            return alone
        whole = f"{first.understood.text} {part.asked}"
        together = self.look_up(Understood(whole, whole if first.leaves_an_illness_untold else part.asked), turn)
        return self._likeliest([together, *(self._read(question, part, turn) if first.asks_of_the_subject else ())])

    def _read(self, question: Question, part: Understood, turn: Turn) -> Iterator[Finding]:
        """What was found for a part of a question in the readings of it that are answered."""
        readings = self.look_up_readings(Question(part.asked, question.history), part, turn)
        return (reading for reading in readings if reading.answers)

    @staticmethod
    def _likeliest(found: Sequence[Finding]) -> Finding:
        return max(found, key=lambda finding: finding.judgement.relevance)


def _standing(first: Finding, part: Understood) -> Understood | None:
    """What a later part of a question is looked up as, where it says no "it" or what it asks of an illness; else None.

    What asks for treatments, a few plain words and what asks what is known are of what the first asks, where that is
    not told or a disease: "what causes hiccups, and what treatments are there?", "…, what have the studies found?".
    """
    whole = f"{first.understood.text} {part.asked}"
    of_untold = not first.answers and not first.asks_of_the_subject
    of_some_illness = matches("asks_of_some_illness", part.asked)
    if of_some_illness and (of_untold or first.leaves_an_illness_untold):
        named = of_its_illness(first.understood.asked, part.asked)
        return Understood(named or whole, named or whole, guessed=named is None)
    if leans(part.asked):
        return None
    says_little = of_some_illness or is_plain(part.asked) or matches("asks_what_is_known", part.asked)
    of_first = of_untold or (first.answers and names_health(first.understood.asked))
    return Understood(whole, whole, guessed=of_untold) if of_first and says_little else part
