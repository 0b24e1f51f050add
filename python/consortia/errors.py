"""Exceptions of the package. All of them derive from :class:`ConsortiaError`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "ClusterError",
    "ConsortiaError",
    "ConsortiaWarning",
    "EngineError",
    "IncompleteError",
    "InputError",
    "Mistake",
]


class ConsortiaError(Exception):
    """Base of all exceptions of this package."""


class ConsortiaWarning(UserWarning):
    """Warning about a result, for example that replications have failed."""


class Mistake(NamedTuple):
    """One mistake in the input."""

    message: str
    """Description of the mistake."""
    file: str | None
    """File with the mistake; ``--set`` for a change of a value; ``None`` if it is in no file."""
    line: int | None
    """Line in the file, from 1."""
    column: int | None
    """Column in the line, from 1."""
    remedy: str | None
    """How to correct it; ``None`` if unknown."""
    code: str
    """Kind of mistake, in one word."""


class InputError(ConsortiaError, ValueError):
    """Invalid input: arguments or files. It reports all mistakes of all files together.

    The text shows every mistake with the lines around it; :attr:`mistakes` lists them.
    """

    mistakes: list[Mistake]

    def __init__(self, text: str, mistakes: Sequence[tuple[object, ...]] = ()) -> None:
        super().__init__(text, [tuple(mistake) for mistake in mistakes])
        self.mistakes = [Mistake(*mistake) for mistake in mistakes]  # type: ignore[arg-type]

    def __str__(self) -> str:
        return str(self.args[0]).rstrip()


class IncompleteError(ConsortiaError):
    """Parts are missing or runs have failed. Finished work is kept; the text says how to resume."""


class EngineError(ConsortiaError, RuntimeError):
    """A file cannot be read or written, or the engine has an internal error."""


class ClusterError(ConsortiaError, RuntimeError):
    """A cluster has failed to run a sweep. Finished shards are kept; the text says how to go on."""
