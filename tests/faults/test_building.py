"""The process that builds ends with the one that began it, and not later than it may."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.building import build_apart
from assistant.settings import Settings
from index.weights import IndexFault

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import sys
from pathlib import Path
from assistant.building import build_apart
from assistant.settings import Settings
build_apart(Settings(_env_file=None, data_dir=Path(sys.argv[1])))
"""


def builders(parent):
    found = subprocess.run(["pgrep", "-P", str(parent)], check=False, capture_output=True)
    return [int(each) for each in found.stdout.split()]


def is_alive(process):
    try:
        status = Path(f"/proc/{process}/stat").read_text("ascii")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_builder_that_takes_too_long_is_ended_and_told(tmp_path):
    with pytest.raises(IndexFault, match="took longer than 0.5 s"):
        build_apart(Settings(_env_file=None, data_dir=tmp_path), longest=0.5)
    assert builders(os.getpid()) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_builder_ends_with_whoever_began_it(tmp_path, how):
    with subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], cwd=ROOT) as parent:
        while not (found := builders(parent.pid)):
            assert parent.poll() is None
            time.sleep(0.01)
        while not (tmp_path / "index").exists():  # at work
            time.sleep(0.01)
        parent.send_signal(how)
    end = time.monotonic() + 30
    while any(map(is_alive, found)):
        assert time.monotonic() < end, "the builder outlives its parent"
        time.sleep(0.05)
