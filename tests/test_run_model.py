"""Question sets asked of a bot whose answers a chat model words, over real HTTP, beside the one that quotes."""

from __future__ import annotations

from pathlib import Path

import pytest
from outcomes import case
from scripted_model import drafts, fails, scripted

from bot.chain import FaqChain
from bot.reply import EXTRACTIVE
from bot.settings import Settings
from evals.compare import compare
from evals.measures import figures
from evals.run import Run, run

MODEL = "openai:elm-7b"
QUESTION = "What is Ryoncil?"
APPROVED = "/the FDA approved Ryoncil.* on 18 December 2024/"
IN_OTHER_WORDS = "On 18 December 2024, the FDA approved Ryoncil."
INVENTED = "Ryoncil has helped 9,000 children."
FAR = case("no_answer", id="far", q="Is Mars far?", tags=["far"])


def asked(settings: Settings, url: str) -> Run:
    cases = [case("answer", APPROVED, id=name, q=QUESTION) for name in ("worded", "quoted")]
    chain = FaqChain.open(settings.model_copy(update={"model": MODEL, "model_base_url": url, "model_timeout_s": 20}))
    try:
        return run(chain, {"mine": [*cases, FAR]})
    finally:
        chain.close()


@pytest.fixture(scope="module")
def both(settings: Settings) -> tuple[Run, Run]:
    """A run of the bot that quotes, and one with a model that answers once, and then is down."""
    draft = drafts((IN_OTHER_WORDS, [1]), (INVENTED, [1]))
    warm_up = drafts(("Nothing.", [1]))
    chain = FaqChain.open(settings)
    cases = [case("answer", APPROVED, id=name, q=QUESTION) for name in ("worded", "quoted")]
    quoting = run(chain, {"mine": [*cases, FAR]})
    chain.close()
    with scripted(warm_up, draft, fails(400)) as model:
        return quoting, asked(settings, model.url)


def test_an_answer_in_other_words_is_right_by_the_sentences_that_it_rests_on(both: tuple[Run, Run]) -> None:
    worded, quoted, far = both[1].outcomes
    assert (worded.reply.answerer, quoted.reply.answerer) == (MODEL, EXTRACTIVE)
    assert worded.shown[0] == IN_OTHER_WORDS
    assert any(sentence.startswith("The FDA approved Ryoncil") for sentence in worded.stated)
    assert (worded.right, quoted.right, far.right) == (True, True, True)
    assert worded.exact_citations == len(worded.reply.citations)


def test_a_run_measures_what_the_model_was_worth(both: tuple[Run, Run]) -> None:
    without, taken = (figures(run.outcomes) for run in both)
    value = {name: figure.interval.value for name, figure in taken.items()}
    assert value["worded"] == 1 / 2
    shown = len(both[1].outcomes[0].shown)
    assert value["sentences_dropped"] == 1 / (1 + shown)
    assert value["tokens"] == 760
    assert not {"worded", "sentences_dropped", "tokens"} & without.keys()


def test_two_answerers_are_compared_and_the_run_on_disk_tells_which_it_was(
    both: tuple[Run, Run], tmp_path: Path
) -> None:
    comparison = compare(*both)
    assert (comparison.broken, comparison.mended) == ([], [])
    assert [after.case.id for _, after in comparison.reworded] == ["worded"]
    both[1].save(tmp_path)
    assert Run.load(tmp_path).settings["model"] == MODEL
