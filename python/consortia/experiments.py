"""Simulation of designs at any points of the parameter space of a sweep.

Points are given by the caller or by another library; this module does not sample.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import _engine
from ._options import PathLike, Value, changes, number, refuse, settings, sweeping
from ._progress import ProgressReporter
from .results import Evaluation, Sweep

__all__ = ["Experiment", "Measure", "Parameter"]


class Parameter(NamedTuple):
    """Uncertain parameter of a sweep."""

    name: str
    """Name in tables."""
    title: str
    """Short description."""
    unit: str
    """Unit of the values."""
    group: str
    """Group of parameters that change together in a Morris design."""
    law: dict[str, Any]
    """Distribution: ``law`` is its name, the other keys are its parameters, in the unit."""


class Measure(NamedTuple):
    """Measure that a sweep keeps."""

    column: str
    """Column in tables: ``gain``, or ``gain.KGZ`` for a state."""
    measure: str
    """Id of the measure."""
    state: str
    """Id of the state, or ``region``."""
    unit: str
    """Unit of the values."""
    better: str
    """Preferred direction: ``higher``, ``lower`` or ``neither``."""


class Experiment:
    """The scenario, designs and uncertain parameters of a sweep.

    :meth:`sweep` simulates the points of the sweep, :meth:`evaluate` any points. ``sweep`` is a
    file, a folder with ``sweep.toml``, or a built-in name. The other arguments are those of
    :func:`consortia.sweep`; ``on_error`` applies to :meth:`sweep` only, :meth:`evaluate` records
    every failure. Raises :class:`~consortia.InputError` for invalid arguments or files.
    """

    def __init__(
        self,
        sweep: PathLike,
        *,
        out: PathLike | None = None,
        resume: bool = False,
        on_error: str = "continue",
        replications: int | None = None,
        seed: int | None = None,
        threads: int = 0,
        set: Mapping[str, Value] | None = None,
    ) -> None:
        self._load(
            sweeping(
                sweep, out, resume, on_error, settings(replications, seed, threads, changes(set))
            )
        )

    def _load(self, options: list[str]) -> None:
        self._options = options
        self._engine = _engine.Experiment(options)
        self._about: dict[str, Any] = json.loads(self._engine.about())

    @property
    def name(self) -> str:
        """Id of the sweep."""
        return str(self._about["name"])

    @property
    def title(self) -> str:
        """Title of the sweep, in one line."""
        return str(self._about["title"])

    @property
    def organisations(self) -> list[str]:
        """Names of the designs in tables."""
        return list(self._about["organisations"])

    @property
    def parameters(self) -> list[Parameter]:
        """Uncertain parameters, in the order of the file; points without names have this order."""
        return [Parameter(**one) for one in self._about["parameters"]]

    @property
    def measures(self) -> list[Measure]:
        """Measures of every run, in the order of the file."""
        return [Measure(**one) for one in self._about["measures"]]

    @property
    def replications(self) -> int:
        """Replications of every design at every point (the most, with stopping by precision)."""
        return int(self._about["replications"])

    @property
    def seed(self) -> int:
        """Seed of all draws."""
        return int(self._about["seed"])

    @property
    def folder(self) -> Path:
        """Folder that :meth:`sweep` writes."""
        return Path(self._about["folder"])

    def forecast(self) -> dict[str, float]:
        """Returns the expected cost of :meth:`sweep`.

        ``runs`` is the number of runs (an upper bound with stopping by precision),
        ``seconds_per_run`` the time of one on one thread, measured now on a few, and
        ``core_hours`` the total.
        """
        runs, seconds = float(self._about["runs"]), self._engine.seconds_per_run()
        return {"runs": runs, "seconds_per_run": seconds, "core_hours": runs * seconds / 3600.0}

    def __reduce__(self) -> tuple[object, ...]:
        # Another process loads the sweep again from its file.
        return _again, (self._options,)

    def sweep(self, progress: bool | None = None) -> Sweep:
        """Simulates the points of the sweep and writes :attr:`folder`.

        Raises :class:`~consortia.EngineError` if a file cannot be read or written.
        """
        with ProgressReporter(progress) as reporter:
            return Sweep(_engine.call_verb("sweep", self._options, reporter))

    def evaluate(self, points: object, progress: bool | None = None) -> Evaluation:
        """Simulates all designs at points, in memory, with the replications of the sweep.

        ``points`` is a mapping of parameters to lists of values, a data frame or table with a
        column for every parameter, a list of mappings, or rows of shape (points, parameters) in
        the order of :attr:`parameters`. Values are in the units of :attr:`parameters`; categories
        are given by name. Raises :class:`~consortia.InputError` for a missing or unknown parameter
        and for values outside their range, ``TypeError`` for points of another type.
        """
        with ProgressReporter(progress) as reporter:
            return Evaluation(self._engine.evaluate(self._columns(points), reporter))

    def quantiles(self, unit: Sequence[Sequence[float]]) -> dict[str, list[str]]:
        """Returns the points, for :meth:`evaluate`, at a sample of the unit cube.

        ``unit`` has the shape (points, parameters), in the order of :attr:`parameters`. The laws of
        the parameters transform it. Raises :class:`~consortia.InputError` for numbers outside
        [0, 1] and rows of a wrong length.
        """
        names = [parameter.name for parameter in self.parameters]
        columns = _transposed(unit, names)
        return {
            name: self._engine.quantiles(name, [float(number(name, u)) for u in column])
            for name, column in columns
        }

    def _columns(self, points: object) -> list[tuple[str, list[str]]]:
        names = [parameter.name for parameter in self.parameters]
        if isinstance(points, Mapping):
            found = [(str(name), _listed(name, values)) for name, values in points.items()]
        elif hasattr(points, "columns") or hasattr(points, "column_names"):
            known = [
                str(name)
                for name in getattr(points, "column_names", None) or getattr(points, "columns")
            ]
            # The column `point` of result tables holds numbers of points.
            found = [
                (name, _listed(name, points[name]))  # type: ignore[index]
                for name in known
                if name in names or name != "point"
            ]
        else:
            found = _transposed(points, names)
        return [(name, [_written(name, value) for value in values]) for name, values in found]

    def __repr__(self) -> str:
        return (
            f"<consortia.Experiment {self.name}: {len(self.parameters)} parameters, "
            f"{', '.join(self.organisations)}>"
        )


def _again(options: list[str]) -> Experiment:
    made = object.__new__(Experiment)
    made._load(options)
    return made


def _listed(name: object, values: object) -> list[object]:
    to_list = (
        getattr(values, "to_list", None)
        or getattr(values, "tolist", None)
        or getattr(values, "to_pylist", None)
    )
    if callable(to_list):
        return list(to_list())
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(
            f"points: expected values of `{name}`, got {type(values).__name__}: {values!r}"
        )
    return list(values)


def _transposed(rows: object, names: list[str]) -> list[tuple[str, list[object]]]:
    tolist = getattr(rows, "tolist", None)
    listed: object = tolist() if callable(tolist) else rows
    if isinstance(listed, (str, bytes)) or not isinstance(listed, Iterable):
        raise TypeError(
            f"points: expected rows, a mapping or a data frame, got {type(rows).__name__}"
        )
    columns: list[list[object]] = [[] for _ in names]
    listed = list(listed)
    if listed and all(isinstance(row, Mapping) for row in listed):
        # A list of mappings, as in JSON: a missing key becomes None, which `_written` refuses.
        every = dict.fromkeys(name for row in listed for name in row)
        return [(str(name), [row.get(name) for row in listed]) for name in every]
    for at, row in enumerate(listed):
        own = getattr(row, "tolist", None)
        row = own() if callable(own) else row
        if isinstance(row, (str, bytes)) or not isinstance(row, Sequence):
            raise TypeError(f"points: row {at} is no row of {len(names)} values: {row!r}")
        if len(row) != len(names):
            message = f"row {at} has {len(row)} values for {len(names)} parameters"
            raise refuse(message, f"give one of each: {', '.join(names)}")
        for column, value in zip(columns, row):
            column.append(value)
    return list(zip(names, columns))


def _written(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        written = repr(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(
            f"points: `{name}` takes numbers or words, not {type(value).__name__}: {value!r}"
        ) from None
    return written[:-2] if written.endswith(".0") else written
