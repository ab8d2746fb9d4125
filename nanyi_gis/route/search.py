"""Running the searches of an alignment: memory, batches, progress, and the way back."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._kernels import lattice as kernels
from .._progress import Progress
from .lattice import Floats, Ints, Moves, Terrain

_BATCH = 500_000
_FIRST_ENTRIES = 1 << 18
_MARGIN = 0.02  # how much further than the start the first search goes, for the bound of the second
_GRADES = 1e-4  # width of a bucket of grades


@dataclass(frozen=True, eq=False)
class Task:
    """What is searched: terrain, moves, rules, levels, turns, and the two ends (cells, passed on the ground)."""

    terrain: Terrain
    moves: Moves
    lattice: Any
    rules: Any
    shift: Floats
    turn_limit_deg: float
    hairpin: float
    start: int
    end: int

    def node(self, cell: int) -> int:
        """Return the node of a cell at the level of its ground."""
        return cell * self.shift.size + self.shift.size // 2

    @property
    def free(self) -> bool:
        """Whether any turn is allowed, so that headings need no states."""
        return bool(self.rules.walk) or self.turn_limit_deg >= 180.0 or self.hairpin == 0.0

    def turn_prices(self) -> Floats:
        """Return what it costs to do a move (column) after another (row)."""
        return self.moves.turn_prices(self.turn_limit_deg, self.hairpin)


@dataclass(frozen=True, eq=False)
class Way:
    """Nodes from start to end, metres and kind ("", "bridge", "tunnel") from each to the next, and totals."""

    nodes: Ints
    lengths: Floats
    kinds: tuple[str, ...]
    cost: float
    hairpins: int
    states: int


class _Queue:
    """The entries of a queue; doubled when they run short."""

    def __init__(self) -> None:
        state = np.zeros(kernels.STATE_SIZE, np.int64)
        state[kernels.FREE_COUNT] = _FIRST_ENTRIES
        state[kernels.LIMIT] = np.iinfo(np.int64).max
        following = np.arange(1, _FIRST_ENTRIES + 1, dtype=np.int32)
        head = np.full(kernels.WHEEL, -1, np.int32)
        self.arrays: Any = kernels.Queue(np.empty(_FIRST_ENTRIES, np.int64), following, head, state)

    def grow(self) -> None:
        items, following, head, state = self.arrays
        old = len(items)
        more = np.arange(old + 1, 2 * old + 1, dtype=np.int32)
        more[-1] = state[kernels.FREE]
        state[kernels.FREE] = old
        state[kernels.FREE_COUNT] += old
        self.arrays = kernels.Queue(
            np.concatenate([items, np.empty_like(items)]), np.concatenate([following, more]), head, state
        )

    def start(self, key: float, inverse: float) -> None:
        """Begin with the bucket of a key."""
        self.arrays.state[kernels.CURRENT] = int(key * inverse)

    def run(self, step: Callable[[Any], int], progress: Progress | None, share: float) -> int:
        """Call a kernel until it is done; return how many nodes it handled."""
        while (outcome := step(self.arrays)) != kernels.DONE:
            if outcome == kernels.GROW:
                self.grow()
            if progress is not None:
                progress(min(0.95, float(self.arrays.state[kernels.HANDLED]) * share))
        return int(self.arrays.state[kernels.HANDLED])


def search(task: Task, *, progress: Progress | None = None) -> Way | None:
    """Return the cheapest way, None if there is none."""
    terrain, levels = task.terrain, task.shift.size
    z = terrain.heights.ravel()
    begin, target = terrain.target(task.start), terrain.target(task.end)
    start, end = task.node(task.start), task.node(task.end)
    lattice, rules, shift = task.lattice, task.rules, task.shift
    least = float(lattice.lengths.min()) * (0.01 * rules.pace if rules.walk else 1.0)
    inverse = 8.0 / least
    costs = np.zeros(z.size * levels)
    queue = _Queue()
    first = _whole_bound(begin, target, rules)
    queue.start(first, inverse)
    costs[end] = kernels.TINY
    kernels.push(queue.arrays, end, first, inverse)
    margin = 0.0 if task.free else _MARGIN
    share = 1.0 / (2.0 * z.size * levels)
    handled = queue.run(
        lambda arrays: kernels.settle(
            z, terrain.stride, lattice, shift, rules, start, begin, margin, costs, inverse, _BATCH, arrays
        ),
        progress,
        share,
    )
    if costs[start] == 0.0:
        return None
    if task.free:
        return _follow(task, costs, handled, None)
    frontier = queue.arrays.state[kernels.CURRENT] / inverse if queue.arrays.state[kernels.WAITING] else np.inf
    del queue
    prices = task.turn_prices()
    came, turns = np.nonzero(np.isfinite(prices))
    headings = len(task.moves.columns)
    turn_first = np.searchsorted(came, np.arange(headings + 1))
    turn_price = prices[came, turns]
    best = np.zeros(z.size * levels * headings, np.float32)
    found = np.full(1, _follow(task, costs, 0, prices).cost)
    queue = _Queue()
    left = abs(float(costs[start]))
    queue.start(left, inverse)
    for heading in range(headings):
        best[start * headings + heading] = kernels.TINY
        kernels.push(queue.arrays, start * headings + heading, left, inverse)
    handled += queue.run(
        lambda arrays: kernels.advance(
            z, terrain.stride, lattice, shift, rules, turns, turn_first, turn_price, begin, end, costs, frontier, best,
            found, inverse, _BATCH, arrays,
        ),
        progress,
        share / headings,
    )  # fmt: skip
    reached = best[end * headings : (end + 1) * headings].any()
    return _retrace(task, best, handled) if reached else None


def _whole_bound(begin: Any, target: Any, rules: Any) -> float:
    across = (begin.column - target.column) * begin.east
    down = (begin.row - target.row) * begin.south
    return float(kernels.straight(float(np.hypot(across, down)), target.height - begin.height, rules))


def steepest_unavoidable(task: Task) -> float:
    """Return the steepest grade of the least steep way, whatever its turns; infinite if nothing joins the ends."""
    z = task.terrain.heights.ravel()
    rules = task.rules._replace(grade=1e6)
    grades = np.zeros(z.size * task.shift.size, np.float32)
    start, end = task.node(task.start), task.node(task.end)
    grades[end] = kernels.TINY
    queue = _Queue()
    inverse = 1.0 / _GRADES
    kernels.push(queue.arrays, end, 0.0, inverse)
    queue.run(
        lambda arrays: kernels.least_grade(
            z, task.terrain.stride, task.lattice, task.shift, rules, start, grades, inverse, _BATCH, arrays
        ),
        None,
        0.0,
    )
    return float(abs(grades[start])) if grades[start] else float(np.inf)


def _step_length(task: Task, cell: int, move: int, repeats: int) -> float:
    lengths = task.lattice.lengths
    row = 0 if len(lengths) == 1 else 2 * (cell // task.terrain.stride) + repeats * int(task.moves.rows[move])
    return repeats * float(lengths[row, move])


@dataclass(frozen=True)
class _Step:
    """From a node to another: the move, how often it is done (more than once on a span), its cost and kind."""

    origin: int
    node: int
    move: int
    repeats: int
    cost: float
    kind: str


def _steps_from(task: Task, origin: int, move: int) -> list[_Step]:
    """Return where a move leads from a node, as a road and by spans."""
    levels = task.shift.size
    cell, level = divmod(origin, levels)
    z = task.terrain.heights.ravel()
    offset = int(task.lattice.offset[move])
    found = []
    if np.isfinite(z[cell]) and np.isfinite(z[cell + offset]):
        length = _step_length(task, cell, move, 1)
        for k in range(levels):
            ends = float(z[cell] + task.shift[level]), float(z[cell + offset] + task.shift[k])
            cost = float(
                kernels.move_cost(z, cell, ends[0], cell + offset, ends[1], move, length, task.lattice, task.rules)
            )
            found.append(_Step(origin, (cell + offset) * levels + k, move, 1, cost, ""))
    if level == levels // 2 and np.isfinite(z[cell]) and (task.rules.bridge > 0.0 or task.rules.tunnel > 0.0):
        prices = np.empty(int(task.lattice.repeats.max()) + 2)
        last = kernels.spans(z, cell, move, cell // task.terrain.stride, task.lattice, task.rules, prices)
        for j in range(2, last + 1):
            kind = "bridge" if prices[j] > 0 else "tunnel"
            found.append(_Step(origin, task.node(cell + j * offset), move, j, abs(float(prices[j])), kind))
    return [step for step in found if np.isfinite(step.cost)]


def _follow(task: Task, costs: Floats, handled: int, prices: Floats | None) -> Way:
    """Go down the costs from the start to the end, and add what its turns cost."""
    node, end = task.node(task.start), task.node(task.end)
    way: list[_Step] = []
    while node != end:
        steps = [step for move in range(len(task.moves.columns)) for step in _steps_from(task, node, move)]
        steps = [step for step in steps if costs[step.node] != 0.0]
        way.append(min(steps, key=lambda step: (step.cost + abs(float(costs[step.node])), step.node)))
        node = way[-1].node
    return _way(task, way, handled, prices)


def _retrace(task: Task, best: npt.NDArray[np.float32], handled: int) -> Way:
    """Go back from the end over the states that led there at the least cost."""
    headings = len(task.moves.columns)
    prices = task.turn_prices()
    node, start = task.node(task.end), task.node(task.start)

    def costs_at(at: int) -> npt.NDArray[np.float32]:
        values = np.abs(best[at * headings : (at + 1) * headings])
        return np.where(values == 0.0, np.float32(np.inf), values)

    move = int(costs_at(node).argmin())
    way: list[_Step] = []
    while node != start:
        choices = []
        for origin in _origins(task, node, move):
            before = costs_at(origin) + (prices[:, move] if origin != start else 0.0)
            if np.isfinite(before.min()):
                came = int(before.argmin())
                steps = [step for step in _steps_from(task, origin, move) if step.node == node]
                choices += [(float(before[came]) + step.cost, origin, came, step) for step in steps]
        _, node, move, step = min(choices, key=lambda choice: choice[:3])
        way.append(step)
    way.reverse()
    return _way(task, way, handled, prices)


def _origins(task: Task, node: int, move: int) -> list[int]:
    """Return the nodes from which a move, or a span in its direction, may lead to a node."""
    levels, offset = task.shift.size, int(task.lattice.offset[move])
    cell = node // levels
    origins = list(range((cell - offset) * levels, (cell - offset + 1) * levels))
    z = task.terrain.heights.ravel()
    for j in range(2, int(task.lattice.repeats[move]) + 1):
        if np.isnan(z[cell - (j - 1) * offset]):
            break
        origins.append(task.node(cell - j * offset))
    return origins


def _way(task: Task, steps: list[_Step], handled: int, prices: Floats | None) -> Way:
    nodes = np.array([steps[0].origin, *(step.node for step in steps)], np.int64)
    levels = task.shift.size
    lengths = np.array([_step_length(task, step.origin // levels, step.move, step.repeats) for step in steps])
    kinds = tuple(step.kind for step in steps)
    cost, hairpins = float(sum(step.cost for step in steps)), 0
    if prices is not None:
        turned = [float(prices[one.move, other.move]) for one, other in itertools.pairwise(steps)]
        cost, hairpins = cost + sum(turned), sum(price > 0.0 for price in turned)
    return Way(nodes, lengths, kinds, cost, hairpins, handled)
