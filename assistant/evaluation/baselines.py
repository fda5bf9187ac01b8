"""Three simple ways to answer, judged in the same run: what all the rest has to be worth.

Owns the plain dense chain (recursive splitter, four chunks), BM25 over the same chunks, and the
simplest reader of the ways of asking (published vectors, nearest twelve, logistic regression).
Each refuses below the score at which, on the ways of asking, as many answers are refused as gaps
are let through. They are for comparison only; nothing is served from here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sklearn.linear_model import LogisticRegression

from assistant.citations import cite
from assistant.reading.labels import ROUTES, route_of
from assistant.reply import Kind, Level, Reply
from corpus.asking import Asked
from corpus.guide import Sentence
from index.encoder import Matrix
from index.lexical import build_lexical, words
from index.search import Index

CHUNK, OVERLAP, SHOWN = 500, 50, 4
NEAREST, SHARPNESS, LEAST = 12, 12.0, 0.35

Baseline = Callable[[str], Reply]


def baselines(index: Index) -> dict[str, Baseline]:
    """The three by name, ready to be asked."""
    encoder = index.encoder
    rows = [row for row in index.content.asked if not row.lang and not row.turns]
    texts = [row.text for row in rows]
    vectors = encoder.encode(texts).vectors
    guide = index.guides[0]
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True
    )
    pieces = splitter.create_documents([guide.text])
    spans = [
        (d.metadata["start_index"], d.metadata["start_index"] + len(d.page_content)) for d in pieces
    ]
    inside = [[s for s in guide.sentences if a <= s.start and s.end <= b] for a, b in spans]
    chunks = encoder.encode([d.page_content for d in pieces]).vectors
    lexical = build_lexical([d.page_content for d in pieces])

    def dense(text: str, vector: Matrix | None = None) -> Matrix:
        found: Matrix = chunks @ (encoder.encode([text]).vectors[0] if vector is None else vector)
        return found

    def by_word(text: str) -> Matrix:
        return lexical.scores(words(text))

    def chain(score: Callable[[str], Matrix], point: float) -> Baseline:
        def ask(text: str) -> Reply:
            scores = score(text)
            if scores.max(initial=0) < point:
                return Reply("not_covered", "")
            best = np.argsort(-scores)[:SHOWN]
            return _shown(index, [s for place in best for s in inside[place]])

        return ask

    dense_point = _point(
        rows, [float(dense(t, v).max()) for t, v in zip(texts, vectors, strict=True)]
    )
    word_point = _point(rows, [float(by_word(text).max(initial=0)) for text in texts])
    return {
        "plain dense chain": chain(dense, dense_point),
        "BM25": chain(by_word, word_point),
        "nearest ways of asking": _simplest(index, rows, vectors),
    }


def _simplest(index: Index, rows: Sequence[Asked], vectors: Matrix) -> Baseline:
    decide = LogisticRegression(C=10, max_iter=500)
    decide.fit(vectors, [route_of(row) for row in rows])
    answers = [i for i, row in enumerate(rows) if row.facts]
    known = vectors[answers]

    def ask(text: str) -> Reply:
        vector = index.encoder.encode([text]).vectors[0]
        route = ROUTES[int(decide.predict(vector[None])[0])]
        if route != "answer":
            kinds: dict[str, Kind] = {
                "gap": "not_covered",
                "booking": "booking",
                "small_talk": "small_talk",
            }
            levels: dict[str, Level] = {level: level for level in get_args(Level)}
            return Reply(kinds.get(route, "safety"), "", level=levels.get(route))
        near = known @ vector
        votes: dict[str, float] = defaultdict(float)
        for place in np.argsort(-near)[:NEAREST]:
            for fact in rows[answers[place]].facts:
                votes[fact] += float(np.exp(SHARPNESS * (near[place] - near.max())))
        least = LEAST * max(votes.values())
        return _shown(index, [index.known.facts[f] for f, vote in votes.items() if vote >= least])

    return ask


def _shown(index: Index, sentences: Sequence[Sentence]) -> Reply:
    cited, citations = cite(dict.fromkeys(sentences), {g.name: g for g in index.guides})
    return Reply("answer", "", sentences=cited, citations=citations)


def _point(rows: Sequence[Asked], scores: Sequence[float]) -> float:
    answers = np.array([s for row, s in zip(rows, scores, strict=True) if row.route == "answer"])
    gaps = np.array([s for row, s in zip(rows, scores, strict=True) if row.route == "gap"])
    points = np.quantile(np.concatenate([answers, gaps]), np.linspace(0, 1, 200))
    return float(
        points[np.argmin([abs((answers < p).mean() - (gaps >= p).mean()) for p in points])]
    )
