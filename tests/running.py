"""The app in a process of its own, on loopback, ended by whoever began it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 600  # the first start builds the index


@dataclass(frozen=True)
class RunningApp:
    """The page's address, its process, and the file with what it said."""

    url: str
    process: subprocess.Popen
    log: Path
    client: httpx.Client

    def ask(self, *turns: str) -> httpx.Response:
        return self.client.post("/api/ask", json={"turns": turns})

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def is_ready(self) -> bool:
        return self.get("/readyz").status_code == 200

    def resident_kilobytes(self) -> int:
        """The memory that the process holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data: Path, **settings: object) -> dict[str, str]:
    """The machine's environment without anybody's settings, and with these."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SERENITY_")}
    given = {f"SERENITY_{name.upper()}": str(value) for name, value in settings.items()}
    return own | {"SERENITY_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"} | given


def serve(port: int, env: dict[str, str], log: Path) -> subprocess.Popen:
    """Start what `make chat` starts."""
    command = [sys.executable, "-m", "assistant.serving", "--port", str(port)]
    with log.open("ab") as file:
        return subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=file, stderr=file, start_new_session=True
        )


@contextmanager
def running_app(data: Path, **settings: object):
    """The app over a data folder, once it answers."""
    port, log = free_port(), data.with_name(f"{data.name}-{os.urandom(3).hex()}.log")
    process = serve(port, environment(data, **settings), log)
    url = f"http://127.0.0.1:{port}"
    client = httpx.Client(base_url=url, timeout=120, trust_env=False)
    app = RunningApp(url, process, log, client)
    try:
        wait_until(lambda: answers(app), app)
        yield app
    finally:
        client.close()
        _end(process)


def _end(process: subprocess.Popen) -> None:
    """End the app, and what it may have started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def answers(app: RunningApp) -> bool:
    try:
        return app.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(true, app: RunningApp, seconds: float = START_SECONDS) -> None:
    """Wait for a condition while the app lives. Raises `AssertionError` with what it said."""
    end = time.monotonic() + seconds
    while not true():
        said = app.log.read_text(encoding="utf-8", errors="replace")[-3000:]
        assert app.process.poll() is None, f"the app ended with {app.process.returncode}:\n{said}"
        assert time.monotonic() < end, f"the app kept us waiting for {seconds} s:\n{said}"
        time.sleep(0.1)
