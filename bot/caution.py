"""What a regulator says on the topic of an answer, to stand beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from bot.cues import CueError
from bot.extract import Quote, promises
from bot.reply import Caution, Citation
from corpus.document import CorpusError, Document, Passage, Tier

MOST = 2
"""Cautions beside one answer."""
PASSING = 1 / 3
"""What fewer of the sentences name is named in passing: one illness of a list, one arm of a trial."""


class Cautions:
    """The warning sentences of a corpus, by topic.

    Raises:
        CorpusError: A topic is none of bot/topics.yaml, or its sentence does not stand in the document.
    """

    def __init__(self, documents: Iterable[Document], passages: Sequence[Passage]) -> None:
        self._of: dict[str, list[Caution]] = {}
        for document in documents:
            own = [passage for passage in passages if passage.source_id == document.id]
            for topic, sentences in document.topics.items():
                if topic not in topics():
                    raise CorpusError(f"{document.id}: topic '{topic}' is none of {', '.join(topics())}; mend it.")
                self._of.setdefault(topic, []).extend(_caution(sentence, document, own) for sentence in sentences)

    def on(self, question: str, quotes: Sequence[Quote]) -> tuple[Caution, ...]:
        """The cautions on what is asked and on what is quoted from anyone but a regulator.

        One for each topic: those of the question first, then what the clinic's article presents, then what a sentence
        promises something for or at least `PASSING` of them are about, the most first. Of a topic's, one that the
        answer does not quote itself, where there is one.

        Returns:
            At most `MOST`.
        """
        quoted = [quote.sentence.text for quote in quotes]
        spoken = [quote for quote in quotes if quote.passage.tier is not Tier.REGULATOR]
        said = Counter(topic for quote in spoken for topic in _topics_of(quote.sentence.text))
        presented = _topics_of_all(quote for quote in spoken if quote.passage.tier is Tier.ARTICLE)
        promised = _topics_of_all(quote for quote in spoken if promises(quote))
        told = [t for t in topics() if t in presented | promised or said[t] >= max(1, PASSING * len(spoken))]
        told.sort(key=lambda topic: (topic not in presented, -said[topic]))
        on = dict.fromkeys([*_topics_of(question), *told])
        chosen = (min(self._of[topic], key=lambda caution: caution.text in quoted) for topic in on if topic in self._of)
        return tuple(dict.fromkeys(chosen))[:MOST]


def _caution(sentence: str, document: Document, passages: Iterable[Passage]) -> Caution:
    for passage in passages:
        for found in passage.sentences:
            if found.text == sentence:
                return Caution(text=sentence, citation=Citation.of(1, passage, found.start, found.end))
    raise CorpusError(
        f"{document.id}: no sentence of it is '{sentence[:60]}…', which its topics quote; mend the front matter."
    )


def _topics_of_all(quotes: Iterable[Quote]) -> set[str]:
    return {topic for quote in quotes for topic in _topics_of(quote.sentence.text)}


def _topics_of(text: str) -> Iterator[str]:
    return (topic for topic, words in topics().items() if words.search(text))


@cache
def topics() -> Mapping[str, re.Pattern[str]]:
    """The topics of topics.yaml, by name.

    Raises:
        CueError: The file can't be read, or an expression in it does not compile.
    """
    path, name = Path(__file__).with_name("topics.yaml"), "file"
    found = {}
    try:
        for name, expressions in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[name] = re.compile("|".join(f"(?:{expression})" for expression in expressions), re.IGNORECASE)
    except (OSError, AttributeError, TypeError, yaml.YAMLError, re.error, UnicodeDecodeError) as error:
        raise CueError(f"{path}: '{name}': {error}") from error
    return found
