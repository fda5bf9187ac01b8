"""What an index is made of, read from the corpus in one go, and the hash that names it.

Owns the reading; everything built afterwards comes from these texts, so an edit in the middle of
a build cannot leave half of it behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from corpus.asking import Asked, asking_folder, parse_asked, read_asking
from corpus.facts import Caution, facts_path, parse_cautions, parse_facts
from corpus.folder import Snapshot, parse_guide, parse_guides, read_folder, read_text, snapshot
from corpus.guide import Guide, Sentence
from index.chunks import FORMAT
from index.weights import MODEL, Weights

_FACTS = ".facts.jsonl"


@dataclass(frozen=True)
class Content:
    """The corpus as it was at one moment.

    `texts` of the guides, `told` of the files that say which sentence carries which facts, both by
    the name of the guide, and `asking` of the ways of asking.
    """

    folder: Path
    texts: dict[str, str]
    told: dict[str, str]
    asking: dict[Path, str]
    seen: Snapshot

    @cached_property
    def guides(self) -> tuple[Guide, ...]:
        """The guides, parsed when first asked for. Raises `CorpusError`."""
        return parse_guides(self.texts, self.folder)

    @cached_property
    def _parsed(self) -> dict[str, Guide]:
        return {}

    def guide(self, name: str) -> Guide:
        """One guide, parsed alone when first asked for. Raises `KeyError` if there is none."""
        if name not in self._parsed:
            path = self.folder / f"{name}.md"
            self._parsed[name] = parse_guide(name, self.texts[name], path, warn=False)
        return self._parsed[name]

    @cached_property
    def facts(self) -> dict[str, Sentence]:
        """The sentence that carries each fact, over all guides; empty for a plain folder."""
        if not self.told:  # and the guides need not be parsed
            return {}
        return {
            fact: sentence
            for guide, text, path in self._with_facts
            for fact, sentence in parse_facts(guide, text, path).items()
        }

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """Which sentences belong to an answer in which others stand."""
        return tuple(
            caution
            for guide, text, path in self._with_facts
            for caution in parse_cautions(guide, text, path, self.facts)
        )

    @property
    def _with_facts(self) -> Iterator[tuple[Guide, str, Path]]:
        """Each guide that has a facts file, with its text and path."""
        for guide in self.guides if self.told else ():
            if guide.name in self.told:
                yield guide, self.told[guide.name], facts_path(self.folder, guide)

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The ways of asking that belong to these guides; empty for a plain folder."""
        return parse_asked(self.asking, self.facts)

    @property
    def known(self) -> tuple[Sentence, ...]:
        """The sentences of the guides that have a facts file."""
        named = {sentence.guide for sentence in self.facts.values()}
        if not named:  # and the guides need not be parsed
            return ()
        return tuple(s for guide in self.guides if guide.name in named for s in guide.sentences)


def read_content(folder: Path) -> Content:
    """Read the corpus in `folder`. Raises `CorpusError`."""
    seen = corpus_snapshot(folder)
    asking = asking_folder(folder)
    facts = {
        path.relative_to(folder).as_posix().removesuffix(_FACTS): read_text(path)
        for path in sorted(folder.rglob(f"*{_FACTS}"))
    }
    return Content(folder, read_folder(folder), facts, read_asking(asking) if asking else {}, seen)


def corpus_snapshot(folder: Path) -> Snapshot:
    """Names, sizes and times of all that an index is made of; cheap."""
    asking = asking_folder(folder)
    return snapshot(folder) + (snapshot(asking) if asking else ())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a collection was made of; it lies in the collection's metadata.

    `content` hashes the texts with all that shapes the result, so a changed guide, model or
    version has another one and is built anew. `count` is how many records it holds when whole.
    """

    content: str
    kind: str
    model: str
    weights: str
    format: int
    chroma: str
    count: int = 0

    @property
    def collection(self) -> str:
        """The collection's name."""
        return f"{self.kind}-{self.content[:32]}"


def describe(
    content: Content, weights: Weights, trained: str = ""
) -> tuple[Manifest, Manifest | None]:
    """What the guide chunks and, if there are any, the ways of asking are made of; uncounted.

    The ways of asking are indexed by trained layers, which `trained` identifies, or not at all.
    """
    texts = [part for pair in content.texts.items() for part in pair]
    guide = _manifest("guide", texts, weights.sha256)
    if not (trained and any(text.strip() for text in content.asking.values())):
        return guide, None
    facts = [part for pair in content.told.items() for part in pair]
    told = [*texts, *facts, *content.asking.values()]
    return guide, _manifest("asking", told, f"{weights.sha256}+{trained}")


def _manifest(kind: str, parts: Sequence[str], weights: str) -> Manifest:
    chroma = version("chromadb")
    made_of = [kind, MODEL, weights, str(FORMAT), chroma, version("bm25s"), *parts]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    return Manifest(digest, kind, MODEL, weights, FORMAT, chroma)
