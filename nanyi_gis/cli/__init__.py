"""The command line: parse, call, write. Each command lives in its own module and loads on use."""

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

import click

from ..errors import NanyiError


class _LazyGroup(click.Group):
    """A group with one command a module of this package, imported only when called or listed."""

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
@click.version_option(package_name="nanyi_gis")
def app() -> None:
    """Layers, analyses and offline maps for Luzhou's South Wing (叙永, 古蔺).

    \b
    Example: nanyi-gis build --out maps
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 with one clear line."""
    try:
        status = app.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        return _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return _refuse("interrupted; nothing was written", status=130)
    except NanyiError as error:
        return _refuse(str(error))
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (the interpreter flushes it at exit)
        return 0
    except MemoryError:
        return _refuse("the memory is not enough; ask for a coarser --resolution or a smaller raster")
    except OSError as error:
        return _refuse(f"{error}; check the path and its permissions")


def _refuse(message: str, *, status: int = 2) -> int:
    print(f"nanyi-gis: {' '.join(message.split())}", file=sys.stderr)
    return status
