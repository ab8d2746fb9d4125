"""A file that is not what was written is found out before it gets its name."""

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanyi_gis import io
from nanyi_gis.errors import OutputError
from nanyi_gis.io.vector.proof import prove_gpkg
from nanyi_gis.raster import CogWriter, Grid, cog_writer

GRID = Grid.from_bounds((0, 0, 36_000, 27_000), resolution=30, crs="EPSG:4544")  # 1200 x 900 cells
WELLS = gpd.GeoDataFrame(
    {"name": ["甲", None, "乙"]}, geometry=gpd.points_from_xy([105, 106, 107], [28, 29, 30]), crs=4326
)


def values() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 200, GRID.shape).astype(np.uint8)


def written(path: Path, cells: np.ndarray, rows: int = 900, columns: int = 1200, **options: object) -> Path:
    with CogWriter(path, GRID, dtype=cells.dtype.name, **options) as writer:
        for row in range(0, cells.shape[0], rows):
            for column in range(0, cells.shape[1], columns):
                writer.write(cells[row : row + rows, column : column + columns], row, column)
        return writer.finish()


@pytest.mark.parametrize("memory", [0, 40_000_000])
@pytest.mark.parametrize(("rows", "columns"), [(900, 1200), (100, 1200), (512, 512), (333, 700)])
def test_windows_of_any_shape_give_the_same_file(tmp_path, monkeypatch, rows, columns, memory):
    whole = written(tmp_path / "whole.tif", values(), nodata=255).read_bytes()
    monkeypatch.setattr(cog_writer, "MEMORY_BYTES", memory)
    path = written(tmp_path / "parts.tif", values(), rows, columns, nodata=255)
    assert path.read_bytes() == whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts.tif", "whole.tif"]
    with rasterio.open(path) as dataset:
        np.testing.assert_array_equal(dataset.read(1), values())
        assert dataset.overviews(1)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("memory", [0, 40_000_000])
def test_cells_that_libraries_may_write_in_two_ways_are_no_fault(tmp_path, monkeypatch, dtype, memory):
    monkeypatch.setattr(cog_writer, "MEMORY_BYTES", memory)
    cells = np.zeros(GRID.shape, dtype)
    if cells.dtype.kind == "f":
        cells[:520] = -0.0
        cells[520:700] = -np.nan
        cells[700:705] = np.inf
    written(tmp_path / "a.tif", cells, nodata=np.nan if cells.dtype.kind == "f" else 0)


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "cut":
        content = content[: len(content) * 3 // 4]
    elif how == "zeros":
        content[len(content) // 2 : len(content) // 2 + 4096] = bytes(4096)
    elif how == "other cells":
        with rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as dataset:
            dataset.write(np.array([[199]], np.uint8), 1, window=rasterio.windows.Window(700, 600, 1, 1))
        return
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["cut", "zeros", "other cells"])
def test_a_cog_that_is_not_what_was_written_never_gets_its_name(tmp_path, monkeypatch, how):
    monkeypatch.setattr(cog_writer, "MEMORY_BYTES", 0)
    (tmp_path / "a.tif").write_text("old")
    copy = cog_writer.rasterio_copy

    def damaging(source: str, target: Path, **options: str) -> None:
        copy(source, target, **options)
        damage(Path(target), how)

    monkeypatch.setattr(cog_writer, "rasterio_copy", damaging)
    with pytest.raises(
        OutputError, match=r"cannot write a\.tif: .*: free some space or choose another folder"
    ) as caught:
        written(tmp_path / "a.tif", np.minimum(values(), 198))
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["a.tif"]
    assert (tmp_path / "a.tif").read_text() == "old"


def test_an_error_that_gdal_only_logs_is_an_error(tmp_path, monkeypatch):
    import logging

    copy = cog_writer.rasterio_copy

    def logging_copy(source: str, target: Path, **options: str) -> None:
        copy(source, target, **options)
        logging.getLogger("rasterio._env").error("CPLE_FileIO in _tiffWriteProc: No space left on device")

    monkeypatch.setattr(cog_writer, "rasterio_copy", logging_copy)
    with pytest.raises(OutputError, match="No space left on device; the disk may be full: free some"):
        written(tmp_path / "a.tif", values())
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_is_not_finished_leaves_nothing(tmp_path):
    with CogWriter(tmp_path / "a.tif", GRID, dtype="uint8") as writer:
        writer.write(values(), 0, 0)
    with pytest.raises(RuntimeError), CogWriter(tmp_path / "a.tif", GRID, dtype="uint8") as writer:
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def gpkg(folder: Path) -> Path:
    return io.write_gpkg({"wells": WELLS, "table": pd.DataFrame({"a": range(9)})}, folder / "w.gpkg")


LAYERS = {"wells": WELLS, "table": pd.DataFrame({"a": range(9)})}


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ('DELETE FROM "table" WHERE a > 6', "layer table has 7 of 9 rows"),
        ("ALTER TABLE wells DROP COLUMN name", "layer wells has no column name"),
        ("DELETE FROM gpkg_contents WHERE table_name = 'wells'", "layer wells is not listed"),
        ("UPDATE gpkg_contents SET max_x = 9 WHERE table_name = 'wells'", "layer wells has other bounds"),
        (
            "DELETE FROM rtree_wells_geom_rowid WHERE rowid = 1",
            "layer wells has 2 of 3 geometries in its spatial index",
        ),
        ("DROP TABLE rtree_wells_geom_rowid", "cannot be read back"),
    ],
)
def test_a_geopackage_that_lacks_something_is_found_out(tmp_path, sql, told):
    path = gpkg(tmp_path)
    prove_gpkg(path, LAYERS)
    with closing(sqlite3.connect(path)) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        connection.execute(sql)
        connection.commit()
    with pytest.raises(OutputError, match=told):
        prove_gpkg(path, LAYERS)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_geopackage_that_is_cut_is_found_out(tmp_path, data):
    path = gpkg(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(OutputError):
        prove_gpkg(path, LAYERS)


def test_odd_layers_are_proved_too(tmp_path):
    empty = WELLS.iloc[:0]
    holes = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[None, WELLS.geometry[0]], crs=4326)
    nowhere = gpd.GeoDataFrame({"a": [1]}, geometry=[None], crs=4326)
    odd = gpd.GeoDataFrame({'a "b"': [1], "FID": [2]}, geometry=WELLS.geometry[:1].values, crs=4326)
    layers = {"empty": empty, "holes": holes, "nowhere": nowhere, 'o"d d': odd, "图层": WELLS}
    path = io.write_gpkg(layers, tmp_path / "a #%?.gpkg")
    assert set(pyogrio.list_layers(path)[:, 0]) == set(layers)


def test_text_that_is_not_all_there_is_found_out(tmp_path, monkeypatch):
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self)[:2])
    with pytest.raises(OutputError, match=r"cannot write a\.txt: only"), io.atomic_path(tmp_path / "a.txt") as path:
        io.write_text(path, "whole")
    assert list(tmp_path.iterdir()) == []


def test_truth_values_are_stored_as_bytes(tmp_path):
    cells = values() > 100
    with rasterio.open(written(tmp_path / "a.tif", cells)) as dataset:
        assert dataset.dtypes == ("uint8",)
        assert dataset.read(1).sum() == cells.sum()
