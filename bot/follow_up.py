"""A message in its conversation: which earlier ones it is about, and what was found for it with them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from bot.answerable import NAMED_LETTERS, is_unnamed
from bot.antecedent import ALONE, Asked, Back, Seen, contexts, may_be_answered, ranked
from bot.asking import POINTS_BACK, asking_sentences
from bot.aspects import INSURANCE, missing_aspect, without_aspects
from bot.body import names_a_part
from bot.health import is_health_term
from bot.look_up import Finding, LookUp
from bot.reply import Reason
from bot.turn import Turn
from bot.understand import Question, Understood, says_the_treatment
from index.lexical import is_content, terms, words


class FollowUps:
    """Finds what messages are about; `names` are terms that the documents explain, `subject` what all are about."""

    def __init__(self, look_up: LookUp, names: Collection[str], subject: str) -> None:
        self._look_up = look_up
        self._names = re.compile(rf"\b(?:{'|'.join(map(re.escape, names)) or '(?!)'})\b", re.IGNORECASE)
        self._subject = frozenset(terms(subject)[:-1] or terms(subject))  # not every therapy is one of stem cells
        self._vocabulary = look_up.store.vocabulary
        self._stems = frozenset(stem for word in self._vocabulary for stem in terms(word))

    def meant(self, question: Question, understood: Understood, turn: Turn) -> Finding:
        """What was found for a question, or a part of one, together with those of the earlier ones that it is about.

        It is the likeliest reading that is answered, of those that may be (`may_be_answered`). What is about something
        that the documents don't have is not answered, though its words are: "is it approved?" behind "what is
        metformin?".

        Args:
            question: As typed, with the earlier ones.
            understood: It, or the part, by itself.
            turn: Embeds.
        """
        found = self.joined(question, understood, turn)
        if len(found) == 1:
            return found[ALONE][0]
        readings = ranked(self.asked(understood), {back: seen for back, (_, seen) in found.items()})
        answering = (found[back][0] for back in may_be_answered(readings) if found[back][0].answers)
        likeliest = next(iter(readings))
        earlier = contexts(question, self._vocabulary)[likeliest]
        finding, seen = found[likeliest]
        unnamed = self._unnamed(earlier) if seen.is_of_unnamed else ()
        reasons = [f"{Reason.UNCOVERED_TERM}:{name}" for name in unnamed] or [*finding.why_not]
        return next(answering, None) or finding.refused(readings[likeliest].relevance, *reasons)

    def asked(self, understood: Understood) -> Asked:
        """A follow-up by itself, with what it names."""
        text = understood.asked
        the_subject = not self._subject.isdisjoint(terms(text)) or says_the_treatment(text)
        return Asked(text, self._names_its_own(text), the_subject)

    def _names_its_own(self, asked: str) -> bool:
        """Whether a follow-up names what the documents explain, an illness, a drug or a part of the body.

        Not where it points to something before that: "is it better than SVF?".
        """
        pointing = POINTS_BACK.search(asked)
        before = asked[: pointing.start()] if pointing else asked
        is_health = any(is_health_term(word) for word in words(before) if word in self._vocabulary)
        return is_health or names_a_part(before) or bool(self._names.search(before))

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
        alone = Seen(
            evidence=finding.judgement.evidence,
            expected=max((hit.expected for hit in finding.hits[:1]), default=0.0),
            together=self._look_up.covered(finding.understood.text, turn),
        )
        if not earlier:
            return alone
        said = {word for word in words(earlier) if is_content(word)}
        own = {*terms(finding.understood.asked)}
        return alone._replace(
            before=self._look_up.covered(earlier, turn),
            another=self._look_up.of_another(earlier, turn),
            unnamed=len(self._unnamed(earlier)) / max(1, len(said)),
            illnesses=sum(map(is_health_term, said)),
            asks_an_aspect=missing_aspect(earlier, ()) is not None,
            beside=sum(map(is_content, words(without_aspects(earlier)))),
            repeated=len(own & {*terms(earlier)}) / max(1, len(own)),
        )
