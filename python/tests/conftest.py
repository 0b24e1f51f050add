"""Helpers and fixtures of the tests: the command line of the checkout, and a small sweep."""

from __future__ import annotations

import filecmp
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import consortia
import pytest

ROOT = Path(__file__).parents[2]


def binary() -> str:
    """Returns the path of the command line of the same checkout."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    found = Path(os.environ.get("CONSORTIA_BINARY", target / "release" / "consortia"))
    assert found.is_file(), f"{found} is missing: cargo build --release"
    return str(found)


def command(*options: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs the command line; ``check`` asserts exit code 0."""
    done = subprocess.run(
        [binary(), *map(str, options)], capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@contextmanager
def refused(message: str) -> Iterator[None]:
    """Asserts an InputError with a message or remedy that matches the pattern."""
    with pytest.raises(consortia.InputError) as caught:
        yield
    mistakes = caught.value.mistakes
    assert mistakes and all(mistake.message for mistake in mistakes)
    words = "\n".join(f"{mistake.message}\n{mistake.remedy}" for mistake in mistakes)
    assert re.search(message, words), words
    assert str(caught.value)


# These files hold the time, place and command of a run, so they differ between runs.
PASSING = {"manifest.json", "report.html", ".lock"}


def same_files(a: Path, b: Path) -> list[str]:
    """Asserts that two folders have the same files and bytes; returns the names of the files."""

    def names(folder: Path) -> list[str]:
        files = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
        return sorted(file.as_posix() for file in files if file.name not in PASSING)

    assert names(a) == names(b)
    differing = [name for name in names(a) if not filecmp.cmp(a / name, b / name, shallow=False)]
    assert differing == []
    return names(a)


@pytest.fixture(scope="session")
def small_sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of 48 points, two designs, in shards of 16 replications."""
    folder = tmp_path_factory.mktemp("small")
    path = folder / "sweep.toml"
    path.write_text(
        """
[sweep]
name = "small"
title = "A small sweep"
scenario = "central-asia"
organisations = ["ucas-2007", "caco-2002"]
replications = 32

[parameters.patience]
title = "discount factor"
unit = "-"
set = ["states.*.discount_factor"]
law.triangular = { min = 0.80, mode = 0.95, max = 0.97 }

[parameters.precision]
title = "precision of choices"
unit = "1/stake"
set = ["states.*.lambda_vote", "states.*.lambda_comply"]
law.log_uniform = { min = 3, max = 40 }

[parameters.trust]
title = "trust at the start"
set = ["states.*.trust_prior_mean"]
law.truncated_normal = { mean = 0.6, sd = 0.2, min = 0.3, max = 0.9 }

[parameters.agenda]
title = "links between domains"
set = ["organisation.linkage"]
law.choice = ["none", "package"]

[sampling.latin_hypercube]
points = 48
seed = 3

[output]
measures = ["gain", "gain.KGZ", "depth_delivered"]
shard_rows = 100
"""
    )
    return path
