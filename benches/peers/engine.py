"""Compares the engine with the same models in NumPy, Numba and Mesa.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    venv/bin/python benches/peers/engine.py [--rounds 5] [--case season-swap|water-energy]

There are two cases. The season swap has two states, one obligation, fines, suspension and trust, so
its time goes into decisions. Water for energy on the Syr Darya has five places, a reservoir and
fuel; agreements are made and kept, so its time goes into physics. Each peer is written as its users
would write it: NumPy over many replications at once, Numba one replication at a time (and over
threads), Mesa with states, places and the organisation as agents. Optima are found by golden
section. Each peer contains one model and returns what is compared; the engine reads its model from
files and returns all its measures. Each round runs all of them one after the other. The script
fails if their means differ by more than four standard errors.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import swap_mesa
import swap_numba
import swap_numpy
import water_mesa
import water_numba
import water_numpy
from swap_parameters import YEARS

ROOT = Path(__file__).resolve().parents[2]
THREADS = 2


@dataclass
class Case:
    """A model: its folder, what is compared, and numbers of replications (to compare, to time)."""

    name: str
    measures: list  # (measure, state) of summary.csv
    columns: Callable  # the same from a peer's outcomes
    engine: tuple
    numpy: tuple
    numba: tuple
    mesa: tuple

    @property
    def folder(self):
        return ROOT / "benches" / "peers" / self.name

    def rate(self, threads):
        done = subprocess.run(
            [
                "cargo",
                "bench",
                "-q",
                "--bench",
                "throughput",
                "--",
                "--scenario",
                self.folder / "scenario.toml",
                "--org",
                self.folder / "organisation.toml",
                "--replications",
                str(self.engine[1] * threads),
                "--threads",
                str(threads),
                "--rounds",
                "1",
                "--json",
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(done.stderr)
        return json.loads(done.stdout)[0]

    def means(self):
        """Mean and standard error of each measure from the engine."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "run"
            command = [
                ROOT / "target" / "release" / "consortia",
                "run",
                self.folder / "scenario.toml",
                "--replications",
                str(self.engine[0]),
                "--quiet",
                "--out",
                out,
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr)
            with open(out / "summary.csv", newline="") as file:
                rows = {(row["measure"], row["state"]): row for row in csv.DictReader(file)}
            return [(float(rows[key]["mean"]), float(rows[key]["se"])) for key in self.measures]


def swap_columns(out):
    return [out[:, 0], out[:, 1], out[:, 4] / YEARS]


def water_columns(out):
    gained, promised, optimum = out[:, 1:4].T
    return [out[:, 0], gained / optimum, promised / optimum, *(out[:, 4:] / YEARS).T]


CASES = [
    Case(
        "season-swap",
        [("gain", "UP"), ("gain", "DOWN"), ("adoption", "region")],
        swap_columns,
        engine=(100_000, 60_000),
        numpy=(100_000, 100_000),
        numba=(200_000, 400_000),
        mesa=(4_000, 2_000),
    ),
    Case(
        "water-energy",
        [
            (measure, "region")
            for measure in (
                "gain",
                "depth_delivered",
                "depth_promised",
                "irrigation_deficit",
                "winter_power_deficit",
                "flood_cost",
                "sink_inflow",
                "fuel_delivered",
            )
        ],
        water_columns,
        engine=(40_000, 20_000),
        numpy=(20_000, 2_000),
        numba=(40_000, 10_000),
        mesa=(400, 100),
    ),
]
PEERS = {
    "season-swap": (swap_numpy, swap_numba, swap_mesa),
    "water-energy": (water_numpy, water_numba, water_mesa),
}


def timed(run, replications, *more):
    start = time.perf_counter()
    run(replications, *more)
    return replications / (time.perf_counter() - start)


def check(case):
    """Whether the peers' means are the engine's, within Monte Carlo error."""
    ours, agree = case.means(), True
    print(
        "\n"
        + case.name
        + ": "
        + ", ".join(f"{measure} {state}" for measure, state in case.measures)
    )
    print("  ours   " + ", ".join(f"{mean:.4g} ± {se:.2g}" for mean, se in ours))
    numpy, numba, mesa = PEERS[case.name]
    for name, peer, replications in [
        ("NumPy", numpy, case.numpy),
        ("Numba", numba, case.numba),
        ("Mesa", mesa, case.mesa),
    ]:
        columns = case.columns(peer.run(replications[0]))
        theirs = [(column.mean(), column.std(ddof=1) / len(column) ** 0.5) for column in columns]
        away = max(abs(a - b) / np.hypot(s, t) for (a, s), (b, t) in zip(ours, theirs))
        agree &= away < 4.0
        print(
            f"  {name:6} "
            + ", ".join(f"{mean:.4g} ± {se:.2g}" for mean, se in theirs)
            + f"; from ours by {away:.1f} standard errors at most"
        )
    return agree


def race(case, rounds):
    numpy, numba, mesa = PEERS[case.name]
    numba.run(100, THREADS)
    runs = {
        "consortia, 1 thread": lambda: case.rate(1),
        f"consortia, {THREADS} threads": lambda: case.rate(THREADS),
        "Numba, 1 thread": lambda: timed(numba.run, case.numba[1]),
        f"Numba, {THREADS} threads": lambda: timed(numba.run, THREADS * case.numba[1], THREADS),
        "NumPy": lambda: timed(numpy.run, case.numpy[1]),
        "Mesa": lambda: timed(mesa.run, case.mesa[1]),
    }
    rates = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            rates[name].append(run())
    print(
        f"{case.name}, replications per second, median of {rounds} rounds (least to most), and "
        "ours on as many threads over theirs"
    )
    for name, theirs in rates.items():
        threads = f"{THREADS} threads" if name.endswith(f"{THREADS} threads") else "1 thread"
        ratios = sorted(a / b for a, b in zip(rates[f"consortia, {threads}"], theirs))
        print(
            f"  {name:22}{median(theirs):12,.0f} ({min(theirs):,.0f} to {max(theirs):,.0f})"
            f"{median(ratios):10.3g} ({ratios[0]:.3g} to {ratios[-1]:.3g})"
        )


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--case", choices=[case.name for case in CASES], action="append")
    chosen = arguments.parse_args()
    cases = [case for case in CASES if not chosen.case or case.name in chosen.case]
    if not all([check(case) for case in cases]):
        sys.exit("the peers do not agree")
    for case in cases:
        race(case, chosen.rounds)


if __name__ == "__main__":
    main()
