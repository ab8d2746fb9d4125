"""A made street network of any size, the same at each run: a lattice of bent streets, some of them one-way."""

import geopandas as gpd
import numpy as np
import shapely

SPACING_M = 120.0
CLASSES = {"primary": 0.04, "secondary": 0.08, "tertiary": 0.18, "residential": 0.60, "unclassified": 0.10}
ONEWAY_SHARE = 0.15


def lattice(side: int, *, seed: int) -> gpd.GeoDataFrame:
    """Return the 2 ``side`` (``side`` - 1) streets between ``side`` x ``side`` nodes, each of 4 to 6 vertices."""
    random = np.random.default_rng(seed)
    number = np.arange(side * side).reshape(side, side)
    start = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    end = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    nodes = np.column_stack([number.ravel() % side, number.ravel() // side]) * SPACING_M
    nodes = nodes + random.uniform(-30.0, 30.0, nodes.shape) + [400_000.0, 3_100_000.0]
    vertices = random.integers(4, 7, len(start))
    street = np.repeat(np.arange(len(start)), vertices)
    first = np.cumsum(vertices) - vertices
    share = (np.arange(len(street)) - first[street]) / (vertices[street] - 1)
    points = nodes[start[street]] * (1.0 - share)[:, None] + nodes[end[street]] * share[:, None]
    inner = (share > 0.0) & (share < 1.0)
    points[inner] += random.uniform(-6.0, 6.0, (int(inner.sum()), 2))
    points[share == 1.0] = nodes[end]  # to the last bit, so that streets meet
    return gpd.GeoDataFrame(
        {
            "highway": random.choice(list(CLASSES), len(start), p=list(CLASSES.values())),
            "oneway": np.where(random.random(len(start)) < ONEWAY_SHARE, "yes", ""),
        },
        geometry=shapely.linestrings(points, indices=street),
        crs="EPSG:32648",
    )
