"""The trained layers: copies of the published model's layers, taught on the ways of asking.

Owns their shape and their file. Torch is needed here, so only training and the export of the graph
import this module; serving runs the exported graph. What the layers say is calibrated elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from assistant.reading.labels import ASKS, OUTPUTS, ROUTES, facts_taught
from index.export import Trained, passed, pooled
from index.weights import WIDTH, published

ASKED = 64  # numbers by which questions are compared: a sixth of the pooled vector's, as good
SCALE = 8.0  # unit vectors are small for a linear head


class TrainedLayers(nn.Module):
    """The published word vectors in; what is asked, as a vector, and logits of the heads.

    The pooled vector is turned into a shorter one, by which questions are held against each other.
    """

    def __init__(self, facts: int) -> None:
        super().__init__()
        trunk = AutoModel.from_pretrained(
            published().folder, attn_implementation="eager", local_files_only=True
        )
        self.layers = trunk.encoder.layer
        self.asked = nn.Linear(WIDTH, ASKED, bias=False)
        nn.init.orthogonal_(self.asked.weight)
        self.facts = nn.Linear(WIDTH, facts)
        self.routes = nn.Linear(WIDTH, len(ROUTES))
        self.asks = nn.Linear(WIDTH, len(ASKS))
        self.drop = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        """Unit vectors [n, ASKED], logits: facts [n, f], routes, asks."""
        vector = pooled(passed(self.layers, hidden, mask), mask)
        asked = functional.normalize(self.asked(vector), dim=1)
        scaled = self.drop(vector * SCALE)
        return asked, self.facts(scaled), self.routes(scaled), self.asks(scaled)


@dataclass(frozen=True, slots=True)
class LayersFile:
    """The shipped weights (half precision) and the fact ids of the `facts` output, in order."""

    path: Path

    def load(self) -> Trained:
        """The layers, ready to be exported."""
        facts = facts_taught(self.path)
        with safe_open(self.path, framework="pt") as held:
            names = held.offset_keys()
            state = {name: cast(Tensor, held.get_tensor(name)).float() for name in names}
        module = TrainedLayers(len(facts))
        module.load_state_dict(state)
        return Trained(module.eval(), OUTPUTS)

    def blend_into(self, module: TrainedLayers, facts: tuple[str, ...]) -> bool:
        """Make `module` the mean of itself and these weights; whether they are of one shape."""
        if not self.path.is_file() or facts_taught(self.path) != facts:
            return False
        held, new = load_file(self.path), module.state_dict()
        if {name: t.shape for name, t in held.items()} != {
            name: t.shape for name, t in new.items()
        }:
            return False
        module.load_state_dict({name: (t + held[name].float()) / 2 for name, t in new.items()})
        return True

    def save(self, module: TrainedLayers, facts: tuple[str, ...]) -> None:
        """Write `module` in half precision."""
        state = {name: t.detach().half().contiguous() for name, t in module.state_dict().items()}
        save_file(state, self.path, metadata={"facts": json.dumps(facts)})
