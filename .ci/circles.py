#!/usr/bin/env python3
"""Fails if files of `src` import each other in a circle. The file of a folder (`mod.rs`) names its
own files and is named by them: it is left out, and so are unit tests."""

import re
import sys
from pathlib import Path

SOURCE = Path("src")


def module(file: Path) -> tuple[str, ...]:
    """Returns the path of a module within the crate."""
    return file.relative_to(SOURCE).with_suffix("").parts


def used(text: str, own: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Returns the paths that a file names after `crate::` or `super::`, each in full."""
    found = set()
    for start, path in re.findall(r"\b((?:super::)+|crate::)((?:\w+::)*\w+)", text):
        base = own[: len(own) - start.count("super::")] if start.startswith("super") else ()
        found.add(base + tuple(path.split("::")))
    # `use super::{a::B, c}` and `use crate::x::{y::Z, w}`, one level deep.
    for start, path, names in re.findall(
        r"\buse ((?:super::)+|crate::)((?:\w+::)*)\{([^{}]*)\}", text
    ):
        base = own[: len(own) - start.count("super::")] if start.startswith("super") else ()
        prefix = base + tuple(part for part in path.split("::") if part)
        for name in names.split(","):
            found.add(prefix + tuple(name.strip().split("::")))
    return found


files = {module(file): file for file in SOURCE.rglob("*.rs") if file.name != "mod.rs"}
arrows: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
for own, file in files.items():
    text = re.split(r"#\[cfg\(test\)\]\s*mod tests\b", file.read_text())[0]
    text = re.sub(r"//[^\n]*", "", text)
    targets = set()
    for path in used(text, own):
        for length in range(len(path), 0, -1):
            if path[:length] in files:
                targets.add(path[:length])
                break
    arrows[own] = targets - {own}

seen: dict[tuple[str, ...], int] = {}
circles = []


def visit(own: tuple[str, ...], way: list[tuple[str, ...]]) -> None:
    """Follows the imports of a file, depth first; `way` leads to it."""
    seen[own] = 1
    for target in sorted(arrows[own]):
        if seen.get(target) == 1:
            circle = [*way[way.index(target) :], target]
            circles.append(" -> ".join("/".join(part) for part in circle))
        elif target not in seen:
            visit(target, [*way, target])
    seen[own] = 2


for own in sorted(files):
    if own not in seen:
        visit(own, [own])
if circles:
    print("files import each other in a circle:", *circles, sep="\n  ")
    sys.exit(1)
