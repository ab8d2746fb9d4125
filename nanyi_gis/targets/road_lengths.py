"""What a road for visitors collects if it may be longer or shorter: a design for each length."""

from collections.abc import Sequence

import pandas as pd

from .._validation import check_positive
from ..errors import ParameterError
from ..route import design_route
from ..study import StudyArea, load_study
from .red_road import mandated_links, road_graph, road_prizes
from .road_record import road_record, road_sites


def road_by_length(
    study: StudyArea | None = None, *, lengths_km: Sequence[float], named: bool = True, time_limit_s: float = 20.0
) -> pd.DataFrame:
    """Return what the best road of each length collects.

    Parameters
    ----------
    study : StudyArea, optional
        With a ``route`` file; the embedded South Wing if not given.
    lengths_km : sequence of float
        Most kilometres of each design.
    named : bool
        Whether each must hold the routes that the plan names. Lengths below those are left out.
    time_limit_s : float
        Of the search for each.

    Returns
    -------
    DataFrame
        A row a length, in rising order: ``km``, ``designed_km``, ``points``, ``bound``, ``gap``, ``sites`` (how many
        are reached) and ``new`` (names of those that the row before did not reach; of the first row none).

    Raises
    ------
    DataError
        If the study has no route file, or a route of the plan is not on its network.
    ParameterError
        If a length is not above zero, or all are below what is named.

    >>> road_by_length(lengths_km=[200.0])
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: what must be included is 425.7 km, 225.7 km longer than length_m of 200.0 km; \
give 425707 or more, or include less
    """
    area = load_study() if study is None else study
    record = road_record(area)
    graph, (sites, _) = road_graph(area, record), road_sites(area, record)
    prizes = road_prizes(sites)
    must = [link for route in record.mandated for link in mandated_links(graph, route)] if named else []
    rows: list[tuple[float, float, float, float, float, int, tuple[str, ...]]] = []
    before: set[str] | None = None
    refused: ParameterError | None = None
    for km in sorted({check_positive(length, name="lengths_km", unit="km") for length in lengths_km}):
        try:
            found = design_route(
                graph, length_m=1000.0 * km, must_include=must, prizes=prizes, time_limit_s=time_limit_s
            )
        except ParameterError as error:  # shorter than what is named
            refused = error
            continue
        reached = [str(name) for name in found.prizes.loc[found.prizes["collected"].astype(bool), "name"]]
        new: list[str] = [] if before is None else [name for name in reached if name not in before]
        rows.append((km, found.length_m / 1000.0, found.prize, found.bound, found.gap, len(reached), tuple(new)))
        before = set(reached)
    if not rows and refused is not None:
        raise refused
    return pd.DataFrame(rows, columns=["km", "designed_km", "points", "bound", "gap", "sites", "new"])
