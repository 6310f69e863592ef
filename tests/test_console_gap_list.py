"""Which gaps the staff's window lists, and how they are counted by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.chain import FaqChain
from bot.gaps import Group
from bot.journal import Journal
from bot.journal_tables import Exchange
from bot.live import LiveChain
from bot.reply import Reply
from bot.settings import Settings, load_settings
from bot.web.console_gap_list import ALL_DAYS, UNANSWERED, WRONG, Filters, Gaps
from bot.web.console_html import show
from bot.web.console_words import kind_words

pytestmark = pytest.mark.slow

EARS, COST, FAT = "stem cells tinnitus", "how much does it cost", "Does it hurt to have the fat taken out?"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(load_settings(state=tmp_path / "journal"))
    yield journal
    journal.close()


@pytest.fixture
def gaps(settings: Settings, journal: Journal) -> Gaps:
    return Gaps(LiveChain(settings), journal)


def left(question: str, chain: FaqChain, journal: Journal, days_ago: int = 0) -> Reply:
    """A patient asks; the reply, kept as if it had been given some days ago."""
    reply = chain.invoke(question)
    journal.keep_reply(reply, 1.0)
    assert journal.flush()
    with journal.session() as session:
        entry = session.scalars(select(Exchange).where(Exchange.reply_id == reply.reply_id)).one()
        entry.time = datetime.now(UTC) - timedelta(days=days_ago)
    return reply


def names(groups: list[Group]) -> set[str]:
    return {group.name for group in groups}


def test_gaps_are_chosen_by_what_happened(gaps: Gaps, chain: FaqChain, journal: Journal) -> None:
    left(EARS, chain, journal)
    rated = left(FAT, chain, journal)
    journal.keep_feedback(rated.reply_id, "down", "too hard", FAT)
    assert names(gaps.groups(Filters())) == {EARS, FAT}
    assert names(gaps.groups(Filters(which=UNANSWERED))) == {EARS}
    assert names(gaps.groups(Filters(which=WRONG))) == {FAT}
    assert gaps.replies(Filters()) == 2


def test_gaps_are_chosen_by_when_they_were_asked(gaps: Gaps, chain: FaqChain, journal: Journal) -> None:
    left(EARS, chain, journal)
    left(COST, chain, journal, days_ago=20)
    assert names(gaps.groups(Filters(days=7))) == {EARS}
    assert names(gaps.groups(Filters(days=30))) == {EARS, COST}


def test_what_is_handled_comes_only_if_asked_for(gaps: Gaps, chain: FaqChain, journal: Journal) -> None:
    reply = left(EARS, chain, journal)
    journal.mark_handled([reply.reply_id], "maria")
    assert gaps.groups(Filters()) == []
    group = gaps.groups(Filters(handled=True))[0]
    assert group.is_handled
    page = show("gap", number=1, group=group, place=gaps.place(group), names=kind_words())
    assert "handled by maria" in page


def test_asked_again_later_a_handled_question_is_a_gap_again(gaps: Gaps, chain: FaqChain, journal: Journal) -> None:
    journal.mark_handled([left(EARS, chain, journal).reply_id], "maria")
    left(EARS, chain, journal)
    assert [len(group.gaps) for group in gaps.groups(Filters())] == [1]


def test_a_group_shows_the_passage_that_came_nearest(gaps: Gaps, chain: FaqChain, journal: Journal) -> None:
    reply = left(EARS, chain, journal)
    assert reply.trace is not None
    place = gaps.place(gaps.groups(Filters())[0])
    assert place is not None
    nearest = chain.retriever.store.passage(reply.trace.hits[0].passage_id)
    assert nearest is not None
    assert place["text"] == nearest.text


@pytest.mark.parametrize(
    ("days", "oldest", "columns"), [(7, 1, 7), (30, 20, 30), (ALL_DAYS, 20, 30), (ALL_DAYS, 80, 12)]
)
def test_the_chart_counts_every_gap_by_day_or_by_week(
    days: int, oldest: int, columns: int, gaps: Gaps, chain: FaqChain, journal: Journal
) -> None:
    left(EARS, chain, journal)
    left(COST, chain, journal, days_ago=oldest)
    filters = Filters(days=days)
    chart = gaps.chart(gaps.groups(filters).gaps, filters)
    assert len(chart) == columns
    assert sum(column["count"] for column in chart) == 2
    assert max(column["height"] for column in chart) == 100


def test_without_gaps_there_is_no_chart(gaps: Gaps) -> None:
    assert gaps.chart([], Filters()) == []


def test_gaps_that_are_too_many_to_be_grouped_are_counted_and_exported(
    gaps: Gaps, chain: FaqChain, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gaps.MOST", 1)
    left(COST, chain, journal, days_ago=1)
    left(EARS, chain, journal)
    groups = gaps.groups(Filters())
    assert names(groups) == {EARS}
    assert [gap.text for gap in groups.rest] == [COST]
    assert sum(column["count"] for column in gaps.chart(groups.gaps, Filters())) == 2
    assert gaps.csv(Filters()).splitlines()[-1].startswith('"",""')


def test_a_text_is_embedded_once(gaps: Gaps, chain: FaqChain, journal: Journal) -> None:
    left(EARS, chain, journal)
    gaps.groups(Filters())
    left(COST, chain, journal)
    before = dict(gaps._known)
    gaps.groups(Filters())
    assert gaps._known.keys() == {EARS, COST}
    assert all(gaps._known[text] is vector for text, vector in before.items())


def test_how_many_questions_are_read_is_told_and_none_is_read_twice(
    gaps: Gaps, chain: FaqChain, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.console_gap_list._READ_AT_ONCE", 1)
    left(EARS, chain, journal)
    left(COST, chain, journal)
    assert list(gaps.reading(Filters())) == [(1, 2), (2, 2)]
    assert list(gaps.reading(Filters())) == []
    assert names(gaps.groups(Filters())) == {EARS, COST}


def test_a_gap_says_that_it_was_rated_and_what_was_said(gaps: Gaps, chain: FaqChain, journal: Journal) -> None:
    reply = left(FAT, chain, journal)
    journal.keep_feedback(reply.reply_id, "down", "too hard", FAT)
    group = gaps.groups(Filters())[0]
    page = show("gap", number=1, group=group, place=gaps.place(group), names=kind_words())
    before_the_fold = page.partition("<details>")[0]
    assert "rated unhelpful" in before_the_fold
    assert "too hard" in before_the_fold
