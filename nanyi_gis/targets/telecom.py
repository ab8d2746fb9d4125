"""Masts: from which places most people are seen, what one more adds, and whom none of them sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from scipy.ndimage import maximum_filter

from .. import siting
from ..errors import DataError
from ..network import Graph
from ..siting import Siting, clients_from_raster
from ..visibility import sees

SURE_CELL_M = 100.0
"""Coarsest cells on which a line of sight may be judged for a site."""


_GAP = 0.005  # of the people seen, beyond which a search need not go


@dataclass(frozen=True, kw_only=True)
class Telecom:
    """Masts by sight alone: no power, no frequency, no existing mast.

    Attributes
    ----------
    candidates : GeoDataFrame
        Where masts may stand: ``kind`` (peak, settlement, road), ``name_zh``, ``name_en``.
    people : GeoDataFrame
        Receivers by square: ``weight`` people, ``town`` (code), ``seen`` (by a chosen mast), ``twice`` (by two),
        ``none`` (no candidate sees it).
    result : Siting
        The masts that see most people.
    backup : Siting
        As many masts that see the same people, with the most of them seen by two.
    curve : DataFrame
        ``n`` masts, ``share`` of the people seen, ``bound``, ``proven``.
    towns : DataFrame
        By code: ``people``, ``seen``, ``twice``, ``never`` (people whom no candidate sees), ``masts``.
    count : int
        Masts asked.
    fit : bool
        Whether the terrain is real and fine enough to judge a site.
    """

    candidates: gpd.GeoDataFrame
    people: gpd.GeoDataFrame
    result: Siting
    backup: Siting
    curve: pd.DataFrame
    towns: pd.DataFrame
    count: int
    fit: bool

    @property
    def share_seen(self) -> float:
        """Share of the people whom the chosen masts see."""
        return float(self.people.loc[self.people["seen"], "weight"].sum() / self.people["weight"].sum())


def peaks(dem: xr.DataArray, *, inside: xr.DataArray, apart_m: float, most: int) -> gpd.GeoDataFrame:
    """Return the highest cells of their surroundings, the highest first.

    Parameters
    ----------
    dem : DataArray
        Heights in metres, projected.
    inside : DataArray
        True where a peak may lie.
    apart_m : float
        A peak is the highest within half a square of twice this side.
    most : int
        At most so many.

    >>> grid = {"y": [250.0, 150.0, 50.0], "x": [50.0, 150.0, 250.0]}
    >>> dem = xr.DataArray([[1.0, 2.0, 1.0], [2.0, 9.0, 2.0], [1.0, 2.0, 1.0]], grid, ("y", "x"))
    >>> dem = dem.rio.write_crs("EPSG:4544")
    >>> peaks(dem, inside=xr.ones_like(dem).astype(bool), apart_m=100, most=5)["height"].tolist()
    [9.0]
    """
    heights = np.nan_to_num(np.asarray(dem.values, dtype=float), nan=-np.inf)
    cell = abs(float(dem.rio.transform().a))
    size = 2 * max(1, round(apart_m / cell)) + 1
    top = (heights == maximum_filter(heights, size=size, mode="nearest")) & np.isfinite(heights)
    rows, columns = np.nonzero(top & np.asarray(inside.values, dtype=bool))
    order = np.lexsort((columns, rows, -heights[rows, columns]))[:most]
    rows, columns = rows[order], columns[order]
    points = gpd.points_from_xy(dem["x"].values[columns], dem["y"].values[rows])
    return gpd.GeoDataFrame({"height": heights[rows, columns]}, geometry=points, crs=dem.rio.crs)


def mast_candidates(
    dem: xr.DataArray,
    *,
    inside: xr.DataArray,
    settlements: gpd.GeoDataFrame,
    graph: Graph | None,
    apart_m: float,
    most_peaks: int,
) -> gpd.GeoDataFrame:
    """Return peaks, settlements and nodes of the roads inside the counties, each cell of the DEM once."""
    frames = []
    crs = dem.rio.crs
    towns = settlements.to_crs(crs)
    frames.append(_named(towns, "settlement"))
    if graph is not None:
        nodes = [(n, data) for n, data in graph.nodes(data=True) if data.get("kind") != "platform"]
        points = gpd.points_from_xy([data["x"] for _, data in nodes], [data["y"] for _, data in nodes])
        names = {name: [str(data.get(name) or "") for _, data in nodes] for name in ("name_zh", "name_en")}
        frames.append(_named(gpd.GeoDataFrame(names, geometry=points, crs=graph.graph["crs"]).to_crs(crs), "road"))
    high = peaks(dem, inside=inside, apart_m=apart_m, most=most_peaks)
    frames.append(_named(high.assign(name_zh="", name_en=""), "peak"))
    found = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=crs)
    row, column, within = _cells(dem, found)
    land = np.zeros(len(found), bool)
    land[within] = np.asarray(inside.values, dtype=bool)[row[within], column[within]]
    cells = pd.Series(list(zip(row, column, strict=True)), index=found.index)
    kept = found[land & ~cells.duplicated()].reset_index(drop=True)
    if kept.empty:
        raise DataError("no place for a mast lies in the counties; check the CRS and extent of the DEM")
    return kept


def telecom(
    people: xr.DataArray,
    dem: xr.DataArray,
    candidates: gpd.GeoDataFrame,
    *,
    zones: xr.DataArray,
    zone_towns: Sequence[str],
    count: int,
    mast_m: float,
    receiver_m: float,
    radius_m: float,
    cluster_m: float,
    fit: bool,
    seconds: float = 30.0,
) -> Telecom:
    """Return the masts that see most people, and what the number of masts is worth.

    The receiver of a square of people stands at the one cell nearest to their middle; what a mast sees of the others
    is not looked at. Sight is that of :func:`nanyi_gis.visibility.viewshed` with radio refraction.

    Parameters
    ----------
    people : DataArray
        People by cell, see :func:`nanyi_gis.targets.people_on_land`.
    candidates : GeoDataFrame
        Of :func:`mast_candidates`.
    count : int
        Masts asked; with fewer candidates all of them.
    mast_m, receiver_m, radius_m : float
        Metres of the antenna and of the receiver above ground, and how far sight counts.
    fit : bool
        Whether the terrain may be used to judge a site.
    """
    squares = clients_from_raster(people, size_m=cluster_m)
    squares["weight"] = squares["weight"].round()  # whole people, so that a bound between two numbers is the lower
    row, column, _ = _cells(dem, squares)
    codes = zones.values[row, column]
    squares["town"] = [zone_towns[code - 1] if code > 0 else "" for code in codes]
    table = sees(dem, candidates, squares, height=mast_m, target_height=receiver_m, radius=radius_m, curvature="radio")
    seen = pd.DataFrame(np.asarray(table, dtype=bool), index=squares.index, columns=candidates.index)
    weight = squares["weight"]
    number = min(count, len(candidates))
    results = {
        n: siting.max_coverage(seen, weights=weight, p=n, seconds=seconds, gap=_GAP)
        for n in _steps(number, len(seen.T))
    }
    result = results[number]
    reached = seen[list(result.chosen)].any(axis=1)
    backup = siting.backup_coverage(
        seen[reached], weights=weight[reached], p=number, start=result.chosen, seconds=seconds, gap=_GAP
    )
    times = seen[list(result.chosen)].sum(axis=1)
    squares = squares.assign(seen=times > 0, twice=times > 1, none=~seen.any(axis=1))
    whole = float(weight.sum())
    rows: list[dict[str, Any]] = [
        {
            "n": n,
            "share": float(found.cost) / whole,
            "bound": float(found.bound) / whole,
            "proven": bool(found.optimal),
        }
        for n, found in results.items()
    ]
    at_row, at_column, _ = _cells(dem, candidates)
    homes = pd.Series([zone_towns[c - 1] if c > 0 else "" for c in zones.values[at_row, at_column]], candidates.index)
    return Telecom(
        candidates=candidates.assign(town=homes),
        people=squares,
        result=result,
        backup=backup,
        curve=pd.DataFrame(rows),
        towns=_by_town(squares, homes.reindex(pd.Index(result.chosen))),
        count=count,
        fit=fit,
    )


def _named(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    names = {name: frame[name].fillna("").astype(str).to_numpy() for name in ("name_zh", "name_en")}
    return gpd.GeoDataFrame({**names, "kind": kind}, geometry=frame.geometry.to_numpy(), crs=frame.crs)


def _cells(dem: xr.DataArray, points: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and column of the cell of each point, and whether that is on the raster."""
    xy = shapely.get_coordinates(points.geometry.values)
    column, row = (np.floor(part).astype(int) for part in ~dem.rio.transform() * (xy[:, 0], xy[:, 1]))
    inside = (row >= 0) & (row < dem.sizes["y"]) & (column >= 0) & (column < dem.sizes["x"])
    return row, column, inside


def _steps(count: int, candidates: int) -> list[int]:
    """Return the numbers of masts for which the curve is worked out.

    >>> _steps(150, 240)
    [25, 50, 75, 100, 150, 200, 240]
    """
    parts = {round(count * part) for part in (1 / 6, 1 / 3, 1 / 2, 2 / 3, 1.0, 4 / 3)}
    return sorted({max(1, min(number, candidates)) for number in parts} | {count, candidates})


def _by_town(squares: gpd.GeoDataFrame, homes: "pd.Series[Any]") -> pd.DataFrame:
    weight = squares["weight"]
    grouped = {
        "people": weight,
        "seen": weight.where(squares["seen"], 0.0),
        "twice": weight.where(squares["twice"], 0.0),
        "never": weight.where(squares["none"], 0.0),
    }
    table = pd.DataFrame(grouped).groupby(squares["town"]).sum()
    table["masts"] = homes.value_counts().reindex(table.index).fillna(0).astype(int)
    return table[table.index != ""]
