"""The commands on small inputs, run in forked children so that a trial costs no start of Python."""

import importlib
import os
import pkgutil
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import seeds
from .worker import snapshot

_BOX = ("--bbox", "105.2,27.7,105.9,28.3")
_TILE = "v200/2021/map/ESA_WorldCover_10m_2021_v200_N27E105_Map.tif"


def lay_out(folder: Path) -> Path:
    """Lay out a tile of land cover as its service does, of 0.002 degrees a cell, and return the folder."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    tile = folder / "service" / _TILE
    if not tile.exists():
        tile.parent.mkdir(parents=True, exist_ok=True)
        codes = np.random.default_rng(0).choice(np.array([10, 20, 30, 40, 50, 80], np.uint8), (1500, 1500))
        profile = {"driver": "GTiff", "width": 1500, "height": 1500, "count": 1, "dtype": "uint8", "nodata": 0}
        profile |= {"crs": "EPSG:4326", "transform": from_origin(105, 30, 0.002, 0.002), "compress": "deflate"}
        with rasterio.open(tile, "w", **profile) as dataset:  # no threads of GDAL's before the forks
            dataset.write(codes, 1)
    return folder / "service"


@dataclass(frozen=True)
class Job:
    """A command with what it writes into a folder; ``older`` are the options of the result that lay there before.

    ``beside`` is a folder that it fills too, and that is empty before each trial: a cache.
    """

    name: str
    arguments: Callable[[Path], list[str]]
    older: Sequence[str] = ()
    beside: Path | None = None

    def forget(self) -> None:
        """Empty what is beside the result."""
        if self.beside is not None:
            shutil.rmtree(self.beside, ignore_errors=True)

    def prepared(self, folder: Path) -> tuple[Path, Path]:
        """Return folders with the old result and with what the command makes of it, each run once and unhindered."""
        old, new = folder / f"{self.name}-old", folder / f"{self.name}-new"
        for path in (old, new):
            shutil.rmtree(path, ignore_errors=True)
        old.mkdir(parents=True)
        _must([*self.arguments(old), *self.older], folder)
        shutil.copytree(old, new)
        _must(self.arguments(new), folder)
        return old, new


def jobs(folder: Path, *, service: str = "") -> dict[str, Job]:
    """Write the inputs into ``folder`` and return the jobs by the names of their commands.

    ``service`` is where :func:`lay_out` has put what ``fetch`` fetches; the folder itself if not given.
    """
    service = service or str(lay_out(folder))
    _, study = seeds.make(folder / "sound")
    dem, layers = folder / "sound" / "hills.tif", folder / "sound" / "layers"
    seeds.write_dem(dem, rows=400, columns=500, dtype="float32", tiled=True, compress="deflate")
    points, lines = str(layers / "points.gpkg"), str(layers / "lines.gpkg")
    within = ["--study", str(study)]
    cache = folder / "cache"
    os.environ["NANYI_GIS_CACHE"] = str(cache)

    def travel_time(out: Path) -> list[str]:
        given = ["travel-time", str(dem), "--from", points, "--roads", lines, *within]
        return [*given, "--out", str(out / "minutes.tif"), "--nearest", str(out / "nearest.tif")]

    tiles = seeds.write_tiles(folder / "sound" / "tiles")

    def fetch(out: Path) -> list[str]:
        given = ["fetch", "dem", "--source", "copernicus", "--base-url", str(tiles), *within]
        return [*given, "--out", str(out)]

    found = [
        Job("bands", lambda out: ["bands", str(dem), "--out", str(out), *within], ["--edges", "600,1000"]),
        Job(
            "suitability",
            lambda out: ["suitability", str(dem), "--crop", "plum", "--out", str(out), *within],
            ["--shoulder", "70"],
        ),
        Job("travel-time", travel_time, ["--mode", "car"]),
        Job("network", lambda out: ["network", "--out", str(out / "n.gpkg")], ["--scenario", "2025"]),
        Job(
            "access",
            lambda out: ["access", "--from", points, "--to", points, "--roads", lines, "--out", str(out), *within],
            ["--minutes", "5,10"],
        ),
        Job("init", lambda out: ["init", str(out), "--force"]),
        Job("check", lambda _: ["check", points, lines, *within]),
        Job("fetch", fetch, ["--bbox", "105.2,27.2,105.6,27.6"]),
        Job("fetch-web", lambda out: ["fetch", "landcover", "--out", str(out), "--base-url", service], _BOX, cache),
        Job("build", lambda out: ["build", "--out", str(out), "--lang", "en", *within], ["--public"]),
    ]
    return {job.name: job for job in found}


def load_everything() -> None:
    """Import what the commands import, once, so that a forked child starts at once."""
    import nanyi_gis.__main__
    import nanyi_gis.cli

    for module in pkgutil.iter_modules(nanyi_gis.cli.__path__):
        importlib.import_module(f"nanyi_gis.cli.{module.name}")
    for name in ("accessibility", "atlas", "inspection", "targets", "uncertainty", "webmap", "sources", "terrain"):
        importlib.import_module(f"nanyi_gis.{name}")
    importlib.import_module("nanyi_gis.atlas.pages")
    importlib.import_module("numba").njit(lambda x: x)(1)  # numba reads its tables at the first call


def start(arguments: Sequence[str], log: Path, *, before: Callable[[], None] = lambda: None) -> int:
    """Start a command in a forked child and return its number; ``before`` runs in the child first."""

    def command() -> None:
        sys.argv = ["nanyi-gis", *arguments]
        from nanyi_gis.__main__ import run

        run()

    return forked(command, log, before=before)


def forked(work: Callable[[], None], log: Path, *, before: Callable[[], None] = lambda: None) -> int:
    """Start ``work``, which ends by an exit, in a child that prints into ``log``; return the child's number."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        with open(log, "wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        before()
        work()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    except KeyboardInterrupt:  # between the command and its exit, where the command would say the same
        status = 130
    except BaseException:  # noqa: BLE001 (the parent reads it in the log)
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
        os._exit(status)


def wait(child: int, *, limit: float = 300.0) -> int:
    """Return the exit status of a child, negative for the signal that ended it; one that takes too long is killed."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


def finish(arguments: Sequence[str], log: Path, *, before: Callable[[], None] = lambda: None) -> tuple[int, str, float]:
    """Run a command to its end; return its status, what it said, and the seconds it took."""
    began = time.monotonic()
    status = wait(start(arguments, log, before=before))
    return status, log.read_text(encoding="utf-8", errors="backslashreplace"), time.monotonic() - began


def _must(arguments: Sequence[str], folder: Path) -> None:
    status, text, _ = finish(arguments, folder / "log")
    if status != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {status}: {text[-1000:]}")


def visible(folder: Path) -> dict[str, str]:
    """Return a snapshot without what is hidden: staging folders and locks."""
    return {name: content for name, content in snapshot(folder).items() if not name.startswith(".nanyi")}
