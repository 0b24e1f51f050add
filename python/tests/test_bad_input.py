"""Tests that invalid input raises a clear exception and does not stop the interpreter."""

from __future__ import annotations

import math
import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import consortia
import numpy
import pytest
from conftest import refused, same_files
from consortia import dask

INPUT: list[tuple[str, Any, str]] = [
    (
        "a scenario that is not there",
        lambda: consortia.run("central-azia"),
        "did you mean `central-asia`",
    ),
    (
        "an organisation that is not there",
        lambda: consortia.run("central-asia", "ucas"),
        "there is no organisation `ucas`",
    ),
    (
        "a value that is no number",
        lambda: consortia.Scenario("dams", {"scenario.horizon": math.nan}),
        "scenario.horizon",
    ),
    (
        "a path that is not there",
        lambda: consortia.Scenario("dams", {"scenario.horizn": 5}),
        "horizon",
    ),
    ("no replications", lambda: consortia.run("dams", replications=0), "0 is not in 1..=100000000"),
    ("a negative number", lambda: consortia.run("dams", replications=-1), "invalid value '-1'"),
    ("a seed too large", lambda: consortia.run("dams", seed=2**64), "number too large"),
    ("too many threads", lambda: consortia.run("dams", threads=5000), "up to 1024"),
    (
        "one organisation",
        lambda: consortia.compare("dams", ["caco-2002"]),
        "name two organisations",
    ),
    ("no organisation", lambda: consortia.compare("dams", []), "name two organisations"),
    (
        "a measure that is not there",
        lambda: consortia.compare("central-asia", ["none", "ucas-2007"], by="gian"),
        "gain",
    ),
    (
        "the same organisation",
        lambda: consortia.attribute("central-asia", "none", "none"),
        "differ only in their names",
    ),
    (
        "a player that is not there",
        lambda: consortia.coalitions("central-asia", players=["RUS"]),
        "no state `RUS`",
    ),
    (
        "a trace too far",
        lambda: consortia.run("central-asia", replications=8, trace=8),
        "only 8 replications",
    ),
    (
        "a trace too far, later",
        lambda: consortia.run("dams", "none", replications=8).trace(9),
        "only 8 replications",
    ),
    ("a game with a hole", lambda: consortia.game({"a": 1, "b": 2}), "a\\+b"),
    ("a game with NaN", lambda: consortia.game({"a": math.nan}), "nan"),
    (
        "a member with a plus",
        lambda: consortia.game({("a+b",): 1, ("c",): 1}),
        "cannot be the name",
    ),
    (
        "a measure without a width",
        lambda: consortia.run("dams", "none", of="depth_delivered"),
        "--until-half-width",
    ),
    ("a band that was not asked for", lambda: _two().lambda_band, "compare with band=True"),
    ("a game of a comma", lambda: consortia.game({"a,b": 1}), "cannot be the name"),
    ("a game that is not there", lambda: consortia.game("nothing.csv"), "nothing.csv"),
    ("a quota out of reach", lambda: consortia.power([1, 1], 3), "quota"),
    ("votes below 0", lambda: consortia.power([1, -1], 1), "no number of votes"),
    ("votes that are no number", lambda: consortia.power([1, math.nan], 1), "no number of votes"),
    ("a sweep that is not there", lambda: consortia.sweep("nothing"), "nothing"),
    ("a folder that is no sweep", lambda: consortia.Sweep("."), "not the folder of a sweep"),
    ("a folder that is not there", lambda: consortia.status("nothing-here"), "nothing-here"),
    (
        "parts that are not there",
        lambda: consortia.merge(["nothing-here"]),
        "not the folder of a sweep",
    ),
    (
        "a table that is not there",
        lambda: consortia.discover("nothing.csv", "y", above=1),
        "nothing.csv",
    ),
    (
        "above and below",
        lambda: consortia.discover("nothing.csv", "y", above=1, below=0),
        "cannot be used with",
    ),
]


def _two() -> consortia.Comparison:
    return consortia.compare("central-asia", ["none", "ucas-2007"], replications=8, band=False)


TYPES: list[tuple[str, Any, str]] = [
    (
        "a number for a scenario",
        lambda: consortia.run(5),
        "scenario: expected a text or a path, got int",
    ),
    (
        "a word for a number",
        lambda: consortia.run("dams", replications="many"),
        "replications: expected a whole number, got str",
    ),
    (
        "a fraction",
        lambda: consortia.run("dams", replications=1.5),
        "replications: expected a whole number, got float",
    ),
    (
        "a truth for a number",
        lambda: consortia.run("dams", seed=True),
        "seed: expected a whole number, got bool",
    ),
    ("a list of pairs", lambda: consortia.run("dams", set=[("a", 1)]), "set: expected a mapping"),
    ("an object as a value", lambda: consortia.run("dams", set={"a": object()}), "not object"),
    ("a number for organisations", lambda: consortia.compare("dams", 5), "int"),
    (
        "a word for a truth",
        lambda: consortia.compare("dams", ["none"], band="no"),
        "band: expected True or False",
    ),
    ("a word for weights", lambda: consortia.power("4,4", 5), "weights: expected numbers of votes"),
    (
        "an array in an array",
        lambda: consortia.power([[1]], 1),
        "weights: expected a number, got list",
    ),
    ("a number for a game", lambda: consortia.game(3), "expected a file or a mapping"),
    ("nothing to check", lambda: consortia.validate(), "name at least one"),
    ("a word for progress", lambda: consortia.run("dams", progress="bar"), "progress: expected"),
]


@pytest.mark.parametrize(("what", "act", "message"), INPUT, ids=[case[0] for case in INPUT])
def test_input_that_cannot_be_used_is_reported(what: str, act: Any, message: str) -> None:
    with refused(message):
        act()


@pytest.mark.parametrize(("what", "act", "message"), TYPES, ids=[case[0] for case in TYPES])
def test_a_wrong_type_is_reported(what: str, act: Any, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        act()


def test_numbers_of_numpy_are_numbers() -> None:
    found = consortia.run(
        "dams", "none", replications=numpy.int64(8), set={"scenario.horizon": numpy.int32(5)}
    )  # type: ignore[arg-type, dict-item]
    assert found.replications == 8


def test_points_that_cannot_be_played_are_reported_all_at_once(small_sweep: Path) -> None:
    experiment = consortia.Experiment(small_sweep, replications=8)
    good = [0.9, 10.0, 0.5, "package"]
    assert len(experiment.evaluate([good]).results) == 6
    bad = [[math.nan, 10, 0.5, "package"], [0.9, 1000, 0.5, "packge"]]
    with pytest.raises(consortia.InputError) as caught:
        experiment.evaluate(bad)
    text = str(caught.value)
    for message in (
        "point 0: `patience` cannot be nan",
        "point 1: `precision` cannot be 1000",
        "point 1: `agenda` cannot be packge",
    ):
        assert message in text
    array = numpy.full((3, 2), 0.5)
    with refused(
        "row 0 has 2 values for 4 parameters\ngive one of each: patience, precision, trust, agenda"
    ):
        experiment.evaluate(array)
    columns: dict[str, list[Any]] = {
        "patience": [0.9],
        "precision": [10],
        "trust": [0.5],
        "agenda": ["package"],
    }
    with refused("no parameter `trast`(.|\n)*`trust` is missing"):
        experiment.evaluate(
            {("trast" if name == "trust" else name): column for name, column in columns.items()}
        )
    with refused("`trust` has 2 values for 1 points"):
        experiment.evaluate({**columns, "trust": [0.5, 0.6]})
    with refused("there are no points"):
        experiment.evaluate({name: [] for name in columns})
    with pytest.raises(TypeError, match="expected rows, a mapping or a data frame"):
        experiment.evaluate(5)
    with pytest.raises(TypeError, match="`trust` takes numbers or words, not NoneType"):
        experiment.evaluate({**columns, "trust": [None]})
    with refused("outside the unit interval"):
        experiment.quantiles([[0.5, 0.5, math.nan, 0.5]])
    evaluation = experiment.evaluate(numpy.array([good], dtype=object))
    with refused("no measure `gian`(.|\n)*valid: gain, gain.KGZ, depth_delivered"):
        evaluation.means("gian", "ucas-2007")
    with refused("no design `ucas`(.|\n)*valid: ucas-2007, caco-2002"):
        evaluation.means("gain", "ucas")
    with refused("the organisation is not given"):
        evaluation.means("gain")


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/1").exists(), reason="needs /proc")
def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path, small_sweep: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    found = consortia.run("dams", "none", replications=8)
    with pytest.raises(consortia.EngineError, match="cannot write"):
        consortia.Scenario("dams").save("/proc/consortia")
    for place in (file / "folder", Path("/proc/consortia")):
        with pytest.raises(consortia.EngineError, match=re.escape(f"cannot write {place.parent}")):
            found.save(place)
        with pytest.raises(consortia.ConsortiaError, match=re.escape(str(place))):
            consortia.sweep(small_sweep, out=place)
    with refused("holds other files"):
        consortia.sweep(small_sweep, out=file)


def test_scenarios_and_experiments_travel_between_processes(small_sweep: Path) -> None:
    scenario = consortia.Scenario("central-asia", {"scenario.horizon": 12})
    for one in (scenario, consortia.Scenario.from_toml(scenario.to_toml())):
        assert pickle.loads(pickle.dumps(one)).to_dict() == scenario.to_dict()
    experiment = consortia.Experiment(small_sweep, replications=16)
    again = pickle.loads(pickle.dumps(experiment))
    assert again.replications == 16 and again.parameters == experiment.parameters
    found = experiment.forecast()
    assert found["runs"] == 48 * 2 * 16 and 0 < found["seconds_per_run"] < 1
    assert found["core_hours"] == pytest.approx(found["runs"] * found["seconds_per_run"] / 3600)


def test_a_path_may_hold_what_separates_changes(tmp_path: Path) -> None:
    folder = tmp_path / "a@b"
    folder.mkdir()
    (folder / "organisation.toml").write_text(consortia.Organisation("ucas-2007").to_toml())
    found = consortia.run("central-asia", folder / "organisation.toml", replications=8)
    assert found.organisations == ["ucas-2007"]


def test_threads_save_the_same_folder_in_turn(tmp_path: Path) -> None:
    found = consortia.run("dams", "none", replications=8)
    with ThreadPoolExecutor(4) as threads:
        places = list(threads.map(lambda _: found.save(tmp_path / "same"), range(8)))
    assert set(places) == {tmp_path / "same"} and (tmp_path / "same" / "report.html").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["same"], "nothing is left over"


def test_exceptions_travel_between_processes() -> None:
    with pytest.raises(consortia.InputError) as caught:
        consortia.run("dams", set={"scenario.horizn": 5})
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) and again.mistakes == caught.value.mistakes
    assert again.mistakes[0].file == "--set" and again.mistakes[0].line == 1


FAILING = """
[sweep]
name = "failing"
title = "Points at which power would be dearer at full supply than in scarcity fail"
scenario = "central-asia"
organisations = ["caco-2002"]
replications = 16
[sampling.grid]
levels = 2
[parameters.full]
scale = ["basins.syr.nodes.toktogul.reservoir.power_p_full_winter"]
law.uniform = { min = 1, max = 4 }
[parameters.scarce]
scale = ["basins.syr.nodes.toktogul.reservoir.power_p_scarce_winter"]
law.uniform = { min = 0.5, max = 1 }
"""


def test_what_failed_is_reported_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(FAILING)
    with pytest.warns(consortia.ConsortiaWarning, match="16 runs failed; the rest is kept"):
        found = consortia.sweep(path, out=tmp_path / "out")
    assert found.failed == 16 and (found.folder / "failures.csv").is_file()
    experiment = consortia.Experiment(path)
    with pytest.warns(consortia.ConsortiaWarning, match="failed"):
        evaluation = experiment.evaluate(found.points)
    means = evaluation.means("gain")
    assert (
        sum(map(math.isnan, means)) == 1
        and "is above `power_p_scarce_winter`" in evaluation.failures[0]
    )
    assert [mean for mean in means if not math.isnan(mean)] == [
        mean
        for mean, measure, state, failed in zip(
            *(found.results[c] for c in ("mean", "measure", "state", "failed"))
        )
        if (measure, state, failed) == ("gain", "region", 0)
    ]
    with pytest.raises(consortia.IncompleteError, match="stopped after a failure"):
        consortia.sweep(path, out=tmp_path / "stopped", on_error="stop")


def test_what_is_no_client_is_reported(small_sweep: Path, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="client: expected a distributed.Client, got str"):
        dask.sweep("localhost", small_sweep, tmp_path / "a")
    for wrong in (0, -1, math.nan):
        with refused("seconds_per_task cannot be"):
            dask.sweep(None, small_sweep, tmp_path / "a", seconds_per_task=wrong)
    with refused("retries cannot be"):
        dask.sweep(None, small_sweep, tmp_path / "a", retries=-1)


INTERRUPTED = """
import consortia, os, signal, sys, threading, time
def press():
    time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press).start()
beats = []
def beat():
    while not beats or beats[-1] is not None:
        beats.append(time.monotonic())
        time.sleep(0.02)
threading.Thread(target=beat, daemon=True).start()
start = time.monotonic()
try:
    consortia.compare("central-asia", ["ucas-2007", "caco-2002"], replications=50_000_000)
except KeyboardInterrupt as stopped:
    took = time.monotonic() - start
    longest = max(b - a for a, b in zip(beats, beats[1:]))
    print(f"{took:.2f} {longest:.2f} {stopped}")
print(consortia.run("dams", "none", replications=8).replications)
"""


def test_ctrl_c_stops_the_engine_and_other_threads_run_beside_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    took, longest, *said = first.split()
    assert float(took) < 20.0 and said[0].startswith("interrupted")
    assert float(longest) < 1.0, "another thread waited for the interpreter's lock"
    assert second == "8", "the interpreter goes on"


def test_an_interrupted_sweep_goes_on_with_the_same_bytes(
    small_sweep: Path, tmp_path: Path
) -> None:
    text = f"""
        import consortia
        consortia.sweep({str(small_sweep)!r}, out={str(tmp_path / "killed")!r}, replications=256)
    """
    script = [sys.executable, "-c", textwrap.dedent(text)]
    playing = subprocess.Popen(script, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    journal = tmp_path / "killed" / "journal.csv"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (
        not journal.exists() or journal.read_text().count("\n") < 4
    ):
        time.sleep(0.01)
    playing.send_signal(signal.SIGINT)
    _, error = playing.communicate(timeout=60)
    assert (
        playing.returncode != 0
        and "KeyboardInterrupt: interrupted" in error
        and "Go on with" in error
    )
    assert consortia.status(tmp_path / "killed")["state"] == "partial"
    with refused("begun but not complete"):
        consortia.sweep(small_sweep, out=tmp_path / "killed", replications=256)
    consortia.sweep(small_sweep, out=tmp_path / "killed", replications=256, resume=True)
    consortia.sweep(small_sweep, out=tmp_path / "whole", replications=256)
    same_files(tmp_path / "killed", tmp_path / "whole")


def test_progress_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    consortia.run("central-asia", replications=20_000, progress=True)
    assert "replications" in capsys.readouterr().err
    consortia.run("central-asia", replications=500, progress=False)
    assert capsys.readouterr().err == ""
