"""The shipped vectors save a first start its longest step, and are never those of other layers."""

import numpy as np

from assistant.assembly import kept_vectors, open_trained
from assistant.reading.labels import weights_key
from assistant.reading.reader import LAYERS, VECTORS
from assistant.reading.vectors import VectorsFile
from index.records import text_id
from tests.assistant.conftest import SHARED


def test_the_shipped_vectors_are_those_of_the_shipped_layers(assistant):
    ways, vectors = assistant.index.asking.ways, assistant.index.asking.vectors
    kept = kept_vectors()
    known = [i for i, way in enumerate(ways) if text_id(way.text) in kept]
    assert len(known) > 0.9 * len(ways)
    sample = known[:: len(known) // 40]
    made = open_trained(SHARED / "index").encode([ways[i].text for i in sample]).vectors
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
