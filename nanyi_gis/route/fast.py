"""A good design soon: grown by the best way to a prize, then ruined and regrown in part, again and again."""

from dataclasses import dataclass

import numpy as np

from .._kernels.prizes import grow, improve, tidy
from .problem import SLACK_M, Bools, Floats, Problem

_POWERS = (0.5, 0.8, 1.1)
_ROOTS = 6
_JOINING_TRIALS = 24


@dataclass(frozen=True, eq=False)
class Tree:
    """Nodes and edges of a design of the problem, and what they collect beside the base."""

    inside: Bools
    chosen: Bools
    prize: float
    length: float


def start_tree(problem: Problem, *, seed: int = 0) -> Tree:
    """Return a short tree that holds the mandated nodes, which may be longer than the budget."""
    best = _joined(problem, np.ones(problem.count))
    noise = np.random.default_rng(seed)
    for _ in range(_JOINING_TRIALS if len(problem.must) > 1 else 0):
        tree = _joined(problem, 0.2 + noise.random(problem.count))
        best = tree if tree.length < best.length - SLACK_M else best
    return best


def _joined(problem: Problem, weight: Floats) -> Tree:
    inside, chosen = np.zeros(problem.count, np.bool_), np.zeros(len(problem.ends), np.bool_)
    inside[problem.root] = True
    entry = np.concatenate([[0], np.cumsum(np.isin(np.arange(problem.count), problem.must))]).astype(np.int64)
    each, ones = np.arange(len(problem.must)), np.ones(len(problem.must))
    grow(
        *problem.rows, problem.length, entry, each, ones, weight, 1.0, np.inf, inside, chosen, np.zeros(len(each))
    )  # fmt: skip
    _tidied(problem, inside, chosen)
    return _tree(problem, inside, chosen)


def _tidied(problem: Problem, inside: Bools, chosen: Bools) -> None:
    entry, ordered = problem.entries
    gfirst, member, owner = _groups(problem)
    group, value = problem.group[ordered], problem.prize[ordered]
    order = np.argsort(problem.length, kind="stable")
    tidy(
        *problem.rows, problem.ends, order, entry, group, value, gfirst, member, owner, problem.fixed, inside, chosen
    )  # fmt: skip


def _groups(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the members of the groups as positions among the entries by node, and the node of each."""
    _, ordered = problem.entries
    place = np.empty(len(ordered), dtype=np.int64)
    place[ordered] = np.arange(len(ordered))
    gfirst, member = problem.members
    return gfirst, place[member], problem.node[ordered]


def _tree(problem: Problem, inside: Bools, chosen: Bools) -> Tree:
    return Tree(inside, chosen, problem.value(inside), float(problem.length[chosen].sum()))


def best_tree(problem: Problem, start: Tree | None, *, rounds: int, seed: int = 0) -> Tree:
    """Return the best tree found within the budget in so many rounds.

    Parameters
    ----------
    problem : Problem
        Its entries are to be won.
    start : Tree, optional
        A tree that holds the mandated nodes, within the budget; None if nothing is mandated.
    rounds : int
        Of ruin and growth.
    """
    if start is not None:
        grown = max((_grown(problem, start, power) for power in _POWERS), key=_rank)
        return improved(problem, grown, problem.root, rounds=rounds, seed=seed)
    roots = np.unique(problem.node)
    trees = []
    for root in roots.tolist():
        alone = np.zeros(problem.count, np.bool_)
        alone[root] = True
        first = _tree(problem, alone, np.zeros(len(problem.ends), np.bool_))
        trees.append((_grown(problem, first, _POWERS[1]), root))
    trees.sort(key=lambda found: _rank(found[0]), reverse=True)
    share = max(rounds // _ROOTS, 1)
    return max((improved(problem, tree, root, rounds=share, seed=seed) for tree, root in trees[:_ROOTS]), key=_rank)


def _rank(tree: Tree) -> tuple[float, float]:
    return round(tree.prize, 9), -tree.length


def _grown(problem: Problem, start: Tree, power: float) -> Tree:
    inside, chosen = start.inside.copy(), start.chosen.copy()
    entry, ordered = problem.entries
    group, value = problem.group[ordered], problem.prize[ordered]
    best = np.zeros(len(problem.members[0]) - 1)
    reached = inside[problem.node]
    np.maximum.at(best, problem.group[reached], problem.prize[reached])
    weight = np.ones(problem.count)
    grow(
        *problem.rows, problem.length, entry, group, value, weight, power, problem.budget, inside, chosen, best
    )  # fmt: skip
    return _tree(problem, inside, chosen)


def improved(problem: Problem, tree: Tree, root: int, *, rounds: int, seed: int = 0) -> Tree:
    """Return the best of a tree and what ruin and growth make of it."""
    inside, chosen = tree.inside.copy(), tree.chosen.copy()
    entry, ordered = problem.entries
    group, value = problem.group[ordered], problem.prize[ordered]
    gfirst, member, owner = _groups(problem)
    order = np.argsort(problem.length, kind="stable")
    improve(
        *problem.rows, problem.length, problem.ends, order, entry, group, value, gfirst, member, owner, problem.fixed,
        root, problem.budget, rounds, seed, inside, chosen,
    )  # fmt: skip
    found = _tree(problem, inside, chosen)
    return found if _rank(found) >= _rank(tree) else tree


def led_tree(problem: Problem, start: Tree, x: Floats, *, rounds: int, seed: int = 0) -> Tree:
    """Return the best tree found when growth first keeps to the edges that a relaxed solution takes.

    ``x`` is the share of each edge that the solution takes.
    """
    away = np.where(x > 1e-3, problem.length, np.inf)
    taken = np.zeros(problem.count)
    np.maximum.at(taken, problem.ends[:, 0], x)
    np.maximum.at(taken, problem.ends[:, 1], x)
    inside, chosen = start.inside.copy(), start.chosen.copy()
    entry, ordered = problem.entries
    group, value = problem.group[ordered], problem.prize[ordered]
    best = np.zeros(len(problem.members[0]) - 1)
    reached = inside[problem.node]
    np.maximum.at(best, problem.group[reached], problem.prize[reached])
    lengths = np.where(chosen, problem.length, away)
    grow(*problem.rows, lengths, entry, group, value, taken + 0.01, 0.5, problem.budget, inside, chosen, best)
    _tidied(problem, inside, chosen)
    grown = _grown(problem, _tree(problem, inside, chosen), 0.8)
    return improved(problem, grown, problem.root, rounds=rounds, seed=seed)
