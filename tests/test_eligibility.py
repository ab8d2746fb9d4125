"""Land that a use may take: exclusions by themselves, on their days, from beyond the frame, and what they cost."""

import datetime
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nanyi_gis.cli import main
from nanyi_gis.eligibility import (
    AS_FAR,
    ELIGIBLE,
    ENOUGH,
    NO_LAYER,
    NOT_ENOUGH,
    ON_PART,
    TIGHT,
    UNKNOWN,
    Exclusion,
    Need,
    capacity,
    eligible,
    exclusion_costs,
    needs_table,
    sites,
    write_eligibility,
)
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.plan import load_plan
from nanyi_gis.raster import Grid, write_cog
from nanyi_gis.suitability import load_use
from nanyi_gis.suitability.use_file import parse_use

DAY = "2026-02-28"
GRID = Grid.from_bounds((500_010, 3_090_000, 500_610, 3_090_450), resolution=30, crs="EPSG:4544")  # 15 rows, 20 columns


def plain(values=1000.0):
    return GRID.array(np.full(GRID.shape, values, np.float32))


def mask(*cells):
    values = np.zeros(GRID.shape, np.uint8)
    for row, column in cells:
        values[row, column] = 1
    return GRID.array(values)


def point(row, column):
    x, y = GRID.transform * (column + 0.5, row + 0.5)
    return gpd.GeoDataFrame(geometry=[shapely.Point(x, y)], crs=GRID.crs)


def codes(found):
    return found["eligible"].to_numpy()


# ---- one exclusion -------------------------------------------------------------------------------------------------


def test_a_buffer_is_the_disc_of_scipys_distances():
    rule = Exclusion("villages", layer="villages", buffer_m=100)
    marks = mask((7, 9), (2, 3))
    found = eligible(plain(), exclusions=[rule], layers={"villages": marks}, as_of=DAY)
    distance = ndimage.distance_transform_edt(marks.to_numpy() == 0, sampling=30)
    assert ((codes(found) == ELIGIBLE) == (distance > 100)).all()


def test_features_beyond_the_frame_count_where_their_buffer_reaches_in():
    rule = Exclusion("villages", layer="villages", buffer_m=100)
    found = eligible(plain(), exclusions=[rule], layers={"villages": point(7, -2)}, as_of=DAY)
    assert (codes(found)[7] != ELIGIBLE).nonzero()[0].tolist() == [0, 1]  # centres 60 and 90 m away, the next 120


def test_a_raster_file_counts_from_beyond_the_frame_too(tmp_path):
    wide = GRID.padded(5)
    values = np.zeros(wide.shape, np.uint8)
    values[12, 3] = 1  # two columns west of the frame, in its row 7
    write_cog(wide.array(values), tmp_path / "villages.tif", nodata=255)
    rule = Exclusion("villages", layer="villages", buffer_m=100)
    found = eligible(plain(), exclusions=[rule], layers={"villages": tmp_path / "villages.tif"}, as_of=DAY)
    assert (codes(found)[7] != ELIGIBLE).nonzero()[0].tolist() == [0, 1]


def test_a_dem_in_degrees_has_round_buffers_in_metres():
    grid = Grid.from_bounds((105.0, 28.0, 105.05, 28.04), resolution=1 / 3600, crs="EPSG:4326")
    dem = grid.array(np.full(grid.shape, 900, np.float32))
    at = gpd.GeoDataFrame(geometry=[shapely.Point(105.025, 28.02)], crs=4326)
    rule = Exclusion("villages", layer="villages", buffer_m=500)
    found = eligible(dem, exclusions=[rule], layers={"villages": at}, as_of=DAY)
    area = exclusion_costs(found).both_km2.item()
    assert area == pytest.approx(np.pi * 0.25, rel=0.03)
    # a rule by a raster draws the same disc
    marks = grid.array((np.hypot(*np.ogrid[-72:72, -90:90]) < 0.5).astype(np.uint8))
    again = eligible(dem, exclusions=[rule], layers={"villages": marks}, as_of=DAY)
    assert exclusion_costs(again).both_km2.item() == pytest.approx(area, rel=0.03)


def test_limits_of_the_terrain_are_broken_together():
    # a plane that falls 12 degrees to the north: slope 12, facing 0
    fall = np.tan(np.radians(12)) * 30 * np.arange(GRID.height)[:, None]
    dem = GRID.array((1000 + fall + np.zeros(GRID.shape)).astype(np.float32))
    away = Exclusion("north", slope_above=10, aspect_off_above=90)
    facing = Exclusion("south", slope_above=10, aspect_off_above=90, optimum=0)
    steeper = Exclusion("steep", slope_above=13)
    inner = (slice(1, -1), slice(1, -1))
    results = [codes(eligible(dem, exclusions=[rule], as_of=DAY))[inner] for rule in (away, facing, steeper)]
    assert [np.unique(result).tolist() for result in results] == [[0], [1], [1]]
    assert (codes(eligible(dem, exclusions=[steeper], as_of=DAY))[0] == UNKNOWN).all()  # the ring has no slope


def test_level_ground_faces_nowhere():
    rule = Exclusion("north", slope_above=-1, aspect_off_above=0)
    found = eligible(plain(), exclusions=[rule], as_of=DAY)
    assert (codes(found)[1:-1, 1:-1] == ELIGIBLE).all()


def test_values_that_a_raster_does_not_have_are_unknown():
    wind = np.full(GRID.shape, 6.0, np.float32)
    wind[0, 0], wind[0, 1], wind[0, 2] = np.nan, 5.0, 5.5
    rule = Exclusion("calm", layer="wind", below=5.5)
    found = eligible(plain(), exclusions=[rule], layers={"wind": GRID.array(wind)}, as_of=DAY)
    assert codes(found)[0, :4].tolist() == [UNKNOWN, 0, 1, 1]


def test_land_cover_stands_in_for_a_survey_and_is_named():
    cover = np.full(GRID.shape, 10, np.uint8)
    cover[:, :4] = 40
    rule = Exclusion("fields", layer="cropland", else_layer="cover", else_codes=(40,))
    found = eligible(plain(), exclusions=[rule], layers={"cover": GRID.array(cover)}, as_of=DAY)
    assert (codes(found) == 0).sum() == 4 * GRID.height
    assert "judged by cover in place of cropland" in found.attrs["notes"][0]
    better = {"cover": GRID.array(cover), "cropland": mask((0, 0))}
    assert (codes(eligible(plain(), exclusions=[rule], layers=better, as_of=DAY)) == 0).sum() == 1


# ---- days ----------------------------------------------------------------------------------------------------------


def test_a_rule_takes_land_on_its_days_alone():
    rule = Exclusion(
        "forest", layer="forest", first=datetime.date(2019, 2, 26), last=datetime.date(2024, 2, 25)
    )  # fmt: skip
    marks = {"forest": mask((3, 3))}
    for day, state, count in (
        ("2019-02-25", "not yet", 0),
        ("2019-02-26", "in force", 1),
        ("2024-02-25", "in force", 1),
        ("2024-02-26", "no longer", 0),
    ):
        found = eligible(plain(), exclusions=[rule], layers=marks, as_of=day)
        assert (found.attrs["states"]["forest"], (codes(found) == 0).sum()) == (state, count)
        assert not found.attrs["upper_bound"]


def test_the_plans_day_is_before_the_rule_on_cropland_and_todays_is_after():
    rule = next(rule for rule in load_use("pv").land.exclusions if rule.id == "cropland_2023")
    assert [rule.state(datetime.date.fromisoformat(day)) for day in ("2022-03-14", DAY)] == ["not yet", "in force"]


def test_between_the_two_notices_on_wind_no_rule_held():
    rules = {rule.id: rule for rule in load_use("wind").land.exclusions}
    days = [datetime.date(*day) for day in ((2022, 3, 14), (2025, 1, 1), (2026, 2, 28))]
    states = [[rules[f"natural_forest_{year}"].state(day) for year in (2019, 2026)] for day in days]
    assert states == [["in force", "not yet"], ["no longer", "not yet"], ["no longer", "in force"]]


def test_a_rule_without_its_layer_is_told_and_makes_an_upper_bound():
    rules = [Exclusion("reserves", layer="reserves"), Exclusion("low", elevation_below=500)]
    found = eligible(plain(), exclusions=rules, as_of=DAY)
    assert found.attrs["states"] == {"reserves": NO_LAYER, "low": "in force"}
    assert found.attrs["upper_bound"]
    assert "not judged: reserves (no layer reserves)" in found.attrs["notes"][0]
    row = exclusion_costs(found).table().set_index("exclusion").loc["reserves"]
    assert row["state"] == NO_LAYER
    assert np.isnan(row["taken_km2"])


def test_a_setback_of_no_rule_is_the_users_and_its_default_is_told():
    rule = Exclusion("villages", layer="dwellings", buffer_m=60, setback=True, note="no rule was found")
    layers = {"dwellings": mask((7, 9))}
    default = eligible(plain(), exclusions=[rule], layers=layers, as_of=DAY)
    assert "keeps 60 m by default: no rule was found" in default.attrs["notes"][0]
    own = eligible(plain(), exclusions=[rule], layers=layers, as_of=DAY, setbacks={"dwellings": 30})
    assert own.attrs["notes"] == ()
    assert (codes(own) == 0).sum() == 5
    assert (codes(default) == 0).sum() == 13


# ---- several -------------------------------------------------------------------------------------------------------

RULES = [
    Exclusion("a", layer="a", buffer_m=45),
    Exclusion("b", layer="b"),
    Exclusion("c", layer="c", buffer_m=90),
    Exclusion("low", elevation_below=990),
]
SPOTS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 19)), max_size=4)


@given(spots=st.tuples(SPOTS, SPOTS, SPOTS), order=st.permutations(range(4)), heights=st.integers(0, 9))
@settings(max_examples=8, deadline=None)
def test_order_changes_nothing_and_no_exclusion_adds_land(spots, order, heights):
    layers = {name: mask(*cells) for name, cells in zip("abc", spots, strict=True)}
    dem = GRID.array(1000 - heights + np.add.outer(np.arange(15), np.arange(20)).astype(np.float32))
    first = eligible(dem, exclusions=RULES, layers=layers, as_of=DAY)
    second = eligible(dem, exclusions=[RULES[k] for k in order], layers=layers, as_of=DAY)
    assert (first["excluded_by"] == second["excluded_by"]).all()
    assert first.attrs["judged"] == second.attrs["judged"]
    own = exclusion_costs(first)
    again = exclusion_costs(second)
    assert own.both_km2.tolist() == again.both_km2.tolist()
    for rule in RULES:
        rest = [other for other in RULES if other is not rule]
        needed = {name: layer for name, layer in layers.items() if name != rule.id}
        without = eligible(dem, exclusions=rest, layers=needed, as_of=DAY)
        assert not ((codes(first) == ELIGIBLE) & (codes(without) != ELIGIBLE)).any()
        # what only it takes is what would be won without it
        won = exclusion_costs(without).eligible_km2 - own.eligible_km2
        k = own.judged.index(rule.id)
        assert won.item() == pytest.approx(own.only_km2[0, k], abs=1e-9)


def test_costs_are_those_that_a_hand_counts():
    # where the projection is true to scale, cells of 1 km²
    grid = Grid.from_bounds((500_000, 3_090_000, 504_000, 3_092_000), resolution=1000, crs="EPSG:4544")
    dem = grid.array(np.zeros(grid.shape, np.float32))
    one, two = np.zeros((2, 4), np.uint8), np.zeros((2, 4), np.uint8)
    one[0], two[:, 0] = 1, 1
    rules = [Exclusion("row", layer="one"), Exclusion("column", layer="two")]
    found = eligible(dem, exclusions=rules, layers={"one": grid.array(one), "two": grid.array(two)}, as_of=DAY)
    halves = [shapely.box(x, 3_090_000, x + 2000, 3_092_000) for x in (500_000, 502_000)]
    costs = exclusion_costs(found, zones=gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=halves, crs=grid.crs))
    table = costs.table().round(3).set_index(["zone", "exclusion"])[["taken_km2", "only_km2", "shared_km2"]]
    assert table.loc[("west", "row")].tolist() == [2, 1, 1]
    assert table.loc[("west", "column")].tolist() == [2, 1, 1]
    assert table.loc[("east", "row")].tolist() == [2, 2, 0]
    assert table.loc[("east", "column")].tolist() == [0, 0, 0]
    assert costs.land().round(3).to_numpy().tolist() == [["west", 4, 1], ["east", 4, 2]]
    assert costs.overlaps().round(3).to_numpy().tolist() == [["west", "column", "row", 1]]


# ---- sites and megawatts -------------------------------------------------------------------------------------------


def test_pieces_that_meet_at_a_corner_are_two_sites():
    rule = Exclusion("low", elevation_below=900)
    heights = np.full(GRID.shape, 800, np.float32)
    heights[2:5, 2:5], heights[5:7, 5:7], heights[12, 12] = 1000, 1000, 1000
    pieces = sites(eligible(GRID.array(heights), exclusions=[rule], as_of=DAY), minimum_ha=0.2)
    assert (pieces.geometry.area / 900).tolist() == [9, 4]
    assert pieces["area_ha"].tolist() == pytest.approx([0.81, 0.36], rel=1e-3)
    assert pieces.geometry.is_valid.all()


def test_no_land_is_no_site():
    found = eligible(plain(), exclusions=[Exclusion("all", elevation_below=2000)], as_of=DAY)
    assert len(sites(found, ha_per_mw=(20, 30))) == 0


def test_megawatts_and_verdicts():
    assert capacity(24, ha_per_mw=(2, 2)) == (1200, 1200)
    wanted = [Need("S", 100, "A")]
    beside = needs_table(wanted, {"A": 1.0, "B": 9.0}, ha_per_mw=(2, 3), upper_bound=False)
    assert beside["eligible_km2"].tolist() == [1.0, 1.0]  # nothing is wanted in B, so its land does not count
    for km2, verdict in ((1.9, NOT_ENOUGH), (2.0, TIGHT), (2.9, TIGHT), (3.0, ENOUGH)):
        table = needs_table(wanted, {"A": km2}, ha_per_mw=(2, 3), upper_bound=False)
        assert table["verdict"].tolist() == [verdict, verdict]
        bound = needs_table(wanted, {"A": km2}, ha_per_mw=(2, 3), upper_bound=True)["verdict"].tolist()
        assert bound == [verdict if verdict == NOT_ENOUGH else verdict + AS_FAR] * 2


def test_a_dem_of_a_part_of_a_zone_does_not_say_that_the_zone_has_too_little(tmp_path):
    """Land beyond the DEM could hold what is wanted: only enough is enough."""
    wanted = [Need("S", 100, "A"), Need("T", 1, "B")]
    told = needs_table(wanted, {"A": 1.0, "B": 1.0}, ha_per_mw=(2, 3), upper_bound=False, partly=["A"])["verdict"]
    assert told.tolist() == [NOT_ENOUGH + ON_PART, ENOUGH, NOT_ENOUGH + ON_PART]
    dem = plain(1300)
    west, south, east, north = dem.rio.bounds()
    steep = replace(load_use("pv").land.exclusions[0], slope_above=89.0)
    use = replace(load_use("pv"), land=replace(load_use("pv").land, exclusions=(steep,), needs=(Need("S", 1200, "A"),)))
    for reach, verdict in ((-30, NOT_ENOUGH), (600, NOT_ENOUGH + ON_PART)):  # within the rim, and far beyond the DEM
        shape = shapely.box(west + 30, south + 30, east + reach, north - 30)
        zones = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shape], crs=dem.rio.crs)
        done = write_eligibility(dem, tmp_path, use=use, as_of=DAY, zones=zones)
        assert done.capacity["verdict"].tolist() == [verdict, verdict]
        assert any("only a part was judged" in note for note in done.notes) == (reach > 0)


def test_what_the_files_want_is_what_the_plan_has():
    plan = load_plan()
    for use in ("wind", "pv"):
        for need in load_use(use).land.needs:
            assert plan.item(need.item).quantities[0].to("MW") == need.mw, need.item
    total = [sum(need.mw for need in load_use("wind").land.needs if not (need.perhaps_in and out)) for out in (0, 1)]
    assert total == [350, 300]


# ---- files ---------------------------------------------------------------------------------------------------------


def test_the_files_say_what_is_not_known(tmp_path):
    use = load_use("wind")
    done = write_eligibility(plain(1300), tmp_path, use=use, layers={"dwellings": point(7, 9)}, as_of=DAY)
    assert {path.name for path in done.files} == {path.name for path in tmp_path.iterdir()}
    assert (done.capacity["upper_bound"]).all()
    assert any("distance to the grid" in note for note in done.notes)
    text = (tmp_path / "exclusions_wind.csv").read_text(encoding="utf-8")
    assert "林资发〔2019〕17号" in text
    assert "no longer" in text
    assert "no layer" in text


def test_the_command_writes_the_land_beside_the_layers(tmp_path, capsys):
    write_cog(plain(1300), tmp_path / "dem.tif", nodata=-9999)
    point(7, 9).to_file(tmp_path / "houses.gpkg")
    wind = ["suitability", str(tmp_path / "dem.tif"), "--use", "wind", "--layer", f"dwellings={tmp_path}/houses.gpkg"]
    assert main([*wind, "--setback", "dwellings=100", "--as-of", "2022-03-14", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert "wind on 2022-03-14: at the most" in told.out
    assert "not judged: weak_wind" in told.err
    assert {"eligible_wind.tif", "sites_wind.gpkg", "class_wind.tif"} <= {p.name for p in (tmp_path / "out").iterdir()}
    table = pd.read_csv(tmp_path / "out/exclusions_wind.csv").set_index("exclusion")
    assert table.loc["natural_forest_2019", "state"] == NO_LAYER
    assert table.loc["dwellings", "buffer_m"] == 100
    assert table.loc["dwellings", "taken_km2"] == pytest.approx(37 * 900e-6, rel=1e-3)  # the cells of that disc


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--use wind --as-of 2026-13-01", "--as-of is '2026-13-01', but must be a day"),
        ("--use wind --setback dwellings=-5", "setback dwellings is -5.0 m, but must not be negative"),
        ("--use wind --setback moon=5", "setback 'moon' concerns no exclusion"),
        ("--use wind --setback dwellings=near", "--setback is 'near', but must be"),
        ("--crop plum --as-of 2026-01-01", "--as-of has no effect: plum has no exclusions"),
        ("--crop plum --setback dwellings=5", "--setback has no effect"),
        (
            "--use wind --layer moon=dem.tif",
            "layer 'moon' is used by none of the uses; give one of: wind_speed",
        ),
        ("--use wind --layer roads=far.gpkg", "layer roads does not reach the DEM"),
    ],
)
def test_bad_options_write_nothing(tmp_path, monkeypatch, capsys, options, told):
    monkeypatch.chdir(tmp_path)
    write_cog(plain(1300), tmp_path / "dem.tif", nodata=-9999)
    gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326).to_file("far.gpkg")
    assert main(["suitability", "dem.tif", *options.split(), "--out", "out"]) == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert told in errors[-1]
    assert not (tmp_path / "out").exists()


# ---- bad input -----------------------------------------------------------------------------------------------------

START = """
id = "solar"
kind = "solar"
criterion = [{ id = "slope", unit = "deg", weight = 1, high = { S1 = 3, S2 = 20, S3 = 25 } }]
"""
STEEP = '[[exclusion]]\nid = "steep"\nslope_above = 25\nsource = "s"\nevidence = "P"\n'
FIELDS = '[[exclusion]]\nid = "fields"\nlayer = "cropland"\nsource = "s"\nevidence = "P"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FIELDS, "no exclusion limits the slope; add an"),
        (STEEP + "aspect_off_above = 90\n", "no exclusion limits the slope; add an"),
        (STEEP + FIELDS + "from = 2024-01-01\nto = 2023-01-01\n", "from is 2024-01-01, after its to, 2023-01-01"),
        (STEEP + FIELDS + 'from = "2024"\n', "must be a day without quotes"),
        (STEEP + FIELDS + "buffer_m = -1\n", r"buffer_m is -1, but must be zero or more"),
        (STEEP + FIELDS + "slope_above = 3\n", "must rest on a layer or on the terrain, but has layer and slope_above"),
        (STEEP + "buffer_m = 5\n", "buffer_m goes with features"),
        (STEEP + STEEP, "appears twice"),
        (STEEP + "[capacity]\nha_per_mw = [-2, 3]\n", "ha_per_mw is -2, but must be above zero"),
        (STEEP + "[capacity]\nha_per_mw = [3, 2]\n", "give the smaller first"),
        (STEEP + '[[need]]\nitem = "E"\nmw = 5\n', "need has no density"),
        ('[[need]]\nitem = "E"\nmw = 5\n', "need has no land to count on"),
        (STEEP.replace('evidence = "P"', 'evidence = "sure"'), "evidence is 'sure'"),
        (STEEP + 'colour = "red"\n', "colour"),
    ],
)
def test_faults_of_a_file_are_one_line(text, told):
    import tomllib

    with pytest.raises(ParameterError, match=told) as caught:
        parse_use(tomllib.loads(START + text), path="solar.toml")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("solar.toml: ")


def test_faults_of_a_call_are_one_line():
    rule = Exclusion("villages", layer="villages", buffer_m=100)
    far = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326)
    for error, told, options in (
        (DataError, "does not reach the DEM", {"layers": {"villages": far}}),
        (DataError, "another grid", {"layers": {"villages": GRID.padded(1).window(slice(1, None)).template()}}),
        (ParameterError, "used by no exclusion; give one of: villages", {"layers": {"rivers": far}}),
        (ParameterError, "as_of is '2026-13-01'", {"as_of": "2026-13-01"}),
        (ParameterError, "concerns no exclusion that leaves its distance", {"setbacks": {"villages": 5}}),
    ):
        with pytest.raises(error, match=told) as caught:
            eligible(plain(), exclusions=[rule], **{"as_of": DAY, **options})
        assert "\n" not in str(caught.value)
    with pytest.raises(ParameterError, match="appears twice"):
        eligible(plain(), exclusions=[rule, rule], as_of=DAY)
    with pytest.raises(ParameterError, match="area_km2"):
        capacity(-1, ha_per_mw=(1, 2))
    with pytest.raises(ParameterError, match="ha_per_mw"):
        capacity(1, ha_per_mw=(-1, 2))
