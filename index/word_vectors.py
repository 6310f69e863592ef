"""The vectors of the corpus's words in their context, for late interaction: on disk, read where they are needed.

words.npy    (words, dim) bytes, 127 for 1: a quarter of the room, and ten times faster to read than half floats
starts.npy   (units + 1,) the row where each unit's words begin
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from index.embed import Vectors

_ONE = 127


class WordVectors:
    """What `write_words` has written, mapped into memory: only the rows that are asked for are read."""

    def __init__(self, folder: Path) -> None:
        self._rows = np.asarray(np.load(folder / "words.npy", mmap_mode="r"))  # a plain view slices faster
        self._starts = np.load(folder / "starts.npy").tolist()
        if self._rows.dtype != np.int8 or len(self._rows) != self._starts[-1]:
            raise ValueError(
                f"{len(self._rows)} vectors of words in {self._rows.dtype}, not {self._starts[-1]} in int8"
            )

    def of(self, units: Iterable[int]) -> Vectors:
        """The rows of some units, counted from 0, one unit after the other; (words, dim)."""
        parts = [self._rows[self._starts[unit] : self._starts[unit + 1]] for unit in units]
        rows = np.concatenate([self._rows[:0], *parts]).astype(np.float32)
        rows /= _ONE
        return rows


def write_words(folder: Path, of_units: Iterable[Vectors]) -> None:
    """Writes the vectors of each unit's words, in the order of the units; at least one unit."""
    parts = [np.rint(rows * _ONE).astype(np.int8) for rows in of_units]
    np.save(folder / "words.npy", np.concatenate(parts))
    np.save(folder / "starts.npy", np.cumsum([0, *map(len, parts)]))
