"""`make bench`: our speed beside a plain LangChain chain, in one run, as a Markdown table.

Ratios are medians over rounds, with the least and the most in brackets. Nothing is asserted.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from assistant.settings import Settings
from tests.bench.contest import Times, ratio, run_cold, run_warm


def machine() -> str:
    """The processor's name and the cores that we may use."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    cores = len(os.sched_getaffinity(0))
    where = f"{platform.system()}, Python {platform.python_version()}"
    return f"{model or platform.machine()}, {cores} cores, {where}"


def prepare(folder: Path) -> tuple[float, float]:
    """Build both indexes; the seconds that each took."""
    began = time.perf_counter()
    code = "import sys, tests.bench.plain as it; it.build(*map(it.Path, sys.argv[1:]))"
    guides = Settings().corpus_dir
    subprocess.run([sys.executable, "-c", code, guides, folder / "plain"], check=True)
    middle = time.perf_counter()
    # A question builds what is missing; the contestant itself then finds all of it built.
    index = Settings(data_dir=folder).index_path
    ask = [sys.executable, "-m", "assistant", "ask", "hello", "--index", index]
    subprocess.run(ask, check=True, stdout=subprocess.DEVNULL)
    return middle - began, time.perf_counter() - middle


def milliseconds(times: Times, percent: int) -> str:
    return f"{1000 * median(times.at(percent)):.1f} ms"


def rows(folder: Path, rounds: int, colds: int):
    """The table's rows: what, ours, the other, the ratio, what to reach."""
    warm = run_warm(folder, rounds)
    ours, plain, bare = warm["ours"], warm["plain"], warm["bare"]
    for percent in (50, 95):
        yield (
            f"whole reply / plain retrieval, p{percent}", milliseconds(ours, percent),
            milliseconds(plain, percent), ratio(ours.at(percent), plain.at(percent)), "0.5",
        )  # fmt: skip
    yield (
        "whole reply / bare forward pass, p50", milliseconds(ours, 50), milliseconds(bare, 50),
        ratio(ours.at(50), bare.at(50)), "1.5",
    )  # fmt: skip
    yield (
        "peak memory after all questions", f"{ours.kilobytes / 1024:.0f} MiB",
        f"{plain.kilobytes / 1024:.0f} MiB", f"{ours.kilobytes / plain.kilobytes:.2f}", "0.5",
    )  # fmt: skip
    cold = {"plain": [], "ours": []}
    for _ in range(colds):
        for kind, runs in cold.items():
            runs.append(run_cold(folder, kind).seconds)
    yield (
        "cold process to first reply", f"{median(cold['ours']):.2f} s",
        f"{median(cold['plain']):.2f} s", ratio(cold["ours"], cold["plain"]), "0.3",
    )  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--rounds", type=int, default=12, help="rounds over all questions")
    options.add_argument("--cold", type=int, default=5, help="cold starts of each")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        print(f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; {chosen.rounds} rounds.\n")
        print("| what | ours | beside it | ratio (least to most) | to reach |")
        print("|---|---|---|---|---|")
        for row in rows(Path(folder), chosen.rounds, chosen.cold):
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
