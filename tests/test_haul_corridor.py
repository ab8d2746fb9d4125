"""Haul-sheds over a network, and corridors for lines that keep their distance."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from terrain_rasters import raster

from nanyi_gis.accessibility import haul_sheds
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import write_gpkg
from nanyi_gis.raster import Grid, within_distance, write_cog
from nanyi_gis.route import corridor

ORIGIN, CELL = (560_000.0, 3_110_000.0), 100.0


def line_of(count: int) -> nx.MultiDiGraph:
    """A straight road with a node a kilometre, two minutes each."""
    graph = nx.MultiDiGraph(crs="EPSG:4544")
    graph.add_nodes_from((n, {"x": 1000.0 * n, "y": 0.0}) for n in range(count))
    for n in range(count - 1):
        for pair in ((n, n + 1), (n + 1, n)):
            graph.add_edge(*pair, travel_time=120.0, length=1000.0)
    return graph


def test_sheds_by_hand():
    found = haul_sheds(line_of(6), [1, 2, 3], [0, 5], tonnes=[10, 20, 30], limits=(4, 8), price_per_tkm=(0.5, 1.0))
    assert found.sources["site"].tolist() == [0, 0, 5]  # 3 is 6 minutes from 0 and 4 from 5
    sheds = found.sheds.set_index(["site", "minutes"])
    assert sheds.loc[(0, 4), "tonnes"] == 30
    assert sheds.loc[(0, 8), "tonnes"] == 60  # whoever is nearer to the other site
    assert sheds.loc[(0, 8), "own_t_km"] == 10 * 1 + 20 * 2
    assert sheds.loc[(5, 4), "own_t_km"] == 30 * 2
    assert sheds.loc[(0, 8), ["cost_low", "cost_high"]].tolist() == [25.0, 50.0]
    assert found.sheds.groupby("site")["tonnes"].apply(lambda t: t.is_monotonic_increasing).all()


def test_what_reaches_nothing_is_told():
    graph = line_of(3)
    graph.add_node(9, x=0.0, y=9e5)
    found = haul_sheds(graph, [1, 9], [0], tonnes=[1.0, 7.0])
    assert found.unreached_tonnes == 7.0
    assert pd.isna(found.sources.loc[9, "site"])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"tonnes": [1]}, DataError, "2 sources and 1 tonnes"),
        ({"tonnes": [1, -2]}, DataError, "tonnes"),
        ({"tonnes": [1, 2], "price_per_tkm": (2, 1)}, ParameterError, "lower price comes first"),
        ({"tonnes": [1, 2], "limits": (60, 30)}, ParameterError, "must rise strictly"),
    ],
)
def test_bad_tonnes_and_prices(options, error, words):
    with pytest.raises(error, match=words):
        haul_sheds(line_of(3), [1, 2], [0], **options)


FIRST = (ORIGIN[0] + CELL / 2, ORIGIN[1] - CELL / 2)  # centre of the first cell


def flat(rows=41, columns=41):
    return raster(np.zeros((rows, columns), np.float32), origin=FIRST, step=(CELL, -CELL))


def at(row: float, column: float) -> tuple[float, float]:
    return ORIGIN[0] + CELL * (column + 0.5), ORIGIN[1] - CELL * (row + 0.5)


def frame(*places) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"n": range(len(places))}, geometry=shapely.points(list(places)), crs=4544)


def test_without_anything_in_the_way_it_is_straight():
    found = corridor(flat(), at(5, 5), at(5, 35))
    assert found.length_m == pytest.approx(found.straight_m) == pytest.approx(3000)
    assert (found.angles, found.closed_share, found.nearest_m) == (0, 0.0, np.inf)


def test_the_spacing_holds_and_the_way_is_as_short_as_it_can_be():
    village = frame(at(20, 20))
    dem = flat()
    found = corridor(dem, at(20, 0), at(20, 40), settlements=village, spacing_m=800, angle_cost_m=0)
    closed = within_distance(village, radius=800, grid=Grid.of(dem))
    rows = ((ORIGIN[1] - found.table["y"]) / CELL).astype(int)
    columns = ((found.table["x"] - ORIGIN[0]) / CELL).astype(int)
    assert not closed[rows, columns].any()
    assert found.nearest_m > 800 - CELL
    # around a disc of 800 m: two tangents from 2,000 m and the arc between
    tangent, arc = np.sqrt(2000**2 - 800**2), 800 * (np.pi - 2 * np.arccos(0.4))
    assert 2 * tangent + arc <= found.length_m + 2 * CELL
    assert found.length_m <= 1.08 * (2 * tangent + arc)
    assert found.closed_share == pytest.approx(closed.mean())


def test_angles_cost_what_they_are_said_to():
    village = frame(at(20, 20))
    free = corridor(flat(), at(20, 0), at(20, 40), settlements=village, spacing_m=800, angle_cost_m=0)
    dear = corridor(flat(), at(20, 0), at(20, 40), settlements=village, spacing_m=800, angle_cost_m=400)
    assert dear.length_m >= free.length_m
    assert 1 <= dear.angles <= 4


def test_steep_land_and_reserves_are_gone_round():
    wall = np.zeros((41, 41), np.float32)
    wall[:30, 20] = 400.0
    dem = raster(wall, origin=FIRST, step=(CELL, -CELL))
    found = corridor(dem, at(10, 5), at(10, 35), slope_max=30)
    assert found.table["y"].min() < at(29, 0)[1]
    reserve = gpd.GeoSeries([shapely.box(at(0, 18)[0], at(30, 0)[1], at(0, 22)[0], at(-5, 0)[1])], crs=4544)
    round_it = corridor(flat(), at(10, 5), at(10, 35), avoid=reserve)
    assert not round_it.geometry.intersects(reserve.iloc[0])


def test_ends_in_closed_land():
    village = frame(at(20, 20))
    with pytest.raises(DataError, match=r"start .* lies where spacing"):
        corridor(flat(), at(20, 18), at(20, 40), settlements=village, spacing_m=500)
    found = corridor(flat(), at(20, 18), at(20, 40), settlements=village, spacing_m=500, end_radius_m=900)
    assert found.length_m > 0
    with pytest.raises(ParameterError, match="there are none"):
        corridor(flat(), at(1, 1), at(9, 9), end_radius_m=100)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("line")
    write_cog(flat(), folder / "dem.tif", nodata=-9999)
    for name, place in {"a": at(20, 2), "b": at(20, 38), "village": at(20, 20), "out": at(20, 400)}.items():
        write_gpkg({"p": frame(place)}, folder / f"{name}.gpkg")
    write_gpkg({"p": frame(at(1, 1), at(2, 2))}, folder / "two.gpkg")
    return folder


def test_the_command(desk, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(desk)
    ends = ["corridor", "dem.tif", "--from", "a.gpkg", "--to", "b.gpkg"]
    out = tmp_path / "o"
    assert main([*ends, "--settlements", "village.gpkg", "--spacing", "600", "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "no design" in told.err
    assert "from the nearest settlement" in told.out
    layer = gpd.read_file(out / "corridor.gpkg")
    assert layer.loc[0, "evidence"] == "modelled"
    assert layer.loc[0, "length_m"] == pytest.approx(layer.geometry.length[0], abs=0.1)
    assert len(pd.read_csv(out / "corridor.csv")) == len(layer.geometry[0].coords)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--from": "two.gpkg"}, "start has 2 rows"),
        ({"--to": "out.gpkg"}, "lies outside the DEM"),
        ({"--spacing": "700"}, "no effect without --settlements"),
        ({"--settlements": "village.gpkg", "--spacing": "-1"}, "spacing_m is -1"),
        ({"--turn-limit": "200"}, "turn_limit_deg is 200"),
    ],
)
def test_bad_input_is_one_line(desk, tmp_path, monkeypatch, capsys, change, words):
    monkeypatch.chdir(desk)
    given = {"--from": "a.gpkg", "--to": "b.gpkg", "--out": str(tmp_path / "o"), **change}
    assert main(["corridor", "dem.tif", *(part for pair in given.items() for part in pair)]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, lines
    assert words in lines[0]
    assert not (tmp_path / "o").exists()


def test_haul_from_files(desk, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    road = gpd.GeoDataFrame(
        {"highway": ["tertiary"]}, geometry=[shapely.LineString([at(20, 0), at(20, 300)])], crs=4544
    )
    write_gpkg({"r": road}, "roads.gpkg")
    write_gpkg({"p": frame(at(20, 10), at(20, 200)).assign(t=[100.0, 50.0])}, "stands.gpkg")
    write_gpkg({"p": frame(at(20, 0))}, "mill.gpkg")
    base = ["haul", "--from", "stands.gpkg", "--to", "mill.gpkg", "--roads", "roads.gpkg", "--out", "o"]
    assert main([*base, "--tonnes", "t", "--minutes", "60,120"]) == 0
    sheds = pd.read_csv("o/sheds.csv")
    assert sheds["own_t_km"].iloc[-1] == pytest.approx(100 * 1 + 50 * 20, rel=1e-3)
    assert "150 t within 120 min" in capsys.readouterr().out
    assert main([*base, "--tonnes", "weight"]) == 2
    assert "no column 'weight'" in capsys.readouterr().err
