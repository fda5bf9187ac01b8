"""What a visitor reads when triage speaks: action first, plain words, the right number, no sale."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.settings import Settings
from assistant.triage import Opinion, Triage, Verdict, condition_line, safety_reply
from corpus.safety import load_safety

DATA = load_safety()
TRIAGE = Triage(DATA)
SNAPSHOT = Path(__file__).with_name("safety-texts.json")
LOCALES = ("", "us", "uk", "eu")
SALES = re.compile(
    r"\b(book|booking|appointment with us|offer|discount|price|serenity|voucher|knead|effleurage|"
    r"petrissage|treat yourself)\b",
    re.IGNORECASE,
)
ACTIONS = {
    "emergency": re.compile(r"\b(call|llame|appelez|rufen|ligue)\b|拨打", re.IGNORECASE),
    "urgent": re.compile(r"\b(see|call|consulte|voyez|untersuchen|tell)\b|看医生", re.IGNORECASE),
    "ask_first": re.compile(r"\b(ask|pregunte|demandez|fragen|pergunte)\b|询问医生", re.IGNORECASE),
}
ENGLISH = [row for row in DATA.conditions if not re.search(r"_(es|fr|de|pt|zh)$", row.group)]


def settings(locale: str) -> Settings:
    return Settings(_env_file=None, locale=locale)


def text(row, locale=""):
    verdict = Verdict(DATA.replies, level=row.level, condition=row)
    return safety_reply(verdict, settings(locale)).text


def grade(words: str) -> float:
    """The Flesch-Kincaid grade, with syllables counted as groups of vowels."""
    tokens = re.findall(r"[A-Za-z']+", words)
    sentences = max(1, len(re.findall(r"[.!?](?:\s|$)", words)))
    syllables = sum(_syllables(token) for token in tokens)
    return 0.39 * len(tokens) / sentences + 11.8 * syllables / len(tokens) - 15.59


def _syllables(word: str) -> int:
    word = re.sub(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", word)))


@pytest.mark.parametrize("row", DATA.conditions, ids=lambda row: row.slug)
def test_the_action_stands_in_the_first_25_words(row):
    for locale in LOCALES:
        said = text(row, locale)
        opening = " ".join(said.split()[:25])
        pattern = ACTIONS[row.level]
        if row.group == "not_today":
            pattern = re.compile(r"\bno massage today\b", re.IGNORECASE)
        assert pattern.search(opening), said


@pytest.mark.parametrize("row", DATA.conditions, ids=lambda row: row.slug)
def test_no_reply_sells_or_teaches(row):
    assert not SALES.search(text(row))


@pytest.mark.parametrize("row", ENGLISH, ids=lambda row: row.slug)
def test_english_replies_are_plain(row):
    body = " ".join(text(row, "uk").split("\n\n")[:2]).replace("Why:", "")
    assert grade(body) <= 6.0, (round(grade(body), 1), body)


@pytest.mark.parametrize(
    ("locale", "number", "line"),
    [("us", "911", "988"), ("uk", "999", "116 123"), ("eu", "112", "112"),
     ("", "your local emergency number (911 US, 999 UK, 112 EU)", "988")],
)  # fmt: skip
def test_numbers_follow_the_locale(locale, number, line):
    assert number in safety_reply(TRIAGE.assess(["chest pain"]), settings(locale)).text
    assert line in safety_reply(TRIAGE.assess(["I want to die"]), settings(locale)).text


def test_an_unreviewed_row_says_so_and_a_reviewed_one_does_not():
    row = DATA.conditions[0]
    assert "not yet reviewed by a clinician" in text(row)
    assert "not yet reviewed" not in text(row.model_copy(update={"reviewed": True}))


def test_a_stop_has_sources_and_nothing_else_to_click():
    reply = safety_reply(TRIAGE.assess(["I can't pee and my back hurts"]), settings("uk"))
    assert reply.kind == "safety"
    assert reply.level == "emergency"
    assert reply.is_stop
    assert [source.reviewed for source in reply.sources] == [False]
    assert reply.handoff is None
    assert (reply.citations, reply.sentences, reply.suggestions) == ((), (), ())


@pytest.mark.parametrize(
    ("message", "word"),
    [("no puedo orinar y me duele la espalda", "Llame"), ("je veux mourir", "Appelez"),
     ("ich kann nicht atmen", "Rufen"), ("dor no peito", "Ligue"), ("胸口很痛", "拨打")],
)  # fmt: skip
def test_other_languages_get_the_stop_in_their_own(message, word):
    assert word in safety_reply(TRIAGE.assess([message]), settings("")).text


def test_the_condition_is_said_while_ask_first_stands():
    verdict = TRIAGE.assess(["I'm on warfarin", "can I book saturday"])
    assert "“warfarin”" in condition_line(verdict)
    assert condition_line(TRIAGE.assess(["can I book saturday"])) == ""


def test_a_verdict_without_level_has_no_safety_reply():
    with pytest.raises(ValueError, match="without a level"):
        safety_reply(TRIAGE.assess(["how do I knead"]), settings(""))


def test_every_text_is_as_in_the_snapshot():
    """A change of wording is seen; renew with `python tests/triage/test_triage_replies.py`."""
    assert _texts() == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def _texts() -> dict[str, dict[str, str]]:
    rows = {
        row.slug: {loc or "unset": text(row, loc) for loc in LOCALES} for row in DATA.conditions
    }
    failed = Verdict(DATA.replies, level="urgent", failed=True)
    rows["careful"] = {loc or "unset": safety_reply(failed, settings(loc)).text for loc in LOCALES}
    return rows


# --- failing towards caution, and the second reader


class Broken:
    """Stands for any part of triage that fails."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def __call__(self, *_args: object, **_kwargs: object) -> object:
        raise self.fault

    find = __call__


@pytest.mark.parametrize("fault", [ValueError("x"), KeyError("x"), RecursionError(), MemoryError()])
def test_a_failing_part_leads_to_the_careful_reply(fault):
    triage = Triage(DATA)
    triage._matcher = Broken(fault)
    verdict = triage.assess(["how do I knead"])
    assert verdict.level == "urgent"
    assert verdict.failed
    assert "cannot judge this message" in safety_reply(verdict, settings("")).text


@pytest.mark.parametrize("turns", [[], [None], ["fine", 3], "", None])
def test_an_unreadable_conversation_leads_to_the_careful_reply(turns):
    verdict = TRIAGE.assess(turns)
    assert verdict.level == "urgent"
    assert verdict.failed


def test_the_log_of_a_failure_holds_no_word_of_the_visitor(caplog):
    Triage(DATA, Broken(ValueError("canary-symptom"))).assess(["canary-symptom"])
    TRIAGE.assess(["canary-symptom", 3])
    assert "triage failed (ValueError" in caplog.text
    assert "triage failed (TypeError" in caplog.text
    assert "canary" not in caplog.text


def test_a_failing_or_short_second_reader_leads_to_the_careful_reply():
    assert Triage(DATA, Broken(OSError("gone"))).assess(["hello"]).failed
    assert Triage(DATA, lambda texts: []).assess(["hello"]).failed


BENIGN = Opinion(0.0, 0.0, 0.01, 0.99)


def opinions(**by_word: Opinion):
    def read(texts):
        return [next((o for w, o in by_word.items() if w in t.lower()), BENIGN) for t in texts]

    return read


def test_the_second_reader_raises_where_the_rules_are_silent():
    triage = Triage(DATA, opinions(glorp=Opinion(0.95, 0.03, 0.01, 0.01)))
    assert triage.assess(["my glorp has gone"]).level == "emergency"
    assert triage.assess(["lovely weather. my glorp has gone. which oil?"]).level == "emergency"
    assert triage.assess(["my glorp has gone", "which oil"]).level == "emergency"
    assert triage.assess(["which oil"]).level is None


def test_what_the_second_reader_asks_first_stands_and_is_said_again_for_that_massage():
    triage = Triage(DATA, opinions(glorp=Opinion(0.0, 0.0, 0.95, 0.05)))
    told = "he has a glorp on his left arm"
    assert triage.assess([told]).level == "ask_first"
    later = triage.assess([told, "how warm should the room be"])
    assert (later.level, later.standing) == (None, "ask_first")
    assert later.condition.slug == "unclear-ask-first"
    assert triage.assess([told, "can I knead him now"]).level == "ask_first"
    stopped = triage.assess([told, "and he has chest pain"])
    assert (stopped.level, stopped.condition.slug) == ("emergency", "chest-pain")


def test_above_a_rule_the_second_reader_has_to_be_surer():
    unsure, sure = Opinion(0.3, 0.05, 0.35, 0.3), Opinion(0.9, 0.05, 0.0, 0.05)
    assert Triage(DATA, opinions(pregnant=unsure)).assess(["I am pregnant"]).level == "ask_first"
    told = "I am pregnant and glorping frumiously since this morning"
    assert Triage(DATA, opinions(pregnant=sure)).assess([told]).level == "emergency"


def test_the_second_reader_never_lowers_what_a_strong_rule_found():
    triage = Triage(DATA, opinions())
    assert triage.assess(["I can't pee and my back hurts"]).level == "emergency"


def test_the_second_reader_vetoes_a_weak_rule_only_when_sure():
    rows = [
        row.model_copy(update={"rules": tuple(replace_weak(r) for r in row.rules)})
        for row in DATA.conditions
    ]
    weak = DATA.model_copy(update={"conditions": tuple(rows)})
    assert Triage(weak, opinions()).assess(["chest pain"]).level is None
    unsure = opinions(chest=Opinion(0.1, 0.1, 0.1, 0.7))
    assert Triage(weak, unsure).assess(["chest pain"]).level == "emergency"

    def drowned(texts):
        """Sees the danger alone, and nothing of it in a longer text."""
        return [Opinion(0.1, 0.1, 0.1, 0.7) if len(t) < 12 else BENIGN for t in texts]

    beside = "Chest pain. He says it is nothing and asks how long a session should be."
    assert Triage(weak, drowned).assess([beside]).level == "emergency"
    dictated = " ".join(["and then we went to the shops"] * 20) + " chest pain"
    assert Triage(weak, opinions()).assess([dictated]).level == "emergency"


def test_a_weak_rule_that_two_messages_meet_together_is_not_vetoed():
    talk = ["mum is 84", "how long is a massage", "she tripped on the rug yesterday", "ok",
            "her back hurts, how do I knead it"]  # fmt: skip
    level = Triage(DATA).assess(talk).level
    assert level in {"emergency", "urgent"}
    assert Triage(DATA, opinions()).assess(talk).level == level


def replace_weak(rule):
    return rule.model_copy(update={"weak": True})


def test_the_verdict_is_frozen():
    verdict = TRIAGE.assess(["hello"])
    with pytest.raises(AttributeError):
        verdict.level = "emergency"
    assert replace(verdict, cleared=True).cleared


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(_texts(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
