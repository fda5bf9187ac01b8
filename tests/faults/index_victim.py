"""Builds an index in a process that a test kills: `index_victim.py CORPUS INDEX ENCODER_INDEX`."""

import sys
from pathlib import Path

from index.encoder import open_encoder
from index.opening import Opener
from index.weights import published

corpus, index, exported = map(Path, sys.argv[1:])
encoder = open_encoder(exported)


class Announced:
    """Says on stdout when a batch has been embedded, so that the test can strike in the middle."""

    def embed_documents(self, texts):
        vectors = encoder.embed_documents(texts)
        print("embedded", len(texts), flush=True)
        return vectors


tool = Opener(corpus, index, encoder, published())
tool.build(embeddings=Announced())
tool.open()
