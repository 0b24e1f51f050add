"""Scenarios and organisations: loading, reading, changing, checking and saving.

The engine reads and checks the files; this module does not interpret values.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union

from . import _engine
from ._engine import Table
from ._options import PathLike, Value, changes, refuse, text, texts
from .errors import EngineError

__all__ = ["Organisation", "OrganisationLike", "Scenario", "ScenarioLike", "builtin", "validate"]


def builtin() -> dict[str, list[str]]:
    """Returns the built-in names, by the keys ``scenarios``, ``organisations`` and ``sweeps``."""
    scenarios, organisations, sweeps = _engine.builtin()
    return {"scenarios": scenarios, "organisations": organisations, "sweeps": sweeps}


def _at(values: Any, path: str) -> Any:
    if not isinstance(path, str):
        raise TypeError(f"a path is a text, not {type(path).__name__}")
    here = values
    for part in path.split(".") if path else []:
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            raise KeyError(f"there is no `{path}`: `{part}` does not exist")
    return here


class Scenario:
    """A region: its states, the domains that they can negotiate, and its shocks.

    ``name`` is a built-in name, a file, or a folder with ``scenario.toml``; ``set`` changes values
    by their paths. A scenario is read and checked when it is created: mistakes raise
    :class:`~consortia.InputError` with file, line and remedy. It is immutable: :meth:`set` returns
    another one.

    >>> Scenario("central-asia").set({"scenario.horizon": 10}).horizon
    10
    """

    def __init__(self, name: PathLike, set: Mapping[str, Value] | None = None) -> None:
        self._source = text("name", name)
        self._changes = changes(set)
        self._kept: tempfile.TemporaryDirectory[str] | None = None
        self._load()

    def _load(self) -> None:
        about, self._toml, self._figures = _engine.scenario(self._source, self._changes)
        self._about: dict[str, Any] = json.loads(about)

    @classmethod
    def from_toml(cls, content: str) -> Scenario:
        """Creates a scenario from the text of a file, which cannot refer to tables in other files.

        Raises :class:`~consortia.InputError` for mistakes.
        """
        if not isinstance(content, str):
            raise TypeError(f"content: expected a text, got {type(content).__name__}")
        folder = tempfile.TemporaryDirectory(prefix="consortia-")
        path = Path(folder.name) / "scenario.toml"
        path.write_text(content, encoding="utf-8")
        made = cls(path)
        made._kept = folder  # keeps the folder as long as the scenario
        return made

    def __reduce__(self) -> tuple[object, ...]:
        # The temporary file of `from_toml` may be gone when another process reads it.
        return (
            (Scenario.from_toml, (self._toml,))
            if self._kept
            else (_again, (self._source, self._changes))
        )

    def set(self, values: Mapping[str, Value]) -> Scenario:
        """Returns a copy with changed values, by their paths: ``{"states.UZB.lambda_comply": 20}``.

        ``*`` matches every name: ``{"states.*.discount_factor": 0.9}``. Values are in the units of
        the file. Raises :class:`~consortia.InputError` for unknown paths and invalid values, and
        ``KeyError`` if the part before ``*`` does not exist.
        """
        other = object.__new__(Scenario)
        other._source, other._kept = self._source, self._kept
        changes(values)  # raises TypeError before paths are expanded
        each = {path: value for written, value in values.items() for path in self._every(written)}
        other._changes = self._changes + changes(each)
        other._load()
        return other

    def _every(self, path: str) -> list[str]:
        """Returns the paths that match a path with ``*``; without ``*``, the path itself."""
        found = [""]
        for part in path.split("."):
            names = (
                list(_at(self._about["values"], one.lstrip("."))) if part == "*" else [part]
                for one in found
            )
            found = [f"{one}.{name}" for one, some in zip(found, names) for name in some]
        return [one.lstrip(".") for one in found]

    def __contains__(self, path: str) -> bool:
        try:
            self[path]
        except KeyError:
            return False
        return True

    def __getitem__(self, path: str) -> Any:
        """Returns a value by its path; raises ``KeyError`` if there is none.

        The unit is that of the key's name or of :attr:`figures`.
        """
        return _at(self._about["values"], path)

    def to_dict(self) -> dict[str, Any]:
        """Returns all values, with the data tables merged and the changes applied."""
        values: dict[str, Any] = json.loads(json.dumps(self._about["values"]))
        return values

    def to_toml(self) -> str:
        """Returns all values as the text of a file that needs no other file."""
        return self._toml

    def save(self, folder: PathLike) -> Path:
        """Writes ``scenario.toml`` into a new or empty folder, and returns the path of the file.

        Raises :class:`~consortia.InputError` for another folder, :class:`~consortia.EngineError` if
        the file cannot be written.
        """
        target = Path(text("folder", folder))
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise refuse(f"{target} is there already, and not empty", "choose a new folder")
        path = target / "scenario.toml"
        try:
            target.mkdir(parents=True, exist_ok=True)
            path.write_text(self._toml, encoding="utf-8")
        except OSError as error:
            raise EngineError(f"cannot write {path}: {error}") from error
        return path

    @property
    def name(self) -> str:
        """Id of the scenario."""
        return str(self._about["name"])

    @property
    def title(self) -> str:
        """Title, in one line."""
        return str(self._about["title"])

    @property
    def states(self) -> list[str]:
        """Ids of the states."""
        return list(self._about["states"])

    @property
    def domains(self) -> list[str]:
        """Names of the domains that can be negotiated."""
        return list(self._about["domains"])

    @property
    def horizon(self) -> int:
        """Number of simulated years."""
        return int(self._about["horizon"])

    @property
    def first_year(self) -> int:
        """First simulated year."""
        return int(self._about["first_year"])

    @property
    def replications(self) -> int:
        """Default number of replications."""
        return int(self._about["replications"])

    @property
    def seed(self) -> int:
        """Default seed of all draws."""
        return int(self._about["seed"])

    @property
    def organisation(self) -> str:
        """Default organisation of :func:`consortia.run`."""
        return str(self._about["organisation"])

    @property
    def figures(self) -> Table:
        """Input figures: value, unit, year, confidence (H, M, L), kind and source.

        The kind is ``sourced``, ``derived`` or ``assumption``.
        """
        return self._figures

    def __repr__(self) -> str:
        changed = "".join(f", {change}" for change in self._changes)
        return f"<consortia.Scenario {self.name}: {self.title}{changed}>"


def _again(source: str, changed: list[str]) -> Scenario:
    made = object.__new__(Scenario)
    made._source, made._changes, made._kept = source, changed, None
    made._load()
    return made


class Organisation:
    """A design: the rules of an organisation (ODD §7).

    ``name`` is a built-in name or a file; ``set`` changes rules by their paths. It is checked, with
    :class:`~consortia.InputError` for mistakes, when a verb uses it with a scenario, or by
    :meth:`to_dict`.

    >>> str(Organisation("ucas-2007", {"sanctions.fine.multiple": 1.5}))
    'ucas-2007@sanctions.fine.multiple=1.5'
    """

    def __init__(self, name: PathLike, set: Mapping[str, Value] | None = None) -> None:
        self._name = text("name", name)
        self._changes = changes(set)

    def set(self, values: Mapping[str, Value]) -> Organisation:
        """Returns a copy with changed rules, by their paths: ``{"legal_force": "binding"}``."""
        other = Organisation(self._name)
        other._changes = self._changes + changes(values)
        return other

    def __getitem__(self, path: str) -> Any:
        """Returns a rule by its path; raises ``KeyError`` if there is none."""
        return _at(self.to_dict(), path)

    def __str__(self) -> str:
        return "@".join([self._name, *self._changes])

    def __repr__(self) -> str:
        return f"<consortia.Organisation {self}>"

    def _read(self, scenario: ScenarioLike) -> tuple[dict[str, Any], str]:
        name, changed = scenario_options(scenario)
        own = [f"organisation.{change}" for change in self._changes]
        about, content = _engine.organisation(self._name, own, name, changed)
        return json.loads(about), content

    def to_dict(self, scenario: ScenarioLike = "central-asia") -> dict[str, Any]:
        """Returns all rules, checked against a scenario."""
        values: dict[str, Any] = self._read(scenario)[0]["values"]
        return values

    def to_toml(self, scenario: ScenarioLike = "central-asia") -> str:
        """Returns all rules as the text of a file, checked against a scenario."""
        return self._read(scenario)[1]


ScenarioLike = Union[str, "os.PathLike[str]", Scenario]
"""A scenario, its built-in name, or its file or folder."""

OrganisationLike = Union[str, "os.PathLike[str]", Organisation]
"""An organisation, its name (changes as ``name@path=value``), or its file."""


def scenario_options(scenario: object) -> tuple[str, list[str]]:
    """Returns the name and the changes of a scenario."""
    if isinstance(scenario, Scenario):
        return scenario._source, list(scenario._changes)
    return text("scenario", scenario), []


def organisation_text(organisation: object) -> str:
    """Returns an organisation as an option of the command line."""
    if isinstance(organisation, Organisation):
        return str(organisation)
    return text("organisation", organisation)


def validate(*paths: PathLike, scenario: ScenarioLike = "central-asia") -> dict[str, str]:
    """Checks scenarios, organisations (against ``scenario``) and sweeps.

    ``paths`` are files, folders or built-in names. Returns a description of each by its path.
    Raises one :class:`~consortia.InputError` with all mistakes of all files.
    """
    if not paths:
        raise TypeError("validate: name at least one file, folder or built-in name")
    name, changed = scenario_options(scenario)
    options = [f"--scenario={name}", *(f"--set={change}" for change in changed)]
    return dict(_engine.validate([*options, "--", *texts("paths", list(paths))]))
