"""The command line: faqbot build | ask | serve | eval | sources | staff | train | learn | glossary | settings."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bot.batch import BatchError, read_batch
from bot.cli_eval import app as eval_app
from bot.cli_sources import sources
from bot.cli_staff import app as staff_app
from bot.cli_train import learn, train, train_entailment, train_screen
from bot.cues import CueError
from bot.passwords import StaffError
from bot.progress import progress_bar
from bot.settings import Settings, SettingsError, load_settings
from bot.understand import Question, QuestionError
from corpus.document import CorpusError
from evals.errors import EvalError
from index.errors import IndexingError
from prompts.render import PromptError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(eval_app, name="eval")
app.add_typer(staff_app, name="staff")
app.command()(train)
app.command()(train_entailment)
app.command()(train_screen)
app.command()(learn)
app.command()(sources)

_GRACE_S = 10
"""How long a server that was told to stop waits for answers that are under way."""

EXPECTED_ERRORS = (
    *(BatchError, CorpusError, CueError, EvalError, IndexingError),
    *(PromptError, QuestionError, SettingsError, StaffError),
)
"""Errors whose message is for the reader as it is; anything else is a bug and shows itself."""


def main() -> None:
    """Runs the command line; exit status 2 and one line on standard error for bad input."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # documents hold curly quotes, whatever the locale
    try:
        app(standalone_mode=True)
    except EXPECTED_ERRORS as error:
        _fail(" ".join(str(error).split()))


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"faqbot: {message}\n")
    raise SystemExit(2)


@app.command()
def build() -> None:
    """Bring the index up to date with the documents."""
    from bot.building import build as build_index

    with progress_bar() as report:
        built = build_index(load_settings(), report)
    manifest = built.manifest
    print(
        f"{manifest.documents} documents, {manifest.passages} passages, {manifest.sentences} sentences, "
        f"{manifest.questions} expected questions: {built.embedded} embedded, {built.reused} reused."
    )
    for sentence in built.orphans:
        print(f"warning: expected questions point to a sentence that no document holds: {sentence}", file=sys.stderr)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in quotes.")] = None,
    history: Annotated[list[str] | None, typer.Option(help="An earlier question; repeat, oldest first.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the Reply as JSON, with its trace, as a batch always does.")
    ] = False,
    batch: Annotated[Path | None, typer.Option(help='JSON lines {"id", "q", "history"}: one Reply a line.')] = None,
) -> None:
    """Ask a question, or a file of them."""
    from bot.chain import FaqChain

    settings = load_settings()
    if (question is None) == (batch is None):
        _fail("give either a question or --batch FILE; see: faqbot ask --help")
    if batch is not None and history:
        _fail("--history goes with a single question; in a batch each line has its own 'history'.")
    if batch is not None:
        items = read_batch(batch, settings.max_question_chars)
        chain = FaqChain.open(settings)
        for item in items:
            reply = chain.invoke(item.question)
            print(json.dumps({"id": item.id, **reply.model_dump(mode="json")}, ensure_ascii=False))
        return
    reply = FaqChain.open(settings).invoke(Question(question or "", tuple(history or ())))
    if as_json:
        print(reply.model_dump_json())
    else:
        from bot.terminal import show

        show(reply, Console())


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Goes before FAQBOT_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Goes before FAQBOT_PORT.")] = None,
) -> None:
    """Serve the chat page and the HTTP API; builds the index first where there is none that fits."""
    import uvicorn

    from bot.web.app import create_app
    from bot.web.server import OPTIONS, first_visit

    settings = load_settings(**{k: v for k, v in {"host": host, "port": port}.items() if v is not None})
    _ensure_index(settings)
    app = create_app(settings)
    sys.stderr.write(first_visit(app.state.door))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        **OPTIONS,
        timeout_graceful_shutdown=_GRACE_S,
    )


def _ensure_index(settings: Settings) -> None:
    """Builds in a process of its own: torch then leaves with it and takes none of the server's memory."""
    from bot.chain import FaqChain

    try:
        FaqChain.open(settings).close()
    except IndexingError:
        done = subprocess.run([sys.executable, "-P", "-m", "bot.cli", "build"], check=False)
        if done.returncode:
            raise SystemExit(done.returncode) from None


@app.command()
def glossary() -> None:
    """Print a draft of corpus/glossary.yaml from the documents' own definitions, to be read and completed."""
    import yaml

    from corpus.glossary import draft
    from corpus.load import load_corpus

    print(yaml.safe_dump(draft(load_corpus(load_settings().corpus)), allow_unicode=True, sort_keys=False))


@app.command()
def settings() -> None:
    """Show every setting with its value, its default and what it does."""
    from rich.table import Column, Table

    values = load_settings()
    folded = (Column(name, overflow="fold") for name in ("Value", "Default", "Meaning"))
    table = Table(Column("Variable", no_wrap=True), *folded)
    for name, field in Settings.model_fields.items():
        table.add_row(f"FAQBOT_{name.upper()}", _shown(getattr(values, name)), _shown(field.default), field.description)
    Console().print(table)


def _shown(value: object) -> str:
    """A setting as text, without the password of an address."""
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return re.sub(r"(://[^:/@\s]*:)\S+@", r"\1***@", text)


if __name__ == "__main__":
    main()
