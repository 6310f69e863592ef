"""Arrays in files that can be made again: what can't be read counts as not there."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Made = TypeVar("Made")


def read_arrays(file: Path) -> Arrays:
    """The arrays of a file by name; none where it is not there, or torn."""
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return {}


def kept_or_made(
    files: Sequence[Path],
    read: Callable[[Path], Made | None],
    make: Callable[[], Made],
    write: Callable[[Path, Made], None],
) -> Made:
    """What the first file holds that can be used; else it is made, and kept in the last file.

    Args:
        files: At least one.
        read: A file's content; None where it is not there or of no use.
        make: The content anew.
        write: Puts it into a file; that it can't be written only costs time.
    """
    for file in files:
        if (found := read(file)) is not None:
            return found
    made = make()
    with suppress(OSError):
        write(files[-1], made)
    return made


def write_arrays(file: Path, arrays: Arrays) -> None:
    """Puts arrays into a file, whole or not at all; its folder is made.

    Raises:
        OSError: It can't be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=file.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
        Path(aside).chmod(0o644)  # others read what one account has built
        Path(aside).replace(file)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise
