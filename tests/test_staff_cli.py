"""faqbot staff: accounts from the command line, and what faqbot serve says while there are none."""

from __future__ import annotations

import os
import pty
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.journal import Journal
from bot.journal_tables import Action
from bot.settings import load_settings
from bot.staff import Accounts
from bot.staff_sessions import FIRST_VISITOR, Sessions
from bot.web.server import first_visit
from bot.web.signin import Door

pytestmark = pytest.mark.slow

SCRIPT = Path(sys.executable).with_name("faqbot")
PASSWORD = "four ducks on a pond"


def staff(state: Path, *arguments: str, password: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, "staff", *arguments],
        env={**os.environ, "FAQBOT_STATE": str(state)},
        input=f"{password}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def at_terminal(state: Path, answers: list[str], *arguments: str) -> str:
    """What a terminal shows of the command, which asks for as many answers."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(SCRIPT, [str(SCRIPT), "staff", *arguments], {**os.environ, "FAQBOT_STATE": str(state)})
    shown = b""
    while True:
        try:
            read = os.read(terminal, 1024)
        except OSError:  # what Linux says when the child is gone
            read = b""
        if not read:
            break
        shown += read
        if read.rstrip(b"\r\n").endswith(b": ") and answers:
            os.write(terminal, f"{answers.pop(0)}\n".encode())
    os.waitpid(child, 0)
    return shown.decode()


def accounts(state: Path) -> Accounts:
    return Accounts(Journal(load_settings(state=state)))


def test_an_account_is_made_listed_given_a_new_password_and_removed(tmp_path: Path) -> None:
    assert "no accounts yet" in staff(tmp_path, "list").stdout
    made = staff(tmp_path, "add", "Nurse Kim", password=PASSWORD)
    assert (made.returncode, made.stdout, made.stderr) == (0, "nurse kim can sign in now.\n", "")
    assert "nurse kim" in staff(tmp_path, "list").stdout
    assert accounts(tmp_path).sign_in("nurse kim", PASSWORD)
    assert staff(tmp_path, "password", "Nurse Kim", password="seven geese over a hill").returncode == 0
    assert accounts(tmp_path).sign_in("nurse kim", "seven geese over a hill")
    assert staff(tmp_path, "remove", "Nurse Kim").returncode == 0
    assert not accounts(tmp_path).exist()


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (("add", "nurse kim"), "short", "12 to 500"),
        (("add", "(nobody)"), PASSWORD, "can't be a name"),
        (("password", "nobody"), PASSWORD, "faqbot staff list"),
        (("remove", "nobody"), "", "faqbot staff list"),
    ],
)
def test_what_can_not_be_done_is_one_line_and_status_2(
    tmp_path: Path, arguments: tuple[str, ...], password: str, said: str
) -> None:
    done = staff(tmp_path, *arguments, password=password)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("faqbot: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_a_journal_that_can_not_be_opened_is_one_line_and_status_2(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    done = staff(tmp_path, "list")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "journal.db" in done.stderr


def test_a_journal_that_has_lost_a_table_is_one_line_and_status_2(tmp_path: Path) -> None:
    accounts(tmp_path).add("kim", PASSWORD)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
        other.execute("DROP TABLE staff_session")
    done = staff(tmp_path, "list")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "journal.db: can't be used" in done.stderr


def test_the_log_shows_what_was_done_the_newest_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    assert "Nothing was done yet" in staff(tmp_path, "log").stdout
    journal = Journal(load_settings(state=tmp_path))
    journal.audit("kim", Action.SIGN_IN)
    journal.audit("kim", Action.EXPORT, "gaps of [7] days")
    journal.close()
    lines = [line for line in staff(tmp_path, "log").stdout.splitlines() if "kim" in line]
    assert ["export" in line for line in lines] == [True, False]
    assert "gaps of [7] days" in lines[0]
    assert "sign_in" in lines[1]
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", lines[0])
    newest = staff(tmp_path, "log", "--limit", "1").stdout
    assert "export" in newest
    assert "sign_in" not in newest


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    shown = at_terminal(tmp_path, [PASSWORD, PASSWORD], "add", "kim")
    assert "kim can sign in now." in shown
    assert shown.count(": ") == 2
    assert PASSWORD not in shown
    assert accounts(tmp_path).sign_in("kim", PASSWORD)


def test_two_passwords_that_differ_change_nothing(tmp_path: Path) -> None:
    shown = at_terminal(tmp_path, [PASSWORD, "seven geese over a hill"], "add", "kim")
    assert "not the same" in shown
    assert PASSWORD not in shown
    assert not accounts(tmp_path).exist()


def door(state: Path, **changes: str) -> Door:
    settings = load_settings(state=state, port=8123, **changes)
    journal = Journal(settings)
    return Door(settings, Accounts(journal), Sessions(journal))


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("localhost", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://127.0.0.1:8123"),
        ("::1", "http://[::1]:8123"),
    ],
)
def test_while_there_are_no_accounts_the_server_prints_a_link_for_its_own_computer(
    tmp_path: Path, host: str, base: str
) -> None:
    opened = door(tmp_path, host=host)
    said = first_visit(opened)
    assert "faqbot staff add NAME" in said
    [link] = re.findall(rf"{re.escape(base)}/staff/sign-in\?link=([\w-]{{43}})\n", said)
    assert opened.first_visit.who(opened.first_visit.use(link)) == FIRST_VISITOR


def test_where_this_computer_can_not_reach_the_server_no_link_is_printed(tmp_path: Path) -> None:
    said = first_visit(door(tmp_path, host="192.0.2.7"))
    assert "faqbot staff add NAME" in said
    assert "http" not in said


def test_once_there_is_an_account_nothing_is_printed(tmp_path: Path) -> None:
    opened = door(tmp_path)
    opened.accounts.add("kim", PASSWORD)
    assert first_visit(opened) == ""
