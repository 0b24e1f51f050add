"""Results of the verbs: objects with tables that any Arrow library reads.

Tables are in long form and are made when an attribute is first read. This module computes nothing.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from . import _engine
from ._base import Kept, Result
from ._engine import Table
from ._options import PathLike, number, refuse, text, texts, truth, whole

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


class _Replications(Kept):
    """Result with tables over replications."""

    @property
    def organisations(self) -> list[str]:
        """Names of the designs in tables."""
        return list(self._about["organisations"])

    @property
    def states(self) -> list[str]:
        """Ids of the states. In tables, ``region`` stands for all of them."""
        return list(self._about["states"])

    @property
    def failed(self) -> int:
        """Number of failed runs (a replication of one design); see :attr:`failures`."""
        return int(self._about["failed"])

    @cached_property
    def summary(self) -> Table:
        """Statistics by ``organisation``, ``measure`` and ``state``, in the ``unit`` of the row.

        Mean, standard error, standard deviation and percentiles over ``n`` replications."""
        return self._table("summary")

    @cached_property
    def replications_table(self) -> Table:
        """Measures by ``replication`` and ``organisation``, one row for each pair.

        Columns are measures: ``gain``, or ``gain.KGZ`` for a state; units: :attr:`dictionary`."""
        return self._table("replications")

    @cached_property
    def years(self) -> Table:
        """Mean and percentiles by year, in the ``unit``; organisation ``none`` is the reference."""
        return self._table("years")

    @cached_property
    def distributions(self) -> Table:
        """Histograms: bins from ``low`` to ``high`` in the ``unit``, ``count`` of replications."""
        return self._table("distributions")

    @cached_property
    def losses(self) -> Table:
        """Where the gains of full cooperation are lost: by ``year``, ``state`` and ``cause``."""
        return self._table("losses")

    @cached_property
    def failures(self) -> Table:
        """Failed replications by ``organisation``, with the stage and the reason."""
        return self._table("failures")

    @cached_property
    def dictionary(self) -> Table:
        """Definition, unit, preferred direction and section of the ODD of each measure."""
        return self._table("dictionary")

    @cached_property
    def river(self) -> Table:
        """Node flows of the basins by season, in the ``unit`` of the row; empty without a basin."""
        return self._table("river")

    def trace(self, replication: int | None = None) -> Table:
        """Returns the events of a replication under each design, with the terms of each decision.

        Default: the ``trace`` of the verb, or a replication of median outcome. Raises
        :class:`~consortia.InputError` if there is no replication of this number."""
        return self._answer.trace(
            None if replication is None else int(whole("replication", replication))
        )


class Run(_Replications):
    """Replications of one organisation."""

    def plot(self, measure: str = "gain", ax: Axes | None = None) -> Axes:
        """Plots a measure by state: see :func:`consortia.plots.by_state`. Needs matplotlib."""
        from .plots import by_state

        title = f"{self.organisations[0]} in {self.scenario}: {self.replications} replications"
        return by_state(self.summary, measure, title, ax)


class Comparison(_Replications):
    """Comparison of designs with common draws."""

    @cached_property
    def differences(self) -> Table:
        """Paired differences ``a`` less ``b`` by pair, measure and state, in the ``unit``.

        Mean, standard error, 95 % interval, standardised difference ``d_z``, and ``p_a_better``,
        the share of replications in which a is better (ties count half)."""
        return self._table("differences")

    @cached_property
    def ranking(self) -> Table:
        """Ranking of designs: ties, regret, and replications needed to separate neighbours."""
        return self._table("ranking")

    @cached_property
    def lambda_band(self) -> Table:
        """Ranking under λ = 3, 8, 20 and best replies. ``InputError`` after ``band=False``."""
        return self._band("lambda_band", "band=True")

    @cached_property
    def structure_band(self) -> Table:
        """Ranking under other structural choices or responses; ``InputError`` if not requested."""
        return self._band("structure_band", "structure=True")

    def _band(self, name: str, asked: str) -> Table:
        try:
            return self._table(name)
        except KeyError:
            raise refuse(
                f"there is no {name}: it was not requested", f"compare with {asked}"
            ) from None

    def plot(self, measure: str = "gain", ax: Axes | None = None) -> Axes:
        """Plots differences to the last design: see :func:`consortia.plots.differences`."""
        from .plots import differences

        title = f"{self.scenario}: paired, {self.replications} replications, 95 % intervals"
        return differences(self.differences, measure, self.organisations[-1], title, ax)


class Attribution(Kept):
    """Decomposition of the difference between two designs by switch (ODD §11)."""

    @cached_property
    def parts(self) -> Table:
        """Effect of each ``switch`` on each measure and state, in the unit of the measure.

        Shapley value with its standard error, and the effect stepwise in the order of the switches.
        The switch ``all`` is the whole difference."""
        return self._table("parts")

    @property
    def failed(self) -> int:
        """Number of failed replications."""
        return int(self._about["failed"])

    @property
    def exact(self) -> bool:
        """Whether all designs between the two were simulated; if not, orders were sampled."""
        return bool(self._about["exact"])


class Coalitions(Kept):
    """Values of all coalitions of states, and solutions of the cooperative game."""

    @cached_property
    def values(self) -> Table:
        """Value of every ``coalition`` (members joined by ``+``) with standard error, MUSD/yr."""
        return self._table("values")

    @cached_property
    def solutions(self) -> Table:
        """Payoff of each state under each solution with standard error, MUSD/yr, and stability."""
        return self._table("solutions")

    @property
    def players(self) -> list[str]:
        """Ids of the states that form coalitions."""
        return list(self._about["players"])

    @property
    def core_nonempty(self) -> bool:
        """Whether the core has a division."""
        return bool(self._about["core_nonempty"])


class Game(Result):
    """Solutions of a cooperative game."""

    @cached_property
    def solutions(self) -> Table:
        """Payoff of each player (``state``) under each solution, in the game's unit; stability."""
        return self._table("solutions")

    @property
    def players(self) -> list[str]:
        """Names of the players."""
        return list(self._about["players"])

    @property
    def core_nonempty(self) -> bool:
        """Whether the core has a division."""
        return bool(self._about["core_nonempty"])

    @property
    def excess(self) -> float:
        """Largest excess at the nucleolus, in the unit of the game."""
        return float(self._about["excess"])

    @property
    def missing(self) -> dict[str, str]:
        """Solutions that are not defined for this game, with the reason."""
        return dict(self._about["missing"])


class Power(Result):
    """Voting power of the members of a body with weighted votes."""

    @cached_property
    def members(self) -> Table:
        """Normalised Banzhaf index, Shapley–Shubik index and Penrose's measure of every member.

        Shares from 0 to 1; columns ``…_exact`` hold them as fractions."""
        return self._table("members")

    @property
    def power_to_act(self) -> float:
        """Share of all coalitions that are winning (Coleman 1971)."""
        return float(self._about["power_to_act"])

    @property
    def winning_coalitions(self) -> int:
        """Number of winning coalitions."""
        return int(self._about["winning_coalitions"])

    @property
    def quota(self) -> float:
        """Number of votes needed."""
        return float(self._about["quota"])


class Evaluation(Result):
    """Results of designs at given points."""

    @cached_property
    def results(self) -> Table:
        """Means and standard errors by ``point``, ``organisation`` and measure, in the ``unit``."""
        return self._table("results")

    @cached_property
    def points(self) -> Table:
        """Points, with a column for every parameter in its unit."""
        return self._table("points")

    @property
    def failures(self) -> list[str]:
        """Descriptions of the failures."""
        return list(self._about["failures"])

    def means(
        self, measure: str = "gain", organisation: str | None = None, minus: str | None = None
    ) -> list[float]:
        """Returns the means of a measure by point, in its unit; NaN where a replication failed.

        ``measure`` is ``gain``, or ``gain.KGZ`` for a state. The means are those of
        ``organisation`` (may be left out if there is one design), or of it less ``minus``. Raises
        :class:`~consortia.InputError` for unknown measures and designs."""
        name, _, state = text("measure", measure).partition(".")
        table, known = self.results, list(dict.fromkeys(self.results["organisation"]))
        if organisation is None:
            if len(known) != 1:
                raise refuse("the organisation is not given", f"valid: {', '.join(known)}")
            organisation = known[0]
        by: dict[str, dict[int, float]] = {}
        columns = (
            table[column]
            for column in ("point", "organisation", "measure", "state", "mean", "failed")
        )
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


class Sensitivity(Result):
    """Sensitivity indices of a measure."""

    @cached_property
    def indices(self) -> Table:
        """Indices by ``parameter`` and ``result``, with half-widths ``ci`` of 95 % intervals.

        Sobol' ``first`` and ``total`` are shares of variance; Morris ``mu``, ``mu_star`` and
        ``sigma`` are in the unit of the measure."""
        return self._table("indices")

    @property
    def measure(self) -> str:
        """Measure whose variation is analysed."""
        return str(self._about["measure"])

    @property
    def unit(self) -> str:
        """Unit of the measure."""
        return str(self._about["unit"])

    @property
    def method(self) -> str:
        """Method: ``sobol`` or ``morris``."""
        return str(self._about["method"])

    @property
    def folder(self) -> Path | None:
        """Folder with tables, plots and page; ``None`` if nothing was written."""
        return Path(self._about["folder"]) if self._about["folder"] else None


class Discovery(Result):
    """Boxes in the space of parameters that hold most cases of interest (PRIM)."""

    @cached_property
    def boxes(self) -> Table:
        """Restrictions of each box: ``low`` to ``high`` in the ``unit`` of the parameter.

        With quasi-p-values, and coverage, density and mass of the box as shares."""
        return self._table("boxes")

    @cached_property
    def trajectories(self) -> Table:
        """Steps of peeling and pasting."""
        return self._table("trajectories")

    @property
    def cases(self) -> int:
        """Number of cases that were searched."""
        return int(self._about["cases"])

    @property
    def hits(self) -> int:
        """Number of cases of interest."""
        return int(self._about["hits"])

    @property
    def words(self) -> list[str]:
        """Description of every box, one sentence each."""
        return list(self._about["words"])

    @property
    def interest(self) -> str:
        """Condition that makes a case one of interest."""
        return str(self._about["interest"])

    @property
    def folder(self) -> Path | None:
        """Folder with tables, plots and page; ``None`` if nothing was written."""
        return Path(self._about["folder"]) if self._about["folder"] else None


class Sweep(Result):
    """Finished sweep of designs at many points; ``Sweep(folder)`` opens an existing folder."""

    def __init__(self, folder: PathLike | _engine.Answer) -> None:
        if not isinstance(folder, _engine.Answer):
            folder = _engine.call_verb("open", [text("folder", folder)])
        super().__init__(folder)
        self._place: object = None

    @property
    def name(self) -> str:
        """Id of the sweep."""
        return str(self._about["name"])

    @property
    def title(self) -> str:
        """Title of the sweep, in one line."""
        return str(self._about["title"])

    @property
    def scenario(self) -> str:
        """Id of the scenario."""
        return str(self._about["scenario"])

    @property
    def replications(self) -> int:
        """Replications of every design at every point (the most, with stopping by precision)."""
        return int(self._about["replications"])

    @property
    def folder(self) -> Path:
        """Path of the folder; its ``report.html`` is the page for readers."""
        return Path(self._about["folder"])

    @property
    def organisations(self) -> list[str]:
        """Names of the designs in tables."""
        return list(self._about["organisations"])

    @property
    def measures(self) -> list[str]:
        """Measures of every run, such as ``gain`` and ``gain.KGZ``."""
        return list(self._about["measures"])

    @property
    def seed(self) -> int:
        """Seed of all draws."""
        return int(self._about["seed"])

    @property
    def caution(self) -> str:
        """Limits of the input figures, to be stated with every result."""
        return str(self._about["caution"]).strip()

    @property
    def runs(self) -> int:
        """Number of runs: points times designs times replications that were simulated."""
        return int(self._about["runs"])

    @property
    def failed(self) -> int:
        """Number of failed runs; ``failures.csv`` in the folder lists them."""
        return int(self._about["failed"])

    @cached_property
    def points(self) -> Table:
        """Points, with a column for every parameter in its unit (see :attr:`parameters`)."""
        return self._table("points")

    @cached_property
    def parameters(self) -> Table:
        """Uncertain parameters: title, unit, law, values, group, and their source."""
        return self._table("parameters")

    @cached_property
    def results(self) -> Table:
        """Means and standard errors by ``point``, ``organisation`` and measure, in the ``unit``."""
        return self._table("results")

    @cached_property
    def summary(self) -> Table:
        """Statistics over points of the means at points, in the ``unit`` of the row."""
        return self._table("summary")

    @cached_property
    def robustness(self) -> Table:
        """Criteria of robust choice: worst point, Hurwicz, regret, shares of best and satisfactory
        points."""
        return self._table("robustness")

    @property
    def shards(self) -> list[str]:
        """Paths of the shards, with all runs, for ``polars.scan_parquet`` or ``read_parquet``."""
        folder = self.folder / "shards"
        names = sorted(os.listdir(folder))
        return [
            str(folder / name) for name in names if name[:1].isdigit() and "failures" not in name
        ]

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
        """Computes indices of a measure for all designs, ``organisation``, or it less ``minus``.

        ``replication_factor`` treats the replication as a factor. Base rows with a ``failed`` point
        are left out, or with ``"refuse"`` raise an exception. ``resamples`` and ``seed`` are those
        of the bootstrap. The sweep needs a Saltelli or Morris design. Tables, plots and page go to
        ``out`` or the folder of the sweep, where they replace those of the same result."""
        options = _asked(measure, organisation, minus, out)
        options += [f"--resamples={whole('resamples', resamples)}", f"--seed={whole('seed', seed)}"]
        options += (
            ["--replications=factor"] if truth("replication_factor", replication_factor) else []
        )
        options.append(f"--failed={text('failed', failed)}")
        return Sensitivity(_engine.call_verb("sensitivity", [*options, "--", str(self.folder)]))

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
        """Finds boxes (PRIM) where a measure is ``above`` or ``below`` a threshold, in its unit.

        The other arguments are those of :func:`consortia.discover`. Tables, plots and page go to
        ``out`` or the folder of the sweep."""
        options = _asked(measure, organisation, minus, out)
        options += discovery_options(above, below, density, boxes, peel, paste, mass, level)
        return Discovery(_engine.call_verb("discover", [*options, "--", str(self.folder)]))


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
    """Returns the options of PRIM."""
    given = {
        "above": above,
        "below": below,
        "density": density,
        "peel": peel,
        "paste": paste,
        "mass": mass,
        "level": level,
    }
    options = [f"--{name}={number(name, x)}" for name, x in given.items() if x is not None]
    return [*options, f"--boxes={whole('boxes', boxes)}"]


def parameter_options(parameters: object) -> list[str]:
    """Returns the option that names the parameters of a table."""
    return (
        [] if parameters is None else [f"--parameters={','.join(texts('parameters', parameters))}"]
    )


def _asked(measure: object, organisation: object, minus: object, out: object) -> list[str]:
    given = [("measure", measure), ("organisation", organisation), ("minus", minus), ("out", out)]
    return [f"--{name}={text(name, value)}" for name, value in given if value is not None]
