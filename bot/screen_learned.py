"""What the screen learns of its examples: packaged for the packaged documents, else learned once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from bot.added import Added, names, of_examples
from bot.array_files import kept_or_made, read_arrays, write_arrays
from bot.examples import Examples, load_examples, texts_of
from bot.foreign_learned import foreign
from bot.likeness import Likeness
from bot.meaning import RECIPE, Networks
from bot.meaning import fit as fit_meaning
from bot.reply import Kind
from bot.screen import Screen, least
from bot.second_look import SecondLook
from bot.signals import Reader
from bot.sorts import Sorts, centres_of
from bot.wording import COST, COUNTS, COUNTS_OF_A_KIND, FEATURES, NEAR_MISS, QUESTION, Weights
from bot.wording import fit as fit_wording
from index.embed import OnnxEmbeddings, Vectors
from index.retrieve import HybridRetriever
from index.store import Store
from prompts.render import FOLDER as PROMPTS

PACKAGED = PROMPTS / "screen" / "learned.npz"
"""What was learned of the packaged examples and documents: `faqbot learn` makes it. It serves other documents too, as
long as it knows all of their questions."""

_RECIPE = (*RECIPE, FEATURES, COST, COUNTS_OF_A_KIND, *COUNTS.items())

Half = NDArray[np.float16]


class Learned(NamedTuple):
    """What `learn` has learned, in half precision: what is learned here and what is read elsewhere are the same.

    `hidden` and `output` are those of `bot.meaning.Networks`; `weights` (kinds, n + 1) are those of
    `bot.wording.Weights` for the n features of `columns`, and the intercept; `centres` is (sorts, dim); `added_rows`
    and `added_kinds` are those of `bot.added.Added`.
    """

    hidden: Half
    output: Half
    columns: NDArray[np.int32]
    weights: Half
    centres: Half
    added_rows: Half
    added_kinds: NDArray[np.int8]

    def networks(self) -> Networks:
        """As `bot.meaning` reads them."""
        return Networks(self.hidden.astype(np.float32), self.output.astype(np.float32))

    def wording(self) -> Weights:
        """As `bot.wording` reads them."""
        weights = np.zeros((len(self.weights), FEATURES + 1), np.float32)
        weights[:, [*self.columns, -1]] = self.weights
        return weights

    def added(self) -> Added:
        """As `bot.added` reads them."""
        return Added(self.added_rows, self.added_kinds)

    def for_the_package(self) -> Self:
        """The same where all examples are packaged, so none is added."""
        return self._replace(added_rows=self.added_rows[:0], added_kinds=self.added_kinds[:0])


def learn(examples: Sequence[Examples], rows: Vectors, store: Store, packaged: Path = PACKAGED) -> Learned:
    """What examples tell apart from their near misses and from a store's questions; a minute for 15,000 examples.

    A near miss of one kind that is an example of another is of that one: "nearly died laughing. Can I drive after?"

    Args:
        examples: Of every kind.
        rows: (n, dim), the vectors of `texts_of(examples)`.
        store: Whose questions are of no kind.
        packaged: What was learned of the packaged examples; what is not among them is added.
    """
    questions = store.questions
    kinds = {text: str(e.kind) for e in reversed(examples) for text in e.match}
    sorts = [kinds.get(text, NEAR_MISS) for text in texts_of(examples)] + [QUESTION] * len(questions)
    asked = store.vectors(list(questions))
    hidden, output = fit_meaning(np.array([*rows, *(asked[unit] for unit in questions)], np.float32), sorts)
    weights = fit_wording([*texts_of(examples), *questions.values()], sorts)
    columns = np.flatnonzero(weights[:, :-1].any(axis=0)).astype(np.int32)
    centres = centres_of(examples, rows)
    added = Added.to(read_arrays(packaged).get("examples", names(of_examples(examples))), examples, rows)
    return Learned(
        hidden.astype(np.float16),
        output.astype(np.float16),
        columns,
        weights[:, [*columns, -1]].astype(np.float16),
        centres.astype(np.float16),
        *added,
    )


def learned(
    examples: Sequence[Examples], embeddings: OnnxEmbeddings, store: Store, state: Path, packaged: Path = PACKAGED
) -> Learned:
    """What was learned of examples and of a store's questions, where it is kept, else learned and kept in the state."""
    digest = store.manifest.model_digest
    return kept_or_made(
        (packaged, state / "screen" / "learned.npz"),
        lambda file: read_learned(file, examples, store),
        lambda: learn(examples, example_vectors(examples, embeddings, digest, state), store, packaged),
        lambda file, made: write_learned(file, made, examples, store),
    )


def read_learned(file: Path, examples: Sequence[Examples], store: Store) -> Learned | None:
    """What a file holds; None where it can't be read, was learned of other examples, or knows not all questions."""
    arrays = dict(read_arrays(file))
    made_of, known, _ = str(arrays.pop("made_of", "")), arrays.pop("known", np.zeros(0)), arrays.pop("examples", None)
    is_of_these = made_of == _digest(examples, store) and set(arrays) == set(Learned._fields)
    if not is_of_these or not np.isin(_names(store), known).all():
        return None
    return Learned(**arrays)


def write_learned(file: Path, made: Learned, examples: Sequence[Examples], store: Store) -> None:
    """Keeps what was learned, with what it was learned of.

    Raises:
        OSError: The file can't be written.
    """
    made_of, known, of = np.array(_digest(examples, store)), _names(store), names(of_examples(examples))
    write_arrays(file, {**made._asdict(), "made_of": made_of, "known": known, "examples": of})


def _digest(examples: Sequence[Examples], store: Store) -> str:
    """SHA-256, in hex, of all that `learn` learns from but the questions."""
    said = (part for e in examples for part in (e.code, *e.match, "", *e.near_misses))
    return hashlib.sha256("\0".join((*map(str, _RECIPE), store.manifest.model_digest, *said)).encode()).hexdigest()


def _names(store: Store) -> NDArray[np.uint64]:
    """A number for each of a store's questions, in order."""
    return np.sort(names(set(store.questions.values())))


def example_vectors(
    examples: Sequence[Examples], embeddings: OnnxEmbeddings, model_digest: str, state: Path
) -> Vectors:
    """The rows of `texts_of(examples)`, (n, dim); those that are kept are read, and only others made."""
    texts, file = texts_of(examples), state / "screen" / "vectors.npz"
    names = [hashlib.sha256(f"{model_digest}\0{text}".encode()).hexdigest() for text in texts]
    arrays = read_arrays(file)
    rows: dict[str, Any] = dict(zip(arrays["names"], arrays["rows"], strict=True)) if arrays else {}
    new = [number for number, name in enumerate(names) if name not in rows]
    new.sort(key=lambda number: len(texts[number]))  # of one length: no padding
    if new:
        made = embeddings.encode([texts[number] for number in new])
        rows |= zip((names[number] for number in new), made, strict=True)
    kept = np.array([rows[name] for name in names], np.float32)
    if new:
        with suppress(OSError):  # a state folder that can't be written only costs time
            write_arrays(file, {"names": np.array(names), "rows": kept})
    return kept


def make_screen(retriever: HybridRetriever, state: Path, threads: int = 0) -> Screen:
    """The screen over the packaged examples, which knows the questions of the retriever's index too.

    Args:
        retriever: Whose index and embeddings there are.
        state: Folder for what is learned here.
        threads: For the second look; 0: one for each core.

    Raises:
        ModelError: The model of the second look is missing or torn.
    """
    store, examples = retriever.store, load_examples()
    least()  # a torn file is told at the start, not with each message
    known = learned(examples, retriever.embeddings, store, state)
    reader = Reader(
        sorts=Sorts(examples, known.centres.astype(np.float32)),
        likeness=Likeness(known.networks(), known.wording(), SecondLook(threads=threads).log_odds, known.added()),
        foreign=foreign(state),
        greetings=frozenset(t.strip(" ?!.").lower() for e in examples if e.kind is Kind.SMALLTALK for t in e.match),
        vocabulary=store.vocabulary,
    )
    return Screen(reader)
