"""How long work tells how far it is: a function that takes the share done, 0 to 1."""

from collections.abc import Callable

Progress = Callable[[float], None]


def silent(share: float) -> None:
    """Take the share of work done and tell nobody; the default where nobody asks.

    >>> silent(0.5)
    """
