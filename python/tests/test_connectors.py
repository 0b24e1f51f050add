"""Tests of the connectors to EMA Workbench and SALib."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import consortia
import numpy
import pytest
from consortia import ema, salib


def test_a_sweep_is_an_exploratory_model(small_sweep: Path) -> None:
    from ema_workbench import SequentialEvaluator

    experiment = consortia.Experiment(small_sweep, replications=8)
    model = ema.model(experiment)
    assert sorted(u.name for u in model.uncertainties) == [
        "agenda",
        "patience",
        "precision",
        "trust",
    ]
    assert {o.name for o in model.outcomes} == {"gain", "gain_KGZ", "depth_delivered"}
    with SequentialEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=6, policies=2)
    assert len(experiments) == 12 and set(experiments["organisation"].astype(str)) <= set(
        experiment.organisations
    )
    columns = {
        p.name: [value if isinstance(value, str) else float(value) for value in experiments[p.name]]
        for p in experiment.parameters
    }
    direct = experiment.evaluate(columns)
    for at, organisation in enumerate(experiments["organisation"].astype(str)):
        for measure in experiment.measures:
            expected = direct.means(measure.column, organisation)[at]
            assert outcomes[ema.outcome_name(measure.column)][at] == expected


def test_uncertainties_have_the_laws_of_the_parameters(small_sweep: Path) -> None:
    experiment = consortia.Experiment(small_sweep)
    model = ema.model(experiment)
    grid = [[(at + 0.5) / 40] * 4 for at in range(40)]
    ours = experiment.quantiles(grid)
    for uncertainty in model.uncertainties:
        own = ours[uncertainty.name]
        if uncertainty.name == "agenda":
            assert {category.value for category in uncertainty.categories} == set(own)
        else:
            theirs = uncertainty.dist.ppf([row[0] for row in grid])
            # Consortia inverts the normal law to 1e-9, SciPy to 1e-16.
            assert [float(x) for x in own] == pytest.approx(list(theirs), rel=1e-6), (
                uncertainty.name
            )


def test_salib_samples_are_taken_and_its_indices_are_ours(tmp_path: Path) -> None:
    from SALib.analyze import morris as morris_of
    from SALib.analyze import sobol as sobol_of
    from SALib.sample import morris, sobol

    path = tmp_path / "sweep.toml"
    path.write_text(
        """
[sweep]
name = "indices"
title = "Indices"
scenario = "central-asia"
organisations = ["caco-2002", "ucas-2007"]
replications = 8
[sampling.sobol]
points = 8
[parameters.precision]
set = ["states.*.lambda_vote", "states.*.lambda_comply"]
law.log_uniform = { min = 3, max = 40 }
[parameters.patience]
set = ["states.*.discount_factor"]
law.uniform = { min = 0.8, max = 0.97 }
[parameters.trust]
set = ["states.*.trust_prior_mean"]
law.uniform = { min = 0.3, max = 0.9 }
"""
    )
    experiment = consortia.Experiment(path)
    problem = salib.problem(experiment)
    assert problem["names"] == ["precision", "patience", "trust"] and problem["num_vars"] == 3
    sample = sobol.sample(problem, 64, calc_second_order=False, seed=5)
    values: Any = salib.evaluate(experiment, sample, "gain", "caco-2002")
    assert values.shape == (64 * 5,) and numpy.isfinite(values).all()
    theirs = sobol_of.analyze(problem, values, calc_second_order=False, seed=1)
    assert theirs["ST"].argmax() == 0, "the precision of choices decides most"
    # The analysis of this package must give the same indices for the same table.
    table = tmp_path / "table.csv"
    rows = [
        "precision,patience,trust,y",
        *(",".join(map(repr, [*map(float, row), float(y)])) for row, y in zip(sample, values)),
    ]
    table.write_text("\n".join(rows) + "\n")
    ours = consortia.sensitivity(table, "y", "saltelli", resamples=100)
    total = [
        v for v, index in zip(ours.indices["value"], ours.indices["index"]) if index == "total"
    ]
    assert total == pytest.approx(list(theirs["ST"]), abs=1e-9)
    trajectories = morris.sample(problem, 8, num_levels=4, seed=5)
    difference = salib.evaluate(experiment, trajectories, "gain", "ucas-2007", minus="caco-2002")
    effects = morris_of.analyze(problem, trajectories, difference, num_levels=4, seed=1)
    assert all(map(math.isfinite, effects["mu_star"])) and max(effects["mu_star"]) > 0
    assert "groups" in salib.problem(experiment, groups=True)
