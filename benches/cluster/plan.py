#!/usr/bin/env python3
"""Measures what a sweep costs at small sizes, and checks a larger one: seconds, bytes, memory.

    python3 benches/cluster/plan.py [--designs 50] [--large 128x96]

It needs `cargo build --release` only. The command line runs every size on all processors. Then its
tables are removed and made again by `--resume`, which reads every shard twice (hash and rows).
docs/large-runs.md gives the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRESETS = [
    "none",
    "caec-1994",
    "caco-2002",
    "eurasec-2000",
    "ucas-2007",
    "ucas-court",
    "cau-key-spheres",
    "network",
    "ecsc-1951",
    "balance-of-interests",
    "cica-2002",
    "csto-2002",
    "carec-speca",
    "asean-like",
]
MEASURES = ["gain", "gain.KGZ", "depth_delivered", "compliance_value"]


def designs(count: int) -> list[str]:
    """Presets, then presets with fines of many sizes."""
    found = ["ucas-2007", *(name for name in PRESETS if name != "ucas-2007")]
    at = 0
    while len(found) < count:
        base = ("ucas-2007", "ucas-court", "ecsc-1951")[at % 3]
        found.append(f"{base}@sanctions.fine.multiple={0.1 * (1 + at):.1f}")
        at += 1
    return found[:count]


def sweep_file(folder: Path, points: int, replications: int, count: int) -> Path:
    original = (ROOT / "scenarios/sweeps/uncertain-central-asia/sweep.toml").read_text()
    tables = original[original.index("[parameters.") :].split("\n\n")
    if count < len(PRESETS):
        # Rules that these designs do not have cannot be varied.
        tables = [table for table in tables if '"organisation.' not in table]
    parameters = "\n\n".join(tables)
    quoted, measures = json.dumps(designs(count)), json.dumps(MEASURES)
    path = folder / f"{points}x{replications}.toml"
    path.write_text(
        '[sweep]\nname = "plan"\ntitle = "What a sweep costs"\nscenario = '
        f'"central-asia"\norganisations = {quoted}\n'
        f"replications = {replications}\n[sampling.sobol]\npoints = {points}\n"
        f"[output]\nmeasures = {measures}\n{parameters}"
    )
    return path


def timed(options: list[object]) -> tuple[float, float]:
    """Seconds and peak MB of a command."""
    binary = os.environ.get("CONSORTIA_BINARY", str(ROOT / "target/release/consortia"))
    start = time.monotonic()
    child = subprocess.Popen([binary, *map(str, options)], stdout=subprocess.DEVNULL)
    _, state, usage = os.wait4(child.pid, 0)
    assert state == 0, options
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--designs", type=int, default=50)
    parser.add_argument("--small", default="16x16,32x32,64x48")
    parser.add_argument("--large", default="128x96")
    asked = parser.parse_args()
    threads = os.cpu_count() or 1
    print(f"{asked.designs} designs, {len(MEASURES)} measures, {threads} threads")
    print(
        "points x replications: runs; playing s, us per run and core; concluding s, us per run; "
        "shards B per run; results.csv B per cell; peak MB playing, concluding"
    )
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for size in [*asked.small.split(","), asked.large]:
            points, replications = map(int, size.split("x"))
            path = sweep_file(Path(scratch), points, replications, asked.designs)
            out = Path(scratch) / size
            whole, memory = timed(["sweep", path, "--quiet", "--out", out])
            for name in ("manifest.json", "results.csv"):
                (out / name).unlink()
            again, memory_again = timed(["sweep", path, "--quiet", "--out", out, "--resume"])
            runs = points * replications * asked.designs
            shards = sum(file.stat().st_size for file in (out / "shards").iterdir())
            table = (out / "results.csv").stat().st_size
            cells = points * asked.designs * len(MEASURES)
            found.append((runs, whole - again, again, shards, table, cells))
            print(
                f"{size}: {runs}; {whole - again:.1f}, "
                f"{1e6 * (whole - again) * threads / runs:.0f}; {again:.2f}, "
                f"{1e6 * again / runs:.2f}; {shards / runs:.1f}; {table / cells:.0f}; "
                f"{memory:.0f}, {memory_again:.0f}",
                flush=True,
            )
    # The two largest of the small ones give the line; the large one says how good it is.
    (small, *_), (middle, *_), (large, *_) = found[-3], found[-2], found[-1]
    for name, at in (("playing s", 1), ("concluding s", 2), ("shards B", 3), ("results.csv B", 4)):
        a, b, c = (one[at] for one in found[-3:])
        x, y, z = (small, middle, large) if at < 4 else tuple(one[5] for one in found[-3:])
        predicted = b + (b - a) / (y - x) * (z - y)
        print(f"{name}: {predicted:.4g} foretold, {c:.4g} measured: {c / predicted - 1:+.1%}")


if __name__ == "__main__":
    main()
