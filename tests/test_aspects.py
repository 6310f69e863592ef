"""What a question asks for besides its subject is told from what only sounds so, and so is what supplies it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import bot.aspects
from bot.aspects import (
    COUNT,
    asks_an_aspect_of_an_illness,
    aspects,
    is_of_an_illness,
    missing_aspect,
    of_its_illness,
    what_is_missing,
)
from bot.cues import CueError


@dataclass(frozen=True)
class Examples:
    """Of an aspect: questions that ask it, questions that only sound so and ask none, and what answers the first."""

    asked: tuple[str, ...]
    only_sound_so: tuple[str, ...]
    supplied: tuple[str, ...]
    not_supplied: tuple[str, ...]


EXAMPLES = {
    "causes": Examples(
        asked=("What causes lupus?", "my knee hurts. what causes joint pain", "what are the causes of a stroke"),
        only_sound_so=("Does it get at the cause of the wear?", "what does it cause", "Is it a lost cause?"),
        supplied=("Protease activity breaks down cartilage.", "Cells break down.", "It is due to wear."),
        not_supplied=("They may be eased for a time.", "Roughly one in ten has it, and it causes symptoms."),
    ),
    "prevention": Examples(
        asked=("how do you prevent a stroke", "ways to keep from getting arthritis", "prevention of gout"),
        only_sound_so=(
            "does the law prevent clinics from it",
            "How do I keep from getting my hopes too high?",
            "how do I avoid getting scammed",
        ),
        supplied=("It may prevent rejection.", "Surgery can be avoided."),
        not_supplied=("Research has explored heart disease.",),
    ),
    "exercise": Examples(
        asked=("which exercises are good for heart failure", "any stretches for my hip", "best workout for knees"),
        only_sound_so=("is it an exercise in futility", "did it compare cells with exercise for knee arthritis"),
        supplied=("Care involves physical therapy.", "Exercise eases pain."),
        not_supplied=("No therapy had been approved for heart disease.",),
    ),
    "medication": Examples(
        asked=(
            "medication for nerve pain",
            "which drugs are used? pills to treat lupus",
            "meds that help with a stroke",
        ),
        only_sound_so=("Is regenerative medicine for joints new?", "is it a drug?", "what does the medicine do"),
        supplied=("Efforts to find a drug have failed.", "NSAIDs reduce pain.", "Corticosteroid injections help."),
        not_supplied=("Some patients report symptom changes.",),
    ),
    "operation": Examples(
        asked=("surgery for lupus", "is there an operation to fix a stroke"),
        only_sound_so=("does it replace an operation", "I had surgery for my hip. How is fat taken?"),
        supplied=("It may require surgery.", "They were operated on."),
        not_supplied=("Illnesses discussed include lupus.",),
    ),
    "funding": Examples(
        asked=("Who footed the bill for the knee study?", "who paid for that review", "Any conflicts of interest?"),
        only_sound_so=("Who found the cells?", "Does the body pay attention to them?", "What did the trial find?"),
        supplied=("The trial was funded by a foundation.", "Its sponsor was Mesoblast."),
        not_supplied=("A trial assigned 480 people to four groups.", "The FDA approved it."),
    ),
    "penalty": Examples(
        asked=("how big a fine did the clinic get", "Were they fined?", "did anybody go to jail over it"),
        only_sound_so=("Is it fine to ask?", "What did the court rule?"),
        supplied=("The clinic was fined in 2024.", "Two people went to prison."),
        not_supplied=("A court ruled that the treatment was a drug.",),
    ),
    "names": Examples(
        asked=("what was Cohnheim's first name", "What's the name of the clinic?", "who chaired the committee"),
        only_sound_so=("Which name did the committee suggest?", "Who coined the name?"),
        supplied=("The clinic was called Cell House.", "It was written by four authors, A, B, C and D."),
        not_supplied=("A clinic's treatment was a drug.", "The FDA approved Ryoncil, made by Mesoblast."),
    ),
    "sedation": Examples(
        asked=("do they knock you out for it", "am I awake while they do it", "Is there any sedation?"),
        only_sound_so=("Does it knock out the pain?", "Is it painful to take fat?", "is it more than just numbing it"),
        supplied=("It is done under local anesthesia.", "Patients stay awake."),
        not_supplied=("Fat can be taken with minimal discomfort.",),
    ),
    "founding": Examples(
        asked=(
            "When was that company founded?",
            "has the practice long been established",
            "What year did the company start?",
        ),
        only_sound_so=("What was found in 2021?", "When did the trial start?", "Where was the trial done?"),
        supplied=("It was founded in 2004.", "The firm was established in Boston."),
        not_supplied=("The FDA approved it in 2024.", "A review found more fever."),
    ),
    "judges": Examples(
        asked=("which judge wrote it?", "How many judges were there?"),
        only_sound_so=("How is quality judged?", "Who decides which cells are used?"),
        supplied=("Three judges heard the case.",),
        not_supplied=("A federal appeals court ruled in 2024.",),
    ),
    "deaths": Examples(
        asked=("did any of them pass away", "Has anyone died from it?", "is it deadly?", "were there deaths"),
        only_sound_so=(
            "when do the injected cells die",
            "I'm scared to death of it",
            "it just about killed us",
            "my aunt died of it. What is SVF?",
        ),
        supplied=("The review found no more cancers or deaths.", "Two people died."),
        not_supplied=("Twelve people got infections.", "The FDA received reports of blindness."),
    ),
    "years_later": Examples(
        asked=("Did they check people again at two years?", "and by the five year mark?", "how are they 3 years later"),
        only_sound_so=("I had it two years ago", "After five years of pain, does it help?", "who won after a year"),
        supplied=("After two years the pain was the same.",),
        not_supplied=("One year later, none was better.",),
    ),
    "germs": Examples(
        asked=("what germ was in those vials", "Which antibiotic was mixed in?", "what kind of bacteria was it"),
        only_sound_so=("Were antibiotics given?", "How did germs get into the vials?"),
        supplied=("The vials held Enterobacter cloacae.", "It was mixed with doxycycline."),
        not_supplied=("Twelve people got bacterial infections.", "It was mixed with an antibiotic."),
    ),
    "cost": Examples(
        asked=("How much does it cost?", "Is it expensive?", "would that set me back", "Do you take payments?"),
        only_sound_so=("How much better do people get?", "Is it worth the risk?", "what should I ask before I pay"),
        supplied=("Treatments can cost thousands of dollars.", "The visit is $200."),
        not_supplied=("Clinics advertise stem cell injections for joint pain.", "It takes 40 minutes."),
    ),
    "insurance": Examples(
        asked=("Will Medicare cover it?", "does my insurance cover it", "Is it reimbursed by worker's comp?"),
        only_sound_so=(
            "Does insulin change the cells?",
            "Am I sure to get better?",
            "Which risks does the label cover?",
        ),
        supplied=("Insurance seldom covers it.", "Medicare does not pay for unapproved products."),
        not_supplied=("The label covers the risks.", "It costs $200."),
    ),
    "duration": Examples(
        asked=("How long does it last?", "How many weeks until I run?", "When can I drive?", "Is there any down time?"),
        only_sound_so=("Does it last?", "Was it a long study?", "When did the FDA approve Ryoncil?"),
        supplied=("Pain fell within six months.", "Follow-up was 12 weeks.", "The effect is temporary."),
        not_supplied=("Pain fell in most patients.", "Cells move to where the damage is."),
    ),
    "percentage": Examples(
        asked=(
            "What percentage improve?",
            "What is the success rate?",
            "what are my odds",
            "What share of knees heal?",
        ),
        only_sound_so=("Is it successful?", "Was the rate of growth measured?", "Did results vary by chance?"),
        supplied=("Of the children, 70% responded.", "One in ten got worse.", "It helped the majority."),
        not_supplied=("Some children responded.", "It helped 12 children."),
    ),
    "dose": Examples(
        asked=("What dose is given?", "How many million cells do they inject?", "Is 50 mg enough?"),
        only_sound_so=("Is dosing regulated?", "How strong is the evidence?", "Do cells count as a drug?"),
        supplied=("The dose is 2 million cells for each kilogram.", "Each vial holds 3.8 mL."),
        not_supplied=("The cells are given into a vein.", "It is given twice a week."),
    ),
    "age": Examples(
        asked=("Is there an age limit?", "how old must my kid be", "What was the average age of patients?"),
        only_sound_so=("Is this an old treatment?", "Does it slow ageing?", "How does age change the cells?"),
        supplied=("It is approved from the age of 2 months.", "Patients were older than 60."),
        not_supplied=("It is approved for children.", "Sixty patients took part."),
    ),
    "sessions": Examples(
        asked=("How often is it given?", "How many injections do I need?", "how many total knee treatments is it"),
        only_sound_so=("Are repeated treatments studied?", "Is an injection often painful?", "What is an infusion?"),
        supplied=(
            "It is given twice a week.",
            "Two intravenous infusions were given.",
            "Repeat shots were given.",
        ),
        not_supplied=("An infusion takes an hour.", "The cells are injected into the knee."),
    ),
    "arrangements": Examples(
        asked=("Can I book an appointment?", "Do I need a referral?", "Do you offer PRP?", "any place near me"),
        only_sound_so=(
            "Does it help with Parkinson's?",
            "Do you know whether it is safe?",
            "Is the knee near the hip?",
            "Is fever known? It is for my book club",
        ),
        supplied=("Call for an appointment.", "The clinic's hours are 8 to 5."),
        not_supplied=("A doctor refers patients.", "Exosomes are not approved."),
    ),
    "pregnancy": Examples(
        asked=("Can I get it while pregnant?", "Is it safe with breast-feeding?", "I'm a nursing mom, is it safe?"),
        only_sound_so=("Do cells come from the cord after birth?", "Did a nurse give it?", "What can I expect?"),
        supplied=("It was not studied in pregnant women.", "Breastfeeding was not studied."),
        not_supplied=("Cells can be taken from the placenta.", "It was not studied in women."),
    ),
    "animals": Examples(
        asked=("Would it help my dog?", "Do horses get this?", "can a vet do this for a puppy"),
        only_sound_so=("Is there a category for this?", "Has it been tried in mice?", "Are petri dishes used?"),
        supplied=("In horses, tendons healed.", "Studies in animals came first."),
        not_supplied=("In patients, tendons healed.", "Cells were grown in dishes."),
    ),
    "symptoms": Examples(
        asked=("What are the symptoms of arthritis?", "Is a rash one of the signs of rejection?"),
        only_sound_so=("Do cells ease symptoms?", "Is there a design of the study?", "signs of a shady clinic?"),
        supplied=("A symptom of arthritis is pain.", "Fever is an early sign."),
        not_supplied=("Arthritis is common in old age.", "It works by symptom management, easing symptoms for a time."),
    ),
    COUNT: Examples(
        asked=("How many patients took part?", "how many kids improved", "What number of people got worse?"),
        only_sound_so=("How many of them improved?", "How many have come?", "Are patients counted?"),
        supplied=("The study had 24 patients.", "Twelve were people with diabetes."),
        not_supplied=(
            "Patients took part for 24 weeks.",
            "The study had many patients.",
            "Cells of 12 types were found.",
        ),
    ),
}

ASKED = [(name, question) for name, of in EXAMPLES.items() for question in of.asked]
SOUNDING = [(name, question) for name, of in EXAMPLES.items() for question in of.only_sound_so]
SUPPLIED = [(of.asked[0], sentence) for of in EXAMPLES.values() for sentence in of.supplied]
NOT_SUPPLIED = [(name, of.asked[0], sentence) for name, of in EXAMPLES.items() for sentence in of.not_supplied]


@pytest.mark.parametrize("name", [*aspects(), COUNT])
def test_every_aspect_has_its_examples(name: str) -> None:
    of = EXAMPLES[name]
    assert min(len(of.asked), len(of.only_sound_so)) >= 2
    assert min(len(of.supplied), len(of.not_supplied)) >= 1


def test_no_examples_are_of_an_aspect_that_is_gone() -> None:
    assert EXAMPLES.keys() == {*aspects(), COUNT}


@pytest.mark.parametrize(("name", "question"), ASKED)
def test_what_is_asked_and_not_supplied_is_missing(name: str, question: str) -> None:
    assert missing_aspect(question, []) == missing_aspect(question.upper(), []) == name


@pytest.mark.parametrize(("name", "question"), SOUNDING)
def test_a_question_that_only_sounds_so_asks_for_nothing_more(name: str, question: str) -> None:
    assert missing_aspect(question, []) is None


@pytest.mark.parametrize(("question", "sentence"), SUPPLIED)
def test_one_sentence_that_supplies_it_is_enough(question: str, sentence: str) -> None:
    assert missing_aspect(question, ["Stem cells are cells.", sentence]) is None


@pytest.mark.parametrize(("name", "question", "sentence"), NOT_SUPPLIED)
def test_a_sentence_on_the_same_subject_does_not_supply_it(name: str, question: str, sentence: str) -> None:
    assert missing_aspect(question, [sentence]) == name


@pytest.mark.parametrize(
    ("question", "sentence", "missing"),
    [
        ("How many studies are there?", "The review has 20 small studies.", None),
        ("How many studies are there?", "The review has twenty patients.", COUNT),
        ("How many patients are there?", "The review has twenty people.", None),
        ("How many side effects are known?", "Several side effects are known.", None),
        ("How many side effects are known?", "Side effects are known.", COUNT),
        ("How many types of stem cells exist?", "There are three main types.", None),
    ],
)
def test_what_is_counted_must_be_named_and_people_go_by_any_name(
    question: str, sentence: str, missing: str | None
) -> None:
    assert missing_aspect(question, [sentence]) == missing


@pytest.mark.parametrize(
    ("question", "next_one", "together"),
    [
        ("What causes joint pain", "how is it treated?", "how is joint pain treated?"),
        ("how do you prevent a stroke?", "what is the treatment for that", "what is the treatment for a stroke"),
        ("What causes arthritis", "can stem cells help?", "can stem cells help with arthritis?"),
        ("What causes joint pain?", "what treatments are there", None),
        ("what is COPD?", "how is it treated?", None),
        ("what does it cost", "how is it treated?", None),
        ("what causes?", "how is it treated?", None),
    ],
)
def test_it_behind_an_aspect_of_an_illness_is_that_illness(question: str, next_one: str, together: str | None) -> None:
    assert of_its_illness(question, next_one) == together


def test_what_causes_it_is_asked_of_an_illness_and_what_it_costs_is_not() -> None:
    assert asks_an_aspect_of_an_illness("What causes lupus?")
    assert not asks_an_aspect_of_an_illness("What does it cost?")


@pytest.mark.parametrize("name", ["symptoms", "causes", "prevention", "exercise", "medication", "operation"])
def test_what_is_asked_of_an_illness_only(name: str) -> None:
    assert is_of_an_illness(name)


@pytest.mark.parametrize("name", ["cost", "duration", COUNT])
def test_what_may_be_asked_of_a_treatment(name: str) -> None:
    assert not is_of_an_illness(name)


def test_of_two_aspects_the_one_that_is_not_supplied_is_missing() -> None:
    question = "What does it cost, and how long does it take?"
    assert missing_aspect(question, []) == "cost"
    assert missing_aspect(question, ["It costs $200."]) == "duration"
    assert missing_aspect(question, iter(["It costs $200.", "It takes two hours."])) is None


def test_what_is_missing_completes_a_sentence() -> None:
    written = {name: what_is_missing(name) for name in EXAMPLES}
    assert written[COUNT] == "how many"
    assert written["age"] == "an age"
    assert len(set(written.values())) == len(EXAMPLES)
    assert all(text[0].islower() and text[-1].isalpha() for text in written.values())


GOOD = {"asked": ["price"], "supplied": ["dollars"], "missing": "what it costs"}


def read(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bot.aspects.Aspect]:
    """The loader on another file, past its cache."""
    (folder / "aspects.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(bot.aspects, "__file__", str(folder / "aspects.py"))
    return aspects.__wrapped__()


def test_the_file_beside_the_code_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [found] = read(yaml.safe_dump({"price": GOOD}), tmp_path, monkeypatch).values()
    assert (found.name, found.missing) == ("price", "what it costs")
    assert found.asked.search("The PRICE?")
    assert not found.asked.search("dollars")
    assert found.supplied.search("Dollars.")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(GOOD | {"asked": ["price", "(cost"]}, id="asked does not compile"),
        pytest.param(GOOD | {"supplied": ["[a"]}, id="supplied does not compile"),
        pytest.param({"asked": ["price"], "missing": "a price"}, id="no supplied"),
        pytest.param({"asked": ["price"], "supplied": ["price"]}, id="no missing"),
        pytest.param(GOOD | {"asked": None}, id="asked is empty"),
        pytest.param(GOOD | {"asked": 3}, id="asked is a number"),
        pytest.param(["price"], id="a list"),
        pytest.param(None, id="nothing"),
    ],
)
def test_a_malformed_aspect_is_an_error_that_names_it(
    entry: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = yaml.safe_dump({"fine": GOOD, "broken": entry, "later": GOOD}, sort_keys=False)
    with pytest.raises(CueError) as caught:
        read(text, tmp_path, monkeypatch)
    assert str(caught.value).startswith(f"{tmp_path / 'aspects.yaml'}: 'broken': ")


@pytest.mark.parametrize("text", ["", "- price", "price", "a: [", "a: \0"])
def test_a_file_without_aspects_is_an_error_that_names_it(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CueError) as caught:
        read(text, tmp_path, monkeypatch)
    assert str(caught.value).startswith(f"{tmp_path / 'aspects.yaml'}: 'file': ")


def test_no_file_is_an_error_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.aspects, "__file__", str(tmp_path / "aspects.py"))
    with pytest.raises(CueError, match=r"aspects\.yaml: 'file': .*No such file"):
        aspects.__wrapped__()
