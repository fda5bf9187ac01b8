"""Writes the published weights as an ONNX graph, once, so that serving needs no torch.

Owns the graph: token ids and mask in; last hidden states, pooled unit vector and, where a fork is
given, its outputs out. A fork is any torch module over the hidden states after one layer: trunk
and fork share a single pass, and the published vectors stay as they are.
"""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort
import torch
from transformers import AutoModel
from transformers.utils.logging import disable_progress_bar

from index.weights import Weights


@dataclass(frozen=True, slots=True)
class Fork:
    """Trained layers above the trunk.

    `module(hidden, mask)` takes the hidden states after `layer` trunk layers, float [n, len, 384],
    and the mask, int [n, len], and returns a tensor or a tuple of them, first axis n, named by
    `outputs`. `key` identifies its weights.
    """

    module: torch.nn.Module
    layer: int
    outputs: tuple[str, ...]
    key: str


class Graph(torch.nn.Module):
    """Trunk, mean pooling, unit length, and the fork."""

    def __init__(self, trunk: torch.nn.Module, fork: Fork | None) -> None:
        super().__init__()
        self.trunk = trunk
        self.layer = fork.layer if fork else 0
        self.fork = fork.module if fork else None

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Hidden states [n, len, 384], vectors [n, 384], then the fork's outputs."""
        out = self.trunk(
            input_ids=ids, attention_mask=mask, output_hidden_states=self.fork is not None
        )
        hidden = out.last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        vector = mean / mean.norm(dim=1, keepdim=True)
        if self.fork is None:
            return hidden, vector
        more = self.fork(out.hidden_states[self.layer], mask)
        return hidden, vector, *(more if isinstance(more, tuple) else (more,))


def export(weights: Weights, folder: Path, *, fork: Fork | None = None) -> None:
    """Write `model.onnx` and `tokenizer.json` into `folder`, whole or not at all.

    Raises `IndexFault` on wrong weights and `OSError` where the folder cannot be written.
    """
    weights.check()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".export-", dir=folder.parent))
    draft.chmod(0o755)
    try:
        with _quiet():
            _write_graph(weights, draft / "raw.onnx", fork)
            _optimise(draft / "raw.onnx", draft / "model.onnx")
        (draft / "raw.onnx").unlink()
        shutil.copyfile(weights.folder / "tokenizer.json", draft / "tokenizer.json")
        try:
            draft.replace(folder)
        except OSError:
            if not (folder / "model.onnx").is_file():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_graph(weights: Weights, path: Path, fork: Fork | None) -> None:
    trunk = AutoModel.from_pretrained(
        weights.folder, attn_implementation="eager", local_files_only=True
    )
    outputs = ["tokens", "vector", *(fork.outputs if fork else ())]
    rows = torch.export.Dim("rows", min=1, max=512)
    length = torch.export.Dim("length", min=2, max=256)
    program = torch.onnx.export(
        Graph(trunk, fork).eval(),
        (torch.randint(1000, 2000, (2, 12)), torch.ones(2, 12, dtype=torch.long)),
        dynamo=True,
        dynamic_shapes=({0: rows, 1: length}, {0: rows, 1: length}),
        input_names=["ids", "mask"],
        output_names=outputs,
        verbose=False,
    )
    assert program is not None
    program.optimize()
    program.save(str(path), external_data=False)


def _optimise(source: Path, target: Path) -> None:
    """Let the runtime simplify the graph once, so that opening it does not have to."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints its progress and warnings about itself; none is the owner's business."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    disable_progress_bar()
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        yield
    logger.setLevel(level)
