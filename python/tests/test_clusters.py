"""Tests that the cluster scripts without Python write the same bytes as one machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, binary, command, same_files

SCRIPTS = ROOT / "examples" / "clusters"


@pytest.fixture(scope="module")
def surroundings() -> dict[str, str]:
    """Environment with ``consortia`` and the folder of the Python binary on the path."""
    path = os.pathsep.join(
        [str(Path(binary()).parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    return {**os.environ, "PATH": path}


@pytest.fixture(scope="module")
def of_one_machine(small_sweep: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one") / "machine"
    command("sweep", small_sweep, "--replications", 64, "--quiet", "--out", folder)
    return folder


def test_a_slurm_array_goes_on_after_its_time_was_over(
    small_sweep: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    """Calls the job script as Slurm does: with the task number, and SIGINT before the limit."""
    folder = tmp_path / "whole"

    def part(number: int) -> subprocess.Popen[str]:
        script = SCRIPTS / "slurm" / "part.sbatch"
        options = ["bash", script, small_sweep, folder, "2", "--replications", "4096"]
        own = {**surroundings, "SLURM_ARRAY_TASK_ID": str(number), "SLURM_CPUS_PER_TASK": "1"}
        return subprocess.Popen(
            options, env=own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    (tmp_path / "whole.parts").mkdir()
    first = part(1)
    journal = tmp_path / "whole.parts" / "1" / "journal.csv"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (
        not journal.exists() or journal.read_text().count("\n") < 3
    ):
        time.sleep(0.01)
    first.send_signal(signal.SIGINT)
    _, error = first.communicate(timeout=60)
    assert first.returncode == 3 and "--shard 1/2" in error
    kept = journal.read_text().count("\n") - 1
    assert 2 <= kept < 100
    # Fewer replications are another sweep: it must be refused, and the finished shards kept.
    again = subprocess.run(
        [
            "bash",
            SCRIPTS / "slurm" / "part.sbatch",
            small_sweep,
            folder,
            "2",
            "--replications",
            "64",
        ],
        env={**surroundings, "SLURM_ARRAY_TASK_ID": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 2 and "other inputs" in again.stderr
    shutil.rmtree(tmp_path / "whole.parts")


def test_parts_of_a_slurm_array_are_merged(
    small_sweep: Path, of_one_machine: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "whole"
    (tmp_path / "whole.parts").mkdir()
    for number in ("1", "2", "3", "3"):
        own = {**surroundings, "SLURM_ARRAY_TASK_ID": number, "SLURM_CPUS_PER_TASK": "2"}
        options = [
            "bash",
            SCRIPTS / "slurm" / "part.sbatch",
            small_sweep,
            folder,
            "3",
            "--replications",
            "64",
        ]
        subprocess.run(options, env=own, check=True, capture_output=True)
    subprocess.run(
        ["bash", SCRIPTS / "slurm" / "merge.sbatch", folder],
        env=surroundings,
        check=True,
        capture_output=True,
    )
    same_files(folder, of_one_machine)


@pytest.mark.skipif(shutil.which("parallel") is None, reason="GNU parallel is not installed")
def test_gnu_parallel(
    small_sweep: Path, of_one_machine: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    strange = tmp_path / "a folder with 'spaces' & more"
    options = [
        SCRIPTS / "parallel.sh",
        small_sweep,
        strange,
        "3",
        "--jobs",
        "2",
        "--",
        "--replications",
        "64",
    ]
    for _ in range(2):
        subprocess.run(options, env=surroundings, check=True, capture_output=True)
        same_files(strange, of_one_machine)


def test_snakemake(
    small_sweep: Path, of_one_machine: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    snakemake = shutil.which("snakemake", path=surroundings["PATH"])
    if snakemake is None:
        pytest.skip("Snakemake is not installed")
    config = [
        f"sweep={small_sweep}",
        f"folder={tmp_path}/whole",
        "parts=3",
        "options=--replications 64",
    ]
    options = [
        snakemake,
        "--snakefile",
        SCRIPTS / "Snakefile",
        "--cores",
        "2",
        "--directory",
        tmp_path,
    ]
    subprocess.run(
        [*options, "--config", *config], env=surroundings, check=True, capture_output=True
    )
    same_files(tmp_path / "whole", of_one_machine)


def test_scripts_say_how_they_are_called(surroundings: dict[str, str]) -> None:
    for script in ("slurm/submit.sh", "parallel.sh"):
        done = subprocess.run(
            [SCRIPTS / script], env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2 and "SWEEP FOLDER PARTS" in done.stdout
