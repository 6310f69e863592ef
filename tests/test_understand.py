"""From what was typed to a question that stands alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.asking import only_tells
from bot.leaning import latest_standing, leans, still_meant
from bot.understand import Question, QuestionError, Understood, check, parts, readings, understand

WORDS = frozenset({"donors", "ryoncil", "arthritis", "approved"})
LIMIT = 60


def understood(text: str, *history: str) -> Understood:
    return understand(Question(text, history), WORDS)


def told(words: int) -> str:
    """A story of so many words."""
    return " ".join(["I", *["really"] * (words - 2), "hurt."])


@pytest.mark.parametrize(
    "follow_up",
    [
        "and from a donor?",
        "What about fat?",
        "how about the other ones",
        "But why?",
        "what if I am 80?",
        "what year?",
        "approved though?",
        "how many people",
        "for what",
        "on what grounds??",
        "for older people too?",
        "compared against what, a placebo?",
        "knees?",
        "Who makes it?",
        "Is its label public?",
        "Do they come from cord blood?",
        "Which of the two is better?",
        "Which one do you use?",
        "Are those safe?",
        "Can someone else's be used?",
        "Could you please tell me once more who it was made by?",
    ],
)
def test_what_can_not_be_understood_without_the_question_before_leans(follow_up: str) -> None:
    assert leans(follow_up)
    assert understood(follow_up, "What is Ryoncil?") == Understood(follow_up, follow_up)


@pytest.mark.parametrize(
    "typed", ["no sorry I meant marrow", "Oops, I mean marrow", "sorry, wrong one, I meant marrow"]
)
def test_what_puts_the_last_question_right_is_tried_in_the_place_of_each_of_its_words(typed: str) -> None:
    question = Question(typed, ("Is my fat regulated?",))
    alone = understand(question, WORDS)
    assert alone == Understood(typed, typed)
    tried = list(readings(question, alone, WORDS, "stem cells", ()))
    assert [reading.text for reading in tried] == ["Is my marrow regulated?", "Is my fat marrow?"]
    assert all(reading.guessed for reading in tried)


def test_what_was_typed_by_ear_is_a_reading_that_puts_something_in() -> None:
    question = Question("how do autoloogus donorrs help")
    alone = understand(question, WORDS)
    guesses = [reading for reading in readings(question, alone, {*WORDS, "autologous"}, "", ()) if reading.guessed]
    assert [reading.text for reading in guesses] == ["how do autologous donors help"]


@pytest.mark.parametrize(
    "question",
    [
        "What is SVF?",
        "what's fat",
        "where's fat from",
        "exosomes",
        "knee surgery",
        "How are cells taken from fat?",
        "Was Ryoncil approved for knees?",
        "What is an item?",
        "Android or other phones?",
        "Could you please tell me once more slowly who it was made by?",
    ],
)
def test_a_question_that_stands_alone_or_changes_the_subject_does_not_lean(question: str) -> None:
    assert not leans(question)


@pytest.mark.parametrize(
    ("history", "standing"),
    [
        (("What is SVF?", "What is Ryoncil?"), "What is Ryoncil?"),
        (("What is SVF?", "What is Ryoncil?", "and its label?"), "What is Ryoncil?"),
        (("What is Ryoncil?", "what do cells do?"), "what do cells do?"),
        (("What is Ryoncil?", "never mind. What is SVF?"), "What is SVF?"),
        (("What is Ryoncil?", "for what", "how many people"), "What is Ryoncil?"),
        (("and this?", "what about it?"), "what about it?"),
        ((), ""),
    ],
)
def test_what_is_put_right_is_the_latest_question_that_stands(history: tuple[str, ...], standing: str) -> None:
    assert latest_standing(still_meant(history, "no sorry I meant marrow")) == standing


def test_a_question_is_spelled_right() -> None:
    assert understood("and for arthritus?").text == "and for arthritis?"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("I'm dying to know where the cells come from", "where the cells come from"),
        ("is it approved? just curious lol", "is it approved?"),
        (
            "the two kinds comma own and donor comma how do they differ question mark",
            "the two kinds, own and donor, how do they differ?",
        ),
        ("what is a comma", "what is a comma"),
        ("lol ok. serious question, who do I tell of harm", "who do I tell of harm"),
        ("haha", "haha"),
    ],
)
def test_what_stands_beside_a_question_is_looked_past(text: str, asked: str) -> None:
    assert understood(text).text == asked


def test_who_changes_the_subject_on_somebody_is_asked_about_the_new_one() -> None:
    assert (
        understood("Alright, changing the subject on you. What is SVF?", "Is Ryoncil approved?").text == "What is SVF?"
    )


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("who makes ryoncil and whats a dose of it run", ["who makes ryoncil", "whats a dose of it run"]),
        (
            "Do the cells travel, and for how many days do they live?",
            ["Do the cells travel", "for how many days do they live?"],
        ),
        ("what is it good for and bad for", []),
    ],
)
def test_each_question_of_several_is_found(text: str, pieces: list[str]) -> None:
    assert [part.text for part in parts(Understood(text, text))] == pieces


ASKED = "Can stem cells from bone marrow help knees?"


def test_a_long_story_is_left_out_of_the_question() -> None:
    story = "I am 62 and was a runner for most of my life. My left knee has hurt since 2019. My doctor gave me pills."
    assert understood(f"{story} {ASKED}") == Understood(ASKED, ASKED)
    assert understood(f"{ASKED} {story}") == Understood(ASKED, ASKED)


@pytest.mark.parametrize("words", [5, 20])
def test_a_question_that_stands_alone_needs_no_story(words: int) -> None:
    assert understood(f"{told(words)} {ASKED}") == Understood(ASKED, ASKED)


@pytest.mark.parametrize(("words", "story"), [(20, True), (19, False)])
def test_what_is_told_before_a_short_question_is_a_story_from_twenty_words_on(words: int, story: bool) -> None:
    text = f"{told(words)} Is that so?"
    assert understood(text) == Understood(text, "Is that so?" if story else text)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "my feet went numb. what have trials seen with msc and neuropathy lately",
            "what have trials seen with msc and neuropathy lately",
        ),
        (
            "I am 45 and healthy. I want to know. Tell me about SVF.",
            "I am 45 and healthy. I want to know. Tell me about SVF.",
        ),
    ],
)
def test_a_sentence_asks_by_how_it_begins_where_none_ends_with_a_mark(text: str, asked: str) -> None:
    assert understood(text).asked == asked


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Does it help knees, and what does it cost?", ["Does it help knees", "what does it cost?"]),
        ("Who makes it? And is it safe?", ["Who makes it?", "is it safe?"]),
        (
            "if she qualifies does she have to register, and what's the fee",
            ["if she qualifies does she have to register", "what's the fee"],
        ),
        (
            "is it safe, how long does it take, and can i drive home after",
            ["is it safe", "how long does it take", "can i drive home after"],
        ),
        ("When was it approved, is it safe?", ["When was it approved", "is it safe?"]),
        (
            "How does it work, does it really regrow cartilage?",
            ["How does it work", "does it really regrow cartilage?"],
        ),
        ("When I'm older, is it safe?", []),
        ("What if I have cancer, is it safe?", []),
        ("What about people who are pregnant, can they have it?", []),
        ("does it work for people who are diabetic, have lupus, are on dialysis?", []),
        ("do stem cells work for a patient who has arthritis, is HIV positive?", []),
        ("When you take fat, does it hurt?", []),
        ("What are exosomes, which are sold by clinics?", []),
        ("How, if at all, does it work?", []),
        ("Is that, what you call, safe?", []),
        ("Does it hurt, is it?", []),
        ("Is it bone and fat or blood?", []),
        ("What is SVF? My dog ate my homework and the vet was closed.", []),
        ("My niece is nine and has lupus. Does it help more in the gut?", []),
        ("Do you treat dogs? My Lab's hips are shot.", []),
        (
            "My uncle has me confused. Is SVF fat, and is marrow bone?",
            ["My uncle has me confused. Is SVF fat", "is marrow bone?"],
        ),
        ("who named them?? n do scientists agree", ["who named them??", "n do scientists agree"]),
        (
            "for my boards: define autologous, then define homologous use",
            ["for my boards: define autologous", "define homologous use"],
        ),
        ("who coined MSC, and then what was it called", ["who coined MSC", "what was it called"]),
        (
            "Where is the marrow drawn, and if it's a donor are they tested?",
            ["Where is the marrow drawn", "if it's a donor are they tested?"],
        ),
        ("I did PT and then can I get it", []),
        ("Do I need to explain it to my boss and then do the shot?", []),
        ("does it help and if I don't", []),
        ("What is SVF?", []),
        ("and why", []),
    ],
)
def test_a_question_of_several_has_parts(question: str, asked: list[str]) -> None:
    assert [part.asked for part in parts(Understood(question, question))] == asked


def test_of_a_question_in_hundreds_of_scraps_the_first_parts_are_looked_up() -> None:
    scraps = " ".join(f"Is it number {n}?" for n in range(120))
    assert [part.asked for part in parts(Understood(scraps, scraps))] == [f"Is it number {n}?" for n in range(8)]


def read_else(question: Question) -> list[str]:
    """What else a question may mean, where the documents are about stem cell therapy and define SVF."""
    others = readings(question, understand(question, WORDS), WORDS, "stem cell therapy", {"svf"})
    return [reading.text for reading in others]


@pytest.mark.parametrize(
    ("text", "history", "others"),
    [
        ("were there deaths in the trial", [], []),
        ("deaths?", ["What is SVF?"], []),
        ("deaths?", [], []),
        ("who makes it?", ["What is SVF?"], []),
        ("is this safe", [], ["is stem cell therapy safe"]),
        ("Can it be done twice?", [], ["Can stem cell therapy be done twice?"]),
        ("does the treatment hurt", [], ["does stem cell therapy hurt"]),
        ("how new is this?", [], ["how new is stem cell therapy?"]),
        ("never mind. is it safe?", ["What is SVF?"], ["is stem cell therapy safe?"]),
        ("SVF?", [], ["What is SVF?"]),
        ("A coma in 98, tough old bird now. what is Ryoncil made of", [], ["what is Ryoncil made of"]),
        ("My neighbor retired in May, he asks me whether Ryoncil is a drug", [], ["Ryoncil is a drug"]),
        ("a squeeze of a question: who makes Ryoncil", [], ["who makes Ryoncil"]),
        ("my mother has COPD. Who makes Ryoncil?", [], ["Who makes Ryoncil?"]),
        ("my mother has COPD. Do Ryoncil cells repair damage?", [], []),
        ("She has had COPD for years and hardly walks to the box any more these days. Do people get Ryoncil?", [], []),
        ("Uncle Ray had a stent, he asks me whether Ryoncil repairs damage", [], []),
        (
            "My neighbor retired in May, he asks me whether Ryoncil is a drug",
            ["my mother has COPD"],
            [],
        ),
        (
            "My neighbor retired in May, he asks me whether Ryoncil is a drug",
            ["does it help arthritis"],
            ["Ryoncil is a drug"],
        ),
        ("my mother has COPD. Does Ryoncil help?", [], []),
        ("my nephew is ill. Could Ryoncil do anything for him?", [], []),
        ("we moved here in May. Do people like the place?", [], []),
        ("is it true that the fat is taken from the belly under local anaesthesia by a nurse", [], []),
    ],
)
def test_what_is_not_answered_as_it_stands_is_read_otherwise(text: str, history: list[str], others: list[str]) -> None:
    assert read_else(Question(text, tuple(history))) == others


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Can stem cells from marrow help with knees?", False),
        ("Can stem cells from marrow help knees?", True),
        ("Can stem cells from bone marrow help with that?", True),
        ("Would stem cells from bone marrow help them walk?", True),
    ],
)
def test_a_story_is_kept_where_the_question_is_short_or_points_into_it(question: str, kept: bool) -> None:
    text = f"{told(30)} {question}"
    assert understood(text) == Understood(text if kept else question, question)


@pytest.mark.parametrize("text", ["I have a pacemaker. Is that a problem?", told(40), f"{told(40)} Tell me about SVF."])
def test_what_is_told_is_what_is_asked_about_where_no_long_story_comes_before_a_question(text: str) -> None:
    assert understood(text) == Understood(text, text)


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("  What is SVF?\n", "What is SVF?"),
        ("What\tis \r\n SVF?", "What is SVF?"),
        ("What is\u00a0SVF?", "What is SVF?"),
        ("What\x00is\x1b SVF?\x7f", "What is SVF?"),
        ("\u202eWhat is\u2066 SVF\u2069?\u202c", "What is SVF ?"),
        ("\ufeff\u200bWhat is SVF?\u200d", "What is SVF?"),
        ("What is \ud800 SVF?", "What is SVF?"),
        ("What is osteo\u00adarthritis?", "What is osteoarthritis?"),
        ("Cafe\u0301?", "Café?"),
        ("Is it 5 ½ µg?", "Is it 5 ½ µg?"),
    ],
)
def test_a_question_is_taken_in_its_normal_form_without_control_characters(typed: str, taken: str) -> None:
    assert check(Question(typed), LIMIT) == Question(taken)


@pytest.mark.parametrize("typed", ["", " ", "\n\t", "\u00a0\u3000", "\x00", "\u200b\u202e\ufeff"])
def test_a_question_of_blanks_is_refused_as_empty(typed: str) -> None:
    with pytest.raises(QuestionError, match="empty") as refused:
        check(Question(typed, ("What is SVF?",)), LIMIT)
    assert not refused.value.too_long


def test_a_question_longer_than_the_limit_is_refused_as_too_long() -> None:
    with pytest.raises(QuestionError, match=r"1,001 characters long; 1,000 is the most") as refused:
        check(Question("é" * 1001), 1000)
    assert refused.value.too_long


def test_the_length_counts_what_is_kept() -> None:
    assert check(Question("  " + "e\u0301" * LIMIT + "\x00"), LIMIT).text == "é" * LIMIT


def test_earlier_questions_are_cleaned_and_cut_and_blank_ones_left_out() -> None:
    history = ("What\x00is\nSVF?", " ", "\u200b", "y" * (LIMIT + 1))
    assert check(Question("Why?", history), LIMIT).history == ("What is SVF?", "y" * LIMIT)


@given(st.text(st.characters(), max_size=40))
@example("e\u200b\u0301\u1100\u1161")
@settings(max_examples=100, deadline=None)
def test_whatever_is_taken_is_clean_and_is_taken_again_unchanged(text: str) -> None:
    try:
        taken = check(Question(text), 1000)
    except QuestionError:
        assert all(c.isspace() or unicodedata.category(c).startswith("C") for c in text)
        return
    assert check(taken, 1000) == taken
    assert taken.text == " ".join(taken.text.split())
    assert unicodedata.is_normalized("NFC", taken.text)
    assert not [c for c in taken.text if unicodedata.category(c).startswith("C")]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("forget that one. how long do they take?", "how long do they take?"),
        ("never mind. is it safe?", "is it safe?"),
        ("ok different question: what is SVF", "what is SVF"),
        ("switching gears, does it help knees", "does it help knees"),
    ],
)
def test_who_changes_the_subject_is_not_asked_about_the_old_one(text: str, asked: str) -> None:
    question = Question(text, ("What is Ryoncil approved to treat?",))
    found = understand(question, WORDS)
    assert (found.text, found.asked) == (asked, asked)
    assert not any("Ryoncil" in other for other in read_else(question))


@pytest.mark.parametrize("text", ["another thing it helps?", "forget it?", "or different questions: it has some?"])
def test_a_question_that_only_begins_so_goes_on_with_the_subject(text: str) -> None:
    before = ("What is Ryoncil approved to treat?",)
    assert still_meant(before, text) == before
    assert understood(text, *before).text == text


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("my mom is 71", True),
        ("lol he says its a scam", True),
        ("its eliquis", True),
        ("Well, I got it scoped in 09.", True),
        ("my mom is 71, is it safe?", False),
        ("I want to know about the shots", False),
        ("I need something for my hip", False),
        ("you treat gout", False),
        ("fibromyalgia", False),
        ("it is approved right", False),
    ],
)
def test_what_only_tells_is_told_from_what_asks_or_wishes(text: str, tells: bool) -> None:
    assert only_tells(text) is tells
