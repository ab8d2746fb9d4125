"""igraph on a matrix of costs: run by an interpreter that has igraph and SciPy and need not have this package."""

import json
import sys
import time
from pathlib import Path

import igraph
import numpy as np
from scipy.sparse import load_npz

SEED = 510524
FAR = 100
AT_ONCE = 10


def main(file: str) -> None:
    """Print seconds and the peak of memory."""
    matrix = load_npz(file).tocoo()
    numbers = np.random.default_rng(SEED).choice(matrix.shape[0], FAR, replace=False).tolist()
    start = time.process_time()
    edges = np.column_stack([matrix.row, matrix.col])
    graph = igraph.Graph(n=matrix.shape[0], edges=edges, directed=True)
    weights = matrix.data.tolist()
    built = time.process_time() - start
    start = time.process_time()
    for at in range(0, FAR, AT_ONCE):
        graph.distances(numbers[at : at + AT_ONCE], None, weights)
    spent = time.process_time() - start
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    job = f"igraph {igraph.__version__} on the same edges"
    print(json.dumps({"job": job, "seconds": f"{built:.1f}", "matrix": f"{spent:.2f}", "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1])
