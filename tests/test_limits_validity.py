"""What validity of an outline costs is told before it is asked for; a file that is tried for many uses is read once."""

import gc
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from nanyi_gis._consent import forcing
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError
from nanyi_gis.inspection import inspect_file
from nanyi_gis.io import crossings, mended, read_vector, reading_once, validity, write_geojson
from nanyi_gis.raster import Grid, RasterFile, mosaic, plain_shapes
from nanyi_gis.study import load_study

BOW_TIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def needles(count: int) -> shapely.Polygon:
    """Return a fan of long needles side by side, on a slope, so that the box of each covers that of every other."""
    step = np.arange(count) * 1e-6
    out = np.stack([104.9 + step, 27.9 - step], axis=1)
    tips = np.stack([105.9 + step, 28.9 - step], axis=1)
    path = np.stack([out, tips], axis=1).reshape(-1, 2)
    return shapely.Polygon([*path.tolist(), (104.9 + step[-1] - 0.01, 27.9 - step[-1] - 0.01), (104.8, 27.8)])


def test_needles_side_by_side_are_refused_before_they_are_checked() -> None:
    shapes = np.array([needles(6_000)])  # 12,000 segments with overlapping boxes: 12,000² / 2 pairs
    assert crossings._overlaps(shapes[0]) == pytest.approx(72_000_000, rel=0.05)
    with pytest.raises(DataError, match=r"side by side to be checked, above the limit of 30,000,000; simplify it, or"):
        validity(shapes)


def test_a_smooth_ring_has_about_two_overlaps_a_vertex() -> None:
    ring = shapely.Point(0, 0).buffer(1, quad_segs=10_000)
    assert crossings._overlaps(ring) <= 2.1 * shapely.get_num_coordinates(ring)
    assert validity(np.array([ring, BOW_TIE])).tolist() == [True, False]


def test_force_lifts_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossings, "MOST_OVERLAPS", 1)
    monkeypatch.setattr(crossings, "_SHORT", 3)
    with pytest.raises(DataError, match="--force"):
        validity(np.array([shapely.box(0, 0, 1, 1)]))
    with forcing():
        assert validity(np.array([shapely.box(0, 0, 1, 1), BOW_TIE])).tolist() == [True, False]


def test_what_is_known_of_a_shape_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossings, "_SHORT", 3)
    before = len(crossings._KNOWN)
    shape = shapely.box(0, 0, 1, 1)
    assert validity(np.array([shape, shape])).all()
    assert len(crossings._KNOWN) == before + 1
    del shape
    gc.collect()
    assert len(crossings._KNOWN) == before


def test_only_what_is_broken_is_mended() -> None:
    whole = shapely.box(0, 0, 1, 1)
    result = mended(np.array([whole, BOW_TIE, None], dtype=object))
    assert result[0] is whole
    assert result[1].area == pytest.approx(2.0)
    assert result[2] is None


def test_check_says_that_validity_was_not_checked(tmp_path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[needles(6_000)], crs=4326)
    path = tmp_path / "needles.gpkg"
    frame.to_file(path)
    (report,) = inspect_file(path, study=load_study())
    assert report.validity.startswith("validity not checked: an outline of 12,003 vertices has")
    zones = next(use for use in report.uses if use.name == "zones")
    assert zones.verdict.startswith("no: ")
    assert "--force" in zones.verdict


def test_a_file_is_read_once_and_its_readers_do_not_meet(tmp_path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(105, 28, 105.1, 28.1)], crs=4326)
    path = write_geojson(frame, tmp_path / "a.geojson")
    with reading_once():
        first = read_vector(path)
        first["more"] = 1
        first.attrs["notes"].append("mine")
        path.unlink()
        second = read_vector(path)
    assert list(second.columns) == ["name", "geometry"]
    assert second.attrs["notes"] == []
    with pytest.raises(DataError, match="no file"):
        read_vector(path)


def test_plain_shapes_are_those_of_shapely() -> None:
    hole = shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2))
    many = shapely.MultiPolygon([hole, shapely.box(20, 0, 21, 1)])
    line = shapely.LineString([(0, 0), (1, 2), (3, 4)])
    for given in ([hole, many, shapely.force_3d(hole)], [many, line], []):
        found = list(plain_shapes(given))
        assert [shapely.geometry.shape(one) for one in found] == [shapely.force_2d(one) for one in given]


def test_counties_are_few(tmp_path) -> None:
    west, south = np.meshgrid(105.35 + np.arange(80) * 0.001, 28.0 + np.arange(80) * 0.001)
    cells = shapely.box(west.ravel(), south.ravel(), west.ravel() + 0.0009, south.ravel() + 0.0009)
    frame = gpd.GeoDataFrame({"name": [f"n{place}" for place in range(len(cells))]}, geometry=cells, crs=4326)
    path = tmp_path / "cells.gpkg"
    frame.to_file(path)
    with pytest.raises(DataError, match=r"has 6,400 names of counties, above the limit of 5,000"):
        load_study(path, assume_datum="wgs84")


def test_more_tiles_than_files_may_be_open(tmp_path) -> None:
    resource = pytest.importorskip("resource")
    tiles = []
    for number in range(120):
        place = from_origin(500_000 + 40 * number, 3_100_000, 10, 10)
        path = tmp_path / f"t{number}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", width=4, height=4, count=1, dtype="int16", crs="EPSG:4544", transform=place
        ) as target:
            target.write(np.full((1, 4, 4), 400 + number, np.int16))
        tiles.append(RasterFile.of(path))
    grid = Grid.from_bounds((500_000, 3_099_960, 504_800, 3_100_000), resolution=10, crs="EPSG:4544")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    listed = Path("/proc/self/fd")
    there = len(list(listed.iterdir())) if listed.is_dir() else 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (there + 90, before[1]))
    try:
        values = mosaic(tiles, grid).values
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert values[2, 2::4].tolist() == pytest.approx([400 + number for number in range(120)], abs=1.0)


def test_a_message_of_a_hundred_megabytes_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bands", "x" * 10_000_000, "--out", "y"]) == 2
    assert len(capsys.readouterr().err) < 3_000
