"""Conversion of function arguments to command-line options.

The engine parses the options, so that the command and the package follow the same rules. This
module checks types only; values are checked by the engine.
"""

from __future__ import annotations

import json
import operator
import os
import re
from collections.abc import Iterable, Mapping
from typing import Union

from .errors import InputError

Value = Union[str, bool, int, float, "list[Value]", "dict[str, Value]"]
"""Value of a key in a scenario or an organisation: the types of TOML without dates."""

PathLike = Union[str, "os.PathLike[str]"]


def refuse(message: str, remedy: str) -> InputError:
    """Returns an :class:`InputError` about an argument, with one mistake that has no file."""
    return InputError(
        f"{message}\n  help: {remedy}", [(message, None, None, None, remedy, "argument")]
    )


def text(name: str, value: object) -> str:
    """Returns a string or a path as text; raises ``TypeError`` for other types."""
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    raise TypeError(f"{name}: expected a text or a path, got {type(value).__name__}: {value!r}")


def whole(name: str, value: object) -> str:
    """Returns an integer as text; raises ``TypeError`` for other types, also for ``bool``."""
    if isinstance(value, bool):
        raise TypeError(f"{name}: expected a whole number, got bool: {value!r}")
    try:
        return str(operator.index(value))  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            f"{name}: expected a whole number, got {type(value).__name__}: {value!r}"
        ) from None


def number(name: str, value: object) -> str:
    """Returns a number as the text of a float; raises ``TypeError`` for other types."""
    if isinstance(value, (bool, str, bytes)) or value is None:
        raise TypeError(f"{name}: expected a number, got {type(value).__name__}: {value!r}")
    try:
        return repr(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(
            f"{name}: expected a number, got {type(value).__name__}: {value!r}"
        ) from None


def truth(name: str, value: object) -> bool:
    """Returns a ``bool``; raises ``TypeError`` for other types."""
    if isinstance(value, bool):
        return value
    raise TypeError(f"{name}: expected True or False, got {type(value).__name__}: {value!r}")


def texts(name: str, values: object) -> list[str]:
    """Returns strings or paths as a list of texts; a single one gives a list of one."""
    if isinstance(values, (str, os.PathLike)):
        return [text(name, values)]
    if not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected texts, got {type(values).__name__}: {values!r}")
    return [text(name, value) for value in values]


def literal(path: str, value: object) -> str:
    """Returns a value as TOML text; ``path`` names the key in the ``TypeError`` for other types."""
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", 0) == 0:
        value = item()  # a scalar of NumPy
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join(
            f"{_key(path, key)} = {literal(f'{path}.{key}', value[key])}" for key in value
        )
        return "{" + inner + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(path, one) for one in value) + "]"
    raise TypeError(
        f"{path}: a value is a text, a number, a truth value, a list or a table, not "
        f"{type(value).__name__}"
    )


def _key(path: str, key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{path}: keys are texts, not {type(key).__name__}")
    return json.dumps(key, ensure_ascii=False)


def changes(values: Mapping[str, object] | None, name: str = "set") -> list[str]:
    """Returns the argument ``set`` as texts ``path=value``, in the order of the mapping."""
    if values is None:
        return []
    if not isinstance(values, Mapping):
        raise TypeError(
            f"{name}: expected a mapping of paths to values, got {type(values).__name__}"
        )
    for path in values:
        if not isinstance(path, str):
            raise TypeError(
                f"{name}: paths are texts such as 'states.UZB.lambda_comply', not "
                f"{type(path).__name__}"
            )
    return [f"{path}={_word(value) or literal(path, value)}" for path, value in values.items()]


def _word(value: object) -> str | None:
    """Returns a word that the command line accepts without quotes; None for other values."""
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", value)
    return (
        str(value) if plain and value not in {"true", "false", "nan", "inf", "infinity"} else None
    )


def settings(
    replications: int | None,
    seed: int | None,
    threads: int,
    changed: Iterable[str],
) -> list[str]:
    """Returns the options that all simulating verbs share."""
    options = [f"--threads={whole('threads', threads)}"]
    if replications is not None:
        options.append(f"--replications={whole('replications', replications)}")
    if seed is not None:
        options.append(f"--seed={whole('seed', seed)}")
    return options + [f"--set={change}" for change in changed]


def sweeping(
    sweep: object,
    out: PathLike | None,
    resume: bool,
    on_error: str,
    shared: Iterable[str],
) -> list[str]:
    """Returns the options of a sweep; ``shared`` are those of :func:`settings`."""
    options = [*shared, f"--on-error={text('on_error', on_error)}"]
    options += [] if out is None else [f"--out={text('out', out)}"]
    options += ["--resume"] if truth("resume", resume) else []
    return [*options, "--", text("sweep", sweep)]
