"""HiGHS as the rooms use it: one thread, a seed, no word of its own."""

from typing import Any

import highspy

_SEED_MOST = 2**31 - 1


def quiet(seed: int = 0, seconds: float | None = None) -> Any:
    """Return a solver that prints nothing, runs on one thread and ends in time.

    >>> quiet().getOptionValue("threads")[1]
    1
    """
    make: Any = highspy.Highs  # typed in some releases, in others not
    solver = make()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", int(seed) % _SEED_MOST)
    if seconds is not None:
        solver.setOptionValue("time_limit", max(float(seconds), 0.05))
    return solver
