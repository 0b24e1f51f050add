"""Removes output that depends on the machine (bars, warnings) from the notebooks here."""

from pathlib import Path

import nbformat

for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
            cell.outputs = [
                one for one in cell.outputs if one.get("data", {}).get("text/plain") != "[None]"
            ]
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)
