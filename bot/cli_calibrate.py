"""The command line's `faqbot eval antecedents`, `calibrate` and `thresholds`: what is fitted on question sets."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.progress import progress_bar
from bot.settings import load_settings

SETS = ("answerable", "uncovered", "lookalikes")
FOLLOW_UPS = (*SETS, "chats")
SHARES = (0.02, 0.05, 0.10)
"""Of the questions without an answer, that are answered all the same."""


def antecedents(
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A set that ships, or a file of your own (.jsonl, .csv). [those with follow-ups, and more]",
        ),
    ] = None,
    write: Annotated[bool, typer.Option(help="Keep what was learned in bot/antecedent.npz.")] = False,
) -> None:
    """Learn of split dev with which earlier questions a follow-up is read; print how it does there and on test."""
    from bot.antecedent import learned
    from bot.chain import FaqChain
    from evals.antecedents import CONVERSATIONS, answered, check_answered, collect, learn, save, score
    from evals.questions import Split, load_cases, load_sets

    chain = FaqChain.open(load_settings())
    conversations = {}
    with progress_bar() as report:
        for split in (Split.DEV, Split.TEST):
            cases = [case for each in load_sets(sets or FOLLOW_UPS, split).values() for case in each]
            more = load_cases(CONVERSATIONS) if split is Split.DEV and not sets else []
            conversations[split] = collect(chain, [*cases, *more], report)
    chain.close()
    for split, of in conversations.items():
        check_answered(of, split)
    dev, test = conversations[Split.DEV], conversations[Split.TEST]
    found = learn(dev)
    columns = ("", "answerable", "with the facts", "possible", "another answer", "uncovered", "answered")
    table = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    rows = [("dev, by other folds", dev, found.held_out), ("test", test, answered(test, found.trees))]
    with suppress(KeyError):  # of another form: this command mends it
        rows.append(("test, as it ships", test, answered(test, learned())))
    for name, of, answers in rows:
        told = score(of, answers)
        shares = (f"{n / told.answerable:.1%}" for n in (told.right, told.possible, told.other))
        table.add_row(name, str(told.answerable), *shares, str(told.uncovered), str(told.false))
    Console().print(table)
    if write:
        save(found.trees)


def calibrate(
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A set that ships, or a file of your own (.jsonl, .csv). [answerable, uncovered, lookalikes]"
        ),
    ] = None,
    write: Annotated[bool, typer.Option(help="Keep what was fitted in bot/evidence.yaml.")] = False,
) -> None:
    """Fit on split dev what each piece of evidence counts for an answer; print how it does there and on test."""
    from bot.chain import FaqChain
    from bot.evidence import KNOWN, weights
    from evals.calibrate import LEFT_OUT, check_both_sorts, collect, fit, probability, save, told_apart
    from evals.questions import Split, load_sets

    chain = FaqChain.open(load_settings())
    samples = {}
    with progress_bar() as report:
        for split in (Split.DEV, Split.TEST):
            cases = [case for each in load_sets(sets or SETS, split).values() for case in each]
            samples[split] = collect(chain, cases, report)
    chain.close()
    for split, of in samples.items():
        check_both_sorts(of, split)
    fitted, now = fit(samples[Split.DEV]), weights()[KNOWN]
    told = [
        ("dev, by other folds", Split.DEV, fitted.held_out.tolist()),
        ("test", Split.TEST, [probability(sample, fitted.weights) for sample in samples[Split.TEST]]),
        ("test, as it ships", Split.TEST, [probability(sample, now) for sample in samples[Split.TEST]]),
    ]
    table = Table("", "n", "AUROC", *(f"at {share:.0%}" for share in SHARES), box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, split, scores in told:
        auroc, answered = told_apart([sample.answerable for sample in samples[split]], scores, SHARES)
        table.add_row(name, str(len(scores)), f"{auroc:.3f}", *map("{:.1%}".format, answered))
    console = Console()
    console.print(table)
    console.print(", ".join(f"{k} {v:.2f}" for k, v in fitted.weights.evidence._asdict().items() if k not in LEFT_OUT))
    if write:
        save(fitted.weights)


def thresholds(
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="A set that ships, or a file of your own (.jsonl, .csv); repeat. [all that ship]"),
    ] = None,
    write: Annotated[bool, typer.Option(help="Keep what was found in prompts/screen/least.yaml.")] = False,
) -> None:
    """Find on split dev what a message must reach to be of a screened kind; print how it does there and on test."""
    from bot.chain import FaqChain
    from bot.examples import SCREENED
    from bot.screen import least
    from bot.screen_learned import make_screen
    from evals.questions import Split, load_sets
    from evals.thresholds import collect, count, find, save

    chain = FaqChain.open(load_settings())
    screen, samples = make_screen(chain.retriever, chain.settings.state), {}
    with progress_bar() as report:
        for split in (Split.DEV, Split.TEST):
            cases = [case for each in load_sets(sets or (), split).values() for case in each]
            samples[split] = collect(chain, screen, cases, report)
    chain.close()
    found, now = find(samples[Split.DEV]), least()
    table = Table("", "at least", "told", "of", "taken for it", "of others", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, split, bounds in (("", Split.DEV, found), ("", Split.TEST, found), (", as it ships", Split.TEST, now)):
        for kind in SCREENED:
            told = count(samples[split], kind, bounds)
            row = (told.told / max(1, told.own), told.taken / max(1, told.others))
            table.add_row(
                f"{split}{name}: {kind}",
                f"{bounds[kind]}",
                f"{row[0]:.1%}",
                str(told.own),
                f"{row[1]:.2%}",
                str(told.others),
            )
        table.add_section()
    Console().print(table)
    if write:
        save(found)
