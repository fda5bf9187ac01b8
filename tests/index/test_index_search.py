"""Search: two halves, one order, and a command line that keeps stdout for results."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import index.dense
import index.opening
from index.chunks import Chunk
from index.commands import app
from index.dense import SMALL, best, build_dense, load_dense, save_dense
from index.fusion import fuse
from index.lexical import build_lexical, words


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


def unit(draw, rows):
    drawn = draw.standard_normal((rows, 384)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_of_a_large_collection_nearly_all_of_the_nearest_are_found(tmp_path):
    draw = np.random.default_rng(1)
    vectors = unit(draw, SMALL + 2_000)
    save_dense(build_dense(vectors), tmp_path)
    dense = load_dense(tmp_path, len(vectors))
    assert dense.signs is not None
    shares = []
    for vector in unit(draw, 10) * 0.5 + vectors[:10]:
        also = draw.choice(len(vectors), 5)
        places, cosines = dense.nearest(vector, 50, also)
        assert set(also) <= set(places)
        assert (np.diff(places) > 0).all()
        assert np.allclose(cosines, vectors[places] @ vector, atol=1e-5)
        exact = best(vectors @ vector, 50)
        assert exact[0] in places
        shares.append(len(set(exact) & set(places)) / 50)
    assert np.mean(shares) > 0.7  # drawn vectors, which have nothing in common, are the hardest


def test_a_wide_search_of_a_large_collection_compares_all_of_it():
    draw = np.random.default_rng(2)
    vectors = unit(draw, SMALL + 1)
    vector = unit(draw, 1)[0]
    places, _ = build_dense(vectors).nearest(vector, 2_000, np.empty(0, np.intp))
    assert set(places) == set(best(vectors @ vector, 2_000))


def test_a_large_collection_is_searched_as_a_small_one(tmp_path, make_opener, monkeypatch):
    folder = tmp_path / "many"
    folder.mkdir()
    things = ("tea", "soup", "bread", "a bicycle", "the garden", "a violin")
    deeds = ("Warm", "Clean", "Mend", "Sell", "Paint")
    for number in range(240):
        text = f"{deeds[number % 5]} {things[number % 6]} for {number} minutes."
        (folder / f"guide-{number}.md").write_text(f"# Part {number}\n\n{text}\n")
    small = make_opener(folder).open()
    for name, value in (("SMALL", 200), ("_LEAST", 40), ("_EACH", 1), ("_GATHERING", 2)):
        monkeypatch.setattr(index.dense, name, value)
    large = replace(small, dense=build_dense(small.dense.vectors))
    for query in ("repair the violin", "77 minutes", "heat up the soup", "zzz"):
        assert large.dense._likely(large.encoder.encode([query]).vectors[0], 50) is not None
        before, after = ([hit.chunk.id for hit in i.search(query)] for i in (small, large))
        assert len(set(before) & set(after)) >= 8
        assert before[0] == after[0]


def test_of_chunks_all_alike_none_is_gathered():
    vectors = np.repeat(unit(np.random.default_rng(3), 1), SMALL + 1, 0)
    dense = build_dense(vectors)
    assert dense._likely(vectors[0], 3) is None
    places, cosines = dense.nearest(vectors[0], 3, np.array([7]))
    assert 7 in places
    assert len(places) in (3, 4)
    assert np.allclose(cosines, 1)


def test_search_goes_on_without_the_collection_and_a_build_makes_it_again(corpus, make_opener):
    tool = make_opener(corpus)
    lost = tool.open()
    [name] = [name for name in tool.store().names() if name.startswith("guide")]
    tool.store().client.delete_collection(name)
    for found in (lost, tool.open()):
        assert found.search("time in the oven", 1)[0].chunk.section == "baking"
    assert tool.build().embedded == 4
    assert name in tool.store().names()


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
