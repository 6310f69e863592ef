"""The command line's `faqbot train`, `train-entailment`, `train-screen` and `learn`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.progress import progress_bar
from bot.settings import load_settings

if TYPE_CHECKING:
    from index.train_reader import Lessons, ReaderRecipe

TRAINED_ON = "the corpus's expected and uncovered questions and the screen's examples, all written for this project"


def train(
    out: Annotated[Path | None, typer.Option(help="Folder for the adapter; without it, the corpus's own.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="How often each question is seen.")] = 4,
    seed: Annotated[int, typer.Option(help="Of the chance that draws them.")] = 20,
    beside: Annotated[
        Path | None, typer.Option(help="An adapter to keep the mean with; may be the corpus's own.")
    ] = None,
) -> None:
    """Teach the embedding model which questions the documents answer; then: faqbot build."""
    from bot.lessons import lessons
    from corpus.digest import ADAPTER
    from index.adapter import mean, read_record
    from index.train import Recipe
    from index.train import train as train_adapter
    from index.weights import find_weights

    settings = load_settings()
    folder = out or settings.corpus / ADAPTER
    if beside:
        read_record(beside)  # before the minutes of training
    with progress_bar() as report, TemporaryDirectory() as scratch:
        trained = Path(scratch) if beside else folder
        record = train_adapter(
            find_weights(settings.embedding_model),
            lessons(settings.corpus),
            trained,
            TRAINED_ON,
            Recipe(epochs=epochs, seed=seed),
            lambda step, steps, loss: report(f"training, loss {loss:.2f}", step, steps),
        )
        if beside:
            record = mean([beside, trained], folder)
    Console().print(f"{record.texts} texts, {record.epochs} epochs: {folder}. Now run: faqbot build")


def train_entailment(
    epochs: Annotated[int | None, typer.Option(min=1, help="How often each sentence is seen.")] = None,
    seed: Annotated[int, typer.Option(help="Of the chance that orders and edits them.")] = 0,
) -> None:
    """Teach a second model which drafted sentences a passage says: what checks a chat model's words."""
    from bot.reader_lessons import DRAFTS_RECIPE, draft_lessons
    from index.entailment import FILE

    _train_reader(draft_lessons(load_settings().corpus), FILE, DRAFTS_RECIPE, epochs, seed)


def train_screen(
    epochs: Annotated[int | None, typer.Option(min=1, help="How often each example is seen.")] = None,
    seed: Annotated[int, typer.Option(help="Of the chance that orders and misspells them.")] = 0,
) -> None:
    """Teach a model what messages of each screened kind look like; then: faqbot eval thresholds --write."""
    from bot.reader_lessons import MESSAGES_RECIPE, message_lessons
    from bot.second_look import FILE

    _train_reader(message_lessons(load_settings().corpus), FILE, MESSAGES_RECIPE, epochs, seed)


def _train_reader(lessons: Lessons, file: Path, recipe: ReaderRecipe, epochs: int | None, seed: int) -> None:
    from index.train_reader import train_reader
    from index.weights import DEFAULT_MODEL, find_weights

    with progress_bar() as report:
        record = train_reader(
            find_weights(DEFAULT_MODEL),
            lessons,
            file,
            replace(recipe, epochs=epochs or recipe.epochs, seed=seed),
            lambda step, steps, loss: report(f"training, loss {loss:.2f}", step, steps),
        )
    Console().print(f"{record.texts} texts, {record.epochs} epochs: {file}")


def learn() -> None:
    """Learn the screen's examples and which questions are answered, and keep it, so that no server need do it again."""
    from bot.chain import FaqChain
    from bot.coverage import PACKAGED as COVERAGE
    from bot.coverage import learned_coverage, write_coverage
    from bot.examples import load_examples
    from bot.foreign_learned import write_packaged_foreign
    from bot.screen_learned import PACKAGED, learned, write_learned

    settings, examples = load_settings(), load_examples()
    chain = FaqChain.open(settings)
    store = chain.retriever.store
    made = learned(examples, chain.retriever.embeddings, store, settings.state)
    write_learned(PACKAGED, made.for_the_package(), examples, store)
    if covered := learned_coverage(store, settings.state):
        write_coverage(COVERAGE, covered, store)
    write_packaged_foreign()
    chain.close()
    sorts, questions = len(examples), len(store.questions)
    Console().print(f"{sorts} sorts of examples, {questions} questions: {PACKAGED}")
