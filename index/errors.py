"""The errors of this package.

IndexingError (RuntimeError)
├── ModelError        the embedding model is missing, foreign or broken
└── NotReadyError     there is no index, or it doesn't fit the corpus or the model
"""


class IndexingError(RuntimeError):
    """Building or opening an index failed; the message names the thing and the mending command."""


class ModelError(IndexingError):
    """The embedding model is missing, is not the one it should be, or can't be exported."""


class NotReadyError(IndexingError):
    """No index is there to answer from, or it was built from another corpus or model."""
