"""The notebook runs from top to bottom as it stands, and is kept without outputs."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "studies.ipynb"

EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""
"""In a process of its own: the client of kernels leaves sockets to the garbage collector."""


def test_it_is_kept_without_outputs():
    codes = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert len(codes) > 5
    assert all(not cell.outputs and cell.execution_count is None for cell in codes)


@pytest.mark.slow
def test_it_runs_and_shows_what_it_says(tmp_path):
    run = tmp_path / "run.ipynb"
    subprocess.run([sys.executable, "-c", EXECUTE, NOTEBOOK, run], check=True, capture_output=True, timeout=300)
    shown = "\n".join(_texts(nbformat.read(run, as_version=4)))
    assert "answer every demand for data" in shown
    assert "leaves only because of the change" in shown
    assert "announced_together" in shown
    assert "mu_star" in shown
    usual, follows = re.search(r"\[\(123\.0, (\S+)\), \(123\.0, (\S+)\)\]", shown).groups()
    assert float(usual) != float(follows)


def _texts(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield output.get("text", "") or output["data"]["text/plain"]
