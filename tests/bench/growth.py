"""How the index grows: `python -m tests.bench.growth [SIZES ...]`, made text, one process a size.

Reports, asserts nothing. Each size is built from nothing, opened, asked 300 questions, and built
again after one edit. `--embed made` takes random unit vectors instead of the model for building,
so that the index itself is measured without the hours of embedding.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from langchain_core.embeddings import Embeddings
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

from index.encoder import open_encoder
from index.opening import Opener
from index.weights import published

A_FILE = 20
WORDS = 12


class Made(Embeddings):
    """A unit vector for each text, drawn from the text."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows = np.stack([np.random.default_rng(abs(hash(t))).standard_normal(384) for t in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def make_corpus(folder: Path, chunks: int) -> None:
    """Guides of made sentences, a few words often and most of them rarely, as in speech."""
    draw = random.Random(chunks)
    # The model's own whole words, so that a made sentence is as long to it as a real one.
    vocabulary = Tokenizer.from_file(str(published().folder / "tokenizer.json")).get_vocab()
    words = sorted(word for word in vocabulary if word.isalpha() and word.isascii())
    draw.shuffle(words)
    weights = [1 / (rank + 5) for rank in range(len(words))]
    for number in range(-(-chunks // A_FILE)):
        here = min(A_FILE, chunks - number * A_FILE)
        lines = [f"# Guide {number}"]
        for part in range(here):
            sentences = [" ".join(draw.choices(words, weights, k=WORDS)) + "." for _ in range(3)]
            lines += [f"## Part {part} {draw.choice(words)}", " ".join(sentences)]
        (folder / f"guide-{number:05}.md").write_text("\n\n".join(lines) + "\n")


def measure(chunks: int, encoder_index: Path, made: bool) -> dict[str, float]:
    """Build, open, ask and edit an index of `chunks` chunks."""
    threadpool_limits(1, user_api="blas")  # as the assistant does
    with tempfile.TemporaryDirectory() as work:
        corpus, folder = Path(work, "corpus"), Path(work, "index")
        corpus.mkdir()
        make_corpus(corpus, chunks)
        encoder = open_encoder(encoder_index)
        tool = Opener(corpus, folder, encoder, published())
        embeddings = Made() if made else None
        built = _timed(lambda: tool.build(embeddings=embeddings, progress=True))
        opened = _timed(tool.open)
        reopened = _timed(tool.open)
        index = tool.open()
        draw = random.Random(7)
        bare, whole = [], []
        for chunk in draw.choices(index.chunks, k=300):
            query = " ".join(draw.sample(chunk.text.split(), 8))
            whole.append(_timed(lambda query=query: index.search(query, 10)))
            vector = encoder.encode([query]).vectors[0]
            bare.append(_timed(lambda query=query, v=vector: index.search(query, 10, v)))
        guide = corpus / "guide-00000.md"
        guide.write_text(guide.read_text() + "\nOne more sentence at the end.\n")
        edited = _timed(lambda: tool.build(embeddings=embeddings))
        return {
            "chunks": len(index.chunks),
            "build ms a chunk": built / chunks * 1e3,
            "open s, derived files made": opened,
            "open s": reopened,
            "rebuild after one edit, s": edited,
            "size KiB a chunk": sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
            / 1024
            / chunks,
            "peak memory MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "search with embedding p50 ms": float(np.percentile(whole, 50)) * 1e3,
            "search with embedding p95 ms": float(np.percentile(whole, 95)) * 1e3,
            "search alone p50 ms": float(np.percentile(bare, 50)) * 1e3,
            "search alone p95 ms": float(np.percentile(bare, 95)) * 1e3,
        }


def _timed(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def main(
    sizes: Annotated[list[int] | None, typer.Argument(help="Chunks.")] = None,
    embed: Annotated[str, typer.Option(help="model, or made")] = "model",
    encoder: Annotated[Path, typer.Option(help="Index folder for the encoder.")] = Path(
        "var/index"
    ),
    one: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Measure the index at each size, in a process of its own."""
    if one:
        assert sizes
        print(json.dumps(measure(sizes[0], encoder, embed == "made")))
        return
    rows = []
    for size in sizes or [1_000, 10_000, 100_000]:
        command = [sys.executable, "-m", "tests.bench.growth", str(size), "--one"]
        command += ["--embed", embed, "--encoder", str(encoder)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    for name in rows[0]:
        print(f"{name:38}" + "".join(f"{row[name]:>14.2f}" for row in rows))


if __name__ == "__main__":
    typer.run(main)
