"""Time the route's design, alignment and page beside a plain flow MILP, pcst_fast, networkx, scikit-image and GRASS.

    python -m benchmarks route
    python benchmarks/bench_route.py --design-only --links 500 --limit 20

Design: the 446 km on the network of the South Wing, and made networks of 2,000 and 10,000 links. The plain MILP is the
single-commodity flow that textbooks give (no reductions, no cuts), on the same HiGHS, through SciPy. pcst_fast
(``pcst-fast2``; 1.0.10 returns garbage on NumPy 2) knows no budget: its prizes are scaled until the tree fits.
networkx has Steiner trees only: sites join by prize while the tree of all so far fits the budget. Both of them may buy
less than the mandated links allow, never more.

Alignment: 12.8 million cells, grade limit 8 %. scikit-image's ``route_through_array`` and GRASS's r.walk with r.drain
know no limit: what counts is the share of their line above it, between the line's own vertices (the road) and on the
ground every 30 m, of which a road's cuts and fills take the peaks. Ours runs in a process of its own, for its peak of
memory. Peers that are not installed are left out; ``BENCH_PYTHON_PCST`` names an interpreter that has pcst_fast.

Page: its size in both languages, and how long headless Chromium takes until it answers, best of three.
"""

import argparse
import itertools
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, hstack, vstack
from scipy.spatial import Delaunay, KDTree

from benchmarks.bench_travel_time import CELL, terrain

LIMIT_M = {2_000: 300_000.0, 10_000: 600_000.0}
GRADE = 0.08


def made_network(links, *, seed=510524):
    """Return a planar road network of half as many nodes as links, its prizes and a mandated chain of links."""
    random = np.random.default_rng(seed)
    nodes = links // 2
    side = 1_500.0 * math.sqrt(nodes)
    points = random.uniform([450_000.0, 3_050_000.0], [450_000.0 + side, 3_050_000.0 + side], (nodes, 2))
    pairs = Delaunay(points).simplices[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) * random.uniform(1.2, 1.9, len(pairs))
    whole = nx.Graph()
    whole.add_weighted_edges_from((u, v, w) for (u, v), w in zip(pairs.tolist(), length.tolist(), strict=True))
    kept = {tuple(sorted(edge)) for edge in nx.minimum_spanning_edges(whole, data=False)}
    rest = [pair for pair in map(tuple, pairs.tolist()) if pair not in kept]
    kept |= {rest[number] for number in random.permutation(len(rest))[: links - len(kept)]}
    graph = nx.MultiDiGraph(crs="EPSG:4544")
    for node, (x, y) in enumerate(points.tolist()):
        graph.add_node(node, x=x, y=y, name_zh="", name_en="", place="", kind="junction", uncertainty_m=0.0)
    common = {"name_zh": "", "highway": "tertiary", "status": "open", "corridor": "", "tunnel": "no", "bridge": "no"}
    for number, (u, v) in enumerate(sorted(kept)):
        metres = whole[u][v]["weight"]
        line = shapely.LineString(points[[u, v]])
        common |= {"id": f"e{number}", "length": metres, "travel_time": metres / 40_000 * 3600}
        graph.add_edge(u, v, geometry=line, reversed=False, **common)
        graph.add_edge(v, u, geometry=shapely.reverse(line), reversed=True, **common)
    sites = random.choice(nodes, nodes // 10, replace=False)
    prizes = pd.DataFrame({"node": sites, "prize": random.integers(1, 11, len(sites)).astype(float)})
    prizes["name"], prizes["group"] = [f"site {site}" for site in sites], ""
    way = nx.shortest_path(whole.edge_subgraph(kept), 0, int(sites[0]), weight="weight")
    mandated = tuple(graph[u][v][0]["id"] for u, v in itertools.pairwise(way))
    return graph, prizes, mandated[:20]


def south_wing():
    """Return the roads of the South Wing, the study's prizes at their nodes, and the links that the plan names.

    Shared scenery counts for each of its sites here, so that all methods solve one problem.
    """
    from nanyi_gis.route import Links
    from nanyi_gis.study import load_study
    from nanyi_gis.targets import mandated_links, road_graph, road_prizes, road_record, road_sites

    study = load_study()
    record = road_record(study)
    graph = road_graph(study, record)
    links = Links.of(graph)
    roads = nx.MultiGraph(crs=graph.graph["crs"])
    ids = links.nodes["node"].tolist()
    for u, v, length, key in zip(links.u.tolist(), links.v.tolist(), links.length_m, links.keys, strict=True):
        roads.add_edge(ids[u], ids[v], id=key, length=float(length), highway="tertiary", status="open", corridor="")
    for node in roads:
        roads.nodes[node].update(x=graph.nodes[node]["x"], y=graph.nodes[node]["y"])
    whole = max(nx.connected_components(roads), key=len)
    roads = roads.subgraph(whole).copy()
    prizes = road_prizes(road_sites(study, record)[0])
    names = list(roads)
    tree = KDTree([(roads.nodes[node]["x"], roads.nodes[node]["y"]) for node in names])
    prizes["node"] = [names[at] for at in tree.query(prizes[["x", "y"]].to_numpy())[1]]
    mandated = [link for route in record.mandated for link in mandated_links(graph, route)]
    return roads, prizes[["node", "prize", "name"]].assign(group=""), tuple(mandated)


def arrays(graph, prizes, mandated):
    """Return ends, lengths and fixed links of the undirected network, and the prize of each of its nodes."""
    rows = {node: row for row, node in enumerate(graph.nodes)}
    seen = {}
    for u, v, data in graph.edges(data=True):
        seen.setdefault(data["id"], (rows[u], rows[v], data["length"], data["id"] in mandated))
    u, v, length, fixed = (np.array(column) for column in zip(*seen.values(), strict=True))
    prize = np.zeros(len(rows))
    np.add.at(prize, [rows[node] for node in prizes["node"]], prizes["prize"].to_numpy())
    return u, v, length, fixed, prize


def plain_flow(u, v, length, fixed, prize, *, budget, limit_s):
    """Solve the single-commodity flow MILP: a flow from a mandated node feeds every chosen node over chosen links."""
    links, nodes = len(u), len(prize)
    root = int(u[np.flatnonzero(fixed)[0]])
    # variables: link x (0/1), node y (0/1), flow both ways (0..nodes)
    row = np.arange(links)
    into = coo_array(
        (np.r_[np.ones(links), -np.ones(links)], (np.r_[v, u], np.r_[row, row])), shape=(nodes, links)
    ).tocsr()
    none = coo_array((nodes, links)).tocsr()
    eye = coo_array((np.ones(links), (row, row)), shape=(links, links)).tocsr()
    one = coo_array((np.ones(nodes), (np.arange(nodes), np.arange(nodes))), shape=(nodes, nodes)).tocsr()
    zero = coo_array((links, nodes)).tocsr()
    others = np.arange(nodes) != root
    feed = hstack([none, -one, into, -into]).tocsr()[others]
    carry = [hstack([-(nodes - 1) * eye, zero, eye, 0 * eye]), hstack([-(nodes - 1) * eye, zero, 0 * eye, eye])]
    ends = [
        hstack([eye, -coo_array((np.ones(links), (row, end)), shape=(links, nodes)), 0 * eye, 0 * eye])
        for end in (u, v)
    ]
    cost = hstack([coo_array(length[None]), coo_array((1, nodes)), coo_array((1, 2 * links))])
    upper = np.r_[np.ones(links + nodes), np.full(2 * links, nodes - 1.0)]
    lower = np.r_[fixed.astype(float), np.zeros(nodes + 2 * links)]
    lower[links + root] = 1
    start = time.perf_counter()
    found = milp(
        -np.r_[np.zeros(links), prize, np.zeros(2 * links)],
        integrality=np.r_[np.ones(links + nodes), np.zeros(2 * links)],
        bounds=Bounds(lower, upper),
        constraints=[
            LinearConstraint(feed, 0, 0),
            LinearConstraint(vstack(carry).tocsr(), -np.inf, 0),
            LinearConstraint(vstack(ends).tocsr(), -np.inf, 0),
            LinearConstraint(cost.tocsr(), -np.inf, budget),
        ],
        options={"time_limit": limit_s},
    )
    value = None if found.x is None else float(prize @ np.round(found.x[links : links + nodes]))
    bound = None if found.mip_dual_bound is None else -found.mip_dual_bound
    return time.perf_counter() - start, value, bound


def steiner(u, v, length, fixed, prize, *, budget, limit_s):
    """Return seconds and the value of networkx's Steiner trees: sites join by prize while the tree fits."""
    graph = nx.Graph()
    for a, b, metres, must in zip(u.tolist(), v.tolist(), length.tolist(), fixed.tolist(), strict=True):
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > metres:
            graph.add_edge(a, b, weight=0.0 if must else metres)
    spent_m = float(length[fixed].sum())
    terminals = sorted({*u[fixed].tolist(), *v[fixed].tolist()})
    start = time.perf_counter()
    inside = set(terminals)
    for site in np.argsort(-prize, kind="stable").tolist():
        if prize[site] <= 0 or time.perf_counter() - start > limit_s:
            break
        if site in inside:
            continue
        tree = nx.algorithms.approximation.steiner_tree(graph, [*terminals, site], method="mehlhorn")
        if spent_m + tree.size("weight") <= budget:
            terminals.append(site)
            inside = set(tree)
    return time.perf_counter() - start, float(sum(prize[node] for node in inside)), None


def pcst(u, v, length, fixed, prize, *, budget, limit_s):  # noqa: ARG001 (it is quick whatever the limit)
    """Return seconds and the value of pcst_fast, or None where no interpreter has it."""
    code = Path(__file__).with_name("pcst_peer.py")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.npz"
        np.savez(file, u=u, v=v, length=length, fixed=fixed, prize=prize, budget=budget)
        python = os.environ.get("BENCH_PYTHON_PCST", sys.executable)
        done = subprocess.run([python, str(code), str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    answer = json.loads(done.stdout)
    return answer["seconds"], answer["value"], None


def design_table(name, graph, prizes, mandated, *, budget, limit_s):
    """Print one table: seconds, value and bound of each method on one network."""
    from nanyi_gis.route import design_route

    case = arrays(graph, prizes, set(mandated))
    head = f"{len(case[4])} nodes, {len(case[0])} links, {(case[4] > 0).sum()} sites, {budget / 1000:.0f} km"
    print(f"\n{name}: {head}\n")
    print("| method | seconds | value | bound | gap |\n|---|---|---|---|---|")
    for solver in ("exact", "fast"):
        start = time.perf_counter()
        found = design_route(
            graph, length_m=budget, must_include=mandated, prizes=prizes, solver=solver, time_limit_s=limit_s
        )
        print_row(f"nanyi_gis, {solver}", time.perf_counter() - start, found.prize, found.bound)
    for label, method in (("plain flow MILP (HiGHS)", plain_flow), ("pcst_fast, scaled", pcst), ("networkx", steiner)):
        answer = method(*case, budget=budget, limit_s=limit_s)
        if answer is not None:
            print_row(label, *answer)


def compiled():
    """Compile the kernels of the design, so that no method's time holds it."""
    from nanyi_gis.route import design_route

    graph, prizes, mandated = made_network(40)
    for solver in ("exact", "fast"):
        design_route(graph, length_m=90_000.0, must_include=mandated, prizes=prizes, solver=solver, time_limit_s=5.0)


def print_row(name, seconds, value, bound):
    """Print a row; the gap is ``(bound - value) / bound``, as that of a design."""
    gap = "" if not bound or value is None else f"{max(0.0, 1 - value / bound):.1%}"
    cells = ["none" if value is None else f"{value:.1f}", "" if bound is None else f"{bound:.1f}", gap]
    print(f"| {name} | {seconds:.2f} | {' | '.join(cells)} |")


def ends(dem):
    """Return a start and an end a tenth from the left and right rim."""
    rows, columns = dem.shape
    x, y = dem.x.values, dem.y.values
    near, far = (rows // 2, columns // 10), (rows // 2, columns - columns // 10)
    return [(float(x[column]), float(y[row])) for row, column in (near, far)], (near, far)


def heights(dem, points):
    """Return the DEM at points, between the four cells around each."""
    column = (points[:, 0] - dem.x.values[0]) / CELL
    row = (dem.y.values[0] - points[:, 1]) / CELL
    r, c = np.clip(row.astype(int), 0, dem.shape[0] - 2), np.clip(column.astype(int), 0, dem.shape[1] - 2)
    a, b, z = row - r, column - c, dem.values
    return (1 - a) * ((1 - b) * z[r, c] + b * z[r, c + 1]) + a * ((1 - b) * z[r + 1, c] + b * z[r + 1, c + 1])


def shares_above(dem, line, limit):
    """Return the shares of a line steeper than ``limit``: between its own vertices, and on the ground every 30 m."""
    count = max(2, int(line.length / CELL) + 1)
    every = shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(0, line.length, count)))
    shares = []
    for points in (shapely.get_coordinates(line), every):
        run = np.hypot(*np.diff(points, axis=0).T)
        rise = np.abs(np.diff(heights(dem, points)))
        shares.append(float(run[rise > limit * 1.001 * run].sum() / run.sum()))
    return shares


def ours(rows, columns, mode):
    """Print seconds, peak of memory, length and share above the limit of our alignment: run as a process of its own."""
    from nanyi_gis.route.alignment import align

    dem = terrain(rows, columns)
    (start, end), _ = ends(dem)
    limit = GRADE if mode == "road" else None
    small = terrain(200, 200)
    align(small, *ends(small)[0], max_grade=limit and 0.5, mode=mode)  # compiles the kernels
    clock = time.perf_counter()
    found = align(dem, start, end, max_grade=limit, mode=mode)
    seconds = time.perf_counter() - clock
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    line = found.geometry
    print(json.dumps([seconds, peak, line.length / 1000, *shares_above(dem, line, GRADE)]))


def percents(shares):
    return " | ".join(f"{share:.1%}" for share in shares)


def own_process(rows, columns, mode):
    command = [sys.executable, "-m", "benchmarks.bench_route", "--ours", mode]
    command += ["--rows", str(rows), "--columns", str(columns)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        print(f"nanyi_gis, {mode}: {done.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def scikit(dem, near, far):
    """Return seconds and line of scikit-image: steep cells cost more, nothing is forbidden."""
    try:
        from skimage.graph import route_through_array
    except ImportError:
        return None
    start = time.perf_counter()
    dy, dx = np.gradient(dem.values, CELL)
    cost = 1 + (np.hypot(dx, dy) / GRADE) ** 2
    path, _ = route_through_array(cost, near, far, geometric=True)
    seconds = time.perf_counter() - start
    row, column = np.array(path).T
    return seconds, shapely.LineString(np.column_stack([dem.x.values[column], dem.y.values[row]]))


def grass(dem, near, far):
    """Return seconds and line of GRASS's r.walk and r.drain, or None without GRASS."""
    if shutil.which("grass") is None:
        return None
    at = [f"{dem.x.values[column]},{dem.y.values[row]}" for row, column in (near, far)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        dem.rio.to_raster(path / "dem.tif")
        (path / "job.sh").write_text(
            "set -e\nTIMEFORMAT='RUN %R'\nr.in.gdal --q input=dem.tif output=dem\ng.region raster=dem\n"
            "r.mapcalc --q 'still = 0.0'\n"
            "time { r.walk --q --o elevation=dem friction=still output=cost outdir=back "
            f"start_coordinates={at[0]} memory=8000\n"
            f"r.drain --q -d input=cost direction=back output=way drain=way start_coordinates={at[1]}\n}}\n"
            "v.out.ogr --q input=way type=line output=way.gpkg format=GPKG\n"
        )
        command = ["grass", "--tmp-location", str(path / "dem.tif"), "--exec", "bash", str(path / "job.sh")]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        spans = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("RUN ")]
        if not spans or not (path / "way.gpkg").exists():
            print(done.stderr[-500:], file=sys.stderr)
            return None
        line = shapely.line_merge(shapely.union_all(gpd.read_file(path / "way.gpkg").geometry.values))
    return float(spans[0]), line


def alignment_table(rows, columns):
    """Print seconds, memory, length and the share of the line above the limit of each method."""
    dem = terrain(rows, columns)
    _, (near, far) = ends(dem)
    print(f"\nalignment on {dem.size / 1e6:.1f} M cells, limit {GRADE:.0%}\n")
    print("| method | seconds | peak MiB | km | above the limit | ground above it |\n|---|---|---|---|---|---|")
    for mode in ("road", "walk"):
        answer = own_process(rows, columns, mode)
        if answer is not None:
            seconds, peak, km, *shares = answer
            print(f"| nanyi_gis align, {mode} | {seconds:.1f} | {peak:.0f} | {km:.1f} | {percents(shares)} |")
    for name, peer in (("scikit-image route_through_array", scikit), ("GRASS r.walk and r.drain", grass)):
        answer = peer(dem, near, far)
        if answer is not None:
            seconds, line = answer
            shares = shares_above(dem, line, GRADE)
            print(f"| {name} | {seconds:.1f} | | {line.length / 1000:.1f} | {percents(shares)} |")


def page_table():
    """Print size of the page in both languages and the milliseconds until it answers."""
    from dataclasses import replace

    from nanyi_gis.atlas.pages.route import make
    from nanyi_gis.atlas.prepare import prepare

    given = {"study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None}
    given |= {"layers": [], "crops": [], "resolution": None, "lang": "zh", "public": False}
    atlas = prepare(**given)
    print("\n| page route.html | seconds to make | MB | ms until it answers |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for lang in ("zh", "en"):
            start = time.perf_counter()
            file = make(replace(atlas, lang=lang))[0].page.save(Path(folder) / f"{lang}.html")
            seconds = time.perf_counter() - start
            ready = interactive(file)
            told = "no browser" if ready is None else f"{ready:.0f}"
            print(f"| {lang} | {seconds:.1f} | {Path(file).stat().st_size / 1e6:.2f} | {told} |")


def interactive(file):
    """Return milliseconds from opening a page to its layers drawn and its controls there; None without a browser."""
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if binary is None:
        return None
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=binary, headless=True, args=["--no-sandbox"])
        taken = []
        for _ in range(3):
            context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.goto(Path(file).resolve().as_uri(), wait_until="commit")
            ready = "() => document.body && document.body.dataset.ready === '1' && performance.now()"
            taken.append(page.wait_for_function(ready, polling=5, timeout=60_000).json_value())
            context.close()
        browser.close()
    return min(taken)


def main(arguments=()):
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3200)
    parser.add_argument("--columns", type=int, default=4000)
    parser.add_argument("--links", type=int, nargs="*", default=list(LIMIT_M), help="sizes of the made networks")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each method on each network")
    parser.add_argument("--design-only", action="store_true")
    parser.add_argument("--alignment-only", action="store_true")
    parser.add_argument("--page-only", action="store_true")
    parser.add_argument("--ours", choices=("road", "walk"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.ours:
        ours(options.rows, options.columns, options.ours)
        return
    only = {"design": options.design_only, "alignment": options.alignment_only, "page": options.page_only}
    wanted = {part for part, alone in only.items() if alone} or set(only)
    print(f"load average {os.getloadavg()[0]:.1f}")
    if "design" in wanted:
        compiled()
        graph, prizes, mandated = south_wing()
        design_table("South Wing", graph, prizes, mandated, budget=446_000.0, limit_s=options.limit)
        for links in options.links:
            graph, prizes, mandated = made_network(links)
            budget = LIMIT_M.get(links, 60_000.0 * math.sqrt(links / 100))
            design_table(f"made, {links} links", graph, prizes, mandated, budget=budget, limit_s=options.limit)
    if "alignment" in wanted:
        alignment_table(options.rows, options.columns)
    if "page" in wanted:
        page_table()


if __name__ == "__main__":
    main(sys.argv[1:])
