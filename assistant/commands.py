"""What the assistant offers on the command line.

Owns options, output and exit codes: results on stdout, everything else on stderr; 1 where corpus,
index or data are at fault, 2 for wrong use. A command imports heavy parts itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field
from typer.core import TyperGroup
from typer.main import get_group

from assistant.settings import Settings, SettingsUnreadable, read_settings
from corpus.guide import CorpusError

if TYPE_CHECKING:
    from assistant.chain import Assistant
    from assistant.evaluation.labelled import Judged
    from corpus.guide import Sentence


class Commands(TyperGroup):
    """The commands here, and those of `assistant.leads`, whose import a question need not wait for.

    They are imported when one of them, or the list of all, is asked for.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all."""
        self._import_leads()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name."""
        if cmd_name not in self.commands:
            self._import_leads()
        return super().get_command(ctx, cmd_name)

    def _import_leads(self) -> None:
        from assistant.leads.commands import app as of_leads

        self.commands.update(get_group(of_leads).commands)


app = typer.Typer(
    cls=Commands, help="Answers from the guide in its own words, each sentence cited.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
)  # fmt: skip


class BatchRow(BaseModel):
    """One row of a batch: the visitor's messages, oldest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | int
    turns: tuple[str, ...] = Field(min_length=1)


CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="Folder of Markdown guides.", show_default=False)
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index.", show_default=False)
]


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="What to ask.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole Reply as JSON.")] = False,
    batch: Annotated[
        Path | None, typer.Option(help='JSON Lines {"id","turns"} in, {"id","replies"} out.')
    ] = None,
    corpus: CorpusOption = None,
    index: IndexOption = None,
) -> None:
    """Ask the guide one question, or a file of conversations."""
    if (question is None) == (batch is None):
        raise typer.BadParameter("give a question, or --batch FILE with many")
    with told():
        rows = _read_batch(batch) if batch else ()
        assistant = open_assistant(corpus, index)
        for row, replies in zip(
            rows, assistant.all_replies(row.turns for row in rows), strict=True
        ):
            _print({"id": row.id, "replies": [reply.as_dict() for reply in replies]})
        if question is not None:
            reply = assistant.invoke({"turns": [question]})
            if as_json:
                _print(reply.as_dict())
            else:
                typer.echo(reply.text)
                for citation in reply.citations:
                    typer.echo(f"  [{citation.n}] {citation.guide}#{citation.section}")


def open_assistant(corpus: Path | None, index: Path | None) -> Assistant:
    """The assistant of the settings, with another corpus or index folder if one is given."""
    from assistant.assembly import build_assistant
    from index.opening import own_folder

    changed = {"corpus_dir": corpus, "index_dir": index}
    given = {name: value for name, value in changed.items() if value is not None}
    settings = read_settings(Settings)
    if corpus and not index and corpus.resolve() != settings.corpus_dir.resolve():
        given["index_dir"] = own_folder(settings.data_dir, corpus)
    return build_assistant(settings.model_copy(update=given))


def _read_batch(path: Path) -> Iterable[BatchRow]:
    from corpus.rows import read_rows

    return [row for _, row in read_rows(path, BatchRow)]


@contextmanager
def told() -> Iterator[None]:
    """Faults that the owner can mend end as one message on stderr and exit code 1."""
    from assistant.reading.calibration import UnreadableCalibration
    from corpus.safety import SafetyError
    from index.weights import IndexFault

    try:
        yield
    except (
        CorpusError, IndexFault, SafetyError, SettingsUnreadable, UnreadableCalibration,
    ) as error:  # fmt: skip
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"error: {error.filename or ''}: {error.strerror or error}", err=True)
        raise typer.Exit(1) from error


def _print(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


@app.command(name="eval")
def evaluate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Labelled questions, JSON Lines.")
    ] = None,
    failures: Annotated[bool, typer.Option(help="List each wrong reply with its trace.")] = True,
    beside: Annotated[
        bool, typer.Option("--baselines", help="Three simple methods in the same run.")
    ] = False,
    corpus: CorpusOption = None,
    index: IndexOption = None,
) -> None:
    """Ask labelled questions, and tell how often the reply is right."""
    with told():
        from assistant.evaluation.labelled import judge, read_labelled
        from assistant.evaluation.report import comparison, failure, table
        from corpus.facts import load_facts

        paths = files or sorted((Path("tests") / "data" / "check").glob("*.jsonl"))
        if not paths:
            raise CorpusError("tests/data/check: no labelled questions here: name some files")
        assistant = open_assistant(corpus, index)
        folder = corpus or read_settings(Settings).corpus_dir
        facts = {k: v for g in assistant.guides for k, v in load_facts(g, folder).items()}
        judged = []
        for path in paths:
            asked = read_labelled(path)
            said = assistant.all_replies(r.turns for r in asked)
            rows = [j for r, s in zip(asked, said, strict=True) for j in judge(r, s, facts)]
            typer.echo(f"\n## {path.stem}\n\n{table(rows)}")
            judged += rows
        typer.echo(f"\n## all\n\n{table(judged)}")
        if beside:
            methods = {"this assistant": judged} | judge_baselines(paths, assistant, facts)
            typer.echo(f"\n## beside simple methods\n\n{comparison(methods)}")
        wrong = [j for j in judged if not j.right]
        if failures and wrong:
            typer.echo("\n## wrong\n")
            typer.echo("\n".join(failure(j) for j in wrong))


def judge_baselines(
    paths: Sequence[Path], assistant: Assistant, facts: Mapping[str, Sentence]
) -> dict[str, list[Judged]]:
    """The judgements on each simple method, over the single messages of the files."""
    from assistant.evaluation.baselines import baselines
    from assistant.evaluation.labelled import judge, read_labelled

    rows = [r for p in paths for r in read_labelled(p) if len(r.turns) == 1 and not r.parts]
    methods = baselines(assistant.index)
    return {
        name: [j for r in rows for j in judge(r, [ask_it(r.turns[0])], facts)]
        for name, ask_it in methods.items()
    }


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(help='Your questions, one a line, or JSON Lines {"id","turns"}.')
    ],
    corpus: CorpusOption = None,
    index: IndexOption = None,
) -> None:
    """Ask your own questions, and tell which are answered differently than on the last run.

    Exit code 3 where something changed, so that a script can tell.
    """
    with told():
        from assistant.evaluation.last_run import LastRun, changes, outline, read_questions

        questions = read_questions(file)
        settings = read_settings(Settings)
        last = LastRun(settings.data_dir, file, corpus or settings.corpus_dir)
        assistant = open_assistant(corpus, index)
        said = assistant.all_replies(q.turns for q in questions)
        now = {str(q.id): outline(s[-1]) for q, s in zip(questions, said, strict=True)}
        before = last.read()
        last.keep(now)
        different = [change for change in changes(before, now) if change.before]
        for change in different:
            typer.echo(f"{change.question}\n  before: {' / '.join(change.before)}")
            typer.echo(f"  now:    {' / '.join(change.now)}")
        new = sum(key not in before for key in now)
        typer.echo(f"{len(now)} asked, {len(different)} changed, {new} new.", err=True)
        if different:
            raise typer.Exit(3)


@app.command()
def fit() -> None:
    """Train the layers and the calibration again, from the ways of asking."""
    from assistant.reading.fitting import main

    main()
