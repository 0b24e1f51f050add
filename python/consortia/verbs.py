"""Verbs of the command line as functions.

The same arguments and seed give the same bytes in the run folder. All functions raise
:class:`~consortia.InputError` for invalid arguments and files, ``TypeError`` for arguments of a
wrong type, and :class:`~consortia.EngineError` if a file cannot be read or written.
"""

from __future__ import annotations

import decimal
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _engine
from ._options import (
    PathLike,
    Value,
    changes,
    number,
    refuse,
    settings,
    sweeping,
    text,
    texts,
    truth,
    whole,
)
from ._progress import ProgressReporter
from .results import (
    Attribution,
    Coalitions,
    Comparison,
    Discovery,
    Game,
    Power,
    Run,
    Sensitivity,
    Sweep,
    discovery_options,
    parameter_options,
)
from .scenarios import OrganisationLike, ScenarioLike, organisation_text, scenario_options

__all__ = [
    "attribute",
    "coalitions",
    "compare",
    "discover",
    "game",
    "merge",
    "power",
    "run",
    "sensitivity",
    "status",
    "sweep",
]


def _ask(verb: str, options: Sequence[str], progress: bool | None) -> _engine.Answer:
    with ProgressReporter(progress) as reporter:
        return _engine.call_verb(verb, list(options), reporter)


def _run_options(
    scenario: ScenarioLike,
    set: Mapping[str, Value] | None,
    replications: int | None,
    seed: int | None,
    threads: int,
    out: PathLike | None,
) -> tuple[str, list[str]]:
    name, changed = scenario_options(scenario)
    options = settings(replications, seed, threads, [*changed, *changes(set)])
    return name, options + ([] if out is None else [f"--out={text('out', out)}"])


def _until(trace: int | None, until_half_width: float | None, of: str) -> list[str]:
    options = [] if trace is None else [f"--trace={whole('trace', trace)}"]
    if until_half_width is not None:
        options.append(f"--until-half-width={number('until_half_width', until_half_width)}")
    if until_half_width is not None or of != "gain":
        options.append(f"--of={text('of', of)}")
    return options


def run(
    scenario: ScenarioLike,
    organisation: OrganisationLike | None = None,
    *,
    replications: int | None = None,
    seed: int | None = None,
    threads: int = 0,
    set: Mapping[str, Value] | None = None,
    trace: int | None = None,
    until_half_width: float | None = None,
    of: str = "gain",
    out: PathLike | None = None,
    progress: bool | None = None,
) -> Run:
    """Simulates replications of one organisation (default: that of the scenario).

    ``replications`` and ``seed`` default to those of the scenario. ``threads=0`` uses all
    processors; results do not depend on it. ``set`` changes values by their paths, those of the
    organisation as ``organisation.…``. ``trace`` is the replication that is traced, from 0
    (default: one of median outcome). With ``until_half_width`` replications stop when the 95 %
    interval of the mean of measure ``of`` has at most this half-width, in the unit of the measure;
    ``replications`` is then the most (default: a million). Nothing is written before
    :meth:`~consortia.Run.save`, which writes the folder ``out``. ``progress=None`` shows a bar in
    terminals and notebooks if ``tqdm`` is installed. Ctrl-C stops.
    """
    name, options = _run_options(scenario, set, replications, seed, threads, out)
    options += _until(trace, until_half_width, of)
    if organisation is not None:
        options.append(f"--org={organisation_text(organisation)}")
    return Run(_ask("run", [*options, "--", name], progress))


def compare(
    scenario: ScenarioLike,
    organisations: Iterable[OrganisationLike],
    *,
    by: str = "gain",
    band: bool = True,
    structure: bool = False,
    responses: bool = False,
    replications: int | None = None,
    seed: int | None = None,
    threads: int = 0,
    set: Mapping[str, Value] | None = None,
    trace: int | None = None,
    until_half_width: float | None = None,
    of: str = "gain",
    out: PathLike | None = None,
    progress: bool | None = None,
) -> Comparison:
    """Compares organisations with common draws, ranked by the measure ``by`` of the region.

    ``band`` ranks them again under other precisions of choice (λ), ``structure`` under other
    structural choices, ``responses`` under other responses to a breach. ``until_half_width``
    applies to all paired differences. The other arguments are those of :func:`run`. Differences are
    paired by replication (ODD §11).
    """
    name, options = _run_options(scenario, set, replications, seed, threads, out)
    options += _until(trace, until_half_width, of)
    if isinstance(organisations, (str, os.PathLike)):
        organisations = [organisations]
    options += [f"--org={organisation_text(one)}" for one in organisations] or ["--org="]
    options.append(f"--by={text('by', by)}")
    options += [] if truth("band", band) else ["--no-band"]
    options += ["--structure"] if truth("structure", structure) else []
    options += ["--responses"] if truth("responses", responses) else []
    return Comparison(_ask("compare", [*options, "--", name], progress))


def attribute(
    scenario: ScenarioLike,
    before: OrganisationLike,
    after: OrganisationLike,
    *,
    by: str = "gain",
    replications: int | None = None,
    seed: int | None = None,
    threads: int = 0,
    set: Mapping[str, Value] | None = None,
    out: PathLike | None = None,
    progress: bool | None = None,
) -> Attribution:
    """Attributes the difference between two organisations to their switches (ODD §11).

    The effect of a switch is its Shapley value over the designs between ``before`` and ``after``.
    ``by`` is the measure of the figure; the other arguments are those of :func:`run`.
    """
    name, options = _run_options(scenario, set, replications, seed, threads, out)
    options += [
        f"--from={organisation_text(before)}",
        f"--to={organisation_text(after)}",
        f"--by={text('by', by)}",
    ]
    return Attribution(_ask("attribute", [*options, "--", name], progress))


def coalitions(
    scenario: ScenarioLike,
    *,
    domains: Iterable[str] = ("water_energy",),
    players: Iterable[str] = (),
    published: PathLike | None = None,
    replications: int | None = None,
    seed: int | None = None,
    threads: int = 0,
    set: Mapping[str, Value] | None = None,
    out: PathLike | None = None,
    progress: bool | None = None,
) -> Coalitions:
    """Computes the value of every coalition of states in some domains, and solutions of the game.

    ``players`` are ids of states (default: all). ``published`` is a CSV of divisions to compare
    with: ``solution,player,value`` in MUSD/yr. The other arguments are those of :func:`run`.
    """
    name, options = _run_options(scenario, set, replications, seed, threads, out)
    options.append(f"--domains={','.join(texts('domains', domains))}")
    chosen = texts("players", players)
    options += [f"--players={','.join(chosen)}"] if chosen else []
    options += [] if published is None else [f"--published={text('published', published)}"]
    return Coalitions(_ask("coalitions", [*options, "--", name], progress))


def game(values: PathLike | Mapping[str | Iterable[str], float]) -> Game:
    """Solves a cooperative game: Shapley, nucleolus, tau, Gately and other solutions.

    ``values`` is a CSV with the columns ``coalition,value``, or a mapping of coalitions (members
    joined by ``+``, or a tuple of them) to their values, in any unit. Every coalition but the empty
    one must be given.
    """
    if isinstance(values, (str, os.PathLike)):
        return Game(_engine.call_verb("game", ["--", text("values", values)]))
    if not isinstance(values, Mapping):
        raise TypeError(
            "values: expected a file or a mapping of coalitions to values, got "
            f"{type(values).__name__}"
        )
    lines = ["coalition,value"]
    for coalition, value in values.items():
        names = [coalition] if isinstance(coalition, str) else texts("coalition", coalition)
        joined = not isinstance(coalition, str) and any("+" in name for name in names)
        members = "+".join(names)
        if joined or any(mark in members for mark in ',"\n\r'):
            help = "leave commas, quotes and line ends out, and + where members stand one by one"
            raise refuse(f"{coalition!r} cannot be the name of a coalition", help)
        lines.append(f"{members},{number(members, value)}")
    with tempfile.TemporaryDirectory(prefix="consortia-") as folder:
        path = Path(folder) / "game.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Game(_engine.call_verb("game", ["--", str(path)]))


def power(weights: Iterable[float | str], quota: float | str) -> Power:
    """Computes the voting power of members with weighted votes.

    ``weights`` are numbers of votes, one for each member; the text ``"1x10"`` stands for ten
    members with one vote. ``quota`` is a number of votes, a percentage ``"67%"`` or a fraction
    ``"2/3"``.
    """
    if isinstance(weights, (str, bytes)) or not isinstance(weights, Iterable):
        raise TypeError(
            f"weights: expected numbers of votes, got {type(weights).__name__}: {weights!r}"
        )
    votes = [one if isinstance(one, str) else _plain(number("weights", one)) for one in weights]
    needed = quota if isinstance(quota, str) else _plain(number("quota", quota))
    return Power(_engine.call_verb("power", [f"--weights={','.join(votes)}", f"--quota={needed}"]))


def _plain(number_text: str) -> str:
    """Returns a number of votes without exponent and with at most twelve decimals."""
    exact = decimal.Decimal(number_text)
    return format(round(exact, 12).normalize(), "f") if exact.is_finite() else number_text


def sweep(
    sweep: PathLike,
    *,
    out: PathLike | None = None,
    resume: bool = False,
    on_error: str = "continue",
    replications: int | None = None,
    seed: int | None = None,
    threads: int = 0,
    set: Mapping[str, Value] | None = None,
    progress: bool | None = None,
) -> Sweep:
    """Runs a sweep and writes its folder, shard by shard.

    ``sweep`` is a file, a folder with ``sweep.toml``, or a built-in name. A failed run is recorded;
    ``on_error="stop"`` ends the sweep after its shard. An interrupted sweep continues with
    ``resume=True``, here or on the command line. Only the command line runs parts (``--shard``).
    The other arguments are those of :func:`run`. For clusters see :mod:`consortia.dask`.
    """
    options = sweeping(
        sweep, out, resume, on_error, settings(replications, seed, threads, changes(set))
    )
    return Sweep(_ask("sweep", options, progress))


def merge(folders: Iterable[PathLike], out: PathLike | None = None) -> Sweep:
    """Merges the parts of a sweep (``consortia sweep --shard I/N``) into the folder ``out``.

    Raises :class:`~consortia.IncompleteError` if parts are missing, and
    :class:`~consortia.InputError` if they do not match.
    """
    options = [] if out is None else [f"--out={text('out', out)}"]
    return Sweep(_ask("merge", [*options, "--", *texts("folders", folders)], False))


def status(folder: PathLike, verify: bool = False) -> dict[str, Any]:
    """Returns the state of the folder of a sweep or a run, with counts of runs done and failed.

    For a sweep ``go_on_with`` is the command that resumes it, ``findings`` lists damaged or missing
    files. ``verify`` compares every shard with its hash in the journal.
    """
    options = ["--verify"] if truth("verify", verify) else []
    found: dict[str, Any] = json.loads(_engine.status([*options, "--", text("folder", folder)]))
    return found


def sensitivity(
    table: PathLike,
    measure: str,
    design: str,
    *,
    parameters: Iterable[str] | None = None,
    levels: int | None = None,
    resamples: int = 1000,
    seed: int = 1,
    out: PathLike | None = None,
) -> Sensitivity:
    """Computes sensitivity indices from a CSV table with parameters and results.

    ``measure`` is the column of results. ``design`` is ``"saltelli"`` (rows A, A with each column
    from B in turn, B) or ``"morris"`` (trajectories), with ``levels`` of its grid (default: 4).
    ``parameters`` are columns in the order of the design (default: all others). ``resamples`` and
    ``seed`` are those of the bootstrap. Tables go to ``out`` (default: none are written). For a
    sweep see :meth:`consortia.Sweep.sensitivity`.
    """
    options = [
        f"--measure={text('measure', measure)}",
        f"--design={text('design', design)}",
        *parameter_options(parameters),
    ]
    options += [] if levels is None else [f"--levels={whole('levels', levels)}"]
    options += [f"--resamples={whole('resamples', resamples)}", f"--seed={whole('seed', seed)}"]
    options += [] if out is None else [f"--out={text('out', out)}"]
    return Sensitivity(_ask("sensitivity", [*options, "--", text("table", table)], False))


def discover(
    table: PathLike,
    measure: str,
    *,
    above: float | None = None,
    below: float | None = None,
    parameters: Iterable[str] | None = None,
    density: float = 0.8,
    boxes: int = 3,
    peel: float = 0.05,
    paste: float = 0.05,
    mass: float = 0.05,
    level: float = 0.05,
    out: PathLike | None = None,
) -> Discovery:
    """Finds boxes (PRIM) in a CSV table where ``measure`` is ``above`` or ``below`` a threshold.

    The threshold has the unit of the column ``measure``. ``density`` is the share of interest that
    a box must reach, ``boxes`` their largest number, ``peel`` the share of cases that a peel
    removes, ``paste`` the share of outside cases that a paste adds, ``mass`` the least share of all
    cases in a box, and ``level`` the quasi-p-value above which a restriction is dropped.
    ``parameters`` and ``out`` are those of :func:`sensitivity`. For a sweep see
    :meth:`consortia.Sweep.discover`.
    """
    options = [f"--measure={text('measure', measure)}", *parameter_options(parameters)]
    options += discovery_options(above, below, density, boxes, peel, paste, mass, level)
    options += [] if out is None else [f"--out={text('out', out)}"]
    return Discovery(_ask("discover", [*options, "--", text("table", table)], False))
