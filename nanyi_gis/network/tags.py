"""Road tags of any layer, read in one place: class, rights, direction, speeds, level, status, for one mode."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_choice
from ..errors import DataError
from .directions import ONE_WAY_CLASSES, directions
from .impedance import MODES
from .limits import OWN_SPEEDS, own_speeds, posted_limits
from .permissions import permissions
from .repeats import repeated_rows, saved_mode
from .speeds import Speeds
from .statuses import status_of
from .words import Bools, Floats, Ints, Words, column_of, flag, items, words_of

CLASS_COLUMNS = ("highway", "fclass", "class")
BACKWARDS = "other direction of a line"
_STRUCTURES = frozenset({"viaduct", "aqueduct", "boardwalk", "cantilever", "covered", "movable", "trestle", "culvert"})
_STRUCTURES |= {"low_water_crossing", "simple_brunnel", "building_passage", "flooded", "avalanche_protector", "passage"}
_STRUCTURES |= {"suspension", "swing", "beam", "arch", "pontoon", "floating", "ramp", "bridge", "tunnel", "underpass"}
_STRUCTURES |= {"桥", "桥梁", "大桥", "特大桥", "高架", "高架桥", "立交", "隧道", "隧洞", "涵洞", "地道"}
_NO_STREET = frozenset({"busway", "bus_guideway", "escape", "crossing", "yes", "emergency_bay", "turning_circle"})
_NO_STREET |= {"via_ferrata", "ladder", "toll_gantry", "traffic_island", "ferry"}
_AT_GROUND = frozenset({"building_passage", "avalanche_protector", "passage"})


@dataclass(frozen=True)
class WayTags:
    """What the tags of lines mean for one mode: a value a row of the layer, no row dropped.

    Attributes
    ----------
    highway : Series of str
        OSM's class: the first of a list, Geofabrik's grades of tracks as ``track``, empty as ``unclassified``.
    used : array of bool
        Whether the mode may use the line. Lines that are not open yet are used; their ``status`` says so.
    reason : Series of str
        Why a line is not used: the word of its class or of its access tag, ``ferry``, ``unknown class x``,
        ``status x``, ``motorroad``, ``other direction of a line``; empty where it is used.
    direction : array of int8
        0 both ways, 1 along the line only, -1 against it only, for this mode.
    kmh, kmh_back : array of float
        Speed along and against the line: the layer's own, else the posted limit where that is below the speed of the
        class; NaN where the class decides.
    bridge, tunnel : array of bool
    level : array of int
        OSM's ``layer``; where it is absent (or 0 on a bridge or in a tunnel) 1 on a bridge, -1 in a tunnel, else 0.
    controlled : array of bool
        Motorways, their links and motorroads: they are joined only at shared vertices and ends.
    status : Series of str
        ``open``, ``construction``, ``planned``, ``closed`` or ``unknown``.
    notes : tuple of str
        Words that were not understood, or understood in part, with how often they occur.
    """

    highway: "pd.Series[str]"
    used: Bools
    reason: "pd.Series[str]"
    direction: npt.NDArray[np.int8]
    kmh: Floats
    kmh_back: Floats
    bridge: Bools
    tunnel: Bools
    level: Ints
    controlled: Bools
    status: "pd.Series[str]"
    notes: tuple[str, ...]

    def left_out(self) -> dict[str, int]:
        """Return how many lines are not used, by reason."""
        found = self.reason[self.reason != ""].value_counts().sort_index()
        return {str(reason): int(count) for reason, count in found.items()}


def way_tags(lines: pd.DataFrame, *, mode: str, speeds: Speeds) -> WayTags:
    """Read the tags of lines for one mode.

    Columns may be named as OSM, Geofabrik, OSMnx or a database names them, in capitals, or cut after ten letters as
    in a Shapefile. Cells may hold blanks, lists, numbers or booleans.

    Parameters
    ----------
    lines : DataFrame
        A row a line. Read if there: ``highway`` (or ``fclass``, ``class``), ``route``, ``oneway``, ``junction``,
        ``maxspeed``, ``maxspeed:forward``, ``maxspeed:backward``, ``speed_kph`` or ``speed_kmh`` (a unit may follow),
        ``access``, ``vehicle``, ``motor_vehicle``, ``motorcar``, ``bus``, ``psv``, ``hgv``, ``foot``, ``motorroad``,
        ``bridge``, ``tunnel``, ``layer``, ``status``, ``opened``.
    mode : str
        ``car``, ``bus``, ``truck`` or ``walk``.
    speeds : Speeds
        The table of classes.

    Raises
    ------
    DataError
        If more than half of the lines have a class or a status that is not known, or an own speed is no speed.
    ParameterError
        If the mode is unknown, or no class of the layer is known.

    Examples
    --------
    >>> from nanyi_gis.network import load_speeds
    >>> roads = pd.DataFrame({"highway": ["primary", "motorway", "steps"], "maxspeed": ["30", "", ""]})
    >>> tags = way_tags(roads, mode="car", speeds=load_speeds())
    >>> tags.used.tolist(), tags.direction.tolist(), tags.kmh.tolist(), tags.reason.tolist()
    ([True, True, False], [0, 1, 0], [30.0, nan, nan], ['', '', 'steps'])
    """
    check_choice(mode, MODES, name="mode")
    table = speeds.for_mode(mode)
    highway, class_notes = _classes(lines, table)
    status, odd_status, status_notes = _statuses(lines)
    twice, back_of = repeated_rows(lines)
    closed, access_notes = permissions(lines, mode=mode)
    reason = _reasons(lines, highway, table, mode=mode)
    for rows, words in ((twice, BACKWARDS), (odd_status != "", odd_status), (closed != "", closed)):
        reason = np.where((reason == "") & rows, words, reason)
    used = reason == ""
    direction, oneway_notes = directions(lines, mode=mode, highway=highway)
    kmh, kmh_back, speed_notes = _speeds(lines, highway, table, mode=mode, used=used | twice)
    there = (back_of >= 0) & ~np.isnan(kmh[back_of])
    kmh_back = np.where(there, kmh[back_of], kmh_back)
    bridge, bridge_notes = structure(lines, "bridge")
    tunnel, tunnel_notes = structure(lines, "tunnel")
    level, level_notes = _levels(lines, bridge, tunnel)
    return WayTags(
        highway=highway,
        used=used,
        reason=pd.Series(reason, index=lines.index, dtype=object),
        direction=direction,
        kmh=kmh,
        kmh_back=kmh_back,
        bridge=bridge,
        tunnel=tunnel,
        level=level,
        controlled=highway.isin(ONE_WAY_CLASSES).to_numpy() | _yes(words_of(lines, "motorroad"), len(lines)),
        status=status,
        notes=(
            *class_notes,
            *oneway_notes,
            *access_notes,
            *speed_notes,
            *bridge_notes,
            *tunnel_notes,
            *level_notes,
            *status_notes,
        ),
    )


def _classes(lines: pd.DataFrame, speeds: Speeds) -> tuple["pd.Series[str]", list[str]]:
    """Return the class of each line; one that is not known is ``road`` where the layer gives a speed, and told."""
    words = words_of(lines, *CLASS_COLUMNS)
    if words is None:
        return pd.Series("unclassified", index=lines.index, dtype=object), []
    known = {*speeds.speed_kmh, *speeds.no_use}
    classes = words.map(lambda word: _class_of(word, known), dtype=object)
    own = column_of(lines, *OWN_SPEEDS)
    if own is None:
        return pd.Series(classes, index=lines.index, dtype=object), []

    def is_odd(word: str) -> bool:
        return _class_of(word, known) not in known | _NO_STREET

    fast = words.map(is_odd, dtype=bool) & own.notna().to_numpy() & (own.astype(str).str.strip() != "").to_numpy()
    notes = words.told(is_odd, "not understood, its own speed counts", rows=fast)
    return pd.Series(np.where(fast, "road", classes), index=lines.index, dtype=object), notes


def _class_of(word: str, known: set[str]) -> str:
    """Return one of OSM's classes: OSMnx keeps a list where ways were merged, Geofabrik grades tracks."""
    parts = items(word)
    if not parts:
        return "unclassified"
    first = parts[0] if parts[0] in known or parts[0].lower() not in known else parts[0].lower()
    low = first.lower()
    return "track" if low.startswith("track_grade") else "road" if low == "unknown" else first


def _reasons(lines: pd.DataFrame, highway: "pd.Series[str]", speeds: Speeds, *, mode: str) -> npt.NDArray[np.object_]:
    """Return why the class of a line is of no use to the mode; refuse a layer most of whose classes are unknown."""
    ferry = _ferries(lines, highway)
    unknown = ~highway.isin({*speeds.speed_kmh, *speeds.no_use}).to_numpy() & ~ferry
    if unknown.any() and unknown.all():
        speeds.of_class(str(highway.iloc[0]))  # refuses it by name
    named = next((name for name in CLASS_COLUMNS if name in lines), "highway")
    cure = "use one of OSM's classes, or give them a speed in [speed_kmh]"
    _refuse_most(unknown, highway.to_numpy(), column=named, cure=cure, lines=lines)
    useless = speeds.left_out(highway, mode=mode).to_numpy()
    reason = np.where(useless, highway.to_numpy(), "").astype(object)
    reason[unknown] = ("unknown class " + highway[unknown]).to_numpy()
    reason[ferry] = "ferry"
    return reason


def _ferries(lines: pd.DataFrame, highway: "pd.Series[str]") -> Bools:
    """Tell the lines of ``route=ferry`` that are no road as well."""
    ferry = highway.str.lower().eq("ferry").to_numpy()
    route, words = words_of(lines, "route"), words_of(lines, *CLASS_COLUMNS)
    if route is None:
        return np.asarray(ferry, dtype=np.bool_)
    sails = route.map(lambda word: "ferry" in items(word.lower()), dtype=bool)
    bare = True if words is None else words.map(lambda word: not word, dtype=bool)
    return np.asarray(ferry | (sails & bare), dtype=np.bool_)


def _statuses(lines: pd.DataFrame) -> tuple["pd.Series[str]", npt.NDArray[np.object_], list[str]]:
    """Return the status of each line, why it is left out (an unknown word without a date of opening), and notes."""
    words = words_of(lines, "status")
    if words is None:
        return pd.Series("open", index=lines.index, dtype=object), np.full(len(lines), "", dtype=object), []
    status = words.map(lambda word: status_of(word) or "unknown", dtype=object)
    odd = words.map(lambda word: status_of(word) is None, dtype=bool)
    opened = words_of(lines, "opened")
    undated = np.ones(len(lines), dtype=bool) if opened is None else opened.map(lambda word: not word, dtype=bool)
    lost = odd & undated
    _refuse_most(lost, words.text(), column="status", cure="use open, construction, planned", lines=lines)
    dated = words.told(lambda word: status_of(word) is None, "not understood, its date counts", rows=odd & ~undated)
    reason = words.map(lambda word: f"status {word}", dtype=object)
    return pd.Series(status, index=lines.index, dtype=object), np.where(lost, reason, ""), dated


def _refuse_most(odd: Bools, words: npt.NDArray[np.object_], *, column: str, cure: str, lines: pd.DataFrame) -> None:
    """Raise if more than half of the rows have a word that is not known."""
    if 2 * int(odd.sum()) > len(odd):
        met = ", ".join(repr(word) for word in list(dict.fromkeys(words[odd]))[:5])
        head = f"{lines.attrs['file']}: " if "file" in lines.attrs else ""
        raise DataError(f"{head}{column} is {met} in {int(odd.sum())} of {len(odd)} lines; {cure}")


def _speeds(
    lines: pd.DataFrame, highway: "pd.Series[str]", speeds: Speeds, *, mode: str, used: Bools
) -> tuple[Floats, Floats, list[str]]:
    """Return own speeds, else the limits that are below the speed of the class; walkers mind no limit."""
    own, own_back = own_speeds(lines, used=used)
    if mode == "walk":
        return own, own_back, []
    saved = saved_mode(lines)
    if saved == "walk":  # the pace of walkers says nothing of vehicles
        own, own_back = np.full(len(own), np.nan), np.full(len(own), np.nan)
    elif saved in speeds.mode:  # its speeds hold the factor of its mode already, on all but rails and walks
        factor = np.where(highway.isin(["rail", "walk"]).to_numpy(), 1.0, speeds.mode[saved])
        own, own_back = own / factor, own_back / factor
    limit, limit_back, notes = posted_limits(lines)
    usual = highway.map(speeds.speed_kmh).to_numpy(dtype=np.float64, na_value=np.nan)
    kmh, kmh_back = (
        np.where(np.isnan(given), np.where(posted < usual, posted, np.nan), given)
        for given, posted in ((own, limit), (own_back, limit_back))
    )
    return kmh, kmh_back, notes


def structure(lines: pd.DataFrame, name: str) -> tuple[Bools, list[str]]:
    """Return which lines are on a bridge (in a tunnel): anything but no counts, as in OSM; odd words are told."""
    words = words_of(lines, name)
    if words is None:
        return np.zeros(len(lines), dtype=bool), []
    notes = words.told(
        lambda word: _is_structure(word) and flag(word) is None and word.lower() not in _STRUCTURES,
        f"not understood, taken as a {name}",
    )
    return words.map(_is_structure, dtype=bool), notes


def _is_structure(word: str) -> bool:
    return any(flag(item) is not False for item in items(word))


def _levels(lines: pd.DataFrame, bridge: Bools, tunnel: Bools) -> tuple[Ints, list[str]]:
    implied = bridge.astype(np.int64) - (tunnel & ~bridge).astype(np.int64)
    passage = words_of(lines, "tunnel")
    if passage is not None:
        implied[passage.map(lambda word: word.lower() in _AT_GROUND, dtype=bool) & ~bridge] = 0
    words = words_of(lines, "layer")
    if words is None:
        return implied, []
    given = words.map(lambda word: _layer(word) or 0, dtype=np.int64)
    notes = words.told(lambda word: _layer(word) is None, "not understood, passed over")
    return np.where(given == 0, implied, given), notes


def _layer(word: str) -> int | None:
    """Return a number of ``layer``; None if it is none.

    >>> _layer("-1"), _layer(""), _layer("1;2")
    (-1, 0, None)
    """
    text = word.lstrip("+")
    return 0 if not text else int(text) if text.lstrip("-").isdigit() and len(text) < 6 else None


def _yes(words: Words | None, count: int) -> Bools:
    if words is None:
        return np.zeros(count, dtype=bool)
    return np.asarray(words.map(lambda word: flag(word) is True, dtype=bool), dtype=np.bool_)
