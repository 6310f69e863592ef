"""What is learned of messages in other languages: packaged for the packaged messages, else learned once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from bot.array_files import kept_or_made, read_arrays, write_arrays
from bot.examples import FOREIGN, ForeignMessage, load_examples, load_foreign, texts_of
from bot.foreign import (
    DANGER_FEATURES,
    ENGLISH,
    LANGUAGE_FEATURES,
    OTHER,
    RECIPE,
    Foreign,
    Machines,
    danger_features,
    is_mostly_english,
    language_features,
)
from bot.health import health_terms
from bot.reply import DANGER, Kind
from corpus.document import CorpusError
from index.sampling import typed
from prompts.render import FOLDER as PROMPTS

PACKAGED = PROMPTS / "screen" / "foreign.npz"
"""What was learned of the packaged messages: `faqbot learn` makes it."""

COSTS = (1.0, 3.0)
"""C of the support vector machines: of languages, of dangers."""

_PIECES = (2, 3)
"""Words of a piece of a message that a language is learned of too."""
_EVERY = 10
"""Of the English texts one in so many is learned to tell no danger."""

_LEARNED = (*RECIPE, *COSTS, _PIECES, _EVERY)


def foreign(state: Path, packaged: Path = PACKAGED) -> Foreign:
    """What tells other languages than English, and danger in them.

    Args:
        state: Folder where it is kept if the messages are not the packaged ones.
        packaged: What was learned of those.

    Raises:
        CorpusError: A list of messages is not of the form; names it.
    """
    made_of = _digest()
    kept = (packaged, state / "screen" / "foreign.npz")
    return Foreign(kept_or_made(kept, lambda file: _read(file, made_of), learn, _write))


@cache
def packaged_foreign() -> Foreign:
    """The packaged one, for text that no patient wrote."""
    return Foreign(_read(PACKAGED, "") or learn())


def write_packaged_foreign() -> None:
    """Learns, and keeps it for the package."""
    _write(PACKAGED, learn())


def learn() -> Machines:
    """What tells the messages apart: some fifteen seconds.

    Raises:
        CorpusError: There are no messages of a kind; names the folder.
    """
    if {message.kind for message in load_foreign()} != {*DANGER, Kind.LANGUAGE}:
        raise CorpusError(f"{FOREIGN}: no messages of each kind; put the files back, or reinstall faqbot-clinic")
    return fit(load_foreign(), _in_english())


def fit(messages: Sequence[ForeignMessage], english: Sequence[str]) -> Machines:
    """Machines that tell languages and dangers apart.

    A language is learned of pieces of the messages too, for many are short. What is English tells no danger here: that
    is told elsewhere. The same come of the same texts.

    Args:
        messages: In other languages, of each kind.
        english: Messages and words in English.
    """
    codes = [ENGLISH, *dict.fromkeys(m.language for m in messages if m.language != OTHER), OTHER]
    spoken = [*((m.text, m.language) for m in messages), *((text, ENGLISH) for text in english)]
    told = [*((m.text, m.kind) for m in messages), *((text, Kind.LANGUAGE) for text in english[::_EVERY])]
    rarities, dangers = _fit_dangers(told)
    weights = (each.astype(np.float16) for each in (_fit_languages(spoken, codes), rarities, dangers))
    return Machines(np.array(codes), *weights)


def _fit_languages(spoken: Sequence[tuple[str, str]], codes: Sequence[str]) -> NDArray[np.float64]:
    """One machine for each language, of texts with their languages and of pieces of them."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    of_language, _ = COSTS
    chance = Random(0)  # noqa: S311 (no secret)
    texts = [(text, code) for whole, code in spoken for text in (whole, *_pieces(whole, chance))]
    counting = TfidfVectorizer(analyzer=language_features, binary=True, use_idf=False)
    rows = counting.fit_transform(text for text, _ in texts)
    machine = LinearSVC(C=of_language, class_weight="balanced", random_state=0).fit(rows, [code for _, code in texts])
    order = [list(machine.classes_).index(code) for code in codes]
    languages = np.zeros((len(codes), LANGUAGE_FEATURES + 1))
    languages[:, [*sorted(counting.vocabulary_), -1]] = np.column_stack([machine.coef_, machine.intercept_])[order]
    return languages


def _fit_dangers(told: Sequence[tuple[str, Kind]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rarities of features, and the two machines, of texts with their kinds."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    _, of_danger = COSTS
    counting = TfidfVectorizer(analyzer=danger_features, binary=True)
    rows = counting.fit_transform(text for text, _ in told)
    columns = sorted(counting.vocabulary_)
    rarities = np.full(DANGER_FEATURES, 1 + np.log(1 + len(told)))
    rarities[columns] = counting.idf_
    is_danger = np.array([kind in DANGER for _, kind in told])
    is_crisis = np.array([kind is Kind.CRISIS for _, kind in told])
    dangers = np.zeros((2, DANGER_FEATURES + 1))
    for own, (kept, which) in zip(dangers, ((slice(None), is_danger), (is_danger, is_crisis[is_danger])), strict=True):
        machine = LinearSVC(C=of_danger, random_state=0).fit(rows[kept], which)
        own[[*columns, -1]] = [*machine.coef_[0], machine.intercept_[0]]
    return rarities, dangers


def _pieces(text: str, chance: Random) -> list[str]:
    """A few words of a text that has more, in a row."""
    words = text.split()
    starts = [(chance.randrange(len(words) - size + 1), size) for size in _PIECES] if len(words) > max(_PIECES) else []
    return [" ".join(words[start : start + size]) for start, size in starts]


def _in_english() -> list[str]:
    """The screen's examples and near misses in English, also typed in haste, and names of diseases and drugs.

    An attack in a cipher is in no other language either.
    """
    chance = Random(0)  # noqa: S311 (no secret)
    attacks = {text for each in load_examples() if each.kind is Kind.REFUSAL for text in each.match if text.isascii()}
    said = [text for text in dict.fromkeys(texts_of(load_examples())) if is_mostly_english(text) or text in attacks]
    return [*said, *(typed(text, 1.0, chance) for text in said), *sorted(health_terms())]


def _read(file: Path, made_of: str) -> Machines | None:
    """What a file holds; None where it can't be read, or was learned of other messages than those of a digest."""
    arrays = dict(read_arrays(file))
    own = str(arrays.pop("made_of", ""))
    return Machines(**arrays) if set(arrays) == set(Machines._fields) and made_of in ("", own) else None


def _write(file: Path, made: Machines) -> None:
    write_arrays(file, {**made._asdict(), "made_of": np.array(_digest())})


def _digest() -> str:
    """SHA-256, in hex, of the messages and the examples, and of how they are learned; word lists are not in it."""
    said = (part for message in load_foreign() for part in message)
    return hashlib.sha256("\0".join((*map(str, _LEARNED), *said, *texts_of(load_examples()))).encode()).hexdigest()
