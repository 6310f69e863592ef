"""What is learned of messages in other languages: packaged for the packaged messages, else learned once and kept."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from bot.array_files import kept_or_made, read_arrays, write_arrays
from bot.examples import FOREIGN, load_examples, load_foreign, texts_of
from bot.foreign import RECIPE, Foreign, Machines, fit, is_mostly_english
from bot.health import health_terms
from bot.reply import DANGER, Kind
from corpus.document import CorpusError
from index.sampling import typed
from prompts.render import FOLDER as PROMPTS

PACKAGED = PROMPTS / "screen" / "foreign.npz"
"""What was learned of the packaged messages: `faqbot learn` makes it."""


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
    return hashlib.sha256("\0".join((*map(str, RECIPE), *said, *texts_of(load_examples()))).encode()).hexdigest()
