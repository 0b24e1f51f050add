"""Connector to SALib: the problem of a sweep, and results at a sample.

SALib samples the unit cube. The laws of the parameters transform the sample to values.

>>> import consortia
>>> from consortia import salib
>>> experiment = consortia.Experiment("uncertain-central-asia", replications=16)
>>> salib.problem(experiment)["num_vars"] == len(experiment.parameters)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .experiments import Experiment

__all__ = ["evaluate", "problem"]


def problem(experiment: Experiment, groups: bool = False) -> dict[str, Any]:
    """Returns the problem dictionary of SALib; all bounds are [0, 1].

    The names are those of the parameters, in their order. ``groups`` adds the groups of the sweep.
    """
    parameters = experiment.parameters
    found: dict[str, Any] = {
        "num_vars": len(parameters),
        "names": [parameter.name for parameter in parameters],
        "bounds": [[0.0, 1.0] for _ in parameters],
    }
    if groups:
        found["groups"] = [parameter.group for parameter in parameters]
    return found


def evaluate(
    experiment: Experiment,
    sample: Sequence[Sequence[float]],
    measure: str = "gain",
    organisation: str | None = None,
    minus: str | None = None,
    progress: bool | None = None,
) -> Any:
    """Returns the means of a measure at a sample, as a NumPy array of shape (points,).

    ``sample`` has the shape (points, parameters), in the unit cube. The means are those of
    ``organisation``, or of ``organisation`` less ``minus``, over replications and in the unit of
    the measure; NaN where a replication failed. Errors are those of
    :meth:`consortia.Experiment.quantiles` and :meth:`consortia.Evaluation.means`.
    """
    import numpy

    evaluation = experiment.evaluate(experiment.quantiles(sample), progress)
    return numpy.asarray(evaluation.means(measure, organisation, minus))
