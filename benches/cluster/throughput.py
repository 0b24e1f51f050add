#!/usr/bin/env python3
"""Compares a sweep by the command line with the same sweep by Dask on the same cores.

    python benches/cluster/throughput.py [--rounds 3] [--replications 96]

It needs the package (`pip install './python[dask]'`) and `cargo build --release`. Scheduling is the
share of processor time, while the cluster works, in which no task runs:
1 − Σ (time in tasks) / (threads × time of the round).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from consortia import dask, status
from distributed import Client, LocalCluster

ROOT = Path(__file__).parents[2]


def of_command(binary: str, sweep: str, replications: int, threads: int, folder: Path) -> float:
    start = time.monotonic()
    options = [
        "--replications",
        str(replications),
        "--threads",
        str(threads),
        "--quiet",
        "--out",
        str(folder),
    ]
    subprocess.run([binary, "sweep", sweep, *options], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def of_cluster(
    client: Client, sweep: str, replications: int, folder: Path
) -> tuple[float, float, int]:
    """Seconds in all, the part that scheduling takes of the round, and the number of tasks."""
    client.get_task_stream()  # from here on
    start = time.monotonic()
    before = time.time()
    dask.sweep(client, sweep, folder, replications=replications, progress=False)
    took = time.monotonic() - start
    stream = [
        task for task in client.get_task_stream(start=before) if "-job-" not in str(task["key"])
    ]
    spans = [
        (span["start"], span["stop"])
        for task in stream
        for span in task["startstops"]
        if span["action"] == "compute"
    ]
    round_ = max(stop for _, stop in spans) - min(start for start, _ in spans)
    threads = sum(client.nthreads().values())
    return took, 1.0 - sum(stop - start for start, stop in spans) / (threads * round_), len(stream)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--replications", type=int, default=96)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sweep", default="binding-or-not")
    parser.add_argument("--binary", default=str(ROOT / "target" / "release" / "consortia"))
    asked = parser.parse_args()
    ratios, overheads = [], []
    with LocalCluster(
        n_workers=asked.processes, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        with Client(cluster) as client, tempfile.TemporaryDirectory() as scratch:
            for at in range(asked.rounds):
                one, other = Path(scratch) / f"command-{at}", Path(scratch) / f"cluster-{at}"
                own = of_command(
                    asked.binary, asked.sweep, asked.replications, asked.processes, one
                )
                took, overhead, tasks = of_cluster(client, asked.sweep, asked.replications, other)
                runs = status(other)["runs_done"]
                same = (one / "results.csv").read_bytes() == (other / "results.csv").read_bytes()
                ratios.append(own / took)
                overheads.append(overhead)
                print(
                    f"{runs} runs: command line {own:.1f} s ({runs / own:.0f}/s), cluster "
                    f"{took:.1f} s "
                    f"({runs / took:.0f}/s) in {tasks} tasks; {ratios[-1]:.1%} of its throughput; "
                    f"scheduling {overhead:.2%}; {'the same bytes' if same else 'OTHER BYTES'}",
                    flush=True,
                )
                shutil.rmtree(one)
                shutil.rmtree(other)
    print(
        f"throughput: median {statistics.median(ratios):.1%} "
        f"({min(ratios):.1%}–{max(ratios):.1%}) of the command line's"
    )
    print(
        f"scheduling: median {statistics.median(overheads):.2%} "
        f"({min(overheads):.2%}–{max(overheads):.2%}) of the round"
    )


if __name__ == "__main__":
    main()
