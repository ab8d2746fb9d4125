"""Options that do nothing where they are given: one table, held against what stands on the command line."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from ..errors import ParameterError
from ._paths import label


class Effect(NamedTuple):
    """When an option has an effect.

    Attributes
    ----------
    option : str
        Its parameter.
    needs : tuple of str
        Parameters of which one must be given too (or be switched on, or be above zero).
    without : tuple of str
        Parameters beside which it has none.
    """

    option: str
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


EFFECTS: Mapping[str, tuple[Effect, ...]] = {
    "access": (
        Effect("id_column", needs=("origins", "facilities")),
        Effect("supply", needs=("facilities",)),
        Effect("population", without=("origins",)),
    ),
    "bands": (Effect("name_column", needs=("zones",)),),
    "build": (Effect("assume_datum", needs=("boundaries",)),),
    "network": (
        Effect("tolerance", needs=("roads",)),
        Effect("waiting", without=("roads",)),
        Effect("freight", without=("roads",)),
    ),
    "suitability": (
        Effect("sigma", needs=("samples",)),
        Effect("correlation_length", needs=("samples",)),
        Effect("seed", needs=("samples",)),
    ),
}


def refuse_without_effect(ctx: click.Context) -> None:
    """Refuse an option that does nothing beside the others, also one given with its default.

    Raises
    ------
    ParameterError
        Names it and what to add or leave out.
    """
    params = {param.name: param for param in ctx.command.params}
    for effect in EFFECTS.get(ctx.command.name or "", ()):
        value = ctx.params[effect.option]
        if ctx.get_parameter_source(effect.option) is not ParameterSource.COMMANDLINE or _no_number(value):
            continue
        name = label(params[effect.option])
        if effect.needs and not any(_given(ctx.params[other]) for other in effect.needs):
            wanted = " or ".join(label(params[other]) for other in effect.needs)
            raise ParameterError(
                f"{name} is {_shown(value)}, but has no effect without {wanted}; add {wanted}, or leave {name} out"
            )
        for other in effect.without:
            if _given(ctx.params[other]):
                raise ParameterError(
                    f"{name} is {_shown(value)}, but has no effect with {label(params[other])}; leave out one of them"
                )


def _given(value: Any) -> bool:
    return value not in (None, (), False, 0)


def _no_number(value: Any) -> bool:
    """Tell what the command itself refuses as no number, in its words."""
    return isinstance(value, float) and not math.isfinite(value)


def _shown(value: Any) -> str:
    return "set" if value is True else repr(value) if isinstance(value, str) else str(value)
