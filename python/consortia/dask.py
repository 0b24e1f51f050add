"""Runs sweeps on a Dask cluster: local, Slurm or PBS (``dask-jobqueue``), Kubernetes, the cloud.

    from distributed import Client
    from consortia import dask

    found = dask.sweep(Client(), "binding-or-not", "output/binding-or-not")

The folder has the same bytes as that of ``consortia sweep``: ``consortia status`` reads it, and an
interrupted sweep continues with ``resume=True`` here or ``--resume`` there.

Workers simulate shards and write them into the folder, which may be any path that ``fsspec`` knows
(``s3://bucket/sweep``). They return only a line for the journal. A plain path must be the same for
all workers. Only the client writes the journal and the tables at the end.
"""

from __future__ import annotations

import collections
import functools
import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import _engine
from ._options import PathLike, Value, number, refuse, text, truth, whole
from ._progress import ProgressReporter
from .errors import ClusterError, ConsortiaError, EngineError, InputError
from .experiments import Experiment
from .results import Sweep

__all__ = ["fetch", "sweep"]

_Shard = tuple[int, list[int], bytes]
"""A shard: its number, the numbers of its points, and the parameter values at these points."""

_KEEP = 30.0
"""Seconds between two uploads of the journal to a URL."""

_REPORT_EVERY = 0.5
"""Seconds between two reports of progress."""

_LEAST = 256
"""Lower bound of the number of tasks at the cluster, since more workers may join."""

_BROKEN = 3
"""Number of tasks that fail after all retries before the sweep ends."""


def sweep(
    client: Any,
    sweep: PathLike,
    folder: PathLike,
    *,
    resume: bool = False,
    replications: int | None = None,
    seed: int | None = None,
    set: Mapping[str, Value] | None = None,
    seconds_per_task: float = 2.0,
    retries: int = 3,
    progress: bool | None = None,
) -> Sweep:
    """Runs a sweep on the cluster of a ``distributed.Client``, with the same bytes as one machine.

    ``sweep``, ``resume``, ``replications``, ``seed`` and ``set`` are those of
    :func:`consortia.sweep`; ``folder`` is a path that all workers see, or a URL. A task contains
    shards for about ``seconds_per_task`` seconds on one thread, or less work if there would be
    fewer than eight tasks for every thread. Workers may fail and join. A failed task is retried
    ``retries`` times; the sweep ends after three tasks that fail all their tries. The workers need
    this package in the same build.

    From a URL the client copies the shards into a temporary folder for the final tables.

    Raises :class:`~consortia.InputError` for mistakes in the arguments or files, and
    :class:`~consortia.ClusterError` if the cluster fails; finished shards are kept.
    """
    target = text("folder", folder)
    per_task, tries = (
        float(number("seconds_per_task", seconds_per_task)),
        int(whole("retries", retries)),
    )
    truth("resume", resume)
    if not per_task > 0.0:
        raise refuse(
            f"seconds_per_task cannot be {seconds_per_task}", "give a number of seconds above 0"
        )
    if tries < 0:
        raise refuse(f"retries cannot be {retries}", "give 0 or more")
    _check(client)
    place = _Place(target)
    experiment = Experiment(
        sweep, out=place.local, resume=resume, replications=replications, seed=seed, set=set
    )
    with ProgressReporter(progress) as reporter:
        playing = experiment._engine.begin(reporter)
        if playing is not None:
            try:
                with place.held(reporter):
                    _Cluster(client, experiment, playing, place, tries, reporter).simulate(per_task)
                    playing.conclude(os.cpu_count() or 1, reporter)
            finally:
                playing.close()
    found = Sweep(place.local)
    found._place = place
    return found


def fetch(url: str, folder: PathLike) -> Path:
    """Copies a sweep from a URL of ``fsspec`` into a new or empty folder, and returns its path.

    The copy is for ``consortia status``, ``--resume``, ``sensitivity`` and other verbs. Raises
    :class:`~consortia.InputError` if the URL has no sweep or the folder is not empty.
    """
    target = Path(text("folder", folder))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise refuse(f"{target} is there already, and not empty", "choose a new folder")
    remote = _Remote(text("url", url))
    if "sweep.json" not in remote.files():
        raise refuse(
            f"{url} is not the folder of a sweep: it has no sweep.json",
            "name the folder that sweep() has made",
        )
    remote.download(target)
    return target


def _check(client: Any) -> None:
    """Raises ``TypeError`` or :class:`ClusterError` if the client cannot be used."""
    if not callable(getattr(client, "submit", None)) or not hasattr(client, "status"):
        raise TypeError(
            f"client: expected a distributed.Client, got {type(client).__name__}: {client!r}"
        )
    if getattr(client, "asynchronous", False):
        raise ClusterError("the client is asynchronous: make one with asynchronous=False")
    if client.status != "running":
        raise ClusterError(
            f"the Dask client is {client.status}: make a new one, such as distributed.Client()"
        )


# ------------------------------------------------------------------------------------ on the client


class _Cluster:
    """Runs the missing shards of a sweep on a cluster, round by round."""

    def __init__(
        self,
        client: Any,
        experiment: Experiment,
        playing: _engine.SweepInProgress,
        place: _Place,
        tries: int,
        reporter: ProgressReporter,
    ) -> None:
        self.client, self.playing, self.place, self.tries, self.reporter = (
            client,
            playing,
            place,
            tries,
            reporter,
        )
        self.token = uuid.uuid4().hex
        self.seconds = experiment._engine.seconds_per_run()
        # The job is the result of a task, so that the cluster can compute it again if it is lost.
        self.job = client.submit(
            _same, experiment._engine.job(), key=f"consortia-job-{self.token}", retries=tries
        )
        self.broken: list[BaseException] = []
        self.kept = self.counted = self.reported = time.monotonic()
        self.threads: int = sum(client.nthreads().values())
        if self.threads == 0:
            reporter.note("the cluster has no workers yet: the sweep waits for them")

    def simulate(self, per_task: float) -> None:
        """Runs all rounds; there is more than one only if points stop by precision."""
        try:
            while shards := self.playing.tasks():
                cost = [runs * self.seconds for _, runs in shards]
                budget = min(per_task, sum(cost) / (8 * max(1, self.threads)))
                for shard, _ in shards:
                    self.place.forget(shard)
                self._round(_grouped([shard for shard, _ in shards], cost, budget))
                if self.broken:
                    break
                self.place.download_shards()
        except ConsortiaError as error:
            if isinstance(error, ClusterError):
                raise ClusterError(f"{error}. {self._resume_hint()}") from error
            raise
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted; {self._resume_hint()}") from None
        except Exception as error:
            raise ClusterError(
                f"the cluster has failed: {error!r}. {self._resume_hint()}"
            ) from error
        if self.broken:
            count, first = len(self.broken), self.broken[0]
            tasks = "a task" if count == 1 else f"{count} tasks"
            raise ClusterError(
                f"{tasks} failed after all retries: {first}. {self._resume_hint()}"
            ) from first

    def _resume_hint(self) -> str:
        done, total = self.playing.progress()
        how_to_resume = self.playing.how_to_resume()
        if self.place.remote is not None:
            how_to_resume = (
                f"consortia.dask.fetch({self.place.remote.url!r}, FOLDER) and consortia sweep "
                "--resume --out FOLDER"
            )
        return f"{done} of {total} runs are kept; go on with resume=True, or with: {how_to_resume}"

    def _submit(self, shards: list[int], tries: int) -> Any:
        key = f"consortia-{self.token}-{shards[0]}-{tries}"
        parcels = [(shard, *self.playing.task(shard)) for shard in shards]
        # Failed tasks are retried before new ones, so that a sweep that cannot succeed ends early.
        return self.client.submit(
            _shards,
            self.job,
            parcels,
            self.place.shards,
            key=key,
            pure=False,
            retries=0,
            priority=self.tries - tries,
        )

    def _most(self) -> int:
        """Returns the upper bound of the number of tasks at the cluster.

        The bound saves memory on the cluster and the client. It follows the number of threads.
        """
        if time.monotonic() - self.counted > 1.0:
            self.threads = sum(self.client.nthreads().values())
            self.counted = time.monotonic()
        return max(_LEAST, 8 * self.threads)

    def _round(self, tasks: list[list[int]]) -> None:
        from distributed import as_completed

        waiting = collections.deque((shards, self.tries) for shards in tasks)
        out: dict[str, tuple[Any, list[int], int]] = {}
        coming = as_completed()

        def fill() -> None:
            while waiting and len(out) < self._most() and not self._should_stop():
                shards, tries = waiting.popleft()
                future = self._submit(shards, tries)
                out[future.key] = (future, shards, tries)
                coming.add(future)

        try:
            fill()
            for future in coming:
                _, shards, tries = out.pop(future.key)
                if future.status == "finished":
                    for line in future.result():
                        self.playing.note(line)
                    self._report_progress()
                else:
                    self._again(future, shards, tries, waiting)
                _check(self.client)
                if self._should_stop():
                    break
                fill()
        finally:
            if out and self.client.status == "running":
                self.client.cancel([future for future, _, _ in out.values()])

    def _again(
        self, future: Any, shards: list[int], tries: int, waiting: collections.deque[Any]
    ) -> None:
        """Puts a failed task at the head of the queue, or records its error after the last try."""
        error: BaseException = ClusterError(f"a task was {future.status}")
        if future.status == "error":
            error = future.exception()
        # An input error comes from workers of another build: it would only be repeated.
        if tries > 0 and not isinstance(error, InputError):
            waiting.appendleft((shards, tries - 1))
        else:
            self.broken.append(error)

    def _should_stop(self) -> bool:
        return len(self.broken) >= _BROKEN or any(
            isinstance(error, InputError) for error in self.broken
        )

    def _report_progress(self) -> None:
        now = time.monotonic()
        # Counting reads all lines of the journal, so it is not done after every task.
        if now - self.reported > _REPORT_EVERY:
            done, total = self.playing.progress()
            self.reporter.report(1, total, "runs", done)
            self.reported = now
        if now - self.kept > _KEEP:
            self.place.keep()
            self.kept = now


def _grouped(shards: list[int], cost: list[float], budget: float) -> list[list[int]]:
    """Groups shards into tasks that cost about ``budget`` seconds each, in order."""
    tasks: list[list[int]] = []
    spent = budget
    for shard, own in zip(shards, cost):
        if spent + 0.5 * own >= budget:
            tasks.append([])
            spent = 0.0
        tasks[-1].append(shard)
        spent += own
    return tasks


# ----------------------------------------------------------------------------------- on the workers


def _same(job: str) -> str:
    return job


@functools.lru_cache(maxsize=4)
def _job(text: str) -> _engine.Job:
    """Parses a job; cached, so that a process parses it once."""
    return _engine.Job(text)


def _shards(job: str, shards: list[_Shard], place: str) -> list[str]:
    """Simulates shards, writes their files, and returns their lines of the journal."""
    filesystem, path = _filesystem(place)
    lines = []
    for shard, points, values in shards:
        files, line = _job(job).simulate(shard, points, values)
        for name, content in files:
            _write(filesystem, f"{path}/{name}", name, content)
        lines.append(line)
    return lines


def _filesystem(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise ImportError(
            "sweeps on clusters need fsspec: pip install fsspec", name=error.name
        ) from error
    filesystem, path = url_to_fs(url)
    return filesystem, path.rstrip("/")


def _write(filesystem: Any, path: str, name: str, content: bytes) -> None:
    """Writes a file atomically: object stores do so by themselves, on a disk it is renamed."""
    protocols = (
        filesystem.protocol
        if isinstance(filesystem.protocol, (tuple, list))
        else [filesystem.protocol]
    )
    if "file" not in protocols:
        try:
            filesystem.pipe_file(path, content)
        except OSError as error:
            raise EngineError(f"cannot write {path}: {error}") from error
        return
    partial = os.path.join(
        os.path.dirname(path), f".{name}.{os.getpid()}-{threading.get_ident()}.partial"
    )
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        if os.path.exists(partial):
            os.remove(partial)
        raise EngineError(
            f"cannot write {path}: {error}; must all workers see this folder?"
        ) from error


# ------------------------------------------------------------------------------------- behind a URL


class _Remote:
    """Folder at a URL of ``fsspec``."""

    def __init__(self, url: str) -> None:
        try:
            self.filesystem, self.path = _filesystem(url)
        except (ValueError, OSError) as error:
            help = "name a path, or a URL of a filesystem that fsspec knows"
            raise refuse(f"{url} cannot be opened: {error}", help) from error
        self.url = url.rstrip("/")

    def files(self) -> list[str]:
        """Returns the paths of all files, relative to the folder."""
        if not self.filesystem.exists(self.path):
            return []
        inside = self.path.lstrip("/") + "/"
        return [
            str(name).lstrip("/").removeprefix(inside) for name in self.filesystem.find(self.path)
        ]

    def download(self, local: Path, only: str = "") -> None:
        """Copies files that ``local`` lacks and whose relative paths begin with ``only``."""
        for name in self.files():
            to = local / name
            if name.startswith(only) and name != _OWNER and not to.exists():
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(self.filesystem.cat_file(f"{self.path}/{name}"))

    def put(self, name: str, content: bytes) -> None:
        """Writes one file; raises :class:`EngineError` if it cannot be written."""
        try:
            self.filesystem.makedirs(os.path.dirname(f"{self.path}/{name}"), exist_ok=True)
            self.filesystem.pipe_file(f"{self.path}/{name}", content)
        except OSError as error:
            raise EngineError(f"cannot write {self.url}/{name}: {error}") from error


_OWNER = "playing.json"
"""File at a URL that names the client that runs the sweep, and the time of its last upload."""


class _Place:
    """Folder of a sweep: a local one, or one at a URL with a temporary local copy."""

    def __init__(self, folder: str) -> None:
        self.remote: _Remote | None = None
        if "://" not in folder or folder.startswith("file://"):
            self.local = folder.removeprefix("file://")
            self.shards = os.path.join(os.path.abspath(self.local), "shards")
            return
        self.remote = _Remote(folder)
        self.shards = f"{self.remote.url}/shards"
        self._name = uuid.uuid4().hex
        files = self.remote.files()
        if files and "sweep.json" not in files:
            raise refuse(f"{folder} holds other files than a sweep", "choose a new folder")
        if _OWNER in files:
            self._check_owner(folder)
        self._copy = tempfile.TemporaryDirectory(prefix="consortia-")
        self.local = os.path.join(self._copy.name, "sweep")
        self.remote.download(Path(self.local))

    def _check_owner(self, folder: str) -> None:
        """Raises :class:`InputError` if another client has recently written to the folder."""
        assert self.remote is not None
        owner = json.loads(self.remote.filesystem.cat_file(f"{self.remote.path}/{_OWNER}"))
        silent = time.time() - float(owner["time"])
        if silent < 4 * _KEEP:
            raise refuse(
                f"another client is running this sweep in {folder}; its last upload was "
                f"{silent:.0f} s ago",
                f"wait for it; if it has stopped, resume {4 * _KEEP:.0f} s after its last upload, "
                "with resume=True",
            )

    @contextmanager
    def held(self, reporter: ProgressReporter) -> Iterator[None]:
        """Reserves the folder for this client; uploads all but the shards before and after."""
        if self.remote is None:
            yield
            return
        self.keep()
        self._upload()
        try:
            yield
        except BaseException:
            # The first error is raised; a failed upload only becomes a note.
            try:
                self._upload()
            except ConsortiaError as error:
                reporter.note(str(error))
            raise
        else:
            self._upload()
        finally:
            try:
                self.remote.filesystem.rm_file(f"{self.remote.path}/{_OWNER}")
            except OSError as error:
                reporter.note(f"{self.remote.url}/{_OWNER} cannot be removed: {error}")

    def forget(self, shard: int) -> None:
        """Removes the local files of a shard that is simulated again at the URL."""
        if self.remote is not None:
            for file in (Path(self.local) / "shards").glob(f"{shard:06}.*"):
                file.unlink()

    def download_shards(self) -> None:
        """Copies the shards that workers have written at the URL."""
        if self.remote is not None:
            self.remote.download(Path(self.local), only="shards/")

    def keep(self) -> None:
        """Uploads the time and the journal, from which the sweep can be resumed after a crash."""
        if self.remote is None:
            return
        self.remote.put(_OWNER, json.dumps({"name": self._name, "time": time.time()}).encode())
        self.remote.put("journal.csv", (Path(self.local) / "journal.csv").read_bytes())

    def _upload(self) -> None:
        """Uploads all files but the shards and hidden files."""
        assert self.remote is not None
        root = Path(self.local)
        for file in sorted(root.rglob("*")):
            own = file.relative_to(root)
            if (
                file.is_file()
                and own.parts[0] != "shards"
                and not any(part.startswith(".") for part in own.parts)
            ):
                self.remote.put(own.as_posix(), file.read_bytes())
        try:
            self.remote.filesystem.makedirs(f"{self.remote.path}/shards", exist_ok=True)
        except OSError as error:
            raise EngineError(f"cannot write {self.shards}: {error}") from error
