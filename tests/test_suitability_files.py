"""From file to files: windows, schedulers, COGs with names and colours, and nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import suitability_rasters as rasters
import xarray as xr

from nanyi_gis.errors import DataError, OutputError, ParameterError
from nanyi_gis.io import read_raster, write_cog
from nanyi_gis.suitability import evaluate, evaluate_file
from nanyi_gis.suitability import job as jobs
from nanyi_gis.suitability import run as runs
from nanyi_gis.suitability.writer import LayerWriter


@pytest.fixture
def dem_file(tmp_path):
    dem = rasters.jacksboro()
    return write_cog(dem.where(dem > 350), tmp_path / "dem.tif", nodata=-9999.0)


def halves(path):
    west, south, east, north = read_raster(path).rio.bounds()
    middle = (west + east) / 2
    boxes = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    return gpd.GeoDataFrame({"name_zh": ["叙永县", "古蔺县"]}, geometry=boxes, crs="EPSG:4544")


def layers_of(folder, crop):
    return {
        layer: rasterio.open(folder / f"{file}_{crop}.tif").read(1)
        for layer, file in (("score", "suitability"), ("cls", "class"), ("limiting", "limiting"))
    }


def small_windows(monkeypatch, down=100, across=130):
    def windows(self, workers):
        height, width = self.dem.grid.height, self.dem.grid.width
        return [
            (top, min(top + down, height), left, min(left + across, width))
            for top in range(0, height, down)
            for left in range(0, width, across)
        ]

    monkeypatch.setattr(jobs.Job, "windows", windows)


@pytest.mark.parametrize(("down", "across"), [(100, 130), (50, 403), (1, 403), (43, 403), (343, 403)])
def test_windows_give_the_bytes_of_the_whole(tmp_path, dem_file, monkeypatch, down, across):
    small_windows(monkeypatch, down, across)
    shares: list[float] = []
    outcome = evaluate_file(dem_file, tmp_path / "out", crops=["plum", "sorghum"], progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    dem = read_raster(dem_file)
    for crop in ("plum", "sorghum"):
        whole = evaluate(dem, crop=crop, zones=xr.ones_like(dem, dtype=np.int32))
        for name, values in layers_of(tmp_path / "out", crop).items():
            np.testing.assert_array_equal(values, whole[name].values)
        np.testing.assert_allclose(
            outcome.areas[crop]["area_km2"], whole["area_km2"].values.ravel(), rtol=0, atol=1e-12
        )
    assert not list((tmp_path / "out").glob(".*"))


def test_the_files_are_those_of_the_design(tmp_path, dem_file):
    outcome = evaluate_file(dem_file, tmp_path / "out", crops=["orange"], zones=halves(dem_file))
    names = {path.name for path in outcome.files}
    assert names == {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        *("suitability_orange.tif", "suitability_orange.qml"),
        *("class_orange.tif", "class_orange.tif.aux.xml", "class_orange.qml"),
        *("limiting_orange.tif", "limiting_orange.tif.aux.xml", "limiting_orange.qml"),
        *("irrigation_orange.tif", "irrigation_orange.tif.aux.xml", "irrigation_orange.qml"),
        *("areas_orange.csv", "feasibility.csv"),
    }
    areas = pd.read_csv(tmp_path / "out/areas_orange.csv")
    assert list(areas) == ["zone", "band", "class", "area_km2", "area_wanmu", "irrigation_km2"]
    assert set(areas["zone"]) == {"叙永县", "古蔺县"}
    assert set(areas["class"]) == {"S1", "S2", "S3", "N"}
    np.testing.assert_allclose(areas["area_wanmu"], areas["area_km2"] / 6.6666667, rtol=1e-4, atol=1e-6)


def test_cogs_have_overviews_names_colours_statistics_and_provenance(tmp_path):
    dem = rasters.jacksboro()
    big = rasters.raster(np.tile(dem.values, (2, 2)), cell=90)
    path = write_cog(big, tmp_path / "dem.tif")
    evaluate_file(path, tmp_path / "out", crops=["orange"])
    with rasterio.open(tmp_path / "out/class_orange.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1) == [2]
        assert (dataset.dtypes[0], dataset.nodata) == ("uint8", 0)
        assert dataset.colorinterp[0].name == "palette"
        assert dataset.colormap(1)[1][:3] == (10, 90, 40)
        assert dataset.tags(1)["CATEGORY_1"].startswith("S1")
        assert "STATISTICS_MEAN" in dataset.tags(1)
        assert dataset.tags()["evidence"] == "modelled"
        assert "temperature" in dataset.tags()["weights"]
    with rasterio.open(tmp_path / "out/suitability_orange.tif") as dataset:
        assert (dataset.dtypes[0], dataset.nodata) == ("uint8", 255)
    band = ET.parse(tmp_path / "out/class_orange.tif.aux.xml").getroot().find("PAMRasterBand")
    categories = [entry.text for entry in band.find("CategoryNames")]
    assert categories[1:] == [
        "S1 highly suitable", "S2 moderately suitable", "S3 marginally suitable", "N not suitable"
    ]  # fmt: skip
    table = band.find("GDALRasterAttributeTable")
    assert [row.find("F").text for row in table.iter("Row")] == ["1", "2", "3", "4"]
    style = ET.parse(tmp_path / "out/limiting_orange.qml").getroot()
    entries = {entry.get("value"): entry.get("label") for entry in style.iter("paletteEntry")}
    assert entries["2"] == "slope"
    assert entries["254"] == "no limitation"
    ramp = ET.parse(tmp_path / "out/suitability_orange.qml").getroot()
    assert ramp.find(".//rasterrenderer").get("type") == "singlebandpseudocolor"


def test_a_large_raster_takes_the_way_over_the_disk(tmp_path, dem_file, monkeypatch):
    evaluate_file(dem_file, tmp_path / "memory", crops=["plum"])
    monkeypatch.setattr("nanyi_gis.raster.cog_writer.MEMORY_BYTES", 10)
    evaluate_file(dem_file, tmp_path / "disk", crops=["plum"])
    for name, values in layers_of(tmp_path / "memory", "plum").items():
        np.testing.assert_array_equal(values, layers_of(tmp_path / "disk", "plum")[name])
    names = [{path.name for path in (tmp_path / folder).iterdir()} for folder in ("memory", "disk")]
    assert names[0] == names[1]


def test_the_same_input_gives_the_same_bytes(tmp_path, dem_file):
    for folder in ("one", "two"):
        evaluate_file(dem_file, tmp_path / folder, crops=["orange"], zones=halves(dem_file))
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_belt_and_targets_come_from_the_pass(tmp_path, dem_file):
    west, south, _, north = read_raster(dem_file).rio.bounds()
    bank = gpd.GeoDataFrame(geometry=[shapely.LineString([(west, south), (west, north)])], crs="EPSG:4544")
    outcome = evaluate_file(
        dem_file, tmp_path / "out", crops=["orange", "sorghum"], zones=halves(dem_file), frontage=bank
    )
    table = outcome.feasibility
    belt = table[table["test"] == "belt"]
    assert belt["kind"].tolist() == ["within 2 km", "within 5 km", "within 10 km"]
    dem = read_raster(dem_file)
    result = evaluate(dem, crop="orange")
    good = np.isin(result["cls"].values, (1, 2))
    for kilometres, wanmu in zip((2, 5, 10), belt["s1_s2_wanmu"], strict=True):
        near = (dem.x.values - west) < kilometres * 1000
        assert wanmu == pytest.approx((good & near).sum() * 0.0081 * 0.15, rel=2e-3)
    balance = table[table["test"] == "balance"].iloc[0]
    # 30 万亩 at 222 to 318 kg are 6.7 to 9.5 万t; 20 万t of liquor need 48 万t
    assert "6.7-9.5 万t" in balance["assessment"]
    assert "14%-20%" in balance["assessment"]
    assert balance["ratio"] == pytest.approx((6.66 + 9.54) / 2 / 48)
    assert (table["assumptions"].str.len() > 0).all()
    assert not table["assessment"].str.fullmatch("yes|no").any()


def test_sorghum_is_judged_in_gulin(tmp_path, dem_file):
    outcome = evaluate_file(dem_file, tmp_path / "out", crops=["sorghum"], zones=halves(dem_file))
    areas, table = outcome.areas["sorghum"], outcome.feasibility
    own = areas[(areas["zone"] == "古蔺县") & areas["class"].isin(["S1", "S2"])]["area_wanmu"].sum()
    assert table[table["clause"] == "L-15"].iloc[0]["s1_s2_wanmu"] == pytest.approx(own)


def test_roads_become_a_criterion(tmp_path, dem_file):
    west, south, _, north = read_raster(dem_file).rio.bounds()
    road = gpd.GeoDataFrame(geometry=[shapely.LineString([(west + 45, south), (west + 45, north)])], crs="EPSG:4544")
    outcome = evaluate_file(dem_file, tmp_path / "out", crops=["plum"], roads=road)
    dem = read_raster(dem_file)
    distance = dem.copy(data=np.tile(dem.x.values - dem.x.values[0], (dem.sizes["y"], 1)).astype("float32"))
    expected = evaluate(dem, crop="plum", layers={"road_distance": distance})
    np.testing.assert_array_equal(layers_of(tmp_path / "out", "plum")["score"], expected["score"].values)
    assert not any("road_distance" in note for note in outcome.notes)
    far = road.set_geometry(road.translate(1e6, 0))
    with pytest.raises(DataError, match="no road lies on the DEM"):
        evaluate_file(dem_file, tmp_path / "none", crops=["plum"], roads=far)
    assert not (tmp_path / "none").exists()


def test_points_are_no_roads(tmp_path, dem_file):
    points = gpd.GeoDataFrame(geometry=halves(dem_file).centroid, crs="EPSG:4544")
    with pytest.raises(DataError, match="roads hold no lines"):
        evaluate_file(dem_file, tmp_path / "out", crops=["plum"], roads=points)


def test_layers_on_another_grid_are_warped(tmp_path, dem_file):
    dem = read_raster(dem_file)
    soil = dem.copy(data=np.full(dem.shape, 5.2, "float32")).rio.reproject("EPSG:4326")
    path = write_cog(soil, tmp_path / "ph.tif", nodata=np.nan)
    evaluate_file(dem_file, tmp_path / "out", crops=["orange"], layers={"soil_ph": path})
    limited = layers_of(tmp_path / "out", "orange")["limiting"]
    same = evaluate(dem, crop="orange", layers={"soil_ph": dem.copy(data=np.full(dem.shape, 5.2, "float32"))})
    inner = (slice(5, -5), slice(5, -5))
    assert (limited[inner] != same["limiting"].values[inner]).mean() < 0.01


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"crops": ["banana"]}, ParameterError, "'banana'"),
        ({"crops": []}, ParameterError, "crops is empty"),
        ({"crops": ["plum", "plum"]}, ParameterError, "twice"),
        ({"crops": ["plum"], "layers": {"soil_ph": "none.tif"}}, DataError, "no file"),
        ({"crops": ["plum"], "layers": {"lava": None}}, ParameterError, "'lava'"),
        ({"crops": ["plum"], "weights": {"slop": 1}}, ParameterError, "'slop'"),
        ({"crops": ["plum"], "weights": {"soil_ph": 1}}, ParameterError, "missing"),
        ({"crops": ["plum"], "scheduler": "everywhere"}, ParameterError, "'everywhere'"),
        ({"crops": ["sorghum"], "allow_steep": True}, ParameterError, "banned above 25"),
    ],
)
def test_bad_input_writes_nothing(tmp_path, dem_file, options, error, words):
    if options.get("layers") == {"lava": None}:
        options = options | {"layers": {"lava": dem_file}}
    with pytest.raises(error, match=words):
        evaluate_file(dem_file, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_broken_dem_writes_nothing(tmp_path, dem_file):
    whole = dem_file.read_bytes()
    broken = tmp_path / "broken.tif"
    broken.write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.tif").write_text("no raster")
    for path in (broken, tmp_path / "text.tif", tmp_path / "none.tif"):
        with pytest.raises(DataError, match=path.name):
            evaluate_file(path, tmp_path / "out", crops=["plum"])
        assert not (tmp_path / "out").exists()
    empty = write_cog(rasters.raster(np.full((3, 3), np.nan)), tmp_path / "empty.tif", nodata=-1)
    for zones in (None, halves(empty)):
        with pytest.raises(DataError, match="only nodata"):
            evaluate_file(empty, tmp_path / "out", crops=["plum"], zones=zones)
    assert not (tmp_path / "out").exists()


def test_zones_beside_the_dem_are_noted(tmp_path, dem_file):
    there = halves(dem_file).set_geometry(halves(dem_file).translate(1e6))
    outcome = evaluate_file(dem_file, tmp_path / "out", crops=["sorghum"], zones=there)
    assert any("zones lie beside the DEM" in note for note in outcome.notes)
    assert set(outcome.areas["sorghum"]["zone"]) == {"all"}
    assert "古蔺, where the plan has it, is not among them" in outcome.feasibility["assumptions"][0]


def test_a_failure_half_way_leaves_the_old_files(tmp_path, dem_file, monkeypatch):
    evaluate_file(dem_file, tmp_path / "out", crops=["plum"])
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(self: LayerWriter) -> list[Path]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LayerWriter, "finish", full)
    with pytest.raises(OutputError, match="disk is full"):
        evaluate_file(dem_file, tmp_path / "out", crops=["plum", "orange"])
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_full_disk_leaves_nothing(tmp_path, dem_file):
    """One process for all four, which takes long to start; its limit is no one else's."""
    script = f"""
import itertools, json, resource, signal
from pathlib import Path
from nanyi_gis.raster import cog_writer
from nanyi_gis.suitability import evaluate_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for memory, limit in itertools.product((10, 40_000_000), (20_000, 200_000)):
    out = Path({str(tmp_path)!r}) / f"{{memory}} {{limit}}"
    cog_writer.MEMORY_BYTES = memory
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    try:
        evaluate_file({str(dem_file)!r}, out, crops=["orange", "plum"])
    except OSError:
        print(json.dumps([limit, True, out.exists(), 0]))
    else:
        print(json.dumps([limit, False, True, max(path.stat().st_size for path in out.iterdir())]))
"""
    environment = os.environ | {"NUMBA_DISABLE_CACHE": "0"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [20_000, 200_000] * 2
    for limit, refused, exists, largest in rows:
        assert exists is not refused
        assert largest <= limit
        assert limit > 20_000 or refused


@pytest.mark.slow
def test_processes_give_the_same_bytes(tmp_path, dem_file, monkeypatch):
    small_windows(monkeypatch)
    evaluate_file(dem_file, tmp_path / "threads", crops=["plum"], scheduler="threads")
    evaluate_file(dem_file, tmp_path / "processes", crops=["plum"], scheduler="processes", threads=2)
    for path in (tmp_path / "threads").iterdir():
        assert path.read_bytes() == (tmp_path / "processes" / path.name).read_bytes()


def test_no_scheduler_at_the_address(tmp_path, dem_file, monkeypatch):
    monkeypatch.setattr("nanyi_gis.suitability.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(OutputError, match="no Dask scheduler answers"):
        evaluate_file(dem_file, tmp_path / "out", crops=["plum"], scheduler="tcp://127.0.0.1:9")
    assert not (tmp_path / "out").exists()


def slow_window(job, span):
    time.sleep(0.15)
    return jobs.evaluate_window(job, span)


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(tmp_path, dem_file, monkeypatch):
    import distributed

    small_windows(monkeypatch)
    evaluate_file(dem_file, tmp_path / "calm", crops=["plum"])
    monkeypatch.setattr(runs, "evaluate_window", slow_window)
    killed: list[int] = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        workers = [worker.pid for worker in cluster.workers.values()]

        def kill(share: float) -> None:
            if share > 0.1 and not killed:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)

        evaluate_file(dem_file, tmp_path / "killed", crops=["plum"], scheduler=cluster.scheduler_address, progress=kill)
    assert killed
    for path in (tmp_path / "calm").iterdir():
        assert path.read_bytes() == (tmp_path / "killed" / path.name).read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_raster(tmp_path):
    # the peak of the process itself: ru_maxrss would start at that of the test runner it was forked from
    # 24 million cells: 96 MB of elevations, 72 MB of codes; the pass must not hold them
    dem = rasters.jacksboro()
    source = tmp_path / "dem.tif"
    profile = {
        "driver": "GTiff", "height": 2400, "width": 10_000, "count": 1, "dtype": "float32", "crs": "EPSG:4544",
        "transform": dem.rio.transform(), "tiled": True, "compress": "zstd", "zstd_level": 1,
    }  # fmt: skip
    tile = np.tile(dem.values, (2, 30))[:400, :10_000]
    with rasterio.open(source, "w", **profile) as dataset:
        for top in range(0, 2400, 400):
            dataset.write(tile, 1, window=rasterio.windows.Window(0, top, 10_000, 400))
    script = f"""
from nanyi_gis.raster import cog_writer
from nanyi_gis.suitability import evaluate, evaluate_file
import numpy as np, xarray as xr
cog_writer.MEMORY_BYTES = 0
evaluate_file({str(source)!r}, {str(tmp_path / "out")!r}, crops=["plum"], threads=2)
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 600
