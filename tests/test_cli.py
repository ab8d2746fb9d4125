import logging
import os
import subprocess
import sys
import warnings

import click
import pytest

from nanyi_gis.cli import app, main


def test_every_command_has_help_with_an_example(capsys):
    for name in app.list_commands(None):
        assert main([name, "--help"]) == 0
        assert "Example" in capsys.readouterr().out, name


def test_commands_of_a_group_have_help_with_an_example(capsys):
    for name in ("init", "report", "check"):
        assert main(["monitor", name, "--help"]) == 0
        assert f"monitor {name}" in capsys.readouterr().out


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


def fall(depth):
    return fall(depth + 1)


def fail(kind):
    if kind == "recursion":
        fall(0)
    raise {
        "runtime": RuntimeError("Unable to determine\n  UTM CRS"),
        "key": KeyError("spacing"),
        "silent": AssertionError(),
        "long": ValueError("x" * 10_000),
        "memory": MemoryError(),
        "disk": OSError(28, "No space left on device"),
        "group": ExceptionGroup("two", [ValueError("a"), TypeError("b")]),
        "interrupt": KeyboardInterrupt(),
    }[kind]


@pytest.fixture
def failing(monkeypatch):
    """A command "fail" that raises what it is told to."""
    command = click.Command("fail", params=[click.Argument(["kind"])], callback=fail)
    monkeypatch.setattr(app, "get_command", lambda ctx, name: command)


WORDS = {
    "runtime": "unexpected RuntimeError: Unable to determine UTM CRS",
    "key": "unexpected KeyError: 'spacing'",
    "recursion": "unexpected RecursionError",
    "silent": "unexpected AssertionError; run again with --debug",
    "long": "unexpected ValueError: xxx",
    "memory": "the memory is not enough",
    "disk": "No space left on device; check the path",
    "group": "unexpected ExceptionGroup: two",
}


@pytest.mark.parametrize("kind", WORDS)
def test_whatever_escapes_is_one_line(failing, capsys, kind):
    assert main(["fail", kind]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("nanyi-gis: ")
    assert WORDS[kind] in line
    assert len(line) < 500


def test_an_interrupt_is_130(failing, capsys):
    assert main(["fail", "interrupt"]) == 130
    assert capsys.readouterr().err.lstrip() == "nanyi-gis: interrupted; nothing was written\n"


@pytest.mark.parametrize(
    "arguments", [["--debug", "fail", "key"], ["fail", "--debug", "key"], ["fail", "key", "--debug"]]
)
def test_debug_shows_the_traceback(failing, capsys, arguments):
    assert main(arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[0].startswith("Traceback")
    assert any(line.startswith("KeyError") for line in lines)
    assert lines[-1].startswith("nanyi-gis: unexpected KeyError")


@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("", False)])
def test_debug_by_the_environment(failing, capsys, monkeypatch, value, shown):
    monkeypatch.setenv("NANYI_GIS_DEBUG", value)
    assert main(["fail", "key"]) == 2
    assert ("Traceback" in capsys.readouterr().err) == shown


def test_after_two_dashes_debug_is_a_name(failing, capsys):
    assert main(["fail", "--", "--debug"]) == 2  # the command knows no such kind
    assert "unexpected KeyError: '--debug'" in capsys.readouterr().err


@pytest.fixture
def noisy(monkeypatch):
    """A command "warn" whose libraries warn and log."""

    def warn():
        for text in ("Several features with\n id = 1", "Several features with id = 1", "invalid value encountered"):
            warnings.warn(text, RuntimeWarning, stacklevel=1)
        warnings.warn("use b in place of a", DeprecationWarning, stacklevel=1)
        logging.getLogger("rasterio._err").error("CPLE_OpenFailed")
        click.echo("done")

    command = click.Command("warn", callback=warn)
    monkeypatch.setattr(app, "get_command", lambda ctx, name: command)


def test_warnings_of_libraries_are_notes_once(noisy, capsys):
    before = list(logging.getLogger().handlers)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["warn"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "done\n"
    assert printed.err == "note: Several features with id = 1\n"
    assert logging.getLogger().handlers == before


def test_a_terminal_without_chinese_gets_the_table():
    command = [sys.executable, "-m", "nanyi_gis", "plan", "--county", "古蔺", "--kind", "target"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert done.stderr == b""
    assert b"\\u" in done.stdout
