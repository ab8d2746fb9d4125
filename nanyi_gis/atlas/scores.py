"""Scores of land: a layer with a colour for every ten points, painted from the values of the read-out."""

import numpy as np
import xarray as xr

from .. import suitability
from ..colours import Colour
from ..io import like
from ..webmap import Page
from .context import Atlas
from .drawn import Classes
from .page import add_graded, around

_GRID = "score_value"
_STEP = 10


def add_score(page: Page, atlas: Atlas, result: xr.Dataset, *, group: str) -> None:
    """Add the layer of scores; :func:`add_score_values` adds what it is painted from."""
    score = result["score"].values
    tens = like(atlas.dem, np.where(score <= 100, score // _STEP + 1, 0).astype(np.uint8), name="tens")
    name = atlas.say("得分", "Score")
    layer = Classes(
        name=name,
        title=name,
        codes=tens.rio.write_nodata(0),
        palette={code: _colour((code - 0.5) * _STEP) for code in range(1, 100 // _STEP + 2)},
        labels={code: f"{(code - 1) * _STEP}–{code * _STEP}" for code in range(1, 11)},
        opacity=0.8,
        shown=False,
        group=group,
        exclusive=True,
        evidence=atlas.terrain_evidence,
    )
    add_graded(page, layer, of=_GRID, breaks=range(0, 101, _STEP), key="score", rank="more_last")


def add_score_values(page: Page, atlas: Atlas, result: xr.Dataset) -> None:
    """Add the score under the cursor, inside the counties alone, as the layer shows it."""
    score = result["score"].values
    scores = like(atlas.dem, np.where(score <= 100, score, np.nan).astype(np.float32), name="score")
    page.add_value_grid(atlas.say("得分", "Score"), scores, within=around(atlas, 0.0), key=_GRID)


def _colour(score: float) -> Colour:
    levels = [level for level, _ in suitability.SCORE_RAMP]
    red, green, blue = (
        round(float(np.interp(score, levels, [colour[channel] for _, colour in suitability.SCORE_RAMP])))
        for channel in range(3)
    )
    return red, green, blue
