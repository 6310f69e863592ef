"""Brings the index up to date, and learns what it is answered with before it answers."""

from __future__ import annotations

from pathlib import Path

from bot.chain import FaqChain
from bot.settings import Settings
from index.build import Built, Progress, Steps
from index.build import build as build_index

LEARNING = "learning what is asked"
"""What is reported while it learns: seconds of a short list of questions, minutes of the packaged ones anew."""


def build(settings: Settings, progress: Progress = lambda *_: None) -> Built:
    """Brings the index of the settings' state folder up to date with their corpus.

    What a first question would wait for is made before the index answers, so a server that runs meanwhile answers from
    the one before until then.

    Args:
        settings: Where the corpus and the state are, and which model embeds.
        progress: Called as the work goes on.

    Raises:
        CorpusError: A document is malformed.
        ModelError: The model is missing or not the pinned one.
        IndexingError: As `index.build.build`; the old index goes on answering.
    """
    quoting = settings.model_copy(update={"model": ""})  # an index needs no chat model

    def prepare(folder: Path) -> None:
        progress(LEARNING, 0, 1)
        FaqChain.open(quoting, folder).close()
        progress(LEARNING, 1, 1)

    return build_index(
        settings.corpus,
        settings.state,
        settings.embedding_model,
        Steps(progress, prepare=prepare),
        settings.passage_words,
    )
