"""What each of many exclusions takes of the land, one bit of a cell for each of them."""

from typing import Any

from . import kernel


@kernel(nogil=True)
def mark(bits: Any, taken: Any, bit: Any) -> None:
    """Set a bit in every cell that is taken.

    Parameters
    ----------
    bits : uint32 (rows, columns)
        Changed in place.
    taken : bool (rows, columns)
        The cells.
    bit : uint32
        One bit.
    """
    for row in range(bits.shape[0]):
        here, out = taken[row], bits[row]
        for column in range(bits.shape[1]):
            if here[column]:
                out[column] |= bit


@kernel(nogil=True)
def tally(
    bits: Any, zones: Any, nodes: Any, below: Any, share: Any, left: int, outside: Any,
    whole: Any, free: Any, only: Any, both: Any,
) -> None:  # fmt: skip
    """Add the area of each cell to its zone: all of it, what nothing takes, what one takes alone, what two share.

    Parameters
    ----------
    bits : uint32 (rows, columns)
        A bit for each exclusion; ``outside`` marks cells that are no land to judge.
    zones : int32 (rows, some columns)
        Zone of each cell from column ``left`` on, negative outside all.
    nodes, below, share : arrays
        Areas at the nodes of each row, the node before each column, and how far it is on to the next.
    whole, free : float64 (zones,)
        Land that is judged, and what of it no exclusion takes.
    only : float64 (zones, exclusions)
        What that exclusion takes and no other.
    both : float64 (zones, exclusions, exclusions)
        What both take, with the first number not above the second; what one takes stands on the diagonal.
    """
    last, count = nodes.shape[1] - 1, only.shape[1]
    held = [0] * 32
    for row in range(zones.shape[0]):
        for j in range(zones.shape[1]):
            zone, column = zones[row, j], left + j
            found = bits[row, column]
            if zone < 0 or found & outside:
                continue
            here, part = below[column], share[column]
            area = nodes[row, here] * (1.0 - part) + nodes[row, min(here + 1, last)] * part
            whole[zone] += area
            if found == 0:
                free[zone] += area
                continue
            several = 0
            for number in range(count):
                if (found >> number) & 1:
                    held[several] = number
                    several += 1
            if several == 1:
                only[zone, held[0]] += area
            for first in range(several):
                for second in range(first, several):
                    both[zone, held[first], held[second]] += area
