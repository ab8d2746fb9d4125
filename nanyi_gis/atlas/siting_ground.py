"""The land of the townships as the pages of siting use it: catchments with their codes, and people over the land."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from .. import targets
from ..io import like
from .context import Atlas
from .scenarios import people_note
from .townships import catchment_codes, catchments


class Ground(NamedTuple):
    """Catchments of township seats: numbers on the DEM, and by number the code and the names; empty without a seat."""

    zones: xr.DataArray
    codes: list[str]
    names: dict[str, tuple[str, str]]

    def name(self, atlas: Atlas, code: str) -> str:
        """Return the name of a catchment in the language of the atlas."""
        return atlas.say(*self.names[code])


def ground(atlas: Atlas) -> Ground:
    """Return the catchments, made once; several townships at one point are the first of them."""

    def made() -> Ground:
        found = catchment_codes(atlas)
        codes = [towns[0] if towns else "" for towns in found]
        labels = [catchments(atlas.in_language(lang)).attrs["names"] for lang in ("zh", "en")]
        names = {code: (zh, en) for code, zh, en in zip(codes, *labels, strict=True) if code}
        return Ground(catchments(atlas), codes, names)

    return atlas.once("ground of sites", made)


def people_by_cell(atlas: Atlas, slope_max: float) -> xr.DataArray:
    """Return people over the land below a slope, those of county towns around their seats, made once."""

    def made() -> xr.DataArray:
        table = targets.township_population(study=atlas.study) if atlas.people is None else atlas.people
        counted: pd.Series[float] = table["population"]
        people = [float(counted.reindex(list(codes)).sum()) for codes in catchment_codes(atlas)]
        land = ground(atlas)
        towns = targets.townships(atlas.study)
        seats = set(targets.seat_townships(towns, atlas.study))
        points = towns.geometry.to_crs(atlas.dem.rio.crs)
        return targets.people_on_land(
            atlas.slope,
            zones=land.zones,
            people=people,
            slope_max=slope_max,
            seats={number: points[code] for number, code in enumerate(land.codes, start=1) if code in seats},
        )

    return atlas.once(f"people below {slope_max:g} degrees", made)


def squares(atlas: Atlas, clients: pd.DataFrame, codes: "pd.Series[int]", *, size_m: float) -> xr.DataArray:
    """Return a raster of classes, of the clients by whose squares it is cut; 0 where there is no client.

    ``clients`` are those of :func:`nanyi_gis.siting.clients_from_raster` without zones, ``codes`` the class of each.
    """
    dem = atlas.dem
    columns = np.floor(dem["x"].values / size_m).astype(np.int64)
    rows = np.floor(dem["y"].values / size_m).astype(np.int64)
    left, low = int(columns.min()), int(rows.min())
    table = np.zeros((int(rows.max()) - low + 1, int(columns.max()) - left + 1), np.uint8)
    table[clients["row"].to_numpy() - low, clients["column"].to_numpy() - left] = codes.to_numpy()
    painted = table[np.ix_(rows - low, columns - left)]
    found: xr.DataArray = like(dem, painted, name="squares").rio.write_nodata(0)
    return found


def land_note(atlas: Atlas, slope_max: float) -> str:
    """Return how people are spread over the land of a township, which is an assumption."""
    spread = atlas.say(
        f"村庄位置没有资料：县城人口按驻地 1.5 km 内计，其余乡镇人口均摊在本片区坡度 {slope_max:g}° 以下的土地上"
        "（假定）。",
        f" No villages are known: people of a county town are within 1.5 km of its seat, those of any other township "
        f"evenly over its land below {slope_max:g}° (an assumption).",
    )
    return people_note(atlas) + spread
