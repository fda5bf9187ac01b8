"""The runtime says what sentence-transformers says, whoever asks and in whatever order."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.encoder import Encoder
from index.weights import IndexFault, published

TEXTS = [
    "how long should a session be", "", "   ", "a", "BACKBONE!!!", "is it ok over a bruise?",
    "wie lange dauert eine Massage", "背中のマッサージ", "🙂 emoji \u200b zero width", "x" * 3000,
    "word " * 600, "Effleurage is the warm-up of a back massage: smooth, gentle, long movements.",
    "line\nbreaks\tand tabs", "<script>alert(1)</script>", "naïve café déjà vu",
]  # fmt: skip


def test_vectors_agree_with_sentence_transformers(encoder):
    from index.reference import Reference

    wanted = np.array(Reference(published()).embed_documents(TEXTS))
    found = encoder.encode(TEXTS).vectors
    assert found.shape == (len(TEXTS), 384)
    assert (np.einsum("ij,ij->i", wanted, found) >= 0.999).all()


def test_results_come_in_the_order_of_the_texts_and_alone_or_in_a_batch_alike(encoder):
    together = encoder.encode(TEXTS)
    for place, text in enumerate(TEXTS):
        alone = encoder.encode([text])
        assert alone.ids[0] == together.ids[place]
        assert together.tokens[place].shape == (len(together.ids[place]), 384)
        assert np.allclose(alone.vectors[0], together.vectors[place], atol=1e-5)
        assert np.allclose(alone.tokens[0], together.tokens[place], atol=1e-4)
    assert np.allclose(np.linalg.norm(together.vectors, axis=1), 1, atol=1e-5)
    assert max(map(len, together.ids)) == 256


def test_nothing_to_encode_is_no_error(encoder):
    assert encoder.encode([]).vectors.shape == (0, 384)
    assert encoder.embed_documents([]) == []


def test_threads_share_one_encoder(encoder):
    texts = [f"question number {n} about kneading" for n in range(24)]
    wanted = encoder.encode(texts).vectors
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(encoder.embed_query, texts))
    assert np.allclose(found, wanted, atol=1e-5)


def test_serving_imports_neither_torch_nor_chroma():
    code = (
        "import sys, index.opening, index.search; "
        "print([m for m in ('torch', 'transformers', 'chromadb', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_that_cannot_be_opened_says_what_to_do(tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"not a model")
    for ask in (Encoder(folder).encode, Encoder(folder).count):
        with pytest.raises(IndexFault, match="delete that folder and run"):
            ask(["how long"])


def test_weights_that_are_cut_short_say_what_to_do(encoder, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(encoder._folder, broken)
    with (broken / "model.weights").open("r+b") as file:
        file.truncate(1_000_000)
    with pytest.raises(IndexFault, match="delete that folder and run"):
        Encoder(broken).encode(["how long"])
