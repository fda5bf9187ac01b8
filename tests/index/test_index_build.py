"""The index: built once, mended by itself, switched whole."""

import os
import socket
import threading

import pytest
from langchain_core.embeddings import Embeddings

from corpus.asking import SHIPPED
from corpus.folder import load_guides
from corpus.guide import CorpusError
from index import store
from index.chunks import LONGEST_CHUNK, cut
from index.content import describe, read_content
from index.encoder import open_encoder
from index.export import clear
from index.opening import ATTEMPTS, Opener, is_exported
from index.store import ServerPlace, StoreFault
from index.weights import IndexFault, Weights, published


class Counting(Embeddings):
    """Passes on to the encoder and keeps what it was asked for."""

    def __init__(self, encoder):
        self.encoder, self.texts = encoder, []

    def embed_documents(self, texts):
        self.texts += texts
        return self.encoder.embed_documents(texts)

    def embed_query(self, text):
        return self.encoder.embed_query(text)


def files_of(folder):
    return {
        path.relative_to(folder): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "build.lock"
    }


def names(index, query, k=1):
    return [(hit.chunk.guide, hit.chunk.section) for hit in index.search(query, k)]


def test_chunks_follow_the_guide_and_cover_every_sentence(encoder):
    guides = load_guides(SHIPPED / "guides")
    chunks = cut(guides, encoder.count)
    [guide] = guides
    for chunk in chunks:
        assert chunk.text == " ".join(
            s.shown for s in guide.sentences if chunk.start <= s.start and s.end <= chunk.end
        )
        assert chunk.path[-1] == chunk.heading
    assert sum(c.text.count(".") for c in chunks) == sum(s.text.count(".") for s in guide.sentences)
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_a_long_block_is_cut_at_sentences_and_a_long_sentence_at_words(tmp_path, encoder):
    many = " ".join(f"Sentence number {n} says that the bread is good." for n in range(60))
    endless = "word after word " * 400
    (tmp_path / "a.md").write_text(f"# Long\n\n{many}\n\n{endless}\n")
    guides = load_guides(tmp_path)
    chunks = cut(guides, encoder.count)
    assert max(encoder.count([chunk.text for chunk in chunks])) <= LONGEST_CHUNK
    assert " ".join(chunk.text for chunk in chunks).split() == f"{many} {endless}".split()
    for chunk in chunks:
        assert guides[0].text[chunk.start : chunk.end].split() == chunk.text.split()


def test_building_twice_changes_nothing(corpus, make_opener, tmp_path):
    opener = make_opener(corpus)
    assert opener.build().embedded == 4
    opener.open()
    before = files_of(tmp_path / "index")
    assert opener.build().embedded == 0
    opener.open()
    assert files_of(tmp_path / "index") == before


def test_an_edit_embeds_only_what_changed(corpus, make_opener, encoder):
    opener, counting = make_opener(corpus), Counting(encoder)
    opener.build()
    guide = corpus / "bread.md"
    guide.write_text(guide.read_text().replace("forty", "fifty"))
    built = opener.build(embeddings=counting)
    assert (built.records, built.embedded) == (4, 1)
    assert [text.splitlines()[1] for text in counting.texts] == [
        "Bake the loaf for fifty minutes. Let it cool on a rack."
    ]


def test_a_build_that_was_cut_short_goes_on_where_it_stopped(corpus, make_opener, encoder):
    class Dying(Counting):
        def embed_documents(self, texts):
            raise KeyboardInterrupt

    opener = make_opener(corpus)
    opener.build()
    index = opener.open()
    (corpus / "tea.md").write_text("# Tea\n\nSteep the leaves for three minutes.\n")
    with pytest.raises(KeyboardInterrupt):
        opener.build(embeddings=Dying(encoder))
    assert names(index, "how long to bake") == [("bread", "baking")]
    assert names(opener.open(), "how long does tea steep") == [("tea", "tea")]


def test_an_edited_guide_is_noticed_and_the_old_index_goes_on_working(corpus, make_opener):
    index = make_opener(corpus).open()
    assert not index.is_stale()
    assert index.refresh() is index
    (corpus / "tea.md").write_text("# Tea\n\nSteep the leaves for three minutes.\n")
    assert index.is_stale()
    renewed = index.refresh()
    assert names(renewed, "steep the leaves") == [("tea", "tea")]
    assert names(index, "steep the leaves") != [("tea", "tea")]
    assert not renewed.is_stale()


def test_a_broken_edit_is_refused_and_the_old_index_goes_on_working(corpus, make_opener):
    index = make_opener(corpus).open()
    (corpus / "tea.md").write_text("---\nsource: me\n---\n# Tea\n\nTODO\n")
    with pytest.raises(CorpusError, match=r"tea\.md"):
        index.refresh()
    assert names(index, "how long to bake") == [("bread", "baking")]


@pytest.mark.parametrize("damage", ["garbage", "missing", "emptied", "pointer", "derived", "signs"])
def test_a_damaged_index_is_built_anew(corpus, make_opener, tmp_path, monkeypatch, damage):
    folder = tmp_path / "index"
    if damage == "signs":
        monkeypatch.setattr("index.dense.SMALL", 0)  # only large collections have them
    opener = make_opener(corpus)
    opener.open()
    [database] = folder.glob("chroma-*/chroma.sqlite3")
    if damage == "garbage":
        database.write_bytes(b"not a database " * 1000)
    elif damage == "missing":
        database.unlink()
    elif damage == "emptied":
        guide, _ = describe(read_content(corpus), published())
        opener.store().client.delete_collection(guide.collection)
    elif damage == "pointer":
        (folder / "current.json").write_text("[1, 2")
    else:
        files = [p for p in folder.glob("derived/*/*") if p.is_file()]
        damaged = files if damage == "derived" else [p for p in files if p.stem == "signs"]
        assert damaged
        for path in damaged:
            path.write_bytes(b"nothing of use")
    assert opener.build().records == 4
    assert names(make_opener(corpus).open(), "how long to bake") == [("bread", "baking")]
    assert opener.build().embedded == 0


def test_foreign_files_in_the_index_folder_are_left_alone(corpus, make_opener, tmp_path):
    foreign = tmp_path / "index" / "chroma.sqlite3"
    foreign.parent.mkdir()
    foreign.write_text("somebody else's")
    make_opener(corpus).open()
    assert foreign.read_text() == "somebody else's"


def test_two_builders_at_once_make_one_index(corpus, make_opener, encoder):
    counting = Counting(encoder)
    opener, done = make_opener(corpus), []
    threads = [
        threading.Thread(target=lambda: done.append(opener.build(embeddings=counting)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(built.embedded for built in done) == [0, 4]
    assert len(counting.texts) == 4


def test_only_this_and_the_former_collection_are_kept(corpus, make_opener):
    opener = make_opener(corpus)
    for number in range(4):
        (corpus / "tea.md").write_text(f"# Tea\n\nSteep the leaves for {number} minutes.\n")
        opener.open()
    assert len(opener.store().names()) == 2
    assert len(list((opener.folder / "derived").iterdir())) == 2


def test_a_build_leaves_alone_what_another_process_is_writing(corpus, make_opener):
    opener = make_opener(corpus)
    opener.open()
    drafts = [opener.folder / "derived" / f".draft-{name}" for name in ("now", "left-behind")]
    for draft in drafts:
        draft.mkdir()
    os.utime(drafts[1], (0, 0))
    (corpus / "tea.md").write_text("# Tea\n\nSteep the leaves.\n")
    opener.build()
    assert [draft.exists() for draft in drafts] == [True, False]


def test_a_collection_that_is_lost_while_it_is_read_is_told(corpus, make_opener, monkeypatch):
    opener = make_opener(corpus)
    guide, _ = describe(read_content(corpus), published())
    opener.build()
    monkeypatch.setattr(Opener, "build", lambda *_, **__: None)  # so that nothing mends it
    opener.store().client.delete_collection(guide.collection)
    with pytest.raises(StoreFault, match=f"{guide.collection} was lost.*start again"):
        opener.open()


def test_wrong_weights_are_refused_before_anything_is_written(tmp_path):
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(IndexFault, match="wrong weights.*install the package again"):
        open_encoder(tmp_path / "index", weights=Weights(folder))
    assert not list((tmp_path / "index").rglob("*.onnx"))


def test_a_folder_that_cannot_be_written_is_named(corpus, make_opener, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(IndexFault, match=r"blocked.*cannot be written.*--index"):
        make_opener(corpus, blocked / "index").open()


def test_the_shipped_guide_comes_with_its_ways_of_asking(make_opener, encoder):
    content = read_content(make_opener(SHIPPED / "guides").corpus)
    assert len(content.facts) == len(content.known) == 93
    assert describe(content, published())[1] is None
    assert describe(content, published(), "trained")[1] is not None


def test_vectors_of_other_weights_are_never_taken_over(corpus, make_opener, encoder):
    make_opener(corpus).build()
    other = Weights(published().folder, "0" * 64)
    counting = Counting(encoder)
    assert make_opener(corpus, weights=other).build(embeddings=counting).embedded == 4
    assert len(counting.texts) == 4


def test_a_plain_folder_has_no_ways_of_asking(corpus, make_opener):
    index = make_opener(corpus).open()
    assert index.asking.ways == ()
    assert index.asking.vectors.shape == (0, 384)
    assert index.known.facts == {}


def test_other_chains_can_use_the_same_collection(corpus, make_opener):
    retriever = make_opener(corpus).open().vectorstore.as_retriever(search_kwargs={"k": 1})
    [found] = retriever.invoke("how long must the bread be in the oven")
    assert found.metadata["section"] == "baking"
    assert found.page_content.startswith("Bread > Baking\nBake the loaf")


def test_the_files_of_dropped_collections_go(corpus, make_opener):
    """Chroma leaves them behind."""
    opener = make_opener(corpus)
    for number in range(4):
        (corpus / "tea.md").write_text(f"# Tea\n\nSteep the leaves for {number} minutes.\n")
        opener.open()
    [store] = opener.folder.glob("chroma-*")
    assert len([each for each in store.iterdir() if each.is_dir()]) == 2
    assert names(opener.open(), "steep the leaves") == [("tea", "tea")]


def test_what_is_built_elsewhere_is_opened_here_also_if_it_was_edited_meanwhile(
    corpus, make_opener, monkeypatch
):
    made = []

    def another_process():
        monkeypatch.undo()
        make_opener(corpus).open()
        if not made:
            (corpus / "tea.md").write_text("# Tea\n\nSteep the leaves.\n")
        made.append(1)
        monkeypatch.setattr(Opener, "build", None)  # nothing is built here

    monkeypatch.setattr(Opener, "build", None)
    opened = make_opener(corpus, elsewhere=another_process).open()
    assert names(opened, "steep the leaves") == [("tea", "tea")]
    assert len(made) == 2


def test_what_nobody_builds_elsewhere_is_told(corpus, make_opener):
    asked = []
    with pytest.raises(IndexFault, match="wait, or start again"):
        make_opener(corpus, elsewhere=lambda: asked.append(1)).open()
    assert len(asked) == ATTEMPTS


def test_whether_the_graphs_are_there_is_seen_without_opening_them(tmp_path, encoder):
    assert not is_exported(tmp_path, "")
    (tmp_path / "encoder" / encoder.key).mkdir(parents=True)
    (tmp_path / "encoder" / encoder.key / "model.onnx").touch()
    assert is_exported(tmp_path, "")
    assert not is_exported(tmp_path, "trained")


def test_a_chroma_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(store, "SILENT_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(StoreFault, match="the Chroma server at http://127"):
            ServerPlace(f"http://127.0.0.1:{silent.getsockname()[1]}").read()


def test_old_graphs_and_drafts_are_cleared_but_for_what_is_used(tmp_path):
    old, young, kept = (tmp_path / name for name in (".export-x", "new", "published"))
    for folder in (old, young, kept):
        folder.mkdir()
    for folder in (old, kept):
        os.utime(folder, (0, 0))
    clear(tmp_path, keep=kept)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["new", "published"]
