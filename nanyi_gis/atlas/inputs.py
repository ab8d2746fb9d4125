"""What an atlas was made from: the files of the study with their provenance, and those the user gave."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..io import folder_provenance, provenance_table, sha256, split_layer
from .context import Atlas
from .credits import credit_of

_SCHEMATIC = ["data/network/chains.toml", "data/network/local_links.csv", "data/network/red_loop.toml"]


def embedded_inputs(atlas: Atlas) -> pd.DataFrame:
    """Return the provenance of every file of the study in use, and of the user's DEM."""
    embedded = _of_study(atlas)
    unused = ["data/dem/demo_dem_90m.tif", "data/dem/known_heights.csv"] if not atlas.demonstration else []
    unused += _SCHEMATIC if atlas.roads is not None else []
    rows = embedded[~embedded["file"].isin(unused)].to_dict("records")
    if not atlas.demonstration:
        rows += [
            {
                "file": source["name"],
                "sha256": source["sha256"],
                "title": source.get("title", f"DEM {source['name']}"),
                "title_zh": source.get("title_zh", f"DEM {source['name']}"),
                "source": source.get("attribution") or atlas.say("用户提供", "given by the user"),
                "as_of": "",
                "datum": source["crs"],
                "licence": source.get("licence") or atlas.say("见来源方", "as its provider says"),
                "evidence": atlas.terrain_evidence,
                "uncertainty_m": None,
                "method": "",
                "vertical": source["vertical_datum"],
            }
            for source in atlas.report["sources"]
        ]
    return pd.DataFrame(rows)


def _of_study(atlas: Atlas) -> pd.DataFrame:
    """Return the provenance of the study's files; one of a user's own study may lack its record."""
    if atlas.folder is None:
        return provenance_table().drop(columns="bytes").assign(file=lambda table: "data/" + table["file"])
    table = folder_provenance(atlas.folder if atlas.folder.is_dir() else atlas.folder.parent).drop(columns="bytes")
    source = table["source"].astype(object)
    nameless = atlas.say("用户提供，无来源记录", "given by the user, without a record")
    return table.assign(source=source.where(source.notna(), nameless))


def own_inputs(**given: Sequence[Path | None]) -> list[dict[str, Any]]:
    """Return name, role and hash of each file that the user gave, by its role, and where it comes from if known."""
    return [
        {"file": path.name, "role": role, "sha256": sha256(split_layer(path)[0]), **credit_of(path)}
        for role, paths in given.items()
        for path in paths
        if path is not None
    ]
