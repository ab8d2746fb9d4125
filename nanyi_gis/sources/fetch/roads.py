"""Roads of OpenStreetMap: from Overpass by OSMnx, or the part of a local extract or layer that a box needs."""

import hashlib
import json
import os
import socket
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..._progress import Progress
from ...errors import DataError, MissingExtraError, ParameterError
from ...io import Provenance, placed, sha256, sole_writer, write_gpkg
from ...network import BARRIER_TAGS, WAY_TAGS, osm_roads, read_roads
from ...raster import Bounds
from .cache import cache_folder, place_of
from .clip import box_text
from .download import Download, Got, Patience
from .environment import own_environment, shown
from .files import is_address
from .layers import write_record
from .source import Kind, Option, Request, Service

OVERPASS = "https://overpass-api.de/api"
LICENCE = "ODbL 1.0"
ATTRIBUTION = "© OpenStreetMap contributors"
STOPPING = ("block", "bollard", "chain", "gate", "jersey_barrier", "lift_gate", "log", "stile", "swing_gate")
"""Barriers on roads that are asked for; fences and walls along them are not."""
LAYER = "roads.gpkg"

_BARRIERS = "barriers"
_BUSY = (429, 502, 503, 504)


class _Busy(Exception):  # noqa: N818 (it asks to wait)
    """The server asks to come back later."""

    def __init__(self, status: int, after_s: float) -> None:
        super().__init__(f"status {status}")
        self.after_s = after_s


def overpass_roads(
    bbox: Bounds, *, cache: Path, base: str = OVERPASS, patience: Patience | None = None
) -> gpd.GeoDataFrame:
    """Return the roads of a box as OpenStreetMap has them, asked of an Overpass server by OSMnx.

    Parameters
    ----------
    bbox : tuple of float
        West, south, east, north in degrees.
    cache : Path
        Folder for the server's answers; an answer that is there is not asked for again. OSMnx writes nowhere else.
    base : str
        Address of the server, without ``/interpreter``.
    patience : Patience, optional
        How often to try a server that is busy, and how long to wait.

    Raises
    ------
    MissingExtraError
        If OSMnx is not installed.
    DataError
        If the server cannot be reached, refuses, stays busy, answers with something else or with a part only, or there
        are no roads.
    """
    try:
        import osmnx
    except ImportError as error:
        raise MissingExtraError(
            "osmnx is not installed; run: pip install 'nanyi_gis[graphs]', or give a local extract with --from FILE"
        ) from error
    waits = patience or Patience()
    base = _server(base)
    cache.mkdir(parents=True, exist_ok=True)
    with sole_writer(cache / ".lock", name=cache, patience_s=waits.lock_s):
        _drop_torn(cache)
        with own_environment(), _faults(base), _settings(osmnx, cache, base, waits), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _asked(osmnx, bbox, base, waits)
    return osm_roads(_ways(found), _nodes(found), name=base)


def _asked(osmnx: Any, bbox: Bounds, base: str, patience: Patience) -> gpd.GeoDataFrame:
    """Ask until the whole answer has come; what came before is in the cache and is not asked for again."""
    wait = patience.wait_s
    for _ in range(patience.attempts):
        try:
            return osmnx.features_from_bbox(bbox, tags={"highway": True, "barrier": list(STOPPING)})
        except _Busy as busy:
            time.sleep(min(max(wait, busy.after_s), patience.longest_wait_s))
            wait *= 2
    raise DataError(f"{base} stays busy; try again later, or give a local extract with --from FILE")


def _judged(response: Any, *_: Any, **__: Any) -> None:
    """Stop at an answer that is not whole: OSMnx would take it, or wait without end."""
    if response.request.method != "POST":
        return
    if response.status_code in _BUSY:
        after = str(response.headers.get("Retry-After", ""))
        raise _Busy(response.status_code, float(after) if after.isdigit() else 0.0)
    try:
        remark = response.json().get("remark", "")
    except (ValueError, AttributeError):
        raise DataError(
            f"{response.url} did not answer as Overpass does (status {response.status_code}); check --base-url, "
            "or give a local extract with --from FILE"
        ) from None
    if remark:
        told = " ".join(str(remark).split())[:160]
        raise DataError(f"{response.url} sent a part only ({told}); choose a smaller --bbox, or try again later")


def roads_within(roads: gpd.GeoDataFrame, bbox: Bounds) -> gpd.GeoDataFrame:
    """Return the parts of roads that lie in a box of longitudes and latitudes.

    Lines are cut where they cross its edge; all vertices inside stay, so that roads meet where they met, and so do
    the barriers on them. A road that leaves the box and returns becomes several rows.

    Raises
    ------
    DataError
        If no road reaches the box.

    >>> road = shapely.LineString([(104, 28), (105, 28), (106, 28), (107, 28)])
    >>> roads = gpd.GeoDataFrame({"barriers": ['[{"vertex": 2, "barrier": "gate"}]']}, geometry=[road], crs=4326)
    >>> inside = roads_within(roads, (104.5, 27, 106.5, 29))
    >>> inside.geometry.iloc[0].wkt, inside["barriers"].iloc[0]
    ('LINESTRING (104.5 28, 105 28, 106 28, 106.5 28)', '[{"vertex": 2, "barrier": "gate"}]')
    """
    degrees = placed(roads, "EPSG:4326", name="the roads")
    box = shapely.box(*bbox)
    rows: list[int] = []
    shapes: list[shapely.LineString] = []
    told: list[Any] = []
    barriers = degrees[_BARRIERS].tolist() if _BARRIERS in degrees else [""] * len(degrees)
    geometry = degrees.geometry.to_numpy()
    for row in np.flatnonzero(shapely.intersects(geometry, box)).tolist():
        if shapely.covers(box, geometry[row]):
            rows, shapes, told = [*rows, row], [*shapes, geometry[row]], [*told, barriers[row]]
            continue
        for line in shapely.get_parts(geometry[row]):
            for first, part in _pieces(shapely.get_coordinates(line), box):
                rows.append(row)
                shapes.append(shapely.LineString(part))
                told.append(_renumbered(barriers[row], first, len(part)))
    if not rows:
        raise DataError(f"no road reaches the box {box_text(bbox)}; check --bbox, or give an extract of that place")
    kept = degrees.iloc[rows].reset_index(drop=True).set_geometry(gpd.GeoSeries(shapes, crs=4326))
    kept.attrs = dict(roads.attrs)
    return kept.assign(**{_BARRIERS: told}) if _BARRIERS in kept else kept


def local_roads(path: str | os.PathLike[str], bbox: Bounds) -> gpd.GeoDataFrame:
    """Return the roads of a file, an OSM extract or a layer of lines, that lie in a box.

    Raises
    ------
    DataError
        If the file is missing or broken, or has no roads there.
    """
    return roads_within(read_roads(path, bbox=bbox), bbox)


def write_roads(roads: gpd.GeoDataFrame, path: Path, *, source: str, attribution: str, licence: str) -> Path:
    """Write roads as a GeoPackage of one layer, in the order of their ids, with source and licence in each row."""
    named = roads.drop(columns=[column for column in roads.columns if roads[column].map(_blank).all()])
    ordered = named.assign(source=source, attribution=attribution, licence=licence)
    return write_gpkg({"roads": ordered}, path)


def _ways(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the ways with a ``highway`` tag among OSMnx's features, in the order of their ids."""
    kind, number = (found.index.get_level_values(level) for level in (0, 1))
    road = (kind == "way") & (shapely.get_type_id(found.geometry.to_numpy()) == 1)
    return _table(found, road, number, ("name", "highway", *WAY_TAGS))


def _nodes(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kind, number = (found.index.get_level_values(level) for level in (0, 1))
    barrier = (kind == "node") & (_words(found, "barrier") != "").to_numpy()
    return _table(found, barrier, number, ("barrier", *BARRIER_TAGS))


def _table(
    found: gpd.GeoDataFrame, rows: npt.NDArray[np.bool_], number: "pd.Index[Any]", columns: Sequence[str]
) -> gpd.GeoDataFrame:
    words = {name: _words(found, name)[rows].to_numpy() for name in columns}
    frame = gpd.GeoDataFrame(
        {"osm_id": number[rows].astype("int64"), **words}, geometry=found.geometry[rows].to_numpy(), crs=4326
    )
    ordered = frame.sort_values("osm_id", kind="stable").reset_index(drop=True)
    return ordered.assign(osm_id=ordered["osm_id"].astype(str))


def _words(found: pd.DataFrame, name: str) -> "pd.Series[str]":
    if name not in found:
        return pd.Series("", index=found.index)
    column = found[name].astype(object)
    return column.where(column.notna(), "").astype(str)


def _blank(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _pieces(line: npt.NDArray[np.float64], box: shapely.Polygon) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """Yield the pieces of a line inside a box with the number of their first vertex; cut vertices keep their number."""
    west, south, east, north = box.bounds
    segments = shapely.clip_by_rect(
        shapely.linestrings(np.stack([line[:-1], line[1:]], axis=1)), west, south, east, north
    )
    inside = ~shapely.is_empty(segments) & (shapely.length(segments) > 0)
    starts = np.flatnonzero(inside & ~np.concatenate([[False], inside[:-1]]))
    stops = np.flatnonzero(inside & ~np.concatenate([inside[1:], [False]])) + 1
    for first, last in zip(starts.tolist(), stops.tolist(), strict=True):
        for begin, end in _unbroken(segments, line, first, last):
            part = line[begin : end + 1].copy()
            part[0], part[-1] = _ends(segments[begin], line[begin])[0], _ends(segments[end - 1], line[end - 1])[1]
            yield begin, part


def _unbroken(
    segments: npt.NDArray[np.object_], line: npt.NDArray[np.float64], first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Yield the runs of segments whose inner vertices lie in the box, so that nothing joins across what is outside."""
    begin = first
    for at in range(first + 1, last):
        if not np.array_equal(_ends(segments[at - 1], line[at - 1])[1], line[at]):
            yield begin, at
            begin = at
    yield begin, last


def _ends(segment: shapely.LineString, start: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the ends of a clipped segment in the direction of its line."""
    ends: npt.NDArray[np.float64] = shapely.get_coordinates(segment)[[0, -1]]
    return ends if np.hypot(*(ends[0] - start)) <= np.hypot(*(ends[1] - start)) else ends[::-1]


def _renumbered(text: Any, first: int, count: int) -> Any:
    """Return the barriers on the vertices of a piece, numbered from its own first one."""
    try:
        entries = json.loads(text) if isinstance(text, str) and text else []
        kept = [{**entry, "vertex": int(entry["vertex"]) - first} for entry in entries]
    except (ValueError, TypeError, KeyError):
        return text
    within = [entry for entry in kept if 0 <= entry["vertex"] < count]
    return json.dumps(within) if within else ""


def _drop_torn(cache: Path) -> None:
    """Remove answers that a killed run did not write to their end."""
    for path in cache.glob("*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            path.unlink(missing_ok=True)


class _Slots:
    """Whether the server tells when it is free, asked when OSMnx first wants to know: not if all answers are there.

    OSMnx itself would wait a minute for a server that does not tell, or is not there.
    """

    def __init__(self, base: str, patience: Patience) -> None:
        self._base, self._patience = base, patience
        self._told: bool | None = None

    def __bool__(self) -> bool:
        if self._told is None:
            import requests

            timeout = self._patience.connect_s, self._patience.read_s
            answer = requests.get(f"{self._base}/status", timeout=timeout)
            fifth = (*answer.text.splitlines(), *[""] * 5)[4]
            self._told = bool(answer.ok) and (fifth[:1].isdigit() or fifth.startswith(("Slot", "Currently")))
        return self._told


@contextmanager
def _settings(osmnx: Any, cache: Path, base: str, patience: Patience) -> Iterator[None]:
    """Let OSMnx work with our cache and server, and leave it and the machine's names of hosts as they were."""
    ours = {
        "cache_folder": cache,
        "use_cache": True,
        "cache_only_mode": False,
        "overpass_url": base,
        "overpass_rate_limit": _Slots(base, patience),
        "doh_url_template": None,
        "requests_kwargs": {"hooks": {"response": _judged}},
        "log_file": False,
        "log_console": False,
        "http_user_agent": "nanyi-gis (OSMnx)",
        "http_referer": "nanyi-gis (OSMnx)",
    }
    before = {name: getattr(osmnx.settings, name) for name in ours}
    resolver = socket.getaddrinfo
    try:
        for name, value in ours.items():
            setattr(osmnx.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolver


@contextmanager
def _faults(base: str) -> Iterator[None]:
    """Turn what OSMnx and its transport raise into a line that names the server and the cure."""
    import requests

    def failed(why: str) -> DataError:
        return DataError(f"{base} {why}, or give a local extract with --from FILE")

    try:
        yield
    except requests.exceptions.ProxyError as error:
        raise failed("cannot be reached through the proxy; check HTTPS_PROXY and NO_PROXY") from error
    except requests.exceptions.SSLError as error:
        raise failed("has a certificate that is not trusted; set REQUESTS_CA_BUNDLE to your network's") from error
    except requests.exceptions.Timeout as error:
        raise failed("does not answer in time; try again later") from error
    except requests.exceptions.RequestException as error:
        raise failed(f"cannot be reached ({type(error).__name__}); check the network or --base-url") from error
    except ValueError as error:
        if type(error).__module__.partition(".")[0] != "osmnx":
            raise
        told = " ".join(str(error).split())[:160]
        raise failed(f"gave no roads ({told}); check --bbox and --base-url") from error


class Overpass(Service):
    """OpenStreetMap's roads of today, asked of an Overpass server, or those of a local file."""

    name = "overpass"
    title = "OpenStreetMap roads, of an Overpass server by OSMnx, or of a local file (--from)"
    licence = LICENCE
    attribution = ATTRIBUTION
    layers = (LAYER,)

    def files(self, request: Request) -> Sequence[Download]:
        """Return the local file, else the server."""
        local = request.options.get("from")
        if local:
            if request.base_url:
                raise ParameterError(f"base_url is {request.base_url!r}, but has no effect with --from; leave it out")
            if not Path(local).is_file():
                raise DataError(f"no file {local}; check --from")
            return [Download(os.fspath(local), form="pbf" if str(local).lower().endswith(".pbf") else "")]
        return [Download(f"{_server(request.base_url or OVERPASS)}/interpreter", form="json")]

    def obtain(self, request: Request, progress: Progress) -> list[Got]:
        """Ask the server, whose answers stay in the cache; a local file is used where it lies."""
        if request.options.get("from"):
            return super().obtain(request, progress)
        (download,) = self.files(request)
        before = _digest(_answers(request))
        self._roads(request)
        answers = _answers(request)
        came = 0 if before == _digest(answers) else sum(path.stat().st_size for path in answers.glob("*.json"))
        progress(1.0)
        return [Got(download, answers, _digest(answers), came)]

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the roads within the box, with their tags and the barriers on them."""
        local = request.options.get("from")
        roads = roads_within(self._roads(request), request.bbox)
        of_osm = not local or bool(roads.attrs.get("osm"))
        record = Provenance(
            title="Roads of OpenStreetMap, clipped" if of_osm else f"Roads of {got[0].download.name}, clipped",
            title_zh="OpenStreetMap 道路（裁剪）" if of_osm else f"{got[0].download.name} 道路（裁剪）",
            source=f"{shown(got[0].download.url) if not local else got[0].download.name} (sha256 {got[0].sha256[:16]})",
            as_of=_as_of(_answers(request)) if not local else "",
            datum="EPSG:4326",
            licence=self.licence if of_osm else "as its provider says",
            attribution=self.attribution if of_osm else "",
            evidence="surveyed" if of_osm else "digitised",
            uncertainty_m=10.0 if of_osm else None,
            method="Ways with a highway tag, cut at the box; vertices, tags and barriers as they are.",
        )
        write_roads(roads, folder / LAYER, source=record.source, attribution=record.attribution, licence=record.licence)
        write_record(folder / LAYER, record)
        progress(1.0)
        return []

    def _roads(self, request: Request) -> gpd.GeoDataFrame:
        local = request.options.get("from")
        if local:
            return read_roads(local, bbox=request.bbox)
        return overpass_roads(
            request.bbox,
            cache=_answers(request),
            base=request.base_url or OVERPASS,
            patience=request.patience,
        )


def _server(base: str) -> str:
    """Return the address of an Overpass server as OSMnx wants it.

    >>> _server("https://overpass-api.de/api/interpreter/")
    'https://overpass-api.de/api'
    """
    if not is_address(base):
        raise ParameterError(f"base_url is {base!r}, but must be an Overpass server; give a local file with --from")
    return base.rstrip("/").removesuffix("/interpreter")


def _answers(request: Request) -> Path:
    """Return the folder of the server's answers for a box."""
    root = cache_folder() if request.cache is None else request.cache
    base = _server(request.base_url or OVERPASS)
    return root / place_of(f"{base}/interpreter/{box_text(request.bbox)}")


def _digest(answers: Path) -> str:
    """Return one digest of all answers."""
    found = hashlib.sha256()
    for path in sorted(answers.glob("*.json")):
        found.update(sha256(path).encode())
    return found.hexdigest()


def _as_of(answers: Path) -> str:
    """Return the oldest state of the map among the answers, as the server says it."""
    states = []
    for path in answers.glob("*.json"):
        told = json.loads(path.read_bytes()).get("osm3s", {})
        states.append(str(told.get("timestamp_osm_base", "")) if isinstance(told, dict) else "")
    return min((state for state in states if state), default="")


ROADS = Kind(
    name="roads",
    help="Fetch the roads of OpenStreetMap.",
    example="nanyi-gis fetch roads --from sichuan-latest.osm.pbf --out fetched",
    sources=(Overpass(),),
    options=(Option("from", "Local OSM extract or layer of lines, in place of the server.", type="file"),),
)
