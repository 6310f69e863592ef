"""The journal: what it keeps, and that whatever is wrong with it costs nobody an answer."""

from __future__ import annotations

import logging
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.journal import Journal

REPLY_ID = "0123456789abcdef" * 2


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "state" / "journal.db")
    yield journal
    journal.close()


def rows(path: Path) -> list[tuple[str, str, str | None]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT reply_id, rating, comment FROM feedback ORDER BY id").fetchall()


def test_ratings_are_kept_in_their_order_with_their_time(journal: Journal) -> None:
    before = datetime.now(UTC)
    assert journal.keep_feedback(REPLY_ID, "up")
    assert journal.keep_feedback(REPLY_ID, "down", "It's “too long”; DROP TABLE feedback;-- \ud800")
    assert rows(journal.path) == [
        (REPLY_ID, "up", None),
        (REPLY_ID, "down", "It's “too long”; DROP TABLE feedback;-- ?"),
    ]
    with closing(sqlite3.connect(journal.path)) as connection:
        times = [datetime.fromisoformat(time) for (time,) in connection.execute("SELECT time FROM feedback")]
        mode = connection.execute("PRAGMA journal_mode").fetchone()
    assert all(before <= time.replace(tzinfo=UTC) <= datetime.now(UTC) for time in times)
    assert mode == ("wal",)
    assert journal.lost == 0


def test_nothing_is_written_before_there_is_something_to_keep(journal: Journal) -> None:
    assert not journal.path.parent.exists()


def test_only_the_owner_may_read_the_file(journal: Journal) -> None:
    journal.keep_feedback(REPLY_ID, "up", "private")
    files = sorted(journal.path.parent.iterdir())
    assert {path.name for path in files} >= {"journal.db"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_many_who_rate_at_once_are_all_kept(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as patients:
        kept = list(patients.map(lambda n: journal.keep_feedback(REPLY_ID, "up", str(n)), range(40)))
    assert all(kept)
    assert sorted(int(comment or -1) for _, _, comment in rows(journal.path)) == list(range(40))


def test_a_second_server_writes_to_the_same_file(journal: Journal) -> None:
    with closing(Journal(journal.path)) as other:
        journal.keep_feedback(REPLY_ID, "up", "one")
        other.keep_feedback(REPLY_ID, "up", "two")
    assert [comment for _, _, comment in rows(journal.path)] == ["one", "two"]


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


@pytest.mark.parametrize(
    "breaks", [_is_a_folder, _stands_in_a_file, _is_on_a_full_disk, _is_no_database, _has_another_table]
)
def test_what_can_not_be_kept_is_counted_and_logged_without_its_words(
    journal: Journal, caplog: pytest.LogCaptureFixture, breaks: object
) -> None:
    assert callable(breaks)
    breaks(journal.path)
    with caplog.at_level(logging.DEBUG):
        assert not journal.keep_feedback(REPLY_ID, "down", "my secret illness")
        assert not journal.keep_feedback(REPLY_ID, "down", "my secret illness")
    assert journal.lost == 2
    assert "2 since the start" in caplog.text
    assert "secret" not in caplog.text


def test_an_entry_is_lost_while_another_holds_the_file_and_kept_again_afterwards(journal: Journal) -> None:
    journal.keep_feedback(REPLY_ID, "up", "before")
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert not journal.keep_feedback(REPLY_ID, "up", "meanwhile")
        other.execute("ROLLBACK")
    assert journal.keep_feedback(REPLY_ID, "up", "after")
    assert [comment for _, _, comment in rows(journal.path)] == ["before", "after"]
    assert journal.lost == 1


def test_a_file_that_was_taken_away_is_made_anew(journal: Journal) -> None:
    journal.keep_feedback(REPLY_ID, "up", "before")
    for path in journal.path.parent.iterdir():
        path.unlink()
    assert journal.keep_feedback(REPLY_ID, "up", "after")
    assert [comment for _, _, comment in rows(journal.path)] == ["after"]
