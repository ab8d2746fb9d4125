"""A command that takes its options at their word: none twice, none empty, none without effect, no result over an input.

Every command of the package is made by :func:`command`; ``tests/test_cli_paths.py`` holds it.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import click

from ..errors import ParameterError
from ._effects import refuse_without_effect
from ._paths import InputPath, check_paths, label

_SAY_IT_THEMSELVES = {"direction", "edges", "minutes", "mode", "years"}  # what reads them, with an example


class StrictCommand(click.Command):
    """A command whose options are checked before anything is read."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for param in self.params:
            if type(param.type) is click.Path:
                param.type = InputPath(path_type=param.type.type)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse an option that is given twice but counts once."""
        if args or not self.no_args_is_help:
            _refuse_doubled(self.make_parser(ctx).parse_args(list(args))[2])
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Check what was given, then run."""
        _refuse_empty(ctx)
        refuse_without_effect(ctx)
        check_paths(ctx)
        return super().invoke(ctx)


class HelpGroup(click.Group):
    """A group that shows its help on the error stream, with status 2, where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, or show the help; click itself did it with status 0 up to 8.1."""
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)


class StrictGroup(HelpGroup):
    """A group of such commands."""

    command_class = StrictCommand


def command(name: str, **options: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Return the decorator that makes a command."""
    return click.command(name, cls=StrictCommand, **options)


def _refuse_doubled(order: list[click.Parameter]) -> None:
    """Refuse options that stand twice on the line, though only the last would count; a flag may be repeated."""
    single = [
        param
        for param in order
        if isinstance(param, click.Option) and not (param.multiple or param.count or param.is_flag)
    ]
    for param, times in Counter(single).items():
        if times > 1:
            raise ParameterError(f"{label(param)} is given {times} times, but counts once; leave the others out")


def _refuse_empty(ctx: click.Context) -> None:
    """Refuse texts that are blank, and values that a repeatable option has twice."""
    for param in ctx.command.params:
        value = ctx.params.get(param.name or "")
        values = value if isinstance(value, tuple) else (value,)
        for one in values:
            if isinstance(one, str) and not one.strip() and param.name not in _SAY_IT_THEMSELVES:
                raise ParameterError(f"{label(param)} is {one!r}, but must not be empty; give a value or leave it out")
        if isinstance(param, click.Option):
            for one, times in Counter(values).items():
                if times > 1:
                    raise ParameterError(f"{label(param)} has {str(one)!r} {times} times; give it once")
