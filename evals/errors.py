"""What can go wrong here."""

from __future__ import annotations


class EvalError(ValueError):
    """A question set, a recorded run, a dataset or a gate is wrong; names the file and the field."""
