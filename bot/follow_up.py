"""A message in its conversation: which earlier ones it is about, and what was found for it with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.answerable import NAMED_LETTERS, is_unnamed
from bot.antecedent import ALONE, Asked, Back, Earlier, Seen, contexts, earlier_questions, read
from bot.asking import POINTS_BACK, asking_sentences, asks
from bot.aspects import INSURANCE, missing_aspect, without_aspects
from bot.body import names_a_part
from bot.extract import extract
from bot.health import is_health_term
from bot.leaning import leans
from bot.look_up import Finding, LookUp
from bot.reply import Reason
from bot.turn import Turn
from bot.understand import Question, Understood, says_the_treatment
from index.lexical import is_content, terms, words


class Joined(NamedTuple):
    """A follow-up by itself, and what was found for it alone and together with each choice of the earlier questions."""

    asked: Asked
    found: dict[Back, tuple[Finding, Seen]]


class FollowUps:
    """Finds what messages are about; `names` are terms that the documents explain, `subject` what all are about."""

    def __init__(self, look_up: LookUp, names: Collection[str], subject: str) -> None:
        self._look_up = look_up
        self._names = re.compile(rf"\b(?:{'|'.join(map(re.escape, names)) or '(?!)'})\b", re.IGNORECASE)
        self._subject = frozenset(terms(subject)[:-1] or terms(subject))  # not every therapy is one of stem cells
        self._vocabulary = look_up.store.vocabulary
        self._stems = frozenset(stem for word in self._vocabulary for stem in terms(word))

    def meant(self, question: Question, understood: Understood, turn: Turn) -> Finding:
        """What was found for a question, or a part of one, together with the earlier ones that it is read with.

        Trees have learned which those are and whether that answers it; it has their probability as its relevance. What
        is about something that the documents don't have is not answered, though its words are: "is it approved?" behind
        "what is metformin?".

        Args:
            question: As typed, with the earlier ones.
            understood: It, or the part, by itself.
            turn: Embeds.
        """
        asked, found = self.joined(question, understood, turn)
        if len(found) == 1:
            return found[ALONE][0]
        meant = read(asked, {back: seen for back, (_, seen) in found.items()})
        finding, seen = found[meant.back]
        relevance = meant.relevance if seen.may_answer else min(meant.relevance, finding.judgement.relevance)
        if relevance >= self._look_up.least(understood):
            return finding.answered(relevance)
        for finding_of, seen_of in (found[meant.back], found[1,]):
            if seen_of.is_of_unnamed:
                earlier = finding_of.understood.text.removesuffix(understood.text)
                unnamed = (f"{Reason.UNCOVERED_TERM}:{name}" for name in self._unnamed(earlier))
                return finding_of.refused(relevance, *unnamed)
        return finding.refused(relevance, *finding.why_not)

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

    def joined(self, question: Question, understood: Understood, turn: Turn) -> Joined:
        """What a question is by itself, and what was found for each of its readings; see `meant`."""
        earlier = earlier_questions(question, self._vocabulary)
        found = {}
        for back, before in contexts(earlier).items():
            text = " ".join((*before, understood.text))
            finding = self._look_up(replace(understood, text=text), turn)
            found[back] = finding, self._seen(finding, before, turn)
        return Joined(self._asked(understood.asked, len(earlier)), found)

    def _asked(self, text: str, behind: int) -> Asked:
        the_subject = not self._subject.isdisjoint(terms(text)) or says_the_treatment(text)
        return Asked(text, self._names_its_own(text), the_subject, behind)

    def _seen(self, finding: Finding, earlier: Sequence[str], turn: Turn) -> Seen:
        judged, text = finding.judgement, finding.understood.text
        return Seen(
            evidence=judged.evidence,
            relevance=judged.relevance,
            may_answer=not (finding.lacks(Reason.UNCOVERED_TERM) or finding.lacks(Reason.WRONG_ASPECT)),
            expected=max((hit.expected for hit in finding.hits[:1]), default=0.0),
            together=self._look_up.covered(text, turn),
            told=frozenset((quote.passage.id, quote.position) for quote in extract(text, finding.hits)),
            earlier=self._earlier(finding.understood.asked, earlier, turn) if earlier else Earlier(),
        )

    def _earlier(self, asked: str, texts: Sequence[str], turn: Turn) -> Earlier:
        text = " ".join(texts)
        said = {word for word in words(text) if is_content(word)}
        own = {*terms(asked)}
        return Earlier(
            covered=self._look_up.covered(text, turn),
            another=self._look_up.of_another(text, turn),
            unnamed=len(self._unnamed(text)) / max(1, len(said)),
            illnesses=sum(map(is_health_term, said)),
            asks_an_aspect=missing_aspect(text, ()) is not None,
            beside=sum(map(is_content, words(without_aspects(text)))),
            repeated=len(own & {*terms(text)}) / max(1, len(own)),
            asks=any(map(asks, texts)),
            its_own=any(map(self._names_its_own, texts)),
            leans=all(map(leans, texts)),
        )
