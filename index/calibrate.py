"""Fits `confidence.json` on a public collection: `python -m index.calibrate FOLDER`.

Owns the experiment. FOLDER holds `passages.jsonl` (`id`, `title`, `text`) and `questions.jsonl`
(`id`, `question`, `gold_passage_ids`, `answerable`), as SQuAD 2.0 is prepared. Each title is one
guide; it is asked its own answerable questions, its own unanswerable ones (near) and answerable
ones of other titles (far). Figures are on titles that the fit has not seen.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from index.confidence import FITTED, Weights, judge
from index.encoder import Encoded, Encoder, open_encoder
from index.opening import Opener
from index.search import Index
from index.weights import published

Kind = str
_NOTHING = Weights(0.0, {})


class Remembering:
    """Encodes each text once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._held: dict[str, Encoded] = {}

    def __call__(self, texts: Sequence[str]) -> Encoded:
        """As `Encoder.encode`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._held]
        told = self._encoder.encode(new)
        for i, text in enumerate(new):
            self._held[text] = Encoded(told.vectors[i : i + 1], [told.tokens[i]], [told.ids[i]])
        parts = [self._held[text] for text in texts]
        vectors = np.concatenate([p.vectors for p in parts]) if parts else told.vectors
        return Encoded(vectors, [p.tokens[0] for p in parts], [p.ids[0] for p in parts])


@dataclass(frozen=True, slots=True)
class Row:
    """One question put to one guide."""

    guide: str
    kind: Kind
    signals: dict[str, float]


def collect(folder: Path, encoder: Encoder, each: int, index: Path) -> list[Row]:
    """The signals of up to `each` questions of a kind for every title."""
    passages = [json.loads(line) for line in (folder / "passages.jsonl").open(encoding="utf-8")]
    questions = [json.loads(line) for line in (folder / "questions.jsonl").open(encoding="utf-8")]
    titles = {row["id"]: row["title"] for row in passages}
    draw = random.Random(0)  # noqa: S311 a sample that is the same each time
    encode, rows = Remembering(encoder), []
    for title in tqdm(dict.fromkeys(titles.values()), desc="guides"):
        guide = _guide(title, [p["text"] for p in passages if p["title"] == title], index, encoder)
        own = [q for q in questions if titles[q["gold_passage_ids"][0]] == title]
        far = [q for q in questions if q["answerable"] and q not in own]
        kinds = {
            "answerable": [q for q in own if q["answerable"]],
            "near": [q for q in own if not q["answerable"]],
            "far": far,
        }
        for kind, asked in kinds.items():
            for q in draw.sample(asked, min(each, len(asked))):
                text = q["question"]
                told = judge(guide, text, _NOTHING, asked=encode([text]), encode=encode)
                rows.append(Row(title, kind, told.signals))
    return rows


def _guide(title: str, texts: Sequence[str], index: Path, encoder: Encoder) -> Index:
    corpus = index / "corpus" / title.replace("/", "-")
    corpus.mkdir(parents=True)
    (corpus / "guide.md").write_text(f"# {title}\n\n" + "\n\n".join(texts), encoding="utf-8")
    return Opener(corpus, index / "built" / corpus.name, encoder, published()).open()


def fit(rows: Sequence[Row]) -> Weights:
    """Logistic regression, answerable against both kinds of unanswerable, each side equal."""
    names = list(rows[0].signals)
    table = np.array([[row.signals[name] for name in names] for row in rows])
    wanted = [row.kind == "answerable" for row in rows]
    found = LogisticRegression(C=1.0, class_weight="balanced", max_iter=2000).fit(table, wanted)
    weights = {name: round(float(w), 4) for name, w in zip(names, found.coef_[0], strict=True)}
    return Weights(round(float(found.intercept_[0]), 4), weights)


def measure(rows: Sequence[Row]) -> dict[str, float]:
    """AUC and error rates at probability 0.5, every title judged by a fit without it."""
    groups = [row.guide for row in rows]
    given = np.zeros(len(rows))
    for train, test in GroupKFold(8).split(rows, groups=groups):
        weights = fit([rows[i] for i in train])
        given[test] = [weights.probability(rows[i].signals) for i in test]
    kinds = np.array([row.kind for row in rows])
    answerable = given[kinds == "answerable"]
    told = {"answerable refused": float((answerable < 0.5).mean())}
    for kind in ("near", "far"):
        other = given[kinds == kind]
        truth = [1] * len(answerable) + [0] * len(other)
        told[f"{kind} AUC"] = float(roc_auc_score(truth, [*answerable, *other]))
        told[f"{kind} answered"] = float((other >= 0.5).mean())
        for share in (0.95, 0.9):
            cut = np.quantile(answerable, 1 - share)
            told[f"{kind} refused with {share:.0%} of answerable let through"] = float(
                (other < cut).mean()
            )
    return {name: round(value, 4) for name, value in told.items()}


def main(
    folder: Annotated[Path, typer.Argument(help="Folder with passages.jsonl, questions.jsonl.")],
    index: Annotated[Path, typer.Option(help="Folder of an index, for the encoder.")] = Path(
        "var/index"
    ),
    each: Annotated[int, typer.Option(help="Questions of each kind and title.")] = 40,
    out: Annotated[Path, typer.Option(help="The file of weights to write.")] = FITTED,
) -> None:
    """Fit the generic confidence on a public collection, and say how good it is."""
    with tempfile.TemporaryDirectory() as work:
        rows = collect(folder, open_encoder(index), each, Path(work))
    figures = measure(rows)
    weights = fit(rows)
    held = {
        "fitted_on": f"{folder.name}, {len(rows)} questions", "figures": figures,
        "intercept": weights.intercept, "coefficients": dict(weights.coefficients),
    }  # fmt: skip
    out.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(figures, indent=1))


if __name__ == "__main__":
    typer.run(main)
