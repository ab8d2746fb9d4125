"""The elevation-band page: bands, hypsometric curve, areas by county and band."""

from typing import Any

from ...colours import hex_colour
from ...units import km2_to_wanmu
from ...webmap import charts
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..imagery import coloured
from ..links import item_words, links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_heights, add_relief, add_seats, shell, small_picture

ENTRY = Entry(file="bands.html", zh="高程分带", en="Elevation bands", group="forest_fruit", order=0)


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the elevation-band page."""
    page = shell(
        atlas,
        file=ENTRY.file,
        subtitle=_subtitle(atlas),
        sources=[
            atlas.say(
                "分带: 含下界不含上界；面积为格网单元的椭球面积，单元按中心点归县",
                "Bands include their lower edge; areas are ellipsoidal areas of cells, assigned to counties by centre",
            )
        ],
    )
    add_relief(page, atlas)
    palette = atlas.band_palette
    names = band_names(atlas)
    bands = add_classes(
        page,
        atlas,
        atlas.say("高程分带", "Elevation bands"),
        atlas.bands,
        palette,
        dict(enumerate(names, start=1)),
        group=atlas.say("地形", "Terrain"),
        opacity=0.72,
        key="bands",
    )
    add_boundaries(page, atlas)
    add_seats(page, atlas)
    add_heights(page, atlas)
    page.add_value_grid(
        atlas.say("高程带", "Band"),
        of="bands",
        classes=dict(enumerate(names, start=1)),
        reasons=_belt_reasons(atlas),
        key="bands_grid",
    )
    page.add_value_grid(atlas.say("坡度", "Slope"), atlas.slope, unit="°", step=1, key="slope")

    table = atlas.band_areas
    zones = list(dict.fromkeys(table["zone"]))
    shares = table.pivot(index="band", columns="zone", values="share")
    page.add_chart(
        atlas.say("各带占县域比例", "Share of each band"),
        charts.grouped_bar(
            zones,
            {
                name: (shares.loc[label, zones] * 100).tolist()
                for name, label in zip(names, atlas.bands.attrs["labels"], strict=True)
            },
            title=atlas.say("各带占县域比例", "Share of each band"),
            unit=" %",
            digits=1,
            stacked=True,
            totals=False,
            colours=[hex_colour(colour) for colour in palette.values()],
        ),
    )
    curve = atlas.hypsometry
    page.add_chart(
        atlas.say("面积—高程曲线", "Hypsometric curve"),
        charts.line_chart(
            {
                str(zone): ((part["share_above"] * 100).tolist(), part["elevation_m"].tolist())
                for zone, part in curve.groupby("zone", sort=False)
            },
            title=atlas.say("面积—高程曲线", "Hypsometric curve"),
            x_label=atlas.say("高于该高程的面积 (%)", "Area above (%)"),
            y_label=atlas.say("高程 (m)", "Elevation (m)"),
        ),
    )
    page.add_table(
        atlas.say("各县各带面积", "Area by county and band"),
        _readable(atlas),
        digits={"km²": 1, atlas.say("万亩", "10,000 mu"): 2, "%": 1},
        note=atlas.say("1 万亩 = 6.6667 km²。", "10,000 mu = 6.6667 km²."),
    )
    return [
        AtlasPage(
            file=ENTRY.file,
            title=page.title,
            summary=atlas.say(
                "各高程带：分布、面积（km² 与万亩）、面积—高程曲线。",
                "The elevation bands: where, how much (km² and 10,000 mu), hypsometric curve.",
            ),
            page=page,
            thumbnail=small_picture(atlas, (coloured(bands, palette, opacity=0.7), bands.bounds)),
            figures=_figures(atlas, names),
        )
    ]


def _subtitle(atlas: Atlas) -> str:
    crops = [atlas.say(belt.crop_zh, belt.crop_en) for belt in atlas.belts if belt]
    if not crops:
        return atlas.say("高程分带与面积", "Elevation bands and their areas")
    return atlas.say(f"{'、'.join(crops)}的海拔圈层", f"The altitude belts of {', '.join(crops)}")


def band_names(atlas: Atlas) -> list[str]:
    """Return the bands' names for readers: edges, and the crop that the plan puts there."""
    labels = atlas.bands.attrs["labels"]
    return [
        f"{label} m" + (f" · {atlas.say(belt.crop_zh, belt.crop_en)}" if belt else "")
        for label, belt in zip(labels, atlas.belts, strict=True)
    ]


def _belt_reasons(atlas: Atlas) -> dict[int, str]:
    none = atlas.say("规划未设果业圈层", "no fruit belt in the plan")
    return {
        code: item_words(atlas.plan.item(belt.plan_id), lang=atlas.lang) if belt else none
        for code, belt in enumerate(atlas.belts, start=1)
    }


def _readable(atlas: Atlas) -> Any:
    table = atlas.band_areas
    return table.assign(wanmu=km2_to_wanmu(table["area_km2"]), share=table["share"] * 100)[
        ["zone", "band", "area_km2", "wanmu", "share"]
    ].rename(
        columns={
            "zone": atlas.say("县", "County"),
            "band": atlas.say("带 (m)", "Band (m)"),
            "area_km2": "km²",
            "wanmu": atlas.say("万亩", "10,000 mu"),
            "share": "%",
        }
    )


def _figures(atlas: Atlas, names: list[str]) -> tuple[Figure, ...]:
    labels = dict(zip(atlas.bands.attrs["labels"], names, strict=True))
    items = {label: belt.plan_id for label, belt in zip(atlas.bands.attrs["labels"], atlas.belts, strict=True) if belt}
    method = atlas.say(
        f"{atlas.terrain_name}，{atlas.report['resolution_m']:g} m 格网，椭球面积",
        f"{atlas.terrain_name}, {atlas.report['resolution_m']:g} m grid, ellipsoidal areas",
    )
    return tuple(
        Figure(
            page=ENTRY.file,
            name=f"{row['zone']} {labels[row['band']]}",
            value=round(float(row["area_km2"]), 3),
            unit="km²",
            clause=items.get(row["band"], ""),
            items=links_of(atlas).known([items.get(row["band"], "")]),
            method=method,
            evidence=atlas.terrain_evidence,
        )
        for row in atlas.band_areas.to_dict("records")
    )
