"""The journal, the same on SQLite and on PostgreSQL: what it keeps, and for how long."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from journals import HITS, reply, rows, tables
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from bot.database import Database
from bot.journal import Journal
from bot.journal_tables import Account, Action, Base, Exchange, Feedback, StaffSession
from bot.reply import Kind, Reason
from bot.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
REPLY_ID = "0123456789abcdef" * 2


@pytest.fixture
def settings(address: str) -> Settings:
    return load_settings(database=address)


@pytest.fixture
def journal(settings: Settings) -> Iterator[Journal]:
    journal = Journal(settings)
    yield journal
    journal.close()


def test_a_reply_is_kept_with_what_tells_how_it_went(journal: Journal, address: str) -> None:
    before = datetime.now(UTC)
    kept = reply()
    assert journal.keep_reply(kept, 12.5)
    assert journal.flush()
    (gap,) = journal.gaps()
    assert (gap.id, gap.text, gap.kind) == (kept.reply_id, "Do you treat gout?", "no_answer")
    assert (gap.reasons, gap.passage_ids) == (("uncovered_term:gout",), tuple(hit.passage_id for hit in HITS[:3]))
    assert before <= gap.time <= datetime.now(UTC)
    assert gap.time.utcoffset() == timedelta(0)
    assert rows(address, "SELECT latency_ms, answerer FROM exchange") == [(12.5, "extractive")]
    with journal.reading() as session:
        (scores,) = session.scalars(Base.metadata.tables["exchange"].select().with_only_columns(Exchange.scores))
    assert scores == {"dense": 0.5, "lexical": 0.25, "score": 2.0, "relevance": 0.3}
    assert journal.lost == 0


def test_ratings_are_kept_in_their_order(journal: Journal, address: str) -> None:
    assert journal.keep_feedback(REPLY_ID, "up")
    assert journal.keep_feedback(REPLY_ID, "down", "It's “too long”; DROP TABLE feedback;-- \ud800\0")
    journal.flush()
    assert rows(address, "SELECT reply_id, rating, comment FROM feedback ORDER BY id") == [
        (REPLY_ID, "up", None),
        (REPLY_ID, "down", "It's “too long”; DROP TABLE feedback;-- ?"),
    ]


def test_a_rating_down_makes_a_gap_of_a_reply_that_was_an_answer(journal: Journal) -> None:
    answer = reply(Kind.SMALLTALK, "What is SVF?", reasons=("matched:smalltalk.hello",))
    journal.keep_reply(answer, 1.0)
    journal.keep_feedback(answer.reply_id, "down", "Not what I asked", "What is SVF?")
    journal.keep_feedback(REPLY_ID, "up")
    journal.flush()
    (gap,) = journal.gaps()
    assert (gap.id, gap.text, gap.rating, gap.comment) == (answer.reply_id, "What is SVF?", "down", "Not what I asked")
    assert gap.kind == "smalltalk"


def test_what_was_only_told_is_no_gap(journal: Journal) -> None:
    journal.keep_reply(reply(Kind.NO_ANSWER, "my mom is 71", reasons=("no_question",)), 1.0)
    journal.keep_reply(reply(Kind.NO_ANSWER, "is it for twins?", reasons=("low_relevance",)), 1.0)
    journal.flush()
    assert [gap.text for gap in journal.gaps()] == ["is it for twins?"]


def test_of_several_ratings_the_last_counts_with_what_was_said_of_it(journal: Journal) -> None:
    up, down = reply(Kind.SMALLTALK), reply(Kind.SMALLTALK)
    for kept in (up, down):
        journal.keep_reply(kept, 1.0)
    journal.keep_feedback(up.reply_id, "down", "A mistake")
    journal.keep_feedback(up.reply_id, "up")
    journal.keep_feedback(down.reply_id, "down", "Too long")
    journal.keep_feedback(down.reply_id, "down", question="What is SVF?")
    journal.flush()
    (gap,) = journal.gaps()
    assert (gap.id, gap.comment, gap.text) == (down.reply_id, "Too long", "What is SVF?")


def test_a_rating_of_a_reply_that_is_not_known_is_a_gap_without_its_question(journal: Journal) -> None:
    journal.keep_feedback(REPLY_ID, "down", "No help", "What is SVF?")
    journal.flush()
    (gap,) = journal.gaps()
    assert (gap.id, gap.text, gap.kind, gap.reasons, gap.comment) == (REPLY_ID, None, None, (), "No help")


def test_gaps_come_newest_first_and_since_a_time(journal: Journal) -> None:
    questions = [f"What about {n}?" for n in range(3)]
    for question in questions:
        journal.keep_reply(reply(question=question), 1.0)
    journal.flush()
    gaps = journal.gaps()
    assert [gap.text for gap in gaps] == questions[::-1]
    assert [gap.text for gap in journal.gaps(since=gaps[1].time)] == questions[:0:-1]
    assert journal.gaps(since=datetime.now(UTC)) == []


def test_a_gap_that_is_handled_is_shown_only_when_asked_for_and_keeps_who_was_first(journal: Journal) -> None:
    kept = reply()
    journal.keep_reply(kept, 1.0)
    journal.flush()
    journal.mark_handled([kept.reply_id], by="ann")
    journal.mark_handled([kept.reply_id], by="bob")
    assert journal.gaps() == []
    (gap,) = journal.gaps(handled=True)
    assert gap.handled_by == "ann"
    assert gap.handled_at is not None
    assert gap.handled_at.utcoffset() == timedelta(0)


def test_many_gaps_are_read_though_databases_limit_a_statement(journal: Journal) -> None:
    answers = [reply(Kind.SMALLTALK) for _ in range(700)]
    for answer in answers:
        journal.keep_reply(answer, 1.0)
    journal.flush(60)
    with journal.session() as session:
        session.add_all(Feedback(time=datetime.now(UTC), reply_id=a.reply_id, rating="down") for a in answers)
    assert {gap.kind for gap in journal.gaps()} == {"smalltalk"}
    assert len(journal.gaps()) == 700


def test_replies_are_counted_by_kind_and_passages_by_how_often_they_were_shown(journal: Journal) -> None:
    for kind in (Kind.NO_ANSWER, Kind.EMERGENCY, Kind.EMERGENCY):
        journal.keep_reply(reply(kind), 1.0)
    journal.flush()
    assert journal.counts() == {"no_answer": 1, "emergency": 2}
    assert journal.counts(since=datetime.now(UTC)) == {}
    assert journal.used_passages() == {}


def test_what_staff_does_is_written_down_at_once(journal: Journal, address: str) -> None:
    assert journal.audit("ann", Action.EXPORT, "gaps.csv")
    assert rows(address, "SELECT who, action, about FROM audit") == [("ann", "export", "gaps.csv")]


def test_what_is_older_than_the_settings_allow_is_deleted_and_the_audit_stays(
    journal: Journal, address: str, settings: Settings
) -> None:
    journal.keep_reply(reply(), 1.0)
    journal.keep_feedback(REPLY_ID, "up")
    journal.flush()
    journal.mark_handled([REPLY_ID], by="ann")
    journal.audit("ann", Action.SIGN_IN)
    now = datetime.now(UTC)
    assert journal.delete_old(now + timedelta(days=settings.keep_days - 1)) == 0
    assert journal.delete_old(now + timedelta(days=settings.keep_days, minutes=1)) == 3
    assert [rows(address, f"SELECT * FROM {table}") for table in ("exchange", "feedback", "handled")] == [[], [], []]
    assert len(rows(address, "SELECT * FROM audit")) == 1


def test_a_server_that_starts_deletes_what_is_too_old(journal: Journal, address: str, settings: Settings) -> None:
    journal.keep_reply(reply(question="an old one"), 1.0)
    journal.keep_reply(reply(question="a new one"), 1.0)
    journal.flush()
    old = datetime.now(UTC) - timedelta(days=settings.keep_days + 1)
    with journal.session() as session:
        session.execute(text("UPDATE exchange SET time = :old WHERE text = 'an old one'"), {"old": old.isoformat(" ")})
    other = Journal(settings)
    other.start()
    assert other.flush()
    other.close()
    assert [gap.text for gap in journal.gaps()] == ["a new one"]


def test_what_is_old_is_deleted_a_little_at_a_time(journal: Journal, address: str, settings: Settings) -> None:
    now = datetime.now(UTC)
    with journal.session() as session:
        session.add_all(Feedback(time=now, reply_id=f"{n:032}", rating="up") for n in range(2300))
    number_of: list[int] = []
    event.listen(
        journal.database._engine,
        "commit",
        lambda _: number_of.append(len(rows(address, "SELECT id FROM feedback"))),
    )
    assert journal.delete_old(now + timedelta(days=settings.keep_days, minutes=1)) == 2300
    assert number_of == [2300, 2300, 1300, 300, 0]  # what others see when each part is about to be done
    assert rows(address, "SELECT id FROM feedback") == []


def test_two_who_mark_the_same_gaps_at_once_both_succeed(journal: Journal, address: str) -> None:
    ids = [f"{number:032}" for number in range(500)]
    journal.mark_handled(ids[:1], by="ann")  # makes the tables
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda by: journal.mark_handled(ids, by), ("ann", "bob", "cleo", "dan")))
    assert rows(address, "SELECT count(*) FROM handled") == [(500,)]


def test_more_gaps_than_a_statement_can_name_are_marked_as_handled(journal: Journal, address: str) -> None:
    ids = [f"{n:032}" for n in range(33_000)]
    journal.mark_handled(ids[:2], by="ann")
    journal.mark_handled(ids, by="bob")
    assert rows(address, "SELECT by, count(*) FROM handled GROUP BY by ORDER BY by") == [("ann", 2), ("bob", 32_998)]


def test_only_the_newest_gaps_are_read_and_that_there_are_more_is_told(journal: Journal) -> None:
    asked = [reply(question=f"What about {n}?") for n in range(4)]
    rated = reply(Kind.SMALLTALK)
    for kept in (*asked, rated):
        journal.keep_reply(kept, 1.0)
    journal.keep_feedback(rated.reply_id, "down")
    journal.flush()
    newest = [rated.reply_id, *(kept.reply_id for kept in reversed(asked))]
    for most, is_cut in ((2, True), (4, True), (5, False)):
        gaps = journal.gaps(most=most)
        assert ([gap.id for gap in gaps], gaps.is_cut) == (newest[:most], is_cut)
    journal.mark_handled(newest[:3], by="ann")  # those are not read, and don't count
    gaps = journal.gaps(most=2)
    assert ([gap.id for gap in gaps], gaps.is_cut) == (newest[3:], False)
    assert journal.gaps(most=2, handled=True).is_cut


def test_many_who_rate_at_once_are_all_kept(journal: Journal, address: str) -> None:
    with ThreadPoolExecutor(8) as patients:
        kept = list(patients.map(lambda n: journal.keep_feedback(REPLY_ID, "up", f"no. {n}"), range(40)))
    assert all(kept)
    assert journal.flush()
    assert sorted(rows(address, "SELECT comment FROM feedback")) == sorted((f"no. {n}",) for n in range(40))


_WRITES = """
import sys
from bot.journal import Journal
from bot.settings import load_settings
sys.path.insert(0, "tests")
from journals import reply
journal = Journal(load_settings(database=sys.argv[1]))
for n in range(int(sys.argv[3])):
    assert journal.keep_reply(reply(question=f"{sys.argv[2]} {n}"), 1.0)
    print(n, flush=True)
assert journal.flush(60)
journal.close()
print("lost", journal.lost, flush=True)
"""


def _writer(address: str, name: str, entries: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITES, address, name, str(entries)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


@pytest.mark.slow
def test_two_processes_that_begin_and_write_at_once_lose_nothing(address: str, journal: Journal) -> None:
    writers = [_writer(address, name, 150) for name in ("one", "two")]
    said = [writer.communicate(timeout=120)[0].splitlines()[-1] for writer in writers]
    assert said == ["lost 0"] * 2
    expected = {f"{name} {n}" for name in ("one", "two") for n in range(150)}
    assert {gap.text for gap in journal.gaps()} == expected


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_journal(address: str, journal: Journal) -> None:
    writer = _writer(address, "killed", 900)
    assert writer.stdout is not None
    with writer.stdout:
        while writer.stdout.readline().strip() != "600":
            pass
        writer.kill()
        writer.wait()
    kept = sorted(int(str(gap.text).split()[1]) for gap in journal.gaps())
    assert kept == list(range(len(kept)))  # the first ones, none in between missing
    assert journal.keep_reply(reply(question="afterwards"), 1.0)
    assert journal.flush()
    assert journal.gaps()[0].text == "afterwards"
    assert journal.lost == 0
    if address.startswith("sqlite"):
        assert rows(address, "PRAGMA integrity_check") == [("ok",)]


def test_servers_that_start_together_make_the_tables_once(settings: Settings, address: str) -> None:
    databases = [Database(settings) for _ in range(4)]
    start = threading.Barrier(len(databases))

    def opens(database: Database) -> int:
        start.wait()
        with database.reading() as session:
            return int(session.scalar(text("SELECT count(*) FROM exchange")) or 0)

    with ThreadPoolExecutor(len(databases)) as threads:
        assert list(threads.map(opens, databases)) == [0] * 4
    for database in databases:
        database.close()
    assert rows(address, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_the_migrations_make_the_tables_that_the_code_describes(journal: Journal, address: str) -> None:
    journal.audit("ann", Action.SIGN_IN)
    assert tables(address) == {*Base.metadata.tables, "alembic_version"}
    with create_engine(address, poolclass=NullPool).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_accounts_and_their_sessions_have_a_place(journal: Journal) -> None:
    now = datetime.now(UTC)
    with journal.session() as session:
        account = Account(name="ann", password_hash="…", created_at=now)
        session.add(account)
        session.flush()
        signed_in: dict[str, Any] = {"account_id": account.id, "created_at": now, "last_seen_at": now}
        session.add(StaffSession(token_hash="a", expires_at=now + timedelta(hours=8), **signed_in))
    with pytest.raises(IntegrityError), journal.session() as session:
        session.add(Account(name="ann", password_hash="…", created_at=now))
    with journal.session() as session:
        (found,) = session.query(Account).all()
        assert (found.name, found.failures, found.locked_until) == ("ann", 0, None)
        session.delete(found)
    with journal.reading() as session:
        assert session.query(StaffSession).count() == 0


@pytest.mark.parametrize(
    ("kept_text", "kind", "is_kept"),
    [
        ("none", Kind.NO_ANSWER, False),
        ("gaps", Kind.NO_ANSWER, True),
        ("gaps", Kind.SMALLTALK, False),
        ("gaps", Kind.BOUNDARY, False),
        ("gaps", Kind.EMERGENCY, False),
        ("gaps", Kind.CRISIS, False),
        ("all", Kind.NO_ANSWER, True),
        ("all", Kind.BOUNDARY, True),
        ("all", Kind.EMERGENCY, True),
        ("all", Kind.CRISIS, True),
    ],
)
def test_a_question_is_kept_only_where_the_settings_say_so(
    address: str, kept_text: str, kind: Kind, is_kept: bool
) -> None:
    journal = Journal(load_settings(database=address, keep_text=kept_text))
    journal.keep_reply(reply(kind, "Where is gout?"), 1.0)
    journal.close()
    assert rows(address, "SELECT text FROM exchange") == [("Where is gout?" if is_kept else None,)]


@pytest.mark.parametrize(
    ("kept_text", "kind", "rating", "is_kept"),
    [
        ("none", Kind.NO_ANSWER, "down", False),
        ("gaps", Kind.BOUNDARY, "down", True),
        ("gaps", Kind.BOUNDARY, "up", False),
        ("gaps", Kind.EMERGENCY, "down", False),
        ("gaps", Kind.CRISIS, "down", False),
        ("all", Kind.CRISIS, "down", True),
    ],
)
def test_the_question_of_a_rating_is_kept_as_that_of_its_reply_would_be(
    address: str, kept_text: str, kind: Kind, rating: str, is_kept: bool
) -> None:
    journal = Journal(load_settings(database=address, keep_text=kept_text))
    rated = reply(kind)
    journal.keep_reply(rated, 1.0)
    journal.keep_feedback(rated.reply_id, rating, question="Where is gout?")
    journal.close()
    assert rows(address, "SELECT question FROM feedback") == [("Where is gout?" if is_kept else None,)]


@pytest.mark.parametrize(
    ("kept_text", "kind", "is_kept"),
    [
        ("none", Kind.CRISIS, False),
        ("gaps", Kind.CRISIS, False),
        ("gaps", Kind.EMERGENCY, False),
        ("gaps", Kind.NO_ANSWER, True),
        ("all", Kind.CRISIS, True),
    ],
)
def test_the_comment_of_a_person_in_danger_is_kept_only_where_all_is(
    address: str, kept_text: str, kind: Kind, is_kept: bool
) -> None:
    journal = Journal(load_settings(database=address, keep_text=kept_text))
    rated = reply(kind)
    journal.keep_reply(rated, 1.0)
    journal.keep_feedback(rated.reply_id, "down", "It did not help me")
    journal.close()
    assert rows(address, "SELECT rating, comment FROM feedback") == [
        ("down", "It did not help me" if is_kept else None)
    ]


def test_personal_data_is_taken_out_of_questions_comments_and_reasons(journal: Journal, address: str) -> None:
    question = "Does ann@elm.example have gout? Call 423-555-0142."
    reasons = (f"{Reason.UNCOVERED_TERM}:gout", f"{Reason.UNCOVERED_TERM}:ann@elm.example")
    kept = reply(question=question, reasons=reasons)
    journal.keep_reply(kept, 1.0)
    journal.keep_feedback(kept.reply_id, "down", "I am ann@elm.example", question)
    journal.flush()
    (gap,) = journal.gaps()
    assert gap.text == "Does [e-mail] have gout? Call [phone]."
    assert gap.comment == "I am [e-mail]"
    assert gap.reasons == ("uncovered_term:gout", "uncovered_term")
    everything = str([rows(address, f"SELECT * FROM {table}") for table in ("exchange", "feedback")])
    assert "elm.example" not in everything
    assert "555" not in everything


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("I live at 12 Oak Street, Goodlettsville, TN 37072. Do you treat gout?", "goodlettsville"),
        ("My name is Mary Smith-Kowalski. Do you treat gout?", "kowalski"),
        ("Do you treat gout? jkowalski@example.com", "jkowalski"),
        ("My name is Mary Kowalsky. Do you treat gout?", "kowalski"),  # as its spelling was understood
        ("Do you treat gout?", "kowalski"),  # of an earlier question
    ],
)
def test_a_reason_names_no_part_of_what_was_taken_out(journal: Journal, question: str, word: str) -> None:
    reasons = (f"{Reason.UNCOVERED_TERM}:{word}", f"{Reason.UNCOVERED_TERM}:gout")
    journal.keep_reply(reply(question=question, reasons=reasons), 1.0)
    journal.flush()
    (gap,) = journal.gaps()
    assert gap.text is not None
    assert word not in gap.text.lower()
    assert gap.reasons == ("uncovered_term", "uncovered_term:gout")


def test_a_reason_names_a_word_whose_spelling_was_put_right_and_what_the_corpus_calls_missing(journal: Journal) -> None:
    reasons = ("uncovered_term:diabetes", "uncovered_question:a price")
    journal.keep_reply(reply(question="does it help diabetis", reasons=reasons), 1.0)
    journal.flush()
    (gap,) = journal.gaps()
    assert gap.reasons == reasons


def test_reasons_name_no_word_of_a_question_that_is_not_kept(address: str) -> None:
    journal = Journal(load_settings(database=address, keep_text="none"))
    journal.keep_reply(reply(reasons=("uncovered_term:gout", "wrong_aspect:cost", "matched:boundary.dose")), 1.0)
    journal.flush()
    (gap,) = journal.gaps()
    journal.close()
    assert gap.reasons == ("uncovered_term", "wrong_aspect:cost", "matched:boundary.dose")
