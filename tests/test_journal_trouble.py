"""Whatever is wrong with the journal, it costs entries, which are counted, and nobody an answer."""

from __future__ import annotations

import logging
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import postgres
import pytest
from journals import reply, rows
from sqlalchemy import ExceptionContext, event

from bot.database import JournalBusyError, JournalError
from bot.journal import Journal
from bot.journal_tables import Action
from bot.settings import SettingsError, load_settings
from bot.writer import Writer

REPLY_ID = "0123456789abcdef" * 2


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "state"


@pytest.fixture
def journal(state: Path) -> Iterator[Journal]:
    journal = Journal(load_settings(state=state))
    yield journal
    journal.close()


def comments(state: Path) -> list[str]:
    return [comment for (comment,) in rows(f"sqlite:///{state}/journal.db", "SELECT comment FROM feedback ORDER BY id")]


def test_nothing_is_written_before_there_is_something_to_keep(journal: Journal, state: Path) -> None:
    journal.start()
    assert journal.flush()
    assert not state.exists()


def test_only_the_owner_may_read_the_files(journal: Journal, state: Path) -> None:
    journal.keep_feedback(REPLY_ID, "up", "private")
    journal.flush()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()}
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


def test_what_is_deleted_is_no_longer_in_the_file(journal: Journal, state: Path) -> None:
    journal.keep_feedback(REPLY_ID, "up", "an opinion of long ago")
    journal.flush()
    with journal.session() as session:
        session.connection().exec_driver_sql("DELETE FROM feedback")
    journal.close()
    assert b"of long ago" not in (state / "journal.db").read_bytes()


def test_what_is_deleted_when_it_is_old_is_in_neither_file_while_the_journal_is_open(
    journal: Journal, state: Path
) -> None:
    journal.keep_feedback(REPLY_ID, "up", "an opinion of long ago")
    journal.flush()
    assert b"of long ago" in (state / "journal.db-wal").read_bytes()
    assert journal.delete_old(datetime.now(UTC) + timedelta(days=1000)) == 1
    for name in ("journal.db", "journal.db-wal"):
        assert b"of long ago" not in (state / name).read_bytes()


def test_what_somebody_still_reads_is_told_to_be_in_the_log(state: Path) -> None:
    journal = Journal(load_settings(database=f"sqlite:///{state}/journal.db?timeout=0.1"))
    journal.audit("ann", Action.SIGN_IN)
    with closing(sqlite3.connect(state / "journal.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM audit").fetchall()
        journal.audit("ann", Action.SIGN_OUT)
        with pytest.raises(JournalBusyError, match="in its log still"):
            journal.delete_old(datetime.now(UTC))
    journal.close()


def test_files_that_others_could_read_are_closed_to_them(state: Path) -> None:
    state.mkdir()
    with closing(sqlite3.connect(state / "journal.db")) as before:
        before.execute("PRAGMA journal_mode=WAL")
        before.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")
        for path in state.iterdir():
            path.chmod(0o644)
        journal = Journal(load_settings(state=state))
        assert journal.audit("ann", Action.SIGN_IN)
        assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {0o600}
        journal.close()


def test_an_entry_that_meets_a_locked_database_is_tried_once_more(state: Path) -> None:
    journal = Journal(load_settings(database=f"sqlite:///{state}/journal.db?timeout=0.1"))
    journal.audit("ann", Action.SIGN_IN)
    lock = sqlite3.connect(state / "journal.db", isolation_level=None, check_same_thread=False)
    met: list[str] = []

    def goes_away(context: ExceptionContext) -> None:
        met.append(str(context.original_exception))
        lock.execute("ROLLBACK")

    event.listen(journal.database._engine, "handle_error", goes_away)
    with closing(lock):
        lock.execute("BEGIN EXCLUSIVE")
        journal.keep_feedback(REPLY_ID, "up", "meanwhile")
        assert journal.flush()
    journal.close()
    assert met == ["database is locked"]
    assert comments(state) == ["meanwhile"]
    assert journal.lost == 0


def test_an_entry_that_meets_a_locked_database_twice_is_lost(state: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(load_settings(database=f"sqlite:///{state}/journal.db?timeout=0.1"))
    journal.audit("ann", Action.SIGN_IN)
    with closing(sqlite3.connect(state / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert not journal.audit("ann", Action.SIGN_OUT)
    journal.close()
    assert journal.lost == 1
    assert "of audit (OperationalError)" in caplog.text


def test_a_file_of_the_time_before_keeps_its_ratings(journal: Journal, state: Path) -> None:
    state.mkdir()
    with closing(sqlite3.connect(state / "journal.db")) as before:
        before.executescript(
            "CREATE TABLE feedback (id INTEGER NOT NULL PRIMARY KEY, time DATETIME NOT NULL, reply_id VARCHAR(64)"
            " NOT NULL, rating VARCHAR(8) NOT NULL, comment VARCHAR(500));"
            "CREATE INDEX ix_feedback_time ON feedback (time);"
            "CREATE INDEX ix_feedback_reply_id ON feedback (reply_id);"
            f"INSERT INTO feedback VALUES (7, '2026-11-20 10:11:12.131415', '{REPLY_ID}', 'down', 'Too long.')"
        )
    journal.keep_feedback(REPLY_ID[::-1], "down", "Too short.")
    journal.flush()
    assert comments(state) == ["Too long.", "Too short."]
    assert {str(gap.time) for gap in journal.gaps()} >= {"2026-11-20 10:11:12.131415+00:00"}


def test_a_journal_of_a_newer_version_is_left_alone(
    journal: Journal, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal.audit("ann", Action.SIGN_IN)
    with closing(sqlite3.connect(state / "journal.db", isolation_level=None)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    other = Journal(load_settings(state=state))
    assert not other.audit("bob", Action.SIGN_IN)
    with pytest.raises(JournalError, match="made by a newer faqbot"):
        other.gaps()
    other.close()
    assert other.lost == 1
    assert rows(f"sqlite:///{state}/journal.db", "SELECT who FROM audit") == [("ann",)]


def _is_a_folder(path: Path) -> None:
    path.mkdir(parents=True)


def _stands_in_a_file(path: Path) -> None:
    path.parent.write_text("no folder")


def _is_on_a_full_disk(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to("/dev/full")


def _is_no_database(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all\n" * 100)


def _has_another_table(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE feedback (id INTEGER PRIMARY KEY)")


def _stands_in_a_folder_of_the_system(path: Path) -> None:
    path.parent.symlink_to("/proc/self")


@pytest.mark.parametrize(
    "breaks",
    [
        *(_is_a_folder, _stands_in_a_file, _is_on_a_full_disk, _is_no_database, _has_another_table),
        _stands_in_a_folder_of_the_system,
    ],
)
def test_what_can_not_be_kept_is_counted_and_logged_without_its_words(
    journal: Journal, state: Path, caplog: pytest.LogCaptureFixture, breaks: Callable[[Path], None]
) -> None:
    breaks(state / "journal.db")
    with caplog.at_level(logging.DEBUG):
        journal.start()
        journal.keep_feedback(REPLY_ID, "down", "my secret illness")
        journal.keep_reply(reply(question="my secret illness"), 1.0)
        assert journal.flush()
    assert journal.lost >= 1
    assert f"{journal.lost} since the start" in caplog.text
    assert "secret" not in caplog.text


def test_a_disk_that_gets_full_loses_what_has_no_room_and_keeps_what_was_there(journal: Journal, state: Path) -> None:
    journal.keep_feedback(REPLY_ID, "up", "before")
    journal.flush()
    with journal.session() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    journal.keep_feedback(REPLY_ID, "down", "x" * 100_000)
    journal.flush()
    assert journal.lost == 1
    assert comments(state) == ["before"]
    journal.close()  # the next connection has room again
    journal.keep_feedback(REPLY_ID, "up", "after")
    journal.flush()
    assert comments(state) == ["before", "after"]


def test_an_entry_waits_while_another_writes(journal: Journal, state: Path) -> None:
    journal.keep_feedback(REPLY_ID, "up", "before")
    journal.flush()
    with closing(sqlite3.connect(state / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert journal.keep_feedback(REPLY_ID, "up", "meanwhile")
        assert [gap.comment for gap in journal.gaps()] == []  # reading waits for nobody
        other.execute("ROLLBACK")
    assert journal.flush()
    assert comments(state) == ["before", "meanwhile"]
    assert journal.lost == 0


def test_a_file_that_was_taken_away_is_made_anew(journal: Journal, state: Path) -> None:
    journal.keep_feedback(REPLY_ID, "up", "before")
    journal.flush()
    for path in state.iterdir():
        path.unlink()
    journal.keep_feedback(REPLY_ID, "up", "after")
    journal.flush()
    assert comments(state) == ["after"]


def test_entries_that_find_no_room_are_counted_and_what_waits_is_written_at_the_end(
    journal: Journal, state: Path
) -> None:
    journal.audit("ann", Action.SIGN_IN)
    with closing(sqlite3.connect(state / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        taken = sum(journal.keep_feedback(REPLY_ID, "up", str(n)) for n in range(1200))
        other.execute("ROLLBACK")
    assert journal.lost == 1200 - taken > 0
    while journal.waiting:
        journal.flush(60)
    journal.close()
    assert len(comments(state)) == taken


@pytest.mark.slow
def test_a_database_that_is_gone_loses_what_comes_meanwhile_and_nothing_afterwards() -> None:
    with postgres.started() as server:
        journal = Journal(load_settings(database=server.database()))
        for comment, there in (("before", True), ("meanwhile", False), ("after", True)):
            if comment != "before":
                (server.start if there else server.stop)()
            assert journal.keep_feedback(REPLY_ID, "up", comment)
            assert journal.flush(30)
            assert journal.audit("ann", Action.SIGN_IN, comment) == there
            if not there:
                with pytest.raises(JournalError, match="can't be used"):
                    journal.gaps()
        assert journal.lost == 2
        with journal.reading() as session:
            kept = session.connection().exec_driver_sql("SELECT comment FROM feedback ORDER BY id").scalars().all()
        assert kept == ["before", "after"]
        journal.close()


def test_a_database_that_nobody_serves_can_not_be_opened_and_its_password_is_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal = Journal(load_settings(database="postgresql://faqbot:mypassword@127.0.0.1:1/faqbot"))
    with pytest.raises(JournalError, match=r"postgresql://faqbot:\*\*\*@127.0.0.1:1/faqbot: can't be opened") as caught:
        journal.gaps()
    assert not journal.audit("ann", Action.SIGN_IN)
    journal.close()
    assert "mypassword" not in caplog.text + str(caught.value)


def test_a_driver_that_is_missing_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"FAQBOT_DATABASE: .*pip install faqbot-clinic\[postgres\]"):
        Journal(load_settings(database="postgresql://faqbot@127.0.0.1/faqbot"))


def test_a_chore_is_done_when_the_writer_starts_and_again_and_again() -> None:
    times = threading.Semaphore(0)

    def chore() -> bool:
        times.release()
        return True

    writer = Writer(room=1, chore=chore, every_s=0.01)
    writer.start()
    assert all(times.acquire(timeout=20) for _ in range(3))
    assert writer.close(20) == 0


def test_a_chore_that_failed_is_done_again_sooner() -> None:
    done = threading.Event()
    outcomes = iter([False])

    def chore() -> bool:
        failed = next(outcomes, None) is not None
        if not failed:
            done.set()
        return not failed

    writer = Writer(room=1, chore=chore, every_s=0.5)
    writer.start()
    assert done.wait(20)
    writer.close(20)


def test_a_writer_that_is_closed_does_first_what_waits_and_tells_what_it_could_not() -> None:
    going, done = threading.Event(), []
    writer = Writer(room=3, chore=lambda: True, every_s=1000)
    assert writer.put(going.wait)
    while writer.waiting:  # until the thread has taken it
        pass
    assert all(writer.put(lambda n=n: done.append(n)) for n in range(2))
    assert writer.close(timeout_s=0.01) == 2
    going.set()
    assert writer.flush(20)
    assert done == [0, 1]
    assert writer.close(20) == 0
    assert writer.close(20) == 0


@pytest.mark.parametrize("ends", [Writer.flush, Writer.close])
def test_work_rests_until_somebody_waits_for_it(ends: Callable[[Writer, float], object]) -> None:
    done: list[int] = []
    writer = Writer(room=3, chore=lambda: True, every_s=1000, pause_s=1000)
    assert all(writer.put(lambda n=n: done.append(n)) for n in range(2))
    assert done == []
    ends(writer, 20)
    assert done == [0, 1]
    writer.close(20)
