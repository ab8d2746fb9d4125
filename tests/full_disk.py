"""Every writer on a disk that is too small: run as ``python full_disk.py FOLDER [COUNT]``, prints outcomes.

``WRITERS`` is also what a longer sweep over real file systems takes; each writes the same bytes into any folder.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from affine import Affine

from nanyi_gis import io
from nanyi_gis.errors import OutputError
from nanyi_gis.raster import cog_writer, write_cog

CORNER = Affine(30, 0, 500_000, 0, -30, 3_100_000)


def raster(values: np.ndarray) -> xr.DataArray:
    rows, columns = values.shape
    y, x = 3_100_000 - 30 * (np.arange(rows) + 0.5), 500_000 + 30 * (np.arange(columns) + 0.5)
    field = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x})
    return field.rio.write_crs("EPSG:4544").rio.write_transform(CORNER)


def heights(size: int) -> xr.DataArray:
    steps = np.random.default_rng(1).normal(size=(size, size)).cumsum(0).cumsum(1)
    return raster((900 + steps / np.abs(steps).max() * 500).astype(np.float32))


def points(count: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(2)
    places = gpd.points_from_xy(105 + random.random(count), 28 + random.random(count))
    return gpd.GeoDataFrame(
        {"name": [f"村{n}" for n in range(count)], "people": np.arange(count)}, geometry=places, crs=4326
    )


def lines(count: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(3)
    shapes = shapely.linestrings(500_000 + random.random((count, 40, 2)).cumsum(1))
    return gpd.GeoDataFrame({"length": np.arange(count) * 1.5}, geometry=shapes, crs=4544)


def codes(folder: Path) -> None:
    values = np.random.default_rng(4).integers(0, 4, (560, 540)).astype(np.uint8)
    write_cog(raster(values), folder / "codes.tif", nodata=0, categories={1: "a", 2: "b"}, colours={1: (9, 9, 9)})


def quantity(folder: Path) -> None:
    write_cog(heights(560), folder / "heights.tif", nodata=-9999, tags={"TITLE": "heights"})


def large_quantity(folder: Path) -> None:
    before, cog_writer.MEMORY_BYTES = cog_writer.MEMORY_BYTES, 0
    try:
        quantity(folder)
    finally:
        cog_writer.MEMORY_BYTES = before


def geopackage(folder: Path) -> None:
    table = pd.DataFrame({"key": np.arange(500), "text": ["x" * 50] * 500})
    io.write_gpkg({"edges": lines(200), "nodes": points(400), "table": table}, folder / "net.gpkg")


def geojson(folder: Path) -> None:
    io.write_geojson(points(400), folder / "points.geojson")


def csv(folder: Path) -> None:
    io.write_csv(points(400).drop(columns="geometry"), folder / "table.csv")


def page(folder: Path) -> None:
    from nanyi_gis.webmap import Page

    page = Page(title="Wells", lang="en", bounds=(105, 28, 106, 29))
    page.add_points("Wells", points(20), label="name")
    page.save(folder / "page.html")


def handed_on(folder: Path) -> None:
    """The files for QGIS, spreadsheets, Google Earth and CAD, as the atlas stages them."""
    from nanyi_gis.atlas.handoff import drawing, earth, project, qml, symbol, workbook

    frame = points(200).to_crs(4544).rename(columns={"name": "name_zh"})
    dot = symbol.Symbol(kind="point", colour="#C8102E")
    look = symbol.Look(table="p", name="p", title="村", group="g", frame=frame, symbol=dot, label="name_zh")
    names = {"p": {"name_zh": "名称", "people": "人口"}}
    table = workbook.Table(title="村", where="p", sheet="村", frame=pd.DataFrame(frame.drop(columns="geometry")))
    with io.staged(folder) as stage:
        io.write_gpkg({"p": frame}, stage / "p.gpkg", aliases=names, styles={"p": qml.style(look, names["p"])})
        made = project.project(
            [look], [], names=names, groups={"g": "地点"}, exclusive=(), closed=(), title="村", crs="EPSG:4544",
            package="p.gpkg", extent=(0, 0, 1, 1),
        )  # fmt: skip
        project.write_project(stage / "p.qgz", made)
        workbook.write_workbook(stage / "p.xlsx", [table], title="村", lang="zh")
        earth.write_kml(stage / "p.kml", [look], names=names, groups={"g": "地点"}, title="村", note="", lang="zh")
        drawing.write_dxf(stage / "p.dxf", [look], crs="EPSG:4544", title="villages")


def saved_page(folder: Path) -> None:
    import folium

    from nanyi_gis.webmap import offline_file

    source = folder.parent / "saved.html"
    if not source.exists():
        folium.Map([28, 105], tiles=None).save(source)
    offline_file(source, folder / "offline.html")


def template(folder: Path) -> None:
    from nanyi_gis.study import write_template

    write_template(folder, force=True)


def bands(folder: Path) -> None:
    from nanyi_gis.terrain import write_bands

    source = folder.parent / "dem.tif"
    if not source.exists():
        write_cog(heights(300), source, nodata=-9999)
    write_bands(source, folder, edges=(700, 900, 1200))


def atlas(folder: Path) -> None:
    from nanyi_gis.atlas.manifest import write_manifest

    with io.staged(folder) as stage:
        for number in range(3):
            io.write_text(stage / f"page{number}.html", "page" * 900 * (number + 1))
        (stage / "data").mkdir()
        io.write_gpkg({"points": points(200)}, stage / "data" / "nanyi.gpkg")
        write_manifest(stage, inputs=[], parameters={}, figures=[], notes=["x" * 4000])


def validation(folder: Path) -> None:
    from nanyi_gis.targets import Validation, confusion, write_validation

    places = points(300).assign(crop="orange", presence="present", verdict="hit")
    places["class"] = ["S1", "S3", "N"] * 100
    write_validation(Validation(places, confusion(places)), folder)


def fetched(folder: Path) -> None:
    """Tiles in a folder, so that the disk of the cache has no part in it."""
    from nanyi_gis.sources import fetch

    tiles = folder.parent / "tiles"
    if not tiles.exists():
        tiles.mkdir()
        lattice = Affine(1 / 400, 0, 105 - 1 / 800, 0, -1 / 400, 28 + 1 / 800)
        values = heights(400).to_numpy()
        y, x = 28 - np.arange(400) / 400, 105 + np.arange(400) / 400
        field = xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x})
        placed = field.rio.write_crs("EPSG:4326").rio.write_transform(lattice)
        write_cog(placed, tiles / "Copernicus_DSM_COG_10_N27_00_E105_00_DEM.tif")
    fetch("dem", folder, source="copernicus", bbox=(105.1, 27.1, 105.9, 27.9), base_url=str(tiles))


def route(folder: Path) -> None:
    from nanyi_gis.route import write_route

    sites = points(40).to_crs(4544)
    layers = {"route": lines(30), "sites": sites, "chainage": points(200).to_crs(4544)}
    table = pd.DataFrame(points(300).drop(columns="geometry"))
    drawn = list(lines(3).geometry)
    write_route(folder, layers=layers, coverage=table, profile=table, lines=drawn, crs=4544, name="road")


def sight(folder: Path) -> None:
    from nanyi_gis.visibility import write_viewshed

    at = gpd.points_from_xy(500_015 + 30.0 * np.arange(120), np.full(120, 3_099_985.0))
    eyes = gpd.GeoDataFrame({"name": ["a", "b"] * 60}, geometry=at, crs=4544)
    write_viewshed(heights(240), eyes, folder, radius=300, frequency_mhz=900)


def forest(folder: Path) -> None:
    from nanyi_gis.forest import write_forest

    source = folder.parent / "cover.tif"
    if not source.exists():
        write_cog(raster(np.random.default_rng(6).choice([10, 30, 40], (60, 60)).astype(np.uint8)), source)
    write_forest(source, folder)


def evenness(folder: Path) -> None:
    from nanyi_gis.accessibility import equity_tables, write_equity

    towns = [f"t{number}" for number in range(40)]
    rows = {"township": towns, "people": np.arange(1, 41), "service": "clinic", "minutes": np.arange(40) ** 1.5}
    now = pd.DataFrame({**rows, "scenario": "now"})
    write_equity(equity_tables(pd.concat([now, now.assign(scenario="then", minutes=5.0)])), folder)


def comfort(folder: Path) -> None:
    from nanyi_gis.comfort import write_comfort

    table, criteria = folder.parent / "july.csv", folder.parent / "criteria.toml"
    if not table.exists():
        rows = "".join(f"place {k},{20 + k / 10},0.8\n" for k in range(60))
        table.write_text("place,temperature,humidity\n" + rows)
        criteria.write_text('[[criterion]]\ncolumn = "temperature"\nworst = 27\nbest = 20\nweight = 1\nsd = 1\n')
    write_comfort(table, folder, criteria=criteria, samples=50)


def power_line(folder: Path) -> None:
    from nanyi_gis.route import corridor, write_corridor

    flat = raster(np.zeros((40, 40), np.float32))
    write_corridor(corridor(flat, (500_015, 3_099_985), (501_100, 3_099_000)), folder)


@cache
def register() -> tuple[Any, ...]:
    """The study, its register and 90 of its lines: they are read once for all sizes."""
    from nanyi_gis.monitor import read_register, tracked
    from nanyi_gis.study import load_study

    study = load_study()
    return study, read_register(study), tracked(study)[:90]


def blank_sheet(folder: Path) -> None:
    from nanyi_gis.monitor import write_blank_sheet

    _, rules, lines = register()
    write_blank_sheet(folder / "sheet.csv", lines, register=rules)


@cache
def report_made() -> Any:
    import dataclasses
    import datetime

    from nanyi_gis.monitor import report

    found = report(register()[0], [], as_of=datetime.date(2026, 2, 28), since=datetime.date(2023, 2, 28))
    return dataclasses.replace(found, status=found.status.head(60), scores=found.scores.head(60))


def reported(folder: Path) -> None:
    from nanyi_gis.monitor import write_report

    write_report(report_made(), folder)


def notices(folder: Path) -> None:
    """The notices; monitor.html is written by the same function, and takes longer to make."""
    from nanyi_gis.atlas import write_notices

    write_notices(report_made(), folder)


def water(folder: Path) -> None:
    from nanyi_gis.hydrology import write_hydrology

    write_hydrology(heights(60), folder, streams_km2=0.05, stage=5.0)


def sunlight(folder: Path) -> None:
    from nanyi_gis.irradiation import daily_irradiation, write_irradiation

    write_irradiation(daily_irradiation(heights(240), day=80, directions=8, step=2), folder)


def hazard(folder: Path) -> None:
    from nanyi_gis.hazard import SheltersAsked, Soil, write_hazard

    halls = gpd.GeoDataFrame(
        {"name": ["a", "b"] * 60},
        geometry=gpd.points_from_xy(500_015 + 30.0 * np.arange(120), np.full(120, 3_099_985.0)),
        crs=4544,
    )
    write_hazard(
        heights(150),
        folder,
        soil=Soil(cohesion_kpa=(1, 9), friction_deg=(20, 35), depth_m=(1, 3), unit_weight_kn_m3=(17, 20)),
        samples=20,
        threshold=(14.0, 0.4),
        shelters=SheltersAsked(places=halls, minutes=[5, 30]),
    )


def plan_check(folder: Path) -> None:
    from nanyi_gis.monitor import check_plan, write_contradictions
    from nanyi_gis.study import load_study

    write_contradictions(check_plan(load_study()).found, folder)


def sites(folder: Path) -> None:
    from nanyi_gis.siting import p_median, write_siting

    places = np.random.default_rng(5).random((2, 120, 2))
    cost = pd.DataFrame(np.hypot(*(places[0][:, None] - places[1][None]).transpose(2, 0, 1)))
    write_siting(p_median(cost, p=3, gap=0.5), folder, cost=cost)


def land(folder: Path) -> None:
    from nanyi_gis.eligibility import write_eligibility
    from nanyi_gis.suitability import load_use

    write_eligibility(heights(300), folder, use=load_use("pv"), as_of="2026-02-28")


def sheets(folder: Path) -> None:
    from nanyi_gis.atlas.sheets import write_sheets

    write_sheets(folder, {"bands_a4.pdf": b"%PDF-1.4 " * 9000, "bands_a4.png": b"\x89PNG" * 30_000})


WRITERS: dict[str, Callable[[Path], None]] = {
    write.__name__: write
    for write in (
        codes,
        quantity,
        large_quantity,
        geopackage,
        geojson,
        csv,
        page,
        handed_on,
        saved_page,
        template,
        bands,
        atlas,
        validation,
        route,
        sight,
        forest,
        evenness,
        comfort,
        power_line,
        blank_sheet,
        reported,
        notices,
        sunlight,
        water,
        hazard,
        plan_check,
        sites,
        land,
        sheets,
        fetched,
    )
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def attempt(
    write: Callable[[Path], None],
    folder: Path,
    reference: dict[str, bytes],
    limit: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> str:
    """Write over old files; return ``done`` or ``refused``, or what is wrong with the outcome."""
    old = dict.fromkeys(reference, b"old")
    for name, content in old.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    try:
        with limit():
            write(folder)
    except OutputError as error:
        outcome = "refused" if "\n" not in str(error) and ";" in str(error) else f"two lines, or no cure: {error}"
    except BaseException as error:  # noqa: BLE001 (whatever it is, it is a fault)
        return f"{type(error).__name__}: {error}"
    else:
        outcome = "done"
    there = contents(folder)
    if outcome == "done" and there != reference:
        return f"a success that is none: {sorted(there)}"
    if outcome == "refused" and there != old:
        return f"not as it was: {sorted(there)}"
    if any(path.name.startswith(".nanyi-") for path in folder.iterdir()):
        return "a staging folder is left"
    return outcome


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Limit the size of any file; Python ignores the signal, so that writes fail."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def sweep(name: str, folder: Path, sizes: Iterable[float]) -> dict[str, list[int]]:
    """Return the sizes by outcome; they are given as shares of the largest file."""
    write = WRITERS[name]
    write(folder / "reference")
    reference = contents(folder / "reference")
    largest = max(len(content) for content in reference.values())
    found: dict[str, list[int]] = {}
    for share in sizes:
        size = int(largest * share)
        outcome = attempt(write, folder / "out", reference, partial(files_up_to, size))
        found.setdefault(outcome, []).append(size)
    return found


if __name__ == "__main__":
    root, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 16
    shares = [*np.linspace(0.0, 0.98, count), 1.0, 4.0]
    outcomes = {}
    for name in WRITERS:
        (root / name).mkdir()
        outcomes[name] = sweep(name, root / name, shares)
    print(json.dumps(outcomes))
