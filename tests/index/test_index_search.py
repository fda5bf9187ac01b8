"""Search: two halves, one order, and a command line that keeps stdout for results."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import index.opening
from index.chunks import Chunk
from index.commands import app
from index.dense import InChroma, best
from index.fusion import fuse
from index.lexical import build_lexical, words
from index.store import StoreFault


def half(scores):
    places = sorted(scores)
    return np.array(places, np.intp), np.array([scores[p] for p in places], np.float32)


# A thousandth apart at the least: scores nearer than that stand in no particular order.
score = st.integers(-1_000, 50_000).map(lambda thousandths: thousandths / 1000)
scores = st.dictionaries(st.integers(0, 30), score, max_size=12)


@settings(deadline=None)
@given(scores, scores)
def test_fusion_keeps_every_place_once_and_scores_between_0_and_1(dense, lexical):
    places, total = fuse(half(dense), half(lexical))
    assert sorted(places) == sorted(dense | lexical)
    assert ((total >= 0) & (total <= 1)).all()
    assert (np.diff(total) <= 0).all()


@settings(deadline=None)
@given(scores)
def test_one_half_alone_gives_its_own_order(found):
    for pair in ((half(found), half({})), (half({}), half(found))):
        places, _ = fuse(*pair)
        assert [found[p] for p in places] == sorted(found.values(), reverse=True)


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40), st.integers(1, 50))
def test_the_best_are_the_best_in_order(values, k):
    scores = np.array(values, np.float32)
    assert list(scores[best(scores, k)]) == sorted(scores, reverse=True)[:k]


def test_words_are_stemmed_and_small_words_left_out():
    assert words("How are the Doctor’s hands moving?") == ["doctor", "hand", "move"]


def test_rare_words_weigh_more():
    lexical = build_lexical(["oil the back", "press the back", "warm oil on the back"])
    assert lexical.weight("back") < lexical.weight("oil") < lexical.weight("unheard-of")
    assert not lexical.scores(words("entirely unknown")).any()


def test_search_finds_by_word_and_by_meaning(corpus, make_opener):
    found = make_opener(corpus).open()
    assert found.search("valve", 1)[0].chunk.section == "tyres"
    assert found.search("time in the oven", 1)[0].chunk.section == "baking"
    assert found.search("", 2)
    assert len(found.search("bread", 100)) == 4


def test_sections_come_once(tmp_path, make_opener):
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "a.md").write_text("# Tea\n\nGreen tea.\n\nBlack tea.\n\n# Rest\n\nOther things.\n")
    found = make_opener(folder).open()
    assert [hit.chunk.section for hit in found.search("tea", 5, sections=True)] == ["tea", "rest"]
    assert len(found.search("tea", 5)) == 3


def test_sections_come_though_one_of_them_fills_the_pool(tmp_path, make_opener):
    folder = tmp_path / "one"
    folder.mkdir()
    tea = "\n\n".join(f"Tea number {n} is tea." for n in range(70))
    others = "\n\n".join(f"# Part {n}\n\nA word on soup {n}." for n in range(4))
    (folder / "a.md").write_text(f"# Tea\n\n{tea}\n\n{others}\n")
    hits = make_opener(folder).open().search("tea", 5, sections=True)
    assert len({hit.chunk.section for hit in hits}) == 5


def test_a_large_collection_that_chroma_has_lost_is_built_again(corpus, make_opener, monkeypatch):
    monkeypatch.setattr(index.opening, "SMALL", 0)
    tool = make_opener(corpus)
    lost = tool.open()
    tool.store().client.delete_collection(lost.dense._name)
    assert lost.search("valve", 1)[0].chunk.section == "tyres"  # by words alone
    assert lost.trouble
    assert tool.open().search("time in the oven", 1)[0].chunk.section == "baking"


def test_a_large_collection_asks_chroma_and_goes_on_by_words_while_it_is_gone(
    corpus, make_opener, monkeypatch
):
    monkeypatch.setattr(index.opening, "SMALL", 0)
    found = make_opener(corpus).open()
    assert isinstance(found.dense, InChroma)
    assert found.search("time in the oven", 1)[0].chunk.section == "baking"

    def gone():
        raise StoreFault("no answer")

    dense = InChroma(gone, "guide-any", [chunk.id for chunk in found.chunks])
    object.__setattr__(found, "dense", dense)
    assert found.search("valve", 1)[0].chunk.section == "tyres"
    assert not dense.answers


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def shared(encoder, monkeypatch):
    monkeypatch.setattr(index.opening, "open_encoder", lambda *_, **__: encoder)


@pytest.mark.usefixtures("shared")
def test_search_and_batch_print_rows_and_nothing_else_on_stdout(corpus, tmp_path):
    places = ("--corpus", corpus, "--index", tmp_path / "index")
    done = run("search", "how long to bake", *places, "--json", "--k", 2)
    assert done.exit_code == 0
    hits = json.loads(done.stdout)["hits"]
    assert hits[0].keys() == {"guide", "section", "score", "text"}
    assert (hits[0]["guide"], hits[0]["section"], len(hits)) == ("bread", "baking", 2)
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"id": "a", "q": "bake"}\n\n{"id": 2, "q": "brake cable"}\n')
    done = run("search", "--batch", batch, *places)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["a", 2]
    assert rows[1]["hits"][0]["section"] == "brakes"


@pytest.mark.usefixtures("shared")
def test_faults_are_told_in_a_line_with_exit_code_1(corpus, tmp_path):
    places = ("--corpus", corpus, "--index", tmp_path / "index")
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"id": "a", "q": "bake"}\n{"id": "b", "question": "x"}\n')
    for arguments, told in [
        (("search", "--batch", batch, *places), "batch.jsonl:2: key 'q'"),
        (("search", "--batch", tmp_path / "none.jsonl", *places), "none.jsonl"),
        (("search", "x", "--corpus", tmp_path / "no", "--index", tmp_path / "i"), "no such folder"),
        (("build", "--corpus", tmp_path / "no", "--index", tmp_path / "i"), "no such folder"),
    ]:
        done = run(*arguments)
        assert (done.exit_code, done.stdout) == (1, "")
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_wrong_use_has_exit_code_2():
    assert run("search").exit_code == 2
    assert run("search", "x", "--k", 0).exit_code == 2
    assert run("search", "x", "--batch", "y").exit_code == 2


def test_a_chunk_is_embedded_under_its_headings():
    chunk = Chunk("i", "g", "s", "H", ("T", "H"), "paragraph", 0, 5, "Text.")
    assert chunk.embedded == "T > H\nText."
