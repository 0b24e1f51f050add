#!/usr/bin/env python3
"""Runs a sweep on workers that Slurm starts.

Install with `pip install ./python[dask] dask-jobqueue`, then run on a login node:

    python examples/clusters/dask_jobqueue.py SWEEP FOLDER [--jobs 20]

Workers start when the queue admits them, and may stop at their time limit; the same command resumes
the sweep. For PBS use PBSCluster, on Kubernetes dask_kubernetes.operator.KubeCluster, in the cloud
coiled.Cluster or dask_cloudprovider with a folder such as s3://bucket/sweep.
"""

import argparse
from pathlib import Path

from consortia import dask
from dask_jobqueue import SLURMCluster
from distributed import Client


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sweep")
    parser.add_argument("folder")
    parser.add_argument("--jobs", type=int, default=20)
    asked = parser.parse_args()
    # One process for all cores of a job suffices: the engine's threads do not hold the GIL.
    cluster = SLURMCluster(cores=8, processes=1, memory="4GB", walltime="04:00:00")
    cluster.adapt(maximum_jobs=asked.jobs)
    with cluster, Client(cluster) as client:
        begun = (Path(asked.folder) / "sweep.json").exists()
        found = dask.sweep(client, asked.sweep, asked.folder, resume=begun)
        print(found.folder / "report.html")


if __name__ == "__main__":
    main()
