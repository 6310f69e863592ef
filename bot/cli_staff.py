"""faqbot staff add | list | remove | password | log: who may open the staff's window, and what they did there."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot.passwords import StaffError
from bot.settings import load_settings

if TYPE_CHECKING:
    from bot.journal import Journal
    from bot.staff import Accounts

app = typer.Typer(no_args_is_help=True, help="Who may open the staff's window.")

Name = Annotated[str, typer.Argument(help="What they sign in with.", show_default=False)]


@contextmanager
def _journal() -> Iterator[Journal]:
    from bot.database import JournalError
    from bot.journal import Journal

    journal = Journal(load_settings())
    try:
        yield journal
    except JournalError as error:
        raise StaffError(str(error)) from error
    finally:
        journal.close()


@contextmanager
def _accounts() -> Iterator[Accounts]:
    from bot.staff import Accounts

    with _journal() as journal:
        yield Accounts(journal)


@app.command()
def add(name: Name) -> None:
    """Make an account. The password is asked for twice; or it is the first line of standard input."""
    with _accounts() as accounts:
        kept = accounts.add(name, _password())
    print(f"{kept} can sign in now.")


@app.command("list")
def list_() -> None:
    """Show the accounts."""
    from rich.console import Console
    from rich.table import Table

    with _accounts() as accounts:
        listed = accounts.listed()
    table = Table("Name", "Since (UTC)", "Here now, last seen (UTC)", "Locked until (UTC)")
    for account in listed:
        times = (account.created_at, account.last_seen_at, account.locked_until)
        table.add_row(account.name, *(f"{time:%Y-%m-%d %H:%M}" if time else "" for time in times))
    if listed:
        Console().print(table)
    else:
        print("There are no accounts yet; make one: faqbot staff add NAME")


@app.command()
def remove(name: Name) -> None:
    """Take an account away; its owner is signed out everywhere."""
    with _accounts() as accounts:
        accounts.remove(name)
    print(f"{name} can sign in no more.")


@app.command()
def password(name: Name) -> None:
    """Give an account another password, and unlock it; its owner is signed out everywhere."""
    with _accounts() as accounts:
        accounts.set_password(name, _password())
    print(f"{name} has a new password.")


@app.command()
def log(limit: Annotated[int, typer.Option(min=1, help="How many entries, the newest.")] = 50) -> None:
    """Show what staff did, the newest first."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    with _journal() as journal:
        entries = journal.audited(limit)
    table = Table("Time (UTC)", "Who", "What", "About")
    for entry in entries:
        table.add_row(f"{entry.time:%Y-%m-%d %H:%M:%S}", *map(Text, (entry.who, entry.action, entry.about)))
    if entries:
        Console().print(table)
    else:
        print("Nothing was done yet.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password (12 characters or more, a few words are good): ")
    if getpass.getpass("Once more: ") != first:
        raise StaffError("the two passwords are not the same; nothing was changed")
    return first
