"""Published lengths of a road against its total and a measured or designed one: fact, inference, gap."""

import pandas as pd

from .._validation import check_positive, numbers
from ..errors import DataError, ParameterError
from ..io import names_of
from .line import Road, Route, as_route

FACT, INFERENCE, GAP = BASES = ("fact", "inference", "gap")

_SLIP = 500.0  # lengths so many times apart are in different units
_LONGEST_KM = 5000.0  # a total beyond it is longer than any road of a country
_LEAST_KM = 0.05  # what a figure to a tenth of a kilometre cannot tell from nothing


def reconcile(parts: pd.DataFrame, *, total_km: float, route: Road | None = None) -> pd.DataFrame:
    """Return one table of what is known of a road's length, what is inferred, and what is missing.

    Parameters
    ----------
    parts : DataFrame
        ``name``, ``km``, ``basis`` (``fact`` or ``inference``) and, if there, ``source``: published lengths of parts
        that do not overlap, and what is inferred of others.
    total_km : float
        The published length of the whole.
    route : Route, Design or GeoDataFrame, optional
        A measured or designed road.

    Returns
    -------
    DataFrame
        ``item``, ``name``, ``km``, ``share`` (of the total), ``basis`` (fact | inference | gap), ``source``. The items:
        ``part`` as given; ``facts``, the sum of those that are facts; ``total``; ``rest``, what neither facts nor
        inferences account for (``excess``, below zero, if they come to more); with a route its stretches by corridor
        and status (``stretch``), the sum of them (``route``) and what that has more than the total (``difference``).

    Raises
    ------
    DataError
        If a part has no length above zero, or another basis.
    ParameterError
        If metres are given for kilometres.

    Examples
    --------
    >>> parts = pd.DataFrame({"name": ["ring", "spur"], "km": [283, 79], "basis": "fact"})
    >>> reconcile(parts, total_km=446)[["item", "km", "basis"]].values.tolist()[2:]
    [['facts', 362.0, 'fact'], ['total', 446.0, 'fact'], ['rest', 84.0, 'gap']]
    """
    whole = check_positive(total_km, name="total_km", unit="km")
    table = _parts(parts)
    _refuse_slip(float(table["km"].sum()), whole)
    facts = float(table.loc[table["basis"] == FACT, "km"].sum())
    left = whole - float(table["km"].sum())
    rest = left if abs(left) >= _LEAST_KM else 0.0
    rows: list[tuple[str, str, float, str, str]] = [
        ("part", *row) for row in table[["name", "km", "basis", "source"]].itertuples(index=False, name=None)
    ]
    rows += [("facts", "", facts, FACT, ""), ("total", "", whole, FACT, "")]
    rows.append(("rest" if rest >= 0.0 else "excess", "", rest, GAP, ""))
    if route is not None:
        road = as_route(route)
        length = road.length_m / 1000.0
        _refuse_total(whole, length)
        rows += [("stretch", name, km, INFERENCE, "") for name, km in _stretches(road)]
        rows += [("route", "", length, INFERENCE, ""), ("difference", "", length - whole, INFERENCE, "")]
    result = pd.DataFrame(rows, columns=["item", "name", "km", "basis", "source"])
    result.insert(3, "share", result["km"] / whole)
    return result


def _parts(parts: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(parts, pd.DataFrame):
        raise ParameterError(f"parts is a {type(parts).__name__}, but must be a table with name, km and basis")
    if "basis" not in parts:
        raise ParameterError("the parts have no column 'basis'; write fact or inference for each")
    basis = parts["basis"].astype(str)
    other = ~basis.isin(BASES[:2])
    if other.any():
        raise DataError(f"basis is {basis[other].iloc[0]!r}, but must be fact or inference; the gap is found")
    km = numbers(parts, "km", name="km", above=True)
    source = parts["source"].fillna("").astype(str) if "source" in parts else ""
    return pd.DataFrame({"name": names_of(parts), "km": km, "basis": basis, "source": source})


def _stretches(route: Route) -> list[tuple[str, float]]:
    """Return the km of a route by corridor and status."""
    frame = route.frame
    label = (frame["corridor"] + " " + frame["status"]).str.strip()
    metres = (frame["to_m"] - frame["from_m"]).groupby(label).sum()
    return [(str(name), float(value) / 1000.0) for name, value in metres.items()]


def _refuse_total(total_km: float, road_km: float) -> None:
    """Raise ParameterError if a total is as far above a measured road as metres are; a road may be a short one."""
    if total_km >= max(_LONGEST_KM, _SLIP * road_km):
        raise ParameterError(
            f"total_km is {total_km:g}, but the road measures {road_km:.4g} km; it looks like metres, write "
            f"{total_km / 1000:g}"
        )


def _refuse_slip(km: float, total_km: float) -> None:
    """Raise ParameterError if parts and total are as far apart as metres and kilometres."""
    if 0.0 < _SLIP * km <= total_km:
        raise ParameterError(
            f"total_km is {total_km:g}, but the parts come to {km:g} km; it looks like metres, write "
            f"{total_km / 1000:g}"
        )
    if km >= _SLIP * total_km:
        raise ParameterError(
            f"the parts come to {km:g} km, but total_km is {total_km:g}; the lengths look like metres, "
            "divide them by 1000"
        )
