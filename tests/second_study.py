"""A small study of another county, in a zone of its own, as a folder; and a terrain for it."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

from nanyi_gis.sources.boundaries import inverted, read_outlines

CODE, ZONE = "361130", "EPSG:4548"  # Wuyuan in Jiangxi, in the zone of 117 E
WEST, SOUTH, EAST, NORTH = 117.367, 29.019, 118.205, 29.581

RECORD = f"""
id = "wuyuan"
title_zh = "婺源县"
title_en = "Wuyuan"
crs = "{ZONE}"
edges = [200, 500]
counties = "counties.geojson"
"""
MORE = """
subtitle_zh = "江西东北"
subtitle_en = "in the north-east of Jiangxi"
neighbours = "neighbours.gpkg"
frontage = "river.gpkg"
river_zh = "星江"
river_en = "Xing River"
places = "places.csv"
corridors = "corridors.geojson"
plan = "plan"
plan_title_zh = "示例规划"
plan_title_en = "an example plan"
plan_source_zh = "示例来源"
plan_source_en = "an example source"
crops = ["tea.toml"]
climate = "climate.toml"
census = "census.toml"

[seats]
"婺源县" = "361130100"
"""
TEA = """
id = "tea"
name_en = "tea"
name_zh = "茶"
kind = "orchard"
aggregation = "mean"

[constraints]
slope_max = 25
slope_unit = "deg"
slope_rule = "absolute"
clause = "law"
evidence = "law"
source = "no new fields above 25 degrees"

[[criterion]]
id = "elevation"
unit = "m"
weight = 0.5
points = [100, 200, 800, 1000]
low = { S1 = 200 }
high = { S1 = 800, S2 = 900 }
evidence = "K-low"
source = "a number for this test"

[[criterion]]
id = "mean_temperature"
unit = "degC"
weight = 0.5
low = { S1 = 15, S2 = 13, S3 = 11 }
evidence = "K-low"
source = "a number for this test"

[[target]]
clause = "T-01"
kind = "base"
wanmu = 10
source = "a number for this test"
"""
CLIMATE = """
id = "wuyuan"
title = "Wuyuan: one station"
title_zh = "婺源：一站"
bbox = [117.0, 28.8, 118.5, 29.8]

[[regime]]
id = "all"
station = "one station"
elevation = 80
mean_temperature = 17.0

[variable.mean_temperature]
unit = "degC"
lapse = 0.5
evidence = "K-low"
source = "a number for this test"
"""
CENSUS = 'as_of = "2020-11-01"\n[county]\n"婺源" = 320000\n'
ITEM = {
    "id": "F-01",
    "name_zh": "茶园",
    "name_en": "tea gardens",
    "kind": ["area"],
    "theme": "forest_fruit",
    "counties": ["婺源"],
    "counties_uncertain": False,
    "scope": "counties",
    "clauses": ["一"],
    "quote": "茶园十万亩",
    "quantities": [{"value": 10, "unit": "万亩", "year": 2025}],
    "lead_stated": False,
    "evidence": "official",
    "public": True,
}
HEAD = (
    "id,name_zh,name_pinyin,name_en,county,county_uncertain,kind,theme,lon,lat,elevation_m,elevation_min_m,"
    "elevation_max_m,uncertainty_m,located,representative,code,plan_ids,aliases,public,evidence,licence,as_of,source\n"
)


def _place(ident: str, zh: str, en: str, kind: str, code: str, lon: float, lat: float) -> str:
    return (
        f"{ident},{zh},,{en},婺源,false,{kind},general,{lon},{lat},,,,500,true,false,{code},,,true,digitised,"
        "test,2026,made for a test\n"
    )


def write_study(folder: Path, *, bare: bool) -> Path:
    """Write the study: counties alone if ``bare``, else places, a crop, a climate and a census too."""
    folder.mkdir(parents=True)
    outline = inverted(read_outlines([CODE])).assign(name="婺源县", name_en="Wuyuan")
    outline.to_file(folder / "counties.geojson", engine="pyogrio")
    (folder / "study.toml").write_text(RECORD + ("" if bare else MORE), encoding="utf-8")
    if not bare:
        rows = [
            _place("seat", "紫阳镇", "Ziyang", "township;county_seat", "361130100", 117.86, 29.25),
            _place("east", "江湾镇", "Jiangwan", "township", "361130101", 118.04, 29.37),
            _place("north", "清华镇", "Qinghua", "township", "361130102", 117.77, 29.42),
        ]
        (folder / "places.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
        for name, text in (("tea.toml", TEA), ("climate.toml", CLIMATE), ("census.toml", CENSUS)):
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "plan").mkdir()
        (folder / "plan" / "items.json").write_text(json.dumps([ITEM], ensure_ascii=False), encoding="utf-8")
        _around(folder)
    return folder


def _around(folder: Path) -> None:
    """Write a neighbour with a name alone, a river without any attribute, and a corridor with what is needed."""
    beside = shapely.box(WEST - 0.3, SOUTH, WEST - 0.05, NORTH)
    gpd.GeoDataFrame({"name": ["邻县"]}, geometry=[beside], crs=4326).to_file(folder / "neighbours.gpkg")
    river = shapely.LineString([(117.5, 29.1), (117.8, 29.05), (118.0, 29.1)])
    gpd.GeoDataFrame(geometry=[river], crs=4326).to_file(folder / "river.gpkg")
    row = {"id": "T-1", "name_zh": "婺源路", "name_en": "Wuyuan road", "mode": "road", "status_now": "construction"}
    row |= {"evidence": "schematic", "as_of": "2026", "source": "made for a test"}
    line = shapely.LineString([(117.86, 29.25), (118.04, 29.37)])
    gpd.GeoDataFrame([row], geometry=[line], crs=4326).to_file(folder / "corridors.geojson")


def write_dem(path: Path, *, seed: int = 7, step: float = 0.005) -> Path:
    """Write hills over the county and 0.15 degrees around it: a slope to the north with smooth bumps."""
    width, height = round((EAST - WEST + 0.3) / step), round((NORTH - SOUTH + 0.3) / step)
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    heights = 900.0 - 800.0 * y / height
    for _ in range(30):
        row, column, wide = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(4, 15)
        heights += rng.uniform(-60, 200) * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * wide**2))
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "float32"}
    transform = from_origin(WEST - 0.15, NORTH + 0.15, step, step)
    with rasterio.open(path, "w", crs="EPSG:4326", nodata=-9999.0, transform=transform, **profile) as dataset:
        dataset.write(np.maximum(heights, 20.0).astype("float32"), 1)
        dataset.units = ("m",)
    return path
