"""What can go wrong, as exceptions. All of them are :class:`ConsortiaError`."""

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
    """Something that should be known of a result, such as replications that failed."""


class Mistake(NamedTuple):
    """One mistake in the input."""

    message: str
    """What is wrong."""
    file: str | None
    """The file in which it is; ``--set`` for a change of a value; ``None`` if it is in no file."""
    line: int | None
    """Its line, from 1."""
    column: int | None
    """Its column, from 1."""
    remedy: str | None
    """How to mend it."""
    code: str
    """What kind of mistake it is, in a word."""


class InputError(ConsortiaError, ValueError):
    """The input cannot be used. All mistakes of all files come at once.

    The text shows every mistake with the lines around it; :attr:`mistakes` holds them one by one.
    """

    mistakes: list[Mistake]

    def __init__(self, text: str, mistakes: Sequence[tuple[object, ...]] = ()) -> None:
        super().__init__(text, [tuple(mistake) for mistake in mistakes])
        self.mistakes = [Mistake(*mistake) for mistake in mistakes]  # type: ignore[arg-type]

    def __str__(self) -> str:
        return str(self.args[0]).rstrip()


class IncompleteError(ConsortiaError):
    """Something is still missing, or has failed; what is done is kept. The text says how to go on."""


class EngineError(ConsortiaError, RuntimeError):
    """A file cannot be read or written, or the engine met a fault of its own."""


class ClusterError(ConsortiaError, RuntimeError):
    """A cluster cannot play a sweep; what is done is kept. The text says how to go on."""
