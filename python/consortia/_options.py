"""Arguments of functions as options of the command line, which the engine parses: one set of rules for both."""

from __future__ import annotations

import json
import operator
import os
import re
from collections.abc import Iterable, Mapping
from typing import Union

from .errors import InputError

Value = Union[str, bool, int, float, "list[Value]", "dict[str, Value]"]
"""A value of a scenario or an organisation, as in TOML."""

PathLike = Union[str, "os.PathLike[str]"]


def refuse(message: str, remedy: str) -> InputError:
    """A mistake that is in no file."""
    return InputError(f"{message}\n  help: {remedy}", [(message, None, None, None, remedy, "argument")])


def text(name: str, value: object) -> str:
    """A text or a path."""
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    raise TypeError(f"{name}: expected a text or a path, got {type(value).__name__}: {value!r}")


def whole(name: str, value: object) -> str:
    """A whole number."""
    if isinstance(value, bool):
        raise TypeError(f"{name}: expected a whole number, got bool: {value!r}")
    try:
        return str(operator.index(value))  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name}: expected a whole number, got {type(value).__name__}: {value!r}") from None


def number(name: str, value: object) -> str:
    """A number."""
    if isinstance(value, (bool, str, bytes)) or value is None:
        raise TypeError(f"{name}: expected a number, got {type(value).__name__}: {value!r}")
    try:
        return repr(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number, got {type(value).__name__}: {value!r}") from None


def truth(name: str, value: object) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    raise TypeError(f"{name}: expected True or False, got {type(value).__name__}: {value!r}")


def texts(name: str, values: object) -> list[str]:
    """Several texts; one text stands for itself."""
    if isinstance(values, (str, os.PathLike)):
        return [text(name, values)]
    if not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected texts, got {type(values).__name__}: {values!r}")
    return [text(name, value) for value in values]


def literal(path: str, value: object) -> str:
    """A value as written in TOML."""
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
        inner = ", ".join(f"{_key(path, key)} = {literal(f'{path}.{key}', value[key])}" for key in value)
        return "{" + inner + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(path, one) for one in value) + "]"
    raise TypeError(f"{path}: a value is a text, a number, a truth value, a list or a table, not {type(value).__name__}")


def _key(path: str, key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{path}: keys are texts, not {type(key).__name__}")
    return json.dumps(key, ensure_ascii=False)


def changes(values: Mapping[str, object] | None, name: str = "set") -> list[str]:
    """Changes of values by their paths, as ``path=value``."""
    if values is None:
        return []
    if not isinstance(values, Mapping):
        raise TypeError(f"{name}: expected a mapping of paths to values, got {type(values).__name__}")
    for path in values:
        if not isinstance(path, str):
            raise TypeError(f"{name}: paths are texts such as 'states.UZB.lambda_comply', not {type(path).__name__}")
    return [f"{path}={_word(value) or literal(path, value)}" for path, value in values.items()]


def _word(value: object) -> str | None:
    """A word that needs no quotes, as it would be typed."""
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", value)
    return str(value) if plain and value not in {"true", "false", "nan", "inf", "infinity"} else None


def settings(
    replications: int | None,
    seed: int | None,
    threads: int,
    changed: Iterable[str],
) -> list[str]:
    """The options that all running verbs share."""
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
    """The options of a sweep; ``shared``: those of :func:`settings`."""
    options = [*shared, f"--on-error={text('on_error', on_error)}"]
    options += [] if out is None else [f"--out={text('out', out)}"]
    options += ["--resume"] if truth("resume", resume) else []
    return [*options, "--", text("sweep", sweep)]
