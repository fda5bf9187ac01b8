"""Writes the model as an ONNX graph, once, so that serving needs no torch.

Owns the graphs: token ids and mask in; last hidden states and pooled unit vector of the published
model out, or of trained layers, which stand on the same word vectors, what they give. They are two
graphs: a question runs through one of them, so neither costs the other.
"""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import matmul_nbits_quantizer as eight_bits
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoModel
from transformers.utils.logging import disable_progress_bar

from index.weights import WIDTH, Weights

OLD_SECONDS = 86_400.0
OPSET = 23  # the first that has attention as one node


@dataclass(frozen=True, slots=True)
class Trained:
    """Trained layers in the place of the published ones.

    `module(hidden, mask)` takes the published word vectors, float [n, len, 384], and the mask, int
    [n, len]. It returns the unit vector [n, d] and one tensor, first axis n, for each of `more`.
    """

    module: torch.nn.Module
    more: tuple[str, ...]


class Attention(torch.nn.Module):
    """A published layer's attention: queries, keys and values by one product, the rest one node.

    The same numbers as the three products and the eight nodes that it takes the place of.
    """

    def __init__(self, published: torch.nn.Module) -> None:
        super().__init__()
        parts = (published.query, published.key, published.value)
        self.heads = published.num_attention_heads
        self.project = torch.nn.Linear(WIDTH, 3 * WIDTH)
        with torch.no_grad():
            self.project.weight.copy_(torch.cat([part.weight for part in parts]))
            self.project.bias.copy_(torch.cat([part.bias for part in parts]))

    def forward(
        self, hidden: torch.Tensor, attention_mask: torch.Tensor, **_: Any
    ) -> tuple[torch.Tensor, None]:
        """Hidden states [n, len, 384], and the mask [n, 1, 1, len] that is added to the scores."""
        rows, length, _width = hidden.shape
        heads = self.project(hidden).view(rows, length, 3 * self.heads, -1).transpose(1, 2)
        asks, holds, gives = heads.split(self.heads, 1)
        barred = attention_mask.expand(rows, 1, length, length)
        found = scaled_dot_product_attention(asks, holds, gives, attn_mask=barred)
        return found.transpose(1, 2).reshape(rows, length, WIDTH), None


class Published(torch.nn.Module):
    """The published layers with mean pooling."""

    def __init__(self, layers: torch.nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Hidden states [n, len, 384] and unit vectors [n, 384]."""
        hidden = passed(self.layers, hidden, mask)
        return hidden, pooled(hidden, mask)


class Graph(torch.nn.Module):
    """The published word vectors, and above them the published layers or trained ones."""

    def __init__(self, published: torch.nn.Module, trained: Trained | None) -> None:
        super().__init__()
        self.embeddings = published.embeddings
        self.above = trained.module if trained else Published(published.encoder.layer)
        # `self` is what a published layer, and so a trained one, calls its attention.
        for module in [module for module in self.modules() if hasattr(module, "self")]:
            module.self = Attention(module.self)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What the layers give."""
        found: tuple[torch.Tensor, ...] = self.above(self.embeddings(ids), mask)
        return found


def passed(
    layers: Iterable[torch.nn.Module], hidden: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """The hidden states [n, len, 384] after `layers`, which see the places that `mask` counts."""
    barred = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * -1e4
    for layer in layers:
        out = layer(hidden, barred)
        hidden = out[0] if isinstance(out, tuple) else out
    return hidden


def pooled(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of the hidden states that `mask` counts, at unit length, [n, 384]."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weight).sum(1) / weight.sum(1)
    return mean / mean.norm(dim=1, keepdim=True)


def export(weights: Weights, folder: Path, *, trained: Trained | None = None) -> None:
    """Write `model.onnx`, its weights and `tokenizer.json` into `folder`, whole or not at all.

    Raises `IndexFault` on wrong weights and `OSError` where the folder cannot be written.
    """
    weights.check()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".export-", dir=folder.parent))
    draft.chmod(0o755)
    try:
        with _quiet():
            _write_graph(weights, draft / "raw.onnx", trained)
            if trained:
                _optimise(draft / "raw.onnx", draft / "whole.onnx")
                _to_eight_bits(draft / "whole.onnx", draft / "raw.onnx")
            _optimise(draft / "raw.onnx", draft / "model.onnx")
        for left in draft.glob("*"):
            if left.stem != "model":
                left.unlink()
        shutil.copyfile(weights.folder / "tokenizer.json", draft / "tokenizer.json")
        try:
            draft.replace(folder)
        except OSError:
            if not (folder / "model.onnx").is_file():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def clear(folder: Path, *, keep: Path) -> None:
    """Remove the drafts in `folder` and the graphs other than `keep` that are older than a day.

    A younger one may be what another process writes now; what a process has open, it keeps.
    """
    for left in folder.glob("*"):
        with suppress(OSError):
            if left != keep and time.time() - left.stat().st_mtime > OLD_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _write_graph(weights: Weights, path: Path, trained: Trained | None) -> None:
    model = AutoModel.from_pretrained(weights.folder, local_files_only=True)
    outputs = ["vector", *trained.more] if trained else ["tokens", "vector"]
    rows = torch.export.Dim("rows", min=1, max=512)
    length = torch.export.Dim("length", min=2, max=256)
    program = torch.onnx.export(
        Graph(model, trained).eval(),
        (torch.randint(1000, 2000, (2, 12)), torch.ones(2, 12, dtype=torch.long)),
        dynamo=True,
        opset_version=OPSET,
        dynamic_shapes=({0: rows, 1: length}, {0: rows, 1: length}),
        input_names=["ids", "mask"],
        output_names=outputs,
        verbose=False,
    )
    assert program is not None
    program.optimize()
    program.save(str(path), external_data=False)


def _optimise(source: Path, target: Path) -> None:
    """Let the runtime simplify the graph once, so that opening it does not have to.

    The weights lie beside it in a file of their own, which the runtime maps instead of reading it:
    a process holds half as much memory, and several share it.
    """
    options = ort.SessionOptions()
    beside = "session.optimized_model_external_initializers"
    options.add_session_config_entry(f"{beside}_file_name", f"{target.stem}.weights")
    options.add_session_config_entry(f"{beside}_min_size_in_bytes", "1024")
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def _to_eight_bits(source: Path, target: Path) -> None:
    """Hold the layers' weights in eight bits, 64 to a scale, and multiply them as such.

    A pass takes three quarters of the time, and its vectors agree with those of the whole weights
    at cosine 0.999. Weights that were taught here may round; the published ones stay as they are.
    """
    how = eight_bits.DefaultWeightOnlyQuantConfig(
        block_size=64, is_symmetric=True, accuracy_level=4, bits=8
    )
    rounded = eight_bits.MatMulNBitsQuantizer(onnx.load(source), algo_config=how)
    rounded.process()
    rounded.model.save_model_to_file(str(target))


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints its progress and warnings about itself; none is the owner's business."""
    names = ("torch.onnx", "onnxscript", "onnx_ir", eight_bits.__name__)
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    disable_progress_bar()
    try:
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
