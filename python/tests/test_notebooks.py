"""Tests that every notebook runs from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert "text/html" in kinds or "text/plain" in kinds
    if path.stem == "1-compare":
        assert "image/png" in kinds, "a figure"
        lines = [
            line
            for cell in notebook.cells[:3]
            if cell.cell_type == "code"
            for line in cell.source.splitlines()
        ]
        assert len([line for line in lines if line.strip()]) <= 10, (
            "ten lines to a data frame and a figure"
        )


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["1-compare", "2-ema-workbench", "3-salib"]
