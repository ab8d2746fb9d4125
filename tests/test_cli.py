import subprocess
import sys

import pytest

from nanyi_gis.cli import app, main


def test_every_command_has_help_with_an_example(capsys):
    for name in app.list_commands(None):
        assert main([name, "--help"]) == 0
        assert "Example" in capsys.readouterr().out, name


def test_unknown_command_and_option_are_one_line(capsys):
    assert main(["fly"]) == 2
    assert main(["build", "--wings"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("nanyi-gis: ") for line in lines)


@pytest.mark.slow
def test_help_starts_without_the_heavy_libraries():
    heavy = ("geopandas", "rasterio", "numba", "xarray")
    shown = f"sorted(set({heavy}) & sys.modules.keys())"
    code = f"import sys; from nanyi_gis.cli import main; main(['--help']); print({shown})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_module_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "nanyi_gis", "--version"], capture_output=True, text=True, check=True)
    assert "0.1.0" in done.stdout


def test_without_a_command_the_help_is_shown(capsys):
    assert main([]) == 2
    assert "\nCommands:\n" in capsys.readouterr().err


def test_a_pipe_that_closes_early_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m nanyi_gis plan | head -n 1", shell=True, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("id")
    assert done.stderr == ""
