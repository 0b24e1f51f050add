"""The season swap beside peers: the same model in NumPy, Numba and Mesa, checked to agree, timed in one run.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release && venv/bin/python benches/peers/engine.py [--rounds 5]

Each peer is written as its users would write it: NumPy over all replications at once, Numba a replication at a time (and over
threads), Mesa with states and the organisation as agents. They know this one model and return five numbers; the engine reads its
model from files and returns all its measures. Every round runs all of them one after the other; the script ends with an error if
their means differ by more than four standard errors.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import swap_mesa
import swap_numba
import swap_numpy
from swap_parameters import YEARS

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "benches" / "peers" / "season-swap"
THREADS = 2


def engine_rate(replications, threads):
    done = subprocess.run(
        ["cargo", "bench", "-q", "--bench", "throughput", "--", "--scenario", CASE / "scenario.toml", "--org",
         CASE / "organisation.toml", "--replications", str(replications), "--threads", str(threads), "--rounds", "1", "--json"],
        cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)[0]


def engine_means(replications):
    """Mean and standard error of gain by state and adoption, and the mean of each."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        binary = ROOT / "target" / "release" / "consortia"
        command = [binary, "run", CASE / "scenario.toml", "--replications", str(replications), "--quiet", "--out", out]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        with open(out / "summary.csv", newline="") as file:
            rows = {(row["measure"], row["state"]): row for row in csv.DictReader(file)}
        keys = [("gain", "UP"), ("gain", "DOWN"), ("adoption", "region")]
        return [(float(rows[key]["mean"]), float(rows[key]["se"])) for key in keys]


def peer_means(out):
    columns = [out[:, 0], out[:, 1], out[:, 4] / YEARS]
    return [(column.mean(), column.std(ddof=1) / len(column) ** 0.5) for column in columns]


def timed(run, replications, *more):
    start = time.perf_counter()
    run(replications, *more)
    return replications / (time.perf_counter() - start)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    rounds = arguments.parse_args().rounds
    swap_numba.run(100)
    swap_numba.run(100, THREADS)
    ours = engine_means(100_000)
    agree = True
    for name, run, replications in [
        ("NumPy", swap_numpy.run, 100_000), ("Numba", swap_numba.run, 200_000), ("Mesa", swap_mesa.run, 4_000)]:
        theirs = peer_means(run(replications))
        away = [abs(a - b) / np.hypot(s, t) for (a, s), (b, t) in zip(ours, theirs)]
        agree &= max(away) < 4.0
        means = ", ".join(f"{mean:.4g} ± {se:.2g}" for mean, se in theirs)
        print(f"{name:6} gain UP, gain DOWN, adoption: {means}; from ours by {max(away):.1f} standard errors at most")
    print("ours   gain UP, gain DOWN, adoption: " + ", ".join(f"{mean:.4g} ± {se:.2g}" for mean, se in ours))
    if not agree:
        sys.exit("the peers do not agree")
    runs = {
        "consortia, 1 thread": lambda: engine_rate(60_000, 1),
        f"consortia, {THREADS} threads": lambda: engine_rate(120_000, THREADS),
        "Numba, 1 thread": lambda: timed(swap_numba.run, 400_000),
        f"Numba, {THREADS} threads": lambda: timed(swap_numba.run, 800_000, THREADS),
        "NumPy": lambda: timed(swap_numpy.run, 100_000),
        "Mesa": lambda: timed(swap_mesa.run, 2_000),
    }
    rates = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            rates[name].append(run())
    print(f"replications per second, median of {rounds} rounds (least to most), and ours on one thread over theirs")
    for name, all_rates in rates.items():
        ratios = sorted(a / b for a, b in zip(rates["consortia, 1 thread"], all_rates))
        print(f"{name:22}{median(all_rates):12,.0f} ({min(all_rates):,.0f} to {max(all_rates):,.0f})"
              f"{median(ratios):10.3g} ({ratios[0]:.3g} to {ratios[-1]:.3g})")


if __name__ == "__main__":
    main()
