"""Tests of scenarios and organisations: loading, reading, changing, checking and saving."""

from __future__ import annotations

from pathlib import Path

import consortia
import pytest
from conftest import command, refused


def test_a_scenario_is_read_and_changed() -> None:
    scenario = consortia.Scenario("central-asia")
    assert scenario.states == ["KAZ", "KGZ", "TJK", "TKM", "UZB"] and scenario.horizon == 30
    assert scenario["states.UZB.lambda_comply"] == 8
    changed = scenario.set({"states.UZB.lambda_comply": 20, "scenario.horizon": 12})
    assert (changed["states.UZB.lambda_comply"], changed.horizon) == (20, 12)
    assert scenario.horizon == 30, "the first is as it was"
    patient = scenario.set({"states.*.discount_factor": 0.9, "scenario.horizon": 12.0})
    assert {patient[f"states.{state}.discount_factor"] for state in patient.states} == {
        0.9
    } and patient.horizon == 12
    assert "states.UZB.discount_factor" in patient and "states.UZB.discount" not in patient
    assert consortia.Organisation("ucas-2007")["legal_force"] == "binding"
    kinds = scenario.figures["kind"]
    assert set(kinds) == {"sourced", "derived", "assumption"} and len(scenario.figures) == len(
        kinds
    )
    with pytest.raises(KeyError, match="`UZZ` does not exist"):
        scenario["states.UZZ.lambda_comply"]


def test_a_saved_scenario_plays_the_same_and_is_valid(tmp_path: Path) -> None:
    scenario = consortia.Scenario("central-asia", {"scenario.horizon": 12})
    path = scenario.save(tmp_path / "mine")
    assert command("validate", path).stdout.strip().endswith("valid (scenario central-asia)")
    gains = [
        consortia.run(which, "ucas-2007", replications=16).replications_table["gain"]
        for which in (scenario, path, path.parent, consortia.Scenario.from_toml(scenario.to_toml()))
    ]
    assert all(one == gains[0] for one in gains)
    with refused("there already, and not empty"):
        scenario.save(tmp_path / "mine")


def test_an_organisation_is_read_and_changed() -> None:
    union = consortia.Organisation("ucas-2007").set({"sanctions.fine.multiple": 1.5})
    assert str(union) == "ucas-2007@sanctions.fine.multiple=1.5"
    assert union.to_dict()["sanctions"]["fine"]["multiple"] == 1.5
    assert "multiple = 1.5" in union.to_toml()
    found = consortia.run("central-asia", union, replications=16)
    assert found.organisations == ["ucas-2007@sanctions.fine.multiple=1.5"]


def test_all_mistakes_come_at_once_with_file_line_and_remedy(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    text = consortia.Scenario("dams").to_toml()
    broken = text.replace("horizon", "horizn", 1)
    scenario.write_text(broken)
    organisation = tmp_path / "organisation.toml"
    organisation.write_text(
        consortia.Organisation("caco-2002").to_toml().replace("legal_force", "legal_farce", 1)
    )
    with pytest.raises(consortia.InputError) as caught:
        consortia.validate(scenario, organisation)
    places = {(Path(m.file).name, m.line) for m in caught.value.mistakes if m.file}
    line = broken[: broken.index("horizn")].count("\n") + 1
    assert ("scenario.toml", line) in places
    assert any(name == "organisation.toml" for name, _ in places)
    (slip,) = (m for m in caught.value.mistakes if "horizn" in m.message)
    assert slip.remedy is not None and "horizon" in slip.remedy and slip.column is not None
    assert "horizn" in str(caught.value) and isinstance(caught.value, ValueError)
    assert consortia.validate("central-asia", "ucas-2007", "binding-or-not").keys() == {
        "central-asia",
        "ucas-2007",
        "binding-or-not",
    }
