"""Real servers on loopback that a test may stop and start again: PostgreSQL and Chroma's."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.running import free_port


class PostgresServer:
    """PostgreSQL in a folder of its own, run as its own user where we are root."""

    def __init__(self, folder: Path) -> None:
        self._programs = _programs()
        self._folder = folder
        self._port = free_port()
        self._as_user = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            self._as_user = ["runuser", "-u", "postgres", "--"]
        self._run("initdb", "-D", f"{folder}/data", "-U", "spa", "-A", "trust", "-N")
        self.url = f"postgresql://spa@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -p {self._port} -k {self._folder} -c fsync=off"
        log = f"{self._folder}/log"
        self._run("pg_ctl", "-D", f"{self._folder}/data", "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self._folder}/data", "-w", "-m", "immediate", "stop")

    @contextmanager
    def frozen(self):
        """Nothing answers: the connections stand, and every process of the server is stopped."""
        main = int(Path(f"{self._folder}/data/postmaster.pid").read_text().split()[0])
        found = subprocess.run(["pgrep", "-P", str(main)], check=False, capture_output=True)
        processes = [main, *map(int, found.stdout.split())]
        for each in processes:
            os.kill(each, signal.SIGSTOP)
        try:
            yield
        finally:
            for each in processes:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGCONT)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(self._programs / program), *arguments]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(command, check=True, cwd="/", **silent)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL's server programs are not installed")
    return found[-1].parent


@contextmanager
def chroma_server(folder: Path):
    """`chroma run`, the Rust server that comes with the package; gives its address."""
    port = free_port()
    program = Path(sys.executable).with_name("chroma")
    command = [program, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **silent) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            end = time.monotonic() + 60
            while not _beats(url):
                assert process.poll() is None, "the Chroma server ended"
                assert time.monotonic() < end, "the Chroma server kept us waiting"
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def _beats(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/heartbeat", timeout=30).status_code == 200
    except httpx.TransportError:
        return False
