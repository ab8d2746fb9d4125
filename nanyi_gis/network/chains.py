"""The records of the schematic network: chains of places, junctions, published distances and times."""

from functools import cache
from typing import Literal

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict, PositiveFloat, ValidationError
from shapely.geometry import Point

from ..errors import DataError
from ..io import data_file, read_toml

CRS = "EPSG:4544"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Junction(_Record):
    """A junction without published coordinates, placed between two located places."""

    id: str
    between: tuple[str, str]
    share: float
    uncertainty_m: float


class Chain(_Record):
    """A road or railway as a chain of places; see the head of ``chains.toml``."""

    id: str
    name_zh: str
    highway: str
    nodes: tuple[str, ...]
    status: Literal["open", "construction", "planned"]
    source: str
    corridor: str = ""
    opened: str = ""
    service: Literal["", "passenger", "freight"] = ""
    passengers: Literal["", "complete"] = ""
    stops: tuple[str, ...] = ()
    length_km: PositiveFloat | None = None
    ratio_of: str = ""
    speed_kmh: PositiveFloat | None = None


class Distance(_Record):
    """A published distance, along a chain, along named places, or the fastest way between two."""

    name_zh: str
    km: PositiveFloat
    use: Literal["calibrates", "checks"]
    chain: str = ""
    nodes: tuple[str, ...] = ()
    highway: str = ""
    from_: str = ""
    to: str = ""
    note: str = ""


class Time(_Record):
    """A published travel time."""

    name_zh: str
    from_: str
    to: str
    year: int
    minutes: PositiveFloat
    note: str = ""


class Records(_Record):
    """All of ``chains.toml``."""

    as_of: str
    junction: tuple[Junction, ...]
    chain: tuple[Chain, ...]
    distance: tuple[Distance, ...]
    time: tuple[Time, ...]

    def chain_of(self, distance: Distance) -> tuple[tuple[str, ...], str]:
        """Return the places and the class that a published distance runs along."""
        if not distance.chain:
            return distance.nodes, distance.highway
        chain = next(chain for chain in self.chain if chain.id == distance.chain)
        return chain.nodes, chain.highway


@cache
def load_records() -> Records:
    """Return the embedded records.

    >>> next(chain.length_km for chain in load_records().chain if chain.id == "I-08")
    38.559
    """
    path = data_file("network/chains.toml")
    try:
        raw = read_toml(path)
        for row in [*raw["distance"], *raw["time"]]:
            row["from_"] = row.pop("from", "")
        return Records.model_validate(raw)
    except (DataError, ValidationError, KeyError) as error:
        raise DataError(f"{path.name} is damaged ({' '.join(str(error).split())}); reinstall nanyi_gis") from error


def load_places() -> gpd.GeoDataFrame:
    """Return located places and junctions with their ids as index, in EPSG:4544.

    A junction without coordinates stands where its order on the road puts it; its evidence is schematic.
    """
    table = pd.read_csv(data_file("places/places.csv"), dtype={"code": str}, keep_default_na=False, na_values=[""])
    table = table.set_index("id")
    located = table["lon"].notna() & table["lat"].notna()
    points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), index=table.index, crs=4326)
    points = points.where(located, None).to_crs(CRS)
    columns = ["name_zh", "name_en", "county", "kind", "code", "uncertainty_m", "evidence", "as_of", "source"]
    places = gpd.GeoDataFrame(table[columns], geometry=points, crs=CRS)
    for junction in load_records().junction:
        if junction.id not in places.index or located.get(junction.id, False):
            continue
        start, end = (places.geometry[place] for place in junction.between)
        share = junction.share
        where = Point(start.x + share * (end.x - start.x), start.y + share * (end.y - start.y))
        places.loc[junction.id, "geometry"] = where
        places.loc[junction.id, ["uncertainty_m", "evidence"]] = [junction.uncertainty_m, "schematic"]
        places.loc[junction.id, "source"] = f"placed by its order between {' and '.join(junction.between)}"
    return places


def unlocated_townships() -> list[str]:
    """Return the names of townships without published coordinates; they are listed and never placed.

    >>> unlocated_townships()
    ['东新镇']
    """
    places = load_places()
    lost = places["kind"].eq("township") & places.geometry.isna()
    names: list[str] = places.loc[lost, "name_zh"].tolist()
    return names
