"""The questions of siting answered by others: every choice tried, and spopt with HiGHS."""

from itertools import combinations
from types import ModuleType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd


def instance(seed: int, clients: int = 60, sites: int = 15) -> tuple[pd.DataFrame, pd.Series]:
    """Return random whole minutes, asymmetric, and people."""
    random = np.random.default_rng(seed)
    here, there = random.random((clients, 2)) * 60, random.random((sites, 2)) * 60
    minutes = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1)) * random.uniform(0.8, 1.4, (clients, sites))
    names = [f"c{at}" for at in range(clients)]
    frame = pd.DataFrame(np.round(minutes, 1), index=names, columns=[f"s{at}" for at in range(sites)])
    return frame, pd.Series(random.integers(1, 500, clients).astype(float), index=names)


def tried(cost: np.ndarray, worth, p: int, *, fixed: tuple[int, ...] = (), best=min) -> float:
    """Return the best worth over every choice of ``p`` sites that holds the fixed ones."""
    sites = [site for site in range(cost.shape[1]) if site not in fixed]
    return best(worth(cost[:, [*fixed, *others]]) for others in combinations(sites, p - len(fixed)))


def _spopt() -> ModuleType:
    from spopt import locate  # it loads for seconds, and every worker reads this file

    return locate


def _highs() -> Any:
    import pulp

    return pulp.HiGHS(msg=False)


def _solved(model):
    return model.solve(_highs(), results=False)


def _frame(labels: list[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": labels}, geometry=gpd.points_from_xy(range(len(labels)), [0.0] * len(labels)))


def _fixed(cost: pd.DataFrame, fixed: tuple[str, ...]) -> np.ndarray | None:
    return np.array([float(site in fixed) for site in cost.columns]) if fixed else None


def median(cost: pd.DataFrame, weights: pd.Series, p: int, fixed: tuple[str, ...] = ()) -> float:
    """Return the least weighted sum by spopt."""
    options = {"predefined_facilities_arr": _fixed(cost, fixed)} if fixed else {}
    return _value(_solved(_spopt().PMedian.from_cost_matrix(cost.to_numpy(), weights.to_numpy(), p, **options)))


def coverage(cost: pd.DataFrame, weights: pd.Series, p: int, radius: float, fixed: tuple[str, ...] = ()) -> float:
    """Return the greatest weight covered by spopt."""
    options = {"predefined_facilities_arr": _fixed(cost, fixed)} if fixed else {}
    return _value(_solved(_spopt().MCLP.from_cost_matrix(cost.to_numpy(), weights.to_numpy(), radius, p, **options)))


def cover(cost: pd.DataFrame, radius: float, fixed: tuple[str, ...] = ()) -> float:
    """Return the least number of sites by spopt."""
    options = {"predefined_facilities_arr": _fixed(cost, fixed)} if fixed else {}
    return _value(_solved(_spopt().LSCP.from_cost_matrix(cost.to_numpy(), radius, **options)))


def backup(cost: pd.DataFrame, radius: float, fixed: tuple[str, ...] = ()) -> float:
    """Return how many clients the choice of spopt covers twice.

    Its own number is too high by the clients that one candidate alone covers (spopt 0.7.0: they have no constraint).
    """
    options = {"predefined_facilities_arr": _fixed(cost, fixed)} if fixed else {}
    model = _spopt().LSCPB.from_cost_matrix(cost.to_numpy(), radius, _highs(), **options)
    open_sites = np.array([variable.value() > 0.5 for variable in model.solve(results=False).fac_vars])
    return float(((cost.to_numpy()[:, open_sites] <= radius).sum(axis=1) >= 2).sum())


def center(cost: pd.DataFrame, p: int, fixed: tuple[str, ...] = ()) -> float:
    """Return the least farthest cost by spopt."""
    options = {"predefined_facilities_arr": _fixed(cost, fixed)} if fixed else {}
    return _value(_solved(_spopt().PCenter.from_cost_matrix(cost.to_numpy(), p, **options)))


def _value(model) -> float:
    return float(model.problem.objective.value())
