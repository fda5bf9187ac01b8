"""The edition says every fact of the list, keeps each figure and each "never", and adds nothing.

`tests/data/guide-facts.jsonl` holds the list. `standing_alone` are the word stems that a sentence
adds so that it can be quoted alone, `reworded` those of the fact that another word stands for.
"""

import json
import re
from pathlib import Path

import pytest
import Stemmer

from corpus.facts import load_facts
from corpus.folder import load_guides

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "corpus" / "guides"
LIST = [
    json.loads(line)
    for line in (ROOT / "tests" / "data" / "guide-facts.jsonl").read_text("utf-8").splitlines()
]
STEM = Stemmer.Stemmer("english").stemWord
SMALL = set(
    "a an the of to is it i my me you your or for in on at with be are so that this as and while "
    "when than do does during who which by from not never massage back".split()
)
PROHIBITION = re.compile(r"\b(never|do not|not)\b")


def stems(text: str) -> set[str]:
    return {STEM(word) for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in SMALL}


@pytest.fixture(scope="module")
def carried() -> dict[str, str]:
    (guide,) = load_guides(GUIDES)
    return {fact: sentence.shown for fact, sentence in load_facts(guide, GUIDES).items()}


def test_the_list_and_the_edition_hold_the_same_facts(carried: dict[str, str]) -> None:
    assert len(LIST) == 93
    assert set(carried) == {row["fact"] for row in LIST}


@pytest.mark.parametrize("row", LIST, ids=lambda row: row["fact"])
def test_a_fact_is_neither_lost_nor_stretched(row: dict, carried: dict[str, str]) -> None:
    sentence = carried[row["fact"]]
    said, shown = stems(row["says"]), stems(sentence)
    assert said - shown - {STEM("step")} <= set(row["reworded"])
    assert shown - said - stems(row["part"]) <= set(row["standing_alone"])


@pytest.mark.parametrize("row", LIST, ids=lambda row: row["fact"])
def test_figures_and_prohibitions_are_kept(row: dict, carried: dict[str, str]) -> None:
    sentence = carried[row["fact"]]
    figures = re.findall(r"\d+", row["says"])
    assert set(figures) <= set(re.findall(r"\d+", sentence))
    assert set(re.findall(r"\d+", sentence)) <= {*figures, *row["standing_alone"]}
    assert bool(PROHIBITION.search(row["says"])) == bool(PROHIBITION.search(sentence))


def test_each_sentence_stands_alone(carried: dict[str, str]) -> None:
    for sentence in carried.values():
        first = sentence.split()[0].lower().strip(",")
        assert first not in {"this", "that", "these", "they", "it", "there", "so", "then"}
        assert sentence.endswith(".")
