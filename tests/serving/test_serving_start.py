"""A start that cannot succeed says why in one message, and ends with 1."""

import itertools
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from assistant.serving.__main__ import CannotStart, check_folder, check_port
from tests.running import ROOT, environment, free_port, running_app, wait_until


def start(tmp_path, *options, **settings):
    return subprocess.run(
        [sys.executable, "-m", "assistant.serving", *options],
        check=False, capture_output=True, text=True, cwd=ROOT,
        env=environment(tmp_path / "var", **settings), timeout=60,
    )  # fmt: skip


def said_once(run, *words):
    """The message, which has to be short, to name all of the words, and to be no traceback."""
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert len(run.stderr.splitlines()) <= 3
    for word in words:
        assert word in run.stderr
    return True


def test_a_port_in_use_is_named_with_the_way_out(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(tmp_path, "--port", str(port))
    assert said_once(run, f"Port {port}", f"PORT={port + 1}")


def test_a_data_folder_that_is_a_file_is_named_with_the_way_out(tmp_path):
    (tmp_path / "var").write_text("not a folder")
    run = start(tmp_path, "--port", str(free_port()))
    assert said_once(run, str(tmp_path / "var"), "SERENITY_DATA_DIR")


def test_a_setting_that_cannot_be_read_is_named(tmp_path):
    run = start(tmp_path, "--port", str(free_port()), retention_days="soon")
    assert said_once(run, "SERENITY_RETENTION_DAYS", "integer")
    assert "soon" not in run.stderr


def test_a_setting_of_serving_that_cannot_be_read_is_named_too(tmp_path):
    run = start(tmp_path, "--port", str(free_port()), api_turns="0")
    assert said_once(run, "SERENITY_API_TURNS", "greater than")


def test_a_setting_that_makes_no_header_is_named(tmp_path):
    (tmp_path / "var" / "index").mkdir(parents=True)
    run = start(tmp_path, "--port", str(free_port()), frame_ancestors="a;b")
    assert said_once(run, "SERENITY_FRAME_ANCESTORS", "a;b")


def test_a_read_only_data_folder_is_refused(tmp_path):
    folder = tmp_path / "var"
    folder.mkdir(mode=0o500)
    if os.geteuid() == 0:  # root may write anywhere: ask as somebody else
        tmp_path.chmod(0o755)
        for parent in tmp_path.parents[:2]:
            parent.chmod(0o755)
        code = (
            "import os, sys; from pathlib import Path;"
            "from assistant.serving.__main__ import check_folder;"
            "os.seteuid(65534); check_folder(Path(sys.argv[1]))"
        )
        run = subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            check=False, capture_output=True, text=True, cwd=ROOT,
        )  # fmt: skip
        said = run.stderr
    else:
        with pytest.raises(CannotStart) as refused:
            check_folder(folder)
        said = str(refused.value)
    assert "cannot be written (Permission denied)" in said


def test_a_full_disk_is_refused(tmp_path):
    """A file-size limit of nothing stands for a disk with no room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(CannotStart, match="cannot be written"):
            check_folder(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)


def test_a_free_port_and_a_writable_folder_pass(tmp_path):
    check_port("127.0.0.1", free_port())
    check_folder(tmp_path / "new" / "var")


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_the_app_starts_warm_serves_and_ends_when_told(tmp_path, small_guide):
    with running_app(tmp_path / "var", **small_guide) as app:
        wait_until(app.is_ready, app)
        answer, page = app.ask("how long is green tea brewed"), app.get("/")
        assert app.stop(signal.SIGTERM) in {0, -signal.SIGTERM}
        said = app.log.read_text(encoding="utf-8")
    assert answer.status_code == 200
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "No way to reach the spa is set" in said
    assert re.search(r"/staff\?token=\S+", said)
    assert "Traceback" not in said


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_a_killed_app_starts_again_on_what_it_left(tmp_path, small_guide):
    for _ in range(2):
        with running_app(tmp_path / "var", **small_guide) as app:
            assert app.ask("how long is green tea brewed").status_code == 200
            app.stop(signal.SIGKILL)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_a_guide_edited_while_serving_is_picked_up_whole_and_a_broken_edit_is_not(
    tmp_path, small_guide
):
    guides = tmp_path / "guides"
    shutil.copytree(small_guide["corpus_dir"], guides)
    guide, question = guides / "tea.md", "how long is green tea brewed"

    def told(app):
        return app.ask(question).json()["text"]

    settings = small_guide | {"corpus_dir": guides, "api_per_minute": 6_000}
    with running_app(tmp_path / "var", **settings) as app:
        assert "two minutes" in told(app)
        guide.write_text(guide.read_text("utf-8").replace("two minutes", "seven minutes"), "utf-8")
        wait_until(lambda: "seven minutes" in told(app), app)
        guide.write_bytes(b"\xff\xfe no text")
        wait_until(lambda: told(app) and "cannot be used" in app.log.read_text("utf-8"), app)
        assert "seven minutes" in told(app)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_an_edited_way_of_asking_is_taken_up_by_another_process_while_replies_go_on(tmp_path):
    """The shipped corpus: embedding and Chroma stay out of the process that serves."""
    shutil.copytree(ROOT / "corpus" / "guides", tmp_path / "guides")
    shutil.copytree(ROOT / "corpus" / "asking", tmp_path / "asking")

    def built(app):
        return app.log.read_text("utf-8").count("Building the index")

    question = "zorbling a flummery of quonks"
    row = {"q": question, "route": "answer", "facts": ["F112"], "topic": "session length"}
    edited = tmp_path / "asking" / "answers.jsonl"
    numbers = itertools.count()
    settings = {"corpus_dir": tmp_path / "guides", "api_per_minute": 6_000}

    def edit(way=question):
        with edited.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row | {"q": way}) + "\n")

    def edited_meanwhile():
        edit(f"{question} {next(numbers)}")
        return built(app) == 3

    with running_app(tmp_path / "var", **settings) as app:
        before = app.ask(question).json()["kind"]
        edit()
        wait_until(lambda: app.ask("how long") and built(app) == 2, app)
        wait_until(edited_meanwhile, app)  # one edit at least comes after the other process read
        wait_until(lambda: app.ask(question).json()["kind"] == "answer", app)
        maps = Path(f"/proc/{app.process.pid}/maps").read_text("utf-8")
        said = app.log.read_text("utf-8")
    assert before != "answer"
    assert "onnxruntime" in maps
    assert not [name for name in ("chromadb", "libtorch") if name in maps]
    assert "answering from the new one" in said
    assert question not in said


def test_nothing_reloads_under_a_visitor():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["fileWatcherType"] == "none"
    assert config["client"]["showErrorDetails"] == "none"
