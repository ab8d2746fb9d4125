"""Reading criteria files: every fault is named with the file, the key and the cure."""

import math
import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import ParameterError
from ..io import data_file, known_keys, read_toml
from .land_rules import LAND_KEYS, land_rules
from .record import choice_of, list_of, number_of, numbers_of, ordered, positive, required_layers, table_of, text_of
from .use import CLASS_KEYS, MANAGEMENTS, SHAPES, Criterion, LandUse, Target
from .use_doubt import EVIDENCE_GRADES, correlation_of, uncertainty_of
from .vocabulary import CRITERIA, FIRST_OWN_CODE, FIRST_OWN_MASK, MASKS, NO_LIMIT_CODE, STEEP_CODE, Mask

DEFAULT_SHOULDER = 100.0

_TOP_KEYS = {
    "id", "name_en", "name_zh", "latin", "kind", "aggregation", "note", "constraints", "criterion", "mask", "target",
    "belt", "balance", "management", "requires", *LAND_KEYS,
}  # fmt: skip
_CRITERION_KEYS = {
    "id", "unit", "weight", "shape", "points", "low", "high", "band", "shoulder", "codes", "optimum", "layer",
    "name_en", "name_zh", "evidence", "source", "clause", "note", "uncertainty", "survival", "errs_like", "correlation",
}  # fmt: skip
_CRITERION_TEXTS = ("layer", "name_en", "name_zh", "evidence", "source", "clause", "note", "errs_like")
_CONSTRAINT_KEYS = {"slope_max", "slope_rule", "slope_unit", "masks", "clause", "source", "evidence"}
_MASK_KEYS = {"id", "name_en", "name_zh", "source"}
_TARGET_KEYS = {"clause", "kind", "wanmu", "county", "source"}
_BELT_KEYS = {"clause", "length_km", "frontage_km", "reach_km", "source"}
_BALANCE_KEYS = {"clause", "new_capacity_wan_t", "grain_per_tonne", "yield_kg_per_mu", "source", "source_zh"}
_CLASS_OF = {"S1": 1, "S2": 2, "S3": 3, "N": 4}


def embedded_crops() -> tuple[str, ...]:
    """Return the names of the crops that travel with the package.

    >>> {"bamboo", "kiwifruit", "orange", "plum", "sorghum"} <= set(embedded_crops())
    True
    """
    return _in_folder("crops/orange.toml")


def embedded_uses() -> tuple[str, ...]:
    """Return the names of the other uses of land that travel with the package: wind, solar, hazards.

    >>> {"pv", "wind"} <= set(embedded_uses())
    True
    """
    return _in_folder("uses/wind.toml")


def _in_folder(one: str) -> tuple[str, ...]:
    """Return the names of the criteria files beside an embedded one; their records end in ``.toml.toml``."""
    folder = data_file(one).parent
    return tuple(sorted(path.stem for path in folder.glob("*.toml") if not path.stem.endswith(".toml")))


def load_use(use: str | os.PathLike[str] | LandUse, *, name: str = "use") -> LandUse:
    """Return a land use by its name or from a criteria file of the user's own.

    A criteria file serves any use: crops, forest, wind, solar, wellness, hazards. It needs an ``id``
    and ``[[criterion]]`` tables with unit, weight and the limits of the classes; everything else
    (slope limit, masks, targets, belt, grain balance) may be left out.

    Parameters
    ----------
    use : str, path or LandUse
        The name of an embedded crop or use, the path of a ``.toml`` file, or a use already loaded.
    name : str
        What the messages call it.

    Raises
    ------
    ParameterError
        If there is no such use, or a value in the file breaks a rule.
    DataError
        If the file is missing or no TOML.

    >>> load_use("plum").criterion("elevation").points
    (600.0, 700.0, 900.0, 1000.0)
    >>> load_use("banana")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: use is 'banana', but must be one of: ...; or the path of a criteria file (.toml)
    """
    if isinstance(use, LandUse):
        return use
    if not isinstance(use, str | os.PathLike):
        raise ParameterError(f"{name} is {use!r}, but must be a name, e.g. orange, the path of a file, or a LandUse")
    given = os.fspath(use)
    if given in embedded_crops():
        path = data_file(f"crops/{given}.toml")
    elif name != "crop" and given in embedded_uses():
        path = data_file(f"uses/{given}.toml")
    elif given.endswith(".toml") or os.sep in given:
        path = Path(given)
    else:
        choices = ", ".join((*embedded_crops(), *(() if name == "crop" else embedded_uses())))
        file = "crop file" if name == "crop" else "criteria file"
        raise ParameterError(f"{name} is {given!r}, but must be one of: {choices}; or the path of a {file} (.toml)")
    return parse_use(read_toml(path, what="criteria file"), path=str(path))


def load_crop(crop: str | os.PathLike[str] | LandUse) -> LandUse:
    """Return a crop by its name or from a file of the user's own: :func:`load_use`, by the name that farmers use.

    >>> load_crop("plum").name_zh
    '乌蒙脆李'
    """
    return load_use(crop, name="crop")


def parse_use(record: dict[str, Any], *, path: str = "criteria file") -> LandUse:
    """Check a record of criteria and return it as a land use.

    Raises
    ------
    ParameterError
        Naming the file, the key and the cure.
    """
    where = Path(path).name
    known_keys(record, _TOP_KEYS, where, "")
    ident = text_of(record, "id", where, "")
    if not re.fullmatch(r"[\w-]+", ident):
        raise ParameterError(f"{where}: id is {ident!r}, but names files; use letters, digits, _ and - only")
    entries = record.get("criterion", [])
    if not isinstance(entries, list) or not entries:
        raise ParameterError(f"{where}: criterion is missing; give at least one [[criterion]] table")
    criteria = tuple(_criterion(entry, number, where) for number, entry in enumerate(entries))
    coded = {criterion.id for criterion in criteria if criterion.codes}
    seen: set[str] = set()
    for criterion in criteria:
        if criterion.id in seen:
            raise ParameterError(f"{where}: criterion {criterion.id!r} appears twice; keep one of them")
        if criterion.errs_like in coded:
            raise ParameterError(
                f"{where}: criterion.{criterion.id}.errs_like is {criterion.errs_like!r}, which has codes and no "
                "limits to be off; name another"
            )
        if criterion.errs_like and criterion.errs_like not in seen:
            above = ", ".join(c.id for c in criteria[: len(seen)]) or "there is none"
            given = f"criterion.{criterion.id}.errs_like is {criterion.errs_like!r}"
            raise ParameterError(f"{where}: {given}, but must be a criterion above it: {above}")
        seen.add(criterion.id)
    if sum(criterion.weight for criterion in criteria) <= 0:
        raise ParameterError(f"{where}: weight of all criteria sums to zero; give at least one a weight above zero")
    constraints = table_of(record, "constraints", where)
    known_keys(constraints, _CONSTRAINT_KEYS, where, "constraints.")
    slope_max = number_of(constraints.get("slope_max", math.inf), "constraints.slope_max", where)
    if "slope_max" in constraints and constraints.get("slope_unit") != "deg":
        raise ParameterError(f"{where}: constraints.slope_unit is missing or not 'deg'; add slope_unit = \"deg\"")
    if slope_max <= 0:
        raise ParameterError(f"{where}: constraints.slope_max is {slope_max:g}, but must lie above 0 degrees")
    _one_slope_limit(criteria, slope_max, where)
    own_masks = _own_masks(list_of(record.get("mask", []), "mask", where), where)
    masks = _masks(constraints, own_masks, criteria, where)
    management = _management(record, criteria, where)
    targets = list_of(record.get("target", []), "target", where)
    for key in ("belt", "balance"):
        if record.get(key) and not targets:
            raise ParameterError(f"{where}: {key} has no target to judge; add [[target]] with clause and wanmu")
    return LandUse(
        id=ident,
        name_en=str(record.get("name_en", ident)),
        name_zh=str(record.get("name_zh", ident)),
        kind=str(record.get("kind", "land use")),
        criteria=criteria,
        slope_max=slope_max,
        steep_rule=choice_of(constraints.get("slope_rule", "switchable"), ("absolute", "switchable"),
                           "constraints.slope_rule", where),
        steep_clause=str(constraints.get("clause", "")),
        masks=masks,
        aggregation=choice_of(record.get("aggregation", "mean"), ("mean", "geometric"), "aggregation", where),
        targets=tuple(_target(entry, number, where) for number, entry in enumerate(targets)),
        belt=_belt(table_of(record, "belt", where), where),
        balance=_balance(table_of(record, "balance", where), where),
        latin=str(record.get("latin", "")),
        note=str(record.get("note", "")),
        path=path,
        own_masks=own_masks,
        management=management,
        requires=required_layers(record, MASKS, where),
        land=land_rules(record, where, kind=str(record.get("kind", ""))),
    )  # fmt: skip


def _management(record: dict[str, Any], criteria: Sequence[Criterion], where: str) -> str:
    management = choice_of(record.get("management", "rainfed"), MANAGEMENTS, "management", where)
    if management == "irrigated" and all(criterion.survival is None for criterion in criteria):
        raise ParameterError(
            f"{where}: management is irrigated, but no criterion has survival; add survival = … to the rain, "
            "or leave management out"
        )
    return management


def _one_slope_limit(criteria: Sequence[Criterion], slope_max: float, where: str) -> None:
    """Refuse a slope limit that stands twice and disagrees: as a constraint and as the end of S3."""
    ends = [c.high[2] for c in criteria if c.id == "slope" and not c.layer and len(c.high) == len(CLASS_KEYS)]
    if ends and math.isfinite(slope_max) and ends[0] != slope_max:
        raise ParameterError(
            f"{where}: constraints.slope_max is {slope_max:g}, but criterion.slope.high.S3 is {ends[0]:g}; "
            "give both the same number, or leave one of them out"
        )


def _own_masks(entries: Sequence[Any], where: str) -> dict[str, Mask]:
    """Return the masks that a file defines, with the codes that follow those of the embedded ones."""
    found: dict[str, Mask] = {}
    for number, entry in enumerate(entries):
        key = f"mask {number + 1}: "
        if not isinstance(entry, dict):
            raise ParameterError(f"{where}: mask is no table; write [[mask]]")
        known_keys(entry, _MASK_KEYS, where, key)
        ident = text_of(entry, "id", where, key)
        if ident in MASKS or ident in found:
            raise ParameterError(f"{where}: mask {ident!r} is known already; give it another id, or drop it")
        code = FIRST_OWN_MASK + number
        if code >= NO_LIMIT_CODE:
            raise ParameterError(f"{where}: more than {NO_LIMIT_CODE - FIRST_OWN_MASK} masks; merge some")
        found[ident] = Mask(code, str(entry.get("name_en", ident)), str(entry.get("name_zh", ident)))
    return found


def _masks(
    constraints: dict[str, Any], own: dict[str, Mask], criteria: Sequence[Criterion], where: str
) -> tuple[str, ...]:
    """Return the names of the masks in the order in which they are asked; those of the file's own last if not named."""
    named = [str(mask) for mask in list_of(constraints.get("masks", []), "constraints.masks", where)]
    for mask in named:
        if mask not in MASKS and mask not in own:
            known = ", ".join((*MASKS, *own))
            raise ParameterError(
                f"{where}: constraints.masks has {mask!r}, but knows only: {known}; define others as [[mask]]"
            )
    masks = tuple(dict.fromkeys((*named, *own)))
    for criterion in criteria:
        if criterion.layer in masks:
            raise ParameterError(
                f"{where}: criterion.{criterion.id}.layer is {criterion.layer!r}, which is a mask too; "
                "use one name for one raster"
            )
    return masks


def _criterion(entry: Any, number: int, where: str) -> Criterion:
    if not isinstance(entry, dict) or not entry.get("id"):
        raise ParameterError(f"{where}: criterion {number + 1} has no id; give one of: {', '.join(CRITERIA)}")
    ident = str(entry["id"])
    key = f"criterion.{ident}."
    known_keys(entry, _CRITERION_KEYS, where, key)
    kind = CRITERIA.get(ident)
    for name in _CRITERION_TEXTS:
        if not isinstance(entry.get(name, ""), str):
            raise ParameterError(f"{where}: {key}{name} is {entry[name]!r}, but must be a text in quotes")
    layer = str(entry.get("layer", kind.layer if kind else ""))
    if kind is None and not layer:
        raise ParameterError(
            f"{where}: criterion {ident!r} is unknown; use one of {', '.join(CRITERIA)}, "
            'or add layer = "name" to take its values from a raster of yours'
        )
    unit = entry.get("unit")
    if not unit:
        raise ParameterError(f'{where}: {key}unit is missing; add unit = "{kind.unit if kind else "m"}"')
    if kind is not None and unit != kind.unit:
        raise ParameterError(f"{where}: {key}unit is {unit!r}, but {ident} is in {kind.unit!r}; convert the values")
    if "weight" not in entry:
        raise ParameterError(f"{where}: {key}weight is missing; add weight = 0.1 or what its share is")
    weight = number_of(entry["weight"], f"{key}weight", where)
    if weight < 0:
        raise ParameterError(f"{where}: {key}weight is {weight:g}, but must not be negative; use 0 to leave it out")
    if math.isinf(weight):
        raise ParameterError(f"{where}: {key}weight is {weight:g}, but must be finite; give its share, e.g. 0.1")
    codes = _codes(entry, key, where)
    if codes:
        beside = [name for name in ("low", "high", "shape", "points", "band") if name in entry]
        if beside:
            raise ParameterError(f"{where}: {key}codes stands beside {', '.join(beside)}; keep the codes or the limits")
        if not layer:
            raise ParameterError(f'{where}: {key}codes needs a raster; add layer = "name"')
    low, high = _limits(entry, key, where)
    if not codes and not low and not high:
        raise ParameterError(
            f"{where}: {key}low and {key}high are missing; add low = {{ S3 = …, S2 = …, S1 = … }} and/or high"
        )
    shape, points = ("codes", ()) if codes else _shape(entry, ident, low, high, key, where)
    optimum = entry.get("optimum")
    if ident == "aspect":
        optimum = number_of(180.0 if optimum is None else optimum, f"{key}optimum", where)
        if math.isinf(optimum):
            raise ParameterError(f"{where}: {key}optimum is {optimum:g}, but must be degrees from north, 0 to 360")
    elif optimum is not None:
        raise ParameterError(f"{where}: {key}optimum is only for aspect; remove it")
    evidence = str(entry.get("evidence", ""))
    if evidence:
        choice_of(evidence, EVIDENCE_GRADES, f"{key}evidence", where)
    doubt = uncertainty_of(entry, evidence, (low, high), points, codes=bool(codes), key=key, where=where)
    return Criterion(
        id=ident,
        unit=str(unit),
        weight=weight,
        shape=shape,
        points=points,
        low=low,
        high=high,
        codes=codes,
        optimum=optimum,
        layer=layer,
        name_en=str(entry.get("name_en", kind.name_en if kind else ident)),
        name_zh=str(entry.get("name_zh", kind.name_zh if kind else ident)),
        code=kind.code if kind else _own_code(number, where),
        evidence=evidence,
        source=str(entry.get("source", "")),
        clause=str(entry.get("clause", "")),
        note=str(entry.get("note", "")),
        uncertainty=doubt,
        errs_like=str(entry.get("errs_like", "")),
        correlation=correlation_of(entry, key, where),
        survival=_survival(entry, str(unit), shape, low, key, where),
    )


def _survival(
    entry: dict[str, Any], unit: str, shape: str, low: tuple[float, ...], key: str, where: str
) -> float | None:
    """Return the least water that the plant lives on, or None."""
    if "survival" not in entry:
        return None
    least = number_of(entry["survival"], f"{key}survival", where)
    if unit != "mm":
        raise ParameterError(f"{where}: {key}survival is for water in mm, but the unit is {unit}; remove it")
    if shape != "trapezoid":
        raise ParameterError(f"{where}: {key}survival needs a trapezoid, but the shape is {shape}; give points of one")
    if not low:
        raise ParameterError(f"{where}: {key}survival stands without {key}low; add low = {{ S1 = … }}")
    if not 0 <= least <= low[-1]:
        raise ParameterError(
            f"{where}: {key}survival is {least:g}, but must lie from 0 to the last limit of low, {low[-1]:g}"
        )
    return least


def _own_code(number: int, where: str) -> int:
    code = FIRST_OWN_CODE + number
    if code >= STEEP_CODE:
        raise ParameterError(f"{where}: more than {STEEP_CODE - FIRST_OWN_CODE} criteria; merge some")
    return code


def _limits(entry: dict[str, Any], key: str, where: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the limits of S1, S2, S3 towards small and large values, checked for order and overlap."""
    sides: dict[str, tuple[float, ...]] = {}
    for side in ("low", "high"):
        table = entry.get(side, {})
        if not isinstance(table, dict) or set(table) - set(CLASS_KEYS):
            raise ParameterError(f"{where}: {key}{side} is {table!r}, but must be a table of S1, S2, S3 limits")
        names = [name for name in CLASS_KEYS if name in table]
        if names != list(CLASS_KEYS[: len(names)]):
            raise ParameterError(f"{where}: {key}{side} leaves out a better class; give S1, then S2, then S3")
        values = tuple(number_of(table[name], f"{key}{side}.{name}", where) for name in names)
        steps = list(pairwise(values))
        wrong = any(a < b for a, b in steps) if side == "low" else any(a > b for a, b in steps)
        if wrong:
            rule = "fall from S1 to S3" if side == "low" else "rise from S1 to S3"
            given = ", ".join(f"{name} = {value:g}" for name, value in zip(names, values, strict=True))
            raise ParameterError(f"{where}: {key}{side} breaks are out of order ({given}); they must {rule}")
        sides[side] = values
    low, high = sides["low"], sides["high"]
    if low and high and low[0] > high[0]:
        raise ParameterError(
            f"{where}: {key}low.S1 = {low[0]:g} lies above {key}high.S1 = {high[0]:g}, so the breaks overlap; "
            "lower the first or raise the second"
        )
    return low, high


def _shape(
    entry: dict[str, Any], ident: str, low: tuple[float, ...], high: tuple[float, ...], key: str, where: str
) -> tuple[str, tuple[float, ...]]:
    shape = choice_of(entry.get("shape", "trapezoid"), tuple(SHAPES), f"{key}shape", where)
    if "band" in entry:
        if ident != "elevation" or "points" in entry or shape != "trapezoid":
            raise ParameterError(f"{where}: {key}band is for a trapezoid of elevation without points; use points")
        band = numbers_of(entry["band"], 2, f"{key}band", where)
        shoulder = number_of(entry.get("shoulder", DEFAULT_SHOULDER), f"{key}shoulder", where)
        if shoulder < 0:
            raise ParameterError(f"{where}: {key}shoulder is {shoulder:g} m, but must not be negative")
        points = ordered((band[0] - shoulder, band[0], band[1], band[1] + shoulder), f"{key}band", where)
        _one_band(band, {"low": low, "high": high}, key, where)
        return shape, points
    if "shoulder" in entry:
        raise ParameterError(f"{where}: {key}shoulder is given without {key}band; add band = [low, high] or remove it")
    if "points" in entry:
        points = numbers_of(entry["points"], SHAPES[shape], f"{key}points", where)
        if shape == "trapezoid":
            return shape, ordered(points, f"{key}points", where)
        if shape == "gaussian":
            if not 0 < points[1] < math.inf or math.isinf(points[0]):
                raise ParameterError(f"{where}: {key}points has spread {points[1]:g}, but must be above zero")
        elif points[0] == points[1] or math.isinf(points[0]) or math.isinf(points[1]):
            raise ParameterError(
                f"{where}: {key}points are {points[0]:g}, {points[1]:g}, but must be two finite values"
            )
        return shape, points
    if shape != "trapezoid":
        raise ParameterError(f"{where}: {key}points is missing; a {shape} needs {SHAPES[shape]} numbers")
    if len(low) == 1 or len(high) == 1:
        raise ParameterError(f"{where}: {key}points is missing; breaks with only S1 do not tell where it reaches 0")
    feet = (low[-1] if low else -math.inf, high[-1] if high else math.inf)
    tops = (low[0] if low else -math.inf, high[0] if high else math.inf)
    return shape, (feet[0], tops[0], tops[1], feet[1])


def _one_band(band: Sequence[float], limits: dict[str, tuple[float, ...]], key: str, where: str) -> None:
    """Refuse a band whose edges are none of the limits that stand beside it."""
    for edge, (side, given) in zip(band, limits.items(), strict=True):
        if given and math.isfinite(edge) and edge not in given:
            named = ", ".join(f"{name} = {value:g}" for name, value in zip(CLASS_KEYS, given, strict=False))
            raise ParameterError(
                f"{where}: {key}band ends at {edge:g} m, but {key}{side} has {named}; "
                f"make {edge:g} one of these limits, or move the band"
            )


def _codes(entry: dict[str, Any], key: str, where: str) -> dict[int, int]:
    table = entry.get("codes", {})
    if not isinstance(table, dict) or set(table) - set(_CLASS_OF):
        raise ParameterError(f"{where}: {key}codes is {table!r}, but must be a table of S1, S2, S3, N code lists")
    found: dict[int, int] = {}
    for name, values in table.items():
        for value in list_of(values, f"{key}codes.{name}", where):
            code = number_of(value, f"{key}codes.{name}", where)
            if not 0 <= code <= 255 or code != int(code):
                raise ParameterError(f"{where}: {key}codes.{name} has {code:g}, but codes are whole, 0 to 255")
            if int(code) in found:
                raise ParameterError(f"{where}: {key}codes has {code:g} in two classes; keep one, they overlap")
            found[int(code)] = _CLASS_OF[name]
    return found


def _target(entry: Any, number: int, where: str) -> Target:
    key = f"target {number + 1}: "
    if not isinstance(entry, dict):
        raise ParameterError(f"{where}: target is no table; write [[target]]")
    known_keys(entry, _TARGET_KEYS, where, key)
    wanmu = number_of(entry.get("wanmu", math.nan), f"{key}wanmu", where)
    if wanmu <= 0:
        raise ParameterError(f"{where}: {key}wanmu is {wanmu:g}, but must be above zero")
    return Target(
        clause=text_of(entry, "clause", where, key),
        kind=str(entry.get("kind", "target")),
        wanmu=wanmu,
        county=str(entry.get("county", "")),
        source=str(entry.get("source", "")),
    )


def _belt(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the numbers of the belt test, checked."""
    if not entry:
        return entry
    known_keys(entry, _BELT_KEYS, where, "belt.")
    for key in ("length_km", "frontage_km"):
        if key in entry:
            positive(entry[key], f"belt.{key}", where)
    for value in list_of(entry.get("reach_km", []), "belt.reach_km", where):
        positive(value, "belt.reach_km", where)
    for key in ("length_km", "reach_km"):
        if not entry.get(key):
            raise ParameterError(f"{where}: belt.{key} is missing; add {key} = … or remove [belt]")
    return entry


def _balance(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the numbers of the grain balance, checked."""
    if not entry:
        return entry
    known_keys(entry, _BALANCE_KEYS, where, "balance.")
    for key in ("new_capacity_wan_t", "grain_per_tonne"):
        if key not in entry:
            raise ParameterError(f"{where}: balance.{key} is missing; add {key} = … or remove [balance]")
        positive(entry[key], f"balance.{key}", where)
    for value in ordered(
        numbers_of(entry.get("yield_kg_per_mu"), 2, "balance.yield_kg_per_mu", where), "balance.yield_kg_per_mu", where
    ):
        positive(value, "balance.yield_kg_per_mu", where)
    return entry
