"""Connector to the EMA Workbench: a sweep as an exploratory model.

The uncertainties are the parameters of the sweep with their laws. The lever ``organisation`` has
its designs as categories. The outcomes are its measures: means over replications, in their units.

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
    """Returns the name of the outcome of a measure: ``gain.KGZ`` becomes ``gain_KGZ``."""
    return column.replace(".", "_")


class _Function:
    """Function that the workbench calls for one experiment at a time.

    The first call at a point simulates all designs and caches their results.
    """

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
    """Returns an ``ema_workbench.Model`` of an experiment, or of the sweep with this name.

    ``name`` is the name of the model (default: letters and digits of the id of the sweep). Every
    call uses the threads of the experiment, so use the workbench's ``SequentialEvaluator``. Values
    are in the units of the parameters and measures; an outcome is NaN if a replication fails.
    """
    from ema_workbench import CategoricalParameter, Model, ScalarOutcome

    experiment = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
    made = Model(
        name or "".join(filter(str.isalnum, experiment.name)), function=_Function(experiment)
    )
    made.uncertainties = [
        _uncertainty(parameter.name, parameter.law) for parameter in experiment.parameters
    ]
    made.levers = [CategoricalParameter("organisation", experiment.organisations)]
    made.outcomes = [ScalarOutcome(outcome_name(measure.column)) for measure in experiment.measures]
    return made
