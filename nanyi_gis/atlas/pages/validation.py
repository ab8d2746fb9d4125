"""The page of known places: what the model says where crops are known to grow, and where they are known not to."""

from typing import Any

import geopandas as gpd
import pandas as pd

from ... import suitability, targets
from ...io import read_provenance
from ...webmap import Page, slug
from ..context import Atlas
from ..entry import VALIDATION, Entry
from ..figures import Figure
from ..known import lacking, place_names, verdict_word
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture

FILE = VALIDATION
_HIT, _MISS, _GREY = "#1e826e", "#b40028", "#b4bec8"
_WORST_FIRST = (targets.MISS, targets.NOT_JUDGED, targets.HIT)
_MARK_COLUMNS = [
    *("crop", "verdict", "style", "name", "known", "model", "judged", "source", "as_of", "uncertainty_m"),
    *("lon", "lat"),
]
_COLOURS = {targets.HIT: _HIT, targets.MISS: _MISS, targets.NOT_JUDGED: _GREY}


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    return [
        Entry(file=FILE, zh="与已知产地核对", en="Known places", group="safeguards", order=50.0, lacks=lacking(atlas))
    ]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page of known places."""
    found = atlas.validation
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say("模型等级与已知种植情况的对照", "The model's classes against where crops are known to grow"),
        sources=_sources(atlas),
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    marks = _marks(atlas, found.places)
    _add_marks(page, atlas, marks)
    page.add_text(atlas.say("怎样核对", "How it is judged"), _method(atlas))
    _add_confusion(page, atlas, found.confusion)
    for crop in _crops(atlas, found.places):
        own = found.places[found.places["crop"] == crop.id]
        table = _table(atlas, own)
        page.add_table(
            atlas.say(crop.name_zh, crop.name_en) + atlas.say("：逐处核对", ": place by place"),
            table,
            hints=table.attrs["hints"],
            digits={_share(atlas): 0, _extent(atlas): 2},
        )
    if found.notes:
        page.add_text(atlas.say("提示", "Mind"), _notes(atlas, found))
    return [
        AtlasPage(
            file=FILE,
            title=page.title,
            summary=atlas.say(
                "各作物已知产地与不产之地：模型给出的等级、限制因子、是否相符，及混淆矩阵。",
                "Where each crop grows and does not: the model's class and its reason, hit or miss, confusion tables.",
            ),
            page=page,
            thumbnail=small_picture(
                atlas,
                points=[
                    (marks.loc[marks["verdict"] == verdict].geometry, colour)
                    for verdict, colour in _COLOURS.items()
                    if marks["verdict"].eq(verdict).any()
                ],
            ),
            figures=_figures(atlas, found),
        )
    ]


def _crops(atlas: Atlas, places: pd.DataFrame) -> list[suitability.Crop]:
    return [crop for crop in atlas.crops if places["crop"].eq(crop.id).any()]


def _sources(atlas: Atlas) -> list[str]:
    text = atlas.say("已知产地: 各行自有来源，见表；", "Known places: each row names its source, see the tables; ")
    if atlas.folder is None:
        text += atlas.said(read_provenance(atlas.study.files["known_places"]).source)
    return [text.rstrip("；; ")]


def _method(atlas: Atlas) -> list[str]:
    percent = f"{targets.LEAST_SHARE:.0%}"
    return [
        atlas.say(
            "某地（驻地周围、县、或沿岸带，限于所列海拔）内 S1 与 S2 土地达到公布面积即为适宜；"
            f"未公布面积的，达到该地土地的 {percent} 即为适宜。",
            "A place (land around a seat, a county, or a belt along the bank, between the heights given) is suitable "
            "if it holds as much S1 and S2 land as is published; "
            f"where no extent is published, if {percent} of its land is.",
        ),
        atlas.say(
            "已知有种植而模型适宜、或已知不种而模型不适宜，为“相符”；否则为“不符”。不符是模型的缺陷，不作调整，如实列出。",
            "A hit is a place where the crop grows and the model says suitable, or where it does not and the model "
            "says not. A miss is a fault of the model (or of the terrain); it is shown, and no row was chosen "
            "by the result.",
        ),
        atlas.say(
            "地点多以乡镇驻地代表，以其周围一定半径的土地计；同一驻地可有数行。",
            "Most places stand at the seat of their township, with a radius around it; a seat may have several rows.",
        ),
    ]


def _marks(atlas: Atlas, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a mark for each crop, position and presence: rows at one seat share it, the worst verdict colours it."""
    own = places[places["lon"].notna()]
    rows = []
    for (crop, lon, lat, presence), group in own.groupby(["crop", "lon", "lat", "presence"], sort=False):
        verdict = next(word for word in _WORST_FIRST if group["verdict"].eq(word).any())
        rows.append(
            {
                "crop": crop,
                "verdict": verdict,
                "style": f"{presence} {verdict}",
                "name": " / ".join(place_names(atlas, group)),
                "known": _presence(atlas, str(presence)),
                "model": " / ".join(_model(atlas, row) for row in group.to_dict("records")),
                "judged": " / ".join(verdict_word(atlas, word) for word in group["verdict"]),
                "source": " / ".join(dict.fromkeys(group["source"])),
                "as_of": " / ".join(filter(None, dict.fromkeys(group["year"].map(_year)))),
                "uncertainty_m": float(group["uncertainty_m"].max()),
                "lon": lon,
                "lat": lat,
            }
        )
    rows.sort(key=lambda row: row["style"])  # absent first, so that a circle lies on the triangle of the same seat
    table = pd.DataFrame(rows, columns=_MARK_COLUMNS)
    points = gpd.GeoSeries(gpd.points_from_xy(table.pop("lon"), table.pop("lat")), crs="EPSG:4326")
    return atlas.coarsened(gpd.GeoDataFrame(table, geometry=points.to_crs(atlas.study.crs)))


def _add_marks(page: Page, atlas: Atlas, marks: gpd.GeoDataFrame) -> None:
    """Add a layer for each crop: colour for hit or miss, a triangle where the crop does not grow."""
    styles = {
        f"{presence} {verdict}": {
            "color": colour,
            "shape": "circle" if presence == "present" else "triangle",
            "radius": 6 if presence == "present" else 12,
            "label": f"{_presence(atlas, presence)} · {verdict_word(atlas, verdict)}",
        }
        for presence in targets.PRESENCE
        for verdict, colour in _COLOURS.items()
    }
    for number, crop in enumerate(crop for crop in atlas.crops if marks["crop"].eq(crop.id).any()):
        own = marks[marks["crop"] == crop.id].drop(columns="verdict")
        page.add_points(
            atlas.say(crop.name_zh, crop.name_en),
            own,
            label="name",
            popup=[
                ("name", atlas.say("地点", "Place")),
                ("known", atlas.say("已知", "Known")),
                ("model", atlas.say("模型", "Model")),
                ("judged", atlas.say("核对", "Check")),
            ],
            uncertainty="uncertainty_m",
            style_by="style",
            styles={name: style for name, style in styles.items() if own["style"].eq(name).any()},
            shown=number == 0,
            group=atlas.say("已知产地", "Known places"),
            exclusive=True,
            key=f"known_{slug(crop.id, default=str(number))}",
        )


def _add_confusion(page: Page, atlas: Atlas, confusion: pd.DataFrame) -> None:
    names = {crop.id: atlas.say(crop.name_zh, crop.name_en) for crop in atlas.crops}
    page.add_table(
        atlas.say("混淆矩阵", "Confusion tables"),
        confusion.assign(crop=confusion["crop"].map(names)),
        columns={
            "crop": atlas.say("作物", "Crop"),
            "at_least": atlas.say("适宜指", "Suitable is at least"),
            "present_suitable": atlas.say("种·宜", "grows: suitable"),
            "present_unsuitable": atlas.say("种·不宜", "grows: not"),
            "absent_suitable": atlas.say("不种·宜", "absent: suitable"),
            "absent_unsuitable": atlas.say("不种·不宜", "absent: not"),
            "not_judged": atlas.say("未判", "not judged"),
        },
        digits=dict.fromkeys(confusion.columns[2:], 0),
        note=atlas.say(
            "“种”指已知有种植，“宜”指模型适宜。每种作物两行：以 S3 及以上、以 S2 及以上为适宜。",
            "Known (grows, absent) against the model (suitable, not). Two rows a crop: suitable from S3 on, "
            "and from S2 on.",
        ),
    )


def _table(atlas: Atlas, places: pd.DataFrame) -> pd.DataFrame:
    """Return the rows for a reader: place, what is known and published, class with its reason, hit or miss, source."""
    rows = [
        (
            name,
            _presence(atlas, row["presence"]),
            verdict_word(atlas, row["verdict"]),
            _model(atlas, row),
            row["extent_wanmu"],
            row["share_S2"] * 100,
            _year(row["year"]),
            _confidence(atlas, row["confidence"]),
            atlas.said(row["source"]),
        )
        for name, row in zip(place_names(atlas, places), places.to_dict("records"), strict=True)
    ]
    head = [
        atlas.say("地点", "Place"),
        atlas.say("已知", "Known"),
        atlas.say("核对", "Check"),
        atlas.say("模型等级与原因", "The model's class and why"),
        _extent(atlas),
        _share(atlas),
        atlas.say("年份", "Year"),
        atlas.say("把握", "How sure"),
        atlas.say("来源", "Source"),
    ]
    table = pd.DataFrame(rows, columns=head)
    table.attrs["hints"] = {head[-1]: list(places["source"].astype(str))}
    return table


def _share(atlas: Atlas) -> str:
    return atlas.say("S1+S2 占比 %", "S1+S2 %")


def _extent(atlas: Atlas) -> str:
    return atlas.say("公布面积（万亩）", "Published extent (10,000 mu)")


def _model(atlas: Atlas, row: dict[Any, Any]) -> str:
    """Return the class in words, with the factor that gives it."""
    reason = atlas.say(row["reason_zh"], row["reason"])
    if not row["class"]:
        return reason
    grades = suitability.CLASSES if atlas.lang == "en" else suitability.CLASSES_ZH
    letters = {letter: grades[code] for code, letter in suitability.CLASS_LETTERS.items()}
    told = letters[row["class"]]
    if row["asked_km2"] > row["land_km2"]:
        told += atlas.say(f"：{reason}", f": {reason}")
    elif reason:
        told += atlas.say(f"：等级由最差因子决定，主要是{reason}", f": class from the worst factor, mostly {reason}")
    suitable = row["share_S3"] * row["land_km2"]
    if row["irrigation_km2"] > 0 and row["class"] != "N":
        dry = row["irrigation_km2"] / suitable
        told += atlas.say(f"；S1–S3 土地的 {dry:.0%} 需灌溉", f"; {dry:.0%} of its S1 to S3 land needs irrigation")
    return told


def _presence(atlas: Atlas, presence: str) -> str:
    return atlas.say("有种植", "grows") if presence == "present" else atlas.say("不种", "does not grow")


def _confidence(atlas: Atlas, confidence: str) -> str:
    words = {"high": ("高", "high"), "medium": ("中", "medium"), "low": ("低", "low")}
    return atlas.say(*words[confidence]) if confidence else ""


def _year(year: float) -> str:
    return "" if year != year else f"{year:.0f}"


def _notes(atlas: Atlas, found: targets.Validation) -> list[str]:
    """Return what the rows cannot tell, in the language of the atlas."""
    names = {crop.id: atlas.say(crop.name_zh, crop.name_en) for crop in atlas.crops}
    lines = []
    if found.not_judged:
        lines.append(
            atlas.say(
                f"{found.not_judged} 处在此高程数据上没有所列海拔的土地，或不全在其范围内，未判。",
                f"{found.not_judged} places have no land between their heights on this DEM, or lie partly off it, "
                "and are not judged.",
            )
        )
    if found.without_absence:
        crops = [names[crop] for crop in found.without_absence]
        lines.append(
            atlas.say(
                f"{'、'.join(crops)}：没有“已知不种”的记录，模型偏宽时看不出来。",
                f"{', '.join(crops)}: no place is known where they do not grow, so too wide a model would not show.",
            )
        )
    return lines


def _figures(atlas: Atlas, found: targets.Validation) -> tuple[Figure, ...]:
    names = {crop.id: atlas.say(crop.name_zh, crop.name_en) for crop in atlas.crops}
    figures = []
    for crop, own in found.places.groupby("crop", sort=False):
        judged = own[own["verdict"] != targets.NOT_JUDGED]
        figures.append(
            Figure(
                page=FILE,
                name=names[crop] + atlas.say("：与已知相符的地点", ": places that agree with what is known"),
                value=f"{int(judged['verdict'].eq(targets.HIT).sum())} / {len(judged)}",
                unit="",
                clause="",
                method=atlas.say("限制因子法与已知产地对照", "limiting conditions (FAO 1976) against known places")
                + f", {atlas.terrain_name}",
                evidence=atlas.terrain_evidence,
            )
        )
    return tuple(figures)
