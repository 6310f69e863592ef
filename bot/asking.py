"""What of a text is asked: the asking sentences out of a story, and each question of several."""

from __future__ import annotations

import re

from bot.health import names_health
from corpus.split import split_sentences

POINTS_BACK = re.compile(
    r"\b(it|its|they|them|em|their|those|these|each one|the two|the others?"
    r"|(that|this) (one|study|trial|review|treatment|therapy|rule|notice|product)"
    r"|(some|any)(one|body|thing) else('?s)?)\b"
    r"|^(is|was|are|were|does|did|do|has|have|had|can|could|will|would) (that|this|these|those|he|she)\b",
    re.IGNORECASE,
)
"""What names a thing that was said before."""

_POINTS_TO_STORY = re.compile(POINTS_BACK.pattern + r"|\b(that|this|do so|so)\b", re.IGNORECASE)
OF_ANYBODY = re.compile(
    r"\b(?:what|how|when|where) (?:do|did|can|could|would) (?:you|we|people|doctors)\b"
    r"|\byour (?=(?:articles?|documents?|sources?|notes?|web ?site|page|pamphlet)\b)",
    re.IGNORECASE,
)
"""Names nobody, though it sounds so: "how do you get the cells", "your article"."""
_STANDING_WORDS = 8
_STORY_WORDS = 20
_ASKS = (
    r"(?:(?:what|who|how|when|where|why)(?:['’]?s)?|whose|which|is|are|was|were|am|do|does|did|can|could|will|would"
    r"|has|have|had|should|any(?:body|one|thing)?)\b"
)
_TELL = r"(?:explain|describe|define)"
"""What is asked for without a question word: "define autologous, then define homologous use"."""
_BEFORE = r"(?:for|in|at|on|to|from|with|by|about|of)"
"""Prepositions before a question word: "for how long"."""
_ASKING = re.compile(rf"\?\W*$|^\W*(?:(?:and|but|so|or|also|ok|well),? )?{_ASKS}", re.IGNORECASE)
_IF_SO = r"if\b[^,.?]{3,40} (?:is|are|do|does|can|could|will|would) (?:it|they|the|we|you|i)\b"
"""A question behind its condition: "and if it's a donor are they tested"."""
_JOINED = re.compile(
    rf"(?<=\?)\s+(?:(?:and|also|but),?\s+)?"
    rf"|[,;.]?\s+(?:and|&|or|but|also|plus)(?: also)?,?\s+(?=(?:{_BEFORE} )?{_ASKS}|{_TELL}\b|{_IF_SO})"
    rf"|[,;.]?\s+(?:and )?then,?\s+(?=(?:what|who|how|why|when|where|which)\b|{_TELL}\b)",
    re.IGNORECASE,
)
_VERBS = r"(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should)\b"
_SUBJECTS = (
    r"(?:it|they|this|that|these|those|there|the|my|your?|i|we|he|she|one|any(?:one|body|thing)?|some(?:one|body)?|stem"
    r"|mscs?|cells|svf|exosomes?|ryoncil|insurance|medicare)\b"
)
_LEADS = r"(?:(?:and|but|so|or|also|ok|well|like|n)\b,? )*"
_WISHES = r"(?:tell|explain|describe|list|know|knows|hear|learn|asks?|asked|see|sure|curious|wonder\w*)"
_ASKS_SOMEWHERE = re.compile(
    rf"\?|\b(?:what|how|why|whose|whether)\b|\b(?:who|which|when|where)(?:['’]?s| {_VERBS})"
    rf"|^any|(?:^|[.!:,]\s+){_LEADS}(?!any){_ASKS}|{_VERBS} {_SUBJECTS}"
    rf"|(?:^|[.!:,]\s+){_LEADS}{_TELL}\b|\b{_WISHES}\b[^.?!]*\b(?:if|who|which|when|where)\b"
    rf"|^(?:for|in|with|at|after|besides)\b[^.?!,]*\b{_VERBS}",
    re.IGNORECASE,
)
"""Asks, in a piece of a text: by its sign, by a question word that no clause begins with, by how a sentence or a clause
begins, by a verb before its subject, or by a wish to know. "The vet was closed" only tells."""
_TELLS = re.compile(
    rf"\W*{_LEADS}(?:(?:yeah|yes|no|nah|lol|oh|hm+|honestly|actually)\b\W*)*"
    r"(?:(?:i|we|he|she|they)(?:['’]?(?:m|ve|d|s|re)|['’]ll)?|it['’]?s|that['’]?s)\b"
    r"|\W*(?:my|our|his|her|their|mom|mama|mother|dad|daddy|father|grandma|grandpa)(?:['’]?s)?\b",
    re.IGNORECASE,
)
"""Begins as one tells of oneself or of others."""
_WISH = re.compile(
    r"\b(?:need|wants?|wanted|wish|like|love|looking|trying|hoping|interested|curious|question|info\w*|tell|explain|"
    r"know|learn|ask|help|about)\b",
    re.IGNORECASE,
)
_LIST_BEGINS = re.compile(
    rf"\W*(?:(?:and|but|so|or|also|ok|well),? )?(?!(?:what|how) (?:if|about)\b)"
    rf"(?:{_VERBS}|(?:when|where)(?:['’]?s| {_VERBS})|(?:what|who|whose|which|how|why)\b(?:['’]?s|.*? {_VERBS}))",
    re.IGNORECASE,
)
_LISTED = re.compile(rf",\s+(?=(?:what|how|why)\b|{_VERBS} {_SUBJECTS})", re.IGNORECASE)
"""The comma between questions of a list. Who, which, when and where behind one mostly explain what stands before."""
_ANNOUNCED = re.compile(
    rf"^.*(?::\s+|\b(?:wants?|wanted|likes?|loves?|asks?|asked|wonders?|wondered|wondering|curious)\b"
    rf"(?: (?:me|us|you|to (?:know|ask|read|hear|learn)|about|the))*\s+)(?:if\s+|whether\s+|(?={_ASKS}))",
    re.IGNORECASE,
)
"""What stands before a question that somebody is said to have, or that comes behind a colon."""
_GOES_ON = re.compile(r"^\W*(?:(?:and|but|so|or|also|ok|well|anyways?|anyhow)\b,?\s+)+", re.IGNORECASE)
_PART_WORDS = 3
_MOST_PARTS = 8
"""Each costs a search; the longest question has room for hundreds."""

_DICTATED = re.compile(r"\s+(?:comma|period|full stop|question mark)\b", re.IGNORECASE)
_SIGNS = {"comma": ",", "period": ".", "full stop": ".", "question mark": "?"}


def undictated(text: str) -> str:
    """A text without the names of signs that a patient has spoken: told by a "question mark" at its end."""
    if not text.lower().rstrip(" ?.!").endswith(" question mark"):
        return text
    return _DICTATED.sub(lambda name: _SIGNS[" ".join(name[0].lower().split())], text.rstrip(" ?.!"))


def several(text: str) -> list[str]:
    """The questions of a text that asks several things; none where it asks one.

    "Does it help knees, and what does it cost?" has two, "is it safe, how long does it take?" too. What is told before
    the first, and an illness that is told behind it, stand with the first.
    """
    asking: list[str] = []
    told: list[str] = []
    for piece in (piece.strip() for joined in _JOINED.split(text) for piece in _listed(joined)):
        if not asks(piece):
            told += [piece] if not asking or names_health(piece) else []
        elif len(piece.split()) >= _PART_WORDS:
            asking.append(piece)
    first, *others = asking[:_MOST_PARTS] or [""]
    return [", ".join([*told, first]), *others] if others else []


def asks(text: str) -> bool:
    """Whether a text asks something: "the vet was closed" only tells."""
    return bool(_ASKS_SOMEWHERE.search(text))


def only_tells(text: str) -> bool:
    """Whether a text tells something of somebody and asks nothing: "my mom is 71", "he says it's a scam"."""
    return bool(_TELLS.match(text)) and not asks(text) and not _WISH.search(text)


def _listed(text: str) -> list[str]:
    """The questions of a list with commas; the text where it doesn't begin with one: "when I'm older, is it safe?"."""
    first, *others = _LISTED.split(text)
    return [first, *others] if others and _LIST_BEGINS.match(first) else [text]


def without_story(text: str) -> str:
    """The asking sentences of a text that tells a story beside them; else all of it.

    "I have a pacemaker. Is that a problem?" is no story: what is told is what is asked about.
    """
    asking = asking_sentences(text)
    told = len(text.split()) - len(asking.split())
    return asking if asking and (told >= _STORY_WORDS or (told and stands(asking))) else text


def asking_sentences(text: str) -> str:
    """The sentences of a text that ask; nothing where none does."""
    sentences = [text[start:end] for start, end in split_sentences(text)]
    return " ".join(s for s in sentences if s.endswith("?")) or " ".join(s for s in sentences if _ASKING.search(s))


def beside_story(text: str) -> str:
    """The question that a text ends with, where it tells something else before; nothing where it doesn't.

    "We buried our dog today. Where does marrow come from?" ends with one, "my uncle asks whether cells move" too.
    """
    sentences = [text[start:end] for start, end in split_sentences(text)]
    last = next((s for s in reversed(sentences) if _ASKING.search(s) or _ANNOUNCED.search(s)), "")
    asked = _GOES_ON.sub("", _ANNOUNCED.sub("", last))
    points = _POINTS_TO_STORY.search(OF_ANYBODY.sub(" ", asked))
    apart = asked != text and len(asked.split()) >= _PART_WORDS and not points
    return asked if apart else ""


def stands(asked: str) -> bool:
    """Whether a question can be looked up by itself: long enough, and pointing to nothing told before."""
    return says_enough(asked) and not _POINTS_TO_STORY.search(asked)


def says_enough(text: str) -> bool:
    """Whether a question is long enough to be looked up by itself, though it leans."""
    return len(text.split()) >= _STANDING_WORDS
