"""Two runs of the same questions: which replies changed, and what is said of each measure."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from outcomes import case, outcome, reply, run_of

from bot.reply import Reply
from evals.compare import Change, Comparison, changed_settings, compare, write_comparison
from evals.errors import EvalError
from evals.measures import MEASURES
from evals.outcome import Outcome
from evals.questions import Split
from evals.run import Run
from evals.stats import Difference

MEASURE = {measure.name: measure for measure in MEASURES}
RIGHT, WORSE, REFUSED = reply("a. b."), reply("b."), reply(kind="no_answer", relevance=0.1)
OTHERWISE_RIGHT = reply("c. a.")


def of(name: str, got: Reply, *, kind: str = "answer", **fields: Any) -> Outcome:
    facts = ("a.",) if kind == "answer" else ()
    return outcome(case(kind, *facts, id=name, q=f"What is {name}?"), got, **fields)


A = run_of(of("same", RIGHT), of("breaks", RIGHT), of("mends", WORSE), of("words", RIGHT), of("lost", WORSE))
B = run_of(
    of("lost", REFUSED), of("same", RIGHT), of("mends", RIGHT), of("breaks", REFUSED), of("words", OTHERWISE_RIGHT)
)


def names(pairs: list[tuple[Outcome, Outcome]]) -> list[str]:
    assert all(a.key == b.key for a, b in pairs)
    return [b.case.id for _, b in pairs]


def test_pairs_are_broken_mended_or_reworded() -> None:
    found = compare(A, B)
    assert names(list(found.pairs)) == ["lost", "same", "mends", "breaks", "words"]
    assert names(found.broken) == ["breaks"]
    assert names(found.mended) == ["mends"]
    assert names(found.reworded) == ["lost", "words"]


def test_the_other_way_round_broken_is_mended() -> None:
    found = compare(B, A)
    assert (names(found.broken), names(found.mended)) == (["mends"], ["breaks"])


def change(name: str, a: float, b: float, p: float = 0.01) -> Change:
    return Change(MEASURE[name], Split.TEST, Difference(a, b, min(0.0, b - a), max(0.0, b - a), p))


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        (change("answered_right", 0.5, 0.9), "better"),
        (change("answered_right", 0.9, 0.5), "worse"),
        (change("answered_right", 0.5, 0.9, p=0.05), ""),
        (change("answered_right", 0.5, 0.9, p=0.049), "better"),
        (change("false_answer_near", 0.1, 0.2), "worse"),  # lower is better
        (change("false_answer_near", 0.2, 0.1), "better"),
        (change("words", 40, 80), ""),  # neither way is better
        (change("latency_p50", 10, 90), ""),  # the machine may have been busy
        (change("latency_p99", 90, 10), ""),
    ],
)
def test_a_change_is_called_better_or_worse(changed: Change, verdict: str) -> None:
    assert changed.verdict == verdict


def of_ten(got: list[Reply], kind: str = "answer", **fields: Any) -> Run:
    return run_of(*(of(f"q{n}", one, kind=kind, **fields) for n, one in enumerate(got)))


def found_for(name: str, a: Run, b: Run) -> Change | None:
    return next((c for c in compare(a, b).changes if c.measure.name == name), None)


def test_a_measure_that_moved_in_every_question_is_called_and_one_flip_is_chance() -> None:
    better = found_for("answered_right", of_ten([REFUSED] * 10), of_ten([RIGHT] * 10))
    assert better is not None
    assert (better.split, better.difference.a, better.difference.b, better.gain) == (Split.TEST, 0, 1, 1)
    assert (better.difference.low, better.difference.high, better.verdict) == (1, 1, "better")
    chance = found_for("answered_right", of_ten([RIGHT] * 10), of_ten([RIGHT] * 9 + [REFUSED]))
    assert chance is not None
    assert (round(chance.gain, 9), chance.difference.p > 0.5, chance.verdict) == (-0.1, True, "")


def test_more_false_answers_are_worse() -> None:
    found = found_for("false_answer_near", of_ten([REFUSED] * 10, "no_answer"), of_ten([RIGHT] * 10, "no_answer"))
    assert found is not None
    assert (found.gain, found.verdict) == (1, "worse")


def test_slower_replies_are_shown_but_never_called() -> None:
    fast, slow = of_ten([RIGHT] * 10, latency_ms=10.0), of_ten([RIGHT] * 10, latency_ms=500.0)
    found = found_for("latency_p50", fast, slow)
    assert found is not None
    assert (found.gain, found.verdict) == (490, "")
    assert found_for("answered_right", fast, slow) is None  # what doesn't change is left out


def test_a_measure_is_compared_on_questions_that_have_a_part_in_it_in_both_runs() -> None:
    a = run_of(of("both", RIGHT), of("only a", RIGHT), of("only b", REFUSED))
    b = run_of(of("both", WORSE), of("only a", REFUSED), of("only b", WORSE))
    found = found_for("right_when_answered", a, b)
    assert found is not None
    assert (found.difference.a, found.difference.b) == (1, 0)


def test_only_questions_that_both_asked_and_that_read_the_same_are_compared() -> None:
    asked = [
        of("same", RIGHT),
        outcome(case("answer", "a.", id="fact"), RIGHT),
        outcome(case("answer", "a.", id="set"), RIGHT),
        of("gone", RIGHT),
    ]
    again = [
        of("new", WORSE),
        outcome(case("answer", "b.", id="fact"), WORSE),
        outcome(case("answer", "a.", id="set"), WORSE, of_set="other"),
        of("same", WORSE),
    ]
    assert names(list(compare(run_of(*asked), run_of(*again)).pairs)) == ["same"]


@pytest.mark.parametrize("b", [run_of(), run_of(of("other", RIGHT)), run_of(of("same", RIGHT, kind="no_answer"))])
def test_runs_without_a_question_in_common_are_refused(b: Run) -> None:
    with pytest.raises(EvalError, match=r"no question in common; run both with the same --set and --split"):
        compare(run_of(of("same", RIGHT)), b)


def test_settings_that_differ_are_named_with_both_values() -> None:
    assert changed_settings({"a": 1, "b": 2, "old": 3}, {"a": 1, "b": 4, "new": 5}) == [
        ("b", 2, 4),
        ("new", None, 5),
        ("old", 3, None),
    ]


@pytest.mark.parametrize("name", ["database", "limit_storage"])
def test_settings_that_hold_a_password_are_not_among_those_that_differ(name: str) -> None:
    assert changed_settings({name: "redis://:one@cache"}, {name: "redis://:two@cache"}) == []


class _Text(HTMLParser):
    """What stands on a page outside of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.inside = tag

    def handle_data(self, data: str) -> None:
        if self.inside not in {"script", "style"}:
            self.words += data.split()

    def __str__(self) -> str:
        return " ".join(self.words)


def test_the_page_holds_counts_measures_settings_and_the_questions_that_changed(tmp_path: Path) -> None:
    b = run_of(*B.outcomes, of("only in b", RIGHT), candidates="<7>")
    path = write_comparison(compare(A, b), tmp_path / "new")
    page = path.read_text(encoding="utf-8")
    shown = str(_Text(page))
    assert path == tmp_path / "new" / "compare.html"
    assert shown.startswith("What changed? What changed? 5 questions that both runs asked.")
    assert "1 questions that only one of them asked are left out." in shown
    for count, words in ((1, "were wrong in A"), (1, "were right in A"), (2, "got another reply"), (1, "got the same")):
        assert f"{count} {words}" in shown
    assert "Settings that differ: candidates None → <7>." in shown
    # right: same, breaks, words of 5; then same, mends, words
    assert "missed_answer test 0.0 % 40.0 % +40.0 pts" in shown
    listed = re.findall(r'"q":"What is (\w+)\?"', page)
    assert listed == ["breaks", "mends", "lost", "words"]


STROKE = 4
"""Room on each side of the line from 0 to 200, for the width of the strokes."""


@given(
    reaches=st.lists(
        st.tuples(
            st.sampled_from(["answered_right", "missed_answer", "words", "mrr", "latency_p99"]),
            *[st.floats(-1, 1) for _ in range(3)],
        ),
        min_size=1,
        max_size=6,
    )
)
@examples(max_examples=30, deadline=None)
def test_the_bars_stay_inside_their_frame(
    tmp_path_factory: Any, reaches: list[tuple[str, float, float, float]]
) -> None:
    folder = tmp_path_factory.mktemp("bars")
    changes = []
    for name, *values in reaches:
        low, gain, high = sorted(values)
        changes.append(Change(MEASURE[name], Split.TEST, Difference(0.0, gain, low, high, 0.5)))
    found = Comparison(A, B, (), tuple(changes))
    bars = re.findall(r'<div class="bar">(.*?)</div>', write_comparison(found, folder).read_text(encoding="utf-8"))
    assert len(bars) == len(changes)
    for bar, (name, *values) in zip(bars, reaches, strict=True):
        assert f'viewBox="{-STROKE} 0 {200 + 2 * STROKE} 20"' in bar
        low, high, at = (float(x) for x in re.search(r'"M(\S+) 10H(\S+)".*"M(\S+) 5V15"', bar).groups())
        assert 0 <= low <= at <= high <= 200
        gain = sorted(values)[1]
        to_the_right = gain < 0 if name in {"missed_answer", "latency_p99"} else gain > 0
        assert at == 100 or (at > 100) == to_the_right
