"""EMA Workbench: a sweep's scenario as an exploratory model.

Uncertainties are the parameters of the sweep with their laws, the lever ``organisation`` is its designs, outcomes are the
measures that it keeps: means over replications, in their units.

>>> import consortia
>>> from consortia import ema
>>> model = ema.model(consortia.Experiment("binding-or-not", replications=16))
>>> [lever.name for lever in model.levers]
['organisation']
"""

from __future__ import annotations

from typing import Any

from .experiments import Experiment

__all__ = ["model", "outcome_name"]

_MOST_KEPT = 100_000


def outcome_name(column: str) -> str:
    """A measure as the name of an outcome: ``gain.KGZ`` is ``gain_KGZ``."""
    return column.replace(".", "_")


class _Function:
    """What the workbench calls, one experiment at a time. All designs meet the same draws, so all are played when the
    first of them is asked for at a point; the others are remembered."""

    __name__ = "consortia"

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._known: dict[tuple[object, ...], dict[str, dict[str, float]]] = {}

    def __call__(self, organisation: str, **values: object) -> dict[str, float]:
        names = [parameter.name for parameter in self._experiment.parameters]
        point = tuple(values[name] for name in names)
        if point not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            evaluation = self._experiment.evaluate([point], progress=False)
            self._known[point] = {
                design: {
                    outcome_name(measure.column): evaluation.means(measure.column, design)[0]
                    for measure in self._experiment.measures
                }
                for design in self._experiment.organisations
            }
        return self._known[point][organisation]


def _uncertainty(name: str, law: dict[str, Any]) -> Any:
    from ema_workbench import CategoricalParameter, RealParameter
    from scipy import stats

    kind = law["law"]
    if kind == "uniform":
        return RealParameter(name, law["min"], law["max"])
    if kind == "log_uniform":
        return RealParameter.from_dist(name, stats.loguniform(law["min"], law["max"]))
    if kind == "triangular":
        width = law["max"] - law["min"]
        shape = (law["mode"] - law["min"]) / width
        return RealParameter.from_dist(name, stats.triang(shape, loc=law["min"], scale=width))
    if kind == "truncated_normal":
        mean, sd = law["mean"], law["sd"]
        ends = ((law["min"] - mean) / sd, (law["max"] - mean) / sd)
        return RealParameter.from_dist(name, stats.truncnorm(*ends, loc=mean, scale=sd))
    return CategoricalParameter(name, law["values"])


def model(experiment: Experiment | str, name: str | None = None) -> Any:
    """The model: ``uncertainties``, ``levers`` and ``outcomes`` of a sweep, or of the sweep of this name.

    Every call uses the threads of the experiment, so the workbench's ``SequentialEvaluator`` uses the machine well. A
    replication that fails leaves NaN.
    """
    from ema_workbench import CategoricalParameter, Model, ScalarOutcome

    experiment = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
    made = Model(name or "".join(filter(str.isalnum, experiment.name)), function=_Function(experiment))
    made.uncertainties = [_uncertainty(parameter.name, parameter.law) for parameter in experiment.parameters]
    made.levers = [CategoricalParameter("organisation", experiment.organisations)]
    made.outcomes = [ScalarOutcome(outcome_name(measure.column)) for measure in experiment.measures]
    return made
