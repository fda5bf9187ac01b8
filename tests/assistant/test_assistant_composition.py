"""The fewest sentences that answer fully: all steps, in the guide's order, a figure first."""

import numpy as np
import pytest

from assistant import phrases
from assistant.citations import cite
from assistant.composition import MOST, arrange, choose, with_cautions, write
from corpus.facts import Caution

KNEADING = ("F032", "F033", "F034", "F035")


@pytest.fixture
def pick(facts):
    """The fact ids that are chosen for these weights; what is not named weighs little."""
    sentences = list(facts.values())
    ids = {sentence.index: fact for fact, sentence in facts.items()}

    def pick(*, fact_from=0.5, **weights):
        weighed = np.full(len(facts), 0.01, np.float32)
        for place, fact in enumerate(facts):
            weighed[place] = weights.get(fact, 0.01)
        return [ids[s.index] for s in choose(weighed, sentences, fact_from)]

    return pick


def order_of(facts, question, **weights):
    chosen = [facts[fact] for fact in weights]
    ids = {sentence.index: fact for fact, sentence in facts.items()}
    return [ids[s.index] for s in arrange(chosen, list(weights.values()), question)]


def text_of(facts, guides, *ids):
    sentences = [facts[fact] for fact in ids]
    return write(cite(sentences, guides)[0], sentences)


def test_only_what_is_needed_is_chosen(pick):
    assert pick(F110=0.9, F112=0.4) == ["F110"]


def test_the_likeliest_is_chosen_where_nothing_is_sure(pick):
    assert pick(F110=0.2, F112=0.1) == ["F110"]


def test_most_of_the_steps_bring_all_of_them(pick):
    assert pick(F032=0.9, F033=0.9, F034=0.9) == list(KNEADING)


def test_one_step_alone_stays_alone(pick):
    assert pick(F035=0.9) == ["F035"]


def test_a_caution_comes_with_all_that_it_belongs_to(facts):
    caution = Caution(facts["F102"], frozenset({facts["F103"], facts["F104"]}))
    lower_back = [facts["F103"], facts["F104"]]
    assert with_cautions(lower_back, [caution]) == [facts["F102"], *lower_back]
    assert with_cautions(lower_back[:1], [caution]) == lower_back[:1]
    assert with_cautions([facts["F102"], *lower_back], [caution]) == [facts["F102"], *lower_back]


def test_bullets_do_not_bring_each_other(pick):
    bullets = {f"F08{n}": 0.9 for n in range(5)}
    assert pick(**bullets) == list(bullets)


def test_the_guides_order_is_kept_whatever_weighs_more(pick):
    assert pick(F112=0.6, F090=0.9, F010=0.7) == ["F010", "F090", "F112"]


def test_no_answer_grows_without_end(pick, facts):
    plain = {fact: 0.9 for fact, s in facts.items() if s.kind == "paragraph"}
    assert len(pick(**plain)) == MOST


@pytest.mark.parametrize(
    "question",
    [
        "how long is a session",
        "Can beginners do an hour",
        "so is 20 minutes ok",
        "how many minutes",
    ],
)
def test_a_figure_or_a_verdict_comes_first(facts, question):
    assert order_of(facts, question, F110=0.6, F112=0.9, F113=0.5) == ["F112", "F110", "F113"]


@pytest.mark.parametrize("question", ["tell me about the session", "why 20 minutes", "what next"])
def test_any_other_question_gets_the_guides_order(facts, question):
    assert order_of(facts, question, F112=0.9, F110=0.6) == ["F110", "F112"]


def test_steps_are_never_taken_out_of_their_order(facts):
    weights = dict(zip(KNEADING, (0.5, 0.6, 0.7, 0.9), strict=True))
    assert order_of(facts, "can you knead the back", **weights) == list(KNEADING)
    with_intro = {"F030": 0.5} | weights
    assert order_of(facts, "can you knead the back", **with_intro) == ["F030", *KNEADING]


def test_a_paragraph_is_written_line_by_line_with_its_citations(facts, guides):
    assert text_of(facts, guides, "F110", "F112") == (
        f"{facts['F110'].text} [1]\n{facts['F112'].text} [2]"
    )


def test_steps_are_written_as_a_numbered_list_behind_a_lead_in(facts, guides):
    lines = text_of(facts, guides, "F030", *KNEADING, "F037").split("\n")
    assert lines[0] == f"{facts['F030'].text} [1]"
    assert lines[1] == phrases.STEPS
    assert lines[2:6] == [
        f"{n}. {facts[fact].text} [{n + 1}]" for n, fact in enumerate(KNEADING, 1)
    ]
    assert lines[6] == f"{facts['F037'].text} [6]"


def test_a_second_list_behind_other_words_starts_at_one_again(facts, guides):
    steps = (*KNEADING[:3], "F041", "F043", "F044", "F045")
    lines = text_of(facts, guides, *steps).split("\n")
    assert [line[:2] for line in lines if line[0].isdigit()] == ["1.", "2.", "3."] * 2
    assert lines.count(phrases.STEPS) == 2


def test_two_steps_out_of_a_list_get_no_numbers_of_their_own(facts, guides):
    assert text_of(facts, guides, "F033", "F034") == (
        f"{facts['F033'].text} [1]\n{facts['F034'].text} [2]"
    )
