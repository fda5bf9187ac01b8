"""sentence-transformers over the same weights: the reference that the runtime has to agree with.

Owns the embedding of documents by `python -m index build`. Importing it takes seconds (torch), so
it is imported by the first text that has to be embedded.
"""

from __future__ import annotations

import os
from functools import cached_property

from langchain_core.embeddings import Embeddings

from index.weights import Weights


class Reference(Embeddings):
    """The published model through sentence-transformers, unit vectors."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @cached_property
    def _model(self) -> Embeddings:
        self._weights.check()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from langchain_huggingface import HuggingFaceEmbeddings

        return HuggingFaceEmbeddings(
            model_name=str(self._weights.folder),
            model_kwargs={"device": "cpu"},
            encode_kwargs={"normalize_embeddings": True, "batch_size": 32},
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vector of each text. Raises `IndexFault` on wrong weights."""
        return self._model.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text. Raises `IndexFault` on wrong weights."""
        return self._model.embed_query(text)
