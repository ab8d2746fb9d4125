"""Relief on a real surface: its heights at the scale of its cells, and nothing pretended below."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine

from nanyi_gis.dem import load_dem
from nanyi_gis.errors import DataError
from nanyi_gis.plan import located, of_kind
from nanyi_gis.sources import ON_SURFACE, relief_on, surface_bounds
from nanyi_gis.sources.demo_dem.surface import RELIEF, surface_blocks
from nanyi_gis.study import load_study

CELL = 0.05
COARSE = replace(RELIEF, cell_m=720.0, apron_cells=8, coarsest=2, steps=(8, 4), point_reach_m=1500.0)


def hills(longitude, latitude):
    return 900 + 300 * np.sin(8 * (longitude - 105)) * np.cos(7 * (latitude - 28)) + 200 * (longitude - 105.7)


def write(path, values, transform, *, crs="EPSG:4326", nodata=-9999, **tags):
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "height": values.shape[0], "width": values.shape[1]}
    with rasterio.open(path, "w", crs=crs, transform=transform, nodata=nodata, **profile) as out:
        out.write(values.astype("float32"), 1)
        out.update_tags(**tags)
    return path


def surface(path, *, cell=CELL, grow=0.2, holes=(), **tags):
    west, south, east, north = surface_bounds(load_study(), recipe=COARSE)
    rows, columns = (int(np.ceil((span + 2 * grow) / cell)) for span in (north - south, east - west))
    transform = Affine(cell, 0, west - grow, 0, -cell, north + grow)
    longitude, latitude = transform * np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    values = hills(longitude, latitude)
    for row, column in holes:
        values[row, column] = -9999
    return write(path, values, transform, **tags)


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("relief")
    tags = {"SOURCE": "hills by formula", "LICENCE": "CC0-1.0", "ATTRIBUTION": "nobody", "HEIGHT_RMSE_M": "30"}
    source = surface(folder / "hills.tif", **tags)
    return source, relief_on(source, folder / "relief.tif", recipe=COARSE)


def test_the_means_of_the_cells_are_kept_and_the_relief_below_is_new(made, study):
    source, relief = made
    with rasterio.open(relief) as dataset:
        heights, transform = dataset.read(1).astype(float), dataset.transform
    given = load_dem(source, study=study, resolution=720)
    blocks = surface_blocks(given_surface(source), transform, heights.shape, crs=study.crs)
    apart = (blocks.means(heights) - blocks.heights)[blocks.whole]
    assert abs(apart.mean()) < 3
    assert np.sqrt((apart**2).mean()) < 15
    assert np.nanstd(heights - given.values) > 15


def given_surface(path):
    from nanyi_gis.raster import read_raster

    return read_raster(path, kind="elevation")


def test_seats_stand_where_the_surface_has_them(made, study):
    seats = of_kind(located(study.places), "township")
    points = seats.to_crs(4326).geometry
    truth = hills(points.x.to_numpy(), points.y.to_numpy())
    with rasterio.open(made[1]) as dataset:
        got = np.array([value[0] for value in dataset.sample(zip(seats.geometry.x, seats.geometry.y, strict=True))])
    assert np.abs(got - truth).max() < 25
    assert abs((got - truth).mean()) < 10


def test_the_file_says_what_is_real_and_what_is_not(made, study):
    with rasterio.open(made[1]) as dataset:
        tags = dataset.tags()
        assert dataset.crs.to_epsg() == 4544
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert tags["TERRAIN"] == ON_SURFACE
    assert tags["EVIDENCE"] == "modelled"
    assert tags["TITLE"] == "Real 180 arc-second terrain with modelled relief (detail finer than 5.3 km)"
    assert tags["TITLE_ZH"].startswith("实测180″地形+模拟细部")
    assert tags["SOURCE"].startswith("hills by formula; relief finer than 5.3 km modelled")
    assert (tags["LICENCE"], tags["ATTRIBUTION"]) == ("CC0-1.0", "nobody")
    assert float(tags["HEIGHT_RMSE_M"]) > 30
    dem = load_dem(made[1], study=study)
    report = dem.attrs["report"]
    assert dem.attrs["demonstration"] is False
    assert report["modelled"] is True
    assert any("finer than 5" in note and "modelled" in note for note in report["notes"])
    assert report["sources"][0]["title_zh"] == tags["TITLE_ZH"]


def test_the_same_surface_gives_the_same_bytes(made, tmp_path):
    assert relief_on(made[0], tmp_path / "again.tif", recipe=COARSE).read_bytes() == made[1].read_bytes()


def test_a_projected_surface_serves_as_well(tmp_path, study):
    west, south, east, north = study.bounds
    cell, grow = 5000.0, 40_000.0
    transform = Affine(cell, 0, west - grow, 0, -cell, north + grow)
    shape = (int((north - south + 2 * grow) / cell) + 1, int((east - west + 2 * grow) / cell) + 1)
    flat = write(tmp_path / "flat.tif", np.full(shape, 800.0), transform, crs=study.crs)
    with rasterio.open(relief_on(flat, tmp_path / "out.tif", recipe=COARSE)) as dataset:
        assert dataset.tags()["TITLE"].startswith("Real 5000 m terrain")
        assert abs(dataset.read(1).mean() - 800) < 2


def test_what_cannot_serve_is_refused_in_one_line(tmp_path):
    out = tmp_path / "out.tif"
    cases = {
        "does not reach over the counties": surface(tmp_path / "small.tif", grow=-0.2),
        "1 cells without a height": surface(tmp_path / "hole.tif", holes=[(15, 15)]),
        "a finer DEM needs none": surface(tmp_path / "fine.tif", cell=0.01),
        "cells of 3": surface(tmp_path / "coarse.tif", cell=0.3, grow=1.2),
    }
    for words, path in cases.items():
        with pytest.raises(DataError, match=words) as refused:
            relief_on(path, out, recipe=COARSE)
        assert "\n" not in str(refused.value)
    assert not out.exists()
