"""A layer of lines to nodes and edges: checked, noded, snapped, reported."""

import re
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._validation import check_choice, check_non_negative, numbers
from ..errors import DataError
from .noding import node_lines
from .placing import line_frame
from .speeds import Speeds

CLASS_COLUMNS = ("highway", "fclass", "class")
_SPEED_COLUMNS = ("speed_kph", "speed_kmh")
STATUSES = frozenset(
    {"", "open", "existing", "construction", "under_construction", "planned", "proposed", "closed", "unknown"}
)


def line_tables(
    lines: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: str = "car",
    crs: str | None = None,
    tolerance_m: float = 1.0,
    noding: str = "all",
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, dict[str, Any]]:
    """Return nodes, edges and a report from any layer of lines.

    Parameters
    ----------
    lines : GeoDataFrame
        Lines with a CRS. Used if there: ``highway`` (or ``fclass``, ``class``; OSM's names of classes; empty is
        ``unclassified``), ``oneway``, ``speed_kph`` or ``speed_kmh``, ``surface``, ``bridge``, ``tunnel``,
        ``status``, ``opened``, ``corridor``, ``id``, ``name`` and the evidence columns. Of a layer that
        :func:`nanyi_gis.network.graph_to_frames` made, the rows that repeat an edge backwards are passed over.
    speeds, mode : Speeds, str
        Lines of classes that are no use to the mode are left out and counted.
    crs : str, optional
        Metric CRS of the graph; the layer's own if it is metric, else the zone of :func:`nanyi_gis.datum.metric_crs`.
    tolerance_m : float
        Ends nearer than this to each other, or to a line, meet.
    noding : str
        ``all``: lines meet where they cross (not on bridges or in tunnels) and where an end touches a line;
        ``ends``: lines meet only where their ends coincide or touch; ``none``: only ends meet ends.

    Raises
    ------
    DataError
        If the layer has no CRS, no lines, coordinates in degrees under a metric CRS, or a bad speed or class.
    """
    check_choice(noding, ("all", "ends", "none"), name="noding")
    check_non_negative(tolerance_m, name="tolerance_m", unit="m")
    lines, lost = _usable(lines, speeds)
    if "id" in lines and lines["id"].notna().all() and not lines["id"].is_unique:
        twice = lines["id"][lines["id"].duplicated()].tolist()[0]
        raise DataError(f"line id {twice!r} occurs twice; ids must be unique")
    metric = line_frame(lines, crs)
    classes = _classes(metric)
    useless = speeds.left_out(classes, mode=mode)
    if useless.all():
        raise DataError(f"the layer holds no lines for mode {mode!r}; give a layer of such roads")
    dropped = classes[useless].value_counts().sort_index().to_dict() | lost
    metric = metric[~useless].reset_index(drop=True)
    flags = {name: _flag(metric, name) for name in ("bridge", "tunnel")}
    parts = node_lines(
        metric.geometry.to_numpy(),
        tolerance=tolerance_m,
        crossings=noding == "all",
        inside=noding != "none",
        separate=flags["bridge"] | flags["tunnel"],
    )
    table = _attributes(metric).assign(**flags)
    edges = gpd.GeoDataFrame(table.iloc[parts.parent].reset_index(drop=True), geometry=parts.geometry, crs=metric.crs)
    number = pd.Series(parts.parent).groupby(parts.parent).cumcount()
    total = number.groupby(parts.parent).transform("size")
    edges["id"] = np.where(total > 1, edges["id"] + "." + (number + 1).astype(str), edges["id"])
    backwards = _backwards(metric)[parts.parent]
    edges["u"] = np.where(backwards, parts.end, parts.start)
    edges["v"] = np.where(backwards, parts.start, parts.end)
    edges.loc[backwards, "geometry"] = edges.loc[backwards].reverse()
    nodes = gpd.GeoDataFrame(
        {"name_zh": "", "kind": "junction"},
        index=pd.RangeIndex(len(parts.nodes), name="node"),
        geometry=shapely.points(parts.nodes),
        crs=metric.crs,
    )
    report = {
        "lines": len(lines) + sum(lost.values()),
        "splits": parts.splits,
        "tolerance_m": tolerance_m,
        "moved_max_m": parts.moved_max,
        "left_out": dropped,
        "unclassified": int(table["highway"].eq("unclassified").sum()),
    }
    return nodes, edges, report


def _usable(lines: gpd.GeoDataFrame, speeds: Speeds) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Return the rows that can be used, and how many cannot by reason; refuse if most cannot.

    Not used: what repeats another row backwards, a class without a speed, a status that is none of the known words
    where no date of opening stands beside it.
    """
    lost = {reason: int(count) for reason, count in lines.attrs.get("left_out", {}).items()}
    twice = _repeats(lines)
    if twice.any():
        lost["other direction of a line"] = int(twice.sum())
    kept = lines[~twice]
    status = _words(kept, "status")
    dated = _words(kept, "opened") != ""
    odd_status = ~status.isin(STATUSES) & ~dated
    _refuse_most(odd_status, status, column="status", cure="use open, construction, planned", file=lines)
    classes = _classes(kept)
    known = {*speeds.speed_kmh, *speeds.no_use}
    odd_class = ~classes.isin(known)
    if not odd_class.all():
        named = next((name for name in CLASS_COLUMNS if name in kept), "highway")
        cure = "use one of OSM's classes, or give them a speed in [speed_kmh]"
        _refuse_most(odd_class, classes, column=named, cure=cure, file=lines)
        lost |= {f"unknown class {word}": int(n) for word, n in classes[odd_class].value_counts().sort_index().items()}
    else:
        odd_class &= False
    lost |= {f"status {word}": int(n) for word, n in status[odd_status].value_counts().sort_index().items()}
    return kept[~(odd_status | odd_class)], lost


def _refuse_most(
    odd: "pd.Series[bool]", words: "pd.Series[str]", *, column: str, cure: str, file: gpd.GeoDataFrame
) -> None:
    """Raise if more than half of the rows have a word that is not known."""
    if 2 * int(odd.sum()) > len(odd):
        met = ", ".join(repr(word) for word in list(dict.fromkeys(words[odd]))[:5])
        head = f"{file.attrs['file']}: " if "file" in file.attrs else ""
        raise DataError(f"{head}{column} is {met} in {int(odd.sum())} of {len(odd)} lines; {cure}")


def _repeats(lines: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows of a saved graph are the other direction of a row that is there too."""
    if not {"u", "v", "reversed"} <= set(lines.columns):
        return np.zeros(len(lines), dtype=bool)
    backwards = _words(lines, "reversed").str.lower().isin(["true", "1", "1.0", "yes"]).to_numpy()
    ends = list(zip(lines["u"], lines["v"], strict=True))
    there = {pair for pair, back in zip(ends, backwards, strict=True) if not back}
    found = [back and (v, u) in there for (u, v), back in zip(ends, backwards, strict=True)]
    return np.asarray(found, dtype=np.bool_)


def _words(lines: gpd.GeoDataFrame, column: str) -> "pd.Series[str]":
    if column not in lines:
        return pd.Series("", index=lines.index)
    return _text(lines[column]).str.strip()


def _flag(lines: gpd.GeoDataFrame, name: str) -> npt.NDArray[np.bool_]:
    """Return an OSM flag: anything but empty, no, false, 0 and Geofabrik's F is yes."""
    if name not in lines:
        return np.zeros(len(lines), dtype=bool)
    text = lines[name].fillna("").astype(str).str.lower()
    no = ["", "no", "false", "0", "0.0", "f", "none", "nan"]
    return np.asarray(~text.isin(no), dtype=np.bool_)


def _oneway(lines: gpd.GeoDataFrame) -> "pd.Series[str]":
    if "oneway" not in lines:
        return pd.Series("", index=lines.index)
    text: pd.Series[str] = lines["oneway"].fillna("").astype(str).str.lower()
    return text


def _backwards(lines: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    return np.asarray(_oneway(lines).isin(["-1", "-1.0", "reverse", "t"]), dtype=np.bool_)


def _attributes(lines: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(index=lines.index)
    for column in ("name_zh", "status", "corridor", "surface", "evidence", "source", "as_of"):
        if column in lines:
            table[column] = _text(lines[column])
    for column in ("opened", "closed"):
        if column in lines:
            table[column] = _dates(lines[column])
    if "uncertainty_m" in lines:
        table["uncertainty_m"] = pd.to_numeric(lines["uncertainty_m"], errors="coerce")
    if "name_zh" not in table and "name" in lines:
        table["name_zh"] = _text(lines["name"])
    table["highway"] = _classes(lines)
    table["oneway"] = _oneway(lines).isin(["yes", "true", "1", "1.0", "-1", "-1.0", "reverse", "t", "f"])
    if "junction" in lines:
        table["oneway"] |= lines["junction"].eq("roundabout")
    table["id"] = _ids(lines)
    speed = next((name for name in _SPEED_COLUMNS if name in lines), None)
    if speed is not None:
        name, file = "speeds in km/h", lines.attrs.get("file")
        table["speed_kph"] = numbers(lines, speed, name=name, file=file, least=None, empty=True)
        missing = table["speed_kph"].isna()
        if missing.any():
            raise DataError(
                f"{int(missing.sum())} of {len(lines)} lines have no {speed}, the first is "
                f"{table.loc[missing, 'id'].iloc[0]!r}; fill it or leave the whole column out"
            )
    return table


def _text(values: "pd.Series[Any]") -> "pd.Series[str]":
    objects = values.astype(object)
    text: pd.Series[str] = objects.where(objects.notna(), "").astype(str)
    return text


def _dates(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return ISO dates, months or years as text, whatever type the file has for them."""
    text = _text(values).str.slice(0, 10).str.removesuffix(".0")
    bad = ~text.str.fullmatch(r"|\d{4}(-\d{2}(-\d{2})?)?")
    if bad.any():
        raise DataError(
            f"{values.name} is {text[bad].iloc[0]!r}, but must be a date such as 2024-02-09, 2024-02 or 2024"
        )
    return text


def _classes(lines: gpd.GeoDataFrame) -> "pd.Series[str]":
    column = next((name for name in CLASS_COLUMNS if name in lines), None)
    if column is None:
        return pd.Series("unclassified", index=lines.index)
    classes: pd.Series[str] = lines[column].map(_first_class).replace("", "unclassified").astype(str)
    return classes


def _first_class(value: object) -> str:
    """Return one of OSM's classes: OSMnx keeps a list where ways were merged, Geofabrik grades tracks."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return str(value[0]) if len(value) else ""
    text = "" if value is None or value != value else str(value).strip()
    listed = re.match(r"[\[(]\s*['\"]?([^'\",\])]*)", text)  # a list that a file format has turned into text
    text = listed[1].strip() if listed else text
    return "track" if text.startswith("track_grade") else "road" if text == "unknown" else text


def _ids(lines: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return unique ids: the layer's own, numbered where a multi-line was taken apart, or L1, L2, ..."""
    own = next((name for name in ("id", "osm_id") if name in lines and lines[name].notna().all()), None)
    if own is None:
        return pd.Series([f"L{i + 1}" for i in range(len(lines))], index=lines.index)
    ids: pd.Series[str] = lines[own].astype(str)
    number = ids.groupby(ids).cumcount()
    return ids.where(number == 0, ids + "/" + (number + 1).astype(str))
