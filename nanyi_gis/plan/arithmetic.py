"""The arithmetic behind the consistency checks, worked out again from the plan's numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import ParameterError
from .capacity import fruit_belt_room, grain_balance
from .quantity import convert
from .register import Plan
from .totals import AREA_ACTIONS, OUTPUTS, medical_subcentres


@dataclass(frozen=True)
class Recomputed:
    """A result of a check, computed and as stated.

    ``agrees`` is True when the computed number rounds to the stated one: they differ by at most half a unit
    of its last decimal.
    """

    check: str
    name: str
    computed: float
    stated: float
    unit: str

    @property
    def agrees(self) -> bool:
        """True when the computed number rounds to the stated one."""
        text = f"{self.stated:.12g}"
        decimals = len(text.partition(".")[2])
        return abs(self.computed - self.stated) <= 0.5 * 10.0**-decimals + 1e-9


def recompute(plan: Plan, number: str) -> tuple[Recomputed, ...]:
    """Work out the figures of a check again.

    Parameters
    ----------
    plan : Plan
    number : str
        One of :data:`COMPUTABLE`; the other checks are about wording and names.

    Returns
    -------
    tuple of Recomputed
        One for each stated figure, in the order of the record.

    Raises
    ------
    ParameterError
        If the check has no arithmetic.

    >>> from nanyi_gis.plan import load_plan
    >>> [(f.name, round(f.computed, 1), f.agrees) for f in recompute(load_plan(), "C-03")]
    [('actions', 6.0, True), ('area', 315.0, True)]
    """
    check = plan.check(number)
    if check.id not in _ARITHMETIC:
        raise ParameterError(f"check {check.id} has no arithmetic; those that have are: {', '.join(COMPUTABLE)}")
    results = _ARITHMETIC[check.id](plan, {name: figure.value for name, figure in check.inputs.items()})
    return tuple(
        Recomputed(check.id, name, float(results[name]), figure.value, figure.unit)
        for name, figure in check.stated.items()
    )


Inputs = dict[str, float]
Results = dict[str, float]


def _forest_cover(plan: Plan, inputs: Inputs) -> Results:
    area = plan.item("F-13").quantities[0].to("km²")
    cover = {f"cover_{name.removeprefix('land_')}": area / land * 100 for name, land in inputs.items()}
    return {"forest_area": area, "land_implied": area / (plan.item("F-14").total("%") / 100), **cover}


def _stock(plan: Plan, inputs: Inputs) -> Results:
    stock, forest = plan.item("F-15").total("万m³"), plan.item("F-13").total("万亩")
    return {
        "stock_per_ha": stock * 1e4 / convert(forest, "万亩", "ha"),
        "city_stock_per_ha": inputs["city_stock"] * 1e4 / convert(inputs["city_forest"], "万亩", "ha"),
        "share_of_city_forest": forest / inputs["city_forest"] * 100,
        "share_of_city_stock": stock / inputs["city_stock"] * 100,
    }


def _six_actions(plan: Plan, _: Inputs) -> Results:
    area = sum(plan.item(number).total("万亩") for number in AREA_ACTIONS)
    return {"actions": len((*AREA_ACTIONS, "F-08")), "area": area}


def _sub_centres(plan: Plan, __: Inputs) -> Results:
    table = medical_subcentres(plan)
    total = {stage: float(table[stage].to_list()[-1]) for stage in ("planned", "built", "started", "undated")}
    xuyong, gulin, _ = table["undated"].to_list()
    return total | {"undated_xuyong": float(xuyong), "undated_gulin": float(gulin)}


def _orange_belt(plan: Plan, inputs: Inputs) -> Results:
    belt = fruit_belt_room(plan)
    return {
        "orange_area": belt.area_km2,
        "width_50km": belt.width_km,
        "frontage": belt.frontage_km,
        "width_river": belt.area_km2 / inputs["river_length"],
    }


def _sorghum(plan: Plan, inputs: Inputs) -> Results:
    balance = grain_balance(plan)
    results = {"grain_needed": balance.needed}
    for i, end in enumerate(("low", "high")):
        results |= {
            f"grain_{end}": balance.grain[i],
            f"liquor_{end}": balance.liquor[i],
            f"share_{end}": balance.share[i] * 100,
            f"area_{end}": balance.area[i],
            f"land_share_{end}": convert(balance.area[i], "万亩", "km²") / inputs["land"] * 100,
        }
    return results


def _outputs(plan: Plan, inputs: Inputs) -> Results:
    leader, followers = plan.item("L-11").quantities[0], plan.item("L-12").quantities[0]
    count = plan.item("L-12").total("家")
    low = leader.value + count * followers.value
    high = (leader.upper or leader.value) + count * (followers.upper or followers.value)
    target, gdp = plan.item("L-00a").total("亿元"), plan.item("G-02").total("亿元")
    outputs = sum(plan.item(number).total("亿元") for number in OUTPUTS)
    return {
        "firms_low": low,
        "firms_high": high,
        "unnamed_low": target - high,
        "unnamed_high": target - low,
        "outputs": outputs,
        "value_added_share": gdp / outputs * 100,
        "growth": ((gdp / inputs["gdp_2021"]) ** (1 / (2025 - 2021)) - 1) * 100,
    }


def _investment(plan: Plan, inputs: Inputs) -> Results:
    total, corridors = plan.item("I-00b").total("亿元"), sum(inputs.values())
    return {
        "per_project": total / plan.item("I-00a").total("个"),
        "corridors": corridors,
        "share": corridors / total * 100,
    }


def _solar_land(plan: Plan, inputs: Inputs) -> Results:
    area = plan.item("E-07").quantities[0].to("MW") * inputs["land_per_mw"] / 100
    return {"area": area, "area_mu": convert(area, "km²", "万亩")}


def _agri_solar(plan: Plan, inputs: Inputs) -> Results:
    return _solar_land(plan, inputs) | {
        "solar": sum(plan.item(number).quantities[0].to("MW") for number in ("E-07", "E-08")),
        "on_ground": plan.item("E-07").quantities[0].to("MW"),
    }


def _red_roads(plan: Plan, inputs: Inputs) -> Results:
    two = inputs["shuiliao_taiping"] + inputs["shixiangzi_xuyong"]
    return {
        "two_roads": two,
        "rest": plan.item("I-15").total("km") - two,
        "sinuosity": inputs["shuiliao_taiping"] / inputs["straight_chain"],
    }


def _motorways(plan: Plan, _: Inputs) -> Results:
    roads = plan.corridors
    roads = roads[(roads["mode"] == "motorway") & ~roads["note"].str.contains("outside the study area")]
    then = roads.groupby("plan_id")["status_2022"].agg(lambda status: status.iloc[0])
    now = roads.groupby("plan_id")["status_now"].agg(lambda status: status.eq("open").all())
    return {
        "named": len(then),
        "open": int(then.eq("open").sum()),
        "under_construction": int(then.eq("construction").sum()),
        "not_started": int(then.eq("planned").sum()),
        "unbuilt_2025": int((~now.astype(bool)).sum()),
    }


def _wellness_lists(plan: Plan, _: Inputs) -> Results:
    first = [plan.item(f"W-{number:02d}").name_zh for number in range(5, 11)]
    second = plan.item("W-19").name_zh.split("、")
    shared = sum(any(name in other for other in second) for name in first)
    return {
        "first": len(first),
        "second": len(second),
        "shared": shared,
        "union": len(first) + len(second) - shared,
    }


_ARITHMETIC: dict[str, Callable[[Plan, Inputs], Results]] = {
    "C-01": _forest_cover,
    "C-02": _stock,
    "C-03": _six_actions,
    "C-04": _sub_centres,
    "C-06": _orange_belt,
    "C-07": _sorghum,
    "C-08": _outputs,
    "C-09": _investment,
    "C-10": _solar_land,
    "C-11": _red_roads,
    "C-13": _motorways,
    "C-15": _wellness_lists,
    "C-23": _agri_solar,
}
COMPUTABLE = tuple(_ARITHMETIC)


def recompute_all(plan: Plan) -> dict[str, tuple[Recomputed, ...]]:
    """Work out every check that has arithmetic."""
    return {number: recompute(plan, number) for number in COMPUTABLE}
