"""The options --trust and --force, the same for every command that reads files."""

from collections.abc import Callable
from typing import Any

import click

from .._consent import forcing, trusting


def trust_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--trust``: the files given are one's own, and may name other files; never servers or scripts."""
    return click.option(
        "--trust",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_enter(trusting),
        help="The files are your own: let them name files elsewhere. No file makes the program go online.",
    )(command)


def force_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--force``: go on where the estimate of cells, memory or time is above the stated limit."""
    return click.option(
        "--force",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_enter(forcing),
        help="Go on where cells, memory or time are estimated above the limit.",
    )(command)


def _enter(consent: Callable[[bool], Any]) -> Callable[[click.Context, click.Parameter, bool], bool]:
    """Return a callback that gives consent until the command ends."""

    def callback(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:
        ctx.with_resource(consent(value))
        return value

    return callback
