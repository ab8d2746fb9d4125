"""Seconds along edges: class, surface, mode, and slope in the direction of travel."""

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401  (registers the accessor)
import xarray as xr
from road_samples import CRS, X0, Y0
from shapely.geometry import LineString

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import SlopeRule, build_graph, load_speeds


def ramp(grade: float, *, cell: float = 20.0, crs: str | None = CRS) -> xr.DataArray:
    """A plane that rises eastward by ``grade``, from 500 m at the corner, over 3 km x 1 km around it."""
    x = X0 - 500 + cell / 2 + cell * np.arange(150)
    y = Y0 + 500 - cell / 2 - cell * np.arange(50)
    z = np.broadcast_to(500.0 + grade * (x - X0), (50, 150)).astype(np.float32)
    dem = xr.DataArray(z, dims=("y", "x"), coords={"y": y, "x": x})
    return dem.rio.write_crs(crs) if crs else dem


def road(length: float = 1000.0, **columns) -> gpd.GeoDataFrame:
    values = {"highway": ["tertiary"], **{k: [v] for k, v in columns.items()}}
    return gpd.GeoDataFrame(values, geometry=[LineString([(X0, Y0), (X0 + length, Y0)])], crs=CRS)


def up_and_down(graph) -> tuple[dict, dict]:
    edges = sorted(graph.edges(data=True), key=lambda e: graph.nodes[e[0]]["x"])
    return edges[0][2], edges[1][2]


def test_without_a_dem_the_class_sets_the_time():
    up, down = up_and_down(build_graph(road()))
    assert up["travel_time"] == down["travel_time"] == pytest.approx(144.0)


@pytest.mark.parametrize(
    ("grade", "factor_up", "factor_down"), [(0.04, 1.0, 1.0), (0.06, 0.9, 0.95), (0.10, 0.7, 0.85), (0.40, 0.4, 0.7)]
)
def test_a_ramp_follows_the_rule_of_the_standard(grade, factor_up, factor_down):
    up, down = up_and_down(build_graph(road(), dem=ramp(grade)))
    assert up["travel_time"] == pytest.approx(144.0 / factor_up, rel=1e-3)
    assert down["travel_time"] == pytest.approx(144.0 / factor_down, rel=1e-3)
    assert up["grade"] == pytest.approx(grade, rel=1e-3)
    assert down["grade"] == pytest.approx(-grade, rel=1e-3)


def test_descents_cost_the_same_if_the_table_says_so(tmp_path):
    path = tmp_path / "speeds.toml"
    path.write_text("[slope]\ndescent_share = 1.0\n")
    up, down = up_and_down(build_graph(road(), dem=ramp(0.1), speeds=path))
    assert up["travel_time"] == pytest.approx(down["travel_time"], rel=1e-6)


def test_walking_up_and_down_a_ramp_is_toblers_closed_form():
    grade = 0.2
    up, down = up_and_down(build_graph(road(), dem=ramp(grade), mode="walk"))
    for data, slope in ((up, grade), (down, -grade)):
        kmh = 6 * np.exp(-3.5 * abs(slope + 0.05))
        assert data["travel_time"] == pytest.approx(3600 / kmh, rel=1e-3)
    assert up["travel_time"] > down["travel_time"]


@pytest.mark.parametrize("flag", ["tunnel", "bridge"])
def test_the_terrain_over_a_tunnel_or_under_a_bridge_does_not_matter(flag):
    up, down = up_and_down(build_graph(road(**{flag: "yes"}), dem=ramp(0.3)))
    assert up["travel_time"] == down["travel_time"] == pytest.approx(144.0)
    assert up["grade"] == 0.0


def test_motorways_keep_their_speed_on_slopes():
    up, _ = up_and_down(build_graph(road(highway="motorway", oneway="no"), dem=ramp(0.1)))
    assert up["travel_time"] == pytest.approx(45.0)


def test_a_road_outside_the_dem_is_level():
    far = road().translate(50_000, 0)
    graph = build_graph(gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=far, crs=CRS), dem=ramp(0.3))
    assert {data["grade"] for *_, data in graph.edges(data=True)} == {0.0}


def test_a_schematic_line_takes_the_heights_of_its_ends_over_its_length():
    up, _ = up_and_down(build_graph(road(evidence="schematic"), dem=ramp(0.1), step_m=10))
    assert up["grade"] == pytest.approx(0.1, rel=1e-3)


def test_a_dem_in_another_crs_gives_the_same():
    dem = ramp(0.1).rio.reproject("EPSG:4326", resampling=1)
    up, _ = up_and_down(build_graph(road(), dem=dem))
    assert up["travel_time"] == pytest.approx(144 / 0.7, rel=0.02)


@pytest.mark.parametrize(("surface", "factor"), [("asphalt", 1.0), ("", 1.0), ("gravel", 0.8), ("dirt", 0.6)])
def test_the_surface_slows(surface, factor):
    up, _ = up_and_down(build_graph(road(surface=surface)))
    assert up["travel_time"] == pytest.approx(144.0 / factor)


@pytest.mark.parametrize(("mode", "factor"), [("bus", 0.7), ("truck", 0.8)])
def test_buses_and_trucks_are_slower(mode, factor):
    up, _ = up_and_down(build_graph(road(), mode=mode))
    assert up["travel_time"] == pytest.approx(144.0 / factor)


def test_a_roads_own_speed_goes_before_its_class():
    up, _ = up_and_down(build_graph(road(speed_kph=50)))
    assert up["travel_time"] == pytest.approx(72.0)


def test_the_rule_for_slope_has_a_floor_and_never_speeds_up():
    factors = SlopeRule().factor(np.linspace(-2, 2, 401))
    assert factors.min() == pytest.approx(0.4)
    assert factors.max() == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[speed_kmh]\ntertiary = 0\n", "speed_kmh.tertiary is 0"),
        ("[speed_kmh]\ntertiary = -3\n", "speed_kmh.tertiary is -3"),
        ("[speed_kmh]\ntertiary = 'fast'\n", "speed_kmh.tertiary is 'fast'"),
        ("[speed_kmh]\ntertiary = inf\n", "speed_kmh.tertiary is inf"),
        ("[colours]\nred = 1\n", "unknown section"),
        ("[slope]\nfloor = 2\n", "slope.floor is 2"),
    ],
)
def test_a_bad_table_of_speeds_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "speeds.toml"
    path.write_text(text)
    with pytest.raises(ParameterError, match=message) as caught:
        load_speeds(path)
    assert "\n" not in str(caught.value)


def test_a_table_that_is_no_toml_or_not_there_is_refused(tmp_path):
    (tmp_path / "broken.toml").write_text("[speed_kmh\n")
    with pytest.raises(DataError, match="no valid TOML"):
        load_speeds(tmp_path / "broken.toml")
    with pytest.raises(DataError, match="no file"):
        load_speeds(tmp_path / "none.toml")


def test_a_dem_without_a_crs_is_refused():
    with pytest.raises(DataError, match="DEM has no CRS"):
        build_graph(road(), dem=ramp(0.1, crs=None))
