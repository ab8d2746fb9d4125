"""What the files are held against: a study with its terrain, its network and its townships, each made once."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd

from ..dem import known_heights
from ..network import Graph, build_graph
from ..raster import RasterFile
from ..study import StudyArea
from ..targets import townships


@dataclass(frozen=True)
class Bench:
    """A study area and what the commands take by default beside a user's file."""

    study: StudyArea

    @cached_property
    def heights(self) -> RasterFile | None:
        """Terrain that tells which heights to expect, None if the study has none."""
        return known_heights(self.study)

    @cached_property
    def network(self) -> Graph:
        """The network that is used where no roads are given."""
        return build_graph()

    @cached_property
    def townships(self) -> gpd.GeoDataFrame:
        """The townships that have a coordinate."""
        towns = townships(self.study)
        return towns[towns.geometry.notna()]
