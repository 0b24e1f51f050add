"""Tests that the examples of the documents run and that public names have docstrings."""

from __future__ import annotations

import re
from pathlib import Path

import consortia
import pytest
from conftest import ROOT, command


def blocks(path: Path) -> list[str]:
    """Returns the Python blocks of a page."""
    return re.findall(r"```python\n(.*?)```", path.read_text(), flags=re.DOTALL)


def test_the_page_of_the_package_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    found = blocks(ROOT / "python" / "README.md")
    assert len(found) >= 5
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, "README.md", "exec"), names)


def test_package_and_command_are_of_one_version() -> None:
    assert command("--version").stdout.strip() == f"consortia {consortia.__version__}"


def test_everything_public_is_described() -> None:
    for name in consortia.__all__:
        thing = getattr(consortia, name)
        assert name.startswith("__") or (thing.__doc__ or "").strip(), name
        if isinstance(thing, type):
            for own, value in vars(thing).items():
                if not own.startswith("_") and (callable(value) or isinstance(value, property)):
                    assert (value.__doc__ or "").strip(), f"{name}.{own}"
