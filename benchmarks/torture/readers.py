"""What the commands do with a file of each kind: their readers one by one, and whole commands."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from nanyi_gis.climate import load_climate
from nanyi_gis.dem import load_dem, read_dem
from nanyi_gis.inspection import inspect_file
from nanyi_gis.inspection.parameters import parameter_report
from nanyi_gis.io import plain_columns, read_vector, read_zones
from nanyi_gis.network import build_graph, load_scenario, load_speeds, read_roads
from nanyi_gis.raster import RasterFile, read_raster
from nanyi_gis.route import chainage
from nanyi_gis.route import from_file as read_route
from nanyi_gis.study import StudyArea, load_study
from nanyi_gis.suitability import load_use
from nanyi_gis.targets import (
    load_known_places,
    read_road_record,
    study_climate,
    study_crops,
    township_population,
)

Reader = Callable[[Path, StudyArea], Any]


def _whole_study(path: Path, _study: StudyArea) -> Any:
    study = load_study(study=path)
    plan = study.plan
    load_climate(study_climate(study, study_crops(study)))
    if "known_places" in study.files:
        load_known_places(study.files["known_places"], study=study, crops=study_crops(study))
    return plan.places, plan.corridors, plan.frame(), study.census, township_population(study=study)


_VECTOR: dict[str, Reader] = {
    "layer": lambda path, _: plain_columns(read_vector(path)),
    "zones": lambda path, _: read_zones(path),
}
READERS: dict[str, dict[str, Reader]] = {
    "raster": {
        "DEM": lambda path, study: read_dem(path, study=study),
        "layer": lambda path, _: read_raster(path, kind="quantity"),
        "header": lambda path, _: RasterFile.of(path),
    },
    "polygons": {**_VECTOR, "boundaries": lambda path, _: load_study(path)},
    "lines": {
        **_VECTOR,
        "roads": lambda path, _: read_roads(path),
        "graph": lambda path, _: build_graph(path),
        "route": lambda path, _: chainage(read_route(path)),
    },
    "points": {**_VECTOR, "points": lambda path, _: read_vector(path, kind="point")},
    "use": {"use": lambda path, _: load_use(path)},
    "climate": {"climate": lambda path, _: load_climate(path)},
    "speeds": {"speeds": lambda path, _: load_speeds(path)},
    "scenario": {"scenario": lambda path, _: load_scenario(path)},
    "road": {"road for visitors": lambda path, _: read_road_record(path)},
    "known": {"known places": lambda path, study: load_known_places(path, study=study, crops=study_crops(study))},
    "study": {"study": _whole_study},
}
SELDOM: dict[str, Reader] = {
    "build --dem": lambda path, study: load_dem(path, study=study, resolution=200.0),
    "check": lambda path, study: inspect_file(path, study=study),
}
"""Readers that take a second: only some mutants meet them."""


def readers(kind: str, *, seldom: bool) -> Iterator[tuple[str, Reader]]:
    """Yield the readers of a kind of file by what it is read as."""
    yield from READERS[kind].items()
    if kind in {"use", "climate", "speeds", "scenario", "road", "study"}:
        yield "check", lambda path, _: parameter_report(str(path))
    elif seldom:
        yield "check", SELDOM["check"]
        if kind == "raster":
            yield "build --dem", SELDOM["build --dem"]


def texts(result: Any) -> str:
    """Return the words in what a reader returned, to look for what should not be there."""
    if isinstance(result, pd.DataFrame):
        return " ".join(str(value) for name in result for value in (name, *result[name].head(50)) if name != "geometry")
    if hasattr(result, "values") and getattr(result, "size", 0) and result.size < 1000:
        cells = [int(value) for value in result.to_numpy().ravel() if value == value and 0 <= value < 256]
        return bytes(cells).decode("latin-1")
    return str(result)[:5000] if isinstance(result, list | tuple | dict | str) else ""


def command(kind: str, path: Path, out: Path, *, sound: dict[str, Path], turn: int) -> list[str]:
    """Return a whole command on a file of a kind; ``sound`` holds sound files for the other arguments."""
    file, dem, study = str(path), str(sound["dem"]), str(sound["study"])
    within = ["--study", study]
    choices: dict[str, list[list[str]]] = {
        "raster": [
            ["bands", file, "--out", str(out)],
            ["suitability", file, "--crop", "plum", "--out", str(out), *within],
            ["travel-time", file, "--from", str(sound["points"]), "--out", str(out / "m.tif"), *within],
            ["suitability", dem, "--crop", "plum", "--layer", f"soil_ph={file}", "--out", str(out), *within],
            ["access", "--population", file, "--scenario", "2022", "--out", str(out)],
        ],
        "polygons": [
            ["bands", dem, "--zones", file, "--out", str(out), *within],
            [
                "travel-time",
                dem,
                "--from",
                str(sound["points"]),
                "--barriers",
                file,
                "--out",
                str(out / "m.tif"),
                *within,
            ],
        ],
        "lines": [
            ["network", "--roads", file, "--out", str(out / "n.gpkg")],
            ["travel-time", dem, "--from", str(sound["points"]), "--roads", file, "--out", str(out / "m.tif"), *within],
            ["route", "--from-file", file, "--dem", dem, "--samples", "20", "--out", str(out), *within],
        ],
        "points": [
            ["travel-time", dem, "--from", file, "--out", str(out / "m.tif"), *within],
            ["access", "--from", file, "--to", file, "--roads", str(sound["lines"]), "--out", str(out), *within],
        ],
        "use": [["suitability", dem, "--use", file, "--out", str(out), *within]],
        "climate": [["suitability", dem, "--crop", "plum", "--climate", file, "--out", str(out), *within]],
        "speeds": [["network", "--roads", str(sound["lines"]), "--speeds", file, "--out", str(out / "n.gpkg")]],
        "scenario": [["network", "--changes", file, "--out", str(out / "n.gpkg")]],
        "known": [["validate", "--places", file, "--dem", dem, "--out", str(out), *within]],
        "road": [],  # a study names it
        "study": [["bands", dem, "--study", file, "--out", str(out)], ["plan", "--study", file]],
    }
    options = [*choices[kind], ["check", file]]
    return options[turn % len(options)]
