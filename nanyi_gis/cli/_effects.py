"""Options that do nothing where they are given: one table, held against what stands on the command line."""

import math
from collections.abc import Callable, Mapping
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
    when : callable
        The rule holds where this is true of the command's parameters.
    """

    option: str
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    when: Callable[[Mapping[str, Any]], bool] = lambda _params: True


def _elsewhere(params: Mapping[str, Any]) -> bool:
    return "://" in str(params["scheduler"])


def _by_car(params: Mapping[str, Any]) -> bool:
    return bool(params["mode"] == "car")


def _no_table(params: Mapping[str, Any]) -> bool:
    """Tell whether the names come in both languages anyway."""
    return params["form"] == "json" or (params["form"] == "csv" and not params.get("checks"))


def _from_osm(params: Mapping[str, Any]) -> bool:
    from ..io import is_osm_file

    return params["roads"] is not None and is_osm_file(params["roads"])


def _asks(*models: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return the rule that holds for some models of ``site``."""
    return lambda params: params["model"] in models


def _measured(measure: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return the rule that holds for a measure of ``equity``."""
    return lambda params: bool(params["measure"] == measure)


def _left_out(params: Mapping[str, Any]) -> bool:
    return bool(params["unreachable"] == "exclude")


# The ways of an extract meet where they share a vertex, and nowhere else.
_NODING = (Effect("noding", needs=("roads",)), Effect("noding", without=("roads",), when=_from_osm))

EFFECTS: Mapping[str, tuple[Effect, ...]] = {
    "access": (
        Effect("id_column", needs=("origins", "facilities")),
        Effect("supply", needs=("facilities",)),
        Effect("population", without=("origins",)),
        Effect("own_county", without=("origins", "facilities")),
        *_NODING,
    ),
    "bands": (Effect("name_column", needs=("zones",)),),
    "comfort": tuple(Effect(name, needs=("rank",)) for name in ("top", "samples", "concentration", "seed")),
    "corridor": (Effect("spacing", needs=("settlements",)), Effect("end_radius", needs=("settlements",))),
    "equity": (
        Effect("against", needs=("table",)),
        *(Effect(name, without=("table",)) for name in ("sub_centres", "study")),
        Effect("unreachable", without=("measure",), when=_measured("access")),
        Effect("cap", without=("unreachable",), when=_left_out),
        Effect("cap", without=("measure",), when=_measured("access")),
        Effect("halved_by", without=("measure",), when=_measured("minutes")),
    ),
    "forest": (
        Effect("name_column", needs=("zones",)),
        Effect("reference_column", needs=("reference",)),
        Effect("area_wanmu", needs=("treecover",)),
    ),
    "haul": _NODING,
    "build": (Effect("assume_datum", needs=("boundaries",)), *_NODING),
    "sheets": (Effect("assume_datum", needs=("boundaries",)), *_NODING),
    "network": (
        Effect("tolerance", needs=("roads",)),
        Effect("tolerance", without=("roads",), when=_from_osm),
        *_NODING,
        Effect("waiting", without=("roads",)),
        Effect("freight", without=("roads",)),
    ),
    "route": (
        Effect("assume_datum", needs=("from_file",)),
        Effect("loop", without=("from_file",)),
        Effect("day_minutes", needs=("loop",)),
        Effect("stay_min", needs=("day_minutes",)),
        Effect("length_km", without=("day_minutes",)),
        Effect("seed", needs=("samples",)),
    ),
    "hazard": (
        *(Effect(name, needs=("inventory",)) for name in ("surveyed", "model", "block_m", "layers")),
        *(Effect(name, needs=("shelters",)) for name in ("people", "zones", "barriers", "minutes")),
        *(Effect(name, needs=("roads",)) for name in ("prone", "origins", "facilities")),
        *_NODING,
    ),
    "suitability": (
        Effect("sigma", needs=("samples",)),
        Effect("correlation_length", needs=("samples",)),
        Effect("seed", needs=("samples",)),
        Effect("threads", needs=("samples",), when=_elsewhere),
    ),
    "site": (
        Effect("id_column", needs=("clients", "candidates", "fixed", "closed")),
        Effect("weights", needs=("clients",)),
        Effect("weights", without=("model",), when=_asks("p-center", "set-cover")),
        Effect("p", without=("model",), when=_asks("set-cover")),
        Effect("more", without=("model",), when=_asks("set-cover")),
        Effect("quota", without=("model",), when=_asks("set-cover")),
        Effect("quota", needs=("group",)),
        Effect("group", needs=("quota",)),
        Effect("minutes", without=("model",), when=_asks("p-median", "p-center")),
        Effect("capacity", without=("model",), when=_asks("p-center", "set-cover", "backup-coverage")),
        Effect("site_cost", without=("model",), when=_asks("p-center", "max-coverage", "backup-coverage")),
        Effect("gap", without=("model",), when=_asks("p-center")),
        *(Effect(name, without=("cost",)) for name in ("roads", "scenario", "changes", "snap_limit", "access_kmh")),
        *(Effect(name, without=("cost",)) for name in ("any_part", "speeds", "study")),
        *_NODING,
    ),
    "hydrology": (
        Effect("crest", needs=("dam_line",)),
        Effect("dam_line", without=("dam",)),
        Effect("people", needs=("dam", "dam_line")),
        Effect("roads", needs=("dam", "dam_line")),
        Effect("coarse", without=("rivers",)),
    ),
    "plan": (Effect("lang", without=("form",), when=_no_table),),
    "sources": (Effect("lang", without=("form",), when=_no_table),),
    "monitor-check": (Effect("as_of", needs=("sheets",)), Effect("strict", needs=("sheets",))),
    "report": (Effect("alone", needs=("sheets",)), Effect("take_cures", without=("strict",))),
    "validate": (Effect("add", needs=("places",)),),
    "travel-time": (Effect("mode", needs=("roads",), when=_by_car), *_NODING),
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
        if (
            ctx.get_parameter_source(effect.option) is not ParameterSource.COMMANDLINE
            or _no_number(value)
            or not effect.when(ctx.params)
        ):
            continue
        name = label(params[effect.option])
        if effect.needs and not any(_given(ctx.params[other]) for other in effect.needs):
            wanted = " or ".join(label(params[other]) for other in effect.needs)
            raise ParameterError(
                f"{name} is {_shown(value)}, but has no effect without {wanted}; add {wanted}, or leave {name} out"
            )
        for other in effect.without:
            if _given(ctx.params[other]):
                beside = label(params[other])
                if isinstance(params[other].type, click.Choice):
                    beside += f" {ctx.params[other]}"
                raise ParameterError(
                    f"{name} is {_shown(value)}, but has no effect with {beside}; leave out one of them"
                )


def _given(value: Any) -> bool:
    return value not in (None, (), False, 0)


def _no_number(value: Any) -> bool:
    """Tell what the command itself refuses as no number, in its words."""
    return isinstance(value, float) and not math.isfinite(value)


def _shown(value: Any) -> str:
    return "set" if value is True else repr(value) if isinstance(value, str) else str(value)
