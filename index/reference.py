"""sentence-transformers over the same weights: the reference that the runtime has to agree with.

Owns the embedding of documents by `python -m index build`. Importing it takes seconds (torch), so
only the build does.
"""

from __future__ import annotations

import os

from index.weights import Weights

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from langchain_huggingface import HuggingFaceEmbeddings


def reference(weights: Weights) -> HuggingFaceEmbeddings:
    """The published model through sentence-transformers, unit vectors. Raises `IndexFault`."""
    weights.check()
    return HuggingFaceEmbeddings(
        model_name=str(weights.folder),
        model_kwargs={"device": "cpu"},
        encode_kwargs={"normalize_embeddings": True, "batch_size": 32},
    )
