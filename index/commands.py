"""What the index offers on the command line.

Owns options, output and exit codes: results on stdout, everything else on stderr; 1 where the
corpus or the index is at fault, 2 for wrong use.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus.asking import SHIPPED
from corpus.guide import CorpusError
from corpus.rows import read_rows
from index.opening import open_index, opener, own_folder
from index.reference import Reference
from index.weights import IndexFault, published

app = typer.Typer(
    help="Builds the search index of a folder of guides, and searches it.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
)  # fmt: skip


PROJECT = SHIPPED.parent


class Places(BaseSettings):
    """The few settings that the index needs by itself."""

    model_config = SettingsConfigDict(
        env_prefix="SERENITY_", env_file=PROJECT / ".env", env_ignore_empty=True, extra="ignore"
    )

    data_dir: Path = PROJECT / "var"
    corpus_dir: Path = SHIPPED / "guides"
    index_dir: Path | None = None
    chroma_url: str | None = None


class Question(BaseModel):
    """One row of a batch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | int
    q: str = Field(min_length=1)


CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="Folder of Markdown guides.", show_default=False)
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index.", show_default=False)
]


@app.command()
def build(corpus: CorpusOption = None, index: IndexOption = None) -> None:
    """Check the corpus and build its index; does nothing where it is whole already."""
    with told():
        places = _places(corpus, index)
        tool = opener(places.corpus_dir, _index(places), chroma_url=places.chroma_url)
        built = tool.build(embeddings=Reference(published()), progress=True)
        tool.open()
    typer.echo(f"{built.records} texts in the index, {built.embedded} embedded now.", err=True)


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    k: Annotated[int, typer.Option("--k", min=1, max=1000, help="How many sections.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    batch: Annotated[
        Path | None, typer.Option(help='JSON Lines {"id","q"} in, {"id","hits"} out.')
    ] = None,
) -> None:
    """Find the sections that say most about a question, the best piece of each."""
    if (query is None) == (batch is None):
        raise typer.BadParameter("give a question, or --batch FILE with many")
    with told():
        rows = [row for _, row in read_rows(batch, Question)] if batch else []
        places = _places(corpus, index)
        found = open_index(places.corpus_dir, _index(places), chroma_url=places.chroma_url)
        if query is not None:
            rows = [Question(id=0, q=query or " ")]
        for row in rows:
            hits = [hit.as_dict() for hit in found.search(row.q, k, sections=True)]
            if batch:
                _print({"id": row.id, "hits": hits})
            elif as_json:
                _print({"q": query, "hits": hits})
            else:
                for hit in hits:
                    typer.echo(f"{hit['score']:.3f}  {hit['guide']}#{hit['section']}")
                    typer.echo(f"  {hit['text']}")


def _print(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def _places(corpus: Path | None, index: Path | None) -> Places:
    places = Places()
    if corpus and not index and corpus.resolve() != places.corpus_dir.resolve():
        index = own_folder(places.data_dir, corpus)
    given = {"corpus_dir": corpus, "index_dir": index}
    return places.model_copy(update={key: path for key, path in given.items() if path is not None})


def _index(places: Places) -> Path:
    return places.index_dir or places.data_dir / "index"


@contextmanager
def told() -> Iterator[None]:
    """Tell a fault in one message on stderr and exit with 1; never show a traceback."""
    try:
        yield
    except (CorpusError, IndexFault) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(1) from None


def run() -> None:
    """The entry point."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s: %(message)s")
    app(prog_name="python -m index")
