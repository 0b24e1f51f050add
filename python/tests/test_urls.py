"""Tests of sweeps at a URL of fsspec: files in memory, which threads of one process share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import consortia
import fsspec
import pytest
from conftest import command, refused, same_files
from consortia import dask
from distributed import Client, LocalCluster
from test_dask import RUNS, of_one_machine, stopping  # noqa: F401

BUCKET = fsspec.filesystem("memory")


@pytest.fixture(scope="module")
def threads() -> Iterator[Any]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        with Client(cluster) as client:
            yield client


def test_the_folder_may_be_behind_a_url(
    threads: Any,
    small_sweep: Path,
    of_one_machine: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    place = "memory://bucket/sweep"
    found = dask.sweep(threads, small_sweep, place, replications=256)
    assert found.runs == RUNS and len(found.points) == 48
    same_files(dask.fetch(place, tmp_path / "fetched"), of_one_machine)
    # A third of the shards is lost and a third damaged; both must be simulated again.
    names = sorted(BUCKET.ls("/bucket/sweep/shards", detail=False))
    for name in names[::3]:
        BUCKET.rm(name)
    for name in names[1::3]:
        BUCKET.pipe_file(name, b"no shard")
    BUCKET.rm("/bucket/sweep/manifest.json")
    with refused("begun but not complete"):
        dask.sweep(threads, small_sweep, place, replications=256)
    with pytest.warns(
        consortia.ConsortiaWarning,
        match="is missing; it is simulated again|is not what was written",
    ):
        dask.sweep(threads, small_sweep, place, replications=256, resume=True)
    same_files(dask.fetch(place, tmp_path / "again"), of_one_machine)


def test_points_stop_by_precision_behind_a_url(
    threads: Any, small_sweep: Path, tmp_path: Path
) -> None:
    path = stopping(small_sweep, tmp_path)
    dask.sweep(threads, path, "memory://bucket/stop")
    command("sweep", path, "--quiet", "--out", tmp_path / "command")
    same_files(dask.fetch("memory://bucket/stop", tmp_path / "fetched"), tmp_path / "command")


def test_two_clients_do_not_play_in_one_folder(threads: Any, small_sweep: Path) -> None:
    place = "memory://bucket/two"
    dask.sweep(threads, small_sweep, place)
    assert not BUCKET.exists("/bucket/two/playing.json"), "it lets go at the end"
    owner = "/bucket/two/playing.json"
    BUCKET.pipe_file(owner, json.dumps({"name": "other", "time": time.time() - 20}).encode())
    with refused("another client is running this sweep.*last upload was 2"):
        dask.sweep(threads, small_sweep, place, resume=True)
    BUCKET.pipe_file(owner, json.dumps({"name": "other", "time": time.time() - 600}).encode())
    assert dask.sweep(threads, small_sweep, place, resume=True).runs == 48 * 2 * 32


def test_urls_that_cannot_be_used_are_reported(
    threads: Any, small_sweep: Path, tmp_path: Path
) -> None:
    BUCKET.pipe_file("/bucket/other/mine.txt", b"mine")
    with refused("holds other files than a sweep"):
        dask.sweep(threads, small_sweep, "memory://bucket/other")
    with refused("cannot be opened"):
        dask.sweep(threads, small_sweep, "nothing://bucket")
    with refused("it has no sweep.json"):
        dask.fetch("memory://bucket/other", tmp_path / "third")
    with pytest.raises(consortia.EngineError, match="cannot write"):
        dask.sweep(threads, small_sweep, "local:///proc/consortia")
