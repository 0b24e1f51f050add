"""Lengths that the house keeps: no file of code over 600 lines, no line of code or prose over 100 columns.

Tables, links, headings, quoted program output and code blocks of Markdown may be longer, and so may lines of code that
hold one literal which cannot be broken: rows of a table of tests, scripts for the browser, addresses.
"""

import re
import subprocess
import sys
from pathlib import Path

LINES, COLUMNS = 600, 100
# Tables and scripts kept as literals, a row or a statement a line.
LITERALS = ("tests/suite/switches.rs", "tests/browser/")
GENERATED = ("docs/verification.md", "docs/patterns.md")


def tracked(*patterns: str) -> list[Path]:
    """Files under version control, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        check=True, capture_output=True, text=True,
    ).stdout.split("\n")
    return [Path(name) for name in listed if name and Path(name).is_file()]


def code(path: Path, text: list[str]) -> list[str]:
    """Mistakes of a file of code."""
    found = [f"{path}: {len(text)} lines, {LINES} are the most"] if len(text) > LINES else []
    if str(path).startswith(LITERALS) or path.suffix != ".rs":
        return found
    for number, line in enumerate(text, 1):
        # A string, raw or not, that goes on beyond the margin cannot be broken without changing it.
        if len(line) > COLUMNS and not re.search(r'[br#]?"[^"]{60,}|https?://\S{40,}', line):
            found.append(f"{path}:{number}: {len(line)} columns, {COLUMNS} are the most")
    return found


def prose(path: Path, text: list[str]) -> list[str]:
    """Mistakes of a page."""
    found, block = [], False
    for number, line in enumerate(text, 1):
        if line.lstrip().startswith("```"):
            block = not block
        free = block or line.startswith(("    ", "|", "#", "![")) or re.search(r"\]\([^)]*$|\]\([^)]{40,}\)|https?://", line)
        if len(line) > COLUMNS and not free:
            found.append(f"{path}:{number}: {len(line)} columns, {COLUMNS} are the most")
    return found


def main() -> None:
    """Prints all mistakes; exit code 1 if there are any."""
    found = []
    for path in tracked("*.rs", "*.py"):
        found += code(path, path.read_text(encoding="utf-8").split("\n"))
    for path in tracked("*.md"):
        if str(path) not in GENERATED and "vendor" not in path.parts:
            found += prose(path, path.read_text(encoding="utf-8").split("\n"))
    print("\n".join(found) or "lengths: sound")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
