"""SALib: samples of a sweep's parameters, and the model's answers to them.

SALib samples the unit cube; the laws of the parameters turn that into values, the same as everywhere in this package.

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
    """The problem as SALib describes it: names, and the unit interval for each. With ``groups``, those of the sweep."""
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
    """The means of a measure, in its unit, at the rows of a sample: of ``organisation``, or of it less ``minus``. A NumPy
    array, as SALib's analyses want it."""
    import numpy

    evaluation = experiment.evaluate(experiment.quantiles(sample), progress)
    return numpy.asarray(evaluation.means(measure, organisation, minus))
