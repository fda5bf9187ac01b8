"""One contestant in a process of its own: questions in by line, seconds and peak memory out.

python -m tests.bench.worker plain|ours|bare FOLDER
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from assistant.settings import Settings


def plain(folder: Path) -> Callable[[str], object]:
    from tests.bench.plain import open_retriever

    return open_retriever(folder / "plain").invoke


def ours(folder: Path) -> Callable[[str], object]:
    from assistant.assembly import build_assistant

    assistant = build_assistant(Settings(data_dir=folder))
    return lambda question: assistant.invoke({"turns": [question]})


def bare(folder: Path) -> Callable[[str], object]:
    """The forward pass alone: the question is tokenised before the clock starts."""
    from index.encoder import open_encoder

    encoder = open_encoder(Settings(data_dir=folder).index_path)
    pieces: dict[str, list[int]] = {}

    def run(question: str) -> object:
        return encoder._run([pieces[question]])

    def prepare(question: str) -> None:
        pieces[question] = encoder.pieces([question])[0]

    run.prepare = prepare  # type: ignore[attr-defined]
    return run


def peak_kilobytes() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


def main() -> None:
    kind, folder = sys.argv[1], Path(sys.argv[2])
    ask = {"plain": plain, "ours": ours, "bare": bare}[kind](folder)
    for line in sys.stdin:
        question = line.rstrip("\n")
        getattr(ask, "prepare", lambda _: None)(question)
        began = time.perf_counter()
        ask(question)
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "kilobytes": peak_kilobytes()}), flush=True)


if __name__ == "__main__":
    main()
