"""Which sentence of a guide carries which facts.

Owns `NAME.facts.jsonl` beside a guide: rows `{"sentence", "facts"}`, one for every sentence, with
`beside` where it is a caution that belongs to others. The file is optional for an owner's guide;
where it is there, it is complete both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from corpus.folder import read_text
from corpus.guide import CorpusError, Guide, Sentence
from corpus.rows import parse_rows

FactId = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9_-]*$", max_length=32)]


class FactRow(BaseModel):
    """One sentence of the guide, as it stands there, and the facts that it carries.

    A caution is told wherever all facts in `beside` are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentence: str = Field(min_length=1)
    facts: tuple[FactId, ...] = Field(min_length=1)
    beside: tuple[FactId, ...] = ()


@dataclass(frozen=True, slots=True)
class Caution:
    """A sentence that belongs to an answer in which all `others` stand."""

    sentence: Sentence
    others: frozenset[Sentence]


def facts_path(folder: Path, guide: Guide) -> Path:
    """Where the facts of `guide` lie, whether or not the file is there."""
    return folder / f"{guide.name}.facts.jsonl"


def load_facts(guide: Guide, folder: Path) -> dict[str, Sentence]:
    """The sentence that carries each fact, by fact id; empty where the guide has no facts file.

    Raises `CorpusError` if a row is broken, names a sentence that the guide does not hold, tells
    a fact twice, or leaves a sentence of the guide out.
    """
    path = facts_path(folder, guide)
    return parse_facts(guide, read_text(path), path) if path.is_file() else {}


def parse_facts(guide: Guide, text: str, path: Path) -> dict[str, Sentence]:
    """As `load_facts`, from the text of the facts file; `path` names it in errors."""
    sentences = {sentence.text: sentence for sentence in guide.sentences}
    found: dict[str, Sentence] = {}
    told: set[str] = set()
    for line, row in parse_rows(text.split("\n"), FactRow, str(path)):
        sentence = sentences.get(row.sentence)
        if sentence is None:
            raise CorpusError(
                f"{path}:{line}: key 'sentence': the guide {guide.name}.md does not hold "
                f"{row.sentence!r}: write it as it stands there"
            )
        for fact in row.facts:
            if fact in found:
                raise CorpusError(f"{path}:{line}: key 'facts': {fact!r} is told twice: keep one")
            found[fact] = sentence
        told.add(row.sentence)
    missing = next((s for s in guide.sentences if s.text not in told), None)
    if missing is not None:
        raise CorpusError(f"{path}: no row for the guide's sentence {missing.text!r}: add one")
    return found


def parse_cautions(
    guide: Guide, text: str, path: Path, facts: Mapping[str, Sentence]
) -> tuple[Caution, ...]:
    """The cautions of a facts file whose rows `parse_facts` has read into `facts`.

    Raises `CorpusError` if one belongs to a fact that no sentence carries.
    """
    sentences = {sentence.text: sentence for sentence in guide.sentences}
    found = []
    for line, row in parse_rows(text.split("\n"), FactRow, str(path)):
        unknown = next((fact for fact in row.beside if fact not in facts), None)
        if unknown:
            raise CorpusError(
                f"{path}:{line}: key 'beside': no sentence of the guide carries {unknown!r}"
            )
        if row.beside:
            others = frozenset(facts[fact] for fact in row.beside)
            found.append(Caution(sentences[row.sentence], others))
    return tuple(found)
