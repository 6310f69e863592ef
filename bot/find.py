"""What the documents have on a question: looked up as a whole, by its parts, and in other readings; and judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.answerable import Judgement, judge
from bot.asking import says_enough
from bot.aspects import asks_an_aspect_of_an_illness, is_of_an_illness, of_its_illness
from bot.body import fitting
from bot.coverage import Coverage
from bot.cues import matches
from bot.health import names_health
from bot.leaning import is_plain, leans
from bot.reply import Reason
from bot.settings import Settings
from bot.turn import Turn
from bot.understand import Question, Understood, parts, readings, says_it, with_the_one_before
from index.retrieve import Hit, HybridRetriever

KNOWN = 0.9
"""Cosine of the best hit's expected question from which a question and the one before it, as one text, are that. See
docs/answerable.md."""

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


class Finder:
    """Finds and judges; `names` are terms that the documents explain, `coverage` knows the index's questions."""

    def __init__(
        self, settings: Settings, retriever: HybridRetriever, names: Collection[str], coverage: Coverage
    ) -> None:
        self._settings = settings
        self._retriever = retriever
        self._names = names
        self._coverage = coverage

    def find(self, question: Question, understood: Understood, turn: Turn) -> list[Finding]:
        """What was found for each thing asked; the question as a whole, where it asks one thing or no part is answered.

        What answers none of its parts must answer the whole as it stands, with the ground that a guess needs.
        """
        pieces = self.look_up_parts(question, understood, turn)
        if any(piece.answers for piece in pieces):
            return pieces
        if known := self._known_together(question, understood, turn):
            return [known]
        tried = self.look_up_readings(question, replace(understood, guessed=bool(pieces) or understood.guessed), turn)
        whole = next(tried)
        others = () if pieces else tried
        unsure = whole.judgement.relevance < LEAST_SURE_OF_A_GUESS
        of_anything = len(question.history) != 1  # "is it proven" asked first; "who makes it" behind two questions
        if unsure and of_anything and leans(understood.asked if question.history else understood.text):
            answering = (finding for finding in chain([whole], others) if finding.answers)
            return [max(answering, key=lambda finding: finding.judgement.relevance, default=whole)]
        seen: list[Finding] = []
        for finding in chain([whole], others):
            if finding.answers:
                return [finding]
            seen.append(finding)
        return [_most_telling(seen)]

    def _known_together(self, question: Question, understood: Understood, turn: Turn) -> Finding | None:
        """What was found for a few words together with the question before, where both are a known question.

        "Side effects?" can stand alone; behind "what is Ryoncil?" it is of that.
        """
        together = with_the_one_before(question, understood, self._retriever.store.vocabulary)
        if together is None or says_enough(understood.asked):
            return None
        found = self.look_up(together, turn)
        return found if found.answers and found.hits[0].expected >= KNOWN else None

    def look_up_parts(self, question: Question, understood: Understood, turn: Turn) -> list[Finding]:
        """What was found for each question of one that asks several things; nothing where it asks one."""
        pieces: list[Finding] = []
        for part in parts(understood):
            pieces.append(self._look_up_part(question, part, pieces, turn))
        return pieces

    def look_up_readings(self, question: Question, understood: Understood, turn: Turn) -> Iterator[Finding]:
        """What was found for a question as a whole, then for each other reading of it."""
        yield self.look_up(understood, turn)
        vocabulary, about = self._retriever.store.vocabulary, self._settings.clinic.subject
        for reading in readings(question, understood, vocabulary, about, self._names):
            yield self.look_up(reading, turn)

    def look_up(self, understood: Understood, turn: Turn) -> Finding:
        """Finds and judges one question."""
        store = self._retriever.store
        encoded = turn.encoded(understood.text)
        found = fitting(understood.text, self._retriever.search(understood.text, vector=encoded.vector))
        turn.lap("retrieve")
        asked = encoded if understood.asked == understood.text else turn.encoded(understood.asked)
        covered = self._coverage.log_odds(asked.vector)
        least = max(self._settings.min_relevance, LEAST_SURE_OF_A_GUESS if understood.guessed else 0.0)
        judgement = judge(asked, understood.asked, found, covered, store, least)
        turn.lap("answerable")
        return Finding(understood, found.hits, judgement)

    def _look_up_part(self, question: Question, part: Understood, before: Sequence[Finding], turn: Turn) -> Finding:
        """Finds and judges a part of a question; what "it" is in a later one stands in the first.

        In the first "it" may be what all documents are about, and in the later one then too: "can it replace surgery,
        and can it replace emergency care?". Behind one that asks of those what is not told too: "what does it cost, and
        is it approved?". What leans on a name that the documents don't have is of that: "what are suicide genes, and
        why do labs put them into cells?".
        """
        if not before:
            asked = self.look_up(part, turn)
            may_guess = leans(part.asked) and not asked.answers
            return self._likeliest([asked, *(self._read(question, part, turn) if may_guess else ())])
        first = before[0]
        if standing := _standing(first, part):
            return self.look_up(standing, turn)
        of_unnamed = first.lacks(Reason.UNCOVERED_TERM) and matches("points_back", part.asked)
        of_the_same = first.answers and says_it(first.understood.asked) and says_it(part.asked)
        may_stand = part.text != part.asked or ((says_enough(part.asked) or of_the_same) and not of_unnamed)
        alone = self.look_up(replace(part, guessed=of_the_same), turn) if may_stand else None
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


def _most_telling(unanswered: Sequence[Finding]) -> Finding:
    """The reading that says best why there is no answer: the first, unless one with the question before is known."""
    whole = unanswered[0]
    known = (
        found for found in unanswered[1:] if not found.understood.guessed and found.lacks(Reason.UNCOVERED_QUESTION)
    )
    says_more = whole.lacks(Reason.UNCOVERED_TERM) or whole.lacks(Reason.WRONG_ASPECT)
    return whole if says_more else next(known, whole)
