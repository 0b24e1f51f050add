"""Checks lengths: at most 600 lines in a file of code, at most 100 columns in code and Markdown.

Code is Rust, Python, and the scripts of the page. Tables, links, headings, quoted program output
and code blocks of Markdown may be longer, and so may lines of code with a literal that cannot be
broken: rows of a table of tests, scripts for the browser, addresses.
"""

import re
import subprocess
import sys
from pathlib import Path

LINES, COLUMNS = 600, 100
# These files have tables and scripts as literals, with one row or statement in a line.
LITERALS = ("tests/suite/switches.rs", "tests/browser/")
GENERATED = ("docs/verification.md", "docs/patterns.md")


def tracked(*patterns: str) -> list[Path]:
    """Returns files that match the patterns and are tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    return [Path(name) for name in listed if name and Path(name).is_file()]


def code(path: Path, text: list[str]) -> list[str]:
    """Returns the mistakes of a file of code; ``text`` are its lines."""
    found = [f"{path}: {len(text)} lines, {LINES} are the most"] if len(text) > LINES else []
    if str(path).startswith(LITERALS):
        return found
    for number, line in enumerate(text, 1):
        # A long string or address cannot be broken without changing the code.
        if len(line) > COLUMNS and not re.search(r'"[^"]{60,}|`[^`]{40,}|https?://\S{40,}', line):
            found.append(f"{path}:{number}: {len(line)} columns, {COLUMNS} are the most")
    return found


def prose(path: Path, text: list[str]) -> list[str]:
    """Returns the mistakes of a page of Markdown; ``text`` are its lines."""
    found, block = [], False
    for number, line in enumerate(text, 1):
        if line.lstrip().startswith("```"):
            block = not block
        free = (
            block
            or line.startswith(("    ", "|", "#", "!["))
            or re.search(r"\]\([^)]*$|\]\([^)]{40,}\)|https?://", line)
        )
        if len(line) > COLUMNS and not free:
            found.append(f"{path}:{number}: {len(line)} columns, {COLUMNS} are the most")
    return found


def main() -> None:
    """Prints all mistakes; the exit code is 1 if there are any."""
    found = []
    for path in tracked("*.rs", "*.py", "assets/report/*.js", ":!assets/report/vendor"):
        found += code(path, path.read_text(encoding="utf-8").splitlines())
    for path in tracked("*.md"):
        if str(path) not in GENERATED and "vendor" not in path.parts:
            found += prose(path, path.read_text(encoding="utf-8").splitlines())
    print("\n".join(found) or "lengths: sound")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
