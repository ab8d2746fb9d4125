"""The command line: parse, call, write. Each command lives in its own module and loads on use."""

import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from .. import __version__
from .._interrupts import Stopped, ended_by_signals, standing
from ..errors import NanyiError
from ._command import HelpGroup
from ._libraries import tame_libraries
from ._streams import any_streams

DEBUG_VARIABLE = "NANYI_GIS_DEBUG"
_LONGEST = 300
_LONGEST_LINE = 2_500


class _UnreadError(Exception):
    """Nobody reads the results any more; of a plain ``BrokenPipeError`` click makes an exit, each version another."""


@contextmanager
def _unread() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _UnreadError from error


class _LazyGroup(HelpGroup):
    """A group with one command a module of this package, imported only when called or listed."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _unread():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _unread():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nanyi-gis")
@click.option("--debug", is_flag=True, help=f"Show the traceback of an error; also with {DEBUG_VARIABLE}=1.")
def app(debug: bool) -> None:
    """Layers, analyses and offline maps for Luzhou's South Wing (叙永, 古蔺).

    \b
    Example: nanyi-gis build --out maps
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    That is 0, or 2 with one clear line; after a signal 128 and its number, so 130 after Ctrl-C.
    ``--debug`` anywhere before a ``--``, or ``NANYI_GIS_DEBUG=1``, shows the traceback and every warning raw.
    """
    given, debug = _without_debug(list(sys.argv[1:] if arguments is None else arguments))
    with any_streams():
        try:
            with ended_by_signals():
                return _run(given, debug=debug)
        except Stopped as stop:
            return _refuse(_interrupted(), status=stop.status)


def _run(given: list[str], *, debug: bool) -> int:
    if any("\0" in text for text in given):  # no shell passes one, but a program may
        return _refuse("an argument holds a NUL character, which no path can; remove it")
    try:
        with nullcontext() if debug else tame_libraries():
            status = app.main(args=given, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except _UnreadError:
        return _leave_output()
    except (click.Abort, KeyboardInterrupt):
        return _refuse(_interrupted(), status=130)
    except Exception as error:  # noqa: BLE001 (the last resort: whatever escaped the doors ends here)
        if debug:
            traceback.print_exc()
        return _refuse(_line(error))


def _leave_output() -> int:
    """Return 0 where nobody reads on, as after ``| head``: results are printed when they are written."""
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())  # the interpreter flushes at exit
    except (OSError, ValueError):  # no real file
        pass
    return 0


def _interrupted() -> str:
    """Return what an interrupt left behind, in words."""
    found = standing()
    if not found:
        return "interrupted; nothing was written"
    return f"interrupted, but what was written before in {', '.join(map(str, found))} stands"


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """Return the arguments without ``--debug``, and whether tracebacks are wanted.

    >>> _without_debug(["bands", "a.tif", "--debug"])[0]
    ['bands', 'a.tif']
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [text for text in arguments[:end] if text != "--debug"]
    wanted = os.environ.get(DEBUG_VARIABLE, "").strip().lower() not in {"", "0", "no", "false"}
    return kept + arguments[end:], wanted or len(kept) < end


def _line(error: Exception) -> str:
    """Return an error in words: ours as they are, a library's or a mistake of ours with its type."""
    if isinstance(error, click.ClickException):
        return _within(error.format_message())
    if isinstance(error, NanyiError):
        return str(error)  # which keeps to its own length
    if isinstance(error, MemoryError):
        return "the memory is not enough; ask for a coarser --resolution or a smaller raster"
    text = _short(" ".join(str(error).split()))
    if isinstance(error, OSError):
        name = f": {_short(str(error.filename))}" if error.filename is not None and error.strerror else ""
        return f"{error.strerror or text or type(error).__name__}{name}; check the path and its permissions"
    return f"unexpected {type(error).__name__}{f': {text}' if text else ''}; run again with --debug and report it"


def _within(text: str) -> str:
    """Return a message whose value may be a whole file: what begins it, and the rule and the cure that end it.

    >>> len(_within("x" * 1_000_000))
    2505
    """
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 500]} ... {text[-500:]}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _refuse(message: str, *, status: int = 2) -> int:
    print(f"nanyi-gis: {' '.join(message.split())}", file=sys.stderr)
    return status
