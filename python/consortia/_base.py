"""Base classes of results: access to tables, and run folders.

This module knows no verb.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from . import _engine
from ._engine import Table
from ._options import PathLike, text
from ._progress import ProgressReporter
from .errors import ConsortiaWarning

__all__ = ["Kept", "Result"]


class Result:
    """Result of a verb. Gives a :class:`ConsortiaWarning` if runs have failed."""

    def __init__(self, answer: _engine.Answer) -> None:
        self._answer = answer
        self._about: dict[str, Any] = json.loads(answer.about())
        failed = self._about.get("failed") or len(self._about.get("failures") or ())
        if failed:
            warnings.warn(f"{failed} runs failed; the rest is kept", ConsortiaWarning, stacklevel=4)

    def _table(self, name: str) -> Table:
        return self._answer.table(name)

    def __repr__(self) -> str:
        hidden = {"caution", "words", "states", "failures", "caption", "first_year", "missing"}
        said = {key: value for key, value in self._about.items() if key not in hidden}
        inner = ", ".join(f"{key}={value!r}" for key, value in said.items())
        return f"<consortia.{type(self).__name__} {inner}>"


class Kept(Result):
    """Result that can be saved in a run folder."""

    def save(self, folder: PathLike | None = None) -> Path:
        """Writes the run folder of the command line, and returns its path.

        The folder holds tables, plots, page, inputs and manifest. ``folder`` must be new, empty, or
        hold the same results (default: the argument ``out`` of the verb, else
        ``output/SCENARIO-HASH``). Raises :class:`~consortia.EngineError` if it cannot be written.
        """
        with ProgressReporter(False) as reporter:
            return Path(
                self._answer.save(None if folder is None else text("folder", folder), reporter)
            )

    @property
    def scenario(self) -> str:
        """Id of the scenario."""
        return str(self._about["scenario"])

    @property
    def seed(self) -> int:
        """Seed of all draws."""
        return int(self._about["seed"])

    @property
    def replications(self) -> int:
        """Number of simulated replications of each design."""
        return int(self._about["replications"])

    @property
    def caution(self) -> str:
        """Limits of the input figures, to be stated with every result."""
        return str(self._about["caution"]).strip()
