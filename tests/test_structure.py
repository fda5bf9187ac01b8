"""The house keeps its plan: rooms, imports, names, and the tools' verdicts."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("corpus", "index", "assistant", "streamlit_app")  # each may import itself and those before
SOURCES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py") or [ROOT / f"{room}.py"]
    if "__pycache__" not in path.parts
) + [path for path in [ROOT / "streamlit_app.py"] if path.exists()]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def python(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)


def name(path):
    return path.relative_to(ROOT).as_posix()


def imported_modules(path):
    """Dotted names of everything that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno} imports relatively"
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_imports_run_one_way(path):
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    later = set(ROOMS[ROOMS.index(room) + 1 :]) | {"tests"}
    wrong = {module for module in imported_modules(path) if module.split(".")[0] in later}
    assert not wrong, f"{name(path)} imports {wrong}: {' -> '.join(reversed(ROOMS))} is the way"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_only_pages_know_streamlit(path):
    if name(path) == "streamlit_app.py" or name(path).startswith("assistant/pages/"):
        return
    assert not {it for it in imported_modules(path) if it.split(".")[0] == "streamlit"}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body


def test_no_module_is_named_for_nothing():
    empty_names = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert not [name(path) for path in SOURCES if path.stem in empty_names]


def test_the_packages_listed_by_hand_are_those_there_are():
    there = {name(path.parent).replace("/", ".") for path in SOURCES if path.parent != ROOT}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == there


def test_importing_a_room_opens_nothing_and_loads_nothing_heavy():
    """Torch, Streamlit and the libraries over them cost seconds that most commands do not need."""
    heavy = {"torch", "transformers", "sentence_transformers", "streamlit", "sklearn", "kubernetes"}
    code = (
        "import sys, corpus, index, assistant.settings, assistant.leads, assistant.serving.app;"
        f"print(*sorted(set(sys.modules) & {heavy!r}))"
    )
    run = python("-c", code)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""


def test_every_package_that_is_needed_is_pinned_at_the_version_installed():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pins = {canonicalize_name(package): version for package, version in pins.items()}
    wanted = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["dev"]
    waiting, seen = [Requirement(each) for each in wanted], set()
    while waiting:
        requirement = waiting.pop()
        for extra in {"", *requirement.extras} - {e for n, e in seen if n == requirement.name}:
            seen.add((requirement.name, extra))
            found = distribution(requirement.name)
            pinned = pins.get(canonicalize_name(requirement.name))
            assert pinned == found.version.split("+")[0], f"{requirement.name}: {pinned=}"
            needs = map(Requirement, found.requires or [])
            waiting += [it for it in needs if not it.marker or it.marker.evaluate({"extra": extra})]


def tracked_files():
    run = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return [line for line in run.stdout.splitlines() if (ROOT / line).is_file()]


def readme_tree():
    """The paths of the tree in the README: two spaces a level, folders end in "/"."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\w*\n(.*?)```", readme, re.DOTALL)
    blocks = [block for block in blocks if "corpus/" in block]
    assert blocks, "README.md has no tree: a fenced block with one file or folder a line"
    parents, found = {}, {}
    for line in blocks[0].splitlines():
        entry = re.match(r"( *)(\S+)(?:  +(\S.*))?$", line)
        if entry is None:
            continue
        depth, item = len(entry[1]) // 2, entry[2]
        path = (parents.get(depth - 1, "") if depth else "") + item
        parents[depth] = path
        found[path] = entry[3]
    return found


def test_the_readmes_tree_has_a_clause_for_each_file():
    tree = readme_tree()
    files = tracked_files()
    missing = [path for path in tree if not (ROOT / path).exists()]
    assert not missing, f"in the README's tree, but not there: {missing}"
    assert not [path for path, clause in tree.items() if not clause], "an entry without a clause"
    open_folders = {path[: path.rstrip("/").rfind("/") + 1] for path in tree} - {""}
    closed = tuple(path for path in tree if path.endswith("/") and path not in open_folders)
    untold = [
        path for path in files
        if path not in tree and not path.startswith(closed) and not path.endswith("__init__.py")
        and (not path.startswith(".") or path.startswith((".ci", ".streamlit")))
        and path != "README.md"
    ]  # fmt: skip
    assert not untold, f"not in the README's tree: {untold}"


def test_no_file_names_a_machine_or_a_registry():
    words = re.compile(r"(?<![\w.])/(?:root|home|work|tmp/lab)/|pypi\.org|pythonhosted|npmjs")
    found = []
    for path in tracked_files():
        if path.endswith((".png", ".npz", ".onnx", ".safetensors", ".jsonl")) or "check" in path:
            continue
        if words.search((ROOT / path).read_text(encoding="utf-8", errors="replace")):
            found.append(path)
    assert found in ([], [name(Path(__file__))])


def test_ruff_finds_nothing():
    run = python("-m", "ruff", "check", "--output-format=concise", ".")
    assert run.returncode == 0, run.stdout + run.stderr


def test_mypy_finds_nothing():
    run = python("-m", "mypy")
    assert run.returncode == 0, run.stdout + run.stderr
