"""Wires the real parts together: one assistant from the owner's settings.

Owns which part meets which. Opening takes a moment (model, index, safety data); answering opens
nothing. Raises what the owner has to know: `CorpusError`, `IndexFault`, `SafetyError`,
`UnreadableCalibration`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import TypeAdapter, ValidationError
from threadpoolctl import threadpool_limits

from assistant.answering import Answerer, GuideAnswers
from assistant.chain import Assistant
from assistant.reading.labels import facts_taught, weights_key
from assistant.reading.reader import LAYERS, VECTORS, open_reader
from assistant.refreshing import Refreshing
from assistant.settings import Settings
from assistant.triage import Triage
from corpus.asking import SHIPPED
from corpus.guide import CorpusError
from corpus.safety import load_safety
from index.encoder import Encoder, Matrix, open_encoder
from index.opening import open_index
from index.search import Index

if TYPE_CHECKING:
    from index.export import Trained

SUGGESTIONS = SHIPPED / "suggestions.yaml"
_Suggestions = TypeAdapter(dict[str, tuple[str, ...]])


def build_assistant(
    settings: Settings, *, elsewhere: Callable[[], None] | None = None
) -> Assistant:
    """The assistant over the corpus that the settings name; builds its index first if need be.

    With `elsewhere`, which has another process do the same, no index is built in this one. From
    then on this process multiplies matrices on one thread: one question has too few numbers
    for two, and threads that wait for each other burn the cores that the model runs on.
    """
    threadpool_limits(1, user_api="blas")
    key = weights_key(LAYERS)
    trained = open_trained(settings.index_path, key)
    index = open_index(
        settings.corpus_dir, settings.index_path, trained=trained, kept=lambda: kept_vectors(key),
        chroma_url=settings.chroma_url, elsewhere=elsewhere,
    )  # fmt: skip

    def make(found: Index) -> Answerer:
        if weights_key(LAYERS) != key:
            raise CorpusError(
                f"{LAYERS}: trained anew since this process started: start it again to use them"
            )
        if not found.asking.ways:
            from assistant.elsewhere import PlainAnswers

            return PlainAnswers(found, trained)
        reader = open_reader(found, trained, key)
        embedded = GuideAnswers(reader, found.guides, load_suggestions(SUGGESTIONS))
        if not settings.model:
            return embedded
        from assistant.hosted import (
            with_model,
        )  # LangChain's model loaders: only where one is named

        return with_model(settings.model, embedded)

    answers = Refreshing(index, make)
    return Assistant(Triage(load_safety(), answers.opinions), answers, settings)


def open_trained(index: Path, key: str) -> Encoder:
    """The encoder with trained layers of that key, exported into the index folder if need be."""

    def load() -> Trained:
        facts_taught(LAYERS)  # a damaged file is told before torch is imported
        from assistant.reading.layers import LayersFile  # torch: seconds, needed this once

        return LayersFile(LAYERS).load()

    return open_encoder(index, load=load, trained=key)


def kept_vectors(key: str) -> Mapping[str, Matrix]:
    """The shipped vectors of the ways of asking, by text id, if layers of that key made them."""
    from assistant.reading.vectors import VectorsFile  # only who builds the index reads it

    return VectorsFile(VECTORS).load(key)


def load_suggestions(path: Path) -> Mapping[str, tuple[str, ...]]:
    """What to ask next, by section. Raises `CorpusError`."""
    try:
        return _Suggestions.validate_python(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise CorpusError(
            f"{path}: cannot be read as lists of questions by section: {error}"
        ) from error
