"""What the models that read texts whole are trained on: drafted sentences for one, patients' messages for the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from bot.edits import edited
from bot.examples import SCREENED, load_examples, texts_of
from corpus.drafts import load_drafted
from corpus.expected import load_expected
from corpus.uncovered import load_uncovered
from index.sampling import typed
from index.train_reader import Lesson, Lessons, ReaderRecipe

DRAFTS_RECIPE = ReaderRecipe()
MESSAGES_RECIPE = ReaderRecipe(epochs=3, learning_rate=1e-4, texts_a_step=32, smoothing=0.02)

DRAFTED_OF = (
    "sentences written for this project, of its corpus and of MedQuAD's answers (Ben Abacha & Demner-Fushman 2019, "
    "CC BY 4.0), and sentences of both edited by rule"
)
WRITTEN = "the screen's examples and the corpus's expected and uncovered questions, all written for this project"

ENTAILED = "entailed"

EDITED = 3200
"""Sentences edited by rule in an epoch: half as many as people wrote."""

QUESTIONS = 14_000
"""Of no kind in an epoch; each message of a kind and each near miss is in every one."""

MISSPELLED = 0.3
"""Which share of the messages is typed in haste, anew in each epoch."""


def draft_lessons(corpus: Path) -> Lessons:
    """Passages and sentences, 1 where the passage says what the sentence says.

    Those that people wrote are in each epoch, in the first by themselves: with edited ones from the start nothing was
    learned in 350 steps.

    Raises:
        CorpusError: A list of the corpus is not of the form; names it.
    """
    drafted = load_drafted(corpus)
    passages = list(dict.fromkeys(each.passage for each in drafted))
    written = [Lesson((each.passage, each.sentence), int(not each.edit)) for each in drafted]

    def of_epoch(epoch: int, chance: Random) -> Sequence[Lesson]:
        if not epoch:
            return written
        made = edited(passages, EDITED, chance)
        return [*written, *(Lesson((each.passage, each.sentence), int(each.faithful)) for each in made)]

    return Lessons(of_epoch, DRAFTED_OF, (ENTAILED,))


def message_lessons(corpus: Path) -> Lessons:
    """Messages with the number of their kind in `SCREENED`, from 1; 0 for near misses and for questions.

    A near miss of one kind that is an example of another is of that one.

    Raises:
        CorpusError: A list is not of the form; names it.
    """
    examples = load_examples()
    numbers = {kind: number for number, kind in enumerate(SCREENED, start=1)}
    kinds = {text: numbers[each.kind] for each in reversed(examples) for text in each.match}
    messages = [(text, kinds.get(text, 0)) for text in dict.fromkeys(texts_of(examples))]
    asked = [entry.questions for entry in load_expected(corpus)] + [entry.questions for entry in load_uncovered(corpus)]
    questions = [text for text in dict.fromkeys(text for of_entry in asked for text in of_entry) if text not in kinds]

    def of_epoch(_: int, chance: Random) -> Sequence[Lesson]:
        of_none = ((text, 0) for text in chance.sample(questions, min(QUESTIONS, len(questions))))
        return [Lesson((typed(text, MISSPELLED, chance),), kind) for text, kind in (*messages, *of_none)]

    return Lessons(of_epoch, WRITTEN, SCREENED)
