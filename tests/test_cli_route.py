"""``nanyi-gis route``: what it writes, and what it refuses in one line with nothing written."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import xarray as xr

from nanyi_gis.cli import main
from nanyi_gis.datum import shift_frame
from nanyi_gis.io import write_gpkg
from nanyi_gis.plan import located
from nanyi_gis.raster import write_cog
from nanyi_gis.study import load_study, write_template

NAMES = ["coverage.csv", "profile.csv", "route.gpkg", "route.gpx", "route.kml"]
LAYERS = ["alignments", "chainage", "gaps", "route", "sites"]


@pytest.fixture(scope="module")
def designed(tmp_path_factory):
    out = tmp_path_factory.mktemp("route") / "out"
    assert main(["route", "--length-km", "446", "--out", str(out)]) == 0
    return out


@pytest.fixture
def refused(tmp_path, capsys):
    """Run a command that must fail in one line, and write nothing; return the line."""

    def run(*arguments):
        out = tmp_path / "out"
        assert main(["route", *map(str, arguments), "--out", str(out)]) == 2
        told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note:")]
        assert len(told) == 1, told
        assert not out.exists()
        return told[0]

    return run


def line(*points, crs=4326, **columns):
    return gpd.GeoDataFrame(
        {name: [value] for name, value in columns.items()}, geometry=[shapely.LineString(points)], crs=crs
    )


def surveyed(path, frame=None):
    """Write a road from Gulin to Fenshui in two parts that meet."""
    if frame is None:
        first = line((105.8069, 28.0441), (105.5975, 27.8521))
        second = line((105.2711, 27.8743), (105.5975, 27.8521))  # drawn the other way
        frame = pd.concat([first, second], ignore_index=True)
    write_gpkg({"road": frame}, path)
    return path


class TestDesigned:
    def test_files_and_layers(self, designed):
        assert sorted(path.name for path in designed.iterdir()) == NAMES
        assert sorted(pyogrio.list_layers(designed / "route.gpkg")[:, 0]) == LAYERS

    def test_the_route_is_within_the_length_and_holds_both_named_routes(self, designed):
        route = gpd.read_file(designed / "route.gpkg", layer="route")
        assert {"length_m", "status", "corridor", "u", "v"} <= set(route.columns)
        assert route["length_m"].sum() <= 446_000 + 1e-6
        assert (
            {"I-16", "I-17"} <= set(route["corridor"]) <= {"I-16", "I-17", "I-22", "G352", ""} | set(route["corridor"])
        )
        assert route["mandated"].any()
        assert (route["to_m"] > route["from_m"]).all()

    def test_sites_have_their_minutes(self, designed):
        sites = gpd.read_file(designed / "route.gpkg", layer="sites")
        assert {"name_zh", "minutes", "covered", "covered_2_km", "covered_15_min"} <= set(sites.columns)
        taiping = sites.set_index("id").loc["taiping-old-town"]
        assert taiping["minutes"] == pytest.approx(0.0, abs=0.1)  # I-16 begins there
        assert taiping["covered"]

    def test_chainage_rises_along_each_branch_and_has_every_site(self, designed):
        stations = gpd.read_file(designed / "route.gpkg", layer="chainage")
        for _, rows in stations.groupby("branch"):
            assert rows["km"].is_monotonic_increasing
        assert stations["lon"].between(105.1, 106.4).all()
        assert stations["lat"].between(27.6, 28.6).all()

    def test_coverage_is_cumulative_and_ends_with_the_whole(self, designed):
        table = pd.read_csv(designed / "coverage.csv")
        for _, rows in table.groupby(["kind", "threshold"]):
            assert rows["along_km"].is_monotonic_increasing
            assert rows["share"].to_numpy()[-1] >= rows["share"].max() - 1e-4
            assert rows["total"].notna().to_numpy()[-1]
        assert {"red_site", "wellness", "liquor", "township", "people"} <= set(table["kind"])

    def test_straight_lines_between_towns_have_no_grades(self, designed):
        table = pd.read_csv(designed / "profile.csv")
        assert table["z"].notna().mean() > 0.9
        assert table["grade"].isna().all()

    def test_alignments_say_that_they_are_for_study_on_modelled_terrain(self, designed):
        drawn = gpd.read_file(designed / "route.gpkg", layer="alignments")
        assert drawn["id"].tolist() == ["R-14", "I-21", "I-22"]
        assert drawn["note_en"].str.contains("study alignment").all()
        assert drawn["note_en"].str.contains("demonstration terrain").all()
        made = drawn[drawn["reason"].isna() | (drawn["reason"] == "")]
        roads = made[made["mode"] == "road"]
        assert (roads["steepest"] <= roads["max_grade"] + 1e-9).all()

    def test_the_answer_is_printed_and_the_same_run_gives_the_same_bytes(self, designed, tmp_path, capsys):
        assert main(["route", "--out", str(tmp_path / "again")]) == 0
        told = capsys.readouterr()
        assert "446 km" in told.out
        assert "demonstration terrain" in told.err
        for name in NAMES:
            assert (tmp_path / "again" / name).read_bytes() == (designed / name).read_bytes(), name


class TestGiven:
    def test_a_file_in_parts_is_joined_measured_and_compared(self, tmp_path, capsys):
        out = tmp_path / "out"
        assert main(["route", "--from-file", str(surveyed(tmp_path / "r.gpkg")), "--out", str(out)]) == 0
        route = gpd.read_file(out / "route.gpkg", layer="route")
        assert set(route["branch"]) == {1}
        degrees = [(105.8069, 28.0441), (105.5975, 27.8521), (105.2711, 27.8743)]
        from pyproj import Geod

        expected = Geod(ellps="GRS80").line_length(*zip(*degrees, strict=True))
        assert route["length_m"].sum() == pytest.approx(expected, rel=1e-6)
        assert f"{446 - expected / 1000:.1f} km less than 446 km" in capsys.readouterr().out

    def test_grades_on_an_own_plane(self, tmp_path):
        """A plane that rises 5 m on 100 m eastward, and a road due east: a grade of 0.05 all along."""
        x, y = 540_000 + 90 * (np.arange(400) + 0.5), 3_110_000 - 90 * (np.arange(200) + 0.5)
        plane = np.broadcast_to(500 + 0.05 * (x - x[0]), (200, 400)).astype("float32")
        dem = xr.DataArray(plane, coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(4544)
        write_cog(dem, tmp_path / "dem.tif", nodata=-9999)
        road = surveyed(tmp_path / "r.gpkg", line((545_000, 3_100_000), (565_000, 3_100_000), crs=4544))
        out = tmp_path / "out"
        arguments = ["--from-file", str(road), "--dem", str(tmp_path / "dem.tif"), "--out", str(out)]
        assert main(["route", *arguments]) == 0
        grade = pd.read_csv(out / "profile.csv")["grade"].dropna().abs()
        np.testing.assert_allclose(grade, 0.05, atol=5e-4)

    def test_hostile_names_stay_text(self, tmp_path):
        road = line((105.8069, 28.0441), (105.2711, 27.8743), name_zh="<script>&=1+1")
        out = tmp_path / "out"
        assert main(["route", "--from-file", str(surveyed(tmp_path / "r.gpkg", road)), "--out", str(out)]) == 0
        for name in ("route.gpx", "route.kml"):
            assert "<script>" not in (out / name).read_text(encoding="utf-8")


class TestFarOrShifted:
    @pytest.fixture
    def towns(self):
        """A road through fourteen townships, from west to east."""
        places = located(load_study().places).to_crs(4326)
        towns = places.geometry[places["id"].str.startswith("township")].iloc[:14]
        return line(*sorted((point.x, point.y) for point in towns))

    def test_a_road_on_gcj02_is_refused_by_the_places_of_the_study(self, refused, towns, tmp_path):
        path = surveyed(tmp_path / "amap.gpkg", shift_frame(towns, target="gcj02"))
        told = refused("--from-file", path)
        assert "amap.gpkg seems to be on GCJ-02" in told
        assert "--assume-datum gcj02" in told

    def test_links_of_the_network_on_gcj02_are_refused_by_its_roads(self, refused, designed, tmp_path):
        links = gpd.read_file(designed / "route.gpkg", layer="route")
        own = links[links["corridor"] == "I-17"].to_crs(4326)[["geometry"]]
        assert "GCJ-02" in refused("--from-file", surveyed(tmp_path / "a.gpkg", shift_frame(own, target="gcj02")))

    def test_a_road_without_places_in_reach_is_taken_as_it_is(self, towns, tmp_path):
        short = shift_frame(line((105.8069, 28.0441), (105.5975, 27.8521)), target="gcj02")
        for name, road in (("short", short), ("true", towns)):
            arguments = ["--from-file", str(surveyed(tmp_path / f"{name}.gpkg", road)), "--samples", "0"]
            assert main(["route", *arguments, "--out", str(tmp_path / name)]) == 0

    def test_a_shifted_road_is_converted_if_its_datum_is_said(self, towns, tmp_path):
        road = surveyed(tmp_path / "amap.gpkg", shift_frame(towns, target="gcj02"))
        out = tmp_path / "out"
        arguments = ["--from-file", str(road), "--assume-datum", "gcj02", "--samples", "0"]
        assert main(["route", *arguments, "--out", str(out)]) == 0
        drawn = gpd.read_file(out / "route.gpkg", layer="route").to_crs(4544).union_all()
        assert shapely.hausdorff_distance(drawn, towns.to_crs(4544).union_all()) < 1.0

    @pytest.mark.parametrize(
        ("points", "crs", "message"),
        [
            (((20.0, 5.0), (20.5, 5.5)), 4326, "r.gpkg: the road lies at 20.5000, 5.5000, "),
            (((105.8, 28.0), (20.5, 5.5)), 4326, "a part of the road lies at 20.5000, 5.5000, "),
            (((179.9, 28.0), (-179.9, 28.1)), 4326, "outside the study"),
            (((300_000, 1_000_000), (310_000, 1_000_000)), 32633, "outside the study (south-wing); check"),
            (((500.0, 3100.0), (510.0, 3105.0)), 4544, "look like kilometres"),
            (((28.0441, 105.8069), (27.8521, 105.5975)), 4326, "axes are swapped"),
        ],
    )
    def test_a_road_elsewhere_is_refused_with_its_place(self, refused, tmp_path, points, crs, message):
        assert message in refused("--from-file", surveyed(tmp_path / "r.gpkg", line(*points, crs=crs)))

    def test_metres_without_a_crs_are_refused(self, refused, tmp_path):
        path = tmp_path / "m.geojson"
        path.write_text(
            '{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": '
            "[[500000, 3100000], [510000, 3105000]]}}"
        )
        assert "look like metres" in refused("--from-file", path)

    @pytest.mark.parametrize(
        ("shape", "message"),
        [
            (shapely.Point(105.4, 28.0), "holds no lines"),
            (shapely.box(105.0, 28.0, 105.2, 28.2), "holds no lines"),
            (shapely.LineString([(105.4, 28.0), (105.4, 28.0)]), "no line with a length"),
            (shapely.LineString([(105.4, 28.0), (105.4 + 1e-8, 28.0)]), "less than tolerance_m"),
            (None, "x.gpkg"),
        ],
    )
    def test_what_is_no_road_is_refused(self, refused, tmp_path, shape, message):
        gpd.GeoDataFrame({"a": [1]}, geometry=[shape], crs=4326).to_file(tmp_path / "x.gpkg")
        assert message in refused("--from-file", tmp_path / "x.gpkg")

    def test_a_table_of_lengths_without_lines_is_refused(self, refused, tmp_path):
        (tmp_path / "x.csv").write_text("name,length_km\na,5\n")
        assert "x.csv" in refused("--from-file", tmp_path / "x.csv")

    def test_a_seed_below_zero_is_refused(self, refused, tmp_path):
        assert "--seed" in refused("--from-file", surveyed(tmp_path / "r.gpkg"), "--seed", "-1")


class TestRefused:
    @pytest.mark.parametrize("value", ["0", "-5", "nan", "inf"])
    def test_a_length_that_is_none(self, refused, value):
        assert "length" in refused("--length-km", value)

    def test_metres_for_kilometres(self, refused):
        assert "metres" in refused("--length-km", "446000")

    def test_named_routes_longer_than_the_length(self, refused):
        assert "125.7 km more" in refused("--length-km", "300")

    def test_a_loop_of_a_file(self, refused, tmp_path):
        assert "--loop" in refused("--loop", "--from-file", surveyed(tmp_path / "r.gpkg"))

    def test_a_datum_without_a_file(self, refused):
        assert "--assume-datum" in refused("--assume-datum", "gcj02")

    def test_a_seed_without_draws(self, refused):
        assert "--seed" in refused("--samples", "0", "--seed", "3")

    def test_a_file_that_is_not_there(self, refused, tmp_path):
        assert "none.gpkg" in refused("--from-file", tmp_path / "none.gpkg")

    def test_points_for_lines(self, refused, tmp_path):
        frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([105.4], [28.0]), crs=4326)
        write_gpkg({"p": frame}, tmp_path / "p.gpkg")
        assert "p.gpkg" in refused("--from-file", tmp_path / "p.gpkg")

    def test_a_study_without_a_route(self, refused, tmp_path):
        write_template(tmp_path / "own")
        box = gpd.GeoDataFrame({"name": ["甲县"]}, geometry=[shapely.box(105, 28, 105.5, 28.5)], crs=4326)
        box.to_file(tmp_path / "own" / "counties.geojson")
        assert "names no route" in refused("--study", tmp_path / "own")

    def test_a_result_over_the_file_that_is_read(self, tmp_path, capsys):
        (tmp_path / "out").mkdir()
        road = surveyed(tmp_path / "out" / "route.gpkg")
        before = road.read_bytes()
        assert main(["route", "--from-file", str(road), "--out", str(tmp_path / "out")]) == 2
        assert road.read_bytes() == before
