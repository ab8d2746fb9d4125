"""Known places against the model: hand-made land with known answers, rows that are refused, the embedded table."""

import json
import math
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import second_study
import shapely
import suitability_rasters as rasters
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.atlas.pages import validation as page_module
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, OutputError, ParameterError
from nanyi_gis.io import data_file, read_table, write_csv
from nanyi_gis.plan import fruit_belts
from nanyi_gis.raster import write_cog
from nanyi_gis.study import StudyArea, load_study
from nanyi_gis.suitability.use_file import parse_use
from nanyi_gis.targets import (
    Validation,
    confusion,
    crops_with_target,
    known_places,
    load_known_places,
    refuse_off_the_dem,
    study_crops,
    validate,
    write_validation,
)

CELL, SIDE = 30.0, 100  # 3 km by 3 km: the western half lies at 500 m, the eastern at 1,000 m
WEST, NORTH = rasters.WEST, rasters.NORTH
HALF_KM2 = 4.5


def crop(ident: str = "fig", name_zh: str = "无花果") -> object:
    """Return a crop that asks for height alone: S1 up to 600 m, S2 to 700, S3 to 800, N above."""
    criterion = {"id": "elevation", "unit": "m", "weight": 1, "points": [-500, -400, 600, 800]}
    criterion |= {"high": {"S1": 600, "S2": 700, "S3": 800}}
    return parse_use({"id": ident, "name_en": f"the {ident}", "name_zh": name_zh, "criterion": [criterion]})


CROPS = (crop(), crop("tea", "茶"))


def area(*, river: bool = True) -> StudyArea:
    """Return a county over the land, with a river along its eastern edge."""
    county = shapely.box(WEST, NORTH - SIDE * CELL, WEST + SIDE * CELL, NORTH)
    counties = gpd.GeoDataFrame(
        {"name_zh": ["方县"], "name_en": ["Square"], "area_km2": [9.0]}, geometry=[county], crs="EPSG:4544"
    )
    edge = shapely.LineString([(county.bounds[2], county.bounds[1]), (county.bounds[2], county.bounds[3])])
    lines = gpd.GeoDataFrame(geometry=[edge] if river else [], crs="EPSG:4544")
    return StudyArea(counties=counties, neighbours=lines.iloc[:0], frontage=lines)


def land(*, west: float = 500.0, east: float = 1000.0) -> object:
    heights = np.full((SIDE, SIDE), west)
    heights[:, SIDE // 2 :] = east
    return rasters.raster(heights, cell=CELL)


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a spot, in metres from the north-western corner."""
    spot = gpd.GeoSeries(gpd.points_from_xy([WEST + x], [NORTH - y]), crs="EPSG:4544").to_crs(4326).iloc[0]
    return spot.x, spot.y


def at(x: float, y: float = 1500.0, **more: object) -> dict[str, object]:
    lon, lat = degrees(x, y)
    row = {"crop": "fig", "place_zh": "某地", "kind": "point", "lon": lon, "lat": lat, "uncertainty_m": 200}
    return {**row, "presence": "present", "source": "made here", **more}


def county(**more: object) -> dict[str, object]:
    return {"crop": "fig", "place_zh": "全县", "kind": "county", "presence": "present", "source": "made here", **more}


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).astype(object).where(lambda frame: frame.notna(), None)


def validated(*rows: dict[str, object], **options: object) -> Validation:
    places = known_places(table(*rows), study=area(), crops=CROPS)
    return validate(places, options.pop("dem") if "dem" in options else land(), crops=CROPS, **options)


def judged(*rows: dict[str, object], **options: object) -> pd.DataFrame:
    return validated(*rows, **options).places


# ---- answers that a hand can check ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "presence", "letter", "verdict"),
    [
        (700, "present", "S1", "hit"),
        (700, "absent", "S1", "miss"),
        (2300, "present", "N", "miss"),
        (2300, "absent", "N", "hit"),
    ],
)
def test_a_point_has_the_class_of_its_land(x, presence, letter, verdict):
    row = judged(at(x, presence=presence)).iloc[0]
    assert (row["class"], row["verdict"]) == (letter, verdict)
    assert row["reason"] == ("" if letter == "S1" else "elevation")
    assert row["reason_zh"] == ("" if letter == "S1" else "海拔")


def test_the_land_of_a_place_is_a_disc_of_its_radius():
    row = judged(at(750, uncertainty_m=600)).iloc[0]
    assert row["land_km2"] == pytest.approx(math.pi * 0.36, rel=0.01)
    assert row["S1_km2"] == row["land_km2"]


def test_a_disc_ends_at_the_county_where_one_is_named():
    whole, part = judged(at(0, uncertainty_m=600), at(0, uncertainty_m=600, county="方")).itertuples()
    assert whole.land_km2 == pytest.approx(part.land_km2)  # the DEM ends there too
    assert part.geometry.area == pytest.approx(whole.geometry.area / 2, rel=0.01)


@pytest.mark.parametrize(("wanmu", "letter"), [(0.66, "S1"), (0.69, "N")])
def test_as_much_as_is_published_must_be_suitable(wanmu, letter):
    """Half of the county is 4.5 km², 0.675 万亩."""
    row = judged(county(extent_wanmu=wanmu)).iloc[0]
    assert row["class"] == letter
    assert row["asked_km2"] == pytest.approx(wanmu * 20 / 3)
    assert row["S1_km2"] == pytest.approx(HALF_KM2, rel=0.002)
    assert row["share_S2"] == pytest.approx(0.5, abs=1e-4)


def test_a_dem_with_less_land_than_is_published_says_so():
    found = validated(county(extent_wanmu=2, high_m=700))
    row = found.places.iloc[0]
    assert row["asked_km2"] > row["land_km2"]
    assert (row["class"], row["verdict"]) == ("S1", "miss")  # good land, but not as much as is said to grow
    assert found.confusion[["present_suitable", "present_unsuitable"]].eq([0, 1]).all(axis=None)
    assert row["reason"] == "less land there on this DEM than is published"
    mixed = judged(county(extent_wanmu=2), least_share=0.4).iloc[0]  # half of it is S1, half N
    assert (mixed["class"], mixed["verdict"]) == ("S1", "miss")


def test_a_place_that_lies_mostly_off_the_dem_is_not_judged():
    part = land().isel(x=slice(0, 50))  # the western half of the county
    found = validate(known_places(table(county()), study=area(), crops=CROPS), part, crops=CROPS)
    row = found.places.iloc[0]
    assert (row["class"], row["verdict"]) == ("", "not_judged")
    assert row["reason"] == "only 50% of it lies on this DEM"
    assert any("mostly off it" in note for note in found.notes)


def test_a_county_may_be_called_county():
    assert judged(county(county="Square County")).iloc[0]["land_km2"] == judged(county()).iloc[0]["land_km2"]


def test_a_table_without_rows_and_one_that_is_not_there_are_named(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("crop,kind,presence,source\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"^empty.csv: it has no row; add"):
        load_known_places(empty, study=area(), crops=CROPS)
    with pytest.raises(DataError, match=r"^no file .*none.csv; check the path$"):
        load_known_places(tmp_path / "none.csv", study=area(), crops=CROPS)


def test_mu_are_ten_thousandths():
    first, second = judged(county(id="a", extent_wanmu=0.5), county(id="b", extent_mu=5000)).itertuples()
    assert first.asked_km2 == second.asked_km2
    assert judged(county(extent_mu=5000)).iloc[0]["extent_wanmu"] == pytest.approx(0.5)


def test_where_no_extent_is_published_a_share_of_the_land_must_be_suitable():
    assert judged(county(), least_share=0.49).iloc[0]["class"] == "S1"
    assert judged(county(), least_share=0.51).iloc[0]["class"] == "N"


def test_the_lower_height_counts_and_the_upper_does_not():
    rows = [county(id="0", low_m=500, high_m=1000), county(id="1", high_m=500), county(id="2", low_m=1000)]
    lower, none, upper = judged(*rows).to_dict("records")
    assert lower["S1_km2"] == lower["land_km2"] == pytest.approx(HALF_KM2, rel=0.002)
    assert (none["land_km2"], none["class"], none["verdict"]) == (0.0, "", "not_judged")
    assert upper["N_km2"] == upper["land_km2"] == pytest.approx(HALF_KM2, rel=0.002)


def test_a_belt_lies_along_the_river():
    row = judged({**county(kind="belt", uncertainty_m=600), "presence": "absent"}).iloc[0]
    assert row["land_km2"] == pytest.approx(0.6 * 3, rel=0.01)
    assert (row["class"], row["verdict"]) == ("N", "hit")


def test_a_place_smaller_than_a_cell_is_the_cell_that_holds_it():
    row = judged(at(1501, uncertainty_m=0.5)).iloc[0]
    assert row["land_km2"] == pytest.approx(0.0009, rel=0.002)
    assert row["class"] == "N"
    assert judged(at(1499, uncertainty_m=0.5)).iloc[0]["class"] == "S1"


def test_s3_counts_only_where_it_is_asked_for():
    dem = land(west=750, east=750)
    places = known_places(table(at(700)), study=area(), crops=CROPS)
    strict, mild = (validate(places, dem, crops=CROPS, at_least=least) for least in ("S2", "S3"))
    assert (strict.places["class"][0], strict.places["verdict"][0], mild.places["verdict"][0]) == ("S3", "miss", "hit")
    pd.testing.assert_frame_equal(strict.confusion, mild.confusion)
    assert strict.confusion.iloc[:, 2:].values.tolist() == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]


def test_the_confusion_table_of_two_crops():
    rows = [
        at(700, id="a"),
        at(2300, id="b"),
        at(2400, id="c", presence="absent"),
        at(600, id="d", presence="absent"),
        at(700, id="e", crop="tea"),
        at(90_000, id="f", crop="tea"),
    ]
    found = validate(known_places(table(*rows), study=area(), crops=CROPS), land(), crops=CROPS)
    by_crop = found.confusion.set_index(["crop", "at_least"])
    assert by_crop.loc[("fig", "S2")].tolist() == [1, 1, 1, 1, 0]
    assert by_crop.loc[("tea", "S3")].tolist() == [1, 0, 0, 0, 1]
    assert found.not_judged == 1
    assert found.without_absence == ("tea",)
    assert len(found.notes) == 2


def test_a_dem_in_degrees_gives_the_same_answer():
    dem = land().rio.reproject("EPSG:4326")
    projected, geographic = (judged(at(700), at(2300, id="b"), dem=one) for one in (land(), dem))
    assert projected["class"].tolist() == geographic["class"].tolist() == ["S1", "N"]
    assert geographic["land_km2"].tolist() == pytest.approx(projected["land_km2"].tolist(), rel=0.02)


def test_land_without_a_height_has_no_class():
    heights = land()
    heights.values[:, : SIDE // 2] = np.nan
    row = judged(county(), dem=heights).iloc[0]
    assert row["land_km2"] == pytest.approx(HALF_KM2, rel=0.002)


@settings(deadline=None, max_examples=25)
@given(
    places=st.lists(
        st.tuples(st.floats(-2000, 5000), st.floats(20, 900), st.sampled_from(["present", "absent"])),
        min_size=1,
        max_size=8,
    ),
    share=st.floats(0.01, 1.0),
)
def test_every_row_is_counted_once_and_its_areas_sum_to_its_land(places, share):
    rows = [at(x, id=str(k), uncertainty_m=r, presence=p) for k, (x, r, p) in enumerate(places)]
    found = validate(known_places(table(*rows), study=area(), crops=CROPS), land(), crops=CROPS, least_share=share)
    counts = found.confusion.iloc[:, 2:].sum(axis=1)
    assert counts.eq(len(rows)).all()
    parts = found.places[["S1_km2", "S2_km2", "S3_km2", "N_km2"]].sum(axis=1)
    assert parts.tolist() == pytest.approx(found.places["land_km2"].tolist())
    wider = found.confusion.set_index("at_least")["present_suitable"]
    assert wider["S3"] >= wider["S2"]


def test_the_given_rows_and_the_dem_are_not_changed():
    rows, dem = table(at(700)), land()
    before, heights = rows.copy(deep=True), dem.copy(deep=True)
    places = known_places(rows, study=area(), crops=CROPS)
    kept = places.copy(deep=True)
    validate(places, dem, crops=CROPS)
    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_frame_equal(places, kept)
    np.testing.assert_array_equal(dem.values, heights.values)


# ---- rows in Chinese, and rows that are refused --------------------------------------------------------------------


def test_headings_and_words_may_be_chinese():
    lon, lat = degrees(700, 1500)
    chinese = {"作物": "无花果", "地点": "某地", "类型": "点", "经度": str(lon), "纬度 （°）": str(lat)}
    chinese |= {"半径（米）": "200", "有无": "无", "面积（万亩）": "", "年份": "2021", "来源": "此处", "把握": "高"}
    chinese |= {"海拔下限(m)": "400", "最高海拔": "900"}
    found = known_places(pd.DataFrame([chinese]), study=area(), crops=CROPS).iloc[0]
    assert (found["crop"], found["kind"], found["presence"], found["confidence"]) == ("fig", "point", "absent", "high")
    assert (found["low_m"], found["high_m"], found["year"], found["uncertainty_m"]) == (400, 900, 2021, 200)


def test_headings_that_mean_nothing_are_named_in_a_note():
    places = known_places(table(at(700, 面积=3)), study=area(), crops=CROPS)
    assert places.attrs["unused"] == ("面积",)
    assert any("面积" in note for note in validate(places, land(), crops=CROPS).notes)


BAD = [
    ({"crop": "ornage"}, ("crop is 'ornage'", "fig")),
    ({"crop": ""}, ("crop is ''",)),
    ({"kind": "spot"}, ("kind is 'spot'", "point, area, county, belt")),
    ({"presence": "maybe"}, ("presence is 'maybe'", "present, absent")),
    ({"presence": ""}, ("presence is ''",)),
    ({"confidence": "sure"}, ("confidence is 'sure'", "high, medium, low")),
    ({"evidence": "hearsay"}, ("evidence is 'hearsay'", "official")),
    ({"source": " "}, ("no source",)),
    ({"lon": None}, ("one of lon and lat", "both")),
    ({"lon": None, "lat": None, "place_zh": "无此地"}, ("no place '无此地'", "lon and lat")),
    ({"lon": None, "lat": None, "place_zh": ""}, ("no place", "place_id")),
    ({"lat": 105.4, "lon": 28.1}, ("longitude first",)),
    ({"uncertainty_m": None}, ("no uncertainty_m", "radius")),
    ({"uncertainty_m": 0}, ("uncertainty_m is 0",)),
    ({"uncertainty_m": -5}, ("uncertainty_m of row 2 is -5", "zero or more")),
    ({"uncertainty_m": "1 km"}, ("uncertainty_m of row 2 is '1 km'",)),
    ({"low_m": 900, "high_m": 700}, ("low_m is 900 and high_m 700",)),
    ({"low_m": "七百"}, ("low_m of row 2 is '七百'",)),
    ({"extent_wanmu": "4 万"}, ("extent_wanmu of row 2",)),
    ({"extent_wanmu": "inf"}, ("finite",)),
    ({"extent_wanmu": 1, "extent_mu": 10000}, ("leave one empty",)),
    ({"presence": "absent", "extent_wanmu": 2}, ("absent with extent_wanmu 2", "present")),
    ({"year": 21}, ("year is 21", "2021")),
    ({"year": 2021.5}, ("year is 2021.5",)),
    ({"county": "圆县"}, ("county is '圆县'", "方县")),
    ({"lon": 110.0, "county": "方县"}, ("no land within 200 m", "方县")),
    ({"kind": "belt", "uncertainty_m": None}, ("no uncertainty_m", "width")),
]


@pytest.mark.parametrize(("change", "said"), BAD, ids=[str(change) for change, _ in BAD])
def test_a_bad_row_is_refused_with_its_number_and_the_cure(change, said):
    with pytest.raises(DataError) as refused:
        known_places(table(at(700), {**at(700), **change}), study=area(), crops=CROPS)
    text = str(refused.value)
    assert "row 2" in text
    assert "\n" not in text
    assert all(part in text for part in said), text


def test_a_belt_needs_a_river():
    row = county(kind="belt", uncertainty_m=500)
    with pytest.raises(DataError, match="row 1: kind is 'belt', but the study names no river"):
        known_places(table(row), study=area(river=False), crops=CROPS)


def test_an_id_stands_once():
    with pytest.raises(DataError, match=r"row 3 \(a\): its id stands in row 1 too"):
        known_places(table(at(700, id="a"), at(700, id="b"), at(700, id="a")), study=area(), crops=CROPS)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"crop": ["fig"]}), "lacks the column kind, presence, source"),
        (table(at(700)).assign(作物="茶"), "columns crop, 作物 are all crop"),
    ],
)
def test_a_table_without_what_is_needed_is_refused(frame, said):
    with pytest.raises(DataError, match=said):
        known_places(frame, study=area(), crops=CROPS)


def test_options_out_of_range_are_refused():
    places = known_places(table(at(700)), study=area(), crops=CROPS)
    for share in (0, -0.1, 1.1, math.nan):
        with pytest.raises(ParameterError, match="least_share"):
            validate(places, land(), crops=CROPS, least_share=share)
    with pytest.raises(ParameterError, match="at_least is 'S1'"):
        validate(places, land(), crops=CROPS, at_least="S1")
    with pytest.raises(ParameterError, match="no known place is of tea; there are some of: fig"):
        validate(places, land(), crops=CROPS[1:])


def test_irrigation_never_makes_a_place_worse_and_is_counted():
    """In the dry valley the rain alone holds oranges back."""
    orange = next(crop for crop in study_crops(load_study()) if crop.id == "orange")
    dem = land(west=500, east=500)
    row = at(700, crop="orange")
    places = known_places(table(row), study=area(), crops=[orange])
    rainfed, irrigated = (
        validate(places, dem, crops=[orange], management=name).places.iloc[0] for name in ("rainfed", "irrigated")
    )
    assert rainfed["irrigation_km2"] == 0
    assert irrigated["share_S2"] >= rainfed["share_S2"]
    assert irrigated["irrigation_km2"] <= irrigated[["S1_km2", "S2_km2", "S3_km2"]].sum() * (1 + 1e-9)
    with pytest.raises(ParameterError, match="survival"):
        validate(known_places(table(at(700)), study=area(), crops=CROPS), land(), crops=CROPS, management="irrigated")


def test_a_raster_of_climate_overrules_the_climate_file():
    orange = next(crop for crop in study_crops(load_study()) if crop.id == "orange")
    dem = land(west=500, east=500)
    places = known_places(table(at(700, crop="orange")), study=area(), crops=[orange])
    cold = rasters.raster(np.full((SIDE, SIDE), 5.0), cell=CELL)
    row = validate(places, dem, crops=[orange], layers={"mean_temperature": cold}).places.iloc[0]
    assert (row["class"], row["reason"], row["verdict"]) == ("N", "annual mean temperature", "miss")
    with pytest.raises(ParameterError, match="soil_none"):
        validate(places, dem, crops=[orange], layers={"soil_none": cold})


def test_a_dem_that_no_place_meets_is_refused():
    found = validate(known_places(table(at(90_000)), study=area(), crops=CROPS), land(), crops=CROPS)
    with pytest.raises(DataError, match=r"no known place has land on dem\.tif"):
        refuse_off_the_dem(found, "dem.tif")


# ---- files ---------------------------------------------------------------------------------------------------------


def test_texts_that_a_spreadsheet_would_run_are_disarmed(tmp_path):
    found = validate(
        known_places(table(at(700, place_zh="=cmd|' /C calc'!A0")), study=area(), crops=CROPS), land(), crops=CROPS
    )
    places, counts = write_validation(found, tmp_path / "out")
    assert "'=cmd|' /C calc'!A0" in places.read_text(encoding="utf-8")
    assert pd.read_csv(counts)["present_suitable"].tolist() == [1, 1]
    assert [path.name for path in (places, counts)] == ["known_places.csv", "confusion.csv"]


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    found = validate(known_places(table(at(700)), study=area(), crops=CROPS), land(), crops=CROPS)
    with pytest.raises(OutputError):
        write_validation(found, tmp_path / "out")


def test_what_was_written_can_be_given_again(tmp_path):
    found = validate(known_places(table(at(700), county(id="b")), study=area(), crops=CROPS), land(), crops=CROPS)
    path, _ = write_validation(found, tmp_path)
    again = load_known_places(path, study=area(), crops=CROPS)
    assert again["crop"].tolist() == ["fig", "fig"]
    assert again["id"].tolist() == ["1", "b"]


# ---- the embedded table --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedded() -> gpd.GeoDataFrame:
    study = load_study()
    return load_known_places(study.files["known_places"], study=study, crops=study_crops(study))


def test_every_embedded_row_says_who_knows_it_and_how_sure(embedded):
    assert embedded["source"].str.len().min() > 20
    assert embedded["confidence"].ne("").all()
    assert embedded["evidence"].ne("").all()
    assert embedded["place_en"].ne("").all()


def test_no_embedded_row_has_a_coordinate_of_its_own():
    raw = read_table(data_file("validation/known_places.csv"), what="known places")
    assert not {"lon", "lat"} & set(raw)
    assert raw.loc[raw["kind"].isin(["point", "area"]), "place_id"].ne("").all()


def test_every_crop_of_the_plan_is_known_somewhere_and_oranges_known_absent(embedded):
    present = set(embedded.loc[embedded["presence"] == "present", "crop"])
    assert {crop.id for crop in crops_with_target(load_study())} <= present
    absent = embedded[(embedded["presence"] == "absent") & (embedded["crop"] == "orange")]
    assert {"摩尼镇", "分水镇"} <= set(absent["place_zh"])


def test_extents_of_the_plan_are_those_of_its_items(embedded):
    study = load_study()
    belts = {belt.crop: belt for belt in fruit_belts(study.plan)}
    for name, item in (("orange", "F-26"), ("plum", "F-27"), ("kiwifruit", "F-28")):
        row = embedded.set_index("id").loc[f"{name}-base"]
        assert row["extent_wanmu"] == study.plan.item(item).quantities[0].value
        low, high = belts[name].low_m, belts[name].high_m
        assert (row["low_m"] == low) or (np.isnan(row["low_m"]) and low is None)
        assert row["high_m"] == high


# ---- the command ---------------------------------------------------------------------------------------------------

FIG = """
id = "fig"
name_en = "fig"
name_zh = "无花果"
kind = "orchard"
[[criterion]]
id = "elevation"
unit = "m"
weight = 1
points = [-500, -400, 600, 800]
high = { S1 = 600, S2 = 700, S3 = 800 }
"""


@pytest.fixture
def work(tmp_path) -> Path:
    """Return a folder with a DEM near Mati at 500 and 1,000 m, a crop, and two rows, one in each half."""
    dem = land()
    write_cog(dem, tmp_path / "dem.tif", nodata=-9999.0)
    (tmp_path / "fig.toml").write_text(FIG, encoding="utf-8")
    write_csv(table(at(700, id="west"), at(2300, id="east", presence="absent")), tmp_path / "mine.csv", digits=9)
    return tmp_path


def arguments(work: Path, *more: str) -> list[str]:
    files = ["--dem", str(work / "dem.tif"), "--places", str(work / "mine.csv"), "--crop", str(work / "fig.toml")]
    return ["validate", *files, *more]


def test_the_command_writes_two_tables_and_prints_them(work, capsys):
    assert main(arguments(work, "--out", str(work / "out"))) == 0
    told = capsys.readouterr()
    assert "present_suitable" in told.out
    rows = pd.read_csv(work / "out" / "known_places.csv").set_index("id")
    assert rows["verdict"].to_dict() == {"west": "hit", "east": "hit"}
    counts = pd.read_csv(work / "out" / "confusion.csv")
    assert counts.iloc[:, 2:].values.tolist() == [[1, 0, 0, 1, 0]] * 2


def test_a_miss_is_no_error(work):
    write_csv(table(at(2300)), work / "mine.csv", digits=9)
    assert main(arguments(work)) == 0


def test_places_of_the_study_are_added_if_asked(work, capsys):
    own = work / "study"
    assert main(["init", str(own)]) == 0
    counties = area().counties
    counties.to_file(own / "counties.geojson")
    shutil.copy(work / "fig.toml", own / "fig.toml")
    write_csv(table(at(800, id="west", source="older"), at(900, id="theirs")), own / "known.csv", digits=9)
    record = (own / "study.toml").read_text(encoding="utf-8")
    record = record.replace('# crops = ["crops/tea.toml"]', 'crops = ["fig.toml"]')
    record = record.replace('# known_places = "known_places.csv"', 'known_places = "known.csv"')
    (own / "study.toml").write_text(record, encoding="utf-8")
    given = ["validate", "--study", str(own), "--dem", str(work / "dem.tif")]
    for more, ids in (
        ([], ["west", "theirs"]),
        (["--places", str(work / "mine.csv")], ["west", "east"]),
        (["--places", str(work / "mine.csv"), "--add"], ["west", "east", "theirs"]),
    ):
        assert main([*given, *more, "--out", str(work / "out")]) == 0, capsys.readouterr().err
        rows = pd.read_csv(work / "out" / "known_places.csv").set_index("id")
        assert rows.index.tolist() == ids
    assert rows.loc["west", "source"] == "made here"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--add"], "--add is set, but has no effect without --places"),
        (["--places", "none.csv"], "none.csv"),
        (["--least-share", "0"], "least_share is 0"),
        (["--crop", "ornage"], "ornage"),
        (["--layer", "soil=none.tif"], "soil"),
        (["--layer", "soil_ph"], "NAME=VALUE"),
    ],
)
def test_bad_arguments_end_in_one_line(more, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["validate", *more]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.strip().splitlines()) == 1


def test_a_study_without_known_places_says_so(tmp_path, capsys):
    folder = second_study.write_study(tmp_path / "study", bare=False)
    dem = second_study.write_dem(tmp_path / "dem.tif")
    assert main(["validate", "--study", str(folder), "--dem", str(dem)]) == 2
    assert "names no known_places; give some with --places FILE" in capsys.readouterr().err


def test_a_table_with_a_bad_row_ends_in_one_line_that_names_file_and_row(work, capsys):
    write_csv(table(at(700), at(700, kind="spot")), work / "mine.csv", digits=9)
    assert main(arguments(work, "--out", str(work / "out"))) == 2
    told = capsys.readouterr().err
    assert "mine.csv: row 2" in told
    assert len(told.strip().splitlines()) == 1
    assert not (work / "out").exists()


# ---- the page ------------------------------------------------------------------------------------------------------

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> tuple[Path, Path]:
    """Return a study of another county with three known places, one of hostile text, and its DEM."""
    tmp_path = tmp_path_factory.mktemp("validation")
    folder = second_study.write_study(tmp_path / "study", bare=False)
    rows = [
        {"id": "a", "crop": "茶", "place_zh": HOSTILE, "place_id": "seat", "kind": "area", "uncertainty_m": 4000},
        {"id": "b", "crop": "tea", "place_zh": "江湾镇", "kind": "area", "uncertainty_m": 3000, "presence": "absent"},
        {"id": "c", "crop": "tea", "place_en": "the county", "kind": "county", "year": 2024, "extent_wanmu": 3},
    ]
    frame = pd.DataFrame([{"presence": "present", "source": HOSTILE, **row} for row in rows])
    frame.to_csv(folder / "known.csv", index=False)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace("census =", 'known_places = "known.csv"\ncensus ='), "utf-8")
    return folder, second_study.write_dem(tmp_path / "dem.tif")


def atlas_of(study: Path, dem: Path, lang: str) -> object:
    return prepare(
        study=study,
        dem=[dem],
        roads=None,
        noding="vertices",
        boundaries=None,
        assume_datum=None,
        layers=(),
        rasters={},
        population=None,
        crops=(),
        resolution=1000,
        lang=lang,
        public=lang == "en",
    )


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", ("混淆矩阵", "等级由最差因子决定")), ("en", ("Confusion tables", "class from the worst factor"))],
)
def test_the_page_shows_every_row_in_its_language_and_escapes_what_is_in_it(other, lang, said, tmp_path):
    atlas = atlas_of(*other, lang)
    assert page_module.FILE in {entry.file for entry in atlas.pages}
    (made,) = page_module.make(atlas)
    html = made.page.html()
    assert "<script>alert('x')" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert" in html
    assert all(text in html for text in said)
    assert ("Jiangwan" if lang == "en" else "江湾镇") in html
    assert "the county" in html
    assert len(made.figures) == 1
    assert str(made.figures[0].value).endswith("/ 3")


def test_a_study_without_known_places_has_no_such_page(tmp_path):
    folder = second_study.write_study(tmp_path / "study", bare=False)
    atlas = atlas_of(folder, second_study.write_dem(tmp_path / "dem.tif"), "zh")
    entry = next(entry for entry in atlas.contents if entry.file == page_module.FILE)
    assert entry.lacks == ("没有已知产地表", "the study names no known places")


def test_the_confusion_of_no_rows_is_an_empty_table():
    empty = pd.DataFrame({"crop": [], "presence": [], "class": []})
    assert confusion(empty).empty
    assert json.loads(confusion(empty).to_json()) is not None
