"""Designs at points of a parameter space that somebody else chooses."""

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
    """An uncertain parameter."""

    name: str
    """Its name in tables."""
    title: str
    """What it is, in a few words."""
    unit: str
    """Its unit."""
    group: str
    """The group with which it moves in Morris's design."""
    law: dict[str, Any]
    """Its distribution: ``law`` names it, the rest are its parameters, in the unit."""


class Measure(NamedTuple):
    """A measure that is kept."""

    column: str
    """Its heading: ``gain``, or ``gain.KGZ`` of a state."""
    measure: str
    """Its id."""
    state: str
    """The state, or ``region``."""
    unit: str
    """Its unit."""
    better: str
    """``higher``, ``lower`` or ``neither``."""


class Experiment:
    """The scenario, the designs and the uncertain parameters of a sweep: played as it says (:meth:`sweep`), or at any
    points (:meth:`evaluate`).

    ``sweep`` is a file, a folder with ``sweep.toml``, or a built-in name. The other arguments are those of
    :func:`consortia.sweep`; ``on_error`` is for :meth:`sweep` alone, :meth:`evaluate` keeps every failure.
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
        self._load(sweeping(sweep, out, resume, on_error, settings(replications, seed, threads, changes(set))))

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
        """What it asks, in one line."""
        return str(self._about["title"])

    @property
    def organisations(self) -> list[str]:
        """Designs, as they are called in tables."""
        return list(self._about["organisations"])

    @property
    def parameters(self) -> list[Parameter]:
        """Uncertain parameters, in their order."""
        return [Parameter(**one) for one in self._about["parameters"]]

    @property
    def measures(self) -> list[Measure]:
        """Measures that are kept, in their order."""
        return [Measure(**one) for one in self._about["measures"]]

    @property
    def replications(self) -> int:
        """Replications of every design at every point, or the most of them."""
        return int(self._about["replications"])

    @property
    def seed(self) -> int:
        """Master seed."""
        return int(self._about["seed"])

    @property
    def folder(self) -> Path:
        """Where :meth:`sweep` goes."""
        return Path(self._about["folder"])

    def forecast(self) -> dict[str, float]:
        """What :meth:`sweep` would take: ``runs`` (at most, where points stop by precision), ``seconds_per_run`` on one
        thread, measured on a few now, and ``core_hours`` of all of them."""
        runs, seconds = float(self._about["runs"]), self._engine.seconds_per_run()
        return {"runs": runs, "seconds_per_run": seconds, "core_hours": runs * seconds / 3600.0}

    def __reduce__(self) -> tuple[object, ...]:
        # Another process loads it from the same file.
        return _again, (self._options,)

    def sweep(self, progress: bool | None = None) -> Sweep:
        """Plays the sweep at its own points, into :attr:`folder`."""
        with ProgressReporter(progress) as reporter:
            return Sweep(_engine.ask("sweep", self._options, reporter))

    def evaluate(self, points: object, progress: bool | None = None) -> Evaluation:
        """Plays all designs at points, in memory, with as many replications as the sweep has.

        ``points``: a mapping of every parameter to its values, a data frame or table with a column for every parameter,
        or rows (a sequence or an array) with a value for every parameter in their order, or a mapping for each. Values are in the units of
        :attr:`parameters`; those of categories are their names. Values outside a parameter's range are refused.
        """
        with ProgressReporter(progress) as reporter:
            return Evaluation(self._engine.evaluate(self._columns(points), reporter))

    def quantiles(self, unit: Sequence[Sequence[float]]) -> dict[str, list[str]]:
        """Points (for :meth:`evaluate`) at rows of a sample of the unit cube, by the laws of the parameters."""
        names = [parameter.name for parameter in self.parameters]
        columns = _transposed(unit, names)
        return {name: self._engine.quantiles(name, [float(number(name, u)) for u in column]) for name, column in columns}

    def _columns(self, points: object) -> list[tuple[str, list[str]]]:
        names = [parameter.name for parameter in self.parameters]
        if isinstance(points, Mapping):
            found = [(str(name), _listed(name, values)) for name, values in points.items()]
        elif hasattr(points, "columns") or hasattr(points, "column_names"):
            known = [str(name) for name in getattr(points, "column_names", None) or getattr(points, "columns")]
            # A column of numbers of points is no parameter.
            found = [(name, _listed(name, points[name])) for name in known if name in names or name != "point"]  # type: ignore[index]
        else:
            found = _transposed(points, names)
        return [(name, [_written(name, value) for value in values]) for name, values in found]

    def __repr__(self) -> str:
        return f"<consortia.Experiment {self.name}: {len(self.parameters)} parameters, {', '.join(self.organisations)}>"


def _again(options: list[str]) -> Experiment:
    made = object.__new__(Experiment)
    made._load(options)
    return made


def _listed(name: object, values: object) -> list[object]:
    to_list = getattr(values, "to_list", None) or getattr(values, "tolist", None) or getattr(values, "to_pylist", None)
    if callable(to_list):
        return list(to_list())
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"points: expected values of `{name}`, got {type(values).__name__}: {values!r}")
    return list(values)


def _transposed(rows: object, names: list[str]) -> list[tuple[str, list[object]]]:
    tolist = getattr(rows, "tolist", None)
    listed: object = tolist() if callable(tolist) else rows
    if isinstance(listed, (str, bytes)) or not isinstance(listed, Iterable):
        raise TypeError(f"points: expected rows, a mapping or a data frame, got {type(rows).__name__}")
    columns: list[list[object]] = [[] for _ in names]
    listed = list(listed)
    if listed and all(isinstance(row, Mapping) for row in listed):
        # A mapping for every point, as in JSON.
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
        raise TypeError(f"points: `{name}` takes numbers or words, not {type(value).__name__}: {value!r}") from None
    return written[:-2] if written.endswith(".0") else written
