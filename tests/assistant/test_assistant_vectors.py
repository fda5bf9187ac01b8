"""The trained graph says what torch says, and the shipped vectors are its own."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from transformers import AutoModel

from assistant.assembly import kept_vectors, open_trained
from assistant.reading.calibration import UnreadableCalibration
from assistant.reading.labels import facts_taught, weights_key
from assistant.reading.layers import LayersFile, TrainedLayers
from assistant.reading.reader import IN_VIEW, LAYERS, VECTORS, open_reader
from assistant.reading.vectors import VectorsFile
from corpus.guide import CorpusError
from index.records import text_id
from index.weights import IndexFault, published
from tests.assistant.conftest import SHARED

KEY = weights_key(LAYERS)
TEXTS = ["how long should a session be", "BACKBONE!!!", "a", "is it ok over a bruise? " * 20]


def test_the_trained_layers_say_in_the_runtime_what_they_say_in_torch(assistant):
    encoder, layers = open_trained(SHARED / "index", KEY), LayersFile(LAYERS).load()
    found = encoder.encode(TEXTS)
    model = AutoModel.from_pretrained(published().folder, local_files_only=True).eval()
    for i, ids in enumerate(found.ids):
        table = torch.tensor([ids])
        with torch.inference_mode():
            vector, *more = layers.module(model.embeddings(table), torch.ones_like(table))
        # The runtime holds the weights in eight bits: see `index.export`.
        assert float(found.vectors[i] @ vector[0].numpy()) > 0.999
        for name, values in zip(layers.more, more, strict=True):
            assert np.allclose(found.more[name][i], values[0], atol=0.5)


def test_a_training_is_blended_with_the_one_before_if_it_tells_the_same_facts(tmp_path):
    former, facts = LayersFile(tmp_path / "former.safetensors"), ("F001", "F002")
    before, after = TrainedLayers(2), TrainedLayers(2)
    with torch.no_grad():
        before.facts.bias.fill_(1)
        after.facts.bias.fill_(3)
    assert not former.blend_into(after, facts)
    former.save(before, facts)
    for other in (TrainedLayers(3), after):
        assert not former.blend_into(other, ("F001", "F002", "F003"))
    assert after.facts.bias.eq(3).all()
    assert former.blend_into(after, facts)
    assert after.facts.bias.eq(2).all()


def test_the_shipped_vectors_are_those_of_the_shipped_layers(assistant):
    ways, vectors = assistant.index.asking.ways, assistant.index.asking.vectors
    kept = kept_vectors(KEY)
    known = [i for i, way in enumerate(ways) if text_id(way.text) in kept]
    assert len(known) > 0.9 * len(ways)
    sample = known[:: len(known) // 40]
    made = open_trained(SHARED / "index", KEY).encode([ways[i].text for i in sample]).vectors
    assert (np.einsum("ij,ij->i", made, vectors[sample]) > 0.9999).all()


def test_vectors_of_other_layers_or_in_a_broken_file_are_left_unread(tmp_path):
    file = VectorsFile(tmp_path / "vectors.safetensors")
    assert file.load("any") == {}
    file.save(["how long"], np.ones((1, 384), np.float32), "these")
    assert file.load("those") == {}
    [(key, vector)] = file.load("these").items()
    assert key == text_id("how long")
    assert np.isclose(np.linalg.norm(vector), 1)
    file.path.write_bytes(b"broken")
    assert file.load("these") == {}
    assert VectorsFile(VECTORS).load(weights_key(LAYERS))


def test_facts_that_the_layers_were_not_taught_are_told_and_not_mistaken(assistant):
    index, trained = assistant.index, open_trained(SHARED / "index", KEY)
    known = index.known
    (first, one), (second, other), *rest = known.facts.items()
    for facts, named in (
        ({first: one, **dict(rest)}, second),
        ({**known.facts, "F999": one}, "F999"),
        ({second: other, first: one, **dict(rest)}, "order"),
    ):
        edited = replace(index, known=replace(known, facts=facts))
        with pytest.raises(CorpusError, match=f"{named}.*make fit"):
            open_reader(edited, trained, KEY)


def test_a_calibration_of_other_layers_is_told(assistant):
    with pytest.raises(UnreadableCalibration, match="other trained layers.*make fit"):
        open_reader(assistant.index, open_trained(SHARED / "index", KEY), "of others")


def test_of_an_endless_message_the_end_is_read(assistant):
    reader = open_reader(assistant.index, open_trained(SHARED / "index", KEY), KEY)
    ends = ("how long should a session be", "can I press on the spine")
    story = "and so it went on for a while with nobody saying a word " * 30
    [long, hard] = reader.read([f"{story}. {end}" for end in ends])
    [cut, short] = reader.read([" ".join(f"{story}. {end}".split()[-IN_VIEW:]) for end in ends])
    assert np.array_equal(long.vector, cut.vector)
    assert np.array_equal(hard.vector, short.vector)
    assert not np.allclose(long.vector, hard.vector, atol=0.01)


def test_case_and_end_marks_are_one_reading(assistant):
    reader = open_reader(assistant.index, open_trained(SHARED / "index", KEY), KEY)
    texts = ["How long? | AND then...", "how long | and then", "HOW LONG | and then?"]
    readings = reader.read(texts)
    assert [reading.text for reading in readings] == texts
    assert len({reading.facts.tobytes() for reading in readings}) == 1


def test_what_is_asked_word_for_word_as_labelled_is_read_as_labelled(assistant):
    reader = open_reader(assistant.index, open_trained(SHARED / "index", KEY), KEY)
    several_from, fact_from = reader.calibration.several_from, reader.calibration.fact_from
    ways = assistant.index.asking.ways[::101]
    readings = reader.read([f"{way.text.upper()}?!" for way in ways])
    told = 0
    for way, reading in zip(ways, readings, strict=True):
        if reading.asks["several"] >= several_from:
            continue
        told += 1
        assert max(reading.decision, key=reading.decision.get) == way.route
        assert max(reading.routes, key=reading.routes.get) == (way.level or way.route)
        if way.route == "answer":
            shown = np.array(reader.fact_ids)[reading.facts >= fact_from]
            assert set(shown) == set(way.facts)
    assert told > 0.8 * len(ways)


@pytest.mark.parametrize("damage", ["missing", "garbage", "cut", "nameless", "null"])
def test_damaged_layers_are_told_with_the_way_out(tmp_path, damage):
    path = tmp_path / "layers.safetensors"
    if damage == "garbage":
        path.write_bytes(b"no weights " * 100)
    elif damage == "cut":
        path.write_bytes(LAYERS.read_bytes()[:5_000])
    elif damage != "missing":
        held = {"facts": "null"} if damage == "null" else None
        save_file({"weight": np.zeros(3, np.float32)}, path, metadata=held)
    with pytest.raises(IndexFault, match=r"layers\.safetensors.*cannot be read.*make fit"):
        facts_taught(path)
