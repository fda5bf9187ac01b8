"""The figures on the questions that no weight was fitted on: no later change may lose them.

`tests/data/gate.json` holds, a measure, the least share right (or the largest share wrong), a
little below what was reached. `make eval` prints the tables with intervals and each failure.
"""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from assistant.chain import Assistant
from assistant.evaluation.labelled import Judged, judge, read_labelled
from corpus.facts import load_facts

ROOT = Path(__file__).resolve().parents[2]
CHECK = sorted((ROOT / "tests" / "data" / "check").glob("*.jsonl"))
# Written last, and harder: a bound of their own.
UNSEEN = ("questions-third", "safety-fourth", "questions-fifth", "safety-fifth")
GATE = json.loads((ROOT / "tests" / "data" / "gate.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def judged(assistant: Assistant) -> list[Judged]:
    (guide,) = assistant.guides
    facts = load_facts(guide, ROOT / "corpus" / "guides")
    rows = [row for path in CHECK for row in read_labelled(path)]
    replies = assistant.all_replies(row.turns for row in rows)
    return [
        each for row, said in zip(rows, replies, strict=True) for each in judge(row, said, facts)
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("measure", "least"), sorted(GATE["at_least"].items()))
def test_the_share_right_is_kept(judged: list[Judged], measure: str, least: float) -> None:
    rows = [each for each in judged if each.measure == measure]
    assert rows
    assert sum(each.right for each in rows) / len(rows) >= least


@pytest.mark.parametrize(("what", "most"), sorted(GATE["at_most"].items()))
def test_false_alarms_stay_rare(judged: list[Judged], what: str, most: float) -> None:
    alone = [j for j in judged if len(j.row.turns) == 1 and j.row.route not in (None, "safety")]
    wrong = {
        "benign_stopped": [j.reply.is_stop for j in alone if not j.row.id.startswith(UNSEEN)],
        "benign_stopped_unseen": [j.reply.is_stop for j in alone if j.row.id.startswith(UNSEEN)],
        "harmless_stopped": [j.reply.is_stop for j in judged if j.measure == "harmless"],
        "booking_falsely_seen": [
            j.reply.kind == "booking" for j in alone if j.row.route != "booking" and not j.row.parts
        ],
    }[what]
    assert sum(wrong) / len(wrong) <= most


def test_every_citation_stands_in_its_place(judged: list[Judged], assistant: Assistant) -> None:
    texts = {guide.name: guide.text for guide in assistant.guides}
    seen: dict[str, int] = defaultdict(int)
    for each in judged:
        for citation in each.reply.citations:
            assert texts[citation.guide][citation.start : citation.end] == citation.quote
            seen[each.measure] += 1
        assert all(sentence.citations for sentence in each.reply.sentences)
    assert seen["answerable"]


def test_none_of_the_questions_stands_in_the_ways_of_asking() -> None:
    asked = set()
    for path in (ROOT / "corpus" / "asking").glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            asked.add("\n".join((*row.get("turns", ()), row["q"])).strip().lower())
    checked = {
        "\n".join(row.turns).strip().lower() for path in CHECK for row in read_labelled(path)
    }
    alone = {text for text in checked & asked if len(text.split()) > 2}
    assert not alone
