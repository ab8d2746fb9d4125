"""The records of the schematic network: chains of places, junctions, published distances and times."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict, PositiveFloat, ValidationError, model_validator
from shapely.geometry import Point

from .. import plan
from ..errors import DataError
from ..io import read_toml
from ..network import Graph
from ..study import StudyArea, load_study

PASSED = "~"  # before a place that a motorway passes without an interchange


class Sources(NamedTuple):
    """The files of a study's schematic network, and its working CRS."""

    chains: Path
    places: Path
    corridors: Path | None
    local_links: Path | None
    crs: str
    title: str
    dem: Path | None = None


def sources_of(study: StudyArea | None = None) -> Sources:
    """Return the files of a study's schematic network; of the embedded South Wing if none is given.

    Raises
    ------
    DataError
        If the study names no chains or no places.
    """
    area = load_study() if study is None else study
    missing = [name for name in ("chains", "places") if name not in area.files]
    if missing:
        raise DataError(f"the study {area.id} names no {' and no '.join(missing)}; give roads with --roads FILE")
    files = area.files
    return Sources(
        files["chains"],
        files["places"],
        files.get("corridors"),
        files.get("local_links"),
        area.crs,
        area.title_en,
        area.dem,
    )


def place_of(node: str) -> str:
    """Return the place of a node of a chain; ``~`` before it says that the road passes it without joining.

    >>> place_of("~township-510525111")
    'township-510525111'
    """
    return node.removeprefix(PASSED)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Junction(_Record):
    """A junction without published coordinates, placed between two located places."""

    id: str
    between: tuple[str, str]
    share: float
    uncertainty_m: float


class Ramp(_Record):
    """An interchange or toll station that is no place of the gazetteer, put between two places of the network."""

    id: str
    name_zh: str
    name_en: str
    county: str = ""
    between: tuple[str, str]
    share: float
    uncertainty_m: PositiveFloat
    source: str


class Chain(_Record):
    """A road or railway as a chain of places; see the head of ``chains.toml``.

    ``status`` and ``opened`` come from the corridor named by ``record`` where there is one. ``parts_km`` are
    published lengths of the parts, ``assumed_km`` is a length that nobody has published; ``ramps`` are nodes of a
    motorway that stand for an interchange of their own, as a city's point does.
    """

    id: str
    name_zh: str
    highway: str
    nodes: tuple[str, ...]
    status: Literal["open", "construction", "planned", "unknown"]
    source: str
    name_en: str = ""
    corridor: str = ""
    record: str = ""
    opened: str = ""
    service: Literal["", "passenger", "freight"] = ""
    passengers: Literal["", "complete"] = ""
    stops: tuple[str, ...] = ()
    length_km: PositiveFloat | None = None
    parts_km: tuple[PositiveFloat, ...] = ()
    assumed_km: PositiveFloat | None = None
    ratio_of: str = ""
    speed_kmh: PositiveFloat | None = None
    ramps: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.parts_km and (
            len(self.parts_km) != len(self.nodes) - 1
            or self.length_km is None
            or abs(sum(self.parts_km) - self.length_km) > 1e-6
        ):
            raise ValueError(f"parts_km of {self.id} must be one a part and sum to length_km")
        strange = [ramp for ramp in self.ramps if ramp not in self.nodes]
        if strange:
            raise ValueError(f"chain {self.id} has a ramp at {strange[0]}, which is none of its nodes")
        if self.nodes[0].startswith(PASSED) or self.nodes[-1].startswith(PASSED):
            raise ValueError(f"chain {self.id} cannot pass its own end")
        return self


class Distance(_Record):
    """A published distance, along a chain, along named places, or the fastest way between two."""

    name_zh: str
    km: PositiveFloat
    use: Literal["calibrates", "checks"]
    name_en: str = ""
    chain: str = ""
    nodes: tuple[str, ...] = ()
    highway: str = ""
    from_: str = ""
    to: str = ""
    note: str = ""
    source: str = ""


class Time(_Record):
    """A published travel time."""

    name_zh: str
    from_: str
    to: str
    year: int
    minutes: PositiveFloat
    note: str = ""
    source: str = ""


class Records(_Record):
    """All of ``chains.toml``."""

    as_of: str
    junction: tuple[Junction, ...] = ()
    ramp: tuple[Ramp, ...] = ()
    chain: tuple[Chain, ...]
    distance: tuple[Distance, ...] = ()
    time: tuple[Time, ...] = ()

    def chain_of(self, distance: Distance) -> tuple[tuple[str, ...], str]:
        """Return the places and the class that a published distance runs along."""
        if not distance.chain:
            return distance.nodes, distance.highway
        chain = next(chain for chain in self.chain if chain.id == distance.chain)
        return chain.nodes, chain.highway


@cache
def load_records(sources: Sources | None = None) -> Records:
    """Return the records of a study's chains; the embedded ones if none are given.

    Raises
    ------
    DataError
        If the file is damaged, or a chain refers to no corridor, or repeats what its corridor says.

    >>> next(chain.length_km for chain in load_records().chain if chain.id == "I-08")
    38.559
    """
    files = sources or sources_of()
    path = files.chains
    try:
        raw = read_toml(path)
        for row in [*raw.get("distance", []), *raw.get("time", [])]:
            row["from_"] = row.pop("from", "")
        corridors = _corridors(files)
        raw["chain"] = [_with_corridor(chain, corridors, path) for chain in raw["chain"]]
        return Records.model_validate(raw)
    except (DataError, ValidationError, KeyError, TypeError) as error:
        raise DataError(f"{path} holds no valid chains ({' '.join(str(error).split())}); correct it") from error


def _corridors(files: Sources) -> Mapping[str, tuple[str, str]]:
    """Return status and opening of each corridor by its id."""
    if files.corridors is None:
        return {}
    table = plan.load_corridors(files.corridors, crs=files.crs)
    opened = table["opened"].map(lambda value: value or "")
    return dict(zip(table["id"], zip(table["status_now"], opened, strict=True), strict=True))


def _with_corridor(chain: dict[str, Any], corridors: Mapping[str, tuple[str, str]], path: Path) -> dict[str, Any]:
    record = chain.get("record")
    if not record:
        return chain
    if record not in corridors:
        raise DataError(f"{path}: chain {chain.get('id')!r} refers to no corridor {record!r}; correct record")
    if "status" in chain or "opened" in chain:
        raise DataError(
            f"{path}: chain {chain.get('id')!r} has a status or opening beside its corridor's; leave it to {record}"
        )
    status, opened = corridors[record]
    return {**chain, "status": status, "opened": opened}


def network_places(sources: Sources | None = None) -> gpd.GeoDataFrame:
    """Return the gazetteer by id with the junctions placed; a place without a coordinate has no geometry.

    A junction without coordinates stands where its order on the road puts it; its evidence is schematic.
    ``kind`` is a tuple, as :func:`nanyi_gis.plan.load_places` has it.
    """
    files = sources or sources_of()
    table = plan.load_places(files.places, crs=files.crs).set_index("id")
    located = table["located"]
    columns = ["name_zh", "name_en", "county", "kind", "code", "uncertainty_m", "evidence", "as_of", "source"]
    places = gpd.GeoDataFrame(table[columns], geometry=table.geometry.where(located, None), crs=table.crs)
    for junction in load_records(files).junction:
        if junction.id not in places.index or located.get(junction.id, False):
            continue
        places.loc[junction.id, "geometry"] = _between(places.geometry, junction)
        places.loc[junction.id, ["uncertainty_m", "evidence"]] = [junction.uncertainty_m, "schematic"]
        places.loc[junction.id, "source"] = f"placed by its order between {' and '.join(junction.between)}"
    return places


@cache
def network_nodes(sources: Sources | None = None) -> gpd.GeoDataFrame:
    """Return the places with the ramps of ``chains.toml`` after them: all that a chain can run through.

    Shared by the callers, who do not change it.
    """
    places = network_places(sources)
    located, rows = dict(zip(places.index, places.geometry, strict=True)), {}
    for ramp in load_records(sources).ramp:
        if ramp.id in located:
            raise DataError(f"chains.toml has a ramp {ramp.id!r}, but a place has that id; leave it to the gazetteer")
        located[ramp.id] = _between(located, ramp)
        rows[ramp.id] = dict.fromkeys(places.columns, "") | {
            "name_zh": ramp.name_zh,
            "name_en": ramp.name_en,
            "county": ramp.county,
            "kind": ("interchange",),
            "uncertainty_m": ramp.uncertainty_m,
            "evidence": "schematic",
            "as_of": load_records(sources).as_of,
            "source": ramp.source,
            "geometry": located[ramp.id],
        }
    # not row by row through .loc: geopandas 1.0 forgets the CRS of a frame that grows so
    ramps = gpd.GeoDataFrame.from_dict(rows, orient="index", columns=list(places.columns))
    placed = ramps.set_geometry("geometry", crs=places.crs).rename_axis(places.index.name)
    return pd.concat([places, placed]) if rows else places


def _between(points: Mapping[str, Point] | gpd.GeoSeries, what: Junction | Ramp) -> Point:
    start, end = (points[place] for place in what.between)
    return Point(start.x + what.share * (end.x - start.x), start.y + what.share * (end.y - start.y))


def is_kind(places: gpd.GeoDataFrame, kind: str) -> pd.Series:
    """Return which places are of a kind, whatever else they are."""
    return pd.Series([kind in kinds for kinds in places["kind"]], index=places.index, dtype=bool)


def unlocated_townships(sources: Sources | None = None) -> list[str]:
    """Return the names of townships without published coordinates; they are listed and never placed.

    >>> unlocated_townships()
    ['东新镇']
    """
    places = network_places(sources)
    names: list[str] = places.loc[is_kind(places, "township") & places.geometry.isna(), "name_zh"].tolist()
    return names


def uncertain_links(graph: Graph, *, corridor: str = "") -> list[str]:
    """Return the ids of the links of a network whose opening is not on record, sorted; of one corridor if named.

    :func:`nanyi_gis.network.scenario` leaves them closed before the plan is complete, and opens them with
    ``assume_open``: a value that depends on one is given both ways.

    >>> from nanyi_gis.network import build_graph, scenario
    >>> everything = build_graph()
    >>> links = uncertain_links(everything, corridor="I-09")
    >>> links
    ['I-20.1']
    >>> without, with_it = (scenario(everything, year="today", assume_open=ids) for ids in ((), links))
    >>> with_it.number_of_edges() - without.number_of_edges()  # there and back
    2
    """
    edges = [data for *_, data in graph.edges(data=True) if not data.get("opened")]
    unknown = [data for data in edges if data.get("status") == "unknown" and corridor in ("", data.get("corridor"))]
    return sorted({str(data["id"]) for data in unknown})
