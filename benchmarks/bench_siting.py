"""Time siting beside spopt with HiGHS, through PuLP, on the same machine in the same run.

    python -m benchmarks siting
    python benchmarks/bench_siting.py --limit 60

Clients and sites lie at random in a square, costs are straight lines, people whole numbers. Ours is timed with reading
the matrix, search, proof and tables, after a first small run that loads the compiled loops; ``verify`` is timed apart.
spopt is timed as it comes: building, then HiGHS with a limit, after which it has no bound to show. It is left out
where building alone would take minutes and gigabytes. ``pmed1`` is OR-Library's and is read from the check data where
they lie beside the checkout; else a made network of its size stands for it.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import shortest_path

from nanyi_gis import siting

SHARED = Path(__file__).resolve().parents[2] / "shared" / "cases" / "siting"


def made(clients, sites, seed=0):
    """Return costs and people."""
    random = np.random.default_rng(seed)
    here = random.random((clients, 2)) * 100.0
    there = here[random.choice(clients, sites, replace=False)]
    cost = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
    return cost, random.integers(1, 100, clients).astype(float)


def pmed1():
    """Return the costs of OR-Library's first network and its number of sites, or those of a made one of that size."""
    file = SHARED / "pmed1.txt"
    if not file.exists():
        return np.round(made(100, 100)[0]), 5, "made network of pmed1's size"
    graph = np.zeros((100, 100))
    head, *lines = file.read_text().splitlines()
    for line in filter(str.strip, lines):
        i, j, length = (int(part) for part in line.split())
        graph[i - 1, j - 1] = graph[j - 1, i - 1] = length
    return shortest_path(graph, directed=False), int(head.split()[2]), "pmed1"


def seen():
    """Return who of 20,000 points is seen from 1,287 sites within 5 km, on the embedded terrain, and their people."""
    import geopandas as gpd

    from nanyi_gis.dem import load_dem
    from nanyi_gis.study import load_study
    from nanyi_gis.visibility import sees

    random = np.random.default_rng(0)
    dem = load_dem(study=load_study())
    cells = np.argwhere(np.isfinite(dem.values))
    rows = cells[random.choice(len(cells), 21_287, replace=False)]
    places = gpd.GeoSeries(gpd.points_from_xy(dem.x.values[rows[:, 1]], dem.y.values[rows[:, 0]]), crs=dem.rio.crs)
    sites, points = places[:1_287].reset_index(drop=True), places[1_287:].reset_index(drop=True)
    begun = time.perf_counter()
    table = sees(dem, sites.to_frame("geometry"), points.to_frame("geometry"), height=30.0, radius=5_000.0)
    print(f"(20,000 points by 1,287 sites: who sees whom took {time.perf_counter() - begun:.1f} s)")
    return table.to_numpy(), random.integers(1, 200, 20_000).astype(float)


def ours(solve, cost, **options):
    """Return the result, its seconds, and the seconds that verifying takes."""
    begun = time.perf_counter()
    found = solve(cost, **options)
    took = time.perf_counter() - begun
    begun = time.perf_counter()
    assert siting.verify(found, cost), "the proof does not hold"
    return found, took, time.perf_counter() - begun


def peer(build, limit):
    """Return what spopt finds and its seconds of building and solving; None where it cannot be had."""
    try:
        import pulp
        from spopt import locate
    except ImportError:
        return None
    begun = time.perf_counter()
    model = build(locate)
    built = time.perf_counter() - begun
    begun = time.perf_counter()
    try:
        model = model.solve(pulp.HiGHS(msg=False, timeLimit=limit), results=False)
        value = f"{pulp.value(model.problem.objective):,.1f}"
    except (RuntimeError, TypeError) as error:
        value = f"nothing ({type(error).__name__})"
    return value, built, time.perf_counter() - begun


def main(limit=120.0):
    """Print the table."""
    cost, people = made(60, 15)
    for solve, radius in ((siting.p_median, {}), (siting.max_coverage, {"radius": 20.0})):
        solve(cost, weights=people, p=4, **radius)
    siting.p_center(cost, p=4)
    jobs = []
    for seed in (0, 1):
        cost, people = made(1000, 100, seed)
        jobs.append(
            (
                f"p-median 1000 x 100, p = 11, instance {seed + 1}",
                siting.p_median,
                cost,
                {"weights": people, "p": 11},
                lambda locate, c=cost, w=people: locate.PMedian.from_cost_matrix(c, w, 11),
            )
        )
    for seed in (0, 1, 3):
        cost, people = made(3000, 200, seed)
        jobs.append(
            (
                f"p-median 3000 x 200, p = 11, instance {seed + 1}",
                siting.p_median,
                cost,
                {"weights": people, "p": 11},
                None,
            )
        )
    for p in (11, 50):
        cost, people = made(10_000, 500)
        jobs.append(
            (
                f"p-median 10,000 x 500, p = {p}, 15 s",
                siting.p_median,
                cost,
                {"weights": people, "p": p, "seconds": 14.0},
                None,
            )
        )
    for seed in (0, 1):
        cost, people = made(3000, 200, seed)
        jobs.append(
            (
                f"max coverage 3000 x 200, p = 11, instance {seed + 1}",
                siting.max_coverage,
                cost,
                {"weights": people, "p": 11, "radius": 12.0},
                lambda locate, c=cost, w=people: locate.MCLP.from_cost_matrix(c, w, 12.0, 11),
            )
        )
    cost, p, name = pmed1()
    jobs.append(
        (f"p-center, {name}", siting.p_center, cost, {"p": p}, lambda locate: locate.PCenter.from_cost_matrix(cost, p))
    )
    table, people = seen()
    jobs.append(
        (
            "20,000 points x 1,287 viewsheds, p = 150, 3 s",
            siting.max_coverage,
            table,
            {"weights": people, "p": 150, "seconds": 2.5},
            None,
        )
    )
    print("| job | ours | gap, by verify | s | verify s | spopt + HiGHS | build s | solve s | times |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, solve, cost, options, build in jobs:
        found, took, checked = ours(solve, cost, **options)
        other = None if build is None else peer(build, limit)
        theirs = (
            "- | - | - | -"
            if other is None
            else (f"{other[0]} | {other[1]:.1f} | {other[2]:.1f} | {(other[1] + other[2]) / took:.0f}")
        )
        print(
            f"| {name} | {found.cost:,.1f} | {100 * found.gap:.2g} % | {took:.2f} | {checked:.2f} | {theirs} |",
            flush=True,
        )
    print(f"\nGreatest memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds of HiGHS for spopt")
    main(parser.parse_args().limit)
