"""What the verbs come to: objects whose tables any Arrow library takes."""

from __future__ import annotations

import json
import os
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _engine
from ._engine import Table
from ._options import PathLike, number, refuse, text, texts, truth, whole
from ._progress import ProgressReporter
from .errors import ConsortiaWarning

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Attribution",
    "Coalitions",
    "Comparison",
    "Discovery",
    "Evaluation",
    "Game",
    "Power",
    "Run",
    "Sensitivity",
    "Sweep",
]


class _Result:
    """An answer of the engine."""

    def __init__(self, answer: _engine.Answer) -> None:
        self._answer = answer
        self._about: dict[str, Any] = json.loads(answer.about())
        failed = self._about.get("failed") or len(self._about.get("failures") or ())
        if failed:
            warnings.warn(f"{failed} runs failed; the rest is kept", ConsortiaWarning, stacklevel=4)

    def _table(self, name: str) -> Table:
        return self._answer.table(name)

    def __repr__(self) -> str:
        hidden = {"caution", "words", "states", "failures", "caption", "first_year", "missing"}
        said = {key: value for key, value in self._about.items() if key not in hidden}
        inner = ", ".join(f"{key}={value!r}" for key, value in said.items())
        return f"<consortia.{type(self).__name__} {inner}>"


class _Kept(_Result):
    """An answer that can be kept in a folder."""

    def save(self, folder: PathLike | None = None) -> Path:
        """Writes the folder that the command line would have written: tables, plots, page, inputs, manifest.

        ``folder`` must be new, empty, or hold the same results; without it, it is the one asked for with ``out``, or
        ``output/SCENARIO-HASH``. Returns where it is.
        """
        with ProgressReporter(False) as reporter:
            return Path(self._answer.save(None if folder is None else text("folder", folder), reporter))

    @property
    def scenario(self) -> str:
        """Id of the scenario."""
        return str(self._about["scenario"])

    @property
    def seed(self) -> int:
        """Master seed."""
        return int(self._about["seed"])

    @property
    def replications(self) -> int:
        """Replications played."""
        return int(self._about["replications"])

    @property
    def caution(self) -> str:
        """What a reader must know of the figures behind the result."""
        return str(self._about["caution"]).strip()


class _Fates(_Kept):
    @property
    def organisations(self) -> list[str]:
        """Designs, as they are called in tables."""
        return list(self._about["organisations"])

    @property
    def states(self) -> list[str]:
        """Ids of the states; tables call all of them together ``region``."""
        return list(self._about["states"])

    @property
    def failed(self) -> int:
        """Replications of a design that failed: see :attr:`failures`."""
        return int(self._about["failed"])

    @cached_property
    def summary(self) -> Table:
        """By ``organisation``, ``measure`` and ``state``: mean, standard error, standard deviation and percentiles over
        replications, in the ``unit`` of the row; ``n`` replications with a value."""
        return self._table("summary")

    @cached_property
    def replications_table(self) -> Table:
        """A row for every ``replication`` and ``organisation``; a column for every measure (``gain``) and measure of a
        state (``gain.KGZ``), in the units of :attr:`dictionary`."""
        return self._table("replications")

    @cached_property
    def years(self) -> Table:
        """Measures over the years: mean and percentiles over replications, in the ``unit`` of the row. The organisation ``none``
        is the non-cooperative reference."""
        return self._table("years")

    @cached_property
    def distributions(self) -> Table:
        """Histograms with fixed bins: ``low``, ``high`` in the ``unit`` of the row, ``count`` of replications."""
        return self._table("distributions")

    @cached_property
    def failures(self) -> Table:
        """Replications that failed, with the stage and the reason."""
        return self._table("failures")

    @cached_property
    def dictionary(self) -> Table:
        """What each measure is, its unit, whether more is better, and the section of the model that defines it."""
        return self._table("dictionary")

    @cached_property
    def river(self) -> Table:
        """How water passes the nodes of the basins, by season, in the ``unit`` of the row; no rows without a basin."""
        return self._table("river")

    def trace(self, replication: int | None = None) -> Table:
        """Every event of a replication under each design: who proposed, voted, complied, was sanctioned, with the terms of each
        decision. Without a number: the one asked for, or one of median outcome."""
        return self._answer.trace(None if replication is None else int(whole("replication", replication)))


class Run(_Fates):
    """One organisation on many replications."""

    def plot(self, measure: str = "gain", ax: Axes | None = None) -> Axes:
        """The measure by state: mean with its 95 % interval, and the range of 5–95 % of replications. Needs matplotlib."""
        from .plots import by_state

        title = f"{self.organisations[0]} in {self.scenario}: {self.replications} replications"
        return by_state(self.summary, measure, title, ax)


class Comparison(_Fates):
    """Designs on the same draws."""

    @cached_property
    def differences(self) -> Table:
        """Paired differences ``a`` less ``b`` of every pair, measure and state: mean, standard error and 95 % interval in
        the ``unit`` of the row, standardised difference ``d_z``, share of replications in which a is better."""
        return self._table("differences")

    @cached_property
    def ranking(self) -> Table:
        """The order of designs, with ties, regret, and how many more replications would tell neighbours apart."""
        return self._table("ranking")

    @cached_property
    def lambda_band(self) -> Table:
        """The order under λ = 3, 8, 20 and best replies. Not there with ``band=False``."""
        return self._band("lambda_band", "band=True")

    @cached_property
    def structure_band(self) -> Table:
        """The order under other structural choices. Only there with ``structure=True``."""
        return self._band("structure_band", "structure=True")

    def _band(self, name: str, asked: str) -> Table:
        try:
            return self._table(name)
        except KeyError:
            raise refuse(f"there is no {name}: it was not asked for", f"compare with {asked}") from None

    def plot(self, measure: str = "gain", ax: Axes | None = None) -> Axes:
        """Differences of the designs to the last one, by state, with 95 % intervals. Needs matplotlib."""
        from .plots import differences

        title = f"{self.scenario}: paired, {self.replications} replications, 95 % intervals"
        return differences(self.differences, measure, self.organisations[-1], title, ax)


class Attribution(_Kept):
    """The difference between two designs taken apart, switch by switch."""

    @cached_property
    def parts(self) -> Table:
        """What each ``switch`` does to each measure and state: Shapley value with its standard error, and the step in the
        order of the switches; in the unit of the measure. The switch ``all`` is the whole difference."""
        return self._table("parts")

    @property
    def failed(self) -> int:
        """Replications that failed."""
        return int(self._about["failed"])

    @property
    def exact(self) -> bool:
        """Whether all designs between the two were played; otherwise orders were sampled."""
        return bool(self._about["exact"])


class Coalitions(_Kept):
    """What every coalition of states could gain, and how that might be shared."""

    @cached_property
    def values(self) -> Table:
        """Worth of every ``coalition`` (members joined by ``+``) over acting alone, MUSD/yr, with its standard error."""
        return self._table("values")

    @cached_property
    def solutions(self) -> Table:
        """What each state gets under each solution, MUSD/yr, with its standard error, and how that would hold."""
        return self._table("solutions")

    @property
    def players(self) -> list[str]:
        """States that form coalitions."""
        return list(self._about["players"])

    @property
    def core_nonempty(self) -> bool:
        """Whether there is a division to which no coalition would object."""
        return bool(self._about["core_nonempty"])


class Game(_Result):
    """A cooperative game with its solutions."""

    @cached_property
    def solutions(self) -> Table:
        """What each player (``state``) gets under each solution, in the unit of the game, and how that would hold."""
        return self._table("solutions")

    @property
    def players(self) -> list[str]:
        """Players."""
        return list(self._about["players"])

    @property
    def core_nonempty(self) -> bool:
        """Whether there is a division to which no coalition would object."""
        return bool(self._about["core_nonempty"])

    @property
    def excess(self) -> float:
        """The largest excess at the nucleolus, in the unit of the game."""
        return float(self._about["excess"])

    @property
    def missing(self) -> dict[str, str]:
        """Solutions that this game does not have, with the reason."""
        return dict(self._about["missing"])


class Power(_Result):
    """Voting power of a body of weighted votes."""

    @cached_property
    def members(self) -> Table:
        """Banzhaf index (normalised), Shapley–Shubik index and Penrose's measure (chance to decide) of every member: as
        numbers and, ``…_exact``, as fractions."""
        return self._table("members")

    @property
    def power_to_act(self) -> float:
        """Share of all coalitions that win (Coleman 1971)."""
        return float(self._about["power_to_act"])

    @property
    def winning_coalitions(self) -> int:
        """Number of coalitions that win."""
        return int(self._about["winning_coalitions"])

    @property
    def quota(self) -> float:
        """Votes needed."""
        return float(self._about["quota"])


class Evaluation(_Result):
    """Designs at points that somebody gave."""

    @cached_property
    def results(self) -> Table:
        """By ``point``, ``organisation`` and measure: mean over replications with its standard error, in the ``unit`` of
        the row; ``failed`` replications."""
        return self._table("results")

    @cached_property
    def points(self) -> Table:
        """The points: a column for every parameter, in its unit."""
        return self._table("points")

    @property
    def failures(self) -> list[str]:
        """What failed, in words."""
        return list(self._about["failures"])

    def means(self, measure: str = "gain", organisation: str | None = None, minus: str | None = None) -> list[float]:
        """Means of a measure (``gain``, or ``gain.KGZ`` of a state) by point, in its unit: of the only design, of
        ``organisation``, or of it less ``minus``. NaN where something failed."""
        name, _, state = text("measure", measure).partition(".")
        table, known = self.results, list(dict.fromkeys(self.results["organisation"]))
        if organisation is None:
            if len(known) != 1:
                raise refuse("means of which organisation?", f"valid: {', '.join(known)}")
            organisation = known[0]
        by: dict[str, dict[int, float]] = {}
        columns = (table[column] for column in ("point", "organisation", "measure", "state", "mean", "failed"))
        for point, design, own, place, mean, failed in zip(*columns):
            if own == name and place == (state or "region"):
                by.setdefault(design, {})[point] = float("nan") if mean is None or failed else mean
        if not by:
            own = dict.fromkeys(zip(table["measure"], table["state"]))
            kept = ", ".join(one if place == "region" else f"{one}.{place}" for one, place in own)
            raise refuse(f"there is no measure `{measure}` among those kept", f"valid: {kept}")
        for wanted in (organisation, minus):
            if wanted is not None and wanted not in by:
                raise refuse(f"there is no design `{wanted}`", f"valid: {', '.join(known)}")
        found = by[organisation]
        less = by[minus] if minus is not None else dict.fromkeys(found, 0.0)
        return [found[point] - less[point] for point in sorted(found)]


class Sensitivity(_Result):
    """What decides a result."""

    @cached_property
    def indices(self) -> Table:
        """Sobol' indices (``first``, ``total``; shares of variance) or Morris's (``mu``, ``mu_star``, ``sigma``; in the
        unit of the measure) of every parameter for every ``result``, with half-widths ``ci`` of 95 % intervals."""
        return self._table("indices")

    @property
    def measure(self) -> str:
        """The measure that is explained."""
        return str(self._about["measure"])

    @property
    def unit(self) -> str:
        """Its unit."""
        return str(self._about["unit"])

    @property
    def method(self) -> str:
        """``sobol`` or ``morris``."""
        return str(self._about["method"])

    @property
    def folder(self) -> Path | None:
        """Where tables, plots and page are."""
        return Path(self._about["folder"]) if self._about["folder"] else None


class Discovery(_Result):
    """Boxes in the space of parameters that hold most cases of interest."""

    @cached_property
    def boxes(self) -> Table:
        """The restrictions of each box: ``low`` to ``high`` in the ``unit`` of the parameter, with quasi-p-values, and
        coverage, density and mass of the box as shares."""
        return self._table("boxes")

    @cached_property
    def trajectories(self) -> Table:
        """Every step of peeling and pasting."""
        return self._table("trajectories")

    @property
    def cases(self) -> int:
        """Cases that were searched."""
        return int(self._about["cases"])

    @property
    def hits(self) -> int:
        """Those of them that are of interest."""
        return int(self._about["hits"])

    @property
    def words(self) -> list[str]:
        """Every box in a sentence."""
        return list(self._about["words"])

    @property
    def interest(self) -> str:
        """What makes a case one of interest."""
        return str(self._about["interest"])

    @property
    def folder(self) -> Path | None:
        """Where tables, plots and page are."""
        return Path(self._about["folder"]) if self._about["folder"] else None


class Sweep(_Result):
    """A finished sweep: designs at many points, in a folder.

    ``Sweep(folder)`` opens one that was made before, by whatever machine.
    """

    def __init__(self, folder: PathLike | _engine.Answer) -> None:
        if not isinstance(folder, _engine.Answer):
            folder = _engine.ask("open", [text("folder", folder)])
        super().__init__(folder)
        self._place: object = None

    @property
    def name(self) -> str:
        """Id of the sweep."""
        return str(self._about["name"])

    @property
    def title(self) -> str:
        """What it asks, in one line."""
        return str(self._about["title"])

    @property
    def scenario(self) -> str:
        """Id of the scenario."""
        return str(self._about["scenario"])

    @property
    def replications(self) -> int:
        """Replications of every design at every point, or the most of them."""
        return int(self._about["replications"])

    @property
    def folder(self) -> Path:
        """Where it is; ``report.html`` in it is the page for readers."""
        return Path(self._about["folder"])

    @property
    def organisations(self) -> list[str]:
        """Designs, as they are called in tables."""
        return list(self._about["organisations"])

    @property
    def measures(self) -> list[str]:
        """Measures kept: ``gain``, ``gain.KGZ``."""
        return list(self._about["measures"])

    @property
    def seed(self) -> int:
        """Master seed."""
        return int(self._about["seed"])

    @property
    def caution(self) -> str:
        """What a reader must know of the figures behind the result."""
        return str(self._about["caution"]).strip()

    @property
    def runs(self) -> int:
        """Replications of designs at points that were played."""
        return int(self._about["runs"])

    @property
    def failed(self) -> int:
        """Those of them that failed: see ``failures.csv`` in the folder."""
        return int(self._about["failed"])

    @cached_property
    def points(self) -> Table:
        """The points: a column for every parameter, in its unit (see :attr:`parameters`)."""
        return self._table("points")

    @cached_property
    def parameters(self) -> Table:
        """What varies: title, unit, law, range, and the source of the range."""
        return self._table("parameters")

    @cached_property
    def results(self) -> Table:
        """By ``point``, ``organisation`` and measure: mean over replications with its standard error, in the ``unit`` of
        the row."""
        return self._table("results")

    @cached_property
    def summary(self) -> Table:
        """Statistics over points of the means at points, in the ``unit`` of the row."""
        return self._table("summary")

    @cached_property
    def robustness(self) -> Table:
        """Criteria of robust choice for every measure and design: worst point, Hurwicz, regret, share of best and of
        satisfactory points."""
        return self._table("robustness")

    @property
    def shards(self) -> list[str]:
        """Paths of the shards, which hold every run: for ``polars.scan_parquet`` or DuckDB's ``read_parquet``."""
        folder = self.folder / "shards"
        names = sorted(os.listdir(folder))
        return [str(folder / name) for name in names if name[:1].isdigit() and "failures" not in name]

    def sensitivity(
        self,
        measure: str | None = None,
        organisation: str | None = None,
        minus: str | None = None,
        *,
        replication_factor: bool = False,
        failed: str = "leave-out",
        resamples: int = 1000,
        seed: int = 1,
        out: PathLike | None = None,
    ) -> Sensitivity:
        """What decides a measure: of all designs, of ``organisation``, or of its difference to ``minus``. With ``replication_factor``
        the replication is a factor of its own. Rows with a point that ``failed`` are left out; ``"refuse"`` analyses nothing then.
        The sweep needs a Saltelli or a Morris design. Tables, plots and a page go into the sweep's folder, where an
        earlier analysis of the same result gives way, or to ``out``."""
        options = _asked(measure, organisation, minus, out)
        options += [f"--resamples={whole('resamples', resamples)}", f"--seed={whole('seed', seed)}"]
        options += ["--replications=factor"] if truth("replication_factor", replication_factor) else []
        options.append(f"--failed={text('failed', failed)}")
        return Sensitivity(_engine.ask("sensitivity", [*options, "--", str(self.folder)]))

    def discover(
        self,
        measure: str | None = None,
        *,
        above: float | None = None,
        below: float | None = None,
        organisation: str | None = None,
        minus: str | None = None,
        density: float = 0.8,
        boxes: int = 3,
        peel: float = 0.05,
        paste: float = 0.05,
        mass: float = 0.05,
        level: float = 0.05,
        out: PathLike | None = None,
    ) -> Discovery:
        """Where a measure is ``above`` or ``below`` a threshold (in its unit): boxes by PRIM (all other arguments are shares,
        ``level`` is a quasi-p-value). Tables, plots and a page go into the sweep's folder, or to ``out``."""
        options = _asked(measure, organisation, minus, out)
        options += discovery_options(above, below, density, boxes, peel, paste, mass, level)
        return Discovery(_engine.ask("discover", [*options, "--", str(self.folder)]))


def discovery_options(
    above: float | None,
    below: float | None,
    density: float,
    boxes: int,
    peel: float,
    paste: float,
    mass: float,
    level: float,
) -> list[str]:
    """The options of PRIM."""
    given = {"above": above, "below": below, "density": density, "peel": peel, "paste": paste, "mass": mass, "level": level}
    options = [f"--{name}={number(name, x)}" for name, x in given.items() if x is not None]
    return [*options, f"--boxes={whole('boxes', boxes)}"]


def parameter_options(parameters: object) -> list[str]:
    """The parameters of a table."""
    return [] if parameters is None else [f"--parameters={','.join(texts('parameters', parameters))}"]


def _asked(measure: object, organisation: object, minus: object, out: object) -> list[str]:
    given = [("measure", measure), ("organisation", organisation), ("minus", minus), ("out", out)]
    return [f"--{name}={text(name, value)}" for name, value in given if value is not None]
