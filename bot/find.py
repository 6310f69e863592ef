"""What the documents have on a question: looked up as a whole, by its parts, and in other readings; and judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.answerable import NAMED_LETTERS, Judgement, is_unnamed, judge
from bot.antecedent import ALONE, LEAST_MEANT, Back, Seen, contexts, ranked
from bot.asking import POINTS_BACK, asking_sentences, says_enough
from bot.aspects import INSURANCE, asks_an_aspect_of_an_illness, is_of_an_illness, missing_aspect, of_its_illness
from bot.body import fitting
from bot.coverage import Coverage
from bot.cues import matches
from bot.health import is_health_term, names_health
from bot.leaning import is_plain, leans
from bot.reply import Reason
from bot.settings import Settings
from bot.turn import Turn
from bot.understand import Question, Understood, parts, readings, says_it
from index.lexical import is_content, terms, words
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

    def refused(self, *reasons: str) -> Finding:
        """It as one that is not answered, for these reasons."""
        return replace(self, judgement=replace(self.judgement, answers=False, reasons=reasons))

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
        self._stems = frozenset(stem for word in retriever.store.vocabulary for stem in terms(word))

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

    def meant(self, question: Question, understood: Understood, turn: Turn) -> Finding:
        """What was found for a question, or a part of one, together with those of the earlier ones that it is about.

        It is the likeliest reading that is answered, or the likeliest. What is about something that the documents don't
        have is not answered, though its words are: "is it approved?" behind "what is metformin?".

        Args:
            question: As typed, with the earlier ones.
            understood: It, or the part, by itself.
            turn: Embeds.
        """
        found = self.look_up_joined(question, understood, turn)
        if len(found) == 1:
            return found[ALONE][0]
        readings = ranked(understood.asked, {back: seen for back, (_, seen) in found.items()})
        likeliest, seen = found[next(iter(readings))]
        if seen.is_of_unnamed and self._names_its_own(understood.asked):
            return found[ALONE][0]
        if seen.is_of_unnamed:
            names = self._unnamed(likeliest.understood.text.removesuffix(understood.text))
            return likeliest.refused(*(f"{Reason.UNCOVERED_TERM}:{name}" for name in names))
        may_be_meant = (found[back] for back, likelihood in readings.items() if likelihood >= LEAST_MEANT)
        answering = (finding for finding, seen in may_be_meant if finding.answers and not seen.is_of_unnamed)
        return next(answering, likeliest.refused(Reason.LOW_RELEVANCE) if likeliest.answers else likeliest)

    def _names_its_own(self, asked: str) -> bool:
        """Whether a follow-up names what the documents explain, or an illness or drug, and points to nothing before."""
        named = (word for word in words(asked) if word in self._retriever.store.vocabulary)
        return not POINTS_BACK.search(asked) and any(word in self._names or is_health_term(word) for word in named)

    def _unnamed(self, earlier: str) -> list[str]:
        """The names and terms in what was asked before that the documents don't have, illnesses and drugs first.

        Of what is only told there or asks for insurance, illnesses, drugs and treatments: neither a patient's name nor
        an insurer's is one.
        """
        asking = {*words(asking_sentences(earlier))} if missing_aspect(earlier, ()) != INSURANCE else set()
        unnamed = (word for word in dict.fromkeys(words(earlier)) if is_content(word) and is_unnamed(word, self._stems))
        named = (word for word in unnamed if is_health_term(word) or (word in asking and len(word) >= NAMED_LETTERS))
        return sorted(named, key=lambda word: not is_health_term(word))

    def look_up_joined(
        self, question: Question, understood: Understood, turn: Turn
    ) -> dict[Back, tuple[Finding, Seen]]:
        """What was found for a question alone, and together with each choice of the earlier ones; see `meant`."""
        found = {}
        for back, earlier in contexts(question, self._retriever.store.vocabulary).items():
            finding = self.look_up(replace(understood, text=f"{earlier} {understood.text}".lstrip()), turn)
            found[back] = finding, self._seen(finding, earlier, turn)
        return found

    def _seen(self, finding: Finding, earlier: str, turn: Turn) -> Seen:
        covered = self._coverage.log_odds
        expected = max((hit.expected for hit in finding.hits[:1]), default=0.0)
        together = covered(turn.encoded(finding.understood.text).vector)
        if not earlier:
            return Seen(finding.judgement.evidence, expected, together)
        said = {word for word in words(earlier) if is_content(word)}
        own = {*terms(finding.understood.asked)}
        return Seen(
            finding.judgement.evidence,
            expected,
            together,
            covered(turn.encoded(earlier).vector),
            len(self._unnamed(earlier)) / max(1, len(said)),
            len(own & {*terms(earlier)}) / max(1, len(own)),
        )

    def look_up_parts(self, question: Question, understood: Understood, turn: Turn) -> list[Finding]:
        """What was found for each question of one that asks several things; nothing where it asks one."""
        pieces: list[Finding] = []
        for part in parts(understood):
            pieces.append(self._look_up_part(question, part, pieces, turn))
        return pieces

    def look_up_readings(self, question: Question, understood: Understood, turn: Turn) -> Iterator[Finding]:
        """What was found for a question as a whole, then for each other reading of it."""
        yield self.meant(question, understood, turn)
        vocabulary, about = self._retriever.store.vocabulary, self._settings.clinic.subject
        for reading in readings(question, understood, vocabulary, about, self._names):
            yield self.look_up(reading, turn)

    def look_up(self, understood: Understood, turn: Turn) -> Finding:
        """Finds and judges one question."""
        return turn.once(understood, lambda: self._look_up(understood, turn))

    def _look_up(self, understood: Understood, turn: Turn) -> Finding:
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
            asked = self.meant(question, part, turn)
            may_guess = leans(part.asked) and not asked.answers
            return self._likeliest([asked, *(self._read(question, part, turn) if may_guess else ())])
        first = before[0]
        if standing := _standing(first, part):
            return self.look_up(standing, turn)
        of_unnamed = first.lacks(Reason.UNCOVERED_TERM) and matches("points_back", part.asked)
        of_the_same = first.answers and says_it(first.understood.asked) and says_it(part.asked)
        follows = len(contexts(question, self._retriever.store.vocabulary)) > 1
        goes_on = follows and leans(part.asked) and not first.lacks(Reason.UNCOVERED_TERM)
        may_stand = (goes_on or says_enough(part.asked) or of_the_same) and not of_unnamed
        alone = self.meant(question, replace(part, guessed=of_the_same), turn) if may_stand else None
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
