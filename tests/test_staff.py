"""Staff accounts, what slows down who guesses, and sessions that end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY
from journals import rows
from staffing import Clock

from bot.journal import Journal
from bot.lockout import LONGEST_LOCK, QUIET, TRIES
from bot.passwords import Passwords, StaffError
from bot.settings import load_settings
from bot.staff import DEVICE_KEPT, Accounts, SignedIn
from bot.staff_sessions import FIRST_VISITOR, IDLE, LONGEST, FirstVisit, Sessions

PASSWORD = "four ducks on a pond"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(address: str) -> Iterator[Journal]:
    journal = Journal(load_settings(database=address))
    yield journal
    journal.close()


@pytest.fixture
def accounts(journal: Journal, clock: Clock) -> Accounts:
    accounts = Accounts(journal, clock, Passwords(CHEAPEST))
    accounts.add("Nurse Kim", PASSWORD)
    return accounts


@pytest.fixture
def sessions(journal: Journal, clock: Clock) -> Sessions:
    return Sessions(journal, IDLE, clock)


def signed_in(found: SignedIn | None) -> SignedIn:
    assert found
    return found


def fail(accounts: Accounts, times: int, name: str = "nurse kim", device: str | None = None) -> None:
    for _ in range(times):
        assert accounts.sign_in(name, "no such password", device) is None


def test_an_account_signs_in_by_its_name_however_it_is_written(accounts: Accounts) -> None:
    for name in ("nurse kim", "Nurse  Kim ", "NURSE KIM"):
        assert signed_in(accounts.sign_in(name, PASSWORD)).name == "nurse kim"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("nurse kim", "Four ducks on a pond"),
        ("nurse kim", f"{PASSWORD} "),
        ("nurse kim", ""),
        ("nurse kim", "x" * 100_000),
        ("nurse kim", "\ud800"),
        ("nurse", PASSWORD),
        ("", PASSWORD),
        ("\x00", PASSWORD),
        (FIRST_VISITOR, PASSWORD),
        ("' or 1=1 --", PASSWORD),
    ],
)
def test_a_wrong_name_or_password_is_nobody(accounts: Accounts, name: str, password: str) -> None:
    assert accounts.sign_in(name, password) is None


def test_a_password_is_the_same_in_either_form_of_its_characters(accounts: Accounts) -> None:
    accounts.add("zoe", "quatre canards égarés")
    assert accounts.sign_in("zoe", "quatre canards e\u0301gare\u0301s")


def test_the_database_holds_neither_a_password_nor_a_token(
    accounts: Accounts, sessions: Sessions, address: str
) -> None:
    found = signed_in(accounts.sign_in("nurse kim", PASSWORD))
    token = sessions.open(found.account_id)
    [[kept]] = rows(address, "SELECT password_hash FROM account")
    assert kept.startswith("$argon2id$")
    names = ("account", "staff_session", "staff_device", "audit")
    held = str([rows(address, f"SELECT * FROM {name}") for name in names])
    assert kept in held
    for secret in (PASSWORD, token, found.device):
        assert secret not in held


def test_passwords_cost_what_the_standard_recommends_and_old_hashes_are_made_anew(
    accounts: Accounts, journal: Journal, address: str
) -> None:
    costs = RFC_9106_LOW_MEMORY
    dear = Accounts(journal)
    assert dear.sign_in("nurse kim", PASSWORD)
    [[kept]] = rows(address, "SELECT password_hash FROM account")
    assert f"m={costs.memory_cost},t={costs.time_cost},p={costs.parallelism}" in kept
    assert costs.memory_cost >= 64 * 1024
    assert accounts.sign_in("nurse kim", PASSWORD)


def test_a_password_is_checked_for_a_name_that_nobody_has_as_well() -> None:
    passwords = Passwords(CHEAPEST)
    kept = passwords.hash(PASSWORD)
    assert passwords.matches(kept, PASSWORD)
    assert not passwords.matches(None, PASSWORD)
    assert not passwords.matches("no hash", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("Nurse Kim", PASSWORD, "already"),
        ("", PASSWORD, "can't be a name"),
        ("(this computer)", PASSWORD, "can't be a name"),
        ("nurse\nkim", "short", "characters"),
        ("eve\x1b[31m", PASSWORD, "can't be a name"),
        ("x" * 101, PASSWORD, "can't be a name"),
        ("eve", "eleven char", "12 to 500"),
        ("eve", "x" * 501, "12 to 500"),
        ("eve", "abababababababab", "over and over"),
        ("eve", "my name is Eve, hello", "name in it"),
    ],
)
def test_what_can_not_be_taken_is_refused_and_no_message_tells_a_password(
    accounts: Accounts, name: str, password: str, said: str
) -> None:
    with pytest.raises(StaffError, match=re.escape(said)) as refused:
        accounts.add(name, password)
    assert password not in str(refused.value)
    assert str(refused.value).isprintable()
    assert [account.name for account in accounts.listed()] == ["nurse kim"]


def test_after_five_wrong_passwords_an_account_takes_none_for_a_minute_then_for_longer(
    accounts: Accounts, clock: Clock
) -> None:
    fail(accounts, TRIES)
    assert accounts.sign_in("nurse kim", PASSWORD) is None
    clock.wait(MINUTE)
    fail(accounts, 1)
    clock.wait(MINUTE)
    assert accounts.sign_in("nurse kim", PASSWORD) is None
    clock.wait(MINUTE)
    assert accounts.sign_in("nurse kim", PASSWORD)
    fail(accounts, TRIES - 1)
    assert accounts.sign_in("nurse kim", PASSWORD)


def test_no_lock_is_longer_than_a_quarter_of_an_hour_and_tries_do_not_put_its_end_off(
    accounts: Accounts, clock: Clock
) -> None:
    for _ in range(40):
        fail(accounts, 1)
        clock.wait(LONGEST_LOCK)
    fail(accounts, 3)
    clock.wait(LONGEST_LOCK)
    assert accounts.sign_in("nurse kim", PASSWORD)


def test_a_day_later_wrong_passwords_are_forgotten(accounts: Accounts, clock: Clock) -> None:
    fail(accounts, TRIES)
    clock.wait(QUIET + 2 * MINUTE)
    fail(accounts, TRIES - 1)
    assert accounts.sign_in("nurse kim", PASSWORD)


def test_a_stranger_who_guesses_on_and_on_does_not_keep_out_a_browser_that_is_known(
    accounts: Accounts, clock: Clock
) -> None:
    device = signed_in(accounts.sign_in("nurse kim", PASSWORD)).device
    for _ in range(5):
        fail(accounts, TRIES)
        device = signed_in(accounts.sign_in("nurse kim", PASSWORD, device)).device
        assert accounts.sign_in("nurse kim", PASSWORD) is None
        clock.wait(LONGEST_LOCK)


def test_a_known_browser_that_fails_too_often_is_known_no_more(accounts: Accounts) -> None:
    device = signed_in(accounts.sign_in("nurse kim", PASSWORD)).device
    assert accounts.knows(device, "Nurse  KIM")
    assert not accounts.knows(device, "lee")
    assert not accounts.knows(device, "\0")
    fail(accounts, TRIES, device=device)
    assert not accounts.knows(device, "nurse kim")
    fail(accounts, TRIES, device=device)
    assert accounts.sign_in("nurse kim", PASSWORD, device) is None


def test_a_browser_known_for_one_account_is_a_stranger_to_another(accounts: Accounts) -> None:
    accounts.add("dr lee", "seven geese over a hill")
    device = signed_in(accounts.sign_in("nurse kim", PASSWORD)).device
    fail(accounts, TRIES, "dr lee", device)
    assert accounts.sign_in("dr lee", "seven geese over a hill", device) is None
    assert accounts.knows(device, "nurse kim")


def test_a_browser_that_was_not_used_for_a_season_is_known_no_more(accounts: Accounts, clock: Clock) -> None:
    old = signed_in(accounts.sign_in("nurse kim", PASSWORD)).device
    clock.wait(DEVICE_KEPT + MINUTE)
    assert accounts.sign_in("nurse kim", PASSWORD)
    assert not accounts.knows(old, "nurse kim")


def test_of_many_guesses_at_once_no_more_are_answered_than_of_one_after_the_other(
    accounts: Accounts, address: str
) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: accounts.sign_in("nurse kim", f"guess number {n}"), range(20)))
    assert found == [None] * 20
    assert rows(address, "SELECT failures FROM account") == [(TRIES,)]
    assert accounts.sign_in("nurse kim", PASSWORD) is None


def test_of_two_who_make_an_account_at_once_one_is_refused(accounts: Accounts) -> None:
    def add(password: str) -> str | None:
        try:
            return accounts.add("Nurse Lee", password)
        except StaffError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        said = sorted(map(str, pool.map(add, ("five swans in a row", "nine cranes at dawn"))))
    assert said == ["nurse lee", "there is an account nurse lee already; run: faqbot staff password 'nurse lee'"]
    assert len(accounts.listed()) == 2


def test_what_happens_to_accounts_is_written_down_without_what_a_stranger_typed(
    accounts: Accounts, address: str
) -> None:
    accounts.sign_in("nurse kim", PASSWORD)
    fail(accounts, 1)
    fail(accounts, 1, name=PASSWORD)
    accounts.set_password("Nurse Kim", "seven geese over a hill")
    accounts.remove("nurse kim")
    assert rows(address, "SELECT who, action, about FROM audit ORDER BY id") == [
        ("(command line)", "account_added", "nurse kim"),
        ("nurse kim", "sign_in", ""),
        ("nurse kim", "sign_in_failed", ""),
        ("", "sign_in_failed", ""),
        ("(command line)", "password_changed", "nurse kim"),
        ("(command line)", "account_removed", "nurse kim"),
    ]


def test_a_new_password_unlocks_and_signs_out_everywhere(accounts: Accounts, sessions: Sessions) -> None:
    found = signed_in(accounts.sign_in("nurse kim", PASSWORD))
    token = sessions.open(found.account_id)
    fail(accounts, TRIES)
    assert accounts.listed()[0].locked_until
    accounts.set_password("nurse kim", "seven geese over a hill")
    assert sessions.who(token) is None
    assert not accounts.knows(found.device, "nurse kim")
    assert accounts.sign_in("nurse kim", PASSWORD) is None
    assert accounts.sign_in("nurse kim", "seven geese over a hill")
    assert accounts.listed()[0].locked_until is None


def test_whoever_is_removed_is_signed_out_at_once_and_the_others_stay(accounts: Accounts, sessions: Sessions) -> None:
    accounts.add("dr lee", "seven geese over a hill")
    kim = sessions.open(signed_in(accounts.sign_in("nurse kim", PASSWORD)).account_id)
    lee = sessions.open(signed_in(accounts.sign_in("dr lee", "seven geese over a hill")).account_id)
    accounts.remove("nurse kim")
    assert [sessions.who(token) for token in (kim, lee)] == [None, "dr lee"]
    with pytest.raises(StaffError, match="no account 'nurse kim'"):
        accounts.remove("nurse kim")


def test_a_session_ends_when_nothing_is_done_for_a_while(accounts: Accounts, sessions: Sessions, clock: Clock) -> None:
    token = sessions.open(signed_in(accounts.sign_in("nurse kim", PASSWORD)).account_id)
    for _ in range(5):
        clock.wait(IDLE - MINUTE)
        assert sessions.who(token) == "nurse kim"
    clock.wait(IDLE - MINUTE)
    assert sessions.who(token, is_active=False) == "nurse kim"
    clock.wait(MINUTE)
    assert sessions.who(token) is None
    assert sessions.who(token) is None


def test_a_session_ends_with_the_working_day_whatever_is_done(
    accounts: Accounts, sessions: Sessions, clock: Clock
) -> None:
    token = sessions.open(signed_in(accounts.sign_in("nurse kim", PASSWORD)).account_id)
    for _ in range(LONGEST // (20 * MINUTE) - 1):
        clock.wait(20 * MINUTE)
        assert sessions.who(token)
    clock.wait(20 * MINUTE)
    assert sessions.who(token) is None


def test_a_session_stays_open_where_it_can_not_be_written_down_that_somebody_is_there(
    tmp_path: Path, clock: Clock
) -> None:
    file = tmp_path / "journal.db"
    journal = Journal(load_settings(database=f"sqlite:///{file}?timeout=0.1"))
    accounts, sessions = Accounts(journal, clock, Passwords(CHEAPEST)), Sessions(journal, IDLE, clock)
    accounts.add("Nurse Kim", PASSWORD)
    token = sessions.open(signed_in(accounts.sign_in("nurse kim", PASSWORD)).account_id)
    clock.wait(2 * MINUTE)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert sessions.who(token) == "nurse kim"
    clock.wait(IDLE - MINUTE)
    assert sessions.who(token) is None  # what couldn't be written puts the end off no longer
    journal.close()


def test_a_session_that_is_closed_or_made_up_is_nobodys(
    accounts: Accounts, sessions: Sessions, address: str, clock: Clock
) -> None:
    account = signed_in(accounts.sign_in("nurse kim", PASSWORD)).account_id
    token = sessions.open(account)
    sessions.close(token)
    for made_up in (token, "", None, "x" * 10_000, "\ud800"):
        assert sessions.who(made_up) is None
    sessions.open(account)
    clock.wait(LONGEST)
    sessions.open(account)
    assert rows(address, "SELECT count(*) FROM staff_session") == [(1,)]


def test_the_link_of_the_first_visit_works_once(clock: Clock) -> None:
    first = FirstVisit(clock)
    assert first.use("") is None
    link = first.link()
    assert first.use(f"{link}x") is None
    token = first.use(link)
    assert first.who(token) == FIRST_VISITOR
    assert first.use(link) is None
    assert [first.who(other) for other in (link, "", None)] == [None] * 3
    clock.wait(LONGEST)
    assert first.who(token) is None
    again = first.use(first.link())
    assert first.who(again) == FIRST_VISITOR
    first.close()
    assert first.who(again) is None
