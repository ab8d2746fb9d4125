"""The search kernel against SciPy's Dijkstra, on random sparse graphs with zero costs, loops and islands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from nanyi_gis._kernels.graph import spread, spread_each


def random_matrix(seed: int, size: int = 60) -> csr_array:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 4 * size))
    pairs = np.unique(rng.integers(0, size, (count, 2)), axis=0)
    costs = rng.integers(0, 9, len(pairs)).astype(float)
    first = np.searchsorted(pairs[:, 0], np.arange(size + 1)).astype(np.int32)
    return csr_array((costs, pairs[:, 1].astype(np.int32), first), shape=(size, size))


def run(matrix, seeds, start, limit=np.inf):
    size = matrix.shape[0]
    cost, owner, before = np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32)
    seeds, start = np.asarray(seeds, np.int32), np.asarray(start, float)
    spread(matrix.indptr, matrix.indices, matrix.data, seeds, start, limit, cost, owner, before)
    return cost, owner, before


@given(seed=st.integers(0, 100_000))
@settings(max_examples=80, deadline=None)
def test_costs_are_exactly_scipys(seed):
    matrix = random_matrix(seed)
    seeds = np.random.default_rng(seed).choice(60, 5, replace=False).astype(np.int32)
    found = np.empty((5, 60))
    spread_each(matrix.indptr, matrix.indices, matrix.data, seeds, np.inf, found)
    wanted = dijkstra(matrix, indices=seeds)
    assert (found == wanted).all()
    assert (run(matrix, seeds, np.zeros(5))[0] == wanted.min(axis=0)).all()


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_ways_lead_to_the_owner_and_cost_what_is_said(seed):
    matrix = random_matrix(seed)
    rng = np.random.default_rng(seed)
    seeds, start = rng.choice(60, 4, replace=False), rng.integers(0, 20, 4).astype(float)
    cost, owner, before = run(matrix, seeds, start)
    dense = {(i, j): w for i, j, w in zip(*matrix.tocoo().coords, matrix.tocoo().data, strict=True)}
    for node in range(60):
        assert (owner[node] < 0) == np.isinf(cost[node])
        if owner[node] < 0:
            continue
        at, total = node, 0.0
        while before[at] >= 0:
            total += dense[before[at], at]
            at = before[at]
        assert at == owner[node]
        assert total + start[list(seeds).index(at)] == cost[node]


@pytest.mark.parametrize("limit", [0.0, 3.0, 7.0])
def test_the_limit_is_inclusive(limit):
    matrix = random_matrix(4)
    free = run(matrix, [0], [0.0])[0]
    held = run(matrix, [0], [0.0], limit)[0]
    assert (held == np.where(free <= limit, free, np.inf)).all()


def test_a_seed_that_starts_at_infinity_does_not_start():
    cost, owner, _ = run(random_matrix(4), [0, 1], [np.inf, np.inf])
    assert np.isinf(cost).all()
    assert (owner == -1).all()
