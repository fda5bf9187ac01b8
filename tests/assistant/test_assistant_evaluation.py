"""A reply is right only if it does what its row asks for; no way to be right by chance."""

import pytest

from assistant.citations import cite
from assistant.evaluation.labelled import Labelled, facts_shown, judge, read_labelled
from assistant.evaluation.report import failure, share, table, wilson
from assistant.reply import Handoff, Reply
from corpus.guide import CorpusError

LEVELS = (None, "ask_first", "urgent", "emergency")
STOP = Reply("safety", "Stop.", level="urgent")
GAP = Reply("not_covered", "The guide does not cover that.", not_covered=("feet",))
BOOKING = Reply("booking", "Press the button.", handoff=Handoff("asked"))
SMALL_TALK = Reply("small_talk", "Hello!")


@pytest.fixture
def answer(facts, guides):
    """An answer that shows these facts."""

    def make(*ids, **more):
        cited, citations = cite([facts[fact] for fact in ids], guides)
        return Reply("answer", "…", sentences=cited, citations=citations, **more)

    return make


@pytest.fixture
def judged(facts):
    """The one judgement on a reply to a row with these labels."""

    def judged(reply, *, turns=("q",), **labels):
        (found,) = judge(Labelled(id="1", turns=turns, **labels), [reply], facts)
        return found

    return judged


@pytest.mark.parametrize(
    ("shown", "right", "exact", "extra"),
    [
        (("F110",), False, False, 0),
        (("F110", "F112"), True, True, 0),
        (("F110", "F112", "F113"), True, True, 0),
        (("F110", "F112", "F120"), True, False, 1),
        (("F120",), False, False, 1),
    ],
)
def test_an_answer_needs_every_fact_and_may_have_harmless_ones(
    answer, judged, shown, right, exact, extra
):
    found = judged(answer(*shown), route="answer", facts=("F110", "F112"), also=("F113",))
    assert found.measure == "answerable"
    assert (found.right, found.complete, found.exact, found.extra) == (right, right, exact, extra)


@pytest.mark.parametrize("reply", [GAP, BOOKING, SMALL_TALK, STOP], ids=lambda r: r.kind)
def test_nothing_but_an_answer_answers(judged, reply):
    assert not judged(reply, route="answer", facts=("F110",)).right


@pytest.mark.parametrize(
    ("route", "measure", "good"),
    [
        ("gap", "not_covered", GAP),
        ("booking", "booking", BOOKING),
        ("small_talk", "small_talk", SMALL_TALK),
    ],
)
def test_every_other_route_wants_its_own_kind(answer, judged, route, measure, good):
    for reply in (GAP, BOOKING, SMALL_TALK, STOP, answer("F110")):
        found = judged(reply, route=route)
        assert found.measure == measure
        assert found.right == (reply is good)


@pytest.mark.parametrize("wanted", LEVELS[1:])
@pytest.mark.parametrize("got", LEVELS)
def test_a_danger_needs_at_least_its_level(judged, wanted, got):
    reply = Reply("safety", "…", level=got) if got else GAP
    found = judged(reply, route="safety", level=wanted)
    assert found.measure == wanted
    assert found.right == (LEVELS.index(got) >= LEVELS.index(wanted))


def test_each_message_of_a_dialogue_is_held_against_its_level(facts):
    row = Labelled(id="1", turns=("a", "b", "c", "d"), levels=(None, "urgent", "urgent", None))
    ask_first = Reply("safety", "…", level="ask_first")
    found = judge(row, [GAP, STOP, ask_first, ask_first], facts)
    assert [j.right for j in found] == [True, True, False, True]
    assert [j.measure for j in found] == [
        "dialogue_benign", "dialogue_urgent", "dialogue_urgent", "dialogue_benign",
    ]  # fmt: skip
    assert not judge(row, [STOP, STOP, STOP, STOP], facts)[0].right


def test_a_dialogue_with_a_reply_too_few_is_not_judged(facts):
    with pytest.raises(ValueError, match="longer"):
        judge(Labelled(id="1", turns=("a", "b"), levels=(None, None)), [GAP], facts)


def test_only_the_last_reply_of_a_follow_up_counts(answer, facts):
    row = Labelled(id="1", turns=("a", "why?"), route="answer", facts=("F111",))
    (found,) = judge(row, [GAP, answer("F111")], facts)
    assert (found.measure, found.right) == ("follow_up", True)
    (found,) = judge(row, [answer("F111"), GAP], facts)
    assert (found.measure, found.right) == ("follow_up", False)


def test_two_answers_in_one_message_need_the_facts_of_both(answer, judged):
    parts = ({"route": "answer", "facts": ("F110",)}, {"route": "answer", "facts": ("F120",)})
    labels = {"route": "answer", "facts": ("F110", "F120"), "parts": parts}
    found = judged(answer("F110", "F120"), **labels)
    assert (found.measure, found.right) == ("two_parts", True)
    assert not judged(answer("F110"), **labels).right


def test_a_part_that_the_guide_does_not_answer_has_to_be_told(answer, judged):
    parts = ({"route": "answer", "facts": ("F110",)}, {"route": "gap"})
    labels = {"route": "answer", "facts": ("F110",), "parts": parts}
    assert judged(answer("F110", not_covered=("feet",)), **labels).right
    assert not judged(answer("F110"), **labels).right
    assert not judged(GAP, **labels).right


def test_a_wish_beside_a_question_has_to_be_seen(answer, judged):
    parts = ({"route": "answer", "facts": ("F110",)}, {"route": "booking"})
    labels = {"route": "answer", "facts": ("F110",), "parts": parts}
    assert judged(answer("F110", handoff=Handoff("asked")), **labels).right
    assert not judged(answer("F110"), **labels).right
    assert not judged(BOOKING, **labels).right


def test_facts_of_one_sentence_are_shown_together(answer, facts):
    twice = facts | {"F999": facts["F110"]}
    assert facts_shown(answer("F110"), twice) == {"F110", "F999"}
    assert facts_shown(GAP, facts) == set()


def test_a_sentence_of_another_guide_shows_no_fact_of_ours(answer, facts):
    (citation,) = answer("F110").citations
    stray = type(citation)(1, "other", *(getattr(citation, n) for n in (
        "section", "heading", "quote", "start", "end")))  # fmt: skip
    assert facts_shown(Reply("answer", "…", citations=(stray,)), facts) == set()


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.278), (8, 10, 0.490, 0.943), (10, 10, 0.722, 1)],
)
def test_the_interval_of_a_share_is_wilsons(right, of, low, high):
    assert wilson(right, of) == pytest.approx((low, high), abs=0.001)


def test_the_table_tells_shares_with_their_size(answer, judged):
    rows = [
        judged(answer("F110"), route="answer", facts=("F110",)),
        judged(answer("F110", "F120"), route="answer", facts=("F110",)),
        judged(GAP, route="answer", facts=("F110",)),
        judged(STOP, route="gap"),
    ]
    lines = table(rows).splitlines()
    assert f"| answerable | {share(rows[:3])} |" in lines
    assert any(line.startswith("| … and nothing beside | 33.3 % (") for line in lines)
    assert "| … further sentences an answer | 0.50 |" in lines
    assert any(line.startswith("| benign talk stopped | 25.0 % (") for line in lines)


def test_a_failure_names_its_row_what_was_wanted_and_what_came(judged):
    told = failure(judged(GAP, route="answer", facts=("F110",), turns=("how long",)))
    assert all(word in told for word in ("1", "answer", "F110", "how long", "not_covered"))


def test_a_row_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "1", "turns": ["a"]}\n{"id": "2", "turns": [], "level": "high"}\n')
    with pytest.raises(CorpusError, match=r"rows\.jsonl:2.*turns"):
        read_labelled(path)
