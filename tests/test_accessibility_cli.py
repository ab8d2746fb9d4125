"""The commands network and access: layers, tables, and one line on bad input with nothing written."""

import datetime
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import xarray as xr
from road_samples import CRS, X0, Y0, lattice_lines, points
from shapely.geometry import LineString

from nanyi_gis.cli import main
from nanyi_gis.cli._notes import tell_state
from nanyi_gis.io import sha256, write_cog, write_gpkg
from nanyi_gis.study import load_study


def run(capsys, *arguments):
    status = main([str(a) for a in arguments])
    return status, capsys.readouterr()


def test_network_writes_nodes_and_edges(tmp_path, capsys):
    out = tmp_path / "n.gpkg"
    status, printed = run(capsys, "network", "--scenario", "2025", "--out", out)
    assert status == 0
    assert "schematic" in printed.out
    assert "东新镇" in printed.out
    assert sorted(layer for layer, _ in pyogrio.list_layers(out)) == ["edges", "nodes"]
    nodes, edges = (gpd.read_file(out, layer=layer) for layer in ("nodes", "edges"))
    assert {"node", "name_zh", "kind"} <= set(nodes)
    wanted = {"u", "v", "key", "length", "travel_time", "highway", "status", "opened", "corridor"}
    assert wanted <= set(edges)
    assert set(edges["u"]) <= set(nodes["node"])
    assert "I-08" in set(edges["corridor"])
    assert "I-07" not in set(edges["corridor"])
    assert nodes.crs == CRS


def test_network_tells_of_unconfirmed_openings_until_the_plan_is_complete(tmp_path, capsys):
    for year, told in (("2025", True), ("complete", False)):
        status, printed = run(capsys, "network", "--scenario", year, "--out", tmp_path / f"{year}.gpkg")
        assert status == 0
        assert ("no opening is confirmed" in printed.err) == told


def test_network_gives_the_same_bytes_each_time(tmp_path, capsys):
    for name in ("a.gpkg", "b.gpkg"):
        assert run(capsys, "network", "--scenario", "2022", "--out", tmp_path / name)[0] == 0
    assert sha256(tmp_path / "a.gpkg") == sha256(tmp_path / "b.gpkg")


def test_network_takes_a_file_of_roads_and_own_changes(tmp_path, capsys):
    roads, changes, out = tmp_path / "roads.gpkg", tmp_path / "own.toml", tmp_path / "n.gpkg"
    write_gpkg({"roads": lattice_lines(3, id=[f"r{i}" for i in range(6)])}, roads)
    changes.write_text('[[close]]\nedge = "r0.1"\n')
    status, printed = run(capsys, "network", "--roads", roads, "--changes", changes, "--out", out)
    assert status == 0
    assert "9 nodes, 22 edges" in printed.out


BAD = [
    (["--scenario", "soon"], "year is 'soon'"),
    (["--waiting", "-3"], "waiting_min is -3.0 minutes"),
    (["--roads", "none.gpkg"], "no file none.gpkg"),
    (["--changes", "none.toml"], "no file none.toml"),
    (["--speeds", "none.toml"], "no file none.toml"),
    (["--roads", "{broken}"], "OSM"),
    (["--roads", "{classless}"], "unknown road class 'boulevard'"),
    (["--changes", "{unknown}"], "unknown edge 'I-99'"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_network_refuses_bad_input_in_one_line_and_writes_nothing(tmp_path, capsys, options, message):
    broken, classless, unknown = tmp_path / "x.osm.pbf", tmp_path / "c.gpkg", tmp_path / "u.toml"
    broken.write_bytes(b"nothing" * 99)
    write_gpkg({"roads": lattice_lines(2).assign(highway="boulevard")}, classless)
    unknown.write_text('[[close]]\ncorridor = "I-99"\n')
    before = sorted(tmp_path.iterdir())
    filled = [o.format(broken=broken, classless=classless, unknown=unknown) for o in options]
    status, printed = run(capsys, "network", *filled, "--out", tmp_path / "new" / "n.gpkg")
    assert status == 2
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


def test_access_writes_its_tables_and_areas(tmp_path, capsys):
    out = tmp_path / "access"
    status, _ = run(capsys, "access", "--out", out)
    assert status == 0
    names = {"od_minutes.csv", "nearest.csv", "summary.csv", "critical.csv", "service_areas.gpkg"}
    assert {path.name for path in out.iterdir()} == names
    nearest = pd.read_csv(out / "nearest.csv")
    assert nearest["snap_m"].between(0, 2000).all()
    assert len(nearest) == 45
    assert {"2022", "today", "complete", "saved_today", "saved_complete"} <= set(nearest)
    summary = pd.read_csv(out / "summary.csv").set_index("scenario")
    assert summary.loc["complete", "share_within_60"] > summary.loc["2022", "share_within_60"]
    areas = gpd.read_file(out / "service_areas.gpkg")
    assert len(areas) == 3 * 5


def test_access_counts_hospitals_beyond_the_border_unless_told_otherwise(tmp_path, capsys):
    options = ["--scenario", "today", "--minutes", "30,60"]
    status, printed = run(capsys, "access", *options, "--out", tmp_path / "any")
    assert status == 0
    assert re.search(r"note: today is the state of 2026-02-28|warning: today is the state of 2026-02-28", printed.err)
    assert re.search(r"note: a county hospital is assumed .* used beyond the border: .*仁怀市", printed.err)
    assert "note: no opening is confirmed for " in printed.err
    assert "二郎互通连接线 (I-20)" in printed.err
    assert re.search(r"^people within 60 min: today \d+ % \(\d+-\d+\)$", printed.out, re.MULTILINE)
    assert "farthest from a road" not in printed.out  # every township is a node of the schematic network
    status, printed = run(capsys, "access", *options, "--own-county", "--out", tmp_path / "own")
    assert status == 0
    assert "beyond the border" not in printed.err
    anywhere, own = (
        pd.read_csv(tmp_path / name / "nearest.csv", dtype={"origin": str}).set_index("origin")["today"]
        for name in ("any", "own")
    )
    assert (anywhere <= own + 1e-9).all()
    assert anywhere["510525108"] < own["510525108"]  # 茅溪 lies beside 仁怀
    pairs = pd.read_csv(tmp_path / "own" / "od_minutes.csv", dtype=str)
    assert set(pairs["destination"]) == {"510524100", "510525001"}
    assert pairs.loc[pairs["origin"].str[:6] != pairs["destination"].str[:6], "minutes"].isna().all()
    for name in ("any", "own"):
        row = pd.read_csv(tmp_path / name / "summary.csv").iloc[0]
        for key in ("share_within_30", "share_within_60", "gini"):
            assert row[f"{key}_low"] <= row[key] <= row[f"{key}_high"]


def test_own_county_goes_with_the_studys_own_seats_alone(tmp_path, capsys):
    homes = tmp_path / "h.gpkg"
    write_gpkg({"h": gpd.GeoDataFrame(geometry=points((0, 0)).geometry)}, homes)
    status, printed = run(capsys, "access", "--to", homes, "--own-county", "--out", tmp_path / "o")
    assert status == 2
    assert "--own-county is set, but has no effect with --to" in printed.err


@pytest.mark.parametrize(
    ("now", "said"),
    [("2026-03-10", "note: today is the state of 2026-02-28, 10 days ago"), ("2026-02-01", "state of 2026-02-28 ("),
     ("2027-03-01", "warning: today is the state of 2026-02-28, 366 days ago")],
)  # fmt: skip
def test_the_age_of_today_is_told(capsys, now, said):
    tell_state(load_study(), ["2022", "today"], now=datetime.date.fromisoformat(now))
    told = capsys.readouterr().err
    assert said in told
    assert ("more than a year" in told) == said.startswith("warning")
    tell_state(load_study(), ["2022"])
    assert capsys.readouterr().err == ""


def test_access_takes_own_points_supply_and_scenario(tmp_path, capsys):
    roads, homes, clinics = tmp_path / "r.gpkg", tmp_path / "h.gpkg", tmp_path / "c.gpkg"
    island = gpd.GeoDataFrame(
        {"highway": ["tertiary"]}, geometry=[LineString([(X0 + 90_000, Y0), (X0 + 91_000, Y0)])], crs=CRS
    )
    write_gpkg({"roads": pd.concat([lattice_lines(4), island], ignore_index=True)}, roads)
    write_gpkg({"h": points((0, 0), (3000, 3000), (90_000, 0)).assign(name=["a", "b", "c"], population=10)}, homes)
    write_gpkg({"c": points((0, 3000)).assign(name="clinic", beds=[20])}, clinics)
    own = tmp_path / "own.json"
    own.write_text('{"year": 2022, "speed": [{"edge": "L1.1", "factor": 2}]}')
    options = ["--roads", roads, "--from", homes, "--to", clinics, "--id", "name", "--supply", "beds"]
    status, printed = run(
        capsys, "access", *options, "--scenario", "2022", "--changes", own, "--minutes", "5,10", "--out", tmp_path / "o"
    )
    assert status == 0
    assert "own: 1 of 3 origins reach no facility" in printed.out
    matrix = pd.read_csv(tmp_path / "o" / "od_minutes.csv").set_index(["scenario", "origin"])
    assert matrix.loc[("2022", "a"), "minutes"] == pytest.approx(7.2)
    assert pd.isna(matrix.loc[("2022", "c"), "minutes"])
    assert pd.read_csv(tmp_path / "o" / "summary.csv")["unreachable"].tolist() == [1, 1]
    score = pd.read_csv(tmp_path / "o" / "e2sfca.csv")
    assert score.loc[score["scenario"].eq("2022"), "e2sfca"].tolist() == pytest.approx([1.0, 1.0, 0.0])


def test_access_takes_a_raster_of_people(tmp_path, capsys):
    west, north, cell = 510_000, 3_160_000, 1000
    x, y = west + cell * (np.arange(125) + 0.5), north - cell * (np.arange(105) + 0.5)
    people = xr.DataArray(np.full((105, 125), 2.0, "float32"), dims=("y", "x"), coords={"y": y, "x": x})
    write_cog(people.rio.write_crs(CRS), tmp_path / "people.tif", nodata=-1)
    status, _ = run(
        capsys, "access", "--population", tmp_path / "people.tif", "--scenario", "2022", "--out", tmp_path / "o"
    )
    assert status == 0
    total = pd.read_csv(tmp_path / "o" / "nearest.csv")["population"].sum()
    assert total == pytest.approx(2 * 6158, rel=0.01)  # two people a km2, 6,158 km2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--minutes", "15,ten"], "minutes is '15,ten'"),
        (["--minutes", "30,15"], "must rise strictly"),
        (["--scenario", ""], "scenario is empty"),
        (["--to", "{homes}", "--supply", "beds"], "no column 'beds'"),
        (["--from", "{homes}", "--id", "code"], "no column 'code'"),
        (["--from", "{far}"], "lie more than 2000 m from any road"),
    ],
)
def test_access_refuses_bad_input_in_one_line_and_writes_nothing(tmp_path, capsys, options, message):
    homes, far = tmp_path / "h.gpkg", tmp_path / "f.gpkg"
    write_gpkg({"h": gpd.GeoDataFrame(geometry=points((0, 0)).geometry)}, homes)
    write_gpkg({"f": gpd.GeoDataFrame(geometry=points((-90_000, 0)).geometry)}, far)
    status, printed = run(
        capsys, "access", *[o.format(homes=homes, far=far) for o in options], "--out", tmp_path / "new"
    )
    assert status == 2
    assert message in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()
