"""Facts and ways of asking are validated, and every error says where."""

import json
from pathlib import Path

import pytest

from corpus.asking import SHIPPED, asking_folder, parse_asked, read_asking
from corpus.facts import facts_path, load_facts, parse_cautions
from corpus.folder import load_guides
from corpus.guide import CorpusError

GUIDE = "---\ntitle: T\nlanguage: en\nsource: S\npublished: 2026-01-02\n---\n# T\n\nOne.\nTwo.\n"


def corpus(folder: Path, facts: list[dict], asked: list[object] = ()) -> Path:
    guides = folder / "guides"
    guides.mkdir(parents=True)
    (guides / "g.md").write_text(GUIDE)
    (guides / "g.facts.jsonl").write_text("\n".join(map(json.dumps, facts)))
    (folder / "asking").mkdir()
    lines = [row if isinstance(row, str) else json.dumps(row) for row in asked]
    (folder / "asking" / "rows.jsonl").write_text("\n".join(lines))
    return guides


WHOLE = [{"sentence": "One.", "facts": ["F1"]}, {"sentence": "Two.", "facts": ["F2", "F3"]}]


def test_the_shipped_facts_are_complete_both_ways():
    [guide] = load_guides(SHIPPED / "guides")
    facts = load_facts(guide, SHIPPED / "guides")
    assert len(facts) == 93
    assert {s.text for s in facts.values()} == {s.text for s in guide.sentences}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (WHOLE[:1], "no row for the guide's sentence 'Two.'"),
        ([*WHOLE, {"sentence": "Three.", "facts": ["F4"]}], ":3: key 'sentence'"),
        ([*WHOLE, {"sentence": "One.", "facts": ["F1"]}], ":3: key 'facts': 'F1' is told twice"),
        ([{"sentence": "One.", "facts": []}], ":1: key 'facts'"),
        ([{"sentence": "One.", "fact": ["F1"]}], ":1: key 'fact'"),
        ([{"sentence": "One.", "facts": ["f 1"]}], ":1: key 'facts.0'"),
    ],
)
def test_a_fault_in_the_facts_names_file_line_and_key(tmp_path, rows, told):
    guides = corpus(tmp_path, rows)
    [guide] = load_guides(guides)
    with pytest.raises(CorpusError, match=r"g\.facts\.jsonl") as caught:
        load_facts(guide, guides)
    assert told in str(caught.value)


def test_a_caution_belongs_to_facts_that_the_guide_carries(tmp_path):
    def cautions(beside):
        rows = [WHOLE[0] | {"beside": beside}, WHOLE[1]]
        guides = corpus(tmp_path / beside[0], rows)
        [guide] = load_guides(guides)
        path = facts_path(guides, guide)
        return parse_cautions(guide, path.read_text("utf-8"), path, load_facts(guide, guides))

    [caution] = cautions(["F3"])
    assert caution.sentence.text == "One."
    assert {other.text for other in caution.others} == {"Two."}
    with pytest.raises(CorpusError, match=r"g\.facts\.jsonl:1: key 'beside': .*'F9'"):
        cautions(["F9"])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"q": "why", "route": "answer", "facts": ["F9"]}, "key 'facts': no sentence"),
        ({"q": "why", "route": "answer"}, "route 'answer' needs at least one fact"),
        ({"q": "why", "route": "maybe"}, "key 'route'"),
        ({"q": "", "route": "gap"}, "key 'q'"),
        ({"q": "why", "route": "safety"}, "'level'"),
        ({"q": "why", "route": "gap", "level": "urgent"}, "'level'"),
        ({"q": "why", "route": "gap", "colour": "red"}, "key 'colour'"),
        ({"q": "first", "route": "gap"}, "another meaning"),
        ("{not json", "Invalid JSON"),
    ],
)
def test_a_fault_in_the_ways_of_asking_names_file_line_and_key(tmp_path, row, told):
    first = {"q": "first", "route": "answer", "facts": ["F1"]}
    guides = corpus(tmp_path, WHOLE, [first, "", row])
    with pytest.raises(CorpusError, match=r"rows\.jsonl:3") as caught:
        parse_asked(read_asking(tmp_path / "asking"), load_facts(load_guides(guides)[0], guides))
    assert told in str(caught.value)


def test_ways_of_asking_belong_to_the_guide_whose_facts_they_name(tmp_path):
    assert asking_folder(SHIPPED / "guides") == SHIPPED / "asking"
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a.md").write_text("# A\n\nText.\n")
    assert asking_folder(plain) is None
    guides = corpus(tmp_path, WHOLE)
    assert asking_folder(guides) == tmp_path / "asking"
