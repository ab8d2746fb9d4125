"""The gazetteer and the layers built from it."""

import math
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import Geod

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import EVIDENCE, data_file, read_vector
from nanyi_gis.plan import (
    find_place,
    fruit_belts,
    liquor_clusters,
    load_aliases,
    load_places,
    load_plan,
    located,
    of_kind,
    red_sites,
    uncertainty_circles,
    unlocated,
    wellness,
)

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="module")
def places() -> gpd.GeoDataFrame:
    return load_places()


def test_townships(places: gpd.GeoDataFrame) -> None:
    townships = of_kind(places, "township")
    assert townships["county"].value_counts().to_dict() == {"叙永": 23, "古蔺": 23}
    assert townships["code"].str.fullmatch(r"51052[45]\d{3}").all()
    assert townships["code"].is_unique
    parent = townships["county"].map({"叙永": "510524", "古蔺": "510525"})
    assert (townships["code"].str[:6] == parent).all()
    assert unlocated(townships)["name_zh"].tolist() == ["东新镇"]
    assert set(places.loc[places["code"].ne(""), "kind"]) == {("township",)}


def test_english_names_of_townships(places: gpd.GeoDataFrame) -> None:
    names = of_kind(places, "township").set_index("name_zh")["name_en"]
    assert names["枧槽苗族乡"] == "Jiancao Miao Township"
    assert names["石厢子彝族乡"] == "Shixiangzi Yi Township"
    assert names["金兰街道"] == "Jinlan Subdistrict"
    assert names["叙永镇"] == "Xuyong Town"
    assert names.str.isascii().all()


def test_the_two_streets_of_the_county_seat_share_one_point(places: gpd.GeoDataFrame) -> None:
    streets = places.set_index("name_zh").loc[["彰德街道", "金兰街道"]]
    assert streets["lon"].nunique() == streets["lat"].nunique() == 1
    assert streets["uncertainty_m"].tolist() == [800, 2000]


def test_rows_are_complete(places: gpd.GeoDataFrame) -> None:
    assert len(places) == 154
    assert places["id"].is_unique
    assert places["evidence"].isin(EVIDENCE).all()
    assert places["licence"].ne("").all()
    assert places["as_of"].ne("").all()
    assert (places["located"] == ~places.geometry.is_empty).all()
    assert places.loc[places["located"], "uncertainty_m"].gt(0).all()
    assert places.crs.to_epsg() == 4544
    known = {item.id for item in load_plan().items}
    assert all(set(numbers) <= known for numbers in places["plan_ids"])


def test_evidence_follows_the_source(places: gpd.GeoDataFrame) -> None:
    rows = places.set_index("id")
    osm = rows[rows["source"].str.startswith("OpenStreetMap")]
    assert set(osm["evidence"]) == {"digitised"}
    assert set(osm["licence"]) == {"ODbL-1.0"}
    own = rows[rows["source"].str.startswith("own knowledge")]
    assert set(own["evidence"]) == {"schematic"}
    tripoints = of_kind(places, "tripoint")
    assert set(tripoints["evidence"]) == {"derived"}
    assert rows.loc[rows["representative"], "evidence"].isin(["schematic", "derived"]).all()


def test_what_public_maps_must_not_show(places: gpd.GeoDataFrame) -> None:
    hidden = set(places.loc[~places["public"], "id"])
    assert hidden == {
        "gulin-airport",
        "yongning-reservoir",
        "guankou-reservoir",
        "jinlong-reservoir",
        "jianzhuping-wind",
    }
    assert not places.set_index("id").loc[sorted(hidden), "located"].any()


def test_points_project_as_pyproj_says(places: gpd.GeoDataFrame) -> None:
    back = located(places).to_crs(4326)
    assert abs(back.geometry.x - back["lon"]).max() < 1e-9
    assert abs(back.geometry.y - back["lat"]).max() < 1e-9


def test_jiming_sansheng_is_not_at_shixiangzi(places: gpd.GeoDataFrame) -> None:
    tripoint, town = find_place(places, "tripoint-jiming-sansheng"), find_place(places, "石厢子")
    assert (tripoint["lon"], tripoint["lat"]) == (105.3051, 27.7085)
    distance = Geod(ellps="GRS80").inv(tripoint["lon"], tripoint["lat"], town["lon"], town["lat"])[2]
    assert distance > 10_000


def test_heights(places: gpd.GeoDataFrame) -> None:
    rows = places.set_index("id")
    assert rows.loc["tripoint-jiming-sansheng", "elevation_m"] == 690
    moni = rows.loc["moni-xiancao-lake"]
    assert math.isnan(moni["elevation_m"])
    assert (moni["elevation_min_m"], moni["elevation_max_m"]) == (850, 1500)
    assert (rows["elevation_min_m"].dropna() < rows["elevation_max_m"].dropna()).all()
    # 300 m is the lowest point of the county, which is the river below 太平; the town itself climbs from there
    assert (rows["elevation_of"].ne("") == rows["elevation_m"].notna()).all()
    assert set(rows.index[rows["elevation_of"].eq("river")]) == {
        *("taiping-old-town", "erlang-langjiu", "tripoint-jiming-sansheng"),
    }
    falling = [
        rows.loc[place, "elevation_m"] for place in ("tripoint-jiming-sansheng", "erlang-langjiu", "taiping-old-town")
    ]
    assert falling == sorted(falling, reverse=True)
    assert rows.loc["luohan-forest", "elevation_of"] == "summit"
    assert rows.loc[of_kind(places, "weather_station")["id"], "elevation_of"].eq("point").all()


def test_shixiangzi_is_no_nearer_by_road_than_straight(places: gpd.GeoDataFrame) -> None:
    rows = places.set_index("id")
    seat, site, hall = (rows.loc[name] for name in ("township-510524214", "shixiangzi-site", "shixiangzi-museum"))
    assert (seat["lon"], seat["lat"]) == (site["lon"], site["lat"]) == (hall["lon"], hall["lat"])
    assert (seat["elevation_min_m"], seat["elevation_max_m"]) == (600, 1400)
    geod = Geod(ellps="GRS80")
    for other, road_km in (("township-510524111", 11), ("chahe-viewpoint", 19), ("xuyong-seat", 79)):
        straight = geod.inv(seat["lon"], seat["lat"], rows.loc[other, "lon"], rows.loc[other, "lat"])[2] / 1000
        assert 1.2 < road_km / straight < 2, other
    # the two entries of GeoNames that it is the mean of
    for lon, lat in ((105.41940, 27.79232), (105.42103, 27.79193)):
        assert geod.inv(seat["lon"], seat["lat"], lon, lat)[2] < 100


def test_places_the_plan_names_have_a_record(places: gpd.GeoDataFrame) -> None:
    """川酒, 金美, the culture hall, four county hospitals, two campuses, 永宁河, the canyon."""
    rows = places.set_index("id")
    hospitals = rows[[("W-11" in ids) for ids in rows["plan_ids"]]]
    assert hospitals["county"].value_counts().to_dict() == {"叙永": 2, "古蔺": 2}
    assert hospitals["representative"].all()
    nowhere = ["chuanjiu-distillery", "jinmei-distillery", "campus-gulin", "campus-xuyong", "yongning-river"]
    assert not rows.loc[nowhere, "located"].any()
    assert rows.loc["jiming-sansheng-canyon", "plan_ids"] == ("R-22",)
    assert find_place(places, "川酒")["name_en"] == "Chuanjiu sauce liquor"


def test_circles_have_the_radius_of_the_uncertainty(places: gpd.GeoDataFrame) -> None:
    circles = uncertainty_circles(places)
    assert circles.index.tolist() == located(places).index.tolist()
    radius = (circles.area / math.pi) ** 0.5
    assert (radius / circles["uncertainty_m"]).between(0.998, 1).all()
    with pytest.raises(DataError, match="circles in metres need a projected CRS; use EPSG:4544"):
        uncertainty_circles(places.to_crs(4326))


def test_aliases(places: gpd.GeoDataFrame) -> None:
    aliases = load_aliases()
    assert aliases["alias"].is_unique
    ids = places.set_index("id")
    for row in aliases.itertuples():
        assert ids.loc[row.place_id, "name_zh"] == row.name_zh
        assert row.alias in ids.loc[row.place_id, "aliases"]
    assert find_place(places, "石坝")["name_zh"] == "石厢子彝族乡"
    assert find_place(places, "赤水镇")["county"] == "叙永"
    assert find_place(places, "赤水市")["county"] == "贵州遵义"
    with pytest.raises(ParameterError, match="no place '太平山'; see"):
        find_place(places, "太平山")
    with pytest.raises(ParameterError, match="no place '黄荆'; did you mean"):
        find_place(places, "黄荆")


def test_unknown_kind(places: gpd.GeoDataFrame) -> None:
    with pytest.raises(ParameterError, match="kind is 'castle', but must be one of: airport, bridge"):
        of_kind(places, "castle")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lon": "east"}, "lon of 'xuyong-seat' is 'east', but must be a number or empty"),
        ({"lon": ""}, "'xuyong-seat' is located without both lon and lat"),
        ({"lat": "128.1691"}, "'xuyong-seat' lies outside lon -180..180"),
        ({"located": "yes"}, "located of 'xuyong-seat' is 'yes', but must be true or false"),
        ({"uncertainty_m": "0"}, "'xuyong-seat' is located but has no positive uncertainty_m"),
        ({"evidence": "guessed"}, "'xuyong-seat' has an evidence that is none of"),
        ({"elevation_of": "roof"}, "'xuyong-seat' has an elevation_of that is none of: point, river"),
        ({"elevation_of": "point"}, "'xuyong-seat' has an elevation_of without elevation_m"),
        ({"name_en": ""}, "'xuyong-seat' has no name"),
        ({"id": "gulin-seat"}, "'gulin-seat' is repeated"),
    ],
)
def test_bad_tables_name_the_row(tmp_path: Path, change: dict[str, str], message: str) -> None:
    table = pd.read_csv(data_file("places/places.csv"), dtype=str, keep_default_na=False)
    table.loc[0, list(change)] = list(change.values())
    path = tmp_path / "地点 表.csv"
    table.to_csv(path, index=False)
    with pytest.raises(DataError, match=message):
        load_places(path)


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*absent.csv; check the path"):
        load_places(tmp_path / "absent.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is no table of places"):
        load_places(tmp_path / "bytes.csv")
    (tmp_path / "short.csv").write_text("id,name_zh\n1,a\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks the column name_en"):
        load_places(tmp_path / "short.csv")


def test_liquor_clusters(places: gpd.GeoDataFrame) -> None:
    clusters = liquor_clusters().set_index("id")
    assert clusters.index.tolist() == ["L-02", "L-03", "L-04", "L-09"]
    assert set(clusters["evidence"]) == {"schematic"}
    assert clusters.geometry.isna().tolist() == [False, False, False, True]
    towns = of_kind(places, "township").set_index("name_zh")
    counties = read_vector(data_file("boundaries/counties.geojson")).to_crs(4544)
    outlines = dict(zip(counties["name_zh"].str[:2], counties.geometry, strict=True))
    for row in clusters[clusters["located"]].itertuples():
        for name in row.townships.split(";"):
            seat = towns.loc[name]
            assert seat["county"] == row.county
            assert row.geometry.covers(seat.geometry)
            disc = seat.geometry.buffer(1990).intersection(outlines[row.county])
            assert row.geometry.buffer(1e-6).covers(disc), name
        assert row.geometry.difference(outlines[row.county]).area < 1
    # a single township is a disc of the margin, here whole within the county
    assert clusters.loc["L-03"].geometry.area == pytest.approx(math.pi * 2000**2, rel=3e-3)
    with pytest.raises(ParameterError, match="margin_m is 0, but must be above zero"):
        liquor_clusters(margin_m=0)


def test_wellness() -> None:
    cores, points = wellness()
    assert cores["county"].tolist() == ["叙永;古蔺", "叙永;古蔺"]
    assert not cores.geometry.iloc[0].intersects(cores.geometry.iloc[1])
    assert points["listed_in"].value_counts().to_dict() == {"多点;项目": 4, "多点": 2, "项目": 2}
    assert points.loc[~points["located"], "name_zh"].tolist() == ["丹山玉皇观"]
    assert points.geometry.is_empty.tolist() == (~points["located"]).tolist()


def test_red_sites() -> None:
    sites = red_sites().set_index("id")
    assert {"taiping-old-town", "erlang-langjiu", "shixiangzi-site", "tripoint-jiming-sansheng"} <= set(sites.index)
    assert not sites.loc["xueshan-pass", "located"]


def test_fruit_belts_meet_without_a_gap() -> None:
    low, middle, high = fruit_belts()
    assert low.low_m is None
    assert (low.high_m, middle.high_m) == (middle.low_m, high.low_m) == (700, 900)
    assert high.high_m == 1200
    assert (low.plan_id, low.target_ids) == ("F-24", ("F-26", "F-29"))


@pytest.mark.shared
def test_nothing_of_the_gazetteer_is_lost_or_moved(places: gpd.GeoDataFrame) -> None:
    path = SHARED / "domain" / "gazetteer.csv"
    if not path.exists():
        pytest.skip("../shared/domain/gazetteer.csv is absent")
    source = pd.read_csv(path)
    added = len(places) - len(source)
    assert added == 11
    old = places.iloc[: len(source)]
    names = source["name_zh"].str.replace("(代表点)", "", regex=False)
    assert names.tolist() == old["name_zh"].tolist()
    kept = ~old["name_zh"].str.startswith("石厢子").to_numpy()  # placed anew
    assert kept.sum() == len(old) - 2
    for ours, theirs in (("lon", "lon_wgs84"), ("lat", "lat_wgs84"), ("uncertainty_m", "uncertainty_m")):
        pd.testing.assert_series_equal(old.loc[kept, ours], source.loc[kept, theirs].astype(float), check_names=False)
