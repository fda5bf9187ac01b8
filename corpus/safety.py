"""The safety data (`corpus/safety/*.yaml`), read strictly into frozen records.

Owns what the files may hold and how a mistake in them is reported: file, key and value. It does
not judge messages (`assistant.triage` does) and does not vouch for the medicine: every row says
whether a clinician has reviewed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).with_name("safety")

T = TypeVar("T", bound=BaseModel)

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SafetyError(ValueError):
    """The safety data cannot be used; says file, key and value. Seen by the owner at start-up."""


def _lines(value: object) -> object:
    """A block of text as its non-empty lines, so that a pattern needs no quoting in YAML."""
    if not isinstance(value, str):
        return value
    return tuple(line.strip() for line in value.splitlines() if line.strip())


Patterns = Annotated[tuple[str, ...], BeforeValidator(_lines), Field(min_length=1)]
Concepts = dict[str, Patterns]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SafetySource(_Row):
    """The public page that a row rests on."""

    title: str = Field(min_length=3)
    url: str = Field(pattern=r"^https://")


class Rule(_Row):
    """Concepts that together mean the condition: in one sentence, near, or anywhere in the talk.

    `weak` rules may be vetoed by a second opinion; a `question` rule asks before it is sure.
    """

    name: str
    sentence: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    talk: tuple[str, ...] = ()
    weak: bool = False
    question: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        """The concepts that must all be present."""
        return self.sentence or self.near or self.talk

    @property
    def scope(self) -> Literal["sentence", "near", "talk"]:
        """How close together they must stand."""
        return "sentence" if self.sentence else "near" if self.near else "talk"


class Condition(_Row):
    """One row of the medical ground. `heals` and `past`: an old, healed story takes it back.

    `reviewed` is for a clinician to set to true; until then every reply of the row says so.
    """

    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    level: Literal["emergency", "urgent", "ask_first"]
    group: str
    why: str
    source: SafetySource
    reviewed: bool
    rules: tuple[Rule, ...] = ()
    heals: bool = False
    past: bool = False


class Denial(_Row):
    """How another language denies a finding.

    A negator reaches a finding over `fillers`; `joiners` carry it on in a list; a negator before
    one of `only` ("nicht nur") denies nothing. `lacking` are the findings whose own patterns hold
    a negator ("orinar ... no puedo"), so that one inside them is part of the danger.
    """

    negators: frozenset[str] = Field(min_length=1)
    fillers: frozenset[str]
    joiners: frozenset[str]
    only: frozenset[str]
    lacking: frozenset[str]


class Conditions(_Row):
    """One file of conditions with the concepts they are built from."""

    denial: Denial | None = None
    words: Concepts = {}
    findings: Concepts = {}
    conditions: tuple[Condition, ...] = ()


class Exculpations(_Row):
    """What takes a finding back, and which words govern that."""

    negators: frozenset[str]
    fillers: frozenset[str]
    after_no: frozenset[str]
    unless_followed_by: frozenset[str]
    joiners: frozenset[str]
    words: Concepts
    idioms: Concepts


class Phones(_Row):
    """Whom to call, as words that fit after "call"."""

    emergency: str
    urgent: str
    crisis: str


class Group(_Row):
    """One action, as the heading of a reply; `emergency` where a language names its own lines."""

    heading: str
    why_label: str
    emergency: dict[str, str] = {}
    unreviewed: str = ""


class Careful(_Row):
    """The reply when triage itself failed."""

    heading: str
    why: str


class Replies(_Row):
    """All fixed words of safety replies."""

    unreviewed: str
    phones: dict[Literal["", "us", "uk", "eu"], Phones]
    groups: dict[str, Group]
    careful: Careful
    questions: dict[str, str]


class Hazard(_Row):
    """One way in which the assistant could harm somebody, and the test that guards against it."""

    id: str
    hazard: str
    cause: str
    harm: str
    control: str
    test: str = Field(pattern=r"^tests/[\w/]+\.py::test_\w+$")


class Hazards(_Row):
    """The hazard log."""

    hazards: tuple[Hazard, ...] = Field(min_length=1)


class SafetyData(_Row):
    """Everything triage needs.

    `findings` are the concepts that a "no ..." takes back; `exact` those whose words must be
    spelled right to count: other languages, and whatever takes a finding back. `denials` go by
    the language ("es") with which the names of its concepts begin.
    """

    concepts: Concepts
    findings: frozenset[str]
    exact: frozenset[str]
    idioms: tuple[str, ...]
    conditions: tuple[Condition, ...]
    exculpations: Exculpations
    denials: dict[str, Denial]
    replies: Replies
    hazards: tuple[Hazard, ...]
    real_words: frozenset[str]


def load_safety(folder: Path = FOLDER) -> SafetyData:
    """Read and check the whole folder. Raises SafetyError naming file, key and value."""
    exculpations = _read(folder / "exculpations.yaml", Exculpations)
    replies = _read(folder / "replies.yaml", Replies)
    hazards = _read(folder / "hazards.yaml", Hazards)
    special = {"exculpations.yaml", "replies.yaml", "hazards.yaml"}
    files = [
        (path, _read(path, Conditions))
        for path in sorted(folder.glob("*.yaml"), key=_reading_order)
        if path.name not in special
    ]
    concepts: Concepts = {}
    named: list[tuple[Path, Conditions | Exculpations]] = [
        *files,
        (folder / "exculpations.yaml", exculpations),
    ]
    for path, file in named:
        for name, patterns in _concepts(file):
            if name in concepts:
                raise SafetyError(f"{path.name}: concept {name!r} is defined twice; rename one")
            concepts[name] = patterns
    conditions = tuple(row for _, file in files for row in file.conditions)
    _check_rows(files, concepts, replies)
    return SafetyData(
        concepts=concepts,
        findings=frozenset(name for _, file in files for name in file.findings),
        exact=frozenset(
            name
            for path, file in named
            if path.name.startswith(("language-", "exculpations"))
            for name, _ in _concepts(file)
        ),
        idioms=tuple(exculpations.idioms),
        conditions=conditions,
        exculpations=exculpations,
        denials={
            path.stem.removeprefix("language-"): file.denial for path, file in files if file.denial
        },
        replies=replies,
        hazards=hazards.hazards,
        real_words=_words(folder / "real-words.txt"),
    )


def _reading_order(path: Path) -> tuple[int, str]:
    """Emergencies first, then urgent, then ask-first, then other languages by name."""
    order = ["body-and-people", "emergency", "urgent", "ask_first"]
    return (order.index(path.stem) if path.stem in order else len(order), path.name)


def _concepts(file: Conditions | Exculpations) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from file.words.items()
    yield from (file.findings if isinstance(file, Conditions) else file.idioms).items()


def _read(path: Path, shape: type[T]) -> T:
    """One file as `shape`; every fault is told with its key and value."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        return shape.model_validate(content)
    except OSError as fault:
        raise SafetyError(f"{path.name}: cannot be read ({fault.strerror}); restore it") from fault
    except yaml.YAMLError as fault:
        raise SafetyError(f"{path.name}: is no valid YAML: {fault}") from fault
    except ValidationError as fault:
        told = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']} (got {e['input']!r:.80})"
            for e in fault.errors()
        )
        raise SafetyError(f"{path.name}: {told}") from fault


def _check_denial(path: Path, file: Conditions) -> None:
    """A language's file says how that language denies, and its concepts carry its name."""
    if not path.name.startswith("language-"):
        return
    if file.denial is None:
        raise SafetyError(f"{path.name}: `denial` is missing; say how this language denies")
    prefix = path.stem.removeprefix("language-") + "_"
    for name in [*(name for name, _ in _concepts(file)), *file.denial.lacking]:
        if not name.startswith(prefix):
            raise SafetyError(f"{path.name}: concept {name!r} has to begin with {prefix!r}")
    for name in file.denial.lacking - file.findings.keys():
        raise SafetyError(f"{path.name}: denial.lacking: unknown finding {name!r}")


def _check_rows(files: list[tuple[Path, Conditions]], concepts: Concepts, replies: Replies) -> None:
    """Slugs are unique; groups, concepts and questions that rows name exist."""
    seen: set[str] = set()
    for path, file in files:
        _check_denial(path, file)
        for row in file.conditions:
            where = f"{path.name}: condition {row.slug}"
            if row.slug in seen:
                raise SafetyError(f"{where}: the slug is used twice; rename one")
            seen.add(row.slug)
            if row.group not in replies.groups:
                raise SafetyError(f"{where}: group {row.group!r} is not in replies.yaml")
            for rule in row.rules:
                _check_rule(where, rule, concepts, replies)


def _check_rule(where: str, rule: Rule, concepts: Concepts, replies: Replies) -> None:
    if sum(map(bool, (rule.sentence, rule.near, rule.talk))) != 1:
        raise SafetyError(f"{where}: rule {rule.name}: give one of sentence, near, talk")
    for item in rule.items:
        if item not in concepts:
            raise SafetyError(f"{where}: rule {rule.name}: unknown concept {item!r}")
    if rule.question and rule.name not in replies.questions:
        raise SafetyError(f"{where}: rule {rule.name}: no such question in replies.yaml")


def _words(path: Path) -> frozenset[str]:
    """Real words that look like a slip of a lexicon word, so that nobody corrects them."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as fault:
        raise SafetyError(f"{path.name}: cannot be read ({fault.strerror}); restore it") from fault
    return frozenset(line for line in lines if line and not line.startswith("#"))
