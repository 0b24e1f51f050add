"""Tests that sweeps on a Dask cluster write the bytes of one machine, also after failures."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import consortia
import pytest
from conftest import command, refused, same_files
from consortia import dask
from distributed import Client, LocalCluster

RUNS = 48 * 2 * 256


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        )
        with cluster, Client(cluster) as client:
            yield client


@pytest.fixture(scope="module")
def of_one_machine(small_sweep: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that the command line writes for the small sweep."""
    folder = tmp_path_factory.mktemp("one") / "machine"
    command("sweep", small_sweep, "--replications", 256, "--quiet", "--out", folder)
    return folder


def journal_lines(folder: Path) -> int:
    journal = folder / "journal.csv"
    return journal.read_text().count("\n") if journal.exists() else 0


def test_a_worker_is_killed_on_the_way_and_another_joins(
    client: Any, small_sweep: Path, of_one_machine: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cluster"
    pids = list(client.run(os.getpid).values())
    killed: list[int] = []

    def kill() -> None:
        while journal_lines(folder) < 3:
            time.sleep(0.01)
        os.kill(pids[0], signal.SIGKILL)
        killed.append(journal_lines(folder))
        # A worker that is killed while it writes leaves such a file.
        (folder / "shards" / ".000024.parquet.1-2.partial").write_bytes(b"half")

    assassin = threading.Thread(target=kill)
    assassin.start()
    found = dask.sweep(client, small_sweep, folder, replications=256, seconds_per_task=0.1)
    assassin.join()
    total = journal_lines(folder)
    assert 3 <= killed[0] < total - 5, f"killed in the middle: {killed} of {total}"
    same_files(folder, of_one_machine)
    assert found.runs == RUNS and consortia.status(folder, verify=True)["state"] == "complete"
    client.wait_for_workers(2, timeout=30)
    assert set(client.run(os.getpid).values()) - set(pids), "the nanny has started another"
    # A finished sweep must not be simulated again.
    before = (folder / "journal.csv").stat().st_mtime_ns
    again = dask.sweep(client, small_sweep, folder, replications=256)
    assert again.results["mean"] == found.results["mean"]
    assert (folder / "journal.csv").stat().st_mtime_ns == before


def test_the_cluster_goes_on_with_what_the_command_line_began_and_the_other_way(
    client: Any, small_sweep: Path, of_one_machine: Path, tmp_path: Path
) -> None:
    for begun, ended in (("command", "cluster"), ("cluster", "command")):
        folder = tmp_path / begun
        _half(folder, of_one_machine)
        assert consortia.status(folder)["state"] == "partial"
        options = ["sweep", small_sweep, "--replications", 256, "--quiet", "--out", folder]
        if ended == "cluster":
            with refused("begun but not complete"):
                dask.sweep(client, small_sweep, folder, replications=256)
            dask.sweep(client, small_sweep, folder, replications=256, resume=True)
        else:
            command(*options, "--resume")
        same_files(folder, of_one_machine)


def stopping(small_sweep: Path, folder: Path) -> Path:
    """Writes the small sweep with points that stop by precision; returns its path."""
    path = folder / "sweep.toml"
    text = small_sweep.read_text().replace("replications = 32", "replications = 192")
    path.write_text(text + '\n[stop]\nmeasure = "gain"\nhalf_width = 9.0\nat_least = 32\n')
    return path


def _half(folder: Path, whole: Path) -> None:
    """Makes the folder of a sweep that was interrupted after half of its shards."""
    (folder / "shards").mkdir(parents=True)
    for name in ("sweep.json", "points.csv"):
        (folder / name).write_bytes((whole / name).read_bytes())
    lines = (whole / "journal.csv").read_text().splitlines(keepends=True)
    kept = lines[: 1 + len(lines) // 2]
    (folder / "journal.csv").write_text("".join(kept))
    for line in kept[1:]:
        name = f"{int(line.split(',')[0]):06}.parquet"
        (folder / "shards" / name).write_bytes((whole / "shards" / name).read_bytes())


def test_points_that_stop_by_precision_stop_at_the_same_place(
    client: Any, small_sweep: Path, tmp_path: Path
) -> None:
    path = stopping(small_sweep, tmp_path)
    found = dask.sweep(client, path, tmp_path / "cluster")
    command("sweep", path, "--quiet", "--out", tmp_path / "command")
    same_files(tmp_path / "cluster", tmp_path / "command")
    counts = set(found.results["n"])
    assert len(counts) > 1 and max(counts) <= 192, f"some points stop earlier than others: {counts}"


def test_a_folder_that_workers_cannot_write_is_reported_and_what_is_done_is_kept(
    client: Any, small_sweep: Path, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(consortia.EngineError, match="cannot write"):
        dask.sweep(client, small_sweep, file / "folder")
    folder = tmp_path / "folder"
    broken: list[bool] = []

    def damage() -> None:
        while journal_lines(folder) < 3:
            time.sleep(0.01)
        # A file instead of the folder of shards makes further writes fail.
        (folder / "shards").rename(folder / "elsewhere")
        (folder / "shards").write_text("")
        broken.append(True)

    saboteur = threading.Thread(target=damage)
    saboteur.start()
    with pytest.raises(
        consortia.ClusterError, match="cannot write(.|\n)*runs are kept; go on with resume=True"
    ):
        dask.sweep(client, small_sweep, folder, replications=256, seconds_per_task=0.1, retries=1)
    saboteur.join()
    (folder / "shards").unlink()
    (folder / "elsewhere").rename(folder / "shards")
    kept = journal_lines(folder)
    assert kept >= 3, "what was noted before the damage is there"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", consortia.ConsortiaWarning)
        found = dask.sweep(client, small_sweep, folder, replications=256, resume=True)
    assert found.runs == RUNS


def test_a_sweep_of_other_inputs_is_refused(
    client: Any, small_sweep: Path, of_one_machine: Path
) -> None:
    with pytest.raises(consortia.InputError) as caught:
        dask.sweep(client, small_sweep, of_one_machine, resume=True)
    assert "the number of replications was 256 and is 32" in caught.value.mistakes[0].message


def test_a_closed_client_is_reported(client: Any, small_sweep: Path, tmp_path: Path) -> None:
    other = Client(client.cluster)
    other.close()
    with pytest.raises(consortia.ClusterError, match="the Dask client is closed"):
        dask.sweep(other, small_sweep, tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_a_client_that_is_closed_on_the_way_is_reported_and_what_is_done_is_kept(
    client: Any, small_sweep: Path, of_one_machine: Path, tmp_path: Path
) -> None:
    other = Client(client.cluster)
    folder = tmp_path / "folder"

    def close() -> None:
        while journal_lines(folder) < 3:
            time.sleep(0.01)
        other.close()

    thread = threading.Thread(target=close)
    thread.start()
    with pytest.raises(consortia.ClusterError, match="runs are kept; go on with resume=True"):
        dask.sweep(other, small_sweep, folder, replications=256, seconds_per_task=0.1)
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", consortia.ConsortiaWarning)
        dask.sweep(client, small_sweep, folder, replications=256, resume=True)
    same_files(folder, of_one_machine)


def test_a_sweep_that_cannot_succeed_ends_early(
    client: Any, small_sweep: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    tries = tmp_path / "tries"
    tries.mkdir()

    def full(directory: str) -> None:
        """Makes every write of a worker fail, and counts the attempts."""
        from consortia import dask as module

        def no_room(filesystem: Any, path: str, name: str, content: bytes) -> None:
            (Path(directory) / f"{name}-{time.monotonic_ns()}").write_text("")
            raise consortia.EngineError(f"cannot write {path}: No space left on device")

        module._kept_write = module._write  # type: ignore[attr-defined]
        module._write = no_room

    def mended() -> None:
        from consortia import dask as module

        module._write = module._kept_write  # type: ignore[attr-defined]

    client.run(full, str(tries))
    try:
        with pytest.raises(
            consortia.ClusterError,
            match="3 tasks failed after all retries: cannot write(.|\n)*No space left",
        ):
            dask.sweep(
                client, small_sweep, folder, replications=256, seconds_per_task=0.05, retries=2
            )
    finally:
        client.run(mended)
    counts: dict[str, int] = {}
    for file in tries.iterdir():
        shard = file.name.split("-")[0]
        counts[shard] = counts.get(shard, 0) + 1
    assert max(counts.values()) == 3, "once, and twice again"
    assert len(counts) < 40, f"{len(counts)} of 384 shards were tried before it was given up"
    assert journal_lines(folder) == 1


def test_workers_of_another_build_are_refused(client: Any, small_sweep: Path) -> None:
    text = consortia.Experiment(small_sweep)._engine.job()
    other = text.replace('"built":["0.', '"built":["9.', 1)
    assert other != text
    with refused("it was made by version 9(.|\n)*install the same build"):
        consortia._engine.Job(other)
