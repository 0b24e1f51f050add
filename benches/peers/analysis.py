"""Compares Sobol' indices with SALib and PRIM with the EMA Workbench: same files, same answers.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    venv/bin/python benches/peers/analysis.py [--rounds 3]

All tools read the same CSV files from disk and do the same work; each round runs them one after the
other. The script fails if answers differ. The times of Python leave out its imports; those of
consortia include the start of its process.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from ema_workbench.analysis import prim
from SALib.analyze import sobol as salib_sobol
from SALib.sample import sobol as salib_sample

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
BINARY = Path(__file__).resolve().parents[2] / "target" / "release" / "consortia"
PARAMETERS = 10
RESAMPLES = 100


def ours(*arguments):
    start = time.perf_counter()
    done = subprocess.run(
        [BINARY, *map(str, arguments), "--format", "json"], capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout), seconds


def g_function(x):
    """Sobol's g-function with a = 0, 1, 4.5, 9, then 99."""
    a = np.array([0, 1, 4.5, 9] + [99] * (PARAMETERS - 4))
    return np.prod((np.abs(4 * x - 2) + a) / (1 + a), axis=1)


def sobol_indices(folder, base, rounds):
    problem = {
        "num_vars": PARAMETERS,
        "names": [f"x{i}" for i in range(PARAMETERS)],
        "bounds": [[0, 1]] * PARAMETERS,
    }
    x = salib_sample.sample(problem, base, calc_second_order=False)
    table = pd.DataFrame(x, columns=problem["names"])
    table["y"] = g_function(x)
    file = folder / "saltelli.csv"
    table.to_csv(file, index=False)
    theirs_seconds, ours_seconds = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        y = pd.read_csv(file)["y"].to_numpy()
        theirs = salib_sobol.analyze(
            problem, y, calc_second_order=False, num_resamples=RESAMPLES, seed=1
        )
        theirs_seconds.append(time.perf_counter() - start)
        found, seconds = ours(
            "sensitivity", file, "--design", "saltelli", "--measure", "y", "--resamples", RESAMPLES
        )
        ours_seconds.append(seconds)
    for own, first, total, first_ci, total_ci in zip(
        found["parameters"], theirs["S1"], theirs["ST"], theirs["S1_conf"], theirs["ST_conf"]
    ):
        assert abs(own["first"] - first) < 1e-9 and abs(own["total"] - total) < 1e-9, (
            own,
            first,
            total,
        )
        # Intervals are bootstrapped with other random numbers: a hundred resamples know them to
        # about a fifth.
        for mine, other in ((own["first_ci"], first_ci), (own["total_ci"], total_ci)):
            assert abs(mine - other) < 0.5 * max(mine, other), (own, first_ci, total_ci)
    return (
        f"Sobol' indices, {len(y):,} rows × {PARAMETERS} parameters (N = {base:,})",
        "SALib",
        theirs_seconds,
        ours_seconds,
    )


def prim_boxes(folder, cases, rounds):
    generator = np.random.default_rng(7)
    table = pd.DataFrame({f"x{i}": generator.random(cases) for i in range(PARAMETERS - 1)})
    table["kind"] = generator.choice(["a", "b", "c"], cases)
    hit = (table["x0"] > 0.6) & (table["x1"] < 0.5) & (table["kind"] != "b")
    # A tenth of the cases is told wrongly.
    hit ^= generator.random(cases) < 0.1
    table["y"] = hit.astype(float)
    file = folder / "cases.csv"
    table.to_csv(file, index=False)
    theirs_seconds, ours_seconds = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        read = pd.read_csv(file)
        y = (read.pop("y").to_numpy() > 0.5).astype(int)
        box = prim.Prim(
            read, y, threshold=0.1, peel_alpha=0.05, paste_alpha=0.05, mass_min=0.05
        ).find_box()
        theirs_seconds.append(time.perf_counter() - start)
        found, seconds = ours(
            "discover", file, "--measure", "y", "--above", "0.5", "--boxes", "1", "--level", "1"
        )
        ours_seconds.append(seconds)
    trajectory = found["boxes"][0]["trajectory"]
    assert len(trajectory) == len(box.peeling_trajectory), (
        len(trajectory),
        len(box.peeling_trajectory),
    )
    for at, (own, theirs) in enumerate(zip(trajectory, box.peeling_trajectory.to_dict("records"))):
        assert own["cases"] == theirs["n"] and own["hits"] == theirs["k"], (at, own, theirs)
        for name in ("coverage", "density", "mass"):
            assert abs(own[name] - theirs[name]) < 1e-12, (at, own, theirs)
        limits = box.box_lims[at]
        for side in own["restrictions"]:
            if "categories" in side:
                assert set(side["categories"]) == limits.loc[0, side["name"]], (at, side)
            else:
                assert abs(side["low"] - limits.loc[0, side["name"]]) < 1e-12, (at, side)
                assert abs(side["high"] - limits.loc[1, side["name"]]) < 1e-12, (at, side)
    return (
        f"PRIM, {cases:,} cases × {PARAMETERS} parameters, {len(trajectory)} boxes",
        "EMA Workbench",
        theirs_seconds,
        ours_seconds,
    )


def quasi_p(folder):
    """Quasi-p-values of one box, on few cases so that they are not all nothing."""
    generator = np.random.default_rng(3)
    table = pd.DataFrame({f"x{i}": generator.random(400) for i in range(4)})
    hit = ((table["x0"] > 0.6) & (table["x1"] < 0.5)) ^ (generator.random(400) < 0.1)
    table["y"] = hit.astype(float)
    file = folder / "few.csv"
    table.to_csv(file, index=False)
    found, _ = ours(
        "discover", file, "--measure", "y", "--above", "0.5", "--boxes", "1", "--level", "1"
    )
    y = (table.pop("y").to_numpy() > 0.5).astype(int)
    box = prim.Prim(table, y, threshold=0.1).find_box()
    steps = [(step["cases"], step["hits"]) for step in found["boxes"][0]["trajectory"]]
    theirs = [(row["n"], row["k"]) for row in box.peeling_trajectory.to_dict("records")]
    assert steps == theirs
    chosen = found["boxes"][0]["box"]
    at = steps.index((chosen["cases"], chosen["hits"]))
    compared = 0
    for side in found["boxes"][0]["quasi_p"]:
        for own, other in zip((side["low"], side["high"]), box.qp[at][side["name"]]):
            assert (own is None and other == -1) or abs(own - other) < 1e-9, (side, box.qp[at])
            compared += own is not None
    assert compared > 0
    print(f"quasi-p-values: {compared} agree")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument(
        "--base", type=int, default=131072, help="base rows N of the Saltelli sample"
    )
    arguments.add_argument("--cases", type=int, default=100_000)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quasi_p(folder)
        for what, peer, theirs, own in (
            sobol_indices(folder, chosen.base, chosen.rounds),
            prim_boxes(folder, chosen.cases, chosen.rounds),
        ):
            ratios = sorted(a / b for a, b in zip(theirs, own))
            print(
                f"{what}: same answers; {peer} {median(theirs):.2f} s, consortia "
                f"{median(own):.2f} s,",
                end=" ",
            )
            print(
                f"{median(ratios):.1f} times faster ({ratios[0]:.1f} to {ratios[-1]:.1f} over "
                f"{len(ratios)} rounds)"
            )


if __name__ == "__main__":
    main()
