"""Lines, read as each command reads roads; whatever refuses them raises, notes are returned."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd

from ..io import row_notes
from ..network import Graph, build_graph, graph_notes, read_roads, road_notes, scenarios
from ..targets import place_townships
from ..travel_time import travel_time
from .bench import Bench
from .shapes import corner_of, far_from, judged_by, level_under, spread

MOST_LINES = 5_000
"""Lines that are tried; of more, so many spread over the layer."""

_SCENARIOS = ("2022", "today", "complete")


@dataclass(frozen=True)
class Roads:
    """Lines of a file, tried as roads; what two commands need is made once."""

    path: str
    bench: Bench

    @cached_property
    def lines(self) -> gpd.GeoDataFrame:
        """All lines."""
        return read_roads(self.path)

    @cached_property
    def some(self) -> gpd.GeoDataFrame:
        """The lines, or 5,000 of them spread over the layer."""
        return spread(self.lines, MOST_LINES)

    @cached_property
    def graph(self) -> Graph:
        """The network of the lines."""
        return build_graph(self.path if self.some is self.lines else self.some)

    def network(self) -> Sequence[str]:
        """Read as ``network`` does."""
        return [*self._sampled(), *graph_notes(self.graph)]

    def access(self) -> Sequence[str]:
        """Read as ``access`` does, with points near the roads."""
        told = list(self.network())
        away = ""
        for graph in scenarios(self.graph, _SCENARIOS).values():
            away = away or far_from(graph, self.bench.townships)
        if away and self.some is self.lines:
            told.append(f"needs --from and --to of its own place ({away})")
        return told

    def build(self) -> Sequence[str]:
        """Read as ``build`` does, which needs roads of the study area."""
        told = self.network()
        place_townships(self.graph, study=self.bench.study)
        return told

    def travel_time(self) -> Sequence[str]:
        """Read as ``travel-time`` does, by car, for a DEM under the roads."""
        level = level_under(self.some)
        minutes = travel_time(level, corner_of(level), roads=self.some, mode="car", limit_minutes=0.0)
        return [*self._sampled(), *row_notes(self.lines), *road_notes(minutes.attrs)]

    def suitability(self) -> Sequence[str]:
        """Read as ``suitability`` does, which needs only where the lines are."""
        return row_notes(self.lines)

    def _sampled(self) -> list[str]:
        return judged_by(self.some, self.lines, "lines")
