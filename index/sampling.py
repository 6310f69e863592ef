"""What a step of training an adapter sees: texts of some groups and their near misses, now and then typed in haste."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Texts that mean alike.

    Two groups that share a label are not pushed apart. `kind` is what sort of message they are,
    `near_misses` only sound like them, and are like nothing else.
    """

    kind: str
    labels: frozenset[str]
    texts: tuple[str, ...]
    near_misses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text, the kind of message it is, or None for a near miss, and what it means alike with."""

    text: str
    kind: str | None
    labels: frozenset[str]


def draw(groups: Sequence[Group], count: int, misspelled: float, chance: random.Random) -> list[Drawn]:
    """Two texts of each group drawn, the large ones oftener, and a near miss where it has one.

    Args:
        groups: At least one.
        count: Groups drawn; one that is drawn twice counts once.
        misspelled: Which share of the texts is typed in haste, in [0, 1].
        chance: That draws.
    """
    sizes = [len(group.texts) for group in groups]
    batch: list[Drawn] = []
    for group in dict.fromkeys(chance.choices(groups, sizes, k=count)):
        for text in chance.sample(group.texts, min(2, len(group.texts))):
            batch.append(Drawn(typed(text, misspelled, chance), group.kind, group.labels))
        if group.near_misses:
            text = chance.choice(group.near_misses)
            batch.append(Drawn(typed(text, misspelled, chance), None, frozenset({text})))
    return batch


def typed(text: str, misspelled: float, chance: random.Random) -> str:
    """A text as hasty fingers type it, now and then: letters left out, doubled or in the wrong order.

    Args:
        text: As it should be.
        misspelled: Which share of texts is typed in haste, in [0, 1].
        chance: That says which.
    """
    if chance.random() > misspelled or len(text) < 4:
        return text
    letters = list(text.lower() if chance.random() < 0.5 else text)
    for _ in range(max(1, len(letters) // 25)):
        at = chance.randrange(1, len(letters) - 1)
        slip = chance.randrange(3)
        if slip == 0:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif slip == 1:
            del letters[at]
        else:
            letters.insert(at, letters[at])
    return "".join(letters)
