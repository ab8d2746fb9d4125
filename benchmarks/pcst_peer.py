"""pcst_fast on one network: run by an interpreter that has it and NumPy and need not have this package.

It knows no budget. Mandated links cost nothing and their ends are worth everything; the prizes are scaled, by halving
an interval of factors, until the tree is as long as the budget allows.
"""

import json
import sys
import time

import numpy as np
from pcst_fast import pcst_fast

ROUNDS = 40


def main(file: str) -> None:
    """Print seconds and the value of the best tree within the budget."""
    case = np.load(file)
    edges = np.column_stack([case["u"], case["v"]]).astype(np.int64)
    fixed, length, prize = case["fixed"], case["length"], case["prize"]
    budget = float(case["budget"]) - length[fixed].sum()
    cost = np.where(fixed, 0.0, length)
    held = np.zeros(len(prize), dtype=bool)
    held[edges[fixed].ravel()] = True
    root = int(edges[fixed][0, 0])
    start = time.perf_counter()
    least, most, best = 0.0, float(length.sum()), 0.0
    for _ in range(ROUNDS):
        factor = (least + most) / 2
        worth = np.where(held, 1e9, prize * factor)
        nodes, links = pcst_fast(edges, worth, cost, root, 1, "strong", 0)
        if cost[links].sum() <= budget:
            best = max(best, float(prize[nodes].sum()))
            least = factor
        else:
            most = factor
    print(json.dumps({"seconds": time.perf_counter() - start, "value": best}))


if __name__ == "__main__":
    main(sys.argv[1])
