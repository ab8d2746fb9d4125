import ast
import functools
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from conftest import COARSE

from nanyi_gis import dem

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHORTEST = ROOT / "notebooks" / "09_pages.ipynb"

RUN = """
import sys, warnings
warnings.simplefilter("ignore")
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
"""


def shown(value: object) -> None:
    """Show a value as Jupyter does: as HTML where it has one."""
    html = getattr(value, "_repr_html_", None)
    assert (html() if callable(html) else None) or repr(value)


def run_cells(cells: list[str]) -> None:
    """Run the cells of a notebook one by one in names of their own; the value of an expression at the end is shown."""
    names = {"__name__": "__main__", "display": shown}
    for number, cell in enumerate(cells, start=1):
        body = ast.parse(cell).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) and not cell.rstrip().endswith(";") else None
        exec(compile(ast.Module(body, type_ignores=[]), f"<cell {number}>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"<cell {number}, last line>", "eval"), names)
            if value is not None:
                shown(value)


def cells_of(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    """Here and not in kernels of Jupyter: to start one and load everything anew takes longer than most notebooks.

    Where a notebook does not say how fine its terrain shall be, it is coarse.
    """
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dem, "load_dem", functools.partial(dem.load_dem, resolution=COARSE))
    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.simplefilter("ignore")
        try:
            run_cells(["".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "code"])
        finally:
            pyplot.close("all")


@pytest.mark.slow
def test_a_notebook_runs_in_jupyter(tmp_path):
    pytest.importorskip("nbclient")
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(SHORTEST), str(tmp_path)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_cell_that_fails_fails_and_what_stands_last_is_shown(capsys):
    run_cells(["a = 1\nprint(a + 1)", "a", "display(a)", "a + 1;"])
    assert capsys.readouterr().out == "2\n"
    with pytest.raises(ZeroDivisionError):
        run_cells(["a = 1", "a / 0"])
    with pytest.raises(AssertionError):
        run_cells(["class Empty:\n    def __repr__(self): return ''", "Empty()"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path):
    cells = cells_of(path)
    assert any(cell["cell_type"] == "markdown" for cell in cells)
    assert not any(cell.get("outputs") for cell in cells)


def test_there_are_notebooks():
    assert SHORTEST in NOTEBOOKS
