"""Stated limits of cells, memory, disk and time: estimates held against them before anything is read.

A file of 700 bytes may claim 10¹² cells. Whatever would keep the machine busy for days, or surely does not fit into
it, is refused at once in one line; :func:`nanyi_gis._consent.forcing` (the option ``--force``) lifts every limit here.
"""

import os
import shutil
import sys
from pathlib import Path

from ._consent import forces
from .errors import DataError, NanyiError, OutputError, ParameterError

MOST_STREAMED_CELLS = 50_000_000_000
"""Cells that are worked through window by window: five times all of China in cells of 30 m."""

MOST_SIDE = 10_000_000
"""Rows or columns of a raster: the Earth in cells of 4 m."""

MOST_HOURS = 24.0
"""Estimated hours of work on two cores: what runs longer than a day is more often a slip than a wish."""

MOST_SAMPLES = 1_000_000
"""Samples of an error: the standard error of a probability is then 0.0005."""

MOST_FEATURES = 50_000_000
"""Features of a layer, which is held in memory: ten times the roads of China in OpenStreetMap."""

MOST_COLUMNS = 5_000
"""Columns of a layer: GeoPackage and the pages hold fewer than half as many."""

MOST_PAGE_VERTICES = 5_000_000
"""Vertices of a layer on a page: about 100 MB of HTML, beyond which browsers give up."""

PAGE_FEATURES = 50_000
"""Features of a layer of the user's that the atlas draws; of more, some are left out, and the page says so."""

MOST_PAGE_FEATURES = 200_000
"""Features of a layer on a page, each with a tooltip: a browser takes a minute to show as many."""

MOST_ZONES = 1_000_000
"""Zones by which areas are summed: every village of China."""

MOST_ZONE_ROWS = 50_000_000
"""Rows of a table by zone and class: 400 MB."""

# rough: bands 1.2e-7 and a sample 6e-8 processor seconds, over two cores; suitability and node are estimates
SECONDS_PER_CELL = {"bands": 6e-8, "suitability": 1.7e-7, "sample": 3e-8, "node": 2e-7}
"""Seconds of a cell by the kind of work: of a use of land, of a sample, of a searched node."""

# the peak of a process less that of the same work on 90,000 cells: 33 for travel-time with its DEM, 42 for uncertainty
# (9 million cells each), 16 for the working grid of a DEM (15 million); build is an estimate:
# it keeps six crops with their chances until the pages of both languages are made
BYTES_PER_CELL = {
    "travel-time": 29.0,
    "viewshed": 12.0,
    "sun": 60.0,
    "uncertainty": 40.0,
    "build": 100.0,
    "dem": 16.0,
    "eligibility": 30.0,
    "hydrology": 90.0,
    "hazard": 60.0,
}
"""Bytes of memory of a cell by the kind of work."""

LEAST_BYTES_WRITTEN = 0.02
"""Bytes on disk of a cell of classes at the least, as compressed for real land."""

LEAST_BLOCK = 1_000_000_000
"""Bytes of a stored block above which the memory for it is asked for before it is read."""

GIGABYTE = 1e9
_NO_LIMIT = 1 << 60
_CGROUPS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
_CACHES = ("inactive_file", "active_file", "total_inactive_file", "total_active_file")


def hold(asked: str, amount: float, most: float, *, cure: str, error: type[NanyiError] = DataError) -> None:
    """Refuse what is above a limit, unless limits are lifted.

    Parameters
    ----------
    asked : str
        What is asked for, with its amount, e.g. ``"dem.tif has 1,000,000,000,000 cells"``.
    amount, most : float
        The estimate and the limit.
    cure : str
        What to do, before ``or lift the limit with --force``.
    error : type
        Of the error.

    >>> hold("a.tif has 12 cells", 12, 10, cure="clip it")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: a.tif has 12 cells, above the limit of 10; clip it, or lift the limit with --force
    """
    if amount > most and not forces():
        raise error(f"{asked}, above the limit of {_count(most)}; {cure}, or lift the limit with --force")


def hold_cells(name: str, width: int, height: int, *, task: str, times: int = 1) -> None:
    """Refuse a raster of more cells, or longer work, than a command that reads by windows is meant for.

    Parameters
    ----------
    name : str
        The file.
    width, height : int
        Its columns and rows.
    task : str
        ``bands`` or ``suitability``; decides the seconds of a cell.
    times : int
        How often each cell is worked on, e.g. once for each use of land.

    Raises
    ------
    DataError
        If a limit is broken and not lifted.

    >>> hold_cells("dem.vrt", 1_000_000, 1_000_000, task="bands")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: dem.vrt has 1,000,000,000,000 cells (1,000,000 x 1,000,000), above the limit of
    50,000,000,000; clip it or choose coarser cells, or lift the limit with --force
    """
    cells = width * height
    cure = "clip it or choose coarser cells"
    hold(f"{name} has {cells:,} cells ({width:,} x {height:,})", cells, MOST_STREAMED_CELLS, cure=cure)
    hold(f"{name} has a side of {max(width, height):,} cells", max(width, height), MOST_SIDE, cure=cure)
    hold_time(f"{task} of {name} with {cells:,} cells", cells * times * SECONDS_PER_CELL[task], cure=cure)


def hold_cells_read(name: str, cells: int) -> None:
    """Refuse a part of a file, or of many, that has more cells than are read in a day's work."""
    hold(f"{name} has {cells:,} cells in the area", cells, MOST_STREAMED_CELLS, cure="give a coarser file")


def hold_time(asked: str, seconds: float, *, cure: str, error: type[NanyiError] = DataError) -> None:
    """Refuse work that is estimated to take more than a day.

    >>> hold_time("samples is 100,000,000", 7.2e6, cure="ask for fewer", error=ParameterError)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: samples is 100,000,000, which takes about 2,000 hours, above the limit of 24; ask
    for fewer, or lift the limit with --force
    """
    hours = seconds / 3600.0
    hold(f"{asked}, which takes about {hours:,.0f} hours", hours, MOST_HOURS, cure=cure, error=error)


def hold_zones(zones: int, classes: int) -> None:
    """Refuse a table by zone and class that is longer than any report."""
    asked, cure = f"areas are asked for by {zones:,} zones", "give fewer zones"
    hold(asked, zones, MOST_ZONES, cure=cure)
    rows = zones * classes
    hold(f"{asked} and {classes:,} classes, so {rows:,} rows", rows, MOST_ZONE_ROWS, cure=cure)


def hold_page(layer: str, *, features: int, vertices: int) -> None:
    """Refuse a layer that would make a page which no browser shows."""
    cure = "simplify it, clip it or leave it out"
    hold(f"layer {layer!r} has {features:,} features", features, MOST_PAGE_FEATURES, cure=cure)
    hold(f"layer {layer!r} has {vertices:,} vertices", vertices, MOST_PAGE_VERTICES, cure=cure)


def hold_searches(asked: str, searches: int, *, nodes: int) -> None:
    """Refuse more searches of a network than a day has time for."""
    hold_time(asked, searches * nodes * SECONDS_PER_CELL["node"], cure="take fewer at once")


def hold_samples(samples: int, *, cells: int = 0, times: int = 1) -> None:
    """Refuse more samples than tell anything, or so many over so many cells that they take more than a day.

    >>> hold_samples(100_000_000)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: samples is 100,000,000, above the limit of 1,000,000; ask for fewer, or lift the
    limit with --force
    """
    asked, cure = f"samples is {samples:,}", "ask for fewer"
    hold(asked, samples, MOST_SAMPLES, cure=cure, error=ParameterError)
    seconds = samples * cells * times * SECONDS_PER_CELL["sample"]
    hold_time(f"{asked} of {cells:,} cells", seconds, cure=f"{cure} or a coarser DEM", error=ParameterError)


def hold_memory(
    asked: str, octets: float, *, cure: str = "clip it or choose coarser cells", error: type[NanyiError] = DataError
) -> None:
    """Refuse what needs more memory than this machine, or the container, has free.

    Parameters
    ----------
    asked : str
        What is asked for, e.g. ``"dem.tif has 4,000,000,000 cells"``.
    octets : float
        The least that it takes.
    cure, error
        As for :func:`hold`.
    """
    if octets <= GIGABYTE or forces():
        return
    free = free_memory()
    if octets > free:
        raise error(
            f"{asked}, which takes at least {octets / GIGABYTE:,.1f} GB of memory, but {free / GIGABYTE:,.1f} GB are "
            f"free; {cure}, or try it with --force"
        )


def hold_disk(folder: str | os.PathLike[str], cells: int, *, layers: int) -> None:
    """Refuse rasters of classes for which a disk surely has no room, before the first cell is read."""
    least = cells * layers * LEAST_BYTES_WRITTEN
    place = Path(folder).resolve()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return
    if least > free and not forces():
        raise OutputError(
            f"{folder} needs at least {least / GIGABYTE:,.1f} GB for {layers} rasters of {cells:,} cells, but "
            f"{free / GIGABYTE:,.1f} GB are free there; free some space, choose another folder, or try it with --force"
        )


def free_memory() -> int:
    """Return the bytes of memory that this process may still take: of the machine, its container, its own limit.

    >>> free_memory() > 0
    True
    """
    return max(min(_machine(), _container(), _own()), 0)


def _machine() -> int:
    """Return what the machine has free, page cache and swap included; endless where it does not tell."""
    if sys.platform == "win32":
        return _windows()
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith("kB")}
        return found["MemAvailable"] + found.get("SwapFree", 0)
    except (OSError, KeyError, ValueError):
        pass
    try:  # macOS and others tell only what they have
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return _NO_LIMIT


def _windows() -> int:
    import ctypes

    names = ("total", "free", "page_total", "page_free", "virtual_total", "virtual_free", "extended")

    class Status(ctypes.Structure):
        _fields_ = [("size", ctypes.c_ulong), ("load", ctypes.c_ulong), *((name, ctypes.c_ulonglong) for name in names)]

    status = Status(size=ctypes.sizeof(Status))
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return _NO_LIMIT
    return int(status.page_free)


def _container(root: Path = Path("/sys/fs/cgroup")) -> int:
    """Return what the control group of a container leaves, endless where there is none.

    Files that were read lately count as used there, but the system gives their pages up when asked for memory.
    """
    for most, used in _CGROUPS:
        try:
            limit = (root / most).read_text(encoding="ascii").strip()
            if limit == "max":
                return _NO_LIMIT
            return int(limit) - int((root / used).read_text(encoding="ascii")) + _cached((root / used).parent)
        except (OSError, ValueError):
            continue
    return _NO_LIMIT


def _cached(group: Path) -> int:
    """Return the bytes of files that a control group keeps in memory, 0 where it does not tell."""
    try:
        lines = (group / "memory.stat").read_text(encoding="ascii").splitlines()
        found = {name: int(number) for name, number in (line.split() for line in lines)}
    except (OSError, ValueError):
        return 0
    names = [name for name in _CACHES if name in found]
    return sum(found[name] for name in names[-2:])  # version 1 tells the totals of the groups below too


def _own() -> int:
    """Return what ``ulimit -v`` leaves."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return _NO_LIMIT
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return int(limit) - pages * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, AttributeError, OSError, ValueError):
        return _NO_LIMIT


def _count(number: float) -> str:
    return f"{number:,.0f}"
