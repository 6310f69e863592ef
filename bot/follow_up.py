"""A message in its conversation: which earlier ones it is about, and what was found for it with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.answerable import NAMED_LETTERS, is_unnamed
from bot.antecedent import ALONE, MARGIN, Back, Seen, contexts, ranked
from bot.asking import POINTS_BACK, asking_sentences
from bot.aspects import INSURANCE, missing_aspect
from bot.body import names_a_part
from bot.health import is_health_term
from bot.leaning import names_nothing
from bot.look_up import Finding, LookUp
from bot.reply import Reason
from bot.turn import Turn
from bot.understand import Question, Understood
from index.lexical import is_content, terms, words


class FollowUps:
    """Finds what messages are about; `names` are terms that the documents explain, lower case."""

    def __init__(self, look_up: LookUp, names: Collection[str]) -> None:
        self._look_up = look_up
        self._names = names
        self._vocabulary = look_up.store.vocabulary
        self._stems = frozenset(stem for word in self._vocabulary for stem in terms(word))

    def meant(self, question: Question, understood: Understood, turn: Turn) -> Finding:
        """What was found for a question, or a part of one, together with those of the earlier ones that it is about.

        It is the likeliest reading, or one nearly as likely that is answered; a few words that make no sentence are not
        read alone ("how many people"). What is about something that the documents don't have is not answered, though
        its words are: "is it approved?" behind "what is metformin?".

        Args:
            question: As typed, with the earlier ones.
            understood: It, or the part, by itself.
            turn: Embeds.
        """
        found = self.joined(question, understood, turn)
        if len(found) == 1:
            return found[ALONE][0]
        readings = ranked(understood.asked, {back: seen for back, (_, seen) in found.items()})
        if names_nothing(understood.asked):
            del readings[ALONE]
        highest = max(readings.values())
        likeliest, seen = found[next(iter(readings))]
        if seen.is_of_unnamed and self._names_its_own(understood.asked):
            return found[ALONE][0]
        if seen.is_of_unnamed:
            names = self._unnamed(likeliest.understood.text.removesuffix(understood.text))
            return likeliest.refused(*(f"{Reason.UNCOVERED_TERM}:{name}" for name in names))
        may_be_meant = (found[back] for back, likelihood in readings.items() if likelihood >= highest - MARGIN)
        answering = (finding for finding, seen in may_be_meant if finding.answers and not seen.is_of_unnamed)
        return next(answering, likeliest)

    def _names_its_own(self, asked: str) -> bool:
        """Whether a follow-up names what the documents explain, an illness, a drug or a part of the body.

        Not where it points to something before: "is it better than SVF?".
        """
        named = (word for word in words(asked) if word in self._vocabulary)
        is_own = names_a_part(asked) or any(word in self._names or is_health_term(word) for word in named)
        return is_own and not POINTS_BACK.search(asked)

    def _unnamed(self, earlier: str) -> list[str]:
        """The names and terms in what was asked before that the documents don't have, illnesses and drugs first.

        Of what is only told there or asks for insurance, illnesses, drugs and treatments: neither a patient's name nor
        an insurer's is one.
        """
        asking = {*words(asking_sentences(earlier))} if missing_aspect(earlier, ()) != INSURANCE else set()
        unnamed = (word for word in dict.fromkeys(words(earlier)) if is_content(word) and is_unnamed(word, self._stems))
        named = (word for word in unnamed if is_health_term(word) or (word in asking and len(word) >= NAMED_LETTERS))
        return sorted(named, key=lambda word: not is_health_term(word))

    def joined(self, question: Question, understood: Understood, turn: Turn) -> dict[Back, tuple[Finding, Seen]]:
        """What was found for a question alone, and together with each choice of the earlier ones; see `meant`."""
        found = {}
        for back, earlier in contexts(question, self._vocabulary).items():
            finding = self._look_up(replace(understood, text=f"{earlier} {understood.text}".lstrip()), turn)
            found[back] = finding, self._seen(finding, earlier, turn)
        return found

    def _seen(self, finding: Finding, earlier: str, turn: Turn) -> Seen:
        expected = max((hit.expected for hit in finding.hits[:1]), default=0.0)
        together = self._look_up.covered(finding.understood.text, turn)
        if not earlier:
            return Seen(finding.judgement.evidence, expected, together)
        said = {word for word in words(earlier) if is_content(word)}
        own = {*terms(finding.understood.asked)}
        return Seen(
            finding.judgement.evidence,
            expected,
            together,
            self._look_up.covered(earlier, turn),
            len(self._unnamed(earlier)) / max(1, len(said)),
            len(own & {*terms(earlier)}) / max(1, len(own)),
        )
