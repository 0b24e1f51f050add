"""Tests that package and command line write the same bytes, and that tables equal the files."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import consortia
import pytest
from conftest import command, refused, same_files

FEW = ["--replications", "48", "--quiet"]


def run(out: Path) -> tuple[Any, list[str]]:
    found = consortia.run("central-asia", "ucas-2007", replications=48, trace=3, out=out)
    return found, ["run", "central-asia", "--org", "ucas-2007", "--trace", "3", *FEW]


def compare(out: Path) -> tuple[Any, list[str]]:
    designs: list[consortia.scenarios.OrganisationLike] = [
        "caco-2002",
        consortia.Organisation("ucas-2007", {"legal_force": "binding"}),
    ]
    found = consortia.compare(
        "central-asia", designs, replications=48, seed=7, structure=True, out=out
    )
    orgs = "caco-2002,ucas-2007@legal_force=binding"
    return found, ["compare", "central-asia", "--org", orgs, "--seed", "7", "--structure", *FEW]


def attribute(out: Path) -> tuple[Any, list[str]]:
    found = consortia.attribute(
        "central-asia", "caco-2002", "caec-1994", replications=16, by="depth_delivered", out=out
    )
    options = [
        "--from",
        "caco-2002",
        "--to",
        "caec-1994",
        "--by",
        "depth_delivered",
        "--replications",
        "16",
        "--quiet",
    ]
    return found, ["attribute", "central-asia", *options]


def coalitions(out: Path) -> tuple[Any, list[str]]:
    found = consortia.coalitions(
        "central-asia", replications=48, set={"scenario.horizon": 12}, out=out
    )
    return found, ["coalitions", "central-asia", "--set", "scenario.horizon=12", *FEW]


@pytest.mark.parametrize("verb", [run, compare, attribute, coalitions])
def test_a_saved_folder_is_that_of_the_command_line_byte_for_byte(
    verb: Any, tmp_path: Path
) -> None:
    found, options = verb(tmp_path / "python")
    assert not (tmp_path / "python").exists(), "nothing is written before it is saved"
    assert found.save() == tmp_path / "python"
    command(*options, "--out", tmp_path / "command")
    names = same_files(tmp_path / "python", tmp_path / "command")
    assert "inputs/scenario.toml" in names and any(name.startswith("plots/") for name in names)
    assert (tmp_path / "python" / "report.html").is_file()


def as_read(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def written(value: object) -> str:
    """Returns a value as it is written in files."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def test_tables_hold_what_the_files_hold(tmp_path: Path) -> None:
    found = consortia.compare("central-asia", ["caco-2002", "none"], replications=32)
    folder = found.save(tmp_path / "folder")
    tables = {
        "summary": found.summary,
        "years": found.years,
        "replications": found.replications_table,
        "distributions": found.distributions,
        "losses": found.losses,
        "differences": found.differences,
        "ranking": found.ranking,
        "lambda_band": found.lambda_band,
        "dictionary": found.dictionary,
        "trace": found.trace(),
        "river": found.river,
    }
    for name, table in tables.items():
        rows = as_read(folder / f"{name}.csv")
        assert len(table) == len(rows) > 0, name
        assert table.column_names == list(rows[0]), name
        for column in table.column_names:
            expected = [row[column] for row in rows]
            values = table[column]
            if any(isinstance(value, float) for value in values):
                assert [None if x == "" else float(x) for x in expected] == values, (name, column)
            else:
                assert expected == [written(value) for value in values], (name, column)


def test_threads_change_nothing() -> None:
    one, two = (
        consortia.run("central-asia", replications=300, threads=threads) for threads in (1, 2)
    )
    assert one.replications_table["gain"] == two.replications_table["gain"]
    other = consortia.run("central-asia", replications=300, seed=one.seed + 1)
    assert other.replications_table["gain"] != one.replications_table["gain"]


def test_a_folder_of_the_same_results_is_replaced_and_a_foreign_one_refused(tmp_path: Path) -> None:
    found = consortia.run("central-asia", replications=16)
    found.save(tmp_path / "a")
    before = (tmp_path / "a" / "summary.csv").read_bytes()
    found.save(tmp_path / "a")
    assert (tmp_path / "a" / "summary.csv").read_bytes() == before
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("mine")
    with refused("holds other files"):
        found.save(tmp_path / "b")
    assert [file.name for file in (tmp_path / "b").iterdir()] == ["mine.txt"]


def test_a_sweep_is_that_of_the_command_line_byte_for_byte(
    small_sweep: Path, tmp_path: Path
) -> None:
    found = consortia.sweep(small_sweep, out=tmp_path / "python")
    command("sweep", small_sweep, "--quiet", "--out", tmp_path / "command")
    names = same_files(tmp_path / "python", tmp_path / "command")
    assert "results.csv" in names and "shards/000000.parquet" in names
    for name, table in {
        "results": found.results,
        "points": found.points,
        "robustness": found.robustness,
    }.items():
        rows = as_read(found.folder / f"{name}.csv")
        assert len(rows) == len(table) and list(rows[0]) == table.column_names, name
    assert [row["mean"] for row in as_read(found.folder / "results.csv")] == [
        written(x) for x in found.results["mean"]
    ]
    assert found.runs == 48 * 2 * 32 and found.failed == 0
    again = consortia.Sweep(found.folder)
    assert again.results["mean"] == found.results["mean"] and again.measures == [
        "gain",
        "gain.KGZ",
        "depth_delivered",
    ]
    discovered = found.discover(
        "gain", below=-45.0, organisation="ucas-2007", minus="caco-2002", density=0.6
    )
    options = [
        "--measure",
        "gain",
        "--below=-45",
        "--organisation",
        "ucas-2007",
        "--minus",
        "caco-2002",
    ]
    command("discover", tmp_path / "command", *options, "--density", "0.6")
    assert (
        discovered.folder is not None
        and len(discovered.boxes) > 0
        and "gain" in discovered.interest
    )
    (own,) = (tmp_path / "command" / "discovery").iterdir()
    assert (own / "boxes.csv").read_bytes() == (discovered.folder / "boxes.csv").read_bytes()


def test_parts_of_a_sweep_are_merged(small_sweep: Path, tmp_path: Path) -> None:
    for part in (1, 2):
        command(
            "sweep", small_sweep, "--quiet", "--shard", f"{part}/2", "--out", tmp_path / f"{part}"
        )
    with pytest.raises(consortia.IncompleteError, match="shards are still missing"):
        consortia.merge([tmp_path / "1"], out=tmp_path / "half")
    whole = consortia.merge([tmp_path / "1", tmp_path / "2"], out=tmp_path / "whole")
    assert whole.runs == 48 * 2 * 32
    assert consortia.status(tmp_path / "whole", verify=True)["state"] == "complete"
    assert consortia.status(tmp_path / "1")["state"] == "complete part"


def test_points_of_a_sweep_evaluated_one_by_one_are_its_results(
    small_sweep: Path, tmp_path: Path
) -> None:
    swept = consortia.sweep(small_sweep, out=tmp_path / "sweep")
    experiment = consortia.Experiment(small_sweep)
    for points in (swept.points, swept.points.to_pandas(), swept.points.to_polars()):
        evaluated = experiment.evaluate(points)
        assert evaluated.results["mean"] == swept.results["mean"]
        assert evaluated.results["se"] == swept.results["se"]
    rows = list(zip(*(swept.points[parameter.name] for parameter in experiment.parameters)))
    few = experiment.evaluate(
        [dict(zip((p.name for p in experiment.parameters), row)) for row in rows[5:7]]
    )
    assert few.results["mean"] == swept.results["mean"][5 * 6 : 7 * 6]
    gains = experiment.evaluate(rows).means("gain.KGZ", "ucas-2007", minus="caco-2002")
    assert len(gains) == 48 and all(map(math.isfinite, gains))


def test_sensitivity_of_a_sweep_and_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(
        """
[sweep]
name = "indices"
title = "Indices"
scenario = "central-asia"
organisations = ["caco-2002"]
replications = 8
[sampling.saltelli]
base = 16
[parameters.trust]
set = ["states.*.trust_prior_mean"]
law.uniform = { min = 0.3, max = 0.9 }
[parameters.patience]
set = ["states.*.discount_factor"]
law.uniform = { min = 0.8, max = 0.97 }
"""
    )
    swept = consortia.sweep(path, out=tmp_path / "indices")
    found = swept.sensitivity("gain", resamples=100)
    command(
        "sensitivity",
        tmp_path / "indices",
        "--measure",
        "gain",
        "--resamples",
        "100",
        "--out",
        tmp_path / "own",
    )
    assert found.method == "sobol" and found.folder is not None
    assert (found.folder / "sensitivity.csv").read_bytes() == (
        tmp_path / "own" / "sensitivity.csv"
    ).read_bytes()
    table = swept.points.to_pandas().drop(columns="point")
    table["y"] = [
        mean
        for mean, measure, state in zip(*(swept.results[c] for c in ("mean", "measure", "state")))
        if (measure, state) == ("gain", "region")
    ]
    table.to_csv(tmp_path / "table.csv", index=False, float_format="%.17g")
    again = consortia.sensitivity(tmp_path / "table.csv", "y", "saltelli", resamples=100)
    assert again.indices["value"] == pytest.approx(found.indices["value"], rel=1e-9)
    boxes = consortia.discover(
        tmp_path / "table.csv", "y", above=sorted(table["y"])[50], density=0.5
    )
    assert boxes.words and len(boxes.trajectories) > 1


def test_games_and_voting_power() -> None:
    found = consortia.game(
        {
            "a": 0,
            "b": 0,
            "c": 0,
            ("a", "b"): 90,
            ("a", "c"): 80,
            ("b", "c"): 70,
            ("a", "b", "c"): 120,
        }
    )
    shapley = [
        value
        for solution, value in zip(found.solutions["solution"], found.solutions["value"])
        if solution == "shapley"
    ]
    assert shapley == pytest.approx([45, 40, 35])
    assert found.players == ["a", "b", "c"] and found.core_nonempty
    council = consortia.power([4, 4, 4, 2, 2, 1], 12)
    assert council.members["banzhaf_exact"] == ["5/21", "5/21", "5/21", "1/7", "1/7", "0"]
    assert consortia.power(["4x3", "2x2", 1], "12").members["banzhaf"] == council.members["banzhaf"]
    assert consortia.power([0.1 + 0.2, 1e-5, 1], 0.6).members["banzhaf"] == [0, 0, 1]
    assert council.power_to_act == pytest.approx(14 / 64) and council.winning_coalitions == 14
